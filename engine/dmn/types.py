"""Item definitions become FEEL types, and values are made to conform to them (clauses 7.3.3 and 10.3.2.9.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine import feel
from engine.dmn.errors import DmnError
from engine.dmn.model import Definitions, ItemDefinition
from engine.dmn.run import Run
from engine.feel.context import Refused
from engine.feel.syntax.nodes import TypeNode
from engine.feel.types import SIMPLE, coerce, is_instance, type_text

# What other tools write for FEEL's own types.
ALIASES: Mapping[str, str] = {
    "integer": "number",
    "int": "number",
    "long": "number",
    "double": "number",
    "float": "number",
    "decimal": "number",
    "days and time": "days and time duration",
    "years and months": "years and months duration",
    "any": "Any",
}

_EXACT: Mapping[str, type] = {
    "number": Decimal,
    "string": str,
    "boolean": bool,
    "date": date,
    "time": time,
    "date and time": datetime,
    "days and time duration": timedelta,
}

Coercion = Callable[[Any, Run, str, str], Any]
FeelType = str | TypeNode | Callable[[Any], bool]

_ANY = TypeNode(0, "Any")

# Allowed values are tried on every element of a list; none of them needs more than a few steps.
_BRIEF = feel.Context(budget=feel.Budget(steps=1_000, depth=8))

_LARGE = 200
"""From how many parts on a type is named inside others instead of repeated there."""


@dataclass(slots=True)
class Types:
    """The types of one model and of those that it imports.

    `named` is what FEEL expressions may name: own types by name, imported ones as `import.name`, and every
    constrained type by a key that is unique across models.
    """

    definitions: Definitions
    named: dict[str, FeelType] = field(default_factory=dict)
    _nodes: dict[tuple[str, bool], TypeNode] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)
    _imports: dict[str, Types] = field(default_factory=dict)

    @classmethod
    def of(cls, definitions: Definitions) -> Types:
        """The types of a model; made once and kept with it. Raises DmnError (`dmn.size`) for types nested too deeply."""
        known = definitions.programs.get("types")
        if isinstance(known, Types):
            return known
        types = cls(definitions)
        try:
            types._fill()
        except RecursionError as error:
            raise DmnError(
                "dmn.size", "The types are nested too deeply.", "数据类型嵌套过深。", file=definitions.file
            ) from error
        definitions.programs["types"] = types
        return types

    def _fill(self) -> None:
        for used in self.definitions.imports:
            if used.definitions is not None:
                other = Types.of(used.definitions)
                self._imports[used.name] = other
                prefix = f"{used.name}." if used.name else ""
                for name, known in other.named.items():
                    self.named[name if "#" in name else prefix + name] = known
        for name in self.definitions.items:
            self.named[name] = self.node(name, strict=False)

    # -- structure -----------------------------------------------------------------------------------------------------

    def node(self, ref: str | None, *, strict: bool = True) -> TypeNode:
        """The FEEL type that a type reference means; Any for none at all or one that is not known.

        A strict type includes the allowed values; `instance of` asks for the other kind.
        """
        name = ALIASES.get(ref or "Any", ref or "Any")
        if name in SIMPLE or name in ("Any", "Null"):
            return TypeNode(0, name)
        known = self._nodes.get((name, strict))
        if known is not None:
            return known
        found = self._find(name)
        if found is None:
            return _ANY
        owner, item = found
        if owner is not self:
            return owner.node(item.name, strict=strict)
        key = self._key(item, strict)
        if key in self._open:
            # A type that contains itself is looked up by name while values are checked.
            return TypeNode(0, key)
        self._open.add(key)
        node = self._build(item, strict)
        self._open.discard(key)
        self.named[key] = _ANY if node.name == key else node
        self._nodes[name, strict] = TypeNode(0, key) if _parts(node) > _LARGE else node
        return self._nodes[name, strict]

    def known(self, ref: str | None) -> bool:
        """Whether a type reference means anything."""
        name = ALIASES.get(ref or "Any", ref or "Any")
        return name in SIMPLE or name in ("Any", "Null") or self._find(name) is not None

    def item(self, ref: str | None) -> ItemDefinition | None:
        """The item definition behind a reference, if it is one."""
        found = self._find(ref) if ref else None
        return found[1] if found else None

    def item_at(self, kinds: Mapping[str, str | None], text: str) -> ItemDefinition | str | None:
        """What is declared for a plain name or path (`order.customer.age`): an item definition, a FEEL type, or nothing.

        `kinds` are the declared types of the names in scope.
        """
        first, *rest = [part.strip() for part in " ".join(text.split()).split(".")]
        found: ItemDefinition | str | None = kinds.get(first)
        for name in ("", *rest):
            if isinstance(found, str):
                found = self.item(found) or found
            if name:
                parts = found.components if isinstance(found, ItemDefinition) and not found.is_collection else ()
                found = next((part for part in parts if part.name == name), None)
        return found

    def _find(self, name: str) -> tuple[Types, ItemDefinition] | None:
        item = self.definitions.items.get(name)
        if item is not None:
            return self, item
        for prefix, other in self._imports.items():
            if not prefix or name.startswith(f"{prefix}."):
                found = other._find(name[len(prefix) + 1 :] if prefix else name)
                if found is not None:
                    return found
        return None

    def _key(self, item: ItemDefinition, strict: bool) -> str:
        return f"{self.definitions.namespace}#{item.name}{'' if strict else '~'}"

    def _build(self, item: ItemDefinition, strict: bool) -> TypeNode:
        """The type of an item definition or component: its base, its elements' allowed values, list or not, its
        constraint.
        """
        if item.function is not None:
            parameters = [self.node(parameter.type_ref, strict=strict) for parameter in item.function.parameters]
            node = TypeNode(0, "function", (*parameters, self.node(item.function.result, strict=strict)))
        elif item.has_components:
            parts = tuple(self._build(component, strict) for component in item.components)
            node = TypeNode(0, "context", parts, tuple(component.name for component in item.components))
        else:
            node = self.node(item.type_ref, strict=strict)
        if strict:
            node = self._constrained(node, item.allowed, item)
        if item.is_collection:
            node = TypeNode(0, "list", (node,))
        return self._constrained(node, item.constraint, item) if strict else node

    def _constrained(self, base: TypeNode, text: str | None, item: ItemDefinition) -> TypeNode:
        """A type whose values also pass unary tests; tests that cannot be read restrict nothing (the check reports
        them).
        """
        if not text:
            return base
        try:
            tests = feel.parse_unary_tests(text, names=vocabulary(self.definitions))
        except feel.FeelSyntaxError:
            return base

        def accepts(value: Any) -> bool:
            return is_instance(value, base, self.named) and tests.evaluate(value, {}, _BRIEF).value is True

        accepts.__name__ = f"{type_text(base) if '#' not in base.name else item.name} ({text})"
        key = f"{self._key(item, True)}#{len(self.named)}"
        self.named[key] = accepts
        return TypeNode(0, key)

    # -- conformance ---------------------------------------------------------------------------------------------------

    def feel_type(self, ref: str | None) -> FeelType | None:
        """The type as FEEL functions want it for a parameter; None accepts anything."""
        node = self.node(ref)
        if node.name == "Any":
            return None
        predicate = self.named.get(node.name)
        return predicate if callable(predicate) else node

    def result_of(self, ref: str | None) -> str | TypeNode | None:
        """What a function of this type returns; for a type that is no function, the type itself."""
        node = self.node(ref)
        if node.name == "function":
            return node.inner[-1] if node.inner else None
        return node

    def coercion(self, ref: str | TypeNode | None) -> Coercion | None:
        """A function that makes a value conform to a type, or null and a problem; None where any value will do."""
        node = ref if isinstance(ref, TypeNode) else self.node(ref)
        if node.name == "Any":
            return None
        known = self.named.get(node.name, node)
        shown = ref if isinstance(ref, str) else type_text(known)
        return _Coercion(node, self.named, shown, _EXACT.get(node.name)).apply


@dataclass(frozen=True, slots=True)
class _Coercion:
    node: TypeNode
    named: Mapping[str, FeelType]
    shown: str
    exact: type | None

    def apply(self, value: Any, run: Run, element: str, label: str) -> Any:
        """The conforming value, or null with a problem that names `label`."""
        if type(value) is self.exact:
            return value
        try:
            return coerce(value, self.node, self.named)
        except Refused:
            kind = feel.type_name(value)
            run.problem(
                f"{label}: {feel.string_of(value)[:80]} ({kind}) does not conform to the type {self.shown}.",
                f"{label}：{feel.string_of(value)[:80]}（{kind}）不符合类型 {self.shown}。",
                code="dmn.type",
                element=element,
            )
            return None


def _parts(node: TypeNode) -> int:
    return 1 + sum(_parts(inner) for inner in node.inner)


def vocabulary(definitions: Definitions) -> frozenset[str]:
    """The member names of a model's types and of those it imports: names that paths may contain."""
    known = definitions.programs.get("vocabulary")
    if isinstance(known, frozenset):
        return known
    names: set[str] = set()
    waiting = list(definitions.items.values())
    while waiting:
        item = waiting.pop()
        names.update(component.name for component in item.components)
        waiting.extend(item.components)
    for used in definitions.imports:
        if used.definitions is not None:
            names.update(vocabulary(used.definitions))
    definitions.programs["vocabulary"] = frozenset(names)
    return frozenset(names)
