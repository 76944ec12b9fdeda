"""A pattern of XPath 2.0 (XML Schema, appendix F, with anchors, back-references and reluctant repetitions) for Python's re.

Beside the translation it finds out how long a match may take. A repetition that cannot end in two ways (``\\d+-``) is harmless.
One that can (``.*x``) multiplies the work by the length of the text, and one of those inside another may take forever.
"""

import re
from dataclasses import dataclass
from typing import Final

from engine.feel.context import Refused
from engine.feel.functions.characters import ESCAPED_CLASSES, category

_QUANTIFIER: Final = re.compile(r"(?:([*+?])|\{(\d{1,4})(?:(,)(\d{0,4}))?\})(\??)", re.ASCII)
_CATEGORY: Final = re.compile(r"\{(\^?)(L|M|N|P|Z|S|C|[LMNPZSC][a-z])\}")
_MOST_COPIES: Final = 1000
_SPECIAL: Final = frozenset("\\|.?*+(){}[]^-$")
_SAMPLES: Final = "".join(map(chr, range(0x17F))) + "Жя中あ한א\u0300\u2028\u3000😀"


@dataclass(frozen=True, slots=True)
class Translation:
    """``text``: Python's pattern. On a text of n characters a search takes up to n ** ``degree`` steps, or, where it is
    ``exponential``, 2 ** n.
    """

    text: str
    degree: int
    exponential: bool


@dataclass(slots=True)
class _Group:
    """An open group: the first atom of each alternative, whether a repetition in it can end in two ways, its number."""

    number: int
    firsts: list[str | None]
    ambiguous: bool = False
    optional: bool = True


def _fail(reason: str) -> Refused:
    return Refused("PATTERN_REFUSED", reason=reason)


def disjoint(left: str, right: str) -> bool:
    """Whether no character matches both of two patterns of one character each, judged by a sample of characters."""
    return not set(re.findall(left, _SAMPLES, re.DOTALL)) & set(re.findall(right, _SAMPLES, re.DOTALL))


