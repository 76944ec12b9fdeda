"""Errors and escalations climb from scope to scope until somebody catches them (BPMN 10.5.7, 13.5.2-13.5.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from engine.bpmn.model import EventDefinition
from engine.errors import ElementFailed
from engine.facts import ErrorUncaught, EscalationUncaught, SignalThrown
from engine.runtime.instance import ROOT, Token
from engine.runtime.waits import close_waits

if TYPE_CHECKING:
    from engine.runtime.events import EventElement, StartEvent

E = TypeVar("E", bound="EventElement")


def throw_error(origin: Token, code: str | None, message: str, data: Mapping[str, Any]) -> None:
    """An error leaves `origin`. The innermost handler takes it and what it interrupts is cancelled.

    Nobody catches it: a called instance ends and its caller gets the error; else ElementFailed (an incident at `origin`).
    """
    token = origin
    caught = {"error": {"code": code, "message": message}}
    while token.id != ROOT:
        if token.iteration is None:
            boundary = _matching(token.task_spec.boundary, "error", code)
            if boundary is not None:
                boundary.fire(token, data, caught=caught)
                return
        scope = token.scope_token
        if not token.memory.get("start"):
            start = _matching(scope.task_spec.event_starts, "error", code)
            if start is not None:
                start_event_subprocess(scope, start, data, caught=caught)
                return
        token = scope
    _uncaught_error(origin, code, message, data)


def _uncaught_error(origin: Token, code: str | None, message: str, data: Mapping[str, Any]) -> None:
    instance = origin.workflow
    if origin.task_spec.environment(origin).called:
        instance.fact(ErrorUncaught(code or "", message, data))
        instance.end_element = origin.element_id
        instance.terminate()
        return
    raise ElementFailed(
        origin.element_id,
        f"The error “{code or message}” is caught by nobody: {message or 'no further message'}.",
        f"错误“{code or message}”没有被捕获：{message or '无更多信息'}。",
    )


def throw_escalation(origin: Token, code: str | None, data: Mapping[str, Any]) -> None:
    """An escalation leaves `origin`; it interrupts only what its catcher says, and is forgotten when nobody catches it."""
    token = origin
    caught = {"escalation": {"code": code}}
    while token.id != ROOT:
        if token.iteration is None and token is not origin:
            boundary = _matching(token.task_spec.boundary, "escalation", code)
            if boundary is not None:
                boundary.fire(token, data, caught=caught)
                return
        scope = token.scope_token
        if not (token.memory.get("start") and token.memory.get("cause") == "escalation"):
            start = _matching(scope.task_spec.event_starts, "escalation", code)
            if start is not None:
                start_event_subprocess(scope, start, data, caught=caught)
                return
        token = scope
    instance = origin.workflow
    if origin.task_spec.environment(origin).called:
        instance.fact(EscalationUncaught(code, data))


def escalate_from(call: Token, code: str | None, data: Mapping[str, Any]) -> None:
    """An escalation came out of the activity `call` itself: its own boundary events hear it first."""
    boundary = _matching(call.task_spec.boundary, "escalation", code)
    if boundary is not None:
        boundary.fire(call, data, caught={"escalation": {"code": code}})
        return
    throw_escalation(call, code, data)


def _matching(events: Iterable[E], kind: str, code: str | None) -> E | None:
    """The event that names the code, else the one that catches all of the kind."""
    catch_all = None
    for event in events:
        for trigger in event.triggers:
            if trigger.kind == kind:
                if trigger.code is None:
                    catch_all = catch_all or event
                elif trigger.code == code:
                    return event
    return catch_all


def start_event_subprocess(
    scope: Token, start: StartEvent, payload: Mapping[str, Any], *, caught: dict[str, Any] | None = None
) -> None:
    """Begins the event sub-process of `start` in `scope`; an interrupting one ends everything else there first (13.5.4).

    `caught` (`error` or `escalation` with its code) is what expressions inside can read.
    """
    instance = scope.workflow
    subprocess = instance.spec.task_specs[start.node.scope or ""]
    token = instance.spawn(subprocess, scope, scope)
    token.memory["start"] = start.name
    token.memory["cause"] = start.triggers[0].kind if start.triggers else ""
    token.memory["payload"] = dict(payload)
    token.locals = caught
    if start.node.interrupting:
        for number in list(scope.members):
            other = instance.tasks.get(number)
            if other is not None and other is not token:
                other.cancel()
        inner = {s.name for s in scope.task_spec.event_starts}
        for node in inner & {wait.node for wait in scope.waits.values()}:
            close_waits(scope, node)
    subprocess._update(token)


def throw_implicit(body: Token, event: EventDefinition) -> None:
    """The event that a multi-instance activity throws by itself (10.3.8 behavior): its boundary events catch it, by the
    same reference, name or code."""
    instance = body.workflow
    for boundary in body.task_spec.boundary:
        for trigger in boundary.triggers:
            definition = trigger.definition
            if definition.kind == event.kind and (
                definition.ref == event.ref or definition.name == event.name or definition.code == event.code
            ):
                boundary.fire(body, {}, interrupting=False)
                return
    if event.kind == "signal" and event.name is not None:
        instance.fact(SignalThrown(body.id, body.element_id, event.name, {}))
    elif event.kind == "escalation":
        throw_escalation(body, event.code, {})
