"""Correlation as the standard draws it (BPMN 8.3.2): keys of properties, which messages and processes carry under paths.

A receiver's key is what its process binds to the properties (`correlationSubscription`); without a subscription, what the
properties' message paths give over its own variables, into which an earlier message of the conversation has gone. A sender's
key is what the message paths give over the payload.
"""

from __future__ import annotations

import re

from engine.bpmn.reading.context import Reading
from engine.bpmn.reading.names import Element, attribute, child_text, children, local, text

_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_THROWING = ("sendTask", "endEvent", "intermediateThrowEvent")


def correlation(reading: Reading, element: Element, message: str | None, payload: str | None) -> str | None:
    """FEEL text of the key of a message at an event definition or task; None where no correlation key covers it."""
    if message is None:
        return None
    holder = element if local(element) in ("sendTask", "receiveTask") else element.getparent()
    if holder is None or local(holder) == "startEvent":
        return None
    for key, properties in _keys(reading):
        paths = [_message_path(reading, one, message) for one in properties]
        if not paths or None in paths:
            continue
        written = [path for path in paths if path is not None]
        if local(holder) in _THROWING:
            return _together([_within(payload, path) for path in written])
        bound = _subscribed(reading, holder, key)
        return _together([bound.get(one, path) for one, path in zip(properties, written, strict=True)])
    return None


def _keys(reading: Reading) -> list[tuple[str, list[str]]]:
    """(id, property ids) of every correlation key of the file."""
    return [
        (
            attribute(key, "id") or "",
            [reading.key(text(part)) or "" for part in children(key, "correlationPropertyRef")],
        )
        for collaboration in children(reading.root, "collaboration")
        for key in children(collaboration, "correlationKey")
    ]


def _message_path(reading: Reading, property_id: str, message: str) -> str | None:
    """Where a message carries a property."""
    element = reading.elements.get(property_id)
    if element is None:
        return None
    for expression in children(element, "correlationPropertyRetrievalExpression"):
        if reading.key(attribute(expression, "messageRef")) == message:
            # Some editors put the expression itself where the standard wraps it in a messagePath.
            return _bare(child_text(expression, "messagePath") or child_text(expression, "formalExpression"))
    return None


def _subscribed(reading: Reading, holder: Element, key: str) -> dict[str, str]:
    """Property id → path over the process's data, as its subscription to this key binds them."""
    process: Element | None = holder
    while process is not None and local(process) != "process":
        process = process.getparent()
    bound: dict[str, str] = {}
    for subscription in children(process, "correlationSubscription") if process is not None else ():
        if reading.key(attribute(subscription, "correlationKeyRef")) != key:
            continue
        for binding in children(subscription, "correlationPropertyBinding"):
            path = _bare(child_text(binding, "dataPath"))
            if path is not None:
                bound[reading.key(attribute(binding, "correlationPropertyRef")) or ""] = path
    return bound


def _bare(path: str | None) -> str | None:
    return path.removeprefix("=").strip() or None if path is not None else None


def _within(payload: str | None, path: str) -> str:
    """The path inside the payload; over the sender's variables where there is no payload."""
    return f"({payload}).{path}" if payload is not None and _PATH.fullmatch(path) else path


def _together(paths: list[str]) -> str:
    return paths[0] if len(paths) == 1 else f"[{', '.join(paths)}]"
