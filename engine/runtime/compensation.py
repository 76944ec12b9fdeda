"""Compensation and transactions (BPMN 13.5.5, 10.3.5): completed work is undone in reverse order by its handlers.

A scope keeps a record for each completed activity that can be compensated (`Element.remember`). A throw event becomes a
scope of its own in which the handlers run one after the other, the latest completion first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from SpiffWorkflow import TaskState

from engine.errors import ElementFailed
from engine.runtime.instance import Token
from engine.runtime.waits import close_waits

if TYPE_CHECKING:
    from engine.runtime.element import Element


def compensate(thrower: Token, activity: str | None, *, wait: bool) -> bool:
    """Starts compensation of `activity`, or of all that the thrower's scope has completed. True: wait for the handlers.

    With `wait` False (waitForCompletion) the handlers run by themselves, and the thrower goes on at once.
    """
    plan: list[dict[str, Any]] = []
    for scope in _visible(thrower):
        records: list[dict[str, Any]] = scope._memory.get("compensable", [])
        found = [record for record in records if activity is None or record["activity"] == activity]
        if found:
            scope.memory["compensable"] = [record for record in records if record not in found]
            plan = found + plan
    if not plan:
        return False
    runner = thrower
    if not wait:
        runner = thrower.workflow.spawn(thrower.task_spec, thrower, thrower.scope_token)
        runner.force_state(TaskState.STARTED)
        runner.memory["detached"] = 1
    runner.memory["plan"] = unrolled(plan)
    next_handler(runner)
    return wait


def unrolled(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records one by one: a loop or multi-instance activity is undone instance by instance, with the data of each."""
    return [one for record in records for one in record.get("rounds", [record])]


def _visible(thrower: Token) -> Iterator[Token]:
    """The scopes whose records count, outermost last: the thrower's own and, from within an event sub-process, the one that
    it handles (10.7.2: what is not named is the current activity, as for an error handler of a sub-process)."""
    scope = thrower.scope_token
    yield scope
    while scope.scope and scope._memory.get("start") is not None:
        scope = scope.scope_token
        yield scope


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
        token.memory["undoing"] = 1
        token.memory["plan"] = unrolled(record.get("inner", []))
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
    close_waits(scope)
    scope.memory["cancelling"] = 1
    if compensate(token, None, wait=True):
        return None
    leave_transaction(token)
    return None


def leave_transaction(token: Token) -> None:
    """All is compensated: out by the cancel boundary event."""
    scope = token.scope_token
    whole = scope.scope_token if scope.iteration is not None else scope
    for boundary in whole.task_spec.boundary:
        if any(trigger.kind == "cancel" for trigger in boundary.triggers):
            boundary.fire(whole, {})
            return
    raise ElementFailed(
        token.element_id,
        "The transaction was cancelled, but it has no cancel boundary event to leave by.",
        "事务已取消，但没有可供离开的取消边界事件。",
    )
