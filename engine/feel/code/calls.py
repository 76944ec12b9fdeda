"""Calls into closures."""

from collections.abc import Mapping
from typing import Any

from engine.feel.calling import host_function, invoke, invoke_named
from engine.feel.code.scope import Code, Scope
from engine.feel.context import Run
from engine.feel.functions import FUNCTIONS
from engine.feel.syntax import nodes
from engine.feel.syntax.nodes import Node
from engine.feel.values import Builtin, FeelFunction, Value

_DEFINED = "is defined"


def compile_call(node: nodes.Call, scope: Scope) -> Code:
    """``callee(...)``. A name means a function that is bound or a variable, else the host's, else the built-in one."""
    if isinstance(node.callee, nodes.Name) and node.callee.name == _DEFINED and len(node.arguments) == 1:
        return _compile_defined(node.arguments[0], scope)
    callee = _compile_callee(node.callee, scope)
    arguments = [scope.code(argument) for argument in node.arguments]
    names, position = node.names, node.pos
    if names is not None:

        def call_named(run: Run, env: Any) -> Value:
            function = callee(run, env)
            values = [argument(run, env) for argument in arguments]
            return None if function is None else invoke_named(run, function, names, values, position)

        return call_named

    def call(run: Run, env: Any) -> Value:
        function = callee(run, env)
        values = [argument(run, env) for argument in arguments]
        return None if function is None else invoke(run, function, values, position)

    return call


def _compile_callee(node: Node, scope: Scope) -> Code:
    if not isinstance(node, nodes.Name):
        return scope.code(node)
    if node.name in scope.bindings:
        return _bound_or_builtin(scope.code(node), FUNCTIONS.get(node.name))
    name, position, hops = node.name, node.pos, len(scope.bindings)
    builtin = FUNCTIONS.get(name)
    if builtin is None:
        scope.reads.functions.add(name)

    def find(run: Run, env: Any) -> Value:
        for _ in range(hops):
            env = env[1]
        candidate = _variable(env, name)
        if candidate is not None:
            return candidate
        function = run.context.functions.get(name)
        if function is not None:
            return host_function(name, function)
        if builtin is None:
            run.warn("NO_FUNCTION_FOUND", position, name=name, known=(*FUNCTIONS, *run.context.functions, *env))
        return builtin

    return find


def _bound_or_builtin(bound: Code, builtin: Builtin | None) -> Code:
    """What a bound name means that is called: the built-in function if what is bound is no function."""

    def find(run: Run, env: Any) -> Value:
        value = bound(run, env)
        return value if builtin is None or isinstance(value, Builtin | FeelFunction) else builtin

    return find


def _variable(scope: Mapping[str, Any], name: str) -> Builtin | FeelFunction | None:
    """A function in the scope; a variable of that name that holds something else does not hide a built-in function."""
    if name not in scope:
        return None
    candidate = scope[name]
    return candidate if isinstance(candidate, Builtin | FeelFunction) else None


def _compile_defined(node: Node, scope: Scope) -> Code:
    """``is defined(path)``: whether the variable, and each entry on the path, is there; null counts as there."""
    code = scope.code(node)
    wanted = {"NO_VARIABLE_FOUND", "NO_CONTEXT_ENTRY_FOUND", "NO_PROPERTY_FOUND", "NOTHING_TO_READ"}

    def test(run: Run, env: Any) -> Value:
        warned = len(run.warnings)
        code(run, env)
        found = {warning.code for warning in run.warnings[warned:]}
        del run.warnings[warned:]
        return not found & wanted

    return test
