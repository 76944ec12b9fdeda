"""Business time: when a place is open, and what "two shop hours" or "the third working day" mean there.

Pure: nothing here reads a clock or a file except `defaults`, which reads the calendars that come with Facet. A calendar
is an owner's data; docs/calendars.md describes its JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.errors import InvalidInput

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_DAYS: Final = 20_000
"""Days that a calculation looks at before it gives up (about 54 years)."""
MAX_ENTRIES: Final = 5_000
"""Holidays, and working days, of one calendar."""

_MIDNIGHT: Final = 24 * 60
_HOURS: Final = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4]):([0-5]\d)")
_DUE: Final = re.compile(r"P(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,8})S)?)?")


@dataclass(frozen=True, slots=True)
class Opening:
    """A stretch of one day in minutes after local midnight; `closes` may be 1440, midnight."""

    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class BusinessDuration:
    """`PT2H@store`: either open hours (`duration`) or whole working days (`days`) of a calendar."""

    calendar: str
    duration: timedelta | None = None
    days: int | None = None

    def after(self, start: datetime, calendars: Mapping[str, Calendar]) -> datetime:
        """The due moment. Raises InvalidInput for an unknown calendar."""
        calendar = calendars.get(self.calendar)
        if calendar is None:
            known = ", ".join(sorted(calendars)) or "none"
            raise InvalidInput(
                f'There is no calendar "{self.calendar}"; known: {known}.',
                f"没有名为“{self.calendar}”的日历;现有:{known}。",
            )
        if self.days is not None:
            return calendar.add_days(start, self.days)
        return calendar.add(start, self.duration or timedelta())


@dataclass(frozen=True, slots=True)
class Calendar:
    """Opening hours of a place through the week, its holidays, and the working days that are exceptions.

    Implements the calendar protocol of `engine.feel`. Days are those of `zone`; results carry that zone.
    """

    key: str
    zone: ZoneInfo
    weekly: tuple[tuple[Opening, ...], ...]
    """Seven entries, Monday first; an empty one is a closed day."""
    holidays: frozenset[date] = frozenset()
    extra: Mapping[date, tuple[Opening, ...]] = field(default_factory=dict)
    """Days with hours of their own, such as working Saturdays; they win over `holidays`."""
    years: frozenset[int] = frozenset()
    """Years whose holidays are known in full; empty: the calendar has none to know."""
    name: str = ""
    name_zh: str = ""

    def opening(self, day: date) -> tuple[Opening, ...]:
        """The open stretches of a day, in order; empty: closed."""
        special = self.extra.get(day)
        if special is not None:
            return special
        return () if day in self.holidays else self.weekly[day.weekday()]

    def knows(self, day: date) -> bool:
        """Whether the holidays of the day's year are known in full."""
        return not self.years or day.year in self.years

    def add(self, start: datetime, duration: timedelta) -> datetime:
        """The moment when the place has been open for `duration` since `start`; before it for a negative one.

        A closing hour that is reached exactly is the answer, not the next opening. `start` must be aware. Hours are
        elapsed hours, whatever the clocks do that night. Raises InvalidInput where no answer lies within 54 years.
        """
        moment = self._utc(start)
        left = abs(duration)
        forward = duration >= timedelta()
        if not left:
            return moment.astimezone(self.zone)
        for opens, closes in self._stretches(moment, forward):
            if closes - opens >= left:
                return (opens + left if forward else closes - left).astimezone(self.zone)
            left -= closes - opens
        raise self._never(start)

    def add_days(self, start: datetime, days: int) -> datetime:
        """Closing time of the `days`-th working day after the day of `start`; before it for a negative number.

        0 is the day itself where it is a working day, else the next one. Raises InvalidInput as `add` does.
        """
        day = self._utc(start).astimezone(self.zone).date()
        step = timedelta(days=1 if days >= 0 else -1)
        left = abs(days)
        if days == 0:
            day, left = day - step, 1
        for _ in range(MAX_DAYS):
            day = self._next(day, step, start)
            hours = self.opening(day)
            left -= bool(hours)
            if hours and not left:
                return self._at(day, hours[-1].closes).astimezone(self.zone)
        raise self._never(start)

    def _next(self, day: date, step: timedelta, start: datetime) -> date:
        try:
            return day + step
        except OverflowError:
            raise self._never(start) from None

    def _stretches(self, moment: datetime, forward: bool) -> Iterator[tuple[datetime, datetime]]:
        """Open stretches in UTC from a moment on, or backwards from it, cut at the moment."""
        day = moment.astimezone(self.zone).date()
        for _ in range(MAX_DAYS):
            for opening in self.opening(day) if forward else reversed(self.opening(day)):
                opens, closes = self._at(day, opening.opens), self._at(day, opening.closes)
                opens, closes = (max(opens, moment), closes) if forward else (opens, min(closes, moment))
                if opens < closes:
                    yield opens, closes
            day = self._next(day, timedelta(days=1 if forward else -1), moment)

    def _at(self, day: date, minute: int) -> datetime:
        """The instant of a local time, in UTC; in a gap of the clocks the one that a clock not yet set would show."""
        if minute == _MIDNIGHT:
            day, minute = day + timedelta(days=1), 0
        return datetime.combine(day, time(minute // 60, minute % 60), self.zone).astimezone(UTC)

    def _utc(self, start: datetime) -> datetime:
        if start.tzinfo is None or start.utcoffset() is None:
            raise InvalidInput("Business time starts at a moment with a time zone.", "工作时间的起点必须带有时区。")
        return start.astimezone(UTC)

    def _never(self, start: datetime) -> InvalidInput:
        return InvalidInput(
            f'Calendar "{self.key}" has not enough open time around {start.date()}.',
            f"日历“{self.key}”在 {start.date()} 前后没有足够的营业时间。",
        )


def parse_due(text: str) -> BusinessDuration | None:
    """`PT2H@store` is two open hours, `P1D@office` the first working day after; None for a text without `@`.

    Days and hours do not mix, and a week or a month is no business time. Raises InvalidInput for these and anything else.
    """
    amount, at, key = text.strip().partition("@")
    if not at:
        return None
    match = _DUE.fullmatch(amount.strip())
    if match is None or not any(match.groups()) or match[1] or not re.fullmatch(r"[A-Za-z_][\w-]{0,63}", key.strip()):
        raise _bad_due(text)
    days, hours, minutes, seconds = (int(match[group] or 0) for group in (2, 3, 4, 5))
    rest = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if days and rest:
        raise _bad_due(text)
    if days or not rest:
        return BusinessDuration(key.strip(), days=days)
    return BusinessDuration(key.strip(), duration=rest)


def _bad_due(text: str) -> InvalidInput:
    return InvalidInput(
        f'"{text[:80]}" is not business time: write hours as PT2H@store or working days as P1D@office.',
        f"“{text[:80]}”不是工作时间:小时写作 PT2H@store,工作日写作 P1D@office。",
    )


def defaults() -> dict[str, Calendar]:
    """The calendars that come with Facet, by key: `store` and `office`."""
    folder = resources.files("engine") / "data" / "calendars"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".json")), key=lambda file: file.name)
    loaded = (load(json.loads(file.read_text(encoding="utf-8"))) for file in files)
    return {calendar.key: calendar for calendar in loaded}


