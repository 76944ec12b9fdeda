"""Starts, pools, data, global tasks, several triggers at once (BPMN 9, 10.2 to 10.5, 13.1, 13.2)."""

from __future__ import annotations

import pytest

from engine import bus
from engine.actor import SYSTEM
from engine.commands.instances import ResumeInstance, SuspendInstance
from engine.errors import InvalidInput
from tests.conformance.support import shows
from tests.diagrams import HEAD, collaboration, diagram
from tests.runtime.conftest import Stage
from tests.runtime.parts import ROOTS, boundary, catch, end, process, start, sub, throw


@shows("multiple", "catch: any of several triggers", "10.5.1")
@pytest.mark.parametrize("what", ["message", "signal"])
def test_a_multiple_catch_takes_any_trigger(stage: Stage, what: str) -> None:
    stage.run(catch("c", "message", "signal"), "s>c>e", roots=ROOTS)
    assert (stage.play.message("Paid") if what == "message" else stage.play.signal("Alarm")) == 1
    assert stage.status == "completed"
    assert (stage.play.message("Paid"), stage.play.signal("Alarm")) == (0, 0)


@shows("multiple", "catch, parallel: all of them, in any order", "10.5.1")
def test_a_parallel_multiple_catch_takes_all_triggers(stage: Stage) -> None:
    stage.run(catch("c", "message", "signal", "?ok", attributes='parallelMultiple="true"'), "s>c>e", roots=ROOTS)
    stage.play.signal("Alarm")
    stage.play.set_variables(stage.id, {"ok": True})
    assert stage.status == "active"
    stage.play.message("Paid")
    assert stage.status == "completed"


@shows("multiple", "boundary: any, or all with parallelMultiple; not interrupting it gathers them again", "10.5.4")
def test_a_parallel_multiple_boundary_gathers_again_and_again(stage: Stage) -> None:
    both = boundary("b", "u", "message", "signal", interrupting=False, attributes='parallelMultiple="true"')
    stage.run('<userTask id="u"/>' + both, "s>u>e", "b>t>e2", roots=ROOTS)
    for expected in (1, 2):
        stage.play.message("Paid", {"a": expected})
        assert stage.trace.count("t") == expected - 1
        stage.play.signal("Alarm")
        assert stage.trace.count("t") == expected
    assert stage.variables["a"] == 2
    stage.complete("u")
    assert stage.status == "completed"


@shows("multiple", "boundary on a receive task: the task's own message still completes it", "10.5.4")
def test_a_receive_task_with_a_parallel_multiple_boundary(stage: Stage) -> None:
    both = boundary("b", "r", "message2", "signal", attributes='parallelMultiple="true"')
    stage.run('<receiveTask id="r" messageRef="M"/>' + both, "s>r>e", "b>t>e2", roots=ROOTS)
    stage.play.message("Sent")
    stage.play.message("Paid")
    assert stage.trace == ["s", "r", "e"]
    assert stage.status == "completed"


@shows("multiple", "throw and end: every result happens", "10.5.1")
def test_a_multiple_throw_throws_everything(stage: Stage) -> None:
    stage.run(
        throw("both", "signal", "message") + catch("c1", "signal") + catch("c2", "message"),
        "s>p1>u>both>e1", "p1>c1>e2", "p1>c2>e3", roots=ROOTS,
    )  # fmt: skip
    stage.complete("u")
    assert stage.status == "completed"
    assert {"c1", "c2"} <= set(stage.trace)


@shows("multiple", "start: any of several triggers starts an instance", "10.5.2")
def test_a_multiple_start_starts_by_any_trigger(stage: Stage) -> None:
    stage.deploy(diagram(start("s", "message", "signal"), "s>u>e", roots=ROOTS))
    assert stage.play.message("Paid", {"a": 1}) == 1
    assert stage.play.signal("Alarm", {"b": 2}) == 1
    assert [stage.play.instance(id).variables for id in stage.play.instances("p")] == [{"a": 1}, {"b": 2}]


