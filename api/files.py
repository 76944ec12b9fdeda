"""Files on their way in and out, for the REST API and the pages alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, BinaryIO, Final
from urllib.parse import quote

from fastapi import Query
from starlette.datastructures import UploadFile
from starlette.responses import Response, StreamingResponse

import forms
from api.auth import Call
from engine.commands.attachments import AddAttachment, RevealAttachment, accepted
from engine.errors import FacetError, InvalidInput
from engine.files import INLINE, Stored, safe_name
from engine.files.store import too_large
from engine.queries.attachments import AttachmentItem, find_attachment, place_of

_CHUNK: Final = 256 * 1024
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_POLICY: Final = "default-src 'none'; sandbox"
"""Of a file that a browser shows: it runs nothing and is nobody's page."""


UploadField = Annotated[
    str | None,
    Query(
        max_length=400,
        description="The form's field that the file is for, such as `photos` or `lines.0.photo`: its limits hold, and a field "
        "that asks for it keeps a photo's position. Without a field the file is for everybody who sees the case.",
        examples=["photos"],
    ),
]

# --- in -------------------------------------------------------------------------------------------------------------------


def keep(
    call: Call,
    file: UploadFile,
    *,
    form: forms.Form | None = None,
    field: str | None = None,
    task_id: str | None = None,
    instance_id: str | None = None,
) -> AttachmentItem:
    """Keeps an upload and attaches it: to the task's case, to the instance, or (neither) for the start of a case. With
    `field`, a control's name in `form`, as that field wants it. FileTooLarge, InvalidInput, Conflict, NotFound."""
    asked = _asked(form, field) if field else None
    allowed = call.settings.upload_mb * 1024 * 1024
    limit = min(asked.max_bytes or allowed, allowed) if asked is not None else allowed
    name = file.filename or "file"
    if file.size is not None and file.size > limit:
        raise too_large(limit, safe_name(name, "text/plain"))
    position = asked is not None and asked.keeps_position
    stored = call.files.put(file.file, limit=limit, keep_position=position)
    try:
        _check_kind(name, stored, asked)
        path = ".".join(part for part in field.split(".") if not part.isdigit()) if field else None
        added = call.run(AddAttachment(name, stored, task_id, instance_id, path))
    except FacetError:
        call.files.remove(stored.place)  # a crash before this leaves it without a row: the worker removes it
        raise
    if added.place != stored.place:
        call.files.remove(stored.place)  # the same content was there before
    return added.item


def _asked(form: forms.Form | None, field: str) -> forms.Field:
    found = form.upload(field) if form is not None else None
    if found is None:
        raise InvalidInput(f"The form has no field “{field[:100]}” for files.", f"表单没有文件字段“{field[:100]}”。")
    return found


def _check_kind(name: str, stored: Stored, asked: forms.Field | None) -> None:
    if asked is None or not asked.takes or accepted(safe_name(name, stored.media_type), stored.media_type, asked.takes):
        return
    kinds = asked.takes
    raise InvalidInput(
        f"“{name[:100]}” is not one of: {', '.join(kinds)}.", f"“{name[:100]}”不是允许的文件类型：{'、'.join(kinds)}。"
    )


# --- out ------------------------------------------------------------------------------------------------------------------


def send(call: Call, attachment_id: str, *, inline: bool, typed: bool) -> Response:
    """The content of a file that the caller may read; its name is only a proposal, its type what the content showed.

    `inline`: pictures may be shown; everything else is only ever saved. `typed`: programs are told its media type, browsers
    (False) one that they do not open. Answers to `Range` and `If-None-Match`. NotFound, FilesUnavailable.
    """
    with call.read() as connection:
        item = find_attachment(connection, call.actor, call.services.definitions, attachment_id)
    hidden = item.masked
    if hidden:
        item = call.run(RevealAttachment(attachment_id))
    with call.read() as connection:
        place = place_of(connection, attachment_id)
    shown = inline and item.media_type in INLINE
    tag = f'"{item.digest}"'
    headers = {
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "Content-Disposition": disposition(safe_name(item.name, item.media_type), inline=shown),
        "Content-Security-Policy": _POLICY,
        "Cache-Control": "no-store" if hidden else "private, max-age=300",
    }
    if not hidden and tag in call.request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    kind = item.media_type if shown or typed else "application/octet-stream"
    kind = "text/plain; charset=utf-8" if kind == "text/plain" else kind
    wanted = _range(call, tag, item.size)
    if wanted is None:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{item.size}"})
    first, after = wanted
    headers["Content-Length"] = str(after - first)
    part = after - first != item.size
    if part:
        headers["Content-Range"] = f"bytes {first}-{after - 1}/{item.size}"
    content = call.files.open(place)
    return StreamingResponse(_chunks(content, first, after), 206 if part else 200, headers, kind)


def _range(call: Call, tag: str, size: int) -> tuple[int, int] | None:
    """From where to where (RFC 9110, 14.2): one range, else everything. None: it lies behind the end."""
    match = _RANGE.fullmatch(call.request.headers.get("range", ""))
    condition = call.request.headers.get("if-range", tag)
    if match is None or match.groups() == ("", "") or condition != tag:
        return 0, size
    first, last = match.groups()
    if not first:
        return (max(size - int(last), 0), size) if int(last) else None
    if int(first) >= size or (last and int(last) < int(first)):
        return None
    return int(first), min(int(last) + 1, size) if last else size


def _chunks(content: BinaryIO, first: int, after: int) -> Iterator[bytes]:
    with content:
        content.seek(first)
        left = after - first
        while left > 0 and (chunk := content.read(min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk


def disposition(name: str, *, inline: bool = False) -> str:
    """Content-Disposition with a file's name in any script (RFC 6266)."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\;%' else "_" for c in name)
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
