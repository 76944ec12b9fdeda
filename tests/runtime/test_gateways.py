"""Gateways beyond the plain cases (BPMN 10.6, 13.4)."""

from __future__ import annotations

import pytest

from tests.conformance.support import shows
from tests.diagrams import diagram
from tests.runtime.conftest import Stage
from tests.runtime.parts import ROOTS, boundary, catch, end, process, sub, throw

SPLIT = ("s>p1>u1>g", "p1>u2>g", "p1>u3>g")


def complex_gateway(condition: str) -> str:
    return f'<complexGateway id="g"><activationCondition>{condition}</activationCondition></complexGateway>'


@shows("complex", "fires when its condition holds, swallows the late tokens, then can fire again", "13.4.5")
def test_a_complex_join_fires_at_two_of_three_and_is_reset_by_the_third(stage: Stage) -> None:
    stage.run(
        complex_gateway("activationCount &gt;= 2") + '<exclusiveGateway id="x0"/>',
        "s>x0>p1>u1>g", "p1>u2>g", "p1>u3>g>u4>x", "x>x0?again", "x>e!",
    )  # fmt: skip
    for again in (True, False):
        stage.complete("u1")
        assert "u4" not in stage.open
        stage.complete("u3")
        assert sorted(stage.open) == ["u2", "u4"]
        stage.complete("u2")
        assert stage.open == ["u4"]
        stage.complete("u4", {"again": again})
    assert stage.status == "completed"
    assert stage.trace.count("g") == 2


@shows("complex", "the condition may name single flows", "13.4.5")
def test_a_complex_join_can_name_its_flows(stage: Stage) -> None:
    stage.run(complex_gateway("activationCounts.f2_u1_g = 1"), *SPLIT, "g>t>e")
    stage.complete("u2")
    stage.complete("u3")
    assert "t" not in stage.trace
    stage.complete("u1")
    assert stage.trace.count("t") == 1


@shows("complex", "a condition that fails is an incident at the gateway, not at the task before it", "13.4.5")
def test_a_failing_activation_condition_is_the_gateways_own_incident(stage: Stage) -> None:
    stage.run(complex_gateway("some i in 1..n satisfies i &gt;= 1"), *SPLIT, "g>t>e", variables={"n": 1_000_000})
    stage.complete("u1", {"note": "kept"})
    [incident] = stage.instance.incidents
    assert incident.element_id == "g"
    assert stage.variables["note"] == "kept"
    assert sorted(stage.open) == ["u2", "u3"]
    stage.play.retry(incident, {"n": 1})
    assert "t" in stage.trace
    stage.complete("u2")
    stage.complete("u3")
    assert stage.status == "completed"
    assert stage.trace.count("t") == 1


@shows("complex", "splits like an inclusive gateway", "13.4.5")
def test_a_complex_split_takes_all_flows_that_hold(stage: Stage) -> None:
    stage.run('<complexGateway id="g"/>', "s>g", "g>t1?true", "g>t2?false", "g>t3?true", "t1>e", "t2>e", "t3>e")
    assert {"t1", "t3"} <= set(stage.trace)
    assert "t2" not in stage.trace


@shows("inclusive", "waits for a token that may still come round a loop", "13.4.3")
def test_an_inclusive_join_waits_for_a_loop_before_it(stage: Stage) -> None:
    stage.run("", "s>o1", "o1>u1?true", "o1>x0?true", "x0>u2>x", "x>x0?again", "x>o2!", "u1>o2>t>e")
    stage.complete("u1")
    stage.complete("u2", {"again": True})
    assert "t" not in stage.trace
    stage.complete("u2", {"again": False})
    assert stage.trace.count("t") == 1
    assert stage.status == "completed"


@shows("inclusive", "goes on when a branch dies", "13.4.3")
@pytest.mark.parametrize("how", ["end", "boundary"])
def test_an_inclusive_join_goes_on_when_a_branch_dies(stage: Stage, how: str) -> None:
    if how == "end":
        stage.run("", "s>o1", "o1>u1?true", "o1>u2?true", "u1>o2>t>e", "u2>x", "x>o2?come", "x>e2!")
    else:
        stage.run(
            boundary("b", "u2", "PT1H") + '<userTask id="u2"/>',
            "s>o1",
            "o1>u1?true",
            "o1>u2?true",
            "u1>o2>t>e",
            "u2>o2",
            "b>e2",
        )
    stage.complete("u1")
    assert "t" not in stage.trace
    if how == "end":
        stage.complete("u2", {"come": False})
    else:
        stage.play.advance("PT1H")
    assert stage.trace.count("t") == 1
    assert stage.status == "completed"


