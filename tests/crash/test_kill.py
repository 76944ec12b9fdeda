"""SIGKILL at random points under load: what was answered is kept, nothing is lost, stuck or double.

25 kills in the ordinary run, 200 with the long tests; on SQLite the server with its worker, on PostgreSQL the workers
beside a server that stays.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.store.database import Database
from engine.work import Services
from tests.crash import truth
from tests.crash.load import Load, install
from tests.crash.processes import Victim
from tests.postgres import free_port

SEED = 20260302
LEASE = 5
"""Seconds after which others take over from a dead worker: the least that the settings allow."""
PATIENCE = 120.0
"""Seconds in which everything has to be finished once nobody is killed any more."""

FEW = pytest.param(25, id="25 kills")
MANY = pytest.param(200, id="200 kills", marks=pytest.mark.full)


def _settings(folder: Path, url: str, port: int) -> dict[str, str]:
    return {
        "FACET_DATA_DIR": str(folder),
        "FACET_DATABASE_URL": url,
        "FACET_PORT": str(port),
        "FACET_LEASE_SECONDS": str(LEASE),
        "FACET_WORKER_POLL_SECONDS": "0.1",
        "FACET_LOG_LEVEL": "WARNING",
        "FACET_TOKEN_REQUESTS_PER_MINUTE": "0",
    }


def _torment(load: Load, kills: int, kill_one: Callable[[random.Random], None]) -> None:
    chance = random.Random(SEED)
    load.begin()
    for _ in range(kills):
        kill_one(chance)
    load.drain()


def _wait_for_the_end(services: Services, load: Load) -> None:
    until = time.monotonic() + PATIENCE
    while truth.unfinished(services) and time.monotonic() < until:
        time.sleep(0.1)
    load.finish()
    assert truth.unfinished(services) == 0, truth.stuck(services)


@pytest.mark.parametrize("kills", [FEW, MANY])
def test_a_server_that_is_killed_loses_nothing(kills: int, sqlite_url: str, tmp_path: Path) -> None:
    services, port = Services(Database(sqlite_url)), free_port()
    victim = Victim("server with worker", _settings(tmp_path, sqlite_url, port), tmp_path / "server.log")
    load = Load(port, install(services), SEED)
    looked: list[int] = []

    def kill_one(chance: random.Random) -> None:
        victim.start()
        if chance.random() < 0.8:  # the others die while they start
            victim.wait_until_it_answers(port)
            load.wait_for(chance.randrange(30))
            time.sleep(chance.uniform(0.0, 0.05))
        else:
            time.sleep(chance.uniform(0.0, 0.3))
        victim.kill()
        load.active = truth.check_living(services)
        looked.append(load.active)

    try:
        _torment(load, kills, kill_one)
        victim.start()
        _wait_for_the_end(services, load)
    finally:
        victim.kill()
        load.give_up()

    _check(services, load, looked, kills)


@pytest.mark.postgres
@pytest.mark.parametrize("kills", [FEW, MANY])
def test_workers_that_are_killed_lose_nothing(kills: int, own_postgres_url: str, tmp_path: Path) -> None:
    services, port = Services(Database(own_postgres_url)), free_port()
    settings = _settings(tmp_path, own_postgres_url, port)
    server = Victim("server", settings, tmp_path / "server.log")
    workers = [Victim("worker", settings, tmp_path / f"worker-{n}.log") for n in range(3)]
    load = Load(port, install(services), SEED)
    looked: list[int] = []

    def kill_one(chance: random.Random) -> None:
        victim = chance.choice(workers)
        load.wait_for(chance.randrange(30))
        time.sleep(chance.uniform(0.0, 0.05))
        victim.kill()
        load.active = truth.check_living(services)
        looked.append(load.active)
        victim.start()

    try:
        for process in (server, *workers):
            process.start()
        server.wait_until_it_answers(port)
        _torment(load, kills, kill_one)
        _wait_for_the_end(services, load)
    finally:
        for process in (server, *workers):
            process.kill()
        load.give_up()

    _check(services, load, looked, kills)


def _check(services: Services, load: Load, looked: list[int], kills: int) -> None:
    truth.check_end(services, load)
    assert len(looked) == kills
    assert sum(looked) > kills
    assert len(load.completed) > kills
    services.database.close()
