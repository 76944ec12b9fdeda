"""What the standard does not have and people who know other FEEL engines look for; every one is listed in docs/feel.md."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from engine.feel.context import Calendar, Refused, Run
from engine.feel.functions.pattern import compile_pattern
from engine.feel.functions.signature import define
from engine.feel.text import least_length, string_of
from engine.feel.values import Builtin, Value, is_whole


def _get_or_else(_run: Run, value: Value, default: Value) -> Value:
    return default if value is None else value


def _is_empty(_run: Run, value: Value) -> bool:
    return value is None or len(value) == 0


def _is_blank(_run: Run, text: str | None) -> bool:
    return text is None or not text.strip()


def _string_format(run: Run, template: str, context: dict[str, Value]) -> str:
    """``{name}`` becomes the entry of that name; an unknown name stays as it is."""
    result = template
    for name, value in context.items():
        run.walk(value)
        gap = "{" + name + "}"
        run.check_length(len(result) + result.count(gap) * least_length(value))
        result = result.replace(gap, string_of(value))
    return result


def _extract(run: Run, text: str, pattern: str) -> list[Value]:
    return [match.group() for match in compile_pattern(run, pattern, "", text).finditer(text)]


def _calendar(run: Run, name: str) -> Calendar:
    calendar = run.context.calendars.get(name)
    if calendar is None:
        raise Refused("NO_CALENDAR", name=name, known=tuple(run.context.calendars))
    return calendar


def _moment(run: Run, start: Value) -> datetime:
    if not isinstance(start, datetime):
        raise ValueError("the calendars end at the year 9999")
    return start if start.tzinfo is not None else start.replace(tzinfo=run.context.zone or UTC)


def _add_business_time(run: Run, start: Value, duration: Value, calendar: str) -> Value:
    if not isinstance(duration, timedelta):
        raise ValueError("the duration is too long or too fine")
    return _calendar(run, calendar).add(_moment(run, start), duration)


def _add_business_days(run: Run, start: Value, days: Decimal, calendar: str) -> Value:
    if not is_whole(days) or abs(days) > 100_000:
        raise ValueError("a whole number of days is needed")
    return _calendar(run, calendar).add_days(_moment(run, start), int(days))


EXTRAS: Final[tuple[Builtin, ...]] = (
    define("get or else", ("value: any, default: any", _get_or_else)),
    define("is empty", ("list: list|context|string?", _is_empty)),
    define("is blank", ("string: string?", _is_blank)),
    define("is defined", ("value: any", lambda _run, _value: True)),
    define("trim", ("string: string", lambda _run, text: text.strip())),
    define("extract", ("string: string, pattern: string", _extract)),
    define("string format", ("template: string, values: context", _string_format)),
    define(
        "add business time",
        ("start: date and time, duration: days and time duration, calendar: string", _add_business_time),
    ),
    define("add business days", ("start: date and time, days: number, calendar: string", _add_business_days)),
)
