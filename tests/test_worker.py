"""The worker's threads: woken, kept alive by heartbeats, ended in good order, undisturbed by what goes wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.clock import SystemClock
from engine.commands.instances import StartInstance
from engine.commands.jobs import LeaseJobs
from engine.commands.messages import CorrelateMessage
from engine.store import tables as t
from engine.store.database import Busy
from engine.worker import Worker
from tests.commands.parts import Service, service, timer
from tests.diagrams import diagram
from tests.engines import House

PATIENCE = 20.0
"""Seconds that a test waits for another thread before it gives up; nothing is measured."""


@contextmanager
def working(house: House, **options: Any) -> Iterator[Worker]:
    """A worker that runs, by the machine's own clock."""
    house.services.clock = SystemClock()
    worker = Worker(house.services, **options)
    house.services.wake = worker.wake
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def until(done: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.02)):
        if done():
            return
        pause.wait(0.02)
    pytest.fail("it did not happen")


class Slow:
    """A service that answers when the test lets it."""

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        self.answer = threading.Event()
        self.service = Service({"result": 1}, during=self._wait)

    def _wait(self) -> None:
        self.asked.release()
        assert self.answer.wait(PATIENCE)


def serve_slowly(house: House) -> Slow:
    slow = Slow()
    house.services.operations = {"test.call": slow.service}
    house.deploy(diagram(service(parameter="1"), "s>n>e"))
    return slow


def test_a_commit_that_leaves_something_to_do_wakes_it(house: House) -> None:
    house.deploy(
        diagram(
            '<intermediateCatchEvent id="w"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>',
            "s>w>n1>e",
            roots='<message id="m" name="paid"/>',
        )
    )
    with working(house, poll_seconds=PATIENCE * 10):
        assert house.run(CorrelateMessage("paid", {}, "A")) == 0
        instance = house.run(StartInstance("p", {}, "A"))
        until(lambda: house.instance(instance).status == "completed")


def test_it_looks_by_itself_for_what_nobody_told_it(house: House) -> None:
    house.deploy(diagram(timer("w", "PT0.2S"), "s>w>e"))
    other = house.another()
    other.services.clock = SystemClock()
    with working(house, poll_seconds=0.05):
        instance = other.run(StartInstance("p"))
        until(lambda: house.instance(instance).status == "completed")


def test_a_long_call_keeps_its_lease(house: House) -> None:
    slow = serve_slowly(house)
    house.services.clock = SystemClock()
    instance = house.run(StartInstance("p"))
    with working(house, lease_seconds=1, threads=1):
        assert slow.asked.acquire(timeout=PATIENCE)
        (first,) = house.jobs()
        until(lambda: house.jobs()[0].locked_until > first.locked_until + timedelta(seconds=1))
        assert house.run(LeaseJobs("other")) == []
        slow.answer.set()
        until(lambda: house.instance(instance).status == "completed")
    assert len(slow.service.calls) == 1


def test_ending_it_waits_for_what_was_begun_and_gives_the_rest_back(house: House) -> None:
    slow = serve_slowly(house)
    house.services.clock = SystemClock()
    first, second = house.run(StartInstance("p")), house.run(StartInstance("p"))
    with working(house, threads=1) as worker:
        assert slow.asked.acquire(timeout=PATIENCE)
        stopping = threading.Thread(target=worker.stop)
        stopping.start()
        slow.answer.set()
        stopping.join(PATIENCE)
        assert not stopping.is_alive()

    assert len(slow.service.calls) == 1
    assert {house.instance(first).status, house.instance(second).status} == {"completed", "active"}
    (left,) = house.jobs()
    assert (left.locked_by, left.locked_until, left.retries) == (None, None, 3)


def test_one_bad_job_does_not_stop_the_others(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.deploy(diagram(timer("w", "PT0S"), "s>w>e"))
    bad, *good = [house.run(StartInstance("p")) for _ in range(4)]
    worker = Worker(house.services)
    execute = worker._execute.__globals__["execute"]

    def breaks(services: Any, job: Any) -> None:
        if job.instance_id == bad:
            raise Busy
        execute(services, job)

    monkeypatch.setattr("engine.worker.execute", breaks)
    assert worker.run_once() == 4

    assert {house.instance(id).status for id in good} == {"completed"}
    assert house.instance(bad).status == "active"
    monkeypatch.undo()
    house.pass_time(seconds=61)
    assert house.instance(bad).status == "completed"


def test_a_round_that_fails_is_followed_by_another(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.deploy(diagram(timer("w", "PT0S"), "s>w>e"))
    failures = iter([Busy(), RuntimeError("the disk is full")])
    lease = LeaseJobs.execute

    def sometimes(self: LeaseJobs, work: Any) -> Any:
        for failure in failures:
            raise failure
        return lease(self, work)

    monkeypatch.setattr(LeaseJobs, "execute", sometimes)
    with working(house, poll_seconds=0.05, threads=1):
        instance = house.run(StartInstance("p"))
        until(lambda: house.instance(instance).status == "completed")


def test_messages_expire_by_themselves(house: House) -> None:
    house.services.clock = SystemClock()
    house.run(CorrelateMessage("paid", {}, expires_in=timedelta()))
    with working(house):
        until(lambda: [row.status for row in house.rows(select(t.outbox.c.status))] == ["expired"])
