"""Requests that another site made a browser send: refused by where they come from, and by a token that only our pages know."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from engine.errors import Forbidden

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
HEADER: Final = "x-csrf-token"
FIELD: Final = "csrf_token"


class ForgedRequest(Forbidden):
    """The request did not come from one of our own pages."""

    code = "forged-request"


def _refused() -> ForgedRequest:
    return ForgedRequest(
        "This request did not come from a page of Facet, or the page is too old. Load the page again.",
        "该请求不是来自本系统页面，或页面已过期，请刷新后重试。",
    )


def check_origin(headers: Mapping[str, str], public_url: str) -> None:
    """Holds Sec-Fetch-Site, where the browser sends it, and Origin against our own address. ForgedRequest."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise _refused()
    origin = headers.get("origin")
    if origin is None:
        return
    ours = {headers.get("host", "").lower(), urlsplit(public_url).netloc.lower()} - {""}
    if _site(origin) not in ours:
        raise _refused()


def _site(origin: str) -> str:
    """Host and port of an origin; empty for what is none ("null", a scheme of an app, half an address)."""
    try:
        found = urlsplit(origin)
    except ValueError:
        return ""
    return found.netloc.lower() if found.scheme in ("http", "https") else ""


def check_token(given: str | None, expected: str) -> None:
    """Compares the token of the request with that of the session. ForgedRequest."""
    if not holds(given, expected):
        raise _refused()


def holds(given: str | None, expected: str) -> bool:
    """Whether the token of the request is that of the session."""
    return bool(given) and hmac.compare_digest(str(given).encode("utf-8", "replace"), expected.encode())


def is_form(request: Request) -> bool:
    """Whether the body is a form's, as every site can send it."""
    kind = request.headers.get("content-type", "").lower()
    return kind.startswith(("application/x-www-form-urlencoded", "multipart/"))