@shows("multiple", "parallel multiple start of a process", "10.5.2", refused="unsupported")
def test_a_parallel_multiple_start_is_refused(stage: Stage) -> None:
    both = start("s", "message", "signal", attributes='parallelMultiple="true"')
    result = stage.play.deploy({"p.bpmn": diagram(both, "s>u>e", roots=ROOTS)})
    assert [(p.rule, p.element_id) for p in result.problems if p.severity == "error"] == [("unsupported", "s")]


@shows("conditional", "start of a process", "10.5.2", refused="unsupported")
def test_a_conditional_start_of_a_process_is_refused(stage: Stage) -> None:
    result = stage.play.deploy({"p.bpmn": diagram(start("s", "?a > 1".replace(">", "&gt;")), "s>u>e")})
    assert [(p.rule, p.element_id) for p in result.problems if p.severity == "error"] == [("unsupported", "s")]


@shows("process", "several start events: each by its own trigger", "10.5.2")
def test_several_starts_each_by_its_own_trigger(stage: Stage) -> None:
    starts = start("s") + start("s2", "message") + start("s3", "signal") + start("s4", "PT1H")
    stage.deploy(diagram(starts, "s>u1>e", "s2>u2>e", "s3>u3>e", "s4>u4>e", roots=ROOTS))
    stage.play.start("p")
    stage.play.message("Paid")
    stage.play.signal("Alarm")
    stage.play.advance("PT1H")
    assert [task.element_id for task in stage.play.tasks()] == ["u1", "u2", "u3", "u4"]


@shows("process", "without a plain start event it is not started by hand", "13.2")
def test_a_process_without_a_plain_start_is_not_started_by_hand(stage: Stage) -> None:
    stage.deploy(diagram(start("s", "message"), "s>u>e", roots=ROOTS))
    with pytest.raises(InvalidInput):
        stage.play.start("p")


@shows("process", "implicit start and end: a token wherever nothing comes in, the end when the last is gone", "13.1")
def test_implicit_starts_and_ends_in_a_sub_process(stage: Stage) -> None:
    stage.run(sub("c", "", "u1>t1", "u2>t2"), "s>c>e")
    assert stage.open == ["u1", "u2"]
    stage.complete("u2")
    stage.complete("u1")
    assert stage.status == "completed"


@shows("timer", "start: once, or as a cycle", "10.5.2")
def test_a_start_timer_fires_as_often_as_it_says(stage: Stage) -> None:
    stage.deploy(diagram(start("s", "R3/PT1H"), "s>u>e"))
    stage.play.advance("P1D")
    assert len(stage.play.instances("p")) == 3


@shows("timer", "cycles on the border and in event sub-processes, saved and loaded between", "10.5.5")
@pytest.mark.parametrize("reload", [True, False])
def test_cycles_survive_saving_and_loading(stage: Stage, reload: bool) -> None:
    stage.play.services.keep_live = not reload
    reminder = sub("h", start("sh", "R3/PT2H", interrupting=False), "sh>t2>eh", attributes='triggeredByEvent="true"')
    host = '<userTask id="u"/>' + boundary("b", "u", "R5/PT1H", interrupting=False)
    stage.run(host + reminder, "s>u>e", "b>t1>e2")
    for _ in range(10):
        stage.play.advance("PT1H")
    assert (stage.trace.count("t1"), stage.trace.count("t2")) == (5, 3)
    stage.complete("u")
    assert stage.status == "completed"


@shows("collaboration", "several executable pools in one file, with messages between them", "9.3")
def test_two_pools_talk_to_each_other(stage: Stage) -> None:
    roots = ROOTS + (
        '<collaboration id="co"><participant id="P1" processRef="p"/><participant id="P2" name="Supplier" processRef="q"/>'
        '<messageFlow id="mf1" sourceRef="ask" targetRef="sq"/><messageFlow id="mf2" sourceRef="answer" targetRef="w"/>'
        "</collaboration>"
    )
    buyer = process("p", '<sendTask id="ask" messageRef="M"/>' + catch("w", "message2"), "s>ask>w>t>e")
    seller = process("q", start("sq", "message") + end("answer", "message2"), "sq>u>answer")
    stage.deploy(collaboration(buyer, seller, roots=roots))
    first = stage.play.start("p", business_key="K1")
    second = stage.play.start("p", business_key="K2")
    tasks = stage.play.tasks()
    assert [stage.play.instance(task.instance_id).business_key for task in tasks] == ["K1", "K2"]
    stage.play.complete(tasks[1])
    assert stage.play.instance(second).status == "completed"
    assert stage.play.instance(first).status == "active"


