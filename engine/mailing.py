"""Sending a mail again that was kept or had failed, outside any transaction: what the command `SendMail` asked for."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from engine.actor import SYSTEM
from engine.bus import run
from engine.commands.jobs import Job
from engine.commands.mails import NoteMail, no_server
from engine.connectors.base import PermanentFailure
from engine.connectors.mail import message, server_of
from engine.connectors.registry import find
from engine.connectors.smtp import MailServer, send
from engine.errors import Conflict, FacetError
from engine.store import tables as t
from engine.work import Services

_m = t.mail.c
_DUE = select(_m.id, _m.key, _m.connector, _m.recipients, _m.subject, _m.text).where(
    _m.id == bindparam("b_id"), _m.status == "due"
)


def send_again(services: Services, job: Job) -> None:
    """One attempt at one mail. Raises what hindered it when it is to be tried again."""
    with services.database.read() as connection:
        row = connection.execute(_DUE, {"b_id": job.payload["mail"]}).one_or_none()
    if row is None:  # sent or erased meanwhile
        run(services, NoteMail(job.payload["mail"], job=job.id), SYSTEM, source="worker")
        return
    try:
        server = _server(services, row.connector)
        send(server, message(server.sender, row.recipients, row.subject, row.text, row.key or row.id))
    except FacetError as error:
        last = job.retries <= 1 or isinstance(error, PermanentFailure | Conflict)
        run(services, NoteMail(row.id, error, last, job.id if last else None), SYSTEM, source="worker")
        if not last:
            raise
    else:
        run(services, NoteMail(row.id, done=True, job=job.id), SYSTEM, source="worker")


def _server(services: Services, connector: str | None) -> MailServer:
    if connector is not None:
        return server_of(find(services.database, services.keys, connector, "mail"))
    if services.mail_server is None:
        raise no_server()
    return services.mail_server
