"""The one codec for the values of processes: for the database (`dumps`, `loads`), for people and programs (`to_plain`).

A value is a FEEL value as `engine.feel.values` maps it to Python: None, bool, int, Decimal, str, list, dict with str
keys, the temporal types and ranges. In JSON text a number is a JSON number with all its digits (``67000.00`` stays so),
and what JSON lacks is an object with one key that begins with ``$``:

    {"$date": "2026-03-02"}   {"$time": "09:00:00+08:00"}   {"$datetime": "2026-03-02T09:00:00@Asia/Shanghai"}
    {"$duration": "PT2H"}     {"$months": 14}               {"$range": [1, 5, "[)"]}

A user's own dict of that shape gets one more ``$``, so that every value comes back equal, the scale of decimals
included. Three things are put into one form, since SQLite's text and PostgreSQL's JSONB could not both keep them: a
Decimal without fraction digits comes back as an int, a float as the Decimal of its shortest text, a tuple as a list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, NoReturn, TypeAlias

import msgspec

from engine import temporal
from engine.errors import InvalidInput, LimitExceeded
from engine.feel.values import Range, WideDate, WideDateTime, WideDuration, WideTime, YearsMonths

Value: TypeAlias = Any
"""A FEEL value, see above."""

_DEEPEST: Final = 200  # levels, whatever the limits say: also ends values that contain themselves
_MOST: Final = 200_000  # values: a few lists that share entries unfold into billions
_DIGITS: Final = 4000  # CPython refuses to read longer integers
_FRACTION: Final = 16_000  # PostgreSQL keeps 16,383 digits behind the point
_SCALARS: Final = frozenset({str, int, bool, type(None)})
_CONTAINERS: Final = frozenset({dict, list})
_SAFE: Final = frozenset({int, bool, type(None)})
_encode: Final = msgspec.json.Encoder(decimal_format="number").encode
_decode: Final[Callable[[str | bytes], Any]] = msgspec.json.Decoder(float_hook=Decimal).decode


# --- text for the database --------------------------------------------------------------------------------------------


def dumps(value: Value) -> str:
    """The JSON text of a value; `loads` is its inverse.

    Raises InvalidInput for what is no value: NaN, Infinity, the character NUL, half a surrogate pair, keys that are no
    text, functions and other objects; LimitExceeded beyond 200 levels or 200,000 values.
    """
    if _is_ready(value, _DEEPEST, [_MOST]):
        text = _text(value)
        if "\\u0000" not in text and "E+" not in text:  # a NUL, a big exponent, or words that look like one
            return text
    return _text(_copy(value, _DEEPEST, _TAGGED, [_MOST]))


def loads(text: str | bytes) -> Value:
    """The value behind a text of `dumps`. Raises InvalidInput for text that is no JSON or carries an unknown tag."""
    tree = plain_loads(text)
    if isinstance(text, str):
        return _untagged(tree) if '"$' in text or "\\u0024" in text else tree
    return _untagged(tree) if b'"$' in text or b"\\u0024" in text else tree


# --- plain JSON for the API and the pages -----------------------------------------------------------------------------


def to_plain(value: Value) -> Value:
    """The value in terms of JSON: temporal values as ISO 8601 text (an offset for a zone's name), ranges as FEEL text.

    Numbers stay int and Decimal; `plain_dumps` writes them exactly, where json.dumps would refuse them. Errors as
    `dumps`.
    """
    return _copy(value, _DEEPEST, _PLAIN, [_MOST])


def plain_dumps(value: Value) -> bytes:
    """`to_plain(value)` as UTF-8 JSON text in which every number has all its digits."""
    return _text(to_plain(value)).encode()


def from_plain(tree: Any) -> Value:
    """A value from JSON that some other library has parsed: floats become the Decimals of their shortest text.

    ``$`` means nothing here. Raises InvalidInput for NaN, Infinity, NUL, keys that are no text and what is not JSON.
    """
    return _copy(tree, _DEEPEST, _JSON, [_MOST])


def plain_loads(text: str | bytes) -> Value:
    """The value of a JSON text: fractions become exact Decimals, ``$`` means nothing. InvalidInput: no JSON."""
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvalidInput("This is not valid JSON.", "不是有效的 JSON。") from error


def as_value(tree: Any) -> Value:
    """A value from JSON that may hold typed values already (dates, durations …): those stay what they are. Errors as
    `from_plain`."""
    return _copy(tree, _DEEPEST, _TYPED, [_MOST])


# --- limits -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the variables of one scope may hold: UTF-8 bytes of their JSON, values in all, levels of nesting."""

    size: int = 512 * 1024
    values: int = 50_000
    depth: int = 32


DEFAULT_LIMITS: Final = Limits()
_MOST_CHARACTERS: Final = 1 << 30
_NO_LIMITS: Final = Limits(_MOST_CHARACTERS, _MOST, _DEEPEST)
_SHORT_TEXT: Final = 100


def check(variables: Mapping[str, Value], limits: Limits = DEFAULT_LIMITS) -> None:
    """Raises LimitExceeded when the variables of a scope are too large together; it names the largest of them.

    `data` of the error: ``{"variable": name, "limit": "size" | "values" | "depth", "allowed": int}``.
    """
    room = _Room(limits.values, limits.size)
    for name, value in variables.items():
        room.characters -= len(name)
        _measure(name, value, limits.depth - 1, room, limits)
    if room.characters >= limits.size * 7 // 8:  # a character needs at most six bytes: most payloads end here
        return
    sizes = {name: len(dumps(value).encode()) for name, value in variables.items()}
    if sum(sizes.values()) + sum(len(name.encode()) + 4 for name in sizes) > limits.size:
        _refuse(max(sizes, key=sizes.__getitem__), "size", limits)


@dataclass(frozen=True, slots=True)
class Weight:
    """What a value takes: bytes of its JSON text, values in all."""

    size: int
    values: int


_LIGHT: Final = Weight(5, 1)


def weigh(name: str, value: Value, limits: Limits | None = DEFAULT_LIMITS) -> Weight:
    """The weight of one variable. Raises LimitExceeded when it alone is beyond `limits` (None: only the codec's own),
    InvalidInput for what is no value. Never unfolds more than the limits allow."""
    kind = type(value)
    if kind is bool or value is None:
        return _LIGHT
    if kind is str and len(value) < _SHORT_TEXT and value.isascii() and value.isprintable():
        return Weight(len(value) + 2, 1)
    room = _Room(_MOST, _MOST_CHARACTERS) if limits is None else _Room(limits.values, limits.size)
    before = room.values
    _measure(name, value, _DEEPEST if limits is None else limits.depth - 1, room, limits or _NO_LIMITS)
    size = len(dumps(value).encode())
    if limits is not None and size > limits.size:
        _refuse(name, "size", limits)
    return Weight(size, before - room.values)


@dataclass(slots=True)
class _Room:
    values: int
    characters: int


def _measure(name: str, value: Value, depth: int, room: _Room, limits: Limits) -> None:
    """Takes a value's weight from the room that is left. Characters are a lower bound of the bytes that JSON needs."""
    kind = type(value)
    if kind is dict or kind is list or kind is tuple:
        if depth <= 0:
            _refuse(name, "depth", limits)
        if kind is dict:
            room.characters -= sum(map(len, map(str, value)))
        for entry in value.values() if kind is dict else value:
            _measure(name, entry, depth - 1, room, limits)
    elif kind is str:
        room.characters -= len(value)
    room.values -= 1
    room.characters -= 1
    if room.values < 0:
        _refuse(name, "values", limits)
    if room.characters < 0:
        _refuse(name, "size", limits)


def _refuse(name: str, limit: str, limits: Limits) -> NoReturn:
    allowed = getattr(limits, limit)
    english = {
        "size": f"is too large: all data together may have {allowed // 1024} kB",
        "values": f"is too large: all data together may have {allowed} values",
        "depth": f"is nested too deeply: {allowed} levels are allowed",
    }
    chinese = {
        "size": f"数据过大：全部数据合计不得超过 {allowed // 1024} kB",
        "values": f"数据过多：全部数据合计不得超过 {allowed} 个值",
        "depth": f"嵌套过深：最多允许 {allowed} 层",
    }
    detail = {"variable": name, "limit": limit, "allowed": allowed}
    raise LimitExceeded(f"“{name}” {english[limit]}.", f"“{name}”{chinese[limit]}。", data=detail)


# --- encoding ---------------------------------------------------------------------------------------------------------

_Leaves: TypeAlias = Mapping[type, Callable[[Any], Value]]


def _text(tree: Value) -> str:
    try:
        return _encode(tree).decode()
    except UnicodeEncodeError as error:
        raise InvalidInput("A text holds half a character.", "文本中含有不完整的字符。") from error
    except ValueError as error:  # an int beyond CPython's limit of digits
        raise InvalidInput("A number has too many digits.", "数字的位数过多。") from error


def _is_ready(value: Value, depth: int, room: list[int]) -> bool:
    """Whether the encoder may take the value as it is: the usual case, so keep it quick."""
    kind = type(value)
    if kind is dict:
        if len(value) == 1 and str(next(iter(value)))[:1] == "$":
            return False
        for key in value:
            if type(key) is not str:
                return False
        entries = value.values()
    elif kind is list:
        entries = value
    else:
        return kind in _SCALARS or (kind is Decimal and value.is_finite() and -_FRACTION < value.adjusted() < _DIGITS)
    _take(room, len(value), depth)
    for entry in entries:  # noqa: SIM110 - a generator in all() takes twice as long
        if type(entry) not in _SCALARS and not _is_ready(entry, depth - 1, room):
            return False
    return True


def _copy(value: Value, depth: int, leaves: _Leaves, room: list[int]) -> Value:
    """The value in terms of JSON: containers copied, leaves written as the form says."""
    if isinstance(value, dict):
        _take(room, len(value), depth)
        entries = {
            _key(key): entry if type(entry) in _SAFE else _copy(entry, depth - 1, leaves, room)
            for key, entry in value.items()
        }
        if leaves is _TAGGED and len(entries) == 1:
            key = next(iter(entries))
            return {"$" + key: entries[key]} if key[:1] == "$" else entries
        return entries
    if isinstance(value, list | tuple):
        _take(room, len(value), depth)
        return [entry if type(entry) in _SAFE else _copy(entry, depth - 1, leaves, room) for entry in value]
    return _leaf(value, leaves)


def _leaf(value: Value, leaves: _Leaves) -> Value:
    write = leaves.get(type(value))
    if write is None:  # a subclass: StrEnum, a library's own datetime
        write = next((candidate for kind, candidate in leaves.items() if isinstance(value, kind)), None)
    if write is None:
        name = type(value).__name__
        raise InvalidInput(f"A value of type {name} cannot be kept in a variable.", f"变量不能保存类型为 {name} 的值。")
    try:
        return write(value)
    except ValueError as error:
        raise InvalidInput(f"A time cannot be written: {error}.", f"时间值无法保存：{error}。") from error


def _take(room: list[int], values: int, depth: int) -> None:
    room[0] -= values
    if room[0] < 0 or depth == 0:
        raise LimitExceeded("The data is nested too deeply or holds too many values.", "数据嵌套过深或数值过多。")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise InvalidInput(f"A key is not a text: {key!r}.", f"键不是文本：{key!r}。")
    return _string(key)


def _string(value: str) -> str:
    if "\0" in value:
        raise InvalidInput("A text holds the character NUL.", "文本中含有 NUL 字符。")
    return value if type(value) is str else str.__str__(value)


def _number(value: Decimal) -> Decimal | int:
    if not value.is_finite():
        raise InvalidInput("A number is infinite or not a number.", "数值无效：无穷大或非数字。")
    if value.adjusted() >= _DIGITS:
        raise InvalidInput("A number has too many digits.", "数字的位数过多。")
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)  # it is finite
    if exponent < -_FRACTION:
        raise InvalidInput("A number has too many digits.", "数字的位数过多。")
    return int(value) if exponent >= 0 else value


