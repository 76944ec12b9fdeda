"""Files that people attach: to a case, to a form's field; which of them a form may name, and whether they are as it wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import and_, delete, insert, or_, select, update

import forms
from engine import policy
from engine.audit import change
from engine.commands.notes import where
from engine.errors import Conflict, Forbidden, FormRejected
from engine.files import Stored, safe_name
from engine.ids import new_id
from engine.privacy import MASK
from engine.queries import attachments
from engine.queries.attachments import AttachmentItem
from engine.store import tables as t
from engine.work import Work

MOST_ATTACHMENTS: Final = 200
"""Files of one instance, and of one person's uploads that belong to no instance yet."""
LONGEST_FIELD: Final = 400

_f, _c = t.attachment.c, t.content.c


@dataclass(frozen=True, slots=True)
class Added:
    """What came of it: the attachment, and where its content is. That is another place than the one where it was stored when
    the same content was there before; then the caller removes what it stored."""

    item: AttachmentItem
    place: str


@dataclass(frozen=True, slots=True)
class AddAttachment:
    """A file that has been stored becomes part of a task's instance, of an instance, or (neither given) waits for the start
    of one: then it is its uploader's until a start form names it.

    `field`: the form's field that it is for (`lines.photo`); without one it is for everybody who sees the case.
    """

    name: str
    stored: Stored
    task_id: str | None = None
    instance_id: str | None = None
    field: str | None = None

    def execute(self, work: Work) -> Added:
        instance = None
        if self.task_id is not None or self.instance_id is not None:
            instance = where(work, self.task_id, self.instance_id)
        self._check_room(work, instance)
        item = AttachmentItem(
            id=new_id(),
            instance_id=instance,
            task_id=self.task_id,
            name=safe_name(self.name, self.stored.media_type),
            media_type=self.stored.media_type,
            size=self.stored.size,
            digest=self.stored.digest,
            uploaded_by=work.actor.username,
            created_at=work.now,
            field=self.field[:LONGEST_FIELD] if self.field else None,
            located=self.stored.located,
        )
        _audit_file(work, item, added=True)
        place = _place(work, self.stored)
        values = {name: value for name, value in asdict(item).items() if name != "masked"}
        work.connection.execute(insert(t.attachment), {**values, "place": place})
        return Added(item, place)

    def _check_room(self, work: Work, instance: str | None) -> None:
        mine = and_(_f.instance_id.is_(None), _f.uploaded_by == work.actor.username)
        condition = _f.instance_id == instance if instance is not None else mine
        found = work.connection.execute(select(_f.id).where(condition).limit(MOST_ATTACHMENTS)).all()
        if len(found) >= MOST_ATTACHMENTS:
            raise Conflict(f"There are already {MOST_ATTACHMENTS} files.", f"文件数量已达 {MOST_ATTACHMENTS} 个。")


def _place(work: Work, stored: Stored) -> str:
    """Where the content is: the same one if there is one that nobody is removing.

    Taking it writes its row, and so does who removes it: one of the two waits for the other and then sees what it did.
    """
    known = select(_c.place).where(_c.digest == stored.digest, _c.doomed_at.is_(None)).order_by(_c.place).limit(1)
    place = work.connection.execute(known).scalar()
    if place is not None:
        take = update(t.content).where(_c.place == place, _c.doomed_at.is_(None)).values(unused_at=None)
        if work.connection.execute(take).rowcount == 1:
            return str(place)
    values = {"place": stored.place, "digest": stored.digest, "size": stored.size, "stored_at": work.now}
    work.connection.execute(insert(t.content), values)
    return stored.place


def _audit_file(work: Work, item: AttachmentItem, *, added: bool) -> None:
    """The entry of a command that adds or removes a file. Its name only where it belongs to an instance, with which it can be
    erased, and does not stand in a sensitive variable."""
    told: dict[str, Any] = {"file": item.id, "media_type": item.media_type, "size": item.size, "digest": item.digest}
    name = None
    if item.instance_id is not None:
        query = select(t.instance.c.definition_id).where(t.instance.c.id == item.instance_id)
        sensitive = work.definition(work.connection.execute(query).scalar_one()).sensitive
        name = MASK if attachments.variable_of(item) in sensitive else item.name
        told["name"] = name
    detail = change(None, told) if added else change(told, None)
    work.audit.update(instance_id=item.instance_id, task_id=item.task_id, subject=name, detail=detail)


@dataclass(frozen=True, slots=True)
class RemoveAttachment:
    """Takes a file away: its uploader while its task is open (or it belongs to no instance), or an operator."""

    attachment_id: str

    def execute(self, work: Work) -> None:
        item = attachments.find_attachment(work.connection, work.actor, work.services.definitions, self.attachment_id)
        _audit_file(work, item, added=False)
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


