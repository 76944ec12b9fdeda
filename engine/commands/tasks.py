"""What people do with tasks: claim, unclaim, assign, delegate, resolve, save a draft, complete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import bindparam, delete, insert, select, update

import forms
from engine import policy
from engine.audit import change, variables_change
from engine.commands.attachments import adopt, check_uploads
from engine.commands.unique import take_unique
from engine.errors import Conflict, Forbidden, FormRejected, InvalidInput, NotFound, Outdated, StaleRevision
from engine.feel import parse
from engine.runtime.codec import visible_variables
from engine.runtime.stimuli import CompleteTask as CompleteTaskStimulus
from engine.store import tables as t
from engine.variables import check, from_plain
from engine.work import Work

_TASK_COLUMNS = [column.label(f"task_{column.name}") for column in t.task.c]
_TASK_AND_INSTANCE = (
    select(*_TASK_COLUMNS, *t.instance.c)
    .select_from(t.instance.join(t.task, t.instance.c.id == t.task.c.instance_id))
    .where(t.task.c.id == bindparam("b_task"))
    .with_for_update(key_share=True)
)
"""PostgreSQL locks the rows in the order of the tables here: the instance first, as everybody else does."""
_TASK = select(t.task).where(t.task.c.id == bindparam("b_task")).with_for_update(key_share=True)


class TaskView:
    """The task columns of a row that holds a task and its instance."""

    __slots__ = ("_row",)

    def __init__(self, row: Any) -> None:
        self._row = row

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, f"task_{name}")


def find_task(work: Work, task_id: str, revision: int | None = None) -> Any:
    """The task's row, if the actor may see it. NotFound, or Outdated when `revision` is not the present one."""
    row = work.connection.execute(_TASK, {"b_task": task_id}).one_or_none()
    if row is None:
        raise policy.no_task()
    _check_seen(work, row)
    _check_revision(row, revision)
    work.audit.update(task_id=task_id, instance_id=row.instance_id, subject=row.name)
    return row


def _check_seen(work: Work, task: Any) -> None:
    """NotFound for whom the task does not exist; a candidate who was too late is told who has it or did it (Conflict)."""
    if work.actor.system or policy.may_see_task(work.actor, task):
        return
    if policy.is_candidate(work.actor, task):
        policy.check_open(task)
        policy.check_may_work(work.actor, task)
    raise policy.no_task()


def _check_four_eyes(work: Work, task: Any, username: str) -> None:
    """Forbidden for whoever did the step that this task checks, be it after this task was made."""
    node = work.definition(task.definition_id).process.nodes.get(task.element_id)
    elements = node.assignment.not_who_did if node is not None and node.assignment is not None else ()
    if elements and not work.actor.system:
        query = select(t.task.c.id).where(
            t.task.c.instance_id == task.instance_id,
            t.task.c.element_id.in_(elements),
            t.task.c.status == "completed",
            t.task.c.ended_by == username,
        )
        if work.connection.execute(query.limit(1)).first() is not None:
            raise policy.checks_oneself()


def _check_not_lent(work: Work, task: Any) -> None:
    """Who was asked for help returns the task; only its owner, or an operator, gives it to somebody else."""
    if task.delegation == "pending" and task.assignee == work.actor.username:
        raise Conflict(
            f"{task.owner} asked you for this; return it with “resolve”.",
            f"该任务由 {task.owner} 委派，请点击“办结返回”。",
            data={"owner": task.owner},
        )


def _check_revision(task: Any, revision: int | None) -> None:
    if revision is not None and revision != task.revision:
        policy.check_open(task)
        raise Outdated(
            "The task has changed since you opened it. Look at it again.",
            "任务在您打开后已有变化，请重新查看。",
            data={"revision": task.revision, "assignee": task.assignee},
        )


_TOLD = ("assignee", "owner", "delegation")
"""What the audit says of a task that changed hands."""


def change_task(work: Work, task: Any, **values: Any) -> int:
    """Updates the task's row; returns its new revision. StaleRevision when somebody was faster."""
    result = work.connection.execute(
        update(t.task)
        .where(t.task.c.id == task.id, t.task.c.revision == task.revision)
        .values(revision=t.task.c.revision + 1, **values)
    )
    if result.rowcount != 1:
        raise StaleRevision("The task has changed just now.", "任务刚刚发生了变化。")
    told = {name: value for name, value in values.items() if name in _TOLD}
    work.audit["detail"] = change({name: getattr(task, name) for name in told}, told)
    if "assignee" in values and (values["assignee"] is None) != (task.assignee is None):
        _change_offer(work, task, offered=values["assignee"] is None)
    return int(task.revision) + 1


