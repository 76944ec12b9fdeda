"""Vocabularies of other engines, translated into Facet's own while a file is read. What is not understood is a problem."""

from __future__ import annotations

from engine.bpmn.dialects.camunda import NAMESPACES, translate_camunda
from engine.bpmn.dialects.common import translate_common
from engine.bpmn.dialects.spiff import SPIFF, translate_spiff
from engine.bpmn.dialects.zeebe import ZEEBE, translate_zeebe
from engine.bpmn.reading.context import Reading
from engine.bpmn.reading.names import FACET, split


def translate(reading: Reading) -> None:
    """Rewrite the tree of a reading, before it is read: vendors' attributes and elements become `facet:` ones."""
    used = _used(reading)
    for namespace, vendor in NAMESPACES.items():
        if namespace in used:
            translate_camunda(reading, namespace, vendor)
    if ZEEBE in used:
        translate_zeebe(reading)
    declared = set(reading.root.nsmap.values())
    # A file from SpiffWorkflow's editor may hold Python conditions and nothing else of its vocabulary.
    if SPIFF in used or (SPIFF in declared and not declared & {ZEEBE, *NAMESPACES}):
        translate_spiff(reading)
    foreign = bool(declared & set(NAMESPACES)) and FACET not in declared
    translate_common(reading, silent_throws=foreign)


def _used(reading: Reading) -> set[str]:
    """Namespaces of the elements and attributes of the file."""
    found: set[str] = set()
    for element in reading.root.iter():
        found.add(split(element.tag)[0])
        found.update(split(name)[0] for name in element.attrib)
    return found
