"""What a cell of a decision table distinguishes: the constants at which its answer can change.

A cell made of comparisons, intervals, lists, `not(...)`, `and`, `or` over constants answers alike everywhere between
two of its constants, so that a finite number of examples proves what holds for all values. Anything else is opaque: a
claim about it would be a guess.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from engine import feel
from engine.dmn.trial import constant_of
from engine.feel.syntax.nodes import (
    Arithmetic,
    AtLiteral,
    Between,
    Call,
    Compare,
    In,
    Interval,
    ListOf,
    Literal,
    Logic,
    Name,
    Negate,
    Node,
    UnaryRange,
)
from engine.feel.syntax.parser import Parser
from engine.feel.syntax.stream import KnownNames, TokenStream

_MAKERS = ("date", "time", "date and time", "duration", "years and months duration", "number")
_FUNCTIONS = KnownNames(feel.FUNCTIONS, functions=True)


def constants_of(text: str, names: Collection[str]) -> list[Any] | None:
    """The constants in a cell, or None where the cell is opaque.

    Raises FeelSyntaxError for what is not a unary test.
    """
    tests, _negated = Parser(TokenStream(text, _known(frozenset(names)))).whole_tests()
    found: list[Any] = []
    return found if all(_collect(test, found) for test in tests) else None


@lru_cache(maxsize=64)
def _known(names: frozenset[str]) -> KnownNames:
    return KnownNames(names, _FUNCTIONS)


def _collect(node: Node, found: list[Any]) -> bool:
    """Adds a test's constants; False where the test is opaque."""
    if isinstance(node, UnaryRange):
        return _constants((node.operand,), found, in_order=node.operator not in ("=", "!="))
    if isinstance(node, Interval):
        return _constants((node.start, node.end), found, in_order=True)
    if isinstance(node, Compare):
        sides = [side for side in (node.left, node.right) if not _is_input(side)]
        return len(sides) == 1 and _constants(tuple(sides), found, in_order=node.operator not in ("=", "!="))
    if isinstance(node, Between):
        return _is_input(node.value) and _constants((node.low, node.high), found, in_order=True)
    if isinstance(node, In):
        return _is_input(node.value) and all(_collect(test, found) for test in node.tests)
    if isinstance(node, Logic):
        return all(_collect(operand, found) for operand in node.operands)
    if isinstance(node, Call) and isinstance(node.callee, Name) and node.callee.name == "not":
        return all(_collect(argument, found) for argument in node.arguments)
    if isinstance(node, ListOf):
        return all(_collect(element, found) for element in node.elements)
    return _constants((node,), found)


def _is_input(node: Node) -> bool:
    return isinstance(node, Name) and node.name == "?"


def _constants(nodes: tuple[Node, ...], found: list[Any], *, in_order: bool = False) -> bool:
    """Adds constants; a string that is compared by order makes the test opaque, for strings are told apart only by equality."""
    for node in nodes:
        text = _spell(node)
        if text is None:
            return False
        value = constant_of(text)
        if value is None and not (isinstance(node, Literal) and node.value is None):
            return False
        if in_order and isinstance(value, str):
            return False
        found.append(value)
    return True


def _spell(node: Node) -> str | None:
    """A constant's own text; None for what is no constant."""
    if isinstance(node, Literal):
        return quoted(node.value) if isinstance(node.value, str) else feel.string_of(node.value)
    if isinstance(node, AtLiteral):
        return f"@{quoted(node.text)}"
    if isinstance(node, Negate):
        inner = _spell(node.operand)
        return None if inner is None else f"-({inner})"
    if isinstance(node, Arithmetic):
        left, right = _spell(node.left), _spell(node.right)
        return None if left is None or right is None else f"({left}) {node.operator} ({right})"
    if isinstance(node, Call) and isinstance(node.callee, Name) and node.callee.name in _MAKERS and node.names is None:
        arguments = [_spell(argument) for argument in node.arguments]
        return None if None in arguments else f"{node.callee.name}({', '.join(a for a in arguments if a)})"
    return None


def quoted(text: str) -> str:
    """A FEEL string literal."""
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    )
    return f'"{escaped}"'


def shown(value: Any) -> str:
    """A value as a person would write it in a cell."""
    if isinstance(value, str):
        return quoted(value)
    if value is None:
        return "null"
    if isinstance(value, list):
        return f"[{', '.join(map(shown, value))}]"
    return feel.string_of(value)
