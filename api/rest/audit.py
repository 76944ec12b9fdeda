"""`/api/v1/audit`, `/api/v1/erasures`: who did what, whether the chain holds, and forgetting."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from api.auth import CallDep, Secured, allow
from api.exact import Json
from api.rest.common import EVERYWHERE, V1, Plain
from api.rest.models import audit as m
from api.rest.models.common import Moment, PageOf, Str
from api.rest.models.instances import AuditEntry
from engine import policy
from engine.audit import Head
from engine.commands.erasures import EraseBusinessKey, ErasePerson
from engine.errors import InvalidInput
from engine.queries import audit, erasures, history
from engine.verification import verify_next

router = APIRouter(prefix=V1, tags=["audit"], route_class=Secured, responses=EVERYWHERE)

Name = Annotated[Str | None, Query(max_length=200)]


@router.get("/audit", response_model=PageOf[AuditEntry], summary="List the audit")
@allow("instances", action=policy.READ_INSTANCE)
def list_audit(
    call: CallDep,
    page: Plain,
    actor: Name = None,
    on_behalf_of: Name = None,
    subject: Annotated[Str | None, Query(max_length=400, description="A username, a group, a task, …")] = None,
    command: Annotated[Str | None, Query(max_length=60)] = None,
    business_key: Name = None,
    instance_id: Annotated[Str | None, Query(max_length=64)] = None,
    task_id: Annotated[Str | None, Query(max_length=64)] = None,
    after: Moment | None = None,
    before: Moment | None = None,
) -> Json:
    """Who did what, newest first: with the instances that the caller may read; all of it for who reads all."""
    filter = history.AuditFilter(
        instance_id=instance_id,
        task_id=task_id,
        actor=actor,
        on_behalf_of=on_behalf_of,
        subject=subject,
        command=command,
        business_key=business_key,
        after=after,
        before=before,
    )
    with call.read() as connection:
        return Json(history.audit(connection, call.actor, filter, page))


@router.get("/audit/head", response_model=m.ChainHead, summary="Get the end of the audit's chain")
@allow("users", "admin")
def get_audit_head(call: CallDep) -> Json:
    """To be kept elsewhere: with it a chain shows that was cut off or written anew."""
    with call.read() as connection:
        state = audit.chain_state(connection, call.actor)
    last = state.last
    verified: dict[str, Any] | None = None
    if last is not None:
        verified = {"at": last.at, "actor": last.actor, "checked": last.checked, "faults": last.faults}
        verified |= {"position": last.head.position, "done": last.done}
    head = {"at": call.now, "position": state.head.position, "mac": state.head.mac}
    return Json({**head, "sealed_at": state.sealed_at, "waiting": state.waiting, "verified": verified})


@router.post("/audit/verify", response_model=m.Verification, summary="Verify the audit's chain")
@allow("users", "admin")
def verify_audit(call: CallDep, body: m.Verify) -> Json:
    """Looks at up to 20,000 entries, goes on where the call before stopped, and keeps what came of it in the audit."""
    heads = [Head(head.position, head.mac) for head in body.heads]
    part = verify_next(call.services, call.actor, heads, **call.whence)
    found = part.verification
    place = {"start": part.start, "checked": found.checked, "position": found.head.position, "mac": found.head.mac}
    return Json({**place, "done": part.done, "faults": [asdict(fault) for fault in found.faults]})


@router.get("/erasures/preview", response_model=m.ErasurePreview, summary="See what would be erased")
@allow("users", "admin")
def preview_erasure(
    call: CallDep,
    kind: Literal["business_key", "person"],
    key: Annotated[Str, Query(min_length=1, max_length=200, description="Business key, or username.")],
) -> Json:
    """Counts what an erasure would take, and says why it cannot be done now. Nothing is changed."""
    with call.read() as connection:
        find = erasures.preview_case if kind == "business_key" else erasures.preview_person
        found = find(connection, call.actor, key)
    refused = {"en": found.refused[0], "zh": found.refused[1]} if found.refused is not None else None
    return Json({"kind": found.kind, "key": found.key, "counts": dict(found.counts), "refused": refused})


@router.post("/erasures", status_code=201, response_model=m.Receipt, summary="Erase a case or a person")
@allow("users", "admin")
def erase(call: CallDep, body: m.Erase) -> Json:
    """For good: what people said in the ended cases of a business key, or who a disabled person was. The audit's chain goes on
    to hold."""
    if body.confirm != body.key:
        raise InvalidInput("Say the key once more in “confirm”.", "请在“confirm”中重复该主键。")
    if body.kind == "business_key":
        return Json(call.run(EraseBusinessKey(body.key)), 201)
    return Json(call.run(ErasePerson(body.key)), 201)
