"""Administration: what service tasks may call. A secret is typed here and never shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query
from starlette.datastructures import FormData
from starlette.responses import Response

from api.auth import Call, CallDep, Secured, allow
from api.i18n import mark
from api.pages import shell
from api.pages.people import names_for
from api.pages.typed import PostedDep
from engine import trials
from engine.commands.connectors import (
    DeleteConnector,
    DeleteSecret,
    DisableConnector,
    EnableConnector,
    SaveConnector,
    SaveSecret,
)
from engine.connectors.configuration import METHODS
from engine.connectors.registry import secret_names
from engine.connectors.trial import Trial
from engine.errors import FacetError, InvalidInput
from engine.queries import connectors as q

router = APIRouter(route_class=Secured, include_in_schema=False)

KIND_NAMES: Final[Mapping[str, str]] = {"http": mark("HTTP"), "mail": mark("Mail")}
AUTH_NAMES: Final[Mapping[str, str]] = {
    "": mark("Nothing: the other side asks for no secret"),
    "bearer": mark("Bearer token"),
    "basic": mark("User name and password"),
    "header": mark("A header of another name"),
    "query": mark("A parameter of the address"),
}
AUTH_FIELDS: Final[Mapping[str, str]] = {"basic": "user", "header": "header", "query": "parameter"}
"""What the form's field `user` means, by the way in which a connector proves itself."""
SECURITY_NAMES: Final[Mapping[str, str]] = {
    "starttls": mark("STARTTLS (usual, port 587)"),
    "tls": mark("TLS from the start (port 465)"),
    "none": mark("None: only inside your own network"),
}
EMPTY: Final[Mapping[str, Any]] = {
    "key": "", "name": "", "url": "", "auth": "", "secret": "", "user": "", "headers": "", "allow": "",
    "methods": (), "timeout": "", "host": "", "port": "", "sender": "", "security": "starttls",
}  # fmt: skip
Text = Annotated[str, Form(max_length=2000)]


@router.get("/admin/connectors")
@allow("connectors", "admin")
def show_connectors(call: CallDep) -> Response:
    """All connectors."""
    with call.read() as connection:
        found = q.list_connectors(connection, call.actor)
        names = names_for(call, connection, [item.changed_by for item in found])
    return shell.page(call, "admin/connectors.html", "admin", found=found, names=names, kind_names=KIND_NAMES)


@router.get("/admin/connectors/new")
@allow("connectors", "admin")
def show_new_connector(call: CallDep, kind: Annotated[str, Query(max_length=10)] = "http") -> Response:
    """The form for a new connector."""
    return _page(call, None, kind if kind in KIND_NAMES else "http", {})


@router.post("/admin/connectors/new")
@allow("connectors", "admin")
def create_connector(call: CallDep, posted: PostedDep) -> Response:
    """Adds a connector."""
    kind = "mail" if posted.get("kind") == "mail" else "http"
    typed = _typed(posted)
    try:
        call.run(SaveConnector(typed["key"], kind, _config(kind, typed), typed["name"], new=True))
    except FacetError as error:
        return _page(call, None, kind, typed, _sentence(call, error), error.status)
    name = typed["name"] or typed["key"]
    return shell.redirect(call, f"/admin/connectors/{typed['key']}", "connector-saved", name=name)


@router.get("/admin/connectors/{key}")
@allow("connectors", "admin")
def show_connector(call: CallDep, key: str) -> Response:
    """One connector: its configuration, its secret, a trial."""
    return _page(call, key, "", {})


@router.post("/admin/connectors/{key}")
@allow("connectors", "admin")
def change_connector(call: CallDep, key: str, posted: PostedDep) -> Response:
    """Saves the configuration."""
    with call.read() as connection:
        kind = q.get_connector(connection, call.actor, key).kind
    typed = _typed(posted) | {"key": key}
    try:
        call.run(SaveConnector(key, kind, _config(kind, typed), typed["name"]))
    except FacetError as error:
        return _page(call, key, kind, typed, _sentence(call, error), error.status)
    return shell.redirect(call, f"/admin/connectors/{key}", "connector-saved", name=typed["name"] or key)


