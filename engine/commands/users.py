"""People and groups: create, change, disable, enable, passwords, membership; who may do what in Facet follows the groups."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, insert, select, update

from engine import policy
from engine.audit import change
from engine.errors import Conflict, Forbidden, InvalidInput, NotFound
from engine.ids import new_id
from engine.store import tables as t
from engine.work import Work

ROLES = ("staff", "owner", "manager", "admin", "integration")
"""What members of a group may do in Facet itself; see `engine.policy`."""

KEY_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$"
_KEY = re.compile(KEY_PATTERN)
_u, _g, _m = t.user.c, t.group.c, t.membership.c


def find_user(work: Work, username: str) -> Any:
    """The user's row. NotFound."""
    row = work.connection.execute(select(t.user).where(_u.username == username)).one_or_none()
    if row is None:
        raise NotFound(f"There is no user “{username}”.", f"没有用户“{username}”。")
    work.audit["subject"] = username
    return row


def check_key(text: str) -> str:
    """A username or group key. InvalidInput."""
    if not _KEY.fullmatch(text):
        raise InvalidInput(
            "A name for signing in, and a group's key, has 1 to 100 letters, digits or . _ - @ without spaces.",
            "登录名和组标识由 1 到 100 个字母、数字或 . _ - @ 组成，不含空格。",
        )
    return text


@dataclass(frozen=True, slots=True)
class CreateUser:
    """A new person. `password_hash` as `engine.passwords` gives it; None: cannot sign in with a password."""

    username: str
    name: str
    password_hash: str | None = field(default=None, repr=False)
    email: str | None = None
    groups: tuple[str, ...] = ()
    language: str | None = None

    def execute(self, work: Work) -> str:
        policy.check_admin(work.actor)
        check_key(self.username)
        given = {"name": self.name, "email": self.email, "groups": sorted(self.groups), "language": self.language}
        work.audit.update(
            subject=self.username, detail=change(None, {**given, "password": self.password_hash is not None})
        )
        if work.connection.execute(select(_u.id).where(_u.username == self.username)).first() is not None:
            raise Conflict(f"There is already a user “{self.username}”.", f"用户“{self.username}”已存在。")
        id = new_id()
        work.connection.execute(
            insert(t.user),
            {
                "id": id,
                "username": self.username,
                "name": self.name[:200] or self.username,
                "email": self.email,
                "password_hash": self.password_hash,
                "language": self.language,
                "created_at": work.now,
            },
        )
        _join(work, id, self.groups)
        return id


def _join(work: Work, user_id: str, groups: tuple[str, ...]) -> None:
    if not groups:
        return
    known = set(work.connection.execute(select(_g.key).where(_g.key.in_(groups))).scalars())
    if missing := sorted(set(groups) - known):
        raise NotFound(f"There is no group “{missing[0]}”.", f"没有组“{missing[0]}”。")
    work.connection.execute(insert(t.membership), [{"user_id": user_id, "group_key": key} for key in sorted(known)])


@dataclass(frozen=True, slots=True)
class ChangeUser:
    """Changes what is given: name, e-mail, groups (administrators); language, zone, theme (everybody for themselves)."""

    username: str
    name: str | None = None
    email: str | None = None
    groups: tuple[str, ...] | None = None
    language: str | None = None
    zone: str | None = None
    theme: str | None = None

    def execute(self, work: Work) -> None:
        own = work.actor.username == self.username
        if not own or self.name is not None or self.email is not None or self.groups is not None:
            policy.check_admin(work.actor)
        row = find_user(work, self.username)
        names = ("name", "email", "language", "zone", "theme")
        values = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        if values:
            work.connection.execute(update(t.user).where(_u.id == row.id).values(**values))
        before, after = {name: getattr(row, name) for name in values}, dict(values)
        if self.groups is not None:
            before["groups"], after["groups"] = groups_of(work, row.id), sorted(self.groups)
        work.audit["detail"] = change(before, after)
        if self.groups is not None:
            work.connection.execute(delete(t.membership).where(_m.user_id == row.id))
            _join(work, row.id, self.groups)
            if own and not _is_admin(work, row.id):
                raise Conflict("You would no longer be an administrator yourself.", "此操作会使您失去管理员权限。")


def groups_of(work: Work, user_id: str) -> list[str]:
    """Keys of the groups that the user is in, sorted."""
    query = select(_m.group_key).where(_m.user_id == user_id).order_by(_m.group_key)
    return list(work.connection.execute(query).scalars())


