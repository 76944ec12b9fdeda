"""Listeners that only compute: a script, or an expression that sets a variable, becomes a step before or after."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from engine.bpmn.dialects import code, juel
from engine.bpmn.dialects.camunda_services import set_variable
from engine.bpmn.dialects.editing import Translation
from engine.bpmn.dialects.errors import Untranslatable
from engine.bpmn.reading.names import BPMN, FACET, Element, attribute, child, children, local, split, text

_BEFORE = {"executionListener": ("start",), "taskListener": ("create",)}
_AFTER = {"executionListener": ("end", "take", None), "taskListener": ("complete",)}
_TASKS = frozenset({"task", "userTask", "manualTask", "serviceTask", "scriptTask", "sendTask", "businessRuleTask"})
_STEPS = _TASKS | {"callActivity", "subProcess", "transaction", "intermediateThrowEvent"}
_ENTERED = _STEPS | {"endEvent"}
_LEFT = _STEPS | {"startEvent", "intermediateCatchEvent", "boundaryEvent", "receiveTask"}


@dataclass(frozen=True, slots=True)
class Step:
    """What a listener does: Python, or FEEL whose value goes to a variable."""

    language: str
    script: str
    variable: str | None = None


def translate_listener(translation: Translation, element: Element, part: Element) -> None:
    """Put a step into the flow for a listener, or report why there is none."""
    kind, event = split(part.tag)[1], part.get("event")
    if not len(part) and not any(part.get(name) for name in ("class", "delegateExpression", "expression", "type")):
        translation.report("vendor-unknown", element, what=f"{kind} without code")
        return
    step = _step(part)
    before = event in _BEFORE.get(kind, ())
    if step is None or not (before or event in _AFTER.get(kind, ())) or not fits(element, before, step):
        what = " ".join(filter(None, (kind, event)))
        translation.report("vendor-listener", element, what=what)
        return
    insert(element, step, before, f"{attribute(element, 'id') or local(element)}_{event or 'take'}_listener")
    says = f"it is a step of its own {'before' if before else 'after'} it"
    translation.differs(element, f"{kind} {event or 'take'}", says, f"它成为{'之前' if before else '之后'}的独立步骤")


def _step(part: Element) -> Step | None:
    """What the listener computes; None for program code and for what cannot be translated."""
    script = next((one for one in part if split(one.tag)[1] == "script"), None)
    if any(part.get(name) for name in ("class", "delegateExpression")):
        return None
    try:
        if script is not None and script.get("resource") is None:
            return Step("python", code.script(text(script) or "", (script.get("scriptFormat") or "").lower()))
        variable, expression = set_variable(part.get("expression") or "")
        if variable is not None:
            return Step("feel", juel.expression(expression), variable)
    except Untranslatable:
        return None
    return None


def fits(element: Element, before: bool, step: Step) -> bool:
    """Whether a step beside the element sees and does the same as the listener inside it."""
    kind, parent = local(element), element.getparent()
    if kind == "process":
        return before and next(children(element, "startEvent"), None) is not None
    if kind == "sequenceFlow":
        return not before
    alone = not any(
        (
            child(element, "multiInstanceLoopCharacteristics") is not None,
            child(element, "standardLoopCharacteristics") is not None,
            attribute(element, "isForCompensation") == "true",
            attribute(element, "triggeredByEvent") == "true",
            parent is None or local(parent) == "adHocSubProcess",
            kind in _STEPS and _has_mappings(element),
            "raise BpmnError" in step.script,
        )
    )
    return alone and kind in (_ENTERED if before else _LEFT)


def _has_mappings(element: Element) -> bool:
    """Whether the activity has variables of its own, which a step beside it does not see."""
    kinds = {split(part.tag)[1] for holder in children(element, "extensionElements") for part in holder}
    return bool(kinds & {"inputOutput", "input", "output"})


def insert(element: Element, step: Step, before: bool, stem: str) -> None:
    """Put a step into the flow before or after an element (on a flow; behind each start of a process)."""
    kind, parent = local(element), element.getparent()
    if kind == "process":
        for event in [*children(element, "startEvent")]:
            _after(element, event, _made(element, step, f"{attribute(event, 'id')}_{stem}"))
        return
    assert parent is not None
    node = _made(parent, step, stem)
    if kind == "sequenceFlow":
        _flow(parent, str(node.get("id")), str(attribute(element, "targetRef")))
        element.set("targetRef", str(node.get("id")))
    elif before:
        for flow in _flows(parent, "targetRef", attribute(element, "id")):
            flow.set("targetRef", str(node.get("id")))
        _flow(parent, str(node.get("id")), str(attribute(element, "id")))
    else:
        _after(parent, element, node)


def _after(parent: Element, element: Element, node: Element) -> None:
    """The step takes over what leaves the element, conditions and default included."""
    for flow in _flows(parent, "sourceRef", attribute(element, "id")):
        flow.set("sourceRef", str(node.get("id")))
    default = element.get("default")
    if default is not None:
        del element.attrib["default"]
        node.set("default", default)
    _flow(parent, str(attribute(element, "id")), str(node.get("id")))


def _flows(parent: Element, end: str, key: str | None) -> list[Element]:
    return [flow for flow in children(parent, "sequenceFlow") if attribute(flow, end) == key]


def _made(parent: Element, step: Step, stem: str) -> Element:
    """The script task of a step, at the end of its level."""
    used = {one.get("id") for one in parent.getroottree().getroot().iter(f"{{{BPMN}}}*")}
    key, number = stem, 1
    while key in used:
        number += 1
        key = f"{stem}_{number}"
    node = etree.SubElement(parent, f"{{{BPMN}}}scriptTask", id=key, scriptFormat=step.language)
    node.sourceline = parent.sourceline
    if step.variable is not None:
        node.set(f"{{{FACET}}}resultVariable", step.variable)
    etree.SubElement(node, f"{{{BPMN}}}script").text = step.script
    return node


def _flow(parent: Element, source: str, target: str) -> None:
    etree.SubElement(parent, f"{{{BPMN}}}sequenceFlow", id=f"{source}_{target}", sourceRef=source, targetRef=target)
