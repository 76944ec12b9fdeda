"""What a token listens for: timers, messages, signals and conditions are opened, closed and found again here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from engine.errors import ElementFailed, InvalidInput
from engine.facts import MessageAwaited, SignalAwaited, TimerScheduled, WaitClosed
from engine.runtime.instance import Instance, Token, Wait
from engine.runtime.timers import Duration, Schedule, resolve_cycle, resolve_moment

if TYPE_CHECKING:
    from engine.runtime.environment import Environment, View
    from engine.runtime.events import EventElement, Trigger

AWAITED = ("timer", "message", "signal", "conditional")
"""Event kinds that are waited for; errors, escalations and compensation are looked up when they are thrown."""


def open_waits(host: Token, event: EventElement, view: View) -> None:
    """Listens, with `host`, for every awaited trigger of `event`."""
    environment = event.environment(host)
    for trigger in event.triggers:
        if trigger.kind in AWAITED:
            wait = Wait(host.workflow.next_id, trigger.kind, event.name, trigger.index)
            host.workflow.next_id += 1
            _OPEN[trigger.kind](host, wait, trigger, view, environment)
            host.waits[wait.id] = wait


def close_waits(host: Token, node: str | None = None) -> None:
    """Stops listening: for everything, or only for the triggers of the event `node`."""
    for wait in [w for w in host.waits.values() if node is None or w.node == node]:
        close_wait(host, wait)


def close_wait(host: Token, wait: Wait) -> None:
    """Stops listening for one trigger."""
    del host.waits[wait.id]
    if wait.kind == "conditional":
        host.workflow.watching -= 1
    else:
        host.workflow.fact(WaitClosed(host.id, wait.id, wait.kind))


def rearm(host: Token, wait: Wait, environment: Environment) -> None:
    """After a non-interrupting trigger: a cycle goes on, other timers are over, the rest keeps listening.

    A cycle that would lead beyond the calendar is over, too.
    """
    if wait.kind != "timer":
        return
    try:
        schedule = _schedule(wait).following(environment.now, environment.zone)
    except InvalidInput:
        schedule = None
    if schedule is None:
        del host.waits[wait.id]
        return
    _plan(host, wait, schedule)


def find_signal_waits(instance: Instance, name: str) -> list[tuple[int, int]]:
    """(token, wait) pairs that listen for the signal, oldest first."""
    return [
        (token.id, wait.id)
        for token in list(instance.tasks.values())
        for wait in token.heard
        if wait.kind == "signal" and wait.memory.get("name") == name
    ]


def deliver_signal(instance: Instance, name: str, payload: Mapping[str, Any]) -> None:
    """Triggers every listener of this instance that listened when the signal was thrown."""
    for number, wait_id in find_signal_waits(instance, name):
        trigger_wait(instance, number, wait_id, payload)


def trigger_wait(instance: Instance, number: int, wait_id: int, payload: Mapping[str, Any]) -> None:
    """Lets a wait occur. When it is gone, that is no error: somebody was faster.

    What fails afterwards is an incident at the token that failed, not at the one that threw. LimitExceeded when the data is
    too heavy: that is for the sender to know.
    """
    host = instance.tasks.get(number)
    wait = host.waits.get(wait_id) if host is not None else None
    if host is not None and wait is not None:
        instance.spec.task_specs[wait.node].triggered(host, wait, payload)


def _open_timer(host: Token, wait: Wait, trigger: Trigger, view: View, environment: Environment) -> None:
    assert trigger.text is not None
    value = trigger.text.value(view, environment.context)
    try:
        if trigger.timer_kind == "cycle":
            schedule = resolve_cycle(value, environment.now, environment.zone, environment.calendars)
        else:
            due = resolve_moment(value, environment.now, environment.zone, environment.calendars)
            schedule = Schedule(due)
    except InvalidInput as error:
        raise ElementFailed(
            wait.node, f"The timer cannot be set: {error.message}", f"无法设置定时器：{error.zh}"
        ) from error
    _plan(host, wait, schedule)


def _plan(host: Token, wait: Wait, schedule: Schedule) -> None:
    wait.memory = {"due": schedule.due.isoformat()}
    if schedule.interval is not None:
        wait.memory["every"] = schedule.interval.to_data()
        wait.memory["left"] = schedule.remaining
    host.workflow.fact(TimerScheduled(host.id, wait.id, wait.node, schedule.due))


def _schedule(wait: Wait) -> Schedule:
    due = datetime.fromisoformat(wait.memory["due"])
    every = wait.memory.get("every")
    if every is None:
        return Schedule(due)
    return Schedule(due, Duration.from_data(every), wait.memory["left"])


def _open_message(host: Token, wait: Wait, trigger: Trigger, view: View, environment: Environment) -> None:
    name = str(trigger.name.value(view, environment.context)) if trigger.name is not None else ""
    key = correlation_key(host.workflow, trigger, view, environment)
    wait.memory = {"name": name}
    host.workflow.fact(MessageAwaited(host.id, wait.id, wait.node, name, key))


def _open_signal(host: Token, wait: Wait, trigger: Trigger, view: View, environment: Environment) -> None:
    name = str(trigger.name.value(view, environment.context)) if trigger.name is not None else ""
    wait.memory = {"name": name}
    host.workflow.fact(SignalAwaited(host.id, wait.id, wait.node, name))


def _open_condition(host: Token, wait: Wait, trigger: Trigger, view: View, environment: Environment) -> None:
    wait.memory = {"held": False}
    host.workflow.watching += 1
    host.workflow.conditions_dirty = True


_OPEN = {"timer": _open_timer, "message": _open_message, "signal": _open_signal, "conditional": _open_condition}


def correlation_key(instance: Instance, trigger: Trigger, view: View, environment: Environment) -> str | None:
    """The key that identifies the conversation: the trigger's own correlation expression, else the business key.

    Texts: `bk:<business key>` or `<expression>:<value>`; the name in front keeps a contract number apart from a case number.
    """
    if trigger.correlation is None:
        return None if instance.business_key is None else business_correlation(instance.business_key)
    value = trigger.correlation.value(view, environment.context)
    if value is None:
        raise ElementFailed(
            trigger.element_id,
            f"The correlation key “{trigger.correlation.literal}” has no value; the message could reach nobody.",
            f"关联键“{trigger.correlation.literal}”没有值，消息将无法送达。",
        )
    return named_correlation({trigger.correlation.literal.strip().lstrip("=").strip(): value})


def business_correlation(business_key: str) -> str:
    """The correlation text of a business key."""
    return f"bk:{business_key}"


def named_correlation(keys: dict[str, Any]) -> str:
    """The correlation text of named keys, independent of their order."""
    return "&".join(f"{name}={keys[name]}" for name in sorted(keys))
