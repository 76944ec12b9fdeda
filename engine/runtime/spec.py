"""From diagram to runtime: compiles an `engine.bpmn.model.Process` into SpiffWorkflow task specs of our own.

SpiffWorkflow's parser is not used: it drops what it does not know, recurses along the flow and knows no line numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from SpiffWorkflow.specs import WorkflowSpec

from engine.bpmn.model import MultiInstance, Node, Process, StandardLoop
from engine.errors import InvalidInput
from engine.runtime.activities import (
    BusinessRuleTask,
    CallActivity,
    NoneTask,
    ScriptTask,
    SendTask,
    ServiceTask,
    UserTask,
)
from engine.runtime.element import Element, FlowSpec
from engine.runtime.environment import Text
from engine.runtime.events import BoundaryEvent, CatchEvent, EndEvent, StartEvent, ThrowEvent
from engine.runtime.gateways import (
    ComplexGateway,
    EventBasedGateway,
    ExclusiveGateway,
    InclusiveGateway,
    ParallelGateway,
)
from engine.runtime.loops import MultiInstanceRunner, StandardLoopRunner
from engine.runtime.scopes import AdHocSubProcess, ProcessElement, Scope, SubProcess

KINDS: dict[str, type[Element]] = {
    "startEvent": StartEvent,
    "endEvent": EndEvent,
    "intermediateCatchEvent": CatchEvent,
    "intermediateThrowEvent": ThrowEvent,
    "boundaryEvent": BoundaryEvent,
    "task": NoneTask,
    "manualTask": NoneTask,
    "userTask": UserTask,
    "serviceTask": ServiceTask,
    "scriptTask": ScriptTask,
    "businessRuleTask": BusinessRuleTask,
    "receiveTask": CatchEvent,
    "callActivity": CallActivity,
    "subProcess": SubProcess,
    "transaction": SubProcess,
    "adHocSubProcess": AdHocSubProcess,
    "exclusiveGateway": ExclusiveGateway,
    "parallelGateway": ParallelGateway,
    "inclusiveGateway": InclusiveGateway,
    "complexGateway": ComplexGateway,
    "eventBasedGateway": EventBasedGateway,
}


def element_class(node: Node) -> type[Element]:
    """The class that runs `node`."""
    if node.kind == "sendTask":
        return ServiceTask if node.service is not None else SendTask
    if node.kind == "businessRuleTask" and node.decision is None:
        return ServiceTask
    return KINDS[node.kind]


class ProcessSpec(WorkflowSpec):  # type: ignore[misc]
    """A process definition, compiled and shared by all its instances; never changed afterwards."""

    task_specs: dict[str, Element]

    def __init__(self, process: Process) -> None:
        super().__init__(process.id)
        self.process = process
        self.root = ProcessElement(self, process)
        for node in process.nodes.values():
            element = element_class(node)(self, node)
            if isinstance(node.loop, MultiInstance):
                element.loop = MultiInstanceRunner(element, node.loop)
            elif isinstance(node.loop, StandardLoop):
                element.loop = StandardLoopRunner(element, node.loop)
        self._connect()
        self._attach()
        self._open_scopes()
        self._reach: dict[str, dict[str, frozenset[str]]] = {}

    def _connect(self) -> None:
        for node in self.process.nodes.values():
            element = self.task_specs[node.id]
            for flow_id in node.outgoing:
                flow = self.process.flows[flow_id]
                condition = Text(flow.condition, node.id, feel=True) if flow.condition is not None else None
                spec = FlowSpec(flow.id, self.task_specs[flow.target], condition)
                element.flows.append(spec)
                element.connect(spec.target)
                if flow.id == node.default:
                    element.default = spec

    def _attach(self) -> None:
        self._handlers: dict[str, Element] = {}
        for node in self.process.nodes.values():
            if node.attached_to is None:
                continue
            host, event = self.task_specs[node.attached_to], self.task_specs[node.id]
            assert isinstance(event, BoundaryEvent)
            if any(trigger.kind == "compensate" for trigger in event.triggers):
                if node.compensation_handler is not None:
                    self._handlers[host.name] = self.task_specs[node.compensation_handler]
                    host.compensable = True
            else:
                host.boundary.append(event)

    def _open_scopes(self) -> None:
        scopes: dict[str | None, Scope] = {None: self.root}
        scopes.update((e.name, e) for e in self.task_specs.values() if isinstance(e, Scope) and e is not self.root)
        for key, scope in scopes.items():
            children = self.process.children(key)
            scope.starts = [self.task_specs[node.id] for node in _starts(children)]
            for node in children:
                if node.triggered_by_event:
                    scope.event_starts.extend(
                        e
                        for n in self.process.children(node.id)
                        if isinstance(e := self.task_specs[n.id], StartEvent) and e.triggers
                    )
        for scope in scopes.values():
            inner = [e for e in self.task_specs.values() if e.node.scope == scope.name and scope is not self.root]
            if scope is not self.root and not scope.node.triggered_by_event:
                compensating = any(t.kind == "compensate" for s in scope.event_starts for t in s.triggers)
                scope.compensable = scope.compensable or compensating or any(e.compensable for e in inner)
        self._spread_compensable(scopes.values())

    def _spread_compensable(self, scopes: Iterable[Scope]) -> None:
        """A sub-process around something compensable is compensable too, however deep."""
        for scope in scopes:
            element: Element | None = scope if scope.compensable else None
            while element is not None and element.node.scope is not None:
                element = self.task_specs[element.node.scope]
                element.compensable = True

    def element(self, name: str) -> Element:
        """The element of that id; InvalidInput when the definition has none."""
        element = self.task_specs.get(name)
        if element is None or element is self.root:
            raise InvalidInput(f"The process has no element “{name}”.", f"流程中没有元素“{name}”。")
        return element

    def handler_of(self, element: Element) -> Element | None:
        """The compensation handler of an activity."""
        return self._handlers.get(element.name)

    def companions(self, element: Element) -> list[Element]:
        """What begins together with `element`: the other events behind a parallel instantiating event gateway, for which
        the instance then waits (13.4.4)."""
        for flow in element.node.incoming:
            gateway = self.task_specs[self.process.flows[flow].source]
            if gateway.node.instantiate and gateway.node.gateway_type == "Parallel":
                return [flow.target for flow in gateway.flows if flow.target is not element]
        return []

    @cached_property
    def complex_joins(self) -> list[ComplexGateway]:
        """Complex gateways that wait for a reset once they have fired (13.4.5)."""
        return [e for e in self.task_specs.values() if isinstance(e, ComplexGateway) and len(e.node.incoming) > 1]

    @cached_property
    def links(self) -> dict[tuple[str | None, str | None], Element]:
        """Catching links by scope and name."""
        return {
            (e.node.scope, t.definition.name): e
            for e in self.task_specs.values()
            if isinstance(e, CatchEvent)
            for t in e.triggers
            if t.kind == "link"
        }

    def link_target(self, source: Element, name: str | None) -> Element:
        """The catching link that a throwing link leads to, in the same scope (10.5.5)."""
        target = self.links.get((source.node.scope, name))
        if target is None:
            raise InvalidInput(f"No link event catches “{name}”.", f"没有捕获链接“{name}”的事件。")
        return target

    def reach_of(self, gateway: Element) -> dict[str, frozenset[str]]:
        """For each incoming flow of a join: the elements from which it can be reached without passing the join (13.4.3)."""
        known = self._reach.get(gateway.name)
        if known is None:
            known = {flow: self._behind(flow, gateway.name) for flow in gateway.node.incoming}
            self._reach[gateway.name] = known
        return known

    def _behind(self, flow_id: str, stop: str) -> frozenset[str]:
        seen: set[str] = set()
        todo = [self.process.flows[flow_id].source]
        while todo:
            name = todo.pop()
            if name in seen or name == stop:
                continue
            seen.add(name)
            node = self.process.nodes[name]
            todo.extend(self.process.flows[f].source for f in node.incoming)
            if node.attached_to is not None:
                todo.append(node.attached_to)
            todo.extend(self._link_sources(node))
        return frozenset(seen)

    def _link_sources(self, node: Node) -> list[str]:
        names = {d.name for d in node.events if d.kind == "link"} if node.kind == "intermediateCatchEvent" else set()
        return [
            other.id
            for other in self.process.children(node.scope)
            if names and other.kind == "intermediateThrowEvent"
            for d in other.events
            if d.kind == "link" and d.name in names
        ]


def _starts(children: Iterable[Node]) -> list[Node]:
    """Where a scope begins: its none start events; without any start event, all that has no incoming flow (10.3.5, 13.1)."""
    nodes = [node for node in children if not node.triggered_by_event]
    events = [node for node in nodes if node.kind == "startEvent"]
    if events:
        return [node for node in events if not node.events]
    return [
        node
        for node in nodes
        if not node.incoming
        and node.attached_to is None
        and not node.for_compensation
        and not (node.kind == "intermediateCatchEvent" and any(d.kind == "link" for d in node.events))
        and not node.instantiate
    ]
