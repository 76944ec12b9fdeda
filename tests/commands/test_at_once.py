"""Commands that touch the same rows at the same moment: one after the other, no deadlock (PostgreSQL), no surprise."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from engine import worker
from engine.commands.instances import CancelInstance, SetVariables
from engine.commands.tasks import ClaimTask, CompleteTask
from engine.errors import Conflict, FacetError
from tests.commands.parts import CALL, CALLED, children, deadlocks, on
from tests.diagrams import diagram
from tests.engines import House, at_once

USER = '<userTask id="u"/>'


def test_of_two_people_who_complete_one_task_one_wins_and_the_other_learns_who(any_house: House) -> None:
    house = any_house
    other = house.another()
    house.deploy(diagram('<userTask id="u" facet:candidateGroups="g"/>', "s>u>e"))
    ann, bo = house.person("ann", "g"), house.person("bo", "g")
    for _ in range(10):
        instance = house.start()
        task = house.task(instance)

        outcomes = at_once(
            partial(house.run, CompleteTask(task, {"by": "ann"}), ann),
            partial(other.run, CompleteTask(task, {"by": "bo"}), bo),
        )

        (error,) = [o for o in outcomes if isinstance(o, Exception)]
        winner = ["ann", "bo"][outcomes.index(instance)]
        assert isinstance(error, Conflict), error
        assert error.message == f"{winner} has already completed this task."
        assert error.data["by"] == winner
        assert error.data["at"] == house.clock.now().isoformat()
        assert house.instance(instance).variables == {"by": winner}


def test_who_claims_and_who_completes_at_once_do_not_both_succeed(any_house: House) -> None:
    house = any_house
    other = house.another()
    house.deploy(diagram('<userTask id="u" facet:candidateGroups="g"/>', "s>u>e"))
    ann, bo = house.person("ann", "g"), house.person("bo", "g")
    for _ in range(10):
        instance = house.start()
        task = house.task(instance)

        outcomes = at_once(
            partial(house.run, ClaimTask(task), ann), partial(other.run, CompleteTask(task, {"by": "bo"}), bo)
        )

        (error,) = [o for o in outcomes if isinstance(o, Exception)]
        assert isinstance(error, FacetError), error
        assert (house.instance(instance).status == "completed") == (outcomes[1] == instance)


@pytest.mark.postgres
def test_a_task_and_the_timer_on_it_at_the_same_moment(postgres_house: House) -> None:
    house = postgres_house
    other = house.another()
    house.deploy(diagram(USER + on("u", "b", "PT1M"), "s>u>e1", "b>e2"))
    for _ in range(15):
        instance = house.start()
        task = house.task(instance)
        house.clock.advance(timedelta(minutes=1))
        (job,) = house.lease()

        done, _ = at_once(partial(house.run, CompleteTask(task, {})), partial(worker.execute, other.services, job))

        row = house.instance(instance)
        assert isinstance(done, Conflict | str), done
        assert (row.status, row.end_element_id) == ("completed", "e2" if isinstance(done, Conflict) else "e1")
        assert house.jobs() == []
    assert deadlocks(house) == 0


@pytest.mark.postgres
def test_a_caller_and_what_it_called_at_the_same_moment(postgres_house: House) -> None:
    house = postgres_house
    other = house.another()
    house.deploy(CALLED)
    house.deploy(diagram(CALL + USER, "s>p1", "p1>call>e1", "p1>u>e2"))
    for round in range(16):
        instance = house.start()
        (child,) = children(house, instance)
        task = house.task(child.id)
        first = CancelInstance(instance) if round % 2 else SetVariables(instance, {"z": round})

        outcomes = at_once(
            lambda first=first: (house.run(first), house.settle()),
            lambda task=task: (other.run(CompleteTask(task, {"y": 1})), other.settle()),
        )

        assert all(isinstance(o, tuple | Conflict) for o in outcomes), outcomes
        house.settle()
        assert house.jobs() == []
        assert house.instance(child.id).status in ("completed", "cancelled")
        if round % 2 == 0:
            assert house.instance(instance).variables == {"y": 1, "z": round}
            house.complete(instance, "u")
        assert house.instance(instance).status == ("cancelled" if round % 2 else "completed")
    assert deadlocks(house) == 0
