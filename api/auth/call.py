"""One request as endpoints see it: who calls, in which language, and the way to the engine."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Annotated, Any, TypedDict, TypeVar
from zoneinfo import ZoneInfo

import structlog
from fastapi import Depends
from sqlalchemy import Connection
from starlette.requests import Request

from api.auth import cookies, forgery
from api.auth.rules import Rule
from api.i18n import Translator, choose_language, translator
from engine import bus, policy
from engine.actor import Actor
from engine.commands.sessions import SEEN_EVERY, TouchSession, TouchToken, digest_of, neighbourhood
from engine.errors import Forbidden, SignInRequired
from engine.files import FileStore
from engine.queries import users
from engine.settings import Settings
from engine.sign_in import Origin
from engine.store.database import Busy
from engine.work import Services

R = TypeVar("R")
_UNCOUNTED = ("/health", "/metrics")


class Whence(TypedDict):
    """Where a command comes from, for the audit."""

    request_id: str | None
    source: str


class Call:
    """Made by `CallDep` before the endpoint; `enter` finds out who calls.

    `caller` is None for strangers (public endpoints only); `lang` is "en" or "zh".
    """

    __slots__ = ("caller", "csrf_given", "request", "services", "settings")

    def __init__(self, request: Request, services: Services, settings: Settings, csrf_given: str | None) -> None:
        self.request = request
        self.services = services
        self.settings = settings
        self.csrf_given = csrf_given
        self.caller: users.Caller | None = None

    # -- who -------------------------------------------------------------------------------------------------------------

    def enter(self, rule: Rule) -> None:
        """Runs before the endpoint, in its thread. SignInRequired, ForgedRequest, Forbidden."""
        if rule.signed:
            return  # `make_call` has counted it
        unsafe = self.request.method not in forgery.SAFE
        self.caller = self._caller()
        if unsafe and (self.caller is None or self.caller.session is not None):
            forgery.check_origin(self.request.headers, self.settings.public_url)
        self._count(rule)
        if self.caller is None:
            if rule.public:
                return
            raise sign_in_required()
        if unsafe and self.caller.session is not None and not rule.public:
            forgery.check_token(self.csrf_given, self.caller.session.csrf)
        self._check_rule(rule, self.caller.actor)
        self.request.scope["facet.user"] = self.caller.actor.username
        structlog.contextvars.bind_contextvars(user=self.caller.actor.username)

    def _count(self, rule: Rule) -> None:
        """TooManyRequests for a token, or a stranger's address, that asks too often."""
        state = self.request.app.state
        if self.caller is not None and self.caller.token_id is not None:
            state.token_quota.take(self.caller.token_id)
        elif self.caller is None and rule.public and not self.request.url.path.startswith(_UNCOUNTED):
            state.public_quota.take(neighbourhood(self.address))

    def _check_rule(self, rule: Rule, actor: Actor) -> None:
        readable = self.request.method in forgery.SAFE and "read" in actor.scopes
        if actor.scopes and not rule.public and rule.scope not in actor.scopes and not readable:
            raise Forbidden("This API token is not for this.", "此 API 令牌的权限范围不包含该操作。")
        known = bool(rule.roles) and actor.has_role(*rule.roles)
        if (rule.roles or rule.action) and not (known or (rule.action and policy.somewhere(actor, rule.action))):
            raise Forbidden("You may not do this.", "您无权执行此操作。")

    def _caller(self) -> users.Caller | None:
        """One statement, by token or by cookie; at most once a minute another one that says that it was used."""
        now = self.now
        scheme, _, secret = self.request.headers.get("authorization", "").partition(" ")
        cookie = self.request.cookies.get(cookies.SESSION)
        if scheme:
            if scheme.lower() != "bearer":
                return None
            with self.services.database.read() as connection:
                found = users.by_token(connection, digest_of(secret.strip()), now)
            if found is not None and (found.token_used_at is None or now - found.token_used_at > SEEN_EVERY):
                self._touch(TouchToken(str(found.token_id)))
            return found
        if not cookie:
            return None
        idle = timedelta(minutes=self.settings.session_idle_minutes)
        with self.services.database.read() as connection:
            found = users.by_session(connection, digest_of(cookie), now, idle)
        session = found.session if found is not None and not self.unattended else None
        if session is not None and now - session.seen_at > SEEN_EVERY:
            self._touch(TouchSession(session.digest))
        return found

    @property
    def unattended(self) -> bool:
        """Whether an open page asks by itself (news, a list that follows): nobody need sit before it, so that it keeps no
        session alive."""
        return self.request.url.path.endswith("/events") or "live" in self.request.query_params

    def _touch(self, command: TouchSession | TouchToken) -> None:
        try:
            bus.run(self.services, command, self.stranger)
        except Busy:
            return  # the next request does it

    @property
    def actor(self) -> Actor:
        """Whoever calls. SignInRequired for strangers."""
        if self.caller is None:
            raise sign_in_required()
        return self.caller.actor

    @property
    def stranger(self) -> Actor:
        """An actor who may nothing: for what has to be done before somebody is known."""
        return Actor("anonymous")

    @property
    def csrf_token(self) -> str:
        """What pages put into forms and headers; empty for strangers and API tokens."""
        return self.caller.session.csrf if self.caller is not None and self.caller.session is not None else ""

    @property
    def is_stranger(self) -> bool:
        """Whether no session and no API token came along that opens anything. One statement."""
        return self._caller() is None

    @property
    def is_own_doing(self) -> bool:
        """Whether somebody who is signed in sent this from a page of ours, or with an API token: public endpoints ask."""
        if self.caller is None:
            return False
        return self.caller.session is None or forgery.holds(self.csrf_given, self.caller.session.csrf)

    @property
    def session_digest(self) -> str | None:
        """Names the caller's session; None for API tokens and strangers."""
        return self.caller.session.digest if self.caller is not None and self.caller.session is not None else None

    # -- to the engine ---------------------------------------------------------------------------------------------------

    def run(self, command: bus.Command[R]) -> R:
        """Runs a command on behalf of the caller."""
        return bus.run(self.services, command, self.actor, **self.whence)

    @property
    def files(self) -> FileStore:
        """Where attached files are."""
        files = self.services.files
        assert files is not None, "services without a file store"
        return files

    def read(self) -> AbstractContextManager[Connection]:
        """A transaction for queries."""
        return self.services.database.read()

    # -- the request -----------------------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """The engine's present moment, UTC."""
        return self.services.clock.now()

    @property
    def address(self) -> str:
        """The client's address (that of a trusted proxy's client)."""
        host = self.request.client.host if self.request.client is not None else ""
        return "".join(c for c in host[:100] if c.isprintable()) or "unknown"

    @property
    def request_id(self) -> str | None:
        """As in the answer's X-Request-ID and in the log."""
        return self.request.scope.get("facet.request_id")

    @property
    def whence(self) -> Whence:
        """For commands that are not the caller's own: `bus.run(services, command, actor, **call.whence)`."""
        return {"request_id": self.request_id, "source": self.address}

    @property
    def origin(self) -> Origin:
        """For signing in."""
        cookie = self.request.cookies.get(cookies.SESSION)
        agent = self.request.headers.get("user-agent", "")
        return Origin(self.address, agent, digest_of(cookie) if cookie else None, self.request_id)

    @property
    def lang(self) -> str:
        """The person's own choice, else this browser's, else the installation's: "en" or "zh"."""
        return language_of(self.request, self.settings, self.caller.language if self.caller is not None else None)

    @property
    def translate(self) -> Translator:
        """Texts in the caller's language."""
        return translator(self.lang)

    @property
    def zone(self) -> ZoneInfo:
        """The caller's time zone."""
        return ZoneInfo((self.caller.zone if self.caller is not None else None) or self.settings.zone)


