"""When timers fire: ISO 8601 dates, durations and cycles, zone-aware, with calendar months and bounds.

The library polls, reads naive dates an hour off across a clock change, takes months as 31 days, `-PT1S` as a second and
loops for ever on `R/PT0S`. Here a text or a FEEL value becomes aware datetimes, once, when the timer is armed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from engine.calendars import Calendar, parse_due
from engine.errors import InvalidInput
from engine.feel import YearsMonths

CENTURY = timedelta(days=36525)
MAX_REPETITIONS = 1000
"""Bound of a counted cycle (docs/limits.md)."""
FASTEST = timedelta(seconds=1)

_DURATION = re.compile(
    r"(?P<sign>-)?P(?=.)(?:(?P<years>\d{1,6})Y)?(?:(?P<months>\d{1,6})M)?(?:(?P<weeks>\d{1,6})W)?(?:(?P<days>\d{1,7})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,9})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,10}(?:\.\d{1,9})?)S)?)?"
)


@dataclass(frozen=True, slots=True)
class Duration:
    """An ISO 8601 duration: calendar months, whole days, and an exact rest. PT24H is not P1D: see `after`."""

    months: int
    rest: timedelta
    days: int = 0

    def after(self, start: datetime, zone: tzinfo) -> datetime:
        """`start` plus this: months on the calendar of `zone` (31 January + P1M is the last of February), the rest exact.

        Days keep the time on the clock, as people mean by "in three days"; hours are elapsed time.
        """
        try:
            if not self.exact:
                local = add_months(start.astimezone(zone).replace(tzinfo=None), self.months)
                start = (local + timedelta(days=self.days)).replace(tzinfo=zone)
            return start.astimezone(UTC) + self.rest  # in a zone, Python would add to the clock on the wall
        except OverflowError as error:
            raise InvalidInput("The duration leads beyond the year 9999.", "时长超出了 9999 年。") from error

    @property
    def exact(self) -> bool:
        """Whether it is elapsed time only, independent of any calendar."""
        return not self.months and not self.days

    @property
    def rough(self) -> timedelta:
        """Length for checking bounds; a month counts as 30 days."""
        return timedelta(days=30 * self.months + self.days) + self.rest

    def to_data(self) -> list[int]:
        """JSON-like form: months, microseconds, days."""
        return [self.months, self.rest // timedelta(microseconds=1), self.days]

    @staticmethod
    def from_data(data: Sequence[int]) -> Duration:
        """The inverse of `to_data`."""
        months, microseconds, *days = data
        return Duration(months, timedelta(microseconds=microseconds), *days)


def add_months(moment: datetime, months: int) -> datetime:
    """The same day `months` later, or the last day of that month when it has no such day."""
    total = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(total, 12)
    if not 1 <= year <= 9998:
        raise InvalidInput("The duration leads beyond the year 9999.", "时长超出了 9999 年。")
    last = (date(year + month // 11, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


def parse_duration(text: str) -> Duration:
    """ISO 8601 duration (`P1M`, `P2W`, `PT48H`); negative ones and ones over 100 years are refused with InvalidInput."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise InvalidInput(
            f"“{text}” is not an ISO 8601 duration such as PT48H or P3D.",
            f"“{text}”不是 ISO 8601 时长，例如 PT48H 或 P3D。",
        )
    part = {k: v for k, v in match.groupdict().items() if v and k != "sign"}
    months = int(part.get("years", 0)) * 12 + int(part.get("months", 0))
    days = int(part.get("weeks", 0)) * 7 + int(part.get("days", 0))
    rest = timedelta(
        hours=int(part.get("hours", 0)),
        minutes=int(part.get("minutes", 0)),
        seconds=float(part.get("seconds", 0)),
    )
    return checked(Duration(months, rest, days), text, negative=bool(match["sign"]))


def checked(duration: Duration, text: object, *, negative: bool = False) -> Duration:
    """The duration, if it is not negative and at most 100 years."""
    if negative or duration.months < 0 or duration.rest < timedelta(0):
        raise InvalidInput(f"The duration {text} is negative; time does not run backwards.", f"时长 {text} 为负数。")
    if duration.months > 1200 or duration.rough > CENTURY:
        raise InvalidInput(f"The duration {text} is longer than 100 years.", f"时长 {text} 超过 100 年。")
    return duration


def as_duration(value: Any) -> Duration | None:
    """A FEEL duration value as `Duration`; None for anything else."""
    if isinstance(value, timedelta):
        return checked(Duration(0, value), value)
    if isinstance(value, YearsMonths):
        return checked(Duration(value.months, timedelta(0)), value)
    return None


