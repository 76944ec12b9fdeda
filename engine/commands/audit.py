"""Sealing the audit, and erasing personal data without breaking it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from sqlalchemy import ColumnElement, Table, Text, bindparam, cast, delete, or_, select, text, update

from engine import audit, policy
from engine.commands.users import find_user
from engine.errors import Conflict, NotFound
from engine.ids import new_id
from engine.store import tables as t
from engine.variables import dumps
from engine.work import Work

BATCH: Final = 500
"""Entries that one transaction seals."""
ERASED: Final = "[erased]"
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


def _seal_all(work: Work) -> None:
    """Everything that there is gets its place now, so that what is erased has a commitment."""
    if not work.services.database.is_sqlite:
        work.connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SEAL_LOCK})
    while _seal(work) == BATCH:
        continue


class _Erasure:
    """Takes parts out of the audit's entries, and accounts for that in the entry of the command that does it."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._own = new_id()
        self._gone: list[tuple[str, str]] = []
        _seal_all(work)

    def erase(self, condition: ColumnElement[bool], parts: Mapping[str, Any]) -> None:
        """Replaces `parts` of the entries of which the condition holds."""
        connection = self._work.connection
        columns = (_a.id, _a.salts, _a.erased_by, *(_a[part] for part in parts))
        for row in connection.execute(select(*columns).where(condition, _a.position.is_not(None))).all():
            done = row.erased_by or {}
            here = [part for part in parts if getattr(row, part) is not None and part not in done]
            if not here:
                continue
            self._gone.extend((row.id, part) for part in here)
            values = {part: parts[part] for part in here}
            salts = {part: salt for part, salt in (row.salts or {}).items() if part not in here}
            marks = {**done, **dict.fromkeys(here, self._own)}
            connection.execute(update(t.audit).where(_a.id == row.id).values(salts=salts, erased_by=marks, **values))

    def account(self, **detail: Any) -> None:
        """Writes into this command's entry what was erased."""
        whole = {**detail, "entries": len(self._gone), "erased": audit.erased_digest(self._gone)}
        self._work.audit.update(id=self._own, detail=whole)


# --- a case -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EraseBusinessKey:
    """Erases what people said in the ended cases of a business key: variables and their history, drafts, comments, files,
    messages, mails, decisions' inputs, and the audit's details. That there was a case, which steps it took, and who did them
    stays. Returns how many instances were erased. Conflict while one of them still runs."""

    business_key: str

    def execute(self, work: Work) -> int:
        policy.check_admin(work.actor)
        work.audit["subject"] = self.business_key
        ids = _family(work, self.business_key)
        if not ids:
            raise NotFound("There is no process instance with this business key.", "没有该业务主键的流程实例。")
        erasure = _Erasure(work)
        for table, column, values in _CONTENTS:
            work.connection.execute(update(table).where(column.in_(ids)).values(**values))
        for table in (t.comment, t.attachment, t.job, t.external_task, t.mail):
            work.connection.execute(delete(table).where(table.c.instance_id.in_(ids)))
        erasure.erase(_a.instance_id.in_(ids), {"subject": ERASED, "detail": {}})
        erasure.account(instances=len(ids))
        return len(ids)


_CONTENTS: Final[tuple[tuple[Table, ColumnElement[Any], Mapping[str, Any]], ...]] = (
    (t.instance, t.instance.c.id, {"variables": {}, "end_reason": None}),
    (t.task, t.task.c.instance_id, {"draft": None}),
    (t.variable_change, t.variable_change.c.instance_id, {"value": None}),
    (t.decision_evaluation, t.decision_evaluation.c.instance_id, {"inputs": {}, "output": None, "detail": []}),
    (t.incident, t.incident.c.instance_id, {"message": ERASED, "message_zh": ERASED}),
    (t.outbox, t.outbox.c.source_instance_id, {"payload": {}}),
    (t.outbox, t.outbox.c.receiver_instance_id, {"payload": {}}),
    (t.webhook_delivery, t.webhook_delivery.c.instance_id, {"payload": {}}),
)


