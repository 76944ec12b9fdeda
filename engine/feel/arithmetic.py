"""``+ - * / **`` over all the kinds they are defined for (DMN 1.5, tables 45 to 49, 56 to 60)."""

from collections.abc import Callable, Mapping
from decimal import Decimal, DecimalException
from typing import Any, Final

from engine.feel.context import Refused, Run
from engine.feel.temporal import (
    DAY,
    SECOND,
    at_midnight,
    clock_nanoseconds,
    day_number,
    instant,
    make_duration,
    make_months,
    nanoseconds_of,
    offset_of,
    plus_duration,
    plus_months,
)
from engine.feel.values import KINDS, NUMBERS, Value, YearsMonths, is_whole

_NUMBER, _STRING, _DATE, _TIME, _DATE_TIME = "number", "string", "date", "time", "date and time"
_DAYS, _MONTHS = "days and time duration", "years and months duration"
Operation = Callable[[Any, Any], Value]


def _divide(left: Decimal, right: Decimal) -> Decimal:
    if not right:
        raise Refused("DIVISION_BY_ZERO")
    return NUMBERS.divide(left, right)


def _power(left: Decimal, right: Decimal) -> Decimal:
    if not left and right <= 0:
        if right:
            raise Refused("DIVISION_BY_ZERO")
        return Decimal(1)
    result = NUMBERS.power(left, right)
    # A root comes with as many digits as there are; those that say nothing go.
    return result if is_whole(right) else shortest(result)


def shortest(number: Decimal) -> Decimal:
    """The same number without zeros at the end of its fraction."""
    short = number.normalize(NUMBERS)
    return short if short.as_tuple().exponent < 0 else number.to_integral_value()  # type: ignore[operator]


def _whole(value: Decimal) -> int:
    return int(value)


def _add_durations(left: Any, right: Any) -> Value:
    return make_duration(nanoseconds_of(left) + nanoseconds_of(right))


def _subtract_durations(left: Any, right: Any) -> Value:
    return make_duration(nanoseconds_of(left) - nanoseconds_of(right))


def _scale_duration(duration: Any, factor: Decimal) -> Value:
    return make_duration(_whole(NUMBERS.multiply(Decimal(nanoseconds_of(duration)), factor)))


def _divide_duration(duration: Any, divisor: Decimal) -> Value:
    return make_duration(_whole(_divide(Decimal(nanoseconds_of(duration)), divisor)))


def _subtract_moments(left: Any, right: Any) -> Value:
    """Both with a zone or both without; a date counts as midnight UTC unless it meets its own kind."""
    left, right = at_midnight(left), at_midnight(right)
    if (left.tzinfo is None) != (right.tzinfo is None):
        raise Refused("ZONE_MISMATCH")
    return make_duration(instant(left) - instant(right))


def _subtract_dates(left: Any, right: Any) -> Value:
    days = day_number(left.year, left.month, left.day) - day_number(right.year, right.month, right.day)
    return make_duration(days * DAY)


def _subtract_times(left: Any, right: Any) -> Value:
    if (left.tzinfo is None) != (right.tzinfo is None):
        raise Refused("ZONE_MISMATCH")
    offsets = (offset_of(left) or 0) - (offset_of(right) or 0)
    return make_duration(clock_nanoseconds(left) - clock_nanoseconds(right) - offsets * SECOND)


def _swap(operation: Operation) -> Operation:
    return lambda left, right: operation(right, left)


def _later(value: Any, duration: Any) -> Value:
    return plus_duration(value, nanoseconds_of(duration))


def _earlier(value: Any, duration: Any) -> Value:
    return plus_duration(value, -nanoseconds_of(duration))


def _months_later(value: Any, duration: YearsMonths) -> Value:
    return plus_months(value, duration.months)


def _months_earlier(value: Any, duration: YearsMonths) -> Value:
    return plus_months(value, -duration.months)


def _scale_months(duration: YearsMonths, factor: Decimal) -> Value:
    return make_months(_whole(NUMBERS.multiply(Decimal(duration.months), factor)))


