"""A task's page: its form, its case, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, UploadFile
from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.responses import Response

import forms
from api.auth import Call, CallDep, Secured, allow
from api.exact import Json
from api.files import UploadField, keep
from api.pages import shell
from api.pages.diagrams import Labels, drawing
from api.pages.people import choices, names_for
from api.pages.typed import JsonDep, PostedDep, Typed, as_typed, calculated, draw, errors_of, typed_data
from engine.commands.tasks import AssignTask, CompleteTask, DelegateTask, ResolveTask, SaveDraft, UnclaimTask
from engine.errors import Conflict, FacetError, FormRejected, InvalidInput, NotFound
from engine.queries import attachments, history, instances, notes, tasks
from engine.queries.paging import PageRequest
from engine.queries.tasks import TaskDetail, TaskFilter, TaskItem

router = APIRouter(route_class=Secured, include_in_schema=False)

SHOWN = 100
"""Comments, files and steps on a task's page."""


@router.get("/tasks/{task_id}")
@allow("tasks")
def show_task(call: CallDep, task_id: str) -> Response:
    """The page of a task that the reader may see."""
    return task_page(call, _detail(call, task_id))


def _detail(call: Call, task_id: str) -> TaskDetail:
    with call.read() as connection:
        return tasks.get_task(connection, call.actor, call.services.definitions, task_id)


def task_page(
    call: Call,
    detail: TaskDetail,
    *,
    data: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    warning: str = "",
    status: int = 200,
) -> Response:
    """The page with the stored draft, or with what was just typed (`data`) and what is wrong with it."""
    item = detail.task
    with call.read() as connection:
        case = instances.find(connection, call.actor, item.instance_id)
        steps = history.activities(connection, call.actor, item.instance_id, PageRequest(SHOWN, sort="-token"))
        said = notes.list_comments(connection, call.actor, PageRequest(SHOWN), task_id=item.id)
        known = call.services.definitions
        files = attachments.list_attachments(connection, call.actor, known, PageRequest(SHOWN), task_id=item.id)
        people = [item.assignee, item.owner, item.ended_by, detail.initiator, detail.draft_by, *item.candidate_users]
        people += [step.by for step in steps.items] + [file.uploaded_by for file in files.items]
        values: dict[str, Any] = {
            "names": names_for(call, connection, people),
            "form": _form(call, connection, detail, data, errors),
            "diagram": drawing(call, connection, detail.definition, instances.standing(connection, item.instance_id)),
            "colleagues": choices(call, connection) if detail.may_assign else (),
        }
    values |= {"case": case, "steps": steps.items, "comments": said.items, "files": files.items}
    values |= {"detail": detail, "item": item, "mine": item.assignee == call.actor.username, "warning": warning}
    values["returns"] = values["mine"] and item.delegation == "pending"
    values["edits"] = _edits(call, detail)
    values["labels"] = Labels(detail.definition, call.lang == "zh")
    return shell.page(call, "tasks/task.html", "inbox", status=status, **values)


def _edits(call: Call, detail: TaskDetail) -> bool:
    """Whether the reader may type: who has the task, delegates included. Others look at it."""
    mine = detail.task.assignee == call.actor.username
    running = detail.instance_status == "active" and not detail.suspended and detail.task.status == "open"
    return mine and running and not detail.task.blocked


def _form(
    call: Call, connection: Any, detail: TaskDetail, data: Mapping[str, Any] | None, errors: Mapping[str, str] | None
) -> Any:
    form = detail.form
    if form is None or detail.task.status != "open":
        return None
    edits = _edits(call, detail)
    if data is None:
        data = forms.prefill(form, detail.variables, draft=detail.draft, now=call.now, zone=call.services.zone)
    return draw(
        call,
        connection,
        form,
        data,
        base=f"/tasks/{detail.task.id}",
        errors=errors,
        readonly=not edits,
        draft_key=detail.task.id if edits else None,
    )


# --- the form comes back -----------------------------------------------------------------------------------------------


@router.post("/tasks/{task_id}")
@allow("tasks")
def submit(call: CallDep, task_id: str, posted: PostedDep) -> Response:
    """完成, 存草稿 or 办结返回, as the button `_do` says: complete, draft, resolve."""
    verb = posted.get("_do", "complete")
    try:
        detail = _detail(call, task_id)
    except NotFound:
        return _gone(call, task_id, posted)
    typed = typed_data(call, detail.form, posted, task_id) if detail.form is not None else Typed({}, {})
    data = typed.data
    if typed.errors:
        return task_page(call, detail, data=data, errors=typed.errors, status=422)
    try:
        if verb == "draft":
            call.run(SaveDraft(task_id, data))
            return shell.redirect(call, f"/tasks/{task_id}", "draft")
        if verb == "resolve":
            call.run(ResolveTask(task_id, data))
            return shell.redirect(call, "/inbox", "resolved", name=_name(call, detail.task.owner))
        call.run(CompleteTask(task_id, data, _revision(posted)))
    except FormRejected as rejected:
        errors = errors_of(rejected.data, call.lang)
        return task_page(call, detail, data=data, errors=errors, status=422)
    except (Conflict, NotFound) as error:
        return _conflict(call, task_id, data, posted, error)
    return _after(call, detail)


