"""`/api/v1/connectors`, `/secrets`, `/operations`: what service tasks may call. Administrators define it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.auth import CallDep, Secured, allow
from api.exact import Json
from api.rest.common import EVERYWHERE, V1, Key
from api.rest.models import connectors as m
from engine import policy, trials
from engine.commands.connectors import (
    KEY_PATTERN,
    DeleteConnector,
    DeleteSecret,
    DisableConnector,
    EnableConnector,
    SaveConnector,
    SaveSecret,
)
from engine.connectors.catalogue import CATALOGUE
from engine.queries import connectors as q

NewKey = Annotated[str, Path(pattern=KEY_PATTERN, description="Key, as diagrams name it.")]
Name = Annotated[str, Path(pattern=KEY_PATTERN, description="Name, as connectors use it.")]
router = APIRouter(prefix=V1, tags=["connectors"], route_class=Secured, responses=EVERYWHERE)


@router.get("/operations", response_model=m.Operations, summary="List what diagrams can call")
@allow("definitions", action=policy.DEPLOY)
def list_operations(call: CallDep) -> Json:
    """Operations with their parameters, and the connectors by key. Where a connector leads, only administrators see."""
    with call.read() as connection:
        choices = q.list_choices(connection, call.actor)
    return Json({"operations": list(CATALOGUE.values()), "connectors": choices})


@router.get("/connectors", response_model=list[m.Connector], summary="List connectors")
@allow("connectors", "admin")
def list_connectors(call: CallDep) -> Json:
    """All connectors by key, without secrets."""
    with call.read() as connection:
        return Json(q.list_connectors(connection, call.actor))


@router.get("/connectors/{key}", response_model=m.Connector, summary="Get a connector")
@allow("connectors", "admin")
def get_connector(call: CallDep, key: Key) -> Json:
    """One connector by key, without its secret."""
    with call.read() as connection:
        return Json(q.get_connector(connection, call.actor, key))


@router.put("/connectors/{key}", status_code=204, response_model=None, summary="Create or change a connector")
@allow("connectors", "admin")
def save_connector(call: CallDep, key: NewKey, body: m.ConnectorChange) -> Json:
    """The connector is as the body says. Running cases use it so from their next call on."""
    call.run(SaveConnector(key, body.kind, body.config.model_dump(exclude_none=True), body.name))
    return Json(status_code=204)


@router.delete("/connectors/{key}", status_code=204, response_model=None, summary="Delete a connector")
@allow("connectors", "admin")
def delete_connector(call: CallDep, key: Key) -> Json:
    """Service tasks that name it become incidents."""
    call.run(DeleteConnector(key))
    return Json(status_code=204)


@router.post("/connectors/{key}/disable", status_code=204, response_model=None, summary="Switch a connector off")
@allow("connectors", "admin")
def disable_connector(call: CallDep, key: Key) -> Json:
    """Service tasks that name it become incidents until it is on again."""
    call.run(DisableConnector(key))
    return Json(status_code=204)


@router.post("/connectors/{key}/enable", status_code=204, response_model=None, summary="Switch a connector on")
@allow("connectors", "admin")
def enable_connector(call: CallDep, key: Key) -> Json:
    """It can be called again."""
    call.run(EnableConnector(key))
    return Json(status_code=204)


@router.post("/connectors/{key}/test", response_model=m.Trial, summary="Try a connector")
@allow("connectors", "admin")
def try_connector(call: CallDep, key: Key, body: m.TryConnector) -> Json:
    """One GET with its headers and secret, or one sign-in at its mail server, under the same guard as every call. It is
    tried whether it is on or off."""
    return Json(trials.try_connector(call.services, call.actor, key, body.path, **call.whence))


@router.get("/connectors/{key}/uses", response_model=list[m.Use], summary="List who names a connector")
@allow("connectors", "admin")
def list_connector_uses(call: CallDep, key: Key) -> Json:
    """Processes of which the newest version names it; a name that is an expression is not found."""
    with call.read() as connection:
        q.get_connector(connection, call.actor, key)
        return Json(q.list_uses(connection, call.actor, call.services.definitions, key))


@router.get("/secrets", response_model=list[m.Secret], summary="List secrets")
@allow("connectors", "admin")
def list_secrets(call: CallDep) -> Json:
    """Their names, who set them and when. Their values are never given back."""
    with call.read() as connection:
        return Json(q.list_secrets(connection, call.actor))


@router.put("/secrets/{key}", status_code=204, response_model=None, summary="Set or replace a secret")
@allow("connectors", "admin")
def save_secret(call: CallDep, key: Name, body: m.NewSecret) -> Json:
    """Encrypted at rest. The next call uses it."""
    call.run(SaveSecret(key, body.value))
    return Json(status_code=204)


@router.delete("/secrets/{key}", status_code=204, response_model=None, summary="Delete a secret")
@allow("connectors", "admin")
def delete_secret(call: CallDep, key: Key) -> Json:
    """Only when no connector names it."""
    call.run(DeleteSecret(key))
    return Json(status_code=204)
