"""Timers, messages, signals, errors, escalations, conditions, compensation (BPMN 10.5, 13.5)."""

from __future__ import annotations

import pytest

from tests.diagrams import body, collaboration, diagram
from tests.runtime.conftest import Stage
from tests.runtime.test_scopes import sub

CALL = '<callActivity id="c" calledElement="q"/>'
CALLER = f'<process id="p" isExecutable="true">{body(CALL, "s>c>e")}</process>'
MESSAGE = '<message id="M" name="Paid"/>'
SIGNAL = '<signal id="S" name="Alarm"/>'
ERROR = '<error id="E" name="Bad" errorCode="BAD"/>'
ESCALATION = '<escalation id="C" name="Up" escalationCode="UP"/>'


def event(kind: str, id: str, definition: str, attributes: str = "") -> str:
    return f'<{kind} id="{id}" {attributes}>{definition}</{kind}>'


def boundary(id: str, host: str, definition: str, interrupting: bool = True) -> str:
    return event(
        "boundaryEvent", id, definition, f'attachedToRef="{host}" cancelActivity="{str(interrupting).lower()}"'
    )


def timer(text: str, kind: str = "timeDuration") -> str:
    return f"<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>"


def test_an_interrupting_timer_takes_the_task_away(stage: Stage) -> None:
    stage.run('<userTask id="u"/>' + boundary("b", "u", timer("PT48H")), "s>u>e", "b>t>e")
    stage.play.advance("PT47H")
    assert stage.open == ["u"]
    stage.play.advance("PT1H")
    assert stage.open == []
    assert stage.trace == ["s", "b", "t", "e"]


def test_a_cycle_on_the_boundary_reminds_again_and_again_while_the_task_is_open(stage: Stage) -> None:
    stage.run('<userTask id="u"/>' + boundary("b", "u", timer("R3/PT1H", "timeCycle"), False), "s>u>e", "b>t>e2")
    stage.play.advance("PT2H30M")
    assert stage.trace.count("t") == 2
    stage.play.advance("P1D")
    assert stage.trace.count("t") == 3
    stage.complete("u")
    assert stage.status == "completed"


def test_timers_fire_in_the_order_of_their_due_time(stage: Stage) -> None:
    catch = "".join(event("intermediateCatchEvent", f"c{n}", timer(f"PT{n}H")) for n in (3, 1, 2))
    stage.run(catch, "s>p1>c3>e", "p1>c1>e", "p1>c2>e")
    stage.play.advance("P1D")
    assert [id for id in stage.trace if id[0] == "c"] == ["c1", "c2", "c3"]


def test_an_event_gateway_takes_the_first_of_two_timers_or_a_message(stage: Stage) -> None:
    events = (
        '<eventBasedGateway id="g"/>'
        + event("intermediateCatchEvent", "c1", timer("PT2H"))
        + event("intermediateCatchEvent", "c2", timer("PT1H"))
        + event("intermediateCatchEvent", "c3", '<messageEventDefinition messageRef="M"/>')
    )
    stage.run(events, "s>g>c1>t1>e", "g>c2>t2>e", "g>c3>t3>e", roots=MESSAGE)
    stage.play.advance("PT3H")
    assert stage.trace == ["s", "g", "c2", "t2", "e"]
    assert stage.play.message("Paid") == 0


def test_a_message_reaches_the_one_who_waits_and_brings_its_data(stage: Stage) -> None:
    stage.run(event("intermediateCatchEvent", "c", '<messageEventDefinition messageRef="M"/>'), "s>c>e", roots=MESSAGE)
    assert stage.play.message("Paid", {"amount": 5}) == 1
    assert stage.variables == {"amount": 5}
    assert stage.status == "completed"


def test_an_early_message_is_held_for_its_receiver(stage: Stage) -> None:
    catch = event("intermediateCatchEvent", "c", '<messageEventDefinition messageRef="M"/>')
    stage.deploy(diagram(catch, "s>u>c>e", roots=MESSAGE))
    first = stage.play.start("p", business_key="JC-1")
    second = stage.play.start("p", business_key="JC-2")
    assert stage.play.message("Paid", {"n": 2}, business_key="JC-2") == 0
    for id in (first, second):
        stage.play.complete(stage.play.tasks(id)[0])
    assert stage.play.instance(first).status == "active"
    assert stage.play.instance(second).status == "completed"
    assert stage.play.instance(second).variables == {"n": 2}