_ADD: Final[dict[tuple[str, str], Operation]] = {
    (_NUMBER, _NUMBER): NUMBERS.add,
    (_STRING, _STRING): str.__add__,
    (_DAYS, _DAYS): _add_durations,
    (_MONTHS, _MONTHS): lambda left, right: make_months(left.months + right.months),
    **{(kind, _DAYS): _later for kind in (_DATE, _TIME, _DATE_TIME)},
    **{(_DAYS, kind): _swap(_later) for kind in (_DATE, _TIME, _DATE_TIME)},
    **{(kind, _MONTHS): _months_later for kind in (_DATE, _DATE_TIME)},
    **{(_MONTHS, kind): _swap(_months_later) for kind in (_DATE, _DATE_TIME)},
}
_SUBTRACT: Final[dict[tuple[str, str], Operation]] = {
    (_NUMBER, _NUMBER): NUMBERS.subtract,
    (_DAYS, _DAYS): _subtract_durations,
    (_MONTHS, _MONTHS): lambda left, right: make_months(left.months - right.months),
    **{(kind, _DAYS): _earlier for kind in (_DATE, _TIME, _DATE_TIME)},
    **{(kind, _MONTHS): _months_earlier for kind in (_DATE, _DATE_TIME)},
    (_DATE, _DATE): _subtract_dates,
    (_TIME, _TIME): _subtract_times,
    (_DATE_TIME, _DATE_TIME): _subtract_moments,
    (_DATE, _DATE_TIME): _subtract_moments,
    (_DATE_TIME, _DATE): _subtract_moments,
}
_MULTIPLY: Final[dict[tuple[str, str], Operation]] = {
    (_NUMBER, _NUMBER): NUMBERS.multiply,
    (_DAYS, _NUMBER): _scale_duration,
    (_NUMBER, _DAYS): _swap(_scale_duration),
    (_MONTHS, _NUMBER): _scale_months,
    (_NUMBER, _MONTHS): _swap(_scale_months),
}
_DIVIDE: Final[dict[tuple[str, str], Operation]] = {
    (_NUMBER, _NUMBER): _divide,
    (_DAYS, _NUMBER): _divide_duration,
    (_MONTHS, _NUMBER): lambda left, right: make_months(_whole(_divide(Decimal(left.months), right))),
    (_DAYS, _DAYS): lambda left, right: _divide(Decimal(nanoseconds_of(left)), Decimal(nanoseconds_of(right))),
    (_MONTHS, _MONTHS): lambda left, right: _divide(Decimal(left.months), Decimal(right.months)),
}
_POWER: Final[dict[tuple[str, str], Operation]] = {(_NUMBER, _NUMBER): _power}

OPERATIONS: Final[Mapping[str, dict[tuple[str, str], Operation]]] = {
    "+": _ADD,
    "-": _SUBTRACT,
    "*": _MULTIPLY,
    "/": _DIVIDE,
    "**": _POWER,
}


def compute(run: Run, position: int, sign: str, left: Value, right: Value, warned: int) -> Value:
    """One operation; null with a warning where it is not defined for these kinds or has no result.

    ``warned``: how many warnings there were before the operands; a null among them that has its own needs no other.
    """
    kinds = KINDS[type(left)], KINDS[type(right)]
    operation = OPERATIONS[sign].get(kinds)
    if operation is None:
        if len(run.warnings) > warned and (left is None or right is None):
            return None
        return run.warn("NO_OPERATION", position, operator=sign, left=kinds[0], right=kinds[1])
    if kinds == (_STRING, _STRING):
        run.check_length(len(left) + len(right))
    try:
        return operation(left, right)
    except Refused as refused:
        return run.warn(refused.code, position, **refused.details)
    except (DecimalException, ValueError, OverflowError):
        return run.warn("OUT_OF_RANGE", position)


def negate(run: Run, position: int, value: Value) -> Value:
    """``-value`` for numbers and durations; null with a warning for anything else."""
    kind = KINDS[type(value)]
    if kind == _NUMBER:
        return NUMBERS.minus(value)
    if kind == _DAYS:
        return make_duration(-nanoseconds_of(value))
    if kind == _MONTHS:
        return YearsMonths(-value.months)
    return run.warn("INVALID_TYPE", position, expected="a number or a duration", found=kind)
