"""Sequence flow, gateways, joins (BPMN 13.3.1, 13.4)."""

from __future__ import annotations

import pytest

from tests.runtime.conftest import Stage


def test_a_loop_of_user_task_and_gateway_runs_until_its_condition_fails(stage: Stage) -> None:
    stage.run("", "s>u>x", "x>u?again", "x>e!")
    for _ in range(3):
        stage.complete("u", {"again": True})
    stage.complete("u", {"again": False})
    assert stage.status == "completed"
    assert stage.trace == ["s", *["u", "x"] * 4, "e"]


def test_an_exclusive_gateway_without_a_way_is_an_incident_that_says_why_and_can_be_retried(stage: Stage) -> None:
    stage.run("", "s>x", "x>t1?amount > 5", "x>t2?amuont < 1", "t1>e", "t2>e", variables={"amount": 1})
    [incident] = stage.instance.incidents
    assert incident.element_id == "x"
    assert "amount > 5" in incident.message
    assert "amuont" in incident.message
    stage.play.retry(incident, {"amount": 6})
    assert stage.status == "completed"
    assert stage.instance.incidents == []


def test_what_was_typed_stays_when_the_next_step_fails(stage: Stage) -> None:
    stage.run("", "s>u>x", "x>e?ok")
    stage.complete("u", {"note": "kept"})
    assert stage.open == []
    assert stage.variables == {"note": "kept"}
    [incident] = stage.instance.incidents
    stage.play.retry(incident, {"ok": True})
    assert stage.status == "completed"


def test_a_parallel_join_keeps_surplus_tokens(stage: Stage) -> None:
    stage.run(
        '<exclusiveGateway id="m"/><parallelGateway id="j"/>',
        "s>p1>u1>m", "p1>u2>m", "p1>u3>j", "m>j>t>e",
    )  # fmt: skip
    for task in ("u1", "u2", "u3"):
        stage.complete(task)
    assert stage.trace.count("t") == 1
    assert stage.status == "active", "the second token of m waits at the join for a partner"


@pytest.mark.parametrize(("choice", "expected"), [({"a": True, "b": True}, 2), ({"a": True, "b": False}, 1)])
def test_an_inclusive_join_waits_for_those_who_can_come(stage: Stage, choice: dict[str, bool], expected: int) -> None:
    stage.run("", "s>o1", "o1>u1?a", "o1>u2?b", "o1>u3!", "u1>o2", "u2>o2", "u3>o2>t>e", variables=choice)
    assert len(stage.open) == expected
    for element in list(stage.open):
        assert "t" not in stage.trace
        stage.complete(element)
    assert stage.trace.count("t") == 1
    assert stage.status == "completed"


def test_an_inclusive_join_inside_a_loop_fires_each_round(stage: Stage) -> None:
    stage.run("", "s>x1>o1", "o1>u1?true", "o1>u2?true", "u1>o2", "u2>o2>x2", "x2>x1?again", "x2>e!")
    for again in (True, True, False):
        stage.complete("u1", {"again": again})
        stage.complete("u2", {"again": again})
    assert stage.status == "completed"
    assert stage.trace.count("o2") == 3


def test_several_flows_out_of_a_task_are_all_taken_and_conditions_are_respected(stage: Stage) -> None:
    stage.run(
        "", "s>t1", "t1>ta?yes", "t1>tb?no", "t1>tc", "ta>e", "tb>e", "tc>e", variables={"yes": True, "no": False}
    )
    assert {"ta", "tc"} <= set(stage.trace)
    assert "tb" not in stage.trace


def test_the_default_is_taken_when_no_condition_holds_beside_an_unconditional_flow(stage: Stage) -> None:
    stage.run("", "s>t1", "t1>ta?false", "t1>tb!", "t1>tc", "ta>e", "tb>e", "tc>e")
    assert [id for id in stage.trace if id in ("ta", "tb", "tc")] in (["tb", "tc"], ["tc", "tb"])


def test_a_process_without_events_starts_where_nothing_comes_in_and_ends_when_all_is_done(stage: Stage) -> None:
    stage.run("", "u1>t1", "u2>t2")
    assert stage.open == ["u1", "u2"]
    stage.complete("u1")
    assert stage.status == "active"
    stage.complete("u2")
    assert stage.status == "completed"


def test_start_and_completion_quantities_gather_and_multiply_tokens(stage: Stage) -> None:
    stage.run('<task id="send" completionQuantity="3"/><task id="take" startQuantity="3"/>', "s>send>t>take>e")
    assert stage.trace == ["s", "send", "t", "t", "t", "take", "e"]
    assert stage.status == "completed"


def test_a_join_that_can_never_fire_is_an_incident(stage: Stage) -> None:
    stage.run('<parallelGateway id="j"/>', "s>x", "x>t1?a", "x>t2!", "t1>j", "t2>j>e", variables={"a": True})
    [incident] = stage.instance.incidents
    assert incident.element_id == "j"


def test_links_are_flows_that_are_not_drawn(stage: Stage) -> None:
    link = '<linkEventDefinition name="L"/>'
    stage.run(
        f'<intermediateThrowEvent id="out">{link}</intermediateThrowEvent>'
        f'<intermediateCatchEvent id="in">{link}</intermediateCatchEvent>',
        "s>t1>out", "in>t2>e",
    )  # fmt: skip
    assert stage.trace == ["s", "t1", "out", "in", "t2", "e"]
    assert stage.status == "completed"
