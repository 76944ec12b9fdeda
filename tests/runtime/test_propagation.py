"""Errors and escalations climb through sub-processes, called processes and instances (BPMN 10.5.7, 13.5)."""

from __future__ import annotations

import pytest

from tests.conformance.support import shows
from tests.diagrams import collaboration
from tests.runtime.conftest import Stage
from tests.runtime.parts import MULTI, ROOTS, boundary, end, process, sub, throw

THREE = f"<{MULTI}><loopCardinality>3</loopCardinality></{MULTI}>"
CALL = '<callActivity id="c" calledElement="q"/>'


@shows("error", "climbs through several levels to the one that catches its code", "10.5.7")
def test_an_error_climbs_past_those_who_catch_another_code(stage: Stage) -> None:
    inner = sub("c2", end("bad", "error"), "s2>bad") + boundary("b2", "c2", "error2")
    outer = sub("c1", inner, "s1>p1>c2>e1", "p1>u1>e3", "b2>t2>e2") + boundary("b1", "c1", "error")
    stage.run(outer, "s>c1>e", "b1>t1>e4", roots=ROOTS)
    assert (stage.status, stage.open) == ("completed", [])
    assert "t1" in stage.trace
    assert "t2" not in stage.trace


@shows("error", "the catcher without a code takes every error", "10.5.7")
@pytest.mark.parametrize("thrown", ["error", "error2"])
def test_a_catcher_without_a_code_takes_every_error(stage: Stage, thrown: str) -> None:
    inner = sub("c", end("bad", thrown), "si>bad") + boundary("b", "c", "any error")
    stage.run(inner, "s>c>e", "b>t>e2", roots=ROOTS)
    assert "t" in stage.trace


@shows("multi", "an error in one instance ends all by the border of the activity", "13.3.7")
@pytest.mark.parametrize("where", ["sub", "service"])
def test_an_error_in_one_instance_ends_all(stage: Stage, where: str) -> None:
    work = '<serviceTask id="w" facet:topic="work"/>'
    if where == "sub":
        host = sub("c", work, "si>w>ei", loop=THREE)
    else:
        host = f'<serviceTask id="c" facet:topic="work">{THREE}</serviceTask>'
    stage.run(host + boundary("b", "c", "error"), "s>c>e", "b>t>e2", roots=ROOTS)
    first, *_ = stage.play.external("work")
    stage.play.bpmn_error(first, "BAD")
    assert stage.play.external("work") == []
    assert stage.status == "completed"
    assert stage.trace.count("t") == 1


@shows("escalation", "out of one instance of a multi-instance activity, without ending it", "13.3.7")
def test_escalations_leave_each_instance(stage: Stage) -> None:
    inner = sub("c", throw("up", "escalation"), "si>up>u1>ei", loop=THREE)
    stage.run(inner + boundary("b", "c", "escalation", interrupting=False), "s>c>e", "b>t>e2", roots=ROOTS)
    assert stage.trace.count("t") == 3
    assert stage.open == ["u1"] * 3


@shows("escalation", "end event: caught on the border, interrupting or not; uncaught it is forgotten", "10.5.7")
@pytest.mark.parametrize(("caught", "interrupting"), [(True, True), (True, False), (False, True)])
def test_escalation_end_events(stage: Stage, caught: bool, interrupting: bool) -> None:
    inner = sub("c", end("up", "escalation"), "si>p1>u1>up", "p1>u2>ei")
    what = "escalation" if caught else "escalation2"
    stage.run(inner + boundary("b", "c", what, interrupting=interrupting), "s>c>e", "b>t>e2", roots=ROOTS)
    stage.complete("u1")
    assert ("t" in stage.trace) is caught
    if caught and interrupting:
        assert stage.open == []
    else:
        assert stage.open == ["u2"]
        stage.complete("u2")
    assert stage.status == "completed"


@shows("escalation", "out of a called process, caught by the caller", "10.5.7")
@pytest.mark.parametrize("interrupting", [True, False])
def test_an_escalation_leaves_the_called_process(stage: Stage, interrupting: bool) -> None:
    called = process("q", throw("up", "escalation"), "s1>up>u1>e1")
    caller = process("p", CALL + boundary("b", "c", "escalation", interrupting=interrupting), "s>c>e", "b>t>e2")
    stage.deploy(collaboration(caller, called, roots=ROOTS))
    stage.id = stage.play.start("p")
    assert "t" in stage.trace
    assert stage.open == ([] if interrupting else ["u1"])