def test_messages_find_their_instance_by_correlation_key(stage: Stage) -> None:
    definition = '<messageEventDefinition messageRef="M" facet:correlationKey="=contract_no"/>'
    stage.deploy(diagram(event("intermediateCatchEvent", "c", definition), "s>c>e", roots=MESSAGE))
    ids = [stage.play.start("p", {"contract_no": f"C{n}"}) for n in range(3)]
    assert stage.play.message("Paid", correlation={"contract_no": "C1"}) == 1
    assert [stage.play.instance(id).status for id in ids] == ["active", "completed", "active"]


def test_a_message_starts_a_process_with_its_business_key(stage: Stage) -> None:
    start = event("startEvent", "s", '<messageEventDefinition messageRef="M"/>')
    stage.deploy(diagram(start, "s>u>e", roots=MESSAGE))
    assert stage.play.message("Paid", {"amount": 5}, business_key="JC-9") == 1
    [id] = stage.play.instances("p")
    assert stage.play.instance(id).variables == {"amount": 5}
    assert stage.play.instance(id).business_key == "JC-9"


def test_a_signal_reaches_everybody_who_listens(stage: Stage) -> None:
    catch = event("intermediateCatchEvent", "c", '<signalEventDefinition signalRef="S"/>')
    stage.deploy(diagram(catch, "s>c>e", roots=SIGNAL))
    ids = [stage.play.start("p") for _ in range(3)]
    assert stage.play.signal("Alarm", {"level": 2}) == 3
    assert all(stage.play.instance(id).status == "completed" for id in ids)


def test_a_signal_thrown_beside_a_listener_is_heard(stage: Stage) -> None:
    events = event("intermediateThrowEvent", "throw", '<signalEventDefinition signalRef="S"/>') + event(
        "intermediateCatchEvent", "c", '<signalEventDefinition signalRef="S"/>'
    )
    stage.run(events, "s>p1>throw>e1", "p1>c>t>e2", roots=SIGNAL)
    assert stage.status == "completed"
    assert "t" in stage.trace


def test_an_error_end_event_interrupts_its_sub_process_and_everything_in_it(stage: Stage) -> None:
    inner = sub("c", event("endEvent", "bad", '<errorEventDefinition errorRef="E"/>'), "s1>p1>u1>bad", "p1>u2>e2")
    stage.run(inner + boundary("b", "c", '<errorEventDefinition errorRef="E"/>'), "s>c>e", "b>t>e", roots=ERROR)
    stage.complete("u1")
    assert stage.open == []
    assert stage.trace[-3:] == ["b", "t", "e"]
    assert "c" not in stage.trace


def test_an_error_nobody_catches_is_an_incident(stage: Stage) -> None:
    stage.run(event("endEvent", "bad", '<errorEventDefinition errorRef="E"/>'), "s>bad", roots=ERROR)
    [incident] = stage.instance.incidents
    assert incident.element_id == "bad"
    assert "BAD" in incident.message


def test_a_script_throws_a_bpmn_error_to_its_boundary(stage: Stage) -> None:
    script = '<scriptTask id="t" scriptFormat="python"><script>raise BpmnError("BAD", "no")</script></scriptTask>'
    stage.run(script + boundary("b", "t", '<errorEventDefinition errorRef="E"/>'), "s>t>e", "b>t2>e", roots=ERROR)
    assert stage.trace == ["s", "b", "t2", "e"]


def test_the_catcher_can_read_what_it_caught(stage: Stage) -> None:
    script = '<scriptTask id="t" scriptFormat="python"><script>raise BpmnError("BAD", "no stock")</script></scriptTask>'
    reads = '<extensionElements><facet:output source="=error.code + error.message" target="why"/></extensionElements>'
    catch = boundary("b", "t", reads + "<errorEventDefinition/>")
    stage.run(script + catch, "s>t>e", "b>e2")
    assert stage.variables == {"why": "BADno stock"}


