"""Sets of characters for patterns: Unicode categories and the escapes of XML Schema."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import chain
from typing import Final

from engine.feel.context import Refused

# Everything assigned lies here, except for the private planes at the end.
_ASSIGNED: Final = ((0, 0x32400), (0xE0000, 0xE0200))
_PRIVATE: Final = (0xF0000, 0x10FFFF)
_NAME_START: Final = (
    r":A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D\u2070-\u218F\u2C00-\u2FEF"
    r"\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)


_BLOCKS: Final[Mapping[str, tuple[int, int]]] = {
    "BasicLatin": (0x0000, 0x007F),
    "Latin-1Supplement": (0x0080, 0x00FF),
    "LatinExtended-A": (0x0100, 0x017F),
    "LatinExtended-B": (0x0180, 0x024F),
    "IPAExtensions": (0x0250, 0x02AF),
    "CombiningDiacriticalMarks": (0x0300, 0x036F),
    "Greek": (0x0370, 0x03FF),
    "GreekandCoptic": (0x0370, 0x03FF),
    "Cyrillic": (0x0400, 0x04FF),
    "Armenian": (0x0530, 0x058F),
    "Hebrew": (0x0590, 0x05FF),
    "Arabic": (0x0600, 0x06FF),
    "Devanagari": (0x0900, 0x097F),
    "Thai": (0x0E00, 0x0E7F),
    "Georgian": (0x10A0, 0x10FF),
    "HangulJamo": (0x1100, 0x11FF),
    "LatinExtendedAdditional": (0x1E00, 0x1EFF),
    "GreekExtended": (0x1F00, 0x1FFF),
    "GeneralPunctuation": (0x2000, 0x206F),
    "CurrencySymbols": (0x20A0, 0x20CF),
    "LetterlikeSymbols": (0x2100, 0x214F),
    "NumberForms": (0x2150, 0x218F),
    "Arrows": (0x2190, 0x21FF),
    "MathematicalOperators": (0x2200, 0x22FF),
    "CJKSymbolsandPunctuation": (0x3000, 0x303F),
    "Hiragana": (0x3040, 0x309F),
    "Katakana": (0x30A0, 0x30FF),
    "CJKUnifiedIdeographsExtensionA": (0x3400, 0x4DBF),
    "CJKUnifiedIdeographs": (0x4E00, 0x9FFF),
    "HangulSyllables": (0xAC00, 0xD7AF),
    "CJKCompatibilityIdeographs": (0xF900, 0xFAFF),
    "HalfwidthandFullwidthForms": (0xFF00, 0xFFEF),
}


@lru_cache(maxsize=64)
def category(name: str) -> str:
    """The characters of a Unicode category (``Lu``), a family of them (``L``) or a block (``IsGreek``), as inside of brackets.

    Raises Refused for a block that is not known.
    """
    if not name.startswith("Is"):
        return _members((name,))
    if name[2:] not in _BLOCKS:
        raise Refused("PATTERN_REFUSED", reason="an unknown category of characters")
    first, last = _BLOCKS[name[2:]]
    return f"\\U{first:08x}-\\U{last:08x}"


@lru_cache(maxsize=1)
def word() -> str:
    """``\\w``: everything but punctuation, separators and others (XML Schema: the underscore is punctuation)."""
    return _members(("L", "M", "N", "S"))


def _members(names: tuple[str, ...]) -> str:
    ranges: list[tuple[int, int]] = []
    codes: Iterable[int] = chain.from_iterable(range(first, last) for first, last in _ASSIGNED)
    for code in codes:
        if not unicodedata.category(chr(code)).startswith(names):
            continue
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1] = ranges[-1][0], code
        else:
            ranges.append((code, code))
    if any("Co".startswith(name) for name in names):
        ranges.append(_PRIVATE)
    if any("Cn".startswith(name) for name in names):
        ranges += [(0x32400, 0xDFFFF), (0xE0200, 0xEFFFF)]
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges) or "\\U0010ffff-\\U0010ffff"


ESCAPED_CLASSES: Final[Mapping[str, Callable[[], str]]] = {
    "i": lambda: _NAME_START,
    "c": lambda: _NAME_START + r"\-.0-9\u00B7\u0300-\u036F\u203F-\u2040",
    "d": lambda: r"\d",
    "s": lambda: r" \t\n\r",
    "w": word,
}
"""What ``\\i``, ``\\c``, ``\\d``, ``\\s`` and ``\\w`` stand for, as the inside of brackets."""
