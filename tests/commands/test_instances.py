"""Whole instances: started once per key, suspended without losing anything, cancelled with all that they called."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from engine import worker
from engine.commands.instances import (
    CancelInstance,
    ResumeInstance,
    RetryIncident,
    SetVariables,
    StartInstance,
    SuspendInstance,
)
from engine.commands.tasks import CompleteTask
from engine.errors import Conflict, InvalidInput
from engine.store import tables as t
from tests.commands.parts import CALL, CALLED, children, completed, on, serve, service, timer
from tests.diagrams import diagram
from tests.engines import House

USER = '<userTask id="u"/>'


# --- start --------------------------------------------------------------------------------------------------------------


def test_a_second_start_with_the_same_key_is_the_first_one(any_house: House) -> None:
    house = any_house
    house.deploy(diagram(USER, "s>u>e"))
    house.deploy(diagram(USER, "s>u>e", key="q"))

    first = house.run(StartInstance("p", {"n": 1}, idempotency_key="k"))

    assert house.run(StartInstance("p", {"n": 2}, idempotency_key="k")) == first
    assert house.instance(first).variables == {"n": 1}
    with pytest.raises(Conflict):
        house.run(StartInstance("q", {}, idempotency_key="k"))
    with pytest.raises(InvalidInput):
        house.run(StartInstance("p", {}, idempotency_key="k" * 256))


def test_a_business_key_is_given_or_derived_from_what_the_start_says(any_house: House) -> None:
    house = any_house
    house.deploy(diagram(USER, "s>u>e", attributes='facet:businessKey="&quot;JC-&quot; + string(n)"'))

    assert house.instance(house.start("p", {"n": 7})).business_key == "JC-7"
    assert house.instance(house.start("p", {"n": 7}, business_key="own")).business_key == "own"
    with pytest.raises(InvalidInput):
        house.start("p", {}, business_key="x" * 201)


# --- suspension ---------------------------------------------------------------------------------------------------------


def test_a_timer_that_was_leased_before_the_suspension_waits_for_the_end_of_it(any_house: House) -> None:
    house = any_house
    house.deploy(diagram(timer("w", "PT1M"), "s>w>e"))
    instance = house.start()
    house.clock.advance(timedelta(minutes=2))
    (job,) = house.lease()
    house.run(SuspendInstance(instance))

    worker.execute(house.services, job)
    house.pass_time(hours=5)

    (row,) = house.jobs()
    assert (row.status, row.retries, row.attempts, row.locked_by) == ("suspended", 3, 0, None)
    house.run(ResumeInstance(instance))
    house.settle()
    assert completed(house, instance) == ["s", "w", "e"]


def test_the_answer_of_a_service_is_kept_over_a_suspension(any_house: House) -> None:
    house = any_house
    serve(house, {})
    house.deploy(diagram(service(parameter="1"), "s>n>e"))
    instance = house.run(StartInstance("p"))
    asked = serve(house, {"result": 42}, during=lambda: house.run(SuspendInstance(instance)))

    house.settle()
    assert house.instance(instance).status == "active"
    house.run(ResumeInstance(instance))
    house.settle()

    assert len(asked.calls) == 1
    assert house.instance(instance).variables["answer"] == 42


def test_a_failure_during_a_suspension_costs_no_attempt(house: House) -> None:
    serve(house, {})
    house.deploy(diagram(service(parameter="1"), "s>n>e"))
    instance = house.run(StartInstance("p"))
    serve(house, ConnectionError("down"), during=lambda: house.run(SuspendInstance(instance)))
    house.settle()

    (row,) = house.jobs()
    assert (row.status, row.retries) == ("suspended", 3)
    serve(house, {"result": 1})
    house.run(ResumeInstance(instance))
    house.settle()
    assert house.instance(instance).status == "completed"


def test_what_comes_back_to_a_suspended_caller_waits(any_house: House) -> None:
    house = any_house
    house.deploy(CALLED)
    house.deploy(diagram(CALL + USER, "s>call>u>e"))
    parent = house.start()
    (child,) = children(house, parent)
    house.run(SuspendInstance(parent))

    house.complete(child.id, "cu")

    assert house.open_tasks(parent) == []
    house.run(ResumeInstance(parent))
    house.settle()
    assert house.open_tasks(parent) == ["u"]


def test_a_repeating_timer_that_is_late_after_a_suspension_fires_once(house: House) -> None:
    cycle = "<timerEventDefinition><timeCycle>R/PT10M</timeCycle></timerEventDefinition>"
    boundary = f'<boundaryEvent id="b" attachedToRef="u" cancelActivity="false">{cycle}</boundaryEvent>'
    house.deploy(diagram(USER + boundary, "s>u>e", "b>t1>e2"))
    instance = house.start()
    house.run(SuspendInstance(instance))
    house.pass_time(minutes=65)
    assert completed(house, instance).count("t1") == 0

    house.run(ResumeInstance(instance))
    house.settle()

    assert completed(house, instance).count("t1") == 1
    (job,) = house.jobs()
    assert house.clock.now() < job.due_at <= house.clock.now() + timedelta(minutes=10)


def test_nothing_moves_a_suspended_instance_but_its_end(any_house: House) -> None:
    house = any_house
    house.deploy(diagram(USER, "s>u>e"))
    instance = house.start()
    task = house.task(instance)
    house.run(SuspendInstance(instance))
    house.run(SuspendInstance(instance))

    for command in (CompleteTask(task, {}), SetVariables(instance, {"a": 1})):
        with pytest.raises(Conflict, match="suspended"):
            house.run(command)

    house.run(ResumeInstance(instance))
    with pytest.raises(Conflict):
        house.run(ResumeInstance(instance))
    house.run(SuspendInstance(instance))
    house.run(CancelInstance(instance))
    assert house.instance(instance).status == "cancelled"
    with pytest.raises(Conflict):
        house.run(SuspendInstance(instance))


@pytest.mark.parametrize("keep_live", [True, False])
def test_two_processes_that_keep_live_instances_do_not_confuse_them(any_house: House, keep_live: bool) -> None:
    house = any_house
    house.services.keep_live = keep_live
    other = house.another(keep_live=keep_live)
    house.deploy(diagram(USER, "s>u>x1", "x1>e?n &gt; 5".replace("&gt;", ">"), "x1>u!"))
    instance = house.start("p", {"n": 0})

    for n, one in enumerate([house, other, house, house, other, other, house], start=1):
        if n == 4:
            other.run(SuspendInstance(instance))
            house.run(ResumeInstance(instance))
            other.run(SetVariables(instance, {"seen": n}))
        with pytest.raises(InvalidInput):
            one.run(CompleteTask(one.task(instance, "u"), {"n": object()}))
        one.complete(instance, "u", {"n": n})
        if n == 6:
            break

    row = house.instance(instance)
    assert (row.status, row.variables) == ("completed", {"n": 6, "seen": 4})


# --- incidents ----------------------------------------------------------------------------------------------------------


def test_a_retry_that_fails_again_leaves_one_open_incident(any_house: House) -> None:
    house = any_house
    house.deploy(diagram(USER, "s>x1", "x1>u?n > 0", "x1>e?n < 0"))
    instance = house.start("p", {"n": 0})
    (first,) = house.incidents(instance)

    house.run(RetryIncident(first.id))
    (second,) = house.incidents(instance)

    assert second.id != first.id
    with pytest.raises(Conflict, match="already resolved"):
        house.run(RetryIncident(first.id))
    house.run(RetryIncident(second.id, {"n": 1}))
    assert house.incidents(instance) == []
    assert house.open_tasks(instance) == ["u"]
    resolved = house.rows(select(t.incident.c.resolved_by, t.incident.c.resolved_at))
    assert all(row.resolved_by == "system" and row.resolved_at is not None for row in resolved)


def test_the_form_that_was_accepted_before_an_incident_is_kept(any_house: House) -> None:
    house = any_house
    house.deploy(diagram(USER, "s>u>x1", "x1>u2?n > 0"))
    instance = house.start()

    house.complete(instance, "u", {"n": 0, "note": "kept"})

    assert house.instance(instance).variables == {"n": 0, "note": "kept"}
    (incident,) = house.incidents(instance)
    assert incident.element_id == "x1"


def test_an_instance_that_is_cancelled_has_no_open_incident(any_house: House) -> None:
    house = any_house
    house.deploy(diagram(USER, "s>p1", "p1>x1", "x1>u?n > 0", "p1>x2", "x2>u2?n > 0"))
    instance = house.start("p", {"n": 0})
    assert len(house.incidents(instance)) == 2

    house.run(CancelInstance(instance, "wrong\0 case"))

    assert house.incidents(instance) == []
    assert house.instance(instance).end_reason == "wrong\ufffd case"


def test_an_incident_of_a_called_instance_is_retried_there(house: House) -> None:
    house.deploy(diagram('<userTask id="cu"/>', "s>x1", "x1>cu?n > 0", "cu>e", key="c"))
    house.deploy(
        diagram('<callActivity id="call" calledElement="c" facet:propagateAllInputs="true"/>' + USER, "s>call>u>e")
    )
    parent = house.start("p", {"n": 0})
    (child,) = children(house, parent)
    (incident,) = house.incidents(child.id)

    house.run(RetryIncident(incident.id, {"n": 1}))
    house.complete(child.id, "cu")

    assert house.open_tasks(parent) == ["u"]


# --- calls --------------------------------------------------------------------------------------------------------------


def test_a_call_of_nothing_is_an_incident_until_there_is_something(any_house: House) -> None:
    house = any_house
    house.deploy(CALLED)
    house.deploy(diagram('<callActivity id="call" calledElement="=which"/>', "s>call>u1>e"))
    instance = house.start("p", {"which": "nothing"})
    (incident,) = house.incidents(instance)
    assert (incident.element_id, incident.kind) == ("call", "not-found")
    assert "“nothing”" in incident.message

    house.run(RetryIncident(incident.id, {"which": "c"}))
    house.settle()

    (child,) = children(house, instance)
    house.complete(child.id, "cu", {"y": 1})
    assert house.open_tasks(instance) == ["u1"]
    assert house.incidents(instance) == []


def test_calls_without_end_are_stopped(house: House) -> None:
    house.services.call_depth = 3
    again = '<callActivity id="call" calledElement="=facet.businessKey"/>'
    house.deploy(diagram(again, "s>call>e"))
    house.start("p", business_key="p")
    rows = house.rows(select(t.instance.c.depth, t.instance.c.incidents).order_by(t.instance.c.depth))
    assert [tuple(row) for row in rows] == [(0, 0), (1, 0), (2, 0), (3, 1)]


def test_who_cancels_a_called_instance_leaves_an_incident_at_its_caller(any_house: House) -> None:
    house = any_house
    house.deploy(CALLED)
    house.deploy(diagram(CALL, "s>call>u1>e"))
    instance = house.start()
    (child,) = children(house, instance)

    house.run(CancelInstance(child.id))
    house.settle()

    (incident,) = house.incidents(instance)
    assert (incident.element_id, incident.kind) == ("call", "called-cancelled")
    house.run(RetryIncident(incident.id))
    house.settle()
    _, second = children(house, instance)
    house.complete(second.id, "cu", {"y": 2})
    assert house.open_tasks(instance) == ["u1"]
    assert house.instance(instance).variables["y"] == 2


def test_cancelling_a_caller_cancels_what_it_called_at_any_depth_suspended_or_not(any_house: House) -> None:
    house = any_house
    house.deploy(CALLED)
    house.deploy(diagram('<callActivity id="call" calledElement="c"/>', "s>call>e", key="m"))
    house.deploy(diagram('<callActivity id="call" calledElement="m"/>', "s>call>e"))
    instance = house.start()
    (middle,) = children(house, instance)
    (leaf,) = children(house, middle.id)
    house.run(SuspendInstance(middle.id))

    house.run(CancelInstance(instance))
    house.settle()

    assert [house.instance(id).status for id in (instance, middle.id, leaf.id)] == ["cancelled"] * 3
    assert house.jobs() == []
    ((count,),) = house.rows(select(func.count()).select_from(t.task).where(t.task.c.status == "open"))
    assert count == 0


def test_a_return_to_a_step_that_is_over_is_dropped(house: House) -> None:
    house.deploy(CALLED)
    house.deploy(diagram(CALL + on("call", "b", "PT1M"), "s>call>e", "b>u1>e2"))
    instance = house.start()
    (child,) = children(house, instance)
    house.run(CompleteTask(house.task(child.id), {}))
    house.clock.advance(timedelta(minutes=1))
    back, late = sorted(house.lease(), key=lambda job: str(job.kind))
    assert (back.kind, late.kind) == ("return", "timer")

    worker.execute(house.services, late)
    worker.execute(house.services, back)
    house.settle()

    assert house.open_tasks(instance) == ["u1"]
    assert house.jobs() == []
    assert house.incidents(instance) == []


def test_binding_deployment_means_what_was_deployed_then_changed_or_not(house: House) -> None:
    caller = '<callActivity id="call" calledElement="c" facet:binding="deployment"/>'
    house.deploy(diagram(caller, "s>call>e"), CALLED)
    house.deploy(diagram(caller, "s>call>u1>e"), CALLED)  # the called one has not changed: no version of its own
    house.deploy(diagram('<userTask id="other"/>', "s>other>e", key="c"))

    instance = house.start()

    (child,) = children(house, instance)
    assert child.definition_version == 1
    assert house.open_tasks(child.id) == ["cu"]


@pytest.mark.parametrize(("version", "element"), [("1", "cu"), ("2", "other")])
def test_binding_version_means_that_version(house: House, version: str, element: str) -> None:
    house.deploy(CALLED)
    house.deploy(diagram('<userTask id="other"/>', "s>other>e", key="c"))
    house.deploy(
        diagram(
            f'<callActivity id="call" calledElement="c" facet:binding="version" facet:version="{version}"/>', "s>call>e"
        )
    )
    (child,) = children(house, house.start())
    assert house.open_tasks(child.id) == [element]
