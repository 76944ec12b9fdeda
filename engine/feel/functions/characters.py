"""Sets of characters for patterns: Unicode categories and the escapes of XML Schema."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import chain
from typing import Final

# Everything assigned lies here, except for the private planes at the end.
_ASSIGNED: Final = ((0, 0x32400), (0xE0000, 0xE0200))
_PRIVATE: Final = (0xF0000, 0x10FFFF)
_NAME_START: Final = (
    r":A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D\u2070-\u218F\u2C00-\u2FEF"
    r"\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)


@lru_cache(maxsize=64)
def category(name: str) -> str:
    """The characters of a Unicode category (``Lu``) or of a family of them (``L``), as the inside of brackets."""
    return _members((name,))


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
