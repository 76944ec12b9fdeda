"""Python scripts of Java engines: plain Python, but for the `execution` that they read and write variables by."""

from __future__ import annotations

import ast

from engine.bpmn.dialects.errors import Untranslatable


def jython(text: str) -> str:
    """The script without `execution`; unchanged when it does not use it. Raises Untranslatable."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Untranslatable("it is no Python 3 script", "它不是 Python 3 脚本") from None
    if not any(isinstance(node, ast.Name) and node.id == "execution" for node in ast.walk(tree)):
        return text
    changed = _Execution()
    tree = ast.fix_missing_locations(changed.visit(tree))
    if any(isinstance(node, ast.Name) and node.id == "execution" for node in ast.walk(tree)):
        raise Untranslatable("it uses the execution of the other engine", "它使用了其他引擎的 execution 对象")
    return ast.unparse(tree)


class _Execution(ast.NodeTransformer):
    """`execution.setVariable("x", 1)` is `x = 1`; `execution.getVariable("x")` is `x`."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        self.generic_visit(node)
        name, arguments = _call(node.value)
        if name == "setVariable" and len(arguments) == 2:
            key = arguments[0]
            if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value.isidentifier():
                return ast.Assign(targets=[ast.Name(key.value, ast.Store())], value=arguments[1], lineno=node.lineno)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name, arguments = _call(node)
        if name == "getVariable" and len(arguments) == 1:
            key = arguments[0]
            if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value.isidentifier():
                return ast.Name(key.value, ast.Load())
        return node


def _call(node: ast.AST) -> tuple[str, list[ast.expr]]:
    """(method, arguments) of a call on `execution`."""
    function = node.func if isinstance(node, ast.Call) and not node.keywords else None
    if isinstance(node, ast.Call) and isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return (function.attr, node.args) if function.value.id == "execution" else ("", [])
    return "", []
