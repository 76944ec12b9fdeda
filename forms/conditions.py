"""`x-when` and `x-required`: JSON Schema on the fields beside a field, in the subset that server and browser both
evaluate.

A condition is about an answer that is there: an empty or hidden field meets only `{"const": null}`, `{"type":
"null"}` and `not`. Otherwise every keyword demands its own type, so `{"minimum": 3}` is false for a text (unlike JSON
Schema 2020-12, where a keyword says nothing about other types). `api/frontend/src/forms/conditions.js` holds the same rules in
JavaScript.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

Predicate = Callable[[Any], bool]

_TYPES: dict[str, Predicate] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: _number(value) and value == int(value),
    "number": lambda value: _number(value),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list | tuple),
    "object": lambda value: isinstance(value, Mapping),
}


class BadCondition(ValueError):
    """The condition uses something outside the subset; carries both sentences."""

    def __init__(self, message: str, zh: str) -> None:
        super().__init__(message)
        self.zh = zh


@dataclass(frozen=True, slots=True)
class Test:
    """One line of a condition: the field's name, whether it is one of the whole form (`/name`), and what must hold."""

    name: str
    root: bool
    holds: Predicate


@dataclass(frozen=True, slots=True)
class Condition:
    """All tests must hold. `raw` is the JSON that the browser evaluates."""

    tests: tuple[Test, ...]
    raw: Mapping[str, Any]

    def holds(self, here: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
        """Whether the answers given so far meet it; `here` are the fields beside, `root` those of the whole form."""
        return all(test.holds(plain((root if test.root else here).get(test.name))) for test in self.tests)


def plain(value: Any) -> Any:
    """A typed value as JSON would have it: dates and times as ISO text, an empty text or list as nothing."""
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return None if value in ("", [], {}) and not isinstance(value, int | float | Decimal) else value


def compile_condition(raw: Any) -> Condition:
    """Reads `{"sibling": schema, "/field-of-the-form": schema}`; raises `BadCondition`."""
    if not isinstance(raw, Mapping) or not raw:
        raise BadCondition("A condition names fields and what must hold for each.", "条件须写明字段及其应满足的要求。")
    tests = tuple(
        Test(name.removeprefix("/"), name.startswith("/"), _schema(schema, 0)) for name, schema in raw.items()
    )
    return Condition(tests, raw)


def _number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _equal(left: Any, right: Any) -> bool:
    """JSON equality: 1 and 1.0 are equal, 1 and true are not."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


def _schema(schema: Any, depth: int) -> Predicate:
    if schema is True:
        return lambda value: value is not None
    if schema is False:
        return lambda value: False
    if depth > 8 or not isinstance(schema, Mapping) or not schema:
        raise BadCondition("A condition must be a JSON Schema object.", "条件必须是 JSON Schema 对象。")
    parts = [_keyword(keyword, operand, depth) for keyword, operand in schema.items()]
    return lambda value: all(part(value) for part in parts)


def _keyword(keyword: str, operand: Any, depth: int) -> Predicate:
    if keyword in ("allOf", "anyOf", "not", "contains"):
        return _nested(keyword, operand, depth)
    if keyword == "const":
        return lambda value: _equal(value, operand)
    if keyword == "enum" and isinstance(operand, list):
        return lambda value: any(_equal(value, each) for each in operand)
    if keyword == "type":
        return _type(operand)
    if keyword in _COMPARE and _number(operand):
        compare = _COMPARE[keyword]
        return lambda value: _number(value) and compare(value, operand)
    if keyword in _COUNT and isinstance(operand, int) and not isinstance(operand, bool):
        kind, least = _COUNT[keyword]
        return lambda value: isinstance(value, kind) and (len(value) >= operand if least else len(value) <= operand)
    raise BadCondition(f"A condition cannot use '{keyword}' like this.", f"条件中不能这样使用“{keyword}”。")


def _type(operand: Any) -> Predicate:
    names = operand if isinstance(operand, list) else [operand]
    if not names or any(name not in _TYPES for name in names):
        raise BadCondition("A condition names an unknown type.", "条件中的类型不存在。")
    tests = [_TYPES[name] for name in names]
    return lambda value: any(test(value) for test in tests)


def _nested(keyword: str, operand: Any, depth: int) -> Predicate:
    if keyword == "not":
        inner = _schema(operand, depth + 1)
        return lambda value: not inner(value)
    if keyword == "contains":
        inner = _schema(operand, depth + 1)
        return lambda value: isinstance(value, list | tuple) and any(inner(each) for each in value)
    if not isinstance(operand, list) or not operand:
        raise BadCondition(f"'{keyword}' needs a list of conditions.", f"“{keyword}”需要条件列表。")
    each_of = [_schema(each, depth + 1) for each in operand]
    if keyword == "allOf":
        return lambda value: all(each(value) for each in each_of)
    return lambda value: any(each(value) for each in each_of)


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "minimum": lambda value, bound: bool(value >= bound),
    "maximum": lambda value, bound: bool(value <= bound),
    "exclusiveMinimum": lambda value, bound: bool(value > bound),
    "exclusiveMaximum": lambda value, bound: bool(value < bound),
}
_COUNT: dict[str, tuple[type[str] | type[list[Any]], bool]] = {
    "minLength": (str, True),
    "maxLength": (str, False),
    "minItems": (list, True),
    "maxItems": (list, False),
}
