"""What changed just now, for open pages: read off the audit, so that it holds for every process of an installation."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, or_, select

from engine.queries.instances import still_open
from engine.store import tables as t

_a, _t = t.audit.c, t.task.c

MOST: Final = 500
"""Entries and tasks that one look takes in; with more than that at once everybody is told."""


@dataclass(frozen=True, slots=True)
class Changes:
    """`entries` are audit ids, newest last; `users` and `groups` are those whose inbox may look different now."""

    entries: tuple[str, ...]
    instances: frozenset[str]
    users: frozenset[str]
    groups: frozenset[str]
    everybody: bool = False

    @property
    def newest(self) -> int:
        """When the newest entry's id was made: milliseconds since 1970 (RFC 9562, UUIDv7)."""
        return int(max(self.entries).replace("-", "")[:12], 16) if self.entries else 0

    def concerns(self, username: str, groups: Collection[str]) -> bool:
        """Whether the inbox of that person may look different now."""
        return self.everybody or username in self.users or not self.groups.isdisjoint(groups)


NOTHING: Final = Changes((), frozenset(), frozenset(), frozenset())


def changes_since(connection: Connection, floor: str, known: Collection[str], ended_after: datetime) -> Changes:
    """What the audit says behind the id `floor`, but for the `known` entries; of tasks that are over only those that ended
    after `ended_after` count."""
    rows = connection.execute(
        select(_a.id, _a.instance_id, _a.actor).where(_a.id > floor).order_by(_a.id).limit(MOST)
    ).all()
    fresh = [row for row in rows if row.id not in known]
    if not fresh:
        return NOTHING
    moved = frozenset(row.instance_id for row in fresh if row.instance_id is not None)
    users, groups, full = _holders(connection, moved, ended_after)
    return Changes(
        entries=tuple(row.id for row in fresh),
        instances=moved,
        users=users | {row.actor for row in fresh},
        groups=groups,
        everybody=full or len(rows) == MOST,
    )


def _holders(
    connection: Connection, moved: Collection[str], ended_after: datetime
) -> tuple[frozenset[str], frozenset[str], bool]:
    """Who has, had or is offered a task of these instances."""
    if not moved:
        return frozenset(), frozenset(), False
    rows = connection.execute(
        select(_t.assignee, _t.owner, _t.ended_by, _t.candidate_users, _t.candidate_groups)
        .where(_t.instance_id.in_(sorted(moved)), or_(still_open(), _t.ended_at > ended_after))
        .limit(MOST)
    ).all()
    users = {name for row in rows for name in (row.assignee, row.owner, row.ended_by, *row.candidate_users) if name}
    return frozenset(users), frozenset(g for row in rows for g in row.candidate_groups), len(rows) == MOST
