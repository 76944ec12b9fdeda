"""Start, intermediate, boundary and end events (BPMN 10.5, 13.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.bpmn.model import EventDefinition, Node
from engine.errors import ElementFailed, FacetError
from engine.facts import MessageThrown, SignalThrown
from engine.runtime import propagation
from engine.runtime.compensation import cancel_transaction, compensate
from engine.runtime.element import Element
from engine.runtime.environment import Text
from engine.runtime.guard import guarded, note
from engine.runtime.instance import Token, Wait
from engine.runtime.timers import parse_duration
from engine.runtime.waits import (
    AWAITED,
    business_correlation,
    close_wait,
    close_waits,
    correlation_key,
    deliver_signal,
    open_waits,
    rearm,
)

if TYPE_CHECKING:
    from engine.runtime.spec import ProcessSpec


class Trigger:
    """One event definition, compiled. `index` is its place among the event's definitions."""

    def __init__(self, definition: EventDefinition, index: int, element_id: str) -> None:
        self.definition = definition
        self.kind = definition.kind
        self.index = index
        self.element_id = element_id
        self.code = definition.code
        self.name = Text(definition.name, element_id) if definition.name is not None else None
        self.timer_kind = definition.timer.kind if definition.timer else None
        self.text = _timer_text(definition, element_id)
        self.condition = _feel(definition.condition, element_id)
        self.correlation = _feel(definition.correlation, element_id)
        self.payload = _feel(definition.payload, element_id)
        self.business_key = _feel(definition.business_key, element_id)
        self.message_id = _feel(definition.message_id, element_id)
        self.expires = parse_duration(definition.expires) if definition.expires else None


def _feel(text: str | None, element_id: str) -> Text | None:
    return Text(text, element_id, feel=True) if text is not None else None


def _timer_text(definition: EventDefinition, element_id: str) -> Text | None:
    """ISO 8601 literals and business time stay literals; everything else is FEEL (BPMN 10.5.5 timers hold expressions)."""
    if definition.timer is None:
        return None
    text = definition.timer.expression.strip()
    literal = text[:1] in ("P", "R", "-") or text[:4].isdigit() or "@" in text.strip('"@')
    return Text(text, element_id, feel=not literal)