def _change_offer(work: Work, task: Any, *, offered: bool) -> None:
    """Candidates have a row each while nobody has the task, so that a group's inbox is read off an index."""
    if not offered:
        work.connection.execute(delete(t.task_candidate).where(t.task_candidate.c.task_id == task.id))
        return
    rows = [
        {"task_id": task.id, "kind": kind, "subject": subject, "created_at": task.created_at}
        for kind, subjects in (("user", task.candidate_users), ("group", task.candidate_groups))
        for subject in subjects
    ]
    if rows:
        work.connection.execute(insert(t.task_candidate), rows)


@dataclass(frozen=True, slots=True)
class ClaimTask:
    """A candidate takes an unassigned task. Claiming one's own task again changes nothing."""

    task_id: str
    revision: int | None = None

    def execute(self, work: Work) -> int:
        task = find_task(work, self.task_id, self.revision)
        policy.check_open(task)
        policy.check_may_work(work.actor, task)
        _check_four_eyes(work, task, work.actor.username)
        if task.assignee == work.actor.username:
            work.audit["detail"] = change({}, {})
            return int(task.revision)
        return change_task(work, task, assignee=work.actor.username, claimed_at=work.now)


@dataclass(frozen=True, slots=True)
class UnclaimTask:
    """The assignee gives the task back to its candidates."""

    task_id: str
    revision: int | None = None

    def execute(self, work: Work) -> int:
        task = find_task(work, self.task_id, self.revision)
        policy.check_open(task)
        if task.assignee != work.actor.username and not policy.may(work.actor, policy.WORK_ANY, task.definition_key):
            raise Conflict("You do not have this task.", "该任务不在您手上。", data={"assignee": task.assignee})
        _check_not_lent(work, task)
        if task.assignee is None:
            work.audit["detail"] = change({}, {})
            return int(task.revision)
        if policy.nobody(task):
            raise InvalidInput(
                "Nobody else is named for this task; assign it to somebody instead.",
                "该任务没有其他候选人，请改为转办给他人。",
            )
        return change_task(work, task, assignee=None, owner=None, delegation=None, claimed_at=None)


@dataclass(frozen=True, slots=True)
class AssignTask:
    """转办: the assignee hands the task to a colleague, or an operator assigns it."""

    task_id: str
    assignee: str
    revision: int | None = None

    def execute(self, work: Work) -> int:
        task = find_task(work, self.task_id, self.revision)
        policy.check_open(task)
        if task.assignee != work.actor.username and not policy.may(work.actor, policy.WORK_ANY, task.definition_key):
            policy.check_may_work(work.actor, task)
        _check_not_lent(work, task)
        check_assignable(work, task, self.assignee)
        return change_task(work, task, assignee=self.assignee, owner=None, delegation=None, claimed_at=work.now)


@dataclass(frozen=True, slots=True)
class DelegateTask:
    """委派: the assignee asks somebody to do the work; the task comes back when that is resolved."""

    task_id: str
    assignee: str
    revision: int | None = None

    def execute(self, work: Work) -> int:
        task = find_task(work, self.task_id, self.revision)
        policy.check_open(task)
        policy.check_may_work(work.actor, task)
        _check_not_lent(work, task)
        if self.assignee == work.actor.username:
            raise InvalidInput("You cannot delegate a task to yourself.", "不能委派给自己。")
        check_assignable(work, task, self.assignee)
        return change_task(
            work, task, assignee=self.assignee, owner=work.actor.username, delegation="pending", claimed_at=work.now
        )


@dataclass(frozen=True, slots=True)
class ResolveTask:
    """The delegate is done: the task goes back to its owner, with the draft that was made."""

    task_id: str
    draft: Mapping[str, Any] | None = None
    revision: int | None = None

    def execute(self, work: Work) -> int:
        task = find_task(work, self.task_id, self.revision)
        policy.check_open(task)
        if task.delegation != "pending" or (task.assignee != work.actor.username and not work.actor.system):
            raise Conflict("This task is not delegated to you.", "该任务未委派给您。")
        work.audit["on_behalf_of"] = task.owner
        values: dict[str, Any] = {"assignee": task.owner, "owner": None, "delegation": "resolved"}
        if self.draft is not None:
            values.update(draft=_draft(work, self.draft), draft_by=work.actor.username, draft_at=work.now)
        return change_task(work, task, **values)


def _draft(work: Work, data: Mapping[str, Any]) -> Any:
    draft = {name: from_plain(value) for name, value in data.items()}
    check(draft, work.services.data_limits)
    return draft