@shows("collaboration", "lanes give the groups of user tasks, the innermost counts", "10.8")
def test_lanes_give_candidate_groups(stage: Stage) -> None:
    lanes = (
        '<laneSet id="ls"><lane id="l1" name="Office"><childLaneSet id="cl">'
        '<lane id="l2" name="Sales" facet:candidateGroups="sales"><flowNodeRef>u1</flowNodeRef></lane></childLaneSet></lane>'
        '<lane id="l3" name="finance"><flowNodeRef>u2</flowNodeRef></lane></laneSet>'
    )
    stage.run(lanes, "s>u1>e", "s>u2>e")
    assert [task.candidate_groups for task in stage.play.tasks(stage.id)] == [["sales"], ["finance"]]


@shows("call", "global tasks: user and script", "10.3.4")
def test_global_tasks_are_called(stage: Stage) -> None:
    globals_ = (
        '<globalUserTask id="gu" name="Sign"/>'
        '<globalScriptTask id="gs" scriptLanguage="feel" facet:resultVariable="doubled"><script>amount * 2</script></globalScriptTask>'
    )
    caller = process(
        "p", '<callActivity id="c1" calledElement="gu"/><callActivity id="c2" calledElement="gs"/>', "s>c1>c2>e"
    )
    stage.deploy(f"{HEAD}{globals_}{caller}</definitions>".encode())
    stage.id = stage.play.start("p", {"amount": 4})
    assert stage.open == ["gu"]
    stage.complete("gu")
    assert stage.variables["doubled"] == 8
    assert stage.status == "completed"


@shows("call", "inputs and outputs; what is not named stays inside", "10.3.6")
def test_inputs_and_outputs_of_a_call(stage: Stage) -> None:
    mapping = '<extensionElements><facet:input source="=amount + 1" target="n"/><facet:output source="=n * 10" target="result"/></extensionElements>'
    called = process("q", "", "s1>u1>e1")
    caller = process("p", f'<callActivity id="c" calledElement="q">{mapping}</callActivity>', "s>c>e")
    stage.deploy(collaboration(caller, called))
    stage.id = stage.play.start("p", {"amount": 1, "secret": "x"})
    [task] = stage.play.tasks(stage.id)
    assert task.data == {"n": 2}
    stage.play.complete(task, {"n": 5})
    assert stage.variables == {"amount": 1, "secret": "x", "result": 50}


@shows("call", "suspended callers and called instances go on when they are resumed", "10.3.6")
@pytest.mark.parametrize("who", ["caller", "called"])
def test_suspending_one_side_of_a_call(stage: Stage, who: str) -> None:
    called = process("q", catch("w", "PT1H"), "s1>w>e1")
    stage.deploy(collaboration(process("p", '<callActivity id="c" calledElement="q"/>', "s>c>t>e"), called))
    stage.id = stage.play.start("p")
    [child] = stage.play.instances("q")
    target = stage.id if who == "caller" else child
    bus.run(stage.play.services, SuspendInstance(target), SYSTEM)
    stage.play.advance("P2D")
    assert "t" not in stage.trace
    assert stage.instance.incidents == []
    bus.run(stage.play.services, ResumeInstance(target), SYSTEM)
    stage.play.advance("PT1M")
    assert stage.status == "completed"
    assert stage.trace.count("t") == 1


