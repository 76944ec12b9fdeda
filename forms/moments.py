"""Points in time that a form may name: `today`, `now`, `today+P30D`, `now-PT2H`, or ISO 8601 text."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

MOMENT = re.compile(r"(now|today)(?:([+-])(P.{1,40}))?")
_DURATION = re.compile(
    r"P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?"
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DATETIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?", re.IGNORECASE)
_TIME = re.compile(r"\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?")
FIRST_YEAR, LAST_YEAR = 1900, 2200


@dataclass(frozen=True, slots=True)
class Clock:
    """The caller's idea of the present: `today` where the person is, `now` with an offset, `zone` for times without
    one.
    """

    today: date
    now: datetime
    zone: tzinfo


def read_date(text: str) -> date:
    """ISO 8601 calendar date; raises ValueError."""
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    return _in_range(date.fromisoformat(text))


def read_datetime(text: str, zone: tzinfo) -> datetime:
    """RFC 3339 date-time, seconds and offset optional; without an offset it is a time in `zone`. Raises ValueError."""
    if not _DATETIME.fullmatch(text):
        raise ValueError(text)
    value = datetime.fromisoformat(text.upper())
    _in_range(value.date())
    return value if value.tzinfo is not None else value.replace(tzinfo=zone)


def read_time(text: str) -> time:
    """ISO 8601 time of day without offset; raises ValueError."""
    if not _TIME.fullmatch(text):
        raise ValueError(text)
    return time.fromisoformat(text)


def _in_range(value: date) -> date:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"year {value.year}")
    return value


_SAMPLE = Clock(date(2000, 1, 31), datetime(2000, 1, 31, 12, tzinfo=UTC), UTC)


def is_moment(text: object, kind: str) -> bool:
    """Whether `text` can stand in a bound or default of a field of `kind` (date, datetime, time)."""
    try:
        resolve(str(text), kind, _SAMPLE)
    except (ValueError, OverflowError):
        return False
    return True


def resolve(text: str, kind: str, clock: Clock) -> date | datetime | time:
    """The moment that `text` names, as a field of `kind` would hold it. Raises ValueError."""
    found = MOMENT.fullmatch(text)
    if found is None:
        if kind == "date":
            return read_date(text)
        return read_datetime(text, clock.zone) if kind == "datetime" else read_time(text)
    if kind == "date":
        base: date | datetime = clock.today if found[1] == "today" else clock.now.astimezone(clock.zone).date()
    elif found[1] == "today":
        base = datetime.combine(clock.today, time(), clock.zone)
    else:
        base = clock.now.astimezone(clock.zone)
    moved = _shift(base, found[3], 1 if found[2] == "+" else -1) if found[3] else base
    return moved.timetz().replace(tzinfo=None) if kind == "time" and isinstance(moved, datetime) else moved


def _shift(base: date | datetime, duration: str, sign: int) -> date | datetime:
    found = _DURATION.fullmatch(duration)
    if found is None or not any(found.groups()):
        raise ValueError(duration)
    years, months, weeks, days, hours, minutes, seconds = (int(each or 0) * sign for each in found.groups())
    whole = base.year * 12 + base.month - 1 + years * 12 + months
    year, month = divmod(whole, 12)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(duration)
    base = base.replace(year=year, month=month + 1, day=min(base.day, calendar.monthrange(year, month + 1)[1]))
    return base + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def shown(value: date | datetime | time, zone: tzinfo) -> str:
    """How a message or a read-only page writes it: `2026-03-31`, `2026-03-31 14:30`, `14:30`."""
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    return value.isoformat() if not isinstance(value, time) else value.strftime("%H:%M")
