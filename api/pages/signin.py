"""Signing in and out, and the two choices that everybody has: language and theme."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import Response

from api.auth import Call, CallDep, Secured, allow, cookies, public
from api.auth.oidc import provider_of
from api.i18n import LANGUAGES
from api.pages import shell
from engine.commands.sessions import EndSession, TooManyAttempts
from engine.commands.users import ChangeUser
from engine.errors import NotFound
from engine.sign_in import WrongPassword, sign_in

router = APIRouter(route_class=Secured, include_in_schema=False)

THEMES = ("auto", "light", "dark")


@router.get("/")
@public
def go_home(call: CallDep) -> Response:
    """The inbox is everybody's first page; strangers sign in first."""
    return shell.redirect(call, "/inbox" if call.caller is not None else "/sign-in")


@router.get("/sign-in")
@public
def show_sign_in(call: CallDep, next: str = "") -> Response:
    """The sign-in page; who is signed in already goes on."""
    if call.caller is not None:
        return shell.redirect(call, shell.own_path(next))
    return sign_in_page(call, next)


@router.post("/sign-in")
@public
def do_sign_in(
    call: CallDep,
    username: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Opens a session, or says that name and password do not fit."""
    name = username.strip()
    try:
        opened = sign_in(call.services, name, password, call.origin, lifetime=_lifetime(call))
    except (WrongPassword, TooManyAttempts) as error:
        return sign_in_page(call, next, name, error.zh if call.lang == "zh" else error.message, error.status)
    response = shell.redirect(call, shell.own_path(next))
    cookies.set_session(response, call.request, call.settings, opened.cookie)
    return response


def _lifetime(call: Call) -> timedelta:
    return timedelta(minutes=call.settings.session_absolute_minutes)


def sign_in_page(call: Call, next: str = "", username: str = "", problem: str = "", status: int = 200) -> Response:
    """The page; `problem` is why it did not work."""
    values = {"next": shell.own_path(next, ""), "username": username, "problem": problem}
    values["elsewhere"] = call.settings.oidc_name if provider_of(call.settings) is not None else ""
    return shell.solo(call, "signin.html", status=status, **values)


@router.post("/sign-out")
@allow("account")
def sign_out(call: CallDep) -> Response:
    """Ends this session."""
    if call.session_digest is not None:
        with suppress(NotFound):  # it has ended meanwhile: the person is out either way
            call.run(EndSession(call.session_digest))
    response = shell.redirect(call, "/sign-in", "signed-out")
    cookies.drop_session(response, call.request, call.settings)
    return response


@router.post("/preferences")
@public
def choose(
    call: CallDep,
    lang: Annotated[str, Form()] = "",
    theme: Annotated[str, Form()] = "",
    next: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Keeps a language or theme: with the person who is signed in, and in this browser for the sign-in page."""
    response = shell.redirect(call, shell.own_path(next))
    if lang in LANGUAGES:
        cookies.set_choice(response, call.request, call.settings, cookies.LANGUAGE, lang)
    if theme in THEMES:
        cookies.set_choice(response, call.request, call.settings, cookies.THEME, theme)
    if call.is_own_doing and (lang in LANGUAGES or theme in THEMES):
        chosen = ChangeUser(
            call.actor.username,
            language=lang if lang in LANGUAGES else None,
            theme=theme if theme in THEMES else None,
        )
        call.run(chosen)
    return response