def test_an_escalation_does_not_interrupt_unless_its_catcher_says_so(stage: Stage) -> None:
    throw = event("intermediateThrowEvent", "up", '<escalationEventDefinition escalationRef="C"/>')
    inner = sub("c", throw, "s1>up>u1>e1")
    catch = boundary("b", "c", '<escalationEventDefinition escalationRef="C"/>', False)
    stage.run(inner + catch, "s>c>e", "b>t>e2", roots=ESCALATION)
    assert stage.open == ["u1"]
    assert "t" in stage.trace
    stage.complete("u1")
    assert stage.status == "completed"


@pytest.mark.parametrize("interrupting", [True, False])
def test_a_condition_fires_when_a_variable_makes_it_true(stage: Stage, interrupting: bool) -> None:
    condition = "<conditionalEventDefinition><condition>stock &lt; 5</condition></conditionalEventDefinition>"
    stage.run(
        '<userTask id="u"/>' + boundary("b", "u", condition, interrupting), "s>u>e", "b>t>e2", variables={"stock": 9}
    )
    stage.play.set_variables(stage.id, {"stock": 7})
    assert "t" not in stage.trace
    stage.play.set_variables(stage.id, {"stock": 3})
    if not interrupting:
        stage.play.set_variables(stage.id, {"stock": 2})
    assert stage.trace.count("t") == 1, "it fires when it becomes true, not as long as it is true"
    assert stage.open == ([] if interrupting else ["u"])


def event_sub(id: str, start: str, *flows: str) -> str:
    return f'<subProcess id="{id}" triggeredByEvent="true">{body(start, *flows, prefix=id)}</subProcess>'


@pytest.mark.parametrize("interrupting", [True, False])
def test_event_sub_processes_react_to_messages(stage: Stage, interrupting: bool) -> None:
    start = event(
        "startEvent", "s1", '<messageEventDefinition messageRef="M"/>', f'isInterrupting="{str(interrupting).lower()}"'
    )
    stage.run(event_sub("c", start, "s1>t1>e1"), "s>u>e", roots=MESSAGE)
    assert stage.play.message("Paid") == 1
    assert stage.trace.count("t1") == 1
    if interrupting:
        assert stage.status == "completed"
        assert stage.open == []
    else:
        assert stage.play.message("Paid") == 1
        assert stage.trace.count("t1") == 2
        stage.complete("u")
        assert stage.status == "completed"


def test_an_event_sub_process_catches_the_errors_of_its_scope(stage: Stage) -> None:
    start = event("startEvent", "s1", '<errorEventDefinition errorRef="E"/>')
    bad = event("endEvent", "bad", '<errorEventDefinition errorRef="E"/>')
    stage.run(bad + event_sub("c", start, "s1>t1>e1"), "s>p1>u1>bad", "p1>u2>e2", roots=ERROR)
    stage.complete("u1")
    assert (stage.status, stage.open) == ("completed", [])
    assert "t1" in stage.trace


def compensable(task: str) -> str:
    return (
        f'<userTask id="{task}"/><boundaryEvent id="b{task}" attachedToRef="{task}"><compensateEventDefinition/></boundaryEvent>'
        f'<task id="undo{task}" isForCompensation="true"/>'
        f'<association id="a{task}" associationDirection="One" sourceRef="b{task}" targetRef="undo{task}"/>'
    )


def test_compensation_undoes_what_was_done_in_reverse_order(stage: Stage) -> None:
    elements = compensable("u1") + compensable("u2") + compensable("u3")
    elements += event("intermediateThrowEvent", "back", "<compensateEventDefinition/>")
    stage.run(elements, "s>u1>u2>x", "x>u3?false", "x>back!", "u3>back>e")
    stage.complete("u1")
    stage.complete("u2")
    assert [id for id in stage.trace if id.startswith("undo")] == ["undou2", "undou1"]
    assert stage.trace[-2:] == ["back", "e"]
    assert stage.status == "completed"


