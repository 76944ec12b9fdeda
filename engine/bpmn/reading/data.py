"""Data in a diagram (BPMN 10.4): data objects, references, properties, inputs and outputs, and the associations
between them.

Every item-aware element becomes a variable. A data association becomes a mapping: from a data object into a local
input of the
activity, or from an output of the activity to the data object. An output that was not produced moves nothing
(10.4.2), hence
`optional`. Editors that draw an association without an input or output specification mean the data object itself,
which the activity sees under its own name: no mapping is needed then.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.bpmn.model import DataMapping
from engine.bpmn.reading.context import Reading
from engine.bpmn.reading.events import expression
from engine.bpmn.reading.names import Element, attribute, child, child_text, children, facet, local, text

_WORD = re.compile(r"\W+")
_STATE = re.compile(r"\s*\[[^\]]*\]\s*$")
_PLACEHOLDER = "__targetRef_placeholder"
Property = tuple[str, str | None]

STORES = ("dataObject", "dataObjectReference", "dataStore", "dataStoreReference", "property")


@dataclass(frozen=True, slots=True)
class Data:
    """What an activity or event says about its data."""

    inputs: tuple[DataMapping, ...] = ()
    outputs: tuple[DataMapping, ...] = ()
    local: tuple[Property, ...] = ()
    """Data outputs: they belong to the activity until an association moves them."""

    @staticmethod
    def variable(name: str) -> str:
        """A variable name for a drawn name: `Data Input` → `Data_Input`, `Order [approved]` → `Order`."""
        cleaned = _WORD.sub("_", _STATE.sub("", name).strip()).strip("_")
        return f"_{cleaned}" if cleaned[:1].isdigit() else cleaned

    def collection(self, reading: Reading, multi: Element) -> str | None:
        """FEEL text of the list that `loopDataInputRef` means: the source that flows into the referenced input."""
        key = reading.target(multi, child_text(multi, "loopDataInputRef"))
        if key is None:
            return None
        name = name_of(reading, key)
        return next((m.source for m in self.inputs if m.target == name), name)

    def output_collection(self, reading: Reading, multi: Element) -> str | None:
        """The variable that `loopDataOutputRef` means: the target that the referenced output flows into."""
        key = reading.target(multi, child_text(multi, "loopDataOutputRef"))
        if key is None:
            return None
        name = name_of(reading, key)
        return next((m.target for m in self.outputs if m.source == name), name)

    def item_source(self, multi: Element, item: str | None) -> str | None:
        """FEEL text of one output item: what an association moves into `outputDataItem`, else the item's own name."""
        if item is None:
            return None
        return next((m.source for m in self.outputs if m.target == item), item)

    def without(self, collection: str | None, output: str | None, item: str | None) -> Data:
        """The data without the mappings that the multi-instance marker itself takes care of."""
        return Data(
            tuple(m for m in self.inputs if collection is None or m.source != collection),
            tuple(m for m in self.outputs if m.target != output and m.source != item),
            self.local,
        )


def name_of(reading: Reading, key: str) -> str:
    """The variable that the item-aware element with this id stands for."""
    element = reading.elements[key]
    if local(element) in ("dataObjectReference", "dataStoreReference"):
        attribute_name = "dataObjectRef" if local(element) == "dataObjectReference" else "dataStoreRef"
        owner = reading.elements.get(reading.key(attribute(element, attribute_name)) or "")
        for named in (owner, element):
            name = None if named is None else attribute(named, "name")
            if name is not None:
                return Data.variable(name) or key
        return Data.variable(key if owner is None else attribute(owner, "id") or key)
    return Data.variable(attribute(element, "name") or key) or Data.variable(key)


def read_properties(reading: Reading, container: Element) -> tuple[Property, ...]:
    """Properties and data objects declared directly in a process, sub-process or activity (BPMN 10.4.1)."""
    found: dict[str, str | None] = {}
    for element in children(container, "property", "dataObject", "dataObjectReference"):
        if attribute(element, "name") == _PLACEHOLDER:
            continue
        key = attribute(element, "id")
        if key is None:
            reading.report("data-without-id", element)
            continue
        if local(element) == "dataObject" and _referred(reading, container, key):
            continue
        initial = expression(facet(element, "value"))
        name = name_of(reading, key)
        found[name] = found.get(name) or initial
    return tuple(found.items())


def _referred(reading: Reading, container: Element, key: str) -> bool:
    """Whether references in the same container name this data object (then their name is the variable's)."""
    return any(
        reading.key(attribute(reference, "dataObjectRef")) == key
        for reference in children(container, "dataObjectReference")
    )


def read_data(reading: Reading, element: Element) -> Data:
    """The data associations and facet mappings of an activity or event."""
    inputs = [mapping for part in children(element, "dataInputAssociation") for mapping in _moved(reading, part, False)]
    outputs = [
        mapping for part in children(element, "dataOutputAssociation") for mapping in _moved(reading, part, True)
    ]
    specification = child(element, "ioSpecification")
    produced = [*children(element, "dataOutput")]
    if specification is not None:
        produced += children(specification, "dataOutput")
    local_names = tuple(
        (name_of(reading, key), None) for part in produced if (key := attribute(part, "id")) is not None
    )
    return Data(tuple(inputs), tuple(outputs), local_names)


def _moved(reading: Reading, association: Element, output: bool) -> list[DataMapping]:
    """The mappings of one data association (BPMN 10.4.2): assignments, a transformation, or a plain copy."""
    sources = [
        key for part in children(association, "sourceRef") if (key := reading.target(part, text(part))) is not None
    ]
    target = reading.target(association, child_text(association, "targetRef"))
    if any(attribute(reading.elements[key], "name") == _PLACEHOLDER for key in (*sources, target) if key is not None):
        return []
    assignments = [*children(association, "assignment")]
    if assignments:
        return [m for part in assignments if (m := _assigned(reading, part, target, output)) is not None]
    if target is None:
        if child(association, "targetRef") is None:
            reading.report("association-without-target", association)
        return []
    name = name_of(reading, target)
    transformation = expression(child_text(association, "transformation"))
    if transformation is not None:
        return [DataMapping(transformation, name, optional=output)]
    if len(sources) > 1:
        reading.report("association-with-several-sources", association)
    if not sources:
        return []
    source = name_of(reading, sources[0])
    return (
        [] if source == name and not _own(reading, sources[0], target) else [DataMapping(source, name, optional=output)]
    )


def _own(reading: Reading, source: str, target: str) -> bool:
    """Whether an end of the association is an input or output of the activity itself, a variable of its own."""
    return any(local(reading.elements[key]) in ("dataInput", "dataOutput") for key in (source, target))


def _assigned(reading: Reading, element: Element, target: str | None, output: bool) -> DataMapping | None:
    source = expression(child_text(element, "from"))
    to = expression(child_text(element, "to"))
    if to is not None and reading.key(to) in reading.elements:
        to = name_of(reading, reading.key(to) or to)
    elif to is None and target is not None:
        to = name_of(reading, target)
    if source is None or to is None:
        reading.report("assignment-incomplete", element)
        return None
    return DataMapping(source, to, optional=output)
