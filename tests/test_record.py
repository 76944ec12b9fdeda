"""Facts become rows: what begins and ends within one turn is written once, all of a turn or nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, func, select

from engine.commands.instances import CancelInstance, SetVariables, StartInstance
from engine.commands.messages import CorrelateMessage
from engine.commands.tasks import CompleteTask
from engine.store import tables as t
from engine.store.database import Database, count_statements
from tests.commands.parts import on
from tests.diagrams import diagram
from tests.engines import House

USER = '<userTask id="u" facet:candidateGroups="g"/>'
RECEIVE = '<intermediateCatchEvent id="w"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>'
PAID = '<message id="m" name="paid"/>'


def count(house: House, table: Any) -> int:
    ((number,),) = house.rows(select(func.count()).select_from(table))
    return int(number)


def test_what_begins_and_ends_within_one_turn_is_written_in_its_final_form(any_house: House) -> None:
    house = any_house
    script = '<scriptTask id="t1" scriptFormat="feel"><script>{a: 1}</script></scriptTask>'
    house.deploy(diagram(script, "s>t1>t2>e"))
    with count_statements(house.services.database) as statements:
        house.run(StartInstance("p"))

    activities = house.rows(select(t.activity.c.element_id, t.activity.c.status, t.activity.c.ended_at))
    assert {row.status for row in activities} == {"completed"}
    assert len(activities) == 4
    assert not [text for text in statements.statements if text.startswith("UPDATE activity")]


def test_a_timer_that_is_never_waited_for_leaves_no_row(house: House) -> None:
    house.deploy(diagram('<serviceTask id="n" facet:topic="x"/>' + on("n", "b", "PT1H"), "s>n>e", "b>e2"))
    instance = house.start()
    house.run(CancelInstance(instance))
    for table in (t.job, t.external_task, t.subscription, t.task_candidate):
        assert count(house, table) == 0
    assert {row.status for row in house.rows(select(t.activity.c.status))} == {"completed", "cancelled"}


def test_the_number_of_statements_does_not_grow_with_the_number_of_rows(any_house: House) -> None:
    house = any_house
    several = '<userTask id="u" facet:candidateGroups="g"><multiInstanceLoopCharacteristics><loopCardinality>=n</loopCardinality></multiInstanceLoopCharacteristics></userTask>'
    house.deploy(diagram(several + on("u", "b", "PT1H"), "s>u>e", "b>e2"))
    house.start("p", {"n": 1})
    numbers = []
    for n in (2, 60):
        with count_statements(house.services.database) as started:
            instance = house.run(StartInstance("p", {"n": n}))
        with count_statements(house.services.database) as ended:
            house.run(CancelInstance(instance))
        numbers.append((len(started.statements), len(ended.statements)))
    assert numbers[0] == numbers[1]


@pytest.mark.parametrize(
    ("elements", "flows", "most"),
    [
        (USER, ("s>u>e",), 11),
        (USER, ("s>u>u2>e",), 11),
        (USER + on("u", "b", "PT1H"), ("s>u>u2>e", "b>e2"), 12),
        (USER + RECEIVE, ("s>u>w>e",), 12),
        (USER, ("s>u>p1", "p1>u2>e", "p1>u3>e", "p1>u4>e"), 11),
    ],
)
def test_a_completed_task_costs_few_statements(
    any_house: House, elements: str, flows: tuple[str, ...], most: int
) -> None:
    house = any_house
    house.deploy(diagram(elements, *flows, roots=PAID))
    warm = house.start("p", {}, business_key="A")
    house.complete(warm, "u", {"a": 1})
    task = house.task(house.start("p", {}, business_key="B"), "u")

    with count_statements(house.services.database) as counted:
        house.run(CompleteTask(task, {"a": 1}))

    assert counted.commits == 1
    assert len(counted.statements) <= most, "\n".join(counted.statements)


# --- all or nothing -----------------------------------------------------------------------------------------------------


class Crash(Exception):
    """The process dies here."""


@contextmanager
def dying_at(database: Database, statement: int) -> Iterator[None]:
    """The statement of that number is never executed."""
    seen = 0

    def look(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == statement:
            raise Crash

    event.listen(database.engine, "before_cursor_execute", look)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", look)


def everything(house: House) -> dict[str, list[str]]:
    """All rows of all tables."""
    return {table.name: sorted(map(repr, house.rows(select(table)))) for table in t.metadata.sorted_tables}


@pytest.mark.parametrize("keep_live", [True, False])
@pytest.mark.parametrize("step", ["start", "complete", "message", "variables", "cancel"])
def test_a_crash_between_any_two_statements_leaves_nothing_half_done(
    any_house: House, step: str, keep_live: bool
) -> None:
    house = any_house
    house.services.keep_live = keep_live
    house.deploy(diagram(USER + RECEIVE + on("u", "b", "PT1H"), "s>u>w>u2>e", "b>e2", roots=PAID))
    instance = house.start("p", {"n": 1}, business_key="A")
    if step == "message":
        house.complete(instance, "u")
    commands = {
        "start": lambda: StartInstance("p", {"n": 2}, "B"),
        "complete": lambda: CompleteTask(house.task(instance, "u"), {"a": 1}),
        "message": lambda: CorrelateMessage("paid", {"b": 2}, "A"),
        "variables": lambda: SetVariables(instance, {"c": 3}),
        "cancel": lambda: CancelInstance(instance, "enough"),
    }
    command = commands[step]()
    before = everything(house)

    for number in range(1, 40):
        try:
            with dying_at(house.services.database, number):
                house.run(command)
        except Crash:
            assert everything(house) == before, number
        else:
            break
    else:
        pytest.fail("it never came to an end")

    assert number > 4
    assert everything(house) != before
    house.settle()
    tasks, variables = {
        "start": (["u"], {}),
        "complete": ([], {"a": 1}),
        "message": (["u2"], {"b": 2}),
        "variables": (["u"], {"c": 3}),
        "cancel": ([], {}),
    }[step]
    assert house.open_tasks(instance) == tasks
    assert house.instance(instance).variables == {"n": 1, **variables}
