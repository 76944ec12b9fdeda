"""Constants in a decision table against the types and values that its columns declare (clauses 8.2.6 and 8.2.7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from engine import feel
from engine.dmn.bounds import constants_of, shown
from engine.dmn.columns import column_type
from engine.dmn.env import Env
from engine.dmn.findings import Finding
from engine.dmn.model import Aggregation, DecisionTable, HitPolicy, Literal, Rule, TableInput, TableOutput
from engine.dmn.trial import constant, listed_values
from engine.feel.context import Refused
from engine.feel.types import coerce


def table_type_findings(table: DecisionTable, env: Env) -> Iterator[Finding]:
    """Conditions and results of the wrong type, results that are not listed, hit policies that lack what they need."""
    for n, column in enumerate(table.inputs):
        kind = column_type(column, env)[1]
        for rule in table.rules:
            yield from _condition(table, env, column, kind, rule, rule.tests[n])
    for n, output in enumerate(table.outputs):
        listed = listed_values(output.allowed, env)
        results = [(rule.outputs[n], f"rule {rule.number}", f"规则 {rule.number}", rule.line) for rule in table.rules]
        if output.default is not None:
            results.append((output.default, "the default", "默认值", output.line))
        for entry, where, where_zh, line in results:
            yield from _result(table, env, output, listed, entry, where, where_zh, line)
    yield from _policy(table, env)


def _finding(
    table: DecisionTable, env: Env, rule: str, message: str, message_zh: str, line: int, **data: Any
) -> Finding:
    return Finding(
        "error",
        rule,
        table.id or env.element,
        env.label,
        line or table.line,
        f"{env.label}: {message}",
        f"{env.label}：{message_zh}",
        data,
    )


def _fits(value: Any, ref: str | None, env: Env) -> bool:
    node = env.types.node(ref)
    if node.name == "list" and not isinstance(value, list):
        node = node.inner[0] if node.inner else env.types.node("Any")
    try:
        coerce(value, node, env.types.named)
    except Refused:
        return False
    return True


def _condition(
    table: DecisionTable, env: Env, column: TableInput, kind: str | None, rule: Rule, text: str
) -> Iterator[Finding]:
    try:
        constants = constants_of(text, env.names) if text != "-" else []
    except feel.FeelSyntaxError:
        return
    for value in constants or ():
        if value is not None and not _fits(value, kind, env):
            label = column.label or column.expression.text
            yield _finding(
                table,
                env,
                "dmn.type",
                f"in rule {rule.number}, {shown(value)} is a {feel.type_name(value)}, but {label} is a {kind}.",
                f"规则 {rule.number} 中 {shown(value)} 的类型是 {feel.type_name(value)}，但 {label} 的类型是 {kind}。",
                rule.line,
                rules=[rule.number],
            )


def _result(
    table: DecisionTable,
    env: Env,
    output: TableOutput,
    listed: Sequence[Any],
    entry: Literal,
    where: str,
    where_zh: str,
    line: int,
) -> Iterator[Finding]:
    value = constant(entry)
    if value is None:
        return
    label = output.label or output.name or env.label
    ref = entry.type_ref or output.type_ref
    if not _fits(value, ref, env):
        yield _finding(
            table,
            env,
            "dmn.type",
            f"{where} gives {shown(value)} for {label}, which is not a {ref}.",
            f"{where_zh}的 {label} 结果 {shown(value)} 不符合类型 {ref}。",
            line,
        )
    if listed and not all(_among(element, listed) for element in (value if isinstance(value, list) else [value])):
        yield _finding(
            table,
            env,
            "dmn.output-value",
            f"{where} gives {shown(value)} for {label}, which is not among the output values {output.allowed}.",
            f"{where_zh}的 {label} 结果 {shown(value)} 不在输出值 {output.allowed} 之内。",
            line,
        )


def _among(value: Any, listed: Sequence[Any]) -> bool:
    return any(feel.equal(value, other) is True for other in listed)


def _policy(table: DecisionTable, env: Env) -> Iterator[Finding]:
    ranked = table.hit_policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)
    if ranked and not any(output.allowed or _listed_by_type(output, env) for output in table.outputs):
        yield _finding(
            table,
            env,
            "dmn.priority",
            f"the hit policy {table.hit_policy.value} needs output values, highest priority first.",
            f"命中策略 {table.hit_policy.value} 需要输出值列表（优先级从高到低）。",
            table.line,
        )
    if len(table.outputs) > 1:
        for output in table.outputs:
            if not output.name:
                yield _finding(
                    table,
                    env,
                    "dmn.output",
                    "every one of several outputs needs a name.",
                    "多个输出列必须各有名称。",
                    output.line,
                )
    if table.aggregation is Aggregation.SUM and len(table.outputs) > 1:
        yield _finding(
            table,
            env,
            "dmn.aggregate",
            "COLLECT with SUM needs a single output.",
            "COLLECT 求和只能有一个输出列。",
            table.line,
        )


def _listed_by_type(output: TableOutput, env: Env) -> bool:
    item = env.types.item(output.type_ref)
    return item is not None and bool(item.allowed)
