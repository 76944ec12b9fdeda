"""What begins an instance from outside: the start triggers of a definition (BPMN 13.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.errors import ElementFailed, InvalidInput
from engine.runtime.environment import Environment
from engine.runtime.events import CatchEvent, StartEvent, Trigger
from engine.runtime.gateways import EventBasedGateway
from engine.runtime.spec import ProcessSpec
from engine.runtime.timers import Duration, Schedule, resolve_cycle, resolve_moment


@dataclass(frozen=True, slots=True)
class StartTrigger:
    """One way in. `name` is the message or signal; `schedule` when the timer fires first."""

    element_id: str
    kind: str
    name: str | None = None
    schedule: Schedule | None = None


def start_triggers(spec: ProcessSpec, environment: Environment) -> Iterator[StartTrigger]:
    """The message, signal and timer triggers at the top of the process. Raises ElementFailed for an impossible timer."""
    for element_id, trigger in _triggers(spec):
        if trigger.kind == "conditional":
            raise _refused(
                element_id,
                "A process cannot be started by a condition: before it starts there is no data that it could read. Start "
                "it by a message, a signal or a timer.",
                "流程不能由条件启动：启动之前没有可读取的数据。请改用消息、信号或定时启动。",
            )
        if trigger.kind in ("message", "signal"):
            name = trigger.name.value({}, environment.context) if trigger.name is not None else None
            if name:
                yield StartTrigger(element_id, trigger.kind, str(name))
        elif trigger.kind == "timer":
            yield StartTrigger(element_id, "timer", schedule=_schedule(element_id, trigger, environment))


def _triggers(spec: ProcessSpec) -> Iterator[tuple[str, Trigger]]:
    for node in spec.process.children(None):
        element = spec.task_specs[node.id]
        if isinstance(element, StartEvent) and node.parallel_multiple and len(element.triggers) > 1:
            raise _refused(
                element.name,
                "A start that needs several triggers at once is not run: lead an event-based gateway with instantiate and "
                "eventGatewayType Parallel to one event for each.",
                "不支持需要多个触发器同时到达的开始事件：请改用并行的实例化事件网关，每个触发器一个事件。",
            )
        starts = isinstance(element, StartEvent) or (isinstance(element, CatchEvent) and node.instantiate)
        if starts and isinstance(element, StartEvent | CatchEvent):
            for trigger in element.triggers:
                yield element.name, trigger
        elif isinstance(element, EventBasedGateway) and node.instantiate:
            for flow in element.flows:
                if isinstance(flow.target, CatchEvent):
                    for trigger in flow.target.triggers:
                        yield flow.target.name, trigger


def _refused(element_id: str, message: str, zh: str) -> ElementFailed:
    """A legal start that is refused at deployment rather than run wrongly."""
    error = ElementFailed(element_id, message, zh)
    error.code = "unsupported"
    return error


def _schedule(element_id: str, trigger: Trigger, environment: Environment) -> Schedule:
    assert trigger.text is not None
    value = trigger.text.value({}, environment.context)
    try:
        if trigger.timer_kind == "cycle":
            return resolve_cycle(value, environment.now, environment.zone, environment.calendars)
        return Schedule(resolve_moment(value, environment.now, environment.zone, environment.calendars))
    except InvalidInput as error:
        raise ElementFailed(element_id, f"The start timer cannot be set: {error.message}", error.zh) from error


def schedule_to_data(schedule: Schedule) -> dict[str, Any]:
    """JSON-like form of a schedule."""
    data: dict[str, Any] = {"due": schedule.due.isoformat()}
    if schedule.interval is not None:
        data["every"] = schedule.interval.to_data()
        data["left"] = schedule.remaining
    return data


def schedule_from_data(data: Mapping[str, Any]) -> Schedule:
    """The inverse of `schedule_to_data`."""
    due = datetime.fromisoformat(data["due"])
    every = data.get("every")
    if every is None:
        return Schedule(due)
    return Schedule(due, Duration.from_data(every), data["left"])
