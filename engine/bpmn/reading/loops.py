"""Loop characteristics of activities (BPMN 13.3.6, 13.3.7)."""

from __future__ import annotations

from typing import Literal, cast

from engine.bpmn.model import EventDefinition, MultiInstance, StandardLoop
from engine.bpmn.reading.context import Reading
from engine.bpmn.reading.data import Data
from engine.bpmn.reading.events import EVENT_DEFINITIONS, event_definition, expression, read_events
from engine.bpmn.reading.names import Element, attribute, child, child_text, children, facet, flag

_BEHAVIOURS = ("All", "One", "None", "Complex")


def read_loop(reading: Reading, element: Element, data: Data) -> StandardLoop | MultiInstance | None:
    """The loop marker of an activity, if it has one."""
    standard = child(element, "standardLoopCharacteristics")
    if standard is not None:
        return StandardLoop(
            test_before=flag(standard, "testBefore", False),
            condition=expression(child_text(standard, "loopCondition")),
            maximum=expression(attribute(standard, "loopMaximum")),
        )
    multi = child(element, "multiInstanceLoopCharacteristics")
    return None if multi is None else _multi_instance(reading, multi, data)


def _multi_instance(reading: Reading, element: Element, data: Data) -> MultiInstance:
    behavior = attribute(element, "behavior") or "All"
    if behavior not in _BEHAVIOURS:
        reading.report("unknown-value", element, attribute="behavior", value=behavior, allowed=" / ".join(_BEHAVIOURS))
        behavior = "All"
    item = _item(element, "inputDataItem")
    collection = expression(facet(element, "collection"))
    cardinality = expression(child_text(element, "loopCardinality"))
    if collection is None:
        collection = data.collection(reading, element)
    if collection is None and cardinality is None:
        reading.report("multi-instance-without-items", element)
    output_item = _item(element, "outputDataItem")
    output_collection = facet(element, "outputCollection") or data.output_collection(reading, element)
    return MultiInstance(
        sequential=flag(element, "isSequential", False),
        cardinality=None if collection is not None else cardinality,
        collection=collection,
        element=facet(element, "elementVariable") or item,
        output_collection=output_collection,
        output_element=expression(facet(element, "outputElement")) or data.item_source(element, output_item),
        completion_condition=expression(child_text(element, "completionCondition")),
        behavior=cast(Literal["All", "One", "None", "Complex"], behavior),
        none_event=_referenced(reading, element, "noneBehaviorEventRef"),
        one_event=_referenced(reading, element, "oneBehaviorEventRef"),
        complex=_complex(reading, element),
    )


def _item(element: Element, name: str) -> str | None:
    part = child(element, name)
    if part is None:
        return None
    return Data.variable(attribute(part, "name") or attribute(part, "id") or "") or None


def _referenced(reading: Reading, element: Element, name: str) -> EventDefinition | None:
    key = reading.target(element, attribute(element, name), *EVENT_DEFINITIONS)
    if key is None:
        return None
    return reading.definitions.get(key) or event_definition(reading, reading.elements[key], owner=None)


def _complex(reading: Reading, element: Element) -> tuple[tuple[str, EventDefinition], ...]:
    pairs: list[tuple[str, EventDefinition]] = []
    for definition in children(element, "complexBehaviorDefinition"):
        condition = expression(child_text(definition, "condition"))
        event = child(definition, "event")
        thrown = read_events(reading, event) if event is not None else ()
        if condition is None or not thrown:
            reading.report("complex-behaviour-incomplete", definition)
            continue
        pairs.extend((condition, one) for one in thrown)
    return tuple(pairs)
