"""The small signs of BPMN's notation, drawn around an origin in the middle of the sign (pixels)."""

from __future__ import annotations

import math

from engine.bpmn.model import EventKind
from engine.bpmn.svg.paper import path

# Task types, in a field of 16 by 16 from its top left corner.
TASKS: dict[str, tuple[tuple[str, bool], ...]] = {
    "userTask": (("M8 2a3 3 0 1 1-.01 0zM2 15c0-4 2.5-6 6-6s6 2 6 6z", False),),
    "manualTask": (
        (
            "M2 6h7c1.5 0 1.5-2.5 0-2.5H5L7 1M2 6v7h9a1 1 0 0 0 0-2.4h2a1 1 0 0 0 0-2.4h1a1 1 0 0 0 0-2.2H8",
            False,
        ),
    ),
    "serviceTask": (("M8 5.4a2.6 2.6 0 1 1-.01 0z", False), ("GEAR", False)),
    "scriptTask": (("M5 1h9c-3 2.5-3 4.5-1 7s2 4.5-1 7H3c3-2.5 3-4.5 1-7s-2-4.5 1-7zM6 4.5h5M6 8h5M7 11.5h5", False),),
    "businessRuleTask": (("M1 2h14v12H1zM1 6h14M1 10h14M6 6v8", False), ("M1 2h14v4H1z", True)),
    "sendTask": (("M1 3h14v10H1z", True),),
    "receiveTask": (("M1 3h14v10H1zM1 3l7 6 7-6", False),),
}


def _gear() -> str:
    """The outline of a wheel with eight teeth."""
    points = []
    for step in range(32):
        radius = 7.0 if step % 4 in (0, 1) else 5.2
        angle = math.pi * 2 * step / 32
        points.append(f"{8 + radius * math.cos(angle):.2f} {8 + radius * math.sin(angle):.2f}")
    return "M" + "L".join(points) + "Z"


GEAR = _gear()


def task_icon(kind: str, x: float, y: float) -> str:
    """The sign in the upper left corner of a task."""
    return "".join(
        path(GEAR if d == "GEAR" else d, filled=filled, width=1.1, x=x, y=y) for d, filled in TASKS.get(kind, ())
    ) + (path("M1.5 3.5l6.5 5.5 6.5-5.5", width=1.2, class_="bpmn-reverse", x=x, y=y) if kind == "sendTask" else "")


EVENTS: dict[EventKind | str, str] = {
    "message": "M-8-5.5h16v11h-16zM-8-5.5L0 1l8-6.5",
    "timer": "M0-8a8 8 0 1 1-.01 0zM0-5v5l3.5 2M0-8v1.5M0 8v-1.5M-8 0h1.5M8 0h-1.5",
    "signal": "M0-8l8 13.5h-16z",
    "error": "M-7 7l3.5-13 4 7.5 6-8.5-3.5 13-4-7.5z",
    "escalation": "M0-8l6.5 14-6.5-5.5-6.5 5.5z",
    "conditional": "M-6-8h12v16h-12zM-4-5h8M-4-1.7h8M-4 1.7h8M-4 5h8",
    "compensate": "M0-6v12l-8-6zM8-6v12l-8-6z",
    "cancel": "M-7-4.5l2.5-2.5 4.5 4.5 4.5-4.5 2.5 2.5-4.5 4.5 4.5 4.5-2.5 2.5-4.5-4.5-4.5 4.5-2.5-2.5 4.5-4.5z",
    "link": "M-8-3h9v-4l7 7-7 7v-4h-9z",
    "terminate": "M0-9a9 9 0 1 1-.01 0z",
    "multiple": "M0-8l7.6 5.5-2.9 9h-9.4l-2.9-9z",
    "parallel": "M-2-8h4v6h6v4h-6v6h-4v-6h-6v-4h6z",
}


def event_icon(kind: str, x: float, y: float, throwing: bool, scale: float = 1.0) -> str:
    """The sign inside an event: filled when it throws, open when it catches."""
    d = EVENTS.get(kind, "")
    if not d:
        return ""
    filled = (throwing and kind not in ("timer", "conditional")) or kind == "terminate"
    drawn = path(d, filled=filled, width=1.1, x=x, y=y)
    if kind == "message" and throwing:
        drawn += path("M-7-4.5L0 1.3l7-5.8", width=1.1, class_="bpmn-reverse", x=x, y=y)
    return drawn


GATEWAYS: dict[str, tuple[str, float]] = {
    "exclusiveGateway": ("M-7-8l14 16M7-8l-14 16", 2.5),
    "parallelGateway": ("M0-11v22M-11 0h22", 3.0),
    "inclusiveGateway": ("M0-10a10 10 0 1 1-.01 0z", 2.5),
    "complexGateway": ("M0-11v22M-11 0h22M-8-8l16 16M8-8l-16 16", 2.5),
    "eventBasedGateway": ("M0-13a13 13 0 1 1-.01 0zM0-10a10 10 0 1 1-.01 0zM0-6l5.7 4.1-2.2 6.7h-7l-2.2-6.7z", 1.1),
}


def gateway_icon(kind: str, x: float, y: float) -> str:
    """The sign inside a gateway."""
    d, width = GATEWAYS.get(kind, ("", 1.0))
    return path(d, width=width, x=x, y=y) if d else ""


MARKERS: dict[str, str] = {
    "loop": "M3.5 5a6 6 0 1 0-6 .5M-2.5 5.5h-4M-2.5 5.5v-4",
    "parallel": "M-4-6v12M0-6v12M4-6v12",
    "sequential": "M-6-4h12M-6 0h12M-6 4h12",
    "compensation": "M0-5v10l-7-5zM7-5v10l-7-5z",
    "adhoc": "M-7 2c2-6 5-5 7-2s5 4 7-2",
    "collapsed": "M-7-7h14v14h-14zM0-4v8M-4 0h8",
}


def marker(kind: str, x: float, y: float) -> str:
    """A sign at the bottom of an activity."""
    return path(MARKERS[kind], width=1.6 if kind in ("loop", "parallel", "sequential", "adhoc") else 1.2, x=x, y=y)
