"""`records.number`: one number per call, whatever is tried again, none left out."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from engine.commands.instances import RetryIncident, StartInstance
from engine.connectors import Call, PermanentFailure
from engine.connectors.records import number
from engine.store import tables as t
from tests.diagrams import diagram
from tests.engines import House, at_once


def call(house: House, key: str, **parameters: Any) -> Call:
    now = house.clock.now()
    return Call(parameters, key, "i", None, now, house.services.database, house.services.zone, asked_at=now)


def task(series: str = "JC-{date}-") -> str:
    return (
        '<serviceTask id="n" facet:operation="records.number" facet:resultVariable="no"><extensionElements>'
        f'<facet:parameter name="series" value="{series}"/></extensionElements></serviceTask>'
    )


def test_numbers_follow_each_other_in_each_series(any_house: House) -> None:
    numbers = [
        number(call(any_house, key, series=series))["result"] for key, series in zip("abcd", "XYXX", strict=True)
    ]
    assert numbers == ["X0001", "Y0001", "X0002", "X0003"]
    assert number(call(any_house, "e", series="X", digits=2)) == {"result": "X04"}


def test_the_same_call_has_the_same_number(any_house: House) -> None:
    first = number(call(any_house, "a", series="X"))
    number(call(any_house, "b", series="X"))
    assert number(call(any_house, "a", series="X")) == first


def test_the_day_is_that_of_the_installation(house: House) -> None:
    house.clock.advance(timedelta(hours=16))  # 1:00 of 3 March in Shanghai, 17:00 of 2 March in UTC
    assert number(call(house, "a", series="JC-{date}-"))["result"] == "JC-20260303-0001"


def test_what_is_tried_again_after_midnight_keeps_its_day(house: House) -> None:
    house.deploy(diagram(task(), "s>n>e"))
    instance = house.run(StartInstance("p"))
    (job,) = house.lease()
    house.clock.advance(timedelta(hours=20))
    house.settle()

    assert job.asked_at < house.clock.now()
    assert house.instance(instance).variables["no"] == "JC-20260302-0001"


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"series": ""},
        {"series": 5},
        {"series": "x" * 101},
        {"series": "X", "digits": "many"},
        {"series": "X", "digits": -1},
    ],
)
def test_what_cannot_be_meant_is_not_tried_again(house: House, parameters: dict[str, Any]) -> None:
    with pytest.raises(PermanentFailure):
        number(call(house, "a", **parameters))


def test_all_at_once_get_all_numbers(any_house: House) -> None:
    house = any_house
    others = [house.another() for _ in range(4)]
    outcomes = at_once(
        *(
            partial(lambda h, n: [number(call(h, f"{n}/{k}", series="X"))["result"] for k in range(8)], h, n)
            for n, h in enumerate(others)
        )
    )
    assert not [o for o in outcomes if isinstance(o, Exception)], outcomes
    assert sorted(x for one in outcomes for x in one) == [f"X{n:04d}" for n in range(1, 33)]


def test_an_incident_that_is_retried_leaves_no_gap(house: House) -> None:
    house.deploy(diagram(task("=series"), "s>n>e"))
    bad = house.start("p", {"series": None})
    good = house.start("p", {"series": "X"})
    (incident,) = house.incidents(bad)
    assert incident.kind == "call-refused"

    house.run(RetryIncident(incident.id, {"series": "X"}))
    house.settle()

    assert [house.instance(id).variables["no"] for id in (good, bad)] == ["X0001", "X0002"]
    ((value,),) = house.rows(select(t.counter.c.value).where(t.counter.c.series == "X"))
    assert value == 2
