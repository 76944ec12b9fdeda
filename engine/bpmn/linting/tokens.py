"""A small token game over one level of a process, to find deadlocks and tokens that meet where nothing joins them.

Each flow has exactly one consumer, so the order in which different elements fire does not matter, only the choices do: it is
enough to fire one enabled element at a time and follow each of its alternatives. Inclusive joins depend on what can still
come, so they fire only when nothing else can. The game is bounded in states and in tokens per flow; what is beyond the
bounds is not claimed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from engine.bpmn.linting.circles import on_circles
from engine.bpmn.linting.subject import Subject
from engine.bpmn.model import ACTIVITIES, Node, Problem

MAX_STATES = 3_000
MAX_TOKENS = 6
MAX_BRANCHES = 5
_State = tuple[tuple[tuple[str, int], ...], frozenset[str]]
"""Tokens by place (a flow id, or `@node` for a node that just begins), and the merges that have fired."""
_ENDING = frozenset({"terminate", "error", "cancel"})


@dataclass(slots=True)
class Findings:
    """What a game found: node id → names of the flows that stay empty; and nodes that one wave of tokens runs through twice."""

    certain: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Stuck after a choice that the data of the process makes."""
    possible: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Stuck only if an event comes from outside that leads away."""
    doubled: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _States:
    """The states of one game and how they follow each other."""

    after: dict[_State, list[tuple[str, _State]]] = field(default_factory=dict)
    stuck: dict[_State, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    done: set[_State] = field(default_factory=set)
    """States that complete, or that lie beyond the bounds: nothing is claimed of them."""


class Game:
    """The token game of one level."""

    def __init__(self, subject: Subject, scope: str | None) -> None:
        self.subject = subject
        self.nodes = {node.id: node for node in subject.levels[scope]}
        self.findings = Findings()
        self.cyclic = on_circles({key: _after(subject, node) for key, node in self.nodes.items()})
        self.merges = {
            key
            for key, node in self.nodes.items()
            if len(subject.incoming[key]) > 1
            and key not in self.cyclic
            and node.start_quantity == 1
            and (node.kind == "exclusiveGateway" or node.kind in ACTIVITIES)
        }

    def play(self, starts: list[Node]) -> None:
        """Follow all choices from tokens on the given nodes, and note what they lead to."""
        initial: _State = (tuple(sorted((f"@{node.id}", 1) for node in starts)), frozenset())
        states = _States()
        waiting = [initial]
        while waiting:
            state = waiting.pop()
            if state in states.after:
                continue
            if len(states.after) >= MAX_STATES:
                states.done.add(state)
                continue
            states.after[state] = [*self._next(state, states)]
            waiting.extend(following for _, following in states.after[state])
        self._judge(initial, states)

    def _judge(self, initial: _State, states: _States) -> None:
        """A state is doomed when nothing that can follow completes; what made it so decides how certain the deadlock is."""
        before: dict[_State, list[_State]] = {}
        for state, ways in states.after.items():
            for _, following in ways:
                before.setdefault(following, []).append(state)
        safe = _closed(states.done, before)
        after = {key: [following for _, following in ways] for key, ways in states.after.items()}
        blamed: dict[bool, set[_State]] = {True: set(), False: set()}
        if initial not in safe:
            blamed[True].add(initial)
        for state, ways in states.after.items():
            for cause, following in ways:
                if state in safe and following not in safe:
                    blamed[cause != "event"].add(following)
        for certain, found in ((True, self.findings.certain), (False, self.findings.possible)):
            for reached in sorted(_closed(blamed[certain], after) & states.stuck.keys(), key=lambda one: one[0]):
                for key, empty in states.stuck[reached].items():
                    found.setdefault(key, empty)

    def _next(self, state: _State, states: _States) -> Iterator[tuple[str, _State]]:
        marking, fired = state
        counts = dict(marking)
        key = self._enabled(counts)
        if key is None:
            self._note_stuck(state, counts, states)
            return
        node = self.nodes[key]
        if key in self.merges:
            if key in fired:
                self.findings.doubled.add(key)
                states.done.add(state)
                return
            fired = fired | {key}
        left = self._consume(node, counts)
        if _ends_level(node):
            yield "sure", ((), fired)
            return
        for cause, produced in self._produced(node):
            after = dict(left)
            for place in produced:
                after[place] = after.get(place, 0) + 1
            if max(after.values(), default=0) > MAX_TOKENS:
                states.done.add(state)
            else:
                yield cause, (tuple(sorted(after.items())), fired)

    def _enabled(self, counts: Mapping[str, int]) -> str | None:
        """A node that can fire; inclusive joins only when nothing else can."""
        late: str | None = None
        tried: set[str] = set()  # a join is asked once, not for each of its flows
        for place in counts:
            key = self._consumer(place)
            node = self.nodes.get(key)
            if node is None or key in tried:
                continue
            tried.add(key)
            if place.startswith("@"):
                return key
            if _waits_for_some(node) and len(self.subject.incoming[key]) > 1:
                late = key
            elif self._ready(node, counts):
                return key
        return late

    def _consumer(self, place: str) -> str:
        return place[1:] if place.startswith("@") else self.subject.flows[place].target

    def _ready(self, node: Node, counts: Mapping[str, int]) -> bool:
        incoming = self.subject.incoming[node.id]
        if _waits_for_all(node):
            return all(counts.get(flow.id, 0) for flow in incoming)
        return sum(counts.get(flow.id, 0) for flow in incoming) >= node.start_quantity

    def _consume(self, node: Node, counts: dict[str, int]) -> dict[str, int]:
        left = dict(counts)
        entry = f"@{node.id}"
        flows = [flow.id for flow in self.subject.incoming[node.id]]
        if left.get(entry):
            taken = [entry]
        elif _waits_for_all(node) or _waits_for_some(node):
            taken = [flow for flow in flows if left.get(flow)]
        else:
            present = [flow for flow in flows for _ in range(left.get(flow, 0))]
            taken = present[: node.start_quantity]
        for place in taken:
            left[place] -= 1
            if not left[place]:
                del left[place]
        return left

    def _produced(self, node: Node) -> Iterator[tuple[str, list[str]]]:
        """Each way in which the node can leave: who decides (`sure`, `data`, `event`), and the places that get a token."""
        flows = [flow.id for flow in self.subject.outgoing[node.id]]
        flows += [f"@{target.id}" for target in self.subject.link_targets(node)] if not flows else []
        ways = [*self._ways(node, flows)]
        cause = "sure" if len(ways) < 2 else "event" if node.kind == "eventBasedGateway" else "data"
        for way in ways:
            yield cause, [place for place in way for _ in range(min(node.completion_quantity, MAX_TOKENS + 1))]
        for boundary in self.subject.boundaries.get(node.id, ()):
            if boundary.interrupting and not any(event.kind == "compensate" for event in boundary.events):
                yield "event", [flow.id for flow in self.subject.outgoing[boundary.id]]

    def _ways(self, node: Node, flows: list[str]) -> Iterator[list[str]]:
        alternatives = node.kind in ("exclusiveGateway", "eventBasedGateway")
        if node.kind == "eventBasedGateway" and node.gateway_type == "Parallel":
            alternatives = False
        if alternatives and flows:
            yield from ([flow] for flow in flows)
            return
        sure, maybe = self._split(node, flows)
        if not maybe or node.kind == "parallelGateway":
            yield flows
            return
        for chosen in _subsets(maybe):
            if sure or chosen:
                yield [*sure, *chosen]

    def _split(self, node: Node, flows: list[str]) -> tuple[list[str], list[str]]:
        """(flows always taken, flows taken perhaps)."""
        known = self.subject.flows
        maybe = [key for key in flows if key in known and (known[key].condition is not None or key == node.default)]
        return [key for key in flows if key not in maybe], maybe

    def _note_stuck(self, state: _State, counts: Mapping[str, int], states: _States) -> None:
        """Nothing can fire: all is done, or tokens are left that wait in vain."""
        found: dict[str, tuple[str, ...]] = {}
        for place in counts:
            node = self.nodes.get(self._consumer(place))
            if node is not None:
                empty = [flow.id for flow in self.subject.incoming[node.id] if not counts.get(flow.id)]
                found[node.id] = tuple(empty)
        if found:
            states.stuck[state] = found
        else:
            states.done.add(state)


def _closed(start: set[_State], after: Mapping[_State, list[_State]]) -> set[_State]:
    """The states that can be come to from the given ones, themselves included."""
    found, waiting = set(start), list(start)
    while waiting:
        for state in after.get(waiting.pop(), ()):
            if state not in found:
                found.add(state)
                waiting.append(state)
    return found


def _subsets(items: list[str]) -> Iterator[tuple[str, ...]]:
    """All subsets of a few items; of many, the single ones and all of them."""
    sizes = range(len(items) + 1) if len(items) <= MAX_BRANCHES else (0, 1, len(items))
    for size in sizes:
        yield from combinations(items, size)


def _waits_for_all(node: Node) -> bool:
    return node.kind == "parallelGateway" or (node.kind == "complexGateway" and node.activation_condition is None)


def _waits_for_some(node: Node) -> bool:
    return node.kind == "inclusiveGateway" or (node.kind == "complexGateway" and node.activation_condition is not None)


def _ends_level(node: Node) -> bool:
    return node.kind == "endEvent" and any(event.kind in _ENDING for event in node.events)


def _after(subject: Subject, node: Node) -> set[str]:
    targets = {flow.target for flow in subject.outgoing[node.id]} | {one.id for one in subject.link_targets(node)}
    for boundary in subject.boundaries.get(node.id, ()):
        targets |= {flow.target for flow in subject.outgoing[boundary.id]}
    return targets


def check_tokens(subject: Subject) -> Iterator[Problem]:
    """Deadlocks, and elements that run twice because nothing joins the tokens of a parallel split (soundness)."""
    for scope in subject.levels:
        holder = subject.nodes.get(scope or "")
        if holder is not None and holder.kind == "adHocSubProcess":
            continue
        found = _findings(subject, scope)
        for key, empty in found.certain.items():
            node = subject.nodes[key]
            names = ", ".join(_source(subject, flow) for flow in empty)
            rule = "deadlock" if empty else "start-quantity"
            yield subject.problem(rule, node, flows=names, quantity=node.start_quantity)
        for key, empty in found.possible.items():
            if key not in found.certain:
                names = ", ".join(_source(subject, flow) for flow in empty)
                yield subject.problem("possible-deadlock", subject.nodes[key], flows=names)
        for key in sorted(found.doubled):
            yield subject.problem("lack-of-synchronisation", subject.nodes[key])


def _source(subject: Subject, flow: str) -> str:
    source = subject.nodes[subject.flows[flow].source]
    return subject.flows[flow].name or source.name or source.id


def _findings(subject: Subject, scope: str | None) -> Findings:
    """All games of a level: plain starts together, every triggered or instantiating one by itself."""
    game = Game(subject, scope)
    starts = subject.starts(scope)
    plain = [node for node in starts if not node.events and not node.instantiate]
    games = [[node] for node in starts if node not in plain]
    for chosen in [plain, *games] if plain else games:
        game.play(chosen)
    return game.findings
