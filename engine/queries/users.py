"""People: users, groups, and who somebody is by a session's cookie or an API token."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, or_, select

from engine.actor import Actor, Grant
from engine.errors import NotFound
from engine.queries.paging import Page, PageRequest, contains, order
from engine.store import tables as t

_u, _g, _m, _s, _k, _p = t.user.c, t.group.c, t.membership.c, t.session.c, t.token.c, t.grant.c


@dataclass(frozen=True, slots=True)
class Session:
    """The session behind a cookie."""

    digest: str
    csrf: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request: the actor, the person's own choices, and by what they are known."""

    actor: Actor
    user_id: str
    language: str | None
    zone: str | None
    theme: str | None
    session: Session | None = None
    token_id: str | None = None
    token_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UserItem:
    """A person. `email`, `disabled` are told to administrators only (None for others)."""

    username: str
    name: str
    groups: tuple[str, ...]
    email: str | None = None
    disabled: bool | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GroupItem:
    """A group; `role` is what its members may do in Facet itself; `members` their number."""

    key: str
    name: str
    name_zh: str
    role: str | None
    head: str | None
    members: int


@dataclass(frozen=True, slots=True)
class SessionItem:
    """One of my sessions. `id` names it for ending it and opens nothing; `current`: the one that asks."""

    id: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str | None
    agent: str | None
    current: bool


