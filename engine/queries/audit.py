"""The audit's chain: whether it holds, where it ends, and when somebody looked last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, or_, select

from engine import policy
from engine.actor import Actor
from engine.audit import ERASING, GENESIS, Head, Verification, Verifier, verify
from engine.keys import Keys
from engine.store import tables as t
from engine.store.database import Database

_a = t.audit.c
_FIRST = -(2**31)  # whatever somebody made of the positions
_SEALED = select(t.audit).where(_a.position > bindparam("b_after")).order_by(_a.position).limit(1000)
VERIFICATION: Final = "NoteVerification"
"""The command whose entries say what came of verifications (`engine.commands.audit`)."""


def audit_head(database: Database) -> Head:
    """The last sealed entry's place and MAC."""
    with database.read() as connection:
        return _head(connection)


def _head(connection: Connection) -> Head:
    query = select(_a.position, _a.mac).where(_a.position.is_not(None)).order_by(_a.position.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return Head(row.position, row.mac) if row is not None else Head(0, GENESIS)


def verify_audit(database: Database, keys: Keys, actor: Actor, heads: Iterable[Head] = ()) -> Verification:
    """Looks at every sealed entry, without holding all of them. Forbidden but for administrators."""
    policy.check_admin(actor)
    with database.read() as connection:
        return verify(keys.derived("audit"), _entries(connection), heads)


def _entries(connection: Connection, after: int = _FIRST) -> Iterator[Any]:
    """All sealed entries behind that position, in the order of the chain, some at a time."""
    while rows := connection.execute(_SEALED, {"b_after": after}).all():
        yield from rows
        after = rows[-1].position


# --- in parts -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the chain that was looked at: the entries behind `start`. `done`: up to the end, so that erasures are
    accounted for and heads beyond the end show."""

    start: int
    verification: Verification
    done: bool


def verify_part(
    database: Database, keys: Keys, actor: Actor, start: Head, most: int, heads: Iterable[Head] = ()
) -> Part:
    """Looks at up to `most` sealed entries behind `start`. Forbidden but for administrators."""
    policy.check_admin(actor)
    verifier = Verifier(keys.derived("audit"), heads, start)
    with database.read() as connection:
        done = True
        for entry in _entries(connection, start.position or _FIRST):
            if verifier.result.checked == most:
                done = False
                break
            verifier.look(entry)
        if done and start.position:
            before = or_(_a.erased_by.is_not(None), _a.command.in_(ERASING))
            for entry in connection.execute(select(t.audit).where(_a.position <= start.position, before)):
                verifier.recall(entry)
    return Part(start.position, verifier.finish(whole=done), done)


@dataclass(frozen=True, slots=True)
class LastVerification:
    """What came of the verification before. `head`: how far it came; `done`: that was the end."""

    at: datetime
    actor: str
    checked: int
    faults: int
    head: Head
    done: bool


@dataclass(frozen=True, slots=True)
class ChainState:
    """Where the chain stands. `waiting`: entries that are still to be sealed; `sealed_at`: of the last sealed one."""

    head: Head
    sealed_at: datetime | None
    waiting: int
    last: LastVerification | None


def chain_state(connection: Connection, actor: Actor) -> ChainState:
    """The state of the chain. Forbidden but for administrators."""
    policy.check_admin(actor)
    head = _head(connection)
    at = connection.execute(select(_a.at).where(_a.position == head.position)).scalar_one_or_none()
    waiting = int(connection.execute(select(func.count()).where(_a.position.is_(None))).scalar_one())
    return ChainState(head, at, waiting, last_verification(connection))


def last_verification(connection: Connection) -> LastVerification | None:
    """What the audit says of the verification before; None when there was none."""
    query = select(_a.at, _a.actor, _a.detail).where(_a.command == VERIFICATION).order_by(_a.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    found = row.detail.get("after") if row is not None else None
    if row is None or not found:
        return None
    head = Head(int(found["position"]), str(found["mac"]))
    return LastVerification(row.at, row.actor, int(found["checked"]), int(found["faults"]), head, bool(found["done"]))


def has_unsealed(database: Database) -> bool:
    """Whether there is something to seal."""
    with database.read() as connection:
        return connection.execute(select(_a.id).where(_a.position.is_(None)).limit(1)).first() is not None


def unsealed(database: Database) -> int:
    """Entries that are still to be sealed."""
    with database.read() as connection:
        return int(connection.execute(select(func.count()).where(_a.position.is_(None))).scalar_one())