# reading ---------------------------------------------------------------------------------------------------------------


def load(data: Mapping[str, Any]) -> Calendar:
    """A calendar from its JSON. Raises InvalidInput that names the place in the data."""
    if not isinstance(data, Mapping):
        raise InvalidInput("A calendar is a JSON object.", "日历须为 JSON 对象。")
    unknown = set(data) - {"key", "name", "name-zh", "zone", "weekly", "holidays", "working", "years", "note"}
    if unknown:
        raise _bad(sorted(unknown)[0], "is not a field of a calendar", "不是日历的字段")
    key = data.get("key")
    if not isinstance(key, str) or not re.fullmatch(r"[A-Za-z_][\w-]{0,63}", key):
        raise _bad("key", "must be a short name such as store", "必须是简短的名称,例如 store")
    weekly = _weekly(data.get("weekly"))
    holidays = frozenset(day for place, entry in _entries(data, "holidays") for day in _range(place, entry))
    extra = dict(_working(place, entry, weekly) for place, entry in _entries(data, "working"))
    if not any(weekly) and not extra:
        raise _bad("weekly", "leaves the place closed for ever", "表示永远不营业")
    years = data.get("years", [])
    if not isinstance(years, list) or not all(type(year) is int and 1900 <= year <= 9999 for year in years):
        raise _bad("years", "must be a list of years such as [2026]", "必须是年份列表,例如 [2026]")
    return Calendar(
        key=key,
        zone=_zone(data.get("zone")),
        weekly=weekly,
        holidays=holidays,
        extra=extra,
        years=frozenset(years),
        name=str(data.get("name", key)),
        name_zh=str(data.get("name-zh", data.get("name", key))),
    )


