"""What is wrong with a model, told before it is published."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from engine import feel
from engine.dmn.env import Env
from engine.dmn.errors import DmnError
from engine.dmn.findings import Finding, Severity
from engine.dmn.graph import env_of, requirements, resolve
from engine.dmn.model import Decision, Definitions, KnowledgeModel, Node
from engine.dmn.tablecheck import TableCheck
from engine.dmn.tabletypes import table_type_findings
from engine.dmn.types import Types
from engine.dmn.walk import Found, Text, walk, walk_function

MAX_PLACEHOLDERS = 20
MAX_EXPRESSION = 10_000


def check(definitions: Definitions) -> list[Finding]:
    """Every finding about a model, errors first, then in the order of the file.

    Errors: expressions that do not parse, unknown names and types, requirements that lead nowhere or in a circle,
    missing imports, overlapping rules under UNIQUE and ANY, constants of the wrong type. Warnings: gaps, rules that
    never decide. Infos: what could not be proven.
    """
    try:
        found = list(_everything(definitions))
    except (RecursionError, DmnError):
        found = [_too_deep(definitions)]
    order = {"error": 0, "warning": 1, "info": 2}
    return sorted(found, key=lambda finding: (order[finding.severity], finding.line))


def _everything(definitions: Definitions) -> Iterator[Finding]:
    yield from _imports(definitions)
    yield from _items(definitions)
    for node in (*definitions.inputs.values(), *definitions.decisions.values(), *definitions.knowledge.values()):
        yield from _node(definitions, node)
    for service in definitions.services.values():
        for reference in (*service.outputs, *service.encapsulated, *service.input_decisions, *service.input_data):
            if resolve(definitions, reference) is None:
                yield _nowhere(service, reference)
    yield from _circles(definitions)


def _too_deep(definitions: Definitions) -> Finding:
    return Finding(
        "error",
        "dmn.size",
        definitions.id,
        definitions.name,
        0,
        f"{definitions.name}: the model is nested too deeply to be checked.",
        f"{definitions.name}：模型嵌套过深，无法检查。",
    )


def _finding(severity: Severity, rule: str, node: Node, message: str, message_zh: str, line: int = 0) -> Finding:
    name = node.name or node.id
    return Finding(severity, rule, node.id, name, line or node.line, f"{name}: {message}", f"{name}：{message_zh}")


# -- the model's own references ----------------------------------------------------------------------------------------


def _imports(definitions: Definitions) -> Iterator[Finding]:
    for used in definitions.imports:
        if used.is_dmn and used.definitions is None:
            yield Finding(
                "error",
                "dmn.import",
                "",
                used.name or used.namespace,
                used.line,
                f"The imported model {used.namespace} is not there.",
                f"找不到导入的模型 {used.namespace}。",
            )


def _items(definitions: Definitions) -> Iterator[Finding]:
    types = Types.of(definitions)
    waiting = [(item.name, item) for item in definitions.items.values()]
    while waiting:
        path, item = waiting.pop()
        waiting.extend((f"{path}.{component.name}", component) for component in item.components)
        for text in (item.allowed, item.constraint):
            error = _syntax(text, True, frozenset()) if text else None
            if error is not None:
                yield Finding(
                    "error",
                    "dmn.syntax",
                    item.id,
                    path,
                    item.line,
                    f"{path}: the allowed values cannot be read. {error.text('en')}",
                    f"{path}：允许的值无法解析。{error.text('zh')}",
                )
        if not types.known(item.type_ref):
            yield Finding(
                "error",
                "dmn.type-name",
                item.id,
                path,
                item.line,
                f'{path}: there is no type "{item.type_ref}".',
                f"{path}：没有名为“{item.type_ref}”的类型。",
            )


def _nowhere(node: Node, reference: str) -> Finding:
    return _finding(
        "error",
        "dmn.requirement",
        node,
        f"the reference {reference} leads nowhere.",
        f"引用 {reference} 指向不存在的元素。",
    )


def _circles(definitions: Definitions) -> Iterator[Finding]:
    """Decisions that depend on themselves, each circle once; a knowledge model may call itself."""
    done: set[str] = set()
    for start in definitions.decisions.values():
        path: list[Decision] = []
        waiting: list[tuple[int, Decision]] = [(0, start)]
        while waiting:
            depth, node = waiting.pop()
            done.update(_key(left) for left in path[depth:])
            del path[depth:]
            if node in path:
                yield _circle(path[path.index(node) :])
            elif _key(node) not in done:
                path.append(node)
                waiting.extend((depth + 1, need) for need in reversed(_needed(definitions, node)))
        done.update(_key(left) for left in path)


def _key(node: Decision) -> str:
    return node.id or node.name


def _needed(definitions: Definitions, node: Decision) -> list[Decision]:
    needs = requirements(definitions, node)[0]
    return [need.node for need in needs if need.alias is None and isinstance(need.node, Decision)]


def _circle(path: list[Decision]) -> Finding:
    names = " → ".join(step.name for step in [*path, path[0]])
    return _finding("error", "dmn.cycle", path[0], f"it depends on itself: {names}.", f"它依赖于自身：{names}。")


# -- one element -------------------------------------------------------------------------------------------------------


def _node(definitions: Definitions, node: Node) -> Iterator[Finding]:
    for reference in requirements(definitions, node)[1]:
        yield _nowhere(node, reference)
    env = env_of(definitions, node)
    if not env.types.known(node.type_ref):
        yield _unknown_type(node, node.type_ref, node.line)
    if isinstance(node, Decision):
        if node.expression is None:
            yield _finding(
                "warning", "dmn.empty", node, "it has no logic, so its value is null.", "没有逻辑，结果为 null。"
            )
        yield from _found(node, env, walk(node.expression, env))
    elif isinstance(node, KnowledgeModel) and node.function is not None:
        if node.function.kind.upper() != "FEEL":
            yield _finding(
                "warning",
                "dmn.external",
                node,
                f"external functions ({node.function.kind}) are not run here; calls give null.",
                f"此处不运行外部函数（{node.function.kind}）；调用结果为 null。",
            )
        yield from _found(node, env, walk_function(node.function, env))


def _found(node: Node, env: Env, things: Iterator[Found]) -> Iterator[Finding]:
    free = isinstance(node, Decision) and not (node.required_inputs or node.required_decisions)
    for thing in things:
        if thing.text is not None:
            yield from _text(node, thing.text, free)
        elif thing.table is not None:
            yield from table_type_findings(*thing.table)
            yield from TableCheck(*thing.table).findings()
        elif not env.types.known(thing.type_ref):
            yield _unknown_type(node, thing.type_ref, thing.line)


def _unknown_type(node: Node, ref: str | None, line: int) -> Finding:
    return _finding("error", "dmn.type-name", node, f'there is no type "{ref}".', f"没有名为“{ref}”的类型。", line)


# -- one text ----------------------------------------------------------------------------------------------------------


def _syntax(text: str, tests: bool, names: frozenset[str]) -> feel.FeelSyntaxError | None:
    try:
        if tests:
            feel.parse_unary_tests(text, names=names)
        elif text.strip():
            feel.parse(text, names=names)
    except feel.FeelSyntaxError as error:
        return error
    return None


def _text(node: Node, text: Text, free: bool) -> Iterator[Finding]:
    if not text.text.strip():
        return
    if len(text.text) > MAX_EXPRESSION or (text.tests and text.text.count("?") > MAX_PLACEHOLDERS):
        yield _finding("error", "dmn.size", node, f"{text.where} is too long.", f"{text.where_zh}过长。", text.line)
        return
    error = _syntax(text.text, text.tests, text.env.names)
    if error is not None:
        yield _finding(
            "error",
            "dmn.syntax",
            node,
            f"{text.where} ({text.text}) cannot be read. {error.text('en')}",
            f"{text.where_zh}（{text.text}）无法解析。{error.text('zh')}",
            text.line,
        )
        return
    yield from _names(node, text, free)


def _names(node: Node, text: Text, free: bool) -> Iterator[Finding]:
    """Names that nothing in scope bears.

    A decision without requirements reads the host's variables: nothing is known of those.
    """
    parse = feel.parse_unary_tests if text.tests else feel.parse
    parsed = parse(text.text, names=text.env.names)
    scope = text.env.names
    unknown = () if free else sorted(parsed.reads - parsed.maybe - scope - feel.FUNCTIONS.keys())
    for name in (*unknown, *sorted(parsed.calls - scope - feel.FUNCTIONS.keys())):
        near = get_close_matches(
            name, sorted(scope | (feel.FUNCTIONS.keys() if name in parsed.calls else frozenset())), n=1
        )
        hint, hint_zh = (f' Did you mean "{near[0]}"?', f"您是不是想写“{near[0]}”？") if near else ("", "")
        kind, kind_zh = ("function", "函数") if name in parsed.calls else ("name", "名称")
        yield _finding(
            "error",
            "dmn.name",
            node,
            f'{text.where} ({text.text}) uses the {kind} "{name}", which is not known here; '
            f"is a requirement missing?{hint}",
            f"{text.where_zh}（{text.text}）使用了未知的{kind_zh}“{name}”；是否缺少依赖连线？{hint_zh}",
            text.line,
        )