def _family(work: Work, business_key: str) -> list[str]:
    """The instances of a business key and all that they called. Conflict: one of them is still active."""
    i = t.instance.c
    roots = select(i.root_id).where(i.business_key == business_key)
    rows = work.connection.execute(select(i.id, i.status).where(i.root_id.in_(roots))).all()
    if any(row.status == "active" for row in rows):
        raise Conflict(
            "A process instance of this business key still runs. Cancel it first.",
            "该业务主键仍有运行中的流程实例，请先取消。",
        )
    return [row.id for row in rows]


# --- a person -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ErasePerson:
    """Erases who somebody was: their account becomes a pseudonym without name, address or password, and so do all places
    that name them, the audit's included. Returns the pseudonym. The person has to be disabled and without open tasks.

    What people wrote about them in forms is the case's: see EraseBusinessKey.
    """

    username: str

    def execute(self, work: Work) -> str:
        policy.check_admin(work.actor)
        row = find_user(work, self.username)
        self._check(work, row)
        pseudonym = f"erased-{secrets.token_hex(6)}"
        erasure = _Erasure(work)
        _forget_account(work, row.id, self.username, pseudonym)
        for column in _NAMED:
            work.connection.execute(
                update(column.table).where(column == self.username).values({column.name: pseudonym})
            )
        for column in _LISTED:
            _replace_in_list(work, column, self.username, pseudonym)
        erasure.erase(_a.actor == self.username, {"actor": pseudonym, "source": ERASED})
        erasure.erase(_a.on_behalf_of == self.username, {"on_behalf_of": pseudonym})
        erasure.erase(_a.subject == self.username, {"subject": pseudonym, "detail": {}})
        erasure.erase(_names(_a.detail, self.username), {"detail": {}})
        work.audit["subject"] = pseudonym
        erasure.account()
        return pseudonym

    def _check(self, work: Work, row: Any) -> None:
        if not row.disabled:
            raise Conflict("Disable the person first.", "请先停用该用户。")
        task = select(t.task.c.id).where(
            t.task.c.status == "open", or_(t.task.c.assignee == self.username, t.task.c.owner == self.username)
        )
        if work.connection.execute(task.limit(1)).first() is not None:
            raise Conflict("The person still has open tasks. Assign them first.", "该用户仍有待办任务，请先转办。")


_NAMED: Final[tuple[ColumnElement[Any], ...]] = (
    t.deployment.c.deployed_by,
    t.instance.c.initiator,
    t.task.c.assignee,
    t.task.c.owner,
    t.task.c.draft_by,
    t.task.c.ended_by,
    t.incident.c.resolved_by,
    t.variable_change.c.changed_by,
    t.decision_evaluation.c.evaluated_by,
    t.comment.c.author,
    t.attachment.c.uploaded_by,
    t.connector.c.changed_by,
    t.secret.c.changed_by,
    t.group.c.head,
)
_LISTED: Final[tuple[ColumnElement[Any], ...]] = (t.task.c.candidate_users, t.task.c.not_who_did)


def _names(column: ColumnElement[Any], username: str) -> ColumnElement[bool]:
    """Whether a JSON column has the name as one of its texts."""
    return cast(column, Text).contains(dumps(username), autoescape=True)


def _replace_in_list(work: Work, column: Any, username: str, pseudonym: str) -> None:
    table = column.table
    for row in work.connection.execute(select(table.c.id, column).where(_names(column, username))).all():
        changed = [pseudonym if name == username else name for name in row[1]]
        work.connection.execute(update(table).where(table.c.id == row.id).values({column.name: changed}))


def _forget_account(work: Work, id: str, username: str, pseudonym: str) -> None:
    c = work.connection
    for table in (t.session, t.token, t.membership):
        c.execute(delete(table).where(table.c.user_id == id))
    c.execute(delete(t.task_candidate).where(t.task_candidate.c.kind == "user", t.task_candidate.c.subject == username))
    c.execute(delete(t.grant).where(t.grant.c.subject_kind == "user", t.grant.c.subject == username))
    c.execute(delete(t.sign_in_attempt).where(t.sign_in_attempt.c.username == username))
    c.execute(
        update(t.user)
        .where(t.user.c.id == id)
        .values(username=pseudonym, name=ERASED, email=None, password_hash=None, language=None, zone=None, theme=None)
    )
