"""Promise 5 of docs/security.md: a turn ends in time whatever a diagram builds; nothing is lost, and somebody may let it go on."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from engine.playground import Playground
from engine.runtime.environment import Limits
from tests.diagrams import diagram
from tests.security.test_bounds import output

HEAVY = "(some a in 1..300, b in 1..300 satisfies a*b = -1) or true"
LARGE = "string join(for i in 1..4000 return &quot;aaaaaaaaaaaaaaaaaaaaaaaaa&quot;)"


def several(kind: str, inside: str = "", more: str = "", count: int = 3_000) -> bytes:
    loop = f"<multiInstanceLoopCharacteristics><loopCardinality>{count}</loopCardinality></multiInstanceLoopCharacteristics>"
    return diagram(f'<{kind} id="t" {more}><extensionElements>{inside}</extensionElements>{loop}</{kind}>', "s>t>e")


def step(name: str, expression: str) -> str:
    return f'<facet:{name} target="x" source="={expression}"/>'


SLOW: Mapping[str, bytes] = {
    "a heavy expression three thousand times": several("task", step("output", HEAVY)),
    "heavy mappings of one element": diagram(
        f'<task id="t"><extensionElements>{step("input", HEAVY) * 500}</extensionElements></task>', "s>t>e"
    ),
    "a circle of heavy steps": diagram(
        f'<exclusiveGateway id="x0"/><task id="t"><extensionElements>{step("output", HEAVY)}</extensionElements></task>',
        "s>x0>t>x1",
        "x1>x0?true",
        "x1>e!",
    ),
    "a loop with a long body": output(
        "some a in 1..300, b in 1..300 satisfies " + "+".join(["a**0.51"] * 150) + " < 0"
    ),
    "a filter with a long body": output(
        "count((for i in 1..40000 return i)[" + "+".join(["item**0.51"] * 150) + " < 0])"
    ),
    "a function with a long body": output(
        "{f: function(n) " + "+".join(["n**0.51"] * 150) + ", r: for i in 1..40000 return f(i)}.r"
    ),
}
LARGE_ONES: Mapping[str, bytes] = {
    "large inputs": several("userTask", step("input", f"{LARGE} + string(loopCounter)")),
    "large results": several("task", step("output", f"{LARGE} + string(loopCounter)")),
    "everything for everybody outside": several("serviceTask", more='facet:topic="x"'),
    "many candidates": several("userTask", more='facet:candidateUsers="=for i in 1..900 return string(i)"'),
}


@pytest.mark.parametrize("name", SLOW)
def test_what_is_slow_stops_with_an_incident_and_everything_kept(name: str) -> None:
    with Playground(limits=Limits(seconds=0.3)) as play:
        assert play.deploy({"p.bpmn": SLOW[name]}).accepted

        instance = play.start("p", {"kept": 1})

        found = play.instance(instance)
        assert (found.status, found.variables["kept"]) == ("active", 1)
        assert 1 <= len(found.incidents) <= 2
        assert "seconds" in found.incidents[0].message
        play.cancel(instance)
        assert play.instance(instance).status == "cancelled"


@pytest.mark.parametrize("name", LARGE_ONES)
def test_what_writes_too_much_stops_with_one_incident_and_everything_kept(name: str) -> None:
    with Playground(limits=Limits(volume=4 * 1024 * 1024)) as play:
        assert play.deploy({"p.bpmn": LARGE_ONES[name]}).accepted

        instance = play.start("p", {"big": "x" * 100_000})

        found = play.instance(instance)
        assert (found.status, len(found.variables["big"])) == ("active", 100_000)
        assert [incident.message for incident in found.incidents] == [
            "More than 4 MB of data would be written at once."
        ]


def test_more_facts_than_a_turn_may_have_stop_it() -> None:
    with Playground(limits=Limits(facts=1_000)) as play:
        assert play.deploy({"p.bpmn": several("userTask")}).accepted

        found = play.instance(play.start("p"))

        assert [incident.message for incident in found.incidents] == ["More than 1000 things would happen at once."]


def test_only_a_retry_lets_it_go_on_and_other_branches_are_not_held_up() -> None:
    """A timer that moved the instance would take as long again, each time."""
    body = several("task", step("output", HEAVY)).replace(
        b'<startEvent id="s"/>', b'<startEvent id="s"/><parallelGateway id="p1"/><userTask id="u"/><task id="t9"/>'
    )
    body = body.replace(b'sourceRef="s" targetRef="t"', b'sourceRef="s" targetRef="p1"').replace(
        b"</process>",
        b'<sequenceFlow id="h1" sourceRef="p1" targetRef="t"/><sequenceFlow id="h2" sourceRef="p1" targetRef="u"/>'
        b'<sequenceFlow id="h3" sourceRef="u" targetRef="t9"/></process>',
    )
    with Playground(limits=Limits(seconds=0.3)) as play:
        assert play.deploy({"p.bpmn": body}).accepted
        instance = play.start("p")
        done = play.trace(instance).count("t")
        for task in play.tasks(instance):
            play.complete(task)

        incident = play.instance(instance).incidents[0]
        assert play.trace(instance).count("t") == done
        play.retry(incident)

        assert play.trace(instance).count("t") > done
        assert play.instance(instance).status == "active"


def test_a_table_in_a_loop_counts_as_what_it_is() -> None:
    rules = "".join(
        f'<rule id="r{n}"><inputEntry id="i{n}"><text>&gt; {n}</text></inputEntry>'
        f'<outputEntry id="o{n}"><text>{n}</text></outputEntry></rule>'
        for n in range(1_000)
    )
    table = (
        '<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" '
        'name="d" namespace="x"><businessKnowledgeModel id="b" name="b"><variable name="b"/><encapsulatedLogic id="el">'
        '<formalParameter id="fp" name="a"/><decisionTable id="t" hitPolicy="COLLECT"><input id="in"><inputExpression '
        'id="ie"><text>a</text></inputExpression></input><output id="out" name="out"/>'
        f"{rules}</decisionTable></encapsulatedLogic></businessKnowledgeModel>"
        '<decision id="dec" name="dec"><variable name="dec"/><knowledgeRequirement id="k"><requiredKnowledge href="#b"/>'
        '</knowledgeRequirement><literalExpression id="l"><text>for i in 1..40000 return b(i)</text></literalExpression>'
        "</decision></definitions>"
    )
    with Playground() as play:
        ask = diagram('<businessRuleTask id="t" facet:decision="dec" facet:resultVariable="x"/>', "s>t>e")
        result = play.deploy({"p.bpmn": ask, "d.dmn": table.encode()})
        assert result.accepted, [problem.message for problem in result.problems]

        found = play.instance(play.start("p"))

    assert "stopped after 100000 steps" in found.incidents[0].message
