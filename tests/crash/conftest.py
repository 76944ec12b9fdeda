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


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database with all tables."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'facet.db'}"
    else:
        cluster = request.getfixturevalue("postgres_cluster")
        url = cluster.create_database(f"crash_{uuid.uuid4().hex[:8]}")
    database = Database(url)
    upgrade(database)
    database.close()
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
