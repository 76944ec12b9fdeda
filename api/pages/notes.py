"""Comments and files of tasks and cases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Form, UploadFile
from starlette.responses import Response, StreamingResponse

from api.auth import Call, CallDep, Secured, allow
from api.pages import shell
from api.pages.typed import upload
from engine.commands.notes import AddAttachment, AddComment, RemoveAttachment
from engine.files import INLINE
from engine.queries import notes
from engine.queries.instances import find

router = APIRouter(route_class=Secured, include_in_schema=False)

Comment = Annotated[str, Form(max_length=20_000)]
_CHUNK = 256 * 1024


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
    item = upload(call, file, task_id)
    return shell.redirect(call, f"/tasks/{task_id}#files", "attached", name=item.name)


@router.post("/instances/{instance_id}/attachments")
@allow("instances")
def attach_to_instance(call: CallDep, instance_id: str, file: UploadFile) -> Response:
    """Adds a file to a case."""
    with call.read() as connection:
        find(connection, call.actor, instance_id)  # before the file is kept
    limit = call.settings.upload_mb * 1024 * 1024
    stored = call.request.app.state.files.put(file.file, limit=limit)
    item = call.run(AddAttachment(file.filename or "file", stored, instance_id=instance_id))
    return shell.redirect(call, f"/instances/{instance_id}#files", "attached", name=item.name)


@router.post("/files/{attachment_id}/remove")
@allow("tasks")
def remove_file(call: CallDep, attachment_id: str, next: Annotated[str, Form(max_length=2000)] = "") -> Response:
    """Takes a file away again."""
    with call.read() as connection:
        name = notes.get_attachment(connection, call.actor, attachment_id).name
    call.run(RemoveAttachment(attachment_id))
    return shell.redirect(call, shell.own_path(next), "detached", name=name)


@router.get("/files/{attachment_id}")
@allow("tasks")
def download(call: CallDep, attachment_id: str) -> Response:
    """The file. Pictures are shown; everything else is saved and never opened as a page of ours."""
    with call.read() as connection:
        item = notes.get_attachment(connection, call.actor, attachment_id)
    return sent(call, item)


def sent(call: Call, item: notes.AttachmentItem) -> Response:
    """A file as an answer: its type is what its content showed, its name is only a proposal."""
    stream = call.request.app.state.files.open(item.digest)
    kind = item.media_type if item.media_type in INLINE else "application/octet-stream"
    headers = {
        "Content-Disposition": shell.disposition(item.name, inline=item.media_type in INLINE),
        "Content-Length": str(item.size),
        "Cache-Control": "private, max-age=300",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }

    def chunks() -> Iterator[bytes]:
        with stream:
            while chunk := stream.read(_CHUNK):
                yield chunk

    return StreamingResponse(chunks(), media_type=kind, headers=headers)
