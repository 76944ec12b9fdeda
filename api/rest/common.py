"""What REST endpoints share: parameters of lists, the description of problems, the revision in ETag and If-Match."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Depends, Header, Query
from fastapi.params import Path

from api.problems import MEDIA_TYPE
from api.rest.models.common import Str
from engine.queries.paging import MOST, PageRequest

V1: Final = "/api/v1"
PROBLEM: Final[Mapping[str, Any]] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def problem_answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an operation for these statuses."""
    return {status: {"description": _MEANINGS[status], "content": dict(PROBLEM)} for status in statuses}


_MEANINGS: Final[Mapping[int, str]] = {
    400: "The request cannot be read.",
    401: "No valid session or API token.",
    403: "Not for this caller.",
    404: "No such thing, or not for this caller.",
    408: "The body did not come in time.",
    409: "Somebody or something was faster, or the state does not allow it.",
    412: "It has changed since the revision in If-Match.",
    413: "Too large.",
    415: "Not JSON.",
    422: "Not accepted: `errors` says which part and why.",
    429: "Too many attempts; `Retry-After` says when to try again.",
    503: "Busy or not ready.",
}
EVERYWHERE: Final = problem_answers(400, 401, 403, 404, 408, 409, 413, 422, 429, 503)


Cursor = Annotated[
    str | None, Query(max_length=2000, pattern="^[A-Za-z0-9_-]+$", description="`next` of the page before.")
]


def sorted_by(*names: str) -> Any:
    """The dependency of a list that can be sorted by these names."""
    known = "|".join(names)
    said = f"{', '.join(names)}; with “-” in front descending."

    async def page(
        limit: Annotated[int, Query(ge=1, le=MOST, description="Entries of a page.")] = 50,
        cursor: Cursor = None,
        sort: str | None = Query(None, pattern=f"^-?({known})$", description=said),
    ) -> PageRequest:
        return PageRequest(limit, cursor, sort or "")

    return Depends(page)


async def _plain_page(
    limit: Annotated[int, Query(ge=1, le=MOST, description="Entries of a page.")] = 50,
    cursor: Cursor = None,
) -> PageRequest:
    return PageRequest(limit, cursor)


Plain = Annotated[PageRequest, Depends(_plain_page)]
"""A page of a list with one order."""

Id = Annotated[Str, Path(max_length=64, description="Id (UUIDv7).")]
Key = Annotated[Str, Path(max_length=200, description="Key.")]

_ETAG = re.compile(r'(?:W/)?"([0-9]{1,9})"')


async def _revision(
    if_match: Annotated[
        Str | None, Header(max_length=40, description="ETag of the task as you saw it: refused with 412 if it changed.")
    ] = None,
) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    found = _ETAG.fullmatch(if_match.strip())
    return int(found[1]) if found is not None else -1  # the ETag of something else: no revision is like it


Revision = Annotated[int | None, Depends(_revision)]


def etag(revision: int) -> dict[str, str]:
    """The header that names a revision."""
    return {"ETag": f'"{revision}"'}
