"""What is known about a script before it runs: does it parse, and does it use only what there is."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from engine.scripts import names, reading
from engine.scripts.errors import ScriptProblem


def check(source: str, known: Collection[str] | None = None) -> list[ScriptProblem]:
    """The problems of a script, in the order of its lines. Nothing is executed.

    `known` are the process variables that the diagram is known to set: with them, a name that is none of them is a
    warning with the nearest name. Without, a name that nobody defines is taken for a process variable.
    """
    tree = reading.parse(source)
    if isinstance(tree, ScriptProblem):
        return [tree]
    problems = [*_unsupported(tree), *_imports(tree), *_attributes(tree), *_names(tree, known)]
    return sorted(problems, key=lambda problem: problem.line)


def _problem(node: ast.AST, rule: str, message: str, zh: str) -> ScriptProblem:
    line = getattr(node, "lineno", 1)
    return ScriptProblem(line, f"Line {line}: {message}", f"第 {line} 行:{zh}", rule)


def _unsupported(tree: ast.Module) -> Iterator[ScriptProblem]:
    for node in ast.walk(tree):
        reason = _reason(node)
        if reason is not None:
            yield _problem(node, "script-unsupported", *reason)


def _reason(node: ast.AST) -> tuple[str, str] | None:
    if isinstance(node, ast.Yield | ast.YieldFrom):
        return "scripts have no yield; build a list instead.", "脚本不支持 yield,请改用列表。"
    if isinstance(node, ast.ClassDef) and (node.bases or node.keywords):
        return "a class in a script cannot inherit from another.", "脚本中的类不能继承其他类。"
    if isinstance(node, ast.ClassDef) and any(getattr(part, "decorator_list", None) for part in node.body):
        return "methods of a class in a script cannot have decorators.", "脚本中类的方法不能使用装饰器。"
    if isinstance(node, ast.Delete) and any(isinstance(t, ast.Name | ast.Tuple | ast.List) for t in node.targets):
        return "a variable cannot be deleted; set it to None.", "不能删除变量,请改为赋值 None。"
    if isinstance(node, ast.Delete) and any(_is_slice(t) for t in node.targets):
        return "a slice cannot be deleted; build a new list instead.", "不能删除切片,请重新构造列表。"
    if isinstance(node, ast.ExceptHandler) and node.type is not None and _mentions(node.type, "BpmnError"):
        return (
            "BpmnError is for raising only; the diagram catches it with an error boundary event.",
            "BpmnError 只能抛出,由流程图中的错误边界事件捕获。",
        )
    if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
        return "scripts have nothing to wait for; use no async or await.", "脚本不需要等待,请不要使用 async 或 await。"
    return None


def _is_slice(target: ast.expr) -> bool:
    return isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Slice)


def _mentions(node: ast.expr, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))


def _imports(tree: ast.Module) -> Iterator[ScriptProblem]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _module(node, alias.name)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from _module(node, module)
            for alias in node.names if module in names.MODULES else ():
                yield from _member(node, module, alias.name)


def _module(node: ast.AST, module: str) -> Iterator[ScriptProblem]:
    if module not in names.MODULES:
        offer = ", ".join(sorted(names.MODULES))
        yield _problem(
            node,
            "script-import",
            f'there is no module "{module}" for scripts. There are: {offer}.',
            f"脚本没有模块“{module}”。可用的有:{offer}。",
        )


def _member(node: ast.AST, module: str, name: str) -> Iterator[ScriptProblem]:
    if name not in names.MODULES[module]:
        close = names.nearest(name, names.MODULES[module])
        hint, hint_zh = _did_you_mean(close)
        yield _problem(
            node,
            "script-name",
            f'"{module}" has no "{name}" for scripts.{hint}',
            f"模块“{module}”没有“{name}”。{hint_zh}",
        )


def _did_you_mean(close: str | None) -> tuple[str, str]:
    return (f' Did you mean "{close}"?', f"您是不是想写“{close}”?") if close else ("", "")


def _attributes(tree: ast.Module) -> Iterator[ScriptProblem]:
    modules = {name: module for name, (module, member) in reading.imports(tree).items() if member is None}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        if node.attr.startswith("__") or node.attr.startswith("_facet"):
            yield _problem(
                node, "script-attribute", f'"{node.attr}" is not for scripts.', f"脚本不能使用“{node.attr}”。"
            )
        elif isinstance(node.value, ast.Name) and modules.get(node.value.id) in names.MODULES:
            yield from _member(node, modules[node.value.id], node.attr)


def _names(tree: ast.Module, known: Collection[str] | None) -> Iterator[ScriptProblem]:
    own = reading.bound(tree)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for name in sorted(name for name in own if name.startswith("_facet")):
        yield _problem(tree, "script-name", f'"{name}" is not for scripts.', f"脚本不能使用“{name}”。")
    there = own | names.BUILTINS | names.OWN | frozenset(names.READY) | frozenset(known or ())
    for node in ast.walk(tree):
        if not isinstance(node, ast.Name) or (node.id in there and not node.id.startswith("_facet")):
            continue
        hint, hint_zh = _did_you_mean(names.nearest(node.id, there))
        if node.id in names.PYTHON_BUILTINS or node.id.startswith(("__", "_facet")):
            yield _problem(
                node,
                "script-name",
                f'"{node.id}" is not there for scripts.{hint}',
                f"脚本不能使用“{node.id}”。{hint_zh}",
            )
        elif id(node) in called:
            yield _problem(
                node, "script-name", f'there is no function "{node.id}".{hint}', f"没有函数“{node.id}”。{hint_zh}"
            )
        elif known is not None:
            line = node.lineno
            yield ScriptProblem(
                line,
                f'Line {line}: no variable "{node.id}" is set before this script.{hint}',
                f"第 {line} 行:在此脚本之前没有设置变量“{node.id}”。{hint_zh}",
                "script-name",
                "warning",
            )
