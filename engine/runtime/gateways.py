"""Gateways (BPMN 10.6, 13.4)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from SpiffWorkflow import TaskState

from engine.bpmn.model import Node
from engine.errors import ElementFailed
from engine.runtime.element import Element, FlowSpec, waiting_at
from engine.runtime.environment import Text, View
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
            if other.task_spec is not self and "detached" not in other._memory
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

    The activation condition sees `activationCount` (tokens on all incoming flows) and `activationCounts` (a context: flow id
    → tokens). The ways out see `waitingForStart`: true when the gateway fires, false when the rest has come and it is reset;
    a way whose condition does not ask for it is taken at the start only.
    """

    def __init__(self, spec: ProcessSpec, node: Node) -> None:
        super().__init__(spec, node)
        text = node.activation_condition
        self.activation = Text(text, node.id, feel=True) if text is not None else None

    def arrive(self, token: Token) -> bool:
        if len(self.node.incoming) <= 1:
            return True
        state = self.state(token.scope_token)
        if state["fired"] or not self.enabled(token, [*(t for t in waiting_at(self, token) if t is not token), token]):
            token._set_state(TaskState.WAITING)
            return False
        self.consume(token, state)
        return True

    def state(self, scope: Token) -> dict[str, Any]:
        """`fired`: the flows whose tokens were consumed when it fired; empty while it waits for its start."""
        state: dict[str, Any] = scope.memory.setdefault("complex", {}).setdefault(self.name, {"fired": []})
        return state

    def consume(self, token: Token, state: dict[str, Any]) -> None:
        """Fires with `token`: takes one token from each incoming flow that has one, and then waits for the others."""
        taken = self.oldest(token, without={token.flow})
        state["fired"] = sorted({str(token.flow), *(str(flow) for flow in taken)})
        for other in taken.values():
            token.workflow.retire_silently(other)

    def oldest(self, token: Token, without: set[str | None]) -> dict[str | None, Token]:
        """The first token that waits here on each incoming flow, but for the flows in `without`."""
        found: dict[str | None, Token] = {}
        for other in waiting_at(self, token):
            if other is not token and other.flow not in without:
                found.setdefault(other.flow, other)
        return found

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

    def reset(self, scope: Token) -> bool:
        """The gateway has fired in `scope`: once the rest of its tokens has come, or cannot come any more (as at an inclusive
        join), they are consumed and it can fire again. False: it is not the time."""
        instance = scope.workflow
        state = self.state(scope)
        waiting = [t for t in instance.waiting_tokens() if t.task_spec is self and t.scope == scope.id]
        full = {t.flow for t in waiting}
        rest = [flow for flow in self.node.incoming if flow not in state["fired"]]
        if not state["fired"] or self.expected(scope, [flow for flow in rest if flow not in full], full):
            return False
        late = {t.flow: t for t in reversed(waiting) if t.flow in rest}
        state["fired"] = []
        for other in late.values():
            instance.retire_silently(other)
        if any(self.asks_phase(flow) for flow in self.flows):
            again = instance.spawn(self, scope, scope)
            again.memory["reset"] = 1
            again._ready()
        for other in (t for t in waiting if t.live and t not in late.values()):
            if not state["fired"] and guarded(other, partial(self.arrive_again, other), "arrive"):
                continue
        instance.settle(scope)
        return True

    def arrive_again(self, token: Token) -> None:
        """A token that had come too early for this start counts for the next."""
        if self.arrive(token):
            token._ready()

    def expected(self, scope: Token, empty: list[str], full: set[str | None]) -> bool:
        """Whether a token may still come on one of the `empty` flows."""
        reach, instance = self._wf_spec.reach_of(self), scope.workflow
        return any(
            other.element_id in reach[flow]
            and not any(other.element_id in reach[one] for one in full if one is not None)
            for flow in empty
            for other in (instance.tasks[n] for n in scope.members)
            if other.task_spec is not self and "detached" not in other._memory
        )

    @staticmethod
    def asks_phase(flow: FlowSpec) -> bool:
        """Whether the condition of a way out depends on whether the gateway fires or is reset."""
        return flow.condition is not None and "waitingForStart" in flow.condition.literal

    def view(self, token: Token) -> View:
        view = super().view(token)
        view.chain = [{"waitingForStart": "reset" not in token._memory}, *view.chain]
        return view

    def choose(self, token: Token) -> list[FlowSpec]:
        if "reset" in token.memory:  # nothing has to hold then (13.4.5)
            return [flow for flow in self.flows if self.asks_phase(flow) and self.holds(flow, token, [])]
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
