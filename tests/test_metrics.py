"""The figures for Prometheus say what this process did and what stands in the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from engine.ids import new_id
from engine.metrics import COMMANDS, HTTP_REQUESTS, exposition
from engine.store import migrate
from engine.store.database import Database
from engine.store.tables import job

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/facet.db")
    migrate.upgrade(database)
    yield database
    database.close()


def _figures(database: Database) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = text_string_to_metric_families(exposition(database, NOW).decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def _job(kind: str, due: timedelta, **more: object) -> dict[str, object]:
    row = {"locked_until": None, "status": "due", **more}
    return {"id": new_id(), "kind": kind, "payload": {}, "due_at": NOW + due, "retries": 3, "created_at": NOW, **row}


def test_what_waits(database: Database) -> None:
    with database.write() as connection:
        connection.execute(
            insert(job),
            [
                _job("timer", timedelta(seconds=-90)),
                _job("timer", timedelta(seconds=-30)),
                _job("timer", timedelta(seconds=30)),
                _job("service", timedelta(seconds=-5), locked_until=NOW + timedelta(seconds=60)),
                _job("service", timedelta(seconds=-5), locked_until=NOW - timedelta(seconds=1)),
                _job("service", timedelta(seconds=-50), status="failed"),
            ],
        )

    figures = _figures(database)

    assert figures["facet_jobs_due", (("kind", "timer"),)] == 2
    assert figures["facet_job_lag_seconds", (("kind", "timer"),)] == 90
    assert figures["facet_jobs_due", (("kind", "service"),)] == 1
    assert figures["facet_incidents_open", ()] == 0
    assert figures["facet_tasks_open", ()] == 0


def test_what_this_process_did(database: Database) -> None:
    label = (("command", "Try"), ("result", "done"))
    before = _figures(database).get(("facet_commands_total", label), 0)

    COMMANDS.labels(command="Try", result="done").inc()
    HTTP_REQUESTS.labels(method="GET", route="/tasks/{id}", status="200").inc()

    figures = _figures(database)
    assert figures["facet_commands_total", label] == before + 1
    assert ("facet_advance_seconds_count", ()) in figures
    assert ("facet_cache_hits_total", ()) in figures
    assert any(name == "process_resident_memory_bytes" for name, _ in figures)
