"""External tasks: workers outside fetch and lock by topic, extend, complete, fail, throw a BPMN error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from sqlalchemy import delete, or_, select, update

from engine import policy, privacy, record
from engine.audit import LONGEST, change
from engine.errors import Conflict, Forbidden, InvalidInput, NotFound
from engine.runtime import stimuli
from engine.store import tables as t
from engine.variables import from_plain
from engine.work import Work

MAX_FETCH = 100
_x = t.external_task.c


def check_worker(work: Work) -> None:
    """External workers sign in as members of a group with the role `integration`, or are operators."""
    if not work.actor.has_role("integration") and not policy.everywhere(work.actor, policy.WORK_ANY):
        raise Forbidden("Only integrations may work on external tasks.", "只有集成账号可以处理外部任务。")


@dataclass(frozen=True, slots=True)
class FetchAndLock:
    """Takes up to `count` open external tasks of `topics` for `worker_id`, for `seconds`."""

    worker_id: str
    topics: Sequence[str]
    count: int = 10
    seconds: int = 60
    audited: ClassVar[bool] = False

    def execute(self, work: Work) -> list[Any]:
        check_worker(work)
        if not 1 <= len(self.worker_id) <= 200 or "\0" in self.worker_id:
            raise InvalidInput("A worker's id has 1 to 200 characters.", "工作程序标识须为 1 到 200 个字符。")
        if not self.topics or not 1 <= self.count <= MAX_FETCH or not 1 <= self.seconds <= 86_400:
            raise InvalidInput(
                f"Ask for 1 to {MAX_FETCH} tasks of at least one topic, locked for 1 second to a day.",
                f"请指定至少一个主题、1 到 {MAX_FETCH} 个任务、锁定 1 秒到一天。",
            )
        now = work.now
        rows = work.connection.execute(
            select(t.external_task, t.instance.c.root_id)
            .join(t.instance, t.instance.c.id == _x.instance_id)
            .where(
                _x.topic.in_(list(self.topics)),
                _x.status == "open",
                _x.available_at <= now,
                or_(_x.locked_until.is_(None), _x.locked_until <= now),
                t.instance.c.suspended.is_(False),
            )
            .order_by(_x.priority.desc(), _x.id)
            .limit(self.count)
            .with_for_update(skip_locked=True, of=t.external_task)
        ).all()
        if rows:
            work.connection.execute(
                update(t.external_task)
                .where(_x.id.in_([row.id for row in rows]))
                .values(worker_id=self.worker_id, locked_until=now + timedelta(seconds=self.seconds))
            )
        return list(rows)


def audit_end(work: Work, row: Any, after: str, values: Mapping[str, Any], **more: Any) -> None:
    """The entry of a command that ends an external task: what became of it, and names of what came back. The values stand in
    the history of the variables that they became."""
    fields = sorted(values)
    work.audit["detail"] = change({"status": "open"}, {"status": after}, worker=row.worker_id, fields=fields, **more)


def find(work: Work, id: str, worker_id: str | None) -> Any:
    """The external task, if `worker_id` holds its lock (None: the system does not need one). The instance is locked before
    it, as whoever moves the instance does."""
    check_worker(work)
    instance = work.connection.execute(select(_x.instance_id).where(_x.id == id)).scalar_one_or_none()
    if instance is not None:
        work.row(instance)
    row = work.connection.execute(select(t.external_task).where(_x.id == id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound("There is no such external task; it may have been completed or withdrawn.", "没有该外部任务。")
    if not work.actor.system and (
        row.worker_id != worker_id or row.locked_until is None or row.locked_until <= work.now
    ):
        raise Conflict(
            "Another worker holds this task, or your lock has expired.",
            "该任务由其他工作程序持有，或您的锁已过期。",
            data={"worker_id": row.worker_id},
        )
    work.audit.update(instance_id=row.instance_id, subject=f"{row.topic} {row.element_id}")
    return row


@dataclass(frozen=True, slots=True)
class ExtendLock:
    """The worker needs more time: the lock lasts `seconds` from now."""

    id: str
    worker_id: str
    seconds: int
    audited: ClassVar[bool] = False

    def execute(self, work: Work) -> None:
        row = find(work, self.id, self.worker_id)
        if not 1 <= self.seconds <= 86_400:
            raise InvalidInput("A lock lasts 1 second to a day.", "锁定时间为 1 秒到一天。")
        work.connection.execute(
            update(t.external_task)
            .where(_x.id == row.id)
            .values(locked_until=work.now + timedelta(seconds=self.seconds))
        )


@dataclass(frozen=True, slots=True)
class CompleteExternalTask:
    """The work is done; `data` goes into the instance."""

    id: str
    data: Mapping[str, Any] = field(default_factory=dict)
    worker_id: str | None = None

    def execute(self, work: Work) -> None:
        row = find(work, self.id, self.worker_id)
        values = {name: from_plain(value) for name, value in self.data.items()}
        work.connection.execute(delete(t.external_task).where(_x.id == row.id))
        audit_end(work, row, "completed", values)
        work.advance(work.row(row.instance_id), stimuli.CompleteWork(row.token, values))


@dataclass(frozen=True, slots=True)
class FailExternalTask:
    """The work failed: again after `retry_seconds`, or an incident when no retries are left."""

    id: str
    message: str
    worker_id: str | None = None
    retries: int | None = None
    """Attempts left; None: one less than before."""
    retry_seconds: int = 0

    def execute(self, work: Work) -> None:
        row = find(work, self.id, self.worker_id)
        message = record.clean(self.message, 2000)
        _check_again(self.retries, self.retry_seconds)
        left = self.retries if self.retries is not None else row.retries - 1
        instance = work.row(row.instance_id)
        hidden = privacy.values_of(instance.variables, work.definition(instance.definition_id).sensitive)
        error = privacy.scrub(message, hidden)
        state = {"status": "open" if left > 0 else "failed", "retries": max(left, 0)}
        work.audit["detail"] = change(
            {"status": "open", "retries": row.retries}, state, worker=row.worker_id, error=error[:LONGEST]
        )
        if left > 0:
            work.connection.execute(
                update(t.external_task)
                .where(_x.id == row.id)
                .values(
                    retries=left,
                    error=error,
                    worker_id=None,
                    locked_until=None,
                    available_at=work.now + timedelta(seconds=self.retry_seconds),
                )
            )
            return
        work.connection.execute(delete(t.external_task).where(_x.id == row.id))
        work.advance(instance, stimuli.FailWork(row.token, "external-task-failed", message))


def _check_again(retries: int | None, seconds: int) -> None:
    if not 0 <= (retries or 0) <= 1000 or not 0 <= seconds <= 366 * 86_400:
        raise InvalidInput(
            "A task has 0 to 1000 attempts left, the next one within a year.",
            "剩余次数须为 0 到 1000，下次尝试须在一年内。",
        )


@dataclass(frozen=True, slots=True)
class ThrowBpmnError:
    """The work found a business error: the diagram's error events take it."""

    id: str
    code: str
    message: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    worker_id: str | None = None

    def execute(self, work: Work) -> None:
        row = find(work, self.id, self.worker_id)
        values = {name: from_plain(value) for name, value in self.data.items()}
        work.connection.execute(delete(t.external_task).where(_x.id == row.id))
        audit_end(work, row, "error", values, code=self.code[:200])
        work.advance(
            work.row(row.instance_id),
            stimuli.ThrowError(row.token, self.code, record.clean(self.message, 2000), values),
        )
