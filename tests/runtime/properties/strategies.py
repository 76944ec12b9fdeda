"""Random trees of blocks. Interrupting results (errors, terminate) follow a user task, so that a stimulus moves one token
only and the order in which concurrent tokens run, which the standard leaves open, cannot matter."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.runtime.properties.blocks import (
    Activity,
    And,
    Block,
    Boundary,
    Catch,
    End,
    Handler,
    Loop,
    Multi,
    Or,
    Pass,
    Race,
    Raw,
    Seq,
    Throw,
    Trigger,
    Xor,
)

CODES = ("A", "B", "")
_FAILS = (
    "<extensionElements><facet:output source='=some i in 1..n satisfies i &gt;= 1' target='w$'/></extensionElements>"
)
_LOOP = (
    '<multiInstanceLoopCharacteristics{}facet:collection="[1, 2, 3]" facet:elementVariable="item"'
    ' facet:outputCollection="o$" facet:outputElement="item + v">{}</multiInstanceLoopCharacteristics>'
)
_UNDO = (
    '<boundaryEvent id="b$" attachedToRef="$"><compensateEventDefinition/></boundaryEvent>'
    '<{0} id="undo$" isForCompensation="true"/><association id="a$" sourceRef="b$" targetRef="undo$"/>'
)
WILD = {
    "signal": '<intermediateThrowEvent id="$"><signalEventDefinition signalRef="S"/></intermediateThrowEvent>',
    "hear": '<intermediateCatchEvent id="$"><signalEventDefinition signalRef="S"/></intermediateCatchEvent>',
    "await": '<intermediateCatchEvent id="$"><conditionalEventDefinition><condition>v = 1</condition></conditionalEventDefinition></intermediateCatchEvent>',
    "undo": '<userTask id="$"/>' + _UNDO.format("task"),
    "undo slowly": '<userTask id="$"/>' + _UNDO.format("userTask"),
    "undo each": '<task id="$">' + _LOOP.format(" ", "") + "</task>" + _UNDO.format("userTask"),
    "back": '<intermediateThrowEvent id="$"><compensateEventDefinition/></intermediateThrowEvent>',
    "back at once": '<intermediateThrowEvent id="$"><compensateEventDefinition waitForCompletion="false"/></intermediateThrowEvent>',
    "work": '<serviceTask id="$" facet:topic="work"/>',
    "work each": '<serviceTask id="$" facet:topic="work">'
    + _LOOP.format(' isSequential="true" ', "<completionCondition>v = 2</completionCondition>")
    + "</serviceTask>",
    "fail": '<userTask id="$">' + _FAILS + "</userTask>",
    "fail each": '<userTask id="$">' + _FAILS + _LOOP.format(" ", "") + "</userTask>",
    "pick": '<adHocSubProcess id="$"><userTask id="q$"/><userTask id="r$"/><completionCondition>v = 2</completionCondition></adHocSubProcess>',
    "call": '<callActivity id="$" calledElement="q"/>',
    "gather": '<subProcess id="$"><parallelGateway id="k$"/><userTask id="q$"/><userTask id="r$"/><task id="m$"/>'
    '<complexGateway id="n$"><activationCondition>activationCount &gt;= 2</activationCondition></complexGateway>'
    '<userTask id="l$"/><sequenceFlow id="fa$" sourceRef="k$" targetRef="q$"/>'
    '<sequenceFlow id="fb$" sourceRef="k$" targetRef="r$"/><sequenceFlow id="fc$" sourceRef="k$" targetRef="m$"/>'
    '<sequenceFlow id="fd$" sourceRef="q$" targetRef="n$"/><sequenceFlow id="fe$" sourceRef="r$" targetRef="n$"/>'
    '<sequenceFlow id="ff$" sourceRef="m$" targetRef="n$"/><sequenceFlow id="fg$" sourceRef="n$" targetRef="l$"/></subProcess>',
    "race": '<subProcess id="$"><eventBasedGateway id="k$"/>'
    '<intermediateCatchEvent id="m$"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>'
    '<intermediateCatchEvent id="n$"><signalEventDefinition signalRef="S"/></intermediateCatchEvent><userTask id="q$"/>'
    '<sequenceFlow id="fa$" sourceRef="k$" targetRef="m$"/><sequenceFlow id="fb$" sourceRef="k$" targetRef="n$"/>'
    '<sequenceFlow id="fc$" sourceRef="n$" targetRef="q$"/></subProcess>',
    "regret": '<subProcess id="$"><userTask id="q$"/>'
    + _UNDO.replace("$", "q$").format("task")
    + '<subProcess id="h$" triggeredByEvent="true"><startEvent id="k$"><compensateEventDefinition/></startEvent><userTask id="l$"/>'
    '<intermediateThrowEvent id="m$"><compensateEventDefinition/></intermediateThrowEvent>'
    '<sequenceFlow id="fa$" sourceRef="k$" targetRef="l$"/><sequenceFlow id="fb$" sourceRef="l$" targetRef="m$"/></subProcess></subProcess>',
    "own": '<subProcess id="$"><property id="y$" name="v"/><userTask id="q$"/></subProcess>',
    "transaction": '<transaction id="$"><userTask id="q$"/>'
    + _UNDO.replace("$", "q$").format("task")
    + '<exclusiveGateway id="k$" default="fd$"/><endEvent id="n$"><cancelEventDefinition/></endEvent><endEvent id="m$"/>'
    '<sequenceFlow id="fa$" sourceRef="q$" targetRef="k$"/><sequenceFlow id="fd$" sourceRef="k$" targetRef="m$"/>'
    '<sequenceFlow id="fc$" sourceRef="k$" targetRef="n$"><conditionExpression>v = 2</conditionExpression></sequenceFlow>'
    '</transaction><boundaryEvent id="z$" attachedToRef="$"><cancelEventDefinition/></boundaryEvent>'
    '<userTask id="l$"/><sequenceFlow id="fz$" sourceRef="z$" targetRef="l$"/>',
}
"""Elements beyond the oracle; `$` stands for the id."""


@dataclass
class _Maker:
    """Draws a tree; `pick(n)` gives a number below n."""

    pick: Callable[[int], int]
    ids: itertools.count[int] = field(default_factory=itertools.count)
    wild: bool = False
    """Also what the oracle does not play: signals, conditions, compensation, services, failures."""
    loops: int = 0
    """Loops around what is made now, within its scope."""

    def id(self, prefix: str) -> str:
        return f"{prefix}{next(self.ids)}"

    def sequence(self, depth: int, *, mortal: bool = False) -> Seq:
        """One to three blocks; `mortal`: it may end in an end event of its own."""
        items = [self.block(depth) for _ in range(1 + self.pick(3 if depth else 2) + (depth > 1))]
        if mortal and self.pick(3) == 0:
            items += [Activity(self.id("u")), self.end()]
        return Seq(tuple(items))

    def end(self) -> End:
        kind = ("none", "none", "terminate", "error", "escalation")[self.pick(5)]
        return End(self.id("e"), kind, "AB"[self.pick(2)])  # type: ignore[arg-type]

    def block(self, depth: int) -> Block:
        if self.wild and self.pick(3) == 0:
            return self.anything()
        simple = (self.task, self.task, self.passing, self.catch, self.throwing)
        if depth == 0:
            return simple[self.pick(len(simple))]()
        nested = (
            self.xor,
            self.parallel,
            self.parallel,
            self.inclusive,
            self.loop,
            self.race,
            self.sub,
            self.sub,
            self.sub,
        )
        choice = self.pick(len(simple) + len(nested))
        return simple[choice]() if choice < len(simple) else nested[choice - len(simple)](depth - 1)

    def anything(self) -> Block:
        """One of the elements beyond the oracle."""
        kinds = list(WILD)
        kind = kinds[self.pick(len(kinds))]
        id = self.id(kind[0] + "w")
        return Raw(id, WILD[kind].replace("$", id))

    def triggers(self, *more: Trigger) -> tuple[Trigger, ...]:
        """What may trigger a boundary event or an event sub-process."""
        wild: tuple[Trigger, ...] = ("signal", "conditional") if self.wild else ()
        return ("message", "timer", "cycle", *more, *wild)

    def task(self) -> Activity:
        multi = self.multi() if self.pick(4) == 0 else None
        return Activity(self.id("u"), None, self.boundaries(0, self.triggers()), (), multi)

    def passing(self) -> Pass:
        return Pass(self.id("t"))

    def catch(self) -> Catch:
        return Catch(self.id("c"))

    def throwing(self) -> Seq:
        return Seq((Activity(self.id("u")), Throw(self.id("i"), "AB"[self.pick(2)])))

    def branches(self, depth: int) -> tuple[Block, ...]:
        return tuple(self.sequence(depth, mortal=not (self.loops and depth)) for _ in range(2 + self.pick(2)))

    def alive(self, branches: tuple[Block, ...]) -> tuple[Block, ...]:
        """At least one branch that does not end by itself, so that something follows."""
        if all(isinstance(b, Seq) and isinstance(b.items[-1], End) for b in branches):
            return (*branches[:-1], Seq((Pass(self.id("t")),)))
        return branches

    def xor(self, depth: int) -> Block:
        return Xor(self.id("x"), self.alive(self.branches(depth)))

    def parallel(self, depth: int) -> Block:
        return And(self.id("p"), self.alive(self.branches(depth)))

    def inclusive(self, depth: int) -> Block:
        return Or(self.id("o"), self.alive(self.branches(depth)))

    def race(self, depth: int) -> Block:
        return Race(self.id("g"), self.alive(self.branches(depth)))

    def loop(self, depth: int) -> Block:
        self.loops += 1
        body = self.sequence(depth)
        self.loops -= 1
        return Loop(self.id("l"), Seq((Activity(self.id("u")), body)))

    def inner(self, depth: int) -> Seq:
        """The body of a scope: loops around it are none of its own."""
        loops, self.loops = self.loops, 0
        body = self.sequence(depth, mortal=True)
        self.loops = loops
        return body

    def sub(self, depth: int) -> Block:
        multi = self.multi(until=False) if self.pick(3) == 0 else None
        triggers = self.triggers("error", "escalation")
        handlers = tuple(self.handler(depth) for _ in range(max(0, self.pick(4) - 1)))
        body = self.inner(depth)
        return Activity(self.id("s"), body, self.boundaries(depth, triggers), handlers, multi)

    def multi(self, until: bool = True) -> Multi:
        """`until` only where one instance ends at a time: else it is open which of them are cancelled."""
        kind = ("parallel", "sequential", "loop")[self.pick(3)]
        count = self.pick(4)
        enough = self.pick(count) if until and kind != "loop" and count > 1 else 0
        return Multi(kind, max(count, 1) if kind == "loop" else count, enough)  # type: ignore[arg-type]

    def boundaries(self, depth: int, triggers: tuple[Trigger, ...]) -> tuple[Boundary, ...]:
        return tuple(self.boundary(depth, triggers) for _ in range(max(0, self.pick(4) - 2)))

    # What a boundary event sets off without interrupting may run twice at once in one scope, and tokens of both would meet
    # at its joins; the oracle keeps them apart, so such a way has no joins. In a loop the same holds for a branch that ends
    # by itself, and for a boundary event's way that does not lead back: the next round may find them still there.

    def boundary(self, depth: int, triggers: tuple[Trigger, ...]) -> Boundary:
        trigger = triggers[self.pick(len(triggers))]
        interrupting = trigger == "error" or (trigger != "cycle" and self.pick(2) == 0)
        code = CODES[self.pick(3)] if trigger in ("error", "escalation") else ""
        back = interrupting and self.pick(2) == 0
        calm = 0 if not interrupting or (self.loops and not back) else min(depth, 1)
        body = Seq((Pass(self.id("t")),)) if self.pick(2) else self.sequence(calm, mortal=not back)
        return Boundary(self.id("b"), trigger, interrupting, body, code, back)

    def handler(self, depth: int) -> Handler:
        triggers = self.triggers("error", "escalation")
        trigger = triggers[self.pick(len(triggers))]
        interrupting = trigger == "error" or (trigger != "cycle" and self.pick(2) == 0)
        code = CODES[self.pick(3)] if trigger in ("error", "escalation") else ""
        return Handler(self.id("h"), trigger, interrupting, self.inner(min(depth, 1)), code)


@dataclass(frozen=True)
class Case:
    """A process and what happens to it: each number picks the next thing to happen, each answer is the new `v`."""

    body: Block
    handlers: tuple[Handler, ...]
    choices: tuple[tuple[int, int], ...]


@st.composite
def cases(draw: st.DrawFn, depth: int = 2, steps: int = 14, wild: bool = False) -> Case:
    """Structured processes with a random order of stimuli."""
    numbers = iter(draw(st.binary(min_size=120, max_size=120)))
    spare = itertools.cycle((0, 1, 2, 3, 5, 8, 13))
    maker = _Maker(lambda n: next(numbers, next(spare)) % n, wild=wild)
    body = maker.sequence(depth)
    handlers = tuple(maker.handler(1) for _ in range(max(0, maker.pick(4) - 2)))
    choices = draw(st.binary(min_size=steps, max_size=steps))
    return Case(body, handlers, tuple((byte // 3, byte % 3) for byte in choices))
