"""Text into tokens (DMN 1.5, 10.3.1.2 rules 27 to 38)."""

import re
from typing import Final, NamedTuple

from engine.feel.errors import FeelSyntaxError, position_at

_START: Final = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u167f\u1681-\u180d\u180f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufefe\uff00-\ufffd\U00010000-\U000effff"
)
_PART: Final = _START + "0-9\u00b7\u0300-\u036f\u203f-\u2040"
_SPACE: Final = "\\s\u0085\u00a0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"

_TOKEN: Final = re.compile(
    rf"(?P<skip>(?:[{_SPACE}]+|//[^\n\r]*|/\*.*?\*/)+)"
    r"|(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)"
    rf"|(?P<name>[{_START}][{_PART}]*)"
    r'|(?P<string>"(?:[^"\\]|\\.)*")'
    r"|`(?P<quoted>[^`\n]+)`"
    r"|(?P<op>\*\*|\.\.|<=|>=|!=|->|[()\[\]{},:.+\-*/<>=@?])"
    r"|(?P<other>.)",
    re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|(.))", re.DOTALL)
_SIMPLE_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}

KEYWORDS: Final = frozenset(
    ("and", "or", "if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "between", "instance")
) | {"function", "true", "false", "null"}


class Token(NamedTuple):
    """``kind``: number, name, keyword, string, quoted, op, other or end. ``text`` as written; ``value`` of a string decoded."""

    kind: str
    text: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """All tokens of a text, the last one of kind ``end``. Raises FeelSyntaxError for an unclosed string or comment."""
    tokens = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        if kind == "skip":
            continue
        found = match.group(kind)
        if kind == "name" and found in KEYWORDS:
            kind = "keyword"
        elif found == '"' and kind == "other":
            raise FeelSyntaxError("UNCLOSED_STRING", position_at(text, match.start()))
        elif found == "/" and text.startswith("/*", match.start()):
            raise FeelSyntaxError("UNCLOSED_COMMENT", position_at(text, match.start()))
        tokens.append(Token(kind, found, match.start(), match.end()))
    tokens.append(Token("end", "", len(text), len(text)))
    return tokens


def unescape(literal: str) -> str:
    """The text that a string literal (with its quotation marks) stands for; a pair of surrogates becomes one character."""
    inner = literal[1:-1]
    if "\\" not in inner:
        return inner
    joined = _ESCAPE.sub(_decode, inner)
    if any("\ud800" <= character <= "\udfff" for character in joined):
        joined = joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return joined


def _decode(match: re.Match[str]) -> str:
    short, long, simple = match.groups()
    if simple is not None:
        # An unknown escape stays as written: patterns such as "\d+" reach matches() with their backslash.
        return _SIMPLE_ESCAPES.get(simple, "\\" + simple)
    code = int(short or long, 16)
    return chr(code) if code <= 0x10FFFF else "\ufffd"
