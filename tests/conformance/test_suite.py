"""The suite of our own: every case with everything saved and loaded between two calls and time in small steps; in
`make test-full` also with instances kept alive and time in one leap."""

from __future__ import annotations

import pytest

from engine.playground import Playground
from tests.conformance.cases import (
    compensation,
    data,
    event_sub_processes,
    event_sub_scopes,
    events,
    gateways,
    loops,
    notation,
)
from tests.conformance.suite import Case, Player

FAMILIES = (compensation, data, event_sub_processes, event_sub_scopes, events, gateways, loops, notation)
CASES = [pytest.param(one, id=f"{m.__name__.rpartition('.')[2]}-{one.name}") for m in FAMILIES for one in m.CASES]


@pytest.mark.parametrize("reload", [True, pytest.param(False, marks=pytest.mark.full)], ids=["reload", "kept"])
@pytest.mark.parametrize("one", CASES)
def test_behaviour(one: Case, reload: bool) -> None:
    with Playground(reload=reload) as play:
        Player(play, one, small=reload).run()
