"""External tasks: one worker at a time has a task, for as long as its lock lasts."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from engine.actor import Actor
from engine.commands.external import (
    CompleteExternalTask,
    ExtendLock,
    FailExternalTask,
    FetchAndLock,
    ThrowBpmnError,
)
from engine.commands.instances import ResumeInstance, RetryIncident, SuspendInstance
from engine.errors import Conflict, Forbidden, InvalidInput, LimitExceeded, NotFound
from engine.store import tables as t
from tests.commands.parts import deadlocks, on
from tests.diagrams import diagram
from tests.engines import House, at_once

WORK = '<serviceTask id="n" facet:topic="erp"><extensionElements><facet:input source="=x" target="x"/></extensionElements></serviceTask>'
ERP = Actor("erp", roles=frozenset({"integration"}))


@pytest.fixture
def erp(any_house: House) -> House:
    any_house.deploy(diagram(WORK + on("n", "b", "PT24H"), "s>n>u1>e", "b>u2>e2"))
    return any_house


def fetch(house: House, worker: str = "w", **more: Any) -> list[Any]:
    return list(house.run(FetchAndLock(worker, ["erp"], **more), ERP))


def test_it_is_fetched_once_and_completed_by_who_has_it(erp: House) -> None:
    instance = erp.start("p", {"x": 1})
    (task,) = fetch(erp)
    assert (task.element_id, task.topic, task.data) == ("n", "erp", {"x": 1})
    assert fetch(erp, "other") == []

    with pytest.raises(Conflict):
        erp.run(CompleteExternalTask(task.id, {}, "other"), ERP)
    erp.run(CompleteExternalTask(task.id, {"y": 2}, "w"), ERP)

    assert erp.instance(instance).variables["y"] == 2
    assert erp.open_tasks(instance) == ["u1"]
    with pytest.raises(NotFound):
        erp.run(CompleteExternalTask(task.id, {}, "w"), ERP)


def test_a_lock_that_is_lost_is_lost(erp: House) -> None:
    erp.start("p", {"x": 1})
    (task,) = fetch(erp, "slow", seconds=60)
    erp.clock.advance(timedelta(seconds=40))
    erp.run(ExtendLock(task.id, "slow", 60), ERP)
    erp.clock.advance(timedelta(seconds=40))
    assert fetch(erp, "quick") == []
    erp.clock.advance(timedelta(seconds=21))
    (again,) = fetch(erp, "quick")

    for command in (
        CompleteExternalTask(task.id, {}, "slow"),
        FailExternalTask(task.id, "late", "slow"),
        ThrowBpmnError(task.id, "E", worker_id="slow"),
        ExtendLock(task.id, "slow", 60),
    ):
        with pytest.raises(Conflict):
            erp.run(command, ERP)
    erp.run(CompleteExternalTask(again.id, {}, "quick"), ERP)


def test_it_fails_later_and_later_and_is_then_an_incident(erp: House) -> None:
    instance = erp.start("p", {"x": 1})
    for left in (2, 1):
        (task,) = fetch(erp)
        erp.run(FailExternalTask(task.id, "down\0", "w", retry_seconds=60), ERP)
        (row,) = erp.rows(select(t.external_task))
        assert (row.retries, row.error, row.worker_id) == (left, "down\ufffd", None)
        assert fetch(erp) == []
        erp.clock.advance(timedelta(seconds=60))
    (task,) = fetch(erp)
    erp.run(FailExternalTask(task.id, "really down", "w"), ERP)

    (incident,) = erp.incidents(instance)
    assert (incident.element_id, incident.kind, incident.message) == ("n", "external-task-failed", "really down")
    assert erp.rows(select(t.external_task)) == []
    erp.run(RetryIncident(incident.id, {"x": 2}))
    (task,) = fetch(erp)
    assert task.data == {"x": 2}
    erp.run(CompleteExternalTask(task.id, {}, "w"), ERP)
    assert erp.incidents(instance) == []


def test_a_business_error_takes_its_way(any_house: House) -> None:
    house = any_house
    boundary = '<boundaryEvent id="b" attachedToRef="n"><errorEventDefinition errorRef="e1"/></boundaryEvent>'
    house.deploy(diagram(WORK + boundary, "s>n>e", "b>u1>e2", roots='<error id="e1" errorCode="E"/>'))
    instance = house.start("p", {"x": 1})
    (task,) = fetch(house)
    house.run(ThrowBpmnError(task.id, "E", "none left", {"why": "x"}, "w"), ERP)
    assert house.open_tasks(instance) == ["u1"]


def test_a_suspended_instance_offers_nothing_and_takes_nothing(erp: House) -> None:
    instance = erp.start("p", {"x": 1})
    (task,) = fetch(erp)
    erp.run(SuspendInstance(instance))
    with pytest.raises(Conflict, match="suspended"):
        erp.run(CompleteExternalTask(task.id, {}, "w"), ERP)
    erp.clock.advance(timedelta(hours=1))
    assert fetch(erp) == []
    erp.run(ResumeInstance(instance))
    (task,) = fetch(erp)
    erp.run(CompleteExternalTask(task.id, {}, "w"), ERP)
    assert erp.open_tasks(instance) == ["u1"]


def test_an_interruption_withdraws_it(erp: House) -> None:
    instance = erp.start("p", {"x": 1})
    (task,) = fetch(erp, seconds=86_400)
    erp.pass_time(hours=24)
    assert erp.open_tasks(instance) == ["u2"]
    with pytest.raises(NotFound):
        erp.run(CompleteExternalTask(task.id, {}, "w"), ERP)


def test_too_much_is_refused_and_the_work_stays(erp: House) -> None:
    erp.start("p", {"x": 1})
    (task,) = fetch(erp)
    with pytest.raises(LimitExceeded):
        erp.run(CompleteExternalTask(task.id, {"y": "x" * 600_000}, "w"), ERP)
    with pytest.raises(InvalidInput):
        erp.run(CompleteExternalTask(task.id, {"y": "\0"}, "w"), ERP)
    erp.run(CompleteExternalTask(task.id, {}, "w"), ERP)


@pytest.mark.parametrize(
    "command",
    [
        FetchAndLock("", ["erp"]),
        FetchAndLock("w" * 201, ["erp"]),
        FetchAndLock("w", []),
        FetchAndLock("w", ["erp"], 101),
        FetchAndLock("w", ["erp"], 1, 0),
        FetchAndLock("w", ["erp"], 1, 86_401),
    ],
)
def test_impossible_wishes(erp: House, command: Any) -> None:
    with pytest.raises(InvalidInput):
        erp.run(command, ERP)


@pytest.mark.parametrize(
    "more", [{"retries": -1}, {"retries": 10**9}, {"retry_seconds": -1}, {"retry_seconds": 10**12}]
)
def test_impossible_wishes_for_another_attempt(erp: House, more: dict[str, int]) -> None:
    erp.start("p", {"x": 1})
    (task,) = fetch(erp)
    with pytest.raises(InvalidInput):
        erp.run(FailExternalTask(task.id, "no", "w", **more), ERP)


def test_people_do_not_work_on_external_tasks(erp: House) -> None:
    with pytest.raises(Forbidden):
        erp.run(FetchAndLock("w", ["erp"]), Actor("ann", groups=frozenset({"g"})))


@pytest.mark.postgres
def test_workers_at_once_fetch_each_task_once(postgres_house: House) -> None:
    house = postgres_house
    house.deploy(diagram(WORK, "s>n>e"))
    for n in range(40):
        house.start("p", {"x": n})
    others = [house.another() for _ in range(4)]
    fetched = at_once(*(partial(fetch, h, f"w{n}", count=20) for n, h in enumerate(others)))
    ids = [task.id for tasks in fetched for task in tasks]
    assert len(ids) == len(set(ids))
    rest = [task.id for task in fetch(house, count=100)]
    assert len({*ids, *rest}) == 40


@pytest.mark.postgres
def test_a_worker_and_a_timer_at_the_same_moment_do_not_lock_each_other(postgres_house: House) -> None:
    house = postgres_house
    other = house.another()
    house.deploy(diagram(WORK + on("n", "b", "PT1M"), "s>n>e1", "b>e2"))
    for _ in range(12):
        instance = house.start("p", {"x": 1})
        (task,) = fetch(house, seconds=600)
        house.clock.advance(timedelta(minutes=1))
        done, _ = at_once(partial(house.run, CompleteExternalTask(task.id, {}, "w"), ERP), other.settle)
        house.settle()
        assert done is None or isinstance(done, NotFound), done
        row = house.instance(instance)
        assert (row.status, row.end_element_id) == ("completed", "e1" if done is None else "e2")
    assert deadlocks(house) == 0
