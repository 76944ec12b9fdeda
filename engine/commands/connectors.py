"""Connectors and secrets: administrators say what service tasks may call. Neither addresses nor secrets are in diagrams, and
secrets are in no answer, audit entry or log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import delete, insert, select, update

from engine import policy
from engine.commands.users import check_key
from engine.connectors.guard import check_url
from engine.errors import Conflict, InvalidInput, NotFound
from engine.store import tables as t
from engine.work import Work

KINDS: Final = ("http", "mail")
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
LONGEST_SECRET: Final = 10_000

_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "http": frozenset({"url", "headers", "auth", "allow", "methods", "timeout"}),
    "mail": frozenset({"host", "port", "sender", "security", "auth", "allow"}),
}
_HOST: Final = re.compile(r"[A-Za-z0-9._-]{1,253}|\[[0-9a-fA-F:]{2,39}\]")
_HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,60}")
_c, _s = t.connector.c, t.secret.c


@dataclass(frozen=True, slots=True)
class SaveConnector:
    """Creates a connector or changes it. `config` of kind http: `url`, and if wanted `headers`, `auth`
    (`{"kind": "bearer" | "basic" | "header", "secret": name, "user", "header"}`), `allow` (hosts inside the network,
    ``host`` or ``host:port``), `methods`, `timeout` (seconds); of kind mail: `host`, `port`, `sender`, `security`, `auth`,
    `allow`."""

    key: str
    kind: str
    config: Mapping[str, Any]
    name: str = ""

    def execute(self, work: Work) -> None:
        policy.check_admin(work.actor)
        check_key(self.key)
        config = checked(self.kind, self.config)
        before = work.connection.execute(select(_c.kind, _c.config).where(_c.key == self.key)).one_or_none()
        work.audit.update(
            subject=self.key,
            detail={
                "before": dict(before._mapping) if before else None,
                "after": {"kind": self.kind, "config": config},
            },
        )
        values = {
            "kind": self.kind,
            "name": (self.name or self.key)[:200],
            "config": config,
            "changed_at": work.now,
            "changed_by": work.actor.username,
        }
        if before is None:
            work.connection.execute(insert(t.connector), {"key": self.key, "created_at": work.now, **values})
        else:
            work.connection.execute(update(t.connector).where(_c.key == self.key).values(**values))


def checked(kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration with only what its kind knows. InvalidInput says what is wrong."""
    if kind not in KINDS:
        raise InvalidInput(f"A connector is one of {', '.join(KINDS)}.", f"连接器类型须为 {'、'.join(KINDS)}。")
    if unknown := sorted(set(config) - _FIELDS[kind]):
        raise InvalidInput(f"A {kind} connector has no “{unknown[0]}”.", f"{kind} 连接器没有“{unknown[0]}”。")
    found = {name: value for name, value in config.items() if value is not None}
    _check_allow(found.get("allow", []))
    _check_auth(kind, found.get("auth"))
    if kind == "http":
        _check_http(found)
    else:
        _check_mail(found)
    return found


def _check_allow(allow: Any) -> None:
    known = isinstance(allow, list) and all(
        isinstance(host, str) and _HOST.fullmatch(host.rpartition(":")[0] if _has_port(host) else host)
        for host in allow
    )
    if not known:
        raise InvalidInput(
            "“allow” is a list of hosts: erp.lan, erp.lan:9000.", "“allow”为主机列表，如 erp.lan、erp.lan:9000。"
        )


def _has_port(host: str) -> bool:
    return host.rpartition(":")[2].isdecimal() and not host.endswith("]")


def _check_auth(kind: str, auth: Any) -> None:
    if auth is None:
        return
    kinds = ("bearer", "basic", "header") if kind == "http" else (None, "basic")
    good = isinstance(auth, Mapping) and auth.get("kind") in kinds and isinstance(auth.get("secret"), str)
    if not good or set(auth) - {"kind", "secret", "user", "header"}:
        raise InvalidInput(
            "“auth” has a kind and the name of a secret, never the secret itself.",
            "“auth”包含类型和密钥名称，不能包含密钥本身。",
        )
    if auth.get("kind") == "header" and not _HEADER.fullmatch(str(auth.get("header", ""))):
        raise InvalidInput("“auth” of kind header names the header.", "“auth”类型为 header 时须给出请求头名称。")


