"""Every route has a rule, or the application does not start: who may call it at all, and under which scope a token may.

    router = APIRouter(route_class=Secured)

    @router.get("/tasks")
    @allow("tasks")                      # everybody who is signed in; API tokens need the scope "tasks", or "read" for a GET
    def list_tasks(call: CallDep, …): …

`Secured` finds out who calls (`Call.enter`) in the same worker thread that runs the endpoint, so that a request hops threads
once. What an actor may do with one task or instance is decided by `engine.policy` and the queries.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.exact import ExactRequest

F = TypeVar("F", bound=Callable[..., Any])
_MARK = "__facet_rule__"
_DONE = "__facet_secured__"


@dataclass(frozen=True, slots=True)
class Rule:
    """`scope`: what an API token must carry; `roles`: one of them is needed (none named: whoever is signed in);
    `public`: nobody has to be signed in."""

    scope: str = ""
    roles: tuple[str, ...] = ()
    public: bool = False
    action: str = ""
    """An action of `engine.policy` that the caller has to hold on some process; the command asks about the one in hand."""
    signed: bool = False
    """The message itself proves whose it is: no session, no API token, no origin is looked at."""


def allow(scope: str, *roles: str, action: str = "") -> Callable[[F], F]:
    """The endpoint is for people who are signed in; where `roles` or an `action` are named, for those with one of the roles
    and those who were granted the action on some process."""
    return _marked(Rule(scope, roles, action=action))


def public(endpoint: F) -> F:
    """The endpoint is for everybody; `call.caller` is None for strangers."""
    return _marked(Rule(public=True))(endpoint)


def signed(endpoint: F) -> F:
    """The endpoint is for machines that sign what they send; it verifies that itself. `call.caller` is None."""
    return _marked(Rule(public=True, signed=True))(endpoint)


def _marked(rule: Rule) -> Callable[[F], F]:
    def mark(endpoint: F) -> F:
        setattr(endpoint, _MARK, rule)
        return endpoint

    return mark


def rule_of(endpoint: Callable[..., Any]) -> Rule | None:
    """The rule of an endpoint; None when it has none."""
    return getattr(endpoint, _MARK, None)


class Secured(APIRoute):
    """A route that asks its rule first. TypeError at import for an endpoint without a rule or without `call: CallDep`."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        rule = rule_of(endpoint)
        if rule is None:
            raise TypeError(f"{path}: {endpoint.__qualname__} has no rule; say @allow(…) or @public")
        if not rule.public:
            extra = {"security": [{"token": []}], **(options.get("openapi_extra") or {})}
            options["openapi_extra"] = extra
        self.rule = rule
        options["operation_id"] = options.get("operation_id") or endpoint.__name__
        super().__init__(path, _guarded(endpoint, rule, path), **options)

    def get_route_handler(self) -> Callable[[Request], Any]:
        handler = super().get_route_handler()

        async def exact(request: Request) -> Response:
            if not self.rule.public and request.headers.get("content-type", "").startswith("multipart/"):
                await run_in_threadpool(request.app.state.admit, request)  # before a file is read for nobody
            response: Response = await handler(ExactRequest(request.scope, request.receive))
            return response

        return exact


def _guarded(endpoint: Callable[..., Any], rule: Rule, path: str) -> Callable[..., Any]:
    if getattr(endpoint, _DONE, False):
        return endpoint
    if "call" not in inspect.signature(endpoint).parameters:
        raise TypeError(f"{path}: {endpoint.__qualname__} has to take call: CallDep")

    @functools.wraps(endpoint)
    def guarded(**arguments: Any) -> Any:
        arguments["call"].enter(rule)
        return endpoint(**arguments)

    @functools.wraps(endpoint)
    async def guarded_async(**arguments: Any) -> Any:
        await run_in_threadpool(arguments["call"].enter, rule)
        return await endpoint(**arguments)

    chosen = guarded_async if inspect.iscoroutinefunction(endpoint) else guarded
    setattr(chosen, _DONE, True)
    return chosen
