"""Pages of a list by keyset: the cursor says after which row the next page begins, so page 1000 costs what page 1 costs."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, literal, select, tuple_

from engine.errors import InvalidInput, LimitExceeded, NotFound
from engine.store.types import UtcDateTime
from engine.variables import dumps, loads

T = TypeVar("T")

MOST = 200
"""Rows of one page at the most."""
COUNTED = 1000
"""Counts stop here: nobody reads the difference between 1,000 and 100,000 waiting tasks, and counting them costs."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page: `cursor` as the page before gave it, `sort` a name of the list's, with ``-`` in front for descending."""

    limit: int = 50
    cursor: str | None = None
    sort: str = ""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows in order; `next` is the cursor of the page after, None on the last one."""

    items: tuple[T, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """A number that stops at `COUNTED`; `more` says that there are more."""

    value: int
    more: bool

    def __str__(self) -> str:
        return f"{self.value}+" if self.more else str(self.value)


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted: by `expression` (never null), then by `id`, both in the same direction."""

    name: str
    expression: ColumnElement[Any]
    id: ColumnElement[Any]
    descending: bool
    limit: int
    after: tuple[Any, str] | None

    def apply(self, query: Select[Any]) -> Select[Any]:
        """The query with this order, from behind the cursor, one row longer than the page."""
        key = tuple_(self.expression, self.id)
        if self.after is not None:
            value = bindparam(None, self.after[0], type_=self.expression.type)
            start = tuple_(value, bindparam(None, self.after[1], type_=self.id.type))
            query = query.where(key < start if self.descending else key > start)
        if self.descending:
            query = query.order_by(self.expression.desc(), self.id.desc())
        else:
            query = query.order_by(self.expression, self.id)
        return query.limit(self.limit + 1)

    def page(self, rows: Iterable[Any], make: Callable[[Any], T]) -> Page[T]:
        """The page of rows that have `id` and `sort_value`."""
        found = list(rows)
        kept = found[: self.limit]
        cursor = encode_cursor(self.name, kept[-1].sort_value, kept[-1].id) if len(found) > len(kept) else None
        return Page(tuple(make(row) for row in kept), cursor)


def order(
    request: PageRequest, choices: Mapping[str, ColumnElement[Any]], id: ColumnElement[Any], default: str
) -> Order:
    """The order that the request asks for. InvalidInput: an unknown sort, a limit out of 1 to 200; NotFound:
    a cursor of another list."""
    if not 1 <= request.limit <= MOST:
        raise InvalidInput(f"A page has 1 to {MOST} rows.", f"每页 1 到 {MOST} 条。")
    name = request.sort or default
    expression = choices.get(name.removeprefix("-"))
    if expression is None:
        raise InvalidInput(
            f"This list sorts by {', '.join(choices)}, with “-” in front for descending.",
            f"此列表可按 {'、'.join(choices)} 排序，前加“-”为降序。",
        )
    after = decode_cursor(request.cursor, name) if request.cursor else None
    if after is not None and not _fits(after[0], expression):
        raise _no_cursor()
    return Order(name, expression, id, name.startswith("-"), request.limit, after)


def _fits(value: Any, expression: ColumnElement[Any]) -> bool:
    """Whether the value can be compared with the column: cursors come from outside."""
    if isinstance(expression.type, UtcDateTime):
        return type(value) is datetime and value.utcoffset() is not None and 1900 < value.year <= MAXYEAR
    if expression.type.python_type is int:
        return type(value) is int and abs(value) < 2**31
    return type(value) is expression.type.python_type and "\0" not in value


def encode_cursor(sort: str, value: Any, id: str) -> str:
    """Opaque text for the caller: nothing in it is trusted when it comes back."""
    return base64.urlsafe_b64encode(dumps([sort, value, id]).encode()).rstrip(b"=").decode()


def decode_cursor(text: str, sort: str) -> tuple[Any, str]:
    """What `encode_cursor` wrote for the same sort. NotFound for anything else."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        name, value, id = loads(raw)
    except (binascii.Error, ValueError, TypeError, InvalidInput, LimitExceeded) as error:
        raise _no_cursor() from error
    if name != sort or not isinstance(id, str) or "\0" in id:
        raise _no_cursor()
    return value, id


def _no_cursor() -> NotFound:
    return NotFound("There is no such page. Start again without a cursor.", "没有该页，请从第一页重新开始。")


def count(connection: Connection, query: Select[Any]) -> Count:
    """How many rows `query` has, up to `COUNTED`."""
    number = connection.execute(select(func.count()).select_from(query.limit(COUNTED + 1).subquery())).scalar_one()
    return Count(min(number, COUNTED), number > COUNTED)


def contains(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """The column holds `text`, whatever the case; ``%`` and ``_`` mean themselves."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    wanted = func.lower(literal(f"%{escaped}%"))  # by the database on both sides: SQLite knows the case of ASCII only
    return func.lower(column).like(wanted, escape="\\")
