"""Processes (BPMN 10.2) with all their levels: nodes, flows, lanes, data; and global tasks (BPMN 10.3.4) as
processes of one task."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, cast

from engine.bpmn.model import ACTIVITIES, SCOPES, DataMapping, Flow, Lane, Node, NodeKind, Process
from engine.bpmn.reading.context import Reading
from engine.bpmn.reading.data import Data, read_data, read_properties
from engine.bpmn.reading.events import expression, read_events
from engine.bpmn.reading.loops import read_loop
from engine.bpmn.reading.names import Element, attribute, child_text, children, facet, flag, line_of, local, text
from engine.bpmn.reading.tasks import (
    read_ad_hoc,
    read_assignment,
    read_call,
    read_extensions,
    read_mappings,
    read_script,
    read_service,
    read_task_message,
)

EVENTS = ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")
GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "complexGateway", "eventBasedGateway")
FLOW_NODES = (*EVENTS, *GATEWAYS, *sorted(ACTIVITIES))
GLOBAL_TASKS = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}


@dataclass(slots=True)
class _Level:
    """What is collected while walking one process."""

    nodes: dict[str, Node] = field(default_factory=dict)
    elements: dict[str, Element] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)
    lanes: list[Lane] = field(default_factory=list)


def read_processes(reading: Reading) -> tuple[Process, ...]:
    """Every process and global task of the file, in document order."""
    return tuple(
        _process(reading, element) if local(element) == "process" else _global_task(reading, element)
        for element in children(reading.root, "process", *GLOBAL_TASKS)
        if attribute(element, "id") is not None or _unnamed(reading, element)
    )


def _unnamed(reading: Reading, element: Element) -> bool:
    reading.report("process-without-id", element)
    return False


def _process(reading: Reading, element: Element) -> Process:
    level = _Level()
    _walk(reading, element, None, level)
    _lanes(reading, element, level)
    _connect(level)
    _unmark(reading, level)
    key = attribute(element, "id") or ""
    sensitive = facet(element, "sensitiveVariables") or ""
    pool = _pool(reading, key)
    return Process(
        id=key,
        name=attribute(element, "name") or (attribute(pool, "name") if pool is not None else None) or key,
        executable=_executable(reading, element),
        line=line_of(element),
        nodes=level.nodes,
        flows=level.flows,
        lanes=tuple(level.lanes),
        documentation=child_text(element, "documentation") or "",
        participant=attribute(pool, "id") if pool is not None else None,
        version_tag=facet(element, "versionTag"),
        properties=read_properties(reading, element),
        starters=facet(element, "candidateStarterGroups"),
        business_key=expression(facet(element, "businessKey")),
        sensitive=tuple(part.strip() for part in sensitive.split(",") if part.strip()),
        extensions=read_extensions(element),
    )


def _executable(reading: Reading, element: Element) -> bool:
    """`isExecutable`; a file that never says so is taken as meant to run, but for public processes (BPMN 10.2)."""
    said = attribute(element, "isExecutable")
    if said is not None:
        return said.lower() in ("true", "1")
    others = any(attribute(one, "isExecutable") for one in children(reading.root, "process"))
    if others or attribute(element, "processType") == "Public" or not _has_nodes(element):
        return False
    reading.report("executable-assumed", element)
    return True


def _has_nodes(element: Element) -> bool:
    return next(children(element, *FLOW_NODES), None) is not None


def _pool(reading: Reading, key: str) -> Element | None:
    for collaboration in children(reading.root, "collaboration"):
        for participant in children(collaboration, "participant"):
            if reading.key(attribute(participant, "processRef")) == key:
                return participant
    return None


def _global_task(reading: Reading, element: Element) -> Process:
    key = attribute(element, "id") or ""
    node = _node(reading, element, cast(NodeKind, GLOBAL_TASKS[local(element)]), key, None)
    return Process(
        id=key,
        name=attribute(element, "name") or key,
        executable=True,
        line=line_of(element),
        nodes={key: node},
        flows={},
        documentation=child_text(element, "documentation") or "",
        properties=read_properties(reading, element),
        starters=facet(element, "candidateStarterGroups"),
        global_task=True,
        extensions=read_extensions(element),
    )


def _walk(reading: Reading, container: Element, scope: str | None, level: _Level) -> None:
    for element in children(container, *FLOW_NODES, "sequenceFlow"):
        kind = local(element)
        if kind == "sequenceFlow":
            _flow(reading, element, level)
            continue
        key = attribute(element, "id") or reading.fresh(kind, level.nodes)
        if attribute(element, "id") is None:
            reading.report("element-without-id", element, kind=kind)
        if key in level.nodes:
            continue
        level.nodes[key] = _node(reading, element, cast(NodeKind, kind), key, scope)
        level.elements[key] = element
        if kind in SCOPES:
            _walk(reading, element, key, level)


def _flow(reading: Reading, element: Element, level: _Level) -> None:
    source = reading.target(element, attribute(element, "sourceRef"), *FLOW_NODES)
    target = reading.target(element, attribute(element, "targetRef"), *FLOW_NODES)
    if attribute(element, "sourceRef") is None or attribute(element, "targetRef") is None:
        reading.report("flow-without-ends", element)
    if source is None or target is None:
        return
    given = attribute(element, "id")
    key = given or reading.fresh(f"flow_{source}_{target}", level.flows)
    level.flows[key] = Flow(
        id=key,
        source=source,
        target=target,
        name=attribute(element, "name") or "",
        condition=expression(child_text(element, "conditionExpression")),
        line=line_of(element),
        inserted=given is None,
    )


def _node(reading: Reading, element: Element, kind: NodeKind, key: str, scope: str | None) -> Node:
    data = read_data(reading, element)
    loop = read_loop(reading, element, data)
    inputs, outputs = read_mappings(element)
    data_inputs, data_outputs = _flowing(data, loop)
    script, script_format, script_result = read_script(element)
    node = Node(
        id=key,
        kind=kind,
        name=attribute(element, "name") or "",
        line=line_of(element),
        scope=scope,
        documentation=child_text(element, "documentation") or "",
        loop=loop,
        assignment=read_assignment(reading, element),
        service=read_service(reading, element),
        script=script,
        script_format=script_format,
        script_result=script_result,
        decision=facet(element, "decision") if kind == "businessRuleTask" else None,
        decision_result=facet(element, "resultVariable") if kind == "businessRuleTask" else None,
        call=read_call(
            reading, element, mapped_in=bool(data_inputs or inputs), mapped_out=bool(data_outputs or outputs)
        ),
        message=read_task_message(reading, element),
        instantiate=flag(element, "instantiate", False),
        inputs=(*data_inputs, *inputs),
        outputs=(*data_outputs, *outputs),
        start_quantity=_quantity(reading, element, "startQuantity"),
        completion_quantity=_quantity(reading, element, "completionQuantity"),
        for_compensation=flag(element, "isForCompensation", False),
        triggered_by_event=flag(element, "triggeredByEvent", False),
        ad_hoc=read_ad_hoc(reading, element),
        properties=(*read_properties(reading, element), *data.local),
        extensions=read_extensions(element),
    )
    return _with_event(reading, element, node) if kind in EVENTS else _with_gateway(reading, element, node)


def _flowing(data: Data, loop: object) -> tuple[tuple[DataMapping, ...], tuple[DataMapping, ...]]:
    collection = getattr(loop, "collection", None)
    output = getattr(loop, "output_collection", None)
    if collection is None and output is None:
        return data.inputs, data.outputs
    item = getattr(loop, "output_element", None)
    kept = data.without(collection, output, item)
    return kept.inputs, kept.outputs


def _quantity(reading: Reading, element: Element, name: str) -> int:
    """A token quantity (BPMN 10.3): at least 1. Zero and less are reported and kept as 1."""
    value = attribute(element, name)
    if value is None:
        return 1
    try:
        number = int(value)
    except ValueError:
        number = 0
    if number < 1:
        reading.report("token-quantity", element, attribute=name, value=value)
    return max(number, 1)


def _with_event(reading: Reading, element: Element, node: Node) -> Node:
    boundary = node.kind == "boundaryEvent"
    attached = reading.target(element, attribute(element, "attachedToRef"), *sorted(ACTIVITIES)) if boundary else None
    if boundary and attribute(element, "attachedToRef") is None:
        reading.report("boundary-without-activity", element)
    events = read_events(reading, element)
    handler = None
    if boundary and any(event.kind == "compensate" for event in events):
        handler = _handler(reading, node.id)
    return replace(
        node,
        events=events,
        parallel_multiple=flag(element, "parallelMultiple", False),
        interrupting=flag(element, "cancelActivity" if boundary else "isInterrupting", True),
        attached_to=attached,
        compensation_handler=handler,
    )


def _handler(reading: Reading, boundary: str) -> str | None:
    """The activity that an association ties to a compensation boundary event (BPMN 10.6.1)."""
    for key in reading.compensation.get(boundary, []):
        found = reading.elements.get(key)
        if found is not None and local(found) in ACTIVITIES:
            return key
    return None


def _with_gateway(reading: Reading, element: Element, node: Node) -> Node:
    default = reading.target(element, attribute(element, "default"), "sequenceFlow")
    gateway_type = attribute(element, "eventGatewayType") or "Exclusive"
    if gateway_type not in ("Exclusive", "Parallel"):
        allowed = "Exclusive / Parallel"
        reading.report("unknown-value", element, attribute="eventGatewayType", value=gateway_type, allowed=allowed)
        gateway_type = "Exclusive"
    return replace(
        node,
        default=default,
        gateway_type=cast(Literal["Exclusive", "Parallel"], gateway_type),
        activation_condition=expression(child_text(element, "activationCondition")),
    )


def _connect(level: _Level) -> None:
    """Tell each node its flows: as `outgoing` elements order them (conditions are asked in that order), then as
    written."""
    into: dict[str, list[str]] = {}
    out: dict[str, list[str]] = {}
    for flow in level.flows.values():
        into.setdefault(flow.target, []).append(flow.id)
        out.setdefault(flow.source, []).append(flow.id)
    for key, node in level.nodes.items():
        level.nodes[key] = replace(
            node,
            incoming=_ordered(level.elements[key], "incoming", into.get(key, [])),
            outgoing=_ordered(level.elements[key], "outgoing", out.get(key, [])),
        )


def _unmark(reading: Reading, level: _Level) -> None:
    """An activity in the flow is run by the flow: a marker “for compensation” on it, as editors set it inside
    compensation event sub-processes, means nothing unless a boundary event leads there (BPMN 10.6.1)."""
    handlers = {node.compensation_handler for node in level.nodes.values()}
    for key, node in level.nodes.items():
        if node.for_compensation and node.incoming and key not in handlers:
            level.nodes[key] = replace(node, for_compensation=False)
            reading.report("compensation-marker-in-flow", level.elements[key])


def _ordered(element: Element, side: str, flows: list[str]) -> tuple[str, ...]:
    listed = [(text(part) or "").rpartition(":")[2] for part in children(element, side)]
    first = [key for key in dict.fromkeys(listed) if key in flows]
    return (*first, *(key for key in flows if key not in first))


def _lanes(reading: Reading, process: Element, level: _Level) -> None:
    """Lanes with their nodes. The innermost lane counts; what is inside a sub-process stands in the sub-process's
    lane."""
    where: dict[str, Lane] = {}
    for element in _lane_elements(process):
        name = attribute(element, "name") or ""
        references = (reading.target(part, text(part)) for part in children(element, "flowNodeRef"))
        nodes = tuple(key for key in references if key in level.nodes)
        lane = Lane(
            attribute(element, "id") or reading.fresh(f"lane_{len(level.lanes)}"),
            name,
            tuple(key for key in nodes if key is not None),
            facet(element, "candidateGroups"),
        )
        level.lanes.append(lane)
        for key in lane.nodes:
            where[key] = lane  # children come after their parents
    for key, node in level.nodes.items():
        lane_of = where.get(key)
        holder = node.scope
        while lane_of is None and holder is not None:
            lane_of = where.get(holder)
            holder = level.nodes[holder].scope
        if lane_of is not None:
            level.nodes[key] = replace(node, lane=lane_of.name, lane_group=lane_of.group or lane_of.name or None)


def _lane_elements(container: Element) -> Iterator[Element]:
    """Every lane of the process and of its sub-processes, parents before the lanes inside them."""
    for holder in children(container, "laneSet", "childLaneSet"):
        for lane in children(holder, "lane"):
            yield lane
            yield from _lane_elements(lane)
    for part in children(container, *SCOPES):
        yield from _lane_elements(part)
