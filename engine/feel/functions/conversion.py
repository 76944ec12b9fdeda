"""Conversion functions (DMN 1.5, table 10.3.4.1) and ``range`` (10.3.4.10)."""

import re
from datetime import time
from decimal import Decimal
from typing import Any, Final

from engine.feel.comparing import ordered
from engine.feel.context import Refused, Run
from engine.feel.errors import FeelSyntaxError
from engine.feel.functions.signature import define
from engine.feel.syntax import nodes
from engine.feel.syntax.parser import Parser
from engine.feel.syntax.stream import KnownNames, TokenStream
from engine.feel.temporal import (
    SECOND,
    at_midnight,
    date_of,
    from_instant,
    instant,
    make_date,
    make_date_time,
    make_offset,
    make_time,
    months_between,
    nanoseconds_of,
    time_of,
)
from engine.feel.temporal_text import (
    parse_date,
    parse_date_time,
    parse_duration,
    parse_temporal,
    parse_time,
    parse_zone,
)
from engine.feel.text import least_length, string_of
from engine.feel.values import NUMBERS, Builtin, Range, Value, WideTime, is_whole

_NUMBER: Final = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_SEPARATORS: Final = (" ", ".", ",")


def _refuse(text: str) -> Refused:
    return Refused("INVALID_LITERAL", text=text)


def _whole(number: Decimal) -> int:
    if not is_whole(number):
        raise ValueError("whole numbers are needed")
    return int(number)


def _date(_run: Run, source: Any) -> Value:
    if not isinstance(source, str):
        return date_of(source)
    day = parse_date(source)
    if day is None:
        raise _refuse(source)
    return day


def _date_from_parts(_run: Run, year: Decimal, month: Decimal, day: Decimal) -> Value:
    return make_date(_whole(year), _whole(month), _whole(day))


def _time(_run: Run, source: Any) -> Value:
    """A date gives midnight UTC."""
    if isinstance(source, str):
        clock = parse_time(source)
        if clock is None:
            raise _refuse(source)
        return clock
    if isinstance(source, time | WideTime):
        return source
    return time_of(at_midnight(source))


