"""All endpoints in one table, found by the first words of their address: a request looks at a handful of routes, not at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

_CHOSEN = "facet.route"


def endpoints(*routers: APIRouter) -> Iterator[APIRoute]:
    """The routes of the routers and of those that they include without a prefix of their own."""
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                yield route
            elif isinstance(inner := getattr(route, "original_router", None), APIRouter):
                yield from endpoints(inner)


class Table(BaseRoute):
    """A route that stands for many. Of several that fit the first one given is taken, as in any list of routes."""

    def __init__(self, routes: list[APIRoute]) -> None:
        self.routes = routes
        self._by_words: dict[str, list[APIRoute]] = {}
        anywhere = [route for route in routes if "{" in _words(route.path_format)]
        for words in {_words(route.path_format) for route in routes}:
            self._by_words[words] = [r for r in routes if _words(r.path_format) == words or r in anywhere]
        self._anywhere = anywhere

    def candidates(self, path: str) -> list[APIRoute]:
        """The routes that may fit the path, in their order."""
        return self._by_words.get(_words(path), self._anywhere)

    def methods_at(self, path: str) -> set[str]:
        """Every method that some route takes at this path, for the header Allow."""
        fitting = (route for route in self.candidates(path) if route.path_regex.match(path))
        return {method for route in fitting for method in route.methods or ()}

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http":
            return Match.NONE, {}
        partial: tuple[APIRoute, Scope] | None = None
        for route in self.candidates(_path_of(scope)):
            match, inner = route.matches(scope)
            if match == Match.FULL:
                return match, {**inner, _CHOSEN: route}
            if match == Match.PARTIAL and partial is None:
                partial = route, dict(inner)
        if partial is None:
            return self._without_slash(scope)
        return Match.PARTIAL, {**partial[1], _CHOSEN: partial[0]}

    def _without_slash(self, scope: Scope) -> tuple[Match, Scope]:
        """`/inbox/` leads to `/inbox`: by a path of ours, since the Host header that Starlette would use is anybody's word."""
        path = _path_of(scope)
        shorter = path.rstrip("/")
        if shorter == path or scope["method"] != "GET" or "GET" not in self.methods_at(shorter):
            return Match.NONE, {}
        target = quote(str(scope.get("root_path", "")) + shorter)
        query = scope.get("query_string", b"").decode("latin-1")
        return Match.FULL, {_CHOSEN: _Moved(f"{target}?{query}" if query else target)}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope[_CHOSEN].handle(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> Any:
        found = next(route for route in self.routes if route.name == name)
        return found.url_path_for(name, **path_params)


class _Moved:
    """Answers with another address of ours."""

    def __init__(self, target: str) -> None:
        self._target = target

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await RedirectResponse(self._target, 308)(scope, receive, send)


def _words(path: str) -> str:
    """`/api/v1/tasks/…` → `api/v1/tasks`, `/cases/…` → `cases`."""
    words = path.split("/", 4)[1:4]
    return "/".join(words[:3] if words[:1] == ["api"] else words[:1])


def _path_of(scope: Scope) -> str:
    """The path below the one under which a proxy serves the application."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path[len(root) :] if root and path.startswith(f"{root}/") else path
