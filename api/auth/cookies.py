"""The cookies: one that opens a session, two that keep a stranger's language and theme."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from engine.settings import Settings

SESSION: Final = "facet_session"
LANGUAGE: Final = "facet_language"
THEME: Final = "facet_theme"


def set_session(response: Response, request: Request, settings: Settings, value: str) -> None:
    """Gives the browser its session: for this site only, unreadable for scripts, over HTTPS where there is HTTPS."""
    response.set_cookie(
        SESSION,
        value,
        max_age=settings.session_absolute_minutes * 60,
        path=_path(request),
        secure=is_secure(request, settings),
        httponly=True,
        samesite="lax",
    )


def drop_session(response: Response, request: Request, settings: Settings) -> None:
    """Takes the session's cookie away."""
    response.delete_cookie(
        SESSION, path=_path(request), secure=is_secure(request, settings), httponly=True, samesite="lax"
    )


def set_choice(response: Response, request: Request, settings: Settings, name: str, value: str) -> None:
    """Keeps a language or a theme for a year."""
    response.set_cookie(
        name,
        value,
        max_age=365 * 24 * 3600,
        path=_path(request),
        secure=is_secure(request, settings),
        httponly=True,
        samesite="lax",
    )


def _path(request: Request) -> str:
    return str(request.scope.get("root_path") or "/")


def is_secure(request: Request, settings: Settings) -> bool:
    """Whether cookies of this request are for HTTPS only."""
    return settings.cookie_secure == "always" or bool(request.scope.get("facet.https"))
