"""Namespaces of BPMN 2.0.2 and its diagram interchange, and how to ask an XML element for its parts."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

Element = etree._Element

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DD = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
FACET = "urn:facet:bpmn:1"


def split(tag: object) -> tuple[str, str]:
    """(namespace, local name) of a tag or attribute name in Clark notation; ("", "") for what is no element."""
    if not isinstance(tag, str):
        return "", ""
    if tag.startswith("{"):
        namespace, _, local = tag[1:].partition("}")
        return namespace, local
    return "", tag


def local(element: Element) -> str:
    """Local name of an element of the BPMN namespace; empty for any other element."""
    namespace, name = split(element.tag)
    return name if namespace == BPMN else ""


def children(element: Element, *names: str) -> Iterator[Element]:
    """BPMN child elements with one of the local names (all BPMN children without names), in document order."""
    for child in element:
        name = local(child)
        if name and (not names or name in names):
            yield child


def child(element: Element, name: str) -> Element | None:
    """The first BPMN child with this local name."""
    return next(children(element, name), None)


def text(element: Element | None) -> str | None:
    """The stripped text of an element; None when there is no element or no text."""
    if element is None:
        return None
    found = "".join(part for part in element.itertext() if isinstance(part, str)).strip()
    return found or None


def child_text(element: Element, name: str) -> str | None:
    """The stripped text of the first BPMN child with this local name."""
    return text(child(element, name))


def attribute(element: Element, name: str) -> str | None:
    """A BPMN (unqualified) attribute, stripped; None when absent or empty."""
    value = element.get(name)
    return value.strip() or None if value is not None else None


def facet(element: Element, name: str) -> str | None:
    """A `facet:` attribute, stripped; None when absent or empty."""
    value = element.get(f"{{{FACET}}}{name}")
    return value.strip() or None if value is not None else None


def line_of(element: Element) -> int | None:
    """The line of the file where the element begins."""
    line = element.sourceline
    return line if isinstance(line, int) else None


def flag(element: Element, name: str, default: bool) -> bool:
    """A boolean attribute (`true`, `1`)."""
    value = attribute(element, name)
    return default if value is None else value.lower() in ("true", "1")


def extensions(element: Element, name: str, namespace: str = FACET) -> Iterator[Element]:
    """Children of `extensionElements` in a vendor's namespace."""
    for holder in children(element, "extensionElements"):
        yield from holder.iterchildren(f"{{{namespace}}}{name}")
