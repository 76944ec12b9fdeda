"""流程定义: what is deployed, its versions and files; uploading new ones with a report of what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from api.auth import Call, CallDep, Secured, allow
from api.files import disposition
from api.i18n import mark
from api.pages import shell
from api.pages.diagrams import drawing, viewable
from api.pages.people import names_for
from api.pages.typed import PostedDep
from engine import policy
from engine.bpmn.model import Problem
from engine.commands.deployments import DeployDefinitions
from engine.errors import DeploymentRejected, InvalidInput
from engine.queries import definitions, instances
from engine.queries.definitions import DefinitionFilter
from engine.queries.instances import InstanceFilter
from engine.queries.paging import PageRequest

router = APIRouter(route_class=Secured, include_in_schema=False)

PAGE: Final = 50
VERSIONS: Final = 100
FILE_KINDS: Final[Mapping[str, str]] = {
    "bpmn": mark("Diagram"),
    "dmn": mark("Decision"),
    "form": mark("Form"),
    "calendar": mark("Calendar"),
}
SEVERITIES: Final = ("error", "warning")


@router.get("/definitions")
@allow("definitions", action=policy.READ_INSTANCE)
def show_definitions(
    call: CallDep,
    q: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """The newest version of every process, and the decisions."""
    text = q.strip() or None
    with call.read() as connection:
        found = definitions.list_definitions(
            connection, call.actor, DefinitionFilter(text=text), PageRequest(PAGE, cursor)
        )
        decisions = definitions.list_decisions(connection, PageRequest(VERSIONS), text)
        running = {
            item.key: instances.count_instances(
                connection, call.actor, InstanceFilter(definition_key=item.key, status="active")
            )
            for item in found.items
        }
        names = names_for(call, connection, [item.deployed_by for item in found.items])
    values: dict[str, Any] = {"found": found, "decisions": decisions.items, "running": running, "names": names, "q": q}
    may_deploy = policy.somewhere(call.actor, policy.DEPLOY)
    if shell.is_htmx(call):
        return shell.part(call, "definitions/list.html", **values)
    return shell.page(call, "definitions/index.html", "definitions", may_deploy=may_deploy, **values)


@router.get("/definitions/{key}")
@allow("definitions", action=policy.READ_INSTANCE)
def show_definition(call: CallDep, key: str, version: int | None = None) -> Response:
    """One version: diagram, files, who may start it; and the other versions."""
    with call.read() as connection:
        item = definitions.get_definition(connection, call.actor, key, version)
        every = DefinitionFilter(key=key, latest=False)
        versions = definitions.list_definitions(connection, call.actor, every, PageRequest(VERSIONS, sort="-created"))
        files = definitions.list_resources(connection, call.actor, item.deployment_id)
        compiled = call.services.definitions.get(connection, item.id)
        drawn = None if viewable(compiled) else drawing(call, connection, compiled, None)
        mine = InstanceFilter(definition_id=item.id, status="active")
        running = instances.count_instances(connection, call.actor, mine)
        names = names_for(call, connection, [entry.deployed_by for entry in versions.items])
    values: dict[str, Any] = {
        "item": item,
        "versions": versions.items,
        "files": files,
        "file_kinds": FILE_KINDS,
        "process": compiled.process,
        "drawing": drawn,
        "running": running,
        "names": names,
    }
    return shell.page(call, "definitions/definition.html", "definitions", **values)


@router.get("/definitions/{key}/versions/{version}/diagram")
@allow("definitions", action=policy.READ_INSTANCE)
def show_definition_diagram(call: CallDep, key: str, version: int) -> Response:
    """The diagram's file for the viewer."""
    with call.read() as connection:
        item = definitions.get_definition(connection, call.actor, key, version)
        content = definitions.diagram_of(connection, call.services.definitions.get(connection, item.id))
    return Response(content, media_type="application/xml", headers={"Cache-Control": "private, max-age=3600"})


