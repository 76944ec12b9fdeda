"""Contents of the file store, as their rows know them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, exists, func, select

from engine.store import tables as t

BATCH: Final = 500

_f, _c = t.attachment.c, t.content.c


@dataclass(frozen=True, slots=True)
class Content:
    """A content: where it is, its SHA-256 in hex, its size in bytes."""

    place: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Usage:
    """How many contents with how many bytes there are, and how many of them no attachment has."""

    contents: int
    bytes: int
    unused: int
    unused_bytes: int


def usage(connection: Connection) -> Usage:
    """Counts all contents."""
    held = exists().where(_f.place == _c.place)
    numbers = select(func.count(), func.coalesce(func.sum(_c.size), 0))
    all_of_them = connection.execute(numbers.select_from(t.content)).one()
    free = connection.execute(numbers.select_from(t.content).where(~held)).one()
    return Usage(all_of_them[0], int(all_of_them[1]), free[0], int(free[1]))


def known_places(connection: Connection, places: Sequence[str]) -> frozenset[str]:
    """Those of the places that have a row."""
    return frozenset(connection.execute(select(_c.place).where(_c.place.in_(list(places)))).scalars())


def contents(connection: Connection) -> Iterator[Content]:
    """All contents that are not being removed, by place."""
    last = ""
    while True:
        query = select(_c.place, _c.digest, _c.size).where(_c.place > last, _c.doomed_at.is_(None))
        rows = connection.execute(query.order_by(_c.place).limit(BATCH)).all()
        if not rows:
            return
        yield from (Content(*row) for row in rows)
        last = rows[-1].place
