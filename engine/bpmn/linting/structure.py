"""Checks of shape: what may stand where, and what every element needs (BPMN 7.6, 10.2, 10.3, 10.6)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.linting.subject import Subject
from engine.bpmn.model import ACTIVITIES, SCOPES, MultiInstance, Node, Problem, StandardLoop

_BRANCHING = frozenset({"exclusiveGateway", "inclusiveGateway", "complexGateway"})


def check_structure(subject: Subject) -> Iterator[Problem]:
    """Flows, gateways, sub-processes and loops of one process."""
    if not subject.nodes:
        yield subject.problem("process-empty")
    yield from _flows(subject)
    for node in subject.nodes.values():
        yield from _ends(subject, node)
        yield from _branches(subject, node)
        yield from _loop(subject, node)
        if node.kind == "eventBasedGateway":
            yield from _event_gateway(subject, node)
        if node.kind == "adHocSubProcess":
            yield from _ad_hoc(subject, node)


def _flows(subject: Subject) -> Iterator[Problem]:
    for flow in subject.process.flows.values():
        if flow.id not in subject.flows:
            yield subject.problem("flow-between-processes", flow)
            continue
        source, target = subject.nodes[flow.source], subject.nodes[flow.target]
        if source.scope != target.scope:
            yield subject.problem("flow-crosses-scope", flow, source=_name(source), target=_name(target))
        if flow.condition is not None and source.kind in ("parallelGateway", "eventBasedGateway"):
            yield subject.problem("condition-ignored", flow, source=_name(source))
        if flow.condition is not None and source.default == flow.id:
            yield subject.problem("default-with-condition", flow)


def _name(node: Node) -> str:
    return node.name or node.id


def _ends(subject: Subject, node: Node) -> Iterator[Problem]:
    """Nodes that no flow may enter or leave."""
    entered, left = bool(subject.incoming[node.id]), bool(subject.outgoing[node.id])
    if node.kind == "startEvent" and entered:
        yield subject.problem("start-with-incoming", node)
    if node.kind == "endEvent" and left:
        yield subject.problem("end-with-outgoing", node)
    if node.kind == "boundaryEvent" and entered:
        yield subject.problem("boundary-with-incoming", node)
    if node.triggered_by_event and (entered or left):
        yield subject.problem("event-subprocess-with-flow", node)
    if node.instantiate and entered:
        yield subject.problem("instantiate-with-incoming", node)
    if node.for_compensation and (entered or left):
        yield subject.problem("compensation-with-flow", node)
    if node.default is not None and node.default not in node.outgoing:
        yield subject.problem("default-not-outgoing", node, flow=node.default)


def _branches(subject: Subject, node: Node) -> Iterator[Problem]:
    """Whether a token always finds a way out (BPMN 13.4)."""
    flows = subject.outgoing[node.id]
    unconditional = [flow for flow in flows if flow.condition is None and flow.id != node.default]
    if node.kind == "exclusiveGateway" and len(flows) > 1 and unconditional == [flows[-1]] and node.default is None:
        yield subject.problem("implicit-default", node, flow=flows[-1].name or flows[-1].id)
        return
    if node.kind == "exclusiveGateway" and len(flows) > 1 and unconditional:
        yield subject.problem(
            "gateway-flow-without-condition", node, flows=", ".join(f.name or f.id for f in unconditional)
        )
        return
    conditional = [flow for flow in flows if flow.condition is not None and flow.id != node.default]
    certain = any((flow.condition or "").strip() == "true" for flow in conditional)
    branching = node.kind in _BRANCHING or node.kind in ACTIVITIES
    if branching and conditional and not unconditional and node.default is None and not certain:
        yield subject.problem("no-default", node)


def _loop(subject: Subject, node: Node) -> Iterator[Problem]:
    loop = node.loop
    if isinstance(loop, StandardLoop):
        if loop.condition is None and loop.maximum is None:
            yield subject.problem("loop-without-end", node)
        if _negative(loop.maximum):
            yield subject.problem("loop-maximum", node, value=loop.maximum)
    if isinstance(loop, MultiInstance):
        if _negative(loop.cardinality):
            yield subject.problem("loop-cardinality", node, value=loop.cardinality)
        missing = (loop.behavior == "None" and loop.none_event is None) or (
            loop.behavior == "One" and loop.one_event is None
        )
        if missing or (loop.behavior == "Complex" and not loop.complex):
            yield subject.problem("behaviour-without-event", node, behavior=loop.behavior)


def _negative(text: str | None) -> bool:
    return text is not None and text.replace(" ", "").startswith("-") and text.replace(" ", "")[1:].isdigit()


def _event_gateway(subject: Subject, node: Node) -> Iterator[Problem]:
    """BPMN 10.6.6: what may follow an event-based gateway."""
    flows = subject.outgoing[node.id]
    if len(flows) < 2:
        yield subject.problem("event-gateway-flows", node, count=len(flows))
    if node.gateway_type == "Parallel" and not node.instantiate:
        yield subject.problem("event-gateway-parallel", node)
    for flow in flows:
        target = subject.nodes[flow.target]
        if target.kind not in ("intermediateCatchEvent", "receiveTask"):
            yield subject.problem("event-gateway-target", node, target=_name(target))
        elif len(subject.incoming[target.id]) > 1:
            yield subject.problem("event-gateway-target-shared", target, gateway=_name(node))


def _ad_hoc(subject: Subject, node: Node) -> Iterator[Problem]:
    """BPMN 10.3.5: an ad-hoc sub-process holds activities, and no start or end events."""
    inside = subject.levels[node.id]
    if not any(one.kind in ACTIVITIES and not one.triggered_by_event for one in inside):
        yield subject.problem("ad-hoc-empty", node)
    if node.ad_hoc is None or not (node.ad_hoc.completion_condition or "").strip():
        yield subject.problem("ad-hoc-never-done", node)
    for one in inside:
        if one.kind in ("startEvent", "endEvent"):
            yield subject.problem("ad-hoc-start-or-end", one, scope=_name(node))


def check_sub_processes(subject: Subject) -> Iterator[Problem]:
    """Start events of sub-processes and event sub-processes (BPMN 10.3.5, 10.5.2)."""
    for node in subject.nodes.values():
        if node.kind not in SCOPES:
            continue
        starts = [one for one in subject.levels[node.id] if one.kind == "startEvent"]
        if node.triggered_by_event:
            if len(starts) != 1 or not starts[0].events:
                yield subject.problem("event-subprocess-start", node, count=len(starts))
            continue
        for start in starts:
            if start.events:
                yield subject.problem("subprocess-start-trigger", start, scope=_name(node))
