"""What BPMN 2.0.2 lets a diagram say and the engine does not act on: each is told where a file says it, none is lost silently.

Attributes and elements that only describe or draw are in `vocabulary.HARMLESS` and stay without a word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.bpmn.model import ACTIVITIES, GATEWAYS
from engine.bpmn.reading.context import Reading
from engine.bpmn.reading.names import Element, attribute, children, flag, local

_ROLES = ("performer", "humanPerformer", "potentialOwner", "resourceRole")
_PEOPLE = frozenset({"userTask", "globalUserTask"})
_UNDONE = frozenset({"##Compensate", "##compensate", "compensate"})


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something that a file may say and that changes nothing: when it is said, what it is called, and what happens instead."""

    what: str
    clause: str
    says: Callable[[Element], bool]
    instead: str
    instead_zh: str


def _immediate(element: Element) -> bool:
    return local(element) == "sequenceFlow" and not flag(element, "isImmediate", True)


def _closed(element: Element) -> bool:
    return local(element) == "process" and flag(element, "isClosed", False)


def _stored(element: Element) -> bool:
    method = attribute(element, "method") if local(element) == "transaction" else None
    return method is not None and method not in _UNDONE


def _capacity(element: Element) -> bool:
    return local(element) == "dataStore" and attribute(element, "capacity") not in (None, "0")


def _staffed(element: Element) -> bool:
    """Roles on an activity that nobody is asked to do."""
    said = local(element) in (ACTIVITIES | {"globalTask", "globalManualTask", "globalScriptTask"}) - _PEOPLE
    return said and next(children(element, *_ROLES), None) is not None


def _responsible(element: Element) -> bool:
    return local(element) == "process" and next(children(element, *_ROLES), None) is not None


def _queried(element: Element) -> bool:
    return local(element) in _ROLES and next(children(element, "resourceParameterBinding"), None) is not None


def _alternatives(element: Element) -> bool:
    """More than one set of inputs or outputs: which one is there would choose what the activity does (BPMN 10.4.2)."""
    sets = Counter(local(part) for part in children(element, "inputSet", "outputSet"))
    return local(element) == "ioSpecification" and any(count > 1 for count in sets.values())


def _while_executing(element: Element) -> bool:
    names = ("whileExecutingInputRefs", "whileExecutingOutputRefs")
    return local(element) in ("inputSet", "outputSet") and next(children(element, *names), None) is not None


def _understood(element: Element) -> bool:
    return local(element) == "extension" and flag(element, "mustUnderstand", False)


def _bound(element: Element) -> bool:
    return local(element) == "ioBinding"


IGNORED: tuple[Ignored, ...] = (
    Ignored(
        "isImmediate=false",
        "8.4.13",
        _immediate,
        "nothing that is not drawn happens between the two elements",
        "两个元素之间不会发生未画出的活动",
    ),
    Ignored(
        "isClosed=true",
        "10.2",
        _closed,
        "messages are received and sent whether or not a message flow is drawn",
        "无论是否画出消息流，消息都会被收发",
    ),
    Ignored(
        "method",
        "10.3.5",
        _stored,
        "a cancelled transaction is undone by compensation",
        "取消的事务通过补偿来撤销",
    ),
    Ignored("capacity", "10.4.1", _capacity, "a data store holds any number of items", "数据存储可保存任意数量的内容"),
    Ignored(
        "resource roles",
        "10.3.1",
        _staffed,
        "only user tasks are given to people; make it one where somebody has to act",
        "只有用户任务会分配给人员；需要人员处理时请改为用户任务",
    ),
    Ignored(
        "resource roles of the process",
        "10.2",
        _responsible,
        "who may start it is said by facet:candidateStarterGroups",
        "由 facet:candidateStarterGroups 指定谁可以发起",
    ),
    Ignored(
        "resourceParameterBinding",
        "10.3.1",
        _queried,
        "the resource is taken as a group of its name; no query is made",
        "资源按同名的组处理，不执行查询",
    ),
    Ignored(
        "several input or output sets",
        "10.4.2",
        _alternatives,
        "all data associations are carried out; the activity does not choose among sets",
        "会执行所有数据关联，活动不会在集合之间选择",
    ),
    Ignored(
        "data while executing",
        "10.4.2",
        _while_executing,
        "inputs are read when the activity begins, outputs are written when it ends",
        "输入在活动开始时读取，输出在活动结束时写入",
    ),
    Ignored(
        "extension mustUnderstand=true",
        "8.2.3",
        _understood,
        "the extension means nothing here; take care that nothing depends on it",
        "该扩展在此没有含义；请确认没有内容依赖它",
    ),
    Ignored(
        "ioBinding",
        "10.4.1",
        _bound,
        "a called process gets variables, not operations of an interface",
        "被调用的流程接收变量，而不是接口的操作",
    ),
)


def report_ignored(reading: Reading) -> None:
    """A warning at every element that says something of the table, and at gateways that contradict their direction."""
    for element in reading.root.iter():
        if local(element):
            for one in IGNORED:
                if one.says(element):
                    reading.report(
                        "without-effect", element, what=one.what, instead=one.instead, instead_zh=one.instead_zh
                    )
    for gateway in _misdirected(reading):
        reading.report("gateway-direction", gateway, direction=attribute(gateway, "gatewayDirection"))


def _misdirected(reading: Reading) -> Iterator[Element]:
    """Gateways that say they only split or only join, and do the other too (BPMN 8.4.10)."""
    told = [
        one
        for one in reading.elements.values()
        if local(one) in GATEWAYS and attribute(one, "gatewayDirection") in ("Converging", "Diverging")
    ]
    if not told:
        return
    ways: Counter[tuple[str, str | None]] = Counter()
    for flow in reading.elements.values():
        if local(flow) == "sequenceFlow":
            for end in ("sourceRef", "targetRef"):
                ways[end, reading.key(attribute(flow, end))] += 1
    for one in told:
        end = "sourceRef" if attribute(one, "gatewayDirection") == "Converging" else "targetRef"
        if ways[end, attribute(one, "id")] > 1:
            yield one