@dataclass(frozen=True, slots=True)
class RevealAttachment:
    """A file that stands in a sensitive variable, for who was granted READ_SENSITIVE on the process: a read that leaves its
    trace in the audit. NotFound for everybody else."""

    attachment_id: str

    def execute(self, work: Work) -> AttachmentItem:
        item = attachments.find_attachment(
            work.connection, work.actor, work.services.definitions, self.attachment_id, reveal=True
        )
        named = attachments.variable_of(item)
        work.audit.update(
            instance_id=item.instance_id,
            task_id=item.task_id,
            detail=change(None, None, variables=[named], file=item.id),
        )
        return item


# --- what a form names ----------------------------------------------------------------------------------------------------


def check_uploads(work: Work, form: forms.Form, submission: forms.Submission, instance_id: str | None) -> None:
    """Holds the files that a form names against what they are: of this case (or, before it starts, the actor's own uploads),
    of the kinds, sizes and number that the form allows. FormRejected says what is wrong with which answer."""
    if not submission.uploads or work.services.rehearsal:
        return
    ids = [each.id for each in submission.uploads]
    own = and_(_f.instance_id.is_(None), _f.uploaded_by == work.actor.username)
    condition = or_(_f.instance_id == instance_id, own) if instance_id is not None else own
    query = select(_f.id, _f.name, _f.media_type, _f.size, _f.located).where(_f.id.in_(ids), condition)
    known = {row.id: row for row in work.connection.execute(query)}
    errors: dict[str, Any] = {}
    for upload in submission.uploads:
        row = known.get(upload.id)
        if row is None:  # nobody reads somebody else's file by naming it in a form
            where_to = upload.pointer if upload.pointer not in errors else ""
            errors[where_to] = _said(
                f"The file {upload.id} was not uploaded for this task.", f"文件 {upload.id} 不是为该任务上传的。"
            )
        elif wrong := _wrong(row, upload.field):
            errors.setdefault(upload.pointer, wrong)
    if form.max_total_bytes and sum(row.size for row in known.values()) > form.max_total_bytes:
        most = _megabytes(form.max_total_bytes)
        errors.setdefault("", _said(f"The files have more than {most} MB in all.", f"文件总大小超过 {most} MB。"))
    if errors:
        raise FormRejected(errors)


def _wrong(row: Any, field: forms.Field) -> dict[str, str] | None:
    """What is wrong with the file for the field, in both languages."""
    if field.takes and not accepted(row.name, row.media_type, field.takes):
        kinds = field.takes
        return _said(
            f"“{row.name}” is not one of: {', '.join(kinds)}.", f"“{row.name}”不是允许的文件类型：{'、'.join(kinds)}。"
        )
    if field.max_bytes and row.size > field.max_bytes:
        most = _megabytes(field.max_bytes)
        return _said(f"“{row.name}” is larger than {most} MB.", f"“{row.name}”超过 {most} MB。")
    if row.located and not field.keeps_position:
        return _said(
            f"“{row.name}” says where it was taken. Please upload it again for this field.",
            f"“{row.name}”含有拍摄位置，请在此字段重新上传。",
        )
    return None


def _said(english: str, chinese: str) -> dict[str, str]:
    return {"en": english, "zh": chinese}


def _megabytes(size: int) -> str:
    return f"{size / (1024 * 1024):.2f}".rstrip("0").rstrip(".")


def accepted(name: str, media_type: str, accept: Sequence[str]) -> bool:
    """Whether a file of that name and media type is one of the types and endings."""
    kind = media_type.split("/")[0]
    return any(
        name.lower().endswith(one.lower()) if one.startswith(".") else one in (media_type, f"{kind}/*", "*/*")
        for one in accept
    )


def adopt(work: Work, uploads: Sequence[forms.Upload], instance_id: str) -> None:
    """Uploads that a form named become part of the instance, each for the field that named it."""
    fields = {each.id: _path(each) for each in uploads}
    for id, field in fields.items():
        mine = or_(
            _f.instance_id == instance_id,
            and_(_f.instance_id.is_(None), _f.uploaded_by == work.actor.username),
        )
        work.connection.execute(
            update(t.attachment).where(_f.id == id, mine).values(instance_id=instance_id, field=field, named=True)
        )


def _path(upload: forms.Upload) -> str:
    """`/lines/0/photo` as `lines.photo`."""
    return ".".join(part for part in upload.pointer.split("/") if part and not part.isdigit())[:LONGEST_FIELD]
