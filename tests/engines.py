"""Whole engines on fresh databases, for tests of commands: `house` on SQLite, `any_house` on either database.

A house has a clock in the test's hands; `house.another()` is a second process on the same database, sharing nothing else.
Fresh databases are copies of one that was migrated once.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from engine import bus, worker
from engine.actor import SYSTEM, Actor
from engine.clock import VirtualClock
from engine.commands.deployments import DeployDefinitions
from engine.commands.instances import StartInstance
from engine.commands.jobs import LeaseJobs
from engine.commands.tasks import CompleteTask
from engine.commands.users import CreateUser
from engine.scripts import ScriptEnvironment
from engine.store import tables as t
from engine.store.database import Database
from engine.store.migrate import upgrade
from engine.work import Services
from tests.postgres import Cluster

NOW = "2026-03-02T09:00:00+08:00"


@dataclass
class House:
    """One engine process, and what tests want of it."""

    url: str
    services: Services
    clock: VirtualClock
    others: list[House] = field(default_factory=list)

    def another(self, **options: Any) -> House:
        """Another process on the same database; it has the same clock."""
        made = open_house(self.url, self.clock, **options)
        self.others.append(made)
        return made

    def close(self) -> None:
        for other in self.others:
            other.close()
        self.services.database.close()

    # -- doing -------------------------------------------------------------------------------------------------------

    def deploy(self, *contents: bytes, **files: bytes) -> Any:
        """Deploys diagrams, and other files by name (`quote_json` is quote.json)."""
        named = {f"{number}.bpmn": content for number, content in enumerate(contents)}
        named |= {name.replace("_", "."): content for name, content in files.items()}
        return self.run(DeployDefinitions(named))

    def run(self, command: Any, actor: Actor = SYSTEM) -> Any:
        """Runs a command alone: no job is done after it."""
        return bus.run(self.services, command, actor)

    def start(self, key: str = "p", variables: Mapping[str, Any] | None = None, **more: Any) -> str:
        """Starts an instance and does what is due."""
        id: str = self.run(StartInstance(key, variables or {}, **more))
        self.settle()
        return id

    def complete(self, instance: str, element: str, data: Mapping[str, Any] | None = None) -> None:
        """Completes an open task and does what is due."""
        self.run(CompleteTask(self.task(instance, element), data or {}))
        self.settle()

    def settle(self) -> int:
        """Does every job that is due; returns how many."""
        done = 0
        while jobs := self.lease():
            for job in jobs:
                worker.execute(self.services, job)
                done += 1
        return done

    def lease(self, name: str = "test", count: int = 10, seconds: int = 60) -> list[Any]:
        return list(self.run(LeaseJobs(name, count, seconds)))

    def pass_time(self, **length: float) -> None:
        """Moves the clock, and does what is due then."""
        self.clock.advance(timedelta(**length))
        self.settle()

    # -- looking -----------------------------------------------------------------------------------------------------

    def rows(self, query: Any) -> list[Any]:
        with self.services.database.read() as connection:
            return list(connection.execute(query).all())

    def instance(self, id: str) -> Any:
        (row,) = self.rows(select(t.instance).where(t.instance.c.id == id))
        return row

    def task(self, instance: str, element: str | None = None) -> str:
        """Id of the open task of the instance at that element."""
        query = select(t.task.c.id).where(t.task.c.instance_id == instance, t.task.c.status == "open")
        if element is not None:
            query = query.where(t.task.c.element_id == element)
        ((id,),) = self.rows(query)
        return str(id)

    def open_tasks(self, instance: str) -> list[str]:
        """Elements of the open tasks, oldest first."""
        query = select(t.task.c.element_id).where(t.task.c.instance_id == instance, t.task.c.status == "open")
        return [row.element_id for row in self.rows(query.order_by(t.task.c.id))]

    def jobs(self) -> list[Any]:
        return self.rows(select(t.job).order_by(t.job.c.due_at, t.job.c.id))

    def incidents(self, instance: str) -> list[Any]:
        """Open incidents, oldest first; the instance's counter has to agree."""
        n = t.incident.c
        found = self.rows(select(t.incident).where(n.instance_id == instance, n.status == "open").order_by(n.id))
        assert self.instance(instance).incidents == len(found)
        return found

    def person(self, username: str, *groups: str, roles: tuple[str, ...] = ()) -> Actor:
        """An active user."""
        self.run(CreateUser(username, username.title()))
        return Actor(username, groups=frozenset(groups), roles=frozenset(roles))


def open_house(url: str, clock: VirtualClock | None = None, **options: Any) -> House:
    """An engine on a database that has its tables."""
    clock = clock or VirtualClock(datetime.fromisoformat(NOW))
    services = Services(Database(url, synchronous="NORMAL"), clock=clock, **options)
    return House(url, services, clock)


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """Runs all of them in threads of their own; returns what each returned or raised."""

    def outcome(action: Callable[[], Any]) -> Any:
        try:
            return action()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(actions)) as pool:
        return [future.result() for future in [pool.submit(outcome, action) for action in actions]]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables and no rows."""
    file = tmp_path_factory.mktemp("template") / "facet.db"
    database = Database(f"sqlite:///{file}", synchronous="NORMAL")
    upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_cluster: Cluster) -> str:
    """Name of a PostgreSQL database with all tables and no rows, to be copied."""
    name = f"template_{uuid.uuid4().hex[:8]}"
    database = Database(postgres_cluster.create_database(name))
    upgrade(database)
    database.close()
    return name


@pytest.fixture
def sqlite_house(sqlite_template: Path, tmp_path: Path) -> Iterator[House]:
    """An engine on SQLite."""
    shutil.copy(sqlite_template, tmp_path / "facet.db")
    made = open_house(f"sqlite:///{tmp_path / 'facet.db'}")
    yield made
    made.close()


@pytest.fixture
def postgres_house(postgres_cluster: Cluster, postgres_template: str) -> Iterator[House]:
    """An engine on PostgreSQL."""
    name = f"house_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres_cluster.url("postgres", "postgresql"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{postgres_template}"')
    made = open_house(postgres_cluster.url(name))
    yield made
    made.close()


@pytest.fixture
def house(sqlite_house: House) -> House:
    """An engine on SQLite: enough where the database makes no difference."""
    return sqlite_house


@pytest.fixture(params=["sqlite_house", pytest.param("postgres_house", marks=pytest.mark.postgres)])
def any_house(request: pytest.FixtureRequest) -> House:
    """An engine on either database."""
    made: House = request.getfixturevalue(request.param)
    return made


@pytest.fixture(scope="session")
def scripts() -> Iterator[ScriptEnvironment]:
    """The sandbox of scripts."""
    made = ScriptEnvironment()
    yield made
    made.close()
