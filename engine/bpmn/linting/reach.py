"""Which elements a token can come to, and which it can leave for an end."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.linting.subject import Subject
from engine.bpmn.model import SCOPES, Node, Problem

_WAITING = frozenset(
    {
        *("userTask", "manualTask", "receiveTask", "serviceTask", "sendTask", "businessRuleTask", "callActivity"),
        *("intermediateCatchEvent", "eventBasedGateway", "subProcess", "transaction", "adHocSubProcess"),
    }
)
"""Kinds at which a turn of the engine can pause; a circle without any of them never lets go."""


def following(subject: Subject, node: Node) -> list[Node]:
    """The nodes of the same level that a token on `node` can go to next."""
    found = [subject.nodes[flow.target] for flow in subject.outgoing[node.id]]
    found += subject.boundaries.get(node.id, ())
    if node.kind == "intermediateThrowEvent":
        found += subject.link_targets(node)
    return found


def reachable(subject: Subject, scope: str | None) -> set[str]:
    """Ids of the nodes of a level that some token can come to."""
    waiting = [node for node in subject.levels[scope] if node.triggered_by_event or node.id in subject.handlers]
    scope_node = subject.nodes.get(scope or "")
    if scope_node is not None and scope_node.kind == "adHocSubProcess":
        waiting += [node for node in subject.levels[scope] if not subject.incoming[node.id]]
    waiting += subject.starts(scope)
    found = {node.id for node in waiting}
    while waiting:
        for node in following(subject, waiting.pop()):
            if node.id not in found:
                found.add(node.id)
                waiting.append(node)
    return found


def check_reach(subject: Subject) -> Iterator[Problem]:
    """Elements that nothing leads to, circles that nothing leads out of, and levels where nothing begins."""
    for scope, level in subject.levels.items():
        if not level:
            continue
        if not subject.starts(scope):
            yield subject.problem("no-start", subject.nodes.get(scope or ""))
            continue
        entered = reachable(subject, scope)
        for node in level:
            if node.id not in entered and node.kind != "boundaryEvent":
                yield subject.problem("unreachable", node)
        yield from _endless(subject, level, entered)


def _endless(subject: Subject, level: tuple[Node, ...], entered: set[str]) -> Iterator[Problem]:
    """Nodes of circles without a way out: an error where no element ever waits, else a warning."""
    leaving = {node.id for node in level if not following(subject, node)}
    before: dict[str, list[str]] = {}
    for node in level:
        for after in following(subject, node):
            before.setdefault(after.id, []).append(node.id)
    waiting = list(leaving)
    while waiting:
        for key in before.get(waiting.pop(), []):
            if key not in leaving:
                leaving.add(key)
                waiting.append(key)
    stuck = [node for node in level if node.id in entered and node.id not in leaving]
    if not stuck:
        return
    circle = [node for node in stuck if subject.incoming[node.id]] or stuck
    pausing = any(node.kind in _WAITING for node in circle)
    yield subject.problem("no-way-out" if pausing else "endless-loop", circle[0], count=len(circle))


def is_scope(node: Node) -> bool:
    """Whether the node holds a level of its own."""
    return node.kind in SCOPES
