"""Shapes: me, sessions, API tokens, users, groups."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.rest.models.common import EXAMPLE_ID, In, Out, Str, Whole
from engine.commands.sessions import Scope
from engine.commands.users import KEY_PATTERN

Language = Literal["en", "zh"]


class SignIn(In):
    """Name and password."""

    username: Str = Field(max_length=200, examples=["li.na"])
    password: Str = Field(max_length=200, examples=["a long sentence that nobody guesses"])


class SignedIn(Out):
    """The session: its cookie is set; requests that change something need `csrf_token` in the header X-CSRF-Token."""

    csrf_token: str
    expires_at: datetime


class Me(Out):
    """Who calls."""

    username: str = Field(examples=["li.na"])
    name: str = Field(examples=["Li Na"])
    groups: list[str] = Field(examples=[["consultant"]])
    roles: list[str] = Field(description="staff, owner, manager, admin, integration", examples=[["manager"]])
    scopes: list[str] = Field(description="What the API token in use is limited to; empty: not limited.")
    language: Language | None
    zone: str | None = Field(description="IANA time zone; null: the installation's.", examples=["Asia/Shanghai"])
    theme: str | None
    csrf_token: str = Field(description="For the header X-CSRF-Token; empty for API tokens.")


class MeChange(In):
    """One's own choices; what is left out stays."""

    language: Language | None = None
    zone: Str | None = Field(default=None, max_length=64, examples=["Asia/Shanghai"])
    theme: Literal["auto", "light", "dark"] | None = None


class PasswordChange(In):
    """The old and the new password; other sessions end."""

    old: Str = Field(max_length=200)
    new: Str = Field(min_length=8, max_length=128)


class Session(Out):
    """One of my sessions."""

    id: str = Field(description="Names it for ending it; opens nothing.")
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str | None
    agent: str | None
    current: bool = Field(description="The one that asks.")


class Token(Out):
    """One of my API tokens."""

    id: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


class NewToken(In):
    """An API token to be made."""

    name: Str = Field(min_length=1, max_length=200, examples=["Nightly report"])
    scopes: list[Scope] = Field(
        default=[],
        max_length=20,
        description="read: every GET; the others: everything under their noun. Empty: all that the user may.",
        examples=[["read", "messages"]],
    )
    expires_in_days: Annotated[int, Field(ge=1, le=3650), Whole] | None = None
    username: Str | None = Field(default=None, max_length=200, description="Somebody else's; administrators only.")


class IssuedToken(Out):
    """A new API token; `token` is shown this once."""

    id: str = Field(examples=[EXAMPLE_ID])
    token: str = Field(examples=["facet_…"])


class User(Out):
    """A person; `email` and `disabled` are null but for administrators and for oneself."""

    username: str
    name: str
    groups: list[str]
    email: str | None
    disabled: bool | None
    created_at: datetime | None


class NewUser(In):
    """A person to be made."""

    username: str = Field(pattern=KEY_PATTERN, examples=["wang.wei"])
    name: Str = Field(min_length=1, max_length=200, examples=["Wang Wei"])
    password: Str | None = Field(
        default=None, min_length=8, max_length=128, description="None: no sign-in by password."
    )
    email: Str | None = Field(default=None, max_length=320)
    groups: list[Str] = Field(default=[], max_length=200, examples=[["designer"]])
    language: Language | None = None


class UserChange(In):
    """What is to change; what is left out stays."""

    name: Str | None = Field(default=None, min_length=1, max_length=200)
    email: Str | None = Field(default=None, max_length=320)
    groups: list[Str] | None = Field(default=None, max_length=200)
    password: Str | None = Field(default=None, min_length=8, max_length=128, description="Ends the user's sessions.")
    disabled: bool | None = Field(default=None, description="True ends all sessions and tokens at once.")


class Group(Out):
    """A group."""

    key: str = Field(examples=["designer"])
    name: str = Field(examples=["Designers"])
    name_zh: str = Field(examples=["设计师"])
    role: str | None = Field(description="What members may do in Facet itself; null: staff.")
    head: str | None = Field(description="Username; escalations go there.")
    members: int


class GroupChange(In):
    """A group as it is to be."""

    name: Str = Field(min_length=1, max_length=200, examples=["Designers"])
    name_zh: Str = Field(default="", max_length=200, examples=["设计师"])
    role: Literal["staff", "owner", "manager", "admin", "integration"] | None = None
    head: Str | None = Field(default=None, max_length=200)
