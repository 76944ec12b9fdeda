"""`facet dmn eval`."""

from __future__ import annotations

import pytest

from engine.places import PROCESSES
from tests.cli.conftest import Facet

DISCOUNT = PROCESSES / "sales" / "discount.dmn"


@pytest.mark.parametrize(
    ("margin", "discount", "level"),
    [("31.34", "6.94", "L0"), ("23.73", "15.71", "L2"), ("23.08", "22.00", "L3"), ("17.99", "1", "L4")],
)
def test_a_decision_is_asked_with_feel_values(facet: Facet, margin: str, discount: str, level: str) -> None:
    result = facet(
        "dmn", "eval", DISCOUNT, "-d", "discount_level", "-i", f"margin_pct={margin}", "-i", f"discount_pct={discount}"
    )

    assert result.exit_code == 0, result.stderr
    assert f'level: "{level}"' in result.stdout
    assert "rules" in result.stderr


def test_an_unknown_decision_names_those_that_there_are(facet: Facet) -> None:
    result = facet("dmn", "eval", DISCOUNT, "-d", "nothing")

    assert result.exit_code == 2
    assert "discount_level" in result.stderr


@pytest.mark.parametrize("given", ["margin_pct", "margin_pct=(", "=3", "margin_pct=north"])
def test_what_is_no_input_is_said(facet: Facet, given: str) -> None:
    result = facet("dmn", "eval", DISCOUNT, "-d", "discount_level", "--input", given)

    assert result.exit_code in (1, 2)
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
