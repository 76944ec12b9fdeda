"""The syntax tree into Python closures.

Each node becomes a function of the run and the environment. The environment of the outermost level is the scope mapping;
every binding (a loop's variable, a parameter, a context's entry, a filter's element) puts a pair ``(value, environment)`` in
front of it, so that a closure can be kept and called later. Where a name is bound is known before anything runs.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from engine.feel.code.calls import compile_call
from engine.feel.code.names import compile_name, compile_path
from engine.feel.code.operators import (
    compile_arithmetic,
    compile_at_literal,
    compile_between,
    compile_compare,
    compile_if,
    compile_in,
    compile_instance_of,
    compile_interval,
    compile_literal,
    compile_logic,
    compile_negate,
    compile_unary_range,
)
from engine.feel.code.scope import Code, Reads, Scope
from engine.feel.code.structures import (
    compile_context,
    compile_filter,
    compile_for,
    compile_function,
    compile_list,
    compile_quantified,
)
from engine.feel.context import DEFAULT_CONTEXT, Run
from engine.feel.syntax import nodes
from engine.feel.syntax.nodes import Node

_COMPILERS: Final[Mapping[type, Callable[[Any, Scope], Code]]] = {
    nodes.Literal: compile_literal,
    nodes.AtLiteral: compile_at_literal,
    nodes.Name: compile_name,
    nodes.Path: compile_path,
    nodes.Filter: compile_filter,
    nodes.Call: compile_call,
    nodes.Negate: compile_negate,
    nodes.Arithmetic: compile_arithmetic,
    nodes.Compare: compile_compare,
    nodes.Logic: compile_logic,
    nodes.Between: compile_between,
    nodes.In: compile_in,
    nodes.InstanceOf: compile_instance_of,
    nodes.UnaryRange: compile_unary_range,
    nodes.Interval: compile_interval,
    nodes.ListOf: compile_list,
    nodes.ContextOf: compile_context,
    nodes.If: compile_if,
    nodes.For: compile_for,
    nodes.Quantified: compile_quantified,
    nodes.FunctionOf: compile_function,
}


_NO_SCOPE: Final[Mapping[str, Any]] = MappingProxyType({})
_CONVERSIONS: Final = ("date", "time", "date and time", "duration")


def _compile(node: Node, scope: Scope) -> Code:
    code = _COMPILERS[type(node)](node, scope)
    if isinstance(node, nodes.Negate | nodes.Call | nodes.Interval) and _is_constant(node, scope):
        return _folded(code, scope)
    return code


def _is_constant(node: Node, scope: Scope) -> bool:
    """Whether a value is known from the text: a literal, a date or the like made from one, a range between such."""
    if isinstance(node, nodes.Literal | nodes.AtLiteral):
        return True
    if isinstance(node, nodes.Negate):
        return _is_constant(node.operand, scope)
    if isinstance(node, nodes.Interval):
        return _is_constant(node.start, scope) and _is_constant(node.end, scope)
    if not isinstance(node, nodes.Call) or not isinstance(node.callee, nodes.Name) or node.names is not None:
        return False
    name = node.callee.name
    converts = name in _CONVERSIONS and name not in scope.bindings
    return converts and all(isinstance(argument, nodes.Literal) for argument in node.arguments)


def _folded(code: Code, scope: Scope) -> Code:
    """A constant, computed once; what gives null is left as it is, for it has to explain that each time."""
    env: Any = _NO_SCOPE
    for _ in scope.bindings:
        env = (None, env)
    value = code(Run(DEFAULT_CONTEXT, ""), env)
    return code if value is None else lambda _run, _env: value


def outermost() -> Scope:
    """The scope of a whole expression."""
    return Scope(_compile, Reads())
