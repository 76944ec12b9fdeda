"""What operators and other systems do: incidents, jobs, messages, signals."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from api.auth import CallDep, Secured, allow
from api.exact import Json
from api.rest.common import EVERYWHERE, V1, Id, sorted_by
from api.rest.models import instances as m
from api.rest.models.common import PageOf, Str
from engine import policy
from engine.commands.instances import RetryIncident
from engine.commands.messages import BroadcastSignal, CorrelateMessage
from engine.queries import incidents as q
from engine.queries.paging import PageRequest

router = APIRouter(prefix=V1, route_class=Secured, responses=EVERYWHERE)


@router.get("/incidents", response_model=PageOf[m.Incident], tags=["incidents"], summary="List incidents")
@allow("instances", action=policy.READ_INSTANCE)
def list_incidents(
    call: CallDep,
    page: Annotated[PageRequest, sorted_by("created")],
    status: Annotated[Str, Query(max_length=12, description="open or resolved")] = "open",
    definition_key: Annotated[Str | None, Query(max_length=200)] = None,
    instance_id: Annotated[Str | None, Query(max_length=64)] = None,
) -> Json:
    """What an operator has to look at, newest first. Sort: created."""
    with call.read() as connection:
        found = q.list_incidents(
            connection, call.actor, page, status=status, definition_key=definition_key, instance_id=instance_id
        )
    return Json(found)


@router.post(
    "/incidents/{id}/retry", status_code=204, response_model=None, tags=["incidents"], summary="Try again what failed"
)
@allow("instances", action=policy.MODIFY)
def retry_incident(call: CallDep, id: Id, body: m.Retry) -> Json:
    """After variables were corrected, where some are given."""
    call.run(RetryIncident(id, body.variables))
    return Json(status_code=204)


@router.get("/jobs", response_model=PageOf[m.Job], tags=["jobs"], summary="List jobs")
@allow("instances", action=policy.READ_INSTANCE)
def list_jobs(
    call: CallDep,
    page: Annotated[PageRequest, sorted_by("due", "created")],
    status: Annotated[Str | None, Query(max_length=12, description="due, suspended or failed")] = None,
    kind: Annotated[Str | None, Query(max_length=24, description="timer, service, call, …")] = None,
    instance_id: Annotated[Str | None, Query(max_length=64)] = None,
) -> Json:
    """What the worker is to do, in order of time. Sorts: due, created."""
    with call.read() as connection:
        return Json(q.list_jobs(connection, call.actor, page, status=status, kind=kind, instance_id=instance_id))


@router.post("/messages", response_model=m.Delivery, tags=["messages"], summary="Correlate a message")
@allow("messages", "integration", action=policy.MODIFY)
def correlate_message(call: CallDep, body: m.Message) -> Json:
    """Reaches the one instance that waits for it, or starts a process; held until somebody waits or it expires."""
    expires = timedelta(seconds=body.expires_in_seconds) if body.expires_in_seconds is not None else None
    receivers = call.run(
        CorrelateMessage(body.name, body.payload, body.business_key, body.correlation, body.message_id, expires)
    )
    return Json({"receivers": receivers})


@router.post("/signals", response_model=m.Delivery, tags=["messages"], summary="Broadcast a signal")
@allow("messages", action=policy.MODIFY)
def broadcast_signal(call: CallDep, body: m.Signal) -> Json:
    """Reaches everybody who listens now."""
    return Json({"receivers": call.run(BroadcastSignal(body.name, body.payload))})
