"""News for open pages: who is told of what."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from api.pages.events import Feed, Listener, first_id_at
from engine.actor import Actor
from engine.commands.tasks import ClaimTask
from engine.ids import new_id
from engine.queries.changes import NOTHING, Changes, changes_since
from tests.support import World


def changes(world: World, known: set[str] | None = None) -> Changes:
    floor = first_id_at(time.time() - 60)
    with world.services.database.read() as connection:
        return changes_since(connection, floor, known or set(), world.clock.now() - timedelta(minutes=1))


def test_ids_begin_with_their_time():
    before = time.time()
    assert first_id_at(before - 1) < new_id() < first_id_at(time.time() + 1)


def test_who_may_have_a_new_task_is_told(world: World):
    known = set(changes(world).entries)
    id = world.purchase()
    found = changes(world, known)
    assert found.instances == {id}
    assert found.concerns("ann", {"approver"})
    assert found.concerns("lin", {"office"})
    assert not found.concerns("bo", {"buyer"})


def test_what_is_known_is_told_once(world: World):
    world.purchase()
    assert changes(world, set(changes(world).entries)) == NOTHING


def test_who_loses_a_task_is_told_too(world: World):
    task = world.task(world.purchase())
    known = set(changes(world).entries)
    world.run(ClaimTask(task), "ann")
    assert changes(world, known).concerns("abe", {"approver"})


def test_a_page_hears_of_its_case_and_of_nothing_older_than_itself(world: World):
    id = world.purchase()
    found = changes(world)
    listener = Listener(Actor("bo", groups=frozenset({"buyer"})), id)
    listener.tell(found)
    assert listener.news.get_nowait() == f'event: instance\ndata: {{"id": "{id}"}}\n\n'
    assert listener.news.empty()
    young = Listener(Actor("ann", groups=frozenset({"approver"})), id, since=found.newest + 1)
    young.tell(found)
    assert young.news.empty()


def test_a_stream_tells_and_ends_with_the_server(world: World):
    async def listening() -> list[str]:
        feed = Feed(world.services)
        said = []
        async for text in feed.stream(Listener(Actor("ann", groups=frozenset({"approver"})), None)):
            said.append(text)
            if len(said) == 1:
                await asyncio.to_thread(world.purchase)
            if "inbox" in text:
                feed.close()
        return said

    said = asyncio.run(asyncio.wait_for(listening(), 20))
    assert said[0].startswith("retry:")
    assert any("event: inbox" in text for text in said)
