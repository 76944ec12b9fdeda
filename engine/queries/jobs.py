"""What is due, for the worker."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import case, func, select

from engine.store import tables as t
from engine.store.database import Database


def business_key_of(database: Database, instance_id: str) -> str | None:
    """The business key of an instance."""
    with database.read() as connection:
        return connection.execute(select(t.instance.c.business_key).where(t.instance.c.id == instance_id)).scalar()


def next_due(database: Database) -> datetime | None:
    """When the next job can be done: it is due, and nobody holds it any more. None when nothing waits."""
    j = t.job.c
    when = case((j.locked_until > j.due_at, j.locked_until), else_=j.due_at)
    with database.read() as connection:
        return connection.execute(select(func.min(when)).where(j.status == "due")).scalar()
