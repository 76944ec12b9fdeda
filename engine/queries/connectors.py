"""What administrators see of connectors, secrets (their names) and mails; what process owners see of what they may call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from engine import policy
from engine.actor import Actor
from engine.bpmn.model import Node
from engine.connectors.configuration import METHODS
from engine.connectors.registry import secret_names
from engine.definitions import Definitions
from engine.errors import NotFound
from engine.queries.paging import Page, PageRequest, order
from engine.store import tables as t

MOST_USES: Final = 200
"""Processes in which calls of a connector are looked for."""
MAIL_STATES: Final = ("kept", "due", "failed", "sent")

_c, _s, _m, _i, _d, _r = t.connector.c, t.secret.c, t.mail.c, t.instance.c, t.definition.c, t.resource.c


@dataclass(frozen=True, slots=True)
class ConnectorItem:
    """A connector. `config` names its secret and never holds it; `missing`: the secret that it names and that is not there."""

    key: str
    kind: str
    name: str
    config: Mapping[str, Any]
    disabled: bool
    missing: str | None
    created_at: datetime
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class ConnectorChoice:
    """What who draws diagrams has to know of a connector: neither where it leads nor how it proves itself."""

    key: str
    kind: str
    name: str
    methods: tuple[str, ...]
    """HTTP methods that it allows; none for mail."""
    disabled: bool


@dataclass(frozen=True, slots=True)
class Use:
    """A process of which the newest version names a connector."""

    key: str
    name: str
    name_zh: str
    elements: tuple[str, ...]
    """Names of the tasks."""


@dataclass(frozen=True, slots=True)
class SecretItem:
    """That there is a secret, never which. `used_by`: keys of the connectors that name it."""

    name: str
    used_by: tuple[str, ...]
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class MailItem:
    """A mail that a process sent or meant to send. `status`: kept (there was no mail server), due, failed or sent."""

    id: str
    instance_id: str | None
    definition_key: str | None
    business_key: str | None
    recipients: list[str]
    subject: str
    status: str
    connector: str | None
    """The mail connector; None: the installation's mail server."""
    attempts: int
    error: str | None
    error_zh: str | None
    created_at: datetime
    tried_at: datetime | None
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class MailDetail:
    """A mail with its text: Markdown as written, and the clean HTML of it."""

    mail: MailItem
    text: str
    html: str | None


# --- connectors and secrets ------------------------------------------------------------------------------------------------


def list_connectors(connection: Connection, actor: Actor) -> list[ConnectorItem]:
    """All connectors by key. Forbidden but for administrators."""
    policy.check_admin(actor)
    there = set(connection.execute(select(_s.name)).scalars())
    return [_connector(row, there) for row in connection.execute(select(t.connector).order_by(_c.key))]


def get_connector(connection: Connection, actor: Actor, key: str) -> ConnectorItem:
    """One connector. NotFound."""
    policy.check_admin(actor)
    row = connection.execute(select(t.connector).where(_c.key == key)).one_or_none()
    if row is None:
        raise NotFound(f"There is no connector “{key}”.", f"没有连接器“{key}”。")
    named = secret_names(row.config)
    there = set(connection.execute(select(_s.name).where(_s.name.in_(named))).scalars()) if named else set()
    return _connector(row, there)


def _connector(row: Row[Any], there: set[str]) -> ConnectorItem:
    missing = [name for name in secret_names(row.config) if name not in there]
    return ConnectorItem(**row._mapping, missing=missing[0] if missing else None)


def list_choices(connection: Connection, actor: Actor) -> list[ConnectorChoice]:
    """The connectors that a diagram can name, by key. Forbidden but for who may deploy something."""
    policy.check_somewhere(actor, policy.DEPLOY)
    return [
        ConnectorChoice(
            row.key,
            row.kind,
            row.name,
            tuple(row.config.get("methods") or METHODS) if row.kind == "http" else (),
            row.disabled,
        )
        for row in connection.execute(select(t.connector).order_by(_c.key))
    ]


def list_uses(connection: Connection, actor: Actor, definitions: Definitions, key: str) -> list[Use]:
    """The processes of which the newest version names the connector, by key."""
    policy.check_admin(actor)
    query = (
        select(_d.id, _d.key, _d.name, _d.name_zh, _r.content)
        .join(t.resource, (_r.deployment_id == _d.deployment_id) & (_r.name == _d.resource_name))
        .where(_d.latest.is_(True))
        .order_by(_d.key)
        .limit(MOST_USES)
    )
    found = []
    for row in connection.execute(query):
        if key.encode() in row.content:
            nodes = definitions.get(connection, row.id).process.nodes.values()
            elements = tuple(node.name or node.id for node in nodes if _names(node, key))
            if elements:
                found.append(Use(row.key, row.name, row.name_zh, elements))
    return found


def _names(node: Node, key: str) -> bool:
    return node.service is not None and ("connector", key) in node.service.parameters


def list_secrets(connection: Connection, actor: Actor) -> list[SecretItem]:
    """The names of all secrets."""
    policy.check_admin(actor)
    used: dict[str, list[str]] = {}
    for row in connection.execute(select(_c.key, _c.config).order_by(_c.key)):
        for name in secret_names(row.config):
            used.setdefault(name, []).append(row.key)
    query = select(_s.name, _s.changed_at, _s.changed_by).order_by(_s.name)
    return [
        SecretItem(row.name, tuple(used.get(row.name, ())), row.changed_at, row.changed_by)
        for row in connection.execute(query)
    ]


# --- mails ------------------------------------------------------------------------------------------------------------------


_MAIL = (
    select(
        *(
            _m[name]
            for name in (
                "id", "instance_id", "recipients", "subject", "status", "connector", "attempts", "error", "error_zh",
                "created_at", "tried_at", "sent_at",
            )
        ),
        _i.definition_key,
        _i.business_key,
    ).outerjoin(t.instance, _i.id == _m.instance_id)
)  # fmt: skip


def list_mails(
    connection: Connection,
    actor: Actor,
    page: PageRequest,
    *,
    status: str | None = None,
    instance_id: str | None = None,
) -> Page[MailItem]:
    """Mails, newest first, without their texts. Sort: created."""
    policy.check_admin(actor)
    query = _MAIL.add_columns(_m.created_at.label("sort_value"))
    if status is not None:
        query = query.where(_m.status == status)
    if instance_id is not None:
        query = query.where(_m.instance_id == instance_id)
    chosen = order(page, {"created": _m.created_at}, _m.id, "-created")
    return chosen.page(connection.execute(chosen.apply(query)), _mail)


def get_mail(connection: Connection, actor: Actor, id: str) -> MailDetail:
    """One mail with its text. NotFound."""
    policy.check_admin(actor)
    row = connection.execute(_MAIL.add_columns(_m.text, _m.html).where(_m.id == id)).one_or_none()
    if row is None:
        raise NotFound("There is no such mail.", "没有该邮件。")
    return MailDetail(_mail(row), row.text, row.html)


def _mail(row: Row[Any]) -> MailItem:
    return MailItem(**{name: getattr(row, name) for name in MailItem.__dataclass_fields__})
