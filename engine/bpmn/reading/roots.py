"""The root elements that processes refer to: messages, signals, errors, escalations, operations, event definitions."""

from __future__ import annotations

from engine.bpmn.reading.context import Operation, Reading
from engine.bpmn.reading.events import EVENT_DEFINITIONS, event_definition
from engine.bpmn.reading.names import Element, attribute, child_text, children, facet


def _texts(reading: Reading) -> None:
    for element in children(reading.root):
        key = attribute(element, "id")
        if key is None:
            continue
        name = facet(element, "name") or attribute(element, "name")
        match element.tag.rpartition("}")[2]:
            case "message":
                if name is None:
                    reading.report("message-without-name", element)
                reading.messages[key] = name or key
            case "signal":
                if name is None:
                    reading.report("message-without-name", element)
                reading.signals[key] = name or key
            case "error":
                # Without a code two events that refer to the same error must still meet: the id is what they share.
                reading.errors[key] = (name, attribute(element, "errorCode") or name or key)
            case "escalation":
                reading.escalations[key] = (name, attribute(element, "escalationCode") or name or key)


def _operations(reading: Reading) -> None:
    for interface in children(reading.root, "interface"):
        owner = attribute(interface, "name") or attribute(interface, "id") or ""
        for operation in children(interface, "operation"):
            key = attribute(operation, "id")
            if key is None:
                continue
            name = attribute(operation, "implementationRef") or f"{owner}.{attribute(operation, 'name') or key}"
            message = reading.target(operation, child_text(operation, "inMessageRef"), "message")
            reading.operations[key] = Operation(name, message)


def _message_flows(reading: Reading) -> None:
    """A message flow names the message of an event or task that does not name one itself (BPMN 9.3)."""
    for collaboration in children(reading.root, "collaboration"):
        for flow in children(collaboration, "messageFlow"):
            ends = [reading.key(attribute(flow, "sourceRef")), reading.key(attribute(flow, "targetRef"))]
            own = reading.messages.get(reading.key(attribute(flow, "messageRef")) or "")
            spoken = [_spoken(reading, reading.elements.get(end or "")) for end in ends]
            name = own or spoken[0] or spoken[1] or attribute(flow, "name") or attribute(flow, "id")
            for end in ends:
                if end is not None and name is not None:
                    reading.flow_messages.setdefault(end, name)


def _spoken(reading: Reading, element: Element | None) -> str | None:
    """The message that an event or task names itself."""
    if element is None:
        return None
    for holder in (element, *children(element, "messageEventDefinition")):
        key = reading.key(attribute(holder, "messageRef"))
        if key in reading.messages:
            return reading.messages[key]
    return None


def read_roots(reading: Reading) -> None:
    """Fill the reading's tables of what processes refer to."""
    _texts(reading)
    _operations(reading)
    _message_flows(reading)
    for element in children(reading.root, *EVENT_DEFINITIONS):
        key = attribute(element, "id")
        definition = event_definition(reading, element, owner=None)
        if key is not None and definition is not None:
            reading.definitions[key] = definition
