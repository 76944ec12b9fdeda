"""The audit's chain: whether it holds, and where it ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from engine import policy
from engine.actor import Actor
from engine.audit import GENESIS, Head, Verification, verify
from engine.keys import Keys
from engine.store import tables as t
from engine.store.database import Database

_a = t.audit.c
_FIRST = -(2**31)  # whatever somebody made of the positions
_SEALED = select(t.audit).where(_a.position > bindparam("b_after")).order_by(_a.position).limit(1000)


def audit_head(database: Database) -> Head:
    """The last sealed entry's place and MAC."""
    query = select(_a.position, _a.mac).where(_a.position.is_not(None)).order_by(_a.position.desc()).limit(1)
    with database.read() as connection:
        row = connection.execute(query).one_or_none()
    return Head(row.position, row.mac) if row is not None else Head(0, GENESIS)


def verify_audit(database: Database, keys: Keys, actor: Actor, heads: Iterable[Head] = ()) -> Verification:
    """Looks at every sealed entry, without holding all of them. Forbidden but for administrators."""
    policy.check_admin(actor)
    with database.read() as connection:
        return verify(keys.derived("audit"), _entries(connection), heads)


def _entries(connection: Connection) -> Iterator[Any]:
    """All sealed entries in the order of the chain, some at a time."""
    after = _FIRST
    while rows := connection.execute(_SEALED, {"b_after": after}).all():
        yield from rows
        after = rows[-1].position


def has_unsealed(database: Database) -> bool:
    """Whether there is something to seal."""
    with database.read() as connection:
        return connection.execute(select(_a.id).where(_a.position.is_(None)).limit(1)).first() is not None


def unsealed(database: Database) -> int:
    """Entries that are still to be sealed."""
    with database.read() as connection:
        return int(connection.execute(select(func.count()).where(_a.position.is_(None))).scalar_one())
