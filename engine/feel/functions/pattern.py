"""Patterns of ``matches``, ``replace`` and ``split`` (XPath's flavour) on Python's re, within bounds.

re tries one way after the other, so that a pattern can take longer than anybody waits. What a pattern may cost is known
from its text (:mod:`engine.feel.functions.pattern_text`); a text that is too long for it is refused, with the reason.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from engine.feel.context import Refused, Run
from engine.feel.functions.pattern_text import Translation, translate, without_space

_LONGEST_PATTERN: Final = 1000
_LONGEST_TEXT: Final = 100_000
_LONGEST_EXPLODING: Final = 20
_MOST_STEPS: Final = 100_000_000
# So many of a pattern's small steps count as one of the budget's.
_PER_STEP: Final = 5000
_FLAGS: Final = {"i": re.IGNORECASE, "s": re.DOTALL}


def compile_pattern(run: Run, pattern: str, flags: str, text: str) -> re.Pattern[str]:
    """A pattern that may be run on a text; what it may cost counts as steps.

    Raises Refused with the reason otherwise: PATTERN_REFUSED, or PATTERN_TOO_SLOW for this text.
    """
    if len(pattern) > _LONGEST_PATTERN:
        raise Refused("PATTERN_REFUSED", reason=f"it is longer than {_LONGEST_PATTERN} characters")
    compiled, cost = _compiled(pattern, flags)
    length = len(text)
    exploding = cost.exponential and length <= _LONGEST_EXPLODING
    steps = 16 * 2**length if exploding else cost.factor * length**cost.degree
    if length > _LONGEST_TEXT or steps > _MOST_STEPS or (cost.exponential and not exploding):
        raise Refused("PATTERN_TOO_SLOW", length=length)
    run.step(steps // _PER_STEP)
    return compiled


@lru_cache(maxsize=512)
def _compiled(pattern: str, flags: str) -> tuple[re.Pattern[str], Translation]:
    number = 0
    for flag in flags:
        if flag not in "imsxq":
            raise Refused("PATTERN_REFUSED", reason="a flag is unknown")
        number |= _FLAGS.get(flag, 0)
    if "q" in flags:
        translation = Translation(re.escape(pattern), 1)
    else:
        translation = translate(without_space(pattern) if "x" in flags else pattern, "m" in flags)
    try:
        return re.compile(translation.text, number), translation
    except (re.error, OverflowError, RecursionError) as error:
        raise Refused("PATTERN_REFUSED", reason="it is not valid") from error


def replacement_of(text: str, flags: str, groups: int) -> Callable[[re.Match[str]], str]:
    """What replaces a match: ``$1`` is a group, ``\\$`` and ``\\\\`` are the characters themselves."""
    if "q" in flags:
        return lambda _match: text
    parts: list[str | int] = []
    rest = text
    while rest:
        literal = re.match(r"[^\\$]+", rest)
        if literal is not None:
            parts.append(literal.group())
            rest = rest[literal.end() :]
        elif rest[0] == "\\" and rest[1:2] in ("\\", "$"):
            parts.append(rest[1])
            rest = rest[2:]
        elif rest[0] == "$" and (digits := re.match(r"\d+", rest[1:], re.ASCII)) is not None:
            number, used = _group(digits.group(), groups)
            parts.append(number)
            rest = rest[1 + used :]
        else:
            raise Refused(
                "PATTERN_REFUSED", reason="a $ or \\ in the replacement needs a group number or a \\ before it"
            )
    return lambda match: "".join(part if isinstance(part, str) else match_group(match, part) for part in parts)


def _group(digits: str, groups: int) -> tuple[int, int]:
    """The longest number that is a group's; what follows it is text."""
    used = len(digits)
    while used > 1 and int(digits[:used]) > groups:
        used -= 1
    return int(digits[:used]), used


def match_group(match: re.Match[str], number: int) -> str:
    """A group's text; nothing where it did not take part or there is none such."""
    return (match.group(number) or "") if number <= match.re.groups else ""