def test_a_cancelled_transaction_is_compensated_and_leaves_by_its_cancel_event(stage: Stage) -> None:
    inner = body(compensable("u1") + event("endEvent", "no", "<cancelEventDefinition/>"), "s1>u1>u2>no", prefix="c")
    cancel = boundary("b", "c", "<cancelEventDefinition/>")
    stage.run(f'<transaction id="c">{inner}</transaction>{cancel}', "s>c>e", "b>t>e2")
    stage.complete("u1")
    stage.complete("u2")
    assert [id for id in stage.trace if id in ("undou1", "b", "t")] == ["undou1", "b", "t"]
    assert stage.status == "completed"


def test_a_called_process_is_an_instance_of_its_own(stage: Stage) -> None:
    called = f'<process id="q" isExecutable="true">{body("", "s1>u1>e1", prefix="q")}</process>'
    caller = CALLER
    stage.deploy(collaboration(caller, called))
    stage.id = stage.play.start("p", {"amount": 1}, business_key="JC-1")
    [task] = stage.play.tasks(stage.id)
    assert task.instance_id != stage.id
    assert stage.play.instance(task.instance_id).business_key == "JC-1"
    stage.play.complete(task, {"result": 2})
    assert stage.status == "completed"
    assert stage.variables == {"amount": 1, "result": 2}


def test_an_error_of_a_called_process_is_caught_by_the_caller(stage: Stage) -> None:
    bad = event("endEvent", "bad", '<errorEventDefinition errorRef="E"/>')
    called = f'<process id="q" isExecutable="true">{body(bad, "s1>u1>bad", prefix="q")}</process>'
    call = '<callActivity id="c" calledElement="q"/>' + boundary("b", "c", '<errorEventDefinition errorRef="E"/>')
    caller = f'<process id="p" isExecutable="true">{body(call, "s>c>e", "b>t>e2")}</process>'
    stage.deploy(collaboration(caller, called, roots=ERROR))
    stage.id = stage.play.start("p")
    stage.play.complete(stage.play.tasks(stage.id)[0])
    assert stage.status == "completed"
    assert "t" in stage.trace


def test_cancelling_the_caller_cancels_what_it_called(stage: Stage) -> None:
    called = f'<process id="q" isExecutable="true">{body("", "s1>u1>e1", prefix="q")}</process>'
    caller = CALLER
    stage.deploy(collaboration(caller, called))
    stage.id = stage.play.start("p")
    [child] = stage.play.instances("q")
    stage.play.cancel(stage.id)
    assert stage.play.instance(child).status == "cancelled"
    assert stage.open == []


def test_external_tasks_are_finished_failed_and_throw_errors(stage: Stage) -> None:
    task = '<serviceTask id="t" facet:topic="print"/>' + boundary("b", "t", '<errorEventDefinition errorRef="E"/>')
    stage.deploy(diagram(task, "s>t>e", "b>t2>e2", roots=ERROR))
    done, failed, thrown = (stage.play.start("p", {"n": n}) for n in range(3))
    first, second, third = stage.play.external("print")
    assert first.data == {"n": 0}
    stage.play.finish(first, {"pages": 4})
    stage.play.fail(second, "out of paper")
    stage.play.bpmn_error(third, "BAD")
    assert stage.play.instance(done).variables == {"n": 0, "pages": 4}
    [incident] = stage.play.instance(failed).incidents
    assert "out of paper" in incident.message
    assert stage.play.instance(thrown).status == "completed"
    stage.play.retry(incident)
    [again] = stage.play.external("print")
    stage.play.finish(again)
    assert stage.play.instance(failed).status == "completed"


def test_a_start_timer_starts_instances_and_follows_the_newest_version(stage: Stage) -> None:
    start = event("startEvent", "s", timer("R/PT24H", "timeCycle"))
    stage.deploy(diagram(start, "s>u>e"))
    stage.play.advance("P2DT1H")
    assert len(stage.play.instances("p")) == 2
    stage.deploy(diagram(start, "s>u>t>e"))
    stage.play.advance("P1D")
    assert len(stage.play.instances("p")) == 3
