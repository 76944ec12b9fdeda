"""Generated processes as trees of blocks, and their diagrams.

A tree knows nothing of tokens: the oracle (`oracle.py`) plays it by itself, the engine plays the diagram that `to_xml`
draws. Ids are unique. Every user task completes with a value for `v`, and every condition compares `v` with a number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tests.diagrams import HEAD

Trigger = Literal["message", "timer", "cycle", "error", "escalation", "signal", "conditional"]


@dataclass(frozen=True)
class Pass:
    """A task without anybody: passed through."""

    id: str


@dataclass(frozen=True)
class Catch:
    """An intermediate message event."""

    id: str


@dataclass(frozen=True)
class End:
    """An end event; what leads to it is consumed. `code` of an error or escalation."""

    id: str
    kind: Literal["none", "terminate", "error", "escalation"] = "none"
    code: str = ""


@dataclass(frozen=True)
class Throw:
    """An intermediate escalation event."""

    id: str
    code: str


@dataclass(frozen=True)
class Seq:
    items: tuple[Block, ...]


@dataclass(frozen=True)
class Xor:
    """Branch k is taken when `v` = k; the last is the default."""

    id: str
    branches: tuple[Block, ...]


@dataclass(frozen=True)
class And:
    id: str
    branches: tuple[Block, ...]


@dataclass(frozen=True)
class Or:
    """Branch k is taken when `v` >= k, so the first always is."""

    id: str
    branches: tuple[Block, ...]


@dataclass(frozen=True)
class Loop:
    """The body again while `v` = 1 after it."""

    id: str
    body: Block


@dataclass(frozen=True)
class Race:
    """An event-based gateway with a message for each branch."""

    id: str
    branches: tuple[Block, ...]


@dataclass(frozen=True)
class Boundary:
    """An event on the border. `back`: its way leads back to what follows the activity; else it ends by itself."""

    id: str
    trigger: Trigger
    interrupting: bool
    body: Block
    code: str = ""
    back: bool = False


@dataclass(frozen=True)
class Handler:
    """An event sub-process `id` with the start event `id`s."""

    id: str
    trigger: Trigger
    interrupting: bool
    body: Block
    code: str = ""


@dataclass(frozen=True)
class Multi:
    """`count` instances; `kind` loop: a standard loop of so many rounds. `until`: enough after so many (0: all)."""

    kind: Literal["parallel", "sequential", "loop"]
    count: int
    until: int = 0


@dataclass(frozen=True)
class Activity:
    """A user task (`body` None) or a sub-process."""

    id: str
    body: Block | None = None
    boundaries: tuple[Boundary, ...] = ()
    handlers: tuple[Handler, ...] = ()
    multi: Multi | None = None


@dataclass(frozen=True)
class Raw:
    """Any element by its own XML; the oracle does not play it."""

    id: str
    xml: str


Block = Raw | Pass | Catch | End | Throw | Seq | Xor | And | Or | Loop | Race | Activity


@dataclass
class _Level:
    """One scope of the diagram that is being drawn."""

    parts: list[str] = field(default_factory=list)
    flows: int = 0
    prefix: str = ""

    def add(self, xml: str) -> None:
        self.parts.append(xml)

    def flow(self, source: str, target: str, condition: str = "") -> str:
        id = f"f{self.prefix}_{self.flows}"
        self.flows += 1
        inner = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
        self.add(f'<sequenceFlow id="{id}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>')
        return id


def to_xml(body: Block, handlers: tuple[Handler, ...] = ()) -> bytes:
    """The diagram of a process `p` with this body."""
    codes = "".join(
        f'<error id="E{c}" errorCode="{c}"/><escalation id="C{c}" escalationCode="{c}"/>' for c in ("A", "B")
    )
    codes += '<signal id="S" name="S"/>'
    inner = _scope("p", body, handlers)
    messages = "".join(f'<message id="{m}" name="{m}"/>' for m in sorted(_messages(inner)))
    return f'{HEAD}{codes}{messages}<process id="p" isExecutable="true">{inner}</process></definitions>'.encode()


def _messages(xml: str) -> set[str]:
    return {part.split('"')[0] for part in xml.split('messageRef="')[1:]}


def _scope(id: str, body: Block, handlers: tuple[Handler, ...], start: str = "") -> str:
    level = _Level(prefix=id)
    level.add(start or f'<startEvent id="{id}_s"/>')
    entry, exit = _draw(level, body)
    level.flow(f"{id}_s", entry)
    if exit is not None:
        level.add(f'<endEvent id="{id}_e"/>')
        level.flow(exit, f"{id}_e")
    for handler in handlers:
        flag = "" if handler.interrupting else ' isInterrupting="false"'
        event = f'<startEvent id="{handler.id}_s"{flag}>{_definition(handler.id, handler.trigger, handler.code)}</startEvent>'
        inner = _scope(handler.id, handler.body, (), event)
        level.add(f'<subProcess id="{handler.id}" triggeredByEvent="true">{inner}</subProcess>')
    return "".join(level.parts)


def _definition(id: str, trigger: Trigger, code: str) -> str:
    match trigger:
        case "message":
            return f'<messageEventDefinition messageRef="m_{id}"/>'
        case "timer":
            return "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
        case "cycle":
            return "<timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition>"
        case "signal":
            return '<signalEventDefinition signalRef="S"/>'
        case "conditional":
            return "<conditionalEventDefinition><condition>v = 2</condition></conditionalEventDefinition>"
        case "error":
            return f'<errorEventDefinition errorRef="E{code}"/>' if code else "<errorEventDefinition/>"
        case "escalation":
            return f'<escalationEventDefinition escalationRef="C{code}"/>' if code else "<escalationEventDefinition/>"


def _draw(level: _Level, block: Block) -> tuple[str, str | None]:
    """Draws the block; returns where it is entered and left (None: never)."""
    match block:
        case Pass(id):
            level.add(f'<task id="{id}"/>')
            return id, id
        case Raw(id, xml):
            level.add(xml)
            return id, id
        case Catch(id):
            level.add(f'<intermediateCatchEvent id="{id}">{_definition(id, "message", "")}</intermediateCatchEvent>')
            return id, id
        case Throw(id, code):
            level.add(
                f'<intermediateThrowEvent id="{id}">{_definition(id, "escalation", code)}</intermediateThrowEvent>'
            )
            return id, id
        case End(id, kind, code):
            level.add(f'<endEvent id="{id}">{_result(kind, code)}</endEvent>')
            return id, None
        case Seq(items):
            return _draw_sequence(level, items)
        case Activity():
            return _draw_activity(level, block)
        case Loop(id, body):
            return _draw_loop(level, id, body)
        case _:
            return _draw_gateway(level, block)


def _result(kind: str, code: str) -> str:
    match kind:
        case "terminate":
            return "<terminateEventDefinition/>"
        case "error":
            return f'<errorEventDefinition errorRef="E{code}"/>'
        case "escalation":
            return f'<escalationEventDefinition escalationRef="C{code}"/>'
    return ""


def _draw_sequence(level: _Level, items: tuple[Block, ...]) -> tuple[str, str | None]:
    first, exit = _draw(level, items[0])
    for item in items[1:]:
        entry, after = _draw(level, item)
        assert exit is not None
        level.flow(exit, entry)
        exit = after
    return first, exit


def _draw_loop(level: _Level, id: str, body: Block) -> tuple[str, str | None]:
    level.add(f'<exclusiveGateway id="{id}_in"/>')
    entry, exit = _draw(level, body)
    level.flow(f"{id}_in", entry)
    if exit is None:
        return f"{id}_in", None
    level.flow(exit, f"{id}_out")
    again = level.flow(f"{id}_out", f"{id}_in", "v = 1")
    del again
    level.add(f'<exclusiveGateway id="{id}_left"/>')
    default = level.flow(f"{id}_out", f"{id}_left")
    level.add(f'<exclusiveGateway id="{id}_out" default="{default}"/>')
    return f"{id}_in", f"{id}_left"


def _draw_gateway(level: _Level, block: Xor | And | Or | Race) -> tuple[str, str | None]:
    split = {Xor: "exclusiveGateway", And: "parallelGateway", Or: "inclusiveGateway", Race: "eventBasedGateway"}[
        type(block)
    ]
    join = "exclusiveGateway" if isinstance(block, Race) else split
    entries = [_draw(level, branch) for branch in block.branches]
    default = ""
    for number, (entry, _) in enumerate(entries):
        if isinstance(block, Race):
            level.add(
                f'<intermediateCatchEvent id="{block.id}_c{number}">{_definition(f"{block.id}_c{number}", "message", "")}</intermediateCatchEvent>'
            )
            level.flow(f"{block.id}_in", f"{block.id}_c{number}")
            level.flow(f"{block.id}_c{number}", entry)
        elif isinstance(block, Xor) and number == len(entries) - 1:
            default = f' default="{level.flow(f"{block.id}_in", entry)}"'
        else:
            condition = (
                "" if isinstance(block, And) else f"v = {number}" if isinstance(block, Xor) else f"v &gt;= {number}"
            )
            level.flow(f"{block.id}_in", entry, condition)
    level.add(f'<{split} id="{block.id}_in"{default}/>')
    exits = [exit for _, exit in entries if exit is not None]
    if not exits:
        return f"{block.id}_in", None
    level.add(f'<{join} id="{block.id}_out"/>')
    for exit in exits:
        level.flow(exit, f"{block.id}_out")
    return f"{block.id}_in", f"{block.id}_out"


def _draw_activity(level: _Level, block: Activity) -> tuple[str, str | None]:
    marker = _marker(block.multi)
    if block.body is None:
        level.add(f'<userTask id="{block.id}">{marker}</userTask>')
    else:
        level.add(f'<subProcess id="{block.id}">{marker}{_scope(block.id, block.body, block.handlers)}</subProcess>')
    exit = block.id
    if any(boundary.back for boundary in block.boundaries):
        exit = f"{block.id}_merge"
        level.add(f'<exclusiveGateway id="{exit}"/>')
        level.flow(block.id, exit)
    for boundary in block.boundaries:
        flag = "" if boundary.interrupting else ' cancelActivity="false"'
        level.add(
            f'<boundaryEvent id="{boundary.id}" attachedToRef="{block.id}"{flag}>'
            f"{_definition(boundary.id, boundary.trigger, boundary.code)}</boundaryEvent>"
        )
        entry, after = _draw(level, boundary.body)
        level.flow(boundary.id, entry)
        if after is not None and boundary.back:
            level.flow(after, exit)
        elif after is not None:
            level.add(f'<endEvent id="{boundary.id}_e"/>')
            level.flow(after, f"{boundary.id}_e")
    return block.id, exit


def _marker(multi: Multi | None) -> str:
    if multi is None:
        return ""
    if multi.kind == "loop":
        return (
            f'<standardLoopCharacteristics loopMaximum="{multi.count}"><loopCondition>true</loopCondition>'
            "</standardLoopCharacteristics>"
        )
    enough = (
        f"<completionCondition>numberOfCompletedInstances &gt;= {multi.until}</completionCondition>"
        if multi.until
        else ""
    )
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{str(multi.kind == "sequential").lower()}">'
        f"<loopCardinality>{multi.count}</loopCardinality>{enough}</multiInstanceLoopCharacteristics>"
    )
