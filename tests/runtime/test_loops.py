"""Standard loops, multi-instance activities, ad-hoc sub-processes (BPMN 10.3.8, 10.3.5, 13.3.5 to 13.3.7)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import Conflict
from tests.conformance.support import shows
from tests.runtime.conftest import Stage
from tests.runtime.parts import MULTI, ROOTS, boundary, catch, sub

COLLECT = (
    'facet:collection="items" facet:elementVariable="item" facet:outputCollection="out" facet:outputElement="item"'
)


def multi(attributes: str = "", inner: str = "", sequential: bool = False) -> str:
    return f'<{MULTI} isSequential="{str(sequential).lower()}" {attributes}>{inner}</{MULTI}>'


def cardinality(count: int | str) -> str:
    return f"<loopCardinality>{count}</loopCardinality>"


@shows("multi", "cardinality and collection of 0, 1 and n, in parallel and one after the other", "13.3.7")
@pytest.mark.parametrize("sequential", [True, False])
@pytest.mark.parametrize("count", [0, 1, 4])
@pytest.mark.parametrize("kind", ["cardinality", "collection"])
def test_as_many_instances_as_are_asked_for(stage: Stage, kind: str, count: int, sequential: bool) -> None:
    loop = (
        multi("", cardinality(count), sequential)
        if kind == "cardinality"
        else multi(f'facet:collection="{list(range(count))}"', "", sequential)
    )
    stage.run(f'<userTask id="u">{loop}</userTask>', "s>u>t>e")
    assert len(stage.open) == (min(count, 1) if sequential else count)
    for _ in range(count):
        assert "t" not in stage.trace
        stage.complete("u")
    assert stage.status == "completed"
    assert stage.trace.count("u") == max(count, 0)


@shows("multi", "null items are items; the output keeps the order of the items", "13.3.7")
@pytest.mark.parametrize("sequential", [True, False])
def test_null_items_and_the_order_of_outputs(stage: Stage, sequential: bool) -> None:
    stage.run(
        f'<userTask id="u">{multi(COLLECT, "", sequential)}</userTask>', "s>u>e",
        variables={"items": [None, "b", None]},
    )  # fmt: skip
    while stage.open:
        stage.play.complete(stage.play.tasks(stage.id)[-1])
    assert stage.variables["out"] == [None, "b", None]
    assert stage.status == "completed"


@shows("multi", "the collection is fixed when the activity begins", "13.3.7")
def test_the_items_are_fixed_at_the_beginning(stage: Stage) -> None:
    stage.run(f'<userTask id="u">{multi(COLLECT, "", True)}</userTask>', "s>u>e", variables={"items": [1, 2]})
    stage.complete("u", {"items": [7, 8, 9, 10]})
    stage.complete("u")
    assert stage.status == "completed"
    assert stage.variables["out"] == [1, 2]


@shows("multi", "entered again in a loop, it begins anew", "13.3.7")
def test_a_multi_instance_activity_in_a_loop_begins_anew(stage: Stage) -> None:
    stage.run(
        f'<userTask id="u">{multi(COLLECT)}</userTask>', "s>x0>u>x", "x>x0?again", "x>e!",
        variables={"items": [1, 2], "again": True},
    )  # fmt: skip
    stage.complete("u")
    stage.complete("u")
    assert stage.open == ["u", "u"]
    stage.complete("u", {"again": False})
    stage.complete("u")
    assert stage.status == "completed"
    assert stage.variables["out"] == [1, 2]


@shows("multi", "completion condition with the instance counters; the others are cancelled", "10.3.8")
def test_the_completion_condition_sees_the_counters(stage: Stage) -> None:
    done = "<completionCondition>numberOfCompletedInstances / numberOfInstances &gt;= 0.5</completionCondition>"
    stage.run(f'<userTask id="u">{multi("", cardinality(4) + done)}</userTask>', "s>u>t>e")
    stage.complete("u")
    assert len(stage.open) == 3
    stage.complete("u")
    assert stage.open == []
    assert stage.status == "completed"


@shows("multi", "a completion condition that fails is an incident at the activity; retried, it goes on", "10.3.8")
@pytest.mark.parametrize("sequential", [True, False])
def test_a_failing_completion_condition_loses_nothing(stage: Stage, sequential: bool) -> None:
    done = "<completionCondition>some i in 1..n satisfies i &gt; 5</completionCondition>"
    loop = multi("", cardinality(2) + done, sequential)
    stage.run(f'<userTask id="u">{loop}</userTask>', "s>u>e", variables={"n": 5})
    stage.complete("u", {"n": 1_000_000})
    [incident] = stage.instance.incidents
    assert incident.element_id == "u"
    assert stage.open == ([] if sequential else ["u"])
    stage.play.retry(incident, {"n": 5})
    assert stage.open == ["u"]
    stage.complete("u")
    assert stage.status == "completed"


@shows("multi", "nested, each instance with its own item", "13.3.7")
def test_nested_multi_instance_activities(stage: Stage) -> None:
    inner_loop = multi(
        'facet:collection="row" facet:elementVariable="cell" facet:outputCollection="twice" facet:outputElement="cell * 2"'
    )
    outer_loop = multi(
        'facet:collection="rows" facet:elementVariable="row" facet:outputCollection="all" facet:outputElement="twice"'
    )
    inner = f'<property id="pt" name="twice"/><userTask id="u">{inner_loop}</userTask>'
    stage.run(sub("c", inner, "si>u>ei", loop=outer_loop), "s>c>e", variables={"rows": [[1, 2], [3]]})
    assert len(stage.open) == 3
    while stage.open:
        stage.play.complete(stage.play.tasks(stage.id)[-1])
    assert stage.variables["all"] == [[Decimal(2), Decimal(4)], [Decimal(6)]]
    assert stage.status == "completed"


BEHAVIOUR = {
    "None": ('behavior="None" noneBehaviorEventRef="D1"', 3),
    "One": ('behavior="One" oneBehaviorEventRef="D1"', 1),
    "All": ('behavior="All"', 0),
}


@shows("multi", "behaviours None, One and All: which completions throw an event to the border", "10.3.8")
@pytest.mark.parametrize("behaviour", list(BEHAVIOUR))
def test_behaviours_throw_to_the_border(stage: Stage, behaviour: str) -> None:
    attributes, expected = BEHAVIOUR[behaviour]
    roots = ROOTS + '<signalEventDefinition id="D1" signalRef="S"/>'
    host = f'<userTask id="u">{multi(attributes, cardinality(3))}</userTask>'
    others = boundary("b", "u", "signal", interrupting=False) + boundary("b2", "u", "signal2", interrupting=False)
    stage.run(host + others, "s>u>e", "b>t>e2", "b2>t2>e3", roots=roots)
    while stage.open:
        stage.complete("u")
    assert stage.trace.count("t") == expected
    assert "t2" not in stage.trace, "another signal is not the same event"
    assert stage.status == "completed"


@shows("multi", "behaviour Complex: an event per condition", "10.3.8")
def test_the_complex_behaviour_throws_when_its_condition_holds(stage: Stage) -> None:
    complex_ = (
        '<complexBehaviorDefinition id="CB"><condition>numberOfCompletedInstances = 2</condition>'
        '<event id="ev"><signalEventDefinition signalRef="S"/></event></complexBehaviorDefinition>'
    )
    loop = multi('behavior="Complex"', cardinality(3) + complex_)
    host = f'<userTask id="u">{loop}</userTask>'
    stage.run(host + boundary("b", "u", "signal", interrupting=False), "s>u>e", "b>t>e2", roots=ROOTS)
    stage.complete("u")
    assert stage.trace.count("t") == 0
    stage.complete("u")
    assert stage.trace.count("t") == 1


@shows("loop", "condition before or after the round, with the counter", "13.3.6")
@pytest.mark.parametrize(("before", "rounds"), [(True, 0), (False, 1)])
def test_a_loop_asks_before_or_after_its_round(stage: Stage, before: bool, rounds: int) -> None:
    loop = f'<standardLoopCharacteristics testBefore="{str(before).lower()}"><loopCondition>false</loopCondition></standardLoopCharacteristics>'
    stage.run(f'<task id="t">{loop}</task>', "s>t>e")
    assert stage.trace.count("t") == rounds
    assert stage.status == "completed"


@shows("loop", "of a sub-process, whose data begins anew each round", "13.3.6")
def test_a_looping_sub_process_waits_inside_each_round(stage: Stage) -> None:
    loop = "<standardLoopCharacteristics><loopCondition>again</loopCondition></standardLoopCharacteristics>"
    inner = '<property id="pn" name="note"/><userTask id="u"/>'
    stage.run(sub("c", inner, "si>u>ei", loop=loop), "s>c>e", variables={"again": True})
    stage.complete("u", {"note": "one"})
    assert stage.open == ["u"]
    assert "note" not in stage.variables
    stage.complete("u", {"again": False})
    assert stage.status == "completed"
    assert stage.trace.count("u") == 2


@shows("message", "received in each round of a loop, early or late, once each", "10.5.5")
def test_messages_inside_a_loop_are_received_one_by_one(stage: Stage) -> None:
    stage.run(catch("c", "message"), "s>x0>c>x", "x>x0?n < 3", "x>e!", roots=ROOTS, variables={"n": 0})
    assert [stage.play.message("Paid", {"n": n}) for n in (1, 2, 3)] == [1, 1, 1]
    assert stage.status == "completed"
    assert stage.trace.count("c") == 3


PAIR = '<userTask id="u1"/><userTask id="u2"/>'
ANY = "<completionCondition>enough</completionCondition>"


def ad_hoc(attributes: str = "", inner: str = "", condition: str = ANY) -> str:
    return f'<adHocSubProcess id="c" {attributes}>{inner or PAIR}{condition}</adHocSubProcess>'


@shows("ad-hoc", "the condition is asked after each activity; the others are cancelled or finish", "13.3.5")
@pytest.mark.parametrize("cancel", [True, False])
def test_when_the_condition_holds_the_rest_is_cancelled_or_finishes(stage: Stage, cancel: bool) -> None:
    stage.run(ad_hoc(f'cancelRemainingInstances="{str(cancel).lower()}"'), "s>c>t>e", variables={"enough": False})
    stage.complete("u1", {"enough": True})
    assert stage.open == ([] if cancel else ["u2"])
    assert ("t" in stage.trace) is cancel
    if not cancel:
        with pytest.raises(Conflict):
            stage.play.activate(stage.id, ["u1"])
        stage.complete("u2")
    assert stage.status == "completed"


@shows("ad-hoc", "ordering Sequential: one activity at a time", "10.3.5")
def test_sequential_ordering_offers_one_at_a_time(stage: Stage) -> None:
    stage.run(ad_hoc('ordering="Sequential"'), "s>c>e", variables={"enough": False})
    assert stage.open == ["u1"]
    stage.complete("u1")
    assert stage.open == ["u2"]
    stage.complete("u2", {"enough": True})
    assert stage.status == "completed"


@shows("ad-hoc", "staff pick an activity (again); flows inside are followed until the condition holds", "13.3.5")
def test_flows_inside_are_followed_until_the_condition_holds(stage: Stage) -> None:
    inner = '<userTask id="u1"/><userTask id="u2"/><sequenceFlow id="fi" sourceRef="u1" targetRef="u2"/>'
    stage.run(ad_hoc("", inner), "s>c>e", variables={"enough": False})
    assert stage.open == ["u1"]
    stage.complete("u1")
    assert stage.open == ["u2"]
    stage.play.activate(stage.id, ["u1"])
    assert sorted(stage.open) == ["u1", "u2"]
    stage.complete("u1", {"enough": True})
    assert stage.status == "completed"
    assert stage.trace.count("u2") == 0


@shows("ad-hoc", "a condition that fails is an incident; retried, it is asked again", "13.3.5")
def test_a_failing_condition_is_asked_again(stage: Stage) -> None:
    condition = "<completionCondition>some i in 1..n satisfies i &lt; 5</completionCondition>"
    stage.run(ad_hoc(condition=condition), "s>c>e", variables={"n": 1_000_000})
    stage.complete("u1")
    [incident] = stage.instance.incidents
    assert stage.open == ["u2"]
    stage.play.retry(incident, {"n": 1})
    assert stage.status == "completed"
