"""`/api/v1/process-definitions`, `/deployments`, `/decisions`: what can run, as uploaded, and new versions of it."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Header, Query, UploadFile
from fastapi.params import File, Form
from starlette.responses import Response

import forms
from api.auth import CallDep, Secured, allow
from api.exact import Json
from api.problems import problem_of_file
from api.rest.common import EVERYWHERE, V1, Id, Key, Plain, sorted_by
from api.rest.drawing import SVG, SVG_ANSWER, definition_svg
from api.rest.models import definitions as m
from api.rest.models.common import Created, PageOf, Str, Variables
from api.rest.models.instances import Start
from api.rest.models.tasks import Calculated, FormDescription
from api.rest.tasks import calculated, form_description
from engine import policy
from engine.commands.decisions import EvaluateDecision
from engine.commands.deployments import DeployDefinitions, Deployment
from engine.commands.instances import StartInstance
from engine.errors import DeploymentRejected
from engine.queries import definitions as q
from engine.queries.paging import PageRequest

router = APIRouter(prefix=V1, route_class=Secured, responses=EVERYWHERE)
DEFINITIONS: list[str | Enum] = ["process definitions"]
Version = Annotated[int | None, Query(ge=1, le=1_000_000, description="None: the newest.")]
Uploads = Annotated[
    list[UploadFile],
    File(min_length=1, max_length=200, description="Diagrams (.bpmn), decisions (.dmn), forms (.json, .form)."),
]
FILE_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file as it was uploaded.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("/process-definitions", response_model=PageOf[m.Definition], tags=DEFINITIONS, summary="List processes")
@allow("definitions")
def list_definitions(
    call: CallDep,
    page: Annotated[PageRequest, sorted_by("key", "name", "created")],
    key: Annotated[Str | None, Query(max_length=200)] = None,
    all_versions: bool = False,
    startable: Annotated[bool, Query(description="Only what the caller may start.")] = False,
    text: Annotated[Str | None, Query(max_length=200, description="In name or key.")] = None,
) -> Json:
    """Processes by key: managers and process owners see all, others what they may start. Sorts: key, name, created."""
    filter = q.DefinitionFilter(key, not all_versions, startable, text)
    with call.read() as connection:
        return Json(q.list_definitions(connection, call.actor, filter, page))


@router.get("/process-definitions/{key}", response_model=m.Definition, tags=DEFINITIONS, summary="Get a process")
@allow("definitions")
def get_definition(call: CallDep, key: Key, version: Version = None) -> Json:
    """The newest or the given version."""
    with call.read() as connection:
        return Json(q.get_definition(connection, call.actor, key, version))


@router.get(
    "/process-definitions/{key}/diagram.svg",
    response_class=Response,
    responses=SVG_ANSWER,
    tags=DEFINITIONS,
    summary="Draw a process",
)
@allow("definitions")
def draw_definition(call: CallDep, key: Key, version: Version = None) -> Response:
    """The diagram as SVG."""
    with call.read() as connection:
        svg = definition_svg(call, connection, q.get_definition(connection, call.actor, key, version).id)
    return Response(svg, media_type=SVG)


@router.get(
    "/process-definitions/{key}/xml",
    response_class=Response,
    responses=FILE_ANSWER,
    tags=DEFINITIONS,
    summary="Download a diagram",
)
@allow("definitions", action=policy.READ_INSTANCE)
def get_xml(call: CallDep, key: Key, version: Version = None) -> Response:
    """The BPMN file exactly as it was uploaded."""
    with call.read() as connection:
        found = q.get_definition(connection, call.actor, key, version)
        item, content = q.get_resource(connection, call.actor, found.deployment_id, found.resource_name)
    return _file(item.name, content)


@router.get(
    "/process-definitions/{key}/resources",
    response_model=list[m.Resource],
    tags=DEFINITIONS,
    summary="List a process's files",
)
@allow("definitions", action=policy.READ_INSTANCE)
def list_resources(call: CallDep, key: Key, version: Version = None) -> Json:
    """Everything that was deployed together with it: diagrams, decisions, forms."""
    with call.read() as connection:
        found = q.get_definition(connection, call.actor, key, version)
        return Json(q.list_resources(connection, call.actor, found.deployment_id))


@router.get(
    "/deployments/{id}/resources/{name:path}",
    response_class=Response,
    responses=FILE_ANSWER,
    tags=["deployments"],
    summary="Download a deployed file",
)
@allow("definitions", action=policy.READ_INSTANCE)
def get_resource(call: CallDep, id: Id, name: Str) -> Response:
    """Exactly as it was uploaded."""
    with call.read() as connection:
        item, content = q.get_resource(connection, call.actor, id, name)
    return _file(item.name, content)


def _file(name: str, content: bytes) -> Response:
    last = name.rsplit("/", 1)[-1]
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(last)}"}
    return Response(content, headers=headers, media_type="application/octet-stream")


# --- starting -----------------------------------------------------------------------------------------------------------


@router.get(
    "/process-definitions/{key}/start-form",
    response_model=FormDescription,
    tags=DEFINITIONS,
    summary="Get a start form",
)
@allow("definitions")
def get_start_form(call: CallDep, key: Key) -> Json:
    """The form that starts the newest version. 404 when it starts without one."""
    with call.read() as connection:
        form = _start_form(call, connection, key)
    data = forms.prefill(form, {}, draft=None, now=call.now, zone=call.services.zone) if form is not None else {}
    return Json(form_description(call, form, data))


def _start_form(call: CallDep, connection: Any, key: str) -> forms.Form | None:
    found = q.get_definition(connection, call.actor, key)
    return call.services.definitions.get(connection, found.id).form(found.start_form)


@router.post(
    "/process-definitions/{key}/start-form/calculate",
    response_model=Calculated,
    tags=DEFINITIONS,
    summary="Preview a start form's calculated fields",
)
@allow("definitions")
def calculate_start_form(call: CallDep, key: Key, body: Variables) -> Json:
    """What they would be for what was typed so far; the body holds the form's fields."""
    with call.read() as connection:
        return Json({"values": calculated(call, connection, _start_form(call, connection, key), body, {})})


