"""Short words for tests of FEEL."""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.feel import DEFAULT_CONTEXT, Context, Value, equal, parse, type_name


def value_of(
    text: str, scope: Mapping[str, Any] | None = None, names: Iterable[str] = (), context: Context = DEFAULT_CONTEXT
) -> Value:
    """The value of an expression."""
    return parse(text, names=names).evaluate(scope or {}, context).value


def codes_of(text: str, scope: Mapping[str, Any] | None = None, context: Context = DEFAULT_CONTEXT) -> list[str]:
    """The codes of the warnings of an expression."""
    return [warning.code for warning in parse(text).evaluate(scope or {}, context).warnings]


def assert_gives(text: str, expected: str) -> None:
    """The expression has the value, of the very kind, that the literal says; "null" means null with a reason or by nature."""
    actual, wanted = value_of(text), value_of(expected)
    if wanted is None:
        assert actual is None, f"{text} is {actual!r}, not null"
        return
    assert type_name(actual) == type_name(wanted), f"{text} is {actual!r}"
    assert equal(actual, wanted) is True, f"{text} is {actual!r}, not {wanted!r}"
