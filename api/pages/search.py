"""Search over tasks and cases, from the box above every page."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.auth import CallDep, Secured, allow
from api.pages import shell
from api.pages.people import names_for
from engine.queries import instances, tasks
from engine.queries.instances import InstanceFilter
from engine.queries.paging import PageRequest
from engine.queries.tasks import TaskFilter

router = APIRouter(route_class=Secured, include_in_schema=False)

MOST: Final = 20


@router.get("/search")
@allow("tasks")
def search(call: CallDep, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Open tasks and cases whose name or business key holds the text."""
    text = q.strip()
    values: dict[str, Any] = {"q": text, "search": text, "tasks": (), "cases": (), "steps": {}, "names": None}
    if text:
        with call.read() as connection:
            found = tasks.list_tasks(connection, call.actor, TaskFilter(text=text), PageRequest(MOST)).items
            cases = instances.list_instances(connection, call.actor, InstanceFilter(text=text), PageRequest(MOST)).items
            steps = instances.steps(connection, [item.id for item in cases])
            people = [name for item in found for name in (item.assignee, *item.candidate_users)]
            people += [item.initiator for item in cases]
            people += [step.assignee for several in steps.values() for step in several]
            values |= {"tasks": found, "cases": cases, "steps": steps, "names": names_for(call, connection, people)}
    return shell.page(call, "search.html", **values)
