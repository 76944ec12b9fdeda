"""Sending what webhooks are told, outside any transaction: signed as https://www.standardwebhooks.com asks for."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import bindparam, select

from engine.actor import SYSTEM
from engine.bus import run
from engine.commands.jobs import Job
from engine.commands.webhooks import NoteAttempt, PauseWebhook
from engine.connectors.base import PermanentFailure
from engine.connectors.guard import Answer, Bounds, NotReached, request
from engine.errors import FacetError
from engine.hooks import signature, usable
from engine.store import tables as t
from engine.variables import plain_dumps
from engine.work import Services

GONE: Final = 410
"""The other side says that it wants nothing any more: the webhook is paused (Standard Webhooks, "Status codes")."""

_d, _w = t.webhook_delivery.c, t.webhook.c
_DUE: Final = (
    select(_d.id, _d.payload, _d.webhook_id, _w.url, _w.hosts, _w.secret, _w.old_secret, _w.old_until, _w.disabled)
    .join(t.webhook, _w.id == _d.webhook_id)
    .where(_d.id == bindparam("b_id"), _d.status == "due")
)
_PAUSED: Final = ("The webhook is paused.", "该 webhook 已暂停。")
_ERASED: Final = ("What it said was erased.", "其内容已清除。")
_BOUNDS: Final = Bounds(total=15.0, answer=64 * 1024)


def deliver(services: Services, job: Job) -> str:
    """One attempt at one delivery; what came of it is written before this returns: `done`, `retried` (it will be tried again)
    or `failed` (it was given up)."""
    with services.database.read() as connection:
        row = connection.execute(_DUE, {"b_id": job.payload["delivery"]}).one_or_none()
    if row is None or row.disabled or not row.payload:  # done already or gone; paused; erased with its case
        reason = _PAUSED if row is not None and row.disabled else _ERASED
        run(services, NoteAttempt(job, None, *reason, last=True), SYSTEM)
        return "failed"
    began = time.perf_counter()
    answer: Answer | None = None
    try:
        answer = _send(services, row)
        if not 200 <= answer.status < 300:
            raise NotReached(f"The other side answered {answer.status}.", f"对方应答 {answer.status}。")
    except FacetError as error:
        return _failed(services, job, row.webhook_id, answer, error, _since(began))
    run(services, NoteAttempt(job, answer.status, milliseconds=_since(began)), SYSTEM)
    return "done"


def _failed(
    services: Services, job: Job, webhook: str, answer: Answer | None, error: FacetError, milliseconds: int
) -> str:
    gone = answer is not None and answer.status == GONE
    note = NoteAttempt(
        job,
        answer.status if answer is not None else None,
        error.message[:1000],
        error.zh[:1000],
        milliseconds,
        last=gone or isinstance(error, PermanentFailure),
        wait=_asked_to_wait(answer),
    )
    again = run(services, note, SYSTEM)
    if gone:
        run(services, PauseWebhook(webhook, f"answered {GONE}"), SYSTEM, source="worker")
    return "retried" if again else "failed"


def _since(began: float) -> int:
    return max(1, round((time.perf_counter() - began) * 1000))


def _send(services: Services, row: Any) -> Answer:
    body = plain_dumps(row.payload).decode()
    now = services.clock.now()
    seconds = int(now.timestamp())
    secrets = usable(services.keys, row, now)
    headers: Mapping[str, str] = {
        "Content-Type": "application/json",
        "webhook-id": row.id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(signature(secret, row.id, seconds, body) for secret in secrets),
    }
    return request("POST", row.url, headers=headers, body=body.encode(), allowed=row.hosts, bounds=_BOUNDS)


def _asked_to_wait(answer: Answer | None) -> int:
    """Seconds of Retry-After (RFC 9110, 10.2.3); 0 where it says none, or a date."""
    text = answer.headers.get("retry-after", "") if answer is not None and answer.status in (429, 503) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
