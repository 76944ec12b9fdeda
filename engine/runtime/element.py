"""The life of a token on an element: arrive, begin, perform, leave, withdraw.

`Element` is a SpiffWorkflow `TaskSpec`; the library calls its hooks. Each subclass says what one BPMN element does in
`perform`; the rest (data mappings, loops, boundary events, flows out) is here once for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.specs.base import TaskSpec

from engine.bpmn.model import Node
from engine.errors import ElementFailed, FacetError, LimitExceeded
from engine.facts import ActivityCancelled, ActivityCompleted, ActivityStarted
from engine.runtime.environment import Environment, Text, View, explain
from engine.runtime.guard import fail, resolve
from engine.runtime.instance import Instance, Token
from engine.runtime.waits import close_waits

if TYPE_CHECKING:
    from engine.runtime.events import BoundaryEvent, StartEvent
    from engine.runtime.loops import Loop
    from engine.runtime.spec import ProcessSpec


@dataclass(slots=True)
class FlowSpec:
    """A sequence flow, compiled. `condition` None: unconditional."""

    id: str
    target: Element
    condition: Text | None


class Element(TaskSpec):  # type: ignore[misc]
    """One element of the diagram, ready to run. Stateless: all state is in tokens."""

    silent = False
    """True for elements whose visits are not history (the process itself)."""
    listens = False
    """True for elements that only wait for events: they run before others, so that nothing thrown at the same moment by a
    concurrent branch is missed (BPMN leaves the order of concurrent tokens open)."""

    event_starts: Sequence[StartEvent] = ()
    """Start events of the event sub-processes directly inside; only scopes have any."""

    def __init__(self, spec: ProcessSpec, node: Node) -> None:
        super().__init__(spec, node.id)
        self.node = node
        self.kind: str = node.kind
        self.flows: list[FlowSpec] = []
        self.default: FlowSpec | None = None
        self.boundary: list[BoundaryEvent] = []
        self.loop: Loop | None = None
        self.input_mappings = [(Text(m.source, node.id, feel=True), m.target) for m in node.inputs]
        self.output_mappings = [(Text(m.source, node.id, feel=True), m.target) for m in node.outputs]
        self.optional = frozenset(m.target for m in node.outputs if m.optional)
        self.compensable = False

    # -- SpiffWorkflow's hooks -------------------------------------------------------------------------------------------

    def test(self) -> None:
        """An element without incoming flow is legal in BPMN; the library refuses it."""

    def _predict(self, my_task: Token, seen: Any = None, looked_ahead: int = 0, mask: int = 0) -> None:
        """No future is predicted: prediction is what makes the library's tree grow."""

    def _update_hook(self, my_task: Token) -> bool:
        try:
            return self.arrive(my_task)
        except FacetError as error:  # the token's own incident: the one that sent it has done its part
            fail(my_task, error, "arrive")
            return False

    def _on_ready_hook(self, my_task: Token) -> None:
        (my_task.workflow.listeners if self.listens else my_task.workflow.queue).append(my_task)

    def _run_hook(self, my_task: Token) -> bool | None:
        return self.begin(my_task)

    def _on_complete(self, my_task: Token) -> None:
        self.leave(my_task)

    def _on_cancel(self, my_task: Token) -> None:
        self.withdraw(my_task)

    # -- the life of a token ---------------------------------------------------------------------------------------------

    def arrive(self, token: Token) -> bool:
        """A token came in. True: begin; False: it waits here (joins, BPMN 13.3.2 startQuantity)."""
        needed = self.node.start_quantity
        if needed == 1 or token.iteration is not None:
            return True
        instance = token.workflow
        here = [t for t in waiting_at(self, token) if t is not token]
        if len(here) + 1 < needed:
            token._set_state(TaskState.WAITING)
            return False
        for other in here[: needed - 1]:
            instance.retire_silently(other)
        return True

    def begin(self, token: Token) -> bool | None:
        """Starts to work. True: done at once; None: waits for a stimulus."""
        if "begun" not in token.memory:
            token.memory["begun"] = 1
            if not self.silent:
                token.workflow.fact(
                    ActivityStarted(
                        token.id, token.scope, self.name, self.history_kind(token), self.node.name, token.iteration
                    )
                )
        body = self.is_body(token)
        if not body:
            self.apply_inputs(token)
        if token.iteration is None and "undoing" not in token.memory:
            for event in self.boundary:
                event.arm(token)
        if body:
            assert self.loop is not None
            return self.loop.begin(token)
        return self.perform(token)

    def abandon(self, token: Token) -> None:
        """`begin` failed half-way: what it asked for is taken back, so that a retry can begin anew."""
        close_waits(token)
        for number in list(token.members):
            inner = token.workflow.tasks.get(number)
            if inner is not None:
                inner.cancel()
        self.revoke(token)

    def catch_up(self, token: Token) -> None:
        """Somebody retries what was noted beside `token`: events that could not be armed again are armed now."""
        for name in token.memory.pop("unarmed", []):
            self._wf_spec.task_specs[name].try_to_arm(token)

    def is_body(self, token: Token) -> bool:
        """Whether `token` holds the iterations of a loop or multi-instance activity here."""
        return self.loop is not None and token.iteration is None and "undoing" not in token.memory

    def history_kind(self, token: Token) -> str:
        """The kind that history shows; the body of a multi-instance is told apart from its instances, and undoing what was
        completed from completing it once more (13.3.2: compensating, compensated)."""
        if "undoing" in token.memory:
            return "compensation"
        return "multiInstanceBody" if self.is_body(token) else self.kind

    def perform(self, token: Token) -> bool | None:
        """What the element does. True: done; None: waits. The default passes through (none task, BPMN 13.3.1)."""
        return True

    def apply_inputs(self, token: Token) -> None:
        """Evaluates the input mappings into local variables (in order; each sees the ones before)."""
        for text, target in self.input_mappings:
            value = text.value(self.view(token), self.environment(token).context)
            token.workflow.keep(token, target, value)

    def apply_outputs(self, token: Token) -> None:
        """Evaluates the output mappings and writes their targets outside the activity."""
        if not self.output_mappings:
            return
        context = self.environment(token).context
        view = self.view(token)
        values = {target: text.value(view, context) for text, target in self.output_mappings}
        for target in self.optional:
            if values[target] is None:
                del values[target]
        token.workflow.set_variables(token, values, skip_own=True)

    def accept(self, token: Token, values: Any) -> None:
        """Takes the result of the work: local when output mappings choose what leaves, else into the scope."""
        if self.output_mappings:
            for name, value in values.items():
                token.workflow.keep(token, name, value)
        else:
            token.workflow.set_variables(token, values)

    def leave(self, token: Token) -> None:
        """The work is done: outputs, then the flows out (BPMN 13.3.1), then the token is gone."""
        close_waits(token)
        if token.iteration is not None:
            assert self.loop is not None
            self.apply_outputs(token)
            self.loop.iterated(token)
            return
        if self.loop is None:
            self.apply_outputs(token)
        self.go(token, self.choose(token))

    def choose(self, token: Token) -> list[FlowSpec]:
        """Flows that get a token. Several flows out of an activity are all taken, conditional ones if they hold."""
        if all(flow.condition is None for flow in self.flows) and self.default is None:
            return self.flows
        return self.choose_inclusive(token)

    def choose_inclusive(self, token: Token) -> list[FlowSpec]:
        """All flows whose condition holds, unconditional ones included; else an error (13.4.3).

        The default is taken when none of the conditions holds, whatever the unconditional flows do (8.4.13).
        """
        reasons: list[str] = []
        taken = [flow for flow in self.flows if flow is not self.default and self.holds(flow, token, reasons)]
        if self.default is not None and all(flow.condition is None for flow in taken):
            taken.append(self.default)
        if not taken and self.flows:
            raise self.no_way(reasons)
        return taken

    def holds(self, flow: FlowSpec, token: Token, reasons: list[str]) -> bool:
        """Whether the condition of `flow` is true; null counts as false and is explained in `reasons`."""
        if flow.condition is None:
            return True
        result = flow.condition.result(self.view(token), self.environment(token).context)
        if result.value is not True:
            reasons.append(
                f"“{flow.condition.literal.strip()}” is {_shown(result.value)} {_because(explain(result))}".strip()
            )
        return result.value is True

    def no_way(self, reasons: list[str]) -> ElementFailed:
        """The error of a split that has no flow to take."""
        detail = "; ".join(reasons)
        return ElementFailed(
            self.name,
            f"No condition of “{self.node.name or self.name}” holds and there is no default flow ({detail}). "
            "Correct the data or the diagram, then retry.",
            f"“{self.node.name or self.name}”没有满足的条件，也没有默认流向（{detail}）。请更正数据或流程图后重试。",
        )

    def go(self, token: Token, flows: list[FlowSpec]) -> None:
        """Closes the visit and sends one token (completionQuantity: several) along each of `flows`."""
        instance, scope = token.workflow, token.scope_token
        self.room(instance, len(flows) * self.node.completion_quantity)
        self.finish(token)
        flows = scope.task_spec.onward(scope, token, flows)
        children = [
            instance.spawn(flow.target, token, scope, flow.id)
            for flow in flows
            for _ in range(self.node.completion_quantity)
        ]
        instance.retire(token)
        for child in children:
            child.task_spec._update(child)
        instance.settle(scope)

    def onward(self, scope: Token, inner: Token, flows: list[FlowSpec]) -> list[FlowSpec]:
        """`inner` has completed in the scope `scope`, which is on this element: the flows that it may take."""
        return flows

    def room(self, instance: Instance, more: int) -> None:
        """Raises LimitExceeded when `more` tokens would be too many."""
        limit = self.environment_of(instance).limits.tokens
        if len(instance.tasks) + more > limit and instance.prune:
            raise LimitExceeded(
                f"The instance would have more than {limit} tokens.", f"流程实例的令牌数将超过 {limit}。"
            )

    def finish(self, token: Token) -> None:
        """Ends the visit in good order."""
        close_waits(token)
        resolve(token)
        if self.compensable and "compensates" not in token.memory:
            self.remember(token)
        if not self.silent:
            token.workflow.fact(ActivityCompleted(token.id, self.name))

    def remember(self, token: Token) -> None:
        """Notes in the scope that this activity can be compensated (BPMN 13.5.5)."""
        records = token.scope_token.memory.setdefault("compensable", [])
        record: dict[str, Any] = {"activity": self.name}
        if self.is_body(token):
            record["rounds"] = token.memory.get("compensable", [])
        else:
            if token.locals:
                record["locals"] = dict(token.locals)
            if token.memory.get("compensable"):
                record["inner"] = token.memory["compensable"]
        records.append(record)

    def withdraw(self, token: Token) -> None:
        """The token is taken away: everything that it waited for is withdrawn."""
        instance = token.workflow
        close_waits(token)
        self.revoke(token)
        resolve(token)
        if not self.silent and "begun" in token.memory:
            instance.fact(ActivityCancelled(token.id, self.name))
        instance.retire(token)

    def revoke(self, token: Token) -> None:
        """Takes back what `perform` asked of the world (a task, a job); subclasses say what."""

    # -- surroundings ------------------------------------------------------------------------------------------------------

    def environment(self, token: Token) -> Environment:
        """The surroundings of this turn."""
        return self.environment_of(token.workflow)

    @staticmethod
    def environment_of(instance: Instance) -> Environment:
        """The surroundings of this turn."""
        assert instance.environment is not None, "an instance only moves inside advance()"
        return instance.environment

    def view(self, token: Token) -> View:
        """The variables that an expression on this element sees."""
        chain: list[Any] = token.lookup_chain()
        chain.append(about(token))
        return View(chain)


def about(token: Token) -> dict[str, Any]:
    """The `facet` context that every expression can read."""
    instance = token.workflow
    environment = Element.environment_of(instance)
    return {
        "facet": {
            "businessKey": instance.business_key,
            "instanceId": instance.id,
            "initiator": instance.initiator,
            "now": environment.now,
        }
    }


def waiting_at(element: Element, token: Token) -> list[Token]:
    """Tokens of the same scope that wait at `element`, oldest first."""
    return [
        other for other in token.workflow.waiting_tokens() if other.task_spec is element and other.scope == token.scope
    ]


def _shown(value: Any) -> str:
    return "false" if value is False else "null" if value is None else f"{value!r}, not a boolean"


def _because(reason: str) -> str:
    return f"({reason})" if reason else ""
