"""Whole submissions: what is required, hidden, read-only, unknown, calculated, ruled."""

from __future__ import annotations

from decimal import Decimal

import pytest

MONEY = {"type": "string", "format": "money"}
OUTCOME = {
    "type": "string",
    "oneOf": [{"const": "accept", "title": "Accept"}, {"const": "transfer", "title": "Transfer"}],
}


def test_what_is_required_must_be_there(make, refused):
    form = make(
        {"name": {"type": "string"}, "room": OUTCOME, "ok": {"type": "boolean"}}, required=["name", "room", "ok"]
    )
    errors = refused(form, {"name": " "})
    assert {at: error.code for at, error in errors.items()} == {
        "/name": "required",
        "/room": "required",
        "/ok": "required",
    }
    assert errors["/room"].zh == "请选择。"


def test_a_least_number_of_entries_makes_a_list_required(make, refused):
    form = make({"photos": {"type": "array", "items": {"type": "string", "format": "photo"}, "minItems": 2}})
    assert refused(form, {})["/photos"].en == "Please take at least 2 photos."


def test_a_switch_left_alone_is_no_but_consent_must_be_given(make, submit, refused):
    form = make({"split": {"type": "boolean"}, "consent": {"type": "boolean", "const": True}}, required=["consent"])
    assert submit(form, {"consent": "true"}).values == {"split": False, "consent": True}
    assert refused(form, {})["/consent"].en == "Please tick this box to go on."


def test_unknown_fields_are_refused_wherever_they_stand(make, refused):
    rows = {"type": "array", "items": {"type": "object", "properties": {"sku": {"type": "string"}}}}
    form = make({"lines": rows, "at": {"type": "object", "properties": {"street": {"type": "string"}}}})
    data = {"is_admin": True, "lines": [{"sku": "A", "a/b~c": 1}], "at": {"zip": "1"}}
    assert {at: error.code for at, error in refused(form, data).items()} == {
        "/is_admin": "unknown",
        "/lines/0/a~1b~0c": "unknown",
        "/at/zip": "unknown",
    }


class TestConditions:
    PROPERTIES = {
        "action": OUTCOME,
        "transfer_to": {
            "type": "string",
            "format": "user",
            "x-when": {"action": {"const": "transfer"}},
            "x-required": True,
        },
        "reason": {"type": "string", "x-required": {"action": {"const": "transfer"}}},
    }

    def test_a_hidden_field_is_dropped_unread_even_when_it_is_nonsense(self, make, submit):
        sent = submit(make(self.PROPERTIES), {"action": "accept", "transfer_to": {"x": ["y"]}})
        assert sent.values == {"action": "accept", "reason": None}
        assert sent.hidden == ("transfer_to",)

    def test_a_shown_field_is_required_when_it_says_so(self, make, refused):
        assert set(refused(make(self.PROPERTIES), {"action": "transfer"})) == {"/transfer_to", "/reason"}

    def test_what_depends_on_a_hidden_field_is_hidden_too(self, make, submit):
        form = make(
            {
                "c": {"type": "string", "x-when": {"b": {"const": True}}},
                "b": {"type": "boolean", "x-when": {"a": {"const": True}}},
                "a": {"type": "boolean"},
            }
        )
        assert submit(form, {"a": False, "b": True, "c": "x"}).values == {"a": False}
        assert submit(form, {"a": True, "b": True, "c": "x"}).values == {"a": True, "b": True, "c": "x"}

    def test_a_field_in_a_row_can_look_at_its_row_and_at_the_form(self, make, submit, refused):
        item = {
            "kind": {"type": "string"},
            "why": {"type": "string", "x-when": {"kind": {"const": "other"}}, "x-required": True},
            "glass": {"type": "string", "x-when": {"/special": {"const": True}}, "x-required": True},
        }
        form = make(
            {"rows": {"type": "array", "items": {"type": "object", "properties": item}}, "special": {"type": "boolean"}}
        )
        given = {"special": False, "rows": [{"kind": "door", "why": "dropped", "glass": "dropped"}]}
        assert submit(form, given).values["rows"] == [{"kind": "door"}]
        errors = refused(form, {"special": True, "rows": [{"kind": "door"}, {"kind": "other"}]})
        assert set(errors) == {"/rows/0/glass", "/rows/1/why", "/rows/1/glass"}

    def test_a_condition_can_look_at_a_variable_through_a_read_only_field(self, make, submit):
        form = make(
            {
                "amount": {**MONEY, "readOnly": True},
                "reason": {"type": "string", "x-when": {"amount": {"exclusiveMinimum": 10000}}},
            }
        )
        assert submit(form, {"reason": "x"}, variables={"amount": Decimal(10000)}).values == {}
        assert submit(form, {"reason": "x"}, variables={"amount": Decimal("10000.01")}).values == {"reason": "x"}


