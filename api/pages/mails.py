"""Administration: mails of processes, what became of them, and sending them again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.auth import Call, CallDep, Secured, allow
from api.i18n import mark
from api.pages import shell
from engine import trials
from engine.commands.mails import SendMail
from engine.connectors.trial import Trial
from engine.errors import Conflict
from engine.queries import connectors as q
from engine.queries.paging import PageRequest

router = APIRouter(route_class=Secured, include_in_schema=False)

PAGE: Final = 50
STATE_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "kept": ("warning", mark("Kept")),
    "due": ("info", mark("On its way")),
    "failed": ("danger", mark("Not sent")),
    "sent": ("success", mark("Sent")),
}


@router.get("/admin/mails")
@allow("connectors", "admin")
def show_mails(
    call: CallDep,
    state: Annotated[str, Query(max_length=12)] = "",
    instance: Annotated[str, Query(max_length=64)] = "",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """All mails, newest first."""
    return _page(call, state if state in STATE_NAMES else "", instance, cursor)


def _page(
    call: Call,
    state: str = "",
    instance: str = "",
    cursor: str | None = None,
    problem: str = "",
    trial: Trial | None = None,
    status: int = 200,
) -> Response:
    with call.read() as connection:
        page = PageRequest(PAGE, cursor)
        found = q.list_mails(connection, call.actor, page, status=state or None, instance_id=instance or None)
    values: dict[str, Any] = {
        "found": found,
        "state": state,
        "instance": instance,
        "state_names": STATE_NAMES,
        "server": call.services.mail_server,
        "problem": problem,
        "trial": trial,
    }
    return shell.page(call, "admin/mails.html", "admin", status=status, **values)


@router.post("/admin/mails/test")
@allow("connectors", "admin")
def try_mail_server(call: CallDep) -> Response:
    """Signs in at the installation's mail server, and sends nothing."""
    try:
        trial = trials.try_mail_server(call.services, call.actor, **call.whence)
    except Conflict as error:
        return _page(call, problem=error.zh if call.lang == "zh" else error.message, status=error.status)
    return shell.part(call, "admin/trial.html", trial=trial) if shell.is_htmx(call) else _page(call, trial=trial)


@router.get("/admin/mails/{mail_id}")
@allow("connectors", "admin")
def show_mail(call: CallDep, mail_id: str) -> Response:
    """One mail with its text."""
    return _mail(call, mail_id)


def _mail(call: Call, mail_id: str, problem: str = "", status: int = 200) -> Response:
    with call.read() as connection:
        detail = q.get_mail(connection, call.actor, mail_id)
    values: dict[str, Any] = {
        "detail": detail,
        "mail": detail.mail,
        "state_names": STATE_NAMES,
        "server": call.services.mail_server,
        "problem": problem,
    }
    return shell.page(call, "admin/mail.html", "admin", status=status, **values)


@router.post("/admin/mails/{mail_id}/send")
@allow("connectors", "admin")
def send_mail(call: CallDep, mail_id: str) -> Response:
    """重新发送."""
    try:
        call.run(SendMail(mail_id))
    except Conflict as error:
        return _mail(call, mail_id, error.zh if call.lang == "zh" else error.message, error.status)
    return shell.redirect(call, f"/admin/mails/{mail_id}", "mail-due")
