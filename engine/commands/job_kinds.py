"""What each kind of job does, inside the transaction that has removed it and holds its instance.

A job may come late: the step that it was for can be over, then there is nothing to do.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import insert, select, update

from engine import record
from engine.chains import check_call
from engine.commands.instances import latest, unsuspend
from engine.commands.messages import BroadcastSignal, DeliverMessage, begin
from engine.definitions import Definition
from engine.errors import Conflict, FacetError, LimitExceeded, NotFound, StaleRevision
from engine.runtime import stimuli
from engine.runtime.starts import schedule_from_data, schedule_to_data
from engine.store import tables as t
from engine.store.database import Busy
from engine.work import Work

log = logging.getLogger(__name__)


class Due(Protocol):
    """The part of a job that its handler reads."""

    @property
    def id(self) -> str: ...
    @property
    def definition_id(self) -> str | None: ...
    @property
    def token(self) -> int | None: ...
    @property
    def wait(self) -> int | None: ...
    @property
    def element_id(self) -> str | None: ...
    @property
    def payload(self) -> Mapping[str, Any]: ...


def move(work: Work, row: Any, stimulus: stimuli.Stimulus, by: str | None = None) -> bool:
    """Moves the instance if the stimulus still concerns somebody. False: the step is over, nothing has changed.

    `by`: on whose account history has it, unless it is the worker's own."""
    if row.status != "active":
        return False
    try:
        work.advance(row, stimulus, by=by)
    except (StaleRevision, Busy):
        raise
    except Conflict as error:
        log.info("%s came too late for %s: %s", type(stimulus).__name__, row.id, error.message)
        return False
    return True


def _timer(work: Work, job: Due, row: Any) -> None:
    assert job.token is not None and job.wait is not None
    move(work, row, stimuli.Trigger(job.token, job.wait))


def _trigger(work: Work, job: Due, row: Any) -> None:
    assert job.token is not None and job.wait is not None
    move(work, row, stimuli.Trigger(job.token, job.wait, job.payload["payload"]))


def _start(work: Work, job: Due, row: Any) -> None:
    """A signal starts a process."""
    assert job.definition_id is not None and job.element_id is not None
    if not _definition(work, job.definition_id).suspended:
        begin(work, job.definition_id, job.element_id, job.payload.get("payload", {}))


def _start_timer(work: Work, job: Due, row: Any) -> None:
    """A timer starts a process, and is set again if it repeats. A newer version has timers of its own."""
    assert job.definition_id is not None and job.element_id is not None
    definition = _definition(work, job.definition_id)
    if not definition.latest:
        return
    following = schedule_from_data(job.payload).following(work.now, work.services.zone)
    if following is not None:
        again = record.job_row(
            "start_timer",
            work.now,
            definition_id=job.definition_id,
            element_id=job.element_id,
            payload=schedule_to_data(following),
            due_at=following.due,
        )
        work.connection.execute(insert(t.job), again)
    if not definition.suspended:
        begin(work, job.definition_id, job.element_id, {})


def _definition(work: Work, id: str) -> Any:
    d = t.definition.c
    return work.connection.execute(select(d.latest, d.suspended).where(d.id == id)).one()


def _call(work: Work, job: Due, row: Any) -> None:
    """Another process begins; what keeps it from that is an incident of the calling activity."""
    assert job.token is not None
    try:
        called = _start_called(work, job, row)
    except (StaleRevision, Busy):
        raise
    except FacetError as error:
        move(work, row, stimuli.FailWork(job.token, error.code, error.message, error.zh))
        return
    work.connection.execute(
        update(t.activity)
        .where(t.activity.c.instance_id == row.id, t.activity.c.token == job.token)
        .values(called_instance_id=called)
    )


def _start_called(work: Work, job: Due, parent: Any) -> str:
    if parent.depth + 1 > work.services.call_depth:
        raise LimitExceeded(
            f"Processes call each other more than {work.services.call_depth} levels deep.",
            f"流程相互调用超过 {work.services.call_depth} 层。",
        )
    check_call(work.connection, parent.root_id, parent.depth + 1)
    return work.start(
        _called(work, parent, job.payload),
        stimuli.Start(job.payload["variables"], by=parent.initiator),
        business_key=job.payload["business_key"],
        parent=parent,
        parent_token=job.token,
    )


def _called(work: Work, parent: Any, payload: Mapping[str, Any]) -> Definition:
    if payload["binding"] == "version" and payload["version"]:
        return latest(work, payload["process"], _version(payload["version"]))
    if payload["binding"] == "deployment":
        return _deployed_with(work, parent.definition_id, payload["process"])
    return latest(work, payload["process"])


def _deployed_with(work: Work, caller: str, key: str) -> Definition:
    """The version of `key` that was the newest one when the caller's was deployed: the one of the same deployment, unless
    nothing had changed in it and it stayed as it was."""
    d = t.definition.c
    deployment = work.definition(caller).deployment_id  # ids of deployments are in order of time
    id = work.connection.execute(
        select(d.id).where(d.key == key, d.deployment_id <= deployment).order_by(d.version.desc()).limit(1)
    ).scalar_one_or_none()
    if id is None:
        raise NotFound(
            f"There is no process “{key}” that was deployed with its caller.", f"没有与调用者一同部署的流程“{key}”。"
        )
    return work.definition(id)


def _version(text: str) -> int:
    if not str(text).strip().isdecimal():
        raise NotFound(f"“{text}” is not a version of a process.", f"“{text}”不是流程版本号。")
    return min(int(text), 2**31 - 1)


def _return(work: Work, job: Due, row: Any) -> None:
    """A called instance has ended: its caller goes on, or handles what it threw."""
    assert job.token is not None
    error, cancelled = job.payload.get("error"), job.payload.get("cancelled")
    if error is not None:
        move(work, row, stimuli.ThrowError(job.token, error["code"], error["message"], error["data"]))
    elif cancelled:
        message = "The process that was called has been cancelled. Retry calls it again."
        move(
            work, row, stimuli.FailWork(job.token, "called-cancelled", message, "被调用的流程已取消；重试将再次调用。")
        )
    else:
        i = t.instance.c
        data = work.connection.execute(select(i.variables).where(i.id == job.payload["called"])).scalar_one()
        move(work, row, stimuli.CompleteWork(job.token, data))


def _escalate(work: Work, job: Due, row: Any) -> None:
    assert job.token is not None
    move(work, row, stimuli.Escalate(job.token, job.payload["escalation"], job.payload["data"]))


def _cancel_call(work: Work, job: Due, row: Any) -> None:
    """The calling activity is gone: what it called ends, suspended or not."""
    i = t.instance.c
    rows = work.connection.execute(
        select(i.id).where(
            i.parent_id == job.payload["parent"], i.parent_token == job.payload["token"], i.status == "active"
        )
    ).scalars()
    for id in rows.all():
        called = work.row(id)
        if called.suspended:
            unsuspend(work, id)
            called = work.row(id)
        move(work, called, stimuli.Cancel("the calling activity was cancelled"))


def _deliver(work: Work, job: Due, row: Any) -> None:
    DeliverMessage(job.payload["message"]).execute(work)


def _signal(work: Work, job: Due, row: Any) -> None:
    BroadcastSignal(job.payload["name"], job.payload["payload"], job.payload["source"]).execute(work)


RUN = {
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
"""By kind: (work, job, the instance's row or None)."""
