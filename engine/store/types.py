"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Dialect, String, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from engine import variables


class _Jsonb(UserDefinedType[Any]):
    """JSONB that goes in and out as text: the driver's own JSON codec would turn decimals into floats."""

    cache_ok = True
    render_bind_cast = True

    def get_col_spec(self, **_options: Any) -> str:
        return "JSONB"


class Json(TypeDecorator[Any]):
    """A value of `engine.variables`: TEXT on SQLite, JSONB on PostgreSQL. None is NULL.

    Raises InvalidInput for what is no value. JSONB keeps the scale of decimals, not the order of keys.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return _Jsonb() if dialect.name == "postgresql" else Text()

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:
        dumps = variables.dumps
        return lambda value: None if value is None else dumps(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        loads = variables.loads
        return lambda text: None if text is None else loads(text)

    def process_literal_param(self, value: Any, dialect: Dialect) -> str:
        raise NotImplementedError("values are bound, never written into a statement")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: an aware datetime in, an aware datetime in UTC out, to the microsecond.

    SQLite keeps fixed-width text (``2026-03-02T01:00:00.000000Z``) that people can read and that sorts right;
    PostgreSQL TIMESTAMP WITH TIME ZONE. Raises ValueError for a datetime without an offset.
    """

    impl = String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return TIMESTAMP(timezone=True) if dialect.name == "postgresql" else String(27)

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        return _aware if dialect.name == "postgresql" else _to_text

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        return _to_utc if dialect.name == "postgresql" else _from_text

    def process_literal_param(self, value: datetime | None, dialect: Dialect) -> str:
        raise NotImplementedError("values are bound, never written into a statement")


def _aware(value: datetime | None) -> datetime | None:
    if value is not None and value.utcoffset() is None:
        raise ValueError(f"a moment without an offset from UTC: {value.isoformat()}")
    return value


def _to_text(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is not UTC:
        checked = _aware(value)
        assert checked is not None
        value = checked.astimezone(UTC)
    return value.isoformat(timespec="microseconds")[:26] + "Z"


def _from_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _to_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)
