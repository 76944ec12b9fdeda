"""What nobody has any more goes, after its time; what somebody has never does, whatever happens at the same moment."""

from __future__ import annotations

import io
import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine import bus
from engine.actor import SYSTEM
from engine.cleaning import clean
from engine.commands.attachments import AddAttachment, RemoveAttachment
from engine.commands.contents import DoomContents, DropContents, MarkUnused
from engine.commands.erasures import EraseBusinessKey
from engine.commands.instances import CancelInstance
from engine.files import FileStore, FilesUnavailable
from engine.queries.contents import usage
from engine.store import tables as t
from tests.support import World, make_postgres_world

DAY = timedelta(days=1)
START = {"title": "Desk", "amount": "1200.50"}


def store(world: World) -> FileStore:
    assert world.services.files is not None
    return world.services.files


def attach(world: World, content: bytes = b"one", *, by: str = "lin", **where: str) -> str:
    """An attachment as the server makes it; its id."""
    stored = store(world).put(io.BytesIO(content), limit=1000)
    added = world.run(AddAttachment("a.txt", stored, **where), by)
    if added.place != stored.place:
        store(world).remove(stored.place)
    return str(added.item.id)


def kept(world: World) -> int:
    return len(list(store(world).everything()))


def missing(world: World) -> list[str]:
    """Attachments whose content is not in the store."""
    there = {each.place for each in store(world).everything()}
    with world.services.database.read() as connection:
        rows = connection.execute(select(t.attachment.c.id, t.attachment.c.place)).all()
    return [row.id for row in rows if row.place not in there]


def test_a_content_goes_with_the_last_that_has_it_after_the_grace_time(world: World) -> None:
    instance = world.purchase()
    first, second = (attach(world, b"shared", instance_id=instance) for _ in range(2))
    assert kept(world) == 1
    world.run(RemoveAttachment(first), "max")
    world.clock.advance(3 * DAY)
    clean(world.services)
    clean(world.services)
    assert kept(world) == 1 and not missing(world)

    world.run(RemoveAttachment(second), "max")
    assert clean(world.services).contents == 0
    world.clock.advance(DAY / 2)
    assert clean(world.services).contents == 0 and kept(world) == 1
    world.clock.advance(DAY)
    assert clean(world.services).contents == 1 and kept(world) == 0
    with world.services.database.read() as connection:
        assert usage(connection).contents == 0


def test_what_is_taken_again_within_the_grace_time_stays(world: World) -> None:
    instance = world.purchase()
    world.run(RemoveAttachment(attach(world, instance_id=instance)), "max")
    clean(world.services)
    world.clock.advance(DAY * 2)
    again = attach(world, instance_id=instance)
    assert clean(world.services).contents == 0
    world.run(RemoveAttachment(again), "max")
    assert clean(world.services).contents == 0  # the time begins anew
    assert kept(world) == 1


def test_an_erased_cases_contents_are_gone(world: World) -> None:
    instance = world.purchase(business_key="PO-1")
    attach(world, b"the customer's floor plan", instance_id=instance)
    world.run(CancelInstance(instance))
    world.run(EraseBusinessKey("PO-1"), "ada")
    assert clean(world.services, grace=timedelta(0)).contents == 1
    assert kept(world) == 0


def test_an_upload_between_the_steps_of_a_removal_gets_a_content_that_stays(world: World) -> None:
    instance = world.purchase()
    world.run(RemoveAttachment(attach(world, instance_id=instance)), "max")
    world.run(MarkUnused())
    taken = attach(world, instance_id=instance)  # after it was noted as unused, before it is doomed
    assert world.run(DoomContents(world.clock.now())) == []
    world.run(RemoveAttachment(taken), "max")
    world.run(MarkUnused())

    doomed = world.run(DoomContents(world.clock.now()))
    again = attach(world, instance_id=instance)  # after it was doomed, before it is removed
    for place in doomed:
        store(world).remove(place)
    world.run(DropContents(tuple(doomed)))

    assert missing(world) == []
    assert world.client("lin").get(f"/api/v1/attachments/{again}/content").content == b"one"


