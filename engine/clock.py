"""What time it is, as an argument: the engine asks a `Clock`, tests and the playground move one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class VirtualClock:
    """A clock that stands still until it is moved, and never goes back.

    `start`: an aware datetime; ValueError without an offset.
    """

    def __init__(self, start: datetime) -> None:
        self._now = _utc(start)

    def now(self) -> datetime:
        return self._now

    def advance(self, duration: timedelta) -> datetime:
        """Moves it by `duration` and returns the new time. ValueError: backwards."""
        return self.set(self._now + duration)

    def set(self, moment: datetime) -> datetime:
        """Moves it to `moment`. ValueError: into the past, or without an offset."""
        later = _utc(moment)
        if later < self._now:
            raise ValueError(f"a clock does not go back from {self._now} to {later}")
        self._now = later
        return later


def _utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError(f"a moment without an offset from UTC: {moment.isoformat()}")
    return moment.astimezone(UTC)
