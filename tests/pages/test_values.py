"""Process variables as people read and type them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from api.pages.values import digits, kind_of, parse, plain_text, typed_variables
from engine.errors import InvalidInput

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", " as it is ", " as it is "),
        ("number", "67,000.50", Decimal("67000.50")),
        ("number", "12", 12),
        ("boolean", "Yes", True),
        ("boolean", "否", False),
        ("date", "2026-03-02", date(2026, 3, 2)),
        ("datetime", "2026-03-02T09:00", datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)),
        ("json", '[1, {"a": "b"}]', [1, {"a": "b"}]),
        ("null", "whatever", None),
    ],
)
def test_what_is_typed_becomes_a_value(kind: str, text: str, value: object):
    assert parse(kind, text, SHANGHAI) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [("number", "NaN"), ("number", "much"), ("date", "tomorrow"), ("datetime", "9"), ("json", "{"), ("odd", "x")],
)
def test_what_cannot_be_read_is_refused(kind: str, text: str):
    with pytest.raises(InvalidInput):
        parse(kind, text, SHANGHAI)


def test_the_variable_is_named_in_both_languages():
    with pytest.raises(InvalidInput) as caught:
        typed_variables({"name": ["paid"], "kind": ["boolean"], "value": ["perhaps"]}, SHANGHAI)
    assert caught.value.message.startswith("“paid”: ")
    assert caught.value.zh.startswith("“paid”：")


@pytest.mark.parametrize(
    ("value", "text"),
    [(Decimal("67000.50"), "67,000.50"), (-1234567, "-1,234,567"), (Decimal("0.001"), "0.001"), (999, "999")],
)
def test_numbers_keep_every_digit(value: object, text: str):
    assert digits(value) == text


def test_values_can_be_read_back_from_their_text():
    assert plain_text({"a": [Decimal("1.50")]}) == '{\n  "a": [\n    1.5\n  ]\n}'
    assert plain_text(True) == "true"
    assert plain_text(None) == ""
    assert [kind_of(value) for value in (True, 1, "x", None, [], {}, timedelta(1))] == [
        "boolean", "number", "text", "null", "list", "object", "duration",
    ]  # fmt: skip
