"""JSON answers: exact numbers, ISO times, dataclasses as objects; and what `as_tree` makes of every kind of value."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

import pytest

from api.exact import Json, as_tree
from engine.errors import InvalidInput
from engine.feel.values import YearsMonths
from engine.queries.paging import Count, Page


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("0.10"), "0.10"),
        (Decimal("1E+3"), "1000"),
        (Decimal("12345678901234567890.123456789"), "12345678901234567890.123456789"),
        (2**70, str(2**70)),
        (datetime(2026, 3, 2, 1, 0, tzinfo=UTC), '"2026-03-02T01:00:00+00:00"'),
        (date(2026, 3, 2), '"2026-03-02"'),
        (timedelta(hours=2), '"PT2H"'),
        (YearsMonths(14), '"P1Y2M"'),
        ({"中": ["a", None, True]}, '{"中":["a",null,true]}'),
        (frozenset({"b", "a"}), '["a","b"]'),
        (MappingProxyType({"x": Decimal("1.50")}), '{"x":1.50}'),
        (Page((Count(1, False),), None), '{"items":[{"value":1,"more":false}],"next":null}'),
    ],
)
def test_every_value_has_its_text(value: object, text: str) -> None:
    assert Json(value).body.decode() == text


def test_floats_are_their_shortest_decimal() -> None:
    assert Json({"x": 0.1}).body == b'{"x":0.1}'


def test_what_json_cannot_say_is_refused() -> None:
    with pytest.raises(InvalidInput):
        Json({"x": Decimal("NaN")})


def test_nothing_is_an_empty_body() -> None:
    assert Json(status_code=204).body == b""


@dataclass(frozen=True)
class Inside:
    """A dataclass of somewhere else: its fields are nobody's business."""

    secret: str


def test_only_our_own_dataclasses_become_objects() -> None:
    with pytest.raises(InvalidInput):
        as_tree(Inside("x"))


def test_the_same_text_as_the_usual_encoder_gives() -> None:
    value = {"a": [1, 'b\n"', None], "c": {"d": True}}
    assert json.loads(Json(value).body) == value
