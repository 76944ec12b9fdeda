"""What others are told of: events of instances, as messages that are signed and tried until they arrive.

A turn that has an event writes one delivery and one job per webhook in its own transaction; without webhooks it costs
nothing. Events carry ids, names and states, never variables: who may see those asks for them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from engine import record
from engine.ids import new_id
from engine.store import tables as t

EVENTS: Final = ("instance.started", "instance.ended", "task.created", "task.ended", "incident.raised")
KEPT: Final = 5.0
"""Seconds for which the list of webhooks is believed; a new one is served after that in all processes."""
ATTEMPTS: Final = 8


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
    deliveries = [
        _delivery(target, event, s, data, now)
        for event, data in _events(s, page, new)
        for target in known
        if target.wants(event, s.definition_key)
    ]
    if not deliveries:
        return False
    connection.execute(insert(t.webhook_delivery), deliveries)
    connection.execute(insert(t.job), [delivery_job(row["id"], now) for row in deliveries])
    return True


def delivery_job(delivery: str, now: datetime) -> dict[str, Any]:
    """The job that sends a delivery."""
    return record.job_row("webhook", now, payload={"delivery": delivery}, retries=ATTEMPTS)


def _delivery(target: Target, event: str, s: record.Subject, data: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    payload = {
        "type": event,
        "timestamp": now.isoformat(),
        "data": {"instance_id": s.id, "process": s.definition_key, "business_key": s.business_key, **data},
    }
    return {
        "id": new_id(),
        "webhook_id": target.id,
        "instance_id": s.id,
        "event": event,
        "payload": payload,
        "status": "due",
        "created_at": now,
    }


def _events(s: record.Subject, page: record.Page, new: bool) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if new:
        yield "instance.started", {}
    for row in page.tasks.values():
        yield "task.created", {"task_id": row["id"], "element_id": row["element_id"], "status": row["status"]}
    for row in page.ended_tasks:
        yield "task.ended", {"token": row["b_token"], "status": row["status"], "by": row["ended_by"]}
    for row in page.incidents.values():
        yield "incident.raised", {"element_id": row["element_id"], "kind": row["kind"]}
    if page.ended is not None:
        yield "instance.ended", {"status": page.ended.status, "element_id": page.ended.element_id}
