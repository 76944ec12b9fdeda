"""What can run: process definitions, decisions, deployments and their files as uploaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from engine import policy
from engine.actor import Actor
from engine.definitions import Definition
from engine.errors import NotFound
from engine.queries.paging import Page, PageRequest, contains, order
from engine.store import tables as t

_d, _p = t.definition.c, t.deployment.c

SORTS: Mapping[str, ColumnElement[Any]] = {"key": _d.key, "name": _d.name, "created": _d.created_at}


@dataclass(frozen=True, slots=True)
class DefinitionFilter:
    """Which definitions. `latest`: only the newest version of each key; `startable`: only what the actor may start."""

    key: str | None = None
    latest: bool = True
    startable: bool = False
    text: str | None = None


@dataclass(frozen=True, slots=True)
class DefinitionItem:
    """One version of a process."""

    id: str
    key: str
    version: int
    name: str
    name_zh: str
    version_tag: str | None
    deployment_id: str
    resource_name: str
    starters: tuple[str, ...] | None
    """Groups that may start it; None: everybody."""
    startable: bool
    """It has a plain start event."""
    may_start: bool
    """The actor may start it now."""
    start_form: str | None
    suspended: bool
    latest: bool
    deployed_at: datetime
    deployed_by: str | None


@dataclass(frozen=True, slots=True)
class ResourceItem:
    """A file of a deployment; `size` in bytes."""

    id: str
    name: str
    kind: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class DecisionItem:
    """The newest version of a decision."""

    id: str
    key: str
    version: int
    name: str
    deployment_id: str
    resource_name: str
    created_at: datetime


_LIST = select(*t.definition.c, _p.deployed_at, _p.deployed_by).join(t.deployment, _p.id == _d.deployment_id)
_STARTABLE = select(_d.id, _d.key, _d.starters).where(
    _d.latest.is_(True), _d.startable.is_(True), _d.suspended.is_(False)
)


def list_definitions(
    connection: Connection, actor: Actor, filter: DefinitionFilter, request: PageRequest
) -> Page[DefinitionItem]:
    """A page of definitions by key. Who is neither operator nor process owner sees what they may start."""
    chosen = order(request, SORTS, _d.id, "key")
    query = _LIST.add_columns(chosen.expression.label("sort_value"))
    if filter.latest:
        query = query.where(_d.latest.is_(True))
    if filter.key is not None:
        query = query.where(_d.key == filter.key)
    if filter.text:
        query = query.where(or_(*(contains(column, filter.text) for column in (_d.name, _d.name_zh, _d.key))))
    readable = policy.within(actor, policy.READ_INSTANCE, _d.key)
    if filter.startable:
        query = query.where(_d.id.in_(_startable(connection, actor)))
    elif readable is not None:
        query = query.where(or_(_d.id.in_(_startable(connection, actor)), readable))
    return chosen.page(connection.execute(chosen.apply(query)), lambda row: _item(row, actor))


def _startable(connection: Connection, actor: Actor) -> list[str]:
    """Ids of what the actor may start. The groups stand in a JSON list, so the policy itself looks at each newest version."""
    rows = connection.execute(_STARTABLE)
    return [row.id for row in rows if policy.may_start(actor, row.starters, row.key)]


def get_definition(connection: Connection, actor: Actor, key: str, version: int | None = None) -> DefinitionItem:
    """The newest (or the given) version of a process. NotFound, also for what the actor may neither start nor read."""
    condition = _d.version == version if version is not None else _d.latest.is_(True)
    row = connection.execute(_LIST.where(_d.key == key, condition)).one_or_none()
    if row is None or not (
        policy.may(actor, policy.READ_INSTANCE, key) or (row.startable and policy.may_start(actor, row.starters, key))
    ):
        raise no_definition()
    return _item(row, actor)


def no_definition() -> NotFound:
    """The answer for a definition that is not there or not for this actor."""
    return NotFound("There is no such process definition, or you may not see it.", "没有该流程定义，或您无权查看。")


def list_resources(connection: Connection, actor: Actor, deployment_id: str) -> tuple[ResourceItem, ...]:
    """The files of a deployment. NotFound; Forbidden for who only starts processes."""
    hidden = _unreadable(connection, actor, deployment_id)
    r = t.resource.c
    rows = connection.execute(
        select(r.id, r.name, r.kind, func.length(r.content), r.digest)
        .where(r.deployment_id == deployment_id, r.name.not_in(hidden))
        .order_by(r.name)
    ).all()
    if not rows:
        raise NotFound("There is no such deployment.", "没有该部署。")
    return tuple(ResourceItem(*row) for row in rows)


def get_resource(connection: Connection, actor: Actor, deployment_id: str, name: str) -> tuple[ResourceItem, bytes]:
    """A file exactly as it was uploaded. NotFound."""
    hidden = _unreadable(connection, actor, deployment_id)
    r = t.resource.c
    row = connection.execute(select(t.resource).where(r.deployment_id == deployment_id, r.name == name)).one_or_none()
    if row is None or name in hidden:
        raise NotFound("There is no such file in this deployment.", "该部署中没有此文件。")
    return ResourceItem(row.id, row.name, row.kind, len(row.content), row.digest), row.content


def _unreadable(connection: Connection, actor: Actor, deployment_id: str) -> frozenset[str]:
    """Diagrams of the deployment that hold no process that the actor reads. Forbidden for who reads no process; NotFound
    for a deployment without one that they read."""
    policy.check_somewhere(actor, policy.READ_INSTANCE)
    if policy.everywhere(actor, policy.READ_INSTANCE):
        return frozenset()
    rows = connection.execute(select(_d.key, _d.resource_name).where(_d.deployment_id == deployment_id)).all()
    seen = {row.resource_name for row in rows if policy.may(actor, policy.READ_INSTANCE, row.key)}
    if not seen:
        raise NotFound("There is no such deployment.", "没有该部署。")
    return frozenset(row.resource_name for row in rows) - seen


def diagram_of(connection: Connection, definition: Definition) -> bytes:
    """The diagram's file, for drawing it for somebody who may see the definition or one of its instances."""
    r = t.resource.c
    query = select(r.content).where(r.deployment_id == definition.deployment_id, r.name == definition.resource_name)
    return bytes(connection.execute(query).scalar_one())


