"""Administration: erasing what a case or a person left behind, after a look at what that is."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query
from starlette.responses import Response

from api.auth import Call, CallDep, Secured, allow
from api.pages import shell
from api.pages.sentences import PLACES
from engine.commands.erasures import EraseBusinessKey, ErasePerson
from engine.errors import FacetError, InvalidInput
from engine.queries import erasures as q

router = APIRouter(route_class=Secured, include_in_schema=False)

KINDS: Final = ("business_key", "person")
Text = Annotated[str, Form(max_length=200)]


@router.get("/admin/erase")
@allow("users", "admin")
def show_erasure(
    call: CallDep,
    kind: str = "",
    key: Annotated[str, Query(max_length=200)] = "",
    receipt: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """What would be erased, and why it cannot be done now; or the receipt of what was."""
    if receipt:
        with call.read() as connection:
            done = q.get_receipt(connection, call.actor, receipt)
        return _page(call, "", "", receipt=done)
    return _page(call, kind, key.strip())


def _page(
    call: Call, kind: str, key: str, *, problem: str = "", status: int = 200, receipt: q.Receipt | None = None
) -> Response:
    kind = kind if kind in KINDS else KINDS[0]
    preview = None
    if key:
        find = q.preview_case if kind == "business_key" else q.preview_person
        try:
            with call.read() as connection:
                preview = find(connection, call.actor, key)
        except FacetError as error:
            problem, status = problem or _sentence(call, error), error.status
    values: dict[str, Any] = {
        "kind": kind,
        "key": key,
        "preview": preview,
        "places": PLACES,
        "receipt": receipt,
        "problem": problem,
    }
    return shell.page(call, "admin/erase.html", "admin", status=status, **values)


@router.post("/admin/erase")
@allow("users", "admin")
def erase(call: CallDep, kind: Text = "", key: Text = "", confirm: Text = "") -> Response:
    """Erases for good, once the key was typed again."""
    key = key.strip()
    try:
        if not key or confirm.strip() != key:
            raise InvalidInput(
                "Type exactly what is to be erased, to be sure.", "请准确输入要清除的业务主键或用户名以确认。"
            )
        command = ErasePerson(key) if kind == "person" else EraseBusinessKey(key)
        done = call.run(command)
    except FacetError as error:
        return _page(call, kind, key, problem=_sentence(call, error), status=error.status)
    return shell.redirect(call, f"/admin/erase?receipt={done.id}")


def _sentence(call: Call, error: FacetError) -> str:
    return error.zh if call.lang == "zh" else error.message
