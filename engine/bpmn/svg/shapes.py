"""How each kind of element looks (BPMN 2.0.2, chapter 7 and annex B of its notation), as SVG groups."""

from __future__ import annotations

from engine.bpmn.model import ACTIVITIES, GATEWAYS, SCOPES, MultiInstance, Node, Shape, StandardLoop
from engine.bpmn.svg.icons import event_icon, gateway_icon, marker, task_icon
from engine.bpmn.svg.labels import LINE, SIZE, below, centred, label, sideways, wrap
from engine.bpmn.svg.paper import INK, PAPER, box, circle, path, tag
from engine.bpmn.svg.scene import Artifact

_HEAD = 30.0
_TITLE = 20.0


def expanded(node: Node, shape: Shape) -> bool:
    """Whether a sub-process shows its inside: as the file says, else by its size."""
    if node.kind not in SCOPES:
        return False
    return shape.expanded if shape.expanded is not None else shape.width > 150 and shape.height > 110


def draw_node(node: Node, shape: Shape, name: str) -> str:
    """The drawing of a flow node, its label included."""
    if node.kind in ACTIVITIES:
        return _activity(node, shape, name)
    if node.kind in GATEWAYS:
        return _gateway(node, shape, name)
    return _event(node, shape, name)


def _activity(node: Node, shape: Shape, name: str) -> str:
    open_scope = expanded(node, shape)
    heavy = 3.5 if node.kind == "callActivity" else 1.5
    dash = "3 3" if node.triggered_by_event else None
    kind = "bpmn-scope" if open_scope else "bpmn-task"
    parts = [box(shape.x, shape.y, shape.width, shape.height, class_=kind, radius=10, line=heavy, dash=dash)]
    if node.kind == "transaction":
        inside = (shape.x + 3, shape.y + 3, max(shape.width - 6, 1), max(shape.height - 6, 1))
        parts.append(box(*inside, class_=kind, radius=8, line=1))
    parts.append(task_icon(node.kind, shape.x + 5, shape.y + 5))
    if open_scope:
        lines = wrap(name, shape.width - 20, 1)
        parts.append(label(lines, shape.x + shape.width / 2, shape.y + _TITLE))
    else:
        room = shape.height - (16 if _markers(node, False) else 4)
        middle = shape.y + room / 2 + 2
        parts.append(centred(name, shape.x + shape.width / 2, middle, shape.width - 12, room - 4))
    signs = _markers(node, open_scope)
    left = shape.x + shape.width / 2 - (len(signs) - 1) * 9
    parts += [marker(sign, left + index * 18, shape.y + shape.height - 11) for index, sign in enumerate(signs)]
    return "".join(parts)


def _markers(node: Node, open_scope: bool) -> list[str]:
    signs: list[str] = []
    if isinstance(node.loop, StandardLoop):
        signs.append("loop")
    if isinstance(node.loop, MultiInstance):
        signs.append("sequential" if node.loop.sequential else "parallel")
    if node.for_compensation:
        signs.append("compensation")
    if node.kind in SCOPES and not open_scope:
        signs.append("collapsed")
    if node.kind == "adHocSubProcess":
        signs.append("adhoc")
    return signs


def _gateway(node: Node, shape: Shape, name: str) -> str:
    x, y = shape.x + shape.width / 2, shape.y + shape.height / 2
    corners = f"M{x:.1f} {shape.y:.1f}L{shape.x + shape.width:.1f} {y:.1f}L{x:.1f} {shape.y + shape.height:.1f}"
    diamond = tag(
        "path", d=f"{corners}L{shape.x:.1f} {y:.1f}Z", class_="bpmn-gateway", fill=PAPER, stroke=INK, stroke_width=1.5
    )
    return diamond + gateway_icon(node.kind, x, y) + _outside(shape, name)


def _event(node: Node, shape: Shape, name: str) -> str:
    x, y = shape.x + shape.width / 2, shape.y + shape.height / 2
    radius = min(shape.width, shape.height) / 2
    dashed = not node.interrupting
    heavy = 3.5 if node.kind == "endEvent" else 1.5
    parts = [circle(x, y, radius, class_="bpmn-event", width=heavy, dashed=dashed)]
    if node.kind not in ("startEvent", "endEvent"):
        parts.append(circle(x, y, radius - 3, class_="bpmn-ring", width=1.2, fill="none", dashed=dashed))
    throwing = node.kind in ("endEvent", "intermediateThrowEvent")
    if len(node.events) == 1:
        parts.append(event_icon(node.events[0].kind, x, y, throwing))
    elif node.events:
        parts.append(event_icon("parallel" if node.parallel_multiple else "multiple", x, y, throwing))
    return "".join(parts) + _outside(shape, name)


