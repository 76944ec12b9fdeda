"""A second, small reading of BPMN 2.0.2 chapter 13: plays trees of blocks, without tokens, flows or joins.

It shares no code and no idea with the engine: a process is a tree of frames; a frame ends done (something goes on after
it) or dead (an end event consumed what came); its parent decides what that means. Independent implementations that agree
on thousands of random processes are the best evidence there is that both read the standard rightly.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator

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
    Xor,
)
from tests.runtime.properties.frames import Frame, Replaced, Round, Scope, Side, Wait, chosen, leads_on


class Game:
    """A process instance. `v` is its only variable."""

    def __init__(self, body: Block, handlers: tuple[Handler, ...]) -> None:
        self.v = 0
        self.clock = itertools.count()
        self.completed: Counter[str] = Counter()
        self.status = "active"
        self.fired: set[tuple[Frame, str]] = set()
        self.taken: set[Frame] = set()
        self.root = Frame(self, Scope("p", body, handlers), None, ())
        self.root.begin(body)
        self.settle()

    # -- what happens from outside -----------------------------------------------------------------------------------------

    def waits(self) -> list[Wait]:
        """Everything that can happen now, as it began."""
        return sorted(self._all_waits(), key=lambda wait: wait.frame.order)

    def _all_waits(self) -> list[Wait]:
        return [wait for frame in self.root.frames() if self.status == "active" for wait in self._waits(frame)]

    def _waits(self, frame: Frame) -> Iterator[Wait]:
        block = frame.block
        if isinstance(block, Catch) or (isinstance(block, Round) and block.activity.body is None):
            kind, id = ("event", block.id) if isinstance(block, Catch) else ("task", block.activity.id)
            yield Wait(kind, id, frame.path, frame)
        if isinstance(block, Race) and not frame.kids:
            for number in range(len(block.branches)):
                yield Wait("event", f"{block.id}_c{number}", frame.path, frame)
        listeners: tuple[Boundary | Handler, ...] = ()
        if isinstance(block, Activity):
            listeners = block.boundaries
        elif isinstance(block, Scope) and frame not in self.taken:
            listeners = block.handlers
        for one in listeners:
            if one.trigger in ("message", "timer", "cycle") and (frame, one.id) not in self.fired:
                yield Wait("event", one.id if isinstance(one, Boundary) else f"{one.id}_s", frame.path, frame)

    def happen(self, wait: Wait, v: int | None = None) -> None:
        """It happens; a user task brings a new `v`."""
        self._happen(wait, v)
        self.settle()

    def _happen(self, wait: Wait, v: int | None) -> None:
        frame, block = wait.frame, wait.frame.block
        if wait.kind == "task":
            assert v is not None
            self.v = v
            self.completed[wait.id] += 1
            frame.end(True)
        elif isinstance(block, Catch):
            self.completed[block.id] += 1
            frame.end(True)
        elif isinstance(block, Race):
            self.completed[wait.id] += 1
            frame.begin(block.branches[int(wait.id.rpartition("_c")[2])])
        elif isinstance(block, Activity):
            self.fire(frame, next(b for b in block.boundaries if b.id == wait.id))
        else:
            assert isinstance(block, Scope)
            self.handle(frame, next(h for h in block.handlers if f"{h.id}_s" == wait.id))

    # -- entering ----------------------------------------------------------------------------------------------------------

    def enter(self, frame: Frame) -> None:
        block = frame.block
        match block:
            case Pass(id):
                self.completed[id] += 1
                frame.end(True)
            case Throw(id, code):
                self.raised(frame, "escalation", code)
                if frame.alive:
                    self.completed[id] += 1
                    frame.end(True)
            case End():
                self.finish(frame, block)
            case Seq(items):
                frame.begin(items[0])
            case Side(body) if body is not None:
                frame.begin(body)
            case Xor(_, branches):
                frame.begin(branches[self.v if self.v < len(branches) - 1 else len(branches) - 1])
            case And(_, branches):
                self.split(frame, branches)
            case Or(_, branches):
                self.split(frame, branches[: self.v + 1])
            case Loop(_, body):
                frame.begin(body)
            case Activity():
                self.activity(frame, block)
            case Round(activity) if activity.body is not None:
                frame.begin(Scope(activity.id, activity.body, activity.handlers))
            case Scope(_, body, _):
                frame.begin(body)

    def split(self, frame: Frame, branches: tuple[Block, ...]) -> None:
        kids = [Frame(self, branch, frame, frame.path) for branch in branches]
        frame.kids.extend(kids)
        for kid in kids:
            if kid.alive:
                self.enter(kid)

    def activity(self, frame: Frame, block: Activity) -> None:
        multi = block.multi
        if multi is None:
            frame.begin(Round(block))
        elif multi.count == 0:
            frame.end(True)
        else:
            for number in range(multi.count if multi.kind == "parallel" else 1):
                frame.index = number
                frame.begin(Round(block), (*frame.path, number))

    def finish(self, frame: Frame, block: End) -> None:
        """An end event: 10.5.3."""
        if block.kind in ("error", "escalation"):
            caught = self.raised(frame, block.kind, block.code)
            if not frame.alive or (block.kind == "error" and not caught):
                return  # interrupted; or an error that nobody catches: an incident, the token stays
        scope = self.scope_of(frame)
        self.completed[block.id] += 1
        if block.kind == "terminate":
            for kid in list(scope.kids):
                kid.cancel()
            scope.kids.clear()
            if scope.parent is None:
                self.status = "terminated"
            else:
                self.close(scope)
            return
        frame.end(False)

    # -- leaving -----------------------------------------------------------------------------------------------------------

    def ended(self, frame: Frame, done: bool) -> None:
        """A kid of `frame` is over."""
        block = frame.block
        match block:
            case Seq(items):
                frame.index += 1
                if done and frame.index < len(items):
                    frame.begin(items[frame.index])
                else:
                    frame.end(done)
            case Xor() | Race() | Replaced():
                frame.end(done)
            case Side():
                frame.end(False)
            case Loop(_, body):
                if done and self.v == 1:
                    frame.begin(body)
                else:
                    frame.end(done)
            case And() | Or():
                self.joined(frame, done)
            case Round():
                frame.end(done)
            case Activity():
                self.round(frame, block, done)
            case Scope():
                if not frame.kids:
                    self.close(frame)

    def joined(self, frame: Frame, done: bool) -> None:
        """A branch is over. A parallel join needs all branches that lead to it (13.4.2); an inclusive one is looked at when
        nothing else moves (`settle`)."""
        frame.done += done
        block = frame.block
        assert isinstance(block, And | Or)
        ways = sum(map(leads_on, block.branches))
        if frame.done and (frame.done == ways if isinstance(block, And) else ways == 1):
            self.go_on(frame)
        elif not frame.kids and not frame.done:
            frame.end(False)

    def go_on(self, frame: Frame) -> None:
        """The join fires; branches that lead elsewhere go on beside it."""
        scope = self.scope_of(frame)
        for kid in frame.kids:
            side = Frame(self, Side(None), scope, frame.path, kids=[kid])
            kid.parent = side
            scope.kids.append(side)
        frame.kids = []
        frame.end(True)

    def settle(self) -> None:
        """Inclusive joins go on when no token can reach them any more on an empty way (13.4.3)."""
        while self.status == "active":
            ready = [
                frame
                for frame in self.root.frames()
                if isinstance(frame.block, Or) and frame.done and not any(map(self.may_arrive, frame.kids))
            ]
            if not ready:
                return
            self.go_on(ready[0])

    def may_arrive(self, frame: Frame) -> bool:
        """Whether a token in here can still reach the end of the block, as the drawing goes."""
        match frame.block:
            case Activity() | Pass() | Catch() | Throw():
                return True
            case Seq(items) if not leads_on(Seq(items)):
                return False
            case Race(_, branches) if not frame.kids:
                return any(map(leads_on, branches))
            case And() | Or():
                return frame.done > 0 or any(map(self.may_arrive, frame.kids))
            case End():
                return False
        return any(map(self.may_arrive, frame.kids))

    def round(self, frame: Frame, block: Activity, done: bool) -> None:
        """An instance of an activity is over."""
        frame.done += 1
        if block.body is not None:
            self.completed[block.id] += 1
        multi = block.multi or Multi("parallel", 1)
        if frame.done == multi.count or (multi.until and frame.done >= multi.until):
            for kid in frame.kids:
                kid.cancel()
            frame.kids.clear()
            frame.end(True)
        elif multi.kind != "parallel":
            frame.index += 1
            frame.begin(Round(block), (*frame.path, frame.index))

    def close(self, scope: Frame) -> None:
        """Nothing is left in a scope."""
        if scope.parent is None:
            self.status = "completed"
            return
        block = scope.block
        assert isinstance(block, Scope)
        if block.handler is not None:
            self.completed[block.id] += 1
        scope.end(block.handler is None)

    # -- events ------------------------------------------------------------------------------------------------------------

    def scope_of(self, frame: Frame) -> Frame:
        """The scope around a frame, or itself."""
        while not isinstance(frame.block, Scope):
            assert frame.parent is not None
            frame = frame.parent
        return frame

    def raised(self, frame: Frame, kind: str, code: str) -> bool:
        """An error or escalation climbs (10.5.7): handlers of a scope, then the border of its activity, then further out."""
        inside: str | None = None
        at: Frame | None = frame
        while at is not None:
            block = at.block
            if isinstance(block, Scope) and at not in self.taken:
                handler = chosen([h for h in block.handlers if h.id != inside], kind, code)
                if handler is not None:
                    self.handle(at, handler)
                    return True
            if isinstance(block, Scope):
                inside = block.handler.id if block.handler is not None else None
            if isinstance(block, Activity):
                border = chosen(list(block.boundaries), kind, code)
                if border is not None:
                    self.fire(at, border)
                    return True
            at = at.parent
        return False

    def fire(self, frame: Frame, boundary: Boundary) -> None:
        """A boundary event occurs at an activity (10.5.4)."""
        self.completed[boundary.id] += 1
        if not boundary.interrupting:
            if boundary.trigger == "timer":
                self.fired.add((frame, boundary.id))
            self.scope_of(frame).begin(Side(boundary.body), frame.path)
            return
        for kid in frame.kids:
            kid.cancel()
        frame.kids.clear()
        if boundary.back:
            frame.block = Replaced(boundary.body)
            frame.begin(boundary.body)
            return
        scope = self.scope_of(frame)
        side = Frame(self, Side(boundary.body), scope, frame.path)
        scope.kids.append(side)
        frame.end(False)
        self.enter(side)

    def handle(self, scope: Frame, handler: Handler) -> None:
        """An event sub-process begins (13.5.4)."""
        self.completed[f"{handler.id}_s"] += 1
        if handler.trigger == "timer" and not handler.interrupting:
            self.fired.add((scope, handler.id))
        if handler.interrupting:
            self.taken.add(scope)
            for kid in scope.kids:
                kid.cancel()
            scope.kids.clear()
        scope.begin(Scope(handler.id, handler.body, (), handler))
