"""The audit: who did what, filtered; whether the chain holds; its head to keep elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.auth import Call, CallDep, Secured, allow
from api.i18n import mark
from api.pages import shell
from api.pages.entries import lines, sentence
from api.pages.people import names_for
from api.pages.sentences import SENTENCES
from engine import policy
from engine.audit import Fault
from engine.queries import audit, history, naming
from engine.queries.paging import PageRequest
from engine.verification import verify_next

router = APIRouter(route_class=Secured, include_in_schema=False)

PAGE: Final = 50
PARTS: Final[Mapping[str, str]] = {
    "actor": mark("who did it"),
    "subject": mark("whom it was about"),
    "on_behalf_of": mark("for whom it was done"),
}
"""In which part of an entry a person is looked for."""
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address asks for; what is unknown in it counts as not said. `since` and `until` are days of the reader."""

    person: str
    part: str
    command: str
    case: str
    since: date | None
    until: date | None

    @property
    def query(self) -> dict[str, str]:
        """For addresses of the same list."""
        days = {"since": self.since, "until": self.until}
        said = {"person": self.person, "part": self.part, "command": self.command, "case": self.case}
        return {**said, **{name: day.isoformat() if day else "" for name, day in days.items()}}

    @property
    def narrows(self) -> bool:
        """Whether a filter is set."""
        return bool(self.person or self.command or self.case or self.since or self.until)


def wish(
    person: Annotated[str, Query(max_length=200)] = "",
    part: str = "",
    command: str = "",
    case: Annotated[str, Query(max_length=200)] = "",
    since: Annotated[str, Query(max_length=40)] = "",
    until: Annotated[str, Query(max_length=40)] = "",
) -> Wish:
    """Reads the address."""
    known = part if part in PARTS else "actor"
    asked = command if command in SENTENCES else ""
    return Wish(person.strip(), known, asked, case.strip(), _day(since), _day(until))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


WishDep = Annotated[Wish, Depends(wish)]


def _filter(call: Call, wanted: Wish) -> history.AuditFilter:
    is_id = _ID.fullmatch(wanted.case) is not None
    person = {wanted.part: wanted.person} if wanted.person else {}
    return history.AuditFilter(
        **person,
        command=wanted.command or None,
        instance_id=wanted.case if is_id else None,
        business_key=wanted.case if wanted.case and not is_id else None,
        after=_midnight(call, wanted.since, 0),
        before=_midnight(call, wanted.until, 1),
    )


def _midnight(call: Call, day: date | None, later: int) -> datetime | None:
    if day is None or not date(1970, 1, 1) <= day <= date(9000, 1, 1):
        return None
    return datetime.combine(day + timedelta(days=later), time(), call.zone)


@router.get("/audit")
@allow("instances", action=policy.READ_INSTANCE)
def show_audit(
    call: CallDep, wanted: WishDep, cursor: Annotated[str | None, Query(max_length=2000)] = None
) -> Response:
    """Who did what, newest first, with what was changed; for administrators also the state of the chain."""
    return _page(call, wanted, cursor)


def _page(call: Call, wanted: Wish, cursor: str | None = None, faults: tuple[Fault, ...] = ()) -> Response:
    with call.read() as connection:
        found = history.audit(connection, call.actor, _filter(call, wanted), PageRequest(PAGE, cursor))
        people = [entry.actor for entry in found.items] + [entry.on_behalf_of for entry in found.items]
        names = names_for(call, connection, [*people, wanted.person])
        keys = naming.cases(connection, {entry.instance_id for entry in found.items if entry.instance_id})
        chain = audit.chain_state(connection, call.actor) if call.actor.has_role("admin") else None
        if chain is not None and chain.last is not None:
            names = names_for(call, connection, [*people, chain.last.actor])
    values: dict[str, Any] = {
        "lines": lines(call, found.items),
        "next": found.next,
        "names": names,
        "cases": keys,
        "wish": wanted,
        "parts": PARTS,
        "commands": _commands(call),
        "chain": chain,
        "faults": faults,
    }
    if shell.is_htmx(call) and call.request.method == "GET":
        return shell.part(call, "audit/list.html", **values)
    return shell.page(call, "audit/index.html", "audit", **values)


def _commands(call: Call) -> list[tuple[str, str]]:
    """What can be chosen: every command with its sentence, in the order of the sentences."""
    said = [(command, sentence(call, command, "…")) for command in SENTENCES]
    return sorted(said, key=lambda pair: pair[1])


@router.post("/audit/verify")
@allow("users", "admin")
def verify_audit(call: CallDep) -> Response:
    """Looks at the next stretch of the chain; what does not hold is named."""
    part = verify_next(call.services, call.actor, **call.whence)
    found = part.verification
    if found.faults:
        return _page(call, wish(), faults=tuple(found.faults))
    note = "audit-holds" if part.done else "audit-goes-on"
    return shell.redirect(call, "/audit", note, count=found.checked, position=found.head.position)


@router.get("/audit/head")
@allow("users", "admin")
def download_head(call: CallDep) -> Response:
    """The end of the chain as a line of a file that `facet audit verify --heads` reads."""
    with call.read() as connection:
        head = audit.chain_state(connection, call.actor).head
    said = {"at": call.now.isoformat(timespec="seconds"), "position": head.position, "mac": head.mac}
    name = f"facet-audit-head-{head.position}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(json.dumps(said) + "\n", media_type="application/jsonl", headers=headers)
