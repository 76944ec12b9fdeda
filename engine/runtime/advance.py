"""The functional core: `advance(instance, stimulus, environment)` plays one turn and returns what happened.

No I/O, no clock, no SQL. A turn runs every element that can run; it ends when all tokens wait for somebody else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from SpiffWorkflow import TaskState

from engine.errors import BpmnError, Conflict, ElementFailed, FacetError, InvalidInput, LimitExceeded
from engine.facts import Fact, IncidentRaised, IncidentResolved
from engine.feel import FeelError
from engine.runtime import propagation, stimuli
from engine.runtime.activities import CallActivity, ServiceTask, UserTask
from engine.runtime.environment import Environment
from engine.runtime.events import CatchEvent, trigger_wait
from engine.runtime.gateways import InclusiveGateway, ParallelGateway
from engine.runtime.instance import Instance, Token
from engine.runtime.scopes import AdHocSubProcess, Scope, thrower_emptied
from engine.runtime.spec import ProcessSpec


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
    if instance.status != "active":
        raise Conflict("The process instance has already ended.", "流程实例已结束。")
    try:
        _HANDLERS[type(stimulus)](instance, stimulus)
        _run(instance)
        return Outcome(tuple(instance.facts))
    finally:
        instance.environment = None
        instance.queue.clear()
        instance.listeners.clear()
        instance.closing.clear()
        instance.changed.clear()


# --- the turn -----------------------------------------------------------------------------------------------------------


def _run(instance: Instance) -> None:
    """Runs until nothing can move: conditions, listeners, ready tokens, emptied scopes, inclusive joins, in this order."""
    while instance.status == "active":
        if instance.watching and (instance.changed or instance.conditions_dirty):
            _conditions(instance)
        elif instance.listeners or instance.queue:
            token = (instance.listeners or instance.queue).popleft()
            if token._state == TaskState.READY:
                _guarded(instance, token, token.run)
        elif instance.closing:
            scope = instance.closing.popleft()
            if scope.live and not scope.members and scope._state != TaskState.ERROR:
                _guarded(instance, scope, partial(_emptied, scope))
        elif not _joins(instance):
            break
    if instance.status == "active":
        _deadlocks(instance)


def _guarded(instance: Instance, token: Token, action: Callable[[], object]) -> None:
    """Runs one step; what goes wrong becomes a caught BPMN error or an incident at `token`."""
    phase = "enter" if token._state in (TaskState.READY, TaskState.WAITING) else "leave"
    instance.steps += 1
    ad_hoc = token.scope_token if token.scope else None
    try:
        assert instance.environment is not None
        if instance.steps > instance.environment.limits.steps:
            raise LimitExceeded(
                f"More than {instance.environment.limits.steps} steps without a pause: the process runs in circles.",
                f"连续执行超过 {instance.environment.limits.steps} 步：流程在原地循环。",
            )
        action()
    except BpmnError as error:
        _thrown(instance, token, error.error_code, error.message, error.data)
    except (FacetError, FeelError) as error:
        _fail(instance, token, error, phase)
    if ad_hoc is not None and ad_hoc.live and isinstance(ad_hoc.task_spec, AdHocSubProcess):
        ad_hoc.task_spec.member_done(ad_hoc)


def _thrown(instance: Instance, token: Token, code: str, message: str, data: Any) -> None:
    try:
        propagation.throw_error(token, code, message, data)
    except FacetError as error:
        _fail(instance, token, error, "enter")


def _fail(instance: Instance, token: Token, error: FacetError | FeelError, phase: str) -> None:
    """An incident: the token stays where it is until somebody retries."""
    if token.id not in instance.tasks:
        raise error
    phase = "leave" if token._state == TaskState.COMPLETED else phase
    token._set_state(TaskState.ERROR)
    token.memory["failed"] = phase
    token.memory["incident"] = 1
    node = token.task_spec.node
    message_zh = error.zh if isinstance(error, FacetError) else str(error)
    instance.fact(IncidentRaised(token.id, node.id, node.name or node.id, str(error.code), str(error), message_zh))


def _emptied(scope: Token) -> None:
    element = scope.task_spec
    if element.loop is not None and scope.iteration is None and "compensates" not in scope.memory:
        element.loop.emptied(scope)
    elif isinstance(element, Scope):
        element.emptied(scope)
    else:
        thrower_emptied(scope)


def _conditions(instance: Instance) -> None:
    """Conditional events look again when variables have changed (13.5.1); they fire when the condition becomes true."""
    instance.conditions_dirty = False
    instance.changed.clear()
    waits = [(t, w) for t in list(instance.tasks.values()) for w in t.waits.values() if w.kind == "conditional"]
    for token, wait in waits:
        if token.id not in instance.tasks or wait.id not in token.waits:
            continue
        event = instance.spec.task_specs[wait.node]
        condition = event.triggers[wait.event].condition
        view = event.view(token)
        holds = condition is not None and condition.value(view, event.environment(token).context) is True
        held, wait.memory["held"] = wait.memory.get("held"), holds
        if holds and not held:
            _guarded(instance, token, partial(trigger_wait, instance, token.id, wait.id, {}))


def _joins(instance: Instance) -> bool:
    """Lets one inclusive join go whose missing tokens can no longer come."""
    for token in instance.live_tokens():
        if token._state == TaskState.WAITING and isinstance(token.task_spec, InclusiveGateway):
            ready = token.task_spec.ready_token(token)
            if ready is not None:
                ready._ready()
                return True
    return False


def _deadlocks(instance: Instance) -> None:
    """When every token waits at a parallel join for one that cannot come, somebody has to be told."""
    tokens = [token for token in instance.live_tokens() if not token.members]
    stuck = [t for t in tokens if t._state == TaskState.WAITING and not t.waits]
    if not tokens or len(stuck) < len(tokens) or any(token.waits for token in instance.tasks.values()):
        return
    for token in stuck:
        name = token.task_spec.node.name or token.element_id
        what = "join" if isinstance(token.task_spec, ParallelGateway) else "element"
        _fail(
            instance,
            token,
            ElementFailed(
                token.element_id,
                f"The {what} “{name}” waits for a token that cannot come any more. Correct the diagram; this instance can "
                "be cancelled or moved.",
                f"“{name}”等待的令牌不会再到达。请更正流程图；该实例可取消或移动。",
            ),
            "join",
        )


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
    spec.root.open(root, [spec.element(stimulus.node)], dict(stimulus.payload))


def _complete_task(instance: Instance, stimulus: stimuli.CompleteTask) -> None:
    token = _token(instance, stimulus.token)
    element = token.task_spec
    if not isinstance(element, UserTask) or "submitted" in token.memory:
        raise Conflict("That task is no longer open.", "该任务已不再处于打开状态。")
    element.done(token, stimulus.data, stimulus.by)
    _guarded(instance, token, token.complete)


def _complete_work(instance: Instance, stimulus: stimuli.CompleteWork) -> None:
    token = _token(instance, stimulus.token)
    element = token.task_spec
    if not isinstance(element, ServiceTask | CallActivity) or "work" not in token.memory:
        raise Conflict("That work is no longer wanted.", "该工作已不再需要。")
    _resolve(instance, token)

    def finish() -> None:
        element.returned(token, stimulus.data)
        token.complete()

    _guarded(instance, token, finish)


def _throw_error(instance: Instance, stimulus: stimuli.ThrowError) -> None:
    token = _token(instance, stimulus.token)
    _resolve(instance, token)
    token.memory.pop("work", None)
    if stimulus.data and token.locals is not None:
        token.locals.update(stimulus.data)
    _thrown(instance, token, stimulus.code, stimulus.message, stimulus.data)


def _escalate(instance: Instance, stimulus: stimuli.Escalate) -> None:
    token = _token(instance, stimulus.token)
    propagation.escalate_from(token, stimulus.code, stimulus.data)


def _fail_work(instance: Instance, stimulus: stimuli.FailWork) -> None:
    token = _token(instance, stimulus.token)
    token.memory.pop("work", None)
    error = ElementFailed(token.element_id, stimulus.message, stimulus.message_zh)
    error.code = stimulus.code
    _fail(instance, token, error, "enter")


def _trigger(instance: Instance, stimulus: stimuli.Trigger) -> None:
    token = instance.tasks.get(stimulus.token)
    if token is not None:
        _guarded(instance, token, lambda: trigger_wait(instance, stimulus.token, stimulus.wait, stimulus.payload))


def _set_variables(instance: Instance, stimulus: stimuli.SetVariables) -> None:
    token = _token(instance, stimulus.scope)
    for name, value in stimulus.values.items():
        if stimulus.local:
            instance.write(token, name, value, None)
        else:
            instance.set_variable(token, name, value)


def _retry(instance: Instance, stimulus: stimuli.Retry) -> None:
    token = _token(instance, stimulus.token)
    if token._state != TaskState.ERROR:
        raise Conflict("There is nothing to retry at that step.", "该步骤没有可重试的异常。")
    instance.set_variables(token, stimulus.variables)
    phase = token.memory.pop("failed", "enter")
    _resolve(instance, token)
    if phase == "join":
        token._state = TaskState.WAITING
    elif phase == "leave":
        token._state = TaskState.STARTED
        _guarded(instance, token, token.complete)
    elif token.waits and isinstance(token.task_spec, CatchEvent):
        token._state = TaskState.STARTED
    else:
        token._state = TaskState.FUTURE
        token._ready()
    _requeue(instance)


def _requeue(instance: Instance) -> None:
    """Tokens that were ready when a limit stopped the turn go on."""
    queued = {token.id for token in [*instance.queue, *instance.listeners]}
    for token in instance.live_tokens():
        if token._state == TaskState.READY and token.id not in queued:
            instance.queue.append(token)


def _resolve(instance: Instance, token: Token) -> None:
    if token.memory.pop("incident", None):
        instance.fact(IncidentResolved(token.id))
    if token._state == TaskState.ERROR:
        token.memory.pop("failed", None)
        token._state = TaskState.STARTED


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
