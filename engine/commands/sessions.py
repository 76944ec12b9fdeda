"""Sessions and API tokens: opened, seen, ended. Only digests are stored; what opens a door is shown once, to its owner.

Signing in takes two commands with the slow check of the password between them, outside of any transaction: see
`engine.sign_in`.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any, ClassVar, Final, Literal, get_args

from sqlalchemy import delete, func, insert, select, update

from engine import policy
from engine.audit import change
from engine.commands.users import find_user
from engine.errors import FacetError, InvalidInput, NotFound
from engine.ids import new_id
from engine.store import tables as t
from engine.work import Work

TOKEN_PREFIX: Final = "facet_"
Scope = Literal[
    "read",
    "tasks",
    "instances",
    "definitions",
    "messages",
    "external-tasks",
    "decisions",
    "users",
    "account",
    "connectors",
]
"""What an API token may be limited to: `read` is every GET, the others everything under their noun."""
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)

WINDOW: Final = timedelta(minutes=15)
MOST_PER_ACCOUNT: Final = 5
"""Failed attempts for one account from one address within the window."""
MOST_PER_ADDRESS: Final = 50
SEEN_EVERY: Final = timedelta(minutes=1)
"""A session is marked as seen at most this often, so that an ordinary request costs one SELECT."""
MOST_SESSIONS: Final = 50
MOST_TOKENS: Final = 50

_a, _s, _k, _u = t.sign_in_attempt.c, t.session.c, t.token.c, t.user.c


class TooManyAttempts(FacetError):
    """Signing in failed too often; `data["retry_after"]` in seconds. Nobody is locked out: other addresses may sign in."""

    code = "too-many-attempts"
    status = 429


def digest_of(secret: str) -> str:
    """How a cookie's or token's value stands in the database: SHA-256, hex. They are random, so no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def neighbourhood(address: str) -> str:
    """What counts as one address when attempts are counted: an IPv6 network of 64 bits, since one household has all of it."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:100]
    if isinstance(known, IPv4Address):
        return str(known)
    return str(known.ipv4_mapped or ip_network((known, 64), strict=False))


# --- signing in ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BeginSignIn:
    """Counts the attempt before anything is checked, so that many at once cannot slip through; returns the password's hash
    (None: no such user, disabled, or without a password)."""

    username: str
    address: str
    audited: ClassVar[bool] = False

    def execute(self, work: Work) -> str | None:
        since = work.now - WINDOW
        address = neighbourhood(self.address)
        by_address = work.connection.execute(
            select(func.count()).where(_a.address == address, _a.at > since)
        ).scalar_one()
        by_both = work.connection.execute(
            select(func.count()).where(_a.username == self.username, _a.address == address, _a.at > since)
        ).scalar_one()
        if by_both >= MOST_PER_ACCOUNT or by_address >= MOST_PER_ADDRESS:
            raise TooManyAttempts(
                "Signing in failed too often. Please wait a quarter of an hour and try again.",
                "登录失败次数过多，请 15 分钟后再试。",
                data={"retry_after": int(WINDOW.total_seconds())},
            )
        work.connection.execute(
            insert(t.sign_in_attempt),
            {"id": new_id(), "username": self.username, "address": address, "at": work.now},
        )
        found = work.connection.execute(
            select(_u.password_hash).where(_u.username == self.username, _u.disabled.is_(False))
        ).scalar()
        return str(found) if found is not None else None


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session. `cookie` opens it and is nowhere stored; `csrf` goes into pages and headers."""

    cookie: str = field(repr=False)
    csrf: str = field(repr=False)
    expires_at: datetime = field()


@dataclass(frozen=True, slots=True)
class OpenSession:
    """The person has proved who they are: a new session (never an old one's value), and failed attempts are forgotten."""

    username: str
    lifetime: timedelta
    address: str = ""
    agent: str = ""
    replaces: str | None = None
    """Digest of the session that this browser had before: it ends."""

    def execute(self, work: Work) -> Opened:
        row = find_user(work, self.username)
        if row.disabled:
            raise NotFound(f"There is no active user “{self.username}”.", f"没有启用的用户“{self.username}”。")
        c = work.connection
        forgotten = (_a.username == self.username, _a.address == neighbourhood(self.address))
        c.execute(delete(t.sign_in_attempt).where(*forgotten))
        c.execute(delete(t.sign_in_attempt).where(_a.at < work.now - timedelta(days=1)))
        c.execute(delete(t.session).where(_s.user_id == row.id, _s.expires_at <= work.now))
        if self.replaces is not None:
            c.execute(delete(t.session).where(_s.digest == self.replaces))
        self._make_room(work, row.id)
        after = {"address": self.address[:100], "agent": self.agent[:300]}
        work.audit["detail"] = change(None, after, replaced=self.replaces is not None)
        opened = Opened(secrets.token_urlsafe(32), secrets.token_urlsafe(32), work.now + self.lifetime)
        c.execute(
            insert(t.session),
            {
                "digest": digest_of(opened.cookie),
                "user_id": row.id,
                "csrf": opened.csrf,
                "created_at": work.now,
                "seen_at": work.now,
                "expires_at": opened.expires_at,
                "address": self.address[:100],
                "agent": self.agent[:300],
            },
        )
        return opened

    def _make_room(self, work: Work, user_id: str) -> None:
        newest = select(_s.digest).where(_s.user_id == user_id).order_by(_s.created_at.desc()).limit(MOST_SESSIONS - 1)
        keep = work.connection.execute(newest).scalars().all()
        if len(keep) >= MOST_SESSIONS - 1:
            work.connection.execute(delete(t.session).where(_s.user_id == user_id, _s.digest.not_in(keep)))


