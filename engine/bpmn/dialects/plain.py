"""Conditions as programmers write them in any tool: `x == 1 && !done`, `x is None`, `name.contains("a")`.

They are no FEEL, and there is only one thing that they can mean.
"""

from __future__ import annotations

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
    return not (parsed.calls or parsed.reads & _PYTHON_VALUES or methods(text))
