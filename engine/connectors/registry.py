"""Connectors and secrets as administrators saved them, for the operations that call outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, select

from engine.connectors.base import PermanentFailure
from engine.errors import NotFound
from engine.keys import Keys
from engine.store import tables as t
from engine.store.database import Database


@dataclass(frozen=True, slots=True)
class Connector:
    """One connector, ready to be used. `secrets`: by name, decrypted."""

    key: str
    kind: str
    config: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)
    disabled: bool = False

    def secret(self, name: str) -> str:
        """A secret that the connector names. PermanentFailure when nobody saved it."""
        if name not in self.secrets:
            raise PermanentFailure(
                f"The connector “{self.key}” names the secret “{name}”, which is not there.",
                f"连接器“{self.key}”引用的密钥“{name}”不存在。",
            )
        return self.secrets[name]


_CONNECTOR = select(t.connector.c.kind, t.connector.c.config, t.connector.c.disabled).where(
    t.connector.c.key == bindparam("b_key")
)
_SECRETS = select(t.secret.c.name, t.secret.c.ciphertext).where(
    t.secret.c.name.in_(bindparam("b_names", expanding=True))
)


def find(database: Database, keys: Keys, key: str, kind: str) -> Connector:
    """The connector that a diagram names. PermanentFailure when there is none of that kind, or it is switched off."""
    try:
        connector = load(database, keys, key)
    except NotFound as error:
        raise PermanentFailure(f"There is no {kind} connector “{key}”.", f"没有 {kind} 连接器“{key}”。") from error
    if connector.kind != kind:
        raise PermanentFailure(
            f"The connector “{key}” is one for {connector.kind}, not for {kind}.",
            f"连接器“{key}”的类型是 {connector.kind}，不是 {kind}。",
        )
    if connector.disabled:
        raise PermanentFailure(
            f"An administrator has switched the connector “{key}” off.", f"连接器“{key}”已被管理员停用。"
        )
    return connector


def load(database: Database, keys: Keys, key: str) -> Connector:
    """A connector of any kind, switched on or off, with the secrets that it names and that are there. NotFound."""
    with database.read() as connection:
        row = connection.execute(_CONNECTOR, {"b_key": key}).one_or_none()
        if row is None:
            raise NotFound(f"There is no connector “{key}”.", f"没有连接器“{key}”。")
        names = secret_names(row.config)
        found = connection.execute(_SECRETS, {"b_names": names}).all() if names else []
    secrets = {one.name: keys.decrypt(one.ciphertext) for one in found}
    return Connector(key, row.kind, row.config, secrets, row.disabled)


def secret_names(config: Mapping[str, Any]) -> list[str]:
    """The secrets that a configuration names, in its `auth`."""
    auth = config.get("auth")
    return [str(auth["secret"])] if isinstance(auth, Mapping) and auth.get("secret") else []
