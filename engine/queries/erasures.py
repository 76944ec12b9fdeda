"""What an erasure takes away: the places where a case or a person stands, and how much there is, to be looked at first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, Text, and_, cast, func, or_, select

from engine import policy, record
from engine.actor import Actor
from engine.audit import ERASING
from engine.errors import NotFound
from engine.runtime.waits import business_correlation
from engine.store import tables as t
from engine.variables import dumps

ERASED: Final = "[erased]"
"""Stands where somebody's words or name stood."""
MOST_KEYS: Final = 500
"""Instances that one statement names: databases take a bounded number of parameters."""

_i = t.instance.c


@dataclass(frozen=True, slots=True)
class Place:
    """Rows of a table that say something. `values`: what they say afterwards; None: the rows go. `name` is for people."""

    name: str
    table: Table
    where: ColumnElement[bool]
    values: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What an erasure would do. `counts`: rows by name of the place; `refused`: why it cannot be done now (en, zh)."""

    kind: str
    key: str
    counts: Mapping[str, int]
    refused: tuple[str, str] | None = None
    name: str | None = None
    """Of a person."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """That something was erased. `id`: the audit's entry; `key`: the business key, or the pseudonym of a person; `counts`:
    rows that were changed or removed, by place; `entries`: parts of the audit's entries; `digest`: of these parts, as the
    entry holds it."""

    id: str
    kind: str
    key: str
    at: datetime
    counts: Mapping[str, int]
    entries: int
    digest: str
    instances: int = 0


def get_receipt(connection: Connection, actor: Actor, id: str) -> Receipt:
    """The receipt of an erasure, as the audit has it. Forbidden but for administrators; NotFound."""
    policy.check_admin(actor)
    a = t.audit.c
    row = connection.execute(select(t.audit).where(a.id == id, a.command.in_(ERASING))).one_or_none()
    if row is None or "erased" not in row.detail:
        raise NotFound("There is no such erasure.", "没有该清除记录。")
    told = row.detail
    instances = int(told.get("instances", 0))
    counts = {str(name): int(number) for name, number in told.get("counts", {}).items()}
    return Receipt(row.id, told["kind"], row.subject, row.at, counts, int(told["entries"]), told["erased"], instances)


# --- a case -------------------------------------------------------------------------------------------------------------

STILL_RUNS: Final = (
    "A process instance of this business key still runs. Cancel it first.",
    "该业务主键仍有运行中的流程实例，请先取消。",
)


@dataclass(frozen=True, slots=True)
class Family:
    """The instances of a business key and all that they called."""

    key: str
    ids: tuple[str, ...]
    running: int


def family(connection: Connection, key: str) -> Family:
    """The instances of a business key. NotFound when there is none."""
    roots = select(_i.root_id).where(_i.business_key == key)
    rows = connection.execute(select(_i.id, _i.status).where(_i.root_id.in_(roots)).order_by(_i.id)).all()
    if not rows:
        raise NotFound("There is no process instance with this business key.", "没有该业务主键的流程实例。")
    return Family(key, tuple(row.id for row in rows), sum(row.status == "active" for row in rows))


def places_of_case(ids: Sequence[str]) -> tuple[Place, ...]:
    """Where the cases of these ids (at most `MOST_KEYS`) say what people said."""
    attempts = select(t.webhook_delivery.c.id).where(t.webhook_delivery.c.instance_id.in_(ids))
    sent = or_(t.outbox.c.source_instance_id.in_(ids), t.outbox.c.receiver_instance_id.in_(ids))
    message: dict[str, Any] = {"payload": {}, "correlation_values": None, "correlation": None, "message_id": None}
    changes: dict[str, Any] = {"value": None}
    decided: dict[str, Any] = {"inputs": {}, "output": None, "detail": []}
    said: dict[str, Any] = {"message": ERASED, "message_zh": ERASED}
    return (
        Place("cases", t.instance, _i.id.in_(ids), {"variables": {}, "end_reason": None, "start_key": None}),
        Place("drafts", t.task, _of(t.task, ids) & t.task.c.draft.is_not(None), {"draft": None}),
        Place("changes of variables", t.variable_change, _of(t.variable_change, ids), changes),
        Place("decisions", t.decision_evaluation, _of(t.decision_evaluation, ids), decided),
        Place("incidents", t.incident, _of(t.incident, ids), said),
        Place("messages", t.outbox, sent, message),
        Place("notifications", t.webhook_attempt, t.webhook_attempt.c.delivery_id.in_(attempts), {"error": None}),
        Place("notifications", t.webhook_delivery, _of(t.webhook_delivery, ids), {"payload": {}, "error": None}),
        *(
            Place(name, table, _of(table, ids))
            for name, table in (
                ("comments", t.comment),
                ("files", t.attachment),
                ("mails", t.mail),
                ("jobs", t.job),
                ("jobs", t.external_task),
                ("unique answers", t.unique_value),
            )
        ),
    )


def places_of_key(key: str) -> tuple[Place, ...]:
    """Where a business key itself leads: messages that nobody has taken."""
    o = t.outbox.c
    correlation = record.correlation_key(business_correlation(key))
    where = and_(or_(o.business_key == key, o.correlation == correlation), o.receiver_instance_id.is_(None))
    values: dict[str, Any] = {"payload": {}, "correlation_values": None, "message_id": None, "status": "expired"}
    return (Place("messages", t.outbox, where, values),)


def _of(table: Table, ids: Sequence[str]) -> ColumnElement[bool]:
    return table.c.instance_id.in_(ids)


def portions(ids: Sequence[str]) -> list[Sequence[str]]:
    """The ids, `MOST_KEYS` at a time."""
    return [ids[first : first + MOST_KEYS] for first in range(0, len(ids), MOST_KEYS)]


def preview_case(connection: Connection, actor: Actor, key: str) -> Preview:
    """What erasing a business key would take. Forbidden but for administrators; NotFound."""
    policy.check_admin(actor)
    found = family(connection, key)
    counts = _counted(connection, [place for ids in portions(found.ids) for place in places_of_case(ids)])
    for name, number in _counted(connection, places_of_key(key)).items():
        counts[name] = counts.get(name, 0) + number
    entries = select(func.count()).select_from(t.audit)
    for ids in portions(found.ids):
        number = connection.execute(entries.where(t.audit.c.instance_id.in_(ids))).scalar_one()
        counts["audit entries"] = counts.get("audit entries", 0) + int(number)
    return Preview("business_key", key, counts, STILL_RUNS if found.running else None)


def _counted(connection: Connection, places: Sequence[Place]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for place in places:
        if place.table is t.webhook_attempt:
            continue  # they are counted with their deliveries
        number = connection.execute(select(func.count()).select_from(place.table).where(place.where)).scalar_one()
        counts[place.name] = counts.get(place.name, 0) + int(number)
    return counts


# --- a person -----------------------------------------------------------------------------------------------------------

NAMED: Final[tuple[tuple[str, ColumnElement[Any]], ...]] = (
    ("deployments", t.deployment.c.deployed_by),
    ("cases", t.instance.c.initiator),
    ("tasks", t.task.c.assignee),
    ("tasks", t.task.c.owner),
    ("tasks", t.task.c.draft_by),
    ("tasks", t.task.c.ended_by),
    ("incidents", t.incident.c.resolved_by),
    ("changes of variables", t.variable_change.c.changed_by),
    ("decisions", t.decision_evaluation.c.evaluated_by),
    ("comments", t.comment.c.author),
    ("files", t.attachment.c.uploaded_by),
    ("settings", t.connector.c.changed_by),
    ("settings", t.secret.c.changed_by),
    ("settings", t.grant.c.granted_by),
    ("settings", t.group.c.head),
)
"""Columns that hold a username: a pseudonym takes its place."""
LISTED: Final[tuple[ColumnElement[Any], ...]] = (t.task.c.candidate_users, t.task.c.not_who_did)
"""Columns that hold lists of usernames."""
SIGNING_IN: Final = ("OpenSession", "AdmitPerson")
"""Commands whose entries' source is the address of the person that they are about."""


