"""Administration: who is told what happens, and the log of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.auth import Call, CallDep, Secured, allow
from api.i18n import mark
from api.pages import shell
from api.pages.typed import PostedDep
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
from engine.errors import FacetError, InvalidInput
from engine.queries import hooks, naming, webhooks
from engine.queries.paging import MOST, PageRequest
from engine.variables import plain_dumps
from engine.webhooks import EVENTS, TEST

router = APIRouter(route_class=Secured, include_in_schema=False)

PAGE: Final = 50
RECENT: Final = 5
EVENT_NAMES: Final[Mapping[str, str]] = {
    "instance.started": mark("A case was started"),
    "instance.ended": mark("A case has ended"),
    "task.created": mark("A task was created"),
    "task.ended": mark("A task was completed or cancelled"),
    "incident.raised": mark("Something needs help"),
    TEST: mark("Test event"),
}
assert set(EVENT_NAMES) == {*EVENTS, TEST}
STATE_NAMES: Final[Mapping[str, str]] = {
    "due": mark("On its way"),
    "delivered": mark("Delivered"),
    "failed": mark("Given up"),
}
assert set(STATE_NAMES) == set(webhooks.STATES)


@router.get("/admin/webhooks")
@allow("users", "admin")
def show_webhooks(
    call: CallDep,
    inbound: Annotated[str | None, Query(max_length=2000)] = None,
    outbound: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Both directions: what comes in, who is told."""
    with call.read() as connection:
        values: dict[str, Any] = {
            "hooks": hooks.list_hooks(connection, call.actor, PageRequest(PAGE, inbound)),
            "webhooks": webhooks.list_webhooks(connection, call.actor, PageRequest(PAGE, outbound)),
            "failed": webhooks.count_failed(connection, call.actor),
        }
    return shell.page(call, "admin/webhooks.html", "admin", event_names=EVENT_NAMES, state_names=STATE_NAMES, **values)


# --- one webhook ------------------------------------------------------------------------------------------------------------


@router.get("/admin/webhooks/new-out")
@allow("users", "admin")
def show_new_webhook(call: CallDep) -> Response:
    """The form for a new outbound webhook."""
    return _page(call, None, {})


@router.post("/admin/webhooks/new-out")
@allow("users", "admin")
def create_webhook(call: CallDep, posted: PostedDep) -> Response:
    """Makes it; its secret is shown this once, so the answer is the page itself."""
    typed = _typed(posted)
    try:
        id, secret = call.run(CreateWebhook(_target(typed)))
    except InvalidInput as error:
        return _page(call, None, typed, problem=_sentence(call, error), status=error.status)
    return _page(call, id, {}, secret=secret)


@router.get("/admin/webhooks/out/{webhook_id}")
@allow("users", "admin")
def show_webhook(call: CallDep, webhook_id: str) -> Response:
    """One webhook: address, events, secret, the newest deliveries."""
    return _page(call, webhook_id, {})


@router.post("/admin/webhooks/out/{webhook_id}")
@allow("users", "admin")
def change_webhook(call: CallDep, webhook_id: str, posted: PostedDep) -> Response:
    """Name, address, events, process."""
    typed = _typed(posted)
    try:
        call.run(ChangeWebhook(webhook_id, _target(typed)))
    except InvalidInput as error:
        return _page(call, webhook_id, typed, problem=_sentence(call, error), status=error.status)
    return shell.redirect(call, f"/admin/webhooks/out/{webhook_id}", "webhook-saved", name=typed["name"])


@router.post("/admin/webhooks/out/{webhook_id}/renew")
@allow("users", "admin")
def renew_webhook(call: CallDep, webhook_id: str, posted: PostedDep) -> Response:
    """A new secret, shown this once."""
    secret = call.run(RenewWebhookSecret(webhook_id, posted.get("when") == "now"))
    return _page(call, webhook_id, {}, secret=secret)


@router.post("/admin/webhooks/out/{webhook_id}/pause")
@allow("users", "admin")
def pause_webhook(call: CallDep, webhook_id: str) -> Response:
    """暂停."""
    call.run(PauseWebhook(webhook_id))
    return shell.redirect(call, f"/admin/webhooks/out/{webhook_id}", "webhook-paused")


@router.post("/admin/webhooks/out/{webhook_id}/resume")
@allow("users", "admin")
def resume_webhook(call: CallDep, webhook_id: str) -> Response:
    """恢复."""
    call.run(ResumeWebhook(webhook_id))
    return shell.redirect(call, f"/admin/webhooks/out/{webhook_id}", "webhook-resumed")


@router.post("/admin/webhooks/out/{webhook_id}/test")
@allow("users", "admin")
def send_test_event(call: CallDep, webhook_id: str) -> Response:
    """A test event; its delivery's page says what came of it."""
    try:
        delivery = call.run(SendTestEvent(webhook_id))
    except FacetError as error:
        return _refused(call, webhook_id, error)
    return shell.redirect(call, f"/admin/webhooks/deliveries/{delivery}", "webhook-test")


def _refused(call: Call, webhook_id: str, error: FacetError) -> Response:
    if error.status == 404:
        raise error
    return _page(call, webhook_id, {}, problem=_sentence(call, error), status=error.status)


