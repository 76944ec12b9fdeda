"""Event sub-processes: every trigger, interrupting or not, at the top and inside a sub-process (BPMN 10.3.5, 13.5.4)."""

from __future__ import annotations

import pytest

from tests.conformance.support import shows
from tests.runtime.conftest import Stage
from tests.runtime.parts import ROOTS, boundary, end, event_sub, start, sub, throw

TRIGGERS = ("message", "signal", "PT1H", "?late = true", "escalation", "error")


def trigger(stage: Stage, what: str) -> None:
    """Makes the trigger happen, from outside or by the task `u0` that leads to a throw."""
    match what:
        case "message":
            assert stage.play.message("Paid") == 1
        case "signal":
            assert stage.play.signal("Alarm") == 1
        case "PT1H":
            stage.play.advance("PT1H")
        case "?late = true":
            stage.play.set_variables(stage.id, {"late": True})
        case _:
            stage.complete("u0")


@shows("event-sub", "interrupting, by message, signal, timer, condition, escalation or error", "13.5.4")
@shows("conditional", "starts an event sub-process", "13.5.4")
@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("what", TRIGGERS)
def test_an_interrupting_one_ends_everything_else_in_its_scope(stage: Stage, what: str, nested: bool) -> None:
    thrown = end("bad", "error") if what == "error" else throw("bad", "escalation")
    flows = ("si>p1>u0>bad", "p1>u2>e2") + (() if what == "error" else ("bad>u3>e3",))
    handler = event_sub("h", start("sh", what), "sh>uh>eh")
    if nested:
        stage.run(sub("c", thrown + handler, *flows), "s>c>t>e", roots=ROOTS)
    else:
        stage.run(thrown + handler, *flows, roots=ROOTS)
    trigger(stage, what)
    assert stage.open == ["uh"]
    stage.complete("uh")
    assert stage.status == "completed"
    assert ("t" in stage.trace) is nested
    assert not {"u2", "u3"} & set(stage.trace)


@shows("event-sub", "non-interrupting, several occurrences", "13.5.4")
@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("what", ["message", "signal", "R3/PT1H"])
def test_one_that_does_not_interrupt_runs_beside_its_scope_each_time(stage: Stage, what: str, nested: bool) -> None:
    handler = event_sub("h", start("sh", what, interrupting=False), "sh>uh>eh")
    if nested:
        stage.run(sub("c", handler, "si>u1>ei"), "s>c>e", roots=ROOTS)
    else:
        stage.run(handler, "s>u1>e", roots=ROOTS)
    for _ in range(3):
        if what == "R3/PT1H":
            stage.play.advance("PT1H")
        else:
            trigger(stage, what)
    assert sorted(stage.open) == ["u1", "uh", "uh", "uh"]
    stage.complete("u1")
    assert stage.status == "active", "the scope ends with its last token"
    for _ in range(3):
        stage.complete("uh")
    assert stage.status == "completed"


@shows("event-sub", "several of one kind: the one that names the code, else the one that catches all", "10.5.7")
@pytest.mark.parametrize(("thrown", "handler"), [("error", "h1"), ("error2", "h2")])
def test_of_several_error_handlers_the_one_with_the_code_takes_it(stage: Stage, thrown: str, handler: str) -> None:
    handlers = event_sub("h1", start("s1", "error"), "s1>t1>e1") + event_sub("h2", start("s2", "any error"), "s2>t2>e2")
    stage.run(end("bad", thrown) + handlers, "s>bad", roots=ROOTS)
    assert [id for id in stage.trace if id in ("h1", "h2")] == [handler]


@shows("event-sub", "an error inside the handler leaves to the enclosing scope", "10.5.7")
def test_an_error_inside_an_error_handler_leaves_the_scope(stage: Stage) -> None:
    handler = event_sub("h", start("sh", "error") + end("again", "error"), "sh>again")
    inner = sub("c", end("bad", "error") + handler, "si>bad")
    stage.run(inner + boundary("b", "c", "error"), "s>c>e", "b>t>e2", roots=ROOTS)
    assert stage.status == "completed"
    assert "t" in stage.trace


@shows("event-sub", "an error in a non-interrupting one is caught by another of the same scope", "10.5.7")
def test_a_sibling_handler_catches_what_a_reminder_throws(stage: Stage) -> None:
    reminder = event_sub("r", start("sr", "PT1H", interrupting=False) + end("bad", "error"), "sr>bad")
    handler = event_sub("h", start("sh", "error"), "sh>uh>eh")
    stage.run(reminder + handler, "s>u1>e", roots=ROOTS)
    stage.play.advance("PT1H")
    assert stage.open == ["uh"]


