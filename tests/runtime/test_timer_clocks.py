"""Timers where the clocks change, in business time, and when they are late; the forms of times are in test_timers.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.calendars import Calendar, load
from engine.errors import InvalidInput
from engine.runtime.timers import Schedule, resolve_cycle, resolve_moment

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")
STORE = {
    "key": "store",
    "zone": "Asia/Shanghai",
    "weekly": {d: ["10:00-20:00"] for d in ("mon", "tue", "wed", "thu", "fri", "sat")},
}
CALENDARS: dict[str, Calendar] = {"store": load(STORE)}
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)  # Monday, 9:00 in Shanghai


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def due(value: Any, now: datetime = NOW, zone: ZoneInfo = SHANGHAI) -> datetime:
    return resolve_moment(value, now, zone, CALENDARS)


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2026-03-28T09:00", "P1D", "2026-03-29T09:00"),  # the clocks go forward that night: 23 hours
        ("2026-03-28T09:00", "PT24H", "2026-03-29T10:00"),
        ("2026-10-24T09:00", "P1D", "2026-10-25T09:00"),  # and back: 25 hours
        ("2026-10-24T09:00", "PT24H", "2026-10-25T08:00"),
        ("2026-10-24T09:00", "P1DT24H", "2026-10-26T09:00"),
        ("2026-03-28T02:30", "P1D", "2026-03-29T03:30"),  # 2:30 does not exist that day
        ("2026-01-31T09:00", "P1M", "2026-02-28T09:00"),
        ("2024-01-31T09:00", "P1M", "2024-02-29T09:00"),
        ("2024-02-29T09:00", "P1Y", "2025-02-28T09:00"),
        ("2026-03-01T09:00", "P1M", "2026-04-01T09:00"),  # summer time by then
        ("2026-12-31T09:00", "P1M1D", "2027-02-01T09:00"),
        ("2026-03-01T09:00", "P2W", "2026-03-15T09:00"),
        ("2026-03-01T09:00", "PT0S", "2026-03-01T09:00"),
    ],
)
def test_days_are_days_of_the_clock_and_hours_are_hours(start: str, duration: str, end: str) -> None:
    assert due(duration, berlin(start), BERLIN) == berlin(end).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("PT2H@store", "2026-03-02T12:00:00+08:00"),
        ("PT10H@store", "2026-03-02T20:00:00+08:00"),
        ("PT24H@store", "2026-03-04T14:00:00+08:00"),  # 24 open hours, no day of the calendar
        ("P1D@store", "2026-03-03T20:00:00+08:00"),
        ("P6D@store", "2026-03-09T20:00:00+08:00"),  # closed on Sunday
    ],
)
def test_business_time(text: str, end: str) -> None:
    assert due(text) == datetime.fromisoformat(end)


@pytest.mark.parametrize(
    "text",
    ["2026-03-05T12:00:00Z", "2026-03-05T20:00:00+08:00", "2026-03-05T20:00", datetime(2026, 3, 5, 20)],  # noqa: DTZ001
)
def test_moments(text: Any) -> None:
    assert due(text) == datetime(2026, 3, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "soon",
        "PT",
        "P",
        "-P1D",
        "P101Y",
        "PT9999999H",
        "PT2H@nowhere",
        "P1M@store",
        "P1DT1H@store",
        "@store",
        5,
        None,
        [],
        "P999999Y",
    ],
)
def test_what_is_no_time_is_said(value: Any) -> None:
    with pytest.raises(InvalidInput):
        due(value)


def test_nothing_leads_beyond_the_calendar() -> None:
    for text in ("P1M", "P1D", "PT48H"):
        with pytest.raises(InvalidInput):
            due(text, datetime(9999, 12, 31, 12, tzinfo=UTC))


# --- cycles -------------------------------------------------------------------------------------------------------------


def fires(schedule: Schedule | None, zone: ZoneInfo, late: timedelta = timedelta()) -> list[datetime]:
    """The first moments at which a cycle fires when a worker is always `late`."""
    found: list[datetime] = []
    while schedule is not None and len(found) < 5:
        found.append(schedule.due)
        schedule = schedule.following(schedule.due + late, zone)
    return found


def test_a_cycle_of_days_keeps_the_time_on_the_clock() -> None:
    schedule = resolve_cycle("R/2026-03-27T09:00:00/P1D", berlin("2026-03-27T08:00"), BERLIN, {})
    assert fires(schedule, BERLIN) == [berlin(f"2026-03-{day}T09:00") for day in (27, 28, 29, 30, 31)]


def test_a_cycle_of_hours_counts_hours() -> None:
    schedule = resolve_cycle("R4/PT12H", berlin("2026-03-28T09:00"), BERLIN, {})
    moments = [moment.astimezone(BERLIN).strftime("%d %H") for moment in fires(schedule, BERLIN)]
    assert moments == ["28 21", "29 10", "29 22", "30 10"]


def test_what_was_missed_is_not_caught_up_and_counts() -> None:
    assert len(fires(resolve_cycle("R5/PT10M", NOW, SHANGHAI, {}), SHANGHAI)) == 5
    assert len(fires(resolve_cycle("R5/PT10M", NOW, SHANGHAI, {}), SHANGHAI, late=timedelta(minutes=25))) == 2
    assert len(fires(resolve_cycle("R5/P1D", NOW, SHANGHAI, {}), SHANGHAI, late=timedelta(days=9))) == 1


def test_a_cycle_that_began_long_ago_goes_on_in_the_future_at_its_own_times() -> None:
    schedule = resolve_cycle("R/2020-01-01T09:00:00+08:00/P1D", NOW, SHANGHAI, {})
    assert schedule.due == datetime(2026, 3, 2, 9, tzinfo=SHANGHAI) or schedule.due == datetime(
        2026, 3, 3, 9, tzinfo=SHANGHAI
    )
    assert schedule.following(schedule.due, SHANGHAI) is not None


@pytest.mark.parametrize(
    "text",
    ["R", "R/", "R0/PT1H", "R1001/PT1H", "R/PT0S", "R/PT0.5S", "Rx/PT1H", "R-1/PT1H", "R/PT1H/x/y", "R/-PT1H", "often"],
)
def test_impossible_cycles(text: str) -> None:
    with pytest.raises(InvalidInput):
        resolve_cycle(text, NOW, SHANGHAI, {})
