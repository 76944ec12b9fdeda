"""Erasing personal data, by case and by person, without breaking the audit's chain."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select, update

from engine import audit, policy
from engine.commands.audit import seal_all
from engine.commands.users import find_user
from engine.errors import Conflict
from engine.ids import new_id
from engine.queries import erasures as q
from engine.store import tables as t
from engine.work import Work

_a = t.audit.c


class _Erasure:
    """Takes parts out of the audit's entries, and accounts for that in the entry of the command that does it."""

    def __init__(self, work: Work, kind: str) -> None:
        self._work = work
        self._kind = kind
        self._own = new_id()
        self._gone: list[tuple[str, str]] = []
        self._counts: dict[str, int] = {}
        seal_all(work)

    def places(self, places: Iterable[q.Place]) -> None:
        """Takes away what stands there."""
        for place in places:
            statement: Any = (
                delete(place.table).where(place.where)
                if place.values is None
                else update(place.table).where(place.where).values(**place.values)
            )
            self.count(place.name, self._work.connection.execute(statement).rowcount)

    def count(self, name: str, rows: int) -> None:
        """So many rows of this place were changed."""
        self._counts[name] = self._counts.get(name, 0) + rows

    def entries(self, condition: ColumnElement[bool], parts: Mapping[str, Any], word: str | None = None) -> None:
        """Replaces `parts` of the entries of which the condition holds, and whose detail says `word` if one is given. What
        erasures account for stays."""
        connection = self._work.connection
        if "detail" in parts:
            condition = and_(condition, _a.command.not_in(audit.ERASING))
        columns = (_a.id, _a.salts, _a.erased_by, *(_a[part] for part in parts))
        for row in connection.execute(select(*columns).where(condition, _a.position.is_not(None))).all():
            if word is not None and not _says(row.detail, word):
                continue
            done = row.erased_by or {}
            here = [part for part in parts if getattr(row, part) is not None and part not in done]
            if not here:
                continue
            self._gone.extend((row.id, part) for part in here)
            values = {part: parts[part] for part in here}
            salts = {part: salt for part, salt in (row.salts or {}).items() if part not in here}
            marks = {**done, **dict.fromkeys(here, self._own)}
            connection.execute(update(t.audit).where(_a.id == row.id).values(salts=salts, erased_by=marks, **values))

    def receipt(self, key: str, instances: int = 0) -> q.Receipt:
        """Writes into this command's entry what was erased."""
        digest, counts = audit.erased_digest(self._gone), {name: n for name, n in self._counts.items() if n}
        told = {"instances": instances} if instances else {}
        detail = audit.change(
            None, None, kind=self._kind, **told, counts=counts, entries=len(self._gone), erased=digest
        )
        self._work.audit.update(id=self._own, subject=key, detail=detail)
        return q.Receipt(self._own, self._kind, key, self._work.now, counts, len(self._gone), digest, instances)


@dataclass(frozen=True, slots=True)
class EraseBusinessKey:
    """Erases what people said in the ended cases of a business key: variables and their history, drafts, comments, files,
    messages, mails, notifications, decisions' inputs, and the audit's details. That there was a case, which steps it took, and
    who did them stays. Conflict while one of them still runs; NotFound when there is none.
    """

    business_key: str

    def execute(self, work: Work) -> q.Receipt:
        policy.check_admin(work.actor)
        work.audit["subject"] = self.business_key
        found = q.family(work.connection, self.business_key)
        if found.running:
            raise Conflict(*q.STILL_RUNS, data={"running": found.running})
        erasure = _Erasure(work, "business_key")
        erasure.places(q.places_of_key(self.business_key))
        _forget_senders(work, found.ids)
        for ids in q.portions(found.ids):
            erasure.places(q.places_of_case(ids))
            erasure.entries(_a.instance_id.in_(ids), {"subject": q.ERASED, "detail": {}})
        elsewhere = and_(_a.instance_id.is_(None), q.names(_a.detail, self.business_key))
        erasure.entries(elsewhere, {"detail": {}}, word=self.business_key)
        return erasure.receipt(self.business_key, len(found.ids))


def _forget_senders(work: Work, ids: Iterable[str]) -> None:
    """Signals that a case has thrown and that nobody has taken yet go with it."""
    j = t.job.c
    rows = work.connection.execute(
        select(j.id, j.payload).where(j.kind.in_(("signal", "start")), j.instance_id.is_(None))
    ).all()
    known = set(ids)
    gone = [row.id for row in rows if row.payload.get("source") in known]
    for some in q.portions(gone):
        work.connection.execute(delete(t.job).where(j.id.in_(some)))


@dataclass(frozen=True, slots=True)
class ErasePerson:
    """Erases who somebody was: their account becomes a pseudonym without name, address or password, and so do all places
    that name them, the audit's included. Conflict unless the person is disabled and without open tasks; NotFound.

    What people wrote about them in forms is the case's: see EraseBusinessKey.
    """

    username: str

    def execute(self, work: Work) -> q.Receipt:
        policy.check_admin(work.actor)
        row = find_user(work, self.username)
        if (refused := q.why_not(work.connection, row)) is not None:
            raise Conflict(*refused)
        pseudonym = f"erased-{secrets.token_hex(6)}"
        erasure = _Erasure(work, "person")
        erasure.places(q.places_of_person(row))
        self._rename(work, erasure, row, pseudonym)
        self._entries(erasure, pseudonym)
        return erasure.receipt(pseudonym)

    def _rename(self, work: Work, erasure: _Erasure, row: Any, pseudonym: str) -> None:
        none = dict.fromkeys(("email", "password_hash", "language", "zone", "theme"))
        account = update(t.user).where(t.user.c.id == row.id).values(username=pseudonym, name=q.ERASED, **none)
        work.connection.execute(account)
        for name, column in q.NAMED:
            statement = update(column.table).where(column == self.username).values({column.name: pseudonym})
            erasure.count(name, work.connection.execute(statement).rowcount)
        for column in q.LISTED:
            _replace_in_list(work, column, self.username, pseudonym)

    def _entries(self, erasure: _Erasure, pseudonym: str) -> None:
        about = _a.subject == self.username
        signing_in = and_(about, _a.command.in_(q.SIGNING_IN))
        erasure.entries(signing_in, {"source": q.ERASED})
        erasure.entries(_a.actor == self.username, {"actor": pseudonym, "source": q.ERASED})
        erasure.entries(_a.on_behalf_of == self.username, {"on_behalf_of": pseudonym})
        erasure.entries(about, {"subject": pseudonym, "detail": {}})
        erasure.entries(q.names(_a.detail, self.username), {"detail": {}}, word=self.username)


def _says(value: Any, word: str) -> bool:
    """Whether the word is one of the texts inside; a name of a field is none."""
    if isinstance(value, Mapping):
        return any(_says(item, word) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_says(item, word) for item in value)
    return bool(value == word)


def _replace_in_list(work: Work, column: Any, username: str, pseudonym: str) -> None:
    table = column.table
    for row in work.connection.execute(select(table.c.id, column).where(q.names(column, username))).all():
        changed = [pseudonym if name == username else name for name in row[1]]
        work.connection.execute(update(table).where(table.c.id == row.id).values({column.name: changed}))