def sign_in_required() -> SignInRequired:
    """The answer for strangers."""
    return SignInRequired("Please sign in.", "请先登录。")


def language_of(request: Request, settings: Settings, saved: str | None = None) -> str:
    """The language of a request: a saved choice, the cookie, what the browser asks for, the installation's."""
    chosen = saved or request.cookies.get(cookies.LANGUAGE)
    return choose_language(chosen, request.headers.get("accept-language"), settings.language)


def admit(request: Request) -> None:
    """SignInRequired for whoever is nobody: asked before a body is read that may be as large as a file."""
    if Call(request, request.app.state.services, request.app.state.settings, None).is_stranger:
        raise sign_in_required()


async def make_call(request: Request) -> Call:
    """The dependency behind `CallDep`: no database yet. Strangers are told so before their data is looked at."""
    services: Services = request.app.state.services
    settings: Settings = request.app.state.settings
    rule: Rule | None = getattr(request.scope.get("route"), "rule", None)
    if rule is not None and rule.signed:
        call = Call(request, services, settings, None)
        request.app.state.hook_quota.take(f"from {call.address}")  # before anything of the body is read
        return call
    known = "authorization" in request.headers or cookies.SESSION in request.cookies
    if not known and not (rule is not None and rule.public):
        raise sign_in_required()
    given: Any = request.headers.get(forgery.HEADER)
    if given is None and request.method not in forgery.SAFE and forgery.is_form(request):
        given = (await request.form()).get(forgery.FIELD)
    return Call(request, services, settings, given if isinstance(given, str) else None)


CallDep = Annotated[Call, Depends(make_call)]