@router.post(
    "/process-definitions/{key}/start",
    status_code=201,
    response_model=Created,
    tags=DEFINITIONS,
    summary="Start the newest version",
)
@allow("instances")
def start_definition(
    call: CallDep,
    key: Key,
    body: Start,
    idempotency_key: Annotated[Str | None, Header(min_length=1, max_length=100)] = None,
) -> Json:
    """As `POST /process-instances`."""
    first = f"{call.actor.username}/{idempotency_key}" if idempotency_key is not None else None
    id = call.run(StartInstance(key, body.variables, body.business_key, first))
    return Json({"id": id}, 201, headers={"Location": f"{V1}/process-instances/{id}"})


# --- deploying ----------------------------------------------------------------------------------------------------------


@router.post("/deployments", status_code=201, response_model=m.Deployment, tags=["deployments"], summary="Deploy files")
@allow("definitions", action=policy.DEPLOY)
def deploy(
    call: CallDep,
    files: Annotated[
        list[UploadFile],
        File(min_length=1, max_length=200, description="Diagrams (.bpmn), decisions (.dmn), forms (.json, .form)."),
    ],
    name: Annotated[Str, Form(max_length=200)] = "",
) -> Json:
    """Every process gets a new version unless nothing changed. 422 with all problems when one of them is an error."""
    result = call.run(DeployDefinitions(read_uploads(files), name))
    return Json(_deployment(call, result), 201)


@router.post("/deployments/validate", response_model=m.Deployment, tags=["deployments"], summary="Check files")
@allow("definitions", action=policy.DEPLOY)
def validate_deployment(
    call: CallDep,
    files: Annotated[
        list[UploadFile],
        File(min_length=1, max_length=200, description="Diagrams (.bpmn), decisions (.dmn), forms (.json, .form)."),
    ],
) -> Json:
    """What a deployment of these files would say; nothing is deployed."""
    try:
        result = call.run(DeployDefinitions(read_uploads(files), dry_run=True))
    except DeploymentRejected as rejected:
        problems: Any = rejected.data["problems"]
        result = Deployment((), tuple(problems))
    return Json({**_deployment(call, result), "deployed": False})


def read_uploads(files: list[UploadFile]) -> dict[str, bytes]:
    """Uploaded files by name. Names are labels: whatever they say, nothing is ever written under them."""
    return {(file.filename or "file").replace("\\", "/").lstrip("/")[:255]: file.file.read() for file in files}


def _deployment(call: CallDep, result: Deployment) -> dict[str, Any]:
    problems = [problem_of_file(problem, call.lang) for problem in result.problems]
    return {"deployed": True, "definitions": result.definitions, "problems": problems}


# --- decisions ----------------------------------------------------------------------------------------------------------


@router.get("/decisions", response_model=PageOf[m.Decision], tags=["decisions"], summary="List decisions")
@allow("decisions")
def list_decisions(call: CallDep, page: Plain, text: Annotated[Str | None, Query(max_length=200)] = None) -> Json:
    """The newest version of each, by key."""
    with call.read() as connection:
        return Json(q.list_decisions(connection, page, text))


@router.post("/decisions/{key}/evaluate", response_model=m.Answer, tags=["decisions"], summary="Ask a decision")
@allow("decisions", "integration", action=policy.READ_VARIABLE)
def evaluate_decision(call: CallDep, key: Key, body: m.Question) -> Json:
    """Evaluates the newest version; the history keeps question and answer."""
    return Json(call.run(EvaluateDecision(key, body.variables)))
