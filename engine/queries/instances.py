"""Process instances: lists, one instance with its variables, incidents, where it stands, what it called.

Whoever was granted READ_INSTANCE on a process sees its instances, with READ_VARIABLE their variables; others see what they
started or worked on, without variables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, union_all

from engine import policy
from engine.actor import Actor
from engine.definitions import Definition, Definitions
from engine.privacy import MASK
from engine.queries.paging import Count, Order, Page, PageRequest, contains, count, order
from engine.store import tables as t
from engine.store.matching import has_entry
from engine.variables import Value

STATUSES = ("active", "completed", "terminated", "cancelled")
"""As the table has them; a suspended instance is active there."""

_i, _d = t.instance.c, t.definition.c

SORTS: Mapping[str, ColumnElement[Any]] = {
    "started": _i.started_at,
    "key": func.coalesce(_i.business_key, ""),
    "definition": _i.definition_key,
}


@dataclass(frozen=True, slots=True)
class InstanceFilter:
    """Which instances. `status`: active, suspended, completed, terminated, cancelled; `initiated` only those that the actor
    started; `variables` only those whose process variables have these values (operators only)."""

    definition_key: str | None = None
    definition_id: str | None = None
    status: str | None = None
    business_key: str | None = None
    initiator: str | None = None
    initiated: bool = False
    incidents: bool | None = None
    parent_id: str | None = None
    top_level: bool = False
    started_after: datetime | None = None
    started_before: datetime | None = None
    text: str | None = None
    late_at: datetime | None = None
    """Only those with an open task that was due before this moment."""
    variables: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InstanceItem:
    """An instance as lists show it; `incidents` is the number of open ones."""

    id: str
    definition_id: str
    definition_key: str
    definition_version: int
    definition_name: str
    definition_name_zh: str
    business_key: str | None
    status: Literal["active", "suspended", "completed", "terminated", "cancelled"]
    initiator: str | None
    incidents: int
    parent_id: str | None
    root_id: str
    started_at: datetime
    ended_at: datetime | None
    end_element_id: str | None
    end_reason: str | None
    revision: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an instance stands, for its diagram: tokens by element id, elements that were completed, failed elements."""

    tokens: Mapping[str, int]
    completed: frozenset[str]
    incidents: frozenset[str]


@dataclass(frozen=True, slots=True)
class Step:
    """An open task of an instance or of what it called: where a case stands, and with whom."""

    task_id: str
    instance_id: str
    root_id: str
    name: str
    name_zh: str
    assignee: str | None
    candidate_users: tuple[str, ...]
    candidate_groups: tuple[str, ...]
    due_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Called:
    """An instance that this one called, at which element."""

    id: str
    element_id: str | None
    definition_key: str
    business_key: str | None
    status: str
    incidents: int


@dataclass(frozen=True, slots=True)
class InstanceDetail:
    """One instance. `variables` is None for readers who may only see its state; sensitive values are `MASK`."""

    instance: InstanceItem
    definition: Definition
    variables: Mapping[str, Any] | None
    masked: tuple[str, ...]
    """Names of the variables behind `MASK`."""
    called: tuple[Called, ...]
    standing: Standing
    may_operate: bool
    may_cancel: bool = False
    may_reveal: bool = False
    """The actor may ask for a value behind `MASK`; the audit keeps that they did."""


_LIST = select(
    *(column for column in t.instance.c if column.name not in ("state", "variables", "start_key")),
    _d.name.label("definition_name"),
    _d.name_zh.label("definition_name_zh"),
).join(t.definition, _d.id == _i.definition_id)


def reads_all(actor: Actor) -> bool:
    """Whether the actor sees every instance with its variables."""
    return policy.everywhere(actor, policy.READ_VARIABLE)


def visible(actor: Actor) -> ColumnElement[bool] | None:
    """The instances that the actor may see; None: all of them."""
    granted = policy.within(actor, policy.READ_INSTANCE, _i.definition_key)
    if granted is None:
        return None
    who = actor.username
    own = select(t.task.c.root_id).where(or_(t.task.c.assignee == who, t.task.c.ended_by == who, t.task.c.owner == who))
    return or_(_i.initiator == who, _i.root_id.in_(own), granted)


def offered(actor: Actor) -> ColumnElement[bool]:
    """Instances with a task that the actor may take: their state may be looked at before claiming."""
    names = and_(t.task_candidate.c.kind == "group", t.task_candidate.c.subject.in_(sorted(actor.groups)))
    mine = and_(t.task_candidate.c.kind == "user", t.task_candidate.c.subject == actor.username)
    waiting = (
        select(t.task.c.root_id)
        .join(t.task_candidate, t.task_candidate.c.task_id == t.task.c.id)
        .where(t.task.c.root_id == _i.root_id, t.task.c.assignee.is_(None), t.task.c.status == "open", or_(names, mine))
    )
    return waiting.exists()


