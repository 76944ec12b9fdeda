"""Whatever is missing, doubled or misplaced in a file: the reader, the linter and the drawing answer, they do not fail."""

from __future__ import annotations

import random

import pytest
from lxml import etree

from engine.bpmn import BpmnUnreadable, LintContext, lint, read
from engine.bpmn.svg import render
from tests.bpmn.diagrams import END, START, chain, flow, process, task
from tests.bpmn.lint_cases import CASES
from tests.bpmn.vendor_cases import VENDOR_CASES

RICH = process(
    f'{START}<subProcess id="s"><startEvent id="s1"/>{task("s2", "userTask", "camunda:assignee=&quot;${x}&quot;".replace("&quot;", chr(34)))}'
    f'<endEvent id="s3"/>{chain("s1", "s2", "s3")}</subProcess><boundaryEvent id="b" attachedToRef="s"><timerEventDefinition>'
    f'<timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent><exclusiveGateway id="g" default="g-end"/>{END}'
    f'{chain("start", "s", "g", "end")}{flow("g", "s", "${again}")}{flow("b", "end")}<dataObject id="d"/>'
    '<task id="m"><multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics></task>'
)
SOURCES = [RICH, *(case.bad for case in (*CASES.values(), *VENDOR_CASES.values()))]
WORDS = ["", "x", "start", "p", "${", "=", "-1", "PT", "a b", "\u4efb\u52a1", "true", "g-end", "=[1", "R/", "' or '"]


def mutated(source: bytes, dice: random.Random) -> bytes:
    """The file with a few things gone, changed, doubled or moved."""
    root = etree.fromstring(source)
    for _ in range(dice.randint(1, 4)):
        elements = [one for one in root.iter() if isinstance(one.tag, str)]
        one, other = dice.choice(elements), dice.choice(elements)
        match dice.randint(0, 5):
            case 0 if one is not root and one.getparent() is not None:
                one.getparent().remove(one)
            case 1 if one.attrib:
                del one.attrib[dice.choice(list(one.attrib))]
            case 2 if one.attrib:
                one.set(dice.choice(list(one.attrib)), dice.choice(WORDS))
            case 3 if one is not root and other not in [*one.iter()]:
                other.append(one)
            case 4:
                one.text = dice.choice(WORDS)
            case 5 if other.tag.startswith("{http://www.omg.org"):
                one.tag = other.tag
    return etree.tostring(root)


@pytest.mark.parametrize("seed", range(40))
def test_broken_files_are_answered(seed: int) -> None:
    # given
    dice = random.Random(seed)
    contents = [mutated(dice.choice(SOURCES), dice) for _ in range(15)]

    for content in contents:
        # when
        try:
            document = read(content, file="broken.bpmn")
        except BpmnUnreadable:
            assert b"definitions" not in content[:200]
            continue
        problems = lint([document], LintContext())

        # then
        assert all(one.message and one.message_zh for one in problems)
        etree.fromstring(render(document, content))
