"""What managers do with cases: pause, resume, cancel, correct variables, try again what failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query
from starlette.datastructures import FormData
from starlette.responses import Response

from api.auth import Call, CallDep, Secured, allow
from api.pages import shell
from api.pages.instances import instance_page
from api.pages.people import names_for
from api.pages.typed import PostedDep
from api.pages.values import KINDS, typed_variables
from engine import policy
from engine.commands.instances import CancelInstance, ResumeInstance, RetryIncident, SetVariables, SuspendInstance
from engine.commands.reveal import RevealVariables
from engine.errors import InvalidInput
from engine.queries import incidents, naming
from engine.queries.incidents import IncidentItem
from engine.queries.paging import Page, PageRequest

router = APIRouter(route_class=Secured, include_in_schema=False)

PAGE: Final = 50


@router.post("/instances/{instance_id}/suspend")
@allow("instances", action=policy.MODIFY)
def suspend(call: CallDep, instance_id: str) -> Response:
    """挂起: nothing moves the case until it is resumed."""
    call.run(SuspendInstance(instance_id))
    return shell.redirect(call, f"/instances/{instance_id}", "suspended")


@router.post("/instances/{instance_id}/resume")
@allow("instances", action=policy.MODIFY)
def resume(call: CallDep, instance_id: str) -> Response:
    """恢复."""
    call.run(ResumeInstance(instance_id))
    return shell.redirect(call, f"/instances/{instance_id}", "resumed")


@router.post("/instances/{instance_id}/cancel")
@allow("instances", action=policy.CANCEL)
def cancel(call: CallDep, instance_id: str, reason: Annotated[str, Form(max_length=1000)] = "") -> Response:
    """取消: ends the case and everything that it called."""
    call.run(CancelInstance(instance_id, reason.strip() or None))
    return shell.redirect(call, f"/instances/{instance_id}", "cancelled")


@router.post("/instances/{instance_id}/variables")
@allow("instances", action=policy.MODIFY)
def set_variables(call: CallDep, instance_id: str, posted: PostedDep) -> Response:
    """Corrects variables; conditions that watch them react."""
    try:
        values = _variables(call, posted)
        if not values:
            raise InvalidInput("Name the variable that is to change.", "请填写要修改的变量名。")
        call.run(SetVariables(instance_id, values))
    except InvalidInput as error:
        return instance_page(call, instance_id, problem=_sentence(call, error), status=422)
    return shell.redirect(call, f"/instances/{instance_id}#variables", "variables")


@router.post("/instances/{instance_id}/reveal")
@allow("instances", action=policy.READ_SENSITIVE)
def reveal(call: CallDep, instance_id: str, name: Annotated[str, Form(max_length=255)] = "") -> Response:
    """The page once more with one sensitive value on it; the audit keeps who looked."""
    return instance_page(call, instance_id, revealed=call.run(RevealVariables(instance_id, name)))


def _variables(call: Call, posted: FormData) -> Mapping[str, Any]:
    lists = {name: [str(value) for value in posted.getlist(name)] for name in ("name", "kind", "value")}
    return typed_variables(lists, call.zone)


def _sentence(call: Call, error: InvalidInput) -> str:
    return error.zh if call.lang == "zh" else error.message


# --- incidents -----------------------------------------------------------------------------------------------------------


@router.get("/incidents")
@allow("instances", action=policy.READ_INSTANCE)
def show_incidents(
    call: CallDep,
    process: Annotated[str, Query(max_length=200)] = "",
    state: str = "",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """What went wrong and waits for somebody; solved ones on request."""
    solved = state == "resolved"
    with call.read() as connection:
        found: Page[IncidentItem] = incidents.list_incidents(
            connection,
            call.actor,
            PageRequest(PAGE, cursor),
            status="resolved" if solved else "open",
            definition_key=process or None,
        )
        processes = naming.processes(connection, call.actor)
        names = names_for(call, connection, [item.resolved_by for item in found.items])
    values: dict[str, Any] = {
        "found": found,
        "names": names,
        "processes": processes,
        "process": process,
        "solved": solved,
        "kinds": KINDS,
        "may_operate": policy.somewhere(call.actor, policy.MODIFY),
    }
    if shell.is_htmx(call):
        return shell.part(call, "incidents/list.html", **values)
    return shell.page(call, "incidents/index.html", "monitor", **values)


@router.post("/incidents/{incident_id}/retry")
@allow("instances", action=policy.MODIFY)
def retry(call: CallDep, incident_id: str, posted: PostedDep) -> Response:
    """重试: the failed element or job once more, after the variables that came with it were changed."""
    next = shell.own_path(str(posted.get("_next", "")), "/incidents")
    try:
        call.run(RetryIncident(incident_id, _variables(call, posted)))
    except InvalidInput as error:
        instance = str(posted.get("_instance", ""))
        if not instance:
            raise
        return instance_page(call, instance, problem=_sentence(call, error), status=422)
    return shell.redirect(call, next, "retried")
