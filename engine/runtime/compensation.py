"""Compensation and transactions (BPMN 13.5.5, 10.3.5): completed work is undone in reverse order by its handlers.

A scope keeps a record for each completed activity that can be compensated (`Element.remember`). A throw event becomes a
scope of its own in which the handlers run one after the other, the latest completion first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.errors import ElementFailed
from engine.runtime.instance import Token

if TYPE_CHECKING:
    from engine.runtime.element import Element


def compensate(thrower: Token, activity: str | None, *, wait: bool) -> bool:
    """Starts compensation of `activity`, or of all that the thrower's scope has completed. True: wait for the handlers."""
    scope = _compensated_scope(thrower, activity)
    records: list[dict[str, Any]] = scope.memory.get("compensable", [])
    plan = [record for record in records if activity is None or record["activity"] == activity]
    if not plan:
        return False
    scope.memory["compensable"] = [record for record in records if record not in plan]
    thrower.memory["plan"] = plan
    next_handler(thrower)
    return True


def _compensated_scope(thrower: Token, activity: str | None) -> Token:
    """The scope whose records count: the thrower's own, or the one around a compensation event sub-process."""
    scope = thrower.scope_token
    while scope.scope:
        inside = scope.memory.get("start") is not None
        known = any(record["activity"] == activity for record in scope.memory.get("compensable", []))
        if known or not inside:
            break
        scope = scope.scope_token
    return scope


def next_handler(thrower: Token) -> bool:
    """Runs the handler of the latest record that is left. False when there is none."""
    plan: list[dict[str, Any]] = thrower.memory.get("plan", [])
    if not plan:
        return False
    record = plan.pop()
    instance = thrower.workflow
    element: Element = instance.spec.task_specs[record["activity"]]
    handler = instance.spec.handler_of(element)
    target = handler if handler is not None else element
    token = instance.spawn(target, thrower, thrower)
    token.memory["compensates"] = 1
    if record.get("locals"):
        token.locals = dict(record["locals"])
    if handler is None:
        token.memory["undo"] = record.get("inner", [])
    target._update(token)
    return True


def cancel_transaction(token: Token) -> bool | None:
    """A cancel end event (13.5.2): the rest of the transaction is cancelled, what it completed is compensated, and the
    token leaves by the cancel boundary event."""
    scope = token.scope_token
    instance = token.workflow
    for number in list(scope.members):
        other = instance.tasks.get(number)
        if other is not None and other is not token:
            other.cancel()
    scope.memory["cancelling"] = 1
    if compensate(token, None, wait=True):
        return None
    leave_transaction(token)
    return None


def leave_transaction(token: Token) -> None:
    """All is compensated: out by the cancel boundary event."""
    scope = token.scope_token
    for boundary in scope.task_spec.boundary:
        if any(trigger.kind == "cancel" for trigger in boundary.triggers):
            boundary.fire(scope, {})
            return
    raise ElementFailed(
        token.element_id,
        "The transaction was cancelled, but it has no cancel boundary event to leave by.",
        "事务已取消，但没有可供离开的取消边界事件。",
    )
