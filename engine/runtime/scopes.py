"""Elements that hold others: the process, sub-processes, transactions, ad-hoc sub-processes (BPMN 10.3.5, 13.3.4, 13.3.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.bpmn.model import ACTIVITIES, Node, Process
from engine.errors import Conflict, ElementFailed, FacetError
from engine.runtime.compensation import leave_transaction, next_handler
from engine.runtime.element import Element, FlowSpec
from engine.runtime.environment import Text
from engine.runtime.guard import note
from engine.runtime.instance import ROOT, Token
from engine.runtime.waits import close_waits

if TYPE_CHECKING:
    from engine.runtime.events import StartEvent
    from engine.runtime.spec import ProcessSpec


class Scope(Element):
    """What process and sub-process share: inner starts, event sub-processes, an end when the last token is gone."""

    def __init__(self, spec: ProcessSpec, node: Node, properties: tuple[tuple[str, str | None], ...]) -> None:
        super().__init__(spec, node)
        self.starts: list[Element] = []
        """Where a token begins: none start events, else everything without incoming flow."""
        self.event_starts: list[StartEvent] = []
        """Start events of the event sub-processes directly inside."""
        self.properties = [
            (name, Text(text, node.id, feel=True) if text is not None else None) for name, text in properties
        ]

    def open(self, token: Token, starts: list[Element], payload: dict[str, Any] | None = None) -> None:
        """Begins inside: properties, event sub-processes, then a token on each start."""
        instance = token.workflow
        if self.properties:
            if token.locals is None:
                token.locals = {}
            view, context = self.view(token), self.environment(token).context
            for name, text in self.properties:
                if name not in token.locals or token.scope:
                    instance.write(token, name, text.value(view, context) if text is not None else None, token)
        for start in self.event_starts:
            if token.id == ROOT:
                start.try_to_arm(token)
            else:
                start.arm(token)
        children = [instance.spawn(start, token, token) for start in starts]
        if payload is not None and children:
            children[0].memory["payload"] = payload
        for child in children:
            child.task_spec._update(child)
        instance.settle(token)

    def emptied(self, token: Token) -> None:
        """The last token inside is gone."""
        raise NotImplementedError


class ProcessElement(Scope):
    """The process itself; its token lives as long as the instance."""

    silent = True

    def __init__(self, spec: ProcessSpec, process: Process) -> None:
        super().__init__(spec, Node(id="<process>", kind="subProcess", name=process.name), process.properties)

    def emptied(self, token: Token) -> None:
        close_waits(token)
        token.workflow.end("terminated" if token.memory.get("terminated") else "completed")


class SubProcess(Scope):
    """13.3.4 embedded sub-process; also event sub-process and transaction."""

    def __init__(self, spec: ProcessSpec, node: Node) -> None:
        super().__init__(spec, node, node.properties)

    def perform(self, token: Token) -> bool | None:
        if "undoing" in token.memory:
            return None if self.undo(token) else True
        if token.locals is None:
            token.locals = {}
        start = token.memory.get("start")
        if start is not None:
            self.open(token, [self._wf_spec.task_specs[start]], token.memory.get("payload", {}))
            token.memory.pop("payload", None)
        else:
            self.open(token, self.starts)
        return None

    def undo(self, token: Token) -> bool:
        """Compensates a completed sub-process: by its compensation event sub-process, else its activities in reverse."""
        for start in self.event_starts:
            if any(trigger.kind == "compensate" for trigger in start.triggers):
                token.memory["compensable"] = token.memory.pop("plan")
                inner = token.workflow.spawn(self._wf_spec.task_specs[start.node.scope], token, token)
                inner.memory.update({"start": start.name, "payload": {}})
                inner.task_spec._update(inner)
                return True
        return next_handler(token)

    def emptied(self, token: Token) -> None:
        if next_handler(token) or token.memory.get("cancelling"):
            return
        token.complete()

    def leave(self, token: Token) -> None:
        if "undoing" in token.memory:
            self.go(token, [])
            return
        super().leave(token)


class AdHocSubProcess(SubProcess):
    """10.3.5 ad-hoc sub-process: its activities run in any order, until the completion condition holds.

    Without a completion condition every inner activity without incoming flow is performed once (in parallel, or one after
    the other with ordering Sequential). With one, the condition is tested after each completion; as long as it does not
    hold the sub-process stays open, and activities can be picked again (13.3.5).
    """

    def __init__(self, spec: ProcessSpec, node: Node) -> None:
        super().__init__(spec, node)
        condition = node.ad_hoc.completion_condition if node.ad_hoc else None
        self.condition = Text(condition, node.id, feel=True) if condition is not None else None
        self.sequential = node.ad_hoc is not None and node.ad_hoc.ordering == "Sequential"
        self.cancel_remaining = node.ad_hoc is None or node.ad_hoc.cancel_remaining

    def perform(self, token: Token) -> bool | None:
        if "undoing" in token.memory:
            return super().perform(token)
        if token.locals is None:
            token.locals = {}
        first, rest = (self.starts[:1], self.starts[1:]) if self.sequential else (self.starts, [])
        token.memory["todo"] = [element.name for element in rest]
        self.open(token, first)
        return None

    def onward(self, scope: Token, inner: Token, flows: list[FlowSpec]) -> list[FlowSpec]:
        """The condition is asked each time an activity inside has completed; once it holds, nothing new begins."""
        if "undoing" in scope.memory:
            return flows
        if inner.task_spec.kind in ACTIVITIES and not scope.memory.get("over"):
            self.ask(scope, inner)
        return [] if scope.memory.get("over") else flows

    def catch_up(self, token: Token) -> None:
        super().catch_up(token)
        self.ask(token)

    def ask(self, token: Token, inner: Token | None = None) -> None:
        """May the sub-process end? When `inner` has completed last, the others are cancelled if the diagram says so."""
        if self.condition is None:
            return
        try:
            done = self.condition.value(self.view(token), self.environment(token).context) is True
        except FacetError as error:
            note(token, self.node, error)
            return
        if not done:
            return
        token.memory["over"] = 1
        token.memory.pop("todo", None)
        for number in list(token.members) if self.cancel_remaining else ():
            other = token.workflow.tasks.get(number)
            if other is not None and other is not inner:
                other.cancel()
        token.workflow.settle(token)

    def emptied(self, token: Token) -> None:
        todo = token.memory.get("todo", [])
        if todo and not token.memory.get("terminated"):
            element = self._wf_spec.task_specs[todo.pop(0)]
            child = token.workflow.spawn(element, token, token)
            element._update(child)
            return
        ended = {"undoing", "over", "terminated", "interrupted", "cancelling"} & token.memory.keys()
        if self.condition is None or ended:
            super().emptied(token)

    def activate(self, token: Token, names: tuple[str, ...]) -> None:
        """Staff picked activities to do (again)."""
        if token.memory.get("over") or token.memory.get("terminated"):
            raise Conflict("This ad-hoc sub-process is about to end.", "该临时子流程即将结束。")
        for name in names:
            element = self._wf_spec.task_specs.get(name)
            if element is None or element.node.scope != self.name:
                raise ElementFailed(
                    self.name, f"“{name}” is not in this ad-hoc sub-process.", f"“{name}”不在该临时子流程中。"
                )
            if name in token.memory.get("todo", []):
                token.memory["todo"].remove(name)
            child = token.workflow.spawn(element, token, token)
            element._update(child)


def emptied(scope: Token) -> None:
    """Nothing is left in `scope`: a process, a sub-process, the body of a loop, an event that compensates."""
    element = scope.task_spec
    if "undoing" not in scope.memory and element.loop is not None and scope.iteration is None:
        element.loop.emptied(scope)
    elif isinstance(element, Scope):
        element.emptied(scope)
    else:
        thrower_emptied(scope)


def thrower_emptied(token: Token) -> None:
    """The compensation handlers that a throw event waits for are through: the next one, or the event goes on."""
    if next_handler(token):
        return
    token.memory.pop("plan", None)
    if token.memory.get("detached"):
        scope = token.scope_token
        token.workflow.retire_silently(token)
        token.workflow.settle(scope)
    elif token.scope_token.memory.get("cancelling"):
        leave_transaction(token)
    elif token.task_spec.perform(token) and token.live:
        token.complete()
