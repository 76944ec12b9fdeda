"""Equality, order and membership (DMN 1.5, 10.3.2.13 and tables 42, 43, 50 to 55)."""

import operator
from collections.abc import Callable, Mapping
from datetime import date, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Final

from engine.feel.temporal import (
    SECOND,
    clock_fields,
    clock_nanoseconds,
    date_of,
    day_number,
    instant,
    make_date_time,
    make_time,
    nanoseconds_of,
    offset_of,
    zone_id,
)
from engine.feel.values import KINDS, Range, Value, WideDate, WideDuration, YearsMonths

_PLAIN_EQUAL: Final = frozenset((str, bool, Decimal, date, timedelta, YearsMonths, WideDate, WideDuration))
_PLAIN_ORDER: Final = frozenset((str, Decimal, date, timedelta, YearsMonths, WideDuration))
ORDERINGS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def equal(left: Value, right: Value) -> bool | None:
    """Whether two values are equal; None (null) where their kinds differ. Null equals null only.

    A list of one element equals that element.
    """
    if left is None or right is None:
        return left is right
    kind = type(left)
    if kind is type(right) and kind in _PLAIN_EQUAL:
        return bool(left == right)
    return _equal_kinds(left, right)


def same(left: Value, right: Value) -> bool:
    """Whether two values are of one kind and equal: what makes an element of a list the one that is looked for."""
    return KINDS[type(left)] == KINDS[type(right)] and equal(left, right) is True


def _equal_kinds(left: Value, right: Value) -> bool | None:
    kind, other = KINDS[type(left)], KINDS[type(right)]
    if kind != other:
        if kind == "list" and len(left) == 1:
            return equal(left[0], right)
        if other == "list" and len(right) == 1:
            return equal(left, right[0])
        return None
    if kind == "list":
        return len(left) == len(right) and all(equal(a, b) is True for a, b in zip(left, right, strict=True))
    if kind == "context":
        return left.keys() == right.keys() and all(equal(entry, right[key]) is True for key, entry in left.items())
    if kind == "range":
        return _equal_ranges(left, right)
    if kind == "function":
        return left is right
    if kind in ("time", "date and time"):
        keys = order_keys(left, right)
        return keys is not None and keys[0] == keys[1]
    return bool(left == right)


def _equal_ranges(left: Range, right: Range) -> bool:
    return (
        left.start_included == right.start_included
        and left.end_included == right.end_included
        and equal(left.start, right.start) is True
        and equal(left.end, right.end) is True
    )


def order_keys(left: Value, right: Value) -> tuple[Any, Any] | None:
    """Two Python values that are ordered as the FEEL values are; None where those have no order.

    A local date and time is compared with one that has a zone as if it were in that zone; a local time counts as UTC.
    """
    kind = type(left)
    if kind is type(right) and kind in _PLAIN_ORDER:
        return left, right
    name = KINDS[type(left)]
    key = _KEYS.get(name)
    if key is None or name != KINDS[type(right)]:
        return None
    if name == "date and time" and (left.tzinfo is None) != (right.tzinfo is None):
        zone = left.tzinfo or right.tzinfo
        left, right = (value if value.tzinfo is not None else in_zone(value, zone) for value in (left, right))
    return key(left), key(right)


def in_zone(value: Any, zone: tzinfo) -> Any:
    """A local date and time as the same clock in a zone."""
    return make_date_time(date_of(value), make_time(*clock_fields(value), zone))


def _date_key(value: Any) -> int:
    return day_number(value.year, value.month, value.day)


def _time_key(value: Any) -> int:
    return clock_nanoseconds(value) - (offset_of(value) or 0) * SECOND


_KEYS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "date": _date_key,
    "time": _time_key,
    "date and time": instant,
    "days and time duration": nanoseconds_of,
}


def ordered(sign: str, left: Value, right: Value) -> bool | None:
    """``left < right`` and the like; None (null) where the two have no order."""
    keys = order_keys(left, right)
    return None if keys is None else ORDERINGS[sign](*keys)


def in_range(value: Value, limits: Range) -> bool | None:
    """Whether a range contains a value; None where they cannot be compared, or the value is null."""
    above: bool | None = True
    below: bool | None = True
    if limits.start is not None:
        above = ordered(">=" if limits.start_included else ">", value, limits.start)
    if limits.end is not None:
        below = ordered("<=" if limits.end_included else "<", value, limits.end)
    if above is None or below is None or value is None:
        return None
    return above and below


def matches(value: Value, test: Value) -> bool | None:
    """Whether a value passes a test that is itself a value: a range that contains it, a list with it, an equal value.

    A list passes where one of its elements passes, or where the value is that very list.
    """
    if type(test) is Range and type(value) is not Range:
        return in_range(value, test)
    if type(test) is list:
        if type(value) is list and equal(value, test) is True:
            return True
        return any(_element_matches(value, element) for element in test)
    return equal(value, test)


def _element_matches(value: Value, element: Value) -> bool:
    if type(element) is Range and type(value) is not Range:
        return in_range(value, element) is True
    return equal(value, element) is True


def identical(left: Value, right: Value) -> bool:
    """The ``is`` function: equal, of one kind, and with the same zone or offset where there is one (10.3.4.5)."""
    if not same(left, right):
        return False
    if KINDS[type(left)] in ("time", "date and time"):
        same_clock = clock_nanoseconds(left) == clock_nanoseconds(right)
        return same_clock and offset_of(left) == offset_of(right) and zone_id(left) == zone_id(right)
    return True


def sort_key_order(left: Value, right: Value) -> int:
    """-1, 0 or 1 for sorting; ValueError where the two have no order."""
    keys = order_keys(left, right)
    if keys is None:
        raise ValueError("elements cannot be compared")
    return int(keys[0] > keys[1]) - int(keys[0] < keys[1])
