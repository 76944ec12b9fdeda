"""Writing FEEL: small pieces that both translators (JUEL and Python) put together."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from engine.bpmn.dialects.errors import Untranslatable

_NAME = re.compile(r"[^\W\d]\w*")
_RESERVED = frozenset(
    {"for", "return", "if", "then", "else", "some", "every", "satisfies", "instance", "of", "in", "function"}
)
_RESERVED_TOO = frozenset({"external", "or", "and", "between", "not", "null", "true", "false"})


@dataclass(frozen=True, slots=True)
class Term:
    """A piece of FEEL; `simple` when it needs no parentheses inside a larger one."""

    text: str
    simple: bool = True

    @property
    def inner(self) -> str:
        """The piece as an operand."""
        return self.text if self.simple else f"({self.text})"


def string(value: str) -> Term:
    """A string literal."""
    return Term(json.dumps(value, ensure_ascii=False))


def name(value: str) -> Term:
    """A variable. Raises Untranslatable for a name that FEEL reads as a keyword."""
    if not _NAME.fullmatch(value) or value in _RESERVED | _RESERVED_TOO:
        raise Untranslatable(f"“{value}” is no name in FEEL", f"“{value}”不是 FEEL 中的名称")
    return Term(value)


def member(base: Term, key: str) -> Term:
    """`base.key`, or `get value` for a key that is no name."""
    if _NAME.fullmatch(key) and key not in _RESERVED | _RESERVED_TOO:
        return Term(f"{base.inner}.{key}")
    return Term(f"get value({base.text}, {string(key).text})")


def item(base: Term, index: Term) -> Term:
    """The element at a position counted from 0 (FEEL counts from 1); negative literals count from the end in both."""
    if index.text.isdigit():
        return Term(f"{base.inner}[{int(index.text) + 1}]")
    if index.text.startswith("-"):
        return Term(f"{base.inner}[{index.text}]")
    return Term(f"{base.inner}[{index.inner} + 1]")


def binary(left: Term, operator: str, right: Term) -> Term:
    """`left operator right`."""
    return Term(f"{left.inner} {operator} {right.inner}", simple=False)


def call(function: str, *arguments: Term) -> Term:
    """A call of a built-in function."""
    return Term(f"{function}({', '.join(argument.text for argument in arguments)})")


def choose(condition: Term, yes: Term, no: Term) -> Term:
    """`if … then … else …`."""
    return Term(f"if {condition.text} then {yes.text} else {no.text}", simple=False)


def contains(holder: Term, part: Term) -> Term:
    """Whether a string holds a string, or a list an element: which of the two is known only when it runs."""
    is_text = Term(f"{holder.inner} instance of string", simple=False)
    return choose(is_text, call("contains", holder, part), call("list contains", holder, part))


def size(holder: Term) -> Term:
    """Length of a string or number of elements of a list."""
    is_text = Term(f"{holder.inner} instance of string", simple=False)
    return choose(is_text, call("string length", holder), call("count", holder))


def is_empty(holder: Term) -> Term:
    """Null, the empty string, list or context; comparing with each of them would be null for the other types."""
    return call("is empty", holder)
