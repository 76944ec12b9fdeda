"""One answer, from what JSON or an HTML form carries to the typed value; says what is wrong in the reader's words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from math import isfinite
from typing import Any

from forms.model import Field, Kind
from forms.moments import Clock, read_date, read_datetime, read_time
from forms.words import Message, sentence

CENT = Decimal("0.01")
_NUMBER = re.compile(r"[+-]?(?:\d{1,20}|\d{1,3}(?:,\d{3}){1,6})(?:\.\d{0,15})?|[+-]?\.\d{1,15}")
_INTEGER = re.compile(r"[+-]?(?:\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.0*)?")
_CURRENCY = str.maketrans("", "", "¥￥ \u00a0\u202f元")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_CN_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})", re.ASCII)
_INTERNATIONAL = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_ACCOUNT = re.compile(r"[^\s/\x00-\x1f]{1,150}")
_GREATEST_DIGITS = 20
_GREATEST_INTEGER = 10**15
_SMALLEST_EXPONENT = -15
_COORDINATES = {"lat": (90, "0.0000001"), "lon": (180, "0.0000001"), "accuracy": (100_000, "0.1")}
_TRUE = frozenset({"true", "on", "1", "yes"})
_FALSE = frozenset({"false", "off", "0", "no"})


class Bad(Exception):
    """The answer cannot be read as its kind."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.message: Message = sentence(code)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What reading an answer may look at: the clock, and the usernames and group keys that exist (None: not
    checked).
    """

    clock: Clock
    users: Collection[str] | None = None
    groups: Collection[str] | None = None


def is_empty(raw: Any) -> bool:
    """Whether an answer was left out: null, an empty or blank text, an empty list or object."""
    return (
        raw is None
        or (isinstance(raw, str) and not raw.strip())
        or (isinstance(raw, list | tuple | Mapping) and not raw)
    )


def typed(field: Field, raw: Any, around: Surroundings) -> Any:
    """The typed value of one non-empty answer (one of them, when the field takes several). Raises `Bad`."""
    return _READERS[field.kind](field, raw, around)


def _text(field: Field, raw: Any, _around: Surroundings) -> str:
    if not isinstance(raw, str):
        raise Bad("type.text")
    value = raw.replace("\r\n", "\n").replace("\r", "\n")
    value = value.strip("\n").rstrip() if field.kind is Kind.TEXTAREA else value.strip()
    storable(value, lines=field.kind is Kind.TEXTAREA)
    return value


def storable(value: str, *, lines: bool) -> None:
    """Refuses control characters and half surrogates, which databases and XML cannot hold. Raises `Bad`."""
    if value.isascii() and value.isprintable():
        return
    allowed = "\n\t" if lines else ""
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in allowed for char in value):
        raise Bad("characters")


def number(raw: Any, code: str = "type.number") -> Decimal:
    """A decimal from a JSON number or text such as `72,000.50` (full-width digits and ¥ are understood). Raises
    `Bad`.
    """
    if isinstance(raw, str):
        text = unicodedata.normalize("NFKC", raw[:60]).translate(_CURRENCY)
        if not _NUMBER.fullmatch(text):
            raise Bad(code)
        return Decimal(text.replace(",", ""))
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise Bad(code)
    if isinstance(raw, int) and abs(raw) >= _GREATEST_INTEGER**2:
        raise Bad(code)
    value = Decimal(format(raw, ".15g")) if isinstance(raw, float) else Decimal(raw)
    if (
        not value.is_finite()
        or value.adjusted() >= _GREATEST_DIGITS
        or int(value.as_tuple().exponent) < _SMALLEST_EXPONENT
    ):
        raise Bad(code)
    return value


def _number(_field: Field, raw: Any, _around: Surroundings) -> Decimal:
    return number(raw)


def _money(_field: Field, raw: Any, _around: Surroundings) -> Decimal:
    return number(raw, "type.money").quantize(CENT, ROUND_HALF_UP)


def _integer(_field: Field, raw: Any, _around: Surroundings) -> int:
    if isinstance(raw, int) and not isinstance(raw, bool):
        value = raw
    elif isinstance(raw, str):
        text = unicodedata.normalize("NFKC", raw[:60]).strip()
        if not _INTEGER.fullmatch(text):
            raise Bad("type.integer")
        value = int(text.split(".")[0].replace(",", ""))
    else:
        exact = number(raw, "type.integer")
        if exact != exact.to_integral_value():
            raise Bad("type.integer")
        value = int(exact)
    if abs(value) > _GREATEST_INTEGER:
        raise Bad("type.integer")
    return value


def _phone(field: Field, raw: Any, _around: Surroundings) -> str:
    code = "phone.international" if field.phone == "international" else "phone"
    if not isinstance(raw, str) or len(raw) > 40:
        raise Bad(code)
    text = re.sub(r"[\s().-]|[\u2010-\u2015]", "", unicodedata.normalize("NFKC", raw))
    local = _CN_MOBILE.fullmatch(text)
    if field.phone == "international":
        text = (
            f"+86{local[1]}"
            if local and not text.startswith("+")
            else "+" + text[2:]
            if text.startswith("00")
            else text
        )
        if not _INTERNATIONAL.fullmatch(text):
            raise Bad(code)
        return text
    if local is None:
        raise Bad(code)
    return local[1]


def _date(_field: Field, raw: Any, around: Surroundings) -> date:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    try:
        return read_date(raw.strip())
    except (AttributeError, ValueError):
        raise Bad("type.date") from None


def _datetime(_field: Field, raw: Any, around: Surroundings) -> datetime:
    if isinstance(raw, datetime):
        return raw if raw.tzinfo is not None else raw.replace(tzinfo=around.clock.zone)
    try:
        return read_datetime(raw.strip(), around.clock.zone)
    except (AttributeError, ValueError, OverflowError):
        raise Bad("type.datetime") from None


def _time(_field: Field, raw: Any, _around: Surroundings) -> time:
    if isinstance(raw, time):
        return raw
    try:
        return read_time(raw.strip())
    except (AttributeError, ValueError):
        raise Bad("type.time") from None


def _choice(field: Field, raw: Any, _around: Surroundings) -> Any:
    option = (
        field.by_text.get(_plain_text(raw))
        if isinstance(raw, str | int | float | Decimal) and not isinstance(raw, bool)
        else None
    )
    if option is None or (isinstance(raw, str) != isinstance(option.value, str) and not isinstance(raw, str)):
        raise Bad("type.choice" if field.kind is Kind.CHOICE else "type.choices")
    return option.value


def _plain_text(raw: Any) -> str:
    """How an option is found: 5, 5.0 and "5" are the same answer."""
    if isinstance(raw, float | Decimal):
        try:
            exact = number(raw)
        except Bad:
            return ""
        return str(int(exact)) if exact == exact.to_integral_value() else str(exact.normalize())
    return str(raw) if isinstance(raw, str) or abs(raw) < _GREATEST_INTEGER else ""


def _switch(_field: Field, raw: Any, _around: Surroundings) -> bool:
    if isinstance(raw, bool):
        return raw
    text = raw.strip().lower() if isinstance(raw, str) else ""
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise Bad("type.switch")


def _account(field: Field, raw: Any, around: Surroundings) -> str:
    known = around.users if field.kind is Kind.USER else around.groups
    text = raw.strip() if isinstance(raw, str) else ""
    if not _ACCOUNT.fullmatch(text) or (known is not None and text not in known):
        raise Bad(f"type.{field.kind}")
    storable(text, lines=False)
    return text


def _upload(_field: Field, raw: Any, _around: Surroundings) -> str:
    text = raw.strip().lower() if isinstance(raw, str) else ""
    if not _UUID.fullmatch(text):
        raise Bad("type.file")
    return text


def _geolocation(_field: Field, raw: Any, _around: Surroundings) -> dict[str, Decimal]:
    if not isinstance(raw, Mapping) or not {"lat", "lon"} <= set(raw) <= {"lat", "lon", "accuracy"}:
        raise Bad("type.geolocation")
    found = {}
    for name, (limit, places) in _COORDINATES.items():
        if name == "accuracy" and is_empty(raw.get(name)):
            continue
        value = _coordinate(raw[name]).quantize(Decimal(places), ROUND_HALF_UP)
        if abs(value) > limit or (name == "accuracy" and value < 0):
            raise Bad("type.geolocation")
        found[name] = value
    return found


def _coordinate(raw: Any) -> Decimal:
    """A browser's coordinates carry up to 15 and more decimals; as text or number they are cut, not refused."""
    if isinstance(raw, float | Decimal) and isfinite(raw):
        return number(f"{raw:.9f}"[:40], "type.geolocation")
    return number(raw[:20] if isinstance(raw, str) else raw, "type.geolocation")


_READERS: Mapping[Kind, Callable[[Field, Any, Surroundings], Any]] = {
    Kind.TEXT: _text,
    Kind.TEXTAREA: _text,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.MONEY: _money,
    Kind.PHONE: _phone,
    Kind.DATE: _date,
    Kind.DATETIME: _datetime,
    Kind.TIME: _time,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choice,
    Kind.SWITCH: _switch,
    Kind.USER: _account,
    Kind.GROUP: _account,
    Kind.FILE: _upload,
    Kind.PHOTO: _upload,
    Kind.SIGNATURE: _upload,
    Kind.GEOLOCATION: _geolocation,
}
