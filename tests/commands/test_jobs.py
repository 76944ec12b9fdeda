"""Jobs: done once whatever dies, parked while their instance is suspended, an incident where nobody can help them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from engine import worker
from engine.chains import LONGEST, Chain
from engine.commands.instances import CancelInstance, RetryIncident, StartInstance
from engine.commands.jobs import ExtendLease, FailJob, LeaseJobs, ReleaseJobs, RunJob
from engine.commands.tasks import CompleteTask
from engine.connectors import PermanentFailure
from engine.errors import BpmnError
from engine.store import tables as t
from engine.store.database import Busy
from tests.commands.parts import CALL, CALLED, children, on, serve, service, timer
from tests.diagrams import diagram
from tests.engines import House, at_once


def start(**variables: Any) -> StartInstance:
    return StartInstance("p", {"x": 1, **variables})


# --- leases -------------------------------------------------------------------------------------------------------------


def test_nothing_waits_behind_a_slow_service(any_house: House) -> None:
    house = any_house
    serve(house, {"result": 1})
    house.deploy(diagram(service() + timer("w", "PT0S"), "s>p1", "p1>n>e1", "p1>w>e2"))
    for _ in range(3):
        house.run(start())

    leased = house.lease()

    assert [job.kind for job in leased].count("service") == 1
    assert leased[-1].kind == "service"
    house.run(ReleaseJobs("test", tuple(job.id for job in leased)))
    house.settle()
    assert {row.status for row in house.rows(select(t.instance.c.status))} == {"completed"}


def test_nor_behind_many_of_them(house: House) -> None:
    serve(house, {"result": 1})
    house.deploy(diagram(service(), "s>n>e"))
    house.deploy(diagram(timer("w", "PT1S"), "s>w>e", key="q"))
    for _ in range(15):
        house.run(start())
    house.run(StartInstance("q"))
    house.clock.advance(timedelta(seconds=2))

    assert [job.kind for job in house.lease()] == ["timer", "service"]


def test_a_retry_by_somebody_begins_a_new_chain_of_steps(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.deploy(CALLED)
    house.deploy(diagram(CALL, "s>call>u1>e"))
    instance = house.start()
    (child,) = children(house, instance)
    house.run(CompleteTask(house.task(child.id), {}))
    with house.services.database.write() as connection:
        connection.execute(update(t.job).values(payload=Chain(LONGEST).onto({"called": child.id})))
    house.settle()
    (incident,) = house.incidents(instance)
    assert incident.kind == "limit-exceeded"

    house.run(RetryIncident(incident.id))
    house.settle()

    assert house.open_tasks(instance) == ["u1"]


def test_a_lease_is_prolonged_and_given_back_by_its_holder_only(house: House) -> None:
    house.deploy(diagram(timer("w", "PT0S"), "s>w>e"))
    house.run(start())
    (job,) = house.lease("mine", seconds=60)

    house.run(ExtendLease("other", (job.id,), 600))
    house.run(ReleaseJobs("other", (job.id,)))
    assert house.lease("other") == []
    house.run(ExtendLease("mine", (job.id,), 600))
    house.clock.advance(timedelta(seconds=300))
    assert house.lease("other") == []
    house.run(ReleaseJobs("mine", (job.id,)))
    assert [found.id for found in house.lease("other")] == [job.id]


def test_a_failure_that_comes_after_the_lease_was_lost_changes_nothing(any_house: House) -> None:
    house = any_house
    serve(house, {"result": 1})
    house.deploy(diagram(service(), "s>n>e"))
    instance = house.run(start())
    (slow,) = house.lease("slow")
    house.clock.advance(timedelta(seconds=61))
    (quick,) = house.lease("quick")

    assert house.run(FailJob(slow, "late", "I gave up")) is False

    (row,) = house.jobs()
    assert (row.locked_by, row.retries, row.attempts, row.error) == ("quick", 3, 0, None)
    worker.execute(house.services, quick)
    assert house.instance(instance).status == "completed"


def test_what_was_in_the_way_of_a_job_costs_it_no_attempt(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: Any) -> None:
        raise Busy

    house.deploy(diagram(timer("w", "PT0S"), "s>w>e"))
    instance = house.run(start())
    (job,) = house.lease()
    with monkeypatch.context() as patch:
        patch.setattr(RunJob, "execute", busy)
        patch.setattr("engine.bus.ATTEMPTS", 1)
        worker.execute(house.services, job)

    (row,) = house.jobs()
    assert (row.status, row.retries, row.locked_by) == ("due", 3, None)
    house.pass_time(seconds=2)
    assert house.instance(instance).status == "completed"


@pytest.mark.postgres
def test_two_workers_do_not_share_the_jobs_of_one_instance(postgres_house: House) -> None:
    house = postgres_house
    others = [house.another() for _ in range(4)]
    waits = "".join(timer(f"w{n}", "PT0S") for n in range(4))
    house.deploy(diagram(waits, "s>p1", *(f"p1>w{n}>e" for n in range(4))))
    for _ in range(10):
        house.run(start())
        leases = at_once(*(lambda h=h, n=n: h.run(LeaseJobs(f"worker {n}", 1)) for n, h in enumerate(others)))
        assert sorted(len(lease) for lease in leases) == [0, 0, 0, 1]
        for lease in leases:
            for job in lease:
                house.run(ReleaseJobs(job.worker, (job.id,)))
        house.settle()


# --- what fails ---------------------------------------------------------------------------------------------------------


def test_a_service_that_fails_for_good_is_asked_again_with_what_is_true_then(any_house: House) -> None:
    house = any_house
    asked = serve(house, PermanentFailure("no such customer"), {"result": "ok"})
    house.deploy(diagram(service(), "s>n>e"))
    instance = house.run(start(x="wrong"))
    house.settle()
    (incident,) = house.incidents(instance)
    assert (incident.element_id, incident.kind, incident.message) == ("n", "call-refused", "no such customer")
    assert house.jobs() == []

    house.run(RetryIncident(incident.id, {"x": "right"}))
    house.settle()

    assert [call.parameters["x"] for call in asked.calls] == ["wrong", "right"]
    assert asked.calls[0].key != asked.calls[1].key
    assert house.instance(instance).status == "completed"
    assert house.incidents(instance) == []


def test_the_same_request_has_one_key_over_attempts_and_incidents(house: House) -> None:
    asked = serve(house, *[ConnectionError("down")] * 5, {"result": 1})
    house.deploy(diagram(service(more='facet:retries="R2/PT1M"'), "s>n>e"))
    instance = house.run(start())
    for _ in range(3):
        house.settle()
        house.pass_time(minutes=1)
        for incident in house.incidents(instance):
            house.run(RetryIncident(incident.id))
    house.settle()

    assert len(asked.calls) == 6
    assert len({call.key for call in asked.calls}) == 1
    assert house.instance(instance).status == "completed"


def test_each_round_of_a_loop_has_a_key_of_its_own(house: House) -> None:
    asked = serve(house, {"result": 1}, {"result": 2})
    house.deploy(diagram(service(), "s>n>x1", "x1>n?answer = 1", "x1>e!"))
    instance = house.run(start())
    house.settle()
    assert house.instance(instance).status == "completed"
    assert len({call.key for call in asked.calls}) == len(asked.calls) == 2


def test_an_answer_that_cannot_be_kept_is_an_incident_and_not_asked_for_again(house: House) -> None:
    asked = serve(house, {"result": object()})
    house.deploy(diagram(service(), "s>n>e"))
    instance = house.run(start())
    house.settle()
    house.pass_time(hours=2)

    assert len(asked.calls) == 1
    (incident,) = house.incidents(instance)
    assert "object" in incident.message


def test_an_answer_that_is_too_large_is_an_incident_at_the_service(any_house: House) -> None:
    house = any_house
    asked = serve(house, {"result": "x" * 600_000}, {"result": "short"})
    house.deploy(diagram(service(), "s>n>e"))
    instance = house.run(start())
    house.settle()

    (incident,) = house.incidents(instance)
    assert (incident.element_id, incident.kind) == ("n", "limit-exceeded")
    assert len(asked.calls) == 1
    house.run(RetryIncident(incident.id))
    house.settle()
    assert house.instance(instance).status == "completed"


def test_floats_of_a_service_become_decimals_before_anybody_sees_them(house: House) -> None:
    serve(house, {"result": {"rate": 0.1, "pair": (1, 2)}})
    house.deploy(diagram(service() + '<userTask id="u"/>', "s>n>u>e"))
    instance = house.run(start())
    house.settle()
    value = house.instance(instance).variables["answer"]
    assert str(value["rate"]) == "0.1"
    assert value["pair"] == [1, 2]


def test_a_business_error_of_a_service_goes_to_its_boundary_event(house: House) -> None:
    serve(house, BpmnError("NO_STOCK", "none left", data={"item": "desk"}))
    boundary = '<boundaryEvent id="b" attachedToRef="n"><errorEventDefinition errorRef="e1"/></boundaryEvent>'
    house.deploy(diagram(service() + boundary, "s>n>e", "b>u1>e2", roots='<error id="e1" errorCode="NO_STOCK"/>'))
    instance = house.run(start())
    house.settle()
    assert house.open_tasks(instance) == ["u1"]


def test_a_failed_service_that_is_interrupted_leaves_no_incident(any_house: House) -> None:
    house = any_house
    serve(house, PermanentFailure("no"))
    house.deploy(diagram(service() + on("n", "b", "PT1H"), "s>n>e", "b>u1>e2"))
    instance = house.run(start())
    house.settle()
    assert len(house.incidents(instance)) == 1

    house.pass_time(hours=1)

    assert house.open_tasks(instance) == ["u1"]
    assert house.incidents(instance) == []


def _break_timers(house: House, patch: pytest.MonkeyPatch) -> None:
    """Every timer that is due fails in a way that nobody foresaw, until it is an incident."""
    with patch.context() as broken:
        broken.setattr("engine.commands.job_kinds.move", lambda *_: 1 / 0)
        for _ in range(5):
            house.pass_time(hours=2)


def test_an_unforeseen_failure_of_a_timer_stands_on_its_job_and_a_retry_fires_it(
    any_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = any_house
    house.deploy(diagram(timer("w", "PT1M"), "s>w>e"))
    instance = house.start()
    _break_timers(house, monkeypatch)
    (incident,) = house.incidents(instance)
    assert (incident.kind, incident.element_id, house.jobs()[0].status) == ("unexpected", "w", "failed")

    house.run(RetryIncident(incident.id))
    house.settle()

    assert house.instance(instance).status == "completed"
    assert house.incidents(instance) == []


@pytest.mark.parametrize("how", ["cancel", "interrupt"])
def test_an_incident_on_a_job_goes_when_the_job_is_no_longer_wanted(
    any_house: House, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    house = any_house
    house.deploy(diagram('<userTask id="u"/>' + on("u", "b", "PT1M"), "s>u>u2>e", "b>e2"))
    instance = house.start()
    _break_timers(house, monkeypatch)
    assert len(house.incidents(instance)) == 1

    if how == "cancel":
        house.run(CancelInstance(instance))
    else:
        house.complete(instance, "u")

    assert house.incidents(instance) == []
    assert house.jobs() == []


def test_a_retry_whose_variables_make_the_job_needless_resolves_the_incident_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    condition = "<conditionalEventDefinition><condition>stop = true</condition></conditionalEventDefinition>"
    stop = f'<boundaryEvent id="c" attachedToRef="u">{condition}</boundaryEvent>'
    house.deploy(diagram('<userTask id="u"/>' + stop + on("u", "b", "PT1M"), "s>u>e", "b>e2", "c>u2>e3"))
    instance = house.start("p", {"stop": False})
    _break_timers(house, monkeypatch)
    (incident,) = house.incidents(instance)

    house.run(RetryIncident(incident.id, {"stop": True}))
    house.settle()

    assert house.open_tasks(instance) == ["u2"]
    assert house.incidents(instance) == []
