"""What nobody has any more goes: uploads that no form named, then contents that no attachment has.

A content is removed in three steps, so that neither a crash nor an upload of the same content at the same moment does harm:
its row is doomed, then it is removed from the store, then the row goes. A place is never used again, so a removal can only
ever hit what was doomed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update

from engine.store import tables as t
from engine.work import Work

BATCH: Final = 200
"""Rows of one transaction."""

_f, _c = t.attachment.c, t.content.c
_HELD: Final[ColumnElement[bool]] = exists().where(_f.place == _c.place)


@dataclass(frozen=True, slots=True)
class ForgetUploads:
    """Removes uploads from before a moment that no form has named: for a start that never came, or of a task that is over.
    Returns how many; at most 200 at a time."""

    before: datetime
    audited: ClassVar[bool] = False

    def execute(self, work: Work) -> int:
        over = ~exists().where(t.task.c.id == _f.task_id, t.task.c.status == "open")
        unnamed = and_(_f.named.is_(False), or_(_f.instance_id.is_(None), and_(_f.field.is_not(None), over)))
        query = select(_f.id).where(_f.created_at < self.before, unnamed).limit(BATCH)
        ids = list(work.connection.execute(query).scalars())
        if ids:
            work.connection.execute(delete(t.attachment).where(_f.id.in_(ids), _f.named.is_(False)))
        return len(ids)


@dataclass(frozen=True, slots=True)
class MarkUnused:
    """Notes since when contents are without attachments; returns how many are newly so."""

    audited: ClassVar[bool] = False

    def execute(self, work: Work) -> int:
        work.connection.execute(update(t.content).where(_c.unused_at.is_not(None), _HELD).values(unused_at=None))
        newly = update(t.content).where(_c.unused_at.is_(None), ~_HELD).values(unused_at=work.now)
        return int(work.connection.execute(newly).rowcount)


@dataclass(frozen=True, slots=True)
class DoomContents:
    """Contents that were without attachments before a moment: nobody may take them any more. Returns their places, at most
    200, those of an earlier time that was cut short included."""

    before: datetime
    audited: ClassVar[bool] = False

    def execute(self, work: Work) -> list[str]:
        wanted = select(_c.place).where(_c.doomed_at.is_(None), _c.unused_at <= self.before, ~_HELD).limit(BATCH)
        places = list(work.connection.execute(wanted).scalars())
        if places:
            work.connection.execute(
                update(t.content)
                .where(_c.place.in_(places), _c.unused_at <= self.before, ~_HELD)
                .values(doomed_at=work.now)
            )
        return list(work.connection.execute(select(_c.place).where(_c.doomed_at.is_not(None)).limit(BATCH)).scalars())


@dataclass(frozen=True, slots=True)
class DropContents:
    """Their contents are gone from the store."""

    places: Sequence[str]
    audited: ClassVar[bool] = False

    def execute(self, work: Work) -> None:
        work.connection.execute(delete(t.content).where(_c.place.in_(list(self.places)), _c.doomed_at.is_not(None)))
