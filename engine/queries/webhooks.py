"""Outbound webhooks and the log of what they were told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from engine import policy
from engine.actor import Actor
from engine.errors import InvalidInput, NotFound
from engine.queries.paging import Page, PageRequest, order
from engine.store import tables as t
from engine.webhooks import no_webhook

STATES = ("due", "delivered", "failed")
_w, _d, _a = t.webhook.c, t.webhook_delivery.c, t.webhook_attempt.c


@dataclass(frozen=True, slots=True)
class WebhookItem:
    """An outbound webhook; never its secret. `inside`: an administrator let it lie in one's own network. `last`: the state of
    its newest delivery, `last_at` when that was."""

    id: str
    name: str
    url: str
    inside: bool
    events: tuple[str, ...]
    process: str | None
    disabled: bool
    created_at: datetime
    old_until: datetime | None
    last: str | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryItem:
    """One event that is, was, or could not be told. `answer`: HTTP status of the last attempt; `next_at`: of the next one."""

    id: str
    webhook_id: str
    webhook_name: str
    instance_id: str | None
    event: str
    status: str
    attempts: int
    answer: int | None
    error: str | None
    error_zh: str | None
    created_at: datetime
    settled_at: datetime | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttemptItem:
    """One attempt. `answer`: HTTP status; None: there was no answer."""

    number: int
    at: datetime
    milliseconds: int
    answer: int | None
    error: str | None
    error_zh: str | None


@dataclass(frozen=True, slots=True)
class DeliveryDetail:
    """A delivery with what was sent and all attempts, the newest first. `payload` is empty when its case was erased."""

    delivery: DeliveryItem
    payload: Mapping[str, Any]
    tries: tuple[AttemptItem, ...]


def list_webhooks(connection: Connection, actor: Actor, page: PageRequest) -> Page[WebhookItem]:
    """All webhooks. Sort: name. Forbidden but for administrators."""
    policy.check_admin(actor)
    chosen = order(page, {"name": _w.name}, _w.id, "name")
    rows = connection.execute(chosen.apply(select(t.webhook, _w.name.label("sort_value")))).all()
    newest = _newest(connection, [row.id for row in rows])
    return chosen.page(rows, lambda row: _item(row, newest))


def get_webhook(connection: Connection, actor: Actor, id: str) -> WebhookItem:
    """One webhook. NotFound."""
    policy.check_admin(actor)
    row = connection.execute(select(t.webhook).where(_w.id == id)).one_or_none()
    if row is None:
        raise no_webhook()
    return _item(row, _newest(connection, [id]))


def _item(row: Any, newest: Mapping[str, Any]) -> WebhookItem:
    last = newest.get(row.id)
    return WebhookItem(
        row.id, row.name, row.url, bool(row.hosts), tuple(row.events), row.process, row.disabled, row.created_at,
        row.old_until, last.status if last else None, last.created_at if last else None,
    )  # fmt: skip


def _newest(connection: Connection, webhooks: list[str]) -> dict[str, Any]:
    """The newest delivery of each webhook: one look into an index a webhook, of which a page has few."""
    found = {}
    for id in webhooks:
        query = select(_d.status, _d.created_at).where(_d.webhook_id == id)
        row = connection.execute(query.order_by(_d.created_at.desc(), _d.id.desc()).limit(1)).one_or_none()
        if row is not None:
            found[id] = row
    return found


_ITEM = tuple(
    _w.name.label("webhook_name") if field.name == "webhook_name" else _d[field.name] for field in fields(DeliveryItem)
)


def list_deliveries(
    connection: Connection,
    actor: Actor,
    page: PageRequest,
    *,
    webhook: str | None = None,
    status: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Page[DeliveryItem]:
    """The log, newest first: of one webhook, in one state, from `since` to before `until`. Sort: created."""
    policy.check_admin(actor)
    if status is not None and status not in STATES:
        raise InvalidInput(f"A state is one of {', '.join(STATES)}.", f"状态须为 {'、'.join(STATES)} 之一。")
    chosen = order(page, {"created": _d.created_at}, _d.id, "-created")
    wanted: list[ColumnElement[bool]] = []
    if webhook is not None:
        wanted.append(_d.webhook_id == webhook)
    if status is not None:
        wanted.append(_d.status == status)
    if since is not None:
        wanted.append(_d.created_at >= since)
    if until is not None:
        wanted.append(_d.created_at < until)
    query = select(*_ITEM, _d.created_at.label("sort_value")).join(t.webhook, _w.id == _d.webhook_id).where(*wanted)
    return chosen.page(connection.execute(chosen.apply(query)), lambda row: DeliveryItem(*row[: len(_ITEM)]))


def get_delivery(connection: Connection, actor: Actor, id: str) -> DeliveryDetail:
    """One delivery with its attempts. NotFound."""
    policy.check_admin(actor)
    query = select(*_ITEM, _d.payload).join(t.webhook, _w.id == _d.webhook_id).where(_d.id == id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("There is no such delivery.", "没有该投递记录。")
    tries = select(_a.number, _a.at, _a.milliseconds, _a.answer, _a.error, _a.error_zh)
    attempts = connection.execute(tries.where(_a.delivery_id == id).order_by(_a.number.desc()).limit(100))
    return DeliveryDetail(
        DeliveryItem(*row[: len(_ITEM)]), row.payload, tuple(AttemptItem(*attempt) for attempt in attempts)
    )


def count_failed(connection: Connection, actor: Actor) -> int:
    """Deliveries that were given up and are still in the log, up to 1,000."""
    policy.check_admin(actor)
    failed = select(_d.id).where(_d.status == "failed").limit(1000).subquery()
    return int(connection.execute(select(func.count()).select_from(failed)).scalar_one())
