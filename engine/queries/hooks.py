"""Inbound webhooks: what administrators see of them, and whether a call may come in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, select

from engine import policy
from engine.actor import Actor
from engine.errors import Conflict, FacetError
from engine.hooks import NOTED_EVERY, SignatureRefused, Signed, is_key, no_hook, usable, verified
from engine.keys import Keys
from engine.queries.paging import Page, PageRequest, order
from engine.store import tables as t

_h = t.hook.c


@dataclass(frozen=True, slots=True)
class HookItem:
    """An inbound webhook; never its secret. `old_until`: the secret before this one is good until then. `received_at`,
    `refused_at`: the last message that was taken and the last that was not, to the minute; `refusal`: why
    (`engine.hooks.REASONS`)."""

    key: str
    name: str
    message: str
    business_key: str | None
    correlation: str | None
    disabled: bool
    created_at: datetime
    changed_at: datetime
    old_until: datetime | None
    received_at: datetime | None
    refused_at: datetime | None
    refusal: str | None


_ITEM = tuple(_h[field.name] for field in fields(HookItem))


def list_hooks(connection: Connection, actor: Actor, page: PageRequest) -> Page[HookItem]:
    """All hooks. Sort: key. Forbidden but for administrators."""
    policy.check_admin(actor)
    chosen = order(page, {"key": _h.key}, _h.key, "key")
    query = select(*_ITEM, _h.key.label("id"), _h.key.label("sort_value"))
    return chosen.page(connection.execute(chosen.apply(query)), lambda row: HookItem(*row[: len(_ITEM)]))


def get_hook(connection: Connection, actor: Actor, key: str) -> HookItem:
    """One hook. NotFound."""
    policy.check_admin(actor)
    row = connection.execute(select(*_ITEM).where(_h.key == key)).one_or_none()
    if row is None:
        raise no_hook()
    return HookItem(*row)


@dataclass(frozen=True, slots=True)
class Admission:
    """What came of looking at a call: `signed`, or `error` for the caller and its `reason`; `note`: the hook is to remember
    it."""

    signed: Signed | None = None
    error: FacetError | None = None
    reason: str = ""
    note: bool = False


def admit(
    connection: Connection, keys: Keys, key: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> Admission:
    """Looks at a call of a hook. NotFound for a hook that is not there or switched off."""
    query = select(_h.secret, _h.old_secret, _h.old_until, _h.refused_at).where(_h.key == key, _h.disabled.is_(False))
    row = connection.execute(query).one_or_none() if is_key(key) else None
    if row is None:
        raise no_hook()
    note = row.refused_at is None or now - row.refused_at > NOTED_EVERY
    try:
        secrets = usable(keys, row, now)
    except Conflict:
        return Admission(None, SignatureRefused("signature"), "secret", note)
    try:
        return Admission(verified(key, secrets, headers, body, now))
    except SignatureRefused as error:
        return Admission(None, error, error.reason, note)
    except FacetError as error:
        return Admission(None, error, "body", note)
