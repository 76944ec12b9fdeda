"""The tests of this folder run on both databases: each that asks for `database` gets an empty one of either kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.store.database import Database


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/deep/facet.db"
    address: str = request.getfixturevalue("postgres_url")
    emptied = Database(address)
    with emptied.write() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    emptied.close()
    return address


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    database.install()
    yield database
    database.close()