class _Translator:
    """Walks over a pattern, writes Python's, and keeps the repetition whose end is not yet known to be unique."""

    def __init__(self, pattern: str, multiline: bool) -> None:
        self.pattern = pattern
        self.multiline = multiline
        self.index = 0
        self.written: list[str] = []
        self.groups = [_Group(0, [None])]
        self.closed: set[int] = set()
        self.count = 0
        self.ambiguous = 0
        # Whether a harmless repetition follows the last ambiguous one, and something after it that can fail.
        self.repeats_last = False
        self.exponential = False
        # The repetitions whose end is not yet known to be unique: what follows so far could be left out.
        self.pending: list[str] = []

    def run(self) -> Translation:
        while self.index < len(self.pattern):
            self._piece(self.pattern[self.index])
        if len(self.groups) > 1:
            raise _fail("a ( is never closed")
        anchored = self.pattern.startswith("^") and not self.multiline and len(self.groups[0].firsts) == 1
        degree = self.ambiguous + self.repeats_last + (not anchored)
        return Translation("".join(self.written), degree, self.exponential)

    def _piece(self, character: str) -> None:
        if character == "(":
            self._open()
        elif character == ")":
            self._close()
        elif character == "|":
            self._alternative()
        elif character == "^":
            self._write(r"(?:\A|(?<=\n)(?=[\s\S]))" if self.multiline else r"\A")
        elif character == "$":
            self.repeats_last = self.repeats_last or bool(self.pending)
            self.pending = []
            self._write(r"(?=\n|\Z)" if self.multiline else r"\Z")
        elif character in "*+?{}]":
            raise _fail("a repetition or a bracket needs something before it, or a \\")
        else:
            self._atom(self._single(character))

    def _write(self, text: str) -> None:
        self.written.append(text)
        self.index += 1

    def _alternative(self) -> None:
        if len(self.groups) > 1:
            self._settle(None)
        self.pending = []
        self.groups[-1].firsts.append(None)
        self._write("|")

    def _settle(self, following: str | None, optional: bool = False) -> None:
        """What is repeated before is followed by this: it is harmless only if the two share no character."""
        kept = []
        for repeated in self.pending:
            if following is None or not disjoint(repeated, following):
                self._count_ambiguous()
                for group in self.groups:
                    group.ambiguous = True
            elif optional:
                kept.append(repeated)
            else:
                self.repeats_last = True
        self.pending = kept

    def _count_ambiguous(self) -> None:
        self.ambiguous += 1
        self.repeats_last = False

    # -- groups --------------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._settle(None)
        if self.pattern.startswith("(?", self.index):
            if not self.pattern.startswith("(?:", self.index):
                raise _fail("(? is only known as (?:")
            self.written.append("(?:")
            self.index += 3
            self.groups.append(_Group(0, [None]))
            return
        self.count += 1
        self._write("(")
        self.groups.append(_Group(self.count, [None]))

    def _close(self) -> None:
        if len(self.groups) == 1:
            raise _fail("a ) was never opened")
        group = self.groups.pop()
        self._write(")")
        if group.number:
            self.closed.add(group.number)
        outer = self.groups[-1]
        if outer.firsts[-1] is None and len(group.firsts) == 1:
            outer.firsts[-1] = group.firsts[0]
        many, _ = self._quantifier()
        if many and (group.ambiguous or self.pending or not _distinct(group.firsts)):
            self.exponential = True
        if many:
            # What follows a repeated group may be another round of it.
            self.pending = []
            self._count_ambiguous()
            outer.ambiguous = True

    # -- single characters ---------------------------------------------------------------------------------------------

    def _atom(self, text: str) -> None:
        group = self.groups[-1]
        self.written.append(text)
        many, optional = self._quantifier()
        self._settle(text, optional)
        if group.firsts[-1] is None:
            group.firsts[-1] = r"[\s\S]" if optional else text
        if many:
            self.pending.append(text)

    def _quantifier(self) -> tuple[bool, bool]:
        """Takes a quantifier: whether it varies beyond one, and whether it allows none at all."""
        match = _QUANTIFIER.match(self.pattern, self.index)
        if match is None:
            return False, False
        self.index = match.end()
        self.written.append(match.group())
        sign, least, comma, most, _ = match.groups()
        if sign:
            return sign in "*+", sign in "*?"
        top = int(most) if most else int(least)
        if top > _MOST_COPIES:
            raise _fail(f"it repeats more than {_MOST_COPIES} times")
        return comma is not None and (not most or top > 1), int(least) == 0

    def _single(self, character: str) -> str:
        if character == "\\":
            return self._escape()
        if character == "[":
            return self._class()
        self.index += 1
        return "." if character == "." else re.escape(character)

    def _escape(self) -> str:
        """An escape outside of brackets."""
        digits = re.compile(r"[1-9]\d*", re.ASCII).match(self.pattern, self.index + 1)
        if digits is not None:
            return self._back_reference(digits.group())
        members, negated = self._escaped_members()
        return f"[{'^' if negated else ''}{members}]"

    def _back_reference(self, digits: str) -> str:
        while len(digits) > 1 and int(digits) > self.count:
            digits = digits[:-1]
        if int(digits) not in self.closed:
            raise _fail("a back-reference refers to no group before it")
        self.index += 1 + len(digits)
        self._count_ambiguous()
        # A group that took no part stands for the empty text.
        return f"(?({digits})\\{digits}|)"

    def _escaped_members(self) -> tuple[str, bool]:
        """The members of an escape, as the inside of brackets, and whether it means all others."""
        character = self.pattern[self.index + 1 : self.index + 2]
        self.index += 2
        if character and character in "pP":
            match = _CATEGORY.match(self.pattern, self.index)
            if match is None:
                raise _fail("an unknown category of characters")
            self.index = match.end()
            return category(match[2]), (character == "P") != bool(match[1])
        if character and character.lower() in ESCAPED_CLASSES:
            return ESCAPED_CLASSES[character.lower()](), character.isupper()
        if character and character in "nrt":
            return "\\" + character, False
        if character in _SPECIAL:
            return re.escape(character), False
        raise _fail("an escape is unknown")

    # -- brackets ------------------------------------------------------------------------------------------------------

    def _class(self) -> str:
        """``[...]``, with ``-[...]`` taken away from it."""
        self.index += 1
        negated = self.pattern.startswith("^", self.index)
        self.index += negated
        members: list[str] = []
        others: list[str] = []
        while not self.pattern.startswith("]", self.index) or not (members or others):
            if self.pattern.startswith("-[", self.index) and (members or others):
                self.index += 1
                removed = self._class()
                if not self.pattern.startswith("]", self.index):
                    raise _fail("after a subtraction the class must end")
                self.index += 1
                return f"(?:(?!{removed}){_class_text(members, others, negated)})"
            text, everything_else = self._member()
            (others if everything_else else members).append(text)
        self.index += 1
        return _class_text(members, others, negated)

    def _member(self) -> tuple[str, bool]:
        """One member of a class, or a range of characters."""
        start = self._class_character()
        if isinstance(start, tuple):
            return start
        after = self.pattern[self.index + 1 : self.index + 2]
        if not self.pattern.startswith("-", self.index) or after in ("]", "[", ""):
            return re.escape(start), False
        self.index += 1
        end = self._class_character()
        if isinstance(end, tuple) or end < start:
            raise _fail("a range in brackets has no order")
        return f"{re.escape(start)}-{re.escape(end)}", False

    def _class_character(self) -> str | tuple[str, bool]:
        character = self.pattern[self.index : self.index + 1]
        if not character:
            raise _fail("a [ is never closed")
        if character in "[]":
            raise _fail("a [ or ] inside brackets needs a \\ before it")
        if character != "\\":
            self.index += 1
            return character
        escaped = self.pattern[self.index + 1 : self.index + 2]
        if escaped and escaped in _SPECIAL:
            self.index += 2
            return escaped
        if escaped and escaped in "nrt":
            self.index += 2
            return {"n": "\n", "r": "\r", "t": "\t"}[escaped]
        return self._escaped_members()


