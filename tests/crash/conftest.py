"""A fresh database of each kind, and engines on it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.store.database import Database
from engine.store.migrate import upgrade
from engine.work import Services
from tests.postgres import Cluster


def _with_tables(url: str) -> str:
    database = Database(url)
    upgrade(database)
    database.close()
    return url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Address of an empty SQLite database with all tables."""
    return _with_tables(f"sqlite:///{tmp_path / 'facet.db'}")


@pytest.fixture
def own_postgres_url(postgres_cluster: Cluster) -> str:
    """Address of an empty PostgreSQL database with all tables, of the test's own."""
    return _with_tables(postgres_cluster.create_database(f"crash_{uuid.uuid4().hex[:8]}"))


@pytest.fixture(params=["sqlite_url", pytest.param("own_postgres_url", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Either."""
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
def engines(database_url: str) -> Iterator[Callable[..., Services]]:
    """Makes engines that share nothing but the database, as processes of their own would."""
    made: list[Services] = []

    def make(**options: Any) -> Services:
        made.append(Services(Database(database_url, synchronous="NORMAL"), **options))
        return made[-1]

    yield make
    for services in made:
        services.database.close()
