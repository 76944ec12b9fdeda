"""Files that people attached, and who may read which.

A file of the whole case is for everybody who sees the case. A file of a form's field is a value of that field: for who
uploaded it, who reads the process's variables, and who has a task whose form shows it. In a sensitive variable it is hidden
from the others, also from who reads variables; who was granted READ_SENSITIVE gets it, and the audit keeps that they did.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, case, select

from engine import policy
from engine.actor import Actor
from engine.definitions import Definitions
from engine.errors import NotFound
from engine.privacy import MASK
from engine.queries.instances import InstanceItem, find
from engine.queries.notes import task_instance
from engine.queries.paging import Page, PageRequest, order
from engine.queries.tasks import get_task
from engine.store import tables as t

MOST_TASKS: Final = 100
"""Open tasks of a case whose forms are looked at for a file."""

_f = t.attachment.c


@dataclass(frozen=True, slots=True)
class AttachmentItem:
    """A file; `size` in bytes, `digest` the SHA-256 of its content; `field` the form's field that it is for (`lines.photo`),
    None: the whole case; `located`: it may say where it was taken, because its field asked for that."""

    id: str
    instance_id: str | None
    task_id: str | None
    name: str
    media_type: str
    size: int
    digest: str
    uploaded_by: str
    created_at: datetime
    field: str | None = None
    located: bool = False
    masked: bool = False
    """It stands in a sensitive variable: the reader may open it, which the audit keeps."""


def variable_of(item: AttachmentItem) -> str:
    """The process variable in which the file stands; "" for a file of the whole case."""
    return (item.field or "").partition(".")[0]


def list_attachments(
    connection: Connection,
    actor: Actor,
    definitions: Definitions,
    request: PageRequest,
    *,
    instance_id: str | None = None,
    task_id: str | None = None,
) -> Page[AttachmentItem]:
    """Attachments of an instance, or of the instance of a task, that the actor may read; oldest first. NotFound."""
    if task_id is not None:
        instance_id = task_instance(connection, actor, task_id)
    assert instance_id is not None
    find(connection, actor, instance_id)
    chosen = order(request, {"id": _f.id}, _f.id, "id")
    query = select(*t.attachment.c, _f.id.label("sort_value")).where(_f.instance_id == instance_id)
    reader = _Reader(connection, actor, definitions)
    page = chosen.page(connection.execute(chosen.apply(query)), reader.read)
    return Page(items=tuple(each for each in page.items if each is not None), next=page.next)


def find_attachments(
    connection: Connection, actor: Actor, definitions: Definitions, ids: Iterable[str]
) -> dict[str, AttachmentItem]:
    """Those of the attachments that the actor may read, by id."""
    reader = _Reader(connection, actor, definitions)
    rows = connection.execute(select(t.attachment).where(_f.id.in_(list(ids))))
    return {item.id: item for row in rows if (item := reader.read(row)) is not None}


def find_attachment(
    connection: Connection, actor: Actor, definitions: Definitions, attachment_id: str, *, reveal: bool = False
) -> AttachmentItem:
    """An attachment that the actor may read, or an own upload that belongs to no instance yet. NotFound.

    `reveal`: with its name, even in a sensitive variable; only for a command that tells the audit.
    """
    row = connection.execute(select(t.attachment).where(_f.id == attachment_id)).one_or_none()
    item = _Reader(connection, actor, definitions).read(row) if row is not None else None
    if row is None or item is None:
        raise NotFound("There is no such file, or you may not see it.", "没有该文件，或您无权查看。")
    return replace(item, name=row.name) if item.masked and reveal else item


def place_of(connection: Connection, attachment_id: str) -> str:
    """Where the content of an attachment is that was found for the actor. NotFound."""
    place = connection.execute(select(_f.place).where(_f.id == attachment_id)).scalar()
    if place is None:
        raise NotFound("There is no such file, or you may not see it.", "没有该文件，或您无权查看。")
    return str(place)


class _Reader:
    """Decides for one actor; what it has looked up for one file it knows for the next."""

    def __init__(self, connection: Connection, actor: Actor, definitions: Definitions) -> None:
        self._connection = connection
        self._actor = actor
        self._definitions = definitions
        self._instances: dict[str, InstanceItem | None] = {}
        self._shown: dict[str, frozenset[str]] = {}

    def read(self, row: Any) -> AttachmentItem | None:
        """The attachment as the actor may see it."""
        item = _item(row)
        if row.instance_id is None:
            return item if row.uploaded_by == self._actor.username else None
        instance = self._instance(row.instance_id)
        if instance is None:
            return None
        if row.field is None or row.uploaded_by == self._actor.username:
            return item
        definition = self._definitions.get(self._connection, instance.definition_id)
        hidden = variable_of(item) in definition.sensitive
        if not hidden and policy.may(self._actor, policy.READ_VARIABLE, instance.definition_key):
            return item
        if row.id in self._in_forms(instance.root_id):
            return item
        if hidden and policy.may(self._actor, policy.READ_SENSITIVE, instance.definition_key):
            return replace(item, name=MASK, masked=True)
        return None

    def _instance(self, id: str) -> InstanceItem | None:
        if id not in self._instances:
            try:
                self._instances[id] = find(self._connection, self._actor, id)
            except NotFound:
                self._instances[id] = None
        return self._instances[id]

    def _in_forms(self, root_id: str) -> frozenset[str]:
        """The texts in all forms of open tasks of the case that the actor sees: the ids of files are among them."""
        if root_id not in self._shown:
            found: set[str] = set()
            for id in self._tasks(root_id):
                detail = get_task(self._connection, self._actor, self._definitions, id)
                if detail.form is not None:
                    found.update(_texts(detail.variables), _texts(detail.draft))
            self._shown[root_id] = frozenset(found)
        return self._shown[root_id]

    def _tasks(self, root_id: str) -> list[str]:
        task = t.task.c
        mine_first = case((task.assignee == self._actor.username, 0), else_=1)
        query = select(t.task).where(task.root_id == root_id, task.status == "open").order_by(mine_first, task.id)
        rows = self._connection.execute(query.limit(MOST_TASKS))
        return [row.id for row in rows if policy.may_see_task(self._actor, row)]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def _item(row: Any) -> AttachmentItem:
    return AttachmentItem(
        row.id, row.instance_id, row.task_id, row.name, row.media_type, row.size, row.digest, row.uploaded_by,
        row.created_at, row.field, row.located,
    )  # fmt: skip