class TestReadOnly:
    PROPERTIES = {"net": {**MONEY, "readOnly": True}, "note": {"type": "string"}}

    def test_it_is_never_written(self, make, submit):
        form = make(self.PROPERTIES)
        assert form.variables == ("note",)
        assert submit(form, {"note": "a"}, variables={"net": Decimal(5)}).values == {"note": "a"}

    def test_sending_back_what_was_shown_is_harmless_and_anything_else_refused(self, make, submit, refused):
        form, variables = make(self.PROPERTIES), {"net": Decimal("5.00")}
        assert submit(form, {"net": "5.00"}, variables=variables).values == {"note": None}
        assert refused(form, {"net": "6"}, variables=variables)["/net"].code == "readOnly"
        assert refused(form, {"net": {"a": 1}}, variables=variables)["/net"].code == "readOnly"

    def test_rows_with_shown_columns_are_those_of_the_variable(self, make, submit, refused):
        item = {"sku": {"type": "string", "readOnly": True}, "received": {"type": "integer"}}
        form = make(
            {"items": {"type": "array", "items": {"type": "object", "properties": item, "required": ["received"]}}}
        )
        variables = {"items": [{"sku": "A"}, {"sku": "B"}]}
        sent = submit(form, {"items": [{"received": 1}, {"received": "2"}]}, variables=variables)
        assert sent.values == {"items": [{"sku": "A", "received": 1}, {"sku": "B", "received": 2}]}
        assert refused(form, {"items": [{"received": 1}]}, variables=variables)["/items"].code == "type"
        assert "/items/0/sku" in refused(
            form, {"items": [{"sku": "Z", "received": 1}, {"received": 2}]}, variables=variables
        )
        assert set(refused(form, {}, variables=variables)) == {"/items/0/received", "/items/1/received"}


class TestRows:
    LINES = {
        "type": "array",
        "minItems": 1,
        "maxItems": 3,
        "items": {
            "type": "object",
            "required": ["qty"],
            "properties": {
                "qty": {"type": "integer", "minimum": 1},
                "price": MONEY,
                "total": {**MONEY, "x-calc": "qty * price"},
            },
        },
    }

    def test_every_row_is_checked_on_its_own(self, make, refused):
        errors = refused(make({"lines": self.LINES}), {"lines": [{"qty": 1}, {"qty": 0}, {}]})
        assert {at: error.code for at, error in errors.items()} == {
            "/lines/1/qty": "minimum",
            "/lines/2/qty": "required",
        }

    @pytest.mark.parametrize(("count", "code"), [(0, "required"), (4, "maxItems")])
    def test_the_number_of_rows_is_bounded(self, make, refused, count, code):
        assert refused(make({"lines": self.LINES}), {"lines": [{"qty": 1}] * count})["/lines"].code == code

    @pytest.mark.parametrize("junk", ["x", {"0": {"qty": 1}}, [1], [[]], [None]])
    def test_what_is_no_list_of_rows_is_refused(self, make, refused, junk):
        assert refused(make({"lines": self.LINES}), {"lines": junk})

    def test_no_more_than_five_hundred_rows_whatever_the_form_says(self, make, refused):
        form = make({"lines": {**self.LINES, "maxItems": 10_000_000}})
        assert refused(form, {"lines": [{"qty": 1}] * 501})["/lines"].code == "maxItems"

    def test_totals_are_calculated_from_calculated_rows(self, make, submit):
        form = make({"total": {**MONEY, "x-calc": "sum(lines.total)"}, "lines": self.LINES})
        sent = submit(form, {"lines": [{"qty": 2, "price": "10.00"}, {"qty": 1, "price": "0.5"}], "total": "9999999"})
        assert sent.values["total"] == Decimal("20.50")
        assert [row["total"] for row in sent.values["lines"]] == [Decimal("20.00"), Decimal("0.50")]


class TestCalculations:
    def test_a_client_cannot_set_them(self, make, submit):
        form = make({"limit": {"type": "integer"}, "next": {"type": "integer", "x-calc": "= limit + 1"}})
        assert submit(form, {"limit": 1, "next": 77}).values == {"limit": 1, "next": 2}

    def test_null_stays_null(self, make, submit):
        assert submit(make({"n": {"type": "integer", "x-calc": "null"}}), {}).values == {"n": None}

    def test_a_failing_one_is_said_at_its_field(self, make, refused):
        assert refused(make({"n": {"type": "integer", "x-calc": "raise"}}), {})["/n"].code == "calc"

    def test_its_result_obeys_the_schema(self, make, refused):
        form = make({"limit": {"type": "integer"}, "next": {"type": "integer", "maximum": 5, "x-calc": "limit + 1"}})
        assert refused(form, {"limit": 5})["/next"].code == "maximum"

    def test_without_an_evaluator_it_is_the_callers_mistake(self, make, submit):
        with pytest.raises(ValueError, match="no evaluator"):
            submit(make({"n": {"type": "integer", "x-calc": "true"}}), {}, evaluate=None)


