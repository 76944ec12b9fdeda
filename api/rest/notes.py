"""Comments on tasks and on instances."""

from __future__ import annotations

from fastapi import APIRouter

from api.auth import CallDep, Secured, allow
from api.exact import Json
from api.rest.common import EVERYWHERE, V1, Id, Plain
from api.rest.models import tasks as m
from api.rest.models.common import Created, PageOf
from engine.commands.notes import AddComment
from engine.queries import notes as q

router = APIRouter(prefix=V1, tags=["notes"], route_class=Secured, responses=EVERYWHERE)


@router.get("/tasks/{id}/comments", response_model=PageOf[m.Comment], summary="List a task's comments")
@allow("tasks")
def list_task_comments(call: CallDep, id: Id, page: Plain) -> Json:
    """What was said about the task's instance, oldest first."""
    with call.read() as connection:
        return Json(q.list_comments(connection, call.actor, page, task_id=id))


@router.post("/tasks/{id}/comments", status_code=201, response_model=Created, summary="Comment on a task")
@allow("tasks")
def add_task_comment(call: CallDep, id: Id, body: m.NewComment) -> Json:
    """Everybody who may see the instance reads it."""
    return Json({"id": call.run(AddComment(body.text, task_id=id))}, 201)


@router.get("/process-instances/{id}/comments", response_model=PageOf[m.Comment], summary="List an instance's comments")
@allow("instances")
def list_instance_comments(call: CallDep, id: Id, page: Plain) -> Json:
    """What was said about the instance and its tasks, oldest first."""
    with call.read() as connection:
        return Json(q.list_comments(connection, call.actor, page, instance_id=id))


@router.post(
    "/process-instances/{id}/comments", status_code=201, response_model=Created, summary="Comment on an instance"
)
@allow("instances")
def add_instance_comment(call: CallDep, id: Id, body: m.NewComment) -> Json:
    """Everybody who may see the instance reads it."""
    return Json({"id": call.run(AddComment(body.text, instance_id=id))}, 201)
