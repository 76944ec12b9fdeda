"""Comments and attachments, of tasks and of instances."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, BinaryIO
from urllib.parse import quote

from fastapi import APIRouter, UploadFile
from fastapi.params import Query
from starlette.responses import StreamingResponse

from api.auth import CallDep, Secured, allow
from api.exact import Json
from api.rest.common import EVERYWHERE, V1, Id, Plain
from api.rest.models import tasks as m
from api.rest.models.common import Created, PageOf
from engine.commands.notes import AddAttachment, AddComment, RemoveAttachment
from engine.files import INLINE
from engine.queries import notes as q

router = APIRouter(prefix=V1, tags=["notes"], route_class=Secured, responses=EVERYWHERE)
_CHUNK = 256 * 1024


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


@router.get("/tasks/{id}/attachments", response_model=PageOf[m.Attachment], summary="List a task's files")
@allow("tasks")
def list_task_attachments(call: CallDep, id: Id, page: Plain) -> Json:
    """Files of the task's instance, oldest first."""
    with call.read() as connection:
        return Json(q.list_attachments(connection, call.actor, page, task_id=id))


@router.post("/tasks/{id}/attachments", status_code=201, response_model=m.Attachment, summary="Attach a file to a task")
@allow("tasks")
def add_task_attachment(call: CallDep, id: Id, file: UploadFile) -> Json:
    """The form's file fields take the id. What kind of file it is, its content says."""
    with call.read() as connection:
        q.task_instance(connection, call.actor, id)  # before the file is kept
    return _attach(call, file, task_id=id)


@router.get(
    "/process-instances/{id}/attachments", response_model=PageOf[m.Attachment], summary="List an instance's files"
)
@allow("instances")
def list_instance_attachments(call: CallDep, id: Id, page: Plain) -> Json:
    """Files of the instance, oldest first."""
    with call.read() as connection:
        return Json(q.list_attachments(connection, call.actor, page, instance_id=id))


@router.post("/attachments", status_code=201, response_model=m.Attachment, summary="Upload a file for a start form")
@allow("tasks")
def add_attachment(call: CallDep, file: UploadFile) -> Json:
    """It is its uploader's alone until the start form of a process names it."""
    return _attach(call, file)


def _attach(call: CallDep, file: UploadFile, *, task_id: str | None = None) -> Json:
    stored = call.files.put(file.file, limit=call.settings.upload_mb * 1024 * 1024)
    return Json(call.run(AddAttachment(file.filename or "file", stored, task_id=task_id)), 201)


@router.get("/attachments/{id}", response_model=m.Attachment, summary="Describe a file")
@allow("tasks")
def get_attachment(call: CallDep, id: Id) -> Json:
    """Name, type and size of a file that the caller may see."""
    with call.read() as connection:
        return Json(q.get_attachment(connection, call.actor, id))


@router.get(
    "/attachments/{id}/content",
    response_class=StreamingResponse,
    responses={200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}},
    summary="Download a file",
)
@allow("tasks")
def get_attachment_content(
    call: CallDep,
    id: Id,
    inline: Annotated[bool, Query(description="Show it instead of saving it; pictures only.")] = False,
) -> StreamingResponse:
    """The content as it was uploaded."""
    with call.read() as connection:
        item = q.get_attachment(connection, call.actor, id)
    shown = inline and item.media_type in INLINE
    headers = {
        "Content-Length": str(item.size),
        "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(item.name)}",
        "Cache-Control": "private, max-age=3600",
    }
    media_type = item.media_type if item.media_type != "text/plain" else "text/plain; charset=utf-8"
    return StreamingResponse(_chunks(call.files.open(item.digest)), headers=headers, media_type=media_type)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    with stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


@router.delete("/attachments/{id}", status_code=204, response_model=None, summary="Remove a file")
@allow("tasks")
def remove_attachment(call: CallDep, id: Id) -> Json:
    """Its uploader while the task is open, or a manager."""
    call.run(RemoveAttachment(id))
    return Json(status_code=204)
