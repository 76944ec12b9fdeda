"""Boxed expressions become programs: functions from a scope to a value (clauses 7.3 and 10.2).

A program never raises for what the standard answers with null; it notes the reason in the run. Everything that can be
prepared (parsing, types, tables) is prepared here, once per model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine import feel
from engine.dmn import model
from engine.dmn.calling import call_by_name
from engine.dmn.env import Env, compile_literal, explain, nothing, typed
from engine.dmn.run import Program, Run, Scope
from engine.dmn.table import compile_table
from engine.dmn.types import vocabulary
from engine.dmn.walk import walk
from engine.feel.syntax.nodes import TypeNode


def compile_expression(expression: model.Expression | None, env: Env, name: str = "") -> Program:
    """The program of a boxed expression, its result conforming to its declared type; nothing at all is null.

    `name` is what a function is called in messages.
    """
    if expression is None:
        return nothing
    if isinstance(expression, model.FunctionBox):
        # Some tools declare the type of the results at the function itself.
        returns = env.types.result_of(expression.type_ref)
        return function_program(expression, env, name=name or "function", returns=returns)
    program = _COMPILERS[type(expression)](expression, env)
    return typed(program, expression.type_ref, env)


# -- contexts, lists, relations ----------------------------------------------------------------------------------------


def _context(expression: model.ContextBox, env: Env) -> Program:
    rows: list[tuple[str | None, Program]] = []
    for entry in expression.entries:
        # A function may call itself by the name of its own entry.
        inner = env.knowing(entry.name) if entry.name and isinstance(entry.expression, model.FunctionBox) else env
        program = compile_expression(entry.expression, inner, entry.name or "")
        if not isinstance(entry.expression, model.FunctionBox) or env.types.node(entry.type_ref).name == "function":
            program = typed(program, entry.type_ref, env)
        rows.append((entry.name, program))
        env = env.knowing(entry.name) if entry.name else env

    def run_context(scope: Scope, run: Run) -> Any:
        inner, made = dict(scope), {}
        for name, program in rows:
            value = program(inner, run)
            if name is None:
                return value
            inner[name] = made[name] = value
        return made

    return run_context


def _list(expression: model.ListBox, env: Env) -> Program:
    programs = [compile_expression(item, env) for item in expression.items]

    def run_list(scope: Scope, run: Run) -> Any:
        return [program(scope, run) for program in programs]

    return run_list


def _relation(expression: model.Relation, env: Env) -> Program:
    names = [name for name, _ in expression.columns]
    rows = [
        [
            typed(compile_expression(cell, env), type_ref, env)
            for cell, (_, type_ref) in zip(row, expression.columns, strict=True)
        ]
        for row in expression.rows
    ]

    def run_relation(scope: Scope, run: Run) -> Any:
        return [{n: cell(scope, run) for n, cell in zip(names, row, strict=True)} for row in rows]

    return run_relation


# -- functions ---------------------------------------------------------------------------------------------------------


def function_program(
    expression: model.FunctionBox, env: Env, *, name: str, returns: str | TypeNode | None = None
) -> Program:
    """A program that makes the function value; it remembers the scope where it was made.

    `returns` is the declared type of the results beside the body's own.
    """
    parameters = tuple(feel.Parameter(p.name, env.types.feel_type(p.type_ref)) for p in expression.parameters)
    names = [p.name for p in expression.parameters]
    if expression.kind.upper() == "FEEL":
        body = compile_expression(expression.body, env.knowing(*names))
    else:
        body = _foreign(expression.kind, env)
    body = typed(body, returns, env)

    def run_function(scope: Scope, run: Run) -> Any:
        def call(arguments: Sequence[Any], context: feel.Context) -> Any:
            inner = dict(scope)
            inner.update(zip(names, arguments, strict=True))
            return body(inner, run)

        return feel.FeelFunction(name, parameters, call)

    return run_function


def _foreign(kind: str, env: Env) -> Program:
    def run_foreign(_scope: Scope, run: Run) -> Any:
        run.problem(
            f"{env.label}: external functions ({kind}) are not run here; write the function in FEEL.",
            f"{env.label}：此处不运行外部函数（{kind}）；请用 FEEL 编写该函数。",
            code="dmn.external",
            element=env.element,
        )

    return run_foreign


def _invocation(expression: model.Invocation, env: Env) -> Program:
    called = compile_expression(expression.called, env)
    bindings = [(name, compile_expression(argument, env)) for name, argument in expression.bindings]

    def run_invocation(scope: Scope, run: Run) -> Any:
        function = called(scope, run)
        arguments = {name: argument(scope, run) for name, argument in bindings}
        value, warnings = call_by_name(function, arguments, run.context)
        if warnings:
            explain(warnings, run, env)
        return value

    return run_invocation


# -- conditionals, iterators, filters ----------------------------------------------------------------------------------


def _conditional(expression: model.Conditional, env: Env) -> Program:
    condition = compile_expression(expression.condition, env)
    then, otherwise = compile_expression(expression.then, env), compile_expression(expression.otherwise, env)

    def run_conditional(scope: Scope, run: Run) -> Any:
        return then(scope, run) if condition(scope, run) is True else otherwise(scope, run)

    return run_conditional


# Boxed iterators and filters mean the same as FEEL's own (clauses 10.2.1.9 and 10.2.1.10), so FEEL runs them.
_ITERATORS = {
    "for": feel.parse("for __element__ in __source__ return __body__(__element__)"),
    "partial": feel.parse("for __element__ in __source__ return __body__(__element__, partial)"),
    "some": feel.parse("some __element__ in __source__ satisfies __body__(__element__)"),
    "every": feel.parse("every __element__ in __source__ satisfies __body__(__element__)"),
    "filter": feel.parse("__source__[__body__(item)]"),
}


def _iterator(expression: model.Iterator, env: Env) -> Program:
    inner = env.knowing(expression.variable)
    names = [expression.variable]
    kind = expression.kind
    if kind == "for" and _mentions_partial(expression.body, inner):
        kind, inner, names = "partial", inner.knowing("partial"), [expression.variable, "partial"]
    source, body = compile_expression(expression.source, env), compile_expression(expression.body, inner)

    def bind(scope: Scope, arguments: Sequence[Any]) -> Scope:
        return {**scope, **dict(zip(names, arguments, strict=True))}

    return _loop(_ITERATORS[kind], source, body, bind, len(names), env)


def _mentions_partial(body: model.Expression | None, env: Env) -> bool:
    """Whether a loop's body looks at the results so far; handing them over costs a copy for each round."""
    return any("partial" in found.text.text for found in walk(body, env) if found.text is not None)


