"""Nothing is lost silently: every element and attribute of a file is known, harmless, or a problem."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches

from engine.bpmn.reading.context import Reading
from engine.bpmn.reading.names import BPMN, DC, DD, DI, FACET, XSI, Element, local, split
from engine.bpmn.reading.vocabulary import (
    ATTRIBUTES,
    CHILDREN,
    FACET_ATTRIBUTES,
    FACET_ELEMENTS,
    HARMLESS,
    HARMLESS_NAMESPACES,
    OUT_OF_SCOPE,
    PARENTS,
)


def take_inventory(reading: Reading) -> None:
    """Report every element and attribute that the reader does not take into the model."""
    foreign: Counter[str] = Counter()
    for element in _walk(reading.root):
        namespace, name = split(element.tag)
        if namespace == BPMN:
            _element(reading, element, name)
            _attributes(reading, element, foreign)
        elif namespace == FACET:
            _facet_element(reading, element, name)
        elif namespace not in (DI, DC, DD, ""):
            parent = element.getparent()
            if parent is not None and split(parent.tag)[0] == BPMN:
                foreign[namespace] += 1
        elif namespace == "" and name:
            reading.report("unknown-element", element, element=name)
    for namespace, count in foreign.items():
        if not namespace.startswith(HARMLESS_NAMESPACES):
            reading.report("foreign-vocabulary", reading.root, namespace=namespace, count=count)


def _walk(element: Element) -> Iterator[Element]:
    """Every element, but for what stands inside another vocabulary's extension: that is the vocabulary's own, even
    where it has no namespace or borrows BPMN's."""
    yield element
    for child in element:
        if not isinstance(child.tag, str):
            continue
        if local(element) == "extensionElements" and split(child.tag)[0] not in (BPMN, FACET):
            yield child
        else:
            yield from _walk(child)


def _element(reading: Reading, element: Element, name: str) -> None:
    parent = element.getparent()
    holder = local(parent) if parent is not None else ""
    if name in OUT_OF_SCOPE:
        if holder not in OUT_OF_SCOPE:
            reading.report("unsupported-element", element, element=name)
    elif name in PARENTS:
        if holder not in PARENTS[name] and holder not in OUT_OF_SCOPE:
            reading.report("misplaced-element", element, element=name, parent=holder or "-")
    elif name not in CHILDREN and name not in HARMLESS:
        reading.report("unknown-element", element, element=name)


def _attributes(reading: Reading, element: Element, foreign: Counter[str]) -> None:
    for key, value in element.attrib.items():
        namespace, name = split(key)
        if namespace == FACET:
            _facet_attribute(reading, element, name)
        elif namespace == "":
            if name not in ATTRIBUTES:
                reading.report("unknown-attribute", element, attribute=name, value=str(value)[:80])
        elif namespace != XSI:
            foreign[namespace] += 1


def _facet_attribute(reading: Reading, element: Element, name: str) -> None:
    kind = local(element)
    allowed = FACET_ATTRIBUTES.get(kind, frozenset()) | FACET_ATTRIBUTES["*"]
    if name not in allowed:
        near = get_close_matches(name, sorted(allowed), 1, 0.6)
        reading.report("unknown-vocabulary", element, name=f"facet:{name}", near=near[0] if near else "-")


def _facet_element(reading: Reading, element: Element, name: str) -> None:
    if name not in FACET_ELEMENTS:
        near = get_close_matches(name, sorted(FACET_ELEMENTS), 1, 0.6)
        reading.report("unknown-vocabulary", element, name=f"facet:{name}", near=near[0] if near else "-")
        return
    missing = [key for key in FACET_ELEMENTS[name] if not element.get(key)]
    if missing:
        reading.report("vocabulary-incomplete", element, name=f"facet:{name}", missing=", ".join(missing))
