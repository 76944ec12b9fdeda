"""Checks of events: which kind may stand where, and what it needs to ever happen (BPMN 10.5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from engine.bpmn.linting.subject import Subject
from engine.bpmn.model import ACTIVITIES, SCOPES, EventDefinition, Node, Problem

_KINDS: Mapping[str, frozenset[str]] = {
    "startEvent": frozenset({"message", "timer", "signal", "conditional"}),
    "eventSubProcess": frozenset({"message", "timer", "signal", "conditional", "error", "escalation", "compensate"}),
    "boundaryEvent": frozenset(
        {"message", "timer", "signal", "conditional", "error", "escalation", "compensate", "cancel"}
    ),
    "intermediateCatchEvent": frozenset({"message", "timer", "signal", "conditional", "link"}),
    "intermediateThrowEvent": frozenset({"message", "signal", "escalation", "compensate", "link"}),
    "endEvent": frozenset({"message", "signal", "error", "escalation", "compensate", "terminate", "cancel"}),
}
_THROWING = ("intermediateThrowEvent", "endEvent")


def check_events(subject: Subject) -> Iterator[Problem]:
    """Every event of one process, and the pairs of links."""
    for node in subject.nodes.values():
        if node.kind in _KINDS:
            yield from _event(subject, node)
        if node.kind == "boundaryEvent":
            yield from _boundary(subject, node)
    yield from _links(subject)
    yield from _messages(subject)
    yield from _message_flows(subject)


_SILENT = ("task", "userTask", "manualTask", "scriptTask", "businessRuleTask")


def _message_flows(subject: Subject) -> Iterator[Problem]:
    """Message flows drawn at what does not speak: tasks of other kinds, and events of other kinds (BPMN 9.3)."""
    for flow in subject.document.message_flows:
        for node in (subject.nodes.get(flow.source), subject.nodes.get(flow.target)):
            if node is None:
                continue
            spoken = any(event.kind == "message" for event in node.events)
            if node.kind in _SILENT or (node.kind in _KINDS and not spoken):
                yield subject.problem("message-flow-without-effect", node, flow=flow.name or flow.id)


def _event(subject: Subject, node: Node) -> Iterator[Problem]:
    if not node.events and node.kind in ("boundaryEvent", "intermediateCatchEvent"):
        yield subject.problem("event-without-trigger", node)
    scope = subject.nodes.get(node.scope or "")
    place = node.kind
    if node.kind == "startEvent" and scope is not None and scope.triggered_by_event:
        place = "eventSubProcess"  # type: ignore[assignment]
    elif node.kind == "startEvent" and scope is not None:
        return
    for event in node.events:
        if event.kind not in _KINDS[place]:
            yield subject.problem("event-kind", node, kind=event.kind)
        else:
            yield from _definition(subject, node, event, scope)


def _definition(subject: Subject, node: Node, event: EventDefinition, scope: Node | None) -> Iterator[Problem]:
    throwing = node.kind in _THROWING
    if event.kind == "message" and event.name is None and node.service is None:
        yield subject.problem("event-without-message", node)
    if event.kind == "signal" and event.name is None:
        yield subject.problem("event-without-signal", node)
    if event.kind in ("error", "escalation") and throwing and event.code is None:
        yield subject.problem("throw-without-code", node, kind=event.kind)
    if event.kind == "error" and not throwing and not node.interrupting:
        yield subject.problem("error-not-interrupting", node)
    if event.kind == "conditional" and event.condition is None:
        yield subject.problem("conditional-without-condition", node)
    if event.kind == "cancel" and node.kind == "endEvent" and (scope is None or scope.kind != "transaction"):
        yield subject.problem("cancel-outside-transaction", node)
    if event.kind == "compensate" and throwing and event.ref is not None:
        yield from _compensated(subject, node, event.ref)


def _compensated(subject: Subject, node: Node, ref: str) -> Iterator[Problem]:
    """The activity that a compensation throw names must have something that undoes it (BPMN 10.6.1)."""
    target = subject.nodes.get(ref)
    if target is None or target.kind not in ACTIVITIES:
        yield subject.problem("compensation-target", node, target=ref)
        return
    handled = any(one.compensation_handler for one in subject.boundaries.get(ref, ()))
    if not handled and target.kind not in SCOPES:
        yield subject.problem("compensation-target", node, target=target.name or ref)


def _boundary(subject: Subject, node: Node) -> Iterator[Problem]:
    host = subject.nodes.get(node.attached_to or "")
    if host is None:
        return
    if host.scope != node.scope:
        yield subject.problem("boundary-scope", node, host=host.name or host.id)
    if host.triggered_by_event:
        yield subject.problem("boundary-on-event-subprocess", node, host=host.name or host.id)
    kinds = {event.kind for event in node.events}
    if "cancel" in kinds and host.kind != "transaction":
        yield subject.problem("cancel-outside-transaction", node)
    if "compensate" in kinds:
        yield from _compensation(subject, node)
    elif kinds and not node.outgoing:
        yield subject.problem("boundary-without-flow", node)


def _compensation(subject: Subject, node: Node) -> Iterator[Problem]:
    if node.outgoing:
        yield subject.problem("compensation-with-flow", node)
    handler = subject.nodes.get(node.compensation_handler or "")
    if handler is None:
        yield subject.problem("compensation-without-handler", node)
    elif not handler.for_compensation:
        yield subject.problem("compensation-handler-marker", handler)


def _links(subject: Subject) -> Iterator[Problem]:
    for level in subject.levels.values():
        catching: Counter[str | None] = Counter()
        thrown: set[str | None] = set()
        for node in level:
            for event in (one for one in node.events if one.kind == "link"):
                if event.name is None:
                    yield subject.problem("link-without-name", node)
                elif node.kind == "intermediateCatchEvent":
                    catching[event.name] += 1
                elif node.kind == "intermediateThrowEvent":
                    thrown.add(event.name)
                yield from _link_flows(subject, node)
        yield from _pairs(subject, level, catching, thrown)


def _link_flows(subject: Subject, node: Node) -> Iterator[Problem]:
    wrong = subject.incoming if node.kind == "intermediateCatchEvent" else subject.outgoing
    if wrong[node.id]:
        yield subject.problem("link-with-flow", node)


def _pairs(
    subject: Subject, level: tuple[Node, ...], catching: Counter[str | None], thrown: set[str | None]
) -> Iterator[Problem]:
    for node in level:
        for event in (one for one in node.events if one.kind == "link" and one.name is not None):
            if node.kind == "intermediateThrowEvent" and not catching[event.name]:
                yield subject.problem("link-without-target", node, link=event.name)
            if node.kind == "intermediateCatchEvent" and event.name not in thrown:
                yield subject.problem("link-without-source", node, link=event.name)
            if node.kind == "intermediateCatchEvent" and catching[event.name] > 1:
                yield subject.problem("link-with-several-targets", node, link=event.name)


def _messages(subject: Subject) -> Iterator[Problem]:
    """Send tasks, and two starts of one process that one message would trigger."""
    seen: dict[str, Node] = {}
    for node in subject.nodes.values():
        if node.kind == "sendTask" and node.message is None and node.service is None:
            yield subject.problem("send-without-message", node)
        if node.kind != "startEvent" or node.scope is not None:
            continue
        for event in (one for one in node.events if one.kind == "message" and one.name is not None):
            first = seen.setdefault(event.name or "", node)
            if first is not node:
                yield subject.problem("start-message-twice", node, message=event.name, first=first.name or first.id)