class EventElement(Element):
    """Common to everything with event definitions."""

    def __init__(self, spec: ProcessSpec, node: Node) -> None:
        super().__init__(spec, node)
        self.triggers = [Trigger(definition, index, node.id) for index, definition in enumerate(node.events)]

    def take(self, token: Token, payload: Mapping[str, Any]) -> None:
        """The data of the event arrives: into the output mappings, or, without any, into the scope's variables."""
        if payload:
            self.accept(token, dict(payload))

    def arm(self, host: Token) -> None:
        """Listens at `host`: the activity that the event stands on, the scope of an event sub-process."""
        open_waits(host, self, self.view(host))

    def try_to_arm(self, host: Token) -> None:
        """`arm` where `host` cannot wait for a retry itself: what fails is noted, and armed when somebody retries."""
        try:
            self.arm(host)
        except FacetError as error:
            close_waits(host, self.name)
            host.memory.setdefault("unarmed", []).append(self.name)
            note(host, self.node, error)

    def gathered(self, host: Token, wait: Wait, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """A trigger came at `host`. Of several that are all required (10.5.1, parallel multiple): None until the last has
        come, then what all of them brought; an event that does not interrupt begins to listen again."""
        if not self.node.parallel_multiple:
            if not self.node.interrupting:
                rearm(host, wait, self.environment(host))
            return payload
        close_wait(host, wait)
        gathered = host.memory.setdefault("gathered", {})
        gathered[self.name] = {**gathered.get(self.name, {}), **payload}
        if any(other.node == self.name for other in host.waits.values()):
            return None
        if not self.node.interrupting:
            self.try_to_arm(host)
        brought: Mapping[str, Any] = gathered.pop(self.name)
        return brought

    def awaited(self) -> bool:
        """Whether a token has to wait here for something outside."""
        return any(trigger.kind in AWAITED for trigger in self.triggers)


class StartEvent(EventElement):
    """A start event: of the process, of a sub-process or of an event sub-process. It is always already triggered."""

    def perform(self, token: Token) -> bool | None:
        self.take(token, token.memory.pop("payload", {}))
        return True

    def triggered(self, host: Token, wait: Wait, payload: Mapping[str, Any]) -> None:
        """The event sub-process that this event starts begins in `host`, the scope that listened (BPMN 13.5.4)."""
        brought = self.gathered(host, wait, payload)
        if brought is not None:
            propagation.start_event_subprocess(host, self, brought)


class CatchEvent(EventElement):
    """An intermediate catch event, or a receive task (BPMN 13.3.3): waits for one trigger, or for all (parallel multiple)."""

    listens = True

    def __init__(self, spec: ProcessSpec, node: Node) -> None:
        super().__init__(spec, node)
        if node.message is not None:
            self.triggers = [Trigger(node.message, 0, node.id)]

    def perform(self, token: Token) -> bool | None:
        if "payload" in token.memory:
            self.take(token, token.memory.pop("payload"))
            return True
        if not self.awaited():
            return True
        open_waits(token, self, self.view(token))
        return None

    def triggered(self, host: Token, wait: Wait, payload: Mapping[str, Any]) -> None:
        """One trigger occurred at `host`: this event's own token, or an event-based gateway before it."""
        if host.task_spec is not self:
            host.task_spec.route(host, self, payload)
            return
        self.take(host, payload)
        if wait.kind == "timer" and wait.memory.get("every"):
            self.cycle(host, wait)
            return
        close_wait(host, wait)
        if self.node.parallel_multiple and any(other.node == self.name for other in host.waits.values()):
            return
        close_waits(host)
        guarded(host, host.complete, "leave")

    def cycle(self, host: Token, wait: Wait) -> None:
        """A time cycle occurs again and again: every occurrence sends a token on, the last one takes the event's own."""
        rearm(host, wait, self.environment(host))
        if wait.id not in host.waits:
            close_waits(host)
            guarded(host, host.complete, "leave")
            return
        again = host.workflow.spawn(self, host, host.scope_token, host.flow)
        again.memory["payload"] = {}
        self._update(again)


class BoundaryEvent(EventElement):
    """An event on the border of an activity (BPMN 13.5.3)."""

    def perform(self, token: Token) -> bool | None:
        self.take(token, token.memory.pop("payload", {}))
        return True

    def triggered(self, host: Token, wait: Wait, payload: Mapping[str, Any]) -> None:
        """A trigger occurred while the activity `host` was open, or had an incident."""
        brought = self.gathered(host, wait, payload)
        if brought is not None:
            self.fire(host, brought)

    def fire(
        self,
        host: Token,
        payload: Mapping[str, Any],
        *,
        interrupting: bool = True,
        caught: dict[str, Any] | None = None,
    ) -> None:
        """Sends a token along this event; an interrupting one takes the activity away first.

        `caught` (`error` or `escalation` with its code) is what the event's own mappings can read.

        `interrupting=False` spares the activity whatever the event says: the implicit events of a multi-instance.
        """
        instance, scope = host.workflow, host.scope_token
        token = instance.spawn(self, host, scope)
        token.memory["payload"] = dict(payload)
        token.locals = caught
        if interrupting and self.node.interrupting:
            host.cancel()
        self._update(token)


class ThrowEvent(EventElement):
    """An intermediate throw event, an end event or a send task with a message: results happen one after the other."""

    def __init__(self, spec: ProcessSpec, node: Node) -> None:
        super().__init__(spec, node)
        if node.message is not None and not self.triggers:
            self.triggers = [Trigger(node.message, 0, node.id)]

    def perform(self, token: Token) -> bool | None:
        for trigger in self.triggers[token.memory.get("thrown", 0) :]:
            waits = self.throw(token, trigger)
            token.memory["thrown"] = trigger.index + 1
            if not token.live or waits:
                return None
        return self.ended(token)

    def ended(self, token: Token) -> bool | None:
        """All results are thrown."""
        return True

    def throw(self, token: Token, trigger: Trigger) -> bool:
        """Makes one result happen. True: it has to be waited for (compensation)."""
        if trigger.kind == "message":
            throw_message(self, token, trigger)
        elif trigger.kind == "signal":
            throw_signal(self, token, trigger)
        elif trigger.kind == "escalation":
            propagation.throw_escalation(token, trigger.code, self.payload(token, trigger))
        elif trigger.kind == "compensate":
            return compensate(token, trigger.definition.ref, wait=trigger.definition.wait_for_completion)
        elif trigger.kind == "link":
            self.follow_link(token, trigger)
        return False

    def payload(self, token: Token, trigger: Trigger) -> dict[str, Any]:
        """What the event carries: its payload expression, else its input mappings, else nothing."""
        if trigger.payload is not None:
            value = trigger.payload.value(self.view(token), self.environment(token).context)
            if not isinstance(value, dict):
                raise ElementFailed(
                    self.name,
                    f"The payload “{trigger.payload.literal.strip()}” is not a context.",
                    f"载荷“{trigger.payload.literal.strip()}”不是上下文。",
                )
            return value
        return {target: (token.locals or {}).get(target) for _, target in self.input_mappings}

    def follow_link(self, token: Token, trigger: Trigger) -> None:
        """A link is a flow that is not drawn (BPMN 10.5.5): the token goes on at the catching link of the same name."""
        target = self._wf_spec.link_target(self, trigger.definition.name)
        child = token.workflow.spawn(target, token, token.scope_token)
        child.memory["payload"] = {}
        target._update(child)


class EndEvent(ThrowEvent):
    """An end event (BPMN 13.5.6): throws its results, then its token is consumed."""

    def ended(self, token: Token) -> bool | None:
        token.workflow.end_element = self.name
        for trigger in self.triggers:
            if trigger.kind == "error":
                self.results_out(token)
                propagation.throw_error(token, trigger.code, self.node.name, self.payload(token, trigger))
                return None
            if trigger.kind == "cancel":
                return cancel_transaction(token)
            if trigger.kind == "terminate":
                return self.terminate(token)
        return True

    def results_out(self, token: Token) -> None:
        """Output mappings of an error end event take effect before the error leaves."""
        self.apply_outputs(token)

    def terminate(self, token: Token) -> bool | None:
        """Ends everything else in the scope at once (BPMN 10.5.3); nothing is compensated."""
        scope = token.scope_token
        for number in list(scope.members):
            other = token.workflow.tasks.get(number)
            if other is not None and other is not token:
                other.cancel()
        close_waits(scope)
        scope.memory["terminated"] = 1
        return True


def throw_message(element: ThrowEvent, token: Token, trigger: Trigger) -> None:
    """A message leaves: who waits for it, in this instance or elsewhere, is found in the store."""
    environment = element.environment(token)
    view, context = element.view(token), environment.context
    name = trigger.name.value(view, context) if trigger.name is not None else None
    if not name:
        raise ElementFailed(element.name, "The message has no name.", "消息没有名称。")
    instance = token.workflow
    key = trigger.business_key.value(view, context) if trigger.business_key else instance.business_key
    correlation = correlation_key(instance, trigger, view, environment)
    if trigger.correlation is None and trigger.business_key is not None:
        correlation = business_correlation(str(key)) if key is not None else None
    message_id = trigger.message_id.value(view, context) if trigger.message_id else None
    expires = trigger.expires.after(environment.now, environment.zone) if trigger.expires else None
    instance.fact(
        MessageThrown(
            token.id,
            element.name,
            str(name),
            element.payload(token, trigger),
            correlation,
            None if key is None else str(key),
            None if message_id is None else str(message_id),
            expires,
        )
    )


def throw_signal(element: ThrowEvent, token: Token, trigger: Trigger) -> None:
    """A signal is heard by everybody who listens now (BPMN 10.5.5): in this instance at once, elsewhere by broadcast."""
    name = str(trigger.name.value(element.view(token), element.environment(token).context)) if trigger.name else ""
    payload = element.payload(token, trigger)
    token.workflow.fact(SignalThrown(token.id, element.name, name, payload))
    deliver_signal(token.workflow, name, payload)
