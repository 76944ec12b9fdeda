"""Connectors and secrets: administrators say what service tasks may call. Neither addresses nor secrets are in diagrams, and
secrets are in no answer, audit entry or log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import delete, insert, select, update

from engine import policy
from engine.connectors.configuration import checked
from engine.connectors.registry import secret_names
from engine.errors import Conflict, InvalidInput, NotFound
from engine.store import tables as t
from engine.work import Work

LONGEST_SECRET: Final = 10_000
KEY_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
"""Keys of connectors and names of secrets."""
_KEY: Final = re.compile(KEY_PATTERN)
_c, _s = t.connector.c, t.secret.c


def check_name(text: str) -> str:
    """A connector's key or a secret's name. InvalidInput."""
    if not _KEY.fullmatch(text) or text.endswith("\n"):
        raise InvalidInput(
            "A connector's key, and a secret's name, has 1 to 100 letters, digits or . _ - and begins with a letter or digit.",
            "连接器标识和密钥名称由 1 到 100 个字母、数字或 . _ - 组成，以字母或数字开头。",
        )
    return text


@dataclass(frozen=True, slots=True)
class SaveConnector:
    """Creates a connector or changes it. `config` of kind http: `url`, and if wanted `headers`, `auth`
    (`{"kind": "bearer" | "basic" | "header" | "query", "secret": name, "user", "header", "parameter"}`), `allow` (hosts
    inside the network, ``host`` or ``host:port``), `methods`, `timeout` (seconds); of kind mail: `host`, `port`, `sender`,
    `security`, `auth`, `allow`. `new`: Conflict when there is one already."""

    key: str
    kind: str
    config: Mapping[str, Any]
    name: str = ""
    new: bool = False

    def execute(self, work: Work) -> None:
        policy.check_admin(work.actor)
        check_name(self.key)
        config = checked(self.kind, self.config)
        name = self.name.strip()[:200] or self.key
        before = _described(work, self.key)
        if before is not None and self.new:
            raise Conflict(f"There is already a connector “{self.key}”.", f"连接器“{self.key}”已存在。")
        values: dict[str, Any] = {"kind": self.kind, "name": name, "config": config}
        disabled = before["disabled"] if before is not None else False
        work.audit.update(subject=self.key, detail=_change(before, {**values, "disabled": disabled}))
        values |= {"changed_at": work.now, "changed_by": work.actor.username}
        if before is None:
            work.connection.execute(insert(t.connector), {"key": self.key, "created_at": work.now, **values})
        else:
            work.connection.execute(update(t.connector).where(_c.key == self.key).values(**values))


def _described(work: Work, key: str) -> dict[str, Any] | None:
    """What the audit keeps of a connector; None when there is none."""
    query = select(_c.kind, _c.name, _c.config, _c.disabled).where(_c.key == key).with_for_update()
    row = work.connection.execute(query).mappings().one_or_none()
    return dict(row) if row is not None else None


def _change(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, Any]:
    """The detail of an audit entry: every part that differs, whole: nobody hides a host behind a long list."""
    sides = [None if side is None else {**side, **side["config"]} for side in (before, after)]
    for side in sides:
        if side is not None:
            del side["config"]
    old, new = sides
    if old is not None and new is not None:
        same = [name for name in old if name in new and old[name] == new[name]]
        old, new = ({name: side[name] for name in side if name not in same} for side in (old, new))
    return {"before": old, "after": new}


def no_connector(key: str) -> NotFound:
    """The answer for a connector that is not there."""
    return NotFound(f"There is no connector “{key}”.", f"没有连接器“{key}”。")


@dataclass(frozen=True, slots=True)
class DisableConnector:
    """Switches a connector off: what names it becomes an incident until it is switched on again."""

    key: str

    def execute(self, work: Work) -> None:
        _switch(work, self.key, disabled=True)


@dataclass(frozen=True, slots=True)
class EnableConnector:
    """Switches a connector on again."""

    key: str

    def execute(self, work: Work) -> None:
        _switch(work, self.key, disabled=False)


def _switch(work: Work, key: str, *, disabled: bool) -> None:
    policy.check_admin(work.actor)
    before = _described(work, key)
    if before is None:
        raise no_connector(key)
    work.audit.update(subject=key, detail={"before": {"disabled": before["disabled"]}, "after": {"disabled": disabled}})
    values = {"disabled": disabled, "changed_at": work.now, "changed_by": work.actor.username}
    work.connection.execute(update(t.connector).where(_c.key == key).values(**values))


@dataclass(frozen=True, slots=True)
class DeleteConnector:
    """Removes a connector; service tasks that name it become incidents."""

    key: str

    def execute(self, work: Work) -> None:
        policy.check_admin(work.actor)
        before = _described(work, self.key)
        if before is None:
            raise no_connector(self.key)
        work.audit.update(subject=self.key, detail=_change(before, None))
        work.connection.execute(delete(t.connector).where(_c.key == self.key))


@dataclass(frozen=True, slots=True)
class TryConnector:
    """Keeps in the audit that an administrator tried a connector, and what came of it (`engine.trials` makes the call)."""

    key: str
    outcome: str
    status: int | None = None

    def execute(self, work: Work) -> None:
        policy.check_admin(work.actor)
        work.audit.update(subject=self.key, detail={"outcome": self.outcome, "status": self.status})


@dataclass(frozen=True, slots=True)
class SaveSecret:
    """Keeps a secret, encrypted, under a name that connectors use. It can be replaced, never read again. The audit says that
    it was set or changed, and nothing of its value."""

    name: str
    value: str = field(repr=False)

    def execute(self, work: Work) -> None:
        policy.check_admin(work.actor)
        check_name(self.name)
        if not self.value or len(self.value) > LONGEST_SECRET or not self.value.isprintable():
            raise InvalidInput("A secret is one line of text.", "密钥须为单行文本。")
        if self.value != self.value.strip():
            raise InvalidInput(
                "A secret does not begin or end with a space; it may have come along with the copy.",
                "密钥首尾不能有空格，可能是复制时带入的。",
            )
        values = {
            "ciphertext": work.services.keys.encrypt(self.value),
            "changed_at": work.now,
            "changed_by": work.actor.username,
        }
        known = work.connection.execute(update(t.secret).where(_s.name == self.name).values(**values)).rowcount > 0
        before, after = ({"secret": "set"}, {"secret": "new"}) if known else (None, {"secret": "set"})
        work.audit.update(subject=self.name, detail={"before": before, "after": after})
        if not known:
            work.connection.execute(insert(t.secret), {"name": self.name, **values})


@dataclass(frozen=True, slots=True)
class DeleteSecret:
    """Forgets a secret that no connector names any more."""

    name: str

    def execute(self, work: Work) -> None:
        policy.check_admin(work.actor)
        work.audit.update(subject=self.name, detail={"before": {"secret": "set"}, "after": None})
        for row in work.connection.execute(select(_c.key, _c.config)):
            if self.name in secret_names(row.config):
                raise Conflict(f"The connector “{row.key}” needs this secret.", f"连接器“{row.key}”仍在使用该密钥。")
        if work.connection.execute(delete(t.secret).where(_s.name == self.name)).rowcount == 0:
            raise NotFound(f"There is no secret “{self.name}”.", f"没有密钥“{self.name}”。")
