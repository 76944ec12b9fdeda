"""What stands in a form before anybody types."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import forms

MONEY = {"type": "string", "format": "money"}


def test_default_then_variable_then_draft(make):
    form = make({name: {"type": "string", "default": "default"} for name in "abc"})
    shown = forms.prefill(form, {"b": "variable", "c": "variable"}, draft={"c": "draft"})
    assert shown == {"a": "default", "b": "variable", "c": "draft"}


def test_a_draft_cannot_say_what_only_variables_say(make):
    form = make({"net": {**MONEY, "readOnly": True}, "sum": {**MONEY, "x-calc": "1"}})
    assert forms.prefill(form, {"net": Decimal(5)}, draft={"net": "6", "sum": "7", "other": "8"}) == {"net": "5.00"}


def test_a_field_can_take_another_variable_or_none(make):
    form = make({"a": {"type": "string", "x-prefill": "customer"}, "b": {"type": "string", "x-prefill": False}})
    assert forms.prefill(form, {"a": "no", "b": "no", "customer": "yes"}, draft=None) == {"a": "yes"}


def test_typed_values_become_json(make):
    properties = {
        "m": MONEY,
        "n": {"type": "number"},
        "d": {"type": "string", "format": "date"},
        "dt": {"type": "string", "format": "date-time"},
        "t": {"type": "string", "format": "time"},
        "rows": {"type": "array", "items": {"type": "object", "properties": {"m": MONEY}}},
        "gps": {"type": "object", "format": "geolocation"},
    }
    values = {
        "m": Decimal("2.675"),
        "n": Decimal("1E+3"),
        "d": date(2026, 3, 2),
        "dt": datetime(2026, 3, 2, 9, tzinfo=UTC),
        "t": time(9),
        "rows": [{"m": Decimal(1)}, "junk"],
        "gps": {"lat": Decimal("1.5")},
    }
    shown = forms.prefill(make(properties), values, draft=None)
    assert json.loads(json.dumps(shown)) == {
        "m": "2.68",
        "n": "1000",
        "d": "2026-03-02",
        "dt": "2026-03-02T09:00:00+00:00",
        "t": "09:00:00",
        "rows": [{"m": "1.00"}, {}],
        "gps": {"lat": "1.5"},
    }


def test_moving_defaults_are_today_where_the_person_is(make):
    form = make({"d": {"type": "string", "format": "date", "default": "today+P1D"}})
    late = datetime(2026, 3, 2, 20, tzinfo=UTC)
    assert forms.prefill(form, {}, draft=None, now=late, zone=ZoneInfo("Asia/Shanghai")) == {"d": "2026-03-04"}


def test_rows_with_shown_columns_keep_them_under_a_draft(make):
    item = {"sku": {"type": "string", "readOnly": True}, "got": {"type": "integer"}}
    form = make({"items": {"type": "array", "items": {"type": "object", "properties": item}}})
    shown = forms.prefill(
        form, {"items": [{"sku": "A"}, {"sku": "B"}]}, draft={"items": [{"sku": "Z", "got": "1"}, {}, {"got": "9"}]}
    )
    assert shown == {"items": [{"sku": "A", "got": "1"}, {"sku": "B"}]}


def test_a_crooked_draft_or_variable_does_no_harm(make):
    inner = {"type": "object", "properties": {"a": {"type": "string"}}}
    form = make(
        {
            "s": inner,
            "r": {"type": "array", "items": inner},
            "n": {"type": "integer"},
            "d": {"type": "string", "format": "date"},
        }
    )
    for junk in (None, 5, "x", [], {}, [1], [[]], {"a": []}, {"a": {"b": 1}}, Decimal("NaN"), float("inf"), True):
        everything = dict.fromkeys("srnd", junk)
        for shown in (forms.prefill(form, everything, draft=None), forms.prefill(form, {}, draft=everything)):
            assert "<div" in forms.render(form, shown, lang="en")
            assert "<div" in forms.render(form, shown, lang="zh", readonly=True)
