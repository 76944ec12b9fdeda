"""Instances can be found by what their variables hold, on both databases alike."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select

from engine.store.database import Database
from engine.store.matching import has_entry
from engine.store.types import Json

metadata = MetaData()
box = Table("box", metadata, Column("id", Integer, primary_key=True), Column("data", Json))

ROWS: list[Any] = [
    {"amount": Decimal("67000.00"), "customer": "张三", "urgent": True},
    {"amount": 67000, "customer": None},
    {"amount": "67000", 'na"me.x': 1, "urgent": 1},
    {"on": date(2026, 3, 2), "list": [1, {"amount": 67000}]},
    {"deep": {"customer": "张三"}, "urgent": False},
    {},
]


@pytest.fixture
def boxes(database: Database) -> Database:
    with database.write() as connection:
        metadata.create_all(connection)
        connection.execute(insert(box), [{"id": number, "data": data} for number, data in enumerate(ROWS)])
    return database


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("amount", 67000, [0, 1]),
        ("amount", Decimal("67000.0"), [0, 1]),
        ("amount", "67000", [2]),
        ("customer", "张三", [0]),
        ("customer", None, [1]),
        ("urgent", True, [0]),
        ("urgent", False, [4]),
        ("urgent", 1, [2]),
        ('na"me.x', 1, [2]),
        ("on", date(2026, 3, 2), [3]),
        ("on", date(2026, 3, 3), []),
        ("list", [1, {"amount": 67000}], [3]),
        ("missing", None, []),
        ("amount' OR 1=1 --", 1, []),
    ],
)
def test_rows_are_found_by_an_entry(boxes: Database, name: str, value: Any, found: list[int]) -> None:
    condition = has_entry(box.c.data, name, value, is_sqlite=boxes.is_sqlite)

    with boxes.read() as connection:
        assert connection.execute(select(box.c.id).where(condition).order_by(box.c.id)).scalars().all() == found
