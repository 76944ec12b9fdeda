"""The words of a Groovy or JavaScript text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.bpmn.dialects.errors import Untranslatable

_TOKEN = re.compile(
    r"(?P<space>[ \t\r]+|//[^\n]*|/\*.*?\*/)|(?P<newline>\n)|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)[LlDdFfGg]?"
    r"|(?P<string>'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\")|(?P<name>[^\W\d][\w$]*)"
    r"|(?P<operator>===|!==|==|!=|<=|>=|&&|\|\||\+=|-=|\*=|/=|\+\+|--|[-+*/%<>!?:.,;=(){}\[\]])",
    re.S,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True, slots=True)
class Word:
    """A token: `kind` is number, string, name, operator or newline; a string's `text` is its value."""

    kind: str
    text: str


def tokens(text: str) -> list[Word]:
    """The words in order, without space and comments. Raises Untranslatable for a character of no word."""
    found: list[Word] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            rest = text[position : position + 12].strip()
            raise Untranslatable(f"“{rest}” is not understood", f"无法理解“{rest}”")
        kind = match.lastgroup or ""
        if kind != "space":
            found.append(Word(kind, _value(match[kind]) if kind == "string" else match[kind]))
        position = match.end()
    return found


def _value(literal: str) -> str:
    inside = literal[1:-1]
    if literal.startswith('"') and re.search(r"(?<!\\)\$[{\w]", inside):
        raise Untranslatable("it puts expressions inside a text", "文本中嵌入了表达式")
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), inside)
