"""The playground's face, exactly as others build on it (docs/playground.md)."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.bpmn.model import Problem
from engine.errors import Conflict, FacetError, Forbidden, FormRejected, InvalidInput, LimitExceeded, NotFound
from engine.playground import Playground
from tests.diagrams import body, collaboration, diagram

FORM = b'{"type": "object", "properties": {"a": {"type": "integer", "title": "A"}}, "required": ["a"]}'
TABLE = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="level" namespace="urn:test">
  <decision id="level" name="level"><variable name="level" typeRef="string"/>
    <literalExpression id="x"><text>"high"</text></literalExpression></decision>
</definitions>"""
PAID = '<message id="m" name="paid"/>'
ALARM = '<signal id="sig" name="alarm"/>'
RECEIVE = '<intermediateCatchEvent id="w"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>'
LISTEN = '<intermediateCatchEvent id="w"><signalEventDefinition signalRef="sig"/></intermediateCatchEvent>'
ERP = '<serviceTask id="n" facet:topic="erp"><extensionElements><facet:input source="=x" target="y"/></extensionElements></serviceTask>'


def timer(id: str, text: str, kind: str = "timeDuration") -> str:
    return f'<intermediateCatchEvent id="{id}"><timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition></intermediateCatchEvent>'


@pytest.fixture(params=["reload", "live", pytest.param("postgres", marks=pytest.mark.postgres)])
def play(request: pytest.FixtureRequest) -> Iterator[Playground]:
    """On SQLite with and without live instances, and on PostgreSQL."""
    url = request.getfixturevalue("empty_postgres_url") if request.param == "postgres" else None
    with Playground(url, reload=request.param != "live") as playground:
        yield playground


@pytest.fixture
def empty_postgres_url(postgres_cluster: Any, request: pytest.FixtureRequest) -> str:
    url: str = postgres_cluster.create_database(f"play_{abs(hash(request.node.name)) % 10**10}")
    return url


def test_its_face() -> None:
    faces = {
        name: list(inspect.signature(getattr(Playground, name)).parameters)[1:]
        for name in dir(Playground)
        if name[0] != "_"
    }
    assert list(inspect.signature(Playground).parameters)[:3] == ["database_url", "now", "reload"]
    assert faces["deploy"] == ["files"]
    assert faces["start"] == ["key", "variables", "business_key", "as_user"]
    assert faces["tasks"] == ["instance_id"]
    assert faces["complete"] == ["task", "data", "as_user"]
    assert faces["message"] == ["name", "payload", "business_key", "correlation"]
    assert faces["signal"] == ["name", "payload"]
    assert faces["external"] == ["topic"]
    assert faces["finish"] == ["task", "data"]
    assert faces["fail"] == ["task", "why"]
    assert faces["bpmn_error"][:2] == ["task", "code"]
    assert faces["advance"] == ["duration"]
    assert faces["instance"] == ["instance_id"]
    assert faces["trace"] == ["instance_id"]


# --- deploy -------------------------------------------------------------------------------------------------------------


def test_what_is_deployed_is_said(play: Playground) -> None:
    files = {
        "p.bpmn": diagram('<userTask id="u" name="Look" facet:formKey="f"/>', "s>u>e"),
        "f.json": FORM,
        "l.dmn": TABLE,
    }
    first = play.deploy(files)
    assert (first.accepted, [(d.key, d.version) for d in first.definitions]) == (True, [("p", 1)])
    assert all(isinstance(p, Problem) and p.severity != "error" for p in first.problems)
    assert [(d.key, d.name, d.version) for d in play.deploy(files).definitions] == [("p", "p", 1)]


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"p.bpmn": b""},
        {"p.bpmn": b"<definitions"},
        {"p.bpmn": b"\x00\xff"},
        {"p.bpmn": b"not xml at all"},
        {"notes.txt": b"hello"},
        {"noending": b""},
        {"f.json": b"{"},
        {"f.json": b""},
        {"c.calendar.json": b"[]"},
        {"l.dmn": b"<x/>"},
        {"p.bpmn": diagram('<userTask id="u"/>', "s>u>nowhere").replace(b'targetRef="nowhere"', b'targetRef="lost"')},
        {"p.bpmn": diagram("", "s>x1", "x1>e1?1 +", "x1>e2!")},
        {"p.bpmn": b"x" * 3_000_000},
    ],
    ids=range(14),
)
def test_bad_files_are_problems_not_errors(files: dict[str, bytes]) -> None:
    with Playground() as play:
        deployed = play.deploy(files)
        assert deployed.accepted is False
        assert deployed.definitions == []
        errors = [p for p in deployed.problems if p.severity == "error"]
        assert errors
        assert errors[0].message


