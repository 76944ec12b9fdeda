"""The engine against an independent reading of the standard, on thousands of random processes (BPMN 2.0.2, chapter 13)."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings

from tests.runtime.properties.blocks import to_xml
from tests.runtime.properties.oracle import Game, Wait
from tests.runtime.properties.play import Move, Play
from tests.runtime.properties.strategies import Case, cases

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
LONG = settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))


def key(one: Wait | Move) -> tuple[str, str, tuple[int, ...]]:
    return (one.kind, one.id, one.path)


def compare(case: Case) -> None:
    """Plays both, move by move."""
    play, game = Play(to_xml(case.body, case.handlers)), Game(case.body, case.handlers)
    for choice, v in (*case.choices, (0, 0)):
        seen, expected = sorted(play.moves(), key=key), sorted(game.waits(), key=key)
        assert [key(one) for one in seen] == [key(one) for one in expected]
        assert told_events(play.completed) == told_events(game.completed)
        assert play.instance.status == game.status
        if not expected:
            return
        index = choice % len(expected)
        game.happen(expected[index], v)
        play.advance(play.stimulus(seen[index], v))


def told_events(counter: Counter[str]) -> dict[str, int]:
    """Leaves out what only the drawing has: gateways, plain starts and ends."""
    return {id: n for id, n in sorted(counter.items()) if n and not drawn(id)}


def drawn(id: str) -> bool:
    """Whether only the drawing has this element."""
    if id[0] in "xpolg":
        return "_c" not in id
    return id.endswith(("_e", "_merge")) or (id.endswith("_s") and id[0] in "sp")


@QUICK
@given(cases())
def test_the_engine_plays_like_the_oracle(case: Case) -> None:
    compare(case)


@pytest.mark.full
@LONG
@given(cases(depth=3, steps=20))
def test_the_engine_plays_like_the_oracle_ten_thousand_times(case: Case) -> None:
    compare(case)
