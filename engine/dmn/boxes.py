"""Boxed expressions are read from XML (clauses 8 and 10.2)."""

from __future__ import annotations

from collections.abc import Callable

from engine.dmn.model import (
    Aggregation,
    Conditional,
    ContextBox,
    DecisionTable,
    Entry,
    Expression,
    Filter,
    FunctionBox,
    HitPolicy,
    Invocation,
    Iterator,
    ListBox,
    Literal,
    Parameter,
    Relation,
    Rule,
    TableInput,
    TableOutput,
)
from engine.dmn.nodes import Source, element_id, line, local, squeeze
from engine.dmn.xml import Element

MAX_RULES = 2_000


def read_expression(source: Source, parent: Element) -> Expression | None:
    """The boxed expression among the children of `parent`; None when there is none."""
    for child in source.children(parent):
        reader = READERS.get(local(child))
        if reader is not None:
            return reader(source, child)
    return None


def _slot(source: Source, element: Element, name: str) -> Expression | None:
    child = source.child(element, name)
    return None if child is None else read_expression(source, child)


def _literal(source: Source, element: Element) -> Literal:
    _check_language(source, element)
    return Literal(
        id=element_id(element),
        line=line(element),
        type_ref=source.type_ref(element),
        text=source.text(element, "text") or "",
    )


def _check_language(source: Source, element: Element) -> None:
    language = element.get("expressionLanguage") or "feel"
    if "feel" not in language.lower():
        raise source.error(
            "dmn.language",
            f"Expressions are written in FEEL; {language} is not understood.",
            f"表达式须用 FEEL 编写；无法识别 {language}。",
            element,
        )


def _test(source: Source, element: Element) -> str:
    _check_language(source, element)
    return source.text(element, "text") or "-"


def _context(source: Source, element: Element) -> ContextBox:
    entries = []
    for row in source.children(element, "contextEntry"):
        variable = source.child(row, "variable")
        entries.append(
            Entry(
                name=None if variable is None else squeeze(variable.get("name")),
                type_ref=None if variable is None else source.type_ref(variable),
                expression=read_expression(source, row),
            )
        )
    return ContextBox(
        id=element_id(element), line=line(element), type_ref=source.type_ref(element), entries=tuple(entries)
    )


def _invocation(source: Source, element: Element) -> Invocation:
    bindings = []
    for row in source.children(element, "binding"):
        parameter = source.child(row, "parameter")
        name = "" if parameter is None else squeeze(parameter.get("name"))
        bindings.append((name, read_expression(source, row)))
    return Invocation(
        id=element_id(element),
        line=line(element),
        type_ref=source.type_ref(element),
        called=read_expression(source, element),
        bindings=tuple(bindings),
    )


def _list(source: Source, element: Element) -> ListBox:
    items = [READERS[local(c)](source, c) for c in source.children(element) if local(c) in READERS]
    return ListBox(id=element_id(element), line=line(element), type_ref=source.type_ref(element), items=tuple(items))


def _relation(source: Source, element: Element) -> Relation:
    columns = tuple((squeeze(c.get("name")), source.type_ref(c)) for c in source.children(element, "column"))
    rows = []
    for row in source.children(element, "row"):
        cells = [READERS[local(c)](source, c) for c in source.children(row) if local(c) in READERS]
        if len(cells) != len(columns):
            raise source.error(
                "dmn.relation",
                f"A row of the relation has {len(cells)} cells, but there are {len(columns)} columns.",
                f"关系表的某一行有 {len(cells)} 个单元格，但共有 {len(columns)} 列。",
                row,
            )
        rows.append(tuple(cells))
    return Relation(
        id=element_id(element), line=line(element), type_ref=source.type_ref(element), columns=columns, rows=tuple(rows)
    )


def read_parameters(source: Source, element: Element, tag: str) -> tuple[Parameter, ...]:
    """The formal parameters of a function, from children with this tag."""
    return tuple(
        Parameter(name=squeeze(p.get("name")), type_ref=source.type_ref(p)) for p in source.children(element, tag)
    )


def read_function(source: Source, element: Element) -> FunctionBox:
    """A boxed function definition, or the encapsulated logic of a business knowledge model."""
    return FunctionBox(
        id=element_id(element),
        line=line(element),
        type_ref=source.type_ref(element),
        parameters=read_parameters(source, element, "formalParameter"),
        body=read_expression(source, element),
        kind=element.get("kind") or "FEEL",
    )


def _conditional(source: Source, element: Element) -> Conditional:
    return Conditional(
        id=element_id(element),
        line=line(element),
        type_ref=source.type_ref(element),
        condition=_slot(source, element, "if"),
        then=_slot(source, element, "then"),
        otherwise=_slot(source, element, "else"),
    )


