"""Messages that came before somebody waited for them: who waits now is compared with what is held."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, false, or_, select, text

from engine.record.page import Row, deliver_job
from engine.runtime.waits import named_correlation
from engine.store import tables as t

MOST_HELD = 1000
"""Held messages of one name that a new subscription is compared with."""

_o = t.outbox.c
_LOCK = {
    True: text("SELECT pg_advisory_xact_lock(1178685290, hashtext(:b_name))"),
    False: text("SELECT pg_advisory_xact_lock_shared(1178685290, hashtext(:b_name))"),
}


def message_key(text: str) -> str:
    """A message id as it is kept: itself, or its digest when it is too long for the column."""
    return text if len(text) <= 255 else f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def correlation_key(text: str) -> str:
    """A correlation text as it is kept and compared: too long ones end in a digest."""
    return text if len(text) <= 400 else f"{text[:300]}…{hashlib.sha256(text.encode()).hexdigest()}"


def lock_message_names(connection: Connection, names: Iterable[str], *, sending: bool) -> None:
    """Until the end of the transaction, nobody begins to wait for these names while somebody decides that nobody does.

    Without it, on PostgreSQL, a message and its receiver that come at the same moment would not see each other. SQLite has
    one writer anyway. To be taken right before one looks.
    """
    if connection.dialect.name != "sqlite":
        for name in sorted(set(names)):
            connection.execute(_LOCK[sending], {"b_name": name})


def fits_variables(message: Any, variables: Mapping[str, Any]) -> bool:
    """Whether variables have the values that a message (a row of outbox) was correlated by."""
    row: Mapping[str, Any] = message if isinstance(message, Mapping) else message._mapping
    values = row["correlation_values"]
    if values:
        return all(name in variables and variables[name] == value for name, value in values.items())
    name = str(row["correlation"]).partition("=")[0]
    return name in variables and correlation_key(named_correlation({name: variables[name]})) == row["correlation"]


def deliveries(
    connection: Connection, subscriptions: Sequence[Row], variables: Mapping[str, Any], now: datetime
) -> list[Row]:
    """Jobs that deliver what is held for these subscriptions of one instance, oldest message first."""
    waiting = [row for row in subscriptions if row["kind"] == "message"]
    if not waiting:
        return []
    names = sorted({row["name"] for row in waiting})
    lock_message_names(connection, names, sending=False)
    keys = [row["correlation"] for row in waiting if row["correlation"] is not None]
    parameters = {"b_names": names, "b_keys": keys, "b_now": now}
    held = connection.execute(_HELD_FOR_ANY if any(map(_plain, waiting)) else _HELD, parameters).all()
    return [deliver_job(m.id, now) for m in held if any(_fits(m, row, variables) for row in waiting)]


def _plain(subscription: Row) -> bool:
    key = subscription["correlation"]
    return key is None or key.startswith("bk:")


def _fits(message: Any, subscription: Row, variables: Mapping[str, Any]) -> bool:
    if message.name != subscription["name"]:
        return False
    if message.correlation is None or message.correlation == subscription["correlation"]:
        return True
    return not message.correlation.startswith("bk:") and _plain(subscription) and fits_variables(message, variables)


def _held(named: Any) -> Any:
    return (
        select(_o.id, _o.name, _o.correlation, _o.correlation_values)
        .where(
            _o.status == "held",
            _o.name.in_(bindparam("b_names", expanding=True)),
            or_(_o.correlation.is_(None), _o.correlation.in_(bindparam("b_keys", expanding=True)), named),
            or_(_o.expires_at.is_(None), _o.expires_at > bindparam("b_now")),
        )
        .order_by(_o.id)
        .limit(MOST_HELD)
    )


_HELD = _held(false())
_HELD_FOR_ANY = _held(_o.correlation.not_like("bk:%"))
"""For one who waits by its business key or by nothing: named keys may be its variables."""
