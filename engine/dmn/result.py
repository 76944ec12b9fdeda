"""What an evaluation answers: the value, and everything a history or a curious person wants to know about how it came
to be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A rule that fired: the table's XML id, the rule's number (from 1) and XML id."""

    table: str
    number: int
    rule: str


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """One decision of the graph as it was evaluated, in the order of evaluation.

    `inputs` are the values that it was given, by name; `rules` are the numbers of its table's rules that fired,
    `rule_ids` their XML ids; both are empty for a decision that is not a table. `tables` lists every firing rule,
    also of tables inside boxed expressions and functions.
    """

    decision: str
    name: str
    inputs: Mapping[str, Any]
    value: Any
    rules: tuple[int, ...] = ()
    rule_ids: tuple[str, ...] = ()
    tables: tuple[RuleHit, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The answer to one question.

    `value` is null (None) when nothing matched and also when the model contradicts itself; then `problems` says why.
    The problems are sentences; each is a `Problem` with its Chinese twin in `.zh`.
    """

    value: Any
    decision: str
    inputs: Mapping[str, Any]
    evaluated: tuple[DecisionResult, ...] = ()
    problems: tuple[str, ...] = field(default=())