@shows("inclusive", "counts a token inside a sub-process or on a boundary way as one that may come", "13.4.3")
def test_a_token_in_a_sub_process_before_the_join_may_still_come(stage: Stage) -> None:
    inner = sub("c", "", "si>u2>ei") + boundary("b", "c", "signal")
    stage.run(inner, "s>o1", "o1>u1?true", "o1>c?true", "u1>o2", "b>o2>t>e", "c>e2", roots=ROOTS)
    stage.complete("u1")
    assert "t" not in stage.trace, "the boundary event may still bring a token"
    stage.complete("u2")
    assert stage.trace.count("t") == 1
    assert stage.status == "completed"


@shows("inclusive", "two joins that wait for each other (the standard's vicious circle) are an incident", "13.4.3")
def test_joins_that_wait_for_each_other_are_told(stage: Stage) -> None:
    stage.run("", "s>p1>o1>u1>x1", "p1>o2>u2>x2", "x1>o2?false", "x1>e!", "x2>o1?false", "x2>e!")
    assert sorted(incident.element_id for incident in stage.instance.incidents) == ["o1", "o2"]


@shows("event-based", "several timers: the first one wins, and only it", "13.4.4")
def test_of_several_timers_the_first_wins(stage: Stage) -> None:
    events = '<eventBasedGateway id="g"/>' + "".join(catch(f"c{n}", f"PT{n}H") for n in (3, 1, 2))
    stage.run(events, "s>g>c3>t3>e", "g>c1>u1>e", "g>c2>t2>e")
    stage.play.advance("PT5H")
    assert stage.open == ["u1"]


@shows("event-based", "receive tasks, signals and conditions behind it", "10.6.6")
@pytest.mark.parametrize("first", ["r", "c1", "c2"])
def test_receive_tasks_signals_and_conditions_may_stand_behind_it(stage: Stage, first: str) -> None:
    events = (
        '<eventBasedGateway id="g"/><receiveTask id="r" messageRef="M"/>' + catch("c1", "signal") + catch("c2", "?ok")
    )
    stage.run(events, "s>g>r>e", "g>c1>e", "g>c2>e", roots=ROOTS, variables={"ok": False})
    if first == "r":
        assert stage.play.message("Paid", {"n": 1}) == 1
        assert stage.variables["n"] == 1
    elif first == "c1":
        assert stage.play.signal("Alarm") == 1
    else:
        stage.play.set_variables(stage.id, {"ok": True})
    assert stage.trace == ["s", "g", first, "e"]
    assert (stage.play.message("Paid"), stage.play.signal("Alarm")) == (0, 0)


@shows(
    "event-based", "a timer behind it that cannot be set is an incident; nothing is left listening meanwhile", "13.4.4"
)
def test_an_event_that_cannot_be_awaited_is_an_incident(stage: Stage) -> None:
    events = '<eventBasedGateway id="g"/>' + catch("c1", "message") + catch("c2", "=wait")
    stage.run(events, "s>g>c1>e", "g>c2>e", roots=ROOTS, variables={"wait": "soon"})
    [incident] = stage.instance.incidents
    assert incident.element_id == "g"
    stage.play.retry(incident, {"wait": "PT1H"})
    assert stage.play.message("Paid") == 1
    assert stage.status == "completed"


INSTANTIATING = '<eventBasedGateway id="g" instantiate="true" {}/>' + catch("c1", "message") + catch("c2", "message2")


@shows("event-based", "instantiating, exclusive: each event starts an instance of its own", "13.4.4")
def test_an_exclusive_instantiating_gateway_starts_an_instance_for_each_event(stage: Stage) -> None:
    stage.deploy(diagram(INSTANTIATING.format(""), "g>c1>u1>e", "g>c2>u2>e", roots=ROOTS))
    assert stage.play.message("Paid", business_key="K") == 1
    assert stage.play.message("Sent", business_key="K") == 1
    assert len(stage.play.instances("p")) == 2
    assert [task.element_id for task in stage.play.tasks()] == ["u1", "u2"]


