"""Legal or not: what does not run as drawn is refused at deployment, with the element and a rule (docs/lint.md)."""

from __future__ import annotations

import pytest

from engine.playground import Playground
from tests.conformance.support import shows
from tests.diagrams import diagram
from tests.runtime.parts import MULTI, ROOTS, boundary, catch, end, event_sub, start, sub, throw

EVENT_START = start("s1", "message")
BY_EVENT = 'triggeredByEvent="true"'
LOOPING = f"<{MULTI}><loopCardinality>2</loopCardinality></{MULTI}>"
TASK = '<userTask id="u"/>'

CASES: list[tuple[str, str, str, str, str, tuple[str, ...]]] = [
    # element, what, clause, rule, elements, flows
    ("ad-hoc", "triggered by an event", "10.3.5", "unsupported",
     f'<adHocSubProcess id="c" {BY_EVENT}><userTask id="q"/><completionCondition>true</completionCondition></adHocSubProcess>', ("s>u>e",)),
    ("ad-hoc", "without a condition that says when it is done", "13.3.5", "ad-hoc-never-done",
     '<adHocSubProcess id="c"><userTask id="q"/></adHocSubProcess>', ("s>c>e",)),
    ("transaction", "triggered by an event", "10.3.5", "unsupported",
     sub("c", EVENT_START, "s1>t1>e1", attributes=BY_EVENT, kind="transaction"), ("s>u>e",)),
    ("transaction", "cancel event outside a transaction", "10.5.7", "cancel-outside-transaction", end("e", "cancel"), ("s>u>e",)),
    ("transaction", "cancel end event without a cancel event on the border", "13.5.2", "unsupported",
     sub("c", end("e1", "cancel"), "s1>t1>e1", kind="transaction"), ("s>c>e",)),
    ("process", "two plain start events", "10.5.2", "unsupported", '<startEvent id="s"/><startEvent id="s2"/>', ("s>t1>e", "s2>t2>e")),
    ("compensation", "event sub-process of a whole process", "10.7", "unsupported",
     event_sub("c", start("s1", "compensation"), "s1>t1>e1"), ("s>u>e",)),
    ("event-sub", "with a loop or multi-instance marker", "10.3.5", "unsupported",
     sub("c", EVENT_START, "s1>t1>e1", attributes=BY_EVENT, loop=LOOPING), ("s>u>e",)),
    ("event-sub", "with sequence flows", "10.3.5", "event-subprocess-with-flow", event_sub("c", EVENT_START, "s1>t1>e1"), ("s>u>c",)),
    ("error", "drawn as not interrupting", "10.5.4", "error-not-interrupting",
     TASK + boundary("b", "u", "error", interrupting=False), ("s>u>e", "b>e2")),
    ("error", "thrown by an intermediate event", "10.5.7", "event-kind", throw("i", "error"), ("s>i>e",)),
    ("end", "terminate in an intermediate event", "10.5.3", "event-kind", throw("i", "terminate"), ("s>i>e",)),
    ("link", "two catches of one name", "10.5.5", "link-with-several-targets",
     throw("o", '<linkEventDefinition name="L"/>') + catch("i1", '<linkEventDefinition name="L"/>') + catch("i2", '<linkEventDefinition name="L"/>'),
     ("s>o", "i1>e", "i2>e")),
    ("boundary", "with an incoming flow", "10.5.4", "boundary-with-incoming", TASK + boundary("b", "u", "PT1H"), ("s>u>b", "b>e")),
    ("flow", "across the border of a sub-process", "7.6.1", "flow-crosses-scope", sub("c", '<userTask id="q"/>', "s1>q>e1"), ("s>c>e", "u>q")),
    ("flow", "an exclusive way without condition that is not the default", "13.4.1", "gateway-flow-without-condition",
     '<exclusiveGateway id="x"/>', ("s>x", "x>t1", "x>t2", "x>t3?true", "t1>e", "t2>e", "t3>e")),
    ("loop", "without condition and maximum", "13.3.6", "loop-without-end",
     '<task id="t"><standardLoopCharacteristics/></task>', ("s>t>e",)),
    ("timer", "negative, over a century, faster than a second", "10.5.5", "timer-negative", catch("c", "PT1H").replace("PT1H", "-PT1S"), ("s>c>e",)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[3]}")
def test_what_does_not_run_as_drawn_is_refused(case: tuple[str, str, str, str, str, tuple[str, ...]]) -> None:
    _, _, _, rule, elements, flows = case
    with Playground() as play:
        result = play.deploy({"p.bpmn": diagram(elements, *flows, roots=ROOTS)})
    assert not result.accepted
    problems = [p for p in result.problems if p.severity == "error"]
    assert rule in {p.rule for p in problems}
    assert all(p.message and p.message_zh for p in problems)


for _element, _what, _clause, _rule, *_ in CASES:
    shows(_element, _what, _clause, refused=_rule)(test_what_does_not_run_as_drawn_is_refused)