def list_decisions(connection: Connection, request: PageRequest, text: str | None = None) -> Page[DecisionItem]:
    """The newest version of each decision, by key."""
    c, newer = t.decision_definition.c, t.decision_definition.alias("newer")
    chosen = order(request, {"key": c.key}, c.id, "key")
    newest = select(func.max(newer.c.version)).where(newer.c.key == c.key).scalar_subquery()
    query = select(*c, c.key.label("sort_value")).where(c.version == newest)
    if text:
        query = query.where(or_(contains(c.name, text), contains(c.key, text)))

    def decision(row: Any) -> DecisionItem:
        return DecisionItem(
            row.id, row.key, row.version, row.name, row.deployment_id, row.resource_name, row.created_at
        )

    return chosen.page(connection.execute(chosen.apply(query)), decision)


def _item(row: Any, actor: Actor) -> DefinitionItem:
    return DefinitionItem(
        id=row.id,
        key=row.key,
        version=row.version,
        name=row.name,
        name_zh=row.name_zh,
        version_tag=row.version_tag,
        deployment_id=row.deployment_id,
        resource_name=row.resource_name,
        starters=tuple(row.starters) if row.starters is not None else None,
        startable=row.startable,
        may_start=row.startable and not row.suspended and row.latest and policy.may_start(actor, row.starters, row.key),
        start_form=row.start_form,
        suspended=row.suspended,
        latest=row.latest,
        deployed_at=row.deployed_at,
        deployed_by=row.deployed_by,
    )
