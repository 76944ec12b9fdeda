"""`/api/v1/mails`, `/mail-server`: mails of processes, and who carries them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.auth import CallDep, Secured, allow
from api.exact import Json
from api.rest.common import EVERYWHERE, V1, Id, Plain
from api.rest.models import connectors as m
from api.rest.models.common import PageOf, Str
from engine import trials
from engine.commands.mails import SendMail
from engine.queries import connectors as q

router = APIRouter(prefix=V1, tags=["mails"], route_class=Secured, responses=EVERYWHERE)


@router.get("/mails", response_model=PageOf[m.Mail], summary="List mails")
@allow("connectors", "admin")
def list_mails(
    call: CallDep,
    page: Plain,
    status: Annotated[m.MailStatus | None, Query(description="kept, due, failed or sent")] = None,
    instance_id: Annotated[Str | None, Query(max_length=64)] = None,
) -> Json:
    """Mails that processes sent or meant to send, newest first, without their texts."""
    with call.read() as connection:
        return Json(q.list_mails(connection, call.actor, page, status=status, instance_id=instance_id))


@router.get("/mails/{id}", response_model=m.MailDetail, summary="Get a mail")
@allow("connectors", "admin")
def get_mail(call: CallDep, id: Id) -> Json:
    """One mail with its text."""
    with call.read() as connection:
        return Json(q.get_mail(connection, call.actor, id))


@router.post("/mails/{id}/send", status_code=204, response_model=None, summary="Send a mail again")
@allow("connectors", "admin")
def send_mail(call: CallDep, id: Id) -> Json:
    """A mail that was kept or had failed; the worker sends it in a moment, the list says what came of it."""
    call.run(SendMail(id))
    return Json(status_code=204)


@router.get("/mail-server", response_model=m.MailServer, summary="Get the mail server")
@allow("connectors", "admin")
def get_mail_server(call: CallDep) -> Json:
    """As the settings name it; a diagram may name a mail connector instead."""
    server = call.services.mail_server
    names = ("host", "port", "sender", "user", "security")
    return Json({name: getattr(server, name) if server is not None else None for name in names})


@router.post("/mail-server/test", response_model=m.Trial, summary="Try the mail server")
@allow("connectors", "admin")
def try_mail_server(call: CallDep) -> Json:
    """Connects and signs in; no mail is sent."""
    return Json(trials.try_mail_server(call.services, call.actor, **call.whence))
