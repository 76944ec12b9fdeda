"""Calculations and rules with the real FEEL, on the forms of a sale (quote and signing)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

import forms
from engine.feel import parse
from tests.forms.conftest import NOW, SHANGHAI, TODAY

MONEY = {"type": "string", "format": "money"}
QUOTE = {
    "title": "Quote",
    "x-zh": "报价",
    "type": "object",
    "required": ["lines", "net_amount", "valid_days", "special"],
    "properties": {
        "lines": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["sku", "qty", "list_price"],
                "properties": {
                    "sku": {"type": "string"},
                    "qty": {"type": "number", "exclusiveMinimum": 0},
                    "list_price": {**MONEY, "minimum": 0},
                    "total": {**MONEY, "x-calc": "qty * list_price"},
                },
            },
        },
        "list_amount": {**MONEY, "x-calc": "sum(lines.total)"},
        "net_amount": {**MONEY, "exclusiveMinimum": 0},
        "discount_pct": {
            "type": "number",
            "x-calc": "round half up((list_amount - net_amount) / list_amount * 100, 2)",
        },
        "reason": {"type": "string", "x-when": {"discount_pct": {"exclusiveMinimum": 8}}, "x-required": True},
        "valid_days": {"type": "integer", "minimum": 1, "maximum": 30, "default": 15},
        "special": {"type": "boolean"},
    },
    "x-rules": [
        {
            "test": "net_amount <= list_amount",
            "field": "net_amount",
            "message": "The net amount is above the list price.",
            "message-zh": "成交价不能高于标价。",
        }
    ],
}
SIGN = {
    "title": "Sign",
    "x-zh": "签约",
    "type": "object",
    "required": ["deposit", "promised_date"],
    "properties": {
        "net_amount": {**MONEY, "readOnly": True},
        "deposit": {**MONEY, "exclusiveMinimum": 0},
        "co_seller": {"type": "string", "format": "user"},
        "split_pct": {
            "type": "integer",
            "minimum": 1,
            "maximum": 99,
            "x-when": {"co_seller": {"minLength": 1}},
            "x-required": True,
        },
        "promised_date": {"type": "string", "format": "date", "formatMinimum": "today+P30D"},
    },
    "x-rules": [
        {
            "test": "deposit <= 0.20 * net_amount",
            "field": "deposit",
            "message": "A deposit is at most 20 % of the net amount.",
            "message-zh": "定金不得超过成交价的 20%。",
        }
    ],
}


def feel(text: str, scope: Mapping[str, Any]) -> Any:
    return parse(text).evaluate(scope).value


@pytest.fixture
def sign_off():
    def send(schema: Mapping[str, Any], data: Mapping[str, Any], **variables: Any) -> dict[str, Any]:
        form = forms.load(schema, key="f")
        return forms.validate(
            form, data, variables=variables, today=TODAY, now=NOW, zone=SHANGHAI, evaluate=feel
        ).values

    return send


def test_these_forms_are_clean():
    for schema in (QUOTE, SIGN):
        problems = forms.check(forms.load(schema, key="f"), evaluator_parse=parse)
        assert [problem for problem in problems if problem.severity == "error"] == []


def test_a_quote_adds_up(sign_off):
    lines = [{"sku": "K-01", "qty": "2", "list_price": "30000"}, {"sku": "B-07", "qty": 1.5, "list_price": "8000.00"}]
    values = sign_off(QUOTE, {"lines": lines, "net_amount": "67000.00", "special": False})
    assert values["list_amount"] == Decimal("72000.00")
    assert values["discount_pct"] == Decimal("6.94")
    assert "reason" not in values


def test_a_quote_above_the_list_price_is_refused(sign_off):
    with pytest.raises(forms.Rejected) as caught:
        sign_off(
            QUOTE, {"lines": [{"sku": "K", "qty": 1, "list_price": "100"}], "net_amount": "100.01", "special": False}
        )
    assert caught.value.errors["/net_amount"].zh == "成交价不能高于标价。"


def test_a_large_discount_asks_for_its_reason(sign_off):
    with pytest.raises(forms.Rejected) as caught:
        sign_off(
            QUOTE, {"lines": [{"sku": "K", "qty": 1, "list_price": "100"}], "net_amount": "91.99", "special": False}
        )
    assert set(caught.value.errors) == {"/reason"}


def test_a_deposit_of_a_fifth_passes_and_a_cent_more_does_not(sign_off):
    data = {"deposit": "33400.00", "promised_date": "2026-04-01"}
    assert sign_off(SIGN, data, net_amount=Decimal("167000.00")) == {
        "deposit": Decimal("33400.00"),
        "co_seller": None,
        "promised_date": date(2026, 4, 1),
    }
    with pytest.raises(forms.Rejected) as caught:
        sign_off(SIGN, {**data, "deposit": "33400.01"}, net_amount=Decimal("167000.00"))
    assert set(caught.value.errors) == {"/deposit"}


def test_a_rule_whose_variable_is_missing_is_not_passed(sign_off):
    with pytest.raises(forms.Rejected) as caught:
        sign_off(SIGN, {"deposit": "1", "promised_date": "2026-04-01"})
    assert set(caught.value.errors) == {"/deposit"}


def test_the_preview_gives_what_can_be_calculated_so_far():
    form = forms.load(QUOTE, key="f")
    typed = {"lines": [{"qty": "2", "list_price": "10"}, {"qty": "x"}], "foreign": 1}
    found = forms.calculate(form, typed, today=TODAY, now=NOW, evaluate=feel)
    assert found["lines"] == [{"total": "20.00"}, {"total": None}]
    assert set(found) == {"lines", "list_amount", "discount_pct"}
