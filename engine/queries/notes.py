"""What people said about an instance; files see `engine.queries.attachments`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from engine import policy
from engine.actor import Actor
from engine.queries.instances import find
from engine.queries.paging import Page, PageRequest, order
from engine.store import tables as t

_m = t.comment.c


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
