"""Figures for Prometheus, in a registry of our own: what this process counted, and what stands in the database when asked.

Each process has its own counters; with several web processes a scrape sees the one that answers it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from sqlalchemy import Connection, func, or_, select

from engine.store.database import Database
from engine.store.tables import incident, job, task

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

REGISTRY: Final = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

_SHORT: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
_LONG: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30)

COMMANDS: Final = Counter(
    "facet_commands", "Commands by name and result: done, retried or the code of an error", ["command", "result"],
    registry=REGISTRY,
)  # fmt: skip
ADVANCE_SECONDS: Final = Histogram(
    "facet_advance_seconds", "Time to move an instance, without the database", buckets=_SHORT, registry=REGISTRY
)
COMMIT_SECONDS: Final = Histogram("facet_commit_seconds", "Time to commit", buckets=_SHORT, registry=REGISTRY)
CACHE_HITS: Final = Counter("facet_cache_hits", "Live instances found in memory", registry=REGISTRY)
CACHE_MISSES: Final = Counter("facet_cache_misses", "Live instances read from the database", registry=REGISTRY)
JOBS: Final = Counter(
    "facet_jobs", "Jobs run by kind and result: done, retried, failed", ["kind", "result"], registry=REGISTRY
)
HTTP_REQUESTS: Final = Counter(
    "facet_http_requests", "Answers by method, route and status", ["method", "route", "status"], registry=REGISTRY
)
HTTP_SECONDS: Final = Histogram(
    "facet_http_request_seconds", "Time to answer, by route", ["method", "route"], buckets=_LONG, registry=REGISTRY
)


def exposition(database: Database, now: datetime) -> bytes:
    """The page that Prometheus reads (`CONTENT_TYPE`): the counters of this process, then what waits in the database."""
    standing = CollectorRegistry()
    with database.read() as connection:
        _jobs(connection, now, standing)
        _open(connection, standing)
    return generate_latest(REGISTRY) + generate_latest(standing)


def _jobs(connection: Connection, now: datetime, registry: CollectorRegistry) -> None:
    due = Gauge("facet_jobs_due", "Jobs that are due and that nobody works on", ["kind"], registry=registry)
    lag = Gauge("facet_job_lag_seconds", "Age of the oldest of them", ["kind"], registry=registry)
    waiting = (
        select(job.c.kind, func.count(), func.min(job.c.due_at))
        .where(job.c.status == "due", job.c.due_at <= now, or_(job.c.locked_until.is_(None), job.c.locked_until < now))
        .group_by(job.c.kind)
    )
    for kind, number, oldest in connection.execute(waiting):
        due.labels(kind).set(number)
        lag.labels(kind).set((now - oldest).total_seconds())


def _open(connection: Connection, registry: CollectorRegistry) -> None:
    incidents = Gauge("facet_incidents_open", "Incidents that wait for somebody", registry=registry)
    tasks = Gauge("facet_tasks_open", "Open tasks of people", registry=registry)
    incidents.set(
        connection.execute(select(func.count()).select_from(incident).where(incident.c.status == "open")).scalar_one()
    )
    tasks.set(connection.execute(select(func.count()).select_from(task).where(task.c.status == "open")).scalar_one())
