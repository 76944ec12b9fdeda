"""Diagram interchange (BPMN 12): where shapes and edges stand, in diagram pixels."""

from __future__ import annotations

import math

from engine.bpmn.model import Bounds, Edge, Shape
from engine.bpmn.reading.context import Reading
from engine.bpmn.reading.names import DC, DD, DI, Element, attribute, local

_FARTHEST = 1_000_000.0


def read_diagram(reading: Reading) -> tuple[tuple[Shape, ...], tuple[Edge, ...]]:
    """Shapes and edges of the plane that shows most; what names no element of the file or has no numbers is left
    out."""
    shapes: list[Shape] = []
    edges: list[Edge] = []
    plane = _plane(reading)
    if plane is not None:
        for element in plane:
            if element.tag == f"{{{DI}}}BPMNShape":
                shape = _shape(reading, element)
                if shape is not None:
                    shapes.append(shape)
            elif element.tag == f"{{{DI}}}BPMNEdge":
                edge = _edge(reading, element)
                if edge is not None:
                    edges.append(edge)
    return tuple(shapes), tuple(edges)


def _plane(reading: Reading) -> Element | None:
    """The plane to draw: the fullest one of a process or collaboration; planes of collapsed sub-processes come
    after."""
    planes = list(reading.root.iter(f"{{{DI}}}BPMNPlane"))

    def rank(plane: Element) -> tuple[bool, int]:
        owner = reading.elements.get(reading.key(attribute(plane, "bpmnElement")) or "")
        return owner is None or local(owner) in ("process", "collaboration"), len(plane)

    return max(planes, key=rank, default=None)


def _shape(reading: Reading, element: Element) -> Shape | None:
    key = reading.key(attribute(element, "bpmnElement"))
    bounds = _bounds(element)
    if key is None or bounds is None or key not in reading.elements:
        return None
    return Shape(
        key,
        bounds.x,
        bounds.y,
        bounds.width,
        bounds.height,
        _flag(element, "isExpanded"),
        _flag(element, "isHorizontal"),
        _label(element),
    )


def _edge(reading: Reading, element: Element) -> Edge | None:
    key = reading.key(attribute(element, "bpmnElement"))
    points = [
        (x, y)
        for part in element.iterchildren(f"{{{DD}}}waypoint")
        if (x := _number(part, "x")) is not None and (y := _number(part, "y")) is not None
    ]
    if key is None or key not in reading.elements or len(points) < 2:
        return None
    return Edge(key, tuple(points), _label(element))


def _label(element: Element) -> Bounds | None:
    label = element.find(f"{{{DI}}}BPMNLabel")
    return None if label is None else _bounds(label)


def _bounds(element: Element) -> Bounds | None:
    found = element.find(f"{{{DC}}}Bounds")
    if found is None:
        return None
    numbers = [_number(found, name) for name in ("x", "y", "width", "height")]
    x, y, width, height = numbers
    if x is None or y is None or width is None or height is None or width < 0 or height < 0:
        return None
    return Bounds(x, y, width, height)


def _number(element: Element, name: str) -> float | None:
    try:
        value = float(element.get(name, ""))
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= _FARTHEST else None


def _flag(element: Element, name: str) -> bool | None:
    value = attribute(element, name)
    return None if value is None else value.lower() in ("true", "1")
