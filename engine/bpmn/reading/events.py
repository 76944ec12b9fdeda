"""Event definitions (BPMN 10.5.5): inline, by reference, with their messages, codes, timers and conditions resolved."""

from __future__ import annotations

from collections.abc import Mapping

from engine.bpmn.model import EventDefinition, EventKind, Timer
from engine.bpmn.reading.context import Reading
from engine.bpmn.reading.correlation import correlation
from engine.bpmn.reading.names import Element, attribute, child, child_text, children, facet, flag, local, text

EVENT_DEFINITIONS: Mapping[str, EventKind] = {
    "messageEventDefinition": "message",
    "signalEventDefinition": "signal",
    "timerEventDefinition": "timer",
    "errorEventDefinition": "error",
    "escalationEventDefinition": "escalation",
    "conditionalEventDefinition": "conditional",
    "compensateEventDefinition": "compensate",
    "terminateEventDefinition": "terminate",
    "cancelEventDefinition": "cancel",
    "linkEventDefinition": "link",
}


def read_events(reading: Reading, element: Element) -> tuple[EventDefinition, ...]:
    """All event definitions of an event, inline and referenced, in document order."""
    found: list[EventDefinition] = []
    for part in children(element, *EVENT_DEFINITIONS, "eventDefinitionRef"):
        if local(part) == "eventDefinitionRef":
            key = reading.target(part, text(part), *EVENT_DEFINITIONS)
            definition = reading.definitions.get(key or "")
            if key is not None and definition is None:
                # The definition stands inside another event: legal (it is a root element by type), so read it there.
                definition = event_definition(reading, reading.elements[key], owner=element)
        else:
            definition = event_definition(reading, part, owner=element)
        if definition is not None:
            found.append(definition)
    return tuple(found)


def event_definition(reading: Reading, element: Element, *, owner: Element | None) -> EventDefinition | None:
    """One event definition. `owner` is the event that holds it (None at the root of the file)."""
    kind = EVENT_DEFINITIONS[local(element)]
    key = attribute(element, "id")
    match kind:
        case "message":
            return _message(reading, element, key, owner)
        case "signal":
            ref = reading.target(element, attribute(element, "signalRef"), "signal")
            return EventDefinition(
                kind, key, ref, reading.signals.get(ref or ""), payload=_expression(facet(element, "payload"))
            )
        case "error":
            return _error(reading, element, key)
        case "escalation":
            ref = reading.target(element, attribute(element, "escalationRef"), "escalation")
            name, code = reading.escalations.get(ref or "", (None, None))
            return EventDefinition(kind, key, ref, name, code)
        case "timer":
            return EventDefinition(kind, key, timer=_timer(reading, element))
        case "conditional":
            return EventDefinition(kind, key, condition=_expression(child_text(element, "condition")))
        case "compensate":
            ref = reading.target(element, attribute(element, "activityRef"))
            return EventDefinition(kind, key, ref, wait_for_completion=flag(element, "waitForCompletion", True))
        case "link":
            return EventDefinition(kind, key, name=_link(reading, element))
        case _:
            return EventDefinition(kind, key)


def _error(reading: Reading, element: Element, key: str | None) -> EventDefinition:
    """Some editors write the code itself where the standard has the id of an error."""
    said = attribute(element, "errorRef")
    if said is not None and reading.key(said) not in reading.elements:
        reading.report("error-undeclared", element, code=said)
        return EventDefinition("error", key, None, None, said)
    ref = reading.target(element, said, "error")
    name, code = reading.errors.get(ref or "", (None, None))
    return EventDefinition("error", key, ref, name, code)


def message_of(reading: Reading, element: Element, owner: Element | None) -> tuple[str | None, str | None]:
    """(message id, message name) of a message event definition, send or receive task: own, of its operation, of its
    flow."""
    ref = reading.target(element, attribute(element, "messageRef"), "message")
    operation = attribute(element, "operationRef") or child_text(element, "operationRef")
    if operation is not None:
        key = reading.target(element, operation, "operation")
        if ref is None and key is not None and key in reading.operations:
            ref = reading.operations[key].message
    if ref is not None:
        return ref, reading.messages.get(ref)
    holder = owner if owner is not None else element
    return None, reading.flow_messages.get(attribute(holder, "id") or "")


def _message(reading: Reading, element: Element, key: str | None, owner: Element | None) -> EventDefinition:
    ref, name = message_of(reading, element, owner)
    return message_event(reading, element, key, ref, facet(element, "message") or name)


def message_event(
    reading: Reading, element: Element, key: str | None, ref: str | None, name: str | None
) -> EventDefinition:
    """A message with what `facet:` says about its key, payload and life, here or on the message itself."""
    root = reading.elements.get(ref or "")

    def said(what: str) -> str | None:
        own = facet(element, what)
        return own if own is not None or root is None else facet(root, what)

    payload = _expression(said("payload"))
    return EventDefinition(
        "message",
        key,
        ref,
        name,
        correlation=_expression(said("correlationKey")) or correlation(reading, element, ref, payload),
        payload=payload,
        business_key=_expression(said("businessKey")),
        expires=said("expires"),
        message_id=_expression(said("messageId")),
    )


def _timer(reading: Reading, element: Element) -> Timer | None:
    """Exactly one of the three expressions is allowed (BPMN 10.5.5.9)."""
    found: list[Timer] = []
    for part, kind in (("timeDate", "date"), ("timeDuration", "duration"), ("timeCycle", "cycle")):
        expression = child_text(element, part)
        if expression is not None and kind in ("date", "duration", "cycle"):
            found.append(Timer(kind, expression))  # type: ignore[arg-type]
    if len(found) != 1:
        reading.report("timer-expression", element, count=len(found))
    return found[0] if found else None


def _link(reading: Reading, element: Element) -> str | None:
    """The name that pairs a link; files that pair by `source`/`target` elements get the name of the catching side."""
    for target in children(element, "target"):
        other = reading.elements.get(reading.key(text(target)) or "")
        if other is not None and local(other) == "linkEventDefinition":
            return attribute(other, "name") or attribute(other, "id")
    name = attribute(element, "name")
    if name is None and child(element, "source") is not None:
        return attribute(element, "id")
    return name


def _expression(found: str | None) -> str | None:
    """An expression without the optional leading `=`: FEEL either way."""
    return found.removeprefix("=").strip() or None if found is not None else None


expression = _expression
