"""One rule of the linter, as data."""

from __future__ import annotations

from dataclasses import dataclass

from engine.bpmn.model import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """`message` and `message_zh` are `str.format` templates over the problem's data, plus `{id}` and `{name}` of the
    element."""

    id: str
    severity: Severity
    message: str
    message_zh: str
    why: str
    """Why it matters and what to do, one or two sentences for docs/lint.md."""
    why_zh: str
    part: str = ""
    """Name of the module that states it: the part of docs/lint.md where it stands."""
