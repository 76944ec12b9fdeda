"""Sealing the audit, and keeping what came of a verification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from sqlalchemy import bindparam, select, text, update

from engine import audit, policy
from engine.store import tables as t
from engine.work import Work

BATCH: Final = 500
"""Entries that one transaction seals."""
_SEAL_LOCK: Final = 0x_FACE_A0D1

_a = t.audit.c
_WRITE_SEAL = (
    update(t.audit)
    .where(_a.id == bindparam("b_id"))
    .values(
        position=bindparam("b_position"),
        salts=bindparam("b_salts"),
        commitments=bindparam("b_commitments"),
        mac=bindparam("b_mac"),
    )
)


@dataclass(frozen=True, slots=True)
class SealAudit:
    """Gives the newest entries their place in the chain; returns how many. One process at a time, the others skip it."""

    audited: ClassVar[bool] = False

    def execute(self, work: Work) -> int:
        if not work.services.database.is_sqlite:
            lock = text("SELECT pg_try_advisory_xact_lock(:key)")
            if not work.connection.execute(lock, {"key": _SEAL_LOCK}).scalar():
                return 0
        return _seal(work)


def _seal(work: Work) -> int:
    connection, key = work.connection, work.services.keys.derived("audit")
    last = connection.execute(
        select(_a.position, _a.mac).where(_a.position.is_not(None)).order_by(_a.position.desc()).limit(1)
    ).one_or_none()
    position, before = (last.position, last.mac) if last is not None else (0, audit.GENESIS)
    rows = connection.execute(select(t.audit).where(_a.position.is_(None)).order_by(_a.id).limit(BATCH)).all()
    written = []
    for row in rows:
        seal = audit.seal(key, before, position + 1, row)
        position, before = seal.position, seal.mac
        written.append(
            {
                "b_id": row.id,
                "b_position": seal.position,
                "b_salts": dict(seal.salts),
                "b_commitments": dict(seal.commitments),
                "b_mac": seal.mac,
            }
        )
    if written:
        connection.execute(_WRITE_SEAL, written)
    return len(written)


def seal_all(work: Work) -> None:
    """Everything that there is gets its place now, so that what is erased has a commitment."""
    if not work.services.database.is_sqlite:
        work.connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SEAL_LOCK})
    while _seal(work) == BATCH:
        continue


@dataclass(frozen=True, slots=True)
class NoteVerification:
    """Keeps that an administrator had the chain verified, up to which place, and what was found (`engine.queries.audit`)."""

    start: int
    checked: int
    faults: int
    head: audit.Head
    done: bool

    def execute(self, work: Work) -> None:
        policy.check_admin(work.actor)
        reached = {"position": self.head.position, "mac": self.head.mac, "done": self.done}
        found = {"checked": self.checked, "faults": self.faults, **reached}
        work.audit["detail"] = {"before": {"position": self.start}, "after": found}
