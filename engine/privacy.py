"""Sensitive values (`facet:sensitiveVariables`) kept out of what people read without having asked for them.

What is hidden is the variable of that name in every scope and, in texts and in what decisions were asked, also its present
value under another name. A value that a process copies into a variable of another name is that variable's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

MASK: Final = "•••"
"""Stands for a value that the reader may not see."""
SHORTEST: Final = 3
"""Characters of a value that is looked for in texts: shorter ones would mask half of every sentence."""


def values_of(variables: Mapping[str, Any], names: Collection[str]) -> tuple[Any, ...]:
    """The texts and numbers inside the variables of these names, longest text first."""
    found = {leaf for name in names if name in variables for leaf in _leaves(variables[name])}
    return tuple(sorted(found, key=lambda leaf: (-len(str(leaf)), str(leaf))))


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, str | int | Decimal) and not isinstance(value, bool) and len(str(value)) >= SHORTEST:
        yield value


def scrub(text: str, values: Collection[Any]) -> str:
    """The text without these values."""
    for value in values:
        text = text.replace(str(value), MASK)
    return text


def masked(value: Any, names: Collection[str], values: Collection[Any] = ()) -> Any:
    """`value` with everything under one of the names, and whatever equals one of the values, behind `MASK`."""
    if isinstance(value, Mapping):
        return {
            key: MASK if key in names and item is not None else masked(item, names, values)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [masked(item, names, values) for item in value]
    if isinstance(value, str):
        return scrub(value, values)
    hidden = isinstance(value, int | Decimal) and not isinstance(value, bool) and value in values
    return MASK if hidden else value


def names_in(column: str) -> frozenset[str]:
    """The names that a definition's column `sensitive` holds: ``,iban,salary,``."""
    return frozenset(name for name in column.split(",") if name)
