"""What the standard lets a diagram say and the engine does not act on is told, each time, and nothing else is."""

from __future__ import annotations

import pytest

from engine.bpmn import read
from engine.bpmn.reading.effects import IGNORED
from tests.bpmn.diagrams import END, START, chain, definitions, flow, process, task
from tests.bpmn.lint_cases import IMMEDIATE

ROLE = "<potentialOwner><resourceRef>r</resourceRef>{}</potentialOwner>"
RESOURCE = '<resource id="r" name="sales"/>'
QUERY = '<resourceParameterBinding parameterRef="rp"><formalExpression>x</formalExpression></resourceParameterBinding>'


def specification(sets: str) -> str:
    return f'<ioSpecification><dataInput id="i"/><dataOutput id="o"/>{sets}</ioSpecification>'


def around(inside: str, roots: str = "", attributes: str = "", extra: str = "") -> bytes:
    return process(START + inside + END + chain("start", "a", "end") + extra, roots=roots, attributes=attributes)


SAID: dict[str, tuple[bytes, bytes]] = {
    "isImmediate=false": (
        process(START + task("a") + END + flow("start", "a") + IMMEDIATE.replace("true", "false")),
        process(START + task("a") + END + flow("start", "a") + IMMEDIATE),
    ),
    "isClosed=true": (
        around(task("a"), attributes='isClosed="true"'),
        around(task("a"), attributes='isClosed="false"'),
    ),
    "method": (
        around('<transaction id="a" method="##Store"><task id="t"/></transaction>'),
        around('<transaction id="a" method="##Compensate"><task id="t"/></transaction>'),
    ),
    "capacity": (
        around(task("a"), roots='<dataStore id="d" name="D" capacity="3"/>'),
        around(task("a"), roots='<dataStore id="d" name="D" isUnlimited="true"/>'),
    ),
    "resource roles": (
        around(task("a", inside=ROLE.format("")), roots=RESOURCE),
        around(task("a", "userTask", inside=ROLE.format("")), roots=RESOURCE),
    ),
    "resource roles of the process": (
        around(task("a"), extra="<performer><resourceRef>r</resourceRef></performer>", roots=RESOURCE),
        around(task("a"), roots=RESOURCE),
    ),
    "resourceParameterBinding": (
        around(task("a", "userTask", inside=ROLE.format(QUERY)), roots=RESOURCE),
        around(task("a", "userTask", inside=ROLE.format("")), roots=RESOURCE),
    ),
    "several input or output sets": (
        around(task("a", inside=specification("<inputSet/><inputSet/><outputSet/>"))),
        around(task("a", inside=specification("<inputSet/><outputSet/>"))),
    ),
    "data while executing": (
        around(
            task("a", inside=specification("<inputSet><whileExecutingInputRefs>i</whileExecutingInputRefs></inputSet>"))
        ),
        around(task("a", inside=specification("<inputSet><dataInputRefs>i</dataInputRefs></inputSet>"))),
    ),
    "extension mustUnderstand=true": (
        definitions(
            '<extension mustUnderstand="true" definition="x"/><process id="p" isExecutable="true"><task id="a"/></process>'
        ),
        definitions('<extension definition="x"/><process id="p" isExecutable="true"><task id="a"/></process>'),
    ),
    "ioBinding": (
        around(task("a"), extra='<ioBinding inputDataRef="i" outputDataRef="o" operationRef="op"/>'),
        around(task("a")),
    ),
}


def told(content: bytes) -> list[object]:
    return [one.data["what"] for one in read(content).problems if one.rule == "without-effect"]


def test_every_entry_of_the_table_has_its_diagrams() -> None:
    assert {one.what for one in IGNORED} == set(SAID)


@pytest.mark.parametrize(("what", "contents"), SAID.items(), ids=SAID)
def test_what_has_no_effect_is_told(what: str, contents: tuple[bytes, bytes]) -> None:
    said, unsaid = contents
    assert told(said) == [what]
    assert told(unsaid) == []


@pytest.mark.parametrize(("direction", "wrong"), [("Converging", "split"), ("Diverging", "join"), ("Mixed", "")])
def test_a_gateway_that_contradicts_its_direction_is_told(direction: str, wrong: str) -> None:
    # given a gateway `split` with two ways out and a gateway `join` with two ways in, both of the direction
    ways = f'<parallelGateway id="split" gatewayDirection="{direction}"/><parallelGateway id="join" gatewayDirection="{direction}"/>'
    content = process(
        START
        + ways
        + task("a")
        + task("b")
        + END
        + chain("start", "split", "a", "join", "end")
        + chain("split", "b", "join")
    )

    # then
    found = [one.element_id for one in read(content).problems if one.rule == "gateway-direction"]
    assert found == [wrong] * bool(wrong)
