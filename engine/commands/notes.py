"""What people add to an instance: comments and attachments; and which attachments a form may name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import and_, delete, insert, or_, select, update

import forms
from engine import policy
from engine.audit import change
from engine.errors import Conflict, Forbidden, FormRejected, InvalidInput
from engine.files import Stored
from engine.ids import new_id
from engine.queries import notes
from engine.queries.instances import find
from engine.store import tables as t
from engine.work import Work

LONGEST_COMMENT = 10_000
_UPLOADS = (forms.Kind.FILE, forms.Kind.PHOTO)
MOST_ATTACHMENTS = 200
"""Files of one instance, and of one person's uploads that belong to no instance yet."""

_f = t.attachment.c


@dataclass(frozen=True, slots=True)
class AddComment:
    """Somebody says something about a task (`task_id`) or an instance that they may see."""

    text: str
    task_id: str | None = None
    instance_id: str | None = None

    def execute(self, work: Work) -> str:
        text = self.text.strip()
        if not text or len(text) > LONGEST_COMMENT:
            raise InvalidInput(
                f"A comment has 1 to {LONGEST_COMMENT} characters.", f"评论长度为 1 到 {LONGEST_COMMENT} 个字符。"
            )
        instance = where(work, self.task_id, self.instance_id)
        id = new_id()
        after = {"comment": id, "characters": len(text)}
        work.audit.update(instance_id=instance, task_id=self.task_id, detail=change(None, after))
        work.connection.execute(
            insert(t.comment),
            {
                "id": id,
                "instance_id": instance,
                "task_id": self.task_id,
                "author": work.actor.username,
                "text": text,
                "created_at": work.now,
            },
        )
        return id


def where(work: Work, task_id: str | None, instance_id: str | None) -> str:
    """The instance of the task, or the instance itself, if the actor may see it. NotFound."""
    if task_id is not None:
        return notes.task_instance(work.connection, work.actor, task_id)
    if instance_id is None:
        raise policy.no_instance()
    return find(work.connection, work.actor, instance_id).id


@dataclass(frozen=True, slots=True)
class AddAttachment:
    """A file that has been stored becomes part of a task's instance, of an instance, or (neither given) waits for the start
    of one: then it is its uploader's until a start form names it."""

    name: str
    stored: Stored
    task_id: str | None = None
    instance_id: str | None = None

    def execute(self, work: Work) -> notes.AttachmentItem:
        instance = None
        if self.task_id is not None or self.instance_id is not None:
            instance = where(work, self.task_id, self.instance_id)
        self._check_room(work, instance)
        item = notes.AttachmentItem(
            id=new_id(),
            instance_id=instance,
            task_id=self.task_id,
            name=clean_name(self.name),
            media_type=self.stored.media_type,
            size=self.stored.size,
            digest=self.stored.digest,
            uploaded_by=work.actor.username,
            created_at=work.now,
        )
        audit_file(work, item, None, about(item))
        work.connection.execute(insert(t.attachment), asdict(item))
        return item

    def _check_room(self, work: Work, instance: str | None) -> None:
        mine = and_(_f.instance_id.is_(None), _f.uploaded_by == work.actor.username)
        condition = _f.instance_id == instance if instance is not None else mine
        found = work.connection.execute(select(_f.id).where(condition).limit(MOST_ATTACHMENTS)).all()
        if len(found) >= MOST_ATTACHMENTS:
            raise Conflict(f"There are already {MOST_ATTACHMENTS} files.", f"文件数量已达 {MOST_ATTACHMENTS} 个。")


def about(item: notes.AttachmentItem) -> dict[str, Any]:
    """What the audit says of a file. Its name only where it belongs to an instance, with which it can be erased."""
    told = {"file": item.id, "media_type": item.media_type, "size": item.size, "digest": item.digest}
    return told if item.instance_id is None else {**told, "name": item.name}


def audit_file(work: Work, item: notes.AttachmentItem, before: Any, after: Any) -> None:
    """The entry of a command that adds or removes a file."""
    subject = item.name if item.instance_id is not None else None
    work.audit.update(instance_id=item.instance_id, task_id=item.task_id, subject=subject, detail=change(before, after))