def test_a_removal_that_was_cut_short_is_finished_the_next_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.run(RemoveAttachment(attach(world, instance_id=world.purchase())), "max")

    def fail(place: str) -> None:
        raise FilesUnavailable("The file store does not answer.")

    with monkeypatch.context() as patched:
        patched.setattr(store(world), "remove", fail)
        with pytest.raises(FilesUnavailable):
            clean(world.services, grace=timedelta(0))
    assert kept(world) == 1
    assert clean(world.services, grace=timedelta(0)).contents == 1 and kept(world) == 0


def test_what_never_got_a_row_is_removed_when_it_is_old_and_strangers_are_left_alone(world: World) -> None:
    stored = store(world).put(io.BytesIO(b"cut short"), limit=1000)
    folder = world.folder / "attachments"
    (folder / f".{'0' * 32}").write_bytes(b"half an upl")
    (folder / "README.txt").write_text("not Facet's")
    world.clock.advance(datetime.now(UTC) - world.clock.now())
    assert clean(world.services).orphans == 0
    old = time.time() - 7200
    for path in folder.rglob("*"):
        os.utime(path, (old, old))
    assert clean(world.services, orphans=False).orphans == 0 and kept(world) == 2
    assert clean(world.services).orphans == 2
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["README.txt"]
    assert not list(folder.rglob(stored.place))


def test_uploads_that_no_form_named_are_forgotten(world: World) -> None:
    instance = world.purchase()
    task = world.task(instance)
    for_no_start = attach(world, b"a")
    named = attach(world, b"b", by="ann", task_id=task, field="photo")
    taken_out_again = attach(world, b"c", by="ann", task_id=task, field="photo")
    of_the_case = attach(world, b"d", by="ann", task_id=task)
    world.clock.advance(20 * DAY)
    assert clean(world.services).uploads == 1  # a draft of the open task may still name the others
    world.complete(task, {"decision": "approve", "photo": named}, "ann")
    assert clean(world.services).uploads == 1
    with world.services.database.read() as connection:
        left = set(connection.execute(select(t.attachment.c.id)).scalars())
    assert left == {named, of_the_case} and not {for_no_start, taken_out_again} & left
    assert clean(world.services, grace=timedelta(0)).contents == 2


def race(world: World) -> None:
    """Uploads, removals and cleaning of one and the same content at once."""
    instance = world.purchase()
    failures: list[BaseException] = []
    done = threading.Event()

    def uploads() -> None:
        try:
            for number in range(25):
                stored = store(world).put(io.BytesIO(b"wanted by all"), limit=1000)
                added = bus.run(
                    world.services, AddAttachment("a.txt", stored, instance_id=instance), world.actor("lin")
                )
                if added.place != stored.place:
                    store(world).remove(stored.place)
                store(world).open(added.place).close()
                if number % 3:
                    bus.run(world.services, RemoveAttachment(added.item.id), world.actor("max"))
        except BaseException as error:
            failures.append(error)

    def cleaning() -> None:
        try:
            while not done.is_set():
                clean(world.services, grace=timedelta(0), orphans=False)
        except BaseException as error:
            failures.append(error)

    writers = [threading.Thread(target=uploads) for _ in range(3)]
    cleaner = threading.Thread(target=cleaning)
    for thread in (*writers, cleaner):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    cleaner.join()
    assert not failures
    assert missing(world) == []
    with world.services.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(t.attachment)).scalar() == 27


def test_no_race_loses_a_content(world: World) -> None:
    race(world)


@pytest.mark.postgres
def test_no_race_loses_a_content_on_postgres(tmp_path: Path, postgres_url: str) -> None:
    world = make_postgres_world(tmp_path / "world", postgres_url)
    try:
        race(world)
    finally:
        world.close()


def test_the_system_may_clean_without_a_store(world: World) -> None:
    world.services.files = None
    assert clean(world.services).contents == 0
    assert bus.run(world.services, MarkUnused(), SYSTEM) == 0
