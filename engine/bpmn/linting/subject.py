"""What a check looks at: one process with its surroundings, and how it speaks of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from engine.bpmn.model import SCOPES, Document, Flow, Node, Problem, Process
from engine.bpmn.rules import problem


class ScriptFault(Protocol):
    """What a script checker reports (`engine.scripts.check`)."""

    @property
    def line(self) -> int: ...
    @property
    def message(self) -> str: ...
    @property
    def zh(self) -> str: ...


class ScriptCheck(Protocol):
    """Says before a deployment what is wrong with a script; nothing is executed."""

    def __call__(self, source: str, /) -> Sequence[ScriptFault]: ...


@dataclass(frozen=True, slots=True)
class FormInfo:
    """What the linter knows of a form: the variables that its fields write."""

    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class CallInfo:
    """What the linter knows of an operation. `connectors`: keys of those that it may go through; None: unknown, or none is
    needed."""

    parameters: frozenset[str]
    required: frozenset[str] = frozenset()
    connectors: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class LintContext:
    """What there is beside the documents of this deployment. None means unknown: nothing is checked against it."""

    forms: Mapping[str, FormInfo | None] = field(default_factory=dict)
    """Form key → its fields; a form that is there but cannot be looked into is None."""
    decisions: Collection[str] = ()
    """Ids of the decisions of this deployment and of those deployed before."""
    decision_outputs: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    """Decision id → the variables that its result becomes without a result variable; None, or not there: not known."""
    processes: Collection[str] = ()
    """Keys of the processes that are deployed already."""
    groups: Collection[str] | None = None
    operations: Collection[str] | None = None
    calls: Mapping[str, CallInfo] = field(default_factory=dict)
    """Operation → its parameters and connectors; operations that are not described are not looked into."""
    calendars: Collection[str] | None = None
    check_script: ScriptCheck | None = None
    """How a Python script is checked; None: only that it parses."""


@dataclass(frozen=True)
class Subject:
    """One executable process of one document."""

    document: Document
    process: Process
    context: LintContext
    documents: Sequence[Document]

    def problem(self, rule: str, at: Node | Flow | None = None, /, **data: object) -> Problem:
        """A problem at a node, a flow, or the process itself."""
        where = at if at is not None else self.process
        return problem(
            rule,
            data,
            file=self.document.file,
            line=where.line,
            element_id=where.id,
            element_name=where.name or None,
        )

    @property
    def nodes(self) -> Mapping[str, Node]:
        return self.process.nodes

    @cached_property
    def flows(self) -> Mapping[str, Flow]:
        """Flows between nodes of this process."""
        nodes = self.process.nodes
        return {key: flow for key, flow in self.process.flows.items() if flow.source in nodes and flow.target in nodes}

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[Flow, ...]]:
        return {
            node.id: tuple(self.flows[key] for key in node.outgoing if key in self.flows)
            for node in self.nodes.values()
        }

    @cached_property
    def incoming(self) -> Mapping[str, tuple[Flow, ...]]:
        return {
            node.id: tuple(self.flows[key] for key in node.incoming if key in self.flows)
            for node in self.nodes.values()
        }

    @cached_property
    def boundaries(self) -> Mapping[str, tuple[Node, ...]]:
        """Activity id → its boundary events."""
        found: dict[str, list[Node]] = {}
        for node in self.nodes.values():
            if node.attached_to is not None:
                found.setdefault(node.attached_to, []).append(node)
        return {key: tuple(nodes) for key, nodes in found.items()}

    @cached_property
    def levels(self) -> Mapping[str | None, tuple[Node, ...]]:
        """Scope id (None: the process) → the nodes directly inside."""
        found: dict[str | None, list[Node]] = {None: []}
        for node in self.nodes.values():
            if node.kind in SCOPES:
                found.setdefault(node.id, [])
            found.setdefault(node.scope, []).append(node)
        return {key: tuple(nodes) for key, nodes in found.items()}

    @cached_property
    def handlers(self) -> frozenset[str]:
        """Activities that compensation boundary events lead to."""
        return frozenset(
            node.compensation_handler for node in self.nodes.values() if node.compensation_handler is not None
        )

    def link_targets(self, node: Node) -> Iterator[Node]:
        """The catching link events of the same level that a throwing one leads to (BPMN 10.5.1)."""
        names = {event.name for event in node.events if event.kind == "link"}
        for other in self.levels[node.scope] if names else ():
            caught = any(event.kind == "link" and event.name in names for event in other.events)
            if caught and other.kind == "intermediateCatchEvent":
                yield other

    def starts(self, scope: str | None) -> tuple[Node, ...]:
        """Where tokens of a level begin: start events and instantiating nodes, else whatever no flow leads to."""
        level = self.levels[scope]
        found = [node for node in level if node.kind == "startEvent" or node.instantiate]
        if found:
            return tuple(found)
        return tuple(node for node in level if not self.incoming[node.id] and self.is_entered(node))

    def is_entered(self, node: Node) -> bool:
        """Whether a node without incoming flow begins by itself when its level has no start event."""
        return not (
            node.kind == "boundaryEvent"
            or node.triggered_by_event
            or node.for_compensation
            or any(event.kind == "link" for event in node.events)
        )
