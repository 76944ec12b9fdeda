"""Alembic's environment: over the connection of `engine.store.migrate`, else over the database of the settings."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from engine.settings import Settings
from engine.store.database import Database
from engine.store.tables import metadata


def run(connection: Connection) -> None:
    """Brings the schema where Alembic's caller wants it, in the transaction that the connection is in."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,  # SQLite alters a table by copying it
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with Database(Settings().database_url).change_schema() as opened:
        run(opened)