class TestRules:
    RULE = {
        "test": "net <= list",
        "field": "net",
        "message": "The net is above the list price.",
        "message-zh": "成交价高于标价。",
    }

    def form(self, make, rule=None):
        return make({"net": MONEY, "list": {**MONEY, "readOnly": True}}, **{"x-rules": [rule or self.RULE]})

    def test_a_broken_rule_is_said_at_its_field_in_the_authors_words(self, make, submit, refused):
        variables = {"list": Decimal(100)}
        assert submit(self.form(make), {"net": "100"}, variables=variables).values == {"net": Decimal("100.00")}
        message = refused(self.form(make), {"net": "100.01"}, variables=variables)["/net"]
        assert (message.en, message.zh) == ("The net is above the list price.", "成交价高于标价。")

    def test_a_rule_about_an_empty_field_is_not_asked(self, make, submit):
        assert submit(self.form(make), {}, variables={}).values == {"net": None}

    def test_a_rule_that_cannot_be_decided_is_not_passed(self, make, refused):
        for test in ("raise", "null"):
            assert refused(self.form(make, {**self.RULE, "test": test}), {"net": "1"})["/net"].code == "rule"

    def test_a_rule_of_no_field_stands_at_the_whole(self, make, refused):
        rule = {"test": "null", "message": "No."}
        assert refused(self.form(make, rule), {"net": "1"})[""].en == "No."


def test_plain_json_schema_over_several_fields_works(make, submit, refused):
    form = make(
        {"co_seller": {"type": "string"}, "split_pct": {"type": "integer"}, "net": MONEY},
        dependentRequired={"co_seller": ["split_pct"]},
        **{"if": {"properties": {"net": {"minimum": 1000}}, "required": ["net"]}, "then": {"required": ["co_seller"]}},
    )
    assert submit(form, {"net": "999.99"}).values["net"] == Decimal("999.99")
    assert refused(form, {"net": "1000"})["/co_seller"].code == "required"
    assert refused(form, {"co_seller": "a"})["/split_pct"].code == "required"


def test_the_authors_own_words_replace_the_standard_ones(make, refused):
    form = make(
        {
            "code": {
                "type": "string",
                "pattern": "^[A-Z]{3}$",
                "x-messages": {"pattern": "Three capitals, as on the poster.", "required": "Which poster?"},
                "x-zh": {"title": "渠道码", "messages": {"pattern": "三个大写字母，见海报。"}},
            }
        },
        required=["code"],
    )
    assert refused(form, {"code": "x"})["/code"].zh == "三个大写字母，见海报。"
    assert refused(form, {})["/code"].get("zh-Hans") == "Which poster?"


def test_defaults_stand_for_what_json_leaves_out_but_not_for_what_it_empties(make, submit):
    form = make(
        {"days": {"type": "integer", "default": 15}, "on": {"type": "string", "format": "date", "default": "today+P1D"}}
    )
    assert submit(form, {}).values["days"] == 15
    assert str(submit(form, {}).values["on"]) == "2026-03-03"
    assert submit(form, {"days": None}).values["days"] is None


def test_sections_write_one_object(make, submit, refused):
    inner = {"street": {"type": "string"}, "no": {"type": "integer"}}
    form = make({"address": {"type": "object", "properties": inner, "required": ["street"]}})
    assert submit(form, {"address": {"street": "长安街", "no": "1"}}).values == {
        "address": {"street": "长安街", "no": 1}
    }
    assert set(refused(form, {})) == {"/address/street"}
    assert refused(form, {"address": [1]})["/address"].code == "type"


def test_the_decision_shorthand_asks_three_questions(make, submit, refused):
    form = make(
        {"net": {**MONEY, "readOnly": True}}, **{"x-decision": {"back-to": [{"const": "quote", "title": "Quote"}]}}
    )
    assert [each.name for each in form.fields] == ["net", "decision", "comment", "back_to"]
    assert submit(form, {"decision": "approve"}).values == {"decision": "approve", "comment": None}
    assert set(refused(form, {"decision": "reject", "back_to": ""})) == {"/comment", "/back_to"}
    assert submit(form, {"decision": "reject", "comment": "too cheap", "back_to": "quote"}).values["back_to"] == "quote"


def test_data_that_is_no_object_is_refused(make, refused):
    assert refused(make({"a": {"type": "string"}}), [1])[""].code == "type"


def test_a_flood_of_wrong_fields_gives_a_bounded_answer(make, refused):
    assert len(refused(make({"a": {"type": "string"}}), {f"k{number}": 1 for number in range(5000)})) == 200


def test_a_flood_of_text_is_refused(make, refused):
    item = {"t": {"type": "string", "x-widget": "textarea"}}
    form = make({"rows": {"type": "array", "items": {"type": "object", "properties": item}}})
    assert refused(form, {"rows": [{"t": "x" * 90_000}] * 20})[""].code == "size"