def _filter(expression: model.Filter, env: Env) -> Program:
    source = compile_expression(expression.source, env)
    match = compile_expression(expression.match, env.knowing("item", *vocabulary(env.types.definitions)))

    def bind(scope: Scope, arguments: Sequence[Any]) -> Scope:
        element = arguments[0]
        members = element if isinstance(element, dict) else {}
        return {**scope, "item": element, **members}

    return _loop(_ITERATORS["filter"], source, match, bind, 1, env)


def _loop(
    shape: feel.Expression,
    source: Program,
    body: Program,
    bind: Callable[[Scope, Sequence[Any]], Scope],
    count: int,
    env: Env,
) -> Program:
    """A loop in FEEL around a boxed body; `bind` makes the body's scope from the round's arguments (`count` of them)."""
    parameters = tuple(feel.Parameter(f"argument{number}") for number in range(count))

    def run_loop(scope: Scope, run: Run) -> Any:
        def call(arguments: Sequence[Any], _context: feel.Context) -> Any:
            return body(bind(scope, arguments), run)

        function = feel.FeelFunction("body", parameters, call)
        value, warnings = shape.evaluate({"__source__": source(scope, run), "__body__": function}, run.context)
        if warnings:
            explain(warnings, run, env)
        return value

    return run_loop


_COMPILERS: dict[type, Callable[[Any, Env], Program]] = {
    model.Literal: compile_literal,
    model.ContextBox: _context,
    model.ListBox: _list,
    model.Relation: _relation,
    model.Invocation: _invocation,
    model.Conditional: _conditional,
    model.Iterator: _iterator,
    model.Filter: _filter,
    model.DecisionTable: compile_table,
}
