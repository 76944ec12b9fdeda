"""Transactions: kept whole or not at all, in turn, and errors that say whether a second try helps."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from engine.errors import Conflict, InvalidInput
from engine.store import database as module
from engine.store.database import Busy, Database, count_statements, together

metadata = MetaData()
counter = Table("counter", metadata, Column("name", Text, primary_key=True), Column("value", Integer, nullable=False))


@pytest.fixture
def counters(database: Database) -> Database:
    with database.write() as connection:
        metadata.create_all(connection)
        connection.execute(insert(counter), [{"name": "a", "value": 0}, {"name": "b", "value": 0}])
    return database


def _value(database: Database, name: str = "a") -> int:
    with database.read() as connection:
        return connection.execute(select(counter.c.value).where(counter.c.name == name)).scalar_one()


def _increment(connection: Connection, name: str = "a") -> None:
    connection.execute(update(counter).where(counter.c.name == name).values(value=counter.c.value + 1))


def test_a_write_is_kept_at_the_end_of_the_block(counters: Database) -> None:
    with counters.write() as connection:
        _increment(connection)
        assert _value(counters) == 0

    assert _value(counters) == 1


def test_an_error_takes_everything_back(counters: Database) -> None:
    def fail() -> None:
        with counters.write() as connection:
            _increment(connection)
            raise Conflict("somebody was faster")

    with pytest.raises(Conflict, match="faster"):
        fail()

    assert _value(counters) == 0


def test_an_error_of_the_database_takes_everything_back_and_frees_the_writer(counters: Database) -> None:
    def fail() -> None:
        with counters.write() as connection:
            _increment(connection)
            connection.execute(insert(counter), {"name": "a", "value": 5})

    with pytest.raises(IntegrityError):
        fail()

    with counters.write() as connection:
        _increment(connection, "b")
    assert (_value(counters), _value(counters, "b")) == (0, 1)


def test_threads_write_one_after_the_other(counters: Database) -> None:
    def work(_: int) -> None:
        with counters.write() as connection:
            value = connection.execute(
                select(counter.c.value).where(counter.c.name == "a").with_for_update()
            ).scalar_one()
            connection.execute(update(counter).where(counter.c.name == "a").values(value=value + 1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(100)))

    assert _value(counters) == 100


def test_reading_does_not_wait_for_a_writer(counters: Database) -> None:
    with counters.write() as connection, ThreadPoolExecutor(1) as pool:
        _increment(connection)
        assert pool.submit(_value, counters).result(5) == 0


def test_foreign_keys_hold(counters: Database) -> None:
    with counters.write() as connection:
        connection.exec_driver_sql("CREATE TABLE child (name TEXT REFERENCES counter (name))")

    with pytest.raises(IntegrityError), counters.write() as connection:
        connection.exec_driver_sql("INSERT INTO child VALUES ('nobody')")


def test_statements_and_commits_are_counted(counters: Database) -> None:
    with count_statements(counters) as count:
        with counters.write() as connection:
            _increment(connection)
            _increment(connection, "b")
        _value(counters)

    assert [statement.split()[0] for statement in count.statements] == ["UPDATE", "UPDATE", "SELECT"]
    assert count.commits == 1

    _value(counters)
    assert len(count.statements) == 3


def test_statements_can_go_together(counters: Database) -> None:
    with count_statements(counters) as count, counters.write() as connection:
        assert _value(counters) == 0
        with together(connection):
            _increment(connection)
            connection.execute(insert(counter), [{"name": name, "value": 1} for name in "cde"])
            _increment(connection)
        assert connection.execute(select(counter.c.value).where(counter.c.name == "a")).scalar_one() == 2

    assert (_value(counters), _value(counters, "e")) == (2, 1)
    assert len(count.statements) == 5


def test_an_error_among_statements_that_go_together_is_the_usual_one(counters: Database) -> None:
    def fail() -> None:
        with counters.write() as connection, together(connection):
            _increment(connection)
            connection.execute(insert(counter), {"name": "a", "value": 5})
            _increment(connection)

    with pytest.raises(IntegrityError):
        fail()

    assert _value(counters) == 0
    with counters.write() as connection:
        _increment(connection)
    assert _value(counters) == 1


def test_a_write_inside_a_write_is_a_mistake_on_sqlite(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/facet.db")
    database.install()

    def nest() -> None:
        with database.write(), database.write():
            pass

    with pytest.raises(RuntimeError, match="inside"):
        nest()
    with database.write() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1


def test_another_process_that_writes_makes_it_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT", 0.05)
    database = Database(f"sqlite:///{tmp_path}/facet.db")
    database.install()
    other = sqlite3.connect(tmp_path / "facet.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(Busy) as caught, database.write():
        pass

    assert caught.value.status == 503
    other.execute("COMMIT")
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a)")


def test_a_thread_that_holds_the_turn_too_long_makes_others_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT", 0.05)
    database = Database(f"sqlite:///{tmp_path}/facet.db")
    database.install()
    inside, done = threading.Event(), threading.Event()

    def hold() -> None:
        with database.write():
            inside.set()
            done.wait(5)

    holder = threading.Thread(target=hold)
    holder.start()
    inside.wait(5)
    with pytest.raises(Busy), database.write():
        pass
    done.set()
    holder.join()
    with database.write():
        pass


def test_all_that_is_written_to_sqlite_goes_over_one_connection(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/facet.db")
    database.install()

    def write(_: int) -> int:
        with database.write() as connection:
            return id(connection.connection.driver_connection)

    with ThreadPoolExecutor(8) as threads:
        used = set(threads.map(write, range(50)))
    assert len(used) == 1

    def fail() -> None:
        with database.write() as connection:
            connection.exec_driver_sql("CREATE TABLE t (a)")
            raise Conflict("no")

    with pytest.raises(Conflict):
        fail()
    database.close()  # the next writer opens another one
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a)")
    database.close()


def test_sqlite_is_in_wal_with_the_durability_that_was_asked_for(tmp_path: Path) -> None:
    for asked, level in (("FULL", 2), ("NORMAL", 1)):
        database = Database(f"sqlite:///{tmp_path}/{asked}.db", synchronous=asked)  # type: ignore[arg-type]
        database.install()
        with database.read() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == level


def test_what_a_read_writes_is_not_kept_on_sqlite(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/facet.db")
    database.install()

    with database.read() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a)")

    with pytest.raises(OperationalError, match="no such table"), database.read() as connection:
        connection.exec_driver_sql("SELECT * FROM t")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/facet"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        Database(url)


@pytest.mark.postgres
def test_a_deadlock_is_busy(postgres_url: str) -> None:
    database = Database(postgres_url)
    with database.write() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
        connection.execute(insert(counter), [{"name": "a", "value": 0}, {"name": "b", "value": 0}])
    meet = threading.Barrier(2)

    def cross(first: str, second: str) -> str:
        try:
            with database.write() as connection:
                _increment(connection, first)
                meet.wait(5)
                _increment(connection, second)
        except Busy:
            return "busy"
        return "kept"

    with ThreadPoolExecutor(2) as pool:
        ends = [pool.submit(cross, "a", "b"), pool.submit(cross, "b", "a")]
        assert sorted(end.result(10) for end in ends) == ["busy", "kept"]
    database.close()


@pytest.mark.postgres
def test_a_connection_that_the_server_closed_is_busy_and_then_replaced(postgres_url: str) -> None:
    database = Database(postgres_url, pool_size=1)

    def cut() -> None:
        with database.write() as connection:
            own = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            helper = Database(postgres_url)
            with helper.write() as other:
                other.exec_driver_sql(f"SELECT pg_terminate_backend({own})")
            helper.close()
            connection.exec_driver_sql("SELECT 1")

    with pytest.raises(Busy):
        cut()
    with database.write() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1
    database.close()