def as_moment(value: Any, zone: tzinfo) -> datetime | None:
    """A FEEL date or date and time as an aware datetime (naive ones are read in `zone`); None for anything else."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    if isinstance(value, date):
        return datetime.combine(value, time(), zone)
    return None


def parse_moment(text: str, zone: tzinfo) -> datetime | None:
    """An ISO 8601 date or date-time text as an aware datetime, or None."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a timer fires: at `due`, then `remaining` more times (None: for ever) every `interval`."""

    due: datetime
    interval: Duration | None = None
    remaining: int | None = 0

    def following(self, now: datetime, zone: tzinfo) -> Schedule | None:
        """The next occurrence after this one has fired at `now`. Occurrences that were missed are not caught up."""
        if self.interval is None or self.remaining == 0:
            return None
        due, left = self.due.astimezone(UTC), self.remaining
        if self.interval.exact:
            missed = max(0, int((now - due) / self.interval.rest))
            due, left = due + missed * self.interval.rest, left if left is None else left - missed
        while left is None or left > 0:
            due = self.interval.after(due, zone)
            left = left if left is None else left - 1
            if due > now:
                return Schedule(due, self.interval, left)
        return None


def resolve_moment(value: Any, now: datetime, zone: tzinfo, calendars: Mapping[str, Calendar]) -> datetime:
    """The moment that a due date or timer value means: a FEEL temporal value, or one of the texts that are allowed.

    Raises InvalidInput with a sentence that shows the value.
    """
    moment = as_moment(value, zone)
    if moment is not None:
        return moment
    duration = as_duration(value)
    if duration is not None:
        return duration.after(now, zone)
    if isinstance(value, str):
        business = parse_due(value)
        due = business.after(now, calendars) if business is not None else parse_moment(value, zone)
        return due if due is not None else parse_duration(value).after(now, zone)
    raise InvalidInput(
        f"{value!r} is neither a date and time nor a duration.", f"{value!r} 既不是日期时间，也不是时长。"
    )


def resolve_cycle(value: Any, now: datetime, zone: tzinfo, calendars: Mapping[str, Calendar]) -> Schedule:
    """`R3/PT10M`, `R/2026-01-01T09:00:00Z/P1D`, `R3/PT1H/end`, or a duration (repeats for ever). Bounded on both sides."""
    text = value if isinstance(value, str) else None
    if text is None or not text.startswith("R"):
        interval = as_duration(value) or parse_duration(str(value))
        return Schedule(_paced(interval, value).after(now, zone), interval, None)
    count, *parts = [part.strip() for part in text[1:].split("/")]
    if not parts or len(parts) > 2 or (count and not count.isdigit()):
        raise InvalidInput(f"“{text}” is not a cycle such as R3/PT10M.", f"“{text}”不是循环时间，例如 R3/PT10M。")
    times = int(count) if count else None
    if times == 0 or (times is not None and times > MAX_REPETITIONS):
        raise InvalidInput(
            f"“{text}” must repeat 1 to {MAX_REPETITIONS} times.", f"“{text}”的次数须为 1 到 {MAX_REPETITIONS}。"
        )
    left = times if times is None else times - 1
    start = parse_moment(parts[0], zone)
    if start is not None and len(parts) == 2:
        interval = _paced(parse_duration(parts[1]), text)
        first = Schedule(start, interval, left)
        return first if start >= now else (first.following(now, zone) or Schedule(now, None, 0))
    interval = _paced(parse_duration(parts[0]), text)
    first = Schedule(interval.after(now, zone), interval, left)
    return first if len(parts) == 1 else _until(first, parts[1], zone, text)


def _until(schedule: Schedule, end: str, zone: tzinfo, text: str) -> Schedule:
    """The schedule without its occurrences after `end` (ISO 8601: R[n]/duration/end)."""
    last = parse_moment(end, zone)
    schedule = Schedule(schedule.due.astimezone(UTC), schedule.interval, schedule.remaining)
    interval = schedule.interval
    assert interval is not None
    if last is None:
        raise InvalidInput(f"“{end}” in “{text}” is no date and time.", f"“{text}”中的“{end}”不是日期时间。")
    if schedule.due > last:
        raise InvalidInput(f"The cycle “{text}” ends before it begins.", f"循环“{text}”在开始前就已结束。")
    if interval.exact:
        more = int((last - schedule.due) / interval.rest)
    else:
        more, due = 0, interval.after(schedule.due, zone)
        while due <= last:
            more, due = more + 1, interval.after(due, zone)
    return Schedule(schedule.due, interval, more if schedule.remaining is None else min(more, schedule.remaining))


def _paced(interval: Duration, text: object) -> Duration:
    if interval.rough < FASTEST:
        raise InvalidInput(f"The cycle {text} is faster than once a second.", f"循环 {text} 的间隔小于一秒。")
    return interval