@dataclass(frozen=True, slots=True)
class SaveDraft:
    """Keeps what was typed so far. A draft is not checked against the form: it may be half a sentence."""

    task_id: str
    draft: Mapping[str, Any]
    audited: ClassVar[bool] = False

    def execute(self, work: Work) -> None:
        task = find_task(work, self.task_id)
        policy.check_open(task)
        policy.check_may_work(work.actor, task)
        work.connection.execute(
            update(t.task)
            .where(t.task.c.id == task.id)
            .values(draft=_draft(work, self.draft), draft_by=work.actor.username, draft_at=work.now)
        )


@dataclass(frozen=True, slots=True)
class CompleteTask:
    """完成: the form is accepted and the process goes on. What fails after the task is an incident; the form is kept.

    `data` are the form's fields (JSON types or typed values); a task without a form takes any variables. `revision`:
    refuse when the task has changed since (an ETag); None: the present state counts.
    """

    task_id: str
    data: Mapping[str, Any]
    revision: int | None = None

    def execute(self, work: Work) -> str:
        row = work.connection.execute(_TASK_AND_INSTANCE, {"b_task": self.task_id}).one_or_none()
        if row is None:
            raise policy.no_task()
        task = TaskView(row)
        _check_seen(work, task)
        _check_revision(task, self.revision)
        policy.check_open(task)
        policy.check_may_work(work.actor, task)
        _check_not_lent(work, task)
        _check_four_eyes(work, task, work.actor.username)
        seen = visible_variables(row.state, row.variables, task.token)
        values = self.checked(work, row, task, seen)
        work.audit.update(
            task_id=self.task_id,
            instance_id=row.id,
            subject=task.name,
            detail=self._detail(work, row, task, seen, values),
        )
        work.advance(row, CompleteTaskStimulus(task.token, values, work.actor.username))
        return str(row.id)

    def _detail(
        self, work: Work, row: Any, task: Any, seen: Mapping[str, Any], values: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What the audit keeps of the form: its fields, and old and new values of those that changed."""
        old, new = variables_change(seen, values, work.definition(row.definition_id).sensitive)
        return change(
            {"status": "open", "variables": old},
            {"status": "completed", "variables": new},
            element=task.element_id,
            fields=sorted(values),
        )

    def checked(self, work: Work, row: Any, task: Any, seen: Mapping[str, Any]) -> Mapping[str, Any]:
        """The values that become variables: only what the form declares, typed. `seen`: the variables that the task sees."""
        form = work.definition(row.definition_id).form(task.form)
        if form is None:
            if task.form is not None and self.data and not work.services.rehearsal:
                raise InvalidInput(
                    f"The form “{task.form}” was not deployed with this process; nothing can be entered here.",
                    f"表单“{task.form}”未与流程一同部署，无法填写。",
                )
            return {name: from_plain(value) for name, value in self.data.items()}
        submission = check_form(work, form, self.data, seen)
        check_uploads(work, form, submission, row.id)
        adopt(work, submission.uploads, row.id)
        take_unique(work, form, submission.values, row.id)
        return submission.values


def check_form(work: Work, form: forms.Form, data: Mapping[str, Any], variables: Mapping[str, Any]) -> forms.Submission:
    """Validates submitted data. FormRejected carries one message per field, in both languages."""
    local = work.now.astimezone(work.services.zone)
    context = work.services.feel_context(work.connection, work.now)
    try:
        return forms.validate(
            form,
            data,
            variables=variables,
            today=local.date(),
            now=work.now,
            evaluate=lambda text, scope: parse(text).evaluate(scope, context).value,
            users=active_users(work, form),
            zone=work.services.zone,
        )
    except forms.Rejected as rejected:
        errors = {pointer: {"en": m.en, "zh": m.zh} for pointer, m in rejected.errors.items()}
        raise FormRejected(errors) from rejected


def active_users(work: Work, form: forms.Form) -> frozenset[str] | None:
    """The usernames that a form's user fields may name; None when it has no such field or nobody is asked (dry runs)."""
    if work.services.rehearsal or all(field.kind is not forms.Kind.USER for field in form.fields):
        return None
    rows = work.connection.execute(select(t.user.c.username).where(t.user.c.disabled.is_(False)))
    return frozenset(rows.scalars())


def check_assignable(work: Work, task: Any, username: str) -> None:
    """The new assignee has to exist, be enabled, and not be excluded by four eyes."""
    try:
        if username in task.not_who_did:
            raise policy.checks_oneself()
        _check_four_eyes(work, task, username)
    except Forbidden:
        raise InvalidInput(
            f"{username} did the step that this task checks.", f"{username} 完成了该任务所复核的步骤，不能处理。"
        ) from None
    known = work.connection.execute(select(t.user.c.disabled).where(t.user.c.username == username)).one_or_none()
    if known is None or known.disabled:
        raise NotFound(f"There is no active user “{username}”.", f"没有启用的用户“{username}”。")
