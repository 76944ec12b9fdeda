"""``value.name``: entries of contexts, properties of dates, times, durations and ranges (DMN 1.5, table 65)."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from engine.feel.context import Run
from engine.feel.temporal import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    clock_fields,
    day_number,
    make_duration,
    nanoseconds_of,
    offset_of,
    zone_id,
)
from engine.feel.values import KINDS, Value, YearsMonths


def weekday(value: Any) -> int:
    """1 for Monday to 7 for Sunday."""
    return (day_number(value.year, value.month, value.day) + 3) % 7 + 1


def _second(value: Any) -> Decimal:
    _, _, second, nanosecond = clock_fields(value)
    return Decimal(second) + (Decimal(nanosecond) / SECOND if nanosecond else 0)


def _offset(value: Any) -> Value:
    seconds = offset_of(value)
    return None if seconds is None else make_duration(seconds * SECOND)


def _part(unit: int, limit: int | None) -> Callable[[Any], Decimal]:
    """A component of a days and time duration, with the duration's sign."""

    def read(value: Any) -> Decimal:
        total = nanoseconds_of(value)
        size = abs(total) // unit
        size = size if limit is None else size % limit
        return Decimal(-size if total < 0 else size)

    return read


def _seconds(value: Any) -> Decimal:
    total = nanoseconds_of(value)
    size = Decimal(abs(total) % MINUTE) / SECOND
    return -size if total < 0 else size


def _years(value: YearsMonths) -> Decimal:
    size = abs(value.months) // 12
    return Decimal(-size if value.months < 0 else size)


def _months(value: YearsMonths) -> Decimal:
    size = abs(value.months) % 12
    return Decimal(-size if value.months < 0 else size)


_DAY_PROPERTIES: Final[dict[str, Callable[[Any], Value]]] = {
    "year": lambda value: Decimal(value.year),
    "month": lambda value: Decimal(value.month),
    "day": lambda value: Decimal(value.day),
    "weekday": lambda value: Decimal(weekday(value)),
}
_CLOCK_PROPERTIES: Final[dict[str, Callable[[Any], Value]]] = {
    "hour": lambda value: Decimal(value.hour),
    "minute": lambda value: Decimal(value.minute),
    "second": _second,
    "time offset": _offset,
    "timezone": zone_id,
}
PROPERTIES: Final[Mapping[str, Mapping[str, Callable[[Any], Value]]]] = {
    "date": _DAY_PROPERTIES,
    "time": _CLOCK_PROPERTIES,
    "date and time": {**_DAY_PROPERTIES, **_CLOCK_PROPERTIES},
    "days and time duration": {
        "days": _part(DAY, None),
        "hours": _part(HOUR, 24),
        "minutes": _part(MINUTE, 60),
        "seconds": _seconds,
    },
    "years and months duration": {"years": _years, "months": _months},
    "range": {
        "start": lambda value: value.start,
        "end": lambda value: value.end,
        "start included": lambda value: value.start_included,
        "end included": lambda value: value.end_included,
    },
}


def property_of(run: Run, position: int, value: Value, name: str) -> Value:
    """An entry or property by name; of a list, the list of its elements' ones. Null with a warning where there is none."""
    kind = type(value)
    if kind is dict:
        if name in value:
            return value[name]
        return run.warn("NO_CONTEXT_ENTRY_FOUND", position, name=name, known=tuple(value)[:200])
    if kind is list:
        run.step(len(value))
        return [property_of(run, position, element, name) for element in value]
    if value is None:
        return run.warn("NOTHING_TO_READ", position, name=name)
    feel_kind = KINDS[kind]
    read = PROPERTIES.get(feel_kind, {}).get(name)
    if read is None:
        known = tuple(PROPERTIES.get(feel_kind, ()))
        return run.warn("NO_PROPERTY_FOUND", position, type=feel_kind, name=name, known=known)
    return read(value)
