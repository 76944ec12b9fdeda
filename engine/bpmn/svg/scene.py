"""What there is to draw: shapes and edges with the elements they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.bpmn.model import Document, Edge, Flow, Lane, Node, Participant, Shape
from engine.bpmn.reading.names import attribute, child_text, local
from engine.bpmn.reading.source import parse
from engine.bpmn.svg.layout import lay_out

ARTIFACTS = ("textAnnotation", "group", "dataObjectReference", "dataObject", "dataStoreReference")


@dataclass(frozen=True, slots=True)
class Artifact:
    """Something drawn that holds no token: `kind` is the BPMN element's name."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything drawn, by element id."""

    shapes: tuple[Shape, ...]
    edges: tuple[Edge, ...]
    nodes: Mapping[str, Node]
    flows: Mapping[str, Flow]
    pools: Mapping[str, Participant]
    lanes: Mapping[str, Lane]
    artifacts: Mapping[str, Artifact]
    message_flows: Mapping[str, str]
    """Id → name."""
    title: str

    def bounds(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) of all that is drawn, labels included."""
        xs: list[float] = []
        ys: list[float] = []
        for shape in self.shapes:
            below = 34 if shape.element in self.nodes and shape.width < 60 else 0
            xs += [shape.x, shape.x + shape.width]
            ys += [shape.y, shape.y + shape.height + below]
        for edge in self.edges:
            xs += [x for x, _ in edge.waypoints]
            ys += [y for _, y in edge.waypoints]
        labels = [shape.label for shape in self.shapes] + [edge.label for edge in self.edges]
        for label in [one for one in labels if one is not None]:
            xs += [label.x, label.x + label.width]
            ys += [label.y, label.y + label.height]
        return (min(xs), min(ys), max(xs), max(ys)) if xs else (0.0, 0.0, 0.0, 0.0)


def scene(document: Document, content: bytes) -> Scene:
    """The scene of a document; a file without diagram interchange is laid out. Raises BpmnUnreadable like `read`."""
    nodes = {node.id: node for process in document.processes for node in process.nodes.values()}
    shapes, edges = document.shapes, document.edges
    if not shapes:
        shapes, edges = lay_out(document)
    return Scene(
        shapes=shapes,
        edges=edges,
        nodes=nodes,
        flows={flow.id: flow for process in document.processes for flow in process.flows.values()},
        pools={pool.id: pool for pool in document.participants},
        lanes={lane.id: lane for process in document.processes for lane in process.lanes},
        artifacts=_artifacts(content, document.file),
        message_flows={flow.id: flow.name for flow in document.message_flows},
        title=", ".join(process.name for process in document.processes if process.executable)
        or ", ".join(process.name for process in document.processes),
    )


def _artifacts(content: bytes, file: str) -> dict[str, Artifact]:
    found: dict[str, Artifact] = {}
    for element in parse(content, file).iter():
        kind, key = local(element), attribute(element, "id") if isinstance(element.tag, str) else None
        if key is not None and kind in ARTIFACTS:
            found[key] = Artifact(kind, child_text(element, "text") or attribute(element, "name") or "")
    return found
