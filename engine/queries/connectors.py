"""What administrators see of connectors, secrets (their names) and kept mails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from engine import policy
from engine.actor import Actor
from engine.errors import NotFound
from engine.queries.paging import Page, PageRequest, order
from engine.store import tables as t

_c, _s, _m = t.connector.c, t.secret.c, t.mail.c


@dataclass(frozen=True, slots=True)
class ConnectorItem:
    """A connector. `config` names its secret and never holds it."""

    key: str
    kind: str
    name: str
    config: Mapping[str, Any]
    created_at: datetime
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class SecretItem:
    """That there is a secret, never which."""

    name: str
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class MailItem:
    """A mail that a process sent, or that was kept because there is no mail server."""

    id: str
    instance_id: str | None
    recipients: list[str]
    subject: str
    text: str
    html: str | None
    status: str
    created_at: datetime
    sent_at: datetime | None


def list_connectors(connection: Connection, actor: Actor) -> list[ConnectorItem]:
    """All connectors by key. Forbidden but for administrators."""
    policy.check_admin(actor)
    return [ConnectorItem(**row) for row in connection.execute(select(t.connector).order_by(_c.key)).mappings()]


def get_connector(connection: Connection, actor: Actor, key: str) -> ConnectorItem:
    """One connector. NotFound."""
    policy.check_admin(actor)
    row = connection.execute(select(t.connector).where(_c.key == key)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no connector “{key}”.", f"没有连接器“{key}”。")
    return ConnectorItem(**row)


def list_secrets(connection: Connection, actor: Actor) -> list[SecretItem]:
    """The names of all secrets."""
    policy.check_admin(actor)
    query = select(_s.name, _s.changed_at, _s.changed_by).order_by(_s.name)
    return [SecretItem(**row) for row in connection.execute(query).mappings()]


def list_mails(connection: Connection, actor: Actor, page: PageRequest) -> Page[MailItem]:
    """Mails, newest first. Sort: created."""
    policy.check_admin(actor)
    chosen = order(page, {"created": _m.created_at}, _m.id, "-created")
    query = select(*(_m[name] for name in _MAIL), _m.created_at.label("sort_value"))
    rows = connection.execute(chosen.apply(query))
    return chosen.page(rows, lambda row: MailItem(**{name: getattr(row, name) for name in _MAIL}))


_MAIL = tuple(field.name for field in fields(MailItem))
