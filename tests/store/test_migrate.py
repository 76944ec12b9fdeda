"""The schema goes up, down and up again on both databases, and ends where the tables are described."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from engine.errors import Conflict
from engine.store import migrate
from engine.store.database import Database
from engine.store.tables import metadata


def _names(database: Database) -> set[str]:
    with database.read() as connection:
        return set(inspect(connection).get_table_names())


def test_up_down_up(database: Database) -> None:
    assert migrate.current(database) is None
    steps = migrate.pending(database)

    migrate.upgrade(database)

    assert migrate.current(database) == steps[-1].id
    assert migrate.pending(database) == []
    assert _names(database) == {*metadata.tables, "alembic_version"}

    migrate.downgrade(database, "base")

    assert migrate.current(database) is None
    assert _names(database) == {"alembic_version"}
    assert migrate.pending(database) == steps

    migrate.upgrade(database)

    assert _names(database) == {*metadata.tables, "alembic_version"}


def test_migrations_end_where_the_tables_are_described(database: Database) -> None:
    migrate.upgrade(database)
    defaults = not database.is_sqlite  # there Alembic takes '' and the empty default for different
    options = {"compare_type": True, "compare_server_default": defaults}

    with database.read() as connection:
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, metadata)

    assert differences == []


def test_a_failing_step_leaves_nothing(database: Database) -> None:
    def fail_halfway() -> None:
        with database.change_schema() as connection:
            metadata.create_all(connection)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()

    assert _names(database) == set()


def test_a_revision_of_a_newer_facet_is_named(database: Database) -> None:
    migrate.upgrade(database)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(migrate.SchemaOutdated, match="9999"):
        migrate.pending(database)
    with pytest.raises(migrate.SchemaOutdated, match="9999"):
        migrate.prepare(database)


def test_a_start_upgrades_sqlite_but_not_postgres(database: Database) -> None:
    if database.is_sqlite:
        migrate.prepare(database)
        migrate.prepare(database)
        assert migrate.pending(database) == []
        return
    with pytest.raises(migrate.SchemaOutdated, match="facet migrate"):
        migrate.prepare(database)
    migrate.upgrade(database)
    migrate.prepare(database)


def test_processes_that_start_together_do_not_race(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new/facet.db"
    program = f"from engine.store import database, migrate; migrate.prepare(database.Database({url!r}))"

    started = [subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE) for _ in range(4)]
    failures = [process.communicate()[1] for process in started]

    assert [(process.returncode, failure) for process, failure in zip(started, failures, strict=True)] == [(0, b"")] * 4
    assert migrate.pending(Database(url)) == []


def test_a_schema_change_may_not_lose_references(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/facet.db")
    migrate.upgrade(database)

    with pytest.raises(Conflict, match="membership"), database.change_schema() as connection:
        connection.exec_driver_sql("INSERT INTO membership (user_id, group_key) VALUES ('nobody', 'nothing')")

    with sqlite3.connect(tmp_path / "facet.db") as raw:
        assert raw.execute("SELECT count(*) FROM membership").fetchone() == (0,)


def test_files_from_before_their_contents_had_rows_keep_them(database: Database) -> None:
    migrate.upgrade(database, "0008")
    row = "INSERT INTO attachment (id, name, media_type, size, digest, uploaded_by, created_at) VALUES "
    values = "('{id}', 'a.txt', 'text/plain', {size}, '{digest}', 'lin', '2026-03-02 09:00:00.000000')"
    with database.write() as connection:
        for id, size, digest in (("1", 5, "a" * 64), ("2", 5, "a" * 64), ("3", 7, "b" * 64)):
            connection.exec_driver_sql(row + values.format(id=id, size=size, digest=digest))

    migrate.upgrade(database)

    with database.read() as connection:
        contents = connection.exec_driver_sql("SELECT place, digest, size FROM content ORDER BY place").all()
        files = connection.exec_driver_sql("SELECT id, place, named, located, field FROM attachment ORDER BY id").all()
    assert [tuple(each) for each in contents] == [("a" * 64, "a" * 64, 5), ("b" * 64, "b" * 64, 7)]
    assert [(each[0], each[1], bool(each[2]), bool(each[3]), each[4]) for each in files] == [
        ("1", "a" * 64, True, False, None),
        ("2", "a" * 64, True, False, None),
        ("3", "b" * 64, True, False, None),
    ]

    migrate.downgrade(database, "0008")
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM attachment").scalar() == 3
