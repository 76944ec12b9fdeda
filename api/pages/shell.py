"""What every page has around its content: the reader, the menu with its numbers, messages that survive a redirect."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, unquote

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.assets import load_assets
from api.auth import Call, cookies
from api.formats import Formats
from api.i18n import mark
from api.pages.values import digits, kind_of, plain_text
from api.templating import make_environment, make_url, page_values
from engine import policy
from engine.queries import tasks

NOTE: Final = "facet_note"
"""Cookie that carries a message over a redirect; it is shown once."""

NOTES: Final[Mapping[str, tuple[str, str]]] = {
    "signed-out": ("info", mark("You are signed out.")),
    "claimed": ("success", mark("The task is yours now.")),
    "unclaimed": ("success", mark("The task is back with its group.")),
    "assigned": ("success", mark("The task was handed over to {name}.")),
    "delegated": ("success", mark("{name} was asked to do this and will return it to you.")),
    "resolved": ("success", mark("The task went back to {name}.")),
    "draft": ("success", mark("Your draft is saved.")),
    "completed": ("success", mark("Done: {name}.")),
    "started": ("success", mark("Started: {name}.")),
    "commented": ("success", mark("Your comment is saved.")),
    "attached": ("success", mark("{name} was attached.")),
    "detached": ("success", mark("{name} was removed.")),
    "suspended": ("success", mark("The case is paused: nothing moves it until it is resumed.")),
    "resumed": ("success", mark("The case goes on.")),
    "cancelled": ("success", mark("The case was cancelled.")),
    "variables": ("success", mark("The variables were changed.")),
    "retried": ("success", mark("It was tried again. If it fails once more, it comes back here.")),
    "deployed": ("success", mark("Deployed: {name}.")),
    "unchanged": ("info", mark("Nothing has changed: these files are already deployed.")),
    "account": ("success", mark("Your account was changed.")),
    "password": ("success", mark("Your password was changed. Other devices were signed out.")),
    "session-ended": ("success", mark("That device was signed out.")),
    "sessions-ended": ("success", mark("All other devices were signed out.")),
    "token-revoked": ("success", mark("The token {name} no longer works.")),
    "user-made": ("success", mark("{name} was added.")),
    "user-changed": ("success", mark("{name} was changed.")),
    "user-disabled": ("success", mark("{name} may not sign in any more.")),
    "user-enabled": ("success", mark("{name} may sign in again.")),
    "user-signed-out": ("success", mark("{name} was signed out everywhere.")),
    "user-password": ("success", mark("{name} has a new password and was signed out everywhere.")),
    "group-saved": ("success", mark("The group {name} was saved.")),
    "group-deleted": ("success", mark("The group {name} was deleted.")),
    "granted": ("success", mark("{name} has the permission now.")),
    "revoked": ("success", mark("The permission is gone.")),
    "audit-holds": ("success", mark("The audit holds: {count} entries were looked at, up to position {position}.")),
    "audit-goes-on": ("info", mark("{count} entries hold, up to position {position}. Press once more to go on.")),
    "connector-saved": ("success", mark("The connector {name} was saved. Try it now.")),
    "connector-disabled": ("success", mark("The connector {name} is off: cases that call it stop there.")),
    "connector-enabled": ("success", mark("The connector {name} is on again.")),
    "connector-deleted": ("success", mark("The connector {name} was deleted.")),
    "secret-saved": ("success", mark("The secret {name} was saved. It cannot be read again.")),
    "secret-deleted": ("success", mark("The secret {name} was deleted.")),
    "mail-due": ("success", mark("The mail is on its way. What came of it stands here in a moment.")),
    "webhook-saved": ("success", mark("The webhook {name} was saved.")),
    "webhook-deleted": ("success", mark("The webhook {name} was deleted.")),
    "webhook-paused": ("success", mark("Nothing is sent until you resume it.")),
    "webhook-resumed": ("success", mark("What happens from now on is sent again.")),
    "webhook-test": ("info", mark("The test event is on its way.")),
    "webhook-again": ("info", mark("It is on its way once more.")),
}
"""Messages after a redirect, by code: kind and sentence."""

_LONGEST: Final = 120
_IN_ADDRESSES: Final = ":/%#?=@[]!$&'()*+,;"
"""What stays as it is in the address of a redirect; everything else, Chinese included, is written in per cent."""
_OURS: Final = re.compile(r"/(?![/\\])[^\x00-\x20\\]{0,2000}")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the page, as the menu needs it."""

    username: str
    name: str
    groups: frozenset[str]
    roles: frozenset[str]
    oversees: bool
    """Reads the cases of some process."""
    grants: bool
    """May give permissions."""


@lru_cache(maxsize=4)  # one per path that a proxy serves us under
def environment(root_path: str) -> Environment:
    """The Jinja environment of all pages."""
    made = make_environment(load_assets(root_path=root_path), root_path)
    made.auto_reload = False  # a page of fifty rows would look fifty times whether its row has changed
    return made


