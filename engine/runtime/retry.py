"""Somebody retries an incident: its token goes on from the phase in which it failed (`engine.runtime.guard`)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from SpiffWorkflow import TaskState

from engine.errors import Conflict
from engine.runtime.guard import guarded, resolve
from engine.runtime.instance import Token
from engine.runtime.scopes import emptied


def retry(token: Token) -> None:
    """Conflict when there is nothing to retry at `token`."""
    if not token.memory.get("incident"):
        raise Conflict("There is nothing to retry at that step.", "该步骤没有可重试的异常。")
    resolve(token)
    if token._state == TaskState.ERROR:
        _AGAIN[token.memory.pop("failed")](token)
    if token.live:
        token.task_spec.catch_up(token)
    token.workflow.conditions_dirty = True


def _arrive(token: Token) -> None:
    token.force_state(TaskState.FUTURE)
    token.task_spec._update(token)


def _enter(token: Token) -> None:
    token.force_state(TaskState.FUTURE)
    token._ready()


def _work(token: Token) -> None:
    token.force_state(TaskState.STARTED)
    guarded(token, partial(_perform, token), "work")


def _perform(token: Token) -> None:
    token.task_spec.apply_inputs(token)
    if token.task_spec.perform(token) and token.live:
        token.complete()


def _leave(token: Token) -> None:
    token.force_state(TaskState.STARTED)
    guarded(token, token.complete, "leave")


def _join(token: Token) -> None:
    token.force_state(TaskState.WAITING)


def _resume(token: Token) -> None:
    token.force_state(TaskState.STARTED)
    guarded(token, partial(emptied, token), "resume")


def _round(token: Token) -> None:
    token.force_state(TaskState.STARTED)
    loop = token.task_spec.loop
    assert loop is not None
    guarded(token, partial(loop.after, token), "round")


_AGAIN: dict[str, Callable[[Token], None]] = {
    "arrive": _arrive,
    "enter": _enter,
    "work": _work,
    "leave": _leave,
    "join": _join,
    "resume": _resume,
    "round": _round,
}
