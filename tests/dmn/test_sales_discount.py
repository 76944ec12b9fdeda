"""The table that decides who approves a quote: proven, and right on the house's own figures."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from engine.dmn import Definitions, check, evaluate, inputs_of, read

PATH = Path(__file__).resolve().parents[2] / "processes" / "sales" / "discount.dmn"
ALL = ["store_mgr", "region", "finance", "gm"]


@pytest.fixture(scope="module")
def definitions() -> Definitions:
    return read(PATH.read_bytes(), file=PATH.name)


def test_it_is_proven_without_gaps_and_overlaps(definitions: Definitions) -> None:
    assert check(definitions) == []


def test_it_reads_margin_and_discount(definitions: Definitions) -> None:
    assert inputs_of(definitions, "discount_level") == {"margin_pct", "discount_pct"}


@pytest.mark.parametrize(
    ("discount", "margin", "level", "approvers", "mode"),
    [
        ("6.94", "31.34", "L0", [], "auto"),
        ("11.17", "29.34", "L1", ["store_mgr"], "single"),
        ("15.71", "23.73", "L2", ["store_mgr", "region"], "sequence"),
        ("22.00", "23.08", "L3", ["store_mgr", "region", "finance"], "all"),
        ("5.00", "17.99", "L4", ALL, "all"),
        ("25.01", "18.00", "L4", ALL, "all"),
        ("8.00", "18.00", "L0", [], "auto"),
        ("8.01", "18.00", "L1", ["store_mgr"], "single"),
        ("12.00", "18.00", "L1", ["store_mgr"], "single"),
        ("18.00", "18.00", "L2", ["store_mgr", "region"], "sequence"),
        ("25.00", "18.00", "L3", ["store_mgr", "region", "finance"], "all"),
        ("0", "-3.5", "L4", ALL, "all"),
    ],
)
def test_levels(
    definitions: Definitions, discount: str, margin: str, level: str, approvers: list[str], mode: str
) -> None:
    answer = evaluate(definitions, "discount_level", {"margin_pct": Decimal(margin), "discount_pct": Decimal(discount)})
    assert answer.value == {"level": level, "approvers": approvers, "mode": mode}
    assert answer.problems == ()


def test_it_is_drawn(definitions: Definitions) -> None:
    drawing = PATH.read_text(encoding="utf-8").partition("<dmndi:DMNDI>")[2]
    for element in (*definitions.decisions, *definitions.inputs):
        assert f'dmnElementRef="{element}"' in drawing
