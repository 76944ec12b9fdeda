"""From Python as people write it to Python as the sandbox runs it.

What changes, and why:

- `order.amount` reads the key of a mapping (FEEL writes it so), `order.amount = 1` sets it;
- there are no binary floats: `0.1` is the decimal 0.1, `1 / 3` divides decimals, `math.sqrt(2)` gives a decimal;
- `del order["a"]` becomes a `pop`, `timedelta(hours=1.5)` takes decimals, an exception takes any argument;
- the value of a last expression is kept as the script's result.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from engine.scripts import names, reading
from engine.scripts.check import check
from engine.scripts.errors import ScriptError

_DECIMAL_METHODS: Final = names.words(
    "quantize normalize to_integral to_integral_value to_integral_exact as_tuple copy_abs copy_negate copy_sign "
    "adjusted is_zero is_signed is_finite sqrt ln log10 compare"
)
"""Methods that people call on a number which happens to be whole."""
_FLOAT_CALLS: Final = frozenset({"float", "pow"})
_FLOAT_METHODS: Final = frozenset({"total_seconds", "timestamp"})
_RESULT: Final = "_facet_result"


@dataclass(frozen=True, slots=True)
class Script:
    """A script made ready: `body` is its text for the sandbox, `lines` maps its lines to those of the source."""

    source: str
    body: str
    lines: Mapping[int, int]
    reads: frozenset[str]
    keeps: frozenset[str]
    """Names to bring back; `_facet_result` stands for the value of the last expression."""
    mutates: bool
    attributes: frozenset[str]
    ready: frozenset[str]
    """Names without import that the script uses and does not define."""


@lru_cache(maxsize=512)
def prepare(source: str) -> Script:
    """The script made ready; raises ScriptError with the first problem of severity error. At most 512 are cached."""
    for problem in check(source):
        if problem.severity == "error":
            raise ScriptError(
                problem.message, problem.message_zh, line=problem.line, text=line_of(source, problem.line)
            )
    tree = reading.parse(source)
    assert isinstance(tree, ast.Module)  # check has parsed it
    own, read = reading.bound(tree), reading.reads(tree)
    has_result = bool(tree.body) and isinstance(tree.body[-1], ast.Expr)
    keeps, mutates = reading.assigns(tree), bool(reading.mutated(tree))
    rewriter = _Rewriter(source, reading.imports(tree))
    changed = ast.fix_missing_locations(rewriter.visit(tree))
    if has_result:
        changed.body[-1] = _result(changed.body[-1])
        keeps = keeps | {_RESULT}
    body = ast.unparse(changed)
    return Script(
        source=source,
        body=body,
        lines=_lines(changed, body),
        reads=read,
        keeps=keeps,
        mutates=mutates,
        attributes=frozenset(rewriter.attributes),
        ready=frozenset((read - own) & names.READY.keys()),
    )


def line_of(source: str, line: int | None) -> str:
    """The text of a line of the source, at most 200 characters; "" where there is none."""
    lines = source.splitlines()
    return lines[line - 1].strip()[:200] if line is not None and 0 < line <= len(lines) else ""


def _result(last: ast.Expr) -> ast.stmt:
    assign = ast.Assign(targets=[ast.Name(_RESULT, ast.Store())], value=last.value)
    return ast.fix_missing_locations(ast.copy_location(assign, last))


def _lines(tree: ast.Module, body: str) -> dict[int, int]:
    """Unparsing keeps the statements and their order, so that the two trees are walked side by side."""
    written = [node for node in ast.walk(ast.parse(body)) if isinstance(node, ast.stmt | ast.ExceptHandler)]
    original = [node for node in ast.walk(tree) if isinstance(node, ast.stmt | ast.ExceptHandler)]
    return {new.lineno: old.lineno for new, old in zip(written, original, strict=False)}


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(func=ast.Name(name, ast.Load()), args=list(arguments), keywords=[])


def _one_text(arguments: list[ast.expr]) -> bool:
    first = arguments[0]
    return len(arguments) == 1 and isinstance(first, ast.Constant) and isinstance(first.value, str)


def _repeatable(node: ast.expr) -> bool:
    """Whether evaluating the expression twice changes nothing: names, constants, fields and subscripts of them."""
    allowed = (ast.Name, ast.Constant, ast.Attribute, ast.Subscript, ast.expr_context)
    return all(isinstance(part, allowed) for part in ast.walk(node))


def _loaded(target: ast.expr) -> ast.expr:
    """The expression that reads what an assignment target names."""
    copy = ast.parse(ast.unparse(target), mode="eval").body
    return ast.copy_location(copy, target)


class _Rewriter(ast.NodeTransformer):
    """Changes a tree in place; `attributes` collects the field names that need accessors."""

    def __init__(self, source: str, imported: Mapping[str, tuple[str, str | None]]) -> None:
        self.attributes: set[str] = set()
        self._source = source.splitlines()
        self._imported = imported
        self._in_class = False

    # numbers -------------------------------------------------------------------------------------------------------

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if type(node.value) is not float or node.value - node.value != 0:
            return node
        return ast.copy_location(_call("_facet_decimal", ast.Constant(self._digits(node))), node)

    def _digits(self, node: ast.Constant) -> str:
        """The literal as it was written, so that no digit is lost; inside f-strings positions do not help."""
        line = self._source[node.lineno - 1].encode() if node.lineno <= len(self._source) else b""
        text = line[node.col_offset : node.end_col_offset].decode(errors="replace").replace("_", "")
        try:
            return text if float(text) == node.value else repr(node.value)
        except ValueError:
            return repr(node.value)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, ast.Div):
            return ast.copy_location(_call("_facet_div", node.left, node.right), node)
        if isinstance(node.op, ast.Pow):
            return ast.copy_location(_call("_facet_num", node), node)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                part.value = self.visit(part.value)
        return node

    def visit_MatchValue(self, node: ast.MatchValue) -> ast.MatchValue:
        return node

    # fields --------------------------------------------------------------------------------------------------------

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        module, member = self._imported.get(node.value.id, ("", "")) if isinstance(node.value, ast.Name) else ("", "")
        if not isinstance(node.ctx, ast.Load):
            return node
        if module and member is None:
            return (
                ast.copy_location(_call("_facet_num", node), node)
                if module in names.FLOAT_MODULES and node.attr in {"pi", "e", "tau"}
                else node
            )
        self.attributes.add(node.attr)
        return ast.copy_location(_call(f"_facet_get_{node.attr}", node.value), node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        """Inside a class, `self.x = 1` is what it says."""
        outer, self._in_class = self._in_class, True
        self.generic_visit(node)
        self._in_class = outer
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Attribute) and not self._in_class:
            target = node.targets[0]
            return self._set(node, target, self.visit(node.value))
        self.generic_visit(node)
        return node

    def _set(self, node: ast.stmt, target: ast.Attribute, value: ast.expr) -> ast.stmt:
        self.attributes.add(target.attr)
        owner = self.visit(target.value)
        return ast.copy_location(ast.Expr(_call(f"_facet_set_{target.attr}", owner, value)), node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        target = node.target
        if isinstance(target, ast.Attribute) and _repeatable(target) and not self._in_class:
            value = ast.copy_location(ast.BinOp(_loaded(target), node.op, node.value), node)
            return self._set(node, target, self.visit(value))
        if isinstance(node.op, ast.Div) and _repeatable(target):
            value = ast.copy_location(ast.BinOp(_loaded(target), node.op, node.value), node)
            return ast.copy_location(ast.Assign([self.visit(target)], self.visit(value)), node)
        self.generic_visit(node)
        return node

    def visit_Delete(self, node: ast.Delete) -> ast.stmt | list[ast.stmt]:
        pops: list[ast.stmt] = []
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                owner, key = self.visit(target.value), self.visit(target.slice)
            elif isinstance(target, ast.Attribute):
                owner, key = self.visit(target.value), ast.Constant(target.attr)
            else:  # refused by check
                return node
            pop = ast.Call(ast.Attribute(owner, "pop", ast.Load()), [key], [])
            pops.append(ast.copy_location(ast.Expr(pop), node))
        return pops

    # calls ---------------------------------------------------------------------------------------------------------

    def visit_Call(self, node: ast.Call) -> ast.expr:
        node.args = [self.visit(argument) for argument in node.args]
        node.keywords = [self.visit(keyword) for keyword in node.keywords]
        called = self._called(node.func)
        if isinstance(node.func, ast.Attribute):
            node.func.value = self.visit(node.func.value) if called[0] is None else node.func.value
            if called[0] is None and node.func.attr in _DECIMAL_METHODS:
                node.func.value = ast.copy_location(_call("_facet_dec", node.func.value), node.func)
        elif not isinstance(node.func, ast.Name):
            node.func = self.visit(node.func)
        return self._adapted(node, *called)

    def _called(self, function: ast.expr) -> tuple[str | None, str]:
        """(module or "" for a plain name or None for a method, name) of what is called."""
        if isinstance(function, ast.Name):
            module, member = self._imported.get(function.id, ("", function.id))
            return module, member or function.id
        if isinstance(function, ast.Attribute):
            if isinstance(function.value, ast.Name) and self._imported.get(function.value.id, ("", ""))[1] is None:
                return self._imported[function.value.id][0], function.attr
            return None, function.attr
        return None, ""

    def _adapted(self, node: ast.Call, module: str | None, name: str) -> ast.expr:
        if name == "timedelta" and module in ("", "datetime"):
            node.func = ast.copy_location(ast.Name("_facet_span", ast.Load()), node.func)
        elif module == "" and name in names.EXCEPTIONS and node.args and not _one_text(node.args):
            said = node.args[0] if len(node.args) == 1 else ast.Tuple(node.args, ast.Load())
            node.args = [ast.copy_location(_call("str", said), node)]
        elif name == "isinstance" and module == "" and len(node.args) == 2:
            node.args[1] = _FloatIsDecimal().visit(node.args[1])
        elif name == "loads" and module == "json" and not any(k.arg == "parse_float" for k in node.keywords):
            node.keywords.append(ast.keyword("parse_float", ast.Name("_facet_decimal", ast.Load())))
        elif (
            (module in names.FLOAT_MODULES and name != "Random")
            or (module == "" and name in _FLOAT_CALLS)
            or (module is None and name in _FLOAT_METHODS)
        ):
            return ast.copy_location(_call("_facet_num", node), node)
        return node


class _FloatIsDecimal(ast.NodeTransformer):
    """`isinstance(x, float)` asks for a number with a fraction: a decimal."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.copy_location(ast.Name("_facet_number", ast.Load()), node) if node.id == "float" else node
