"""The functional core: `advance(instance, stimulus, environment)` plays one turn and returns what happened.

No I/O, no clock, no SQL. A turn runs every element that can run; it ends when all tokens wait for somebody else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.errors import Conflict, ElementFailed, InvalidInput
from engine.facts import Fact
from engine.runtime import stimuli
from engine.runtime.activities import CallActivity, ScriptTask, ServiceTask, UserTask
from engine.runtime.environment import Environment
from engine.runtime.guard import fail, guarded, thrown
from engine.runtime.instance import Instance, Token
from engine.runtime.propagation import throw_escalation
from engine.runtime.retry import retry
from engine.runtime.scopes import AdHocSubProcess
from engine.runtime.spec import ProcessSpec
from engine.runtime.turn import run, wake
from engine.runtime.waits import trigger_wait
from engine.variables import weigh


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a turn did: facts in order of occurrence. The instance holds the new state."""

    facts: tuple[Fact, ...]


def start(
    spec: ProcessSpec,
    stimulus: stimuli.Start,
    environment: Environment,
    *,
    id: str,
    business_key: str | None = None,
    prune: bool = True,
) -> tuple[Instance, Outcome]:
    """A new instance of `spec`, moved as far as it goes by itself."""
    instance = Instance(spec, id=id, business_key=business_key, initiator=stimulus.by, prune=prune)
    return instance, advance(instance, stimulus, environment)


def advance(instance: Instance, stimulus: stimuli.Stimulus, environment: Environment) -> Outcome:
    """Moves `instance` in place. On an exception the instance is spoilt and must be loaded again.

    Raises Conflict when the token of the stimulus is no longer there, InvalidInput when the stimulus does not fit it.
    Failures of elements are no exceptions: they are incidents, and everything else goes on.
    """
    instance.environment = environment
    instance.facts = []
    instance.steps = 0
    instance.volume = 0
    instance.stopped = False
    if instance.status != "active":
        raise Conflict("The process instance has already ended.", "流程实例已结束。")
    try:
        if isinstance(stimulus, stimuli.Retry):
            wake(instance)
        _HANDLERS[type(stimulus)](instance, stimulus)
        run(instance)
        return Outcome(tuple(instance.facts))
    finally:
        instance.environment = None
        instance.queue.clear()
        instance.listeners.clear()
        instance.closing.clear()
        instance.changed.clear()


# --- the stimuli --------------------------------------------------------------------------------------------------------


def _token(instance: Instance, number: int) -> Token:
    token = instance.tasks.get(number)
    if token is None or not token.live:
        raise Conflict("That step is no longer open.", "该步骤已不再处于打开状态。")
    return token


def _start(instance: Instance, stimulus: stimuli.Start) -> None:
    root = instance.root
    for name, value in stimulus.variables.items():
        instance.write(root, name, value, None)
    spec = instance.spec
    if stimulus.node is None:
        if not spec.root.starts:
            raise InvalidInput(
                f"The process “{spec.process.name or spec.name}” has no plain start event; it is started by its events.",
                f"流程“{spec.process.name or spec.name}”没有普通开始事件，只能由事件启动。",
            )
        starts = spec.root.starts[:1] if spec.root.starts[0].kind == "startEvent" else spec.root.starts
        spec.root.open(root, starts)
        return
    element = spec.element(stimulus.node)
    spec.root.open(root, [element, *spec.companions(element)], dict(stimulus.payload))


def _complete_task(instance: Instance, stimulus: stimuli.CompleteTask) -> None:
    token = _token(instance, stimulus.token)
    element = token.task_spec
    if not isinstance(element, UserTask) or "work" not in token.memory:
        raise Conflict("That task is no longer open.", "该任务已不再处于打开状态。")
    element.done(token, stimulus.data, stimulus.by)
    guarded(token, token.complete, "leave")


def _complete_work(instance: Instance, stimulus: stimuli.CompleteWork) -> None:
    token, element = _working(instance, stimulus.token)

    element.returned(token, stimulus.data)  # too much of it is the sender's to know, who still has it: LimitExceeded
    guarded(token, token.complete, "leave")


def _working(instance: Instance, number: int) -> tuple[Token, ServiceTask | ScriptTask | CallActivity]:
    """The token whose work outside is under way."""
    token = _token(instance, number)
    element = token.task_spec
    if not isinstance(element, ServiceTask | ScriptTask | CallActivity) or "work" not in token.memory:
        raise Conflict("That work is no longer wanted.", "该工作已不再需要。")
    return token, element


def _throw_error(instance: Instance, stimulus: stimuli.ThrowError) -> None:
    token, _ = _working(instance, stimulus.token)
    weigh("data", dict(stimulus.data), instance.data_limits)
    del token.memory["work"]
    thrown(token, stimulus.code, stimulus.message, stimulus.data, "work")


def _escalate(instance: Instance, stimulus: stimuli.Escalate) -> None:
    token, _ = _working(instance, stimulus.token)
    weigh("data", dict(stimulus.data), instance.data_limits)
    throw_escalation(token, stimulus.code, stimulus.data)


def _fail_work(instance: Instance, stimulus: stimuli.FailWork) -> None:
    token, _ = _working(instance, stimulus.token)
    del token.memory["work"]
    error = ElementFailed(token.element_id, stimulus.message, stimulus.message_zh)
    error.code = stimulus.code
    fail(token, error, "work")


def _trigger(instance: Instance, stimulus: stimuli.Trigger) -> None:
    weigh("data", dict(stimulus.payload), instance.data_limits)
    trigger_wait(instance, stimulus.token, stimulus.wait, stimulus.payload)


def _set_variables(instance: Instance, stimulus: stimuli.SetVariables) -> None:
    token = _token(instance, stimulus.scope)
    for name, value in stimulus.values.items():
        if stimulus.local:
            instance.write(token, name, value, None)
        else:
            instance.set_variable(token, name, value)


def _retry(instance: Instance, stimulus: stimuli.Retry) -> None:
    token = _token(instance, stimulus.token)
    instance.set_variables(token, stimulus.variables)
    retry(token)


def _activate_ad_hoc(instance: Instance, stimulus: stimuli.ActivateAdHoc) -> None:
    token = _token(instance, stimulus.token)
    if not isinstance(token.task_spec, AdHocSubProcess):
        raise InvalidInput("That step is not an ad-hoc sub-process.", "该步骤不是临时子流程。")
    token.task_spec.activate(token, stimulus.nodes)


def _cancel(instance: Instance, stimulus: stimuli.Cancel) -> None:
    instance.terminate("cancelled", stimulus.reason)


_HANDLERS: dict[type, Callable[[Instance, Any], None]] = {
    stimuli.Start: _start,
    stimuli.CompleteTask: _complete_task,
    stimuli.CompleteWork: _complete_work,
    stimuli.ThrowError: _throw_error,
    stimuli.Escalate: _escalate,
    stimuli.FailWork: _fail_work,
    stimuli.Trigger: _trigger,
    stimuli.SetVariables: _set_variables,
    stimuli.Retry: _retry,
    stimuli.ActivateAdHoc: _activate_ad_hoc,
    stimuli.Cancel: _cancel,
}
