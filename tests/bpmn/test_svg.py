"""The drawing of a diagram."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from engine.bpmn import read
from engine.bpmn.svg import STYLESHEET, render
from engine.bpmn.svg.labels import wrap
from tests.bpmn.diagrams import END, START, chain, definitions, flow, process, task

SVG = "{http://www.w3.org/2000/svg}"
DI = (
    'xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:dd="http://www.omg.org/spec/DD/20100524/DI"'
)


def drawn(content: bytes, **state: object) -> etree._Element:
    """The drawing as a tree; it must be well-formed XML."""
    return etree.fromstring(render(read(content), content, **state))  # type: ignore[arg-type]


def ids(tree: etree._Element) -> list[str]:
    return [str(group.get("data-element-id")) for group in tree.iter(f"{SVG}g")]


def with_diagram(body: str, shapes: str) -> bytes:
    plane = f'<di:BPMNDiagram {DI}><di:BPMNPlane bpmnElement="p">{shapes}</di:BPMNPlane></di:BPMNDiagram>'
    return definitions(f'<process id="p" name="P" isExecutable="true">{body}</process>{plane}')


def shape(element: str, x: int, y: int, width: int, height: int, extra: str = "", inside: str = "") -> str:
    bounds = f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/>'
    return f'<di:BPMNShape bpmnElement="{element}" {extra}>{bounds}{inside}</di:BPMNShape>'


def edge(element: str, *points: tuple[int, int]) -> str:
    inside = "".join(f'<dd:waypoint x="{x}" y="{y}"/>' for x, y in points)
    return f'<di:BPMNEdge bpmnElement="{element}">{inside}</di:BPMNEdge>'


SMALL = with_diagram(
    START + task("a", "userTask") + END + chain("start", "a", "end"),
    shape("start", 100, 100, 36, 36)
    + shape("a", 200, 78, 100, 80)
    + shape("end", 400, 100, 36, 36)
    + edge("start-a", (136, 118), (200, 118))
    + edge("a-end", (300, 118), (400, 118)),
)


def test_every_element_stands_where_the_file_puts_it() -> None:
    # when
    tree = drawn(SMALL)

    # then
    assert ids(tree) == ["start-a", "a-end", "start", "a", "end"]
    box = next(rect for rect in tree.iter(f"{SVG}rect") if rect.get("class") == "bpmn-task")
    assert [box.get(key) for key in ("x", "y", "width", "height")] == ["200", "78", "100", "80"]
    assert tree.get("viewBox") == "76 54 384 140"
    assert tree.get("aria-label") == "P"


def test_state_is_shown() -> None:
    # when
    tree = drawn(SMALL, tokens={"a": 3}, completed={"start"}, incidents=["end"])

    # then
    classes = {str(one.get("data-element-id")): str(one.get("class")).split() for one in tree.iter(f"{SVG}g")}
    assert "is-active" in classes["a"]
    assert "is-completed" in classes["start"]
    assert "is-incident" in classes["end"]
    assert "3" in [text.text for text in tree.iter(f"{SVG}text")]


def test_names_are_escaped() -> None:
    # given
    evil = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;"
    content = process(f'<task id="a" name="{evil}"/>')

    # when
    text = render(read(content), content)

    # then
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert etree.fromstring(text).find(f".//{SVG}title").text == '<script>alert(1)</script>"&'  # type: ignore[union-attr]


def test_no_inline_style_and_no_reference_out() -> None:
    # given one of everything
    body = (
        f'{START}<subProcess id="s">{task("a", "serviceTask")}</subProcess><exclusiveGateway id="g"/>'
        f'<boundaryEvent id="b" attachedToRef="s"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
        f"</timerEventDefinition></boundaryEvent>{END}" + chain("start", "s", "g", "end") + flow("b", "end")
    )
    content = process(body)

    # when
    text = render(read(content), content)

    # then
    assert not re.search(r"\s(style|id|href|on\w+)=", text)
    assert "url(" not in text


@pytest.mark.parametrize(
    "kind",
    [
        *("task", "userTask", "manualTask", "serviceTask", "scriptTask", "businessRuleTask", "sendTask", "receiveTask"),
        *("callActivity", "subProcess", "transaction", "adHocSubProcess", "exclusiveGateway", "parallelGateway"),
        *("inclusiveGateway", "complexGateway", "eventBasedGateway", "startEvent", "endEvent"),
    ],
)
def test_every_kind_without_a_layout_gets_a_place(kind: str) -> None:
    # given
    content = process(f'{START}<{kind} id="x" name="X"/>{END}' + chain("start", "x", "end"))

    # then
    assert {"start", "x", "end", "start-x", "x-end"} == set(ids(drawn(content)))


def test_a_loop_without_layout_ends() -> None:
    # given
    content = process(START + task("a") + task("b") + chain("start", "a", "b", "a"))

    # then
    assert "b-a" in ids(drawn(content))


def test_pools_lanes_annotations_and_data() -> None:
    # given
    plane = (
        shape("pool", 0, 0, 600, 200, 'isHorizontal="true"')
        + shape("lane", 30, 0, 570, 200, 'isHorizontal="true"')
        + shape("a", 100, 50, 100, 80)
        + shape("note", 300, 20, 100, 40)
        + shape("data", 300, 100, 36, 50)
        + edge("m", (150, 200), (150, 300))
        + edge("tie", (200, 90), (300, 40))
    )
    content = definitions(
        '<collaboration id="c"><participant id="pool" name="Shop" processRef="p"/><participant id="other" name="Bank"/>'
        '<messageFlow id="m" name="Pay" sourceRef="a" targetRef="other"/></collaboration>'
        '<process id="p" isExecutable="true"><laneSet id="ls"><lane id="lane" name="Sales">'
        "<flowNodeRef>a</flowNodeRef></lane></laneSet>"
        '<task id="a"/><dataObject id="do"/><dataObjectReference id="data" name="Order" dataObjectRef="do"/>'
        '<textAnnotation id="note"><text>Remember</text></textAnnotation>'
        '<association id="tie" sourceRef="a" targetRef="note"/></process>'
        f'<di:BPMNDiagram {DI}><di:BPMNPlane bpmnElement="c">{plane}</di:BPMNPlane></di:BPMNDiagram>'
    )

    # when
    tree = drawn(content)

    # then
    assert set(ids(tree)) == {"pool", "lane", "a", "note", "data", "m", "tie"}
    words = {"".join(part.itertext()) for part in tree.iter(f"{SVG}text")}
    assert {"Shop", "Sales", "Remember", "Order", "Pay"} <= words


def test_only_the_main_plane_is_drawn() -> None:
    # given a collapsed sub-process with a plane of its own
    planes = (
        f"<di:BPMNDiagram {DI}>"
        f'<di:BPMNPlane bpmnElement="s">{shape("a", 0, 0, 100, 80)}{shape("b", 200, 0, 100, 80)}</di:BPMNPlane>'
        f"</di:BPMNDiagram>"
        f'<di:BPMNDiagram {DI}><di:BPMNPlane bpmnElement="p">{shape("s", 0, 0, 100, 80)}</di:BPMNPlane></di:BPMNDiagram>'
    )
    content = definitions(
        f'<process id="p" isExecutable="true"><subProcess id="s">{task("a")}{task("b")}</subProcess></process>{planes}'
    )

    # then
    assert ids(drawn(content)) == ["s"]


def test_chinese_names_in_chinese_pages() -> None:
    # given
    content = process('<task id="a" name="Measure" facet:name-zh="测量"/>')

    # then
    assert "测量" in render(read(content), content, language="zh")
    assert "测量" not in render(read(content), content)


@pytest.mark.parametrize(
    ("words", "width", "most", "lines"),
    [
        ("Check the quote", 60, 3, ["Check the", "quote"]),
        ("审批折扣后的报价", 50, 2, ["审批折扣", "后的报价"]),
        ("one two three four five", 30, 2, ["one", "two…"]),
        ("", 50, 2, []),
        ("Donaudampfschiff", 50, 3, ["Donaud", "ampfsc", "hiff"]),
    ],
)
def test_labels_are_wrapped(words: str, width: float, most: int, lines: list[str]) -> None:
    assert wrap(words, width, most) == lines


def test_numbers_that_are_none_are_left_out() -> None:
    # given
    broken = with_diagram(task("a"), shape("a", 0, 0, 100, 80).replace('x="0"', 'x="NaN"'))

    # then
    assert read(broken).shapes == ()


def test_the_style_sheet_knows_every_class_that_is_filled() -> None:
    # given
    classes = {
        str(one.get("class")) for one in drawn(SMALL, tokens={"a": 1}, incidents=["a"]).iter() if one.get("fill")
    }

    # then
    assert classes <= set(re.findall(r"\.([\w-]+)", STYLESHEET))
