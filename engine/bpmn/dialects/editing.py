"""How a dialect puts what it understood into Facet's own vocabulary, on the tree and before the reader looks at it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from lxml import etree

from engine.bpmn.dialects import juel
from engine.bpmn.dialects.errors import Untranslatable
from engine.bpmn.reading.context import Reading
from engine.bpmn.reading.names import BPMN, FACET, Element, attribute, child, facet, local


@dataclass(slots=True)
class Translation:
    """One vocabulary of one file on its way into Facet's."""

    reading: Reading
    vendor: str
    done: Counter[str] = field(default_factory=Counter)
    local_outputs: dict[Element, list[tuple[str, str]]] = field(default_factory=dict)
    """Call activity → (variable, FEEL) of its mappings that come out into the activity only."""

    def note(self, what: str) -> None:
        """Count something that was understood."""
        self.done[what] += 1

    def report(self, rule: str, element: Element, **data: object) -> None:
        """A problem at an element."""
        self.reading.report(rule, element, **data)

    def put(self, element: Element, name: str, value: str | None) -> None:
        """Set a `facet:` attribute, unless the file sets it itself."""
        if value is not None and facet(element, name) is None:
            element.set(f"{{{FACET}}}{name}", value)

    def take(self, element: Element, namespace: str, name: str) -> str | None:
        """A vendor's attribute, taken out of the tree; None when it is not there."""
        key = f"{{{namespace}}}{name}"
        return str(element.attrib.pop(key)) if key in element.attrib else None

    def add(self, element: Element, extension: str, /, **attributes: str) -> None:
        """Append a `facet:` extension element."""
        holder = child(element, "extensionElements")
        if holder is None:
            holder = etree.SubElement(element, f"{{{BPMN}}}extensionElements")
        made = etree.SubElement(holder, f"{{{FACET}}}{extension}")
        for key, value in attributes.items():
            made.set(key, value)

    def text(self, element: Element, what: str, value: str | None) -> str | None:
        """A text that may hold `${…}`: a literal, or `=FEEL`; None where there is no equivalent (then reported)."""
        if value is None:
            return None
        try:
            found = juel.template(value.strip())
        except Untranslatable as error:
            self.untranslatable(element, what, value, error)
            return None
        return value.strip() if found is None else f"={found.text}"

    def listed(self, element: Element, what: str, value: str) -> str | None:
        """A comma separated list of texts: a literal list, or one FEEL list when any of them is an expression."""
        parts = [part.strip() for part in _split(value) if part.strip()]
        found = [self.text(element, what, part) for part in parts]
        if None in found:
            return None
        texts = [part for part in found if part is not None]
        if not any(part.startswith("=") for part in texts):
            return ",".join(texts)
        if len(texts) == 1:
            return texts[0]
        return "=flatten([" + ", ".join(part[1:] if part.startswith("=") else f'"{part}"' for part in texts) + "])"

    def feel(self, element: Element, what: str, value: str | None) -> str | None:
        """A text that is an expression as a whole, as FEEL without `=`; None where there is no equivalent."""
        if value is None:
            return None
        try:
            return juel.expression(value)
        except Untranslatable as error:
            self.untranslatable(element, what, value, error)
            return None

    def differs(self, element: Element, what: str, difference: str, difference_zh: str) -> None:
        """Something that is understood, and yet works in another way here."""
        self.report("vendor-differs", element, what=what, difference=difference, difference_zh=difference_zh)

    def is_told(self, element: Element) -> bool:
        """Whether an error was reported at an element already."""
        key = attribute(element, "id")
        return any(one.severity == "error" and one.element_id == key for one in self.reading.problems)

    def untranslatable(self, element: Element, what: str, value: str, error: Untranslatable) -> None:
        """Report a text without equivalent."""
        data = {"reason": error.reason, "reason_zh": error.reason_zh}
        self.report("vendor-expression", element, what=what, text=value[:120], **data)

    def become_script(self, element: Element, feel: str, result: str | None) -> None:
        """Make a task that only evaluates an expression what it is: a FEEL script task."""
        element.tag = f"{{{BPMN}}}scriptTask"
        element.set("scriptFormat", "feel")
        for name in ("implementation", "operationRef"):
            element.attrib.pop(name, "")
        etree.SubElement(element, f"{{{BPMN}}}script").text = feel
        self.put(element, "resultVariable", result)

    def finish(self) -> None:
        """Say that the vocabulary was understood, once for the file."""
        if self.done and not any(one.rule == "vendor-translated" for one in self.reading.problems):
            self.report("vendor-translated", self.reading.root, vendor=self.vendor, count=self.done.total())


def _split(value: str) -> list[str]:
    """Parts of a comma separated text; commas inside `${…}` do not separate."""
    parts, depth, current = [], 0, ""
    for char in value:
        depth += (char == "{") - (char == "}")
        if char == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += char
    return [*parts, current]


def process_of(element: Element) -> str:
    """Id of the process around an element."""
    holder: Element | None = element
    while holder is not None and local(holder) != "process":
        holder = holder.getparent()
    return (attribute(holder, "id") if holder is not None else None) or "process"


def literal_feel(text: str | None) -> str | None:
    """FEEL of a text from `Translation.text`, for places that ask for an expression."""
    if text is None:
        return None
    return text[1:] if text.startswith("=") else f'"{text}"'
