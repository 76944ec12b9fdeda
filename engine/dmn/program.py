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
from engine.feel.syntax.nodes import TypeNode


def compile_expression(expression: model.Expression | None, env: Env) -> Program:
    """The program of a boxed expression, its result conforming to its declared type; nothing at all is null."""
    if expression is None:
        return nothing
    program = _COMPILERS[type(expression)](expression, env)
    return typed(program, expression.type_ref, env)


# -- contexts, lists, relations ----------------------------------------------------------------------------------------


def _context(expression: model.ContextBox, env: Env) -> Program:
    rows: list[tuple[str | None, Program]] = []
    for entry in expression.entries:
        # A function may call itself by the name of its own entry.
        inner = env.knowing(entry.name) if entry.name and isinstance(entry.expression, model.FunctionBox) else env
        program = typed(compile_expression(entry.expression, inner), entry.type_ref, env)
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


def _function(expression: model.FunctionBox, env: Env) -> Program:
    return function_program(expression, env, name="function")


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


def _elements(value: Any, run: Run, env: Env) -> list[Any] | None:
    """What an iterator walks over: a list, a range's members, or one value alone; null gives null."""
    if value is None:
        return None
    if isinstance(value, feel.Range):
        (listed, warnings) = _RANGE_MEMBERS.evaluate({"range": value}, run.context)
        explain(warnings, run, env)
        return listed if isinstance(listed, list) else None
    return value if isinstance(value, list) else [value]


_RANGE_MEMBERS = feel.parse("for element in range return element")


def _iterator(expression: model.Iterator, env: Env) -> Program:
    source = compile_expression(expression.source, env)
    inner = (
        env.knowing(expression.variable, "partial") if expression.kind == "for" else env.knowing(expression.variable)
    )
    body = compile_expression(expression.body, inner)
    collect = _COLLECTORS[expression.kind]

    def run_iterator(scope: Scope, run: Run) -> Any:
        elements = _elements(source(scope, run), run, env)
        return None if elements is None else collect(expression.variable, elements, body, dict(scope), run)

    return run_iterator


def _for(variable: str, elements: list[Any], body: Program, scope: dict[str, Any], run: Run) -> Any:
    results: list[Any] = []
    for element in elements:
        results.append(body({**scope, variable: element, "partial": results[:]}, run))
    return results


def _some(variable: str, elements: list[Any], body: Program, scope: dict[str, Any], run: Run) -> Any:
    return _quantified(variable, elements, body, scope, run, deciding=True)


def _every(variable: str, elements: list[Any], body: Program, scope: dict[str, Any], run: Run) -> Any:
    return _quantified(variable, elements, body, scope, run, deciding=False)


def _quantified(
    variable: str, elements: list[Any], body: Program, scope: dict[str, Any], run: Run, *, deciding: bool
) -> Any:
    """Three-valued "or" (some) and "and" (every) over the elements; what is not a boolean counts as unknown."""
    unknown = False
    for element in elements:
        answer = body({**scope, variable: element}, run)
        if answer is deciding:
            return deciding
        unknown = unknown or not isinstance(answer, bool)
    return None if unknown else not deciding


_COLLECTORS: dict[str, Callable[[str, list[Any], Program, dict[str, Any], Run], Any]] = {
    "for": _for,
    "some": _some,
    "every": _every,
}


def _filter(expression: model.Filter, env: Env) -> Program:
    source = compile_expression(expression.source, env)
    match = compile_expression(expression.match, env.knowing("item"))

    def run_filter(scope: Scope, run: Run) -> Any:
        value = source(scope, run)
        if value is None:
            return None
        elements = value if isinstance(value, list) else [value]
        kept = []
        for element in elements:
            members = element if isinstance(element, dict) else {}
            answer = match({**scope, **members, "item": element}, run)
            if answer is not None and not isinstance(answer, bool):
                return _not_boolean(run, env)
            if answer:
                kept.append(element)
        return kept

    return run_filter


def _not_boolean(run: Run, env: Env) -> None:
    run.problem(
        f"{env.label}: the filter's condition must give true or false.",
        f"{env.label}：筛选条件必须得出 true 或 false。",
        code="dmn.filter",
        element=env.element,
    )


_COMPILERS: dict[type, Callable[[Any, Env], Program]] = {
    model.Literal: compile_literal,
    model.ContextBox: _context,
    model.ListBox: _list,
    model.Relation: _relation,
    model.FunctionBox: _function,
    model.Invocation: _invocation,
    model.Conditional: _conditional,
    model.Iterator: _iterator,
    model.Filter: _filter,
    model.DecisionTable: compile_table,
}
