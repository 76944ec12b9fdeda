"""Checks of expressions and scripts: they parse, they are not too long, and the functions that they call exist."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from engine.bpmn.dialects.plain import methods
from engine.bpmn.linting.subject import Subject
from engine.bpmn.linting.tasks import near
from engine.bpmn.linting.texts import Expression, expressions
from engine.bpmn.model import Node, Problem
from engine.feel import FUNCTIONS, FeelSyntaxError, parse

EXPRESSION_LIMIT = 2_000


def check_expressions(subject: Subject) -> Iterator[Problem]:
    """Every FEEL text and every script of one process."""
    for expression in expressions(subject.process):
        yield from _expression(subject, expression)
    for node in subject.nodes.values():
        if node.script is not None and node.script_format in (None, "python"):
            yield from _script(subject, node, node.script)


def _expression(subject: Subject, expression: Expression) -> Iterator[Problem]:
    if len(expression.text.encode()) > EXPRESSION_LIMIT and expression.role != "script":
        yield subject.problem("expression-too-long", expression.owner, role=expression.role, limit=EXPRESSION_LIMIT)
        return
    try:
        parsed = parse(expression.text)
    except FeelSyntaxError as error:
        if _is_told(subject, expression):
            return
        yield subject.problem(
            "expression-syntax",
            expression.owner,
            role=expression.role,
            text=expression.text[:120],
            reason=error.text("en"),
            reason_zh=error.text("zh"),
            expression_line=error.line,
            expression_column=error.column,
        )
        return
    unknown = [name for name in parsed.calls if name not in FUNCTIONS and name not in parsed.reads]
    for name in sorted(unknown + [f".{method}" for method in methods(expression.text)]):
        nearest = near(name.removeprefix("."), FUNCTIONS)
        yield subject.problem("unknown-function", expression.owner, role=expression.role, function=name, near=nearest)


def _is_told(subject: Subject, expression: Expression) -> bool:
    """Whether a dialect has already said that this text of another engine has no equivalent."""
    owner = expression.owner.id if expression.owner is not None else subject.process.id
    foreign = "${" in expression.text or "#{" in expression.text
    return foreign and any(
        one.rule == "vendor-expression" and one.element_id == owner for one in subject.document.problems
    )


def _script(subject: Subject, node: Node, source: str) -> Iterator[Problem]:
    if node.script_format is None and _is_feel(source):
        return
    if subject.context.check_script is not None:
        for fault in subject.context.check_script(source):
            yield subject.problem(
                "script-fault", node, reason=fault.message, reason_zh=fault.zh, script_line=fault.line
            )
        return
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        reason = getattr(error, "msg", None) or str(error)
        yield subject.problem("script-syntax", node, script_line=line, reason=reason)


def _is_feel(source: str) -> bool:
    try:
        parse(source)
    except FeelSyntaxError:
        return False
    return True
