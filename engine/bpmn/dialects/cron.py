"""Cron expressions of Java engines (`0 0/5 * * * ?`) as ISO 8601 cycles, where an interval says the same."""

from __future__ import annotations

import re
from datetime import date, timedelta

from engine.bpmn.dialects.errors import Untranslatable

_SHAPE = re.compile(r"@[a-z]+|[\d*/,\-?LWA-Z#]+(?:\s+[\d*/,\-?LWA-Za-z#]+){5,6}")
_MACROS = {
    "@hourly": "0 0 * * * *",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@weekly": "0 0 0 * * SUN",
    "@monthly": "0 0 0 1 * *",
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
}
_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_ANY = ("*", "?")
_EPOCH = date(2024, 1, 1)
"""A Monday, the first of a month and of a year: where the cycles are counted from."""


def is_cron(text: str) -> bool:
    """Whether a text has the form of a cron expression with seconds."""
    return _SHAPE.fullmatch(text.strip()) is not None


def cycle(text: str) -> str:
    """The same times as `R/<start>/<interval>`. Raises Untranslatable for times that no single interval describes."""
    fields = _MACROS.get(text.strip(), text.strip()).upper().split()
    if len(fields) == 7 and fields[6] not in _ANY:
        raise _without_interval()
    if len(fields) not in (6, 7):
        raise _without_interval()
    second, minute, hour, day, month, weekday = fields[:6]
    if (hour, day, month, weekday) == ("*", *_anything(day, month, weekday)):
        return _within_hour(second, minute)
    clock = f"{_number(hour, 23):02}:{_number(minute, 59):02}:{_number(second, 59):02}"
    if weekday not in _ANY:
        if day not in _ANY or month not in _ANY:
            raise _without_interval()
        return f"R/{_EPOCH + timedelta(days=_weekday(weekday))}T{clock}/P7D"
    if day in _ANY:
        if month not in _ANY:
            raise _without_interval()
        return f"R/{_EPOCH}T{clock}/P1D"
    start = _EPOCH.replace(day=_number(day, 28), month=1 if month in _ANY else _number(month, 12))
    return f"R/{start}T{clock}/{'P1M' if month in _ANY else 'P1Y'}"


def _anything(*fields: str) -> tuple[str, ...]:
    """The fields themselves if each says “any”; otherwise something that equals nothing."""
    return fields if all(field in _ANY for field in fields) else ("",)


def _within_hour(second: str, minute: str) -> str:
    """Every so many seconds or minutes, or once an hour. The number must divide 60, else the last gap is shorter."""
    if minute == "*":
        start, step = _step(second)
        interval = f"PT{step}S" if step else "PT1M"
        return f"R/{_EPOCH}T00:00:{start:02}/{interval}"
    start, step = _step(minute)
    interval = f"PT{step}M" if step else "PT1H"
    return f"R/{_EPOCH}T00:{start:02}:{_number(second, 59):02}/{interval}"


def _step(field: str) -> tuple[int, int]:
    """(start, step) of `5/10`, `*/10`, `*`; step 0 for a plain number."""
    start, slash, step = field.partition("/")
    if not slash:
        return (0, 1) if field == "*" else (_number(field, 59), 0)
    every = _number(step, 59)
    first = 0 if start == "*" else _number(start, 59)
    if every < 1 or 60 % every or first >= every:
        raise _without_interval()
    return first, every


def _weekday(field: str) -> int:
    """Days from Monday. A number is Sunday in one engine and Monday in the next, so only names are understood."""
    if field not in _DAYS:
        raise Untranslatable(
            "weekdays have to be single names such as MON here; numbers mean other days in other engines",
            "星期须写成 MON 之类的单个名称；数字在不同引擎中含义不同",
        )
    return _DAYS.index(field)


def _number(field: str, most: int) -> int:
    if not field.isdigit() or int(field) > most:
        raise _without_interval()
    return int(field)


def _without_interval() -> Untranslatable:
    return Untranslatable(
        "these times have no single interval; use a cycle such as R/2026-01-01T08:00/P1D, or several timers",
        "这些时间没有固定间隔；请使用 R/2026-01-01T08:00/P1D 之类的循环，或多个定时器",
    )
