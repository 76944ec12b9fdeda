"""Fixtures that all tests share: a PostgreSQL server of their own (`postgres_url`) and a real browser (`browser`, `page`)."""

from __future__ import annotations

pytest_plugins = ["tests.postgres", "tests.engines", "tests.browser"]
