"""What happened in an instance: activities, variables, incidents, audit; decisions that were asked."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.auth import CallDep, Secured, allow
from api.exact import Json
from api.rest.common import EVERYWHERE, V1, Id, Plain
from api.rest.models import definitions as d
from api.rest.models import instances as m
from api.rest.models.common import PageOf, Str
from engine import policy
from engine.queries import history as q
from engine.queries import incidents

router = APIRouter(prefix=V1, tags=["history"], route_class=Secured, responses=EVERYWHERE)


@router.get(
    "/process-instances/{id}/activities", response_model=PageOf[m.Activity], summary="List an instance's activities"
)
@allow("instances")
def list_activities(call: CallDep, id: Id, page: Plain) -> Json:
    """In the order in which they began. Others than managers and process owners see their own steps."""
    with call.read() as connection:
        return Json(q.activities(connection, call.actor, id, page))


@router.get(
    "/process-instances/{id}/history", response_model=PageOf[m.VariableChange], summary="List changes of variables"
)
@allow("instances", action=policy.READ_VARIABLE)
def list_variable_changes(
    call: CallDep, id: Id, page: Plain, name: Annotated[Str | None, Query(max_length=255)] = None
) -> Json:
    """How the variables of an instance changed, newest first."""
    with call.read() as connection:
        return Json(q.variable_changes(connection, call.actor, call.services.definitions, id, page, name))


@router.get(
    "/process-instances/{id}/incidents", response_model=PageOf[m.Incident], summary="List an instance's incidents"
)
@allow("instances")
def list_instance_incidents(
    call: CallDep, id: Id, page: Plain, status: Annotated[Str | None, Query(max_length=12)] = None
) -> Json:
    """What went wrong in the instance, newest first, resolved ones too."""
    with call.read() as connection:
        return Json(incidents.list_incidents(connection, call.actor, page, status=status, instance_id=id))


@router.get("/process-instances/{id}/audit", response_model=PageOf[m.AuditEntry], summary="List an instance's audit")
@allow("instances", action=policy.READ_INSTANCE)
def list_instance_audit(call: CallDep, id: Id, page: Plain) -> Json:
    """Who did what with the instance, newest first."""
    with call.read() as connection:
        return Json(q.audit(connection, call.actor, q.AuditFilter(instance_id=id), page))


@router.get("/decision-evaluations", response_model=PageOf[d.Evaluation], summary="List decisions that were asked")
@allow("decisions", action=policy.READ_VARIABLE)
def list_evaluations(
    call: CallDep,
    page: Plain,
    key: Annotated[Str | None, Query(max_length=200)] = None,
    instance_id: Annotated[Str | None, Query(max_length=64)] = None,
) -> Json:
    """With what they were asked, which rules matched, and what they answered; newest first."""
    with call.read() as connection:
        return Json(
            q.decision_evaluations(
                connection, call.actor, call.services.definitions, page, key=key, instance_id=instance_id
            )
        )
