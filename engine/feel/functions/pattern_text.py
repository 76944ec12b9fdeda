"""A pattern of XPath 2.0 (XML Schema, appendix F, with anchors, back-references and reluctant repetitions) for Python's re.

Beside the translation it finds out how long a match may take. A repetition that cannot end in two ways (``\\d+-``) is harmless.
One that can (``.*x``) multiplies the work by the length of the text, and one of those inside another may take forever.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from engine.feel.context import Refused
from engine.feel.functions.characters import ESCAPED_CLASSES, category

_QUANTIFIER: Final = re.compile(r"(?:([*+?])|\{(\d{1,4})(?:(,)(\d{0,4}))?\})(\??)", re.ASCII)
_CATEGORY: Final = re.compile(r"\{([LMNPZSC][a-z]?|Is[A-Za-z0-9\-]+)\}")
_MOST_COPIES: Final = 1000
_ANYTHING: Final = r"[\s\S]"
_DIGITS: Final = frozenset("123456789")
_SPECIAL: Final = frozenset("\\|.?*+(){}[]^-$")
_SAMPLES: Final = "".join(map(chr, range(0x17F))) + "Жя中あ한א\u0300\u2028\u3000😀"


@dataclass(frozen=True, slots=True)
class Translation:
    """``text``: Python's pattern. On a text of n characters a search takes up to ``factor`` * n ** ``degree`` steps, or,
    where it is ``exponential``, 2 ** n.
    """

    text: str
    degree: int
    factor: int = 1
    exponential: bool = False


@dataclass(frozen=True, slots=True)
class _Open:
    """A repetition, or something that may be left out, whose end is not yet known to be unique.

    ``text``: what it starts another round with, one character; ``choices``: how often it can stop, 0 without limit.
    """

    text: str
    choices: int


@dataclass(slots=True)
class _Group:
    """A group that is being read: its number, what is open before it and at the end of its alternatives, and their starts."""

    number: int
    before: list[_Open] = field(default_factory=list)
    ends: list[_Open] = field(default_factory=list)
    firsts: list[str | None] = field(default_factory=lambda: [None])
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class _Repeat:
    """A quantifier, or none: ``choices`` as above (1: none), whether more than one round is possible, or none at all."""

    choices: int = 1
    again: bool = False
    optional: bool = False


def _fail(reason: str) -> Refused:
    return Refused("PATTERN_REFUSED", reason=reason)


def disjoint(left: str, right: str) -> bool:
    """Whether no character matches both of two patterns of one character each, judged by a sample of characters."""
    return not set(re.findall(left, _SAMPLES, re.DOTALL)) & set(re.findall(right, _SAMPLES, re.DOTALL))


class _Translator:
    """Walks over a pattern, writes Python's, and keeps what is open."""

    def __init__(self, pattern: str, multiline: bool) -> None:
        self.pattern = pattern
        self.multiline = multiline
        self.index = 0
        self.written: list[str] = []
        self.groups = [_Group(0)]
        self.closed: set[int] = set()
        self.count = 0
        self.ambiguous = 0
        self.factor = 1
        # Whether a harmless repetition follows the last ambiguous one, and something after it that can fail.
        self.repeats_last = False
        self.exponential = False
        self.open: list[_Open] = []

    def run(self) -> Translation:
        while self.index < len(self.pattern):
            self._piece(self.pattern[self.index])
        if len(self.groups) > 1:
            raise _fail("a ( is never closed")
        anchored = self.pattern.startswith("^") and not self.multiline and len(self.groups[0].firsts) == 1
        degree = self.ambiguous + self.repeats_last + (not anchored)
        return Translation("".join(self.written), degree, self.factor, self.exponential)

    def _piece(self, character: str) -> None:
        if character == "(":
            self._enter()
        elif character == ")":
            self._leave()
        elif character == "|":
            self._alternative()
        elif character == "^":
            self._write(r"(?:\A|(?<=\n)(?=[\s\S]))" if self.multiline else r"\A")
        elif character == "$":
            self.repeats_last = self.repeats_last or bool(self.open)
            self.open = []
            self._write(r"(?=\n|\Z)" if self.multiline else r"\Z")
        elif character in "*+?{}]":
            raise _fail("a repetition or a bracket needs something before it, or a \\")
        elif character == "\\" and self.pattern[self.index + 1 : self.index + 2] in _DIGITS:
            self._back_reference()
        else:
            self._atom(self._single(character))

    def _write(self, text: str) -> None:
        self.written.append(text)
        self.index += 1

    def _settle(self, following: str | None, optional: bool = False) -> None:
        """What is open is followed by this: it is harmless only if the two share no character."""
        kept = []
        for repeated in self.open:
            if following is None or not disjoint(repeated.text, following):
                self._note_ambiguous(repeated.choices)
            elif optional:
                kept.append(repeated)
            elif repeated.choices == 0:
                self.repeats_last = True
        self.open = kept

    def _note_ambiguous(self, choices: int) -> None:
        for group in self.groups:
            group.ambiguous = True
        if choices:
            self.factor = min(self.factor * choices, 10**12)
        else:
            self.ambiguous += 1
            self.repeats_last = False

    # -- groups --------------------------------------------------------------------------------------------------------

    def _enter(self) -> None:
        if self.pattern.startswith("(?", self.index):
            if not self.pattern.startswith("(?:", self.index):
                raise _fail("(? is only known as (?:")
            self.written.append("(?:")
            self.index += 3
            number = 0
        else:
            self._write("(")
            self.count += 1
            number = self.count
        self.groups.append(_Group(number, list(self.open)))

    def _alternative(self) -> None:
        group = self.groups[-1]
        group.ends += self.open
        self.open = list(group.before)
        group.firsts.append(None)
        self._write("|")

    def _leave(self) -> None:
        if len(self.groups) == 1:
            raise _fail("a ) was never opened")
        group = self.groups.pop()
        self._write(")")
        if group.number:
            self.closed.add(group.number)
        self.open += group.ends
        if not _distinct(group.firsts):
            group.ambiguous = True
            self._note_ambiguous(len(group.firsts))
        first = None if None in group.firsts else "|".join(f"(?:{text})" for text in group.firsts)
        repeat = self._quantifier()
        if repeat.again:
            clash = any(first is None or not disjoint(end.text, first) for end in self.open)
            self.exponential = self.exponential or group.ambiguous or clash
        self._begin(None if repeat.optional else first)
        if repeat.optional:
            self.open += group.before
        if repeat.choices != 1:
            if first is None:
                self._note_ambiguous(repeat.choices)
            else:
                self.open.append(_Open(first, repeat.choices))

    def _begin(self, text: str | None) -> None:
        """Notes what an alternative starts with; anything, where that could be left out."""
        firsts = self.groups[-1].firsts
        if firsts[-1] is None:
            firsts[-1] = _ANYTHING if text is None else text

    # -- single characters ---------------------------------------------------------------------------------------------

    def _atom(self, text: str) -> None:
        self.written.append(text)
        repeat = self._quantifier()
        self._settle(text, repeat.optional)
        self._begin(None if repeat.optional else text)
        if repeat.choices != 1:
            self.open.append(_Open(text, repeat.choices))

    def _quantifier(self) -> _Repeat:
        """Takes a quantifier if there is one."""
        match = _QUANTIFIER.match(self.pattern, self.index)
        if match is None:
            return _Repeat()
        self.index = match.end()
        self.written.append(match.group())
        sign, least, comma, most, _ = match.groups()
        if sign:
            return _Repeat(2 if sign == "?" else 0, sign != "?", sign in "*?")
        low = int(least)
        high = int(most) if most else low
        if high > _MOST_COPIES:
            raise _fail(f"it repeats more than {_MOST_COPIES} times")
        if comma and not most:
            return _Repeat(0, True, low == 0)
        return _Repeat(max(high - low + 1, 1), high > 1, low == 0)

    def _back_reference(self) -> None:
        digits = self.pattern[self.index + 1 :]
        digits = digits[: len(digits) - len(digits.lstrip("0123456789"))]
        while len(digits) > 1 and int(digits) > self.count:
            digits = digits[:-1]
        if int(digits) not in self.closed:
            raise _fail("a back-reference refers to no group before it")
        self.index += 1 + len(digits)
        # A group that took no part stands for the empty text.
        self.written.append(f"(?({digits})\\{digits}|)")
        self._settle(None)
        self._note_ambiguous(0)
        self._begin(None)
        self.exponential = self.exponential or self._quantifier().again

    def _single(self, character: str) -> str:
        if character == "\\":
            return self._escape()
        if character == "[":
            return self._class()
        self.index += 1
        return "." if character == "." else re.escape(character)

    def _escape(self) -> str:
        """An escape outside of brackets."""
        members, negated, categorical = self._escaped_members()
        text = f"[{'^' if negated else ''}{members}]"
        return f"(?-i:{text})" if categorical else text

    def _escaped_members(self) -> tuple[str, bool, bool]:
        """The members of an escape, as the inside of brackets; whether it means all others; whether it is a category.

        A category keeps apart upper and lower case, even under the flag i.
        """
        character = self.pattern[self.index + 1 : self.index + 2]
        self.index += 2
        if character and character in "pP":
            match = _CATEGORY.match(self.pattern, self.index)
            if match is None:
                raise _fail("an unknown category of characters")
            self.index = match.end()
            return category(match[1]), character == "P", True
        if character and character.lower() in ESCAPED_CLASSES:
            return ESCAPED_CLASSES[character.lower()](), character.isupper(), False
        if character and character in "nrt":
            return "\\" + character, False, False
        if character in _SPECIAL:
            return re.escape(character), False, False
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
            text, apart = self._member()
            (others if apart else members).append(text)
        self.index += 1
        return _class_text(members, others, negated)

    def _member(self) -> tuple[str, bool]:
        """One member of a class, or a range of characters, and whether it needs brackets of its own, which it then has."""
        start = self._class_character()
        if isinstance(start, tuple):
            text, negated, categorical = start
            alone = f"[{'^' if negated else ''}{text}]"
            return (f"(?-i:{alone})" if categorical else alone, True) if negated or categorical else (text, False)
        after = self.pattern[self.index + 1 : self.index + 2]
        if not self.pattern.startswith("-", self.index) or after in ("]", "[", ""):
            return re.escape(start), False
        self.index += 1
        end = self._class_character()
        if isinstance(end, tuple) or end < start:
            raise _fail("a range in brackets has no order")
        return f"{re.escape(start)}-{re.escape(end)}", False

    def _class_character(self) -> str | tuple[str, bool, bool]:
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
    """Brackets for members, or for those that have brackets of their own."""
    if not others:
        return f"[{'^' if negated else ''}{''.join(members)}]"
    choices = others + ([f"[{''.join(members)}]"] if members else [])
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
