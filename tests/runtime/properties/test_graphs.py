"""The engine against a token game on unstructured graphs: loops, surplus tokens, quantities (BPMN 2.0.2, 7.6.1, 13.4)."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.runtime.properties.graphs import Graph, Net, TooMany, graphs, name, to_xml
from tests.runtime.properties.play import Play

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
LONG = settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
CHOICES = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 2)), min_size=1, max_size=12)


def compare(graph: Graph, choices: list[tuple[int, int]]) -> None:
    """Plays both, task by task."""
    try:
        net = Net(graph)
    except TooMany:
        assume(False)
    play = Play(to_xml(graph))
    for choice, v in (*choices, (0, 0)):
        open_tasks = [n for n in sorted(net.busy) for _ in range(net.busy[n])]
        moves = sorted(play.moves(), key=lambda move: (int(move.id[1:]), move.token))
        assert [move.id for move in moves] == [name(graph, n) for n in open_tasks]
        assert Counter(play.completed) - Counter(s=1) == +net.completed
        assert (play.instance.status == "completed") is net.over
        if not moves:
            return
        index = choice % len(moves)
        try:
            net.complete(open_tasks[index], v)
        except TooMany:
            return
        play.advance(play.stimulus(moves[index], v))


@QUICK
@given(graphs(), CHOICES)
def test_the_engine_plays_the_token_game(graph: Graph, choices: list[tuple[int, int]]) -> None:
    compare(graph, choices)


@pytest.mark.full
@LONG
@given(graphs(most=12), CHOICES)
def test_the_engine_plays_the_token_game_thousands_of_times(graph: Graph, choices: list[tuple[int, int]]) -> None:
    compare(graph, choices)
