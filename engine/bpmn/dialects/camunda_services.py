"""Service, send and business rule tasks of the Camunda 7 family, and message events that a worker throws."""

from __future__ import annotations

import re

from engine.bpmn.dialects.editing import Translation
from engine.bpmn.reading.names import Element, children, split, text

_RESULTS = ("resultVariable", "resultVariableName")
_SET_VARIABLE = re.compile(
    r"[$#]\{\s*execution\.setVariable(?:Local)?\(\s*['\"](?P<name>\w+)['\"]\s*,(?P<value>.*)\)\s*;?\s*\}", re.S
)


def set_variable(expression: str) -> tuple[str | None, str]:
    """(variable, expression) of `${execution.setVariable("x", value)}`; (None, expression) for anything else."""
    assigned = _SET_VARIABLE.fullmatch(expression.strip())
    return (None, expression) if assigned is None else (assigned["name"], "${" + assigned["value"] + "}")


def translate_service(translation: Translation, element: Element, namespace: str) -> None:
    """`type`, `expression` and `field` of a task that calls something."""
    kind = translation.take(element, namespace, "type")
    expression = translation.take(element, namespace, "expression")
    if kind == "mail":
        _mail(translation, element, namespace)
    elif kind == "dmn":
        reference = _fields(translation, element, namespace).get("decisionTableReferenceKey")
        translation.put(element, "decision", reference)
    elif kind not in (None, "external", "external-worker"):
        advice, zh = "use facet:operation or an external topic", "请使用 facet:operation 或外部主题"
        translation.report("vendor-unsupported", element, what=f"type={kind}", advice=advice, advice_zh=zh)
    if expression is not None:
        result = next(
            (element.get(f"{{{namespace}}}{name}") for name in _RESULTS if element.get(f"{{{namespace}}}{name}")), None
        )
        variable, expression = set_variable(expression)
        feel = translation.feel(element, "expression", expression)
        if feel is not None:
            translation.note("expression")
            translation.become_script(element, feel, variable or result)


def _fields(translation: Translation, element: Element, namespace: str) -> dict[str, str]:
    """`field` extensions (of mail and DMN tasks) as texts; they are taken out of the tree."""
    found: dict[str, str] = {}
    for holder in children(element, "extensionElements"):
        for part in [*holder.iterchildren(f"{{{namespace}}}field")]:
            written = translation.text(element, str(part.get("name")), _field(part))
            if written is not None:
                found[str(part.get("name"))] = written
            holder.remove(part)
    return found


def _field(part: Element) -> str:
    """The value of a field: an attribute, a `string` or `expression` inside, or its text."""
    inside = [text(child) for child in part if split(child.tag)[1] in ("string", "expression")]
    return part.get("stringValue") or part.get("expression") or next(filter(None, inside), None) or text(part) or ""


def _mail(translation: Translation, element: Element, namespace: str) -> None:
    translation.put(element, "operation", "mail.send")
    translation.note("mail")
    for name, value in _fields(translation, element, namespace).items():
        translation.add(element, "parameter", name=name, value=value)


def translate_message_event(translation: Translation, element: Element, namespace: str) -> None:
    """A throwing message event with a topic is worked on by an external worker, like a send task."""
    owner = element.getparent()
    kind = translation.take(element, namespace, "type")
    topic = translation.take(element, namespace, "topic")
    if kind == "external" and topic is not None and owner is not None:
        translation.put(owner, "topic", translation.text(element, "topic", str(topic)))
        translation.note("topic")
    if translation.take(element, namespace, "expression") is not None:
        translation.report("vendor-code", element, what="expression")
    for name in ("messageExpression", "correlationKey"):
        value = translation.take(element, namespace, name)
        if value is not None:
            target = "message" if name == "messageExpression" else "correlationKey"
            translation.put(element, target, translation.text(element, name, str(value)))
