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


def _second_plain_start(subject: Subject, node: Node) -> bool:
    """Each start event is an occurrence of its own (10.5.2): whoever starts by hand could not say which one is meant."""
    if node.kind != "startEvent" or node.scope is not None or node.events:
        return False
    plain = [one for one in subject.levels[None] if one.kind == "startEvent" and not one.events]
    return node is not plain[0]


def _compensated_process(subject: Subject, node: Node) -> bool:
    """The compensation event sub-process of a process as a whole, which nothing can compensate (10.7)."""
    holder = subject.nodes.get(node.scope or "")
    at_the_top = holder is not None and holder.triggered_by_event and holder.scope is None
    return node.kind == "startEvent" and at_the_top and any(event.kind == "compensate" for event in node.events)


def _cancel_without_border(subject: Subject, node: Node) -> bool:
    """A cancelled transaction is left by its cancel boundary event, and by nothing else (13.5.2)."""
    if node.kind != "endEvent" or not any(event.kind == "cancel" for event in node.events):
        return False
    scope = subject.nodes.get(node.scope or "")
    borders = subject.boundaries.get(node.scope or "", ())
    drawn = any(event.kind == "cancel" for boundary in borders for event in boundary.events)
    return scope is not None and scope.kind == "transaction" and not drawn


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
    Unsupported(
        "a second plain start event of a process",
        _second_plain_start,
        "lead one start event to a parallel gateway to begin at several places, or give each start a trigger of its own",
        "如需同时从多处开始，请由一个开始事件连到并行网关；否则请为每个开始事件设置触发器",
    ),
    Unsupported(
        "an event sub-process that compensates the whole process",
        _compensated_process,
        "put what it undoes into a sub-process with this event sub-process inside",
        "请把要撤销的内容放入子流程，并把该事件子流程放在其中",
    ),
    Unsupported(
        "a cancel end event of a transaction without a cancel boundary event",
        _cancel_without_border,
        "draw a cancel event on the border of the transaction: there the process goes on",
        "请在事务边界上绘制取消事件，流程由此继续",
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
