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
)


def check_supported(subject: Subject) -> Iterator[Problem]:
    """A problem for each element that the table refuses."""
    for node in subject.nodes.values():
        for one in UNSUPPORTED:
            if one.applies(subject, node):
                yield subject.problem(
                    "unsupported", node, construct=one.name, advice=one.advice, advice_zh=one.advice_zh
                )
