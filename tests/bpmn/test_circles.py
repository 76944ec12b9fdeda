"""Circles in graphs, against a plain search."""

from __future__ import annotations

import random

import pytest

from engine.bpmn.linting.circles import on_circles


def reached(after: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [*after[start]]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(after[node])
    return found


@pytest.mark.parametrize("seed", range(200))
def test_agrees_with_a_plain_search(seed: int) -> None:
    # given
    dice = random.Random(seed)
    nodes = [str(number) for number in range(dice.randint(1, 12))]
    after = {node: set(dice.sample(nodes, dice.randint(0, min(3, len(nodes))))) for node in nodes}

    # then
    assert on_circles(after) == {node for node in nodes if node in reached(after, node)}


def test_a_long_row_needs_no_recursion() -> None:
    # given
    after = {str(number): {str(number + 1)} for number in range(20_000)} | {"20000": {"0"}}

    # then
    assert len(on_circles(after)) == 20_001
