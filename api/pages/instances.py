"""流程监控 and 我发起的: lists of cases, and the page of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from sqlalchemy import Connection
from starlette.responses import Response

from api.auth import Call, CallDep, Secured, allow
from api.i18n import mark
from api.pages import shell
from api.pages.diagrams import Labels, drawing, viewable, viewer_state
from api.pages.entries import lines
from api.pages.people import Names, names_for
from api.pages.values import KIND_NAMES, KINDS
from engine import policy
from engine.queries import attachments, definitions, history, incidents, instances, naming, notes, tasks
from engine.queries.instances import InstanceDetail, InstanceFilter, InstanceItem, Step
from engine.queries.paging import MOST, Page, PageRequest
from engine.queries.tasks import TaskFilter

router = APIRouter(route_class=Secured, include_in_schema=False)

PAGE: Final = 50
SHOWN: Final = 100
STATES: Final[Mapping[str, str]] = {
    "active": mark("Running"),
    "suspended": mark("Paused"),
    "completed": mark("Completed"),
    "cancelled": mark("Cancelled"),
    "terminated": mark("Terminated"),
}
ATTENTION: Final[Mapping[str, str]] = {
    "incidents": mark("With incidents"),
    "late": mark("With overdue tasks"),
}
SORTS: Final[Mapping[str, str]] = {
    "-started": mark("Newest first"),
    "started": mark("Oldest first"),
    "key": mark("By case"),
    "definition": mark("By process"),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address of a list of cases asks for; anything unknown in it counts as not said."""

    process: str
    status: str
    attention: str
    sort: str
    q: str

    @property
    def narrows(self) -> bool:
        """Whether a filter is set."""
        return bool(self.process or self.status or self.attention or self.q)

    @property
    def query(self) -> dict[str, str]:
        """For addresses of the same list."""
        return {
            "process": self.process,
            "status": self.status,
            "attention": self.attention,
            "sort": self.sort,
            "q": self.q,
        }


def wish(
    process: Annotated[str, Query(max_length=200)] = "",
    status: str = "",
    attention: str = "",
    sort: str = "",
    q: Annotated[str, Query(max_length=200)] = "",
) -> Wish:
    """Reads the address."""
    return Wish(
        process,
        status if status in STATES else "",
        attention if attention in ATTENTION else "",
        sort if sort in SORTS else "",
        q.strip(),
    )


WishDep = Annotated[Wish, Depends(wish)]
Cursor = Annotated[str | None, Query(max_length=2000)]


@router.get("/instances")
@allow("instances", action=policy.READ_INSTANCE)
def show_instances(call: CallDep, wanted: WishDep, cursor: Cursor = None, shown: int = PAGE) -> Response:
    """All cases, for who oversees them."""
    return _list(call, wanted, cursor, shown, "instances/index.html", "/instances", "monitor", initiated=False)


@router.get("/requests")
@allow("instances")
def show_requests(call: CallDep, wanted: WishDep, cursor: Cursor = None, shown: int = PAGE) -> Response:
    """我发起的: the cases that I started, and where they stand."""
    return _list(call, wanted, cursor, shown, "instances/requests.html", "/requests", "requests", initiated=True)


def _list(
    call: Call, wanted: Wish, cursor: str | None, shown: int, template: str, path: str, nav: str, *, initiated: bool
) -> Response:
    chosen = InstanceFilter(
        definition_key=wanted.process or None,
        status=wanted.status or None,
        incidents=True if wanted.attention == "incidents" else None,
        late_at=call.now if wanted.attention == "late" else None,
        text=wanted.q or None,
        initiated=initiated,
        top_level=not wanted.q,
    )
    request = PageRequest(PAGE if cursor else min(max(shown, PAGE), MOST), cursor, wanted.sort)
    with call.read() as connection:
        found = instances.list_instances(connection, call.actor, chosen, request)
        steps, names = _standing(call, connection, found)
        processes = naming.processes(connection, call.actor)
        trouble = incidents.count_incidents(connection, call.actor) if not initiated else None
    values: dict[str, Any] = {
        "found": found, "steps": steps, "names": names, "wish": wanted, "path": path, "initiated": initiated,
        "shown": (shown if cursor else 0) + len(found.items), "state_names": STATES, "attention_names": ATTENTION,
        "sort_names": SORTS, "processes": processes, "trouble": trouble,
    }  # fmt: skip
    if shell.is_htmx(call):
        return shell.part(call, "instances/more.html" if cursor else "instances/list.html", **values)
    return shell.page(call, template, nav, **values)


def _standing(
    call: Call, connection: Connection, found: Page[InstanceItem]
) -> tuple[Mapping[str, tuple[Step, ...]], Names]:
    steps = instances.steps(connection, [item.id for item in found.items])
    people = [item.initiator for item in found.items]
    people += [step.assignee for several in steps.values() for step in several]
    return steps, names_for(call, connection, people)


# --- one case ------------------------------------------------------------------------------------------------------------


