"""One's own account: language, zone, theme, password, devices that are signed in, API tokens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final
from zoneinfo import available_timezones

from fastapi import APIRouter, Form
from starlette.datastructures import FormData
from starlette.responses import Response

from api.auth import Call, CallDep, Secured, allow, cookies
from api.i18n import LANGUAGES, mark
from api.pages import shell
from api.pages.signin import THEMES
from api.pages.typed import PostedDep
from engine.commands.sessions import SCOPES, CreateToken, EndSession, EndSessions, Issued, RevokeToken
from engine.commands.users import ChangeUser
from engine.errors import FacetError, InvalidInput
from engine.queries import naming, users
from engine.sign_in import change_password

router = APIRouter(route_class=Secured, include_in_schema=False)

ZONES: Final = tuple(
    sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/")))
)
THEME_NAMES: Final[Mapping[str, str]] = {
    "auto": mark("As the device"),
    "light": mark("Light"),
    "dark": mark("Dark"),
}
SCOPE_NAMES: Final[Mapping[str, str]] = {
    "read": mark("Read everything that you may see"),
    "tasks": mark("Work on tasks"),
    "instances": mark("Start and manage cases"),
    "definitions": mark("Deploy processes"),
    "messages": mark("Send messages and signals"),
    "external-tasks": mark("Fetch and complete external tasks"),
    "decisions": mark("Evaluate decisions"),
    "users": mark("Manage people"),
    "account": mark("Change your account"),
    "connectors": mark("Manage connectors and mails"),
}
DAYS: Final[Mapping[str, str]] = {
    "30": mark("30 days"),
    "90": mark("90 days"),
    "365": mark("One year"),
    "": mark("Does not end"),
}


_BROWSERS: Final = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS: Final = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


def device(agent: str | None) -> str:
    """What a User-Agent header tells people: "Chrome · Windows"; its first word for programs."""
    text = agent or ""
    found = [next((name for sign, name in names if sign in text), "") for names in (_BROWSERS, _SYSTEMS)]
    return " · ".join(name for name in found if name) or text.split("/", 1)[0][:40]


@router.get("/account")
@allow("account")
def show_account(call: CallDep) -> Response:
    """The page."""
    return _page(call)


def _page(
    call: Call, *, problem: str = "", place: str = "", issued: Issued | None = None, status: int = 200
) -> Response:
    actor = call.actor
    with call.read() as connection:
        me = users.get_user(connection, actor, actor.username)
        sessions = users.list_sessions(connection, actor, call.session_digest, call.now)
        tokens = users.list_tokens(connection, actor)
        groups = naming.groups(connection)
    values: dict[str, Any] = {
        "me": me,
        "my_groups": [groups[key] for key in me.groups if key in groups],
        "sessions": sessions,
        "tokens": tokens,
        "device": device,
        "zones": ZONES,
        "zone": call.zone.key,
        "theme_names": THEME_NAMES,
        "language_names": LANGUAGES,
        "scope_names": {scope: SCOPE_NAMES[scope] for scope in SCOPES},
        "day_names": DAYS,
        "issued": issued,
        "problem": problem,
        "place": place,
    }
    return shell.page(call, "account/account.html", status=status, **values)


@router.post("/account")
@allow("account")
def change_account(
    call: CallDep,
    language: Annotated[str, Form()] = "",
    zone: Annotated[str, Form()] = "",
    theme: Annotated[str, Form()] = "",
) -> Response:
    """Language, time zone and theme."""
    if language not in LANGUAGES or theme not in THEMES or zone not in ZONES:
        raise InvalidInput("Choose from the lists.", "请从列表中选择。")
    call.run(ChangeUser(call.actor.username, language=language, zone=zone, theme=theme))
    response = shell.redirect(call, "/account", "account")
    cookies.set_choice(response, call.request, call.settings, cookies.LANGUAGE, language)
    cookies.set_choice(response, call.request, call.settings, cookies.THEME, theme)
    return response


@router.post("/account/password")
@allow("account")
def set_password(
    call: CallDep,
    old: Annotated[str, Form(max_length=1000)] = "",
    new: Annotated[str, Form(max_length=1000)] = "",
    again: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """A new password; other devices are signed out."""
    try:
        if new != again:
            raise InvalidInput("The two new passwords are not the same.", "两次输入的新密码不一致。")
        change_password(call.services, call.actor, old, new, call.origin, keep_session=call.session_digest)
    except FacetError as error:
        sentence = error.zh if call.lang == "zh" else error.message
        return _page(call, problem=sentence, place="password", status=422 if error.status == 401 else error.status)
    return shell.redirect(call, "/account", "password")


@router.post("/account/sessions/end-others")
@allow("account")
def end_other_sessions(call: CallDep) -> Response:
    """Signs out every other device."""
    call.run(EndSessions(call.actor.username, keep=call.session_digest))
    return shell.redirect(call, "/account#devices", "sessions-ended")


@router.post("/account/sessions/{session_id}/end")
@allow("account")
def end_session(call: CallDep, session_id: str) -> Response:
    """Signs out one device."""
    call.run(EndSession(session_id))
    return shell.redirect(call, "/account#devices", "session-ended")


@router.post("/account/tokens")
@allow("account")
def create_token(call: CallDep, posted: PostedDep) -> Response:
    """A new API token, shown this once: so this answer is the page itself and no redirect."""
    try:
        issued = call.run(_token(posted))
    except InvalidInput as error:
        sentence = error.zh if call.lang == "zh" else error.message
        return _page(call, problem=sentence, place="tokens", status=422)
    return _page(call, issued=issued)


def _token(posted: FormData) -> CreateToken:
    name = str(posted.get("name", "")).strip()
    if not name:
        raise InvalidInput("Give the token a name.", "请填写令牌名称。")
    days = str(posted.get("days", ""))
    if days not in DAYS:
        raise InvalidInput("Choose from the lists.", "请从列表中选择。")
    scopes = tuple(str(scope) for scope in posted.getlist("scope"))
    return CreateToken(name, scopes, timedelta(days=int(days)) if days else None)


@router.post("/account/tokens/{token_id}/revoke")
@allow("account")
def revoke_token(call: CallDep, token_id: str) -> Response:
    """The token ends at once."""
    with call.read() as connection:
        name = next((item.name for item in users.list_tokens(connection, call.actor) if item.id == token_id), "")
    call.run(RevokeToken(token_id))
    return shell.redirect(call, "/account#tokens", "token-revoked", name=name)
