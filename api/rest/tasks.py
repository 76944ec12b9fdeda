"""`/api/v1/tasks`: the inbox, one task, and every verb for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import Connection

import forms
from api.auth import CallDep, Secured, allow
from api.exact import Json, as_tree
from api.rest.common import EVERYWHERE, V1, Id, Revision, etag, problem_answers, sorted_by
from api.rest.models import tasks as m
from api.rest.models.common import Moment, PageOf, Str, Variables
from engine.commands.tasks import (
    AssignTask,
    ClaimTask,
    CompleteTask,
    DelegateTask,
    ResolveTask,
    SaveDraft,
    UnclaimTask,
)
from engine.feel import parse
from engine.queries import tasks as q
from engine.queries.paging import PageRequest

router = APIRouter(prefix=f"{V1}/tasks", tags=["tasks"], route_class=Secured, responses=EVERYWHERE)
STALE = problem_answers(412)


@router.get("", response_model=PageOf[m.Task], summary="List tasks")
@allow("tasks")
def list_tasks(
    call: CallDep,
    page: Annotated[PageRequest, sorted_by("created", "due", "priority", "name", "ended")],
    scope: Annotated[
        q.Scope,
        Query(description="mine, groups (unassigned, for my groups or me), all (that I may see), done, delegated"),
    ] = "all",
    status: Annotated[Str | None, Query(max_length=16, description="open, completed, cancelled")] = None,
    definition_key: Annotated[Str | None, Query(max_length=200)] = None,
    business_key: Annotated[Str | None, Query(max_length=200)] = None,
    instance_id: Annotated[Str | None, Query(max_length=64)] = None,
    element_id: Annotated[Str | None, Query(max_length=255)] = None,
    assignee: Annotated[Str | None, Query(max_length=200)] = None,
    unassigned: bool = False,
    candidate_group: Annotated[Str | None, Query(max_length=200)] = None,
    due_after: Moment | None = None,
    due_before: Moment | None = None,
    created_after: Moment | None = None,
    created_before: Moment | None = None,
    priority_from: Annotated[int | None, Query(ge=-1000000, le=1000000)] = None,
    text: Annotated[Str | None, Query(max_length=200, description="In the name or the business key.")] = None,
) -> Json:
    """Tasks that the caller may see, newest first. Sorts: created, due, priority, name, ended."""
    filter = q.TaskFilter(
        scope, status, definition_key, business_key, instance_id, element_id, assignee, unassigned, candidate_group,
        due_after, due_before, created_after, created_before, priority_from, text,
    )  # fmt: skip
    with call.read() as connection:
        return Json(q.list_tasks(connection, call.actor, filter, page))


@router.get("/counts", response_model=m.TaskCounts, summary="Count waiting tasks")
@allow("tasks")
def count_tasks(call: CallDep) -> Json:
    """How many tasks are mine, wait for my groups, and are late. Each number stops at 1,000."""
    with call.read() as connection:
        return Json(q.count_tasks(connection, call.actor, call.now))


@router.get("/{id}", response_model=m.TaskWithData, summary="Get a task")
@allow("tasks")
def get_task(call: CallDep, id: Id) -> Json:
    """A task with what its form shows. The ETag names its revision."""
    with call.read() as connection:
        detail = q.get_task(connection, call.actor, call.services.definitions, id)
    answer = {
        **as_tree(detail.task),
        "data": shown(call, detail),
        "instructions": detail.instructions,
        "instructions_zh": detail.instructions_zh,
        "draft": detail.draft,
        "draft_by": detail.draft_by,
        "draft_at": detail.draft_at,
        "may_work": detail.may_work,
        "may_claim": detail.may_claim,
        "may_assign": detail.may_assign,
    }
    return Json(answer, headers=etag(detail.task.revision))


def shown(call: CallDep, detail: q.TaskDetail) -> dict[str, Any]:
    """What the task's form shows before anybody types."""
    if detail.form is None:
        return {**detail.variables, **(detail.draft or {})}
    return forms.prefill(detail.form, detail.variables, draft=detail.draft, now=call.now, zone=call.services.zone)


@router.get("/{id}/form", response_model=m.FormDescription, summary="Get a task's form")
@allow("tasks")
def get_task_form(call: CallDep, id: Id) -> Json:
    """The JSON Schema of the form and what it shows before anybody types. 404 for a task without a form."""
    with call.read() as connection:
        detail = q.get_task(connection, call.actor, call.services.definitions, id)
    return Json(form_description(call, detail.form, shown(call, detail)))


