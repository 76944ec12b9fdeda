"""Comments and files of tasks and cases."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, UploadFile
from starlette.responses import Response

from api.auth import CallDep, Secured, allow
from api.files import keep, send
from api.pages import shell
from engine.commands.attachments import RemoveAttachment
from engine.commands.notes import AddComment
from engine.queries import notes
from engine.queries.attachments import find_attachment
from engine.queries.instances import find

router = APIRouter(route_class=Secured, include_in_schema=False)

Comment = Annotated[str, Form(max_length=20_000)]


@router.post("/tasks/{task_id}/comments")
@allow("tasks")
def comment_task(call: CallDep, task_id: str, text: Comment = "") -> Response:
    """Says something about a task; everybody who sees its case reads it."""
    call.run(AddComment(text, task_id=task_id))
    return shell.redirect(call, f"/tasks/{task_id}#comments", "commented")


@router.post("/instances/{instance_id}/comments")
@allow("instances")
def comment_instance(call: CallDep, instance_id: str, text: Comment = "") -> Response:
    """Says something about a case."""
    call.run(AddComment(text, instance_id=instance_id))
    return shell.redirect(call, f"/instances/{instance_id}#comments", "commented")


@router.post("/tasks/{task_id}/attachments")
@allow("tasks")
def attach_to_task(call: CallDep, task_id: str, file: UploadFile) -> Response:
    """Adds a file to a task's case, outside of its form."""
    with call.read() as connection:
        notes.task_instance(connection, call.actor, task_id)  # before the file is kept
    item = keep(call, file, task_id=task_id)
    return shell.redirect(call, f"/tasks/{task_id}#files", "attached", name=item.name)


@router.post("/instances/{instance_id}/attachments")
@allow("instances")
def attach_to_instance(call: CallDep, instance_id: str, file: UploadFile) -> Response:
    """Adds a file to a case."""
    with call.read() as connection:
        find(connection, call.actor, instance_id)  # before the file is kept
    item = keep(call, file, instance_id=instance_id)
    return shell.redirect(call, f"/instances/{instance_id}#files", "attached", name=item.name)


@router.post("/files/{attachment_id}/remove")
@allow("tasks")
def remove_file(call: CallDep, attachment_id: str, next: Annotated[str, Form(max_length=2000)] = "") -> Response:
    """Takes a file away again."""
    with call.read() as connection:
        name = find_attachment(connection, call.actor, call.services.definitions, attachment_id).name
    call.run(RemoveAttachment(attachment_id))
    return shell.redirect(call, shell.own_path(next), "detached", name=name)


@router.get("/files/{attachment_id}")
@allow("tasks")
def download(call: CallDep, attachment_id: str) -> Response:
    """The file. Pictures are shown; everything else is saved and never opened as a page of ours."""
    return send(call, attachment_id, inline=True, typed=False)
