"""Files of tasks and of instances: uploaded, described, downloaded."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, UploadFile
from starlette.responses import Response, StreamingResponse

import forms
from api.auth import Call, CallDep, Secured, allow
from api.exact import Json
from api.files import UploadField, keep, send
from api.rest.common import EVERYWHERE, V1, Id, Plain
from api.rest.models import tasks as m
from api.rest.models.common import PageOf
from engine import policy
from engine.commands.attachments import RemoveAttachment
from engine.errors import Forbidden
from engine.queries import attachments as q
from engine.queries.definitions import get_definition
from engine.queries.notes import task_instance
from engine.queries.tasks import get_task

router = APIRouter(prefix=V1, tags=["notes"], route_class=Secured, responses=EVERYWHERE)

_BYTES: Final[dict[str, Any]] = {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}


@router.get("/tasks/{id}/attachments", response_model=PageOf[m.Attachment], summary="List a task's files")
@allow("tasks")
def list_task_attachments(call: CallDep, id: Id, page: Plain) -> Json:
    """Files of the task's instance that the caller may read, oldest first."""
    with call.read() as connection:
        return Json(q.list_attachments(connection, call.actor, call.services.definitions, page, task_id=id))


@router.post("/tasks/{id}/attachments", status_code=201, response_model=m.Attachment, summary="Attach a file to a task")
@allow("tasks")
def add_task_attachment(call: CallDep, id: Id, file: UploadFile, field: UploadField = None) -> Json:
    """The form's file fields take the id. What kind of file it is, its content says. Photos and films lose the place where
    they were taken, unless their `field` asks for it (`located`)."""
    form = None
    with call.read() as connection:
        if field:
            form = get_task(connection, call.actor, call.services.definitions, id).form
        else:
            task_instance(connection, call.actor, id)  # before the file is kept
    return Json(keep(call, file, form=form, field=field, task_id=id), 201)


@router.get(
    "/process-instances/{id}/attachments", response_model=PageOf[m.Attachment], summary="List an instance's files"
)
@allow("instances")
def list_instance_attachments(call: CallDep, id: Id, page: Plain) -> Json:
    """Files of the instance that the caller may read, oldest first."""
    with call.read() as connection:
        return Json(q.list_attachments(connection, call.actor, call.services.definitions, page, instance_id=id))


@router.post("/attachments", status_code=201, response_model=m.Attachment, summary="Upload a file for a start form")
@allow("tasks")
def add_attachment(
    call: CallDep,
    file: UploadFile,
    field: UploadField = None,
    process: Annotated[
        str | None,
        Query(max_length=200, description="With `field`: key of the process to be started.", examples=["purchase"]),
    ] = None,
) -> Json:
    """It is its uploader's alone until the start form of a process names it; after some days without it is removed."""
    return Json(keep(call, file, form=_start_form(call, process) if process and field else None, field=field), 201)


def _start_form(call: Call, key: str) -> forms.Form | None:
    with call.read() as connection:
        item = get_definition(connection, call.actor, key)
        if not item.may_start:
            raise Forbidden("You may not start this process.", "您无权发起该流程。", data={"action": policy.START})
        definition = call.services.definitions.get(connection, item.id)
    return definition.form(definition.start_form)


@router.get("/attachments/{id}", response_model=m.Attachment, summary="Describe a file")
@allow("tasks")
def get_attachment(call: CallDep, id: Id) -> Json:
    """Name, type and size of a file that the caller may read."""
    with call.read() as connection:
        return Json(q.find_attachment(connection, call.actor, call.services.definitions, id))


@router.get(
    "/attachments/{id}/content",
    response_class=StreamingResponse,
    responses={
        200: _BYTES,
        206: {"description": "The part that `Range` asked for.", **_BYTES},
        304: {"description": "The caller has it already (`If-None-Match`)."},
        416: {"description": "`Range` begins behind the end of the file."},
    },
    summary="Download a file",
)
@allow("tasks")
def get_attachment_content(
    call: CallDep,
    id: Id,
    inline: Annotated[bool, Query(description="Show it instead of saving it; pictures only.")] = False,
    range: Annotated[
        str | None, Header(max_length=100, description="One range of bytes: `bytes=0-1023`. Others are not looked at.")
    ] = None,
) -> Response:
    """The content as it was kept, as an attachment. What stands in a sensitive variable is given to who was granted
    READ_SENSITIVE, and the audit says so."""
    return send(call, id, inline=inline, typed=True)


@router.delete("/attachments/{id}", status_code=204, response_model=None, summary="Remove a file")
@allow("tasks")
def remove_attachment(call: CallDep, id: Id) -> Json:
    """Its uploader while the task is open, or a manager."""
    call.run(RemoveAttachment(id))
    return Json(status_code=204)
