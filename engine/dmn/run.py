"""One evaluation under way: what it may use, what went wrong, which rules fired."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import feel
from engine.dmn.errors import Problem
from engine.dmn.result import DecisionResult, RuleHit

MAX_PROBLEMS = 50

Scope = Mapping[str, Any]


@dataclass(slots=True)
class Run:
    """Carried through one evaluation; `context` shares one budget between all expressions of the model."""

    context: feel.Context
    problems: list[Problem] = field(default_factory=list)
    results: list[DecisionResult] = field(default_factory=list)
    hits: list[RuleHit] = field(default_factory=list)

    def problem(self, text: str, zh: str, *, code: str, element: str) -> None:
        """Notes why something is null; a repeated sentence is noted once."""
        found = Problem(text, zh, code=code, element_id=element)
        if len(self.problems) < MAX_PROBLEMS and found not in self.problems:
            self.problems.append(found)


Program = Callable[[Scope, Run], Any]
