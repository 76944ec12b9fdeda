"""A decision table becomes a program (clause 8.3): every cell is parsed once, and tested at most once per evaluation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engine import feel
from engine.dmn import model
from engine.dmn.env import Env, compile_literal, explain, typed
from engine.dmn.hits import Hit, aggregate, choose
from engine.dmn.model import Aggregation, HitPolicy
from engine.dmn.result import RuleHit
from engine.dmn.run import Program, Run, Scope
from engine.dmn.trial import ranked_values
from engine.dmn.types import vocabulary

Notes = list[Any]
Test = Callable[[Any, Scope, Run, Notes], bool]
"""Whether an input value passes a cell; what explains an unknown answer goes to the notes."""

_MANY = (HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER, HitPolicy.COLLECT)


@dataclass(frozen=True, slots=True)
class _Column:
    """An input column: what it reads, what it may hold, and its distinct tests."""

    label: str
    read: Program
    allowed: Test | None
    allowed_text: str
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule without its "-" cells: (column, index of the test) pairs."""

    number: int
    id: str
    cells: tuple[tuple[int, int], ...]
    outputs: tuple[Program, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    """A compiled decision table; calling `run` evaluates it."""

    id: str
    env: Env
    policy: HitPolicy
    aggregation: Aggregation | None
    columns: tuple[_Column, ...]
    rules: tuple[_Rule, ...]
    names: tuple[str | None, ...]
    ranks: tuple[tuple[Any, ...], ...]
    defaults: tuple[Program, ...] | None

    def run(self, scope: Scope, run: Run) -> Any:
        """The table's value: see `choose` for conflicts; no hit gives the default outputs, or null."""
        values = [column.read(scope, run) for column in self.columns]
        if not self._allowed(values, scope, run):
            return None
        notes: Notes = []
        matched = self._matches(values, scope, run, notes)
        self._count(len(matched), run)
        run.hits.extend(RuleHit(self.id, rule.number, rule.id) for rule in matched)
        if not matched:
            if self.defaults is not None:
                return self._shape([default(scope, run) for default in self.defaults])
            # Only where nothing matched is it worth telling that a cell could not be answered.
            explain(notes, run, self.env)
            return None
        if self.policy is HitPolicy.UNIQUE and len(matched) == 1:
            return self._shape([output(scope, run) for output in matched[0].outputs])
        hits = [Hit(rule.number, tuple([output(scope, run) for output in rule.outputs])) for rule in matched]
        choice = choose(self.policy, hits, self.ranks, feel.equal, self.id)
        if choice.problem is not None:
            run.problem(
                f"{self.env.label}: {choice.problem}",
                f"{self.env.label}：{choice.problem.zh}",
                code=choice.problem.code,
                element=self.id or self.env.element,
            )
            return None
        return self._answer(choice.hits, run)

    def _count(self, hits: int, run: Run) -> None:
        """A table takes its steps as well: one that is asked in a loop is stopped like the loop."""
        meter, most = run.context.meter, run.context.budget.steps
        if meter is not None:
            meter.steps += 1 + len(self.rules) // 8 + hits
            if meter.steps > most:
                raise feel.FeelBudgetError("STEPS", limit=most)

    def _allowed(self, values: Sequence[Any], scope: Scope, run: Run) -> bool:
        """Whether every input is among the listed input values; null is let through, for rules to decide (clause
        8.2.6).
        """
        for value, column in zip(values, self.columns, strict=True):
            if column.allowed is not None and value is not None and not column.allowed(value, scope, run, []):
                shown = feel.string_of(value)[:80]
                run.problem(
                    f"{self.env.label}: {column.label} is {shown}, which is not among the allowed values "
                    f"{column.allowed_text}.",
                    f"{self.env.label}：{column.label} 的值 {shown} 不在允许的值 {column.allowed_text} 之内。",
                    code="dmn.input-value",
                    element=self.id or self.env.element,
                )
                return False
        return True

    def _matches(self, values: Sequence[Any], scope: Scope, run: Run, notes: Notes) -> list[_Rule]:
        answers: list[list[bool | None]] = [[None] * len(column.tests) for column in self.columns]
        first = self.policy is HitPolicy.FIRST
        matched = []
        for rule in self.rules:
            for column, test in rule.cells:
                known = answers[column]
                answer = known[test]
                if answer is None:
                    answer = known[test] = self.columns[column].tests[test](values[column], scope, run, notes)
                if not answer:
                    break
            else:
                matched.append(rule)
                if first:
                    break
        return matched

    def _shape(self, outputs: Sequence[Any]) -> Any:
        """One output is its value, several are a context (clause 8.3.3)."""
        if len(self.names) == 1:
            return outputs[0]
        return {name or f"output{n}": value for n, (name, value) in enumerate(zip(self.names, outputs, strict=True), 1)}

    def _answer(self, hits: Sequence[Hit], run: Run) -> Any:
        if self.policy not in _MANY:
            return self._shape(hits[0].outputs)
        if self.aggregation is None:
            return [self._shape(hit.outputs) for hit in hits]
        if self.aggregation is Aggregation.COUNT:
            return aggregate(Aggregation.COUNT, hits, self.id)[0]
        columns = []
        for values in zip(*(hit.outputs for hit in hits), strict=True):
            value, problem = aggregate(self.aggregation, values, self.id)
            if problem is not None:
                run.problem(
                    f"{self.env.label}: {problem}",
                    f"{self.env.label}：{problem.zh}",
                    code=problem.code,
                    element=self.id or self.env.element,
                )
            columns.append(value)
        return self._shape(columns)


def compile_table(table: model.DecisionTable, env: Env) -> Program:
    """The program of a decision table."""
    env = env.knowing(*vocabulary(env.types.definitions))
    columns, indexes = [], []
    for number, column in enumerate(table.inputs):
        texts = list(dict.fromkeys(rule.tests[number] for rule in table.rules if rule.tests[number] != "-"))
        indexes.append({text: index for index, text in enumerate(texts)})
        columns.append(_column(column, texts, env))
    rules = tuple(
        _Rule(
            rule.number,
            rule.id,
            tuple((n, indexes[n][text]) for n, text in enumerate(rule.tests) if text != "-"),
            tuple(_output(o, column, table, env) for o, column in zip(rule.outputs, table.outputs, strict=True)),
        )
        for rule in table.rules
    )
    return _Table(
        id=table.id,
        env=env,
        policy=table.hit_policy,
        aggregation=table.aggregation,
        columns=tuple(columns),
        rules=rules,
        names=tuple(output.name for output in table.outputs),
        ranks=tuple(tuple(ranked_values(output, env)) for output in table.outputs),
        defaults=_defaults(table, env),
    ).run


def _column(column: model.TableInput, texts: Sequence[str], env: Env) -> _Column:
    expression = column.expression
    return _Column(
        label=column.label or expression.text,
        read=typed(compile_literal(expression, env), expression.type_ref, env),
        allowed=compile_test(column.allowed, env) if column.allowed else None,
        allowed_text=column.allowed or "",
        tests=tuple(compile_test(text, env) for text in texts),
    )


def compile_test(text: str, env: Env) -> Test:
    """Unary tests as a function of the input value; tests that cannot be read never pass and say so."""
    try:
        tests = feel.parse_unary_tests(text, names=env.names)
    except feel.FeelSyntaxError as error:
        return _unreadable_test(text, error, env)
    evaluate = tests.evaluate

    def test(value: Any, scope: Scope, run: Run, notes: Notes) -> bool:
        answer, warnings = evaluate(value, scope, run.context)
        if warnings:
            notes.extend(warnings)
        return answer is True

    return test


def _unreadable_test(text: str, error: feel.FeelError, env: Env) -> Test:
    english, chinese = error.text("en"), error.text("zh")

    def test(_value: Any, _scope: Scope, run: Run, _notes: Notes) -> bool:
        run.problem(
            f'{env.label}: the condition "{text}" cannot be read. {english}',
            f"{env.label}：条件“{text}”无法解析。{chinese}",
            code="dmn.syntax",
            element=env.element,
        )
        return False

    return test


def _output(entry: model.Literal, column: model.TableOutput, table: model.DecisionTable, env: Env) -> Program:
    program = compile_literal(entry, env)
    many = table.hit_policy in _MANY and env.types.node(column.type_ref).name == "list"
    # Where rules are collected, some tools declare the type of the whole list at the column.
    return typed(program, entry.type_ref, env) if many else typed(program, entry.type_ref or column.type_ref, env)


def _defaults(table: model.DecisionTable, env: Env) -> tuple[Program, ...] | None:
    if all(output.default is None for output in table.outputs):
        return None
    missing = model.Literal(text="")
    return tuple(_output(output.default or missing, output, table, env) for output in table.outputs)
