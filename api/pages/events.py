"""News for open pages, as server-sent events: `inbox` when the reader's list may look different, `instance` when the case on
the page has moved.

One look at the audit every other second serves all pages of this server process, whoever made the change and wherever it
runs; without open pages nothing is looked at.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from api.auth import Call, CallDep, Secured, allow
from engine.actor import Actor
from engine.errors import FacetError
from engine.queries import instances
from engine.queries.changes import NOTHING, Changes, changes_since
from engine.queries.users import open_doors
from engine.work import Services

log = structlog.get_logger(__name__)
router = APIRouter(route_class=Secured, include_in_schema=False)

EVERY: Final = 1.5
"""Seconds between two looks."""
LATE: Final = 10.0
"""Seconds by which a commit may come after the id of its audit entry was made."""
BEAT: Final = 20.0
"""Seconds after which a quiet stream says that it lives."""
LONGEST: Final = 300.0
"""Seconds that a stream stays open: then the browser comes again, and is asked again who it is."""
MOST_LISTENERS: Final = 2000
MOST_OF_ONE: Final = 50
"""Open pages of one person that are told; others look again after half a minute."""


@dataclass(eq=False)
class Listener:
    """One open page."""

    actor: Actor
    instance: str | None
    since: int = 0
    """When the page was made, in milliseconds since 1970: what happened before is in it."""
    session: str | None = None
    """Digest of the session by which the page was opened: with it the stream ends."""
    token: str | None = None
    """Id of the API token, where it was one."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(8))

    def tell(self, changes: Changes) -> None:
        """Puts what concerns this page into its queue; a page that does not read gets no second copy."""
        if changes.newest < self.since:
            return
        if changes.concerns(self.actor.username, self.actor.groups):
            self._put("inbox", {})
        if self.instance is not None and self.instance in changes.instances:
            self._put("instance", {"id": self.instance})

    def _put(self, name: str, data: dict[str, str]) -> None:
        with suppress(asyncio.QueueFull):
            self.news.put_nowait(f"event: {name}\ndata: {json.dumps(data)}\n\n")


class Feed:
    """All open pages of this process, and the one task that looks for changes while there are any."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._listeners: set[Listener] = set()
        self._looking: asyncio.Task[None] | None = None
        self._known: dict[str, float] = {}
        self._looked_at = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self.closed = asyncio.Event()

    async def stream(self, listener: Listener) -> AsyncIterator[str]:
        """The events of one page, until it goes, `LONGEST` has passed or the server ends."""
        mine = sum(other.actor.username == listener.actor.username for other in self._listeners)
        if len(self._listeners) >= MOST_LISTENERS or mine >= MOST_OF_ONE or self.closed.is_set():
            yield "retry: 30000\n\n"
            return
        self._join(listener)
        try:
            yield "retry: 3000\n\n"
            ends = time.monotonic() + LONGEST
            while time.monotonic() < ends and not self.closed.is_set() and not listener.ended.is_set():
                yield await self._next(listener)
        finally:
            self._listeners.discard(listener)

    async def _next(self, listener: Listener) -> str:
        waiting = asyncio.create_task(listener.news.get())
        ending = asyncio.create_task(self.closed.wait())
        leaving = asyncio.create_task(listener.ended.wait())
        try:
            await asyncio.wait({waiting, ending, leaving}, timeout=BEAT, return_when=asyncio.FIRST_COMPLETED)
            return waiting.result() if waiting.done() else ": here\n\n"
        finally:
            for task in (waiting, ending, leaving):
                task.cancel()

    def _join(self, listener: Listener) -> None:
        self._listeners.add(listener)
        self._loop = asyncio.get_running_loop()
        if self._looking is None or self._looking.done():
            self._looked_at = time.time()
            self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        while self._listeners and not self.closed.is_set():
            await asyncio.sleep(EVERY)
            try:
                await self._put_out()
                changes = await run_in_threadpool(self._changes)
            except Exception as error:  # the database is away: pages stay as they are until it is back
                log.warning("no news", error=str(error))
                continue
            for listener in list(self._listeners) if changes is not NOTHING else ():
                listener.tell(changes)

    async def _put_out(self) -> None:
        """Ends the streams of who was signed out, disabled, or is not who they were: other groups, other permissions. The
        browser comes again, and is asked again who it is."""
        listeners = list(self._listeners)
        known = await run_in_threadpool(self._known_now, listeners)
        for listener in listeners:
            door = listener.session or listener.token
            if door is not None and known.get(door) != listener.actor:
                listener.ended.set()

    def _known_now(self, listeners: list[Listener]) -> dict[str, Actor]:
        sessions = {one.session for one in listeners if one.session is not None}
        tokens = {one.token for one in listeners if one.token is not None}
        with self.services.database.read() as connection:
            return open_doors(connection, sessions, tokens, self.services.clock.now())

    def _changes(self) -> Changes:
        now = time.time()
        self._known = {id: at for id, at in self._known.items() if at > now - 3 * LATE - EVERY}
        since, self._looked_at = self._looked_at, now
        with self.services.database.read() as connection:
            ended_after = self.services.clock.now() - timedelta(seconds=LATE + now - since)
            found = changes_since(connection, first_id_at(since - LATE), self._known, ended_after)
        self._known |= dict.fromkeys(found.entries, now)
        return found

    def close(self) -> None:
        """Ends all streams; may be called from any thread or signal handler."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.closed.set)
        else:
            self.closed.set()


def first_id_at(seconds: float) -> str:
    """A text before every UUIDv7 made at or after that moment (RFC 9562: milliseconds since 1970 come first)."""
    digits = f"{max(int(seconds * 1000), 0):012x}"
    return f"{digits[:8]}-{digits[8:]}"


def feed_of(app: Any) -> Feed:
    """The application's feed, made with the first page that listens."""
    state = app.state
    known: Feed | None = getattr(state, "feed", None)
    if known is None or known.services is not state.services:
        known = state.feed = Feed(state.services)
    return known


def close_feed(app: Any) -> None:
    """Ends the streams of open pages, so that a server that stops need not wait for them."""
    feed: Feed | None = getattr(getattr(app, "state", None), "feed", None)
    if feed is not None:
        feed.close()


@router.get("/events")
@allow("tasks")
async def listen(call: CallDep, instance: Annotated[str, Query(max_length=36)] = "", since: int = 0) -> Response:
    """The stream of a page; `instance` names the case that it shows, `since` when it was made."""
    seen = bool(instance) and await run_in_threadpool(_visible, call, instance)
    watched = instance if seen else None
    listener = Listener(call.actor, watched, since, call.session_digest, call.actor.token)
    stream = feed_of(call.request.app).stream(listener)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


def _visible(call: Call, instance: str) -> bool:
    try:
        with call.read() as connection:
            instances.find(connection, call.actor, instance)
    except FacetError:
        return False
    return True
