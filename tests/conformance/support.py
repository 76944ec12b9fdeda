"""What a test shows of BPMN: the decorator from which the support table in docs/bpmn.md is written (`table.py`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])

ELEMENTS: dict[str, tuple[str, str]] = {
    "process": ("Processes and starts", "流程与启动"),
    "flow": ("Sequence flows", "顺序流"),
    "task": ("Tasks", "任务"),
    "call": ("Call activities and global tasks", "调用活动与全局任务"),
    "sub": ("Sub-processes", "子流程"),
    "event-sub": ("Event sub-processes", "事件子流程"),
    "transaction": ("Transactions", "事务"),
    "ad-hoc": ("Ad-hoc sub-processes", "临时子流程"),
    "loop": ("Standard loops", "标准循环"),
    "multi": ("Multi-instance activities", "多实例活动"),
    "exclusive": ("Exclusive gateways", "排他网关"),
    "parallel": ("Parallel gateways", "并行网关"),
    "inclusive": ("Inclusive gateways", "包容网关"),
    "complex": ("Complex gateways", "复杂网关"),
    "event-based": ("Event-based gateways", "事件网关"),
    "message": ("Message events", "消息事件"),
    "timer": ("Timer events", "定时事件"),
    "signal": ("Signal events", "信号事件"),
    "error": ("Error events", "错误事件"),
    "escalation": ("Escalation events", "升级事件"),
    "conditional": ("Conditional events", "条件事件"),
    "compensation": ("Compensation", "补偿"),
    "link": ("Link events", "链接事件"),
    "end": ("End and terminate events", "结束与终止事件"),
    "multiple": ("Multiple and parallel multiple events", "多重与并行多重事件"),
    "boundary": ("Boundary events", "边界事件"),
    "data": ("Data", "数据"),
    "collaboration": ("Pools, lanes, message flows", "泳池、泳道、消息流"),
    "incident": ("Incidents and retries", "异常与重试"),
}
"""Rows of the table: key → English and Chinese heading, in the order of the page."""


def shows(element: str, what: str, clause: str, *, refused: str | None = None) -> Callable[[F], F]:
    """The test shows `what` (a phrase) of `element` (a key of ELEMENTS), as `clause` of BPMN 2.0.2 says.

    `refused`: the rule by which the engine refuses it instead of running it.
    """
    assert element in ELEMENTS

    def mark(test: F) -> F:
        known = [*getattr(test, "shows", []), (element, what, clause, refused)]
        test.shows = known  # type: ignore[attr-defined]
        return test

    return mark