def _revision(posted: FormData) -> int | None:
    text = posted.get("_revision")
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) < 10 else None


def _after(call: Call, detail: TaskDetail) -> Response:
    """On to the next task of the same case if I have one, else back to the inbox."""
    name = detail.task.name_zh if call.lang == "zh" and detail.task.name_zh else detail.task.name
    mine = TaskFilter(scope="mine", instance_id=detail.task.instance_id)
    with call.read() as connection:
        waiting = tasks.list_tasks(connection, call.actor, mine, PageRequest(1, sort="created")).items
    target = f"/tasks/{waiting[0].id}" if waiting else "/inbox"
    return shell.redirect(call, target, "completed", name=name)


def _conflict(call: Call, task_id: str, data: Mapping[str, Any], posted: FormData, error: FacetError) -> Response:
    """Somebody was faster: what happened, and what was typed. Who still has the task goes on typing."""
    try:
        now = _detail(call, task_id)
    except NotFound:
        return _gone(call, task_id, posted)
    if _edits(call, now):
        return task_page(call, now, data=data, warning=_sentence(call, error), status=_status(call, error))
    with call.read() as connection:
        kept = None
        if now.form is not None:
            kept = draw(call, connection, now.form, data, base=f"/tasks/{task_id}", readonly=True)
    return _told(call, error, posted, item=now.task, kept=kept)


def _gone(call: Call, task_id: str, posted: FormData) -> Response:
    """The task is not the reader's to see any more: why, as far as they may know, and what they typed."""
    with call.read() as connection:
        error = tasks.why_not(connection, call.actor, task_id)
    return _told(call, error, posted, item=None, kept=None)


def _told(call: Call, error: FacetError, posted: FormData, *, item: TaskItem | None, kept: Markup | None) -> Response:
    who = error.data.get("by") or error.data.get("assignee")
    who = who if isinstance(who, str) else None
    with call.read() as connection:
        names = names_for(call, connection, [who])
    return shell.page(
        call,
        "tasks/conflict.html",
        "inbox",
        status=_status(call, error),
        sentence=_sentence(call, error),
        who=who,
        at=error.data.get("at") or None,
        item=item,
        names=names,
        kept=kept,
        typed=as_typed(posted),
    )


def _sentence(call: Call, error: FacetError) -> str:
    return error.zh if call.lang == "zh" else error.message


def _status(call: Call, error: FacetError) -> int:
    """htmx swaps what is refused (422) and leaves other errors to a toast; plain browsers are told the truth."""
    return 422 if shell.is_htmx(call) else error.status


# --- the browser script ----------------------------------------------------------------------------------------------------


@router.put("/tasks/{task_id}/draft")
@allow("tasks")
def save_draft(call: CallDep, task_id: str, data: JsonDep) -> Response:
    """What was typed so far, a second after the last key."""
    if not isinstance(data, dict):
        raise InvalidInput("A draft is an object.", "草稿应为对象。")
    call.run(SaveDraft(task_id, data))
    return Response(status_code=204)


@router.post("/tasks/{task_id}/calculate")
@allow("tasks")
def calculate(call: CallDep, task_id: str, data: JsonDep) -> Response:
    """The calculated fields of what was typed so far."""
    detail = _detail(call, task_id)
    values = calculated(call, detail.form, data, detail.variables) if detail.form is not None else {}
    return Json({"values": values})


@router.post("/tasks/{task_id}/files")
@allow("tasks")
def add_file(call: CallDep, task_id: str, file: UploadFile, field: UploadField = None) -> Response:
    """A file of a form field, as soon as it is chosen."""
    item = keep(call, file, form=_detail(call, task_id).form, field=field, task_id=task_id)
    return Json({"id": item.id, "name": item.name, "size": item.size, "type": item.media_type}, 201)


# --- who does it -----------------------------------------------------------------------------------------------------------

Someone = Annotated[str, Form(max_length=200)]
Revision = Annotated[int | None, Form()]


@router.post("/tasks/{task_id}/unclaim")
@allow("tasks")
def unclaim(call: CallDep, task_id: str, revision: Revision = None) -> Response:
    """取消认领: back to the candidates."""
    call.run(UnclaimTask(task_id, revision))
    return shell.redirect(call, "/inbox", "unclaimed")


@router.post("/tasks/{task_id}/assign")
@allow("tasks")
def assign(call: CallDep, task_id: str, assignee: Someone = "", revision: Revision = None) -> Response:
    """转办: somebody else has it from now on. Who gives it to themselves stays on its page."""
    call.run(AssignTask(task_id, assignee.strip(), revision))
    if assignee.strip() == call.actor.username:
        return shell.redirect(call, f"/tasks/{task_id}", "claimed")
    return shell.redirect(call, "/inbox", "assigned", name=_name(call, assignee.strip()))


@router.post("/tasks/{task_id}/delegate")
@allow("tasks")
def delegate(call: CallDep, task_id: str, assignee: Someone = "", revision: Revision = None) -> Response:
    """委派: somebody does the work and gives it back."""
    call.run(DelegateTask(task_id, assignee.strip(), revision))
    return shell.redirect(call, "/inbox", "delegated", name=_name(call, assignee.strip()))


def _name(call: Call, username: str | None) -> str:
    with call.read() as connection:
        return names_for(call, connection, [username])(username)