@router.post("/admin/webhooks/out/{webhook_id}/delete")
@allow("users", "admin")
def delete_webhook(call: CallDep, webhook_id: str) -> Response:
    """With its log."""
    with call.read() as connection:
        name = webhooks.get_webhook(connection, call.actor, webhook_id).name
    call.run(DeleteWebhook(webhook_id))
    return shell.redirect(call, "/admin/webhooks", "webhook-deleted", name=name)


def _typed(posted: Any) -> dict[str, Any]:
    typed: dict[str, Any] = {name: str(posted.get(name, "")).strip() for name in ("name", "url", "process")}
    events = [str(event) for event in posted.getlist("event")]
    return typed | {"events": events, "inside": posted.get("inside") == "1"}


def _target(typed: Mapping[str, Any]) -> Target:
    return Target(typed["name"], typed["url"], tuple(typed["events"]), typed["process"] or None, typed["inside"])


def _page(
    call: Call, id: str | None, typed: Mapping[str, Any], *, problem: str = "", secret: str = "", status: int = 200
) -> Response:
    with call.read() as connection:
        webhook = webhooks.get_webhook(connection, call.actor, id) if id is not None else None
        recent = webhooks.list_deliveries(connection, call.actor, PageRequest(RECENT), webhook=id) if id else None
        processes = naming.processes(connection, call.actor)
    known: dict[str, Any] = {"name": "", "url": "", "process": "", "events": [], "inside": False}
    if webhook is not None:
        known |= {"name": webhook.name, "url": webhook.url, "process": webhook.process or ""}
        known |= {"events": webhook.events, "inside": webhook.inside}
    values: dict[str, Any] = {
        "webhook": webhook,
        "recent": recent,
        "processes": processes,
        "event_names": EVENT_NAMES,
        "events": EVENTS,
        "state_names": STATE_NAMES,
        "typed": known | dict(typed),
        "problem": problem,
        "secret": secret,
    }
    return shell.page(call, "admin/webhook.html", "admin", status=status, **values)


def _sentence(call: Call, error: FacetError) -> str:
    return error.zh if call.lang == "zh" else error.message


# --- the log ----------------------------------------------------------------------------------------------------------------


@router.get("/admin/webhooks/deliveries")
@allow("users", "admin")
def show_deliveries(
    call: CallDep,
    webhook: Annotated[str, Query(max_length=64)] = "",
    state: Annotated[str, Query(max_length=12)] = "",
    since: Annotated[str, Query(max_length=10)] = "",
    until: Annotated[str, Query(max_length=10)] = "",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """What was told to whom: by webhook, state and days."""
    first, last = _day(since), _day(until)
    with call.read() as connection:
        found = webhooks.list_deliveries(
            connection,
            call.actor,
            PageRequest(PAGE, cursor),
            webhook=webhook or None,
            status=state if state in STATE_NAMES else None,
            since=_begin(call, first),
            until=_begin(call, last + timedelta(days=1)) if last is not None else None,
        )
        known = webhooks.list_webhooks(connection, call.actor, PageRequest(MOST)).items
    values: dict[str, Any] = {
        "found": found,
        "webhooks": known,
        "webhook": webhook,
        "state": state,
        "since": first.isoformat() if first is not None else "",
        "until": last.isoformat() if last is not None else "",
        "event_names": EVENT_NAMES,
        "state_names": STATE_NAMES,
        "days": call.services.delivery_days,
    }
    if shell.is_htmx(call):
        return shell.part(call, "admin/delivery_list.html", **values)
    return shell.page(call, "admin/deliveries.html", "admin", **values)


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year < 3000 else None


def _begin(call: Call, day: date | None) -> datetime | None:
    return datetime.combine(day, time(), call.zone) if day is not None else None


@router.get("/admin/webhooks/deliveries/{delivery_id}")
@allow("users", "admin")
def show_delivery(call: CallDep, delivery_id: str) -> Response:
    """What was sent, and every attempt."""
    return _delivery_page(call, delivery_id)


@router.post("/admin/webhooks/deliveries/{delivery_id}/redeliver")
@allow("users", "admin")
def redeliver(call: CallDep, delivery_id: str) -> Response:
    """再次发送."""
    try:
        call.run(Redeliver(delivery_id))
    except FacetError as error:
        if error.status == 404:
            raise
        return _delivery_page(call, delivery_id, _sentence(call, error), error.status)
    return shell.redirect(call, f"/admin/webhooks/deliveries/{delivery_id}", "webhook-again")


def _delivery_page(call: Call, id: str, problem: str = "", status: int = 200) -> Response:
    with call.read() as connection:
        found = webhooks.get_delivery(connection, call.actor, id)
    values: dict[str, Any] = {
        "found": found,
        "sent": _indented(found.payload) if found.payload else "",
        "event_names": EVENT_NAMES,
        "state_names": STATE_NAMES,
        "problem": problem,
    }
    return shell.page(call, "admin/delivery.html", "admin", status=status, **values)


def _indented(payload: Mapping[str, Any]) -> str:
    return json.dumps(json.loads(plain_dumps(dict(payload))), ensure_ascii=False, indent=2)