def list_instances(
    connection: Connection, actor: Actor, filter: InstanceFilter, request: PageRequest
) -> Page[InstanceItem]:
    """A page of instances, newest first unless `request.sort` says otherwise (see `SORTS`)."""
    chosen = order(request, SORTS, _i.id, "-started")
    if chosen.name.removeprefix("-") == "started" and filter.status is None and not filter.initiated:
        narrowed = _LIST.where(_i.id.in_(_by_status(connection, actor, filter, chosen)))
    else:
        narrowed = _narrowed(_LIST, actor, filter, connection)
    query = chosen.apply(narrowed).add_columns(chosen.expression.label("sort_value"))
    return chosen.page(connection.execute(query), item)


def _by_status(connection: Connection, actor: Actor, filter: InstanceFilter, chosen: Order) -> Select[Any]:
    """Ids of the page out of one short walk per status: the indexes by time begin with it, and without them a list of
    everything would sort everything."""
    walks = [
        chosen.apply(_narrowed(select(_i.id), actor, filter, connection).where(_i.status == status)).subquery()
        for status in STATUSES
    ]
    return select(union_all(*(select(walk.c.id) for walk in walks)).subquery().c.id)


def count_instances(connection: Connection, actor: Actor, filter: InstanceFilter) -> Count:
    """How many instances the filter finds, up to 1,000."""
    return count(connection, _narrowed(select(_i.id), actor, filter, connection))


def _narrowed(query: Select[Any], actor: Actor, filter: InstanceFilter, connection: Connection) -> Select[Any]:
    conditions: list[ColumnElement[bool]] = []
    if (allowed := visible(actor)) is not None:
        conditions.append(_i.initiator == actor.username if filter.initiated else allowed)
    elif filter.initiated:
        conditions.append(_i.initiator == actor.username)
    for column, value in (
        (_i.definition_key, filter.definition_key),
        (_i.definition_id, filter.definition_id),
        (_i.business_key, filter.business_key),
        (_i.initiator, filter.initiator),
        (_i.parent_id, filter.parent_id),
    ):
        if value is not None:
            conditions.append(column == value)
    conditions.extend(_status(filter.status))
    if filter.incidents is not None:
        failed = select(t.incident.c.instance_id).where(t.incident.c.status == "open")
        conditions.append(_i.id.in_(failed) if filter.incidents else _i.incidents == 0)
    if filter.top_level:
        conditions.append(_i.parent_id.is_(None))
    if filter.started_after is not None:
        conditions.append(_i.started_at >= filter.started_after)
    if filter.started_before is not None:
        conditions.append(_i.started_at < filter.started_before)
    if filter.text:
        conditions.append(contains(_i.business_key, filter.text))
    if filter.late_at is not None:
        task = t.task.c
        late = select(task.id).where(task.instance_id == _i.id, still_open(), task.due_at < filter.late_at)
        conditions.extend((_i.status == "active", late.exists()))
    if filter.variables:
        conditions.extend(_holding(connection, actor, filter.variables))
    return query.where(*conditions)


def _status(status: str | None) -> list[ColumnElement[bool]]:
    if status is None:
        return []
    if status == "suspended":
        return [_i.status == "active", _i.suspended.is_(True)]
    if status == "active":
        return [_i.status == "active", _i.suspended.is_(False)]
    return [_i.status == status]


def _holding(connection: Connection, actor: Actor, variables: Mapping[str, Value]) -> list[ColumnElement[bool]]:
    """A value is only compared where the actor may read it: not with sensitive ones, or a search would tell them."""
    policy.check_somewhere(actor, policy.READ_VARIABLE)
    is_sqlite = connection.dialect.name == "sqlite"
    found = [has_entry(_i.variables, name, value, is_sqlite=is_sqlite) for name, value in variables.items()]
    if (unmasked := policy.within(actor, policy.READ_SENSITIVE, _i.definition_key)) is not None:
        named = or_(*(_d.sensitive.contains(f",{name},", autoescape=True) for name in variables))
        found.append(or_(_i.definition_id.not_in(select(_d.id).where(named)), unmasked))
    if (granted := policy.within(actor, policy.READ_VARIABLE, _i.definition_key)) is not None:
        found.append(granted)
    return found


def item(row: Any) -> InstanceItem:
    """The list's view of a row of instance and definition."""
    return InstanceItem(
        id=row.id,
        definition_id=row.definition_id,
        definition_key=row.definition_key,
        definition_version=row.definition_version,
        definition_name=row.definition_name,
        definition_name_zh=row.definition_name_zh,
        business_key=row.business_key,
        status="suspended" if row.suspended and row.status == "active" else row.status,
        initiator=row.initiator,
        incidents=row.incidents,
        parent_id=row.parent_id,
        root_id=row.root_id,
        started_at=row.started_at,
        ended_at=row.ended_at,
        end_element_id=row.end_element_id,
        end_reason=row.end_reason,
        revision=row.revision,
    )