def _outside(shape: Shape, name: str) -> str:
    """The label of an event or gateway: where the file puts it, else underneath."""
    if shape.label is not None:
        width = max(shape.label.width, 60.0)
        return label(wrap(name, width + 6, 4), shape.label.x + shape.label.width / 2, shape.label.y + SIZE)
    return below(name, shape.x + shape.width / 2, shape.y + shape.height + 3)


def draw_band(shape: Shape, name: str, kind: str) -> str:
    """A pool or lane with its name along its head."""
    upright = shape.horizontal is False
    body = box(shape.x, shape.y, shape.width, shape.height, class_=kind)
    if upright:
        line = f"M{shape.x:.1f} {shape.y + _HEAD:.1f}h{shape.width:.1f}"
        written = centred(name, shape.x + shape.width / 2, shape.y + _HEAD / 2, shape.width - 8, LINE)
    else:
        line = f"M{shape.x + _HEAD:.1f} {shape.y:.1f}v{shape.height:.1f}"
        written = sideways(name, shape.x + _HEAD / 2, shape.y + shape.height / 2, shape.height - 8)
    return body + (path(line) if kind == "bpmn-pool" else "") + written


def draw_closed_pool(shape: Shape, name: str) -> str:
    """A pool whose inside is not shown: its name stands in the middle."""
    body = box(shape.x, shape.y, shape.width, shape.height, class_="bpmn-pool")
    middle = shape.x + shape.width / 2, shape.y + shape.height / 2
    return body + centred(name, *middle, max(shape.width - 8, 10), shape.height)


def draw_artifact(artifact: Artifact, shape: Shape) -> str:
    """An annotation, group or data element."""
    x, y, width, height = shape.x, shape.y, shape.width, shape.height
    if artifact.kind == "textAnnotation":
        bracket = path(f"M{x + 10:.1f} {y:.1f}H{x:.1f}V{y + height:.1f}H{x + 10:.1f}")
        lines = wrap(artifact.text, max(width - 12, 40), max(int(height // LINE), 1))
        return bracket + label(lines, x + 8, y + LINE, anchor="start")
    if artifact.kind == "group":
        return box(x, y, width, height, class_="bpmn-group", radius=10, dash="8 4 2 4", fill="none")
    if artifact.kind == "dataStoreReference":
        rim = min(height / 5, 10.0)
        d = f"M{x:.1f} {y + rim:.1f}c0-{rim * 1.3:.1f} {width:.1f}-{rim * 1.3:.1f} {width:.1f} 0v{height - 2 * rim:.1f}"
        d += f"c0 {rim * 1.3:.1f}-{width:.1f} {rim * 1.3:.1f}-{width:.1f} 0z"
        lid = f"M{x:.1f} {y + rim:.1f}c0 {rim * 1.3:.1f} {width:.1f} {rim * 1.3:.1f} {width:.1f} 0"
        return path(d, class_="bpmn-data") + path(lid) + below(artifact.text, x + width / 2, y + height + 2)
    fold = min(width, height) / 3
    d = f"M{x:.1f} {y:.1f}h{width - fold:.1f}l{fold:.1f} {fold:.1f}v{height - fold:.1f}h-{width:.1f}z"
    corner = f"M{x + width - fold:.1f} {y:.1f}v{fold:.1f}h{fold:.1f}"
    return path(d, class_="bpmn-data") + path(corner) + below(artifact.text, x + width / 2, y + height + 2)


def badge(shape: Shape, count: int) -> str:
    """The number of tokens on an element, at its upper right corner."""
    x, y = shape.x + shape.width, shape.y
    disc = tag(
        "circle", cx=float(x), cy=float(y), r=11.0, class_="bpmn-badge", fill="#2563eb", stroke=PAPER, stroke_width=2.0
    )
    number = tag(
        "text",
        str(count),
        x=float(x),
        y=y + 4,
        class_="bpmn-badge-text",
        text_anchor="middle",
        font_family="system-ui, sans-serif",
        font_size=SIZE,
        fill=PAPER,
    )
    return disc + number


def warning(shape: Shape) -> str:
    """The sign of an incident, at the upper left corner."""
    x, y = shape.x, shape.y
    d = f"M{x:.1f} {y - 12:.1f}l12 21h-24z"
    sign = tag(
        "path", d=d, class_="bpmn-incident", fill="#dc2626", stroke=PAPER, stroke_width=2.0, stroke_linejoin="round"
    )
    mark = tag(
        "path",
        d=f"M{x:.1f} {y - 5:.1f}v7M{x:.1f} {y + 5:.1f}v.5",
        class_="bpmn-incident-mark",
        stroke=PAPER,
        stroke_width=2.2,
    )
    return sign + mark