def _iterator(source: Source, element: Element) -> Iterator:
    kind = local(element)
    return Iterator(
        id=element_id(element),
        line=line(element),
        type_ref=source.type_ref(element),
        kind=kind,
        variable=squeeze(element.get("iteratorVariable")),
        source=_slot(source, element, "in"),
        body=_slot(source, element, "return" if kind == "for" else "satisfies"),
    )


def _filter(source: Source, element: Element) -> Filter:
    return Filter(
        id=element_id(element),
        line=line(element),
        type_ref=source.type_ref(element),
        source=_slot(source, element, "in"),
        match=_slot(source, element, "match"),
    )


def _table_input(source: Source, element: Element) -> TableInput:
    expression = source.child(element, "inputExpression")
    if expression is None:
        raise source.error(
            "dmn.input", "An input column has no input expression.", "某个输入列没有输入表达式。", element
        )
    return TableInput(
        id=element_id(element),
        line=line(element),
        label=element.get("label") or "",
        expression=_literal(source, expression),
        allowed=source.nested_text(element, "inputValues"),
    )


def _table_output(source: Source, element: Element) -> TableOutput:
    default = source.child(element, "defaultOutputEntry")
    return TableOutput(
        id=element_id(element),
        line=line(element),
        name=squeeze(element.get("name")) or None,
        label=element.get("label") or "",
        type_ref=source.type_ref(element),
        allowed=source.nested_text(element, "outputValues"),
        default=None if default is None else _literal(source, default),
    )


def _rule(source: Source, element: Element, number: int, inputs: int, outputs: int) -> Rule:
    tests = tuple(_test(source, e) for e in source.children(element, "inputEntry"))
    results = tuple(_literal(source, e) for e in source.children(element, "outputEntry"))
    if (len(tests), len(results)) != (inputs, outputs):
        raise source.error(
            "dmn.rule",
            f"Rule {number} has {len(tests)} conditions and {len(results)} results; the table has {inputs} input and "
            f"{outputs} output columns.",
            f"规则 {number} 有 {len(tests)} 个条件和 {len(results)} 个结果；决策表有 {inputs} 个输入列和 {outputs} 个输出列。",
            element,
        )
    annotations = tuple(source.text(e, "text") or "" for e in source.children(element, "annotationEntry"))
    return Rule(
        id=element_id(element),
        line=line(element),
        number=number,
        tests=tests,
        outputs=results,
        annotations=annotations,
    )


def _policy(source: Source, element: Element) -> tuple[HitPolicy, Aggregation | None]:
    policy, aggregation = element.get("hitPolicy") or "UNIQUE", element.get("aggregation")
    try:
        return HitPolicy(policy), Aggregation(aggregation) if aggregation else None
    except ValueError as error:
        raise source.error(
            "dmn.policy",
            f'"{policy}" with aggregation "{aggregation or "none"}" is not a hit policy.',
            f"“{policy}”（聚合“{aggregation or '无'}”）不是有效的命中策略。",
            element,
        ) from error


def _table(source: Source, element: Element) -> DecisionTable:
    policy, aggregation = _policy(source, element)
    inputs = tuple(_table_input(source, e) for e in source.children(element, "input"))
    outputs = tuple(_table_output(source, e) for e in source.children(element, "output"))
    rows = list(source.children(element, "rule"))
    if not outputs:
        raise source.error("dmn.output", "A decision table has no output column.", "决策表没有输出列。", element)
    if len(rows) > MAX_RULES:
        raise source.error(
            "dmn.rules",
            f"A decision table has more than {MAX_RULES} rules.",
            f"决策表的规则超过 {MAX_RULES} 条。",
            element,
        )
    rules = tuple(_rule(source, row, n, len(inputs), len(outputs)) for n, row in enumerate(rows, 1))
    return DecisionTable(
        id=element_id(element),
        line=line(element),
        type_ref=source.type_ref(element),
        inputs=inputs,
        outputs=outputs,
        rules=rules,
        hit_policy=policy,
        aggregation=aggregation if policy is HitPolicy.COLLECT else None,
    )


READERS: dict[str, Callable[[Source, Element], Expression]] = {
    "literalExpression": _literal,
    "context": _context,
    "invocation": _invocation,
    "list": _list,
    "relation": _relation,
    "functionDefinition": read_function,
    "conditional": _conditional,
    "for": _iterator,
    "some": _iterator,
    "every": _iterator,
    "filter": _filter,
    "decisionTable": _table,
}
