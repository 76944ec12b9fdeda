"""Every scenario of every process, played in the playground."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.processes.scenario import PROCESSES, differs, play, scenarios


@pytest.mark.parametrize("path", scenarios(), ids=lambda path: f"{path.parent.parent.name}/{path.stem}")
def test_scenario(path: Path) -> None:
    play(path)


def test_every_process_has_scenarios() -> None:
    with_scenarios = {path.parent.parent.name for path in scenarios()}

    assert {path.name for path in PROCESSES.iterdir() if list(path.glob("*.bpmn"))} == with_scenarios


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        ("6.94", Decimal("6.940")),
        ({"a": 1}, {"a": 2}),
        ([1, 2], [1]),
        (None, 0),
        ({"a": 1}, None),
        ("2026-03-02", "2026-03-03"),
    ],
)
def test_a_difference_is_noticed(expected: Any, value: Any) -> None:
    with pytest.raises(AssertionError, match="x"):
        differs("x", expected, value)