@shows(
    "call", "multi-instance: an error or escalation of one called instance reaches the border of the whole", "13.3.7"
)
@pytest.mark.parametrize("what", ["error", "escalation"])
def test_what_leaves_one_of_several_called_instances(stage: Stage, what: str) -> None:
    called = process("q", end("bad", what), "s1>u1>bad")
    call = f'<callActivity id="c" calledElement="q">{THREE}</callActivity>'
    caller = process("p", call + boundary("b", "c", what), "s>c>e", "b>t>e2")
    stage.deploy(collaboration(caller, called, roots=ROOTS))
    stage.id = stage.play.start("p")
    assert stage.open == ["u1"] * 3
    stage.complete("u1")
    assert stage.open == []
    assert stage.trace.count("t") == 1
    assert stage.status == "completed"


@shows("error", "that the caller does not catch is an incident at the call, which can be retried", "10.5.7")
def test_an_uncaught_error_of_a_called_process_is_an_incident_at_the_call(stage: Stage) -> None:
    called = process("q", end("bad", "error"), "s1>x", "x>bad?fails", "x>e1!")
    stage.deploy(collaboration(process("p", CALL, "s>c>e"), called, roots=ROOTS))
    stage.id = stage.play.start("p", {"fails": True})
    [incident] = stage.instance.incidents
    assert incident.element_id == "c"
    assert "BAD" in incident.message
    stage.play.retry(incident, {"fails": False})
    assert stage.status == "completed"


@shows("error", "that nobody catches is an incident; the rest of the process goes on", "10.5.7")
def test_an_uncaught_error_leaves_the_others_alone(stage: Stage) -> None:
    stage.run(end("bad", "error"), "s>p1>u1>bad", "p1>u2>e", roots=ROOTS)
    stage.complete("u1")
    assert stage.open == ["u2"]
    stage.complete("u2")
    [incident] = stage.instance.incidents
    assert (incident.element_id, stage.status) == ("bad", "active")


@shows("end", "terminate ends its own scope at once; in a called process only that one", "10.5.3")
def test_terminate_in_a_called_process_ends_only_that(stage: Stage) -> None:
    called = process("q", end("stop", "terminate"), "s1>p1>u1>stop", "p1>u2>e1")
    stage.deploy(collaboration(process("p", CALL, "s>c>t>e"), called))
    stage.id = stage.play.start("p")
    stage.complete("u1")
    assert stage.open == []
    assert stage.status == "completed"
    assert "t" in stage.trace


@shows("end", "terminate in one instance of a multi-instance sub-process ends only that instance", "10.5.3")
def test_terminate_in_one_instance_spares_the_others(stage: Stage) -> None:
    stage.run(sub("c", end("stop", "terminate"), "si>p1>u1>stop", "p1>u2>ei", loop=THREE), "s>c>e")
    stage.complete("u1")
    assert sorted(stage.open) == ["u1", "u1", "u2", "u2"]


@shows("boundary", "several flows out of one event are all taken", "10.5.4")
def test_all_flows_of_a_boundary_event_are_taken(stage: Stage) -> None:
    stage.run('<userTask id="u"/>' + boundary("b", "u", "PT1H"), "s>u>e", "b>t1>e1", "b>t2>e2")
    stage.play.advance("PT1H")
    assert {"t1", "t2"} <= set(stage.trace)
    assert stage.status == "completed"


@shows("boundary", "on a looping or multi-instance activity: it belongs to the whole", "13.3.7")
@pytest.mark.parametrize(
    "loop",
    [THREE, THREE.replace(f"<{MULTI}>", f'<{MULTI} isSequential="true">'),
     '<standardLoopCharacteristics loopMaximum="3"><loopCondition>true</loopCondition></standardLoopCharacteristics>'],
)  # fmt: skip
@pytest.mark.parametrize("interrupting", [True, False])
def test_a_boundary_on_a_loop_belongs_to_the_whole(stage: Stage, loop: str, interrupting: bool) -> None:
    host = f'<userTask id="u">{loop}</userTask>' + boundary("b", "u", "PT1H", interrupting=interrupting)
    stage.run(host, "s>u>e", "b>t>e2")
    stage.complete("u")
    stage.play.advance("PT1H")
    assert stage.trace.count("t") == 1
    while not interrupting and stage.open:
        stage.complete("u")
    assert stage.open == []
    assert stage.status == "completed"
