"""Unstructured processes: flow graphs at random, with loops that nobody would draw, and a token game for them.

Tasks, exclusive and parallel gateways, quantities; tokens lie on flows, and a transition takes and gives (BPMN 2.0.2,
7.6.1 and 13.4). Inclusive joins are left to the structured processes: in a graph at random the order in which two of them
fire may matter, and the standard leaves it open.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.diagrams import HEAD

Kind = str
TAGS = {"u": "userTask", "t": "task", "x": "exclusiveGateway", "p": "parallelGateway", "e": "endEvent"}


@dataclass(frozen=True)
class Graph:
    """`nodes[i]` is the kind of node i (u, t, x, p, e); `flows` are (source, target) indices; the start leads to node 0.

    Out of an exclusive gateway flow k is taken when v = k, the last is the default. `gather` and `scatter`: start and
    completion quantity of tasks, by node.
    """

    nodes: tuple[Kind, ...]
    flows: tuple[tuple[int, int], ...]
    gather: tuple[int, ...]
    scatter: tuple[int, ...]


def name(graph: Graph, node: int) -> str:
    """The element's id."""
    return f"{graph.nodes[node]}{node}"


def to_xml(graph: Graph) -> bytes:
    """The diagram."""
    parts = ['<startEvent id="s"/>', f'<sequenceFlow id="fs" sourceRef="s" targetRef="{name(graph, 0)}"/>']
    out = [[k for k, (source, _) in enumerate(graph.flows) if source == n] for n in range(len(graph.nodes))]
    for n, kind in enumerate(graph.nodes):
        extra = f' default="f{out[n][-1]}"' if kind == "x" and out[n] else ""
        if kind in "ut":
            extra = f' startQuantity="{graph.gather[n]}" completionQuantity="{graph.scatter[n]}"'
        parts.append(f'<{TAGS[kind]} id="{name(graph, n)}"{extra}/>')
        for place, k in enumerate(out[n]):
            condition = (
                f"<conditionExpression>v = {place}</conditionExpression>" if kind == "x" and k != out[n][-1] else ""
            )
            target = name(graph, graph.flows[k][1])
            parts.append(
                f'<sequenceFlow id="f{k}" sourceRef="{name(graph, n)}" targetRef="{target}">{condition}</sequenceFlow>'
            )
    return f'{HEAD}<process id="p" isExecutable="true">{"".join(parts)}</process></definitions>'.encode()


class TooMany(Exception):
    """The process runs in circles or floods: such cases are not compared."""


class Net:
    """The token game. `busy` counts the user tasks that are open."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.into = [[k for k, (_, target) in enumerate(graph.flows) if target == n] for n in range(len(graph.nodes))]
        self.out = [[k for k, (source, _) in enumerate(graph.flows) if source == n] for n in range(len(graph.nodes))]
        self.into[0] = [-1, *self.into[0]]
        self.tokens: Counter[int] = Counter({-1: 1})
        self.busy: Counter[int] = Counter()
        self.completed: Counter[str] = Counter()
        self.v = 0
        self.run()

    def run(self) -> None:
        """Fires what is enabled until nothing is."""
        for _ in range(300):
            if sum(self.tokens.values()) + sum(self.busy.values()) > 100:
                raise TooMany
            if not any(self.fire(n) for n in range(len(self.graph.nodes))):
                return
        raise TooMany

    def fire(self, n: int) -> bool:
        """Fires node n once, if it is enabled."""
        kind, into = self.graph.nodes[n], self.into[n]
        here = [k for k in into if self.tokens[k] > 0]
        if kind == "p":
            if not into or len(here) < len(into):
                return False
            self.tokens.subtract(into)
        elif kind in "ut":
            needed = self.graph.gather[n]
            if sum(self.tokens[k] for k in into) < needed:
                return False
            for taken in [k for k in into for _ in range(self.tokens[k])][:needed]:
                self.tokens[taken] -= 1
        elif not here:
            return False
        else:
            self.tokens[here[0]] -= 1
        if kind == "u":
            self.busy[n] += 1
        else:
            self.leave(n)
        return True

    def leave(self, n: int) -> None:
        """Node n is through: tokens go out."""
        self.completed[name(self.graph, n)] += 1
        kind, out = self.graph.nodes[n], self.out[n]
        if kind == "x" and out:
            out = [out[min(self.v, len(out) - 1)]]
        for k in out:
            self.tokens[k] += self.graph.scatter[n] if kind in "ut" else 1

    def complete(self, n: int, v: int) -> None:
        """Somebody completes an open task."""
        self.v = v
        self.busy[n] -= 1
        self.leave(n)
        self.run()

    @property
    def over(self) -> bool:
        """No token is left."""
        return not +self.tokens and not +self.busy


@st.composite
def graphs(draw: st.DrawFn, most: int = 8) -> Graph:
    """Random graphs in which every node but the first has something before it."""
    count = draw(st.integers(2, most))
    nodes = tuple(draw(st.lists(st.sampled_from("uuutxxppe"), min_size=count, max_size=count)))
    nodes = ("u" if nodes[0] == "e" else nodes[0], *nodes[1:])
    alive = [n for n, kind in enumerate(nodes) if kind != "e"]
    flows = [(draw(st.sampled_from([a for a in alive if a < n])), n) for n in range(1, count)]
    more = st.tuples(st.sampled_from(alive), st.integers(0, count - 1))
    for source, target in draw(st.lists(more, max_size=count)):
        if (source, target) not in flows and source != target:
            flows.append((source, target))
    small = st.sampled_from((1, 1, 1, 1, 2))
    gather = tuple(draw(st.lists(small, min_size=count, max_size=count)))
    scatter = tuple(draw(st.lists(small, min_size=count, max_size=count)))
    return Graph(nodes, tuple(flows), gather, scatter)