@dataclass(frozen=True, slots=True)
class TouchSession:
    """The session is in use."""

    digest: str
    audited: ClassVar[bool] = False

    def execute(self, work: Work) -> None:
        work.connection.execute(update(t.session).where(_s.digest == self.digest).values(seen_at=work.now))


@dataclass(frozen=True, slots=True)
class EndSession:
    """Signs out: the session that `digest` names (its beginning, as lists give it, is enough). Only one's own."""

    digest: str

    def execute(self, work: Work) -> None:
        me = find_user(work, work.actor.username)
        if len(self.digest) < 16 or not self.digest.isalnum():
            raise _no_session()
        mine = (_s.user_id == me.id, _s.digest.startswith(self.digest, autoescape=True))
        row = work.connection.execute(select(_s.address, _s.agent).where(*mine).limit(1)).one_or_none()
        if row is None:
            raise _no_session()
        work.audit["detail"] = change(row._asdict(), None)
        work.connection.execute(delete(t.session).where(*mine))


def _no_session() -> NotFound:
    return NotFound("There is no such session of yours.", "您没有该会话。")


@dataclass(frozen=True, slots=True)
class EndSessions:
    """Signs a user out everywhere (but for the session of digest `keep`): oneself, or anybody by an administrator."""

    username: str
    keep: str | None = None

    def execute(self, work: Work) -> int:
        if work.actor.username != self.username:
            policy.check_admin(work.actor)
        row = find_user(work, self.username)
        ended = work.connection.execute(
            delete(t.session).where(_s.user_id == row.id, _s.digest != (self.keep or ""))
        ).rowcount
        kept = int(self.keep is not None)
        work.audit["detail"] = change({"sessions": ended + kept}, {"sessions": kept})
        return int(ended)


# --- API tokens ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Issued:
    """A new API token: `secret` is shown this once."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CreateToken:
    """An API token for oneself (or, by an administrator, for somebody: service accounts). No `scopes`: all that the user
    may; a token made with a token gets no scope that this one lacks."""

    name: str
    scopes: tuple[str, ...] = ()
    expires_in: timedelta | None = None
    username: str | None = None

    def execute(self, work: Work) -> Issued:
        username = self.username or work.actor.username
        if username != work.actor.username:
            policy.check_admin(work.actor)
        self._check(work)
        row = find_user(work, username)
        number = work.connection.execute(select(func.count()).where(_k.user_id == row.id)).scalar_one()
        if number >= MOST_TOKENS:
            raise InvalidInput(
                f"At most {MOST_TOKENS} tokens; delete one first.", f"最多 {MOST_TOKENS} 个令牌，请先删除。"
            )
        issued = Issued(new_id(), TOKEN_PREFIX + secrets.token_urlsafe(32))
        expires = work.now + self.expires_in if self.expires_in is not None else None
        given = {"id": issued.id, "name": self.name[:200], "scopes": list(self.scopes), "expires_at": expires}
        work.audit["detail"] = change(None, given)
        work.connection.execute(
            insert(t.token),
            {**given, "user_id": row.id, "digest": digest_of(issued.secret), "created_at": work.now},
        )
        return issued

    def _check(self, work: Work) -> None:
        if unknown := sorted(set(self.scopes) - set(SCOPES)):
            raise InvalidInput(f"There is no scope “{unknown[0]}”.", f"没有权限范围“{unknown[0]}”。")
        held = work.actor.scopes
        if held and (not self.scopes or not set(self.scopes) <= held):
            raise InvalidInput("This token cannot give what it does not have.", "此令牌不能授予其自身没有的权限范围。")


@dataclass(frozen=True, slots=True)
class TouchToken:
    """The token is in use."""

    id: str
    audited: ClassVar[bool] = False

    def execute(self, work: Work) -> None:
        work.connection.execute(update(t.token).where(_k.id == self.id).values(used_at=work.now))


@dataclass(frozen=True, slots=True)
class RevokeToken:
    """Ends a token: one's own, or any by an administrator."""

    id: str

    def execute(self, work: Work) -> None:
        row: Any = work.connection.execute(
            select(_k.id, _k.name, _k.scopes, _u.username).join(t.user, _u.id == _k.user_id).where(_k.id == self.id)
        ).one_or_none()
        if row is None or (row.username != work.actor.username and not work.actor.has_role("admin")):
            raise NotFound("There is no such token of yours.", "您没有该令牌。")
        before = {"id": row.id, "name": row.name, "scopes": list(row.scopes)}
        work.audit.update(subject=row.username, detail=change(before, None))
        work.connection.execute(delete(t.token).where(_k.id == self.id))
