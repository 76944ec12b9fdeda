"""Timers that start processes: one per version, the newest one's, whatever happens at the same moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine import worker
from engine.store import tables as t
from tests.diagrams import diagram
from tests.engines import House, at_once

EVERY_HOUR = (
    '<startEvent id="s"><timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition></startEvent>'
)


def versions(house: House) -> list[int]:
    """The versions that instances run on, oldest instance first."""
    i = t.instance.c
    return [row.definition_version for row in house.rows(select(i.definition_version).order_by(i.id))]


def test_it_goes_on_after_a_restart_in_which_it_was_late(any_house: House) -> None:
    house = any_house
    house.deploy(diagram(EVERY_HOUR, "s>u1>e"))
    house.clock.advance(timedelta(hours=5, minutes=10))

    restarted = house.another()
    restarted.settle()

    assert versions(house) == [1]
    restarted.pass_time(minutes=50)
    assert versions(house) == [1, 1]


def test_the_same_files_again_leave_it_as_it_is(house: House) -> None:
    house.deploy(diagram(EVERY_HOUR, "s>u1>e"))
    house.clock.advance(timedelta(minutes=30))
    house.deploy(diagram(EVERY_HOUR, "s>u1>e"))
    house.pass_time(minutes=30)
    assert versions(house) == [1]


def test_a_newer_version_takes_over_even_from_a_job_that_is_on_its_way(any_house: House) -> None:
    house = any_house
    house.deploy(diagram(EVERY_HOUR, "s>u1>e"))
    house.clock.advance(timedelta(hours=1))
    (job,) = house.lease()
    house.deploy(diagram(EVERY_HOUR, "s>u2>e"))

    worker.execute(house.services, job)

    assert versions(house) == []
    (row,) = house.jobs()
    assert row.due_at == house.clock.now() + timedelta(hours=1)
    house.pass_time(hours=1)
    assert versions(house) == [2]


@pytest.mark.postgres
def test_a_timer_and_a_deployment_at_once_leave_one_timer(postgres_house: House) -> None:
    house = postgres_house
    other = house.another()
    for round in range(8):
        house.deploy(diagram(EVERY_HOUR, f"s>u{round}>e"))
        house.clock.advance(timedelta(hours=1))
        (job,) = house.lease()
        deployed, _ = at_once(
            lambda round=round: house.deploy(diagram(EVERY_HOUR, f"s>u{round}a>e")),
            lambda job=job: worker.execute(other.services, job),
        )
        assert not isinstance(deployed, Exception), deployed
        (left,) = house.jobs()
        ((latest,),) = house.rows(select(t.definition.c.id).where(t.definition.c.latest.is_(True)))
        assert left.definition_id == latest


def test_a_process_that_is_switched_off_is_not_started_but_its_timer_goes_on(house: House) -> None:
    house.deploy(diagram(EVERY_HOUR, "s>u1>e"))
    with house.services.database.write() as connection:
        connection.execute(update(t.definition).values(suspended=True))
    house.pass_time(hours=1)
    assert versions(house) == []
    with house.services.database.write() as connection:
        connection.execute(update(t.definition).values(suspended=False))
    house.pass_time(hours=1)
    assert versions(house) == [1]


def test_a_version_without_timer_ends_it(house: House) -> None:
    house.deploy(diagram(EVERY_HOUR, "s>u1>e"))
    house.deploy(diagram('<userTask id="u1"/>', "s>u1>e"))
    assert house.jobs() == []
