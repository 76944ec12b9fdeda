"""`/api/v1/grants`: who was granted what, beside what roles give."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.auth import CallDep, Secured, allow
from api.exact import Json
from api.rest.common import EVERYWHERE, V1, Id, Plain
from api.rest.models import grants as m
from api.rest.models.common import Created, PageOf, Str
from engine import policy
from engine.commands.grants import GrantPermission, RevokePermission
from engine.queries import grants as q

router = APIRouter(prefix=V1, tags=["permissions"], route_class=Secured, responses=EVERYWHERE)


@router.get("/grants", response_model=PageOf[m.Grant], summary="List permissions")
@allow("users", action=policy.GRANT)
def list_grants(
    call: CallDep,
    page: Plain,
    subject: Annotated[Str | None, Query(max_length=200, description="Username or group key.")] = None,
    process: Annotated[Str | None, Query(max_length=200, description="Those on this process and on all.")] = None,
) -> Json:
    """Permissions on the processes whose permissions the caller may give; in order of the processes."""
    with call.read() as connection:
        return Json(q.list_grants(connection, call.actor, page, subject=subject, process=process))


@router.post("/grants", status_code=201, response_model=Created, summary="Give a permission")
@allow("users", action=policy.GRANT)
def grant_permission(call: CallDep, body: m.NewGrant) -> Json:
    """Nobody gives what they do not hold. What was granted before keeps its id."""
    command = GrantPermission(body.subject_kind, body.subject, body.resource, body.resource_id, body.action)
    return Json({"id": call.run(command)}, 201)


@router.delete("/grants/{id}", status_code=204, response_model=None, summary="Take a permission away")
@allow("users", action=policy.GRANT)
def revoke_permission(call: CallDep, id: Id) -> Json:
    """It ends with the next request of whoever had it."""
    call.run(RevokePermission(id))
    return Json(status_code=204)
