"""Messages find one receiver, signals reach everybody (BPMN 10.5.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, or_, select, update

from engine import policy, record
from engine.audit import change
from engine.chains import check_start
from engine.commands.instances import check_business_key, derived_key
from engine.errors import InvalidInput, StaleRevision
from engine.ids import new_id
from engine.runtime import stimuli
from engine.runtime.waits import business_correlation, named_correlation
from engine.store import tables as t
from engine.variables import check, from_plain
from engine.work import Work

MOST_RECEIVERS = 1000
"""Waiting subscriptions of one name that are compared by variables when no key matches directly."""
LONGEST_WAIT = timedelta(days=3660)
"""A message is held for ten years at the most."""


@dataclass(frozen=True, slots=True)
class CorrelateMessage:
    """Sends a message to the one instance that waits for it, or to the process that it starts; returns 1, or 0 = held.

    `business_key` or `correlation` (names and values) say whom it is for. Nobody waits yet: it is held until somebody does
    or it expires; `expires_in` zero: it is not held at all. The same `message_id` again changes nothing.
    """

    name: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    business_key: str | None = None
    correlation: Mapping[str, Any] | None = None
    message_id: str | None = None
    expires_in: timedelta | None = None

    def execute(self, work: Work) -> int:
        if not work.actor.has_role("integration"):
            policy.check(work.actor, policy.MODIFY)
        message = self._message(work)
        work.audit.update(subject=self.name, detail=self._detail(None, "held"))
        if self.message_id is not None:
            known = work.connection.execute(
                select(t.outbox.c.status).where(t.outbox.c.message_id == message["message_id"])
            ).one_or_none()
            if known is not None:
                work.audit["detail"] = self._detail(known.status, known.status)
                return int(known.status == "delivered")
        work.connection.execute(insert(t.outbox), message)
        return deliver(work, message)

    def _detail(self, before: str | None, after: str) -> dict[str, Any]:
        """What the audit says: names of the payload's fields, never its values, which are the message's alone."""
        asked = {
            "business_key": self.business_key,
            "message_id": self.message_id,
            "correlation": sorted(self.correlation or ()),
            "payload": sorted(self.payload),
        }
        return change({"status": before} if before is not None else None, {"status": after}, **asked)

    def _message(self, work: Work) -> dict[str, Any]:
        payload = {name: from_plain(value) for name, value in self.payload.items()}
        check(payload, work.services.data_limits)
        correlation = {k: from_plain(v) for k, v in self.correlation.items()} if self.correlation else None
        key = check_business_key(self.business_key)
        return {
            "id": new_id(),
            "message_id": record.message_key(self.message_id) if self.message_id is not None else None,
            "name": _name(self.name),
            "correlation": _key(key, correlation),
            "correlation_values": correlation,
            "business_key": key,
            "payload": payload,
            "source_instance_id": None,
            "status": "held",
            "created_at": work.now,
            "expires_at": work.now + self._expiry(work),
        }

    def _expiry(self, work: Work) -> timedelta:
        if self.expires_in is None:
            return timedelta(seconds=work.services.message_expiry_seconds)
        if not timedelta() <= self.expires_in <= LONGEST_WAIT:
            raise InvalidInput("A message can be held for up to ten years.", "消息最多可保留十年。")
        return self.expires_in


def _name(name: str) -> str:
    if not 1 <= len(name) <= 255:
        raise InvalidInput(
            "A message or signal has a name of at most 255 characters.", "消息或信号的名称须为 1 到 255 个字符。"
        )
    return name


def _key(business_key: str | None, correlation: Mapping[str, Any] | None) -> str | None:
    if correlation:
        return record.correlation_key(named_correlation(dict(correlation)))
    return record.correlation_key(business_correlation(business_key)) if business_key is not None else None


@dataclass(frozen=True, slots=True)
class DeliverMessage:
    """A held message looks for its receiver (job `deliver`)."""

    message: str

    def execute(self, work: Work) -> int:
        row = work.connection.execute(
            select(t.outbox).where(t.outbox.c.id == self.message).with_for_update()
        ).one_or_none()
        status = row.status if row is not None else None
        work.audit["detail"] = change({"status": status}, {"status": status}, message=self.message)
        if row is None or row.status != "held" or (row.expires_at is not None and row.expires_at <= work.now):
            return 0
        work.audit["subject"] = row.name
        if row.expires_at is None:
            expires = row.created_at + timedelta(seconds=work.services.message_expiry_seconds)
            work.connection.execute(update(t.outbox).where(t.outbox.c.id == row.id).values(expires_at=expires))
        return deliver(work, dict(row._mapping))


def deliver(work: Work, message: Mapping[str, Any]) -> int:
    """Gives the message to its one receiver: a waiting instance first, else a process that it starts. 0: it is held.

    StaleRevision, to be tried again, when a receiver came or went while we looked.
    """
    receiver = _receiver(work, message)
    if receiver is None:
        record.lock_message_names(work.connection, [message["name"]], sending=True)
        if _receiver(work, message) is not None:
            raise StaleRevision("A receiver has come just now.", "刚刚出现了接收者。")
        return 0
    if receiver.instance_id is None:
        id = begin(work, receiver.definition_id, receiver.element_id, message["payload"], message["business_key"])
    elif (row := _still_waiting(work, receiver)).suspended:
        return 0
    else:
        work.audit["instance_id"] = id = row.id
        work.advance(row, stimuli.Trigger(receiver.token, receiver.wait, message["payload"]))
    work.connection.execute(
        update(t.outbox)
        .where(t.outbox.c.id == message["id"])
        .values(status="delivered", receiver_instance_id=id, settled_at=work.now)
    )
    detail = work.audit["detail"]
    before = detail["before"] if detail["before"] is None else {"status": "held"}
    work.audit["detail"] = {**detail, "before": before, "after": {"status": "delivered"}}
    return 1


def _still_waiting(work: Work, subscription: Any) -> Any:
    """The row of the waiting instance, locked: another message may have taken its place before that."""
    row = work.row(subscription.instance_id)
    s = t.subscription.c
    if work.connection.execute(select(s.id).where(s.id == subscription.id)).first() is None:
        raise StaleRevision("The receiver has gone on just now.", "接收者刚刚离开。")
    return row


def _receiver(work: Work, message: Mapping[str, Any]) -> Any:
    """The oldest subscription that fits; without a key the oldest of that name. Suspended instances come last: what is
    for them alone waits until they are resumed, but a message without a key rather starts a process."""
    waiting = _waiting(work, message)
    if waiting is None or (waiting.suspended and message["correlation"] is None):
        return _starting(work, message) or waiting
    return waiting


def _waiting(work: Work, message: Mapping[str, Any]) -> Any:
    s, i = t.subscription.c, t.instance.c
    query = (
        select(t.subscription, i.suspended)
        .join(t.instance, i.id == s.instance_id)
        .where(s.kind == "message", s.name == message["name"], i.status == "active")
        .order_by(i.suspended, s.id)
    )
    key = message["correlation"]
    if key is None:
        return work.connection.execute(query.limit(1)).one_or_none()
    found = work.connection.execute(query.where(s.correlation == key).limit(1)).one_or_none()
    return found if found is not None or key.startswith("bk:") else _by_variables(work, message, query)


def _by_variables(work: Work, message: Mapping[str, Any], query: Any) -> Any:
    """Correlation keys may also be plain variables of an instance that waits by its business key, or by nothing."""
    plain = or_(t.subscription.c.correlation.is_(None), t.subscription.c.correlation.like("bk:%"))
    rows = work.connection.execute(query.add_columns(t.instance.c.variables).where(plain).limit(MOST_RECEIVERS))
    return next((row for row in rows if record.fits_variables(message, row.variables)), None)


def _starting(work: Work, message: Mapping[str, Any]) -> Any:
    """The subscription of the newest version of a process that this message starts."""
    s, d = t.subscription.c, t.definition.c
    query = (
        select(t.subscription)
        .join(t.definition, d.id == s.definition_id)
        .where(s.kind == "message", s.name == message["name"], s.instance_id.is_(None), d.suspended.is_(False))
    )
    return work.connection.execute(query.order_by(s.id).limit(1)).one_or_none()


def begin(
    work: Work, definition_id: str, element_id: str, payload: Mapping[str, Any], business_key: str | None = None
) -> str:
    """Starts an instance by one of its start events. Without a business key the diagram's own is derived, if it has one."""
    definition = work.definition(definition_id)
    check_start(work.connection, work.chain, definition.key, work.now, work.services.call_depth)
    work.chain = work.chain.started()
    stimulus = stimuli.Start(node=element_id, by=work.actor.username, payload=payload)
    id = work.start(definition, stimulus, business_key=business_key or derived_key(work, definition, payload))
    work.audit["instance_id"] = id
    return id


@dataclass(frozen=True, slots=True)
class BroadcastSignal:
    """Sends a signal to everybody who listens now; returns how many were reached.

    Each receiver gets it in a transaction of its own (jobs), so that thousands of listeners do not lock each other. A
    suspended one gets it when it is resumed.
    """

    name: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    source_instance: str | None = None

    def execute(self, work: Work) -> int:
        policy.check(work.actor, policy.MODIFY)
        work.audit.update(subject=_name(self.name))
        payload = {name: from_plain(value) for name, value in self.payload.items()}
        check(payload, work.services.data_limits)
        s = t.subscription.c
        rows = work.connection.execute(
            select(t.subscription).where(s.kind == "signal", s.name == self.name).order_by(s.id)
        ).all()
        jobs = [
            record.signal_job(row, payload, work.now)
            for row in rows
            if row.instance_id is None or row.instance_id != self.source_instance
        ]
        for job in jobs:
            job["payload"] = {**work.chain.onto(job["payload"]), "source": self.source_instance}
        work.audit["detail"] = change(None, {"receivers": len(jobs)}, payload=sorted(self.payload))
        if jobs:
            work.connection.execute(insert(t.job), jobs)
            work.after.append(work.services.wake)
        return len(jobs)
