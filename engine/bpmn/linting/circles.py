"""Which nodes of a graph lie on a circle (Tarjan's strongly connected components, without recursion)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


def on_circles(after: Mapping[str, set[str]]) -> set[str]:
    """Nodes from which following the edges leads back to themselves. Time grows with the number of edges only."""
    found: set[str] = set()
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    open_nodes: list[str] = []
    waiting: set[str] = set()
    for root in after:
        if root in index:
            continue
        walk: list[tuple[str, Iterator[str]]] = []
        _enter(root, after, index, low, open_nodes, waiting, walk)
        while walk:
            node, rest = walk[-1]
            target = next(rest, None)
            if target is None:
                walk.pop()
                if walk:
                    low[walk[-1][0]] = min(low[walk[-1][0]], low[node])
                if low[node] == index[node]:
                    found |= _component(node, after, open_nodes, waiting)
            elif target in waiting:
                low[node] = min(low[node], index[target])
            elif target in after and target not in index:
                _enter(target, after, index, low, open_nodes, waiting, walk)
    return found


def _enter(
    node: str,
    after: Mapping[str, set[str]],
    index: dict[str, int],
    low: dict[str, int],
    open_nodes: list[str],
    waiting: set[str],
    walk: list[tuple[str, Iterator[str]]],
) -> None:
    index[node] = low[node] = len(index)
    open_nodes.append(node)
    waiting.add(node)
    walk.append((node, iter(sorted(after[node]))))


def _component(node: str, after: Mapping[str, set[str]], open_nodes: list[str], waiting: set[str]) -> set[str]:
    """The component that ends with `node`, empty when it is a single node without an edge to itself."""
    members: set[str] = set()
    while True:
        member = open_nodes.pop()
        waiting.discard(member)
        members.add(member)
        if member == node:
            break
    return members if len(members) > 1 or node in after[node] else set()
