"""Administration: who may do what beside what roles give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Form, Query
from starlette.responses import Response

from api.auth import Call, CallDep, Secured, allow
from api.i18n import mark
from api.pages import shell
from api.pages.people import choices
from engine import policy
from engine.commands.grants import GrantPermission, RevokePermission, SubjectKind
from engine.errors import FacetError, InvalidInput
from engine.queries import grants, naming
from engine.queries.paging import PageRequest

router = APIRouter(route_class=Secured, include_in_schema=False)

PAGE: Final = 100
ACTION_NAMES: Final[Mapping[str, str]] = {
    "START": mark("Start cases"),
    "READ_INSTANCE": mark("See all cases"),
    "READ_TASK": mark("See all tasks"),
    "WORK_ANY": mark("Assign any task"),
    "READ_VARIABLE": mark("Read variables"),
    "READ_SENSITIVE": mark("Reveal sensitive values"),
    "CANCEL": mark("Cancel cases"),
    "MODIFY": mark("Correct and repair cases"),
    "DEPLOY": mark("Deploy new versions"),
    "GRANT": mark("Give permissions"),
}
assert set(ACTION_NAMES) == set(policy.ACTIONS)

Text = Annotated[str, Form(max_length=320)]


@router.get("/admin/grants")
@allow("users", action=policy.GRANT)
def show_grants(call: CallDep, cursor: Annotated[str | None, Query(max_length=2000)] = None) -> Response:
    """All permissions that the reader may give, and the form for a new one."""
    return _page(call, {}, cursor=cursor)


def _page(
    call: Call, typed: Mapping[str, str], problem: str = "", status: int = 200, cursor: str | None = None
) -> Response:
    with call.read() as connection:
        found = grants.list_grants(connection, call.actor, PageRequest(PAGE, cursor))
        groups = naming.groups(connection)
        people = choices(call, connection)
        processes = naming.processes(connection, call.actor)
    whole = policy.everywhere(call.actor, policy.GRANT)
    values: dict[str, Any] = {
        "found": found,
        "groups": groups,
        "people": people,
        "processes": [one for one in processes if policy.may(call.actor, policy.GRANT, one.key)],
        "whole": whole,
        "action_names": ACTION_NAMES,
        "typed": {"subject": "", "process": "", "action": ""} | dict(typed),
        "problem": problem,
    }
    return shell.page(call, "admin/grants.html", "admin", status=status, **values)


@router.post("/admin/grants")
@allow("users", action=policy.GRANT)
def add_grant(call: CallDep, subject: Text = "", process: Text = "", action: Text = "") -> Response:
    """授权: `subject` is user:NAME or group:KEY."""
    typed = {"subject": subject, "process": process, "action": action}
    kind, _, name = subject.partition(":")
    try:
        if kind not in ("user", "group") or not name or not process:
            raise InvalidInput("Choose who may do what with which process.", "请选择对象、流程和操作。")
        call.run(GrantPermission(cast(SubjectKind, kind), name, "PROCESS", process, action))
    except FacetError as error:
        return _page(call, typed, error.zh if call.lang == "zh" else error.message, error.status)
    return shell.redirect(call, "/admin/grants", "granted", name=name)


@router.post("/admin/grants/{grant_id}/revoke")
@allow("users", action=policy.GRANT)
def revoke_grant(call: CallDep, grant_id: str) -> Response:
    """取消授权."""
    call.run(RevokePermission(grant_id))
    return shell.redirect(call, "/admin/grants", "revoked")