def _time_from_parts(_run: Run, hour: Decimal, minute: Decimal, second: Decimal, offset: Any = None) -> Value:
    zone = None if offset is None else make_offset(nanoseconds_of(offset) // SECOND)
    whole, fraction = divmod(second, 1)
    return make_time(_whole(hour), _whole(minute), int(whole), int(fraction * SECOND), zone)


def _date_time(_run: Run, source: Any) -> Value:
    if not isinstance(source, str):
        return at_midnight(source)
    found = parse_date_time(source)
    if found is not None:
        return found
    day = parse_date(source)
    if day is None:
        raise _refuse(source)
    return make_date_time(day, time(0))


def _date_time_from_both(_run: Run, day: Any, clock: Any) -> Value:
    return make_date_time(date_of(day), clock)


def _date_time_in_zone(_run: Run, moment: Any, zone: str) -> Value:
    """The same moment told in another zone; a local one gets the zone."""
    wanted = parse_zone(zone)
    if wanted is None:
        raise _refuse(zone)
    if moment.tzinfo is None:
        clock = time_of(moment)
        hour, minute, second = clock.hour, clock.minute, clock.second
        nanosecond = clock.nanosecond if isinstance(clock, WideTime) else clock.microsecond * 1000
        return make_date_time(date_of(moment), make_time(hour, minute, second, nanosecond, wanted))
    return from_instant(instant(moment), wanted)


def _date_time_from_parts(
    run: Run,
    year: Decimal,
    month: Decimal,
    day: Decimal,
    hour: Decimal,
    minute: Decimal,
    second: Decimal,
    zone: Any = None,
) -> Value:
    clock = _time_from_parts(run, hour, minute, second, None if isinstance(zone, str) else zone)
    moment = make_date_time(make_date(_whole(year), _whole(month), _whole(day)), clock)
    return _date_time_in_zone(run, moment, zone) if isinstance(zone, str) else moment


def _number(_run: Run, source: str, grouping: str | None = None, decimal: str | None = None) -> Decimal:
    """``grouping`` is a space, comma or point, ``decimal`` a comma or point, and they differ."""
    if grouping is not None and (grouping not in _SEPARATORS or grouping == decimal):
        raise ValueError("the grouping separator must be a space, a comma or a point, and not the decimal separator")
    if decimal is not None and decimal not in (".", ","):
        raise ValueError("the decimal separator must be a comma or a point")
    text = source.replace(grouping, "") if grouping else source
    if decimal == ",":
        text = text.replace(".", "?").replace(",", ".")
    if _NUMBER.fullmatch(text) is None:
        raise Refused("NO_NUMBER", text=source)
    return NUMBERS.create_decimal(text)


def _string(run: Run, source: Value) -> Value:
    run.walk(source)
    run.check_length(least_length(source))
    return None if source is None else string_of(source)


def _duration(_run: Run, source: Any) -> Value:
    if not isinstance(source, str):
        return source
    length = parse_duration(source)
    if length is None:
        raise _refuse(source)
    return length


def _months(_run: Run, start: Any, end: Any) -> Value:
    return months_between(start, end)


# -- range -------------------------------------------------------------------------------------------------------------


def _range(_run: Run, source: str) -> Range:
    """``"[1..5)"``, ``"(..5]"`` … with literals for ends; an end that is left out must be open."""
    try:
        parsed = _parse_range(source)
    except FeelSyntaxError:
        parsed = None
    if parsed is None:
        raise Refused("NO_RANGE", text=source)
    return parsed


def _parse_range(source: str) -> Range | None:
    text = source.strip()
    if text[:1] in "([]" and text[-1:] in ")][" and ".." in text:
        opening, closing = text[0] == "[", text[-1] == "]"
        start_text, _, end_text = text[1:-1].partition("..")
        start = _endpoint(start_text) if start_text.strip() else None
        end = _endpoint(end_text) if end_text.strip() else None
        if (start is None and end is None) or (start is None and opening) or (end is None and closing):
            return None
        in_order = start is None or end is None or ordered("<=", start, end) is True
        return Range(start, end, opening, closing) if in_order else None
    return None


def _endpoint(text: str) -> Value:
    """A literal end of a range: a number, a string, or a date, time or duration as ``@"..."`` or as a conversion."""
    node = Parser(TokenStream(text, _FUNCTION_NAMES)).whole_expression()
    value: Value = None
    if isinstance(node, nodes.Literal):
        value = node.value
    elif isinstance(node, nodes.AtLiteral):
        value = parse_temporal(node.text)
    elif isinstance(node, nodes.Call) and isinstance(node.callee, nodes.Name) and len(node.arguments) == 1:
        parse = _LITERAL_CALLS.get(node.callee.name)
        argument = node.arguments[0]
        if parse is not None and isinstance(argument, nodes.Literal) and isinstance(argument.value, str):
            value = parse(argument.value)
    if value is None or isinstance(value, bool):
        raise Refused("NO_RANGE", text=text.strip())
    return value


_LITERAL_CALLS: Final = {
    "date": parse_date,
    "time": parse_time,
    "date and time": parse_date_time,
    "duration": parse_duration,
}
_FUNCTION_NAMES: Final = KnownNames(("date and time",))
_PARTS: Final = "year: number, month: number, day: number, hour: number, minute: number, second: number"
_MOMENT: Final = "date|date and time"

CONVERSION: Final[tuple[Builtin, ...]] = (
    define(
        "date",
        (f"from: string|{_MOMENT}", _date),
        ("year: number, month: number, day: number", _date_from_parts),
    ),
    define(
        "time",
        (f"from: string|time|{_MOMENT}", _time),
        ("hour: number, minute: number, second: number, [offset: days and time duration?]", _time_from_parts),
    ),
    define(
        "date and time",
        (f"from: string|{_MOMENT}", _date_time),
        (f"date: {_MOMENT}, time: time", _date_time_from_both),
        ("date: date and time, timezone: string", _date_time_in_zone),
        (f"{_PARTS}, [offset: days and time duration?]", _date_time_from_parts),
        (f"{_PARTS}, timezone: string", _date_time_from_parts),
    ),
    define(
        "number",
        ("from: string, grouping separator: string?, decimal separator: string?", _number),
        ("from: string", _number),
    ),
    define("string", ("from: any", _string)),
    define("duration", ("from: string|duration", _duration)),
    define("years and months duration", (f"from: {_MOMENT}, to: {_MOMENT}", _months)),
    define("range", ("from: string", _range)),
)
