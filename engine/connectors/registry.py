"""Connectors and secrets as administrators saved them, for the operations that call outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, select

from engine.connectors.base import PermanentFailure
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

    def secret(self, name: str) -> str:
        """A secret that the connector names. PermanentFailure when nobody saved it."""
        if name not in self.secrets:
            raise PermanentFailure(
                f"The connector “{self.key}” names the secret “{name}”, which is not there.",
                f"连接器“{self.key}”引用的密钥“{name}”不存在。",
            )
        return self.secrets[name]


_CONNECTOR = select(t.connector.c.kind, t.connector.c.config).where(t.connector.c.key == bindparam("b_key"))
_SECRETS = select(t.secret.c.name, t.secret.c.ciphertext).where(
    t.secret.c.name.in_(bindparam("b_names", expanding=True))
)


def find(database: Database, keys: Keys, key: str, kind: str) -> Connector:
    """The connector that a diagram names. PermanentFailure when there is none of that kind."""
    with database.read() as connection:
        row = connection.execute(_CONNECTOR, {"b_key": key}).one_or_none()
        if row is None or row.kind != kind:
            raise PermanentFailure(f"There is no {kind} connector “{key}”.", f"没有 {kind} 连接器“{key}”。")
        names = secret_names(row.config)
        found = connection.execute(_SECRETS, {"b_names": names}).all() if names else []
    return Connector(key, kind, row.config, {one.name: keys.decrypt(one.ciphertext) for one in found})


def secret_names(config: Mapping[str, Any]) -> list[str]:
    """The secrets that a configuration names, in its `auth`."""
    auth = config.get("auth")
    return [str(auth["secret"])] if isinstance(auth, Mapping) and auth.get("secret") else []
