"""`/api/v1/external-tasks`: workers outside fetch and lock by topic, extend, complete, fail, throw a BPMN error."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.auth import CallDep, Secured, allow
from api.exact import Json
from api.rest.common import EVERYWHERE, V1, Id, Plain
from api.rest.models import instances as m
from api.rest.models.common import PageOf, Str
from engine.commands.external import (
    CompleteExternalTask,
    ExtendLock,
    FailExternalTask,
    FetchAndLock,
    ThrowBpmnError,
)
from engine.queries import incidents as q

router = APIRouter(prefix=f"{V1}/external-tasks", tags=["external tasks"], route_class=Secured, responses=EVERYWHERE)
WORKERS = ("integration", "manager", "admin")


@router.get("", response_model=PageOf[m.ExternalTask], summary="List external tasks")
@allow("external-tasks", *WORKERS, "owner")
def list_external_tasks(
    call: CallDep,
    page: Plain,
    topic: Annotated[Str | None, Query(max_length=200)] = None,
    instance_id: Annotated[Str | None, Query(max_length=64)] = None,
) -> Json:
    """Work that waits outside, oldest first."""
    with call.read() as connection:
        return Json(q.list_external(connection, call.actor, page, topic=topic, instance_id=instance_id))


@router.post("/fetch-and-lock", response_model=list[m.ExternalTask], summary="Fetch and lock")
@allow("external-tasks", *WORKERS)
def fetch_and_lock(call: CallDep, body: m.Fetch) -> Json:
    """Takes open tasks of the topics for this worker; nobody else gets them until the lock runs out."""
    rows = call.run(FetchAndLock(body.worker_id, body.topics, body.count, body.seconds))
    return Json([q.external_item(row) for row in rows])


@router.post("/{id}/extend", status_code=204, response_model=None, summary="Extend a lock")
@allow("external-tasks", *WORKERS)
def extend_lock(call: CallDep, id: Id, body: m.Extension) -> Json:
    """More time for the worker that holds the lock."""
    call.run(ExtendLock(id, body.worker_id, body.seconds))
    return Json(status_code=204)


@router.post("/{id}/complete", status_code=204, response_model=None, summary="Complete an external task")
@allow("external-tasks", *WORKERS)
def complete_external_task(call: CallDep, id: Id, body: m.ExternalResult) -> Json:
    """The work is done; the data goes into the instance."""
    call.run(CompleteExternalTask(id, body.data, body.worker_id))
    return Json(status_code=204)


@router.post("/{id}/failure", status_code=204, response_model=None, summary="Fail an external task")
@allow("external-tasks", *WORKERS)
def fail_external_task(call: CallDep, id: Id, body: m.ExternalFailure) -> Json:
    """Tried again later, or an incident when no attempts are left."""
    call.run(FailExternalTask(id, body.message, body.worker_id, body.retries, body.retry_seconds))
    return Json(status_code=204)


@router.post("/{id}/bpmn-error", status_code=204, response_model=None, summary="Throw a BPMN error")
@allow("external-tasks", *WORKERS)
def throw_bpmn_error(call: CallDep, id: Id, body: m.ExternalError) -> Json:
    """The diagram's error events take it."""
    call.run(ThrowBpmnError(id, body.code, body.message, body.data, body.worker_id))
    return Json(status_code=204)
