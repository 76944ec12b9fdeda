"""A place for every element of a file that has no diagram: columns by distance from the start, one row per branch."""

from __future__ import annotations

from collections.abc import Mapping

from engine.bpmn.model import ACTIVITIES, SCOPES, Document, Edge, Node, Process, Shape

GAP_X = 60.0
GAP_Y = 40.0
MARGIN = 40.0
Size = tuple[float, float]


def lay_out(document: Document) -> tuple[tuple[Shape, ...], tuple[Edge, ...]]:
    """Shapes and edges for all processes, one below the other."""
    shapes: list[Shape] = []
    edges: list[Edge] = []
    top = 0.0
    for process in document.processes:
        placed: dict[str, Shape] = {}
        _, height = _place(process, None, 0.0, top, placed)
        top += height + GAP_Y
        shapes += placed.values()
        edges += _edges(process, placed)
    return tuple(shapes), tuple(edges)


def _place(process: Process, scope: str | None, x: float, y: float, placed: dict[str, Shape]) -> Size:
    """Put the nodes of one level from (x, y) on; the size that they take."""
    nodes = {node.id: node for node in process.children(scope) if node.kind != "boundaryEvent"}
    columns: dict[int, list[Node]] = {}
    for key, rank in _ranks(process, nodes).items():
        columns.setdefault(rank, []).append(nodes[key])
    left, bottom = x, y
    for rank in sorted(columns):
        widest, down = 0.0, y
        for node in columns[rank]:
            width, height = _put(process, node, left, down, placed)
            widest, down = max(widest, width), down + height + GAP_Y
        left, bottom = left + widest + GAP_X, max(bottom, down)
    _boundaries(process, scope, placed)
    return max(left - x - GAP_X, 0.0), max(bottom - y - GAP_Y, 0.0)


def _put(process: Process, node: Node, x: float, y: float, placed: dict[str, Shape]) -> Size:
    if node.kind in SCOPES:
        width, height = _place(process, node.id, x + MARGIN, y + MARGIN, placed)
        size = (max(width + 2 * MARGIN, 140.0), max(height + 2 * MARGIN, 100.0))
    elif node.kind in ACTIVITIES:
        size = (110.0, 80.0)
    else:
        size = (50.0, 50.0) if "Gateway" in node.kind else (36.0, 36.0)
    across = y if node.kind in ACTIVITIES else y + (80.0 - size[1]) / 2
    placed[node.id] = Shape(node.id, x, across, *size, expanded=node.kind in SCOPES or None)
    return size[0], max(size[1], 80.0)


def _boundaries(process: Process, scope: str | None, placed: dict[str, Shape]) -> None:
    count: dict[str, int] = {}
    for node in process.children(scope):
        host = placed.get(node.attached_to or "")
        if node.kind == "boundaryEvent" and host is not None:
            number = count.get(host.element, 0)
            count[host.element] = number + 1
            placed[node.id] = Shape(node.id, host.x + 14 + 42 * number, host.y + host.height - 18, 36, 36)


def _ranks(process: Process, nodes: Mapping[str, Node]) -> dict[str, int]:
    """Column of each node: the longest way from a start without going round a loop."""
    following: dict[str, list[str]] = {key: [] for key in nodes}
    for flow in process.flows.values():
        begin = process.nodes.get(flow.source)
        source = begin.attached_to or begin.id if begin is not None else flow.source
        if source in nodes and flow.target in nodes and source != flow.target:
            following[source].append(flow.target)
    entered = {target for targets in following.values() for target in targets}
    ranks: dict[str, int] = {}
    forward = _forward(following, [key for key in nodes if key not in entered] + list(nodes))
    for key in forward:
        ranks.setdefault(key, 0)
        for target in following[key]:
            if forward[target] > forward[key]:
                ranks[target] = max(ranks.get(target, 0), ranks[key] + 1)
    return ranks


def _forward(following: Mapping[str, list[str]], roots: list[str]) -> dict[str, int]:
    """Position of each node in a topological order that ignores the flows going back (iterative depth-first search)."""
    finished: list[str] = []
    seen: set[str] = set()
    for root in roots:
        stack = [(root, iter(following[root]))] if root not in seen else []
        seen.add(root)
        while stack:
            key, rest = stack[-1]
            target = next((one for one in rest if one not in seen), None)
            if target is None:
                finished.append(key)
                stack.pop()
            else:
                seen.add(target)
                stack.append((target, iter(following[target])))
    return {key: index for index, key in enumerate(reversed(finished))}


def _edges(process: Process, placed: Mapping[str, Shape]) -> list[Edge]:
    found: list[Edge] = []
    for flow in process.flows.values():
        source, target = placed.get(flow.source), placed.get(flow.target)
        if source is not None and target is not None:
            found.append(Edge(flow.id, _route(source, target)))
    return found


def _route(source: Shape, target: Shape) -> tuple[tuple[float, float], ...]:
    """A way with right angles; one that goes back runs below both shapes."""
    left, right = source.x + source.width, target.x
    across, down = source.y + source.height / 2, target.y + target.height / 2
    if right > left:
        middle = (left + right) / 2
        return ((left, across), (middle, across), (middle, down), (right, down))
    low = max(source.y + source.height, target.y + target.height) + GAP_Y / 2
    start, end = source.x + source.width / 2, target.x + target.width / 2
    return ((start, source.y + source.height), (start, low), (end, low), (end, target.y + target.height))