@shows("data", "data objects, associations to inputs and outputs of a task", "10.4.2")
def test_data_flows_through_associations(stage: Stage) -> None:
    data = '<dataObject id="do" name="order"/><dataObjectReference id="dr" name="order" dataObjectRef="do"/>'
    task = (
        '<scriptTask id="t" scriptFormat="feel" facet:resultVariable="priced">'
        '<ioSpecification id="io"><dataInput id="di" name="raw"/><dataOutput id="dout" name="priced"/>'
        '<inputSet id="is"><dataInputRefs>di</dataInputRefs></inputSet><outputSet id="os"><dataOutputRefs>dout</dataOutputRefs></outputSet></ioSpecification>'
        '<dataInputAssociation id="a1"><sourceRef>dr</sourceRef><targetRef>di</targetRef></dataInputAssociation>'
        '<dataOutputAssociation id="a2"><sourceRef>dout</sourceRef><targetRef>dr</targetRef></dataOutputAssociation>'
        "<script>raw * 2</script></scriptTask>"
    )
    stage.run(data + task, "s>t>e", variables={"order": 21})
    assert stage.variables == {"order": 42}


@shows("data", "properties and data objects of a sub-process are its own", "10.4.1")
def test_properties_live_in_their_scope(stage: Stage) -> None:
    stage.run(sub("c", '<property id="pn" name="note"/><dataObject id="do" name="paper"/>', "si>u1>ei"), "s>c>u2>e")
    stage.complete("u1", {"note": "inside", "paper": 1, "other": 2})
    assert stage.variables == {"other": 2}


@shows("data", "data stores are variables of the process", "10.4.1")
def test_a_data_store_is_read_and_written(stage: Stage) -> None:
    roots = '<dataStore id="ds" name="stock"/>'
    task = (
        '<dataStoreReference id="dsr" name="stock" dataStoreRef="ds"/>'
        '<scriptTask id="t" scriptFormat="feel" facet:resultVariable="left">'
        '<ioSpecification id="io"><dataOutput id="dout" name="left"/><inputSet id="is"/><outputSet id="os"><dataOutputRefs>dout</dataOutputRefs></outputSet></ioSpecification>'
        '<dataOutputAssociation id="a2"><sourceRef>dout</sourceRef><targetRef>dsr</targetRef></dataOutputAssociation>'
        "<script>stock - 1</script></scriptTask>"
    )
    stage.run(task, "s>t>e", roots=roots, variables={"stock": 5})
    assert stage.variables["stock"] == 4


@shows("message", "send and receive tasks, also with a boundary deadline", "13.3.3")
def test_a_receive_task_with_a_deadline(stage: Stage) -> None:
    receive = '<receiveTask id="r" messageRef="M"/>' + boundary("b", "r", "PT1H")
    stage.run(receive, "s>r>e", "b>t>e2", roots=ROOTS)
    stage.play.advance("PT1H")
    assert stage.trace == ["s", "b", "t", "e2"]
    assert stage.play.message("Paid") == 0


@shows("message", "an instantiating receive task starts an instance", "13.3.3")
def test_an_instantiating_receive_task(stage: Stage) -> None:
    stage.deploy(diagram('<receiveTask id="r" messageRef="M" instantiate="true"/>', "r>u>e", roots=ROOTS))
    assert stage.play.message("Paid", {"n": 3}, business_key="K") == 1
    [id] = stage.play.instances("p")
    assert stage.play.instance(id).variables == {"n": 3}


@shows("message", "a non-interrupting boundary receives again and again, also what came early", "10.5.4")
def test_a_message_boundary_that_does_not_interrupt_fires_each_time(stage: Stage) -> None:
    stage.deploy(
        diagram(
            boundary("b", "u1", "message", interrupting=False) + '<userTask id="u1"/>',
            "s>u0>u1>e",
            "b>t>e2",
            roots=ROOTS,
        )
    )
    stage.id = stage.play.start("p", business_key="K")
    for _ in range(2):
        assert stage.play.message("Paid", business_key="K") == 0
    stage.complete("u0")
    assert stage.trace.count("t") == 2
    assert stage.play.message("Paid", business_key="K") == 1
    assert stage.trace.count("t") == 3


@shows("signal", "starts a process and an event sub-process at once", "10.5.5")
def test_a_signal_starts_a_process(stage: Stage) -> None:
    stage.deploy(diagram(start("s", "signal"), "s>u>e", roots=ROOTS))
    assert stage.play.signal("Alarm", {"level": 3}) == 1
    [id] = stage.play.instances("p")
    assert stage.play.instance(id).variables == {"level": 3}


