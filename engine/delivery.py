"""Sending what webhooks are told, outside any transaction: signed as https://www.standardwebhooks.com asks for."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, select
from standardwebhooks import Webhook

from engine.actor import SYSTEM
from engine.bus import run
from engine.commands.jobs import Job
from engine.commands.webhooks import NoteDelivery
from engine.connectors.base import PermanentFailure
from engine.connectors.guard import Bounds, NotReached, request
from engine.errors import FacetError
from engine.store import tables as t
from engine.variables import plain_dumps
from engine.work import Services

_d, _w = t.webhook_delivery.c, t.webhook.c
_DUE: Final = (
    select(_d.id, _d.payload, _w.url, _w.hosts, _w.secret, _w.disabled)
    .join(t.webhook, _w.id == _d.webhook_id)
    .where(_d.id == bindparam("b_id"), _d.status == "due")
)
_BOUNDS: Final = Bounds(total=15.0, answer=64 * 1024)


def deliver(services: Services, job: Job) -> None:
    """One attempt at one delivery. Raises NotReached when it is to be tried again, PermanentFailure when it is not."""
    with services.database.read() as connection:
        row = connection.execute(_DUE, {"b_id": job.payload["delivery"]}).one_or_none()
    if row is None or row.disabled:  # delivered, or nobody wants it any more
        run(services, NoteDelivery(job.payload["delivery"], None, "nobody wants it", True, job.id), SYSTEM)
        return
    body = plain_dumps(row.payload).decode()
    now = services.clock.now()
    signature = Webhook(services.keys.decrypt(row.secret)).sign(row.id, now, body)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": row.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    answer = None
    try:
        answer = request("POST", row.url, headers=headers, body=body.encode(), allowed=row.hosts, bounds=_BOUNDS)
        if not 200 <= answer.status < 300:
            raise NotReached(f"The other side answered {answer.status}.", f"对方应答 {answer.status}。")
    except FacetError as error:
        last = job.retries <= 1 or isinstance(error, PermanentFailure)
        status = answer.status if answer is not None else None
        run(services, NoteDelivery(row.id, status, error.message[:1000], last), SYSTEM)
        raise
    run(services, NoteDelivery(row.id, answer.status, job=job.id), SYSTEM)
