"""Every FEEL text of a boxed expression, with the names that are in scope where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.dmn import model
from engine.dmn.env import Env
from engine.dmn.types import vocabulary


@dataclass(frozen=True, slots=True)
class Text:
    """A FEEL text: an expression, or unary tests; `where` says to a person which one, `where_zh` in Chinese."""

    text: str
    tests: bool
    env: Env
    line: int
    element: str
    where: str
    where_zh: str


@dataclass(frozen=True, slots=True)
class Found:
    """What walking an expression meets: its texts, declared types and tables."""

    text: Text | None = None
    type_ref: str | None = None
    line: int = 0
    element: str = ""
    table: tuple[model.DecisionTable, Env] | None = None


def walk(expression: model.Expression | None, env: Env) -> Iterator[Found]:
    """Everything in a boxed expression, outermost first."""
    if expression is None:
        return
    if expression.type_ref:
        yield Found(type_ref=expression.type_ref, line=expression.line, element=expression.id)
    match expression:
        case model.Literal():
            yield _text(expression, env, "the expression", "表达式")
        case model.ContextBox():
            yield from _context(expression, env)
        case model.Invocation():
            yield from walk(expression.called, env)
            for _, argument in expression.bindings:
                yield from walk(argument, env)
        case model.ListBox():
            for item in expression.items:
                yield from walk(item, env)
        case model.Relation():
            yield from _relation(expression, env)
        case model.FunctionBox():
            yield from walk_function(expression, env)
        case model.Conditional():
            for part in (expression.condition, expression.then, expression.otherwise):
                yield from walk(part, env)
        case model.Iterator():
            yield from walk(expression.source, env)
            yield from walk(expression.body, env.knowing(expression.variable, "partial"))
        case model.Filter():
            yield from walk(expression.source, env)
            yield from walk(expression.match, env.knowing("item", *vocabulary(env.types.definitions)))
        case model.DecisionTable():
            yield from _table(expression, env)


def _text(literal: model.Literal, env: Env, where: str, where_zh: str) -> Found:
    return Found(Text(literal.text, False, env, literal.line, literal.id, where, where_zh))


def _context(box: model.ContextBox, env: Env) -> Iterator[Found]:
    for entry in box.entries:
        if entry.type_ref:
            yield Found(type_ref=entry.type_ref, line=box.line, element=box.id)
        inner = env.knowing(entry.name) if entry.name and isinstance(entry.expression, model.FunctionBox) else env
        yield from walk(entry.expression, inner)
        env = env.knowing(entry.name, kinds={entry.name: entry.type_ref}) if entry.name else env


def _relation(box: model.Relation, env: Env) -> Iterator[Found]:
    for _, type_ref in box.columns:
        if type_ref:
            yield Found(type_ref=type_ref, line=box.line, element=box.id)
    for row in box.rows:
        for cell in row:
            yield from walk(cell, env)


def walk_function(box: model.FunctionBox, env: Env) -> Iterator[Found]:
    """A function's parameter types and its body, unless the body is not FEEL."""
    for parameter in box.parameters:
        if parameter.type_ref:
            yield Found(type_ref=parameter.type_ref, line=box.line, element=box.id)
    if box.kind.upper() == "FEEL":
        kinds = {parameter.name: parameter.type_ref for parameter in box.parameters}
        yield from walk(box.body, env.knowing(*kinds, kinds=kinds))


def _table(table: model.DecisionTable, env: Env) -> Iterator[Found]:
    yield Found(table=(table, env))
    for column in table.inputs:
        if column.expression.type_ref:
            yield Found(type_ref=column.expression.type_ref, line=column.line, element=column.id)
        yield _text(column.expression, env, "the input expression", "输入表达式")
        if column.allowed:
            yield Found(Text(column.allowed, True, env, column.line, column.id, "the input values", "输入值"))
    for output in table.outputs:
        if output.type_ref:
            yield Found(type_ref=output.type_ref, line=output.line, element=output.id)
        if output.default is not None:
            yield _text(output.default, env, "the default output", "默认输出")
    for rule in table.rules:
        for test in rule.tests:
            where, where_zh = f"the condition of rule {rule.number}", f"规则 {rule.number} 的条件"
            yield Found(Text(test, True, env, rule.line, rule.id, where, where_zh))
        for entry in rule.outputs:
            where, where_zh = f"the result of rule {rule.number}", f"规则 {rule.number} 的结果"
            yield Found(Text(entry.text, False, env, rule.line, entry.id or rule.id, where, where_zh))
