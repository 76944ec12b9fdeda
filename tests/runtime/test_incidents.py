"""What fails is an incident and is retried from where it failed; nothing else is touched (docs/architecture.md)."""

from __future__ import annotations

import pytest

from engine.errors import Conflict
from engine.playground import Playground
from engine.runtime.environment import Limits
from tests.conformance.support import shows
from tests.diagrams import diagram
from tests.runtime.conftest import Stage
from tests.runtime.parts import MULTI, ROOTS, boundary, catch, event_sub, start, sub, throw, undone

HUGE = 1_000_000
"""Makes `some i in 1..n satisfies …` pass FEEL's budget: an error, where other mistakes give null."""
FAILS = "some i in 1..n satisfies i >= 1"
FAILS_XML = FAILS.replace(">", "&gt;")


def failing(target: str = "v") -> str:
    """An output mapping that fails while `n` is huge."""
    return f'<extensionElements><facet:output source="={FAILS_XML}" target="{target}"/></extensionElements>'


@shows("incident", "entering: nothing is asked for twice", "13.3.2")
def test_a_boundary_that_cannot_be_armed_leaves_no_task_behind(stage: Stage) -> None:
    stage.run('<userTask id="u"/>' + boundary("b", "u", "=wait"), "s>u>e", "b>t>e2", variables={"wait": "soon"})
    [incident] = stage.instance.incidents
    assert incident.element_id == "u"
    assert stage.open == []
    stage.play.retry(incident, {"wait": "PT1H"})
    assert stage.open == ["u"]
    assert stage.instance.incidents == []
    stage.play.advance("PT1H")
    assert stage.trace[-1] == "e2"


@shows("incident", "entering a sub-process: what had begun inside is taken back", "13.3.4")
def test_a_sub_process_that_cannot_begin_is_begun_anew(stage: Stage) -> None:
    inner = sub(
        "c", event_sub("h", start("sh", "message"), "sh>eh") + event_sub("k", start("sk", "=wait"), "sk>ek"), "si>u>ei"
    )
    stage.run(inner, "s>c>e", roots=ROOTS, variables={"wait": "soon"})
    [incident] = stage.instance.incidents
    assert incident.element_id == "c"
    stage.play.retry(incident, {"wait": "PT1H"})
    assert stage.open == ["u"]
    assert stage.play.message("Paid") == 1
    assert stage.status == "completed"


@shows("incident", "leaving a task: the work is not asked for again", "13.3.2")
def test_a_failing_result_keeps_the_work_done(stage: Stage) -> None:
    stage.run(
        f'<userTask id="u">{failing()}</userTask>' + boundary("b", "u", "PT1H"),
        "s>u>e",
        "b>t>e2",
        variables={"n": HUGE},
    )
    stage.complete("u", {"n": HUGE})
    [incident] = stage.instance.incidents
    assert (incident.element_id, stage.open) == ("u", [])
    stage.play.advance("PT2H")
    assert "t" not in stage.trace, "the work is done; its deadline is over"
    stage.play.retry(incident, {"n": 1})
    assert stage.status == "completed"


@shows("incident", "leaving a sub-process or a gateway", "13.4.1")
@pytest.mark.parametrize("what", ["sub", "gateway", "catch", "event gateway"])
def test_a_failing_way_out_is_asked_again(stage: Stage, what: str) -> None:
    flows = ("s>c", f"c>e?{FAILS}")
    match what:
        case "sub":
            element = sub("c", "", "si>u>ei")
        case "gateway":
            element, flows = '<exclusiveGateway id="c"/>', ("s>u>c", f"c>e?{FAILS}")
        case "catch":
            element = catch("c", "message")
        case _:
            element, flows = '<eventBasedGateway id="g"/>' + catch("c", "message"), ("s>g>c", f"c>e?{FAILS}")
    stage.run(element, *flows, roots=ROOTS, variables={"n": HUGE})
    if what in ("sub", "gateway"):
        stage.complete("u")
    else:
        assert stage.play.message("Paid", {"amount": 1}) == 1
        assert stage.variables["amount"] == 1
    [incident] = stage.instance.incidents
    assert incident.element_id == "c"
    stage.play.retry(incident, {"n": 1})
    assert stage.status == "completed"
    assert stage.trace.count("c") == 1


