"""What the worker does: one command per job, which removes the job and has its effect in one transaction.

A job that is gone has been done: the command then does nothing. So a worker that dies at any point loses nothing, and a
job that two workers hold is done once. What moves an instance locks its row before anything else; so commands wait for each
other and do not deadlock.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import bindparam, delete, insert, or_, select, text, true, update

from engine import privacy, record
from engine.audit import LONGEST, change
from engine.chains import chain_of
from engine.commands.job_kinds import RUN, move
from engine.ids import new_id
from engine.runtime import stimuli
from engine.store import tables as t
from engine.variables import dumps
from engine.work import Work

LONGEST_PAUSE = 3600
"""Seconds between two attempts at the most."""

OUTSIDE = ("service", "script", "webhook", "mail")
"""Kinds of jobs that take their time, outside any transaction."""

_j = t.job.c
_TAKE = delete(t.job).where(_j.id == bindparam("b_id"))
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(1178685289)")
"""PostgreSQL: two workers that look at the same moment would not see what the other one takes."""


@dataclass(frozen=True, slots=True)
class Job:
    """A leased job. `worker` holds it; `asked_at` is when it was first wanted."""

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
    asked_at: datetime
    worker: str

    @property
    def key(self) -> str:
        """Idempotency key of a service call: the same for every attempt of this activity with these parameters, also
        when somebody retries it after an incident."""
        asked = dumps([self.payload.get("operation"), self.payload.get("parameters")])
        return f"{self.instance_id}/{self.token}/{hashlib.sha256(asked.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class LeaseJobs:
    """Takes up to `count` due jobs for `worker`, in order of their due time, until `seconds` from now.

    Instances of which another worker holds a job are left alone, so that one instance's timers fire in order; what takes
    its time outside does not count, so that its boundary timers fire meanwhile. At most one of the jobs is such a one, the
    last in the list: nothing waits behind a slow one, or behind many of them.
    """

    worker: str
    count: int = 10
    seconds: int = 60
    audited: ClassVar[bool] = False

    def execute(self, work: Work) -> list[Job]:
        if not work.services.database.is_sqlite:
            work.connection.execute(_ONE_AT_A_TIME)
        if self.count == 1:
            rows = self._due(work, true(), 1)
        else:
            rows = self._due(work, _j.kind.not_in(OUTSIDE), self.count - 1) + self._due(work, _j.kind.in_(OUTSIDE), 1)
        if rows:
            work.connection.execute(
                update(t.job)
                .where(_j.id.in_([row.id for row in rows]))
                .values(locked_by=self.worker, locked_until=work.now + timedelta(seconds=self.seconds))
            )
        return [
            Job(
                r.id, r.kind, r.instance_id, r.definition_id, r.token, r.wait, r.element_id, r.payload, r.due_at,
                r.attempts, r.retries, r.retry_after, r.created_at, self.worker,
            )
            for r in rows
        ]  # fmt: skip

    def _due(self, work: Work, kinds: Any, count: int) -> list[Any]:
        other = t.job.alias("other")
        free = or_(_j.locked_until.is_(None), _j.locked_until <= work.now)
        busy = (
            select(other.c.id)
            .where(
                other.c.instance_id == _j.instance_id,
                other.c.locked_until > work.now,
                other.c.id != _j.id,
                other.c.kind.not_in(OUTSIDE),
            )
            .exists()
        )
        query = (
            select(t.job)
            .where(_j.status == "due", _j.due_at <= work.now, kinds, free, ~busy)
            .order_by(_j.due_at, _j.id)
            .limit(count)
            .with_for_update(skip_locked=True, of=t.job)
        )
        return list(work.connection.execute(query).all())


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
class ReleaseJobs:
    """The worker gives leased jobs back as they were; they are due again after `seconds`. No attempt is counted."""

    worker: str
    jobs: tuple[str, ...]
    seconds: float = 0
    audited: ClassVar[bool] = False

    def execute(self, work: Work) -> None:
        until = work.now + timedelta(seconds=self.seconds) if self.seconds else None
        work.connection.execute(
            update(t.job)
            .where(_j.id.in_(self.jobs), _j.locked_by == self.worker)
            .values(locked_by=None, locked_until=until)
        )


def lock(work: Work, job: Job) -> Any:
    """The row of the job's instance, locked; None for a job without an instance. A timer that starts a process locks its
    definition, so that a deployment of a newer one comes before it or after it."""
    work.audit.update(instance_id=job.instance_id, subject=f"{job.kind} {job.element_id or ''}".strip())
    if job.kind == "start_timer":
        d = t.definition.c
        work.connection.execute(select(d.id).where(d.id == job.definition_id).with_for_update(key_share=True))
    _told(work, job, "gone")
    row = work.row(job.instance_id) if job.instance_id is not None else None
    if row is not None and row.initiator != work.actor.username:
        work.audit["on_behalf_of"] = row.initiator
    return row


def _told(work: Work, job: Job, after: str, **more: Any) -> None:
    """What the audit says of a job: it was due, and then done, gone (nothing was left to do), waiting again, suspended or
    failed."""
    work.audit["detail"] = change({"job": "due"}, {"job": after}, kind=job.kind, **more)


def park(work: Work, job: Job, **values: Any) -> None:
    """The job of a suspended instance waits until it is resumed; no attempt is counted."""
    work.connection.execute(
        update(t.job)
        .where(_j.id == job.id, _j.status != "failed")
        .values(status="suspended", locked_by=None, locked_until=None, **values)
    )


@dataclass(frozen=True, slots=True)
class RunJob:
    """Does a job that needs nobody outside: a timer, a message, a signal, a call, a return. False: it was not to be done."""

    job: Job

    def execute(self, work: Work) -> bool:
        job = self.job
        work.chain = chain_of(job.payload)
        row = lock(work, job)
        if row is not None and row.status == "active" and row.suspended:
            park(work, job)
            _told(work, job, "suspended")
            return False
        if work.connection.execute(_TAKE, {"b_id": job.id}).rowcount != 1:
            return False
        if row is None or row.status == "active":
            work.audit.pop("detail")
            RUN[job.kind](work, job, row)
            did = work.audit.get("detail")  # of a command inside the job
            _told(work, job, "done", **({"did": did} if did else {}))
        return True


@dataclass(frozen=True, slots=True)
class FinishService:
    """A connector has answered, or a script has run: the result goes into the instance. A job that is gone was withdrawn:
    the answer is dropped.

    A suspended instance takes the answer when it is resumed; the service is not called again.
    """

    job: Job
    result: Mapping[str, Any] = field(default_factory=dict)
    error_code: str | None = None
    message: str = ""

    def execute(self, work: Work) -> bool:
        job = self.job
        assert job.token is not None
        work.chain = chain_of(job.payload)
        row = lock(work, job)
        if row.status == "active" and row.suspended:
            answer = {"result": dict(self.result), "error_code": self.error_code, "message": self.message}
            park(work, job, payload={**job.payload, "answer": answer})
            _told(work, job, "suspended")
            return False
        if work.connection.execute(_TAKE, {"b_id": job.id}).rowcount != 1:
            return False
        stimulus: stimuli.Stimulus = (
            stimuli.ThrowError(job.token, self.error_code, self.message, self.result)
            if self.error_code is not None
            else stimuli.CompleteWork(job.token, self.result)
        )
        self._audit(work)
        return move(work, row, stimulus, job.payload.get("by"))

    def _audit(self, work: Work) -> None:
        """Names of what came back: the values stand in the history of the variables that they became."""
        outcome = {"fields": sorted(self.result)} if self.error_code is None else {"code": self.error_code}
        _told(work, self.job, "done", operation=self.job.payload.get("operation"), **outcome)


@dataclass(frozen=True, slots=True)
class FailJob:
    """An attempt failed: later again, with growing pauses; without attempts left it is an incident.

    False when the job is no longer the worker's own: somebody else does it by now.
    """

    job: Job
    code: str
    message: str
    message_zh: str = ""
    final: bool = False
    """True: trying again cannot help (the request itself is wrong)."""

    def execute(self, work: Work) -> bool:
        job = self.job
        row = lock(work, job)
        if (told := self._without_sensitive(work, row)) != self:
            return told.execute(work)
        mine = (_j.id == job.id, _j.locked_by == job.worker)
        if work.connection.execute(select(_j.id).where(*mine).with_for_update()).first() is None:
            return False
        if row is not None and row.status == "active" and row.suspended:
            park(work, job)
            _told(work, job, "suspended", error=self.message[:LONGEST])
            return True
        left = 0 if self.final else job.retries - 1
        again = left > 0 and (row is None or row.status == "active")
        _told(work, job, "waiting" if again else "failed", retries=left, error=self.message[:LONGEST])
        if again:
            self._later(work, left)
        elif row is None:
            self._stand(work)
            if (source := _source(work, job)) is not None:
                self._incident(work, source, None)
        else:
            self._give_up(work, row)
        return True

    def _without_sensitive(self, work: Work, row: Any) -> FailJob:
        """What failed may quote what it was asked with."""
        if row is None:
            return self
        hidden = privacy.values_of(row.variables, work.definition(row.definition_id).sensitive)
        message, zh = (privacy.scrub(text, hidden) for text in (self.message, self.message_zh))
        return replace(self, message=message, message_zh=zh)

    def _later(self, work: Work, left: int) -> None:
        work.connection.execute(
            update(t.job)
            .where(_j.id == self.job.id)
            .values(
                attempts=self.job.attempts + 1,
                retries=left,
                error=self.message[:2000],
                locked_by=None,
                locked_until=None,
                due_at=work.now + timedelta(seconds=pause(self.job.attempts, self.job.retry_after)),
            )
        )

    def _stand(self, work: Work) -> None:
        """The job stays as failed, for operators to see."""
        work.connection.execute(
            update(t.job)
            .where(_j.id == self.job.id)
            .values(
                attempts=self.job.attempts + 1,
                retries=0,
                error=self.message[:2000],
                locked_by=None,
                locked_until=None,
                status="failed",
            )
        )

    def _give_up(self, work: Work, row: Any) -> None:
        """An incident: at the token whose work failed, so that a retry asks again with what is then true; for a timer or
        a message, which has not happened, on the job."""
        job = self.job
        if row.status != "active" or job.kind in ("service", "script", "call"):
            work.connection.execute(_TAKE, {"b_id": job.id})
            if row.status == "active":
                assert job.token is not None
                move(work, row, stimuli.FailWork(job.token, self.code, self.message, self.message_zh))
            return
        self._stand(work)
        self._incident(work, row, job.element_id)

    def _incident(self, work: Work, row: Any, element: str | None) -> None:
        """An incident of the instance on the job; retrying it does the job again."""
        job = self.job
        node = work.definition(row.definition_id).process.nodes.get(element or "")
        work.connection.execute(
            insert(t.incident),
            {
                "id": new_id(),
                "instance_id": row.id,
                "definition_key": row.definition_key,
                "token": job.token,
                "job_id": job.id,
                "element_id": element,
                "element_name": (node.name if node is not None and node.name else element or "")[:400] or None,
                "kind": self.code[:40],
                "message": record.clean(self.message),
                "message_zh": record.clean(self.message_zh),
                "status": "open",
                "created_at": work.now,
            },
        )
        work.connection.execute(
            update(t.instance).where(t.instance.c.id == row.id).values(incidents=t.instance.c.incidents + 1)
        )


def _source(work: Work, job: Job) -> Any:
    """The row, locked, of the instance that caused a job which belongs to none: a message or signal that it threw, what
    was started by it. It may have ended; None when nothing caused it but somebody outside."""
    id = job.payload.get("source") or job.payload.get("parent")
    if job.kind == "deliver":
        m = t.outbox.c
        query = select(m.source_instance_id).where(m.id == job.payload["message"])
        id = work.connection.execute(query).scalar_one_or_none()
    known = select(t.instance).where(t.instance.c.id == id).with_for_update(key_share=True)
    return work.connection.execute(known).one_or_none() if id is not None else None


def pause(attempts: int, fixed: int | None) -> float:
    """Seconds until the next attempt: `fixed`, or 2, 8, 32 … up to an hour, with jitter so that retries spread."""
    base = fixed if fixed is not None else min(LONGEST_PAUSE, 2 * 4 ** min(attempts, 10))
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