@router.get("/instances/{instance_id}")
@allow("instances")
def show_instance(call: CallDep, instance_id: str) -> Response:
    """A case: who oversees it sees everything, who takes part sees its state and their own steps."""
    return instance_page(call, instance_id)


def instance_page(
    call: Call, instance_id: str, *, problem: str = "", status: int = 200, revealed: Mapping[str, Any] | None = None
) -> Response:
    """The page; `problem` is what was wrong with a change that was asked for, `revealed` sensitive values to show."""
    with call.read() as connection:
        detail = instances.get_instance(connection, call.actor, call.services.definitions, instance_id)
        values = _case(call, connection, detail)
        values["names"] = names_for(call, connection, _people(detail, values))
    values |= {"detail": detail, "item": detail.instance, "problem": problem, "kinds": KINDS}
    values["revealed"] = revealed or {}
    values["value_kinds"] = KIND_NAMES
    values["labels"] = Labels(detail.definition, call.lang == "zh")
    nav = "monitor" if detail.variables is not None else "requests"
    if shell.is_htmx(call) and call.request.method == "GET":
        return shell.part(call, "instances/live.html", **values)
    return shell.page(call, "instances/instance.html", nav, status=status, **values)


def _case(call: Call, connection: Connection, detail: InstanceDetail) -> dict[str, Any]:
    """What the page shows below the head; lists are as long as a person reads them."""
    id, actor = detail.instance.id, call.actor
    request = PageRequest(SHOWN)
    troubles = incidents.list_incidents(connection, actor, request, status=None, instance_id=id).items
    oversees = detail.variables is not None
    found: dict[str, Any] = {
        "incidents": [trouble for trouble in troubles if trouble.status == "open"],
        "solved": [trouble for trouble in troubles if trouble.status != "open"],
        "steps": instances.steps(connection, [id]).get(id, ()),
        "activities": history.activities(connection, actor, id, PageRequest(SHOWN, sort="-token")),
        "comments": notes.list_comments(connection, actor, request, instance_id=id).items,
        "files": attachments.list_attachments(
            connection, actor, call.services.definitions, request, instance_id=id
        ).items,
        "my_tasks": {item.id for item in _my_tasks(call, connection, id)},
        "parent": _parent(call, connection, detail),
        "changes": (),
        "entries": (),
        "lines": (),
        "jobs": (),
    }
    if oversees:
        found["changes"] = history.variable_changes(connection, actor, call.services.definitions, id, request).items
        entries = history.audit(connection, actor, history.AuditFilter(instance_id=id), request)
        found["entries"], found["lines"] = entries.items, lines(call, entries.items)
        found["jobs"] = incidents.list_jobs(connection, actor, request, instance_id=id).items
    if oversees and viewable(detail.definition):
        suspended = detail.instance.status == "suspended"
        found["state"] = viewer_state(call, detail.standing, tuple(found["incidents"]), suspended=suspended)
    else:
        found["diagram"] = drawing(call, connection, detail.definition, detail.standing)
    return found


def _my_tasks(call: Call, connection: Connection, id: str) -> tuple[tasks.TaskItem, ...]:
    return tasks.list_tasks(connection, call.actor, TaskFilter(scope="all", instance_id=id), PageRequest(SHOWN)).items


def _parent(call: Call, connection: Connection, detail: InstanceDetail) -> InstanceItem | None:
    if detail.instance.parent_id is None:
        return None
    return instances.find(connection, call.actor, detail.instance.parent_id)


def _people(detail: InstanceDetail, values: Mapping[str, Any]) -> list[str | None]:
    people: list[str | None] = [detail.instance.initiator]
    people += [step.assignee for step in values["steps"]]
    people += [activity.by for activity in values["activities"].items]
    people += [file.uploaded_by for file in values["files"]]
    people += [change.changed_by for change in values["changes"]]
    people += [name for entry in values["entries"] for name in (entry.actor, entry.on_behalf_of)]
    return people


@router.get("/instances/{instance_id}/diagram")
@allow("instances")
def show_diagram_file(call: CallDep, instance_id: str) -> Response:
    """The diagram's file for the viewer, for who may read definitions."""
    with call.read() as connection:
        found = instances.find(connection, call.actor, instance_id)
        policy.check(call.actor, policy.READ_INSTANCE, found.definition_key)
        definition = call.services.definitions.get(connection, found.definition_id)
        content = definitions.diagram_of(connection, definition)
    return Response(content, media_type="application/xml", headers={"Cache-Control": "private, max-age=3600"})


@router.get("/instances/{instance_id}/drawing")
@allow("instances")
def show_drawing(call: CallDep, instance_id: str) -> Response:
    """The diagram as it stands now, for a page that follows the case."""
    with call.read() as connection:
        found = instances.find(connection, call.actor, instance_id)
        definition = call.services.definitions.get(connection, found.definition_id)
        drawn = drawing(call, connection, definition, instances.standing(connection, instance_id))
    return shell.part(call, "instances/drawing.html", diagram=drawn)
