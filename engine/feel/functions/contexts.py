"""Boolean (10.3.4.2) and context functions (10.3.4.9)."""

from typing import Any, Final

from engine.feel.context import Refused, Run
from engine.feel.functions.signature import define
from engine.feel.values import KINDS, Builtin, Value


def _not(run: Run, negand: Value) -> Value:
    if type(negand) is bool:
        return not negand
    return None if negand is None else run.warn("INVALID_TYPE", None, expected="a boolean", found=KINDS[type(negand)])


def _get_value(run: Run, context: dict[str, Value], key: str) -> Value:
    if key not in context:
        raise Refused("NO_CONTEXT_ENTRY_FOUND", name=key, known=tuple(context)[:200])
    return context[key]


def _get_value_at(run: Run, context: dict[str, Value], keys: list[Value]) -> Value:
    value: Any = context
    for key in keys:
        if type(key) is not str or type(value) is not dict or key not in value:
            raise Refused("NO_CONTEXT_ENTRY_FOUND", name=str(key))
        value = value[key]
    if not keys:
        raise ValueError("there are no keys")
    return value


def _get_entries(_run: Run, context: dict[str, Value]) -> list[Value]:
    return [{"key": key, "value": value} for key, value in context.items()]


def _context(_run: Run, entries: list[Value]) -> dict[str, Value]:
    made: dict[str, Value] = {}
    for entry in entries:
        if type(entry) is not dict or "value" not in entry or type(entry.get("key")) is not str:
            raise Refused("INVALID_TYPE", expected="entries with a key and a value", found=KINDS[type(entry)])
        if entry["key"] in made:
            raise Refused("DUPLICATE_ENTRY", name=entry["key"])
        made[entry["key"]] = entry["value"]
    return made


def _put(_run: Run, context: dict[str, Value], key: str, value: Value) -> dict[str, Value]:
    return {**context, key: value}


def _put_at(run: Run, context: dict[str, Value], keys: list[Value], value: Value) -> dict[str, Value]:
    """The same, deep inside: every key but the last must lead to a context."""
    if not keys or type(keys[0]) is not str:
        raise Refused(
            "INVALID_TYPE", expected="a list of keys", found=KINDS[type(keys[0])] if keys else "an empty list"
        )
    if len(keys) == 1:
        return {**context, keys[0]: value}
    inner = context.get(keys[0])
    if type(inner) is not dict:
        raise Refused("NO_CONTEXT_ENTRY_FOUND", name=keys[0])
    return {**context, keys[0]: _put_at(run, inner, keys[1:], value)}


def _merge(_run: Run, contexts: list[Value]) -> dict[str, Value]:
    merged: dict[str, Value] = {}
    for context in contexts:
        if type(context) is not dict:
            raise Refused("INVALID_TYPE", expected="a list of contexts", found=KINDS[type(context)])
        merged.update(context)
    return merged


CONTEXTS: Final[tuple[Builtin, ...]] = (
    define("not", ("negand: any", _not)),
    define("get value", ("m: context, key: string", _get_value), ("m: context, keys: list", _get_value_at)),
    define("get entries", ("m: context", _get_entries)),
    define("context", ("entries: list", _context)),
    define(
        "context put",
        ("context: context, key: string, value: any", _put),
        ("context: context, keys: list, value: any", _put_at),
    ),
    define("context merge", ("contexts: list", _merge)),
)