def _class_text(members: list[str], others: list[str], negated: bool) -> str:
    """Brackets for members and for all but others."""
    if not others:
        return f"[{'^' if negated else ''}{''.join(members)}]"
    choices = [f"[^{text}]" for text in others] + ([f"[{''.join(members)}]"] if members else [])
    choice = "|".join(choices)
    return f"(?:(?!{choice})[\\s\\S])" if negated else f"(?:{choice})"


def _distinct(firsts: list[str | None]) -> bool:
    """Whether the alternatives of a group start differently, so that at most one of them can match."""
    if len(firsts) == 1:
        return True
    known = [first for first in firsts if first is not None]
    pairs = ((a, b) for index, a in enumerate(known) for b in known[index + 1 :])
    return len(known) == len(firsts) and all(disjoint(a, b) for a, b in pairs)


def without_space(pattern: str) -> str:
    """The pattern under the flag x: white space goes, except in brackets."""
    kept, depth, index = [], 0, 0
    while index < len(pattern):
        character = pattern[index]
        if character == "\\" and depth:
            kept.append(pattern[index : index + 2])
            index += 2
            continue
        depth += (character == "[") - (character == "]" and depth > 0)
        if depth or character not in " \t\n\r":
            kept.append(character)
        index += 1
    return "".join(kept)


def translate(pattern: str, multiline: bool = False) -> Translation:
    """Python's pattern and what it may cost. Raises Refused with the reason."""
    return _Translator(pattern, multiline).run()
