"""Where the names of an expression are bound, and what a compiled node is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from engine.feel.context import Run
from engine.feel.syntax.nodes import Node
from engine.feel.values import Value

Code = Callable[[Run, Any], Value]

ELEMENT: Final = None
"""Marks the binding of a filter's element, whose entries are names too."""


@dataclass(slots=True)
class Reads:
    """What an expression reads: names, those that may be an element's entries too, paths, and functions not built in."""

    names: set[str] = field(default_factory=set)
    maybe: set[str] = field(default_factory=set)
    paths: set[tuple[str, ...]] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Scope:
    """The bindings around a node, outermost first: a name each, or ELEMENT."""

    compiler: Callable[[Node, "Scope"], Code]
    reads: Reads
    bindings: tuple[str | None, ...] = ()

    def code(self, node: Node) -> Code:
        """The closure for a node that stands in this scope."""
        return self.compiler(node, self)

    def bind(self, *names: str | None) -> "Scope":
        """The scope inside further bindings."""
        return Scope(self.compiler, self.reads, (*self.bindings, *names))


def environment(hops: int) -> Callable[[Any], Any]:
    """Goes so many bindings outwards."""
    if hops == 0:
        return lambda env: env
    if hops == 1:
        return lambda env: env[1]
    if hops == 2:
        return lambda env: env[1][1]

    def walk(env: Any) -> Any:
        for _ in range(hops):
            env = env[1]
        return env

    return walk
