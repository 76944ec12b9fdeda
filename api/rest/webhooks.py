"""`/api/v1/webhooks`: who is told what happens; `/api/v1/webhook-deliveries`: what came of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.auth import CallDep, Secured, allow
from api.exact import Json
from api.rest.common import EVERYWHERE, V1, Id, Plain
from api.rest.models import webhooks as m
from api.rest.models.common import Created, Moment, PageOf, Str
from engine.commands.webhooks import (
    ChangeWebhook,
    CreateWebhook,
    DeleteWebhook,
    PauseWebhook,
    Redeliver,
    RenewWebhookSecret,
    ResumeWebhook,
    SendTestEvent,
    Target,
)
from engine.queries import webhooks as q

router = APIRouter(prefix=V1, tags=["webhooks"], route_class=Secured, responses=EVERYWHERE)


@router.get("/webhooks", response_model=PageOf[m.Webhook], summary="List webhooks")
@allow("users", "admin")
def list_webhooks(call: CallDep, page: Plain) -> Json:
    """By name, with the state of each one's newest delivery."""
    with call.read() as connection:
        return Json(q.list_webhooks(connection, call.actor, page))


@router.post("/webhooks", status_code=201, response_model=m.WebhookMade, summary="Create a webhook")
@allow("users", "admin")
def create_webhook(call: CallDep, body: m.WebhookChange) -> Json:
    """From now on the address is told of these events. An address inside the network has to be allowed with `inside`."""
    id, secret = call.run(CreateWebhook(_target(body)))
    return Json({"id": id, "secret": secret}, 201)


@router.get("/webhooks/{id}", response_model=m.Webhook, summary="Get a webhook")
@allow("users", "admin")
def get_webhook(call: CallDep, id: Id) -> Json:
    """What its messages are signed with is never told."""
    with call.read() as connection:
        return Json(q.get_webhook(connection, call.actor, id))


@router.put("/webhooks/{id}", status_code=204, response_model=None, summary="Change a webhook")
@allow("users", "admin")
def change_webhook(call: CallDep, id: Id, body: m.WebhookChange) -> Json:
    """The webhook is as the body says; its secret stays."""
    call.run(ChangeWebhook(id, _target(body)))
    return Json(status_code=204)


def _target(body: m.WebhookChange) -> Target:
    return Target(body.name, body.url, tuple(body.events), body.process, body.inside)


@router.post("/webhooks/{id}/pause", status_code=204, response_model=None, summary="Pause a webhook")
@allow("users", "admin")
def pause_webhook(call: CallDep, id: Id) -> Json:
    """Nothing is sent until it is resumed; what happens meanwhile is not kept for it."""
    call.run(PauseWebhook(id))
    return Json(status_code=204)


@router.post("/webhooks/{id}/resume", status_code=204, response_model=None, summary="Resume a webhook")
@allow("users", "admin")
def resume_webhook(call: CallDep, id: Id) -> Json:
    """What happens from now on is told again."""
    call.run(ResumeWebhook(id))
    return Json(status_code=204)


@router.post("/webhooks/{id}/renew-secret", response_model=m.NewSecret, summary="Renew a webhook's secret")
@allow("users", "admin")
def renew_webhook_secret(call: CallDep, id: Id, body: m.Renewal) -> Json:
    """For 24 hours messages carry signatures by both secrets; or only by the new one, at once."""
    return Json({"secret": call.run(RenewWebhookSecret(id, body.at_once))})


@router.post("/webhooks/{id}/send-test-event", status_code=201, response_model=Created, summary="Send a test event")
@allow("users", "admin")
def send_test_event(call: CallDep, id: Id) -> Json:
    """An event `webhook.test` that tells of no case. The answer names the delivery, where its outcome can be read."""
    return Json({"id": call.run(SendTestEvent(id))}, 201)


@router.get("/webhook-deliveries", response_model=PageOf[m.Delivery], summary="List deliveries")
@allow("users", "admin")
def list_deliveries(
    call: CallDep,
    page: Plain,
    webhook: Annotated[Str | None, Query(max_length=64, description="Id of a webhook.")] = None,
    status: Annotated[m.State | None, Query(description="due: is tried, or tried again.")] = None,
    since: Annotated[Moment | None, Query(description="That came to be then or later.")] = None,
    until: Annotated[Moment | None, Query(description="That came to be before.")] = None,
) -> Json:
    """What was told or is to be told, newest first. They are kept for FACET_WEBHOOK_LOG_DAYS."""
    with call.read() as connection:
        found = q.list_deliveries(
            connection, call.actor, page, webhook=webhook, status=status, since=since, until=until
        )
    return Json(found)


@router.get("/webhook-deliveries/{id}", response_model=m.DeliveryDetail, summary="Get a delivery")
@allow("users", "admin")
def get_delivery(call: CallDep, id: Id) -> Json:
    """What was sent, and every attempt: status, duration, error."""
    with call.read() as connection:
        return Json(q.get_delivery(connection, call.actor, id))


@router.post(
    "/webhook-deliveries/{id}/redeliver", status_code=204, response_model=None, summary="Send a delivery again"
)
@allow("users", "admin")
def redeliver(call: CallDep, id: Id) -> Json:
    """Under the same `webhook-id`; one that waits for its next attempt is tried now. Not while its webhook is paused."""
    call.run(Redeliver(id))
    return Json(status_code=204)


@router.delete("/webhooks/{id}", status_code=204, response_model=None, summary="Delete a webhook")
@allow("users", "admin")
def delete_webhook(call: CallDep, id: Id) -> Json:
    """With the log of its deliveries."""
    call.run(DeleteWebhook(id))
    return Json(status_code=204)
