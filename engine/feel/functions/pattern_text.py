"""A pattern of XPath 2.0 as a pattern of Python's re."""

import re
import sys
import unicodedata
from functools import lru_cache
from typing import Final

from engine.feel.context import Refused

_NAME_START: Final = (
    r":A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D\u3001-\uD7FF"
)
_CLASSES: Final = {
    "i": _NAME_START,
    "c": _NAME_START + r"\-.0-9\u00B7\u0300-\u036F",
    "d": r"\d",
    "s": r" \t\n\r",
    "w": r"\w",
}
_QUANTIFIER: Final = re.compile(r"(\*|\+|\?|\{(\d{1,4})(,(\d{0,4}))?\})(\??)")
_CATEGORY: Final = re.compile(r"\{(\^?)(L|M|N|P|Z|S|C|[LMNPZSC][a-z])\}")
_MOST_COPIES: Final = 1000


class _Translation:
    """A walk over a pattern that writes Python's and counts repetitions."""

    def __init__(self, pattern: str, ignore_space: bool) -> None:
        self.pattern = pattern
        self.ignore_space = ignore_space
        self.index = 0
        self.written: list[str] = []
        self.unlimited = 0
        # Per open group: whether something in it is repeated.
        self.groups: list[bool] = [False]

    def fail(self, reason: str) -> Refused:
        return Refused("PATTERN_REFUSED", reason=reason)

    def run(self) -> tuple[str, int]:
        while self.index < len(self.pattern):
            character = self.pattern[self.index]
            if self.ignore_space and character in " \t\n\r":
                self.index += 1
            elif character == "(":
                self._open()
            elif character == ")":
                self._close()
            elif character in "*+?{":
                raise self.fail("a repetition has nothing to repeat")
            elif character in "|^$":
                self._take(character)
            else:
                self._atom(self._single(character))
        if len(self.groups) > 1:
            raise self.fail("a ( is never closed")
        return "".join(self.written), self.unlimited

    def _take(self, text: str) -> None:
        self.written.append(text)
        self.index += 1

    def _open(self) -> None:
        if self.pattern.startswith("(?", self.index):
            if not self.pattern.startswith("(?:", self.index):
                raise self.fail("(? is only known as (?:")
            self.written.append("(?:")
            self.index += 3
        else:
            self._take("(")
        self.groups.append(False)

    def _close(self) -> None:
        if len(self.groups) == 1:
            raise self.fail("a ) was never opened")
        self._take(")")
        repeated = self.groups.pop()
        quantified, many = self._quantifier()
        if repeated and many:
            raise self.fail("a repetition inside a repetition can take forever")
        self.groups[-1] = self.groups[-1] or repeated or quantified

    def _atom(self, text: str) -> None:
        self.written.append(text)
        quantified, _ = self._quantifier()
        self.groups[-1] = self.groups[-1] or quantified

    def _quantifier(self) -> tuple[bool, bool]:
        """Takes a quantifier: whether there was one that varies, and whether it repeats more than once."""
        match = _QUANTIFIER.match(self.pattern, self.index)
        if match is None:
            return False, False
        self.index = match.end()
        self.written.append(match.group())
        sign, least, comma, most, _ = match.groups()
        if sign == "?":
            return False, False
        if sign in "*+" or (comma and not most):
            self.unlimited += 1
            return True, True
        top = int(most) if comma else int(least)
        if top > _MOST_COPIES:
            raise self.fail(f"it repeats more than {_MOST_COPIES} times")
        return top > 1 and bool(comma), top > 1

    def _single(self, character: str) -> str:
        if character == "\\":
            return self._escape(inside=False)
        if character == "[":
            return self._class()
        self.index += 1
        return "." if character == "." else re.escape(character)

    def _escape(self, inside: bool) -> str:
        """An escape; the text for it stands inside brackets or gets its own."""
        character = self.pattern[self.index + 1 : self.index + 2]
        self.index += 2
        if character in ("p", "P"):
            match = _CATEGORY.match(self.pattern, self.index)
            if match is None:
                raise self.fail("an unknown category of characters")
            self.index = match.end()
            members = category(match[2], (character == "P") != bool(match[1]))
            return members if inside else f"[{members}]"
        if character.lower() in _CLASSES and character:
            members = _CLASSES[character.lower()]
            if character.isupper() and inside:
                if character in "DW":
                    return "\\" + character
                if character == "S":
                    return r"\S"
                raise self.fail(f"\\{character} cannot stand in brackets")
            return members if inside else f"[{'^' if character.isupper() else ''}{members}]"
        if character in ("n", "r", "t"):
            return "\\" + character
        if character.isdigit() and not inside:
            return "\\" + character
        if character and character in "\\|.?*+(){}[]^-$/\"' ":
            return re.escape(character)
        raise self.fail(f"\\{character} is unknown")

    def _class(self) -> str:
        """``[...]``, with ``-[...]`` taken away from it."""
        self.index += 1
        negated = self.pattern.startswith("^", self.index)
        self.index += negated
        members: list[str] = []
        while True:
            character = self.pattern[self.index : self.index + 1]
            if not character:
                raise self.fail("a [ is never closed")
            if character == "]" and members:
                self.index += 1
                return f"[{'^' if negated else ''}{''.join(members)}]"
            if self.pattern.startswith("-[", self.index) and members:
                self.index += 1
                removed = self._class()
                if not self.pattern.startswith("]", self.index):
                    raise self.fail("after a subtraction the class must end")
                self.index += 1
                return f"(?:(?!{removed})[{'^' if negated else ''}{''.join(members)}])"
            members.append(self._member(character))

    def _member(self, character: str) -> str:
        if character == "\\":
            return self._escape(inside=True)
        if character == "[":
            raise self.fail("a [ inside brackets needs a \\ before it")
        self.index += 1
        return character if character in "-" else re.escape(character)


def translate(pattern: str, ignore_space: bool = False) -> tuple[str, int]:
    """Python's pattern, and how many unlimited repetitions it has. Raises Refused with the reason."""
    return _Translation(pattern, ignore_space).run()


@lru_cache(maxsize=64)
def category(name: str, negated: bool) -> str:
    """The characters of a Unicode category, as the inside of brackets."""
    ranges: list[str] = []
    start = -1
    for code in range(sys.maxunicode + 2):
        belongs = code <= sys.maxunicode and unicodedata.category(chr(code)).startswith(name) != negated
        if belongs and start < 0:
            start = code
        elif not belongs and start >= 0:
            ranges.append(f"\\U{start:08x}" + (f"-\\U{code - 1:08x}" if code - 1 > start else ""))
            start = -1
    return "".join(ranges)
