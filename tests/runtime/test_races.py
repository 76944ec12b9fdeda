"""Two advances race on one instance: nothing is lost, nothing happens twice."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from engine import bus
from engine.actor import SYSTEM
from engine.commands.deployments import DeployDefinitions
from engine.commands.instances import StartInstance
from engine.commands.tasks import CompleteTask
from engine.errors import Conflict, NotFound
from engine.runtime import stimuli
from engine.store import tables as t
from engine.store.database import Database
from engine.store.migrate import upgrade
from engine.work import Services, Work
from tests.diagrams import diagram

COUNT = 12


@pytest.fixture
def processes(tmp_path: Any) -> Iterator[list[Services]]:
    """Two server processes on one database, each with live instances of its own."""
    both = [Services(Database(f"sqlite:///{tmp_path / 'race.db'}", synchronous="NORMAL")) for _ in range(2)]
    upgrade(both[0].database)
    flows = [f"p1>u{n}>p2" for n in range(COUNT)]
    bus.run(both[0], DeployDefinitions({"p.bpmn": diagram("", "s>p1", *flows, "p2>t>e")}), SYSTEM)
    yield both
    for services in both:
        services.database.close()


def tasks(services: Services, instance: str) -> list[str]:
    query = select(t.task.c.id).where(t.task.c.instance_id == instance, t.task.c.status == "open").order_by(t.task.c.id)
    with services.database.read() as connection:
        return list(connection.execute(query).scalars())


def ended(services: Services, instance: str) -> tuple[str, Counter[str], dict[str, Any]]:
    with services.database.read() as connection:
        row = connection.execute(select(t.instance).where(t.instance.c.id == instance)).one()
        done = connection.execute(
            select(t.activity.c.element_id).where(
                t.activity.c.instance_id == instance, t.activity.c.status == "completed"
            )
        ).scalars()
        return row.status, Counter(done), row.variables


def test_two_processes_at_once_on_one_instance(processes: list[Services]) -> None:
    instance = bus.run(processes[0], StartInstance("p"), SYSTEM)
    ids = tasks(processes[0], instance)
    barrier = threading.Barrier(2)
    refused: list[str] = []

    def work(services: Services, mine: list[str]) -> None:
        for id in mine:
            barrier.wait()
            try:
                bus.run(services, CompleteTask(id, {f"by_{id}": 1}), SYSTEM)
            except (Conflict, NotFound):
                refused.append(id)

    orders = (ids, [*ids[1::2], *ids[0::2]])
    threads = [threading.Thread(target=work, args=(s, order)) for s, order in zip(processes, orders, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    status, done, variables = ended(processes[0], instance)
    assert sorted(refused) == sorted(ids), "each was completed once and refused once"
    assert status == "completed"
    assert all(done[f"u{n}"] == 1 for n in range(COUNT))
    assert (done["t"], done["p2"]) == (1, 1)
    assert len(variables) == COUNT


@dataclass
class CompleteLate:
    """Completes a task from what it read before somebody else moved the instance; tried again, it reads anew."""

    instance: str
    token: int
    seen: Any
    attempts: list[int] = field(default_factory=list)

    def execute(self, work: Work) -> None:
        self.attempts.append(1)
        row = self.seen if len(self.attempts) == 1 else work.row(self.instance)
        work.advance(row, stimuli.CompleteTask(self.token, {"late": True}))


def test_a_stale_revision_is_tried_again_with_fresh_state(processes: list[Services]) -> None:
    first, second = processes
    instance = bus.run(first, StartInstance("p"), SYSTEM)
    with first.database.read() as connection:
        seen = SimpleNamespace(
            **connection.execute(select(t.instance).where(t.instance.c.id == instance)).one()._mapping
        )
        row = connection.execute(
            select(t.task).where(t.task.c.instance_id == instance, t.task.c.element_id == "u5")
        ).one()
    bus.run(second, CompleteTask(tasks(first, instance)[0], {"early": True}), SYSTEM)
    late = CompleteLate(instance, row.token, seen)
    bus.run(first, late, SYSTEM)
    assert len(late.attempts) == 2
    for id in tasks(first, instance):
        bus.run(second, CompleteTask(id, {}), SYSTEM)
    status, done, variables = ended(first, instance)
    assert (status, variables) == ("completed", {"early": True, "late": True})
    assert max(done.values()) == 1
