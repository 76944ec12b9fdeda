"""Errors and escalations climb from scope to scope until somebody catches them (BPMN 10.5.7, 13.5.2-13.5.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from engine.bpmn.model import EventDefinition
from engine.errors import ElementFailed
from engine.facts import ErrorUncaught, EscalationUncaught, SignalThrown
from engine.runtime.instance import ROOT, Token
from engine.runtime.waits import close_waits, deliver_signal

if TYPE_CHECKING:
    from engine.runtime.events import EventElement, StartEvent

E = TypeVar("E", bound="EventElement")


def throw_error(origin: Token, code: str | None, message: str, data: Mapping[str, Any]) -> None:
    """An error leaves `origin`. The innermost handler takes it and what it interrupts is cancelled.

    Nobody catches it: a called instance ends and its caller gets the error; else ElementFailed (an incident at `origin`).
    """
    if not _climb(origin, "error", code, data, {"error": {"code": code, "message": message}}):
        _uncaught_error(origin, code, message, data)


def throw_escalation(origin: Token, code: str | None, data: Mapping[str, Any]) -> None:
    """An escalation leaves `origin`, a throw event or a call activity; it interrupts only what its catcher says, and is
    forgotten when nobody catches it."""
    caught = _climb(origin, "escalation", code, data, {"escalation": {"code": code}})
    if not caught and origin.task_spec.environment(origin).called:
        origin.workflow.fact(EscalationUncaught(code, data))


def _climb(token: Token, kind: str, code: str | None, data: Mapping[str, Any], caught: dict[str, Any]) -> bool:
    """From scope to scope outwards: boundary events of the activity, then event sub-processes of its scope (10.5.7).

    The instances of a loop have no borders of their own: what is drawn there belongs to the whole. Work that is being
    undone catches nothing.
    """
    while token.id != ROOT:
        if token.iteration is None and "undoing" not in token.memory:
            boundary = _matching(token.task_spec.boundary, kind, code)
            if boundary is not None:
                boundary.fire(token, data, caught=caught)
                return True
        scope = token.scope_token
        if token.iteration is None:
            start = _matching(_listening(scope, token), kind, code)
            if start is not None:
                start_event_subprocess(scope, start, data, caught=caught)
                return True
        token = scope
    return False


def _listening(scope: Token, inner: Token) -> list[StartEvent]:
    """The event sub-processes of `scope` that can still be triggered from `inner`: not the one that `inner` is itself, and
    none once an interrupting one has taken the scope over (13.5.4)."""
    if scope.memory.get("interrupted") or "undoing" in scope.memory:
        return []
    own = inner.element_id if inner.memory.get("start") else None
    return [start for start in scope.task_spec.event_starts if start.node.scope != own]


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
        take_over(scope, token)
    subprocess._update(token)


def take_over(scope: Token, by: Token) -> None:
    """Ends everything else in `scope`, and what it still listened for inside: `by` goes on alone (13.5.4)."""
    scope.memory["interrupted"] = 1
    for left in ("cancelling", "todo", "plan", "unarmed"):
        scope.memory.pop(left, None)
    for number in list(scope.members):
        other = scope.workflow.tasks.get(number)
        if other is not None and other is not by:
            other.cancel()
    inner = {start.name for start in scope.task_spec.event_starts}
    for node in inner & {wait.node for wait in scope.waits.values()}:
        close_waits(scope, node)


def throw_implicit(body: Token, event: EventDefinition) -> None:
    """The event that a multi-instance activity throws by itself (10.3.8 behavior): its boundary events catch it."""
    for boundary in body.task_spec.boundary:
        if any(_same_event(trigger.definition, event) for trigger in boundary.triggers):
            boundary.fire(body, {}, interrupting=False)
            return
    if event.kind == "signal" and event.name is not None:
        body.workflow.fact(SignalThrown(body.id, body.element_id, event.name, {}))
        deliver_signal(body.workflow, event.name, {})
    elif event.kind == "escalation":
        throw_escalation(body, event.code, {})


def _same_event(catching: EventDefinition, thrown: EventDefinition) -> bool:
    if catching.kind != thrown.kind:
        return False
    if thrown.kind in ("error", "escalation"):
        return catching.code is None or catching.code == thrown.code
    return catching.name == thrown.name if thrown.name is not None else catching.ref == thrown.ref
