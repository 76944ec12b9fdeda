"""Names for what lists carry as keys: people, groups, processes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CompoundSelect, Connection, or_, select, union

from engine import policy
from engine.actor import Actor
from engine.store import tables as t

_t, _c, _d, _u, _g = t.task.c, t.task_candidate.c, t.definition.c, t.user.c, t.group.c

LOOKED_AT = 1000
"""Tasks, newest first, of each way to a task in which processes are looked for."""
MOST_PROCESSES = 200


@dataclass(frozen=True, slots=True)
class Name:
    """A key with its names; `zh` may be empty."""

    key: str
    en: str
    zh: str = ""


def people(connection: Connection, usernames: Iterable[str | None]) -> dict[str, str]:
    """Display names by username; who is unknown is not in it."""
    wanted = sorted({name for name in usernames if name})
    if not wanted:
        return {}
    rows = connection.execute(select(_u.username, _u.name).where(_u.username.in_(wanted)))
    return {row.username: row.name for row in rows}


def groups(connection: Connection) -> Mapping[str, Name]:
    """All groups by key (an installation has dozens)."""
    rows = connection.execute(select(_g.key, _g.name, _g.name_zh).order_by(_g.key))
    return {row.key: Name(row.key, row.name, row.name_zh) for row in rows}


def cases(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """By instance: its business key, or its process's key where it has none."""
    i, wanted = t.instance.c, sorted(set(ids))
    if not wanted:
        return {}
    rows = connection.execute(select(i.id, i.business_key, i.definition_key).where(i.id.in_(wanted)))
    return {row.id: row.business_key or row.definition_key for row in rows}


def processes(connection: Connection, actor: Actor) -> tuple[Name, ...]:
    """Processes to choose from in a filter: all for who reads all instances, else those of the actor's open tasks."""
    query = select(_d.key, _d.name, _d.name_zh).where(_d.latest.is_(True)).order_by(_d.key).limit(MOST_PROCESSES)
    if (granted := policy.within(actor, policy.READ_INSTANCE, _d.key)) is not None:
        query = query.where(or_(_d.key.in_(_keys_of_tasks(actor)), granted))
    return tuple(Name(row.key, row.name, row.name_zh) for row in connection.execute(query))


def _keys_of_tasks(actor: Actor) -> CompoundSelect[Any]:
    newest = _t.created_at.desc()
    own = select(_t.definition_key).where(_t.assignee == actor.username, _t.status == "open")
    branches = [own.order_by(newest).limit(LOOKED_AT).subquery()]
    for kind, name in (("user", actor.username), *(("group", key) for key in sorted(actor.groups))):
        offered = select(_c.task_id).where(_c.kind == kind, _c.subject == name)
        ids = offered.order_by(_c.created_at.desc()).limit(LOOKED_AT).subquery()
        branches.append(select(_t.definition_key).where(_t.id.in_(select(ids.c.task_id))).distinct().subquery())
    return union(*(select(branch.c.definition_key) for branch in branches))
