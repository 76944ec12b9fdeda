"""Every FEEL text of a process, with the element that holds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.bpmn.model import EventDefinition, Flow, MultiInstance, Node, Process, StandardLoop

_LITERAL_STARTS = ("P", "R", "-")


@dataclass(frozen=True, slots=True)
class Expression:
    """A FEEL text: the element that holds it (None: the process), what it is for, and names that only it sees."""

    owner: Node | Flow | None
    role: str
    text: str
    names: frozenset[str] = frozenset()


def is_timer_literal(text: str) -> bool:
    """Whether a timer's text is ISO 8601 or business time rather than FEEL."""
    text = text.strip()
    return text[:1] in _LITERAL_STARTS or text[:4].isdigit() or "@" in text.strip('"@')


def _feel(text: str | None) -> str | None:
    """The FEEL of a facet text that is an expression; None for literals."""
    return text[1:] if text is not None and text.startswith("=") else None


def expressions(process: Process) -> Iterator[Expression]:
    """All of them, in document order of their elements."""
    yield from _some(
        None, ("businessKey", process.business_key), *(("property", text) for _, text in process.properties)
    )
    for flow in process.flows.values():
        if flow.condition is not None:
            source = process.nodes.get(flow.source)  # a flow of a broken file may begin in another process
            complex_ = source is not None and source.kind == "complexGateway"
            names = frozenset({"waitingForStart"}) if complex_ else frozenset[str]()
            yield Expression(flow, "condition", flow.condition, names)
    for node in process.nodes.values():
        yield from _node(node)


def _some(owner: Node | Flow | None, *texts: tuple[str, str | None]) -> Iterator[Expression]:
    for role, text in texts:
        if text is not None:
            yield Expression(owner, role, text)


def _node(node: Node) -> Iterator[Expression]:
    for event in (*node.events, *((node.message,) if node.message is not None else ())):
        yield from _event(node, event)
    yield from _loop(node)
    yield from _some(node, *(("input", mapping.source) for mapping in node.inputs))
    yield from _some(node, *(("output", mapping.source) for mapping in node.outputs))
    yield from _some(node, *(("property", text) for _, text in node.properties))
    if node.ad_hoc is not None:
        yield from _some(node, ("completionCondition", node.ad_hoc.completion_condition))
    if node.activation_condition is not None:
        counts = frozenset({"activationCount", "activationCounts"})
        yield Expression(node, "activationCondition", node.activation_condition, counts)
    yield from _task(node)


def _task(node: Node) -> Iterator[Expression]:
    who = node.assignment
    if who is not None:
        texts = (
            who.assignee,
            who.candidate_users,
            who.candidate_groups,
            who.due,
            who.follow_up,
            who.priority,
            who.form,
        )
        roles = ("assignee", "candidateUsers", "candidateGroups", "dueDate", "followUpDate", "priority", "formKey")
        yield from _some(node, *((role, _feel(text)) for role, text in zip(roles, texts, strict=True)))
    if node.service is not None:
        yield from _some(node, ("operation", _feel(node.service.operation)), ("topic", _feel(node.service.topic)))
        yield from _some(node, *((f"parameter {name}", _feel(value)) for name, value in node.service.parameters))
    if node.call is not None:
        call = node.call
        called = (("calledElement", _feel(call.process)), ("version", _feel(call.version)))
        yield from _some(node, *called, ("businessKey", call.business_key))
    yield from _some(node, ("decision", _feel(node.decision)))
    if node.script_format == "feel":
        yield from _some(node, ("script", node.script))


def _event(node: Node, event: EventDefinition) -> Iterator[Expression]:
    yield from _some(
        node,
        ("condition", event.condition),
        ("correlationKey", event.correlation),
        ("payload", event.payload),
        ("businessKey", event.business_key),
        ("messageId", event.message_id),
        ("name", _feel(event.name)),
    )
    if event.timer is not None and not is_timer_literal(event.timer.expression):
        yield Expression(node, f"time {event.timer.kind}", event.timer.expression.removeprefix("="))


def _loop(node: Node) -> Iterator[Expression]:
    loop = node.loop
    if isinstance(loop, StandardLoop):
        yield from _some(node, ("loopCondition", loop.condition), ("loopMaximum", loop.maximum))
    if isinstance(loop, MultiInstance):
        yield from _some(
            node,
            ("loopCardinality", loop.cardinality),
            ("collection", loop.collection),
            ("outputElement", loop.output_element),
        )
        counts = frozenset({"numberOfInstances", "numberOfActiveInstances", "numberOfCompletedInstances"})
        counts |= {"numberOfTerminatedInstances"}
        for text in (loop.completion_condition, *(condition for condition, _ in loop.complex)):
            if text is not None:
                yield Expression(node, "completionCondition", text, counts)
