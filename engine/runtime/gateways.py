"""Gateways (BPMN 10.6, 13.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow import TaskState

from engine.bpmn.model import Node
from engine.errors import ElementFailed
from engine.runtime.element import Element, FlowSpec, waiting_at
from engine.runtime.environment import Text
from engine.runtime.guard import guarded
from engine.runtime.instance import Token
from engine.runtime.waits import close_waits, open_waits

if TYPE_CHECKING:
    from engine.runtime.spec import ProcessSpec


class ExclusiveGateway(Element):
    """13.4.1: each token leaves along the first flow whose condition holds, else along the default."""

    def choose(self, token: Token) -> list[FlowSpec]:
        if len(self.flows) == 1 and self.flows[0].condition is None:
            return self.flows
        reasons: list[str] = []
        for flow in self.flows:
            if flow is not self.default and self.holds(flow, token, reasons):
                return [flow]
        if self.default is not None:
            return [self.default]
        if not self.flows:
            return []
        raise self.no_way(reasons)


class ParallelGateway(Element):
    """13.4.2: takes one token from each incoming flow, gives one to each outgoing flow. Surplus tokens stay."""

    def arrive(self, token: Token) -> bool:
        incoming = self.node.incoming
        if len(incoming) <= 1:
            return True
        waiting: dict[str | None, Token] = {}
        for other in waiting_at(self, token):
            if other is not token:
                waiting.setdefault(other.flow, other)
        others = [waiting.get(flow) for flow in incoming if flow != token.flow]
        if any(other is None for other in others):
            token._set_state(TaskState.WAITING)
            return False
        for joined in others:
            if joined is not None:
                token.workflow.retire_silently(joined)
        return True

    def choose(self, token: Token) -> list[FlowSpec]:
        return self.flows


class InclusiveGateway(Element):
    """13.4.3: joins the tokens that can still come, splits along every flow whose condition holds."""

    def arrive(self, token: Token) -> bool:
        if len(self.node.incoming) <= 1:
            return True
        token._set_state(TaskState.WAITING)
        return False

    def ready_token(self, token: Token) -> Token | None:
        """The token that may go through now, its companions consumed; None while others can still come.

        Enabled (13.4.3) when for every empty incoming flow each token that could still reach it could as well reach an
        incoming flow that already has one, not passing through this gateway.
        """
        arrived = waiting_at(self, token)
        full = {t.flow for t in arrived}
        empty = [flow for flow in self.node.incoming if flow not in full]
        reach = self._wf_spec.reach_of(self)
        instance = token.workflow
        elsewhere = {
            other.element_id
            for other in (instance.tasks[n] for n in token.scope_token.members)
            if other.task_spec is not self and "detached" not in other.memory
        }
        for flow in empty:
            for element_id in elsewhere & reach[flow]:
                if not any(element_id in reach[other] for other in full if other is not None):
                    return None
        first: dict[str | None, Token] = {}
        for other in arrived:
            first.setdefault(other.flow, other)
        chosen, *rest = first.values()
        for other in rest:
            instance.retire_silently(other)
        return chosen

    def choose(self, token: Token) -> list[FlowSpec]:
        if len(self.flows) == 1 and self.flows[0].condition is None:
            return self.flows
        return self.choose_inclusive(token)


class ComplexGateway(Element):
    """13.4.5: fires when its activation condition holds, then waits for the rest of the tokens before it can fire again.

    The condition sees `activationCount` (tokens on all incoming flows) and `activationCounts` (a context: flow id → tokens).
    """

    def __init__(self, spec: ProcessSpec, node: Node) -> None:
        super().__init__(spec, node)
        text = node.activation_condition
        self.activation = Text(text, node.id, feel=True) if text is not None else None

    def arrive(self, token: Token) -> bool:
        if len(self.node.incoming) <= 1:
            return True
        state = token.scope_token.memory.setdefault("complex", {}).setdefault(self.name, {"fired": []})
        arrived = waiting_at(self, token)
        if state["fired"]:
            token._set_state(TaskState.WAITING)
            self.reset(token, state)
            return False
        if not self.enabled(token, [*arrived, token]):
            token._set_state(TaskState.WAITING)
            return False
        state["fired"] = sorted({str(t.flow) for t in [*arrived, token]})
        for other in arrived:
            token.workflow.retire_silently(other)
        if set(state["fired"]) == set(self.node.incoming):
            state["fired"] = []
        return True

    def enabled(self, token: Token, arrived: list[Token]) -> bool:
        """Whether the activation condition holds for the tokens that have arrived."""
        if self.activation is None:
            return len({t.flow for t in arrived}) == len(self.node.incoming)
        counts: dict[str, int] = {}
        for other in arrived:
            counts[str(other.flow)] = counts.get(str(other.flow), 0) + 1
        view = self.view(token)
        view.chain = [{"activationCount": len(arrived), "activationCounts": counts}, *view.chain]
        return self.activation.value(view, self.environment(token).context) is True

    def reset(self, token: Token, state: dict[str, Any]) -> None:
        """After firing, the late tokens are consumed; with the last of them the gateway can fire again."""
        late = [t for t in [*waiting_at(self, token)] if str(t.flow) not in state["fired"]]
        fired = {*state["fired"], *(str(t.flow) for t in late)}
        for other in late:
            token.workflow.retire_silently(other)
        state["fired"] = [] if fired == set(self.node.incoming) else sorted(fired)
        token.workflow.settle(token.scope_token)

    def choose(self, token: Token) -> list[FlowSpec]:
        if all(flow.condition is None for flow in self.flows):
            return self.flows
        return self.choose_inclusive(token)


class EventBasedGateway(Element):
    """13.4.4: waits at all the events behind it at once; the first that occurs takes the token."""

    listens = True

    def perform(self, token: Token) -> bool | None:
        view = self.view(token)
        for flow in self.flows:
            open_waits(token, flow.target, view)
        return None

    def route(self, host: Token, event: Element, payload: Mapping[str, Any]) -> None:
        """`event` occurred first."""
        host.memory["chosen"] = [event.name, dict(payload)]
        close_waits(host)
        guarded(host, host.complete, "leave")

    def choose(self, token: Token) -> list[FlowSpec]:
        chosen = token.memory.get("chosen")
        if chosen is None:
            raise ElementFailed(self.name, "No event was chosen.", "没有选定事件。")
        return [flow for flow in self.flows if flow.target.name == chosen[0]]

    def go(self, token: Token, flows: list[FlowSpec]) -> None:
        """The chosen event gets its token already triggered."""
        instance, scope = token.workflow, token.scope_token
        self.finish(token)
        child = instance.spawn(flows[0].target, token, scope, flows[0].id)
        child.memory["payload"] = token.memory["chosen"][1]
        instance.retire(token)
        child.task_spec._update(child)
