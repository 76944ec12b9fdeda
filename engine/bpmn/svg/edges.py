"""Flows and associations: lines with rounded corners, heads and labels."""

from __future__ import annotations

import math

from engine.bpmn.model import Edge, Flow, Node
from engine.bpmn.svg.labels import SIZE, label, wrap
from engine.bpmn.svg.paper import INK, PAPER, number, tag

Point = tuple[float, float]


def draw_flow(edge: Edge, flow: Flow, source: Node | None) -> str:
    """A sequence flow: its head, the slash of a default flow, the diamond of a conditional flow leaving an activity."""
    points = edge.waypoints
    parts = [_line(points, "bpmn-flow"), _head(points[-2], points[-1], filled=True)]
    if source is not None and source.default == flow.id:
        parts.append(_slash(points[0], points[1]))
    elif source is not None and flow.condition and "Gateway" not in source.kind:
        parts.append(_diamond(points[0], points[1]))
    return "".join(parts) + _label(edge, flow.name)


def draw_message_flow(edge: Edge, name: str) -> str:
    """A message flow: dashed, a circle where it begins, an open head where it ends."""
    x, y = edge.waypoints[0]
    start = tag(
        "circle", cx=float(x), cy=float(y), r=3.5, class_="bpmn-event", fill=PAPER, stroke=INK, stroke_width=1.2
    )
    line = _line(edge.waypoints, "bpmn-message-flow", "7 5")
    return line + start + _head(edge.waypoints[-2], edge.waypoints[-1], filled=False) + _label(edge, name)


def draw_association(edge: Edge) -> str:
    """An association or data association: dotted."""
    return _line(edge.waypoints, "bpmn-association", "1.5 4")


def _line(points: tuple[Point, ...], kind: str, dash: str | None = None) -> str:
    d = f"M{number(points[0][0])} {number(points[0][1])}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        near, far = _towards(corner, before, 6.0), _towards(corner, after, 6.0)
        d += f"L{number(near[0])} {number(near[1])}Q{number(corner[0])} {number(corner[1])}"
        d += f" {number(far[0])} {number(far[1])}"
    d += f"L{number(points[-1][0])} {number(points[-1][1])}"
    return tag("path", d=d, class_=kind, fill="none", stroke=INK, stroke_width=1.5, stroke_dasharray=dash)


def _towards(start: Point, end: Point, distance: float) -> Point:
    """The point at most `distance` (and at most half way) from start towards end."""
    length = math.dist(start, end)
    if length == 0:
        return start
    part = min(distance / length, 0.5)
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part


def _head(before: Point, end: Point, *, filled: bool) -> str:
    angle = math.atan2(end[1] - before[1], end[0] - before[0])
    sides = [(end[0] - 10 * math.cos(angle + turn), end[1] - 10 * math.sin(angle + turn)) for turn in (0.42, -0.42)]
    corners = " ".join(f"{number(x)},{number(y)}" for x, y in (end, *sides))
    fill, kind = (INK, "bpmn-solid") if filled else (PAPER, "bpmn-head")
    return tag("polygon", points=corners, class_=kind, fill=fill, stroke=INK, stroke_width=1.0, stroke_linejoin="round")


def _slash(start: Point, after: Point) -> str:
    x, y = _towards(start, after, 10.0)
    angle = math.atan2(after[1] - start[1], after[0] - start[0]) + 2.1
    dx, dy = 6 * math.cos(angle), 6 * math.sin(angle)
    d = f"M{number(x - dx)} {number(y - dy)}L{number(x + dx)} {number(y + dy)}"
    return tag("path", d=d, class_="bpmn-line", fill="none", stroke=INK, stroke_width=1.5)


def _diamond(start: Point, after: Point) -> str:
    angle = math.atan2(after[1] - start[1], after[0] - start[0])
    ahead, side = (math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))
    steps = ((0, 0), (8, 4.5), (16, 0), (8, -4.5))
    corners = " ".join(
        f"{number(start[0] + along * ahead[0] + off * side[0])},{number(start[1] + along * ahead[1] + off * side[1])}"
        for along, off in steps
    )
    return tag("polygon", points=corners, class_="bpmn-head", fill=PAPER, stroke=INK, stroke_width=1.2)


def _label(edge: Edge, name: str) -> str:
    if not name:
        return ""
    if edge.label is not None and edge.label.width > 0:
        lines = wrap(name, max(edge.label.width, 40.0) + 6, 4)
        return label(lines, edge.label.x + edge.label.width / 2, edge.label.y + SIZE)
    start, end = edge.waypoints[0], edge.waypoints[1]
    across = abs(end[0] - start[0]) >= abs(end[1] - start[1])
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    return label(
        wrap(name, 110, 3), x + (0 if across else 6), y - (6 if across else 0), anchor="middle" if across else "start"
    )