@shows("incident", "an iteration's output", "13.3.7")
def test_a_failing_output_of_one_instance_stays_its_own(stage: Stage) -> None:
    loop = f'<{MULTI} facet:collection="[1, 2]" facet:outputCollection="out" facet:outputElement="{FAILS_XML}"/>'
    stage.run(f'<userTask id="u">{loop}</userTask>', "s>u>e", variables={"n": HUGE})
    stage.complete("u")
    [incident] = stage.instance.incidents
    assert stage.open == ["u"]
    stage.play.retry(incident, {"n": 1})
    stage.complete("u")
    assert stage.variables["out"] == [True, True]
    assert stage.status == "completed"


@shows("incident", "a standard loop's condition", "13.3.6")
def test_a_failing_loop_condition_is_asked_again(stage: Stage) -> None:
    loop = f"<standardLoopCharacteristics><loopCondition>not({FAILS_XML})</loopCondition></standardLoopCharacteristics>"
    stage.run(f'<userTask id="u">{loop}</userTask>', "s>u>e", variables={"n": HUGE})
    stage.complete("u")
    [incident] = stage.instance.incidents
    stage.play.retry(incident, {"n": 1})
    assert stage.status == "completed"
    assert stage.trace.count("u") == 1


@shows("incident", "a deadline goes on while a service has an incident, and can end it", "13.5.3")
def test_a_boundary_event_ends_an_activity_with_an_incident(stage: Stage) -> None:
    stage.run('<serviceTask id="w" facet:topic="work"/>' + boundary("b", "w", "PT1H"), "s>w>e", "b>t>e2")
    [work] = stage.play.external("work")
    stage.play.fail(work, "no")
    assert len(stage.instance.incidents) == 1
    stage.play.advance("PT1H")
    assert stage.trace[-2:] == ["t", "e2"]
    assert stage.instance.incidents == []
    assert stage.status == "completed"


@shows("incident", "a reminder beside a failed service neither completes nor retries it", "13.5.3")
def test_a_reminder_leaves_the_failed_service_where_it_is(stage: Stage) -> None:
    host = '<serviceTask id="w" facet:topic="work"/>' + boundary("b", "w", "R/PT1H", interrupting=False)
    stage.run(host, "s>w>e", "b>t>e2")
    stage.play.fail(stage.play.external("work")[0], "no")
    stage.play.advance("PT2H30M")
    assert stage.trace.count("t") == 2
    [incident] = stage.instance.incidents
    assert stage.play.external("work") == []
    stage.play.retry(incident)
    stage.play.advance("PT1H")
    assert stage.trace.count("t") == 3, "armed once, not twice"
    stage.play.finish(stage.play.external("work")[0])
    assert stage.status == "completed"


@shows(
    "conditional", "a condition that fails is an incident beside the activity, which can still be completed", "13.5.1"
)
@pytest.mark.parametrize("where", ["boundary", "process"])
def test_a_failing_condition_does_not_stop_anybody(stage: Stage, where: str) -> None:
    condition = "?some i in 1..n satisfies i &gt; 1"
    if where == "boundary":
        stage.run('<userTask id="u"/>' + boundary("b", "u", condition), "s>u>e", "b>t>e2", variables={"n": 1})
    else:
        stage.run(event_sub("h", start("sh", condition), "sh>t>eh"), "s>u>e", variables={"n": 1})
    stage.play.set_variables(stage.id, {"n": HUGE})
    [incident] = stage.instance.incidents
    assert incident.element_id == ("b" if where == "boundary" else "sh")
    assert stage.open == ["u"]
    stage.complete("u", {"note": "kept"})
    assert stage.status == "completed"
    assert stage.instance.incidents == []
    assert stage.variables["note"] == "kept"


@shows("conditional", "retried after a failure, the condition is asked again", "13.5.1")
def test_a_failed_condition_is_asked_again(stage: Stage) -> None:
    stage.run('<userTask id="u"/>' + boundary("b", "u", f"?{FAILS_XML}"), "s>u>e", "b>t>e2", variables={"n": HUGE})
    [incident] = stage.instance.incidents
    stage.play.retry(incident, {"n": 1})
    assert stage.trace[-1] == "e2"
    assert stage.status == "completed"


@shows("incident", "a throw event goes on with the result that failed", "10.5.7")
def test_a_message_that_could_not_be_sent_is_sent_on_retry(stage: Stage) -> None:
    message = '<messageEventDefinition messageRef="M" facet:correlationKey="=contract"/>'
    catcher = catch("c", '<messageEventDefinition messageRef="M" facet:correlationKey="=&quot;C1&quot;"/>')
    stage.run(throw("send", "signal", message) + catcher, "s>p1>send>e1", "p1>c>e2", roots=ROOTS)
    [incident] = stage.instance.incidents
    assert incident.element_id == "send"
    stage.play.retry(incident, {"contract": "C1"})
    assert "send" in stage.trace
    assert stage.instance.incidents == []


