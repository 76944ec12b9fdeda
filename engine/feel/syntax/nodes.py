"""The syntax tree. Every node knows the offset where it starts, for messages."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, string, boolean or null."""

    pos: int
    value: Decimal | str | bool | None


@dataclass(frozen=True, slots=True)
class AtLiteral:
    """``@"2024-05-01"``"""

    pos: int
    text: str


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, or a function where it is called."""

    pos: int
    name: str


@dataclass(frozen=True, slots=True)
class Path:
    """``base.name``"""

    pos: int
    base: "Node"
    name: str


@dataclass(frozen=True, slots=True)
class Filter:
    """``base[condition]``"""

    pos: int
    base: "Node"
    condition: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """``callee(a, b)`` or ``callee(x: a, y: b)``: ``names`` is None for positional arguments."""

    pos: int
    callee: "Node"
    arguments: tuple["Node", ...]
    names: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Negate:
    """``-operand``"""

    pos: int
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``+ - * / **``"""

    pos: int
    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Compare:
    """``= != < <= > >=``"""

    pos: int
    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Logic:
    """``and`` or ``or`` over two operands and more; ``enclosed`` in parentheses, it is one operand of another."""

    pos: int
    operator: str
    operands: tuple["Node", ...]
    enclosed: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """``value between low and high``"""

    pos: int
    value: "Node"
    low: "Node"
    high: "Node"


@dataclass(frozen=True, slots=True)
class In:
    """``value in tests``"""

    pos: int
    value: "Node"
    tests: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class InstanceOf:
    """``value instance of type``"""

    pos: int
    value: "Node"
    type: "TypeNode"


@dataclass(frozen=True, slots=True)
class UnaryRange:
    """``< end`` and its kin, as a value or as a test."""

    pos: int
    operator: str
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Interval:
    """``[start..end]`` with each end open or closed."""

    pos: int
    start: "Node"
    end: "Node"
    start_included: bool
    end_included: bool


@dataclass(frozen=True, slots=True)
class ListOf:
    """``[a, b]``"""

    pos: int
    elements: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class ContextOf:
    """``{a: 1, b: a + 1}``"""

    pos: int
    entries: tuple[tuple[str, "Node"], ...]


@dataclass(frozen=True, slots=True)
class If:
    """``if condition then yes else no``"""

    pos: int
    condition: "Node"
    yes: "Node"
    no: "Node"


@dataclass(frozen=True, slots=True)
class Iterator:
    """``name in source``, or ``name in source..end``."""

    name: str
    source: "Node"
    end: "Node | None"


@dataclass(frozen=True, slots=True)
class For:
    """``for x in xs, y in ys return body``"""

    pos: int
    iterators: tuple[Iterator, ...]
    body: "Node"


@dataclass(frozen=True, slots=True)
class Quantified:
    """``some`` or ``every`` ``x in xs satisfies body``"""

    pos: int
    quantifier: str
    iterators: tuple[Iterator, ...]
    body: "Node"


@dataclass(frozen=True, slots=True)
class FunctionOf:
    """``function(a: number, b) body``; ``external`` where the body is Java or PMML."""

    pos: int
    parameters: tuple[tuple[str, "TypeNode | None"], ...]
    body: "Node"
    external: bool


@dataclass(frozen=True, slots=True)
class TypeNode:
    """A type as written: ``name`` alone, or list, context, function, range with what they are made of.

    A context's ``fields`` go with ``inner`` one to one; a function's ``inner`` are its parameters, then its result.
    """

    pos: int
    name: str
    inner: tuple["TypeNode", ...] = ()
    fields: tuple[str, ...] = ()


Node: TypeAlias = (
    Literal
    | AtLiteral
    | Name
    | Path
    | Filter
    | Call
    | Negate
    | Arithmetic
    | Compare
    | Logic
    | Between
    | In
    | InstanceOf
    | UnaryRange
    | Interval
    | ListOf
    | ContextOf
    | If
    | For
    | Quantified
    | FunctionOf
)
