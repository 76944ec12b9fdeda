"""What is due, for the worker."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from engine.store import tables as t
from engine.store.database import Database


def business_key_of(database: Database, instance_id: str) -> str | None:
    """The business key of an instance."""
    with database.read() as connection:
        return connection.execute(select(t.instance.c.business_key).where(t.instance.c.id == instance_id)).scalar()


def next_due(database: Database) -> datetime | None:
    """When the next job is due; None when nothing waits."""
    with database.read() as connection:
        return connection.execute(select(func.min(t.job.c.due_at)).where(t.job.c.status == "due")).scalar()