# --- start and complete -------------------------------------------------------------------------------------------------


def test_a_task_as_it_is_seen(play: Playground) -> None:
    task = '<userTask id="u" name="Look" facet:candidateGroups="g,h" facet:candidateUsers="ann" facet:priority="70" facet:dueDate="PT48H"><extensionElements><facet:input source="=amount * 2" target="double"/></extensionElements></userTask>'
    play.deploy({"p.bpmn": diagram(task, "s>u>e")})
    instance = play.start("p", {"amount": "x", "n": 1.5} | {"amount": 3}, business_key="K")

    (seen,) = play.tasks(instance)

    assert (seen.instance_id, seen.element_id, seen.name, seen.assignee, seen.form) == (
        instance,
        "u",
        "Look",
        None,
        None,
    )
    assert (seen.candidate_users, seen.candidate_groups, seen.priority) == (["ann"], ["g", "h"], 70)
    assert seen.due_at == datetime(2026, 3, 4, 1, tzinfo=UTC)
    assert seen.data == {"amount": 3, "n": Decimal("1.5"), "double": 6}
    assert play.tasks() == [seen]
    state = play.instance(instance)
    assert (state.status, state.variables, state.incidents) == ("active", {"amount": 3, "n": Decimal("1.5")}, [])
    assert (state.started_at, state.ended_at, state.end_element_id) == (datetime(2026, 3, 2, 1, tzinfo=UTC), None, None)
    play.advance("PT1H")
    play.complete(seen.id, {"b": True})
    state = play.instance(instance)
    assert (state.status, state.variables["b"], state.end_element_id) == ("completed", True, "e")
    assert state.ended_at == datetime(2026, 3, 2, 2, tzinfo=UTC)


def test_tasks_of_what_was_called_come_too_oldest_first(play: Playground) -> None:
    inner = body('<userTask id="cu"/>', "s2>cu>e2", prefix="c")
    outer = body('<callActivity id="call" calledElement="c"/>', "s>p1", "p1>u1>p2", "p1>call>u2>p2", "p2>e")
    called = f'<process id="c" isExecutable="true">{inner}</process>'
    caller = f'<process id="p" isExecutable="true">{outer}</process>'
    assert play.deploy({"p.bpmn": collaboration(called, caller)}).accepted
    instance, other = play.start("p"), play.start("p")

    assert [task.element_id for task in play.tasks(instance)] == ["u1", "cu"]
    assert [task.element_id for task in play.tasks()] == ["u1", "cu", "u1", "cu"]
    play.complete(play.tasks(instance)[1])
    assert [task.element_id for task in play.tasks(instance)] == ["u1", "u2"]
    for _ in range(2):
        play.complete(play.tasks(instance)[0])
    trace = play.trace(instance)
    assert [id for id in trace if id not in ("p1", "s")] == ["s2", "cu", "e2", "call", "u1", "u2", "p2", "e"]
    assert len(play.trace()) > len(trace)
    assert play.instance(other).status == "active"


