"""Promise 5 of docs/security.md: work that causes work comes to an end that somebody sees, and others go on meanwhile."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sqlalchemy import select, update

from engine.chains import LONGEST, Chain
from engine.commands.instances import RetryIncident, StartInstance
from engine.playground import Playground
from engine.store import tables as t
from tests.diagrams import collaboration, diagram
from tests.engines import House
from tests.security.hostile import PLAIN

SIGNAL = '<signal id="S" name="S"/>'
MESSAGE = '<message id="M" name="M"/>'
THROW = '<intermediateThrowEvent id="i"><{0}EventDefinition {0}Ref="{1}"/></intermediateThrowEvent>'
CATCH = '<startEvent id="s"><{0}EventDefinition {0}Ref="{1}"/></startEvent><startEvent id="s0"/>'


def thrower(kind: str, ref: str, roots: str) -> bytes:
    return diagram(CATCH.format(kind, ref) + THROW.format(kind, ref), "s>i>e", "s0>i", roots=roots)


def two_processes() -> bytes:
    """A starts B by a message, B starts A."""
    processes = []
    for key, heard, said in (("p", "A", "B"), ("q", "B", "A")):
        inner = CATCH.format("message", heard) + THROW.format("message", said) + '<endEvent id="e"/>'
        flows = "".join(
            f'<sequenceFlow id="f{key}{n}" sourceRef="{a}" targetRef="{b}"/>'
            for n, (a, b) in enumerate((("s", "i"), ("s0", "i"), ("i", "e")))
        )
        whole = f'<process id="{key}" isExecutable="true">{inner}{flows}</process>'
        for id in ("s", "s0", "i", "e"):
            whole = whole.replace(f'"{id}"', f'"{key}{id}"')
        processes.append(whole)
    return collaboration(*processes, roots='<message id="A" name="A"/><message id="B" name="B"/>')


BOMBS: Mapping[str, bytes] = {
    "a message that starts its own sender": thrower("message", "M", MESSAGE),
    "a signal that starts its own thrower": thrower("signal", "S", SIGNAL),
    "two processes that start each other": two_processes(),
}


@pytest.mark.parametrize("name", BOMBS)
def test_where_a_chain_ends_there_is_an_incident_that_says_so(house: House, name: str) -> None:
    # given
    house.services.call_depth = 10
    house.deploy(BOMBS[name])

    # when
    house.start("p")

    # then
    found = house.rows(select(t.incident).where(t.incident.c.status == "open"))
    assert len(found) == 1
    assert "more than 10 times in a row" in found[0].message and "10" in found[0].message_zh
    assert found[0].job_id is not None
    assert len(house.rows(select(t.instance.c.id))) <= 12

    # and others go on
    house.deploy(PLAIN.replace(b'id="p"', b'id="r"'))
    instance = house.start("r")
    house.complete(instance, "u")
    assert house.instance(instance).status == "completed"


def test_somebody_may_let_the_chain_go_on(house: House) -> None:
    house.services.call_depth = 5
    house.deploy(BOMBS["a message that starts its own sender"])
    house.start("p")
    before = len(house.rows(select(t.instance.c.id)))
    (incident,) = house.rows(select(t.incident).where(t.incident.c.status == "open"))

    house.run(RetryIncident(incident.id))
    house.settle()

    n = t.incident.c
    assert len(house.rows(select(t.instance.c.id))) > before
    assert [row.status for row in house.rows(select(t.incident).order_by(n.id))] == ["resolved", "open"]


def test_a_signal_storm_does_not_grow_for_ever(house: House) -> None:
    """Each instance throws twice, so that each round doubles."""
    storm = diagram(
        CATCH.format("signal", "S")
        + "".join(
            f'<intermediateThrowEvent id="i{n}"><signalEventDefinition signalRef="S"/></intermediateThrowEvent>'
            for n in (1, 2)
        ),
        "s>i1>i2>e",
        "s0>i1",
        roots=SIGNAL,
    )
    house.services.call_depth = 6
    house.deploy(storm)

    house.start("p")

    instances = len(house.rows(select(t.instance.c.id)))
    incidents = house.rows(select(t.incident).where(t.incident.c.status == "open"))
    assert instances <= 2**7 and incidents
    assert {incident.job_id is not None for incident in incidents} == {True}


def test_a_service_that_goes_round_is_stopped_with_an_incident_at_its_element(house: House) -> None:
    house.services.operations = {"test.call": lambda call: {"result": 1}}
    house.deploy(
        diagram(
            '<exclusiveGateway id="x0"/><serviceTask id="n" facet:operation="test.call"/>',
            "s>x0>n>x1",
            "x1>x0?true",
            "x1>e!",
        )
    )
    instance = house.run(StartInstance("p"))
    (job,) = house.jobs()
    with house.services.database.write() as connection:
        later = update(t.job).where(t.job.c.id == job.id).values(payload=Chain(LONGEST - 3).onto(job.payload))
        connection.execute(later)

    house.settle()

    (incident,) = house.incidents(instance)
    assert incident.element_id == "n" and "without end" in incident.message
    house.run(RetryIncident(incident.id))
    (job,) = house.jobs()
    assert job.payload["chain"][0] <= 1, "somebody decided: a new chain begins"


CALLS: Mapping[str, bytes] = {
    "a computed call of itself": diagram('<callActivity id="c" calledElement="=&quot;p&quot;"/>', "s>c>e"),
    "two calls of itself": diagram(
        '<callActivity id="c" calledElement="=&quot;p&quot;"/><callActivity id="c2" calledElement="=&quot;p&quot;"/>',
        "s>p1>c>e",
        "p1>c2>e2",
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls_without_end_are_stopped(name: str) -> None:
    with Playground() as play:
        play.services.call_depth = 7
        assert play.deploy({"p.bpmn": CALLS[name]}).accepted

        play.start("p")

        incidents = [i for id in play.instances() for i in play.instance(id).incidents]
        assert incidents and all("levels deep" in incident.message for incident in incidents)
        assert len(play.instances()) <= 2**9
        play.cancel(play.instances()[0])
        assert {play.instance(id).status for id in play.instances()} == {"cancelled"}


TIMERS: Mapping[str, str] = {
    "at zero": "<timeDuration>PT0S</timeDuration>",
    "in the past": "<timeDate>2020-01-01T00:00:00Z</timeDate>",
    "computed in the past": "<timeDate>=facet.now - duration(&quot;P1D&quot;)</timeDate>",
}


@pytest.mark.parametrize("name", TIMERS)
def test_a_timer_that_is_due_at_once_in_a_circle_is_stopped(house: House, name: str) -> None:
    body = f'<intermediateCatchEvent id="c"><timerEventDefinition>{TIMERS[name]}</timerEventDefinition></intermediateCatchEvent>'
    house.deploy(diagram(body + '<exclusiveGateway id="x0"/>', "s>x0>c>x1", "x1>x0?true", "x1>e!"))
    instance = house.run(StartInstance("p"))
    (job,) = house.jobs()
    with house.services.database.write() as connection:
        later = update(t.job).where(t.job.c.id == job.id).values(payload=Chain(LONGEST - 5).onto(job.payload))
        connection.execute(later)

    assert house.settle() < 20

    (incident,) = house.incidents(instance)
    assert "without end" in incident.message and incident.element_id == "c"


def test_a_timer_that_takes_its_time_may_go_round_for_ever(house: House) -> None:
    body = (
        '<intermediateCatchEvent id="c"><timerEventDefinition><timeDuration>PT1M</timeDuration></timerEventDefinition>'
        "</intermediateCatchEvent>"
    )
    house.deploy(diagram(body + '<exclusiveGateway id="x0"/>', "s>x0>c>x1", "x1>x0?true", "x1>e!"))
    house.run(StartInstance("p"))

    for _ in range(5):
        house.pass_time(minutes=1)

    (job,) = house.jobs()
    assert job.payload == {}