def root_of(request: Request) -> str:
    """The path under which a proxy serves us, without a slash at its end."""
    return str(request.scope.get("root_path") or "").rstrip("/")


def address(call: Call, path: str, /, **query: object) -> str:
    """An address inside Facet, as links and redirects need it."""
    return make_url(root_of(call.request), path, **query)


def formats(call: Call) -> Formats:
    """How the reader wants times, numbers and money."""
    return Formats(call.lang, call.zone, call.now)


def theme_of(call: Call) -> str:
    """The reader's theme: "light", "dark" or "auto"."""
    saved = call.caller.theme if call.caller is not None else None
    chosen = saved or call.request.cookies.get(cookies.THEME)
    return chosen if chosen in ("light", "dark") else "auto"


def is_htmx(call: Call) -> bool:
    """Whether htmx asks for a part of a page."""
    return call.request.headers.get("hx-request") == "true"


def base_values(call: Call) -> dict[str, Any]:
    """What every template may use."""
    values = page_values(call.translate, formats(call), theme=theme_of(call))
    zh = call.lang == "zh"
    query = call.request.url.query
    here = call.request.url.path.removeprefix(root_of(call.request)) + (f"?{query}" if query else "")
    return values | {
        "csrf_token": call.csrf_token,
        "page_url": here if call.request.method == "GET" else "/",
        "kind_of": kind_of,
        "plain_text": plain_text,
        "digits": digits,
        "local": lambda name, name_zh: name_zh if zh and name_zh else name,
    }


def shell(call: Call, nav: str) -> dict[str, Any]:
    """The values of base.html for somebody who is signed in: two or three statements for the numbers in the menu."""
    actor = call.actor
    with call.read() as connection:
        waiting = tasks.count_tasks(connection, actor, call.now)
    return base_values(call) | {
        "user": Reader(
            actor.username,
            actor.name,
            actor.groups,
            actor.roles,
            policy.somewhere(actor, policy.READ_INSTANCE),
            policy.somewhere(actor, policy.GRANT),
        ),
        "nav": nav,
        "counts": {"inbox": waiting.mine.value + waiting.groups.value},
        "late": {"inbox": waiting.late.value > 0},
        "waiting": waiting,
        "flashes": take_note(call),
    }


def page(call: Call, template: str, nav: str = "", *, status: int = 200, **values: Any) -> HTMLResponse:
    """A whole page of somebody who is signed in."""
    shown = environment(root_of(call.request)).get_template(template).render(shell(call, nav) | values)
    return _answer(call, shown, status)


def solo(call: Call, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page that stands alone: for strangers and errors."""
    known = base_values(call) | {"flashes": take_note(call), "status": status}
    shown = environment(root_of(call.request)).get_template(template).render(known | values)
    return _answer(call, shown, status)


def part(
    call: Call, template: str, *, status: int = 200, toast: str = "", kind: str = "success", **values: Any
) -> HTMLResponse:
    """A part of a page for htmx; `toast` is a sentence for the edge of the page."""
    shown = environment(root_of(call.request)).get_template(template).render(base_values(call) | values)
    response = HTMLResponse(shown, status, headers={"Vary": "HX-Request"})
    if toast:
        response.headers["HX-Trigger"] = json.dumps({"toast": {"text": toast, "kind": kind}})
    return response


def _answer(call: Call, text: str, status: int) -> HTMLResponse:
    response = HTMLResponse(text, status, headers={"Vary": "HX-Request"})
    if NOTE in call.request.cookies:
        response.delete_cookie(NOTE, path=root_of(call.request) or "/")
    return response


# --- after a change: post, redirect, get ---------------------------------------------------------------------------------


def redirect(call: Call, path: str, note: str = "", **values: object) -> Response:
    """To a page of ours (`path` begins with one slash), with a message of `NOTES`."""
    target = quote(root_of(call.request) + path, safe=_IN_ADDRESSES)
    moved = Response(status_code=204, headers={"HX-Redirect": target})
    response = moved if is_htmx(call) else RedirectResponse(target, 303)
    if note:
        said = json.dumps([note, {name: str(value)[:_LONGEST] for name, value in values.items()}], ensure_ascii=False)
        where = root_of(call.request) or "/"
        secure = cookies.is_secure(call.request, call.settings)
        response.set_cookie(NOTE, quote(said), max_age=60, path=where, httponly=True, samesite="lax", secure=secure)
    return response


def take_note(call: Call) -> list[dict[str, str]]:
    """The message that a redirect left, as base.html takes it."""
    try:
        code, values = json.loads(unquote(call.request.cookies.get(NOTE, "")))
        kind, text = NOTES[code]
    except (ValueError, TypeError, KeyError):
        return []
    filled = {str(k): str(v)[:_LONGEST] for k, v in values.items()} if isinstance(values, dict) else {}
    return [{"kind": kind, "text": call.translate(text, **filled)}]


def own_path(text: str | None, default: str = "/inbox") -> str:
    """`text` if it is a path of ours; else `default`. Never another site, however a browser may read it."""
    if not text or not _OURS.fullmatch(text):
        return default
    return text
