"""What wraps every command: one commit, fresh state for a second try, nothing left of what failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from engine.actor import SYSTEM
from engine.bus import ATTEMPTS, COLLISIONS
from engine.commands.instances import StartInstance
from engine.commands.messages import CorrelateMessage
from engine.commands.tasks import CompleteTask
from engine.errors import Conflict, Outdated, StaleRevision
from engine.store import tables as t
from engine.store.database import Busy, count_statements
from engine.work import Work
from tests.diagrams import diagram
from tests.engines import House, at_once

TASK = '<userTask id="u"/>'


@dataclass
class Does:
    """A command that does what the test says, and counts how often."""

    action: Callable[[Work, int], Any]
    tries: int = 0
    revision: int | None = None

    def execute(self, work: Work) -> Any:
        self.tries += 1
        return self.action(work, self.tries)


def _fail(*errors: Exception) -> Callable[[Work, int], str]:
    def action(work: Work, attempt: int) -> str:
        work.connection.execute(insert(t.counter), {"series": f"try {attempt}", "value": 1})
        if attempt <= len(errors):
            raise errors[attempt - 1]
        return "done"

    return action


@pytest.mark.parametrize("error", [StaleRevision("moved"), Busy()])
def test_what_others_were_in_the_way_of_is_tried_again_from_scratch(house: House, error: Exception) -> None:
    command = Does(_fail(error, error))

    assert house.run(command) == "done"

    assert command.tries == 3
    assert [row.series for row in house.rows(select(t.counter))] == ["try 3"]


def test_it_is_not_tried_for_ever(house: House) -> None:
    command = Does(_fail(*[Busy()] * 50))

    with pytest.raises(Busy):
        house.run(command)

    assert command.tries == ATTEMPTS
    assert house.rows(select(t.counter)) == []


def test_a_revision_that_the_caller_named_is_not_tried_again(house: House) -> None:
    command = Does(_fail(Outdated("changed")))

    with pytest.raises(Outdated):
        house.run(command)

    assert command.tries == 1


def test_a_busy_database_is_tried_again_for_whoever_named_a_revision_too(house: House) -> None:
    assert house.run(Does(_fail(Busy()), revision=3)) == "done"


def test_a_key_that_is_taken_is_looked_at_again_and_a_command_that_insists_fails(house: House) -> None:
    def insist(work: Work, attempt: int) -> None:
        work.connection.execute(insert(t.counter), [{"series": "same", "value": 1}] * 2)

    command = Does(insist)

    with pytest.raises(IntegrityError):
        house.run(command)

    assert command.tries == COLLISIONS


def test_an_error_leaves_nothing_behind_not_even_an_audit_entry(house: House) -> None:
    with pytest.raises(Conflict):
        house.run(Does(_fail(Conflict("no"))))

    assert house.rows(select(t.counter)) == []
    assert house.rows(select(t.audit).where(t.audit.c.command == "Does")) == []


def test_what_goes_wrong_after_the_commit_does_not_undo_it(house: House) -> None:
    def action(work: Work, attempt: int) -> str:
        work.connection.execute(insert(t.counter), {"series": "kept", "value": 1})
        work.after.append(lambda: 1 / 0)
        work.after.append(lambda: told.append("told"))
        return "done"

    told: list[str] = []

    assert house.run(Does(action)) == "done"

    assert [row.series for row in house.rows(select(t.counter))] == ["kept"]
    assert told == ["told"]


def test_a_completed_task_costs_few_statements_and_one_commit(any_house: House) -> None:
    house = any_house
    house.deploy(diagram('<userTask id="u1"/><userTask id="u2"/><userTask id="u3"/>', "s>u1>u2>u3>e"))
    instance = house.start()
    house.complete(instance, "u1", {"a": 1})
    task = house.task(instance)

    with count_statements(house.services.database) as count:
        house.run(CompleteTask(task, {"a": 2}))

    assert count.commits == 1
    assert len(count.statements) <= 11, "\n".join(count.statements)  # and one more for who is asking


@pytest.mark.postgres
def test_two_starts_with_one_idempotency_key_at_once_are_one(postgres_house: House) -> None:
    house = postgres_house
    house.deploy(diagram(TASK, "s>u>e"))
    others = [house.another() for _ in range(4)]

    for round in range(10):
        ids = at_once(*(partial(h.run, StartInstance("p", {}, idempotency_key=f"k{round}")) for h in others))
        assert len(set(ids)) == 1, ids
        assert isinstance(ids[0], str)

    assert house.rows(select(func.count()).select_from(t.instance))[0][0] == 10


@pytest.mark.postgres
def test_a_message_that_is_sent_twice_at_once_is_one(postgres_house: House) -> None:
    house = postgres_house
    start = '<startEvent id="s"><messageEventDefinition messageRef="m"/></startEvent>'
    house.deploy(diagram(start + TASK, "s>u>e", roots='<message id="m" name="order"/>'))
    others = [house.another() for _ in range(4)]

    for round in range(10):
        send = CorrelateMessage("order", {"n": round}, message_id=f"m{round}")
        assert at_once(*(partial(h.run, send) for h in others)) == [1, 1, 1, 1]

    assert house.rows(select(func.count()).select_from(t.instance))[0][0] == 10
    assert house.run(CorrelateMessage("order", {}, message_id="m3"), SYSTEM) == 1
