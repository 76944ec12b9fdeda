"""Who may do what: asked by commands before they act and by queries in their SQL. What one may not see does not exist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.actor import Actor
from engine.errors import Conflict, Forbidden, NotFound

OPERATORS = ("manager", "admin")
"""Roles that see all instances and may intervene."""
AUTHORS = ("owner", "admin")
"""Roles that deploy definitions."""


def no_task() -> NotFound:
    """The answer for a task that is not there or not for this actor."""
    return NotFound("There is no such task, or it is not yours.", "没有该任务，或该任务不属于您。")


def no_instance() -> NotFound:
    """The answer for an instance that is not there or not for this actor."""
    return NotFound("There is no such process instance, or you may not see it.", "没有该流程实例，或您无权查看。")


def is_candidate(actor: Actor, task: Any) -> bool:
    """Whether the actor may take the task: named as a user, or member of a named group."""
    if actor.simulated:
        return True
    return actor.username in task.candidate_users or bool(actor.groups.intersection(task.candidate_groups))


def may_see_task(actor: Actor, task: Any) -> bool:
    """The assignee, the owner who delegated it, candidates while nobody has it; operators; who did it."""
    if actor.has_role(*OPERATORS):
        return True
    if actor.username in (task.assignee, task.owner, task.ended_by):
        return True
    return task.assignee is None and task.status == "open" and is_candidate(actor, task)


def check_open(task: Any) -> None:
    """Conflict when the task is over, with what happened."""
    if task.status == "open":
        return
    who = task.ended_by or "the process"
    when = task.ended_at.isoformat() if task.ended_at else ""
    if task.status == "completed":
        message, zh = f"{who} has already completed this task.", f"{who} 已完成该任务。"
    else:
        message, zh = (
            "This task is no longer needed: the process went another way.",
            "该任务已不再需要：流程已转向其他路径。",
        )
    raise Conflict(message, zh, data={"status": task.status, "by": task.ended_by, "at": when})


def check_may_work(actor: Actor, task: Any) -> None:
    """Whether the actor may do the task now. NotFound if it is not for them, Conflict if another has it."""
    if actor.system:
        return
    check_four_eyes(actor, task)
    if task.assignee == actor.username:
        return
    if task.assignee is not None:
        if actor.username == task.owner or is_candidate(actor, task) or actor.has_role(*OPERATORS):
            raise Conflict(
                f"{task.assignee} has this task.", f"该任务由 {task.assignee} 处理。", data={"assignee": task.assignee}
            )
        raise no_task()
    if is_candidate(actor, task):
        return
    if not actor.has_role(*OPERATORS):
        raise no_task()
    if not nobody(task):
        raise Forbidden(
            "This task is for others. Assign it to yourself first if you have to do it.",
            "该任务面向其他人员。如需由您处理，请先指派给自己。",
        )


def nobody(task: Any) -> bool:
    """Whether the diagram names nobody for the task: then operators do or assign it."""
    return not task.candidate_users and not task.candidate_groups


def check_four_eyes(actor: Actor, task: Any) -> None:
    """Forbidden when the actor did the step that this one checks."""
    if actor.username in task.not_who_did:
        raise Forbidden(
            "You did the step that this task checks; somebody else has to look at it.",
            "该任务复核您完成的步骤，须由他人处理。",
        )


def check_operator(actor: Actor) -> None:
    """Managers and admins may intervene in instances."""
    if not actor.has_role(*OPERATORS):
        raise Forbidden("Only managers may do this.", "只有管理者可以执行此操作。")


def check_author(actor: Actor) -> None:
    """Process owners and admins deploy."""
    if not actor.has_role(*AUTHORS):
        raise Forbidden("Only process owners may deploy.", "只有流程负责人可以部署。")


def check_admin(actor: Actor) -> None:
    """Admins manage users."""
    if not actor.has_role("admin"):
        raise Forbidden("Only administrators may do this.", "只有管理员可以执行此操作。")


def may_start(actor: Actor, starters: Sequence[str] | None) -> bool:
    """Whether the actor may start a process that names these groups (None: everybody)."""
    return starters is None or actor.simulated or actor.has_role("admin") or bool(actor.groups.intersection(starters))


def may_see_instance(actor: Actor, instance: Any, worked_on_it: bool = False) -> bool:
    """Operators see all; initiators and people who worked on it see its state."""
    return actor.has_role(*OPERATORS, "owner") or instance.initiator == actor.username or worked_on_it
