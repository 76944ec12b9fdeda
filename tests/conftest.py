"""Fixtures that all tests share: a PostgreSQL server of their own (`postgres_url`) and a real browser (`browser`, `page`)."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog

pytest_plugins = ["tests.postgres", "tests.engines", "tests.browser"]


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """A test that sets logs up, as every command that serves does, leaves nothing behind: its stream is closed by then."""
    handlers, level, structured = logging.root.handlers[:], logging.root.level, structlog.get_config()
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.configure(**structured)
