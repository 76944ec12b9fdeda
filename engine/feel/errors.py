"""What FEEL reports: syntax errors, exhausted budgets and the warnings that explain a null.

Every report has a code for programs and a sentence for people in English (``message``) and Simplified Chinese (``text("zh")``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple

from engine.feel.messages import MESSAGES
from engine.feel.phrases import chinese


class Position(NamedTuple):
    """A place in an expression: ``offset`` counts from 0, ``line`` and ``column`` from 1."""

    offset: int
    line: int
    column: int


def position_at(text: str, offset: int) -> Position:
    """The line and column of an offset into an expression's text."""
    before = text[:offset]
    line = before.count("\n") + 1
    return Position(offset, line, offset - (before.rfind("\n") + 1) + 1)


def nearest(name: str, known: tuple[str, ...]) -> str | None:
    """The known name that a person most likely meant, or None where nothing is close."""
    exact = [candidate for candidate in known if candidate.lower() == name.lower() and candidate != name]
    if exact:
        return exact[0]
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    return close[0] if close else None


def sentence(code: str, details: Mapping[str, object], language: str = "en") -> str:
    """The sentence for a code in a language ("en", "zh"); unknown languages read English."""
    english, in_chinese = MESSAGES[code]
    if language.startswith("zh"):
        return in_chinese.format(**{name: chinese(detail) for name, detail in details.items()})
    return english.format(**details)


class FeelError(Exception):
    """Something that FEEL refuses. ``code`` names the reason, ``message`` says it in English.

    ``text("zh")`` gives the same sentence in Simplified Chinese.
    """

    def __init__(self, code: str, **details: object) -> None:
        self.code = code
        self.details = details
        self.message = sentence(code, details)
        super().__init__(self.message)

    def text(self, language: str = "en") -> str:
        """The sentence in a language: "en" or "zh"."""
        return sentence(self.code, self.details, language)


class FeelSyntaxError(FeelError):
    """Text that is not FEEL: where it stops being FEEL, what was expected and what was found there.

    ``nearest`` is the known name or keyword that was probably meant, or None.
    """

    def __init__(
        self,
        code: str,
        position: Position,
        *,
        expected: str = "",
        found: str = "",
        nearest: str | None = None,
        **details: object,
    ) -> None:
        self.position = position
        self.line = position.line
        self.column = position.column
        self.expected = expected
        self.found = found
        self.nearest = nearest
        super().__init__(
            code,
            line=position.line,
            column=position.column,
            expected=expected,
            found=found,
            nearest=nearest or "",
            **details,
        )


class FeelBudgetError(FeelError):
    """An evaluation that asked for more than its :class:`Budget` allows; nothing was returned."""


@dataclass(frozen=True, slots=True)
class Warning_:  # noqa: N801 - the plain name is Python's own
    """Why an evaluation gave null somewhere.

    ``code`` is stable; ``message`` is the English sentence, ``text("zh")`` the Chinese one. ``position`` is where in the
    expression, None where the value came from outside it.
    """

    code: str
    details: Mapping[str, object] = field(default_factory=dict)
    position: Position | None = None

    @property
    def message(self) -> str:
        """The sentence in English."""
        return self.text("en")

    def text(self, language: str = "en") -> str:
        """The sentence in a language: "en" or "zh"; with the nearest known name where a name was missing."""
        details = dict(self.details)
        known = details.pop("known", ())
        said = sentence(self.code, details, language)
        close = nearest(str(details.get("name", "")), known) if isinstance(known, tuple) else None
        if close is None:
            return said
        return said + (f"您是不是想写“{close}”?" if language.startswith("zh") else f' Did you mean "{close}"?')
