"""What is legal BPMN and yet refused: the one table of it, so that it can shrink."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.bpmn.linting.subject import Subject
from engine.bpmn.model import SCOPES, Node, Problem


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A construct that the engine does not run, with the sentence that says what to do instead."""

    name: str
    applies: Callable[[Subject, Node], bool]
    advice: str
    advice_zh: str


def _ad_hoc_start(subject: Subject, node: Node) -> bool:
    """An event sub-process has its own start; an ad-hoc one has none to be triggered by."""
    return node.kind == "adHocSubProcess" and node.triggered_by_event


def _transaction_start(subject: Subject, node: Node) -> bool:
    return node.kind == "transaction" and node.triggered_by_event


def _looping_handler(subject: Subject, node: Node) -> bool:
    return node.triggered_by_event and node.kind in SCOPES and node.loop is not None


def _conditional_start(subject: Subject, node: Node) -> bool:
    """At the top of the process; the start of an event sub-process is a wait and may read what there is."""
    if node.scope is not None or not any(event.kind == "conditional" for event in node.events):
        return False
    before = (subject.nodes[subject.process.flows[flow].source] for flow in node.incoming)
    return node.kind == "startEvent" or any(one.kind == "eventBasedGateway" and one.instantiate for one in before)


def _parallel_start(subject: Subject, node: Node) -> bool:
    return node.kind == "startEvent" and node.scope is None and node.parallel_multiple and len(node.events) > 1


UNSUPPORTED: tuple[Unsupported, ...] = (
    Unsupported(
        "an ad-hoc sub-process that is triggered by an event",
        _ad_hoc_start,
        "put the ad-hoc sub-process inside an event sub-process",
        "请把临时子流程放入事件子流程中",
    ),
    Unsupported(
        "a transaction that is triggered by an event",
        _transaction_start,
        "put the transaction inside an event sub-process",
        "请把事务放入事件子流程中",
    ),
    Unsupported(
        "an event sub-process with a loop or multi-instance marker",
        _looping_handler,
        "put a sub-process with the marker inside the event sub-process",
        "请在事件子流程内放置带循环标记的子流程",
    ),
    Unsupported(
        "a process started by a condition",
        _conditional_start,
        "start it by a message, a signal or a timer, for before the start there is no data to read",
        "启动之前没有可读取的数据，请改用消息、信号或定时启动",
    ),
    Unsupported(
        "a start that needs several triggers at once",
        _parallel_start,
        "lead an event-based gateway with instantiate and eventGatewayType Parallel to one event for each",
        "请改用并行的实例化事件网关，每个触发器一个事件",
    ),
)


def check_supported(subject: Subject) -> Iterator[Problem]:
    """A problem for each element that the table refuses."""
    for node in subject.nodes.values():
        for one in UNSUPPORTED:
            if one.applies(subject, node):
                yield subject.problem(
                    "unsupported", node, construct=one.name, advice=one.advice, advice_zh=one.advice_zh
                )
