"""Conditions on the inside of JSON columns, in the words of either database."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from engine.store.types import Json
from engine.variables import Value, dumps


def has_entry(column: ColumnElement[Value], name: str, value: Value, *, is_sqlite: bool) -> ColumnElement[bool]:
    """True where the object in a `Json` column has an entry `name` that equals `value`.

    Numbers are equal whatever their scale (SQLite compares fractions as doubles). A list or an object equals, on SQLite,
    one with the same entries in the same order; on PostgreSQL one that contains them (``@>``, which a GIN index answers).
    """
    if not is_sqlite:
        return type_coerce(column, JSONB).op("@>", is_comparison=True)(literal({name: value}, Json))
    entry = func.json_each(column).table_valued("key", "value", "type", name="entry")
    wanted = func.json_each(f"[{dumps(value)}]").table_valued("value", "type", name="wanted")
    numbers = ("integer", "real")
    same_type = or_(entry.c.type == wanted.c.type, and_(entry.c.type.in_(numbers), wanted.c.type.in_(numbers)))
    found = (
        select(1).select_from(entry, wanted).where(entry.c.key == name, same_type, entry.c.value.is_(wanted.c.value))
    )
    return exists(found)
