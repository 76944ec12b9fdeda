"""Scripts that are too long for a turn: a job runs them outside any transaction, and nobody can tell but by the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import worker
from engine.commands.instances import CancelInstance, ResumeInstance, RetryIncident, StartInstance, SuspendInstance
from engine.commands.tasks import CompleteTask
from engine.errors import ScriptPostponed
from engine.playground import Playground
from engine.scripts import ScriptEnvironment, ScriptLimits, ScriptOutcome
from engine.scripts.errors import ScriptBusy, ScriptError, ScriptTimeout
from engine.store import tables as t
from engine.store.database import count_statements
from tests.commands.parts import on
from tests.diagrams import diagram
from tests.engines import House

NEVER_AT_ONCE = ScriptLimits(turn=0.0)
"""Every script is postponed."""


@pytest.fixture(scope="module")
def patient() -> Iterator[ScriptEnvironment]:
    """A sandbox that postpones every script."""
    with ScriptEnvironment(NEVER_AT_ONCE) as environment:
        yield environment


@dataclass
class Watched:
    """Scripts that are postponed; `during` is called while one runs, `outcome` is what it leaves behind."""

    during: Callable[[], object] = lambda: None
    outcome: Callable[[], ScriptOutcome] = lambda: ScriptOutcome({"x": 1})
    asked: list[Mapping[str, Any]] = field(default_factory=list)

    def turn(self) -> Watched.Turn:
        return Watched.Turn()

    def run(self, source: str, variables: Mapping[str, Any], *, now: datetime | None = None) -> ScriptOutcome:
        self.asked.append(dict(variables))
        self.during()
        return self.outcome()

    class Turn:
        def run(self, source: str, variables: Mapping[str, Any], *, now: datetime | None = None) -> ScriptOutcome:
            raise ScriptPostponed({name: variables[name] for name in ("a",) if name in variables})


def script(source: str = "x = a", id: str = "n", inside: str = "", more: str = "") -> str:
    return (
        f'<scriptTask id="{id}" scriptFormat="python" {more}>{inside}<script><![CDATA[{source}]]></script></scriptTask>'
    )


def lonely(house: House, **during: Any) -> Watched:
    watched = Watched(**during)
    house.services.scripts = watched
    return watched


# --- nobody can tell ------------------------------------------------------------------------------------------------------

ERROR = '<error id="E" errorCode="E1"/>'
CATCHES = '<boundaryEvent id="b" attachedToRef="n"><errorEventDefinition errorRef="E"/></boundaryEvent>'
PATHS: Mapping[str, tuple[bytes, Mapping[str, Any]]] = {
    "a result": (diagram(script("x = a + 1\n_y = 2\nx * 2", more='facet:resultVariable="r"'), "s>n>e"), {"a": 1}),
    "two in a row": (diagram(script("a = a + 1") + script("b = a * 2", "n2"), "s>n>n2>e"), {"a": 1}),
    "changed in place": (
        diagram(script("order.total = Decimal('0.10') + order.total\nitems.append(date(2026, 3, 2))"), "s>n>e"),
        {"order": {"total": 1}, "items": []},
    ),
    "its own context": (diagram(script("x = [facet.businessKey, facet.now, datetime.now()]"), "s>n>e"), {}),
    "for all at once": (
        diagram(
            script(
                "y = item * 2",
                inside='<multiInstanceLoopCharacteristics facet:collection="=items" facet:elementVariable="item" '
                'facet:outputCollection="ys" facet:outputElement="=item + loopCounter"/>',
            ),
            "s>n>e",
        ),
        {"items": [1, 2, 3]},
    ),
    "one after the other": (
        diagram(
            script(
                "total = total + item",
                inside='<multiInstanceLoopCharacteristics isSequential="true" facet:collection="=items" '
                'facet:elementVariable="item"/>',
            ),
            "s>n>e",
        ),
        {"items": [1, 2, 3], "total": 0},
    ),
    "a caught error": (
        diagram(
            script("raise BpmnError('E1', 'too much')") + CATCHES,
            "s>n>e",
            "b>t9>e9",
            roots=ERROR,
        ),
        {},
    ),
    "mapped data": (
        diagram(
            script(
                "c = b + 1",
                inside='<extensionElements><facet:input source="=a*10" target="b"/>'
                '<facet:output source="=c" target="d"/></extensionElements>',
            ),
            "s>n>e",
        ),
        {"a": 4},
    ),
    "a failure": (diagram(script("x = 1\nx = nothing_there"), "s>n>e"), {}),
    "a result that is no data": (diagram(script("x = {1, 2}"), "s>n>e"), {}),
    "nobody catches its error": (diagram(script("raise BpmnError('E1', 'too much')"), "s>n>e"), {}),
}


@pytest.mark.parametrize("reload", [True, False], ids=["reload", "live"])
@pytest.mark.parametrize("name", PATHS)
def test_a_postponed_script_does_what_an_immediate_one_does(name: str, reload: bool) -> None:
    content, variables = PATHS[name]
    seen = []
    for limits in (None, NEVER_AT_ONCE):
        with Playground(scripts=limits, reload=reload) as play:
            assert play.deploy({"p.bpmn": content}).accepted
            instance = play.start("p", variables, "K-1", as_user="lin")
            found = play.instance(instance)
            incidents = [(i.element_id, i.message) for i in found.incidents]
            seen.append((found.status, found.variables, play.trace(instance), history(play), incidents))

    assert seen[0] == seen[1]


def history(play: Playground) -> tuple[list[Any], list[Any]]:
    """Visits with their times, and changes of variables, without random ids."""
    a, v = t.activity.c, t.variable_change.c
    visits = select(a.element_id, a.kind, a.status, a.iteration, a.token, a.scope, a.started_at, a.ended_at)
    changes = select(v.name, v.value, v.token, v.element_id, v.scope, v.changed_by, v.changed_at)
    with play.database.read() as connection:
        return (
            sorted(map(tuple, connection.execute(visits)), key=repr),
            sorted(map(tuple, connection.execute(changes)), key=repr),
        )


def test_a_script_of_a_called_process_is_postponed_too() -> None:
    called = diagram(script("b = a + 1"), "s>n>e", key="q")
    caller = diagram(
        '<callActivity id="c" calledElement="q" facet:propagateAllInputs="true" facet:propagateAllOutputs="true"/>',
        "s>c>t1>e",
    )
    with Playground(scripts=NEVER_AT_ONCE) as play:
        assert play.deploy({"p.bpmn": caller, "q.bpmn": called}).accepted

        found = play.instance(play.start("p", {"a": 1}))

    assert (found.status, found.variables) == ("completed", {"a": 1, "b": 2})


def test_scripts_before_and_after_a_task_of_spiffworkflow_are_postponed_too() -> None:
    body = (
        '<userTask id="u"><extensionElements xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core">'
        "<spiffworkflow:preScript>x = [i * 2 for i in range(3)]</spiffworkflow:preScript>"
        "<spiffworkflow:postScript>for i in range(2):\n  x.append(i)</spiffworkflow:postScript>"
        "</extensionElements></userTask>"
    )
    with Playground(scripts=NEVER_AT_ONCE) as play:
        result = play.deploy({"p.bpmn": diagram(body, "s>u>e")})
        assert result.accepted, [p.message for p in result.problems]
        instance = play.start("p")
        assert play.instance(instance).variables == {"x": [0, 2, 4]}
        play.complete(play.tasks(instance)[0])
        found = play.instance(instance)

    assert (found.status, found.variables) == ("completed", {"x": [0, 2, 4, 0, 1]})


# --- nobody waits ---------------------------------------------------------------------------------------------------------


def test_while_endless_scripts_run_others_work(house: House) -> None:
    """A write inside a transaction of the same thread is an error, and on SQLite one of another thread would wait."""
    house.deploy(diagram(script(), "s>n>e"), diagram("", "s>u>e", key="q"))
    tasks = [house.task(house.run(StartInstance("q"))) for _ in range(20)]
    watched = lonely(house, during=lambda: house.run(CompleteTask(tasks.pop(), {})))

    def endless() -> ScriptOutcome:
        raise ScriptTimeout("The script ran longer than 1 s.", "脚本运行超过 1 秒。")

    watched.outcome = endless
    instances = [house.run(StartInstance("p", {"a": number})) for number in range(20)]
    house.settle()

    assert tasks == []
    assert sorted(asked["a"] for asked in watched.asked) == list(range(20))
    assert all("longer than" in house.incidents(instance)[0].message for instance in instances)


def test_a_quick_script_costs_no_statement_more(house: House, scripts: ScriptEnvironment) -> None:
    house.services.scripts = scripts
    house.deploy(diagram(script("x = a + 1"), "s>u>n>e"), diagram("", "s>u>t1>e", key="q"))
    counted = []
    for key in ("p", "q"):
        for _ in range(2):
            task = house.task(house.run(StartInstance(key, {"a": 1})))
            with count_statements(house.services.database) as count:
                house.run(CompleteTask(task, {"b": 1}))
        counted.append((len(count.statements), count.commits))

    assert counted[0] == counted[1]
    assert house.jobs() == []


def test_what_was_too_slow_is_not_tried_again_until_it_is_quick() -> None:
    limits = ScriptLimits(seconds=2.0, inline=0.3, turn=5.0)
    slow = "n = 0\nfor i in range(m):\n  n += 1"
    with ScriptEnvironment(limits) as environment:
        environment.run("x = 1", {})  # its processes have begun
        turn = environment.turn()
        with pytest.raises(ScriptPostponed) as first:
            turn.run(slow, {"m": 10**9, "other": 1})
        left = turn._left
        with pytest.raises(ScriptPostponed):
            turn.run(slow, {"m": 3})
        assert turn._left == left, "it was tried"
        assert environment.run(slow, {"m": 3}).values["n"] == 3

        assert environment.turn().run(slow, {"m": 3}).values["n"] == 3
    assert first.value.variables == {"m": 10**9}


def test_many_quick_scripts_have_no_more_than_the_turn_has() -> None:
    with ScriptEnvironment(ScriptLimits(turn=0.05)) as environment:
        turn = environment.turn()

        def run_all() -> None:
            for _ in range(10_000):
                turn.run("x = 1", {})

        with pytest.raises(ScriptPostponed):
            run_all()


def test_a_script_that_could_never_run_is_not_postponed(patient: ScriptEnvironment) -> None:
    with pytest.raises(ScriptError, match="not valid Python"):
        patient.turn().run("x = = 1", {})


# --- what happens meanwhile -----------------------------------------------------------------------------------------------


def test_a_boundary_timer_takes_the_step_away_while_the_script_runs(house: House) -> None:
    house.deploy(diagram(script() + on("n", "b", "PT1M"), "s>n>e", "b>t9>e9"))
    watched = lonely(house)
    instance = house.run(StartInstance("p", {"a": 1}))
    (job,) = house.lease("slow")
    assert job.kind == "script"
    house.clock.advance(timedelta(minutes=1))

    watched.during = house.settle
    worker.execute(house.services, job)

    row = house.instance(instance)
    assert (row.status, row.end_element_id, row.variables) == ("completed", "e9", {"a": 1})
    assert house.jobs() == []


def test_a_cancelled_instance_drops_the_result(house: House) -> None:
    house.deploy(diagram(script(), "s>n>e"))
    watched = lonely(house)
    instance = house.run(StartInstance("p", {"a": 1}))
    watched.during = lambda: house.run(CancelInstance(instance, "no more"))

    house.settle()

    assert (house.instance(instance).status, house.instance(instance).variables) == ("cancelled", {"a": 1})
    assert house.jobs() == []


def test_a_suspended_instance_takes_the_result_when_it_is_resumed(house: House) -> None:
    house.deploy(diagram(script(), "s>n>e"))
    watched = lonely(house)
    instance = house.run(StartInstance("p", {"a": 1}))
    watched.during = lambda: house.run(SuspendInstance(instance))
    house.settle()
    assert house.instance(instance).variables == {"a": 1}

    house.run(ResumeInstance(instance))
    house.settle()

    assert (house.instance(instance).status, house.instance(instance).variables) == ("completed", {"a": 1, "x": 1})
    assert len(watched.asked) == 1, "it ran again"


def test_a_worker_that_dies_is_followed_by_another(any_house: House) -> None:
    house = any_house
    house.deploy(diagram(script(), "s>n>e"))
    watched = lonely(house)
    instance = house.run(StartInstance("p", {"a": 1}))
    assert [job.kind for job in house.lease("dies")] == ["script"]
    assert house.settle() == 0

    house.pass_time(minutes=2)

    assert (house.instance(instance).status, house.instance(instance).variables) == ("completed", {"a": 1, "x": 1})
    assert watched.asked == [{"a": 1}]


def test_it_sees_what_was_there_when_its_turn_came(house: House) -> None:
    house.deploy(diagram(script() + '<userTask id="u"/>', "s>p1>n>p2>e", "p1>u>p2"))
    watched = lonely(house)
    instance = house.run(StartInstance("p", {"a": 1}))

    house.run(CompleteTask(house.task(instance), {"a": 2}))
    house.settle()

    assert watched.asked == [{"a": 1}]


def test_an_incident_is_retried_from_the_beginning(house: House, patient: ScriptEnvironment) -> None:
    house.services.scripts = patient
    house.deploy(diagram(script("x = 1 / a"), "s>n>e"))
    instance = house.start("p", {"a": 0})
    (incident,) = house.incidents(instance)
    assert (incident.kind, incident.element_id) == ("script-failed", "n")
    assert "line 1" in incident.message and incident.message_zh != incident.message

    house.run(RetryIncident(incident.id, {"a": 4}))
    house.settle()

    row = house.instance(instance)
    assert (row.status, str(row.variables["x"])) == ("completed", "0.25")


def test_too_much_of_a_result_is_an_incident_with_everything_kept(house: House) -> None:
    house.deploy(diagram(script(), "s>n>e"))
    lonely(house, outcome=lambda: ScriptOutcome({"x": "x" * 600_000}))

    instance = house.start("p", {"a": 1})

    (incident,) = house.incidents(instance)
    assert (incident.kind, house.instance(instance).variables) == ("limit-exceeded", {"a": 1})


def test_no_free_sandbox_is_nobodys_fault(house: House) -> None:
    house.deploy(diagram(script(), "s>n>e"))

    def busy() -> ScriptOutcome:
        raise ScriptBusy("All script workers are busy.", "所有脚本执行进程都在忙。")

    watched = lonely(house, outcome=busy)
    instance = house.start("p", {"a": 1})
    assert house.incidents(instance) == [] and [job.attempts for job in house.jobs()] == [0]

    watched.outcome = lambda: ScriptOutcome({"x": 1})
    house.pass_time(seconds=2)

    assert house.instance(instance).status == "completed"
