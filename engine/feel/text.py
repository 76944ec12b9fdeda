"""Values as text: the ``string()`` function (DMN 1.5, table 10.3.4.1)."""

from decimal import Decimal
from typing import Final

from engine.feel.syntax.stream import is_plain
from engine.feel.temporal_text import temporal_text
from engine.feel.values import Builtin, FeelFunction, Range, Value, to_feel

_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def string_of(value: Value) -> str:
    """A value as ``string()`` shows it: a string as it is, everything else as FEEL would write it; null is "null"."""
    value = to_feel(value)
    return value if type(value) is str else _inner(value)


def least_length(value: Value) -> int:
    """How many characters the text of a value has at least, without making it."""
    total, pending = 0, [value]
    while pending:
        current = pending.pop()
        total += len(current) if type(current) is str else 1
        if type(current) is list:
            pending.extend(current)
        elif type(current) is dict:
            pending.extend(current.values())
    return total


def number_text(value: Decimal) -> str:
    """A number without exponent, e.g. ``12.50``."""
    return format(value, "f") if value else format(abs(value), "f")


def _inner(value: Value) -> str:
    """A value as it stands inside a list or context: strings are quoted there."""
    kind = type(value)
    if value is None:
        return "null"
    if kind is str:
        return f'"{value.translate(_ESCAPES)}"'
    if kind is bool:
        return "true" if value else "false"
    if kind is Decimal:
        return number_text(value)
    if kind is list:
        return f"[{', '.join(map(_inner, value))}]"
    if kind is dict:
        return "{" + ", ".join(f"{_key(key)}: {_inner(entry)}" for key, entry in value.items()) + "}"
    if kind is Range:
        return _range_text(value)
    if kind in (FeelFunction, Builtin):
        return _function_text(value)
    return temporal_text(value)


def _key(key: str) -> str:
    parts = key.split(" ")
    return key if all(part and is_plain(part) for part in parts) else f'"{key.translate(_ESCAPES)}"'


def _range_text(value: Range) -> str:
    if value.start is None or value.end is None:
        operator = (">" if value.end is None else "<") + (
            "=" if (value.start_included if value.end is None else value.end_included) else ""
        )
        return operator + _end(value.start if value.end is None else value.end)
    opening, closing = "[" if value.start_included else "(", "]" if value.end_included else ")"
    return f"{opening}{_end(value.start)}..{_end(value.end)}{closing}"


def _end(value: Value) -> str:
    return _inner(value) if value is None or type(value) in (str, Decimal) else f'@"{_inner(value)}"'


def _function_text(value: FeelFunction | Builtin) -> str:
    parameters = value.signatures[0].parameters if isinstance(value, Builtin) else value.parameters
    return f"function({', '.join(parameter.name for parameter in parameters)})"
