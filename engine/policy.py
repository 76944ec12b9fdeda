"""Who may do what: asked by commands before they act and by queries in their SQL. What one may not see does not exist.

There are only grants: (user or group, process or ``*``, action). A group's role is a bundle of grants on all processes
(`BUNDLES`); what `FACET` itself needs beside that (people, settings) is asked by role. Candidates of tasks come from the
deployed diagram alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, false

from engine.actor import Actor, Grant
from engine.errors import Conflict, Forbidden, NotFound

START: Final = "START"
READ_INSTANCE: Final = "READ_INSTANCE"
READ_TASK: Final = "READ_TASK"
WORK_ANY: Final = "WORK_ANY"
READ_VARIABLE: Final = "READ_VARIABLE"
READ_SENSITIVE: Final = "READ_SENSITIVE"
CANCEL: Final = "CANCEL"
MODIFY: Final = "MODIFY"
DEPLOY: Final = "DEPLOY"
GRANT: Final = "GRANT"
ACTIONS: Final = (
    START, READ_INSTANCE, READ_TASK, WORK_ANY, READ_VARIABLE, READ_SENSITIVE, CANCEL, MODIFY, DEPLOY, GRANT,
)  # fmt: skip
"""What can be granted on a process, or on all (``*``)."""
SYSTEM_ACTIONS: Final = (DEPLOY, GRANT)
"""What can be granted on the whole of Facet: on new processes, decisions and calendars too; implies it on every process."""

BUNDLES: Final[Mapping[str, frozenset[str]]] = {
    "manager": frozenset({READ_INSTANCE, READ_TASK, READ_VARIABLE, WORK_ANY, CANCEL, MODIFY}),
    "owner": frozenset({READ_INSTANCE, READ_VARIABLE, DEPLOY}),
    "admin": frozenset(ACTIONS),
}
"""What a role's members may do with every process."""

_INCLUDED: Final[Mapping[str, frozenset[str]]] = {
    READ_INSTANCE: frozenset({READ_INSTANCE, READ_VARIABLE, READ_SENSITIVE, CANCEL, MODIFY}),
    READ_VARIABLE: frozenset({READ_VARIABLE, READ_SENSITIVE}),
    READ_TASK: frozenset({READ_TASK, WORK_ANY}),
}
"""Whoever may do one of these may do the first: nobody can correct what they cannot see."""


# --- grants ---------------------------------------------------------------------------------------------------------------


def everywhere(actor: Actor, action: str) -> bool:
    """Whether the actor holds `action` on all processes."""
    if actor.system:
        return True
    enough = _INCLUDED.get(action, frozenset({action}))
    if any(not enough.isdisjoint(BUNDLES.get(role, ())) for role in actor.roles):
        return True
    return any(grant.id == "*" and grant.action in enough for grant in actor.grants)


def processes(actor: Actor, action: str) -> frozenset[str]:
    """Keys of the processes on which `action` was granted one by one."""
    enough = _INCLUDED.get(action, frozenset({action}))
    return frozenset(g.id for g in actor.grants if g.action in enough and g.resource == "PROCESS" and g.id != "*")


def may(actor: Actor, action: str, process: str) -> bool:
    """Whether the actor holds `action` on the process of that key."""
    return everywhere(actor, action) or process in processes(actor, action)


def somewhere(actor: Actor, action: str) -> bool:
    """Whether the actor holds `action` on any process: what a route asks before a command asks about one."""
    return everywhere(actor, action) or bool(processes(actor, action))


def within(actor: Actor, action: str, key: ColumnElement[Any]) -> ColumnElement[bool] | None:
    """For lists: the rows whose process `key` the actor holds `action` on; None: all of them."""
    if everywhere(actor, action):
        return None
    keys = processes(actor, action)
    return key.in_(sorted(keys)) if keys else false()


def check(actor: Actor, action: str, process: str | None = None) -> None:
    """Forbidden unless the actor holds `action` on the process; without one: on all processes."""
    if everywhere(actor, action) or (process is not None and process in processes(actor, action)):
        return
    raise refused(action)


def check_somewhere(actor: Actor, action: str) -> None:
    """Forbidden unless the actor holds `action` on some process."""
    if not somewhere(actor, action):
        raise refused(action)


def refused(action: str) -> Forbidden:
    """The answer for somebody who lacks `action`."""
    if action == DEPLOY:
        return Forbidden("Only process owners may deploy.", "只有流程负责人可以部署。", data={"action": action})
    return Forbidden(
        "You lack the permission for this. A manager or an administrator can help.",
        "您没有此操作的权限，请联系管理者或管理员。",
        data={"action": action},
    )


def effective(roles: Iterable[str], grants: Iterable[Grant]) -> frozenset[Grant]:
    """All grants of somebody with these roles and grants, bundles spelt out."""
    bundled = {Grant("PROCESS", "*", action) for role in roles for action in BUNDLES.get(role, ())}
    return frozenset({*bundled, *grants})


# --- tasks and instances --------------------------------------------------------------------------------------------------


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
    if may(actor, READ_TASK, task.definition_key):
        return True
    if actor.username in (task.assignee, task.owner, task.ended_by):
        return True
    return task.assignee is None and task.status == "open" and is_candidate(actor, task)


def takes_part(actor: Actor, task: Any) -> bool:
    """Whether the task is the actor's to do, now or before: then its form shows what it declares, sensitive or not. Others
    who see the task look on."""
    return actor.username in (task.assignee, task.owner, task.ended_by) or (
        task.assignee is None and is_candidate(actor, task)
    )


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
        if actor.username == task.owner or is_candidate(actor, task) or may(actor, READ_TASK, task.definition_key):
            raise Conflict(
                f"{task.assignee} has this task.", f"该任务由 {task.assignee} 处理。", data={"assignee": task.assignee}
            )
        raise no_task()
    if is_candidate(actor, task):
        return
    if not may(actor, WORK_ANY, task.definition_key):
        raise no_task() if not may_see_task(actor, task) else refused(WORK_ANY)
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
        raise checks_oneself()


def checks_oneself() -> Forbidden:
    """The answer for whoever did the step that the task checks."""
    return Forbidden(
        "You did the step that this task checks; somebody else has to look at it.",
        "该任务复核您完成的步骤，须由他人处理。",
    )


def check_admin(actor: Actor) -> None:
    """Admins manage users."""
    if not actor.has_role("admin"):
        raise Forbidden("Only administrators may do this.", "只有管理员可以执行此操作。")


def may_start(actor: Actor, starters: Sequence[str] | None, process: str) -> bool:
    """Whether the actor may start the process that names these groups (None: everybody)."""
    if starters is None or actor.simulated or may(actor, START, process):
        return True
    return bool(actor.groups.intersection(starters))


def may_see_instance(actor: Actor, instance: Any) -> bool:
    """Whoever reads the process's instances, and who started it."""
    return may(actor, READ_INSTANCE, instance.definition_key) or instance.initiator == actor.username
