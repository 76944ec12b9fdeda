"""Clocks tell UTC; the movable one moves forward only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.clock import SystemClock, VirtualClock

MORNING = datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


def test_the_systems_clock_tells_utc() -> None:
    before = datetime.now(UTC)
    now = SystemClock().now()

    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


def test_a_virtual_clock_stands_still_until_it_is_moved() -> None:
    clock = VirtualClock(MORNING)

    assert clock.now() == clock.now() == MORNING
    assert clock.now().tzinfo is UTC
    assert clock.advance(timedelta(hours=48)) == clock.now() == MORNING + timedelta(hours=48)
    assert clock.set(clock.now()) == clock.now()


def test_it_does_not_go_back() -> None:
    clock = VirtualClock(MORNING)

    with pytest.raises(ValueError, match="back"):
        clock.advance(timedelta(microseconds=-1))
    with pytest.raises(ValueError, match="back"):
        clock.set(MORNING - timedelta(days=1))
    assert clock.now() == MORNING


def test_it_needs_an_offset() -> None:
    with pytest.raises(ValueError, match="offset"):
        VirtualClock(datetime(2026, 3, 2))  # noqa: DTZ001
