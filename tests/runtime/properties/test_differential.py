"""Pruned, saved and loaded between any two steps: exactly the facts of the engine that keeps everything and is never saved."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from engine.runtime.codec import encode
from tests.runtime.properties.blocks import to_xml
from tests.runtime.properties.play import Play
from tests.runtime.properties.strategies import Case, cases

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
LONG = settings(max_examples=6_000, deadline=None, suppress_health_check=list(HealthCheck))
HUGE = 10**9
"""Makes an output mapping fail until somebody retries with a smaller number."""


def compare(case: Case) -> None:
    """Plays one process in three ways, step by step."""
    content = to_xml(case.body, case.handlers)
    variables = {"n": HUGE if case.choices[0][0] % 2 else 1}
    small = Play(content, reload=True, prune=True, variables=variables)
    whole = Play(content, reload=False, prune=False, variables=variables)
    kept = Play(content, reload=False, prune=True, variables=variables)
    assert small.facts == whole.facts == kept.facts
    for choice, v in case.choices:
        possible = whole.stimuli(v)
        assert small.stimuli(v) == possible == kept.stimuli(v)
        if whole.instance.status != "active":
            return
        stimulus = possible[choice % len(possible)]
        facts = whole.advance(stimulus)
        assert small.advance(stimulus) == facts == kept.advance(stimulus)
        if small.instance.status == "active":
            quick, fresh = encode(kept.instance), encode(kept.reloaded())
            assert encode(small.instance) == quick == fresh, "what was not written anew has not changed"


@QUICK
@given(cases(wild=True))
def test_saving_and_pruning_change_nothing(case: Case) -> None:
    compare(case)


@pytest.mark.full
@LONG
@given(cases(depth=3, steps=20, wild=True))
def test_saving_and_pruning_change_nothing_thousands_of_times(case: Case) -> None:
    compare(case)