def _bad(place: str, english: str, chinese: str) -> InvalidInput:
    return InvalidInput(f'Calendar: "{place}" {english}.', f"日历:“{place}”{chinese}。")


def _zone(value: object) -> ZoneInfo:
    try:
        return ZoneInfo(value if isinstance(value, str) else "")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _bad("zone", "must be a time zone such as Asia/Shanghai", "必须是时区,例如 Asia/Shanghai") from None


def _weekly(value: object) -> tuple[tuple[Opening, ...], ...]:
    if not isinstance(value, Mapping) or not set(value) <= set(DAYS):
        raise _bad("weekly", "must give hours for " + ", ".join(DAYS), "必须按 " + "、".join(DAYS) + " 给出时间")
    return tuple(_hours(f"weekly.{day}", value.get(day, [])) for day in DAYS)


def _hours(place: str, value: object) -> tuple[Opening, ...]:
    if not isinstance(value, list) or len(value) > 10:
        raise _bad(place, 'must be a list such as ["09:00-18:00"]', '必须是列表,例如 ["09:00-18:00"]')
    stretches = [_stretch(place, text) for text in value]
    for before, after in pairwise(stretches):
        if after.opens < before.closes:
            raise _bad(place, "has stretches that overlap or are out of order", "的时间段重叠或顺序有误")
    return tuple(stretches)


def _stretch(place: str, text: object) -> Opening:
    match = _HOURS.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise _bad(
            place,
            f'has "{text}", which is not a stretch such as 09:00-18:00',
            f"中的“{text}”不是 09:00-18:00 这样的时间段",
        )
    opens, closes = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if not opens < closes <= _MIDNIGHT:
        raise _bad(
            place,
            f'has "{text}": it must close after it opens, at 24:00 at the latest',
            f"中的“{text}”:关门必须晚于开门,最迟 24:00",
        )
    return Opening(opens, closes)


def _entries(data: Mapping[str, Any], name: str) -> list[tuple[str, Any]]:
    value = data.get(name, [])
    if not isinstance(value, list) or len(value) > MAX_ENTRIES:
        raise _bad(name, f"must be a list of at most {MAX_ENTRIES} entries", f"必须是最多 {MAX_ENTRIES} 项的列表")
    return [(f"{name}[{index}]", entry) for index, entry in enumerate(value)]


def _range(place: str, entry: object) -> Iterator[date]:
    """A day, `"2026-10-01/2026-10-07"`, or either of them under `date` beside a `name`."""
    text = entry.get("date") if isinstance(entry, Mapping) else entry
    first, _, last = str(text).partition("/")
    start = _date(place, first)
    end = _date(place, last) if last else start
    if not 0 <= (end - start).days <= 366:
        raise _bad(place, "must end after it begins, within a year", "结束必须晚于开始,且不超过一年")
    for offset in range((end - start).days + 1):
        yield start + timedelta(days=offset)


def _working(place: str, entry: object, weekly: tuple[tuple[Opening, ...], ...]) -> tuple[date, tuple[Opening, ...]]:
    """A working day; without hours of its own it has those of the first day of the week that has any."""
    if not isinstance(entry, Mapping):
        entry = {"date": entry}
    day = _date(place, entry.get("date"))
    hours = _hours(place, entry["hours"]) if "hours" in entry else next((day for day in weekly if day), ())
    if not hours:
        raise _bad(place, "needs hours", "需要给出时间")
    return day, hours


def _date(place: str, value: object) -> date:
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise _bad(
            place, f'has "{value}", which is not a date such as 2026-10-01', f"中的“{value}”不是 2026-10-01 这样的日期"
        ) from None