@shows("event-sub", "an interrupting one ends those that run beside it, and no other is started after it", "13.5.4")
def test_an_interrupting_one_takes_over_from_those_that_run(stage: Stage) -> None:
    beside = event_sub("r", start("sr", "message", interrupting=False), "sr>ur>er")
    handler = event_sub("h", start("sh", "signal"), "sh>uh>eh")
    stage.run(beside + handler, "s>u1>e", roots=ROOTS)
    stage.play.message("Paid")
    assert sorted(stage.open) == ["u1", "ur"]
    stage.play.signal("Alarm")
    assert stage.open == ["uh"]
    assert stage.play.message("Paid") == 0
    assert stage.play.signal("Alarm") == 0
    stage.complete("uh")
    assert stage.status == "completed"


@shows("event-sub", "an escalation is caught without interrupting, again and again", "13.5.4")
def test_escalations_are_caught_each_time(stage: Stage) -> None:
    handler = event_sub("h", start("sh", "escalation", interrupting=False), "sh>uh>eh")
    stage.run(throw("up", "escalation") + handler, "s>u1>up>x", "x>u1?again", "x>e!", roots=ROOTS)
    stage.complete("u1", {"again": True})
    stage.complete("u1", {"again": False})
    assert stage.open == ["uh", "uh"]


@shows("event-sub", "each instance of a multi-instance sub-process has its own", "13.3.7")
def test_in_a_multi_instance_sub_process_each_instance_has_its_own(stage: Stage) -> None:
    loop = "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>"
    inner = end("bad", "error") + event_sub("h", start("sh", "error"), "sh>uh>eh")
    stage.run(sub("c", inner, "si>u1>x", "x>bad?fails", "x>ei!", loop=loop), "s>c>t>e", roots=ROOTS)
    stage.complete("u1", {"fails": True})
    assert sorted(stage.open) == ["u1", "u1", "uh"], "only the one instance is interrupted"
    stage.complete("u1", {"fails": False})
    stage.complete("u1")
    stage.complete("uh")
    assert stage.status == "completed"
    assert "t" in stage.trace


@shows("event-sub", "the data of the trigger is visible inside", "10.5.7")
def test_the_message_brings_its_data(stage: Stage) -> None:
    handler = event_sub("h", start("sh", "message", interrupting=False), "sh>uh>eh")
    stage.run(handler, "s>u1>e", roots=ROOTS)
    stage.play.message("Paid", {"amount": 7})
    assert stage.variables == {"amount": 7}


@shows("event-sub", "a start that needs several triggers waits for all of them", "10.5.2")
def test_a_parallel_multiple_start_waits_for_all_its_triggers(stage: Stage) -> None:
    both = start("sh", "message", "signal", attributes='parallelMultiple="true"')
    stage.run(event_sub("h", both, "sh>uh>eh"), "s>u1>e", roots=ROOTS)
    stage.play.message("Paid", {"a": 1})
    assert stage.open == ["u1"]
    stage.play.signal("Alarm", {"b": 2})
    assert stage.open == ["uh"]
    assert stage.variables == {"a": 1, "b": 2}


@shows("event-sub", "a start with several triggers takes the first", "10.5.2")
def test_a_multiple_start_takes_any_of_its_triggers(stage: Stage) -> None:
    stage.run(event_sub("h", start("sh", "message", "signal"), "sh>uh>eh"), "s>u1>e", roots=ROOTS)
    stage.play.signal("Alarm")
    assert stage.open == ["uh"]


@shows("event-sub", "a timer that cannot be set at the start is an incident; retried, it is set", "13.5.4")
def test_a_timer_of_the_process_that_cannot_be_set_is_noted_and_set_on_retry(stage: Stage) -> None:
    stage.run(event_sub("h", start("sh", "=wait"), "sh>uh>eh"), "s>u1>e", roots=ROOTS, variables={"wait": "soon"})
    [incident] = stage.instance.incidents
    assert incident.element_id == "sh"
    assert stage.open == ["u1"]
    stage.play.retry(incident, {"wait": "PT1H"})
    assert stage.instance.incidents == []
    stage.play.advance("PT1H")
    assert stage.open == ["uh"]
