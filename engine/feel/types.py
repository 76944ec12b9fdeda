"""Types and conformance to them (DMN 1.5, 10.3.2.9)."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from engine.feel.context import Refused
from engine.feel.syntax.nodes import TypeNode
from engine.feel.syntax.stream import KnownNames, TokenStream
from engine.feel.syntax.type_text import parse_type
from engine.feel.temporal import at_midnight
from engine.feel.values import KINDS, Builtin, FeelFunction, Range, Value, to_feel

SIMPLE: Final[Mapping[str, frozenset[str]]] = {
    "number": frozenset({"number"}),
    "string": frozenset({"string"}),
    "boolean": frozenset({"boolean"}),
    "date": frozenset({"date"}),
    "time": frozenset({"time"}),
    "date and time": frozenset({"date and time"}),
    "dateTime": frozenset({"date and time"}),
    "days and time duration": frozenset({"days and time duration"}),
    "dayTimeDuration": frozenset({"days and time duration"}),
    "years and months duration": frozenset({"years and months duration"}),
    "yearMonthDuration": frozenset({"years and months duration"}),
    "duration": frozenset({"days and time duration", "years and months duration"}),
    "list": frozenset({"list"}),
    "context": frozenset({"context"}),
    "function": frozenset({"function"}),
    "range": frozenset({"range"}),
}
"""The types that are no more than a kind of value."""

FeelType = str | TypeNode | Callable[[Value], bool]
"""A type: as text, parsed, or a predicate of a host."""


@lru_cache(maxsize=1024)
def type_of_text(text: str) -> TypeNode:
    """A type from its text, e.g. ``"list<number>"``. Raises FeelSyntaxError."""
    stream = TokenStream(text, KnownNames())
    node = parse_type(stream)
    if stream.token.kind != "end":
        stream.fail("the end of the type")
    return node


def is_instance(value: Value, type_: FeelType, types: Mapping[str, FeelType] | None = None) -> bool:
    """``value instance of type``: null is an instance of Null only. ``types`` gives named types.

    Raises :class:`Refused` (UNKNOWN_TYPE) for a name that is neither a type of FEEL nor in ``types``.
    """
    value = to_feel(value)
    if isinstance(type_, str):
        known = (types or {}).get(type_)
        if known is not None and known != type_:
            return is_instance(value, known, types)
        type_ = type_of_text(type_)
    if not isinstance(type_, TypeNode):
        return value is not None and bool(type_(value))
    return _is_instance(value, type_, types or {})


def _is_instance(value: Value, node: TypeNode, types: Mapping[str, FeelType]) -> bool:
    if node.name == "Null" or node.name == "null":
        return value is None
    if node.name not in SIMPLE and node.name != "Any":
        known = types.get(node.name)
        if known is None:
            raise Refused("UNKNOWN_TYPE", name=node.name)
        return is_instance(value, known, types)
    if value is None:
        return False
    if node.name == "Any":
        return True
    if KINDS[type(value)] not in SIMPLE[node.name]:
        return False
    return not node.inner or _INNER[node.name](value, node, types)


def _conforms(value: Value, node: TypeNode, types: Mapping[str, FeelType]) -> bool:
    """Like instance of, but null conforms to everything."""
    return value is None or _is_instance(value, node, types)


def _list(value: list[Value], node: TypeNode, types: Mapping[str, FeelType]) -> bool:
    return all(_conforms(element, node.inner[0], types) for element in value)


def _range(value: Range, node: TypeNode, types: Mapping[str, FeelType]) -> bool:
    return _conforms(value.start, node.inner[0], types) and _conforms(value.end, node.inner[0], types)


def _context(value: dict[str, Value], node: TypeNode, types: Mapping[str, FeelType]) -> bool:
    pairs = zip(node.fields, node.inner, strict=True)
    return all(name in value and _conforms(value[name], inner, types) for name, inner in pairs)


def _function(value: FeelFunction | Builtin, node: TypeNode, types: Mapping[str, FeelType]) -> bool:
    """As many parameters, each at least as wide; a result that is at least as narrow."""
    wanted, result = node.inner[:-1], node.inner[-1]
    if isinstance(value, Builtin):
        return any(
            signature.required <= len(wanted) <= len(signature.parameters)
            and all(
                not slot.kinds or SIMPLE.get(inner.name, frozenset({""})) <= slot.kinds
                for slot, inner in zip(signature.parameters, wanted, strict=False)
            )
            for signature in value.signatures
        )
    if len(wanted) != len(value.parameters):
        return False
    wide = all(
        parameter.type is None or _narrower(inner, parameter.type)
        for parameter, inner in zip(value.parameters, wanted, strict=True)
    )
    return wide and (value.returns is None or _narrower(value.returns, result))


def _narrower(narrow: Any, wide: Any) -> bool:
    """Whether every value of one type is one of another too, as far as their texts tell."""
    narrow = type_of_text(narrow) if isinstance(narrow, str) else narrow
    wide = type_of_text(wide) if isinstance(wide, str) else wide
    if not isinstance(narrow, TypeNode) or not isinstance(wide, TypeNode):
        return narrow is wide
    if wide.name == "Any" or narrow.name in ("Null", "null"):
        return True
    if narrow.name != wide.name:
        return False
    if wide.name == "context":
        own = dict(zip(narrow.fields, narrow.inner, strict=True))
        return all(
            name in own and _narrower(own[name], inner) for name, inner in zip(wide.fields, wide.inner, strict=True)
        )
    if not wide.inner:
        return True
    return len(narrow.inner) == len(wide.inner) and all(map(_narrower, narrow.inner, wide.inner))


_INNER: Final[Mapping[str, Callable[[Any, TypeNode, Mapping[str, FeelType]], bool]]] = {
    "list": _list,
    "range": _range,
    "context": _context,
    "function": _function,
}


def coerce(value: Value, type_: FeelType | None, types: Mapping[str, FeelType] | None = None) -> Value:
    """A value where a type is expected, with the implicit conversions of 10.3.2.9.4.

    Null stays null; a list of one becomes its element; a single value becomes a list of one where a list is expected; a date
    becomes midnight UTC where a date and time is expected. Raises :class:`Refused` (INVALID_TYPE) where nothing fits.
    """
    value = to_feel(value)
    if value is None or type_ is None or is_instance(value, type_, types):
        return value
    candidates: list[Value] = [[value]]
    if type(value) is list and len(value) == 1:
        candidates.append(value[0])
    if KINDS[type(value)] == "date":
        candidates.append(at_midnight(value))
    for candidate in candidates:
        if candidate is not None and is_instance(candidate, type_, types):
            return candidate
    raise Refused("INVALID_TYPE", expected=type_text(type_), found=KINDS[type(value)])


def type_text(type_: Any) -> str:
    """A type as text, for messages."""
    if isinstance(type_, TypeNode):
        if type_.name == "function" and type_.inner:
            return f"function<{', '.join(map(type_text, type_.inner[:-1]))}> -> {type_text(type_.inner[-1])}"
        inner = [type_text(part) for part in type_.inner]
        if type_.fields:
            inner = [f"{name}: {part}" for name, part in zip(type_.fields, inner, strict=True)]
        return f"{type_.name}<{', '.join(inner)}>" if inner else type_.name
    return str(type_) if isinstance(type_, str) else getattr(type_, "__name__", "another type")
