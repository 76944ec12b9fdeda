"""Several workers on one database: nothing twice, nothing lost, in order, and what happens to work that fails."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from engine import worker
from engine.actor import SYSTEM
from engine.bus import run
from engine.clock import VirtualClock
from engine.commands.deployments import DeployDefinitions
from engine.commands.instances import RetryIncident, StartInstance
from engine.commands.jobs import Job, LeaseJobs, RunJob
from engine.commands.messages import CorrelateMessage
from engine.connectors import Call
from engine.connectors.records import number
from engine.store import tables as t
from engine.work import Services
from engine.worker import Worker
from tests.diagrams import diagram

Engines = Callable[..., Services]

NUMBER = '<serviceTask id="n" facet:operation="test.number" facet:resultVariable="no"><extensionElements><facet:parameter name="series" value="N-"/></extensionElements></serviceTask>'


def _timer(id: str, duration: str) -> str:
    event = f"<timerEventDefinition><timeDuration>{duration}</timeDuration></timerEventDefinition>"
    return f'<intermediateCatchEvent id="{id}">{event}</intermediateCatchEvent>'


def _deploy(services: Services, content: bytes) -> None:
    run(services, DeployDefinitions({"p.bpmn": content}), SYSTEM)


def _rows(services: Services, query: Any) -> list[Any]:
    with services.database.read() as connection:
        return list(connection.execute(query).all())


def _drain(services: Services) -> None:
    lazy = Worker(services)
    while lazy.run_once("test"):
        pass


def test_workers_at_once_do_every_job_once(engines: Engines) -> None:
    calls: Counter[str] = Counter()
    lock = threading.Lock()

    def counted(call: Call) -> Mapping[str, Any]:
        with lock:
            calls[call.key] += 1
        return number(call)

    first = engines(operations={"test.number": counted})
    _deploy(first, diagram(NUMBER + _timer("w", "PT0.2S"), "s>n>w>e"))
    started = [run(first, StartInstance("p"), SYSTEM) for _ in range(40)]
    workers = [Worker(engines(operations={"test.number": counted}), threads=2, poll_seconds=0.02) for _ in range(3)]
    for one in workers:
        one.start()
    _until(lambda: not _rows(first, select(t.job.c.id)))
    for one in workers:
        one.stop()

    assert set(calls.values()) == {1}
    assert len(calls) == len(started)
    rows = _rows(first, select(t.instance.c.id, t.instance.c.status, t.instance.c.variables, t.instance.c.incidents))
    assert {row.id: row.status for row in rows} == dict.fromkeys(started, "completed")
    assert sorted(row.variables["no"] for row in rows) == [f"N-{n:04d}" for n in range(1, 41)]
    completed = select(t.activity.c.instance_id, func.count()).where(t.activity.c.status == "completed")
    counts = _rows(first, completed.group_by(t.activity.c.instance_id))
    assert {row[1] for row in counts} == {4}


def _until(done: Callable[[], bool], seconds: float = 30.0) -> None:
    pause = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if done():
            return
        pause.wait(0.02)
    pytest.fail(f"not done after {seconds} s")


def test_late_timers_fire_in_the_order_of_their_due_times(engines: Engines) -> None:
    clock = VirtualClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
    services = engines(clock=clock)
    waits = {"c": "PT30M", "a": "PT10M", "b": "PT20M"}
    _deploy(
        services,
        diagram("".join(_timer(id, d) for id, d in waits.items()), "s>p1", *(f"p1>{id}>p2" for id in waits), "p2>e"),
    )
    instances = [run(services, StartInstance("p"), SYSTEM) for _ in range(3)]
    clock.advance(timedelta(hours=5))

    _drain(services)

    a = t.activity.c
    for instance in instances:
        order = select(a.element_id).where(a.instance_id == instance, a.element_id.in_(list(waits)))
        assert [row.element_id for row in _rows(services, order.order_by(a.completed_order))] == ["a", "b", "c"]


def test_a_repeating_start_that_is_late_happens_once_and_goes_on_in_the_future(engines: Engines) -> None:
    clock = VirtualClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
    services = engines(clock=clock)
    cycle = "<timerEventDefinition><timeCycle>R/PT10M</timeCycle></timerEventDefinition>"
    _deploy(services, diagram(f'<startEvent id="s">{cycle}</startEvent><userTask id="u"/>', "s>u>e"))

    clock.advance(timedelta(minutes=65))
    _drain(services)

    assert len(_rows(services, select(t.instance.c.id))) == 1
    (job,) = _rows(services, select(t.job.c.due_at).where(t.job.c.kind == "start_timer"))
    assert clock.now() < job.due_at <= clock.now() + timedelta(minutes=10)


def test_the_lease_of_a_dead_worker_runs_out_and_its_late_answer_changes_nothing(engines: Engines) -> None:
    clock = VirtualClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
    dead, alive = engines(clock=clock), engines(clock=clock)
    _deploy(dead, diagram(_timer("w", "PT1M"), "s>w>e"))
    instance = run(dead, StartInstance("p"), SYSTEM)
    clock.advance(timedelta(minutes=1))
    (held,) = run(dead, LeaseJobs("dead", seconds=60), SYSTEM)

    assert run(alive, LeaseJobs("alive"), SYSTEM) == []
    clock.advance(timedelta(seconds=61))
    (taken,) = run(alive, LeaseJobs("alive"), SYSTEM)
    assert taken.id == held.id
    assert run(alive, RunJob(taken), SYSTEM) is True
    assert run(dead, RunJob(held), SYSTEM) is False

    assert [row.status for row in _rows(alive, select(t.instance.c.status).where(t.instance.c.id == instance))] == [
        "completed"
    ]
    ended = select(func.count()).select_from(t.activity).where(t.activity.c.element_id == "e")
    assert _rows(alive, ended)[0][0] == 1


def test_jobs_of_one_instance_are_not_shared_between_workers(engines: Engines) -> None:
    services = engines()
    _deploy(services, diagram(_timer("a", "PT0S") + _timer("b", "PT0S"), "s>p1", "p1>a>p2", "p1>b>p2", "p2>e"))
    run(services, StartInstance("p"), SYSTEM)

    first: list[Job] = run(services, LeaseJobs("one", count=1), SYSTEM)
    second: list[Job] = run(services, LeaseJobs("two", count=10), SYSTEM)

    assert len(first) == 1
    assert second == []


def _one(services: Services) -> Any:
    (job,) = _rows(services, select(t.job.c.due_at, t.job.c.status, t.job.c.retries, t.job.c.error))
    return job


def test_what_fails_is_tried_again_later_and_later_and_then_stands_as_an_incident(engines: Engines) -> None:
    clock = VirtualClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
    answers: list[Exception | None] = [ConnectionError("the line is dead")] * 4 + [None]

    def flaky(call: Call) -> Mapping[str, Any]:
        answer = answers.pop(0)
        if answer is not None:
            raise answer
        return number(call)

    services = engines(clock=clock, operations={"test.number": flaky}, default_retries=4)
    _deploy(services, diagram(NUMBER, "s>n>e"))
    instance = run(services, StartInstance("p"), SYSTEM)
    pauses = []
    for _ in range(3):
        _drain(services)
        pauses.append(_one(services).due_at - clock.now())
        clock.set(_one(services).due_at)
    _drain(services)

    assert timedelta(seconds=1) < pauses[0] < pauses[1] < pauses[2]
    assert _rows(services, select(t.job.c.id)) == []  # who retries asks anew, with what is true by then
    (incident,) = _rows(services, select(t.incident))
    assert (incident.instance_id, incident.element_id, incident.status) == (instance, "n", "open")
    assert "the line is dead" in incident.message

    run(services, RetryIncident(incident.id), SYSTEM)
    _drain(services)
    (row,) = _rows(services, select(t.instance.c.status, t.instance.c.incidents))
    assert (row.status, row.incidents) == ("completed", 0)


def test_a_worker_that_dies_between_the_answer_and_its_commit_does_not_number_twice(engines: Engines) -> None:
    services = engines(operations={"test.number": number})
    _deploy(services, diagram(NUMBER, "s>n>e"))
    instance = run(services, StartInstance("p"), SYSTEM)
    (held,) = run(services, LeaseJobs("dies"), SYSTEM)
    with services.database.read() as connection:
        payload = connection.execute(select(t.job.c.payload).where(t.job.c.id == held.id)).scalar_one()
    call = Call(payload["parameters"], held.key, instance, None, services.clock.now(), services.database)
    given = number(call)  # the worker died here: the number was given, the instance does not know

    with services.database.write() as connection:
        connection.execute(update(t.job).values(locked_until=services.clock.now()))
    for job in run(services, LeaseJobs("lives"), SYSTEM):
        worker.execute(services, job)

    (row,) = _rows(services, select(t.instance.c.status, t.instance.c.variables))
    assert (row.status, row.variables["no"]) == ("completed", given["result"])
    assert _rows(services, select(t.counter.c.value).where(t.counter.c.series == "N-"))[0].value == 1


def test_an_early_message_finds_its_receiver_among_many_for_others(engines: Engines) -> None:
    services = engines()
    event = '<intermediateCatchEvent id="w"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>'
    _deploy(services, diagram(event, "s>w>e", roots='<message id="m" name="paid"/>'))
    for n in range(150):
        assert run(services, CorrelateMessage("paid", {"n": n}, f"K-{n}"), SYSTEM) == 0

    instance = run(services, StartInstance("p", {}, "K-149"), SYSTEM)

    assert len(_rows(services, select(t.job.c.id))) == 1  # the others' messages are left alone
    _drain(services)
    (row,) = _rows(services, select(t.instance.c.status, t.instance.c.variables).where(t.instance.c.id == instance))
    assert (row.status, row.variables["n"]) == ("completed", 149)
    held = select(func.count()).select_from(t.outbox).where(t.outbox.c.status == "held")
    assert _rows(services, held)[0][0] == 149
