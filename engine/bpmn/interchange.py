"""Where elements stand on the page (BPMN 2.0.2, chapter 12: diagram interchange)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """A rectangle of the diagram, in diagram pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Shape:
    """BPMN DI bounds of an element, in diagram pixels."""

    element: str
    x: float
    y: float
    width: float
    height: float
    expanded: bool | None = None
    """`isExpanded` of a sub-process; None where the file does not say."""
    horizontal: bool | None = None
    """`isHorizontal` of a pool or lane; None where the file does not say."""
    label: Bounds | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """BPMN DI waypoints of a sequence flow, message flow or association, in diagram pixels."""

    element: str
    waypoints: tuple[tuple[float, float], ...]
    label: Bounds | None = None