@shows("event-based", "instantiating, parallel: the correlated second event joins the same instance", "13.4.4")
def test_a_parallel_instantiating_gateway_waits_for_the_others_in_the_same_instance(stage: Stage) -> None:
    gateway = INSTANTIATING.format('eventGatewayType="Parallel"')
    stage.deploy(diagram(gateway, "g>c1>p2", "g>c2>p2>t>e", roots=ROOTS))
    assert stage.play.message("Paid", {"a": 1}, business_key="K1") == 1
    assert stage.play.message("Paid", {"a": 2}, business_key="K2") == 1
    first, second = stage.play.instances("p")
    assert stage.play.message("Sent", {"b": 9}, business_key="K2") == 1
    assert stage.play.instance(first).status == "active"
    assert stage.play.instance(second).status == "completed"
    assert stage.play.instance(second).variables == {"a": 2, "b": 9}
    assert stage.play.message("Sent", {"b": 8}, business_key="K1") == 1
    assert stage.play.instance(first).status == "completed"


@shows("parallel", "many tokens through two joins: each takes one from each flow", "13.4.2")
def test_tokens_pair_up_at_a_parallel_join(stage: Stage) -> None:
    stage.run(
        '<task id="a" completionQuantity="3"/><task id="b" completionQuantity="2"/><parallelGateway id="j"/>',
        "s>p1>a>j", "p1>b>j>t>e",
    )  # fmt: skip
    assert stage.trace.count("t") == 2
    [incident] = stage.instance.incidents
    assert incident.element_id == "j", "the fifth token waits for a partner that cannot come"


@shows("exclusive", "the first flow that holds, in the order of the gateway's outgoing flows", "13.4.1")
def test_the_first_condition_that_holds_wins(stage: Stage) -> None:
    stage.run("", "s>x", "x>t1?n > 1", "x>t2?n > 2", "x>t3!", "t1>e", "t2>e", "t3>e", variables={"n": 5})
    assert [id for id in stage.trace if id[0] == "t"] == ["t1"]


@shows("flow", "conditional flows and a default leave an activity", "13.3.1")
@pytest.mark.parametrize(("n", "expected"), [(1, ["t3"]), (5, ["t1"]), (9, ["t1", "t2"])])
def test_conditions_and_default_leave_a_task(stage: Stage, n: int, expected: list[str]) -> None:
    stage.run("", "s>t0", "t0>t1?n > 4", "t0>t2?n > 8", "t0>t3!", "t1>e", "t2>e", "t3>e", variables={"n": n})
    assert sorted(id for id in stage.trace if id in ("t1", "t2", "t3")) == expected


@shows("link", "go-to within one scope, several throws to one catch", "10.5.5")
def test_several_links_lead_to_one(stage: Stage) -> None:
    link = '<linkEventDefinition name="L"/>'
    stage.run(
        throw("o1", link) + throw("o2", link) + catch("in", link), "s>x", "x>o1?a", "x>o2!", "in>t>e",
        variables={"a": True},
    )  # fmt: skip
    assert stage.trace == ["s", "x", "o1", "in", "t", "e"]


@shows("link", "an inclusive join sees the way through a link", "13.4.3")
def test_an_inclusive_join_sees_through_links(stage: Stage) -> None:
    link = '<linkEventDefinition name="L"/>'
    stage.run(
        throw("o1x", link) + catch("in", link) + '<inclusiveGateway id="j"/>',
        "s>o0", "o0>u1?true", "o0>u2?true", "u1>j>t>e", "u2>o1x", "in>j",
    )  # fmt: skip
    stage.complete("u1")
    assert "t" not in stage.trace
    stage.complete("u2")
    assert stage.trace.count("t") == 1


@shows("signal", "end event: heard by this instance, by others, and by processes that it starts", "10.5.5")
def test_a_signal_end_event_is_heard_everywhere(stage: Stage) -> None:
    listener = process("q", '<startEvent id="s1"><signalEventDefinition signalRef="S"/></startEvent>', "s1>u9>e1")
    own = end("cry", "signal") + catch("c", "signal")
    content = diagram(own, "s>p1>u1>cry", "p1>c>t>e", roots=ROOTS).replace(
        b"</definitions>", listener.encode() + b"</definitions>"
    )
    stage.deploy(content)
    other = stage.play.start("p")
    stage.id = stage.play.start("p")
    stage.complete("u1")
    assert stage.status == "completed"
    assert "t" in stage.trace
    assert "t" in stage.play.trace(other)
    assert len(stage.play.instances("q")) == 1