@shows("incident", "what a signal sets off fails where it fails, not at the one who threw it", "10.5.5")
def test_a_listener_that_fails_does_not_fail_the_thrower(stage: Stage) -> None:
    stage.run(
        throw("cry", "signal") + catch("c", "signal", inner=failing()), "s>p1>u>cry>e1", "p1>c>e2", roots=ROOTS,
        variables={"n": HUGE},
    )  # fmt: skip
    stage.complete("u")
    [incident] = stage.instance.incidents
    assert incident.element_id == "c"
    assert "e1" in stage.trace
    stage.play.retry(incident, {"n": 1})
    assert stage.status == "completed"


@shows("incident", "compensation: a handler that fails is retried, then the rest is undone", "13.5.5")
def test_a_failing_handler_is_retried_in_its_turn(stage: Stage) -> None:
    bad = f'<task id="undou2" isForCompensation="true">{failing()}</task>'
    second = undone("u2").replace('<task id="undou2" isForCompensation="true"/>', bad)
    stage.run(undone("u1") + second + throw("back", "compensation"), "s>u1>u2>back>e", variables={"n": HUGE})
    stage.complete("u1")
    stage.complete("u2")
    [incident] = stage.instance.incidents
    assert incident.element_id == "undou2"
    stage.play.retry(incident, {"n": 1})
    assert [id for id in stage.trace if id.startswith("undo")] == ["undou2", "undou1"]
    assert stage.status == "completed"


@shows("incident", "a process that runs in circles is stopped once, and goes on when the cause is gone", "13.1")
def test_running_in_circles_is_one_incident() -> None:
    with Playground(limits=Limits(steps=50)) as play:
        stage = Stage(play)
        stage.run("", "s>p1>x0>t>x", "p1>u>e2", "x>x0?again", "x>e!", variables={"again": True})
        [incident] = stage.instance.incidents
        assert "circles" in incident.message
        assert stage.open == ["u"]
        play.retry(incident, {"again": False})
        assert stage.open == ["u"]
        stage.complete("u")
        assert stage.status == "completed"


@shows("incident", "branches that a limit stopped go on by themselves in the next step", "13.1")
def test_ready_branches_survive_a_limit() -> None:
    with Playground(limits=Limits(steps=12)) as play:
        stage = Stage(play)
        stage.deploy(diagram("", "s>p1>u>e1", *(f"p1>t{n}0>t{n}1>t{n}2>e2" for n in range(6))))
        stage.id = play.start("p")
        [incident] = stage.instance.incidents
        play.retry(incident)
        for one in stage.instance.incidents:
            play.retry(one)
        assert stage.instance.incidents == []
        assert stage.open == ["u"]
        stage.complete("u")
        assert stage.status == "completed"
        assert sum(id[0] == "t" for id in stage.trace) == 18


@shows("incident", "there is nothing to retry twice", "13.3.2")
def test_an_incident_is_retried_once(stage: Stage) -> None:
    stage.run("", "s>x", "x>e?ok")
    [incident] = stage.instance.incidents
    stage.play.retry(incident, {"ok": True})
    with pytest.raises(Conflict):
        stage.play.retry(incident)


@shows("call", "a process that does not exist is an incident at the call, retried when it is deployed", "10.3.6")
def test_a_call_of_an_unknown_process_is_retried(stage: Stage) -> None:
    stage.run('<callActivity id="c" calledElement="=which"/>', "s>c>e", variables={"which": "nowhere"})
    [incident] = stage.instance.incidents
    assert incident.element_id == "c"
    assert "nowhere" in incident.message
    stage.play.deploy({"q.bpmn": diagram("", "s1>t1>e1", key="nowhere")})
    stage.play.retry(incident)
    assert stage.status == "completed"


@shows("call", "the variables that choose the process may be corrected with the retry", "10.3.6")
def test_a_call_of_the_wrong_process_is_corrected(stage: Stage) -> None:
    stage.run('<callActivity id="c" calledElement="=which"/>', "s>c>e", variables={"which": "nowhere"})
    stage.play.deploy({"q.bpmn": diagram("", "s1>t1>e1", key="q")})
    [incident] = stage.instance.incidents
    stage.play.retry(incident, {"which": "q"})
    assert stage.status == "completed"
