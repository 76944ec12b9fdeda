"""Files that nobody has any more are removed: by the worker now and then, by `facet files clean` at once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from engine.actor import SYSTEM
from engine.bus import run
from engine.commands.contents import DoomContents, DropContents, ForgetUploads, MarkUnused
from engine.files import FileStore, Kept
from engine.queries.contents import known_places
from engine.work import Services

log = logging.getLogger(__name__)

LEAST_AGE: Final = timedelta(hours=1)
"""What is in the store and has no row may be an upload of which the row is just being written: that takes seconds."""
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Cleaned:
    """How many uploads that no form named, contents, and pieces that never got a row were removed."""

    uploads: int
    contents: int
    orphans: int


def clean(services: Services, *, grace: timedelta | None = None, orphans: bool = True) -> Cleaned:
    """Removes uploads that no form named in time; contents without attachments for longer than the grace time; and, with
    `orphans`, what is in the store without a row. FilesUnavailable; what was doomed then goes the next time."""
    files = services.files
    if files is None:
        return Cleaned(0, 0, 0)
    now = services.clock.now()
    uploads = _forget(services, now - services.uploads_kept)
    run(services, MarkUnused(), SYSTEM, source="worker")
    contents = _remove(services, files, now - (services.files_grace if grace is None else grace))
    found = Cleaned(uploads, contents, _orphans(services, files, now) if orphans else 0)
    if found.uploads or found.contents or found.orphans:
        log.info("files: %d uploads, %d contents, %d orphans removed", found.uploads, found.contents, found.orphans)
    return found


def _forget(services: Services, before: datetime) -> int:
    total = 0
    while found := run(services, ForgetUploads(before), SYSTEM, source="worker"):
        total += found
    return total


def _remove(services: Services, files: FileStore, before: datetime) -> int:
    total = 0
    while places := run(services, DoomContents(before), SYSTEM, source="worker"):
        for place in places:
            files.remove(place)
        run(services, DropContents(tuple(places)), SYSTEM, source="worker")
        total += len(places)
    return total


def _orphans(services: Services, files: FileStore, now: datetime) -> int:
    total = 0
    for kept in without_row(services, files.everything(), now - LEAST_AGE):
        files.remove(kept.place)
        total += 1
    return total


def without_row(services: Services, everything: Iterable[Kept], before: datetime) -> Iterator[Kept]:
    """What was written before a moment and has no row: uploads that were cut short between the store and the database."""
    old = (kept for kept in everything if kept.written_at < before)
    while batch := list(islice(old, _BATCH)):
        with services.database.read() as connection:
            known = known_places(connection, [kept.place for kept in batch])
        yield from (kept for kept in batch if kept.place not in known)
