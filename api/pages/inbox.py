"""待办: what waits for me, for my groups, for anybody; what I did; what I asked others to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Query
from starlette.responses import Response

from api.auth import Call, CallDep, Secured, allow
from api.i18n import mark
from api.pages import shell
from api.pages.people import Names, names_for
from engine.commands.tasks import ClaimTask
from engine.errors import FacetError
from engine.queries import naming, tasks
from engine.queries.paging import MOST, Page, PageRequest
from engine.queries.tasks import Scope, TaskFilter, TaskItem

router = APIRouter(route_class=Secured, include_in_schema=False)

PAGE: Final = 50
VIEWS: Final[Mapping[str, tuple[Scope, str]]] = {
    "mine": ("mine", mark("Mine")),
    "groups": ("groups", mark("My groups")),
    "all": ("all", mark("All")),
    "delegated": ("delegated", mark("Delegated")),
    "done": ("done", mark("Done by me")),
}
"""Tabs of the inbox: key → scope and name."""
DUE: Final[Mapping[str, str]] = {
    "late": mark("Overdue"),
    "today": mark("Due today"),
    "week": mark("Due within a week"),
}
SORTS: Final[Mapping[str, str]] = {
    "-created": mark("Newest first"),
    "created": mark("Oldest first"),
    "due": mark("Due first"),
    "-priority": mark("Most urgent first"),
    "name": mark("By task"),
}
DONE_SORTS: Final[Mapping[str, str]] = {"-ended": mark("Newest first"), "ended": mark("Oldest first")}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address of the inbox asks for; anything unknown in it counts as not said."""

    view: str
    process: str
    due: str
    sort: str
    q: str

    @property
    def narrows(self) -> bool:
        """Whether a filter is set."""
        return bool(self.process or self.due or self.q)

    @property
    def query(self) -> dict[str, str]:
        """For addresses of the same list."""
        return {"view": self.view, "process": self.process, "due": self.due, "sort": self.sort, "q": self.q}


def wish(
    view: str = "",
    process: Annotated[str, Query(max_length=200)] = "",
    due: str = "",
    sort: str = "",
    q: Annotated[str, Query(max_length=200)] = "",
) -> Wish:
    """Reads the address."""
    chosen = view if view in VIEWS else "mine"
    sorts = DONE_SORTS if chosen == "done" else SORTS
    return Wish(chosen, process, due if due in DUE else "", sort if sort in sorts else "", q.strip())


WishDep = Annotated[Wish, Depends(wish)]


def filter_of(call: Call, wanted: Wish) -> TaskFilter:
    """The query's filter; days begin where the reader is."""
    after, before = _due_bounds(call, wanted.due)
    return TaskFilter(
        scope=VIEWS[wanted.view][0],
        definition_key=wanted.process or None,
        due_after=after,
        due_before=before,
        text=wanted.q or None,
    )


def _due_bounds(call: Call, due: str) -> tuple[datetime | None, datetime | None]:
    now = call.now
    if due == "late":
        return None, now
    midnight = datetime.combine(now.astimezone(call.zone).date(), time(), call.zone)
    if due == "today":
        return midnight, midnight + timedelta(days=1)
    return (now, midnight + timedelta(days=8)) if due == "week" else (None, None)


@router.get("/inbox")
@allow("tasks")
def show_inbox(
    call: CallDep,
    wanted: WishDep,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
    shown: int = PAGE,
) -> Response:
    """The list. htmx gets rows after `cursor`, or the whole list anew (as long as `shown`) when something changed."""
    limit = PAGE if cursor else min(max(shown, PAGE), MOST)
    found, names = _rows(call, wanted, PageRequest(limit, cursor, wanted.sort))
    values: dict[str, Any] = {
        "found": found,
        "names": names,
        "wish": wanted,
        "shown": (shown if cursor else 0) + len(found.items),
        "view_names": {key: name for key, (_, name) in VIEWS.items()},
        "claims": wanted.view in ("groups", "all"),
    }
    if shell.is_htmx(call):
        with call.read() as connection:
            waiting = tasks.count_tasks(connection, call.actor, call.now)
        template = "inbox/more.html" if cursor else "inbox/list.html"
        return shell.part(call, template, waiting=waiting, live=True, **values)
    with call.read() as connection:
        processes = naming.processes(connection, call.actor)
    sorts = DONE_SORTS if wanted.view == "done" else SORTS
    return shell.page(
        call, "inbox/index.html", "inbox", processes=processes, due_names=DUE, sort_names=sorts, live=False, **values
    )


def _rows(call: Call, wanted: Wish, request: PageRequest) -> tuple[Page[TaskItem], Names]:
    with call.read() as connection:
        found = tasks.list_tasks(connection, call.actor, filter_of(call, wanted), request)
        who = [name for item in found.items for name in (item.assignee, item.owner, *item.candidate_users)]
        return found, names_for(call, connection, who)


@router.post("/tasks/{task_id}/claim")
@allow("tasks")
def claim(
    call: CallDep,
    task_id: str,
    revision: Annotated[int | None, Form()] = None,
    stay: Annotated[str, Form()] = "",
) -> Response:
    """认领. From the list (`stay`) htmx gets the row as it is now; otherwise on to the task's page."""
    try:
        call.run(ClaimTask(task_id, revision))
    except FacetError as error:
        if not (stay and shell.is_htmx(call)):
            raise
        sentence = error.zh if call.lang == "zh" else error.message
        return _row(call, task_id, sentence, "warning")
    if stay and shell.is_htmx(call):
        return _row(call, task_id, call.translate("The task is yours now."), "success")
    return shell.redirect(call, f"/tasks/{task_id}", "claimed")


def _row(call: Call, task_id: str, toast: str, kind: str) -> Response:
    """The task's row anew; an empty answer when it is not mine to see any more, and the row goes."""
    try:
        with call.read() as connection:
            item = tasks.get_task(connection, call.actor, call.services.definitions, task_id).task
            names = names_for(call, connection, [item.assignee, item.owner, *item.candidate_users])
    except FacetError:
        return shell.part(call, "inbox/gone.html", toast=toast, kind=kind)
    return shell.part(call, "inbox/one.html", toast=toast, kind=kind, item=item, names=names, claims=True)
