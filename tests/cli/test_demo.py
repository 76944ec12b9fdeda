"""`facet demo`: a whole company in an empty database, and nothing into any other."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select

from api import demo
from engine.commands.users import ROLES
from engine.passwords import PASSWORDS
from engine.queries.users import by_username
from engine.store import tables as t
from engine.store.database import Database
from tests.cli.conftest import Facet


def _count(database: Database, table: object) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]


def test_people_groups_and_processes_are_there_after_one_command(facet: Facet, tmp_path: Path) -> None:
    result = facet("demo")

    assert result.exit_code == 0, result.stderr
    database = Database(f"sqlite:///{tmp_path / 'data' / 'facet.db'}")
    with database.read() as connection:
        hashes = connection.execute(select(t.user.c.password_hash)).scalars().all()
        owner, manager = by_username(connection, "ouyang"), by_username(connection, "wang")
        keys = connection.execute(select(t.definition.c.key)).scalars().all()
    assert len(hashes) == len(demo.USERS)
    assert all(PASSWORDS.verify(demo.PASSWORD, stored) for stored in set(hashes))
    assert owner is not None
    assert owner.roles == {"owner"}
    assert manager is not None
    assert manager.roles == {"manager"}
    assert "sales" in keys
    assert all(user.username in result.stdout for user in demo.USERS)


def test_a_second_time_changes_nothing(facet: Facet, tmp_path: Path) -> None:
    facet("demo")
    database = Database(f"sqlite:///{tmp_path / 'data' / 'facet.db'}")
    before = [_count(database, table) for table in (t.user, t.group, t.membership, t.definition, t.deployment)]

    assert facet("demo").exit_code == 0

    assert [_count(database, table) for table in (t.user, t.group, t.membership, t.definition, t.deployment)] == before


def test_a_database_with_real_people_is_left_alone(facet: Facet, tmp_path: Path) -> None:
    facet("user", "add", "lin", "--no-password")

    result = facet("demo")

    assert result.exit_code == 1
    assert "real users" in result.stderr
    assert _count(Database(f"sqlite:///{tmp_path / 'data' / 'facet.db'}"), t.user) == 1


def test_the_company_is_consistent() -> None:
    keys = {group.key for group in demo.GROUPS}
    names = {user.username for user in demo.USERS}
    assert len(keys) == len(demo.GROUPS)
    assert len(names) == len(demo.USERS)
    assert {group.head for group in demo.GROUPS} - {None} <= names
    assert {key for user in demo.USERS for key in user.groups} <= keys
    assert {group.role for group in demo.GROUPS} - {None} <= set(ROLES)
