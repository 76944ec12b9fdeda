"""`/hooks/{key}`: signed messages of other systems. `/api/v1/hooks`: who may send them."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from api.auth import Call, CallDep, Secured, allow, signed
from api.edge import TooLarge
from api.exact import Json
from api.rest.common import EVERYWHERE, V1, Key, Plain, problem_answers
from api.rest.models import webhooks as m
from api.rest.models.common import PageOf
from engine import bus
from engine.commands.hooks import DeleteHook, NoteRefusal, ReceiveHook, RenewHookSecret, SaveHook, sender
from engine.errors import InvalidInput, StaleRevision
from engine.hooks import KEY_PATTERN, LARGEST, Signed
from engine.queries import hooks as q
from engine.store.database import Busy

incoming = APIRouter(tags=["webhooks"], route_class=Secured)
router = APIRouter(prefix=V1, tags=["webhooks"], route_class=Secured, responses=EVERYWHERE)

HookKey = Annotated[str, Path(pattern=KEY_PATTERN, description="Last part of the address.")]


# --- what comes in --------------------------------------------------------------------------------------------------------


async def raw_body(request: Request) -> bytes:
    """The body as it was signed, at most `LARGEST` bytes. 413, 415, 400."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    packed = request.headers.get("content-encoding", "identity").strip().lower() != "identity"
    if packed or not (kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))):
        raise HTTPException(415)
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and (len(announced) > 9 or int(announced) > LARGEST):
        raise TooLarge
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST:
                raise TooLarge
    except ClientDisconnect as error:
        raise HTTPException(400) from error
    return bytes(body)


_HEADERS: Final[list[dict[str, Any]]] = [
    {"name": name, "in": "header", "required": True, "description": said, "schema": {"type": "string"}}
    for name, said in (
        ("webhook-id", "Names the message: sent again, it changes nothing. 1 to 200 characters, no spaces."),
        ("webhook-timestamp", "Seconds since 1970, at most five minutes from now."),
        ("webhook-signature", "`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; several, by spaces."),
    )
]
_BODY: Final[dict[str, Any]] = {
    "required": True,
    "description": f"At most {LARGEST // 1024} kB.",
    "content": {
        "application/json": {"schema": {"type": "object"}, "example": {"order": "JC-20260302-0001", "amount": 67000}}
    },
}


@incoming.post(
    "/hooks/{key}",
    status_code=202,
    response_model=m.Received,
    summary="Send a signed message",
    responses=problem_answers(400, 401, 404, 408, 409, 413, 415, 422, 429, 503),
    openapi_extra={"parameters": _HEADERS, "requestBody": _BODY},
)
@signed
def receive_hook(
    call: CallDep,
    key: Annotated[str, Path(description="As the hook's page shows it.")],
    body: Annotated[bytes, Depends(raw_body)],
) -> Json:
    """Signed as <https://www.standardwebhooks.com> asks for; no session, no token. 401: the signature does not hold, `data`
    says why; 404: there is no such hook, or it is switched off; 429 and 503: try again later. The same `webhook-id` again is
    answered as the first time."""
    message = _admitted(call, key, body)
    call.request.app.state.hook_quota.take(f"to {key}")
    try:
        receivers = bus.run(call.services, ReceiveHook(message), sender(key), **call.whence)
    except StaleRevision as error:  # everybody wants the same instance just now: the sender is to try again
        raise Busy from error
    except InvalidInput:
        bus.run(call.services, NoteRefusal(key, "expression"), sender(key))
        raise
    return Json({"receivers": receivers, "held": receivers == 0}, 202)


def _admitted(call: Call, key: str, body: bytes) -> Signed:
    with call.read() as connection:
        found = q.admit(connection, call.services.keys, key, call.request.headers, body, call.now)
    if found.note:
        bus.run(call.services, NoteRefusal(key, found.reason), sender(key))
    if found.signed is not None:
        return found.signed
    assert found.error is not None
    raise found.error


# --- who may send ---------------------------------------------------------------------------------------------------------


@router.get("/hooks", response_model=PageOf[m.Hook], summary="List inbound hooks")
@allow("users", "admin")
def list_hooks(call: CallDep, page: Plain) -> Json:
    """By key. What they are signed with is never told."""
    with call.read() as connection:
        return Json(q.list_hooks(connection, call.actor, page))


@router.get("/hooks/{key}", response_model=m.Hook, summary="Get an inbound hook")
@allow("users", "admin")
def get_hook(call: CallDep, key: Key) -> Json:
    """With when it was last called, and why the last refused call was refused."""
    with call.read() as connection:
        return Json(q.get_hook(connection, call.actor, key))


@router.put("/hooks/{key}", response_model=m.HookSecret, summary="Create or change an inbound hook")
@allow("users", "admin")
def save_hook(call: CallDep, key: HookKey, body: m.HookChange) -> Json:
    """The hook is as the body says. The answer has the secret when the hook is new."""
    command = SaveHook(key, body.message, body.name, body.business_key, body.correlation, body.disabled)
    return Json({"secret": call.run(command)})


@router.post("/hooks/{key}/renew-secret", response_model=m.NewSecret, summary="Renew an inbound hook's secret")
@allow("users", "admin")
def renew_hook_secret(call: CallDep, key: Key, body: m.Renewal) -> Json:
    """The old secret stays good for 24 hours, so that nothing is lost meanwhile; or ends at once, where it leaked."""
    return Json({"secret": call.run(RenewHookSecret(key, body.at_once))})


@router.delete("/hooks/{key}", status_code=204, response_model=None, summary="Delete an inbound hook")
@allow("users", "admin")
def delete_hook(call: CallDep, key: Key) -> Json:
    """Its calls are answered with 404 from now on."""
    call.run(DeleteHook(key))
    return Json(status_code=204)