@dataclass(frozen=True, slots=True)
class TokenItem:
    """One of my API tokens; the token itself is shown only when it is made."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


# --- who asks: one statement per request ----------------------------------------------------------------------------------

_PERSON = (
    select(
        _u.id.label("user_id"), _u.username, _u.name, _u.language, _u.zone, _u.theme, _g.key.label("group_key"), _g.role,
        _p.resource, _p.resource_id, _p.action,
    )
    .outerjoin(t.membership, _m.user_id == _u.id)
    .outerjoin(t.group, _g.key == _m.group_key)
    .outerjoin(
        t.grant,
        or_(
            and_(_p.subject_kind == "user", _p.subject == _u.username),
            and_(_p.subject_kind == "group", _p.subject == _g.key),
        ),
    )
    .where(_u.disabled.is_(False))
)  # fmt: skip
_BY_SESSION: Select[Any] = (
    _PERSON.add_columns(_s.digest, _s.csrf, _s.created_at, _s.seen_at, _s.expires_at)
    .join(t.session, _s.user_id == _u.id)
    .where(
        _s.digest == bindparam("b_digest"),
        _s.expires_at > bindparam("b_now", type_=_s.expires_at.type),
        _s.seen_at > bindparam("b_idle", type_=_s.seen_at.type),
    )
)
_BY_TOKEN: Select[Any] = (
    _PERSON.add_columns(_k.id.label("token_id"), _k.scopes, _k.used_at)
    .join(t.token, _k.user_id == _u.id)
    .where(
        _k.digest == bindparam("b_digest"),
        or_(_k.expires_at.is_(None), _k.expires_at > bindparam("b_now", type_=_k.expires_at.type)),
    )
)
_BY_NAME: Select[Any] = _PERSON.where(_u.username == bindparam("b_username"))


def by_session(connection: Connection, digest: str, now: datetime, idle: timedelta) -> Caller | None:
    """The caller behind a session that is neither idle for too long nor too old; None otherwise."""
    rows = connection.execute(_BY_SESSION, {"b_digest": digest, "b_now": now, "b_idle": now - idle}).all()
    if not rows:
        return None
    first = rows[0]
    session = Session(first.digest, first.csrf, first.created_at, first.seen_at, first.expires_at)
    return _caller(rows, session=session)


def by_token(connection: Connection, digest: str, now: datetime) -> Caller | None:
    """The caller behind an API token that has not expired; None otherwise."""
    rows = connection.execute(_BY_TOKEN, {"b_digest": digest, "b_now": now}).all()
    return _caller(rows, token=rows[0]) if rows else None


def by_username(connection: Connection, username: str) -> Actor | None:
    """The actor of that name, for the command line and tests; None for unknown and disabled users."""
    rows = connection.execute(_BY_NAME, {"b_username": username}).all()
    return _caller(rows).actor if rows else None


def open_doors(
    connection: Connection, sessions: Iterable[str], tokens: Iterable[str], now: datetime
) -> dict[str, Actor]:
    """Who is behind these sessions (digests) and API tokens (ids) at this moment; those that have ended are left out."""
    by_door: dict[str, list[Any]] = {}
    token_scopes: dict[str, Any] = {}
    if digests := list(sessions):
        query = _PERSON.add_columns(_s.digest).join(t.session, _s.user_id == _u.id)
        for row in connection.execute(query.where(_s.digest.in_(digests), _s.expires_at > now)):
            by_door.setdefault(row.digest, []).append(row)
    if ids := list(tokens):
        query = _PERSON.add_columns(_k.id.label("token_id"), _k.scopes, _k.used_at).join(t.token, _k.user_id == _u.id)
        unexpired = or_(_k.expires_at.is_(None), _k.expires_at > now)
        for row in connection.execute(query.where(_k.id.in_(ids), unexpired)):
            by_door.setdefault(row.token_id, []).append(row)
            token_scopes[row.token_id] = row
    return {door: _caller(rows, token=token_scopes.get(door)).actor for door, rows in by_door.items()}


def _caller(rows: Sequence[Any], *, session: Session | None = None, token: Any = None) -> Caller:
    first = rows[0]
    actor = Actor(
        first.username,
        first.name,
        groups=frozenset(row.group_key for row in rows if row.group_key),
        roles=frozenset(row.role for row in rows if row.role),
        grants=frozenset(Grant(row.resource, row.resource_id, row.action) for row in rows if row.action),
        scopes=frozenset(token.scopes) if token is not None else frozenset(),
        token=token.token_id if token is not None else None,
    )
    return Caller(
        actor,
        first.user_id,
        first.language,
        first.zone,
        first.theme,
        session=session,
        token_id=token.token_id if token is not None else None,
        token_used_at=token.used_at if token is not None else None,
    )


# --- lists --------------------------------------------------------------------------------------------------------------

SORTS: Mapping[str, ColumnElement[Any]] = {"username": _u.username, "name": _u.name}


def list_users(
    connection: Connection,
    actor: Actor,
    request: PageRequest,
    *,
    text: str | None = None,
    group: str | None = None,
    disabled: bool | None = None,
) -> Page[UserItem]:
    """People by username. Others than administrators see active people with name and groups."""
    admin = actor.has_role("admin")
    chosen = order(request, SORTS, _u.id, "username")
    query = select(*t.user.c, chosen.expression.label("sort_value"))
    if not admin:
        query = query.where(_u.disabled.is_(False))
    elif disabled is not None:
        query = query.where(_u.disabled.is_(disabled))
    if text:
        query = query.where(or_(contains(_u.username, text), contains(_u.name, text)))
    if group is not None:
        query = query.where(_u.id.in_(select(_m.user_id).where(_m.group_key == group)))
    rows = connection.execute(chosen.apply(query)).all()
    groups = _groups_of(connection, [row.id for row in rows])
    return chosen.page(rows, lambda row: _user(row, groups.get(row.id, ()), admin))


def _groups_of(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    rows = connection.execute(select(_m.user_id, _m.group_key).where(_m.user_id.in_(ids)).order_by(_m.group_key))
    for user_id, key in rows:
        found[user_id] = (*found.get(user_id, ()), key)
    return found


def _user(row: Any, groups: tuple[str, ...], admin: bool) -> UserItem:
    if not admin:
        return UserItem(row.username, row.name, groups)
    return UserItem(row.username, row.name, groups, row.email, row.disabled, row.created_at)


def get_user(connection: Connection, actor: Actor, username: str) -> UserItem:
    """One person. NotFound."""
    row = connection.execute(select(t.user).where(_u.username == username)).one_or_none()
    admin = actor.has_role("admin") or actor.username == username
    if row is None or (row.disabled and not admin):
        raise no_user(username)
    return _user(row, _groups_of(connection, [row.id]).get(row.id, ()), admin)


def no_user(username: str) -> NotFound:
    """The answer for somebody who is not there."""
    return NotFound(f"There is no user “{username}”.", f"没有用户“{username}”。")


def list_groups(connection: Connection, text: str | None = None) -> tuple[GroupItem, ...]:
    """All groups by key (an installation has dozens)."""
    number = select(func.count()).where(_m.group_key == _g.key).scalar_subquery()
    query = select(_g.key, _g.name, _g.name_zh, _g.role, _g.head, number).order_by(_g.key)
    if text:
        query = query.where(or_(*(contains(column, text) for column in (_g.key, _g.name, _g.name_zh))))
    return tuple(GroupItem(*row) for row in connection.execute(query))


def get_group(connection: Connection, key: str) -> GroupItem:
    """One group. NotFound."""
    found = next((group for group in list_groups(connection) if group.key == key), None)
    if found is None:
        raise NotFound(f"There is no group “{key}”.", f"没有组“{key}”。")
    return found


def list_sessions(connection: Connection, actor: Actor, current: str | None, now: datetime) -> tuple[SessionItem, ...]:
    """My sessions, newest first; `current` is the digest of the one that asks."""
    rows = connection.execute(
        select(t.session)
        .join(t.user, _u.id == _s.user_id)
        .where(_u.username == actor.username, _s.expires_at > now)
        .order_by(_s.created_at.desc())
    )
    return tuple(
        SessionItem(
            row.digest[:16], row.created_at, row.seen_at, row.expires_at, row.address, row.agent, row.digest == current
        )
        for row in rows
    )


def list_tokens(connection: Connection, actor: Actor) -> tuple[TokenItem, ...]:
    """My API tokens, newest first."""
    rows = connection.execute(
        select(t.token).join(t.user, _u.id == _k.user_id).where(_u.username == actor.username).order_by(_k.id.desc())
    )
    return tuple(TokenItem(r.id, r.name, tuple(r.scopes), r.created_at, r.expires_at, r.used_at) for r in rows)
