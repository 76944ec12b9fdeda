"""Python expressions (SpiffWorkflow's conditions) into FEEL, by Python's own syntax tree; nothing is ever run."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from engine.bpmn.dialects import feel
from engine.bpmn.dialects.errors import Untranslatable
from engine.bpmn.dialects.feel import Term

_COMPARE: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "=",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "=",
    ast.IsNot: "!=",
}
_ARITHMETIC: Mapping[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}
_FUNCTIONS: Mapping[str, str] = {
    "str": "string",
    "float": "number",
    "abs": "abs",
    "min": "min",
    "max": "max",
    "sum": "sum",
    "any": "any",
    "all": "all",
    "reversed": "reverse",
}
_METHODS: Mapping[tuple[str, int], str] = {
    ("lower", 0): "lower case",
    ("upper", 0): "upper case",
    ("startswith", 1): "starts with",
    ("endswith", 1): "ends with",
    ("split", 1): "split",
}
_UNITS = {"days": "D", "hours": "H", "minutes": "M", "seconds": "S"}


def expression(text: str) -> str:
    """FEEL for a Python expression. Raises Untranslatable."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Untranslatable("it is no Python expression", "它不是 Python 表达式") from None
    return translate(tree.body).text


def assignments(text: str) -> list[tuple[str, str]]:
    """(name, FEEL) of a script that only assigns values to names. Raises Untranslatable."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Untranslatable("it is no Python script", "它不是 Python 脚本") from None
    found: dict[str, ast.expr] = {}
    for statement in tree.body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
        if not isinstance(statement, ast.Assign) or not isinstance(target, ast.Name):
            raise Untranslatable("it does more than assign values to names", "它不仅仅是给名称赋值")
        value = _Inline(dict(found)).visit(statement.value)
        found[target.id] = value
    return [(name, translate(value).text) for name, value in found.items()]


class _Inline(ast.NodeTransformer):
    """Puts the values of names that the script itself has assigned in their place."""

    def __init__(self, values: dict[str, ast.expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.values.get(node.id, node)


def translate(node: ast.expr) -> Term:
    """One node of the tree. Raises Untranslatable."""
    handler = _HANDLERS.get(type(node))
    if handler is None:
        kind = type(node).__name__
        raise Untranslatable(f"it uses {kind} of Python", f"它使用了 Python 的 {kind}")
    return handler(node)


def _constant(node: ast.Constant) -> Term:
    value = node.value
    if value is None:
        return Term("null")
    if isinstance(value, bool):
        return Term("true" if value else "false")
    if isinstance(value, int | float):
        return Term(repr(value))
    if isinstance(value, str):
        return feel.string(value)
    raise Untranslatable("it holds bytes", "它包含字节串")


def _name(node: ast.Name) -> Term:
    return feel.name(node.id)


def _attribute(node: ast.Attribute) -> Term:
    return feel.member(translate(node.value), node.attr)


def _subscript(node: ast.Subscript) -> Term:
    base, index = translate(node.value), node.slice
    if isinstance(index, ast.Constant) and isinstance(index.value, str):
        return feel.member(base, index.value)
    if isinstance(index, ast.Slice):
        raise Untranslatable("it cuts a list", "它使用了切片")
    return feel.item(base, translate(index))


def _logic(node: ast.BoolOp) -> Term:
    word = " and " if isinstance(node.op, ast.And) else " or "
    return Term(word.join(translate(value).inner for value in node.values), simple=False)


def _unary(node: ast.UnaryOp) -> Term:
    operand = translate(node.operand)
    if isinstance(node.op, ast.Not):
        return feel.call("not", operand)
    if isinstance(node.op, ast.USub):
        return Term(f"-{operand.inner}")
    if isinstance(node.op, ast.UAdd):
        return operand
    raise Untranslatable("it works on bits", "它使用了位运算")


def _binary(node: ast.BinOp) -> Term:
    left, right = translate(node.left), translate(node.right)
    if isinstance(node.op, ast.Mod):
        return feel.call("modulo", left, right)
    if isinstance(node.op, ast.FloorDiv):
        return feel.call("floor", feel.binary(left, "/", right))
    operator = _ARITHMETIC.get(type(node.op))
    if operator is None:
        raise Untranslatable("it works on bits", "它使用了位运算")
    return feel.binary(left, operator, right)


def _compare(node: ast.Compare) -> Term:
    terms = [translate(part) for part in (node.left, *node.comparators)]
    pairs = [_pair(left, op, right) for left, op, right in zip(terms, node.ops, terms[1:], strict=False)]
    return pairs[0] if len(pairs) == 1 else Term(" and ".join(pair.inner for pair in pairs), simple=False)


def _pair(left: Term, operator: ast.cmpop, right: Term) -> Term:
    if isinstance(operator, ast.In | ast.NotIn):
        inside = _inside(left, right)
        return inside if isinstance(operator, ast.In) else feel.call("not", inside)
    return feel.binary(left, _COMPARE[type(operator)], right)


def _inside(part: Term, holder: Term) -> Term:
    if holder.text.startswith("["):
        return feel.call("list contains", holder, part)
    return feel.contains(holder, part)


def _conditional(node: ast.IfExp) -> Term:
    return feel.choose(translate(node.test), translate(node.body), translate(node.orelse))


def _list(node: ast.List | ast.Tuple) -> Term:
    return Term(f"[{', '.join(translate(part).text for part in node.elts)}]")


def _dict(node: ast.Dict) -> Term:
    entries: list[str] = []
    for key, value in zip(node.keys, node.values, strict=True):
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            raise Untranslatable("a dictionary has keys that are computed", "字典的键是计算得出的")
        entries.append(f"{feel.string(key.value).text}: {translate(value).text}")
    return Term("{" + ", ".join(entries) + "}")


def _joined(node: ast.JoinedStr) -> Term:
    parts: list[str] = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            if part.format_spec is not None or part.conversion != -1:
                raise Untranslatable("it formats a value", "它对值进行了格式化")
            parts.append(feel.call("string", translate(part.value)).text)
        else:
            parts.append(translate(part).text)
    return Term(" + ".join(parts) or '""', simple=len(parts) < 2)


def _comprehension(node: ast.ListComp | ast.GeneratorExp) -> Term:
    if len(node.generators) != 1 or node.generators[0].is_async or not isinstance(node.generators[0].target, ast.Name):
        raise Untranslatable("it loops over several lists", "它遍历了多个列表")
    generator = node.generators[0]
    variable, source = feel.name(generator.target.id), translate(generator.iter)  # type: ignore[attr-defined]
    for condition in generator.ifs:
        kept = (
            f"for {variable.text} in {source.text} return if {translate(condition).text} then [{variable.text}] else []"
        )
        source = feel.call("flatten", Term(kept, simple=False))
    return Term(f"for {variable.text} in {source.text} return {translate(node.elt).text}", simple=False)


def _call(node: ast.Call) -> Term:
    if isinstance(node.func, ast.Name) and node.func.id == "timedelta" and not node.args:
        return _timedelta(node)
    if node.keywords:
        raise Untranslatable("it calls a function with named arguments", "它使用了具名参数")
    if isinstance(node.func, ast.Attribute):
        return _method(node.func, [translate(argument) for argument in node.args])
    if not isinstance(node.func, ast.Name):
        raise Untranslatable("it calls something that is computed", "它调用了计算得出的对象")
    function, arguments = node.func.id, [translate(argument) for argument in node.args]
    if function == "len" and len(arguments) == 1:
        return feel.size(arguments[0])
    if function == "int" and len(arguments) == 1:
        return feel.call("floor", feel.call("number", arguments[0]))
    if function == "round" and len(arguments) in (1, 2):
        return feel.call("round half even", arguments[0], arguments[1] if len(arguments) > 1 else Term("0"))
    if function not in _FUNCTIONS:
        raise Untranslatable(f"it calls {function}()", f"它调用了 {function}()")
    return feel.call(_FUNCTIONS[function], *arguments)


def _method(function: ast.Attribute, arguments: list[Term]) -> Term:
    base = translate(function.value)
    if function.attr == "get" and len(arguments) in (1, 2):
        found = feel.call("get value", base, arguments[0])
        missing = feel.binary(found, "=", Term("null"))
        return found if len(arguments) == 1 else feel.choose(missing, arguments[1], found)
    known = _METHODS.get((function.attr, len(arguments)))
    if known is None:
        raise Untranslatable(f"it calls .{function.attr}()", f"它调用了 .{function.attr}()")
    return feel.call(known, base, *arguments)


def _timedelta(node: ast.Call) -> Term:
    parts: dict[str, int] = {}
    for keyword in node.keywords:
        value = keyword.value
        if keyword.arg not in _UNITS or not (isinstance(value, ast.Constant) and isinstance(value.value, int)):
            raise Untranslatable("a duration is computed", "时长是计算得出的")
        parts[keyword.arg] = value.value
    time = "".join(f"{parts[unit]}{_UNITS[unit]}" for unit in ("hours", "minutes", "seconds") if unit in parts)
    days = f"{parts['days']}D" if "days" in parts else ""
    text = f"P{days}T{time}" if time else f"P{days or '0D'}"
    return feel.call("duration", feel.string(text))


_HANDLERS: Mapping[type[ast.expr], Callable[..., Term]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.BoolOp: _logic,
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
    ast.Compare: _compare,
    ast.IfExp: _conditional,
    ast.List: _list,
    ast.Tuple: _list,
    ast.Dict: _dict,
    ast.JoinedStr: _joined,
    ast.ListComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.Call: _call,
}
