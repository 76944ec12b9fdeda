"""What every part of the reader shares while one file is read: its ids, and where problems go."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.bpmn.model import EventDefinition, Problem
from engine.bpmn.reading.names import BPMN, Element, attribute, line_of, local, split
from engine.bpmn.rules import problem

_ID = re.compile(r"[^\W\d][\w.\-]{0,199}")


@dataclass(slots=True)
class Operation:
    """An operation of an interface (BPMN 8.4.3)."""

    name: str
    message: str | None


@dataclass(slots=True)
class Reading:
    """One reading of one file. Mutable while it lasts; the `Document` that comes out is not."""

    file: str
    root: Element
    problems: list[Problem] = field(default_factory=list)
    elements: dict[str, Element] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    signals: dict[str, str] = field(default_factory=dict)
    errors: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    escalations: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    definitions: dict[str, EventDefinition] = field(default_factory=dict)
    """Event definitions at the root of the file, for `eventDefinitionRef`."""
    flow_messages: dict[str, str] = field(default_factory=dict)
    """Node id → message name given by the message flow that ends there (BPMN 9.3)."""
    forms: dict[str, dict[str, object]] = field(default_factory=dict)
    compensation: dict[str, list[str]] = field(default_factory=dict)
    """Id → ids at the other end of its associations."""

    def report(self, rule: str, element: Element | None, /, **data: object) -> None:
        """Note a problem at an element."""
        named = element
        while named is not None and attribute(named, "id") is None:
            named = named.getparent()
        self.problems.append(
            problem(
                rule,
                data,
                file=self.file,
                line=line_of(element) if element is not None else None,
                element_id=attribute(named, "id") if named is not None else None,
                element_name=attribute(named, "name") if named is not None else None,
            )
        )

    def index(self) -> None:
        """Note every id of the BPMN namespace; report the ones that are unusable or used twice."""
        for element in self.root.iter(f"{{{BPMN}}}*"):
            key = attribute(element, "id")  # XML strips an ID (XML Schema 1.0 part 2, 3.3.8)
            if key is None:
                continue
            if not _ID.fullmatch(key):
                self.report("invalid-id", element, value=key[:80])
            if key in self.elements:
                first = self.elements[key]
                self.report("duplicate-id", element, value=key, first=line_of(first))
            else:
                self.elements[key] = element

    def key(self, reference: str | None) -> str | None:
        """The id that a reference means: references are QNames, so a prefix that names no element is dropped."""
        if reference is None or reference in self.elements:
            return reference
        _, colon, bare = reference.rpartition(":")
        return bare if colon else reference

    def target(self, element: Element, reference: str | None, *kinds: str) -> str | None:
        """The id that `element` refers to, which must exist and be one of the kinds; otherwise a problem and None."""
        key = self.key(reference)
        if key is None:
            return None
        found = self.elements.get(key)
        if found is None:
            self.report("unresolved-reference", element, reference=key, expected=_list(kinds))
            return None
        if kinds and local(found) not in kinds:
            self.report("wrong-reference", element, reference=key, found=local(found), expected=_list(kinds))
            return None
        return key

    def fresh(self, stem: str, taken: Iterable[str] = ()) -> str:
        """An id that the file does not use, made from a stem."""
        used = set(taken)
        candidate, number = stem[:180], 1
        while candidate in self.elements or candidate in used:
            number += 1
            candidate = f"{stem[:180]}_{number}"
        return candidate


def _list(kinds: tuple[str, ...]) -> str:
    return " / ".join(kinds) or "element"


def is_bpmn(element: Element) -> bool:
    """Whether the element belongs to the BPMN model namespace."""
    return split(element.tag)[0] == BPMN
