"""What goes wrong while an instance moves becomes a BPMN error that climbs, or an incident: never an exception.

An incident remembers from which phase its token goes on when somebody retries (`engine.runtime.retry`):

    arrive   the token came to a join whose condition failed
    enter    the element began; all it had asked for is taken back, so that it can begin anew
    work     outside work failed (a service, an external task); boundary events stay armed
    leave    the work is done, the way on failed (a result, a condition of a flow)
    join     the token waits for others that cannot come any more
    resume   what ran inside is over, going on failed
    round    an iteration of a loop is over, the question whether others follow failed

A token that is fine itself, while something beside it failed (a timer that cannot be set again, a condition), keeps its
state: the incident is only noted at it, and a retry does again what is left to do.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow import TaskState

from engine.errors import BpmnError, FacetError
from engine.facts import IncidentRaised, IncidentResolved
from engine.feel import FeelError
from engine.runtime import propagation
from engine.runtime.instance import Token

if TYPE_CHECKING:
    from engine.bpmn.model import Node

log = logging.getLogger(__name__)

LONGEST_MESSAGE = 4_000
"""Characters of an incident's sentence: it may quote a value."""


def guarded(token: Token, action: Callable[[], object], phase: str) -> bool:
    """Runs one step of `token`. False when it failed: then the error has been caught by the diagram, or is an incident."""
    try:
        action()
    except BpmnError as error:
        thrown(token, error.error_code, error.message, error.data, phase)
    except Exception as error:
        fail(token, error, phase)
    else:
        return True
    return False


def thrown(token: Token, code: str, message: str, data: Mapping[str, Any], phase: str) -> None:
    """A BPMN error comes out of `token`; when nobody catches it, it is an incident (BPMN 10.5.7)."""
    try:
        propagation.throw_error(token, code, message, data)
    except FacetError as error:
        fail(token, error, phase)


def fail(token: Token, error: Exception, phase: str) -> None:
    """An incident: the token stays where it is until somebody retries."""
    scope = token.workflow.tasks.get(token.scope)
    if scope is None or token.id not in scope.members:  # the root, or a token that has gone meanwhile
        note(scope or token.workflow.root, token.task_spec.node, error)
        return
    if token._state == TaskState.COMPLETED:
        phase = "leave"
    elif phase == "enter":
        token.task_spec.abandon(token)
    resolve(token)
    token.force_state(TaskState.ERROR)
    token.memory["failed"] = phase
    token.memory["incident"] = 1
    _raise(token, token.task_spec.node, error)


def note(token: Token, node: Node, error: Exception) -> None:
    """An incident beside `token`, about `node`: the token itself goes on. A second one is not told while one is open."""
    if token.memory.get("incident"):
        return
    token.memory["incident"] = 1
    _raise(token, node, error)


def resolve(token: Token) -> None:
    """The incident of `token`, if there is one, is over."""
    if token.memory.pop("incident", None):
        token.workflow.fact(IncidentResolved(token.id))


def _raise(token: Token, node: Node, error: Exception) -> None:
    name = node.name or node.id
    if isinstance(error, FacetError):
        code, message, message_zh = error.code, str(error), error.zh
    elif isinstance(error, FeelError):
        code, message, message_zh = str(error.code), str(error), error.text("zh")
    else:
        log.error("“%s” failed", node.id, exc_info=error)
        code, kind = "unexpected", type(error).__name__
        message = f"“{name}” failed in a way that nobody foresaw ({kind}: {error})."
        message_zh = f"“{name}”发生未预料的错误（{kind}：{error}）。"
    fact = IncidentRaised(token.id, node.id, name, code, message[:LONGEST_MESSAGE], message_zh[:LONGEST_MESSAGE])
    token.workflow.fact(fact)


__all__ = ["fail", "guarded", "note", "resolve", "thrown"]
