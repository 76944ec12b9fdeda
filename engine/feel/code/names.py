"""Names and paths into closures."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from engine.feel.calling import host_function
from engine.feel.code.scope import ELEMENT, Code, Reads, Scope, environment
from engine.feel.context import Run
from engine.feel.errors import FeelError
from engine.feel.functions import FUNCTIONS
from engine.feel.properties import property_of
from engine.feel.syntax import nodes
from engine.feel.syntax.nodes import Node
from engine.feel.values import KINDS, Value, to_feel

_ATOMS: Final = frozenset(KINDS) - {list, dict, Decimal}


def compile_name(node: nodes.Name, scope: Scope) -> Code:
    """A variable's value as a FEEL value."""
    raw = raw_name(node, scope)
    name, position = node.name, node.pos
    if not _is_global(node, scope):
        return raw

    def load(run: Run, env: Any) -> Value:
        value = raw(run, env)
        return value if type(value) in _ATOMS else normalise(run, value, name, position)

    if scope.bindings:
        return load

    def load_outermost(run: Run, env: Any) -> Value:
        try:
            value = env[name]
        except KeyError:
            return missing(run, env, name, position)
        return value if type(value) in _ATOMS else normalise(run, value, name, position)

    return load_outermost


def normalise(run: Run, value: Any, name: str, position: int) -> Value:
    """A host's value as a FEEL value; null with a warning where it is none."""
    kind = type(value)
    try:
        return run.known(value) if kind is list or kind is dict else to_feel(value)
    except FeelError as error:
        return run.warn("NOT_A_VALUE", position, name=name, type=error.details["type"])


def missing(run: Run, scope: Mapping[str, Any], name: str, position: int) -> Value:
    """What a name means that the scope does not have: a host's function, a built-in one, or null with a warning."""
    function = run.context.functions.get(name)
    if function is not None:
        return host_function(name, function)
    builtin = FUNCTIONS.get(name)
    return builtin if builtin is not None else run.warn_missing(name, scope, position)


def _is_global(node: nodes.Name, scope: Scope) -> bool:
    return node.name not in scope.bindings and not (node.name == "item" and ELEMENT in scope.bindings)


def raw_name(node: nodes.Name, scope: Scope) -> Code:
    """A variable's value; one from the scope mapping comes as the host gave it."""
    name, bindings = node.name, scope.bindings
    elements: list[Callable[[Any], Any]] = []
    for hops, binding in enumerate(reversed(bindings)):
        if binding == name:
            return _first_of(name, elements, _bound(environment(hops)))
        if binding is ELEMENT:
            elements.append(environment(hops))
            if name == "item":
                return _first_of(name, elements, _bound(environment(hops)))
    _note_read(name, bool(elements), scope.reads)
    return _first_of(name, elements, _from_scope(name, node.pos, environment(len(bindings))))


def _note_read(name: str, may_be_entry: bool, reads: Reads) -> None:
    if name == "?":
        return
    reads.names.add(name)
    reads.paths.add((name,))
    if may_be_entry:
        reads.maybe.add(name)


def _bound(walk: Callable[[Any], Any]) -> Code:
    return lambda _run, env: walk(env)[0]


def _from_scope(name: str, position: int, walk: Callable[[Any], Any]) -> Code:
    def load(run: Run, env: Any) -> Any:
        scope = walk(env)
        try:
            return scope[name]
        except KeyError:
            return missing(run, scope, name, position)

    return load


def _first_of(name: str, elements: list[Callable[[Any], Any]], otherwise: Code) -> Code:
    """The entry of the innermost element that has it, else what is bound further out."""
    if not elements:
        return otherwise

    def load(run: Run, env: Any) -> Any:
        for element in elements:
            candidate = element(env)[0]
            if type(candidate) is dict and name in candidate:
                return candidate[name]
        return otherwise(run, env)

    return load


def compile_path(node: nodes.Path, scope: Scope) -> Code:
    """``base.name``; of the scope's variables only what the path leads to is converted, not all around it."""
    names = _static_path(node)
    if names is None or not _is_global(nodes.Name(node.pos, names[0]), scope):
        base = scope.code(node.base)
        name, position = node.name, node.pos

        def follow(run: Run, env: Any) -> Value:
            warned = len(run.warnings)
            value = base(run, env)
            if type(value) is dict and name in value:
                return value[name]
            if value is None and len(run.warnings) > warned:
                return None
            return property_of(run, position, value, name)

        return follow
    raw = _raw_path(node, scope)
    scope.reads.paths.discard((names[0],))
    scope.reads.paths.add(names)
    name, position = node.name, node.pos

    def load(run: Run, env: Any) -> Value:
        value = raw(run, env)
        return value if type(value) in _ATOMS else normalise(run, value, name, position)

    return load


def _static_path(node: Node) -> tuple[str, ...] | None:
    """``a.b.c`` as its names, None where the path starts with anything but a name."""
    names: list[str] = []
    while isinstance(node, nodes.Path):
        names.append(node.name)
        node = node.base
    return (node.name, *reversed(names)) if isinstance(node, nodes.Name) else None


def _raw_path(node: Node, scope: Scope) -> Code:
    if isinstance(node, nodes.Name):
        return raw_name(node, scope)
    assert isinstance(node, nodes.Path)
    base = _raw_path(node.base, scope)
    name, position = node.name, node.pos

    def load(run: Run, env: Any) -> Any:
        warned = len(run.warnings)
        value = base(run, env)
        if isinstance(value, Mapping) and name in value:
            return value[name]
        if value is None and len(run.warnings) > warned:
            return None
        return property_of(run, position, normalise(run, value, name, position), name)

    return load
