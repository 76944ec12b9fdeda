"""Values of process variables, as people read them and as they type them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from api.i18n import mark
from engine.errors import InvalidInput
from engine.variables import from_plain, plain_dumps, plain_loads, to_plain

KINDS: Final[Mapping[str, str]] = {
    "text": mark("Text"),
    "number": mark("Number"),
    "boolean": mark("Yes or no"),
    "date": mark("Date"),
    "datetime": mark("Date and time"),
    "json": mark("List or object (JSON)"),
    "null": mark("Empty"),
}
"""Kinds of values that a person may type, with their names."""

KIND_NAMES: Final[Mapping[str, str]] = {
    **KINDS,
    "time": mark("Time"),
    "duration": mark("Duration"),
    "list": mark("List"),
    "object": mark("Object"),
    "other": mark("Value"),
}
"""Names of everything that `kind_of` says."""

MOST: Final = 20
"""Variables that one form changes."""


def kind_of(value: Any) -> str:
    """null, boolean, number, text, datetime, date, time, duration, list, object; `other` for the rest."""
    for kind, types in (
        ("null", (type(None),)),
        ("boolean", (bool,)),
        ("number", (int, Decimal, float)),
        ("text", (str,)),
        ("datetime", (datetime,)),
        ("date", (date,)),
        ("time", (time,)),
        ("duration", (timedelta,)),
        ("list", (list, tuple)),
        ("object", (Mapping,)),
    ):
        if isinstance(value, types):
            return kind
    return "other"


def plain_text(value: Any) -> str:
    """The value as text that `parse` of the same kind reads: digits of numbers, ISO 8601, JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(json.loads(plain_dumps(value)), ensure_ascii=False, indent=2)
    if value is None:
        return ""
    return str(to_plain(value))


def digits(value: Any) -> str:
    """A number with all its digits and grouping: 67,000.50."""
    whole, point, fraction = plain_text(value).partition(".")
    sign, figures = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    groups = [figures[max(end - 3, 0) : end] for end in range(len(figures), 0, -3)]
    return sign + ",".join(reversed(groups)) + point + fraction


def parse(kind: str, text: str, zone: ZoneInfo) -> Any:
    """What somebody typed, as a value. InvalidInput says what the kind expects. Times without an offset are in `zone`."""
    try:
        return _parse(kind, text, zone)
    except (ValueError, InvalidOperation) as error:
        raise InvalidInput(*_EXPECTED[kind]) from error


def _parse(kind: str, text: str, zone: ZoneInfo) -> Any:
    trimmed = text.strip()
    match kind:
        case "null":
            return None
        case "text":
            return text
        case "number":
            number = Decimal(trimmed.replace(",", "").replace("，", ""))
            if not number.is_finite():
                raise ValueError
            return from_plain(number)
        case "boolean":
            return {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}[trimmed.lower()]
        case "date":
            return date.fromisoformat(trimmed)
        case "datetime":
            at = datetime.fromisoformat(trimmed)
            return at if at.tzinfo is not None else at.replace(tzinfo=zone)
        case "json":
            return from_plain(plain_loads(text))
    raise InvalidInput("There is no such kind of value.", "没有该值类型。")


_EXPECTED: Final[Mapping[str, tuple[str, str]]] = {
    "number": ("A number is written like 67000.50.", "数字的写法如 67000.50。"),
    "boolean": ("Write true or false.", "请填写 true 或 false。"),
    "date": ("A date is written like 2026-03-02.", "日期的写法如 2026-03-02。"),
    "datetime": ("A date and time is written like 2026-03-02T09:00.", "日期时间的写法如 2026-03-02T09:00。"),
}


def typed_variables(pairs: Mapping[str, list[str]], zone: ZoneInfo) -> dict[str, Any]:
    """The variables of the lists `name`, `kind`, `value` that a form sent; rows without a name are left out.

    InvalidInput names the variable whose value cannot be read.
    """
    found: dict[str, Any] = {}
    rows = zip(pairs.get("name", []), pairs.get("kind", []), pairs.get("value", []), strict=False)
    for name, kind, text in list(rows)[:MOST]:
        if not (name := name.strip()):
            continue
        try:
            found[name] = parse(kind, text, zone)
        except (InvalidInput, KeyError) as error:
            en, zh = (error.message, error.zh) if isinstance(error, InvalidInput) else _EXPECTED["boolean"]
            raise InvalidInput(f"“{name}”: {en}", f"“{name}”：{zh}") from error
    return found