@router.post("/admin/connectors/{key}/disable")
@allow("connectors", "admin")
def disable_connector(call: CallDep, key: str) -> Response:
    """停用."""
    call.run(DisableConnector(key))
    return shell.redirect(call, f"/admin/connectors/{key}", "connector-disabled", name=key)


@router.post("/admin/connectors/{key}/enable")
@allow("connectors", "admin")
def enable_connector(call: CallDep, key: str) -> Response:
    """启用."""
    call.run(EnableConnector(key))
    return shell.redirect(call, f"/admin/connectors/{key}", "connector-enabled", name=key)


@router.post("/admin/connectors/{key}/delete")
@allow("connectors", "admin")
def delete_connector(call: CallDep, key: str) -> Response:
    """删除: after a question."""
    call.run(DeleteConnector(key))
    return shell.redirect(call, "/admin/connectors", "connector-deleted", name=key)


@router.post("/admin/connectors/{key}/secret")
@allow("connectors", "admin")
def replace_secret(call: CallDep, key: str, value: Annotated[str, Form(max_length=10_000)] = "") -> Response:
    """Sets the secret that the connector names."""
    with call.read() as connection:
        item = q.get_connector(connection, call.actor, key)
    names = secret_names(item.config)
    try:
        if not names:
            raise InvalidInput(
                "The connector names no secret. Say first how it proves itself.",
                "该连接器未引用密钥，请先选择身份验证方式。",
            )
        call.run(SaveSecret(names[0], value))
    except FacetError as error:
        return _page(call, key, item.kind, {}, secret_problem=_sentence(call, error), status=error.status)
    return shell.redirect(call, f"/admin/connectors/{key}", "secret-saved", name=names[0])


@router.post("/admin/connectors/{key}/test")
@allow("connectors", "admin")
def try_connector(call: CallDep, key: str, path: Text = "") -> Response:
    """试用: one request, and what came of it."""
    trial = trials.try_connector(call.services, call.actor, key, path.strip(), **call.whence)
    if shell.is_htmx(call):
        return shell.part(call, "admin/trial.html", trial=trial)
    return _page(call, key, "", {}, trial=trial, path=path)


def _page(
    call: Call,
    key: str | None,
    kind: str,
    typed: Mapping[str, Any],
    problem: str = "",
    status: int = 200,
    *,
    secret_problem: str = "",
    trial: Trial | None = None,
    path: str = "",
) -> Response:
    with call.read() as connection:
        item = q.get_connector(connection, call.actor, key) if key is not None else None
        uses = q.list_uses(connection, call.actor, call.services.definitions, key) if key is not None else []
        secrets = q.list_secrets(connection, call.actor)
        people = [secret.changed_by for secret in secrets] + ([item.changed_by] if item is not None else [])
        names = names_for(call, connection, people)
    kind = item.kind if item is not None else kind
    named = secret_names(item.config) if item is not None else []
    values: dict[str, Any] = {
        "item": item,
        "kind": kind,
        "typed": {**EMPTY, **(_known(item) if item is not None else {}), **typed},
        "uses": uses,
        "secrets": secrets,
        "secret": next((one for one in secrets if one.name in named), None),
        "named": named[0] if named else "",
        "names": names,
        "kind_names": KIND_NAMES,
        "auth_names": AUTH_NAMES if kind == "http" else {name: AUTH_NAMES[name] for name in ("", "basic")},
        "security_names": SECURITY_NAMES,
        "methods": METHODS,
        "problem": problem,
        "secret_problem": secret_problem,
        "trial": trial,
        "path": path,
    }
    return shell.page(call, "admin/connector.html", "admin", status=status, **values)


def _sentence(call: Call, error: FacetError) -> str:
    return error.zh if call.lang == "zh" else error.message


# --- the form --------------------------------------------------------------------------------------------------------------


