"""What others are told of: events of instances, as messages that are signed and tried until they arrive.

A turn that has an event writes one delivery and one job per webhook in its own transaction; without webhooks it costs
nothing. Events carry ids, names and states, never variables: who may see those asks for them.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, insert, select

from engine import record
from engine.errors import NotFound
from engine.ids import new_id
from engine.store import tables as t

EVENTS: Final = ("instance.started", "instance.ended", "task.created", "task.ended", "incident.raised")
KEPT: Final = 5.0
"""Seconds for which the list of webhooks is believed; a new one is served after that in all processes."""
TEST: Final = "webhook.test"
"""The event that an administrator sends by hand."""
PAUSES: Final = (5, 60, 5 * 60, 30 * 60, 2 * 3600, 8 * 3600, 14 * 3600)
"""Seconds between two attempts: a day in all, so that a receiver may be away for a night."""
ATTEMPTS: Final = len(PAUSES) + 1
LONGEST_PAUSE: Final = 24 * 3600
"""Seconds at the most, however long the other side asks us to wait."""

_T = t.task.c
_ENDED = select(_T.id, _T.token, _T.element_id).where(
    _T.instance_id == bindparam("b_instance"), _T.token.in_(bindparam("b_tokens", expanding=True))
)


def no_webhook() -> NotFound:
    """The answer for a webhook that is not there."""
    return NotFound("There is no such webhook.", "没有该 webhook。")


@dataclass(frozen=True, slots=True)
class Target:
    """A webhook that is switched on."""

    id: str
    events: frozenset[str]
    process: str | None

    def wants(self, event: str, process: str) -> bool:
        """Whether it is to be told."""
        return event in self.events and self.process in (None, process)


@dataclass(slots=True)
class Targets:
    """The webhooks of an installation, read now and then."""

    known: tuple[Target, ...] = ()
    read_at: float = field(default=-KEPT)

    def load(self, connection: Connection) -> tuple[Target, ...]:
        """All that are switched on, at most `KEPT` seconds old."""
        if time.monotonic() - self.read_at >= KEPT:
            w = t.webhook.c
            rows = connection.execute(select(w.id, w.events, w.process).where(w.disabled.is_(False))).all()
            self.known = tuple(Target(row.id, frozenset(row.events), row.process) for row in rows)
            self.read_at = time.monotonic()
        return self.known

    def forget(self) -> None:
        """There are others now."""
        self.read_at = -KEPT


def tell(
    connection: Connection, targets: Targets, s: record.Subject, page: record.Page, now: datetime, new: bool
) -> bool:
    """Writes deliveries and jobs for what happened in a turn. True: there is something to do."""
    known = targets.load(connection)
    if not known:
        return False
    wanted = {event for event in EVENTS if any(target.wants(event, s.definition_key) for target in known)}
    if not wanted:
        return False
    deliveries = [
        _delivery(target, event, s, data, now)
        for event, data in _events(connection, s, page, new, wanted)
        for target in known
        if target.wants(event, s.definition_key)
    ]
    if not deliveries:
        return False
    connection.execute(insert(t.webhook_delivery), deliveries)
    connection.execute(insert(t.job), [delivery_job(row["id"], now) for row in deliveries])
    return True


def delivery_job(delivery: str, now: datetime) -> dict[str, Any]:
    """The job that sends a delivery, whose id stands in the job's `element_id` too: to find it by."""
    return record.job_row("webhook", now, element_id=delivery, payload={"delivery": delivery}, retries=ATTEMPTS)


def delivery_row(
    webhook: str, event: str, data: Mapping[str, Any], now: datetime, instance: str | None = None
) -> dict[str, Any]:
    """A delivery that is still to be sent."""
    return {
        "id": new_id(),
        "webhook_id": webhook,
        "instance_id": instance,
        "event": event,
        "payload": {"type": event, "timestamp": now.isoformat(), "data": dict(data)},
        "status": "due",
        "created_at": now,
    }


def _delivery(target: Target, event: str, s: record.Subject, data: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    about = {"instance_id": s.id, "process": s.definition_key, "business_key": s.business_key, **data}
    return delivery_row(target.id, event, about, now, s.id)


def _events(
    connection: Connection, s: record.Subject, page: record.Page, new: bool, wanted: Collection[str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if new:
        yield "instance.started", {}
    if page.ended_tasks and "task.ended" in wanted:
        yield from _ended_tasks(connection, s, page)
    for row in page.tasks.values():
        yield "task.created", {"task_id": row["id"], "element_id": row["element_id"], "status": row["status"]}
    for row in page.incidents.values():
        yield "incident.raised", {"element_id": row["element_id"], "kind": row["kind"]}
    if page.ended is not None:
        yield "instance.ended", {"status": page.ended.status, "element_id": page.ended.element_id}


def _ended_tasks(
    connection: Connection, s: record.Subject, page: record.Page
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    tokens = [row["b_token"] for row in page.ended_tasks]
    known = {row.token: row for row in connection.execute(_ENDED, {"b_instance": s.id, "b_tokens": tokens})}
    for row in page.ended_tasks:
        if (task := known.get(row["b_token"])) is not None:
            about = {"task_id": task.id, "element_id": task.element_id}
            yield "task.ended", {**about, "status": row["status"], "by": row["ended_by"]}
