"""Small questions that the readers ask of an XML element: children by local name, attributes, text, place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from engine.dmn.errors import DmnError
from engine.dmn.xml import Element

_FEEL_MARKS = ("/FEEL", "/feel")


def local(element: Element) -> str:
    """The element's name without namespace; empty for comments."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def squeeze(name: str | None) -> str:
    """A FEEL name with its white space normalised (clause 10.3.1.3)."""
    return " ".join((name or "").split())


def element_id(element: Element) -> str:
    """The XML id, or empty."""
    return element.get("id") or ""


def line(element: Element) -> int:
    """The line in the file, counted from 1."""
    number: Any = element.sourceline
    return number if isinstance(number, int) else 0


@dataclass(frozen=True, slots=True)
class Source:
    """The file being read: its DMN namespace, its own model namespace, and import names by namespace."""

    file: str
    dmn: str
    namespace: str
    imports: dict[str, str]

    def children(self, element: Element, *names: str) -> Iterator[Element]:
        """Children in the DMN namespace, with one of these local names if any are given."""
        for child in element:
            if isinstance(child.tag, str):
                tag = etree.QName(child)
                if tag.namespace == self.dmn and (not names or tag.localname in names):
                    yield child

    def child(self, element: Element, name: str) -> Element | None:
        """The first such child."""
        return next(self.children(element, name), None)

    def text(self, element: Element, name: str) -> str | None:
        """The text of a child, stripped; None when there is no such child."""
        child = self.child(element, name)
        return None if child is None else (child.text or "").strip()

    def nested_text(self, element: Element, name: str) -> str | None:
        """The <text> inside a child, as unary tests and expressions are written; None when absent or blank."""
        child = self.child(element, name)
        return None if child is None else self.text(child, "text") or None

    def type_ref(self, element: Element) -> str | None:
        """The declared type: attribute (DMN 1.2 and later) or child element; prefixes become import names."""
        raw = element.get("typeRef")
        if raw is None:
            raw = self.text(element, "typeRef")
        return self.resolve_type(raw, element)

    def resolve_type(self, raw: str | None, element: Element) -> str | None:
        """A type reference as text: `feel:number` is number, a prefix bound to an imported namespace is the import's
        name.
        """
        name = squeeze(raw)
        if not name:
            return None
        if name.startswith("{") and "}" in name:
            namespace, _, tail = name[1:].partition("}")
            return self._qualified(namespace, tail.strip())
        prefix, colon, tail = name.partition(":")
        if not colon or prefix not in element.nsmap:
            return name
        return self._qualified(element.nsmap[prefix], tail.strip())

    def _qualified(self, namespace: str, name: str) -> str:
        if namespace in (self.namespace, self.dmn) or any(mark in namespace for mark in _FEEL_MARKS):
            return name
        imported = self.imports.get(namespace)
        return f"{imported}.{name}" if imported else name

    def error(self, code: str, message: str, message_zh: str, element: Element) -> DmnError:
        """A DmnError at this element."""
        return DmnError(code, message, message_zh, file=self.file, line=line(element), element_id=element_id(element))
