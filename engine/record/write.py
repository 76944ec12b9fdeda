"""Rows go to the database: each kind with at most one prebuilt statement."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.record.held import deliveries
from engine.record.page import Page, Subject
from engine.store import tables as t
from engine.store.database import together

AT_ONCE = timedelta(seconds=1)
"""A timer that is due sooner is a step of its chain like any other; one that takes its time begins a new one."""


def write(connection: Connection, subject: Subject, page: Page, now: datetime) -> int:
    """Writes the rows; the instance row itself is the caller's. Returns how many incidents lost the job that they stood on:
    the caller counts them off."""
    with together(connection):
        _write_ends(connection, page)
        if not page.excluded:
            _write_begins(connection, page)
    if page.excluded:
        _exclude(connection, subject, page)
        with together(connection):
            _write_begins(connection, page)
    _close_waits(connection, subject, page)
    jobs = [*page.jobs.values(), *page.more_jobs]
    if page.subscriptions:
        rows = list(page.subscriptions.values())
        connection.execute(_INSERT_SUBSCRIPTION, rows)
        jobs.extend(deliveries(connection, rows, subject.variables, now))
    if page.external:
        connection.execute(_INSERT_EXTERNAL, list(page.external.values()))
    if page.outbox:
        connection.execute(_INSERT_OUTBOX[connection.dialect.name], page.outbox)
    if jobs:
        if page.carry is not None:
            for row in jobs:
                if row["kind"] != "timer" or row["due_at"] < now + AT_ONCE:
                    row["payload"] = page.carry(row["payload"])
        connection.execute(_INSERT_JOB, jobs)
        page.wakes = page.wakes or any(row["due_at"] <= now for row in jobs)
    if page.decisions:
        connection.execute(_INSERT_DECISION, page.decisions)
    return _write_incidents(connection, subject, page, now)


_INSERT_ACTIVITY = insert(t.activity)
_INSERT_TASK = insert(t.task)
_INSERT_CANDIDATE = insert(t.task_candidate)
_INSERT_VARIABLE = insert(t.variable_change)
_INSERT_JOB = insert(t.job)
_INSERT_SUBSCRIPTION = insert(t.subscription)
_INSERT_EXTERNAL = insert(t.external_task)
_INSERT_OUTBOX: dict[str, Any] = {  # a message with the id of another one is that one
    "sqlite": sqlite.insert(t.outbox).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(t.outbox).on_conflict_do_nothing(),
}
_INSERT_INCIDENT = insert(t.incident)
_INSERT_DECISION = insert(t.decision_evaluation)

_END_ACTIVITY = (
    update(t.activity)
    .where(t.activity.c.instance_id == bindparam("b_instance"), t.activity.c.token == bindparam("b_token"))
    .values(status=bindparam("status"), ended_at=bindparam("ended_at"), completed_order=bindparam("completed_order"))
)
_END_TASK = (
    update(t.task)
    .where(t.task.c.instance_id == bindparam("b_instance"), t.task.c.token == bindparam("b_token"))
    .values(
        status=bindparam("status"),
        ended_at=bindparam("ended_at"),
        ended_by=bindparam("ended_by"),
        draft=None,
        revision=t.task.c.revision + 1,
    )
)
_DROP_CANDIDATES = delete(t.task_candidate).where(
    t.task_candidate.c.task_id.in_(
        select(t.task.c.id).where(
            t.task.c.instance_id == bindparam("b_instance"), t.task.c.token == bindparam("b_token")
        )
    )
)
_DROP_JOB = delete(t.job).where(
    t.job.c.instance_id == bindparam("b_instance"),
    t.job.c.token == bindparam("b_token"),
    t.job.c.wait == bindparam("b_wait"),
)
_DROP_SUBSCRIPTION = delete(t.subscription).where(
    t.subscription.c.instance_id == bindparam("b_instance"),
    t.subscription.c.token == bindparam("b_token"),
    t.subscription.c.wait == bindparam("b_wait"),
)
_RESOLVE = (
    update(t.incident)
    .where(
        t.incident.c.instance_id == bindparam("b_instance"),
        t.incident.c.token == bindparam("b_token"),
        t.incident.c.job_id.is_(None),
        t.incident.c.status == "open",
    )
    .values(status="resolved", resolved_at=bindparam("b_now"))
)
_WORKERS = select(t.task.c.ended_by).where(
    t.task.c.instance_id == bindparam("b_instance"),
    t.task.c.status == "completed",
    t.task.c.element_id.in_(bindparam("b_elements", expanding=True)),
)
_RESOLVE_ALL = (
    update(t.incident)
    .where(t.incident.c.instance_id == bindparam("b_instance"), t.incident.c.status == "open")
    .values(status="resolved", resolved_at=bindparam("b_now"))
)
_RESOLVE_JOBLESS = _RESOLVE_ALL.where(
    t.incident.c.job_id.is_not(None),
    t.incident.c.job_id.not_in(select(t.job.c.id).where(t.job.c.instance_id == bindparam("b_instance"))),
)
_DROP_FAILED_JOBS = delete(t.job).where(t.job.c.instance_id == bindparam("b_instance"), t.job.c.status == "failed")


def _write_ends(connection: Connection, page: Page) -> None:
    if page.ended_activities:
        connection.execute(_END_ACTIVITY, page.ended_activities)
    if page.ended_tasks:
        connection.execute(_END_TASK, page.ended_tasks)
        connection.execute(
            _DROP_CANDIDATES, [{"b_instance": r["b_instance"], "b_token": r["b_token"]} for r in page.ended_tasks]
        )


def _write_begins(connection: Connection, page: Page) -> None:
    if page.activities:
        connection.execute(_INSERT_ACTIVITY, list(page.activities.values()))
    if page.tasks:
        connection.execute(_INSERT_TASK, list(page.tasks.values()))
        candidates = [row for rows in page.candidates.values() for row in rows]
        if candidates:
            connection.execute(_INSERT_CANDIDATE, candidates)
    if page.variables:
        connection.execute(_INSERT_VARIABLE, page.variables)


def _exclude(connection: Connection, s: Subject, page: Page) -> None:
    """Four eyes: who did the steps that the new tasks check; the one that has just ended is among them."""
    for token, elements in page.excluded.items():
        if token in page.tasks:
            done = connection.execute(_WORKERS, {"b_instance": s.id, "b_elements": list(elements)}).all()
            page.tasks[token]["not_who_did"] = sorted({row.ended_by for row in done if row.ended_by})


def _close_waits(connection: Connection, s: Subject, page: Page) -> None:
    timers, subscriptions = page.closed_waits.get("timer"), page.closed_waits.get("subscription")
    if timers:
        connection.execute(_DROP_JOB, timers)
    if subscriptions:
        connection.execute(_DROP_SUBSCRIPTION, subscriptions)
    for kind, token in page.withdrawn:
        if kind == "external":
            connection.execute(
                delete(t.external_task).where(t.external_task.c.instance_id == s.id, t.external_task.c.token == token)
            )
        else:
            connection.execute(
                delete(t.job).where(t.job.c.instance_id == s.id, t.job.c.token == token, t.job.c.wait.is_(None))
            )


def _write_incidents(connection: Connection, s: Subject, page: Page, now: datetime) -> int:
    if page.resolved:
        connection.execute(_RESOLVE, [{"b_instance": s.id, "b_token": n, "b_now": now} for n in page.resolved])
    if page.incidents:
        connection.execute(_INSERT_INCIDENT, list(page.incidents.values()))
    if not page.closes_jobs or not (s.incidents or page.incidents):
        return 0
    parameters = {"b_instance": s.id, "b_now": now}
    if page.ended is None:
        return connection.execute(_RESOLVE_JOBLESS, parameters).rowcount
    connection.execute(_DROP_FAILED_JOBS, parameters)
    connection.execute(_RESOLVE_ALL, parameters)
    return 0
