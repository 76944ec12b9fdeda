"""Who was granted what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from engine import policy
from engine.actor import Actor
from engine.queries.paging import Page, PageRequest, order
from engine.store import tables as t

_p = t.grant.c


@dataclass(frozen=True, slots=True)
class GrantItem:
    """One permission; `name` is that of the user or group, `process_name` that of the process (None: all, or unknown)."""

    id: str
    subject_kind: str
    subject: str
    name: str
    resource: str
    resource_id: str
    process_name: str | None
    process_name_zh: str | None
    action: str
    granted_by: str
    granted_at: datetime


def list_grants(
    connection: Connection,
    actor: Actor,
    request: PageRequest,
    *,
    subject: str | None = None,
    process: str | None = None,
) -> Page[GrantItem]:
    """Permissions on what the actor may grant, in order of the processes. Forbidden for who may grant nothing."""
    policy.check_somewhere(actor, policy.GRANT)
    chosen = order(request, {"process": _p.resource_id}, _p.id, "process")
    u, g, d = t.user.c, t.group.c, t.definition.c
    query = (
        select(
            *t.grant.c, u.name.label("user_name"), g.name.label("group_name"), d.name.label("process_name"),
            d.name_zh.label("process_name_zh"), chosen.expression.label("sort_value"),
        )
        .outerjoin(t.user, and_(_p.subject_kind == "user", u.username == _p.subject))
        .outerjoin(t.group, and_(_p.subject_kind == "group", g.key == _p.subject))
        .outerjoin(t.definition, and_(d.key == _p.resource_id, d.latest.is_(True)))
    )  # fmt: skip
    if (granted := policy.within(actor, policy.GRANT, _p.resource_id)) is not None:
        query = query.where(_p.resource == "PROCESS", granted)
    if subject is not None:
        query = query.where(_p.subject == subject)
    if process is not None:
        query = query.where(or_(_p.resource_id == process, _p.resource_id == "*"))
    return chosen.page(connection.execute(chosen.apply(query)), _item)


def _item(row: Any) -> GrantItem:
    return GrantItem(
        row.id, row.subject_kind, row.subject, row.user_name or row.group_name or row.subject, row.resource,
        row.resource_id, row.process_name, row.process_name_zh, row.action, row.granted_by, row.granted_at,
    )  # fmt: skip
