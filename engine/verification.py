"""Verifying the audit a stretch at a time: looked at outside any transaction, then kept what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from engine import bus
from engine.actor import SYSTEM, Actor
from engine.audit import GENESIS, Head
from engine.commands.audit import NoteVerification, SealAudit
from engine.queries.audit import Part, last_verification, verify_part
from engine.work import Services

MOST: Final = 20_000
"""Entries that one call looks at: about two seconds."""
_SEALINGS: Final = 20


def verify_next(
    services: Services,
    actor: Actor,
    heads: Iterable[Head] = (),
    *,
    most: int = MOST,
    request_id: str | None = None,
    source: str | None = None,
) -> Part:
    """Seals what waits, looks at up to `most` entries and keeps what came of it in the audit. It goes on where the call
    before stopped, and begins anew when that one had come to the end, had found something, or `heads` are given. Forbidden
    but for administrators."""
    for _ in range(_SEALINGS):
        if not bus.run(services, SealAudit(), SYSTEM, source=source):
            break
    given = tuple(heads)
    with services.database.read() as connection:
        last = last_verification(connection)
    goes_on = last is not None and not last.done and not last.faults and not given
    start = last.head if last is not None and goes_on else Head(0, GENESIS)
    part = verify_part(services.database, services.keys, actor, start, most, given)
    found = part.verification
    note = NoteVerification(part.start, found.checked, len(found.faults), found.head, part.done)
    bus.run(services, note, actor, request_id=request_id, source=source)
    return part
