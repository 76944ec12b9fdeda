"""What every request passes first and every answer last: its id, its size, the security headers, the figures, the log line."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, MutableMapping
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.cookies import SESSION
from engine.ids import new_id
from engine.metrics import HTTP_REQUESTS, HTTP_SECONDS

log = structlog.get_logger("facet.http")

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of every answer."""

HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
}
HSTS: Final = "max-age=31536000; includeSubDomains"

SILENT_SECONDS: Final = 20.0
"""A client that has begun to send a body may be silent for so long."""
BODY_SECONDS: Final = 300.0
"""A whole body has to come within this time."""
WRITE_SECONDS: Final = 60.0
"""A client that reads nothing of its answer for so long is gone."""

_HOST = re.compile(r"[A-Za-z0-9._~-]*(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
HEAD_BYTES: Final = 64 * 1024
"""All headers of a request together."""

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_ENDLESS: Final = "/events"
"""A stream that does not end by itself has no HEAD."""
_QUIET: Final = ("/health", "/metrics", "/static/")


class TooLarge(HTTPException):
    """The body is larger than this kind of request may be."""

    def __init__(self) -> None:
        super().__init__(413, headers={"Connection": "close"})


class TooSlow(HTTPException):
    """The body did not come in time."""

    def __init__(self) -> None:
        super().__init__(408, headers={"Connection": "close"})


class Edge:
    """The outermost layer, plain ASGI. `plain`: bytes of a body of data; `upload`: bytes of a multipart body; `patience`:
    seconds that a client may be silent while it sends.

    `failed` answers an exception that nobody else has answered.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        plain: int,
        upload: int,
        failed: Callable[[Request, Exception], Response],
        patience: float = SILENT_SECONDS,
        public_url: str = "",
    ) -> None:
        self._public_url = public_url
        self.app = app
        self._patience = patience
        self._failed = failed
        self._plain = plain
        self._upload = upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] == "HEAD" and not scope["path"].endswith(_ENDLESS):
            scope, send = {**scope, "method": "GET"}, _bodiless(send)
        given = Headers(scope=scope)
        host = _host(given)
        scope["facet.https"] = over_https(scope.get("scheme"), host or "", self._public_url)
        id = given.get("x-request-id", "")
        scope["facet.request_id"] = id if _GIVEN_ID.fullmatch(id) else new_id()
        answer = _Answer(scope, send)
        began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=scope["facet.request_id"])
        limit = self._upload if _may_upload(given) else self._plain
        try:
            if host is None or "\0" in scope["path"] or b"%00" in scope.get("query_string", b""):
                raise HTTPException(400, headers={"Connection": "close"})
            if sum(len(name) + len(value) for name, value in scope["headers"]) > HEAD_BYTES:
                raise HTTPException(431, headers={"Connection": "close"})
            if _announced(given) > limit:
                raise TooLarge
            await self.app(scope, _limited(receive, limit, self._patience), answer.send)
        except Exception as error:
            await answer.fail(error, self._failed)
        finally:
            self._note(scope, answer, time.perf_counter() - began)

    def _note(self, scope: Scope, answer: _Answer, seconds: float) -> None:
        route = getattr(scope.get("route"), "path_format", None) or "other"
        status = answer.status or 499  # nobody waited for the answer
        HTTP_REQUESTS.labels(method=_method(scope), route=route, status=str(status)).inc()
        HTTP_SECONDS.labels(method=_method(scope), route=route).observe(seconds)
        if not scope["path"].startswith(_QUIET):
            log.info(
                "answered",
                method=scope["method"],
                path=scope["path"],
                status=status,
                ms=round(seconds * 1000, 1),
                user=scope.get("facet.user"),
            )


def _host(headers: Headers) -> str | None:
    """The Host header, empty where there is none; None: there are two, or it is no name of a host (RFC 9112, 3.2)."""
    given = headers.getlist("host") or [""]
    return given[0] if len(given) == 1 and _HOST.fullmatch(given[0]) else None


def _method(scope: Scope) -> str:
    method = str(scope["method"])
    return method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"


def _may_upload(headers: Headers) -> bool:
    """Whether the body may be as large as a file: strangers have nothing to upload."""
    known = "authorization" in headers or f"{SESSION}=" in headers.get("cookie", "")
    return known and headers.get("content-type", "").startswith("multipart/")


def _announced(headers: Headers) -> int:
    text = headers.get("content-length", "0")
    return int(text) if text.isdigit() and len(text) < 19 else 0


def _limited(receive: Receive, limit: int, patience: float) -> Receive:
    """The body, as far as it is not too large and comes in time; after it the client may stay silent for as long as it
    listens."""
    left, more, until = limit, True, time.monotonic() + BODY_SECONDS

    async def bounded() -> Message:
        nonlocal left, more
        try:
            async with asyncio.timeout(min(patience, until - time.monotonic()) if more else None):
                message = await receive()
        except TimeoutError as error:
            raise TooSlow from error
        more = bool(message.get("more_body", False))
        left -= len(message.get("body", b""))
        if left < 0:
            raise TooLarge
        return message

    return bounded


class _Answer:
    """Adds the headers and remembers the status."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._add_headers(message)
        async with asyncio.timeout(WRITE_SECONDS):
            await self._send(message)

    def _add_headers(self, message: MutableMapping[str, Any]) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("cache-control", "no-store")
        headers["x-request-id"] = self._scope["facet.request_id"]
        if self._scope["facet.https"]:
            headers.setdefault("strict-transport-security", HSTS)

    async def fail(self, error: Exception, answer: Callable[[Request, Exception], Response]) -> None:
        """The answer to an exception; where an answer has begun already nothing can be said any more."""
        if self.status:
            log.error("broken off", exc_info=error)
            return
        request = Request(self._scope)
        await answer(request, error)(self._scope, _nothing, self.send)


def over_https(scheme: object, host: str, public_url: str) -> bool:
    """Whether the browser came by HTTPS: the connection says so, a trusted proxy, or the address that people are given."""
    public = urlsplit(public_url)
    return scheme == "https" or (public.scheme == "https" and host.lower() == public.netloc.lower())


def _bodiless(send: Send) -> Send:
    """HEAD is GET without the body (RFC 9110, 9.3.2): same status, same headers."""

    async def head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return head


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
