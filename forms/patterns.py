"""Which regular expressions a form may use: a subset that Python and browsers read alike, and that cannot run away.

Backtracking takes at most as many tries as there are ways to split an answer over the pattern's quantifiers and
alternatives. That number is bounded here before the pattern is ever run, for the greatest length that an answer may
have (CWE-1333).
"""

from __future__ import annotations

import re
from functools import lru_cache

MAX_PATTERN = 500
MAX_WAYS = 2_000_000
MAX_DEPTH = 10
LENGTHS = (10_000, 2_000, 1_000, 500, 200, 120, 64, 32)
_ESCAPES = frozenset("dDwWsS.\\/-+*?()[]{}|^$tnr")
_CODE_POINT = re.compile(r"u[0-9a-fA-F]{4}")
_QUANTIFIER = re.compile(r"\{(\d{1,4})(,(\d{0,4}))?\}")


class UnsafePattern(ValueError):
    """The pattern is outside the subset or could take too long; carries an English and a Chinese sentence."""

    def __init__(self, message: str, zh: str) -> None:
        super().__init__(message)
        self.zh = zh


def _refuse(what: str, zh: str) -> UnsafePattern:
    return UnsafePattern(f"The pattern {what}.", f"正则表达式{zh}。")


class _Ways:
    """Walks the pattern once and counts the ways in which a text of `length` characters could be split over it."""

    def __init__(self, pattern: str, length: int) -> None:
        self.text = pattern
        self.at = 0
        self.length = length

    def total(self) -> int:
        ways = self._alternatives(0)
        if self.at < len(self.text):
            raise _refuse("has a closing bracket too many", "多了一个右括号")
        # Without an anchor every position of the text is a start.
        return ways if self.text.startswith("^") and ways >= 0 else self._cap(ways * (self.length + 1))

    @staticmethod
    def _cap(ways: int) -> int:
        return min(ways, MAX_WAYS + 1)

    def _alternatives(self, depth: int) -> int:
        if depth > MAX_DEPTH:
            raise _refuse("is nested too deeply", "嵌套过深")
        ways = self._sequence(depth)
        while self.at < len(self.text) and self.text[self.at] == "|":
            self.at += 1
            if depth == 0 and self.text.startswith("^"):
                raise _refuse(
                    "has an anchor that covers only one alternative; put the alternatives in (…)",
                    "的 ^ 只作用于第一个分支，请把各分支放入括号",
                )
            ways = self._cap(ways + self._sequence(depth))
        return ways

    def _sequence(self, depth: int) -> int:
        ways = 1
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            ways = self._cap(ways * self._quantified(self._atom(depth)))
        return ways

    def _atom(self, depth: int) -> int:
        char = self.text[self.at]
        self.at += 1
        if char == "(":
            return self._group(depth)
        if char == "[":
            self._char_class()
        elif char == "\\":
            self._escape()
        elif char in "*+?{}":
            raise _refuse(f"has '{char}' where nothing can be repeated", f"中的“{char}”前没有可重复的内容")
        elif char == "]":
            raise _refuse("has ']' without '['", "缺少左方括号")
        return 1

    def _group(self, depth: int) -> int:
        if self.text.startswith("?", self.at):
            if not self.text.startswith("?:", self.at):
                raise _refuse("may use only plain groups (…) and (?:…)", "只能使用普通分组 (…) 和 (?:…)")
            self.at += 2
        ways = self._alternatives(depth + 1)
        if self.at >= len(self.text):
            raise _refuse("has an opening bracket too many", "缺少右括号")
        self.at += 1
        return ways

    def _char_class(self) -> None:
        if self.text.startswith("^", self.at):
            self.at += 1
        start = self.at
        while self.at < len(self.text) and self.text[self.at] != "]":
            if self.text[self.at] == "[":
                raise _refuse("must write '[' inside [...] as '\\['", "在方括号内须把“[”写作“\\[”")
            self.at += 1
            if self.text[self.at - 1] == "\\":
                self._escape()
        if self.at >= len(self.text) or self.at == start:
            raise _refuse("has an empty or unclosed [...]", "中的方括号为空或未关闭")
        self.at += 1

    def _escape(self) -> None:
        unicode = _CODE_POINT.match(self.text, self.at)
        if unicode is not None:
            self.at = unicode.end()
            return
        if self.at >= len(self.text) or self.text[self.at] not in _ESCAPES:
            raise _refuse(
                "may use only \\d \\w \\s, their capitals, \\u4e00 and escaped punctuation",
                "只能使用 \\d \\w \\s 及其大写形式、\\u4e00 和转义标点",
            )
        self.at += 1

    def _quantified(self, ways: int) -> int:
        if self.at >= len(self.text) or self.text[self.at] not in "*+?{":
            return ways
        low, high = self._bounds()
        if self.text.startswith("?", self.at):
            self.at += 1
        if self.at < len(self.text) and self.text[self.at] in "*+?{":
            raise _refuse("has two quantifiers in a row", "中有两个连续的量词")
        if high < low:
            raise _refuse("has a quantifier whose end is below its start", "中量词的上限小于下限")
        high = min(high, max(self.length, low))
        if ways == 1:
            return high - low + 1
        total, power = 0, 1
        for count in range(high + 1):
            total = self._cap(total + power) if count >= low else 0
            power = self._cap(power * ways)
            if total > MAX_WAYS or power > MAX_WAYS:
                return MAX_WAYS + 1
        return total

    def _bounds(self) -> tuple[int, int]:
        char = self.text[self.at]
        if char != "{":
            self.at += 1
            return {"*": (0, self.length), "+": (1, max(self.length, 1)), "?": (0, 1)}[char]
        found = _QUANTIFIER.match(self.text, self.at)
        if found is None:
            raise _refuse("has '{' that is not a quantifier; write '\\{'", "中的“{”不是量词，请写作“\\{”")
        self.at = found.end()
        low = int(found[1])
        return low, low if found[2] is None else int(found[3]) if found[3] else max(self.length, low)


def vet(pattern: str, max_length: int | None) -> int:
    """The greatest answer length (characters) for which `pattern` is safe, at most `max_length`.

    With `max_length` None the greatest of `LENGTHS` that is safe. Raises `UnsafePattern`.
    """
    if len(pattern) > MAX_PATTERN:
        raise _refuse(f"is longer than {MAX_PATTERN} characters", f"超过 {MAX_PATTERN} 个字符")
    for length in LENGTHS if max_length is None else (max_length,):
        if _Ways(pattern, length).total() <= MAX_WAYS:
            compiled(pattern)
            return length
    raise _refuse(
        "could take too long (quantifiers within quantifiers, or too many of them); simplify it or lower maxLength",
        "可能耗时过长（量词嵌套或过多），请简化或设置更小的 maxLength",
    )


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    """`pattern` with the meaning it has in a browser: `\\d` and `\\w` are ASCII, `$` is the very end."""
    out, at = [], 0
    while at < len(pattern):
        step = 2 if pattern[at] == "\\" else 1
        piece = pattern[at : at + step]
        out.append(piece)
        at += step
    text = "".join(r"\Z" if piece == "$" and not _in_class(out, index) else piece for index, piece in enumerate(out))
    try:
        return re.compile(text, re.ASCII)
    except (re.error, RecursionError, OverflowError) as error:
        raise _refuse(f"is not a regular expression ({error})", "不是有效的正则表达式") from None


def _in_class(pieces: list[str], index: int) -> bool:
    """Whether piece `index` stands inside [...]."""
    inside = False
    for piece in pieces[:index]:
        inside = piece == "[" or (inside and piece != "]")
    return inside
