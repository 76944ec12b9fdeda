"""What people added to an instance: comments and attachments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from engine import policy
from engine.actor import Actor
from engine.errors import NotFound
from engine.queries.instances import find
from engine.queries.paging import Page, PageRequest, order
from engine.store import tables as t

_m, _f = t.comment.c, t.attachment.c


@dataclass(frozen=True, slots=True)
class CommentItem:
    """What somebody said about an instance or one of its tasks."""

    id: str
    instance_id: str
    task_id: str | None
    author: str
    author_name: str
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AttachmentItem:
    """A file; `size` in bytes, `digest` the SHA-256 of its content and its address in the file store."""

    id: str
    instance_id: str | None
    task_id: str | None
    name: str
    media_type: str
    size: int
    digest: str
    uploaded_by: str
    created_at: datetime


def task_instance(connection: Connection, actor: Actor, task_id: str) -> str:
    """The instance of a task that the actor may see. NotFound."""
    row = connection.execute(select(t.task).where(t.task.c.id == task_id)).one_or_none()
    if row is None or not policy.may_see_task(actor, row):
        raise policy.no_task()
    return str(row.instance_id)


def list_comments(
    connection: Connection,
    actor: Actor,
    request: PageRequest,
    *,
    instance_id: str | None = None,
    task_id: str | None = None,
) -> Page[CommentItem]:
    """Comments of an instance, or of the instance of a task; oldest first. NotFound."""
    where = _instance(connection, actor, instance_id, task_id)
    chosen = order(request, {"id": _m.id}, _m.id, "id")
    query = (
        select(*t.comment.c, t.user.c.name.label("author_name"), _m.id.label("sort_value"))
        .outerjoin(t.user, t.user.c.username == _m.author)
        .where(_m.instance_id == where)
    )

    def comment(row: Any) -> CommentItem:
        name = row.author_name or row.author
        return CommentItem(row.id, row.instance_id, row.task_id, row.author, name, row.text, row.created_at)

    return chosen.page(connection.execute(chosen.apply(query)), comment)


def _instance(connection: Connection, actor: Actor, instance_id: str | None, task_id: str | None) -> str:
    if task_id is not None:
        return task_instance(connection, actor, task_id)
    assert instance_id is not None
    return find(connection, actor, instance_id).id


def list_attachments(
    connection: Connection,
    actor: Actor,
    request: PageRequest,
    *,
    instance_id: str | None = None,
    task_id: str | None = None,
) -> Page[AttachmentItem]:
    """Attachments of an instance, or of the instance of a task; oldest first. NotFound."""
    where = _instance(connection, actor, instance_id, task_id)
    chosen = order(request, {"id": _f.id}, _f.id, "id")
    query = select(*t.attachment.c, _f.id.label("sort_value")).where(_f.instance_id == where)
    return chosen.page(connection.execute(chosen.apply(query)), attachment_item)


def get_attachment(connection: Connection, actor: Actor, attachment_id: str) -> AttachmentItem:
    """An attachment of an instance that the actor may see, or an own upload that belongs to none yet. NotFound."""
    row = connection.execute(select(t.attachment).where(_f.id == attachment_id)).one_or_none()
    if row is None:
        raise no_attachment()
    if row.instance_id is None and row.uploaded_by != actor.username:
        raise no_attachment()
    if row.instance_id is not None:
        try:
            find(connection, actor, row.instance_id)
        except NotFound:
            raise no_attachment() from None
    return attachment_item(row)


def no_attachment() -> NotFound:
    """The answer for a file that is not there or not for this actor."""
    return NotFound("There is no such file, or you may not see it.", "没有该文件，或您无权查看。")


def attachment_item(row: Any) -> AttachmentItem:
    """The view of an attachment's row."""
    return AttachmentItem(
        row.id, row.instance_id, row.task_id, row.name, row.media_type, row.size, row.digest, row.uploaded_by,
        row.created_at,
    )  # fmt: skip
