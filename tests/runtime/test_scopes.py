"""Sub-processes, multi-instance, loops, variables (BPMN 10.3, 13.3)."""

from __future__ import annotations

from decimal import Decimal

from tests.diagrams import body
from tests.runtime.conftest import Stage

MULTI = "multiInstanceLoopCharacteristics"


def sub(id: str, elements: str, *flows: str, loop: str = "", attributes: str = "") -> str:
    return f'<subProcess id="{id}" {attributes}>{loop}{body(elements, *flows, prefix=id)}</subProcess>'


def test_a_sub_process_ends_when_its_last_token_is_gone(stage: Stage) -> None:
    stage.run(sub("c", "", "s1>p1>u1>e1", "p1>u2>e2"), "s>c>e")
    stage.complete("u2")
    assert "c" not in stage.trace
    stage.complete("u1")
    assert stage.trace[-2:] == ["c", "e"]


def test_terminate_ends_only_its_own_scope(stage: Stage) -> None:
    terminate = '<endEvent id="e1"><terminateEventDefinition/></endEvent>'
    stage.run(sub("c", terminate, "s1>p1>u1>e1", "p1>u2>e2"), "s>c>t>e")
    stage.complete("u1")
    assert stage.open == []
    assert stage.trace[-3:] == ["c", "t", "e"]
    assert stage.status == "completed"


def test_terminate_at_the_top_ends_the_instance(stage: Stage) -> None:
    stage.run('<endEvent id="e1"><terminateEventDefinition/></endEvent>', "s>p1>u1>e1", "p1>u2>e2")
    stage.complete("u1")
    assert (stage.status, stage.instance.end_element_id, stage.open) == ("terminated", "e1", [])


def test_parallel_instances_keep_the_order_of_their_items_in_the_output(stage: Stage) -> None:
    loop = f'<{MULTI} facet:collection="items" facet:elementVariable="item" facet:outputCollection="out" facet:outputElement="item * 10"/>'
    stage.run(f'<userTask id="u">{loop}</userTask>', "s>u>e", variables={"items": [3, None, 1]})
    tasks = stage.play.tasks(stage.id)
    assert len(tasks) == 3
    for task in reversed(tasks):
        stage.play.complete(task)
    assert stage.status == "completed"
    assert stage.variables["out"] == [Decimal(30), None, Decimal(10)]
    assert "item" not in stage.variables


def test_sequential_instances_come_one_after_the_other_and_may_stop_early(stage: Stage) -> None:
    loop = (
        f'<{MULTI} isSequential="true" facet:collection="items" facet:elementVariable="item"'
        ' facet:outputCollection="out" facet:outputElement="answer">'
        '<completionCondition>answer = "no"</completionCondition>'
        f"</{MULTI}>"
    )
    stage.run(f'<userTask id="u">{loop}</userTask>', "s>u>e", variables={"items": ["a", "b", "c"]})
    stage.complete("u", {"answer": "yes"})
    assert stage.open == ["u"]
    stage.complete("u", {"answer": "no"})
    assert stage.status == "completed"
    assert stage.variables["out"] == ["yes", "no", None]


def test_no_items_means_no_instances(stage: Stage) -> None:
    loop = f'<{MULTI} facet:collection="[]" facet:outputCollection="out"/>'
    stage.run(f'<userTask id="u">{loop}</userTask>', "s>u>e")
    assert stage.status == "completed"
    assert stage.variables["out"] == []


def test_a_collection_that_is_no_list_is_an_incident_that_shows_it(stage: Stage) -> None:
    stage.run(f'<userTask id="u"><{MULTI} facet:collection="items"/></userTask>', "s>u>e", variables={"items": "oops"})
    [incident] = stage.instance.incidents
    assert "oops" in incident.message
    stage.play.retry(incident, {"items": [1]})
    assert stage.open == ["u"]


def test_a_multi_instance_sub_process_keeps_its_items_apart(stage: Stage) -> None:
    loop = f'<{MULTI} facet:collection="rooms" facet:elementVariable="room" facet:outputCollection="done" facet:outputElement="room"/>'
    inner = sub("c", '<userTask id="u" name="=room"/>', "s1>u>e1", loop=loop)
    stage.run(inner, "s>c>e", variables={"rooms": ["kitchen", "bath"]})
    assert len(stage.open) == 2
    stage.complete("u")
    stage.complete("u")
    assert stage.variables["done"] == ["kitchen", "bath"]
    assert stage.status == "completed"


def test_standard_loops_count_their_rounds(stage: Stage) -> None:
    loop = '<standardLoopCharacteristics testBefore="true"><loopCondition>loopCounter &lt; 3</loopCondition></standardLoopCharacteristics>'
    stage.run(f'<task id="t">{loop}</task>', "s>t>e")
    assert stage.trace.count("t") == 3


def test_loop_maximum_bounds_a_loop(stage: Stage) -> None:
    loop = (
        '<standardLoopCharacteristics loopMaximum="2"><loopCondition>true</loopCondition></standardLoopCharacteristics>'
    )
    stage.run(f'<task id="t">{loop}</task>', "s>t>e")
    assert stage.trace.count("t") == 2


def test_local_inputs_do_not_leak_and_outputs_choose_what_leaves(stage: Stage) -> None:
    io = (
        '<extensionElements><facet:input source="=amount * 2" target="double"/>'
        '<facet:output source="=double + extra" target="total"/></extensionElements>'
    )
    stage.run(f'<userTask id="u">{io}</userTask>', "s>u>e", variables={"amount": Decimal("1.10")})
    stage.complete("u", {"extra": Decimal("0.05"), "noise": 1})
    assert stage.variables == {"amount": Decimal("1.10"), "total": Decimal("2.25")}


def test_parallel_branches_write_one_set_of_variables_the_last_writer_wins(stage: Stage) -> None:
    stage.run("", "s>p1>u1>p2", "p1>u2>p2>e", variables={"items": [1, 2, 3]})
    stage.complete("u1", {"items": [3, 2]})
    stage.complete("u2", {"more": True})
    assert stage.variables == {"items": [3, 2], "more": True}


def test_values_survive_exactly(stage: Stage) -> None:
    values = {"typename": "x", "amount": Decimal("67000.00"), "nested": {"typename": "y", "n": [1, None]}}
    stage.run("", "s>u>e", variables=values)
    stage.complete("u")
    assert stage.variables == values
    assert str(stage.variables["amount"]) == "67000.00"


def test_ad_hoc_activities_run_in_any_order_until_the_condition_holds(stage: Stage) -> None:
    inner = '<userTask id="u1"/><userTask id="u2"/><completionCondition>enough</completionCondition>'
    stage.run(f'<adHocSubProcess id="c">{inner}</adHocSubProcess>', "s>c>e", variables={"enough": False})
    stage.complete("u2")
    stage.play.activate(stage.id, ["u2"])
    assert sorted(stage.open) == ["u1", "u2"]
    stage.complete("u2", {"enough": True})
    assert stage.status == "completed"
