"""发起流程: what I may start, and the form that starts it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import uuid4

from fastapi import APIRouter, Query, UploadFile
from starlette.responses import Response

import forms
from api.auth import Call, CallDep, Secured, allow
from api.exact import Json
from api.files import UploadField, keep
from api.pages import shell
from api.pages.typed import JsonDep, PostedDep, Typed, calculated, draw, errors_of, typed_data
from engine.commands.instances import StartInstance
from engine.definitions import Definition
from engine.errors import Forbidden, FormRejected, InvalidInput
from engine.queries import definitions, tasks
from engine.queries.definitions import DefinitionFilter, DefinitionItem
from engine.queries.paging import PageRequest
from engine.queries.tasks import TaskFilter

router = APIRouter(route_class=Secured, include_in_schema=False)

MOST: Final = 200


@router.get("/start")
@allow("instances")
def show_start(call: CallDep, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """The processes that I may start."""
    wanted = DefinitionFilter(startable=True, text=q.strip() or None)
    with call.read() as connection:
        found = definitions.list_definitions(connection, call.actor, wanted, PageRequest(MOST))
        notes = {item.id: _note(call, connection, item) for item in found.items}
    items = [item for item in found.items if item.may_start]
    if shell.is_htmx(call):
        return shell.part(call, "start/list.html", items=items, notes=notes, q=q)
    return shell.page(call, "start/index.html", "start", items=items, notes=notes, q=q)


def _note(call: Call, connection: Any, item: DefinitionItem) -> str:
    """What the diagram says about the process."""
    process = call.services.definitions.get(connection, item.id).process
    zh = process.extensions.get("documentation-zh", "") if call.lang == "zh" else ""
    return zh or process.documentation or ""


@router.get("/start/{key}")
@allow("instances")
def show_start_form(call: CallDep, key: str) -> Response:
    """The start form of the newest version, or just the button when it asks for nothing."""
    item, definition = _definition(call, key)
    return _page(call, item, definition)


def _definition(call: Call, key: str) -> tuple[DefinitionItem, Definition]:
    with call.read() as connection:
        item = definitions.get_definition(connection, call.actor, key)
        if not item.may_start:
            raise Forbidden("You may not start this process.", "您无权发起该流程。")
        return item, call.services.definitions.get(connection, item.id)


def _page(
    call: Call,
    item: DefinitionItem,
    definition: Definition,
    *,
    data: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    business_key: str = "",
    once: str = "",
    problem: str = "",
    status: int = 200,
) -> Response:
    form = definition.form(definition.start_form)
    if form is not None and data is None:
        data = forms.prefill(form, {}, draft=None, now=call.now, zone=call.services.zone)
    with call.read() as connection:
        drawn = draw(call, connection, form, data or {}, base=f"/start/{item.key}", errors=errors) if form else None
    values: dict[str, Any] = {
        "item": item,
        "form": drawn,
        "asks_key": definition.process.business_key is None,
        "business_key": business_key,
        "once": once or str(uuid4()),
        "problem": problem,
    }
    return shell.page(call, "start/form.html", "start", status=status, **values)


@router.post("/start/{key}")
@allow("instances")
def start(call: CallDep, key: str, posted: PostedDep) -> Response:
    """Starts it. The page's own number (`_once`) makes a double click one case."""
    item, definition = _definition(call, key)
    form = definition.form(definition.start_form)
    typed = typed_data(call, form, posted, None) if form is not None else Typed({}, {})
    data = typed.data
    business_key = str(posted.get("_business_key", "")).strip()
    once = str(posted.get("_once", ""))[:64]
    if typed.errors:
        return _page(
            call, item, definition, data=data, errors=typed.errors, business_key=business_key, once=once, status=422
        )
    command = StartInstance(
        key, data, business_key=business_key or None, idempotency_key=f"{call.actor.username}:{once}" if once else None
    )
    try:
        id = call.run(command)
    except InvalidInput as error:
        errors = errors_of(error.data, call.lang) if isinstance(error, FormRejected) else None
        problem = "" if errors else (error.zh if call.lang == "zh" else error.message)
        return _page(
            call, item, definition, data=data, errors=errors, business_key=business_key, once=once, problem=problem,
            status=422,
        )  # fmt: skip
    return _after(call, item, id)


def _after(call: Call, item: DefinitionItem, id: str) -> Response:
    """On to my own first task of the new case, else to the case."""
    with call.read() as connection:
        mine = TaskFilter(scope="mine", instance_id=id)
        waiting = tasks.list_tasks(connection, call.actor, mine, PageRequest(1, sort="created")).items
    name = item.name_zh if call.lang == "zh" and item.name_zh else item.name
    return shell.redirect(call, f"/tasks/{waiting[0].id}" if waiting else f"/instances/{id}", "started", name=name)


@router.post("/start/{key}/calculate")
@allow("instances")
def calculate_start(call: CallDep, key: str, data: JsonDep) -> Response:
    """The calculated fields of what was typed so far."""
    _, definition = _definition(call, key)
    form = definition.form(definition.start_form)
    return Json({"values": calculated(call, form, data, {}) if form is not None else {}})


@router.post("/start/{key}/files")
@allow("instances")
def add_start_file(call: CallDep, key: str, file: UploadFile, field: UploadField = None) -> Response:
    """A file of the start form, as soon as it is chosen: its uploader's until the case begins."""
    _, definition = _definition(call, key)
    item = keep(call, file, form=definition.form(definition.start_form), field=field)
    return Json({"id": item.id, "name": item.name, "size": item.size, "type": item.media_type}, 201)