def names(column: ColumnElement[Any], word: str) -> ColumnElement[bool]:
    """Whether a JSON column has the word as one of its texts."""
    return cast(column, Text).contains(dumps(word), autoescape=True)


def places_of_person(user: Any) -> tuple[Place, ...]:
    """What belongs to a person alone, or was sent to them: sessions, tokens, permissions, mails."""
    mine, m = user.username, t.mail.c
    gone: dict[str, Any] = {"recipients": [], "subject": ERASED, "text": ERASED, "html": None}
    addressed = or_(
        names(m.recipients, user.email or ""), cast(m.recipients, Text).contains(f"<{user.email}>", autoescape=True)
    )
    mails = (Place("mails", t.mail, addressed, gone),) if user.email else ()
    candidate = and_(t.task_candidate.c.kind == "user", t.task_candidate.c.subject == mine)
    held = and_(t.grant.c.subject_kind == "user", t.grant.c.subject == mine)
    loose = and_(t.attachment.c.instance_id.is_(None), t.attachment.c.uploaded_by == mine)
    return (
        Place("sessions", t.session, t.session.c.user_id == user.id),
        Place("tokens", t.token, t.token.c.user_id == user.id),
        Place("groups", t.membership, t.membership.c.user_id == user.id),
        Place("sign-ins", t.identity, t.identity.c.user_id == user.id),
        Place("sign-ins", t.sign_in_attempt, t.sign_in_attempt.c.username == mine),
        Place("permissions", t.grant, held),
        Place("tasks", t.task_candidate, candidate),
        Place("files", t.attachment, loose),
        Place("notifications", t.webhook_delivery, names(t.webhook_delivery.c.payload, mine), {"payload": {}}),
        *mails,
    )


def entries_of_person(username: str) -> ColumnElement[bool]:
    """The audit's entries that name somebody."""
    a = t.audit.c
    return or_(a.actor == username, a.on_behalf_of == username, a.subject == username, names(a.detail, username))


def why_not(connection: Connection, user: Any) -> tuple[str, str] | None:
    """Why a person cannot be erased now."""
    if not user.disabled:
        return "Disable the person first.", "请先停用该用户。"
    c = t.task.c
    open_task = select(c.id).where(c.status == "open", or_(c.assignee == user.username, c.owner == user.username))
    if connection.execute(open_task.limit(1)).first() is not None:
        return "The person still has open tasks. Assign them first.", "该用户仍有待办任务，请先转办。"
    return None


def preview_person(connection: Connection, actor: Actor, username: str) -> Preview:
    """What erasing a person would change. Forbidden but for administrators; NotFound."""
    policy.check_admin(actor)
    user = connection.execute(select(t.user).where(t.user.c.username == username)).one_or_none()
    if user is None:
        raise NotFound(f"There is no user “{username}”.", f"没有用户“{username}”。")
    counts = _counted(connection, places_of_person(user))
    for name, column in NAMED:
        query = select(func.count()).select_from(column.table).where(column == username)
        counts[name] = counts.get(name, 0) + int(connection.execute(query).scalar_one())
    entries = select(func.count()).select_from(t.audit).where(entries_of_person(username))
    counts["audit entries"] = int(connection.execute(entries).scalar_one())
    return Preview("person", username, counts, why_not(connection, user), user.name)
