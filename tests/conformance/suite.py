"""A conformance suite of our own: small diagrams with the trace that the standard's clauses ask for, written down first.

    case("what it shows", "13.4.2", diagram("", "s>p1>A>p2>e", "p1>B>p2"), trace="(A B)")

Steps are words: `do uA x=1` completes the oldest open user task `uA`, `msg Paid x=1` sends a message, `msg Paid @K1` with a
business key, `sig Alarm`, `wait PT1H`, `set x=1`, `finish topic`, `throw topic CODE`, `begin p x=1` starts one more instance,
`pick A` an activity of an ad-hoc sub-process, `retry x=1` the oldest incident, `see uA uB` compares the open user tasks.

A trace counts what begins with a capital letter, `t` or `u`; what stands in parentheses may come in any order.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.playground import Playground
from engine.runtime.timers import parse_duration

PIECES = 5
"""Into how many parts a wait is cut when time moves in small steps."""


@dataclass(frozen=True)
class Case:
    """One behaviour: a diagram, what is done with it, and what must come of it."""

    name: str
    clause: str
    content: bytes
    steps: tuple[str, ...]
    trace: str
    status: str = "completed"
    start: Mapping[str, Any] | None = field(default_factory=dict)
    """Variables of the instance of `p` that is started; None: nothing is started by hand."""
    variables: Mapping[str, Any] = field(default_factory=dict)
    incidents: tuple[str, ...] = ()
    """Elements with an open incident."""


def case(name: str, clause: str, content: bytes, steps: str = "", *, trace: str, **more: Any) -> Case:
    """A case; `steps` are separated by semicolons."""
    return Case(name, clause, content, tuple(s.strip() for s in steps.split(";") if s.strip()), trace, **more)


class Player:
    """Plays one case; `small`: time moves in small steps."""

    def __init__(self, play: Playground, case: Case, *, small: bool) -> None:
        self.play = play
        self.case = case
        self.small = small
        self.id = ""

    def run(self) -> None:
        """Plays and compares; AssertionError says what differs."""
        result = self.play.deploy({"p.bpmn": self.case.content})
        assert result.accepted, [f"{p.rule}: {p.message}" for p in result.problems if p.severity == "error"]
        if self.case.start is not None:
            self.id = self.play.start("p", dict(self.case.start))
        for step in self.case.steps:
            word, *rest = step.split()
            STEPS[word](self, rest)
        self.compare()

    def compare(self) -> None:
        """The trace, the end, the variables and the incidents."""
        seen = [id for id in self.play.trace() if counts(id)]
        assert matches(seen, self.case.trace), f"saw {' '.join(seen)}, expected {self.case.trace}"
        state = self.play.instance(self.id or self.play.instances()[0])
        open_incidents = tuple(str(i.element_id) for i in state.incidents)
        assert open_incidents == self.case.incidents, [i.message for i in state.incidents]
        assert state.status == self.case.status, (state.status, [task.element_id for task in self.play.tasks()])
        found = {name: state.variables.get(name, "nothing") for name in self.case.variables}
        assert found == dict(self.case.variables)

    # -- the steps -----------------------------------------------------------------------------------------------------

    def do(self, words: list[str]) -> None:
        task = next((t for t in self.play.tasks() if t.element_id == words[0]), None)
        assert task is not None, f"{words[0]} is not open, but {[t.element_id for t in self.play.tasks()]}"
        self.play.complete(task, values(words[1:]))

    def msg(self, words: list[str]) -> None:
        keys = [word[1:] for word in words if word.startswith("@")]
        rest = [word for word in words[1:] if not word.startswith("@")]
        self.play.message(words[0], values(rest), business_key=keys[0] if keys else None)

    def sig(self, words: list[str]) -> None:
        self.play.signal(words[0], values(words[1:]))

    def wait(self, words: list[str]) -> None:
        if not self.small:
            self.play.advance(words[0])
            return
        now = self.play.clock.now()
        length = parse_duration(words[0]).after(now, now.tzinfo) - now  # type: ignore[arg-type]
        for _ in range(PIECES):
            self.play.advance(length / PIECES)

    def set(self, words: list[str]) -> None:
        self.play.set_variables(self.id, values(words))

    def finish(self, words: list[str]) -> None:
        self.play.finish(self.play.external(words[0])[0], values(words[1:]))

    def throw(self, words: list[str]) -> None:
        self.play.bpmn_error(self.play.external(words[0])[0], words[1])

    def begin(self, words: list[str]) -> None:
        keys = [word[1:] for word in words if word.startswith("@")]
        rest = [word for word in words[1:] if not word.startswith("@")]
        started = self.play.start(words[0], values(rest), business_key=keys[0] if keys else None)
        self.id = self.id or started

    def pick(self, words: list[str]) -> None:
        self.play.activate(self.id, words)

    def retry(self, words: list[str]) -> None:
        self.play.retry(self.play.instance(self.id).incidents[0], values(words))

    def see(self, words: list[str]) -> None:
        assert Counter(t.element_id for t in self.play.tasks()) == Counter(words)


STEPS: dict[str, Callable[[Player, list[str]], None]] = {
    "do": Player.do,
    "msg": Player.msg,
    "sig": Player.sig,
    "wait": Player.wait,
    "set": Player.set,
    "finish": Player.finish,
    "throw": Player.throw,
    "begin": Player.begin,
    "pick": Player.pick,
    "retry": Player.retry,
    "see": Player.see,
}


def values(words: list[str]) -> dict[str, Any]:
    """`x=1 y="b"`: JSON values by name."""
    return {name: json.loads(text) for name, _, text in (word.partition("=") for word in words)}


def counts(id: str) -> bool:
    """Whether an element counts in traces."""
    return id[0].isupper() or id[0] in "tu"


def matches(seen: list[str], pattern: str) -> bool:
    """Whether the ids stand in the order of the pattern, the ones in parentheses in any order."""
    rest = list(seen)
    for group in groups(pattern):
        if Counter(rest[: len(group)]) != Counter(group):
            return False
        rest = rest[len(group) :]
    return not rest


def groups(pattern: str) -> list[list[str]]:
    """`A (B C) D` → [[A], [B, C], [D]]."""
    found: list[list[str]] = []
    inside = False
    for word in pattern.replace("(", " ( ").replace(")", " ) ").split():
        if word == "(":
            found.append([])
        elif word != ")" and inside:
            found[-1].append(word)
        elif word != ")":
            found.append([word])
        inside = word == "(" or (inside and word != ")")
    return found