def _range_ends(value: Range) -> str:
    return ("[" if value.start_included else "(") + ("]" if value.end_included else ")")


def _tagged_range(value: Range) -> Value:
    return {"$range": [_leaf(value.start, _TAGGED), _leaf(value.end, _TAGGED), _range_ends(value)]}


def _plain_range(value: Range) -> str:
    start, end = ("" if it is None else str(_leaf(it, _PLAIN)) for it in (value.start, value.end))
    return f"{_range_ends(value)[0]}{start}..{end}{_range_ends(value)[1]}"


def _tagger(tag: str, text: Callable[[Any], str]) -> Callable[[Any], Value]:
    return lambda value: {tag: text(value)}


_JSON: Final[_Leaves] = {
    str: _string,
    bool: bool,
    int: int,
    type(None): lambda _value: None,
    Decimal: _number,
    float: lambda value: _number(Decimal(repr(float(value)))),
}
_TEMPORAL: Final[Mapping[type, tuple[str, Callable[[Any], str]]]] = {
    datetime: ("$datetime", temporal.date_time_text),  # before date, which it extends
    WideDateTime: ("$datetime", temporal.date_time_text),
    date: ("$date", temporal.date_text),
    WideDate: ("$date", temporal.date_text),
    time: ("$time", temporal.time_text),
    WideTime: ("$time", temporal.time_text),
    timedelta: ("$duration", temporal.duration_text),
    WideDuration: ("$duration", temporal.duration_text),
}
_TAGGED: Final[_Leaves] = {
    **_JSON,
    **{kind: _tagger(tag, text) for kind, (tag, text) in _TEMPORAL.items()},
    YearsMonths: lambda value: {"$months": value.months},
    Range: _tagged_range,
}
_PLAIN: Final[_Leaves] = {
    **_JSON,
    **{kind: text for kind, (_tag, text) in _TEMPORAL.items()},
    datetime: datetime.isoformat,
    YearsMonths: temporal.years_months_text,
    Range: _plain_range,
}