def form_description(call: CallDep, form: forms.Form | None, data: dict[str, Any]) -> dict[str, Any]:
    """A form as `FormDescription` says. NotFound when there is none."""
    if form is None:
        raise q.no_form()
    return {
        "key": form.key,
        "title": form.title("en"),
        "title_zh": form.title("zh"),
        "schema": form.schema,
        "data": data,
    }


@router.post("/{id}/claim", response_model=m.Changed, responses=STALE, summary="Claim a task")
@allow("tasks")
def claim_task(call: CallDep, id: Id, revision: Revision) -> Json:
    """认领: a candidate takes an unassigned task."""
    return _changed(call.run(ClaimTask(id, revision)))


@router.post("/{id}/unclaim", response_model=m.Changed, responses=STALE, summary="Give a task back")
@allow("tasks")
def unclaim_task(call: CallDep, id: Id, revision: Revision) -> Json:
    """取消认领: the task goes back to its candidates."""
    return _changed(call.run(UnclaimTask(id, revision)))


@router.post("/{id}/assign", response_model=m.Changed, responses=STALE, summary="Assign a task")
@allow("tasks")
def assign_task(call: CallDep, id: Id, body: m.Assignee, revision: Revision) -> Json:
    """转办: the assignee hands the task over, or a manager assigns it."""
    return _changed(call.run(AssignTask(id, body.assignee, revision)))


@router.post("/{id}/delegate", response_model=m.Changed, responses=STALE, summary="Delegate a task")
@allow("tasks")
def delegate_task(call: CallDep, id: Id, body: m.Assignee, revision: Revision) -> Json:
    """委派: somebody else does the work; the task comes back when it is resolved."""
    return _changed(call.run(DelegateTask(id, body.assignee, revision)))


@router.post("/{id}/resolve", response_model=m.Changed, responses=STALE, summary="Resolve a delegated task")
@allow("tasks")
def resolve_task(call: CallDep, id: Id, body: m.Resolution, revision: Revision) -> Json:
    """办结返回: the task goes back to who delegated it, with what was filled in."""
    return _changed(call.run(ResolveTask(id, body.data, revision)))


def _changed(revision: int) -> Json:
    return Json({"revision": revision}, headers=etag(revision))


@router.put("/{id}/draft", status_code=204, response_model=None, summary="Keep a draft")
@allow("tasks")
def save_draft(call: CallDep, id: Id, body: Variables) -> Json:
    """Keeps what was typed so far, unchecked: the body holds the form's fields."""
    call.run(SaveDraft(id, body))
    return Json(status_code=204)


@router.post("/{id}/calculate", response_model=m.Calculated, summary="Preview calculated fields")
@allow("tasks")
def calculate_task(call: CallDep, id: Id, body: Variables) -> Json:
    """What the form's calculated fields would be for what was typed so far; the body holds the form's fields."""
    with call.read() as connection:
        detail = q.get_task(connection, call.actor, call.services.definitions, id)
        return Json({"values": calculated(call, connection, detail.form, body, detail.scope)})


def calculated(
    call: CallDep, connection: Connection, form: forms.Form | None, data: dict[str, Any], scope: Mapping[str, Any]
) -> dict[str, Any]:
    """The calculated fields of a form that somebody is still filling in. NotFound when there is none."""
    if form is None:
        raise q.no_form()
    zone, now = call.services.zone, call.now
    context = call.services.feel_context(connection, now)
    return forms.calculate(
        form,
        data,
        variables=scope,
        today=now.astimezone(zone).date(),
        now=now,
        evaluate=lambda text, names: parse(text).evaluate(names, context).value,
        zone=zone,
    )


@router.post("/{id}/complete", response_model=m.Completed, responses=STALE, summary="Complete a task")
@allow("tasks")
def complete_task(call: CallDep, id: Id, body: m.Completion, revision: Revision) -> Json:
    """完成: the form is checked, kept, and the process goes on.

    422 with one sentence per field when the form is not satisfied; 409 when somebody else was faster, with who and when.
    """
    return Json({"instance_id": call.run(CompleteTask(id, body.data, revision))})
