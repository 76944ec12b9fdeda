"""The engine's core on generated processes: what can happen, in words that the oracle uses too."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import engine.bpmn
from engine.facts import ActivityCompleted, ActivityStarted, Fact
from engine.runtime import stimuli
from engine.runtime.advance import advance, start
from engine.runtime.codec import decode, encode
from engine.runtime.environment import Environment, Limits
from engine.runtime.instance import ROOT, Instance, Token
from engine.runtime.spec import ProcessSpec
from engine.variables import dumps, loads

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LIMITS = Limits(steps=400, tokens=100_000)


@lru_cache(maxsize=64)
def compiled(content: bytes) -> ProcessSpec:
    """The diagram, read and compiled."""
    [process] = engine.bpmn.read(content).processes
    return ProcessSpec(process)


@dataclass(frozen=True)
class Move:
    """Something that can happen: a user task to complete, or an event to occur."""

    kind: str
    id: str
    path: tuple[int, ...]
    token: int
    wait: int = 0


class Play:
    """One instance. `reload`: saved and loaded between any two steps; else pruned only if `prune` says so."""

    def __init__(
        self, content: bytes, *, reload: bool = True, prune: bool = True, variables: dict[str, Any] | None = None
    ) -> None:
        self.spec = compiled(content)
        self.reload = reload
        self.completed: Counter[str] = Counter()
        self.facts: list[Fact] = []
        self._bodies: set[int] = set()
        self.instance, outcome = start(
            self.spec,
            stimuli.Start({"v": 0, **(variables or {})}),
            Environment(NOW, limits=LIMITS),
            id="i",
            prune=prune,
        )
        self._note(outcome.facts)

    def advance(self, stimulus: stimuli.Stimulus) -> tuple[Fact, ...]:
        """One turn."""
        if self.reload:
            self.instance = self.reloaded()
        facts = advance(self.instance, stimulus, Environment(NOW, limits=LIMITS)).facts
        self._note(facts)
        return facts

    def reloaded(self) -> Instance:
        """The instance, saved and loaded."""
        text, variables = encode(self.instance), loads(dumps(self.instance.variables))
        return decode(self.spec, text, id="i", business_key=None, initiator=None, variables=variables)

    def _note(self, facts: tuple[Fact, ...]) -> None:
        self.facts.extend(facts)
        for fact in facts:
            if isinstance(fact, ActivityStarted) and fact.kind == "multiInstanceBody":
                self._bodies.add(fact.token)
            elif isinstance(fact, ActivityCompleted) and fact.token not in self._bodies:
                self.completed[fact.element_id] += 1

    def moves(self) -> list[Move]:
        """Everything that can happen now, oldest first."""
        if self.instance.status != "active":
            return []
        found = []
        for token in list(self.instance.tasks.values()):
            if token._memory.get("work") == "task" and token.live:
                found.append(Move("task", token.element_id, self.path(token), token.id))
            found += [Move("event", w.node, self.path(token), token.id, w.id) for w in token.heard]
        return found

    def stimuli(self, v: int) -> list[stimuli.Stimulus]:
        """Everything that can be done to the instance now, with `v` as its answer."""
        found = [self.stimulus(move, v) for move in self.moves()]
        if self.instance.status != "active":
            return found
        for token in list(self.instance.tasks.values()):
            if token._memory.get("work") == "call":
                found += [stimuli.Escalate(token.id, "AB"[v % 2])]
            if token._memory.get("work") in ("external", "call"):
                found += [
                    stimuli.CompleteWork(token.id, {"v": v}),
                    stimuli.FailWork(token.id, "broken", "It broke."),
                    stimuli.ThrowError(token.id, "AB"[v % 2], "thrown"),
                ]
            if token._memory.get("incident"):
                found += [stimuli.Retry(token.id, {"n": (1, 10**9, 2)[v]})]
            if token.element_id.startswith("pw") and token.live and "over" not in token._memory:
                found += [stimuli.ActivateAdHoc(token.id, (f"r{token.element_id}",))]
        return [*found, stimuli.SetVariables({"v": v})]

    def path(self, token: Token) -> tuple[int, ...]:
        """The iterations around a token, outermost first."""
        path: list[int] = []
        while token.id != ROOT:
            if token.iteration is not None:
                path.append(token.iteration)
            token = token.scope_token
        return tuple(reversed(path))

    def incidents(self) -> list[int]:
        """Tokens with an incident."""
        return [token.id for token in self.instance.tasks.values() if token._memory.get("incident")]

    def stimulus(self, move: Move, v: int) -> stimuli.Stimulus:
        """What makes the move happen."""
        if move.kind == "task":
            return stimuli.CompleteTask(move.token, {"v": v})
        return stimuli.Trigger(move.token, move.wait)
