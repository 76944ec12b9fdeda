"""Values and moments come back from either database as they went in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Column, MetaData, Table, Text, cast, insert, select, update
from sqlalchemy.exc import StatementError

from engine.errors import InvalidInput
from engine.feel.values import YearsMonths
from engine.store.database import Database
from engine.store.types import Json, UtcDateTime

metadata = MetaData()
note = Table("note", metadata, Column("id", Text, primary_key=True), Column("data", Json), Column("at", UtcDateTime))

SHANGHAI = timezone(timedelta(hours=8))


@pytest.fixture
def notes(database: Database) -> Database:
    with database.write() as connection:
        metadata.create_all(connection)
    return database


def _kept(database: Database, value: object) -> object:
    with database.write() as connection:
        connection.execute(insert(note), {"id": "a", "data": None})
        connection.execute(update(note).where(note.c.id == "a").values(data=value))
    with database.read() as connection:
        return connection.execute(select(note.c.data)).scalar_one()


@pytest.mark.parametrize(
    "value",
    [
        {"amount": Decimal("67000.00"), "count": 3, "big": 10**40, "tiny": Decimal("1E-30")},
        {
            "on": date(2026, 3, 2),
            "in": timedelta(hours=2),
            "at": datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Asia/Shanghai")),
        },
        {"$date": "a user's own"},
        {"客户": "张三", "quote": "'; -- %s :x \\ \""},
        [1, [2, [YearsMonths(14)]], {}],
        "text",
        False,
        0,
    ],
    ids=str,
)
def test_a_value_comes_back(notes: Database, value: object) -> None:
    kept = _kept(notes, value)

    assert kept == value
    assert repr(kept) == repr(value) or isinstance(value, dict)  # JSONB sorts keys


def test_decimals_keep_their_scale(notes: Database) -> None:
    assert str(_kept(notes, [Decimal("67000.00")])) == "[Decimal('67000.00')]"


def test_none_is_null(notes: Database) -> None:
    assert _kept(notes, None) is None
    with notes.read() as connection:
        assert connection.execute(select(note.c.id).where(note.c.data.is_(None))).scalar_one() == "a"


def test_what_is_no_value_is_refused(notes: Database) -> None:
    with pytest.raises(InvalidInput, match="NUL"):
        _kept(notes, "a\0b")


def test_moments_come_back_in_utc(notes: Database) -> None:
    moment = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=SHANGHAI)
    with notes.write() as connection:
        connection.execute(insert(note), {"id": "a", "at": moment})

    with notes.read() as connection:
        kept = connection.execute(select(note.c.at)).scalar_one()

    assert kept == moment
    assert kept.tzinfo is UTC
    assert kept.isoformat() == "2026-03-02T01:00:00.123456+00:00"


def test_moments_sort_and_compare_as_they_follow_each_other(notes: Database) -> None:
    later = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
    moments = [
        later - timedelta(days=1),
        later - timedelta(microseconds=1),
        later.astimezone(SHANGHAI),
        later + timedelta(microseconds=1),
    ]
    with notes.write() as connection:
        connection.execute(insert(note), [{"id": str(n), "at": moments[n]} for n in (2, 0, 3, 1)])

    with notes.read() as connection:
        ordered = connection.execute(select(note.c.id).order_by(note.c.at)).scalars().all()
        due = connection.execute(select(note.c.id).where(note.c.at <= later).order_by(note.c.at)).scalars().all()

    assert ordered == ["0", "1", "2", "3"]
    assert due == ["0", "1", "2"]


def test_a_moment_without_an_offset_is_refused(notes: Database) -> None:
    with pytest.raises(StatementError, match="without an offset"), notes.write() as connection:
        connection.execute(insert(note), {"id": "a", "at": datetime(2026, 3, 2)})  # noqa: DTZ001


def test_json_is_text_that_the_database_can_look_into(notes: Database) -> None:
    assert _kept(notes, {"customer": {"name": "张三"}}) == {"customer": {"name": "张三"}}

    with notes.read() as connection:
        text = connection.execute(select(cast(note.c.data, Text))).scalar_one()
        path = "data ->> '$.customer.name'" if notes.is_sqlite else "data -> 'customer' ->> 'name'"
        assert connection.exec_driver_sql(f"SELECT {path} FROM note").scalar_one() == "张三"

    assert "张三" in text
