"""Fixtures of the tests over HTTP: `world`, a fresh installation per test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import World, make_template, make_world


@pytest.fixture(scope="session")
def world_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database that each test's world begins with."""
    return make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def world(tmp_path: Path, world_template: Path) -> Iterator[World]:
    """An installation with people and sample processes; nothing has happened yet."""
    made = make_world(tmp_path / "world", world_template)
    yield made
    made.close()
