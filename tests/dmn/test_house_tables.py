"""The kinds of table that a house writes (scores, grades, fees, rates) can be written and are proven complete."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.dmn import check

from .builder import restricted, table_model, value


def options(name: str, *values: str) -> str:
    return restricted(name, "string", ", ".join(f'"{value}"' for value in values))


WHOLE = restricted("whole", "number", "? >= 0 and floor(?) = ?")


def test_score_by_collecting_points() -> None:
    columns = {"channel": "string", "house": "string", "area": "number", "days": "number", "verified": "boolean"}
    rules = [
        '"referral" | - | - | - | - => 30',
        '"store" | - | - | - | - => 25',
        '"elevator" | - | - | - | - => 15',
        '"douyin", "partner" | - | - | - | - => 10',
        '- | "renovating" | - | - | - => 25',
        '- | "keys_received" | - | - | - => 20',
        '- | "not_delivered" | - | - | - => 5',
        "- | - | >= 120 | - | - => 15",
        "- | - | [80..120) | - | - => 10",
        "- | - | < 80 | - | - => 5",
        "- | - | - | <= 30 | - => 15",
        "- | - | - | [31..90] | - => 8",
        "- | - | - | - | true => 5",
    ]
    model = table_model(columns, {"points": "number"}, rules, policy="COLLECT", aggregation="SUM")
    assert check(model) == []
    golden = {"channel": "elevator", "house": "keys_received", "area": 98, "days": 45, "verified": True}
    assert value(model, **golden) == Decimal(58)


def test_grade_by_score() -> None:
    rules = ['>= 80 => "A" | 0.25', '[60..80) => "B" | 2', '[40..60) => "C" | 12', '< 40 => "D" | null']
    model = table_model({"score": "number"}, {"grade": "string", "hours": "number"}, rules)
    assert check(model) == []
    assert value(model, score=68) == {"grade": "B", "hours": Decimal(2)}


def test_grade_by_whole_numbers_as_people_write_them() -> None:
    rules = ['>= 80 => "A"', '[60..79] => "B"', '[40..59] => "C"', '< 40 => "D"']
    assert check(table_model({"score": "number"}, ["g"], rules, kinds={"score": "whole"}, types=WHOLE)) == []
    assert {f.rule for f in check(table_model({"score": "number"}, ["g"], rules))} == {"dmn.gap"}


def test_dispatch_by_rooms() -> None:
    rules = [
        'true | - => "S" | 3 | 3 | true',
        'false | <= 2 => "B" | 2 | 1 | false',
        'false | [3..5] => "A" | 2 | 2 | false',
        'false | >= 6 => "A" | 4 | 3 | true',
    ]
    columns = {"special": "boolean", "rooms": "number"}
    model = table_model(columns, ["crew", "people", "days", "qc"], rules, kinds={"rooms": "whole"}, types=WHOLE)
    assert check(model) == []
    assert value(model, special=False, rooms=3) == {"crew": "A", "people": 2, "days": 2, "qc": False}


def test_commission_rate_by_role_and_discount() -> None:
    rules = [
        '"consultant" | <= 8 => 3.0',
        '"consultant" | (8..12] => 2.5',
        '"consultant" | (12..18] => 2.0',
        '"consultant" | > 18 => 1.5',
        '"designer" | - => 1.5',
        '"store_mgr" | - => 0.5',
        '"partner" | - => 3.0',
    ]
    roles = options("role", "consultant", "designer", "store_mgr", "partner")
    model = table_model(
        {"who": "string", "discount_pct": "number"}, ["rate"], rules, kinds={"who": "role"}, types=roles
    )
    assert check(model) == []
    assert value(model, who="consultant", discount_pct=Decimal("6.94")) == Decimal("3.0")


def test_invitation_with_a_missing_satisfaction() -> None:
    rules = [
        'true | - | - => "none"',
        'false | <= 2 | - => "complaint"',
        'false | (2..4), null | - => "callback"',
        'false | >= 4 | 0 => "invite"',
        'false | >= 4 | > 0 => "recheck"',
    ]
    columns = {"staff": "boolean", "csat": "number", "open_cases": "number"}
    model = table_model(columns, ["next"], rules, kinds={"open_cases": "whole"}, types=WHOLE)
    assert check(model) == []
    assert value(model, staff=False, csat=None, open_cases=0) == "callback"
    assert value(model, staff=False, csat=5, open_cases=2) == "recheck"


def test_warranty_share_with_two_conditions() -> None:
    rules = [
        '"misuse" | - => 100 | 100',
        '"quality" | <= 0 => 0 | 0',
        '"quality" | (0..3] => 0 | 50',
        '"quality" | > 3 => 100 | 100',
    ]
    causes = options("cause", "quality", "misuse")
    model = table_model(
        {"why": "string", "over": "number"}, ["labour", "parts"], rules, kinds={"why": "cause"}, types=causes
    )
    assert check(model) == []
    assert value(model, why="quality", over=2) == {"labour": 0, "parts": 50}


@pytest.mark.parametrize(("revenue", "gross"), [("29999.99", "300.00"), ("30000", "240.000"), ("118000", "1180.000")])
def test_reward_computed_to_the_cent(revenue: str, gross: str) -> None:
    rules = [
        "< 30000 => 300.00",
        "[30000..80000) => revenue * 0.008",
        "[80000..150000) => revenue * 0.010",
        ">= 150000 => revenue * 0.012",
    ]
    model = table_model({"revenue": "number"}, {"gross": "number"}, rules)
    assert check(model) == []
    assert value(model, revenue=Decimal(revenue)) == Decimal(gross)
