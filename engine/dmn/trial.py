"""Small evaluations while a model is checked: constants, lists of values, tests of one value; each on a short budget."""

from __future__ import annotations

from typing import Any

from engine import feel
from engine.dmn.env import Env
from engine.dmn.model import Literal, TableOutput

# What an author writes as a constant needs a handful of steps; a check has thousands of them to go through.
BRIEF = feel.Context(budget=feel.Budget(steps=1_000, depth=8, list_size=1_000, text_length=10_000))


def passes(tests: feel.UnaryTests, value: Any) -> bool:
    """Whether a value passes tests that read nothing else; what cannot be told within the budget does not pass."""
    try:
        return tests.evaluate(value, {}, BRIEF).value is True
    except feel.FeelBudgetError:
        return False


def constant_of(text: str) -> Any:
    """The value of an expression that reads nothing; None if it is null, must be computed, or is no FEEL."""
    if not text.strip():
        return None
    try:
        parsed = feel.parse(text)
        return None if parsed.reads or parsed.calls else parsed.evaluate({}, BRIEF).value
    except feel.FeelError:
        return None


def constant(entry: Literal) -> Any:
    """An output entry's value if it is a constant, else None."""
    return constant_of(entry.text)


def ranked_values(output: TableOutput, env: Env) -> list[Any]:
    """An output column's values, highest priority first: those it lists, else those that its type allows."""
    item = env.types.item(output.type_ref)
    return listed_values(output.allowed or (item.allowed if item else None), env)


def listed_values(text: str | None, env: Env) -> list[Any]:
    """The values of an output column's or type's list, in order; nothing where there is none or it cannot be read."""
    if not text:
        return []
    try:
        listed = feel.parse(f"[{text}]", names=env.names).evaluate({}, BRIEF).value
    except feel.FeelError:
        return []
    return listed if isinstance(listed, list) else []
