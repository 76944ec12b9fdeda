"""Permissions: given and taken away. Nobody gives what they do not hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import delete, insert, select

from engine import policy
from engine.audit import change
from engine.errors import InvalidInput, NotFound
from engine.ids import new_id
from engine.store import tables as t
from engine.work import Work

SubjectKind = Literal["user", "group"]
Resource = Literal["PROCESS", "SYSTEM"]
RESOURCES: tuple[Resource, ...] = ("PROCESS", "SYSTEM")
LONGEST_KEY = 200

_p = t.grant.c


def no_grant() -> NotFound:
    """The answer for a permission that is not there or not the actor's to take away."""
    return NotFound("There is no such permission.", "没有该授权。")


def check_may_grant(work: Work, resource: str, resource_id: str, action: str) -> None:
    """Forbidden unless the actor holds GRANT there, and the action itself."""
    whole = resource == "SYSTEM" or resource_id == "*"
    process = None if whole else resource_id
    policy.check(work.actor, policy.GRANT, process)
    policy.check(work.actor, action, process)


@dataclass(frozen=True, slots=True)
class GrantPermission:
    """Lets a user or the members of a group do `action` with a process (`*`: with all), or with the whole of Facet. Returns
    the grant's id; what was granted before stays as it is."""

    subject_kind: SubjectKind
    subject: str
    resource: Resource
    resource_id: str
    action: str

    def execute(self, work: Work) -> str:
        check_may_grant(work, self.resource, self.resource_id, self.action)
        self._check(work)
        known = work.connection.execute(select(_p.id).where(*(_p[k] == v for k, v in self._values().items()))).scalar()
        before = self._values() if known is not None else None
        work.audit.update(subject=self.subject, detail=change(before, self._values()))
        if known is not None:
            return str(known)
        id = new_id()
        row = {"id": id, **self._values(), "granted_by": work.actor.username, "granted_at": work.now}
        work.connection.execute(insert(t.grant), row)
        return id

    def _values(self) -> dict[str, str]:
        return {
            "subject_kind": self.subject_kind,
            "subject": self.subject,
            "resource": self.resource,
            "resource_id": self.resource_id,
            "action": self.action,
        }

    def _check(self, work: Work) -> None:
        actions = policy.ACTIONS if self.resource == "PROCESS" else policy.SYSTEM_ACTIONS
        if self.resource not in RESOURCES or self.action not in actions:
            raise InvalidInput(f"An action is one of {', '.join(actions)}.", f"操作须为 {'、'.join(actions)} 之一。")
        if self.resource == "SYSTEM" and self.resource_id != "*":
            raise InvalidInput("What concerns the whole of Facet has the id “*”.", "系统级授权的编号须为“*”。")
        if not 1 <= len(self.resource_id) <= LONGEST_KEY:
            raise InvalidInput("Name a process, or “*” for all.", "请填写流程标识，或用“*”表示全部。")
        column = t.user.c.username if self.subject_kind == "user" else t.group.c.key
        if work.connection.execute(select(column).where(column == self.subject)).first() is None:
            raise NotFound(f"There is no {self.subject_kind} “{self.subject}”.", f"没有用户或组“{self.subject}”。")
        if self.resource_id != "*":
            known = select(t.definition.c.id).where(t.definition.c.key == self.resource_id).limit(1)
            if work.connection.execute(known).first() is None:
                raise NotFound(f"There is no process “{self.resource_id}”.", f"没有流程“{self.resource_id}”。")


@dataclass(frozen=True, slots=True)
class RevokePermission:
    """Takes a permission away; it ends with the next request of whoever had it."""

    id: str

    def execute(self, work: Work) -> None:
        policy.check_somewhere(work.actor, policy.GRANT)
        row = work.connection.execute(select(t.grant).where(_p.id == self.id)).one_or_none()
        if row is None:
            raise no_grant()
        single = row.resource == "PROCESS" and row.resource_id in policy.processes(work.actor, policy.GRANT)
        if not single and not policy.everywhere(work.actor, policy.GRANT):
            raise no_grant()
        names = ("subject_kind", "subject", "resource", "resource_id", "action")
        work.audit.update(subject=row.subject, detail=change({name: getattr(row, name) for name in names}, None))
        work.connection.execute(delete(t.grant).where(_p.id == self.id))
