"""The syntax tree into Python closures.

Each node becomes a function of the run and the environment. The environment of the outermost level is the scope mapping;
every binding (a loop's variable, a parameter, a context's entry, a filter's element) puts a pair ``(value, environment)`` in
front of it, so that a closure can be kept and called later. Where a name is bound is known before anything runs.
"""

from collections.abc import Callable, Mapping
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


def _compile(node: Node, scope: Scope) -> Code:
    return _COMPILERS[type(node)](node, scope)


def outermost() -> Scope:
    """The scope of a whole expression."""
    return Scope(_compile, Reads())
