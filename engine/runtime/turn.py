"""One turn: everything runs that can run, until all tokens wait for somebody else."""

from __future__ import annotations

from functools import partial

from SpiffWorkflow import TaskState

from engine.errors import ElementFailed, FacetError, LimitExceeded
from engine.runtime.environment import Environment
from engine.runtime.gateways import InclusiveGateway, ParallelGateway
from engine.runtime.guard import fail, guarded, note
from engine.runtime.instance import Instance, Token
from engine.runtime.scopes import emptied
from engine.runtime.waits import trigger_wait


def run(instance: Instance) -> None:
    """Runs until nothing can move: conditions, listeners, ready tokens, emptied scopes, inclusive joins, in this order."""
    while instance.status == "active":
        if instance.watching and (instance.changed or instance.conditions_dirty):
            _conditions(instance)
        elif (instance.listeners or instance.queue) and not instance.stopped:
            _step(instance, (instance.listeners or instance.queue).popleft())
        elif instance.closing:
            scope = instance.closing.popleft()
            if scope.live and not scope.members and scope._state != TaskState.ERROR:
                guarded(scope, partial(emptied, scope), "resume")
        elif not _joins(instance):
            break
    if instance.status == "active" and not instance.parked:
        _deadlocks(instance)


def wake(instance: Instance) -> None:
    """Somebody retries: tokens that were ready when a limit stopped an earlier turn go on."""
    if not instance.parked:
        return
    instance.parked = False
    for token in instance.live_tokens():
        if token._state == TaskState.READY:
            token.task_spec._on_ready_hook(token)


def _step(instance: Instance, token: Token) -> None:
    if token._state != TaskState.READY:
        return
    assert instance.environment is not None
    over = _over(instance.steps, len(instance.facts), instance.environment)
    if over is not None:
        instance.parked = instance.stopped = True
        fail(token, over, "enter")
        return
    instance.steps += 1
    guarded(token, token.run, "enter")


def _over(steps: int, facts: int, environment: Environment) -> LimitExceeded | None:
    """Why the turn ends before everything is done: it goes on when somebody retries, and only then, since whatever else
    moves the instance would take as long again."""
    limits = environment.limits
    if steps >= limits.steps:
        return LimitExceeded(
            f"More than {limits.steps} steps without a pause: the process runs in circles.",
            f"连续执行超过 {limits.steps} 步：流程在原地循环。",
        )
    if facts >= limits.facts:
        return LimitExceeded(
            f"More than {limits.facts} things would happen at once.", f"一次处理的事项超过 {limits.facts} 个。"
        )
    if environment.late:
        return LimitExceeded(
            f"More than {limits.seconds:g} seconds of computing without a pause. Make what is computed here simpler, or "
            "retry to let it go on.",
            f"连续计算超过 {limits.seconds:g} 秒。请简化此处的计算，或重试以继续执行。",
        )
    return None


def _conditions(instance: Instance) -> None:
    """Conditional events look again when variables have changed (13.5.1); they fire when the condition becomes true."""
    instance.conditions_dirty = False
    instance.changed.clear()
    waits = [(t, w) for t in list(instance.tasks.values()) for w in t.heard if w.kind == "conditional"]
    for token, wait in waits:
        if token.id not in instance.tasks or wait.id not in token.waits:
            continue
        event = instance.spec.task_specs[wait.node]
        condition = event.triggers[wait.event].condition
        try:
            holds = condition is not None and condition.value(event.view(token), event.environment(token).context)
        except FacetError as error:
            note(token, event.node, error)
            continue
        held, wait.memory["held"] = wait.memory.get("held"), holds is True
        if holds is True and not held:
            trigger_wait(instance, token.id, wait.id, {})


def _joins(instance: Instance) -> bool:
    """Lets one inclusive join go whose missing tokens can no longer come, or resets one complex join."""
    for token in instance.waiting_tokens():
        if isinstance(token.task_spec, InclusiveGateway):
            ready = token.task_spec.ready_token(token)
            if ready is not None:
                ready._ready()
                return True
    for gateway in instance.spec.complex_joins:
        for scope in [token for token in instance.tasks.values() if gateway.name in token._memory.get("complex", ())]:
            if gateway.reset(scope):
                return True
    return False


def _deadlocks(instance: Instance) -> None:
    """When every token waits at a parallel join for one that cannot come, somebody has to be told."""
    stuck = instance.waiting_tokens()
    if not stuck or any(token.heard for token in instance.tasks.values()):
        return
    if any(token._state != TaskState.WAITING and not token.members for token in instance.live_tokens()):
        return
    for token in stuck:
        name = token.task_spec.node.name or token.element_id
        what = "join" if isinstance(token.task_spec, ParallelGateway) else "element"
        error = ElementFailed(
            token.element_id,
            f"The {what} “{name}” waits for a token that cannot come any more. Correct the diagram; this instance can "
            "be cancelled or moved.",
            f"“{name}”等待的令牌不会再到达。请更正流程图；该实例可取消或移动。",
        )
        fail(token, error, "join")