@shows("signal", "an interrupting boundary on the scope of the thrower takes the thrower away", "10.5.5")
def test_a_signal_may_interrupt_its_own_thrower(stage: Stage) -> None:
    inner = sub("c", throw("cry", "signal"), "si>cry>u1>ei") + boundary("b", "c", "signal")
    stage.run(inner, "s>c>e", "b>t>e2", roots=ROOTS)
    assert stage.open == []
    assert stage.trace[-2:] == ["t", "e2"]
    assert stage.status == "completed"


@shows("conditional", "catch event that holds at once, or later", "13.5.1")
def test_a_conditional_catch_passes_as_soon_as_it_holds(stage: Stage) -> None:
    stage.run(catch("c1", "?a = 1") + catch("c2", "?b = 1"), "s>c1>c2>e", variables={"a": 1})
    assert stage.trace == ["s", "c1"]
    stage.play.set_variables(stage.id, {"b": 1})
    assert stage.status == "completed"


@shows("conditional", "sees the variables of its own scope, and changes made by parallel branches", "13.5.1")
def test_a_condition_sees_what_a_parallel_branch_changes(stage: Stage) -> None:
    stage.run(catch("c", "?level &gt; 3"), "s>p1>c>t>e", "p1>u>e2")
    stage.complete("u", {"level": 4})
    assert "t" in stage.trace
    assert stage.status == "completed"


@shows(
    "task", "none, manual, user, script (FEEL and sandboxed Python) and service tasks with external workers", "13.3.3"
)
def test_tasks_of_every_kind(stage: Stage) -> None:
    tasks = (
        '<manualTask id="m"/><scriptTask id="f" scriptFormat="feel" facet:resultVariable="a"><script>1 + 1</script></scriptTask>'
        '<scriptTask id="y" scriptFormat="python"><script>b = a * 2</script></scriptTask>'
        '<serviceTask id="w" facet:topic="work" facet:resultVariable="c"/>'
    )
    stage.run(tasks, "s>t>m>f>y>w>u>e")
    [work] = stage.play.external("work")
    stage.play.finish(work, {"result": "done"})
    stage.complete("u", {"d": 1})
    assert stage.variables == {"a": 2, "b": 4, "c": "done", "d": 1}
    assert stage.trace == ["s", "t", "m", "f", "y", "w", "u", "e"]


@shows("task", "start and completion quantities", "13.3.2")
def test_quantities_gather_and_multiply(stage: Stage) -> None:
    stage.run('<task id="send" completionQuantity="4"/><userTask id="take" startQuantity="2"/>', "s>send>take>e")
    assert stage.open == ["take", "take"]
    stage.complete("take")
    stage.complete("take")
    assert stage.status == "completed"


@shows("sub", "embedded: its own variables, several ends, no start or end needed", "13.3.4")
def test_a_sub_process_with_several_ends(stage: Stage) -> None:
    stage.run(sub("c", "", "si>x", "x>u1?a", "x>u2!", "u1>e1", "u2>e2"), "s>c>t>e", variables={"a": True})
    assert stage.open == ["u1"]
    stage.complete("u1")
    assert stage.status == "completed"


@shows("boundary", "message, signal, timer, condition, error, escalation; interrupting or not", "10.5.4")
@pytest.mark.parametrize("interrupting", [True, False])
@pytest.mark.parametrize("what", ["message", "signal", "PT1H", "?late"])
def test_boundary_events_of_every_kind(stage: Stage, what: str, interrupting: bool) -> None:
    stage.run(
        '<userTask id="u"/>' + boundary("b", "u", what, interrupting=interrupting), "s>u>e", "b>t>e2", roots=ROOTS
    )
    match what:
        case "message":
            assert stage.play.message("Paid") == 1
        case "signal":
            assert stage.play.signal("Alarm") == 1
        case "PT1H":
            stage.play.advance("PT1H")
        case _:
            stage.play.set_variables(stage.id, {"late": True})
    assert stage.trace.count("t") == 1
    assert stage.open == ([] if interrupting else ["u"])
    if not interrupting:
        stage.complete("u")
    assert stage.status == "completed"
