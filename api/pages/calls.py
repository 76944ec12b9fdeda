"""For who draws diagrams: what service tasks can call, and by which connectors."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from api.auth import CallDep, Secured, allow
from api.pages import shell
from api.pages.connectors import KIND_NAMES
from engine import policy
from engine.connectors.catalogue import CATALOGUE
from engine.queries import connectors as q

router = APIRouter(route_class=Secured, include_in_schema=False)

GROUPS: Final = tuple(tuple(ones) for _, ones in groupby(CATALOGUE.values(), key=lambda one: (one.kind, one.result)))
"""Operations that differ in little stand together: the last of a group has all its parameters."""


@router.get("/operations")
@allow("definitions", action=policy.DEPLOY)
def show_operations(call: CallDep) -> Response:
    """Operations with their parameters, connectors by key; no addresses."""
    with call.read() as connection:
        connectors = q.list_choices(connection, call.actor)
    values: dict[str, Any] = {
        "connectors": connectors,
        "groups": GROUPS,
        "kind_names": KIND_NAMES,
    }
    return shell.page(call, "definitions/operations.html", "definitions", **values)