_TYPED: Final[_Leaves] = {
    **_JSON,
    **dict.fromkeys((*_TEMPORAL, YearsMonths, Range), lambda value: value),
}


# --- decoding ---------------------------------------------------------------------------------------------------------


def _untagged(tree: Value) -> Value:
    if type(tree) is list:
        return [_untagged(entry) if type(entry) in _CONTAINERS else entry for entry in tree]
    if type(tree) is not dict:
        return tree
    if len(tree) == 1:
        key, content = next(iter(tree.items()))
        if key.startswith("$$"):
            return {key[1:]: _untagged(content)}
        if key.startswith("$"):
            return _read(key, content)
    return {key: _untagged(entry) if type(entry) in _CONTAINERS else entry for key, entry in tree.items()}


def _read(tag: str, content: Value) -> Value:
    read = _READ.get(tag)
    if read is None:
        raise InvalidInput(f"Unknown kind of value: {tag}.", f"未知的值类型：{tag}。")
    try:
        return read(content)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"{tag} holds no such value: {content!r}.", f"{tag} 的内容无效：{content!r}。") from error


def _read_months(content: Value) -> YearsMonths:
    if type(content) is not int:
        raise ValueError("not a number of months")
    return YearsMonths(content)


def _read_range(content: Value) -> Range:
    start, end, ends = content
    if ends not in ("[]", "[)", "(]", "()"):
        raise ValueError("not the ends of a range")
    return Range(_untagged(start), _untagged(end), ends[0] == "[", ends[1] == "]")


_READ: Final[Mapping[str, Callable[[Any], Value]]] = {
    "$date": temporal.read_date,
    "$time": temporal.read_time,
    "$datetime": temporal.read_date_time,
    "$duration": temporal.read_duration,
    "$months": _read_months,
    "$range": _read_range,
}
