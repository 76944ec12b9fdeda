"""Messages find one receiver, signals reach everybody (BPMN 10.5.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, or_, select, update

from engine import policy, record
from engine.ids import new_id
from engine.runtime import stimuli
from engine.runtime.waits import business_correlation, named_correlation
from engine.store import tables as t
from engine.variables import from_plain
from engine.work import Work

MOST_RECEIVERS = 1000
"""Waiting subscriptions of one name that are compared by variables when no key matches directly."""


@dataclass(frozen=True, slots=True)
class CorrelateMessage:
    """Sends a message to the one instance that waits for it, or to the process that it starts; returns 1, or 0 = held.

    `business_key` or `correlation` (names and values) say whom it is for. Nobody waits yet: it is held until somebody does
    or it expires. The same `message_id` again changes nothing.
    """

    name: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    business_key: str | None = None
    correlation: Mapping[str, Any] | None = None
    message_id: str | None = None
    expires_in: timedelta | None = None

    def execute(self, work: Work) -> int:
        if not work.actor.has_role("manager", "integration"):
            policy.check_operator(work.actor)
        work.audit.update(subject=self.name, detail={"business_key": self.business_key, "message_id": self.message_id})
        if self.message_id is not None:
            known = work.connection.execute(
                select(t.outbox.c.status).where(t.outbox.c.message_id == self.message_id)
            ).one_or_none()
            if known is not None:
                return int(known.status == "delivered")
        correlation = {k: from_plain(v) for k, v in self.correlation.items()} if self.correlation else None
        expiry = self.expires_in or timedelta(seconds=work.services.message_expiry_seconds)
        message = {
            "id": new_id(),
            "message_id": self.message_id,
            "name": self.name,
            "correlation": _key(self.business_key, correlation),
            "business_key": self.business_key,
            "payload": {name: from_plain(value) for name, value in self.payload.items()},
            "source_instance_id": None,
            "status": "held",
            "created_at": work.now,
            "expires_at": work.now + expiry,
        }
        work.connection.execute(insert(t.outbox), message)
        return deliver(work, message, correlation)


def _key(business_key: str | None, correlation: Mapping[str, Any] | None) -> str | None:
    if correlation:
        return named_correlation(dict(correlation))
    return business_correlation(business_key) if business_key is not None else None


@dataclass(frozen=True, slots=True)
class DeliverMessage:
    """A held message looks for its receiver (job `deliver`)."""

    job_id: str
    message: str

    def execute(self, work: Work) -> int:
        row = work.connection.execute(
            select(t.outbox).where(t.outbox.c.id == self.message).with_for_update()
        ).one_or_none()
        work.audit.update(detail={"message": self.message})
        if row is None or row.status != "held" or (row.expires_at is not None and row.expires_at <= work.now):
            return 0
        work.audit["subject"] = row.name
        message = dict(row._mapping)
        if message["expires_at"] is None:
            expires = row.created_at + timedelta(seconds=work.services.message_expiry_seconds)
            work.connection.execute(update(t.outbox).where(t.outbox.c.id == row.id).values(expires_at=expires))
        return deliver(work, message, None)


def deliver(work: Work, message: Mapping[str, Any], correlation: Mapping[str, Any] | None) -> int:
    """Gives the message to its one receiver: a waiting instance first, else a process that it starts."""
    subscription = _waiting(work, message, correlation)
    if subscription is None:
        started = _start(work, message)
        if started is None:
            return 0
        _settle(work, message, started)
        return 1
    row = work.row(subscription.instance_id)
    work.audit["instance_id"] = row.id
    work.advance(row, stimuli.Trigger(subscription.token, subscription.wait, message["payload"]))
    _settle(work, message, row.id)
    return 1


def _settle(work: Work, message: Mapping[str, Any], receiver: str) -> None:
    work.connection.execute(
        update(t.outbox)
        .where(t.outbox.c.id == message["id"])
        .values(status="delivered", receiver_instance_id=receiver, settled_at=work.now)
    )


def _waiting(work: Work, message: Mapping[str, Any], correlation: Mapping[str, Any] | None) -> Any:
    """The oldest subscription that fits: by its key; without any key, the oldest of that name."""
    s, i = t.subscription.c, t.instance.c
    query = (
        select(t.subscription)
        .join(t.instance, i.id == s.instance_id)
        .where(s.kind == "message", s.name == message["name"], i.status == "active", i.suspended.is_(False))
        .order_by(s.id)
        .limit(1)
    )
    key = message["correlation"]
    if key is not None:
        found = work.connection.execute(query.where(s.correlation == key)).one_or_none()
        if found is not None:
            return found
        return _by_variables(work, message, correlation) if correlation else None
    return work.connection.execute(query).one_or_none()


def _by_variables(work: Work, message: Mapping[str, Any], correlation: Mapping[str, Any]) -> Any:
    """Correlation keys may also be plain variables of the waiting instance."""
    s, i = t.subscription.c, t.instance.c
    rows = work.connection.execute(
        select(t.subscription, i.variables)
        .join(t.instance, i.id == s.instance_id)
        .where(
            s.kind == "message",
            s.name == message["name"],
            or_(s.correlation.is_(None), s.correlation.like("bk:%")),
            i.status == "active",
            i.suspended.is_(False),
        )
        .order_by(s.id)
        .limit(MOST_RECEIVERS)
    )
    for row in rows:
        if all(name in row.variables and row.variables[name] == value for name, value in correlation.items()):
            return row
    return None


def _start(work: Work, message: Mapping[str, Any]) -> str | None:
    """The newest version of a process that this message starts."""
    s = t.subscription.c
    row = work.connection.execute(
        select(t.subscription)
        .where(s.kind == "message", s.name == message["name"], s.instance_id.is_(None))
        .order_by(s.id)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    definition = work.definition(row.definition_id)
    stimulus = stimuli.Start(node=row.element_id, by=work.actor.username, payload=message["payload"])
    id = work.start(definition, stimulus, business_key=message["business_key"])
    work.audit["instance_id"] = id
    return id


@dataclass(frozen=True, slots=True)
class BroadcastSignal:
    """Sends a signal to everybody who listens now; returns how many were reached.

    Each receiver gets it in a transaction of its own (jobs), so that thousands of listeners do not lock each other.
    """

    name: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    source_instance: str | None = None

    def execute(self, work: Work) -> int:
        policy.check_operator(work.actor)
        work.audit.update(subject=self.name)
        payload = {name: from_plain(value) for name, value in self.payload.items()}
        s = t.subscription.c
        rows = work.connection.execute(
            select(t.subscription).where(s.kind == "signal", s.name == self.name).order_by(s.id)
        ).all()
        jobs = [
            record.signal_job(row, payload, work.now)
            for row in rows
            if row.instance_id is None or row.instance_id != self.source_instance
        ]
        if jobs:
            work.connection.execute(insert(t.job), jobs)
            work.after.append(work.services.wake)
        return len(jobs)
