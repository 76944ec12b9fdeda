"""The floor: the same framework, driver and settings doing one transaction of 1 select, 2 updates, 2 inserts; no engine.

What a thin layer without sign-in, forms, audit and history reaches; ``uvicorn --factory tests.benchmarks.floor:create_app``
with FLOOR_URL naming the database.
"""

from __future__ import annotations

import os
from typing import Any

from fastapi import Body, FastAPI
from sqlalchemy import Column, Integer, MetaData, String, Table, Text, bindparam, insert, select, update

from engine.ids import new_id
from engine.store.database import Database

metadata = MetaData()
state = Table(
    "state", metadata, Column("id", String(36), primary_key=True), Column("revision", Integer), Column("data", Text)
)
work = Table(
    "work", metadata, Column("id", String(36), primary_key=True), Column("status", String(16)), Column("data", Text)
)
log = Table("log", metadata, Column("id", String(36), primary_key=True), Column("data", Text))

ROWS = 64
DATA = "x" * 1024

_SELECT = select(state).where(state.c.id == bindparam("b_id"))
_UPDATE = (
    update(state)
    .where(state.c.id == bindparam("b_id"), state.c.revision == bindparam("b_revision"))
    .values(revision=state.c.revision + 1, data=bindparam("data"))
)
_FINISH = update(work).where(work.c.id == bindparam("b_id")).values(status="completed")


def prepare(url: str) -> None:
    """Makes the tables and their rows."""
    database = Database(url)
    database.install()
    with database.write() as connection:
        metadata.create_all(connection)
        connection.execute(insert(state), [{"id": f"s{n}", "revision": 1, "data": DATA} for n in range(ROWS)])
        connection.execute(insert(work), [{"id": f"s{n}", "status": "open", "data": DATA} for n in range(ROWS)])
    database.close()


def create_app() -> FastAPI:
    """One endpoint, as thin as it can be in this framework."""
    database = Database(os.environ["FLOOR_URL"])
    app = FastAPI(openapi_url=None)

    @app.post("/step/{id}")
    def step(id: str, data: dict[str, Any] = Body()) -> dict[str, Any]:
        with database.write() as connection:
            row = connection.execute(_SELECT, {"b_id": id}).one()
            connection.execute(_UPDATE, {"b_id": id, "b_revision": row.revision, "data": DATA})
            connection.execute(_FINISH, {"b_id": id})
            connection.execute(insert(work), {"id": new_id(), "status": "open", "data": DATA})
            connection.execute(insert(log), {"id": new_id(), "data": DATA})
        return {"id": id, "fields": sorted(data)}

    return app
