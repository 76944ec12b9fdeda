"""What people say about an instance; files see `engine.commands.attachments`."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert

from engine import policy
from engine.audit import change
from engine.errors import InvalidInput
from engine.ids import new_id
from engine.queries import notes
from engine.queries.instances import find
from engine.store import tables as t
from engine.work import Work

LONGEST_COMMENT = 10_000


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
