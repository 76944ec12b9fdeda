"""Tasks of people: the inbox (mine, my groups, all that I may see), what I did, one task with its form.

What the actor may not see is left out in SQL. The inbox walks indexes from the newest task down and stops at a page, so
that it costs the same with a thousand open tasks and with a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, bindparam, false, func, literal, or_, select, union

import forms
from engine import policy
from engine.actor import Actor
from engine.definitions import Definition, Definitions
from engine.errors import FacetError, NotFound
from engine.queries.instances import mask
from engine.queries.paging import Count, Order, Page, PageRequest, contains, count, order
from engine.runtime.codec import visible_variables
from engine.store import tables as t
from engine.text import instructions_html

Scope = Literal["mine", "groups", "all", "done", "delegated"]
SCOPES: tuple[Scope, ...] = ("mine", "groups", "all", "done", "delegated")

_t, _c, _d = t.task.c, t.task_candidate.c, t.definition.c
_NEVER = datetime(9999, 12, 31, tzinfo=UTC)

SORTS: Mapping[str, ColumnElement[Any]] = {
    "created": _t.created_at,
    "due": func.coalesce(_t.due_at, literal(_NEVER, _t.due_at.type)),
    "priority": _t.priority,
    "ended": func.coalesce(_t.ended_at, literal(_NEVER, _t.ended_at.type)),
    "name": _t.name,
}
"""Names to sort by; tasks without a due date come after all others."""


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks. `scope`: mine (assigned to me), groups (unassigned, I am a candidate), all (whatever I may see), done
    (completed by me), delegated (by me, not yet back). `status` None: open ones, but for the scope done."""

    scope: Scope = "all"
    status: str | None = None
    definition_key: str | None = None
    business_key: str | None = None
    instance_id: str | None = None
    element_id: str | None = None
    assignee: str | None = None
    unassigned: bool = False
    candidate_group: str | None = None
    due_after: datetime | None = None
    due_before: datetime | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    priority_from: int | None = None
    text: str | None = None

    @property
    def narrows(self) -> bool:
        """Whether anything but the scope is asked for."""
        return any(
            value not in (None, False)
            for value in (
                self.definition_key, self.business_key, self.instance_id, self.element_id, self.assignee,
                self.unassigned, self.candidate_group, self.due_after, self.due_before, self.created_after,
                self.created_before, self.priority_from, self.text,
            )
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TaskItem:
    """A task as lists show it. `blocked`: four eyes, the actor did the step that it checks."""

    id: str
    instance_id: str
    root_id: str
    definition_id: str
    definition_key: str
    definition_name: str
    definition_name_zh: str
    business_key: str | None
    element_id: str
    name: str
    name_zh: str
    status: str
    assignee: str | None
    owner: str | None
    delegation: str | None
    candidate_users: tuple[str, ...]
    candidate_groups: tuple[str, ...]
    blocked: bool
    form: str | None
    priority: int
    due_at: datetime | None
    follow_up_at: datetime | None
    created_at: datetime
    claimed_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    revision: int


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """Numbers beside the inbox's tabs."""

    mine: Count
    groups: Count
    late: Count


@dataclass(frozen=True, slots=True)
class TaskDetail:
    """One task with all that its page needs.

    `form` is None for a task without one; `variables` are the values that its form declares, by variable name (typed; the
    whole scope for operators when there is no form), for `forms.prefill` and `forms.validate`; `draft` what was typed so far.
    """

    task: TaskItem
    definition: Definition
    form: forms.Form | None
    variables: Mapping[str, Any]
    scope: Mapping[str, Any]
    """Everything that the form's expressions may read; not for showing."""
    instructions: str
    """What the diagram tells whoever does it: clean HTML with the values of now; empty when it says nothing."""
    instructions_zh: str
    draft: Mapping[str, Any] | None
    draft_by: str | None
    draft_at: datetime | None
    instance_status: str
    suspended: bool
    initiator: str | None
    started_at: datetime
    may_work: bool
    """The actor may complete it now (after claiming where it is unassigned)."""
    may_claim: bool
    may_assign: bool


_LIST = select(*t.task.c, _d.name.label("definition_name"), _d.name_zh.label("definition_name_zh")).join(
    t.definition, _d.id == _t.definition_id
)
_ROWS = _LIST.where(_t.id.in_(bindparam("b_ids", expanding=True)))
_ONE = _LIST.add_columns(
    t.instance.c.status.label("instance_status"),
    t.instance.c.suspended.label("instance_suspended"),
    t.instance.c.initiator.label("initiator"),
    t.instance.c.started_at.label("started_at"),
    t.instance.c.state.label("instance_state"),
    t.instance.c.variables.label("instance_variables"),
).join(t.instance, t.instance.c.id == _t.instance_id)


def list_tasks(connection: Connection, actor: Actor, filter: TaskFilter, request: PageRequest) -> Page[TaskItem]:
    """A page of tasks, newest first unless `request.sort` says otherwise (see `SORTS`).

    Two statements: the ids, off indexes alone where that is possible, then their rows.
    """
    chosen = order(request, SORTS, _t.id, "-ended" if filter.scope == "done" else "-created")
    found = connection.execute(_ids(actor, filter, chosen)).all()
    rows = {row.id: row for row in connection.execute(_ROWS, {"b_ids": [one.id for one in found]})} if found else {}
    page = chosen.page(found, lambda one: rows.get(one.id))
    seen = (row for row in page.items if row is not None and policy.may_see_task(actor, row))
    return Page(tuple(_item(row, actor) for row in seen), page.next)


def _ids(actor: Actor, filter: TaskFilter, chosen: Order) -> Select[Any]:
    """(id, sort_value) of the page's tasks and one more."""
    if filter.scope == "all" and policy.everywhere(actor, policy.READ_TASK):
        return chosen.apply(_narrowed(_keys(chosen), filter))
    branches = _branches(actor, filter, chosen)
    if len(branches) == 1:
        return branches[0]
    either = union(*(select(b.c.id, b.c.sort_value) for b in (branch.subquery() for branch in branches))).subquery()
    merged = Order(chosen.name, either.c.sort_value, either.c.id, chosen.descending, chosen.limit, None)
    return merged.apply(select(either.c.id, either.c.sort_value))


def _keys(chosen: Order) -> Select[Any]:
    return select(_t.id, chosen.expression.label("sort_value"))


def count_tasks(connection: Connection, actor: Actor, now: datetime) -> TaskCounts:
    """How many tasks wait for the actor, each number up to 1,000."""
    mine = select(_t.id).where(_t.assignee == actor.username, _t.status == "open")
    offered = [select(_c.task_id).where(_c.kind == kind, _c.subject == name) for kind, name in _subjects(actor)]
    capped = [select(b.c.task_id) for b in (q.limit(1001).subquery() for q in offered)]
    return TaskCounts(
        count(connection, mine),
        count(connection, select(union(*capped).subquery().c.task_id)),
        count(connection, mine.where(_t.due_at < now)),
    )


def _subjects(actor: Actor) -> list[tuple[str, str]]:
    return [("user", actor.username), *(("group", key) for key in sorted(actor.groups))]


def _branches(actor: Actor, filter: TaskFilter, chosen: Order) -> list[Select[Any]]:
    """One query per index that leads to tasks of the actor, each as long as the page: their union holds the page."""
    who = actor.username
    own: list[ColumnElement[bool]] = []
    if filter.scope in ("mine", "all"):
        own.append(_t.assignee == who)
    if filter.scope in ("delegated", "all"):
        own.append(_t.owner == who)
    if filter.scope == "done" or (filter.scope == "all" and filter.status not in (None, "open")):
        own.append(_t.ended_by == who)
    if filter.scope == "all" and (granted := policy.processes(actor, policy.READ_TASK)):
        own.append(_t.definition_key.in_(sorted(granted)))
    found = [chosen.apply(_narrowed(_keys(chosen).where(condition), filter)) for condition in own]
    if filter.scope in ("groups", "all") and filter.status in (None, "open"):
        found.extend(_offered(kind, name, filter, chosen) for kind, name in _subjects(actor))
    return found or [_keys(chosen).where(false())]


def _offered(kind: str, name: str, filter: TaskFilter, chosen: Order) -> Select[Any]:
    """Tasks that wait for somebody of that name or group. By age they come off the candidates' index, newest first: where
    nothing else is asked without a look at the tasks themselves."""
    if chosen.name.removeprefix("-") == "created":
        query: Select[Any] = select(_c.task_id.label("id"), _c.created_at.label("sort_value"))
        by_index = Order(chosen.name, _c.created_at, _c.task_id, chosen.descending, chosen.limit, chosen.after)
    else:
        query, by_index = _keys(chosen), chosen
    query = query.where(_c.kind == kind, _c.subject == name)
    if filter.narrows or by_index is chosen:
        query = _narrowed(query.join_from(t.task_candidate, t.task, _c.task_id == _t.id), filter)
    return by_index.apply(query)


def _narrowed(query: Select[Any], filter: TaskFilter) -> Select[Any]:
    status = filter.status or ("completed" if filter.scope == "done" else "open")
    conditions: list[ColumnElement[bool]] = [_t.status == status]
    for column, value in (
        (_t.definition_key, filter.definition_key),
        (_t.business_key, filter.business_key),
        (_t.instance_id, filter.instance_id),
        (_t.element_id, filter.element_id),
        (_t.assignee, filter.assignee),
    ):
        if value is not None:
            conditions.append(column == value)
    if filter.unassigned:
        conditions.append(_t.assignee.is_(None))
    if filter.candidate_group is not None:
        named = select(_c.task_id).where(_c.kind == "group", _c.subject == filter.candidate_group)
        conditions.append(_t.id.in_(named))
    if filter.due_after is not None:
        conditions.append(_t.due_at >= filter.due_after)
    if filter.due_before is not None:
        conditions.append(_t.due_at < filter.due_before)
    if filter.created_after is not None:
        conditions.append(_t.created_at >= filter.created_after)
    if filter.created_before is not None:
        conditions.append(_t.created_at < filter.created_before)
    if filter.priority_from is not None:
        conditions.append(_t.priority >= filter.priority_from)
    if filter.text:
        conditions.append(or_(*(contains(column, filter.text) for column in (_t.name, _t.name_zh, _t.business_key))))
    return query.where(*conditions)


def _item(row: Any, actor: Actor) -> TaskItem:
    return TaskItem(
        id=row.id,
        instance_id=row.instance_id,
        root_id=row.root_id,
        definition_id=row.definition_id,
        definition_key=row.definition_key,
        definition_name=row.definition_name,
        definition_name_zh=row.definition_name_zh,
        business_key=row.business_key,
        element_id=row.element_id,
        name=row.name,
        name_zh=row.name_zh,
        status=row.status,
        assignee=row.assignee,
        owner=row.owner,
        delegation=row.delegation,
        candidate_users=tuple(row.candidate_users),
        candidate_groups=tuple(row.candidate_groups),
        blocked=actor.username in row.not_who_did,
        form=row.form,
        priority=row.priority,
        due_at=row.due_at,
        follow_up_at=row.follow_up_at,
        created_at=row.created_at,
        claimed_at=row.claimed_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        revision=row.revision,
    )


# --- one task -----------------------------------------------------------------------------------------------------------


def get_task(connection: Connection, actor: Actor, definitions: Definitions, task_id: str) -> TaskDetail:
    """The task with its form. NotFound when it is not there or not the actor's to see."""
    row = connection.execute(_ONE.where(_t.id == task_id)).one_or_none()
    if row is None or not policy.may_see_task(actor, row):
        raise policy.no_task()
    definition = definitions.get(connection, row.definition_id)
    form = definition.form(row.form)
    open_ = row.status == "open" and row.instance_status == "active" and not row.instance_suspended
    mine, blocked = row.assignee == actor.username, actor.username in row.not_who_did
    offered = row.assignee is None and (policy.is_candidate(actor, row) or _free_for(actor, row))
    operator = policy.may(actor, policy.WORK_ANY, row.definition_key)
    alive = row.status == "open" and row.instance_status == "active"
    scope = visible_variables(row.instance_state, row.instance_variables, row.token) if alive else {}
    hidden = frozenset() if policy.takes_part(actor, row) else definition.sensitive
    scope = {name: value for name, value in scope.items() if name not in hidden} if hidden else scope
    return TaskDetail(
        task=_item(row, actor),
        definition=definition,
        form=form,
        variables=_shown(actor, scope, form, definition),
        scope=scope,
        instructions=_told(definition, row.element_id, "instructions", scope),
        instructions_zh=_told(definition, row.element_id, "instructions-zh", scope),
        draft=_without(row.draft, hidden, form),
        draft_by=row.draft_by,
        draft_at=row.draft_at,
        instance_status=row.instance_status,
        suspended=row.instance_suspended,
        initiator=row.initiator,
        started_at=row.started_at,
        may_work=open_ and not blocked and (mine or offered) and not (mine and row.delegation == "pending"),
        may_claim=open_ and not blocked and offered,
        may_assign=row.status == "open" and (mine or operator or offered),
    )


def _told(definition: Definition, element_id: str, name: str, scope: Mapping[str, Any]) -> str:
    """A text for those who do the task, as clean HTML. Sensitive variables stay out: a form field is where they are shown."""
    node = definition.process.nodes.get(element_id)
    text = node.extensions.get(name, "") if node is not None else ""
    if not text.strip():
        return ""
    return instructions_html(text, {name: value for name, value in scope.items() if name not in definition.sensitive})


def _without(
    draft: Mapping[str, Any] | None, hidden: frozenset[str], form: forms.Form | None
) -> Mapping[str, Any] | None:
    """The draft for who looks on: without what stands for a sensitive variable."""
    if not hidden or draft is None:
        return draft
    fields = form.fields if form is not None else ()
    kept_out = hidden | {field.name for field in fields if field.prefill in hidden}
    return {name: value for name, value in draft.items() if name not in kept_out}


def no_form() -> NotFound:
    """The answer for a task or process without a form."""
    return NotFound("There is no form here.", "此处没有表单。")


def why_not(connection: Connection, actor: Actor, task_id: str) -> FacetError:
    """Why a task that was offered to the actor is not theirs any more: a Conflict with what happened; NotFound for everybody
    else."""
    row = connection.execute(select(t.task).where(_t.id == task_id)).one_or_none()
    if row is None or not policy.is_candidate(actor, row):
        return policy.no_task()
    try:
        policy.check_open(row)
        policy.check_may_work(actor, row)
    except FacetError as error:
        return error
    return policy.no_task()


def _free_for(actor: Actor, row: Any) -> bool:
    return policy.nobody(row) and policy.may(actor, policy.WORK_ANY, row.definition_key)


def _shown(
    actor: Actor, scope: Mapping[str, Any], form: forms.Form | None, definition: Definition
) -> Mapping[str, Any]:
    """Only what the form declares; a task without a form shows the variables to those who read them, sensitive ones
    masked."""
    if form is None:
        return mask(scope, definition)[0] if policy.may(actor, policy.READ_VARIABLE, definition.key) else {}
    names = {field.prefill or field.name for field in form.fields}
    return {name: value for name, value in scope.items() if name in names}
