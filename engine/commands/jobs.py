"""What the worker does: one command per job, which removes the job and has its effect in one transaction.

A job that is gone has been done: the command then does nothing. So a worker that dies at any point loses nothing, and a
job that two workers hold is done once.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import bindparam, delete, insert, or_, select, update

from engine import record
from engine.commands.instances import latest
from engine.commands.messages import BroadcastSignal, DeliverMessage
from engine.errors import LimitExceeded, NotFound
from engine.ids import new_id
from engine.runtime import stimuli
from engine.runtime.starts import schedule_from_data, schedule_to_data
from engine.store import tables as t
from engine.work import Work

LONGEST_PAUSE = 3600
"""Seconds between two attempts at the most."""

_j = t.job.c
_TAKE = delete(t.job).where(_j.id == bindparam("b_id"))


@dataclass(frozen=True, slots=True)
class Job:
    """A leased job."""

    id: str
    kind: str
    instance_id: str | None
    definition_id: str | None
    token: int | None
    wait: int | None
    element_id: str | None
    payload: Mapping[str, Any]
    due_at: datetime
    attempts: int
    retries: int
    retry_after: int | None


@dataclass(frozen=True, slots=True)
class LeaseJobs:
    """Takes up to `count` due jobs for `worker`, in order of their due time, until `seconds` from now.

    Instances of which another worker holds a job are left alone, so that one instance's timers fire in order.
    """

    worker: str
    count: int = 10
    seconds: int = 60
    audited: ClassVar[bool] = False

    def execute(self, work: Work) -> list[Job]:
        now = work.now
        other = t.job.alias("other")
        free = or_(_j.locked_until.is_(None), _j.locked_until <= now)
        busy = (
            select(other.c.id)
            .where(other.c.instance_id == _j.instance_id, other.c.locked_until > now, other.c.id != _j.id)
            .exists()
        )
        rows = work.connection.execute(
            select(t.job)
            .where(_j.status == "due", _j.due_at <= now, free, ~busy)
            .order_by(_j.due_at, _j.id)
            .limit(self.count)
            .with_for_update(skip_locked=True, of=t.job)
        ).all()
        if rows:
            work.connection.execute(
                update(t.job)
                .where(_j.id.in_([row.id for row in rows]))
                .values(locked_by=self.worker, locked_until=now + timedelta(seconds=self.seconds))
            )
        return [
            Job(
                r.id, r.kind, r.instance_id, r.definition_id, r.token, r.wait, r.element_id, r.payload, r.due_at,
                r.attempts, r.retries, r.retry_after,
            )
            for r in rows
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExtendLease:
    """A heartbeat: the worker still works on these jobs."""

    worker: str
    jobs: tuple[str, ...]
    seconds: int = 60
    audited: ClassVar[bool] = False

    def execute(self, work: Work) -> None:
        work.connection.execute(
            update(t.job)
            .where(_j.id.in_(self.jobs), _j.locked_by == self.worker)
            .values(locked_until=work.now + timedelta(seconds=self.seconds))
        )


@dataclass(frozen=True, slots=True)
class RunJob:
    """Does a job that needs nobody outside: a timer, a message, a signal, a call, a return."""

    job: Job

    def execute(self, work: Work) -> bool:
        job = self.job
        if work.connection.execute(_TAKE, {"b_id": job.id}).rowcount != 1:
            return False
        work.audit.update(instance_id=job.instance_id, subject=f"{job.kind} {job.element_id or ''}".strip())
        _RUN[job.kind](work, job)
        return True


def _timer(work: Work, job: Job) -> None:
    assert job.instance_id is not None and job.token is not None and job.wait is not None
    row = work.row(job.instance_id)
    if row.status == "active":
        work.advance(row, stimuli.Trigger(job.token, job.wait))


def _trigger(work: Work, job: Job) -> None:
    assert job.instance_id is not None and job.token is not None and job.wait is not None
    row = work.row(job.instance_id)
    if row.status == "active":
        work.advance(row, stimuli.Trigger(job.token, job.wait, job.payload["payload"]))


def _start(work: Work, job: Job) -> None:
    assert job.definition_id is not None
    definition = work.definition(job.definition_id)
    stimulus = stimuli.Start(node=job.element_id, payload=job.payload.get("payload", {}))
    work.audit["instance_id"] = work.start(definition, stimulus)


def _start_timer(work: Work, job: Job) -> None:
    assert job.definition_id is not None
    definition = work.definition(job.definition_id)
    work.audit["instance_id"] = work.start(definition, stimuli.Start(node=job.element_id))
    following = schedule_from_data(job.payload).following(work.now, work.services.zone)
    if following is not None:
        row = record.job_row(
            "start_timer",
            work.now,
            definition_id=job.definition_id,
            element_id=job.element_id,
            payload=schedule_to_data(following),
            due_at=following.due,
        )
        work.connection.execute(insert(t.job), row)


def _call(work: Work, job: Job) -> None:
    assert job.instance_id is not None
    parent = work.row(job.instance_id)
    if parent.status != "active":
        return
    if parent.depth + 1 > work.services.call_depth:
        raise LimitExceeded(
            f"Processes call each other more than {work.services.call_depth} levels deep.",
            f"流程相互调用超过 {work.services.call_depth} 层。",
        )
    payload = job.payload
    definition = _called(work, parent, payload)
    id = work.start(
        definition,
        stimuli.Start(payload["variables"], by=parent.initiator),
        business_key=payload["business_key"],
        parent=parent,
        parent_token=job.token,
    )
    work.connection.execute(
        update(t.activity)
        .where(t.activity.c.instance_id == parent.id, t.activity.c.token == job.token)
        .values(called_instance_id=id)
    )


def _called(work: Work, parent: Any, payload: Mapping[str, Any]) -> Any:
    if payload["binding"] == "version" and payload["version"]:
        return latest(work, payload["process"], int(payload["version"]))
    if payload["binding"] == "deployment":
        own = work.definition(parent.definition_id).deployment_id
        id = work.connection.execute(
            select(t.definition.c.id).where(
                t.definition.c.deployment_id == own, t.definition.c.key == payload["process"]
            )
        ).scalar_one_or_none()
        if id is None:
            raise NotFound(
                f"There is no process “{payload['process']}” in the same deployment.",
                f"同一部署中没有流程“{payload['process']}”。",
            )
        return work.definition(id)
    return latest(work, payload["process"])


def _return(work: Work, job: Job) -> None:
    assert job.instance_id is not None and job.token is not None
    row = work.row(job.instance_id)
    if row.status != "active":
        return
    error = job.payload.get("error")
    if error is not None:
        work.advance(row, stimuli.ThrowError(job.token, error["code"], error["message"], error["data"]))
        return
    called = work.connection.execute(
        select(t.instance.c.variables).where(t.instance.c.id == job.payload["called"])
    ).scalar_one()
    work.advance(row, stimuli.CompleteWork(job.token, called))


def _escalate(work: Work, job: Job) -> None:
    assert job.instance_id is not None and job.token is not None
    row = work.row(job.instance_id)
    if row.status == "active":
        work.advance(row, stimuli.Escalate(job.token, job.payload["escalation"], job.payload["data"]))


def _cancel_call(work: Work, job: Job) -> None:
    i = t.instance.c
    rows = work.connection.execute(
        select(i.id).where(
            i.parent_id == job.payload["parent"], i.parent_token == job.payload["token"], i.status == "active"
        )
    ).scalars()
    for id in rows.all():
        work.connection.execute(update(t.instance).where(i.id == id).values(suspended=False))
        work.advance(work.row(id), stimuli.Cancel("the calling activity was cancelled"))


def _deliver(work: Work, job: Job) -> None:
    DeliverMessage(job.id, job.payload["message"]).execute(work)


def _signal(work: Work, job: Job) -> None:
    BroadcastSignal(job.payload["name"], job.payload["payload"], job.payload["source"]).execute(work)


_RUN = {
    "timer": _timer,
    "trigger": _trigger,
    "start": _start,
    "start_timer": _start_timer,
    "call": _call,
    "return": _return,
    "escalate": _escalate,
    "cancel_call": _cancel_call,
    "deliver": _deliver,
    "signal": _signal,
}


@dataclass(frozen=True, slots=True)
class FinishService:
    """A connector has answered: the result goes into the instance. A job that is gone was withdrawn: the answer is dropped."""

    job: Job
    result: Mapping[str, Any] = field(default_factory=dict)
    error_code: str | None = None
    message: str = ""

    def execute(self, work: Work) -> bool:
        job = self.job
        assert job.instance_id is not None and job.token is not None
        if work.connection.execute(_TAKE, {"b_id": job.id}).rowcount != 1:
            return False
        work.audit.update(instance_id=job.instance_id, subject=f"{job.kind} {job.element_id or ''}".strip())
        row = work.row(job.instance_id)
        stimulus: stimuli.Stimulus = (
            stimuli.ThrowError(job.token, self.error_code, self.message, self.result)
            if self.error_code is not None
            else stimuli.CompleteWork(job.token, self.result)
        )
        work.advance(row, stimulus)
        return True


@dataclass(frozen=True, slots=True)
class FailJob:
    """An attempt failed: later again, with growing pauses; without attempts left it is an incident."""

    job: Job
    code: str
    message: str
    message_zh: str = ""
    final: bool = False
    """True: trying again cannot help (the request itself is wrong)."""

    def execute(self, work: Work) -> bool:
        job = self.job
        left = 0 if self.final else job.retries - 1
        work.audit.update(
            instance_id=job.instance_id,
            subject=f"{job.kind} {job.element_id or ''}".strip(),
            detail={"error": self.message},
        )
        values: dict[str, Any] = {
            "attempts": job.attempts + 1,
            "retries": left,
            "error": self.message[:2000],
            "locked_by": None,
            "locked_until": None,
        }
        if left > 0:
            values["due_at"] = work.now + timedelta(seconds=pause(job.attempts, job.retry_after))
        else:
            values["status"] = "failed"
        result = work.connection.execute(update(t.job).where(_j.id == job.id).values(**values))
        if result.rowcount == 1 and left <= 0:
            self._incident(work)
        return result.rowcount == 1

    def _incident(self, work: Work) -> None:
        job = self.job
        if job.instance_id is None:
            return
        row = work.row(job.instance_id)
        name = job.element_id
        if row.status == "active" and job.element_id is not None:
            node = work.definition(row.definition_id).process.nodes.get(job.element_id)
            name = node.name if node is not None and node.name else name
        work.connection.execute(
            insert(t.incident),
            {
                "id": new_id(),
                "instance_id": row.id,
                "definition_key": row.definition_key,
                "token": job.token,
                "job_id": job.id,
                "element_id": job.element_id,
                "element_name": name,
                "kind": self.code[:40],
                "message": self.message,
                "message_zh": self.message_zh,
                "status": "open",
                "created_at": work.now,
            },
        )
        work.connection.execute(
            update(t.instance).where(t.instance.c.id == row.id).values(incidents=t.instance.c.incidents + 1)
        )


def pause(attempts: int, fixed: int | None) -> float:
    """Seconds until the next attempt: `fixed`, or 2, 8, 32 … up to an hour, with jitter so that retries spread."""
    base = fixed if fixed is not None else min(LONGEST_PAUSE, 2 * 4**attempts)
    return base if fixed is not None else base * random.uniform(0.8, 1.2)


@dataclass(frozen=True, slots=True)
class ExpireMessages:
    """Held messages that nobody wanted in time are expired."""

    audited: ClassVar[bool] = False

    def execute(self, work: Work) -> int:
        return work.connection.execute(
            update(t.outbox)
            .where(t.outbox.c.status == "held", t.outbox.c.expires_at <= work.now)
            .values(status="expired", settled_at=work.now)
        ).rowcount
