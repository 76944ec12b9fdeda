"""Names that expressions read and nobody writes.

Where variables may come in that no file lists, only names that look like a slip of a written one are worth a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.bpmn.linting.subject import Subject
from engine.bpmn.linting.texts import Expression, expressions
from engine.bpmn.linting.written import Written, brought, written_names
from engine.bpmn.model import Node, Problem
from engine.feel import FeelSyntaxError, parse

ALWAYS = frozenset({"facet", "loopCounter", "item", "partial"})
_INSIDE = frozenset({"output", "outputElement", "completionCondition", "loopCondition"})
"""Roles of expressions that see what the work of their element has brought, also what mappings keep inside."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\WA-Z_]+")
_SHORTEST, _LONG, _VERY_LONG = 4, 7, 9


def check_variables(subject: Subject) -> Iterator[Problem]:
    """A warning per element and name that is read, written by nothing, and no name from outside."""
    written = written_names(subject)
    seen: set[tuple[str | None, str]] = set()
    slips: dict[str, str | None] = {}
    for expression in expressions(subject.process):
        try:
            parsed = parse(expression.text)
        except FeelSyntaxError:
            continue
        known = _known(subject, expression, written)
        for name in sorted(parsed.reads - parsed.maybe - parsed.calls - expression.names - ALWAYS - known.names):
            if known is not written or name not in slips:
                slips[name] = slip(name, known.names)
            close = slips[name]
            key = (expression.owner.id if expression.owner is not None else None, name)
            if key not in seen and (close is not None or not known.open):
                seen.add(key)
                yield subject.problem("unknown-variable", expression.owner, variable=name, near=close or "–")


def _known(subject: Subject, expression: Expression, written: Written) -> Written:
    """What an expression may read."""
    node = expression.owner
    if not isinstance(node, Node) or expression.role not in _INSIDE or not node.outputs:
        return written
    inside = Written({*written.names}, written.open)
    inside.add(brought(subject, node))
    return inside


def slip(name: str, known: set[str]) -> str | None:
    """The known name that this one was probably meant to be: one word of it is mistyped, or its words are joined in
    another way (`orderNo`, `order_no`). Names that people tell apart on purpose are none: other words, other numbers,
    singular and plural, a different ending."""
    words = _words(name)
    found = [other for other in known if _is_slip(words, _words(other))]
    return min(found, key=lambda other: (distance(name.lower(), other.lower()), other), default=None)


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def _is_slip(words: list[str], other: list[str]) -> bool:
    if "".join(words) == "".join(other):
        return len("".join(words)) >= _SHORTEST
    if len(words) != len(other):
        return False
    differing = [(one, two) for one, two in zip(words, other, strict=True) if one != two]
    return len(differing) == 1 and _is_mistyped(*differing[0])


def _is_mistyped(one: str, other: str) -> bool:
    """Letters swapped; one too many or too few inside; one wrong in a long word, two in a very long one."""
    short, long = sorted((one, other), key=len)
    if len(short) < _SHORTEST or any(char.isdigit() for char in one + other):
        return False
    apart = distance(one, other)
    if one[:-1] == other[:-1]:
        return False
    if len(short) == len(long):
        swapped = sorted(short) == sorted(long)
        return (apart == 1 and (swapped or len(short) >= _LONG)) or (apart == 2 and len(short) >= _VERY_LONG)
    if long.startswith(short) or long.endswith(short):
        return False
    return apart == 1 or (apart == 2 and len(short) >= _VERY_LONG)


def distance(one: str, other: str) -> int:
    """Letters to insert, drop, change or swap with a neighbour (Damerau's optimal string alignment)."""
    rows = [list(range(len(other) + 1))]
    for i, left in enumerate(one, 1):
        row = [i]
        for j, right in enumerate(other, 1):
            cost = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, rows[i - 2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]