def _known(item: q.ConnectorItem) -> dict[str, Any]:
    """A connector as its form shows it."""
    config = item.config
    auth = config.get("auth") or {}
    plain = {name: config[name] for name in ("url", "timeout", "host", "port", "sender", "security") if name in config}
    return plain | {
        "key": item.key,
        "name": item.name,
        "auth": (auth.get("kind") or "basic") if auth else "",
        "secret": auth.get("secret", ""),
        "user": auth.get("user") or auth.get("header") or auth.get("parameter") or "",
        "headers": "\n".join(f"{name}: {value}" for name, value in config.get("headers", {}).items()),
        "allow": "\n".join(config.get("allow", ())),
        "methods": tuple(config.get("methods", ())),
    }


def _typed(posted: FormData) -> dict[str, Any]:
    found: dict[str, Any] = {name: str(posted.get(name, "")).strip() for name in EMPTY if name != "methods"}
    return found | {"methods": tuple(str(method) for method in posted.getlist("methods"))}


def _config(kind: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration that the form means. InvalidInput."""
    auth = {"kind": typed["auth"], "secret": typed["secret"] or typed["key"]}
    if typed["auth"] in AUTH_FIELDS:
        auth[AUTH_FIELDS[typed["auth"]]] = typed["user"]
    shared = {
        "auth": auth if typed["auth"] else None,
        "allow": typed["allow"].replace(",", " ").split(),
    }
    if kind == "mail":
        own = {name: typed[name] for name in ("host", "sender", "security")} | {"port": _number(typed["port"], "port")}
    else:
        own = {
            "url": typed["url"],
            "headers": _headers(typed["headers"]),
            "methods": list(typed["methods"]),
            "timeout": _number(typed["timeout"], "timeout"),
        }
    return {name: value for name, value in {**own, **shared}.items() if value not in (None, "", [], {})}


def _number(text: str, name: str) -> int | None:
    if text and not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise InvalidInput(f"“{name}” is a whole number.", f"“{name}”须为整数。")
    return int(text) if text else None


def _headers(text: str) -> dict[str, str]:
    found = {}
    for line in filter(str.strip, text.splitlines()):
        name, colon, value = line.partition(":")
        if not colon:
            raise InvalidInput(
                f"A header is written Name: value, not “{line[:60]}”.", f"请求头格式为“名称: 值”，而不是“{line[:60]}”。"
            )
        found[name.strip()] = value.strip()
    return found


# --- secrets ----------------------------------------------------------------------------------------------------------------


@router.get("/admin/secrets")
@allow("connectors", "admin")
def show_secrets(call: CallDep, name: Annotated[str, Query(max_length=100)] = "") -> Response:
    """The names of all secrets, and the form to set or replace one."""
    return _secrets(call, name)


@router.post("/admin/secrets")
@allow("connectors", "admin")
def save_secret(call: CallDep, name: Text = "", value: Annotated[str, Form(max_length=10_000)] = "") -> Response:
    """Sets or replaces a secret."""
    try:
        call.run(SaveSecret(name.strip(), value))
    except FacetError as error:
        return _secrets(call, name, _sentence(call, error), error.status)
    return shell.redirect(call, "/admin/secrets", "secret-saved", name=name.strip())


@router.post("/admin/secrets/{name}/delete")
@allow("connectors", "admin")
def delete_secret(call: CallDep, name: str) -> Response:
    """Forgets a secret that no connector names."""
    try:
        call.run(DeleteSecret(name))
    except FacetError as error:
        return _secrets(call, "", _sentence(call, error), error.status)
    return shell.redirect(call, "/admin/secrets", "secret-deleted", name=name)


def _secrets(call: Call, name: str, problem: str = "", status: int = 200) -> Response:
    with call.read() as connection:
        found = q.list_secrets(connection, call.actor)
        names = names_for(call, connection, [item.changed_by for item in found])
    values = {"found": found, "names": names, "name": name, "problem": problem}
    return shell.page(call, "admin/secrets.html", "admin", status=status, **values)