def _is_admin(work: Work, user_id: str) -> bool:
    if work.actor.system:
        return True
    query = select(_g.key).join(t.membership, _m.group_key == _g.key).where(_m.user_id == user_id, _g.role == "admin")
    return work.connection.execute(query).first() is not None


@dataclass(frozen=True, slots=True)
class SetPassword:
    """A new password: by an administrator for anybody, or by somebody for themselves (who proves the old one before, see
    `engine.sign_in`). Sessions of the user end, but for `keep_session`."""

    username: str
    password_hash: str = field(repr=False)
    keep_session: str | None = None

    def execute(self, work: Work) -> None:
        if work.actor.username != self.username:
            policy.check_admin(work.actor)
        row = find_user(work, self.username)
        work.connection.execute(update(t.user).where(_u.id == row.id).values(password_hash=self.password_hash))
        ended = work.connection.execute(
            delete(t.session).where(t.session.c.user_id == row.id, t.session.c.digest != (self.keep_session or ""))
        ).rowcount
        before = {"password": "set" if row.password_hash is not None else None}
        work.audit["detail"] = change(before, {"password": "new", "sessions_ended": ended})


@dataclass(frozen=True, slots=True)
class DisableUser:
    """The person may not sign in any more; all sessions and tokens end at once. Tasks stay where they are."""

    username: str

    def execute(self, work: Work) -> None:
        policy.check_admin(work.actor)
        row = find_user(work, self.username)
        if work.actor.username == self.username:
            raise Forbidden("You cannot disable yourself.", "不能停用自己的账号。")
        work.connection.execute(update(t.user).where(_u.id == row.id).values(disabled=True))
        sessions = work.connection.execute(delete(t.session).where(t.session.c.user_id == row.id)).rowcount
        tokens = work.connection.execute(delete(t.token).where(t.token.c.user_id == row.id)).rowcount
        ended = {"sessions_ended": sessions, "tokens_ended": tokens}
        work.audit["detail"] = change({"disabled": row.disabled}, {"disabled": True, **ended})


@dataclass(frozen=True, slots=True)
class EnableUser:
    """The person may sign in again; old sessions and tokens stay ended."""

    username: str

    def execute(self, work: Work) -> None:
        policy.check_admin(work.actor)
        row = find_user(work, self.username)
        work.connection.execute(update(t.user).where(_u.id == row.id).values(disabled=False))
        work.audit["detail"] = change({"disabled": row.disabled}, {"disabled": False})


def _group(work: Work, key: str) -> dict[str, Any] | None:
    query = select(_g.name, _g.name_zh, _g.role, _g.head).where(_g.key == key)
    row = work.connection.execute(query).one_or_none()
    return row._asdict() if row is not None else None


@dataclass(frozen=True, slots=True)
class SaveGroup:
    """Creates a group or changes it. `role` None: its members are staff; `head`: username, escalations go there."""

    key: str
    name: str
    name_zh: str = ""
    role: str | None = None
    head: str | None = None

    def execute(self, work: Work) -> None:
        policy.check_admin(work.actor)
        check_key(self.key)
        if self.role is not None and self.role not in ROLES:
            raise InvalidInput(f"A role is one of {', '.join(ROLES)}.", f"角色须为 {'、'.join(ROLES)} 之一。")
        if self.head is not None:
            find_user(work, self.head)
        values = {"name": self.name[:200], "name_zh": self.name_zh[:200], "role": self.role, "head": self.head}
        work.audit.update(subject=self.key, detail=change(_group(work, self.key), values))
        if work.connection.execute(update(t.group).where(_g.key == self.key).values(**values)).rowcount == 0:
            work.connection.execute(insert(t.group), {"key": self.key, **values})


@dataclass(frozen=True, slots=True)
class DeleteGroup:
    """Removes a group without members; diagrams that name it keep the name."""

    key: str

    def execute(self, work: Work) -> None:
        policy.check_admin(work.actor)
        work.audit["subject"] = self.key
        if work.connection.execute(select(_m.user_id).where(_m.group_key == self.key).limit(1)).first() is not None:
            raise Conflict("The group still has members.", "该组仍有成员。")
        work.audit["detail"] = change(_group(work, self.key), None)
        if work.connection.execute(delete(t.group).where(_g.key == self.key)).rowcount == 0:
            raise NotFound(f"There is no group “{self.key}”.", f"没有组“{self.key}”。")
