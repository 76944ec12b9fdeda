"""Fixtures of the tests over HTTP: `world`, a fresh installation per test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from api.app import create_app
from engine.settings import Settings
from tests.support import World, make_template, make_world


@pytest.fixture(scope="session")
def world_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database that each test's world begins with."""
    return make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """One application for all worlds with the usual settings: its routes are put together once."""
    return create_app(Settings(data_dir=tmp_path_factory.mktemp("app")))


@pytest.fixture
def world(tmp_path: Path, world_template: Path, shared_app: FastAPI) -> Iterator[World]:
    """An installation with people and sample processes; nothing has happened yet."""
    made = make_world(tmp_path / "world", world_template, app=shared_app)
    yield made
    made.close()
