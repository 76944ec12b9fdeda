"""What a script can do wrong, before it runs and while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.errors import FacetError


@dataclass(frozen=True, slots=True)
class ScriptProblem:
    """Something about a script that a person should know before it is deployed. Errors refuse it, warnings do not."""

    line: int
    """Line of the script, from 1."""
    message: str
    message_zh: str
    rule: str
    """Rule id in kebab case."""
    severity: Literal["error", "warning"] = "error"

    @property
    def zh(self) -> str:
        """The Chinese sentence, under the name that errors give it."""
        return self.message_zh


class ScriptError(FacetError):
    """A script did not get to its end; nothing that it assigned was kept.

    `line` is the line of the script (from 1; None where no line is to blame) and `text` that line.
    """

    code = "script-failed"
    status = 422

    def __init__(self, message: str, zh: str, *, line: int | None = None, text: str = "") -> None:
        super().__init__(message, zh, data={"line": line, "text": text})
        self.line = line
        self.text = text


class ScriptTimeout(ScriptError):
    """It ran longer than it may."""


class ScriptBusy(ScriptError):
    """No sandbox became free in time: nothing is wrong with the script."""

    status = 503
