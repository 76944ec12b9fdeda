"""A script's text as a tree: parsed within limits, and the names that it reads and writes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from engine.scripts.errors import ScriptProblem
from engine.scripts.names import words

MAX_SOURCE: Final = 20_000
"""Characters of one script."""
MAX_DEPTH: Final = 100
"""Nesting of one script: the tree is walked recursively."""
MUTATORS: Final = words(
    "add append appendleft clear discard extend extendleft insert pop popitem popleft remove reverse setdefault sort "
    "update"
)
"""Methods that change the value they are called on."""

_SCOPES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def parse(source: str, limit: int = MAX_SOURCE) -> ast.Module | ScriptProblem:
    """The tree of a script, or the problem that keeps it from having one (length, syntax, nesting)."""
    if len(source) > limit:
        return ScriptProblem(
            1,
            f"The script has {len(source):,} characters; {limit:,} are allowed. Split it into several script tasks.",
            f"脚本有 {len(source):,} 个字符,最多允许 {limit:,} 个。请拆成几个脚本任务。",
            "script-length",
        )
    if "\x00" in source:
        return ScriptProblem(1, "The script contains a NUL character.", "脚本含有空字符(NUL)。", "script-syntax")
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        line = error.lineno or 1
        return ScriptProblem(
            line,
            f"Line {line} is not valid Python: {error.msg}.",
            f"第 {line} 行不是有效的 Python:{error.msg}。",
            "script-syntax",
        )
    except (RecursionError, MemoryError):
        return _too_deep()
    return tree if _depth_within(tree, MAX_DEPTH) else _too_deep()


def _too_deep() -> ScriptProblem:
    return ScriptProblem(
        1,
        f"The script is nested more than {MAX_DEPTH} levels deep. Split long chains over several lines.",
        f"脚本嵌套超过 {MAX_DEPTH} 层。请把过长的表达式拆成多行。",
        "script-depth",
    )


def _depth_within(tree: ast.AST, limit: int) -> bool:
    level: list[ast.AST] = [tree]
    for _ in range(limit):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return True
    return False


def reads(tree: ast.Module) -> frozenset[str]:
    """Every name whose value the script may look at, wherever in the script it stands."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    names |= {n.target.id for n in ast.walk(tree) if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)}
    return frozenset(names)


def assigns(tree: ast.Module) -> frozenset[str]:
    """Top-level names that hold data which the script gave them.

    Not among them: names that begin with "_", functions, classes and imports, and the variables of `for` loops and
    `except` clauses, unless they are also assigned plainly.
    """
    names: set[str] = set()
    for node in _top(tree):
        if isinstance(node, ast.Assign):
            if not isinstance(node.value, ast.Lambda):
                names.update(*(_stored(target) for target in node.targets))
        elif isinstance(node, ast.AugAssign | ast.NamedExpr | ast.AnnAssign):
            if node.value is not None and not isinstance(node.value, ast.Lambda):
                names.update(_stored(node.target))
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            names.update(_stored(node.optional_vars))
        elif isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            names.add(node.rest)
    names |= _declared_global(tree)
    return frozenset(name for name in names if not name.startswith("_"))


def bound(tree: ast.Module) -> frozenset[str]:
    """Every name that the script itself gives a meaning anywhere: assigned, imported, defined, or a parameter."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            names.add(node.rest)
    return frozenset(names)


def mutated(tree: ast.Module) -> frozenset[str]:
    """Names whose value the script changes in place: `order["a"] = 1`, `order.a = 1`, `items.append(1)` …"""
    names: set[str] = set()
    for node in ast.walk(tree):
        base: ast.expr | None = None
        if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            base = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
            base = node.func.value
        while isinstance(base, ast.Attribute | ast.Subscript):
            base = base.value
        if isinstance(base, ast.Name):
            names.add(base.id)
    return frozenset(names)


def imports(tree: ast.Module) -> dict[str, tuple[str, str | None]]:
    """Name in the script → (module, name in the module; None for the module itself)."""
    found: dict[str, tuple[str, str | None]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update({alias.asname or alias.name: (alias.name, None) for alias in node.names})
        elif isinstance(node, ast.ImportFrom):
            found.update({alias.asname or alias.name: (node.module or "", alias.name) for alias in node.names})
    return found


def _stored(target: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _declared_global(tree: ast.Module) -> set[str]:
    return {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}


def _top(tree: ast.AST) -> Iterator[ast.AST]:
    """Nodes that run in the script's own scope; a comprehension only gives its `:=`."""
    waiting: list[tuple[ast.AST, bool]] = [(child, False) for child in ast.iter_child_nodes(tree)]
    while waiting:
        node, inner = waiting.pop()
        if isinstance(node, _SCOPES):
            continue
        if not inner or isinstance(node, ast.NamedExpr):
            yield node
        inside = inner or isinstance(node, _COMPREHENSIONS)
        waiting.extend((child, inside) for child in ast.iter_child_nodes(node))
