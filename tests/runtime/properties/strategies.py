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
    Seq,
    Throw,
    Trigger,
    Xor,
)

CODES = ("A", "B", "")


@dataclass
class _Maker:
    """Draws a tree; `pick(n)` gives a number below n."""

    pick: Callable[[int], int]
    ids: itertools.count[int] = field(default_factory=itertools.count)

    def id(self, prefix: str) -> str:
        return f"{prefix}{next(self.ids)}"

    def sequence(self, depth: int, *, mortal: bool = False) -> Seq:
        """One to three blocks; `mortal`: it may end in an end event of its own."""
        items = [self.block(depth) for _ in range(1 + self.pick(3 if depth else 2))]
        if mortal and self.pick(3) == 0:
            items += [Activity(self.id("u")), self.end()]
        return Seq(tuple(items))

    def end(self) -> End:
        kind = ("none", "none", "terminate", "error", "escalation")[self.pick(5)]
        return End(self.id("e"), kind, "AB"[self.pick(2)])  # type: ignore[arg-type]

    def block(self, depth: int) -> Block:
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

    def task(self) -> Activity:
        multi = self.multi() if self.pick(4) == 0 else None
        return Activity(self.id("u"), None, self.boundaries(0, ("message", "timer", "cycle")), (), multi)

    def passing(self) -> Pass:
        return Pass(self.id("t"))

    def catch(self) -> Catch:
        return Catch(self.id("c"))

    def throwing(self) -> Seq:
        return Seq((Activity(self.id("u")), Throw(self.id("i"), "AB"[self.pick(2)])))

    def branches(self, depth: int) -> tuple[Block, ...]:
        return tuple(self.sequence(depth, mortal=True) for _ in range(2 + self.pick(2)))

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
        return Loop(self.id("l"), Seq((Activity(self.id("u")), self.sequence(depth))))

    def sub(self, depth: int) -> Block:
        multi = self.multi(until=False) if self.pick(3) == 0 else None
        triggers: tuple[Trigger, ...] = ("message", "timer", "cycle", "error", "escalation")
        handlers = tuple(self.handler(depth) for _ in range(max(0, self.pick(4) - 1)))
        body = self.sequence(depth, mortal=True)
        return Activity(self.id("s"), body, self.boundaries(depth, triggers), handlers, multi)

    def multi(self, until: bool = True) -> Multi:
        """`until` only where one instance ends at a time: else it is open which of them are cancelled."""
        kind = ("parallel", "sequential", "loop")[self.pick(3)]
        count = self.pick(4)
        enough = self.pick(count) if until and kind != "loop" and count > 1 else 0
        return Multi(kind, max(count, 1) if kind == "loop" else count, enough)  # type: ignore[arg-type]

    def boundaries(self, depth: int, triggers: tuple[Trigger, ...]) -> tuple[Boundary, ...]:
        return tuple(self.boundary(depth, triggers) for _ in range(max(0, self.pick(4) - 2)))

    def boundary(self, depth: int, triggers: tuple[Trigger, ...]) -> Boundary:
        trigger = triggers[self.pick(len(triggers))]
        interrupting = trigger == "error" or (trigger != "cycle" and self.pick(2) == 0)
        code = CODES[self.pick(3)] if trigger in ("error", "escalation") else ""
        back = interrupting and self.pick(2) == 0
        body = Seq((Pass(self.id("t")),)) if self.pick(2) else self.sequence(min(depth, 1), mortal=not back)
        return Boundary(self.id("b"), trigger, interrupting, body, code, back)

    def handler(self, depth: int) -> Handler:
        triggers: tuple[Trigger, ...] = ("message", "timer", "cycle", "error", "escalation")
        trigger = triggers[self.pick(len(triggers))]
        interrupting = trigger == "error" or (trigger != "cycle" and self.pick(2) == 0)
        code = CODES[self.pick(3)] if trigger in ("error", "escalation") else ""
        return Handler(self.id("h"), trigger, interrupting, self.sequence(min(depth, 1), mortal=True), code)


@dataclass(frozen=True)
class Case:
    """A process and what happens to it: each number picks the next thing to happen, each answer is the new `v`."""

    body: Block
    handlers: tuple[Handler, ...]
    choices: tuple[tuple[int, int], ...]


@st.composite
def cases(draw: st.DrawFn, depth: int = 2, steps: int = 14) -> Case:
    """Structured processes with a random order of stimuli."""
    numbers = iter(draw(st.lists(st.integers(0, 10_000), min_size=60, max_size=60)))
    spare = itertools.cycle((0, 1, 2, 3, 5, 8, 13))
    maker = _Maker(lambda n: next(numbers, next(spare)) % n)
    body = maker.sequence(depth, mortal=True)
    handlers = tuple(maker.handler(1) for _ in range(max(0, maker.pick(4) - 2)))
    choices = draw(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 2)), min_size=1, max_size=steps))
    return Case(body, handlers, tuple(choices))
