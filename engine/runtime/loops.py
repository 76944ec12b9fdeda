"""Standard loops and multi-instance activities (BPMN 13.3.6, 13.3.7).

The token that arrives becomes the *body*: a scope whose members are the iterations. Each iteration is a token on the same
element with its own local variables; boundary events and flows belong to the body.
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from SpiffWorkflow import TaskState

from engine.bpmn.model import EventDefinition, MultiInstance, StandardLoop
from engine.errors import ElementFailed, LimitExceeded
from engine.runtime import propagation
from engine.runtime.environment import Text
from engine.runtime.guard import guarded
from engine.runtime.instance import Token
from engine.variables import weigh

if TYPE_CHECKING:
    from engine.runtime.element import Element


HUGE = 10**12
"""A count beyond every limit; larger ones are taken for it."""


class Loop:
    """What both kinds of loop share: iterations come and go inside a body."""

    def __init__(self, element: Element) -> None:
        self.element = element

    def begin(self, body: Token) -> bool | None:
        """The body starts. True: there is nothing to do."""
        raise NotImplementedError

    def iterated(self, token: Token) -> None:
        """An iteration has done its work."""
        raise NotImplementedError

    def emptied(self, body: Token) -> None:
        """No iteration is left and none will come: the body is done."""
        body.complete()

    def spawn(self, body: Token, index: int, local: dict[str, Any]) -> None:
        """Starts iteration `index` (from 0)."""
        token = body.workflow.spawn(self.element, body, body)
        token.iteration = index
        token.locals = {"loopCounter": index + 1, **local}
        self.element._update(token)

    def close(self, token: Token) -> Token:
        """The iteration is over; returns its body, which has become older by a round."""
        body = token.scope_token
        self.element.finish(token)
        token.workflow.retire(token)
        return body

    def after(self, body: Token) -> None:
        """Another iteration, or the end? Asked after each; asked again when an incident of the answer is retried."""
        raise NotImplementedError

    def ask(self, body: Token) -> None:
        """Asks, unless an earlier question still waits for its retry."""
        if body._state != TaskState.ERROR:
            guarded(body, partial(self.after, body), "round")

    def cancel_rest(self, body: Token) -> None:
        """Takes the iterations away that still run."""
        for number in list(body.members):
            other = body.workflow.tasks.get(number)
            if other is not None:
                other.cancel()


class StandardLoopRunner(Loop):
    """13.3.6: while the condition holds, at most `loopMaximum` times."""

    def __init__(self, element: Element, loop: StandardLoop) -> None:
        super().__init__(element)
        self.loop = loop
        self.condition = Text(loop.condition, element.name, feel=True) if loop.condition is not None else None
        self.maximum = Text(loop.maximum, element.name, feel=True) if loop.maximum is not None else None

    def begin(self, body: Token) -> bool | None:
        body.memory["rounds"] = 0
        body.locals = {"loopCounter": 0}
        if self.maximum is not None:
            body.memory["maximum"] = count_of(self.element, self.maximum, body, "loopMaximum")
        if self.loop.test_before and not self.again(body):
            return True
        if body.memory.get("maximum") == 0:
            return True
        self.spawn(body, 0, {})
        return None

    def again(self, body: Token) -> bool:
        """Whether another round follows."""
        maximum = body.memory.get("maximum")
        if maximum is not None and body.memory["rounds"] >= maximum:
            return False
        if self.condition is None:
            return maximum is not None
        return self.condition.value(self.element.view(body), self.element.environment(body).context) is True

    def iterated(self, token: Token) -> None:
        body = self.close(token)
        body.memory["rounds"] += 1
        body.locals = {"loopCounter": body.memory["rounds"]}
        self.ask(body)

    def after(self, body: Token) -> None:
        rounds = body.memory["rounds"]
        if self.again(body):
            self.spawn(body, rounds, {})
        else:
            body.workflow.settle(body)


class MultiInstanceRunner(Loop):
    """13.3.7: one instance per item, at once or one after the other."""

    def __init__(self, element: Element, loop: MultiInstance) -> None:
        super().__init__(element)
        self.loop = loop

        def feel(text: str | None) -> Text | None:
            return Text(text, element.name, feel=True) if text is not None else None

        self.cardinality = feel(loop.cardinality)
        self.collection = feel(loop.collection)
        self.output = feel(loop.output_element)
        self.condition = feel(loop.completion_condition)
        self.complex = [(Text(text, element.name, feel=True), event) for text, event in loop.complex]

    def begin(self, body: Token) -> bool | None:
        items = self.items(body)
        count = len(items)
        self.check_count(body, count)
        body.memory.update({"count": count, "next": 0, "done": 0})
        body.memory.pop("weight", None)
        body.locals = {}
        if self.loop.output_collection is not None:
            body.locals[self.loop.output_collection] = [None] * count
        if count == 0:
            self.publish(body)
            return True
        if self.loop.sequential:
            body.memory["items"] = items if self.collection is not None else None
            self.spawn_next(body, items)
        else:
            self.element.room(body.workflow, count)
            for _ in range(count):
                self.spawn_next(body, items)
        return None

    def check_count(self, body: Token, count: int) -> None:
        """LimitExceeded when there would be too many instances."""
        limit = self.element.environment(body).limits.cardinality
        if count > limit:
            raise LimitExceeded(
                f"“{self.element.node.name or self.element.name}” would run {count} times; the limit is {limit}.",
                f"“{self.element.node.name or self.element.name}”将执行 {count} 次，上限为 {limit} 次。",
            )

    def items(self, body: Token) -> list[Any]:
        """The items of this run, fixed now (13.3.7: evaluated once, when the activity starts)."""
        view, context = self.element.view(body), self.element.environment(body).context
        if self.collection is None:
            assert self.cardinality is not None
            count = count_of(self.element, self.cardinality, body, "loopCardinality")
            self.check_count(body, count)  # before anything of that size is made
            return [None] * count
        value = self.collection.value(view, context)
        if not isinstance(value, list):
            raise ElementFailed(
                self.element.name,
                f"The collection “{self.collection.literal.strip()}” is not a list but {value!r}.",
                f"集合“{self.collection.literal.strip()}”不是列表，而是 {value!r}。",
            )
        weigh(self.collection.literal.strip()[:100], value, body.workflow.data_limits)
        return value

    def spawn_next(self, body: Token, items: list[Any] | None) -> None:
        """Starts the next instance."""
        index = body.memory["next"]
        body.memory["next"] = index + 1
        local = {self.loop.element: items[index]} if self.loop.element and items is not None else {}
        self.spawn(body, index, local)

    def iterated(self, token: Token) -> None:
        index = token.iteration
        assert index is not None
        output = (
            self.output.value(self.element.view(token), self.element.environment(token).context)
            if self.output
            else None
        )
        if output is not None:
            self.weigh_output(token, output)
        body = self.close(token)
        body.memory["done"] += 1
        name = self.loop.output_collection
        if name is not None and body.locals is not None and self.output is not None:
            outputs = list(body.locals[name])
            outputs[index] = output
            body.locals[name] = outputs
        self.ask(body)

    def weigh_output(self, token: Token, output: Any) -> None:
        """LimitExceeded when the outputs of all instances together become more than a scope may hold."""
        limits, memory = token.workflow.data_limits, token.scope_token.memory
        total = memory.get("weight", 0) + weigh(self.loop.output_collection or "output", output, limits).size
        if total > limits.size:
            raise LimitExceeded(
                f"The outputs of all instances are larger than {limits.size // 1024} kB together.",
                f"所有实例的输出合计超过 {limits.size // 1024} kB。",
            )
        memory["weight"] = total

    def after(self, body: Token) -> None:
        enough = self.finished(body)
        enough = self.throw_behavior(body) or enough
        if not body.live:
            return
        if enough:
            body.memory["next"] = body.memory["count"]
            self.cancel_rest(body)
        elif self.loop.sequential and body.memory["next"] < body.memory["count"]:
            items = body.memory.get("items")
            self.spawn_next(body, items)
        body.workflow.settle(body)

    def counters(self, body: Token) -> dict[str, int]:
        """BPMN's instance counters (table 10.29), and the names that Camunda's users know."""
        done, count, active = body.memory["done"], body.memory["count"], len(body.members)
        return {
            "numberOfInstances": count,
            "numberOfActiveInstances": active,
            "numberOfCompletedInstances": done,
            "numberOfTerminatedInstances": 0,
            "nrOfInstances": count,
            "nrOfActiveInstances": active,
            "nrOfCompletedInstances": done,
        }

    def finished(self, body: Token) -> bool:
        """Whether the completion condition holds."""
        return self.condition is not None and self.holds(body, self.condition)

    def holds(self, body: Token, condition: Text) -> bool:
        """A condition that sees the counters."""
        view = self.element.view(body)
        view.chain = [self.counters(body), *view.chain]
        return condition.value(view, self.element.environment(body).context) is True

    def throw_behavior(self, body: Token) -> bool:
        """10.3.8 behavior: the event that a completing instance throws to the boundary of the activity.

        True: a complex behaviour's condition holds, which also cancels the remaining instances (table 10.31).
        """
        enough = False
        behavior, done = self.loop.behavior, body.memory["done"]
        if behavior == "None" and self.loop.none_event is not None:
            self.throw(body, self.loop.none_event)
        elif behavior == "One" and self.loop.one_event is not None and done == 1:
            self.throw(body, self.loop.one_event)
        elif behavior == "Complex":
            for condition, event in self.complex:
                if self.holds(body, condition):
                    enough = True
                    self.throw(body, event)
        return enough

    def throw(self, body: Token, event: EventDefinition) -> None:
        """An implicit throw event: boundary events of the activity that catch the same thing hear it."""
        propagation.throw_implicit(body, event)

    def emptied(self, body: Token) -> None:
        self.publish(body)
        body.complete()

    def publish(self, body: Token) -> None:
        """The list of outputs, in the order of the items, becomes a variable outside."""
        name = self.loop.output_collection
        if name is not None and body.locals is not None:
            body.workflow.set_variable(body, name, body.locals.pop(name), skip_own=True)


def count_of(element: Element, text: Text, token: Token, what: str) -> int:
    """A whole number of at least 0, or ElementFailed."""
    value = text.value(element.view(token), element.environment(token).context)
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and value >= 0:
        if value > HUGE:  # a Decimal of a few characters may stand for a number of a million digits
            return HUGE
        if value == int(value):
            return int(value)
    raise ElementFailed(
        element.name,
        f"The {what} “{text.literal.strip()}” is not a whole number of at least 0 but {value!r}.",
        f"{what}“{text.literal.strip()}”不是非负整数，而是 {value!r}。",
    )


__all__ = ["Loop", "MultiInstanceRunner", "StandardLoopRunner", "count_of"]
