"""What compiling knows, and the simplest program of all: a FEEL text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine import feel
from engine.dmn import model
from engine.dmn.run import Program, Run, Scope
from engine.dmn.types import Types
from engine.feel.syntax.nodes import TypeNode


@dataclass(frozen=True, slots=True)
class Env:
    """What is known while compiling: names in scope with their declared types, the model's types, whom to name in problems."""

    names: frozenset[str]
    types: Types
    element: str
    label: str
    kinds: Mapping[str, str | None] = field(default_factory=dict)

    def knowing(self, *names: str, kinds: Mapping[str, str | None] | None = None) -> Env:
        """The same with more names in scope; `kinds` are the declared types of those that have one."""
        known = {name: kind for name, kind in self.kinds.items() if name not in names}
        return replace(self, names=self.names.union(names), kinds={**known, **(kinds or {})})


def nothing(_scope: Scope, _run: Run) -> Any:
    """The program of an expression that is not there: null."""
    return None


def typed(program: Program, type_ref: str | TypeNode | None, env: Env) -> Program:
    """The program with its result converted to the type, or null and a problem (clause 10.3.2.9.4)."""
    coerce = env.types.coercion(type_ref)
    if coerce is None:
        return program

    def run_typed(scope: Scope, run: Run) -> Any:
        value = program(scope, run)
        return value if value is None else coerce(value, run, env.element, env.label)

    return run_typed


def compile_literal(expression: model.Literal, env: Env) -> Program:
    """The program of a FEEL text, without regard to its declared type; a text that cannot be read gives null and says
    so.
    """
    text = expression.text.strip()
    if not text:
        return nothing
    try:
        parsed = feel.parse(text, names=env.names)
    except feel.FeelSyntaxError as error:
        return _unreadable(error, text, env)
    evaluate = parsed.evaluate

    def run_literal(scope: Scope, run: Run) -> Any:
        value, warnings = evaluate(scope, run.context)
        if warnings:
            explain(warnings, run, env)
        return value

    return run_literal


def _unreadable(error: feel.FeelError, text: str, env: Env) -> Program:
    english, chinese = error.text("en"), error.text("zh")

    def run_unreadable(_scope: Scope, run: Run) -> Any:
        run.problem(
            f'{env.label}: the expression "{text}" cannot be read. {english}',
            f"{env.label}：表达式“{text}”无法解析。{chinese}",
            code="dmn.syntax",
            element=env.element,
        )

    return run_unreadable


def explain(warnings: Sequence[Any], run: Run, env: Env) -> None:
    """FEEL's warnings become problems of the decision being made."""
    for warning in warnings:
        run.problem(
            f"{env.label}: {warning.text('en')}",
            f"{env.label}：{warning.text('zh')}",
            code=f"feel.{warning.code.lower()}",
            element=env.element,
        )