def clean_name(name: str) -> str:
    """The last part of a file's name, without what could mislead: paths, control and formatting characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in last if c.isprintable()).strip(" .")
    return kept[-200:] or "file"


@dataclass(frozen=True, slots=True)
class RemoveAttachment:
    """Takes a file away: its uploader while its task is open (or it belongs to no instance), or an operator."""

    attachment_id: str

    def execute(self, work: Work) -> None:
        item = notes.get_attachment(work.connection, work.actor, self.attachment_id)
        audit_file(work, item, about(item), None)
        if not self._may_modify(work, item.instance_id):
            if item.uploaded_by != work.actor.username:
                raise Forbidden("Only who uploaded the file may remove it.", "只有上传者可以删除该文件。")
            if item.instance_id is not None and not self._task_open(work, item.task_id):
                raise Conflict("The file belongs to a task that is done.", "该文件所属任务已完成，不能删除。")
        work.connection.execute(delete(t.attachment).where(_f.id == item.id))

    def _may_modify(self, work: Work, instance_id: str | None) -> bool:
        query = select(t.instance.c.definition_key).where(t.instance.c.id == instance_id)
        key = work.connection.execute(query).scalar() if instance_id is not None else None
        return key is not None and policy.may(work.actor, policy.MODIFY, key)

    def _task_open(self, work: Work, task_id: str | None) -> bool:
        query = select(t.task.c.status).where(t.task.c.id == task_id)
        return work.connection.execute(query).scalar() == "open"


def check_named(work: Work, ids: Sequence[str], instance_id: str | None) -> None:
    """The attachments that a form names have to be the instance's, or (before it starts) the actor's own uploads.

    FormRejected for others: nobody reads somebody else's file by naming it in a form.
    """
    if not ids or work.services.rehearsal:
        return
    own = and_(_f.instance_id.is_(None), _f.uploaded_by == work.actor.username)
    condition = or_(_f.instance_id == instance_id, own) if instance_id is not None else own
    known = set(work.connection.execute(select(_f.id).where(_f.id.in_(list(ids)), condition)).scalars())
    if missing := [id for id in ids if id not in known]:
        said: dict[str, Any] = {
            "en": f"The file {missing[0]} was not uploaded for this task.",
            "zh": f"文件 {missing[0]} 不是为该任务上传的。",
        }
        raise FormRejected("Some fields need your attention.", "部分字段需要修改。", data={"errors": {"": said}})


def check_accepted(work: Work, form: forms.Form, values: Mapping[str, Any]) -> None:
    """Holds the files of a form's fields against the media types and endings that the fields accept. FormRejected."""
    if work.services.rehearsal:
        return
    errors: dict[str, Any] = {}
    for each in form.fields:
        given = values.get(each.name)
        if each.kind not in _UPLOADS or not each.accept or not given:
            continue
        ids = [given] if isinstance(given, str) else list(given)
        rows = work.connection.execute(select(_f.name, _f.media_type).where(_f.id.in_(ids)))
        if wrong := next((row for row in rows if not _accepted(row.name, row.media_type, each.accept)), None):
            errors[f"/{each.name}"] = {
                "en": f"“{wrong.name}” is not one of: {', '.join(each.accept)}.",
                "zh": f"“{wrong.name}”不是允许的文件类型：{'、'.join(each.accept)}。",
            }
    if errors:
        raise FormRejected("Some fields need your attention.", "部分字段需要修改。", data={"errors": errors})


def _accepted(name: str, media_type: str, accept: Sequence[str]) -> bool:
    kind = media_type.split("/")[0]
    return any(
        name.lower().endswith(one.lower()) if one.startswith(".") else one in (media_type, f"{kind}/*", "*/*")
        for one in accept
    )


def adopt(work: Work, ids: Sequence[str], instance_id: str) -> None:
    """Uploads that a form named become part of the instance."""
    if ids:
        work.connection.execute(
            update(t.attachment)
            .where(_f.id.in_(list(ids)), _f.instance_id.is_(None), _f.uploaded_by == work.actor.username)
            .values(instance_id=instance_id)
        )