# --- one instance -------------------------------------------------------------------------------------------------------


def find(connection: Connection, actor: Actor, instance_id: str) -> InstanceItem:
    """The instance, if the actor may see it: NotFound otherwise. Who may take one of its tasks may see its state."""
    query = _LIST.where(_i.id == instance_id)
    if (allowed := visible(actor)) is not None:
        query = query.where(or_(allowed, offered(actor)))
    row = connection.execute(query).one_or_none()
    if row is None:
        raise policy.no_instance()
    return item(row)


def get_instance(connection: Connection, actor: Actor, definitions: Definitions, instance_id: str) -> InstanceDetail:
    """One instance with everything but its history (see `engine.queries.history`). NotFound."""
    found = find(connection, actor, instance_id)
    definition = definitions.get(connection, found.definition_id)
    variables: Mapping[str, Any] | None = None
    masked: tuple[str, ...] = ()
    if policy.may(actor, policy.READ_VARIABLE, found.definition_key):
        raw = connection.execute(select(_i.variables).where(_i.id == instance_id)).scalar_one()
        variables, masked = mask(raw, definition)
    return InstanceDetail(
        instance=found,
        definition=definition,
        variables=variables,
        masked=masked,
        called=_called(connection, instance_id),
        standing=standing(connection, instance_id),
        may_operate=policy.may(actor, policy.MODIFY, found.definition_key),
        may_cancel=policy.may(actor, policy.CANCEL, found.definition_key),
        may_reveal=bool(masked) and policy.may(actor, policy.READ_SENSITIVE, found.definition_key),
    )


def mask(variables: Mapping[str, Any], definition: Definition) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The variables with sensitive values (`facet:sensitiveVariables`) behind `MASK`, and the names of those."""
    hidden = definition.sensitive
    shown = {name: MASK if name in hidden and value is not None else value for name, value in variables.items()}
    return shown, tuple(sorted(name for name in shown if name in hidden))


def _called(connection: Connection, instance_id: str) -> tuple[Called, ...]:
    a = t.activity.c
    rows = connection.execute(
        select(_i.id, a.element_id, _i.definition_key, _i.business_key, _i.status, _i.incidents)
        .outerjoin(t.activity, and_(a.instance_id == _i.parent_id, a.token == _i.parent_token))
        .where(_i.parent_id == instance_id)
        .order_by(_i.id)
        .limit(500)
    )
    return tuple(Called(*row) for row in rows)


MOST_STEPS = 500


def steps(connection: Connection, instance_ids: Sequence[str]) -> dict[str, tuple[Step, ...]]:
    """The open tasks of instances that the caller has found for the actor, by instance; those of what an instance called,
    at any depth, stand under it too. At most 500 in all."""
    if not instance_ids:
        return {}
    task = t.task.c
    called = connection.execute(select(_i.id).where(_i.root_id.in_(instance_ids)).limit(MOST_STEPS)).scalars()
    rows = connection.execute(
        select(t.task)
        .where(task.instance_id.in_({*instance_ids, *called}), still_open())
        .order_by(task.instance_id, task.token)
        .limit(MOST_STEPS)
    )
    found: dict[str, tuple[Step, ...]] = {}
    for row in rows:
        step = Step(
            row.id, row.instance_id, row.root_id, row.name, row.name_zh, row.assignee, tuple(row.candidate_users),
            tuple(row.candidate_groups), row.due_at, row.created_at,
        )  # fmt: skip
        for id in {row.instance_id, row.root_id}.intersection(instance_ids):
            found[id] = (*found.get(id, ()), step)
    return found


def still_open() -> ColumnElement[bool]:
    """Whether a task is open, written so that SQLite looks for its instance by index and not through all open tasks."""
    return t.task.c.status.concat("") == "open"


def standing(connection: Connection, instance_id: str) -> Standing:
    """Where the instance stands now."""
    a = t.activity.c
    tokens: dict[str, int] = {}
    completed: set[str] = set()
    rows = connection.execute(
        select(a.element_id, a.status, func.count())
        .where(a.instance_id == instance_id, a.kind != "multiInstanceBody")
        .group_by(a.element_id, a.status)
    )
    for element, status, number in rows:
        if status == "active":
            tokens[element] = number
        elif status == "completed":
            completed.add(element)
    failed = connection.execute(
        select(t.incident.c.element_id).where(t.incident.c.instance_id == instance_id, t.incident.c.status == "open")
    ).scalars()
    return Standing(tokens, frozenset(completed), frozenset(id for id in failed if id))
