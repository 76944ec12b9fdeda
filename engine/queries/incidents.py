"""What needs somebody: incidents, jobs that wait or failed, external tasks. For operators and process owners."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from engine import policy
from engine.actor import Actor
from engine.errors import Forbidden
from engine.privacy import masked, names_in
from engine.queries.history import of_readable_instances
from engine.queries.instances import find
from engine.queries.paging import Count, Page, PageRequest, count, order
from engine.store import tables as t

_n, _j, _x, _i = t.incident.c, t.job.c, t.external_task.c, t.instance.c


@dataclass(frozen=True, slots=True)
class IncidentItem:
    """Something that an operator has to look at."""

    id: str
    instance_id: str
    definition_key: str
    business_key: str | None
    element_id: str | None
    element_name: str | None
    kind: str
    message: str
    message_zh: str
    status: str
    job_id: str | None
    created_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None


@dataclass(frozen=True, slots=True)
class JobItem:
    """Something that the worker does: a timer, a service call, a message on its way."""

    id: str
    kind: str
    status: str
    instance_id: str | None
    definition_id: str | None
    element_id: str | None
    due_at: datetime
    attempts: int
    retries: int
    locked_by: str | None
    locked_until: datetime | None
    error: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ExternalItem:
    """Work that somebody outside fetches by topic."""

    id: str
    topic: str
    instance_id: str
    definition_key: str
    business_key: str | None
    element_id: str
    priority: int
    retries: int
    status: str
    worker_id: str | None
    locked_until: datetime | None
    error: str | None
    created_at: datetime
    data: Mapping[str, Any]


def list_incidents(
    connection: Connection,
    actor: Actor,
    request: PageRequest,
    *,
    status: str | None = "open",
    definition_key: str | None = None,
    instance_id: str | None = None,
) -> Page[IncidentItem]:
    """Incidents, newest first. Of one instance (`instance_id`) whoever may see the instance may see them."""
    if instance_id is not None:
        find(connection, actor, instance_id)
    else:
        policy.check_somewhere(actor, policy.READ_INSTANCE)
    chosen = order(request, {"created": _n.created_at}, _n.id, "-created")
    query = select(*t.incident.c, _i.business_key, _n.created_at.label("sort_value")).join(
        t.instance, _i.id == _n.instance_id
    )
    query = query.where(*_incident_conditions(status, definition_key, instance_id))
    if instance_id is None and (granted := policy.within(actor, policy.READ_INSTANCE, _n.definition_key)) is not None:
        query = query.where(granted)
    return chosen.page(connection.execute(chosen.apply(query)), lambda row: _incident(row, actor))


def _incident_conditions(
    status: str | None, definition_key: str | None, instance_id: str | None
) -> list[ColumnElement[bool]]:
    pairs = ((_n.status, status), (_n.definition_key, definition_key), (_n.instance_id, instance_id))
    return [column == value for column, value in pairs if value is not None]


def count_incidents(connection: Connection, actor: Actor) -> Count:
    """How many incidents are open, up to 1,000."""
    policy.check_somewhere(actor, policy.READ_INSTANCE)
    query = select(_n.id).where(_n.status == "open")
    granted = policy.within(actor, policy.READ_INSTANCE, _n.definition_key)
    return count(connection, query if granted is None else query.where(granted))


SOMETHING = ("Something did not work here. Whoever looks after this process sees the details.",
             "此处出现异常，流程管理者可查看详情。")  # fmt: skip


def _incident(row: Any, actor: Actor) -> IncidentItem:
    """What went wrong may quote variables: the sentence is for those who read them."""
    told = policy.may(actor, policy.READ_VARIABLE, row.definition_key)
    message, message_zh = (row.message, row.message_zh) if told else SOMETHING
    return IncidentItem(
        row.id, row.instance_id, row.definition_key, row.business_key, row.element_id, row.element_name, row.kind,
        message, message_zh, row.status, row.job_id, row.created_at, row.resolved_at, row.resolved_by,
    )  # fmt: skip


def list_jobs(
    connection: Connection,
    actor: Actor,
    request: PageRequest,
    *,
    status: str | None = None,
    kind: str | None = None,
    instance_id: str | None = None,
) -> Page[JobItem]:
    """Jobs of instances that the actor reads, in order of their due time. Forbidden for who reads none."""
    policy.check_somewhere(actor, policy.READ_INSTANCE)
    chosen = order(request, {"due": _j.due_at, "created": _j.created_at}, _j.id, "due")
    query = select(*t.job.c, chosen.expression.label("sort_value"))
    for column, value in ((_j.status, status), (_j.kind, kind), (_j.instance_id, instance_id)):
        if value is not None:
            query = query.where(column == value)

    if (allowed := of_readable_instances(actor, policy.READ_INSTANCE, _j.instance_id)) is not None:
        query = query.where(allowed)

    def job(row: Any) -> JobItem:
        return JobItem(
            row.id, row.kind, row.status, row.instance_id, row.definition_id, row.element_id, row.due_at, row.attempts,
            row.retries, row.locked_by, row.locked_until, row.error, row.created_at,
        )  # fmt: skip

    return chosen.page(connection.execute(chosen.apply(query)), job)


def list_external(
    connection: Connection,
    actor: Actor,
    request: PageRequest,
    *,
    topic: str | None = None,
    instance_id: str | None = None,
) -> Page[ExternalItem]:
    """Open external tasks, oldest first. Forbidden but for integrations, operators and process owners."""
    if not actor.has_role("integration") and not policy.everywhere(actor, policy.READ_VARIABLE):
        raise Forbidden("Only integrations and managers see external tasks.", "只有集成账号和管理者可以查看外部任务。")
    chosen = order(request, {"created": _x.created_at}, _x.id, "created")
    query = (
        select(*t.external_task.c, t.definition.c.sensitive, _x.created_at.label("sort_value"))
        .join(t.instance, _i.id == _x.instance_id)
        .join(t.definition, t.definition.c.id == _i.definition_id)
    )
    for column, value in ((_x.topic, topic), (_x.instance_id, instance_id)):
        if value is not None:
            query = query.where(column == value)
    rows = connection.execute(chosen.apply(query))
    return chosen.page(rows, lambda row: replace(external_item(row), data=masked(row.data, names_in(row.sensitive))))


def external_item(row: Any) -> ExternalItem:
    """The view of an external task's row."""
    return ExternalItem(
        row.id, row.topic, row.instance_id, row.definition_key, row.business_key, row.element_id, row.priority,
        row.retries, row.status, row.worker_id, row.locked_until, row.error, row.created_at, row.data,
    )  # fmt: skip
