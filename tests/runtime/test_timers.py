"""When timers fire: calendar months, changes of the clock, cycles, bounds (BPMN 10.5.5; ISO 8601)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.errors import InvalidInput
from engine.feel import YearsMonths
from engine.runtime.timers import Schedule, parse_duration, resolve_cycle, resolve_moment
from tests.conformance.support import shows

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 1, 31, 9, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def firings(schedule: Schedule | None, zone: ZoneInfo = BERLIN, most: int = 20) -> list[datetime]:
    """When it fires, each time at its own moment."""
    found = []
    while schedule is not None and len(found) < most:
        found.append(schedule.due)
        schedule = schedule.following(schedule.due, zone)
    return found


@shows("timer", "durations with calendar months; days keep the hour of the clock, hours are elapsed time", "10.5.5")
@pytest.mark.parametrize(
    ("start", "text", "expected"),
    [
        ("2026-01-31T10:00+01:00", "P1M", "2026-02-28T10:00+01:00"),
        ("2024-02-29T10:00+01:00", "P1Y", "2025-02-28T10:00+01:00"),
        ("2026-03-28T10:00+01:00", "P1D", "2026-03-29T10:00+02:00"),
        ("2026-03-28T10:00+01:00", "PT24H", "2026-03-29T11:00+02:00"),
        ("2026-01-01T00:00+01:00", "P2W", "2026-01-15T00:00+01:00"),
        ("2026-01-01T00:00+01:00", "P1DT2H30M", "2026-01-02T02:30+01:00"),
    ],
)
def test_durations_on_the_calendar(start: str, text: str, expected: str) -> None:
    assert parse_duration(text).after(at(start), BERLIN) == at(expected)


@shows("timer", "impossible times are refused: negative, endless, faster than a second", "10.5.5")
@pytest.mark.parametrize("text", ["-PT1S", "P9999999Y", "P101Y", "P", "PT", "soon", "1 hour"])
def test_impossible_durations_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_duration(text)


@pytest.mark.parametrize(
    "text", ["R/PT0S", "R0/PT1H", "R1001/PT1H", "R3", "Rx/PT1H", "R3/PT1H/never", "R/PT1H/2020-01-01T00:00Z"]
)
def test_impossible_cycles_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        resolve_cycle(text, NOW, BERLIN, {})


def test_a_cycle_counts_its_firings() -> None:
    assert firings(resolve_cycle("R3/PT1H", NOW, BERLIN, {})) == [NOW + timedelta(hours=n) for n in (1, 2, 3)]


def test_a_cycle_of_months_stays_on_the_calendar() -> None:
    found = firings(resolve_cycle("R3/2026-01-31T10:00:00+01:00/P1M", NOW - timedelta(days=2), BERLIN, {}))
    assert [moment.astimezone(BERLIN).date() for moment in found] == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 28),
    ]


@pytest.mark.parametrize(
    ("text", "count"),
    [("R/PT6H/2026-02-01T09:00:00Z", 4), ("R2/PT6H/2026-02-01T09:00:00Z", 2), ("R/P1D/2026-02-04T12:00:00Z", 4)],
)
def test_a_cycle_may_end_at_a_date(text: str, count: int) -> None:
    assert len(firings(resolve_cycle(text, NOW, BERLIN, {}))) == count


def test_a_cycle_that_began_in_the_past_goes_on_at_its_next_time() -> None:
    schedule = resolve_cycle("R/2026-01-01T08:00:00+01:00/P1D", NOW, BERLIN, {})
    assert schedule.due == at("2026-02-01T08:00+01:00")


def test_missed_firings_are_not_caught_up() -> None:
    schedule = resolve_cycle("R/PT1H", NOW, BERLIN, {})
    late = schedule.following(NOW + timedelta(hours=5, minutes=30), BERLIN)
    assert late is not None and late.due == NOW + timedelta(hours=6)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-02-03", "2026-02-03T00:00+01:00"),
        ("2026-07-01T10:00", "2026-07-01T10:00+02:00"),
        (date(2026, 2, 3), "2026-02-03T00:00+01:00"),
        (datetime.fromisoformat("2026-07-01T10:00"), "2026-07-01T10:00+02:00"),
        (timedelta(hours=2), "2026-01-31T11:00+00:00"),
        (YearsMonths(1), "2026-02-28T09:00+00:00"),
    ],
)
def test_moments_from_texts_and_values(value: object, expected: str) -> None:
    assert resolve_moment(value, NOW, BERLIN, {}) == at(expected)


@pytest.mark.parametrize("value", [None, 5, True, [], "tomorrow", "PT2H@nowhere"])
def test_what_is_no_moment_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        resolve_moment(value, NOW, BERLIN, {})