def test_errors_are_the_engines_own(play: Playground) -> None:
    start = '<startEvent id="s"><messageEventDefinition messageRef="m"/></startEvent>'
    play.deploy(
        {"p.bpmn": diagram('<userTask id="u" facet:candidateGroups="g" facet:formKey="f"/>', "s>u>e"), "f.json": FORM}
    )
    play.deploy({"q.bpmn": diagram(start, "s>e", key="q", roots=PAID)})
    instance = play.start("p")
    (task,) = play.tasks(instance)

    cases: list[tuple[Callable[[], Any], type[FacetError]]] = [
        (lambda: play.start("nothing"), NotFound),
        (lambda: play.start("q"), InvalidInput),
        (lambda: play.start("p", {"x": "y" * 600_000}), LimitExceeded),
        (lambda: play.start("p", {"x": object()}), InvalidInput),
        (lambda: play.complete(task, {}), FormRejected),
        (lambda: play.complete(task, {"a": 1, "b": 2}), FormRejected),
        (lambda: play.complete("nothing"), NotFound),
        (lambda: play.instance("nothing"), NotFound),
        (lambda: play.finish("nothing"), NotFound),
        (lambda: play.message(""), InvalidInput),
        (lambda: play.advance("soon"), InvalidInput),
    ]
    for action, error in cases:
        with pytest.raises(error):
            action()
    play.complete(task, {"a": 1})
    with pytest.raises(Conflict):
        play.complete(task, {"a": 1})


def test_an_incident_raises_nothing(play: Playground) -> None:
    play.deploy({"p.bpmn": diagram("", "s>u>x1", "x1>e?n > 0")})
    instance = play.start("p")
    play.complete(play.tasks(instance)[0], {"n": 0})

    state = play.instance(instance)
    assert state.status == "active"
    (incident,) = state.incidents
    assert incident.element_id == "x1"
    assert incident.message
    play.retry(incident, {"n": 1})
    assert play.instance(instance).status == "completed"


def test_people_are_anybody_until_they_are_known(play: Playground) -> None:
    play.deploy(
        {
            "p.bpmn": diagram(
                '<userTask id="u" facet:candidateGroups="g"/><userTask id="v" facet:candidateGroups="g" facet:notWhoDid="u"/>',
                "s>u>v>e",
            )
        }
    )
    instance = play.start("p", as_user="ann")
    play.complete(play.tasks(instance)[0], as_user="ann")
    with pytest.raises(Forbidden):
        play.complete(play.tasks(instance)[0], as_user="ann")
    play.user("bo", groups=["other"])
    with pytest.raises(NotFound):
        play.complete(play.tasks(instance)[0], as_user="bo")
    play.user("bo", groups=["g"])
    play.complete(play.tasks(instance)[0], as_user="bo")


# --- messages, signals, external tasks ----------------------------------------------------------------------------------


def test_messages_and_signals_count_their_receivers(play: Playground) -> None:
    play.deploy(
        {"p.bpmn": diagram(RECEIVE, "s>w>e", roots=PAID), "q.bpmn": diagram(LISTEN, "s>w>e", roots=ALARM, key="q")}
    )
    ids = [play.start("p", {"order": n}, business_key=f"K{n}") for n in range(3)]

    assert play.message("paid", {"n": 1}, business_key="K1") == 1
    assert play.message("paid", {"n": 2}, correlation={"order": 2}) == 1
    assert play.message("paid", {"n": 3}, business_key="K9") == 0
    assert [play.instance(id).status for id in ids] == ["active", "completed", "completed"]
    late = play.start("p", business_key="K9")
    assert play.instance(late).variables == {"n": 3}

    assert play.signal("alarm") == 0
    listeners = [play.start("q") for _ in range(3)]
    assert play.signal("alarm", {"level": 1}) == 3
    assert [play.instance(id).variables for id in listeners] == [{"level": 1}] * 3


