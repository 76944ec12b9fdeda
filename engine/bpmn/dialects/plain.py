"""Conditions as programmers write them in any tool: `x == 1 && !done`, `x is None`, `name.contains("a")`.

They are no FEEL, and there is only one thing that they can mean.
"""

from __future__ import annotations

import ast
import re

from engine.bpmn.dialects import juel, python
from engine.bpmn.dialects.errors import Untranslatable
from engine.feel import FeelSyntaxError, parse

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_METHOD = re.compile(r"\.\s*([^\W\d]\w*)\(")
_PYTHON_VALUES = frozenset({"True", "False", "None"})


def methods(text: str) -> list[str]:
    """Names that a text calls on a value (`name.contains(…)`). FEEL reads that, and finds null: no value has methods."""
    return _METHOD.findall(_STRING.sub('""', text))


def plain(text: str) -> str | None:
    """FEEL for such a condition; None for what is FEEL as it stands, and for what nobody understands."""
    if text.lstrip().startswith("=") or _is_feel(text):
        return None
    for read in (python.expression, juel.expression):
        try:
            found = read(text)
        except Untranslatable:
            continue
        if _is_feel(found):
            return found
    return None


def _is_feel(text: str) -> bool:
    try:
        parsed = parse(text)
    except FeelSyntaxError:
        return False
    return not (parsed.calls or parsed.reads & _PYTHON_VALUES or methods(text) or _is_chain(text))


def _is_chain(text: str) -> bool:
    """`1 < x < 3`, which in FEEL compares a boolean with a number, and is null."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    order = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
    compared = [node for node in ast.walk(tree) if isinstance(node, ast.Compare) and len(node.ops) > 1]
    return any(isinstance(operator, order) for node in compared for operator in node.ops)
