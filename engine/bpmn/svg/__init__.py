"""A diagram as one SVG, drawn on the server, for pages and mails: `render`, and the style sheet that pages give it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from engine.bpmn.model import Document, Shape
from engine.bpmn.svg.edges import draw_association, draw_flow, draw_message_flow
from engine.bpmn.svg.paper import group, number, tag
from engine.bpmn.svg.scene import Scene, scene
from engine.bpmn.svg.shapes import badge, draw_artifact, draw_band, draw_closed_pool, draw_node, expanded, warning
from engine.bpmn.svg.style import STYLESHEET

__all__ = ["STYLESHEET", "render"]

PADDING = 24.0
_EMPTY: Mapping[str, int] = {}


def render(
    document: Document,
    content: bytes,
    *,
    tokens: Mapping[str, int] = _EMPTY,
    completed: Collection[str] = (),
    incidents: Collection[str] = (),
    language: str = "en",
) -> str:
    """The diagram of `document`, whose file is `content`, as an SVG element (no XML declaration).

    `tokens`: element id → number of tokens, drawn as badges; `completed` and `incidents`: ids that get the classes
    `is-completed` and `is-incident`. `language` `zh` prefers the Chinese names (`facet:name-zh`). Every element is a
    group with
    `data-element-id`; colours are presentation attributes for mails, and classes that STYLESHEET colours in pages.
    Raises BpmnUnreadable like `read`.
    """
    drawn = scene(document, content)
    state = _State(tokens, frozenset(completed), frozenset(incidents), language)
    left, top, right, bottom = drawn.bounds()
    width, height = right - left + 2 * PADDING, bottom - top + 2 * PADDING
    view = f"{number(left - PADDING)} {number(top - PADDING)} {number(width)} {number(height)}"
    body = "".join((*_bands(drawn, state), *_scopes(drawn, state), *_edges(drawn, state), *_nodes(drawn, state)))
    return tag(
        "svg",
        body,
        xmlns="http://www.w3.org/2000/svg",
        class_="bpmn-diagram",
        viewBox=view,
        width=number(width),
        height=number(height),
        role="img",
        aria_label=drawn.title or None,
    )


class _State:
    """What is going on in the diagram, and how names read."""

    __slots__ = ("completed", "incidents", "language", "tokens")

    def __init__(
        self, tokens: Mapping[str, int], completed: frozenset[str], incidents: frozenset[str], language: str
    ) -> None:
        self.tokens = tokens
        self.completed = completed
        self.incidents = incidents
        self.language = language

    def classes(self, kind: str, element: str) -> tuple[str, ...]:
        found = [kind]
        if self.tokens.get(element, 0) > 0:
            found.append("is-active")
        if element in self.completed:
            found.append("is-completed")
        if element in self.incidents:
            found.append("is-incident")
        return tuple(found)

    def named(self, name: str, extensions: Mapping[str, str]) -> str:
        return extensions.get("name-zh", name) if self.language.startswith("zh") else name


def _bands(drawn: Scene, state: _State) -> list[str]:
    found: list[str] = []
    for shape in drawn.shapes:
        if shape.element in drawn.pools:
            pool = drawn.pools[shape.element]
            name = pool.name
            body = draw_band(shape, name, "bpmn-pool") if pool.process else draw_closed_pool(shape, name)
            found.append(group(shape.element, ("bpmn-participant",), body, name))
    for shape in drawn.shapes:
        if shape.element in drawn.lanes:
            name = drawn.lanes[shape.element].name
            found.append(group(shape.element, ("bpmn-lane-group",), draw_band(shape, name, "bpmn-lane"), name))
    for shape in drawn.shapes:
        artifact = drawn.artifacts.get(shape.element)
        if artifact is not None:
            found.append(group(shape.element, ("bpmn-artifact",), draw_artifact(artifact, shape), artifact.text))
    return found


def _scopes(drawn: Scene, state: _State) -> list[str]:
    """Open sub-processes, the outermost first, so that what is inside stands on top."""
    scopes = [s for s in drawn.shapes if s.element in drawn.nodes and expanded(drawn.nodes[s.element], s)]
    return [_node(drawn, shape, state) for shape in sorted(scopes, key=lambda one: -one.width * one.height)]


def _edges(drawn: Scene, state: _State) -> list[str]:
    found: list[str] = []
    for edge in drawn.edges:
        flow = drawn.flows.get(edge.element)
        if flow is not None:
            body = draw_flow(edge, flow, drawn.nodes.get(flow.source))
            found.append(group(edge.element, state.classes("bpmn-connection", edge.element), body, flow.name))
        elif edge.element in drawn.message_flows:
            name = drawn.message_flows[edge.element]
            found.append(group(edge.element, ("bpmn-connection",), draw_message_flow(edge, name), name))
        else:
            found.append(group(edge.element, ("bpmn-connection",), draw_association(edge)))
    return found


def _nodes(drawn: Scene, state: _State) -> list[str]:
    """Everything that stands on its own, boundary events last; then badges over all."""
    plain = [s for s in drawn.shapes if s.element in drawn.nodes and not expanded(drawn.nodes[s.element], s)]
    plain.sort(key=lambda one: drawn.nodes[one.element].kind == "boundaryEvent")
    found = [_node(drawn, shape, state) for shape in plain]
    for shape in drawn.shapes:
        if shape.element in drawn.nodes:
            found += _badges(shape, state)
    return found


def _badges(shape: Shape, state: _State) -> list[str]:
    found: list[str] = []
    if state.tokens.get(shape.element, 0) > 0:
        found.append(badge(shape, state.tokens[shape.element]))
    if shape.element in state.incidents:
        found.append(warning(shape))
    return found


def _node(drawn: Scene, shape: Shape, state: _State) -> str:
    node = drawn.nodes[shape.element]
    name = state.named(node.name, node.extensions)
    return group(node.id, state.classes(f"bpmn-node bpmn-{node.kind}", node.id), draw_node(node, shape, name), name)