@router.get("/deployments/{deployment_id}/files/{name:path}")
@allow("definitions", action=policy.READ_INSTANCE)
def download_original(call: CallDep, deployment_id: str, name: str) -> Response:
    """A file exactly as it was uploaded."""
    with call.read() as connection:
        item, content = definitions.get_resource(connection, call.actor, deployment_id, name)
    headers = {"Content-Disposition": disposition(item.name.rsplit("/", 1)[-1])}
    return Response(content, media_type="application/octet-stream", headers=headers)


# --- deploying -----------------------------------------------------------------------------------------------------------


@router.get("/deploy")
@allow("definitions", action=policy.DEPLOY)
def show_deploy(call: CallDep) -> Response:
    """The page for uploading."""
    return shell.page(call, "definitions/deploy.html", "definitions", report=None, problem="")


@router.post("/deploy")
@allow("definitions", action=policy.DEPLOY)
def deploy(call: CallDep, posted: PostedDep) -> Response:
    """Deploys the files, or only checks them (`_do` is check). Problems are shown per file."""
    try:
        files = _files(call, posted)
        checks = posted.get("_do") == "check"
        made = call.run(DeployDefinitions(files, name=str(posted.get("name", "")).strip()[:200], dry_run=checks))
    except DeploymentRejected as rejected:
        problems = rejected.data.get("problems")
        return _report(call, problems if isinstance(problems, Sequence) else (), accepted=False, status=422)
    except InvalidInput as error:
        sentence = error.zh if call.lang == "zh" else error.message
        return shell.page(call, "definitions/deploy.html", "definitions", status=422, report=None, problem=sentence)
    if checks or made.problems:
        return _report(call, made.problems, accepted=True, made=made.definitions, checked=checks)
    new = [item for item in made.definitions if item.new]
    if len(new) == 1:
        return shell.redirect(call, f"/definitions/{new[0].key}", "deployed", name=new[0].name)
    names = ", ".join(item.name for item in new)
    return shell.redirect(call, "/definitions", "deployed" if new else "unchanged", name=names)


def _files(call: Call, posted: FormData) -> dict[str, bytes]:
    """The uploaded files by name; a whole folder keeps its sub-folders' names apart from each other."""
    found: dict[str, bytes] = {}
    limit = call.settings.diagram_mb * 1024 * 1024
    for value in posted.getlist("files"):
        if not isinstance(value, UploadFile) or not value.filename:
            continue
        name = value.filename.replace("\\", "/").rsplit("/", 1)[-1]
        content = value.file.read(limit + 1)
        if len(content) > limit:
            raise InvalidInput(
                f"“{name}” is larger than {call.settings.diagram_mb} MB.",
                f"“{name}”超过 {call.settings.diagram_mb} MB。",
            )
        if name in found:
            raise InvalidInput(f"Two files are called “{name}”.", f"有两个文件名为“{name}”。")
        found[name] = content
    if not found:
        raise InvalidInput("Choose the files to deploy.", "请选择要部署的文件。")
    return found


def _report(
    call: Call,
    problems: Sequence[Problem],
    *,
    accepted: bool,
    made: Sequence[Any] = (),
    checked: bool = False,
    status: int = 200,
) -> Response:
    """What is wrong, per file, errors first; and what was deployed."""
    by_file: dict[str, list[Problem]] = {}
    order = {severity: number for number, severity in enumerate(SEVERITIES)}
    for problem in sorted(problems, key=lambda one: (one.file, order.get(one.severity, 9), one.line or 0)):
        by_file.setdefault(problem.file, []).append(problem)
    report: Mapping[str, Any] = {
        "accepted": accepted,
        "checked": checked,
        "made": made,
        "files": by_file,
        "errors": sum(problem.severity == "error" for problem in problems),
        "warnings": sum(problem.severity == "warning" for problem in problems),
    }
    return shell.page(call, "definitions/deploy.html", "definitions", status=status, report=report, problem="")
