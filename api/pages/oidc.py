"""Signing in at an OpenID Connect provider: there and back."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import structlog
from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from api.auth import Call, CallDep, Secured, cookies, oidc, public
from api.pages import shell
from api.pages.signin import sign_in_page
from engine import bus
from engine.actor import SYSTEM
from engine.commands.identities import AdmitPerson, Vouched
from engine.commands.sessions import OpenSession
from engine.errors import Forbidden, InvalidInput, NotFound

router = APIRouter(route_class=Secured, include_in_schema=False)
log = structlog.get_logger("facet.oidc")

Text = Annotated[str, Query(max_length=4000)]


@router.get("/oidc/start")
@public
def begin(call: CallDep, next: Annotated[str, Query(max_length=2000)] = "") -> Response:
    """Sends the browser to the provider."""
    try:
        address, asked = _provider(call).ask(
            _callback(call), call.settings.oidc_scopes, shell.own_path(next, ""), call.now
        )
    except oidc.NotVouched as error:
        return _again(call, error)
    response = RedirectResponse(address, 303)
    response.set_cookie(
        oidc.COOKIE,
        asked.sealed(call.services.keys),
        max_age=oidc.LIFETIME,
        path=_path(call),
        httponly=True,
        samesite="lax",
        secure=cookies.is_secure(call.request, call.settings),
    )
    return response


@router.get("/oidc/callback")
@public
def come_back(call: CallDep, code: Text = "", state: Text = "", error: Text = "") -> Response:
    """The provider's answer: opens a session for whom it vouches."""
    try:
        provider = _provider(call)
        asked = oidc.opened(call.request.cookies.get(oidc.COOKIE), call.services.keys, call.now)
        if error or not code:
            raise oidc.refused(f"the provider said: {error[:100]}")
        claims = provider.claims(asked, code, state, _callback(call), call.now)
        response = _let_in(call, oidc.vouched(claims, call.settings), asked.next)
    except (oidc.NotVouched, Forbidden, InvalidInput) as problem:
        response = _again(call, problem)
    response.delete_cookie(oidc.COOKIE, path=_path(call), httponly=True, samesite="lax")
    return response


def _let_in(call: Call, person: Vouched, next: str) -> Response:
    admit = AdmitPerson(person, oidc.group_map(call.settings.oidc_groups), create=call.settings.oidc_create_users)
    origin = call.origin
    username = bus.run(call.services, admit, SYSTEM, **call.whence)
    lifetime = timedelta(minutes=call.settings.session_absolute_minutes)
    opening = OpenSession(username, lifetime, origin.address, origin.agent, origin.replaces)
    opened = bus.run(call.services, opening, SYSTEM, **call.whence)
    response = shell.redirect(call, shell.own_path(next))
    cookies.set_session(response, call.request, call.settings, opened.cookie)
    return response


def _provider(call: Call) -> oidc.Provider:
    provider = oidc.provider_of(call.settings)
    if provider is None:
        raise NotFound("There is no such page.", "没有该页面。")
    return provider


def _callback(call: Call) -> str:
    base = call.settings.public_url.rstrip("/") or str(call.request.base_url).rstrip("/")
    return f"{base}/oidc/callback"


def _path(call: Call) -> str:
    return f"{shell.root_of(call.request)}/oidc"


def _again(call: Call, error: oidc.NotVouched | Forbidden | InvalidInput) -> Response:
    log.warning("sign-in elsewhere refused", reason=error.data.get("reason", error.message))
    return sign_in_page(call, problem=error.zh if call.lang == "zh" else error.message, status=error.status)
