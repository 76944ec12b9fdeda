"""Everything that a diagram can be told: rule id, severity, sentence in both languages, and why it matters.

Reader, dialects and linter make every `Problem` through `problem()`, so that no sentence exists twice and
`docs/lint.md` can be written from this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.bpmn.model import Problem
from engine.bpmn.rules.events import EVENTS
from engine.bpmn.rules.flow import FLOW
from engine.bpmn.rules.reading import READING
from engine.bpmn.rules.rule import Rule
from engine.bpmn.rules.structure import STRUCTURE
from engine.bpmn.rules.tasks import TASKS
from engine.bpmn.rules.vendors import VENDORS

_PARTS = {
    "reading": READING,
    "structure": STRUCTURE,
    "events": EVENTS,
    "tasks": TASKS,
    "flow": FLOW,
    "vendors": VENDORS,
}
RULES: Mapping[str, Rule] = {rule.id: replace(rule, part=part) for part, rules in _PARTS.items() for rule in rules}

__all__ = ["RULES", "Rule", "problem"]


def problem(
    rule: str,
    data: Mapping[str, object] | None = None,
    /,
    *,
    file: str = "",
    line: int | None = None,
    element_id: str | None = None,
    element_name: str | None = None,
) -> Problem:
    """A problem of the rule, its sentences filled from `data`. Raises KeyError for a rule that is not in the table."""
    chosen = RULES[rule]
    words = {"id": element_id or "", "name": element_name or element_id or "", **(data or {})}
    return Problem(
        severity=chosen.severity,
        rule=chosen.id,
        message=chosen.message.format_map(words),
        message_zh=chosen.message_zh.format_map(words),
        file=file,
        line=line,
        element_id=element_id,
        element_name=element_name or None,
        data=data or {},
    )
