"""People whom an OpenID Connect provider vouches for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update

from engine.audit import change
from engine.commands.users import check_key, groups_of
from engine.errors import Forbidden
from engine.ids import new_id
from engine.store import tables as t
from engine.work import Work

_i, _u, _m, _g = t.identity.c, t.user.c, t.membership.c, t.group.c


@dataclass(frozen=True, slots=True)
class Vouched:
    """What a provider said of somebody, checked. `subject` is its own id of the person (`sub`); `groups` its group names."""

    issuer: str
    subject: str
    username: str
    name: str
    email: str | None
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class AdmitPerson:
    """Finds the user of that identity, or makes one; sets the groups that follow the provider. Returns the username.

    `groups`: the provider's name → our key. Forbidden for disabled people, for strangers where nobody is made, and where the
    name belongs to somebody with a password here: a provider's name alone takes over nobody's account.
    """

    person: Vouched
    groups: Mapping[str, str]
    create: bool = True

    def execute(self, work: Work) -> str:
        row, made = self._known(work), False
        if row is None:
            row, made = self._linked(work)
        if row.disabled:
            raise Forbidden("This account is disabled.", "该账号已停用。")
        before = {"name": row.name, "email": row.email, "groups": self._follow(work, row.id)}
        now = work.connection.execute(select(_u.name, _u.email).where(_u.id == row.id)).one()
        after = {"name": now.name, "email": now.email, "groups": groups_of(work, row.id)}
        detail = change(None if made else before, after, issuer=self.person.issuer)
        work.audit.update(subject=row.username, detail=detail)
        return str(row.username)

    def _known(self, work: Work) -> Any:
        query = (
            select(t.user)
            .join(t.identity, _i.user_id == _u.id)
            .where(_i.issuer == self.person.issuer, _i.subject == self.person.subject)
        )
        row = work.connection.execute(query).one_or_none()
        if row is not None:
            values = {"name": self.person.name[:200] or row.name, "email": self.person.email or row.email}
            if values != {"name": row.name, "email": row.email}:
                work.connection.execute(update(t.user).where(_u.id == row.id).values(**values))
        return row

    def _linked(self, work: Work) -> tuple[Any, bool]:
        """The first time: an account without a password and without another identity that was made for this name, or a new
        one (True)."""
        username = check_key(self.person.username)
        mine = select(t.user, _i.id.label("identity")).outerjoin(t.identity, _i.user_id == _u.id)
        row: Any = work.connection.execute(mine.where(_u.username == username).limit(1)).one_or_none()
        if row is not None and (row.password_hash is not None or row.identity is not None):
            raise Forbidden(
                f"There is already a user “{username}” here. Ask an administrator.",
                f"本系统已有用户“{username}”，请联系管理员。",
            )
        made = row is None
        if made:
            if not self.create:
                raise Forbidden(
                    "You are not a user here yet. Ask an administrator.", "您还不是本系统的用户，请联系管理员。"
                )
            self._make(work, username)
            row = work.connection.execute(select(t.user).where(_u.username == username)).one()
        work.connection.execute(
            insert(t.identity),
            {
                "id": new_id(),
                "user_id": row.id,
                "issuer": self.person.issuer,
                "subject": self.person.subject,
                "created_at": work.now,
            },
        )
        return row, made

    def _make(self, work: Work, username: str) -> None:
        work.connection.execute(
            insert(t.user),
            {
                "id": new_id(),
                "username": username,
                "name": self.person.name[:200] or username,
                "email": self.person.email,
                "created_at": work.now,
            },
        )

    def _follow(self, work: Work, user_id: str) -> list[str]:
        """Sets the groups; returns those before."""
        ours = frozenset(self.groups.values())
        known = frozenset(work.connection.execute(select(_g.key).where(_g.key.in_(sorted(ours)))).scalars())
        wanted = {key for name, key in self.groups.items() if name in self.person.groups} & known
        before = groups_of(work, user_id)
        held = frozenset(before)
        if gone := (held & ours) - wanted:
            work.connection.execute(delete(t.membership).where(_m.user_id == user_id, _m.group_key.in_(sorted(gone))))
        if new := wanted - held:
            rows = [{"user_id": user_id, "group_key": key} for key in sorted(new)]
            work.connection.execute(insert(t.membership), rows)
        return before
