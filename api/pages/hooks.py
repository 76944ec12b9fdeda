"""Administration: messages of other systems, who may send them and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from api.auth import Call, CallDep, Secured, allow
from api.i18n import mark
from api.pages import shell
from api.pages.typed import PostedDep
from engine.commands.hooks import DeleteHook, RenewHookSecret, SaveHook
from engine.errors import Conflict, FacetError, InvalidInput, NotFound
from engine.hooks import REASONS
from engine.queries import hooks

router = APIRouter(route_class=Secured, include_in_schema=False)

REASON_NAMES: Final[Mapping[str, str]] = {
    "missing": mark("A header was missing: webhook-id, webhook-timestamp or webhook-signature."),
    "id": mark("The header webhook-id had spaces or more than 200 characters."),
    "time": mark("The header webhook-timestamp was no whole number of seconds since 1970."),
    "old": mark("The message was older than five minutes, or a clock is wrong."),
    "early": mark("The message came from the future: a clock is wrong."),
    "signature": mark("The signature did not fit: another secret, or the body was changed after signing."),
    "secret": mark("Our secret cannot be read, because FACET_SECRET has changed: renew it."),
    "body": mark("The body was no JSON object."),
    "expression": mark(
        "The signature was right, but the message could not be taken: too much data, or an expression failed."
    ),
}
assert set(REASON_NAMES) == set(REASONS)

EXAMPLE: Final = '{"order": "A-1", "amount": 12.50}'


@router.get("/admin/webhooks/new-in")
@allow("users", "admin")
def show_new_hook(call: CallDep) -> Response:
    """The form for a new inbound hook."""
    return _page(call, None, {})


@router.post("/admin/webhooks/new-in")
@allow("users", "admin")
def create_hook(call: CallDep, posted: PostedDep) -> Response:
    """Makes a hook; its secret is shown this once, so the answer is the page itself."""
    typed = _typed(posted)
    key = str(posted.get("key", "")).strip()
    try:
        _check_new(call, key)
        secret = call.run(_command(key, typed))
    except FacetError as error:
        return _page(call, None, typed | {"key": key}, problem=_sentence(call, error), status=error.status)
    return _page(call, key, {}, secret=secret or "")


def _check_new(call: Call, key: str) -> None:
    try:
        with call.read() as connection:
            hooks.get_hook(connection, call.actor, key.replace("\0", ""))
    except NotFound:
        return
    raise Conflict(f"There is a hook “{key}” already.", f"已有入站 webhook“{key}”。")


@router.get("/admin/webhooks/in/{key}")
@allow("users", "admin")
def show_hook(call: CallDep, key: str) -> Response:
    """One hook: what a call becomes, how to send one, what came last."""
    return _page(call, key, {})


@router.post("/admin/webhooks/in/{key}")
@allow("users", "admin")
def change_hook(call: CallDep, key: str, posted: PostedDep) -> Response:
    """Message, expressions, on or off."""
    with call.read() as connection:
        hooks.get_hook(connection, call.actor, key)  # a page makes none by its address
    typed = _typed(posted)
    try:
        call.run(_command(key, typed))
    except InvalidInput as error:
        return _page(call, key, typed, problem=_sentence(call, error), status=error.status)
    return shell.redirect(call, f"/admin/webhooks/in/{key}", "webhook-saved", name=typed["name"] or key)


@router.post("/admin/webhooks/in/{key}/renew")
@allow("users", "admin")
def renew_hook(call: CallDep, key: str, posted: PostedDep) -> Response:
    """A new secret, shown this once."""
    return _page(call, key, {}, secret=call.run(RenewHookSecret(key, posted.get("when") == "now")))


@router.post("/admin/webhooks/in/{key}/delete")
@allow("users", "admin")
def delete_hook(call: CallDep, key: str) -> Response:
    """Closes the hook."""
    call.run(DeleteHook(key))
    return shell.redirect(call, "/admin/webhooks", "webhook-deleted", name=key)


# --- the page ---------------------------------------------------------------------------------------------------------------


def _typed(posted: Any) -> dict[str, Any]:
    names = ("name", "message", "business_key", "correlation")
    typed: dict[str, Any] = {name: str(posted.get(name, "")).strip() for name in names}
    return typed | {"disabled": posted.get("open") != "1"}


def _command(key: str, typed: Mapping[str, Any]) -> SaveHook:
    return SaveHook(
        key,
        typed["message"],
        typed["name"],
        typed["business_key"] or None,
        typed["correlation"] or None,
        typed["disabled"],
    )


def _page(
    call: Call, key: str | None, typed: Mapping[str, Any], *, problem: str = "", secret: str = "", status: int = 200
) -> Response:
    hook = None
    if key is not None:
        with call.read() as connection:
            hook = hooks.get_hook(connection, call.actor, key)
    known: dict[str, Any] = {
        "key": key or "",
        "name": hook.name if hook is not None else "",
        "message": hook.message if hook is not None else "",
        "business_key": (hook.business_key or "") if hook is not None else "",
        "correlation": (hook.correlation or "") if hook is not None else "",
        "disabled": hook is not None and hook.disabled,
    }
    values: dict[str, Any] = {
        "hook": hook,
        "typed": known | dict(typed),
        "problem": problem,
        "secret": secret,
        "address": outside_address(call, f"/hooks/{key or ''}"),
        "example": EXAMPLE,
        "reason_names": REASON_NAMES,
    }
    return shell.page(call, "admin/hook.html", "admin", status=status, **values)


def _sentence(call: Call, error: FacetError) -> str:
    return error.zh if call.lang == "zh" else error.message


def outside_address(call: Call, path: str) -> str:
    """An address as other systems reach it."""
    base = call.settings.public_url.rstrip("/") or str(call.request.base_url).rstrip("/")
    return base + path