def _check_http(config: Mapping[str, Any]) -> None:
    url = config.get("url")
    if not isinstance(url, str) or "?" in url or "#" in url:
        raise InvalidInput("“url” is an address without ? and #.", "“url”须为不含 ? 和 # 的地址。")
    check_url(url, config.get("allow", ()))
    headers = config.get("headers", {})
    good = isinstance(headers, Mapping) and all(
        _HEADER.fullmatch(str(name)) and isinstance(value, str) and value.isprintable()
        for name, value in headers.items()
    )
    if not good or any(str(name).lower() in ("authorization", "host", "content-length") for name in headers):
        raise InvalidInput(
            "“headers” are names and plain texts; what proves who you are belongs into “auth”.",
            "“headers”为名称与纯文本；身份凭据请放在“auth”。",
        )
    methods = config.get("methods", [])
    if not isinstance(methods, list) or set(methods) - set(METHODS):
        raise InvalidInput(f"“methods” are of {', '.join(METHODS)}.", f"“methods”须取自 {'、'.join(METHODS)}。")
    timeout = config.get("timeout", 1)
    if isinstance(timeout, bool) or not isinstance(timeout, int) or not 1 <= timeout <= 50:
        raise InvalidInput("“timeout” is 1 to 50 seconds.", "“timeout”为 1 到 50 秒。")


def _check_mail(config: Mapping[str, Any]) -> None:
    port = config.get("port", 587)
    if not _HOST.fullmatch(str(config.get("host", ""))) or "@" not in str(config.get("sender", "")):
        raise InvalidInput("A mail connector has a host and a sender.", "邮件连接器须有主机和发件人。")
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
        raise InvalidInput("“port” is a number from 1 to 65535.", "“port”为 1 到 65535。")
    if config.get("security", "starttls") not in ("starttls", "tls", "none"):
        raise InvalidInput("“security” is starttls, tls or none.", "“security”为 starttls、tls 或 none。")


@dataclass(frozen=True, slots=True)
class DeleteConnector:
    """Removes a connector; service tasks that name it become incidents."""

    key: str

    def execute(self, work: Work) -> None:
        policy.check_admin(work.actor)
        work.audit["subject"] = self.key
        if work.connection.execute(delete(t.connector).where(_c.key == self.key)).rowcount == 0:
            raise NotFound(f"There is no connector “{self.key}”.", f"没有连接器“{self.key}”。")


@dataclass(frozen=True, slots=True)
class SaveSecret:
    """Keeps a secret, encrypted, under a name that connectors use. It can be replaced, never read again."""

    name: str
    value: str = field(repr=False)

    def execute(self, work: Work) -> None:
        policy.check_admin(work.actor)
        check_key(self.name)
        if not self.value or len(self.value) > LONGEST_SECRET or not self.value.isprintable():
            raise InvalidInput("A secret is one line of text.", "密钥须为单行文本。")
        work.audit["subject"] = self.name
        values = {
            "ciphertext": work.services.keys.encrypt(self.value),
            "changed_at": work.now,
            "changed_by": work.actor.username,
        }
        if work.connection.execute(update(t.secret).where(_s.name == self.name).values(**values)).rowcount == 0:
            work.connection.execute(insert(t.secret), {"name": self.name, **values})


@dataclass(frozen=True, slots=True)
class DeleteSecret:
    """Forgets a secret that no connector names any more."""

    name: str

    def execute(self, work: Work) -> None:
        policy.check_admin(work.actor)
        work.audit["subject"] = self.name
        for row in work.connection.execute(select(_c.key, _c.config)):
            if (row.config.get("auth") or {}).get("secret") == self.name:
                raise Conflict(f"The connector “{row.key}” needs this secret.", f"连接器“{row.key}”仍在使用该密钥。")
        if work.connection.execute(delete(t.secret).where(_s.name == self.name)).rowcount == 0:
            raise NotFound(f"There is no secret “{self.name}”.", f"没有密钥“{self.name}”。")
