"""What happened in an instance: activities, changes of variables, decisions, comments, attachments, audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from engine import policy
from engine.actor import Actor
from engine.definitions import Definitions
from engine.privacy import MASK, masked, values_of
from engine.queries.instances import find
from engine.queries.paging import Page, PageRequest, order
from engine.store import tables as t

_a, _v, _u = t.activity.c, t.variable_change.c, t.audit.c


@dataclass(frozen=True, slots=True)
class Activity:
    """One pass of a token over an element. `by`: who completed the user task there."""

    token: int
    scope: int
    element_id: str
    kind: str
    name: str
    status: str
    iteration: int | None
    called_instance_id: str | None
    started_at: datetime
    ended_at: datetime | None
    task_id: str | None
    by: str | None


@dataclass(frozen=True, slots=True)
class VariableChange:
    """A variable got a value. `scope`: 1 is the process; `element_id`: where it was written."""

    id: str
    scope: int
    name: str
    value: Any
    element_id: str | None
    changed_by: str | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the audit."""

    id: str
    at: datetime
    actor: str
    on_behalf_of: str | None
    command: str
    instance_id: str | None
    task_id: str | None
    subject: str | None
    request_id: str | None
    source: str | None
    detail: Mapping[str, Any]
    """``before`` and ``after`` of what the command changed, and what else is to be said (docs/audit.md)."""
    position: int | None = None
    """Its place in the chain; None until it is sealed."""
    erased: tuple[str, ...] = ()
    """Parts that were erased."""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries of the audit. `business_key`: of its cases and all that they called."""

    instance_id: str | None = None
    task_id: str | None = None
    actor: str | None = None
    on_behalf_of: str | None = None
    subject: str | None = None
    command: str | None = None
    business_key: str | None = None
    after: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class DecisionEvaluation:
    """A decision that was asked. `detail`: per table its name, the rules that matched, its output."""

    id: str
    decision_key: str
    decision_version: int
    instance_id: str | None
    element_id: str | None
    inputs: Mapping[str, Any]
    output: Any
    detail: Any
    evaluated_by: str | None
    evaluated_at: datetime


def activities(connection: Connection, actor: Actor, instance_id: str, request: PageRequest) -> Page[Activity]:
    """The activities of an instance in the order in which they began; people who only take part see their own steps."""
    found = find(connection, actor, instance_id)
    number = func.coalesce(_a.token, 0)
    chosen = order(request, {"token": number}, _a.instance_id, "token")
    task = t.task.c
    query = (
        select(
            *t.activity.c,
            _a.instance_id.label("id"),
            number.label("sort_value"),
            task.id.label("task_id"),
            task.ended_by.label("ended_by"),
        )
        .outerjoin(t.task, (task.instance_id == _a.instance_id) & (task.token == _a.token))
        .where(_a.instance_id == instance_id, _a.kind != "multiInstanceBody")
    )
    if not policy.may(actor, policy.READ_INSTANCE, found.definition_key):
        query = query.where((task.ended_by == actor.username) | (task.assignee == actor.username))
    return chosen.page(connection.execute(chosen.apply(query)), _activity)


def _activity(row: Any) -> Activity:
    return Activity(
        row.token, row.scope, row.element_id, row.kind, row.name, row.status, row.iteration, row.called_instance_id,
        row.started_at, row.ended_at, row.task_id, row.ended_by,
    )  # fmt: skip


def variable_changes(
    connection: Connection,
    actor: Actor,
    definitions: Definitions,
    instance_id: str,
    request: PageRequest,
    name: str | None = None,
) -> Page[VariableChange]:
    """How variables changed, newest first; sensitive values are masked. Forbidden for who sees only the state."""
    found = find(connection, actor, instance_id)
    policy.check(actor, policy.READ_VARIABLE, found.definition_key)
    hidden = definitions.get(connection, found.definition_id).sensitive
    chosen = order(request, {"id": _v.id}, _v.id, "-id")
    query = select(*t.variable_change.c, _v.id.label("sort_value")).where(_v.instance_id == instance_id)
    if name is not None:
        query = query.where(_v.name == name)

    def change(row: Any) -> VariableChange:
        value = MASK if row.name in hidden and row.value is not None else row.value
        return VariableChange(row.id, row.scope, row.name, value, row.element_id, row.changed_by, row.changed_at)

    return chosen.page(connection.execute(chosen.apply(query)), change)


def audit(connection: Connection, actor: Actor, filter: AuditFilter, request: PageRequest) -> Page[Entry]:
    """Entries of the audit, newest first: those of instances that the actor reads, all for who reads all; values of variables
    are masked where the actor may not read them. Forbidden for who reads none."""
    policy.check_somewhere(actor, policy.READ_INSTANCE)
    chosen = order(request, {"id": _u.id}, _u.id, "-id")
    conditions: list[ColumnElement[bool]] = [
        column == value
        for column, value in (
            (_u.instance_id, filter.instance_id),
            (_u.task_id, filter.task_id),
            (_u.actor, filter.actor),
            (_u.on_behalf_of, filter.on_behalf_of),
            (_u.subject, filter.subject),
            (_u.command, filter.command),
        )
        if value is not None
    ]
    if (allowed := of_readable_instances(actor, policy.READ_INSTANCE, _u.instance_id)) is not None:
        conditions.append(allowed)
    if filter.business_key is not None:
        conditions.append(_of_case(filter.business_key))
    if filter.after is not None:
        conditions.append(_u.at >= filter.after)
    if filter.before is not None:
        conditions.append(_u.at < filter.before)
    query = select(*t.audit.c, _u.id.label("sort_value")).where(*conditions)
    rows = connection.execute(chosen.apply(query)).all()
    hidden = _unreadable(connection, actor, {row.instance_id for row in rows if row.instance_id is not None})
    return chosen.page(rows, lambda row: _entry(row, row.instance_id in hidden))


def _of_case(key: str) -> ColumnElement[bool]:
    i = t.instance.c
    roots = select(i.root_id).where(i.business_key == key)
    itself = and_(_u.instance_id.is_(None), _u.subject == key)
    return or_(_u.instance_id.in_(select(i.id).where(i.root_id.in_(roots))), itself)


def _unreadable(connection: Connection, actor: Actor, ids: set[str]) -> frozenset[str]:
    """The instances of which the actor may not read the variables."""
    if not ids or policy.everywhere(actor, policy.READ_VARIABLE):
        return frozenset()
    i = t.instance.c
    rows = connection.execute(select(i.id, i.definition_key).where(i.id.in_(sorted(ids))))
    return frozenset(row.id for row in rows if not policy.may(actor, policy.READ_VARIABLE, row.definition_key))


def of_readable_instances(actor: Actor, action: str, column: ColumnElement[Any]) -> ColumnElement[bool] | None:
    """The rows whose instance (its id in `column`) belongs to a process on which the actor holds `action`; None: all."""
    if (granted := policy.within(actor, action, t.instance.c.definition_key)) is None:
        return None
    return column.in_(select(t.instance.c.id).where(granted))


def _entry(row: Any, hidden: bool) -> Entry:
    return Entry(
        row.id, row.at, row.actor, row.on_behalf_of, row.command, row.instance_id, row.task_id, row.subject,
        row.request_id, row.source, _without_values(row.detail) if hidden else row.detail, row.position,
        tuple(sorted(row.erased_by or ())),
    )  # fmt: skip


def _without_values(detail: Mapping[str, Any]) -> Mapping[str, Any]:
    shown = dict(detail)
    for side in ("before", "after"):
        said = shown.get(side)
        if isinstance(said, Mapping) and isinstance(said.get("variables"), Mapping):
            values = {name: None if value is None else MASK for name, value in said["variables"].items()}
            shown[side] = {**said, "variables": values}
    return shown


def decision_evaluations(
    connection: Connection,
    actor: Actor,
    definitions: Definitions,
    request: PageRequest,
    *,
    key: str | None = None,
    instance_id: str | None = None,
) -> Page[DecisionEvaluation]:
    """Decisions that were asked, newest first, of instances whose variables the actor reads; sensitive ones are masked.
    Forbidden for who reads none."""
    policy.check_somewhere(actor, policy.READ_VARIABLE)
    e = t.decision_evaluation.c
    chosen = order(request, {"id": e.id}, e.id, "-id")
    query = select(*t.decision_evaluation.c, e.id.label("sort_value"))
    if (allowed := of_readable_instances(actor, policy.READ_VARIABLE, e.instance_id)) is not None:
        query = query.where(allowed)
    if key is not None:
        query = query.where(e.decision_key == key)
    if instance_id is not None:
        query = query.where(e.instance_id == instance_id)

    rows = connection.execute(chosen.apply(query)).all()
    hidden = _hidden(connection, definitions, {row.instance_id for row in rows if row.instance_id is not None})

    def evaluation(row: Any) -> DecisionEvaluation:
        names, values, results = hidden.get(row.instance_id, _NOTHING)
        inputs, output, detail = (masked(part, names, values) for part in (row.inputs, row.output, row.detail))
        if row.element_id in results:
            output, detail = MASK, []
        return DecisionEvaluation(
            row.id, row.decision_key, row.decision_version, row.instance_id, row.element_id, inputs, output,
            detail, row.evaluated_by, row.evaluated_at,
        )  # fmt: skip

    return chosen.page(rows, evaluation)


Hidden = tuple[frozenset[str], tuple[Any, ...], frozenset[str]]
"""Names of sensitive variables, their present values, elements whose result is one of them."""
_NOTHING: Hidden = (frozenset(), (), frozenset())


def _hidden(connection: Connection, definitions: Definitions, ids: set[str]) -> dict[str, Hidden]:
    i, found = t.instance.c, {}
    for row in connection.execute(select(i.id, i.definition_id, i.variables).where(i.id.in_(sorted(ids)))):
        definition = definitions.get(connection, row.definition_id)
        names = definition.sensitive
        if names:
            nodes = definition.process.nodes.items()
            results = frozenset(id for id, node in nodes if node.decision_result in names)
            found[row.id] = (names, values_of(row.variables, names), results)
    return found
