"""What the type of an expression's value is, as far as its text tells; for functions as values."""

from decimal import Decimal
from typing import Final

from engine.feel.syntax import nodes
from engine.feel.syntax.nodes import Node, TypeNode

_CONSTANTS: Final = {Decimal: "number", str: "string", bool: "boolean"}
_JUDGEMENTS: Final = (nodes.Compare, nodes.Logic, nodes.Between, nodes.In, nodes.InstanceOf, nodes.Quantified)


def type_of(node: Node) -> TypeNode | None:
    """The type of the value that a node will have, None where only the evaluation can tell."""
    if isinstance(node, nodes.Literal):
        name = _CONSTANTS.get(type(node.value))
        return None if name is None else TypeNode(node.pos, name)
    if isinstance(node, _JUDGEMENTS):
        return TypeNode(node.pos, "boolean")
    if isinstance(node, nodes.ListOf):
        return _list_type(node)
    if isinstance(node, nodes.ContextOf):
        inner = [(key, type_of(value)) for key, value in node.entries]
        known = [(key, type_) for key, type_ in inner if type_ is not None]
        fields, types = tuple(key for key, _ in known), tuple(type_ for _, type_ in known)
        return TypeNode(node.pos, "context", types, fields)
    if isinstance(node, nodes.Arithmetic):
        left, right = type_of(node.left), type_of(node.right)
        same = left is not None and right is not None and left.name == right.name
        return left if same and left is not None and left.name in ("number", "string") else None
    return None


def _list_type(node: nodes.ListOf) -> TypeNode:
    names = {type_of(element) for element in node.elements}
    first = next(iter(names), None)
    return TypeNode(node.pos, "list", (first,)) if len(names) == 1 and first is not None else TypeNode(node.pos, "list")
