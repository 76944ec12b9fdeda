"""Errors as pages: what happened and what to do, in the reader's language; programs and scripts get problem details."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.auth import Call
from api.pages import shell
from api.problems import describe

_FOR_PROGRAMS = ("/api/", "/health", "/metrics", "/static/")


def page_problem(request: Request, error: Exception) -> Response | None:
    """The answer to a page request that failed; None: the caller is no reader, and problem details are for it."""
    if request.url.path.removeprefix(shell.root_of(request)).startswith(_FOR_PROGRAMS):
        return None
    call = Call(request, request.app.state.services, request.app.state.settings, None)
    problem = describe(error, call.lang)
    if shell.is_htmx(call):
        return _to_sign_in(call, script=True) if problem.status == 401 else None
    if "text/html" not in request.headers.get("accept", ""):
        return None
    if problem.status == 401 and getattr(error, "code", "") == "sign-in-required":
        return _to_sign_in(call, script=False)
    id = call.request_id if problem.status >= 500 else None
    response = shell.solo(
        call, "error.html", status=problem.status, heading=problem.title, sentence=problem.detail, request_id=id
    )
    response.headers.update(getattr(error, "headers", None) or {})
    return response


def _to_sign_in(call: Call, *, script: bool) -> Response:
    """Strangers sign in and come back to where they were."""
    request = call.request
    if script:
        here = _parts(request.headers.get("hx-current-url", ""))
    elif request.method == "GET":
        here = _parts(str(request.url))
    else:
        here = _parts(request.headers.get("referer", ""))
    path = here.path.removeprefix(shell.root_of(request)) + (f"?{here.query}" if here.query else "")
    target = shell.address(call, "/sign-in", next=shell.own_path(path, ""))
    if script:
        return Response(status_code=204, headers={"HX-Redirect": target})
    return RedirectResponse(target, 303)


def _parts(address: str) -> SplitResult:
    """The parts of an address that somebody sent; of what is none, nothing."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")
