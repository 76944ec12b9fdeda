"""The rows of one turn, and the one shape of a job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine import facts as f
from engine.ids import new_id

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """The instance that the facts are about, as far as its rows repeat it."""

    id: str
    root_id: str
    definition_id: str
    definition_key: str
    business_key: str | None
    parent_id: str | None
    parent_token: int | None
    default_retries: int
    incidents: int = 0
    """Open incidents before the turn."""
    variables: Mapping[str, Any] = field(default_factory=dict)
    """The process scope after the turn."""
    sensitive: frozenset[str] = frozenset()
    """Names of variables whose values stand in no message."""


@dataclass(slots=True)
class Page:
    """The rows of one turn, collected."""

    activities: dict[int, Row] = field(default_factory=dict)
    ended_activities: list[Row] = field(default_factory=list)
    tasks: dict[int, Row] = field(default_factory=dict)
    candidates: dict[int, list[Row]] = field(default_factory=dict)
    ended_tasks: list[Row] = field(default_factory=list)
    variables: list[Row] = field(default_factory=list)
    jobs: dict[tuple[int, int | None], Row] = field(default_factory=dict)
    more_jobs: list[Row] = field(default_factory=list)
    closed_waits: dict[str, list[Row]] = field(default_factory=dict)
    subscriptions: dict[tuple[int, int], Row] = field(default_factory=dict)
    external: dict[int, Row] = field(default_factory=dict)
    outbox: list[Row] = field(default_factory=list)
    incidents: dict[int, Row] = field(default_factory=dict)
    resolved: list[int] = field(default_factory=list)
    decisions: list[Row] = field(default_factory=list)
    withdrawn: list[tuple[str, int]] = field(default_factory=list)
    excluded: dict[int, tuple[str, ...]] = field(default_factory=dict)
    ended: f.InstanceEnded | None = None
    thrown: f.ErrorUncaught | None = None
    wakes: bool = False
    carry: Callable[[Mapping[str, Any]], Row] | None = None
    """What the payloads of jobs that are to be done at once carry on from the job that this turn was for."""

    def open_incidents(self, before: int) -> int:
        """How many incidents are open after the turn; none of an instance that has ended."""
        return 0 if self.ended is not None else before + len(self.incidents) - len(self.resolved)

    @property
    def closes_jobs(self) -> bool:
        """Whether jobs go that an incident may stand on."""
        return self.ended is not None or bool(self.withdrawn) or "timer" in self.closed_waits


def clean(text: str, length: int | None = None) -> str:
    """A text that a column takes: without the character NUL, which PostgreSQL refuses, and cut to `length`."""
    return text.replace("\0", "\ufffd")[:length]


def deliver_job(message: str, now: datetime) -> Row:
    """The job that looks for the receiver of a held message."""
    return job_row("deliver", now, payload={"message": message})


def signal_job(subscription: Any, payload: Mapping[str, Any], now: datetime) -> Row:
    """The job that gives a signal to one listener: a waiting instance, or a process that it starts."""
    return job_row(
        "trigger" if subscription.instance_id is not None else "start",
        now,
        instance_id=subscription.instance_id,
        definition_id=subscription.definition_id,
        token=subscription.token,
        wait=subscription.wait,
        element_id=subscription.element_id,
        payload={"payload": dict(payload)},
    )


def job_row(kind: str, now: datetime, **values: Any) -> Row:
    """A job that is due now, unless `values` say otherwise."""
    row: Row = {
        "id": new_id(),
        "kind": kind,
        "instance_id": None,
        "definition_id": None,
        "token": None,
        "wait": None,
        "element_id": None,
        "payload": {},
        "due_at": now,
        "retries": 3,
        "retry_after": None,
        "status": "due",
        "created_at": now,
    }
    row.update(values)
    return row
