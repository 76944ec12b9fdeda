"""`/api/v1/process-instances`: start, look, intervene."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Header, Path, Query
from starlette.responses import Response

from api.auth import CallDep, Secured, allow
from api.exact import Json, as_tree
from api.rest.common import EVERYWHERE, V1, Id, sorted_by
from api.rest.drawing import SVG, SVG_ANSWER, instance_svg
from api.rest.models import instances as m
from api.rest.models.common import Created, Moment, PageOf, Str
from engine import policy
from engine.commands.instances import CancelInstance, ResumeInstance, SetVariables, StartInstance, SuspendInstance
from engine.commands.reveal import RevealVariables
from engine.errors import InvalidInput
from engine.queries import instances as q
from engine.queries.paging import PageRequest
from engine.variables import from_plain, plain_loads

router = APIRouter(
    prefix=f"{V1}/process-instances", tags=["process instances"], route_class=Secured, responses=EVERYWHERE
)

Name = Annotated[Str | None, Query(max_length=200)]


@router.get("", response_model=PageOf[m.Instance], summary="List process instances")
@allow("instances")
def list_instances(
    call: CallDep,
    page: Annotated[PageRequest, sorted_by("started", "key", "definition")],
    definition_key: Name = None,
    definition_id: Annotated[Str | None, Query(max_length=64)] = None,
    status: Annotated[Str | None, Query(max_length=16, description="active, suspended, completed, …")] = None,
    business_key: Name = None,
    initiator: Name = None,
    mine: Annotated[bool, Query(description="我发起的: only what the caller started.")] = False,
    incidents: Annotated[bool | None, Query(description="With (true) or without (false) open incidents.")] = None,
    parent_id: Annotated[Str | None, Query(max_length=64)] = None,
    top_level: Annotated[bool, Query(description="Only those that no other instance called.")] = False,
    started_after: Moment | None = None,
    started_before: Moment | None = None,
    text: Annotated[Str | None, Query(max_length=200, description="In the business key.")] = None,
    late: Annotated[bool, Query(description="Only those with a task that is overdue.")] = False,
    variables: Annotated[
        Str | None,
        Query(max_length=2000, description="JSON object: only instances whose variables have these values."),
    ] = None,
) -> Json:
    """Managers and process owners see all, newest first; others what they started or worked on."""
    filter = q.InstanceFilter(
        definition_key=definition_key,
        definition_id=definition_id,
        status=status,
        business_key=business_key,
        initiator=initiator,
        initiated=mine,
        incidents=incidents,
        parent_id=parent_id,
        top_level=top_level,
        started_after=started_after,
        started_before=started_before,
        text=text,
        late_at=call.now if late else None,
        variables=_wanted(variables),
    )
    with call.read() as connection:
        return Json(q.list_instances(connection, call.actor, filter, page))


def _wanted(text: str | None) -> dict[str, object]:
    wanted = plain_loads(text) if text else {}
    if not isinstance(wanted, dict):
        raise InvalidInput("`variables` is a JSON object of names and values.", "variables 须为 JSON 对象。")
    return cast(dict[str, object], from_plain(wanted))


@router.post("", status_code=201, response_model=Created, summary="Start a process")
@allow("instances")
def start_instance(
    call: CallDep,
    body: m.NewInstance,
    idempotency_key: Annotated[
        Str | None,
        Header(min_length=1, max_length=100, description="The same key again returns the instance of the first time."),
    ] = None,
) -> Json:
    """发起流程. The variables are the fields of the start form, or any where there is none."""
    key = f"{call.actor.username}/{idempotency_key}" if idempotency_key is not None else None
    id = call.run(StartInstance(body.key, body.variables, body.business_key, key, body.version))
    return Json({"id": id}, 201, headers={"Location": f"{V1}/process-instances/{id}"})


@router.get("/{id}", response_model=m.InstanceWithState, summary="Get a process instance")
@allow("instances")
def get_instance(call: CallDep, id: Id) -> Json:
    """With variables, where it stands, and what it called."""
    with call.read() as connection:
        detail = q.get_instance(connection, call.actor, call.services.definitions, id)
    return Json(
        {
            **as_tree(detail.instance),
            "variables": detail.variables,
            "masked": detail.masked,
            "called": detail.called,
            "standing": detail.standing,
            "may_operate": detail.may_operate,
        }
    )


@router.get("/{id}/diagram.svg", response_class=Response, responses=SVG_ANSWER, summary="Draw where it stands")
@allow("instances")
def draw_instance(call: CallDep, id: Id) -> Response:
    """The diagram with live tokens, completed and failed elements, as SVG."""
    with call.read() as connection:
        svg = instance_svg(call, connection, id)
    return Response(svg, media_type=SVG)


@router.patch("/{id}/variables", status_code=204, response_model=None, summary="Change variables")
@allow("instances", action=policy.MODIFY)
def set_variables(call: CallDep, id: Id, body: m.VariablesChange) -> Json:
    """Managers correct variables of the process; conditional events react."""
    call.run(SetVariables(id, body.variables))
    return Json(status_code=204)


@router.post("/{id}/variables/reveal", response_model=m.Revealed, summary="Look at sensitive variables")
@allow("instances", action=policy.READ_SENSITIVE)
def reveal_variables(call: CallDep, id: Id) -> Json:
    """Whoever holds READ_SENSITIVE sees what is behind “•••”; the audit keeps that they looked."""
    return Json({"variables": call.run(RevealVariables(id))})


@router.post("/{id}/variables/{name}/reveal", response_model=m.Revealed, summary="Look at one sensitive variable")
@allow("instances", action=policy.READ_SENSITIVE)
def reveal_variable(
    call: CallDep, id: Id, name: Annotated[Str, Path(max_length=255, description="The variable's name.")]
) -> Json:
    """What is behind “•••” of one variable; the audit keeps who looked."""
    return Json({"variables": call.run(RevealVariables(id, name))})


@router.post("/{id}/suspend", status_code=204, response_model=None, summary="Suspend an instance")
@allow("instances", action=policy.MODIFY)
def suspend_instance(call: CallDep, id: Id) -> Json:
    """挂起: it stays where it is until it is resumed."""
    call.run(SuspendInstance(id))
    return Json(status_code=204)


@router.post("/{id}/resume", status_code=204, response_model=None, summary="Resume an instance")
@allow("instances", action=policy.MODIFY)
def resume_instance(call: CallDep, id: Id) -> Json:
    """恢复: it goes on; timers that became due meanwhile fire once."""
    call.run(ResumeInstance(id))
    return Json(status_code=204)


@router.post("/{id}/cancel", status_code=204, response_model=None, summary="Cancel an instance")
@allow("instances", action=policy.CANCEL)
def cancel_instance(call: CallDep, id: Id, body: m.Cancellation) -> Json:
    """撤销: it ends with everything that it called."""
    call.run(CancelInstance(id, body.reason))
    return Json(status_code=204)
