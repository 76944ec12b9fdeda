"""People and groups by the names that readers know, and the lists to choose them from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

import forms
from api.auth import Call
from engine.queries import naming, users
from engine.queries.paging import PageRequest
from forms import Form, Kind, UserChoice

MOST_CHOICES: Final = 200
"""People whom a list offers; beyond them a username is typed."""


@dataclass(frozen=True, slots=True)
class Names:
    """Says names: `names("lina")` → "李娜", `names.group("consultant")` in the reader's language."""

    people: Mapping[str, str]
    groups: Mapping[str, naming.Name]
    zh: bool

    def __call__(self, username: str | None) -> str:
        """The display name; the username of somebody unknown; empty for nobody."""
        return self.people.get(username, username) if username else ""

    def group(self, key: str) -> str:
        """The group's name; the key of an unknown one."""
        found = self.groups.get(key)
        if found is None:
            return key
        return (found.zh if self.zh else "") or found.en


def names_for(call: Call, connection: Connection, usernames: Iterable[str | None]) -> Names:
    """The names of `usernames` and of all groups."""
    return Names(naming.people(connection, usernames), naming.groups(connection), call.lang == "zh")


def choices(call: Call, connection: Connection) -> tuple[UserChoice, ...]:
    """Active people, for choosing a colleague."""
    found = users.list_users(connection, call.actor, PageRequest(MOST_CHOICES, sort="username"))
    return tuple(UserChoice(item.username, f"{item.name} ({item.username})") for item in found.items)


def pickers(call: Call, connection: Connection, form: Form) -> tuple[Sequence[UserChoice], Sequence[UserChoice]]:
    """People and groups for a form's fields; nothing is read when it asks for neither."""
    kinds = {field.kind for field in form.record.walk()}
    people = choices(call, connection) if forms.Kind.USER in kinds else ()
    if Kind.GROUP not in kinds:
        return people, ()
    zh = call.lang == "zh"
    known = naming.groups(connection).values()
    return people, tuple(UserChoice(group.key, (group.zh if zh else "") or group.en) for group in known)