def test_external_tasks(play: Playground) -> None:
    boundary = '<boundaryEvent id="b" attachedToRef="n"><errorEventDefinition errorRef="e1"/></boundaryEvent>'
    play.deploy({"p.bpmn": diagram(ERP + boundary, "s>n>e", "b>u1>e2", roots='<error id="e1" errorCode="E"/>')})
    done, failed, thrown = (play.start("p", {"x": n}) for n in range(3))

    tasks = play.external("erp")
    assert [(task.element_id, task.topic, task.data) for task in tasks] == [("n", "erp", {"y": n}) for n in range(3)]
    assert play.external("other") == []
    play.finish(tasks[0], {"z": 1})
    play.fail(tasks[1], "no line")
    play.bpmn_error(tasks[2], "E")

    assert play.instance(done).variables == {"x": 0, "z": 1}
    assert [(i.element_id, i.message) for i in play.instance(failed).incidents] == [("n", "no line")]
    assert [task.element_id for task in play.tasks(thrown)] == ["u1"]
    assert play.external("erp") == []


# --- time ---------------------------------------------------------------------------------------------------------------


def test_time_passes_in_order_and_each_thing_happens_at_its_own_moment(play: Playground) -> None:
    waits = {"w3": "PT3H", "w1": "PT1H", "w2": "PT2H"}
    play.deploy(
        {
            "p.bpmn": diagram(
                "".join(timer(id, text) for id, text in waits.items()), "s>p1", *(f"p1>{id}>t{id}>e" for id in waits)
            )
        }
    )
    play.deploy(
        {
            "q.bpmn": diagram(
                timer("w", "PT1H") + timer("v", "PT1H") + timer("x", "2026-03-02T12:30:00+08:00", "timeDate"),
                "s>w>v>x>e",
                key="q",
            )
        }
    )
    first, second = play.start("p"), play.start("q")

    play.advance("PT48H")

    assert [id for id in play.trace(first) if id in waits] == ["w1", "w2", "w3"]
    assert play.instance(first).ended_at == datetime(2026, 3, 2, 4, tzinfo=UTC)
    assert play.instance(second).ended_at == datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
    assert play.clock.now() == datetime(2026, 3, 4, 1, tzinfo=UTC)


def test_what_was_due_in_the_past_happens_at_once_and_a_cycle_its_number_of_times(play: Playground) -> None:
    cycle = '<boundaryEvent id="b" attachedToRef="u" cancelActivity="false"><timerEventDefinition><timeCycle>R3/PT10M</timeCycle></timerEventDefinition></boundaryEvent>'
    play.deploy(
        {
            "p.bpmn": diagram(
                timer("w", "2020-01-01T00:00:00Z", "timeDate") + '<userTask id="u"/>' + cycle, "s>w>u>e", "b>t1>e2"
            )
        }
    )
    instance = play.start("p")
    assert [task.element_id for task in play.tasks(instance)] == ["u"]
    play.advance("P1D")
    assert play.trace(instance).count("t1") == 3


def test_the_life_of_what_is_tried_again_goes_by_the_clock(play: Playground) -> None:
    def flaky(call: Any) -> dict[str, Any]:
        moments.append(call.now)
        if len(moments) < 3:
            raise ConnectionError("down")
        return {"result": 5}

    moments: list[datetime] = []
    play.services.operations = {**play.services.operations, "test.flaky": flaky}
    play.deploy(
        {
            "p.bpmn": diagram(
                '<serviceTask id="n" facet:operation="test.flaky" facet:resultVariable="r" facet:retries="R3/PT10M"/>',
                "s>n>e",
            )
        }
    )
    instance = play.start("p")
    play.advance("PT15M")
    assert play.instance(instance).status == "active"
    play.advance("PT15M")
    assert play.instance(instance).variables == {"r": 5}
    assert [(later - moments[0]).total_seconds() for later in moments] == [0, 600, 1200]


# --- housekeeping -------------------------------------------------------------------------------------------------------


def test_it_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Playground() as play:
        assert list(tmp_path.iterdir())
        play.deploy({"p.bpmn": diagram("", "s>e")})
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("facet-playground")]


def test_two_playgrounds_know_nothing_of_each_other() -> None:
    with Playground() as one, Playground() as other:
        one.deploy({"p.bpmn": diagram("", "s>u>e")})
        one.start("p")
        with pytest.raises(NotFound):
            other.start("p")
        assert other.tasks() == []
