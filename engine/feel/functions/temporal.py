"""Date and time functions (DMN 1.5, table 10.3.4.7), ``is``, and the current time (an extension)."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from engine.feel.comparing import identical
from engine.feel.context import Refused, Run
from engine.feel.functions.signature import define
from engine.feel.properties import weekday
from engine.feel.temporal import day_number, days_in_month, make_date
from engine.feel.values import Builtin, Value

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _is(run: Run, left: Value, right: Value) -> bool:
    run.walk(left)
    return identical(left, right)


def _day_of_year(_run: Run, day: Any) -> Decimal:
    return Decimal(day_number(day.year, day.month, day.day) - day_number(day.year, 1, 1) + 1)


def _week_of_year(_run: Run, day: Any) -> Decimal:
    """ISO 8601: the week with the year's first Thursday is week 1."""
    number = day_number(day.year, day.month, day.day)
    thursday = number - weekday(day) + 4
    year = day.year
    if thursday < day_number(year, 1, 1):
        year -= 1
    elif thursday >= day_number(year + 1, 1, 1):
        year += 1
    return Decimal((thursday - day_number(year, 1, 1)) // 7 + 1)


def _last_day_of_month(_run: Run, day: Any) -> Value:
    return make_date(day.year, day.month, days_in_month(day.year, day.month))


def _moment(run: Run, name: str) -> datetime:
    moment = run.context.now
    if moment is None:
        raise Refused("NO_CLOCK", name=name)
    return moment if run.context.zone is None else moment.astimezone(run.context.zone)


def _now(run: Run) -> Value:
    return _moment(run, "now")


def _today(run: Run) -> Value:
    return _moment(run, "today").date()


_DATED: Final = "date: date|date and time"

TEMPORAL: Final[tuple[Builtin, ...]] = (
    define("is", ("value1: any, value2: any", _is)),
    define("day of year", (_DATED, _day_of_year)),
    define("day of week", (_DATED, lambda _run, day: _DAYS[weekday(day) - 1])),
    define("month of year", (_DATED, lambda _run, day: _MONTHS[day.month - 1])),
    define("week of year", (_DATED, _week_of_year)),
    define("last day of month", (_DATED, _last_day_of_month)),
    define("now", ("", _now)),
    define("today", ("", _today)),
)
