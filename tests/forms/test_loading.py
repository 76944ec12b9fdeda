"""What a form's file may say, and the place that is named when it may not."""

from __future__ import annotations

import json

import pytest

import forms
from forms import FormError, Kind

TEXT = {"type": "string", "title": "Name", "x-zh": "姓名"}


def load(properties=None, **root):
    return forms.load({"type": "object", "properties": properties or {"a": TEXT}, **root}, key="k", file="k.json")


def refused(*args, **kwargs) -> FormError:
    with pytest.raises(FormError) as caught:
        load(*args, **kwargs)
    assert caught.value.file == "k.json"
    assert caught.value.zh != caught.value.message
    return caught.value


def test_fields_keep_the_order_in_which_they_were_written():
    assert [each.name for each in load({"zeta": TEXT, "alpha": TEXT, "mid": TEXT}).fields] == ["zeta", "alpha", "mid"]


def test_bytes_text_and_object_give_the_same_form_and_the_same_text_is_compiled_once():
    text = json.dumps({"type": "object", "title": "A", "x-zh": "甲", "properties": {"a": TEXT}}, ensure_ascii=False)
    one, two = forms.load(text.encode(), key="k"), forms.load("\ufeff".encode() + text.encode(), key="k")
    assert one is forms.load(text, key="k")
    assert one.digest == two.digest == forms.load(json.loads(text), key="k").digest
    assert (one.title("en"), one.title("zh"), one.title("zh-Hans")) == ("A", "甲", "甲")
    json.dumps(one.schema)


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, Kind.TEXT),
        ({"type": ["string", "null"]}, Kind.TEXT),
        ({"type": "string", "format": "textarea"}, Kind.TEXTAREA),
        ({"type": "number", "format": "money"}, Kind.MONEY),
        ({"type": "string", "enum": ["a"]}, Kind.CHOICE),
        ({"type": "array", "items": {"enum": ["a"], "type": "string"}}, Kind.CHOICES),
        ({"type": "array", "items": {"type": "string", "format": "file"}}, Kind.FILE),
        ({"type": "object", "format": "geolocation"}, Kind.GEOLOCATION),
        ({"type": "object", "properties": {"b": TEXT}}, Kind.SECTION),
        ({"type": "array", "items": {"type": "object", "properties": {"b": TEXT}}}, Kind.ROWS),
    ],
)
def test_the_kind_follows_from_plain_json_schema(schema, kind):
    assert load({"a": schema}).fields[0].kind is kind


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b"\xff\xfe", b"nul", b'{"type":"object","a":NaN}', b"[" * 100_000]
)
def test_what_is_no_json_object_is_refused(content):
    with pytest.raises(FormError) as caught:
        forms.load(content, key="k")
    assert caught.value.code == "json"


def test_a_key_that_stands_twice_is_refused_since_one_of_them_would_be_lost():
    with pytest.raises(FormError, match="'a' stands twice"):
        forms.load('{"type":"object","properties":{"a":{"type":"string"},"a":{"type":"integer"}}}', key="k")


def test_a_file_that_is_too_large_is_refused():
    assert refused({"a": {"type": "string", "description": "x" * 200_001}}).code == "size"


def test_nesting_and_number_of_fields_are_bounded():
    deep: dict[str, object] = {"type": "string"}
    for _ in range(30):
        deep = {"type": "object", "properties": {"a": deep}}
    assert refused({"a": deep}).code == "size"
    assert refused({f"f{number}": {"type": "string"} for number in range(401)}).code == "size"


def test_references_that_multiply_are_stopped():
    defs = {
        f"d{level}": {"type": "object", "properties": {x: {"$ref": f"#/$defs/d{level + 1}"} for x in "abcd"}}
        for level in range(12)
    }
    defs["d12"] = {"type": "string"}
    assert refused({"a": {"$ref": "#/$defs/d0"}}, **{"$defs": defs}).code == "size"


def test_a_reference_is_written_out_and_what_stands_beside_it_wins():
    form = load(
        {"a": {"$ref": "#/$defs/room", "title": "Mine"}},
        **{"$defs": {"room": {"type": "string", "enum": ["k"], "title": "Room"}}},
    )
    assert form.fields[0].label.en == "Mine"
    assert form.fields[0].kind is Kind.CHOICE


@pytest.mark.parametrize("ref", ["#/$defs/none", "https://example.com/x.json", "#", "other.json#/$defs/x"])
def test_a_reference_that_leads_nowhere_or_outside_is_refused(ref):
    assert refused({"a": {"$ref": ref}}).code == "ref"


def test_a_reference_that_leads_back_is_refused():
    assert (
        refused(
            {"a": {"$ref": "#/$defs/x"}}, **{"$defs": {"x": {"$ref": "#/$defs/y"}, "y": {"$ref": "#/$defs/x"}}}
        ).code
        == "ref"
    )
    looped = {"x": {"type": "object", "properties": {"b": {"$ref": "#/$defs/x"}}}}
    assert refused({"a": {"$ref": "#/$defs/x"}}, **{"$defs": looped}).code == "ref"


@pytest.mark.parametrize(
    ("field", "code", "pointer"),
    [
        ({"type": "string", "minLength": "2"}, "schema", "/properties/a/minLength"),
        ({"type": "string", "format": "colour"}, "field", "/properties/a"),
        ({"type": "null"}, "field", "/properties/a"),
        ({}, "field", "/properties/a"),
        (True, "field", "/properties/a"),
        ({"type": "array", "items": {"type": "string"}}, "field", "/properties/a"),
        ({"type": "object"}, "field", "/properties/a"),
        ({"type": "string", "x-wen": {}}, "hint", "/properties/a"),
        ({"type": "string", "x-widget": "marquee"}, "hint", "/properties/a"),
        ({"type": "string", "x-zh": 5}, "hint", "/properties/a"),
        ({"type": "string", "x-width": "wide"}, "hint", "/properties/a"),
        ({"type": "string", "x-when": {}}, "condition", "/properties/a"),
        ({"type": "string", "x-when": {"b": {"const": 1}}}, "condition", "/properties/a"),
        ({"type": "string", "x-when": {"b": {"pattern": "x"}}}, "condition", "/properties/a"),
        ({"type": "string", "x-when": {"a": {"const": "x"}}}, "order", ""),
        ({"type": "integer", "x-calc": ""}, "hint", "/properties/a"),
        ({"type": "integer", "x-calc": "x" * 2001}, "hint", "/properties/a"),
        ({"type": "string", "pattern": "(a+)+$"}, "pattern", "/properties/a/pattern"),
        ({"type": "string", "allOf": [{"pattern": "(a*)*b"}]}, "pattern", "/properties/a"),
        ({"type": "string", "format": "date", "formatMinimum": "soon"}, "field", "/properties/a/formatMinimum"),
        ({"type": "string", "formatMinimum": "today"}, "field", "/properties/a/formatMinimum"),
        ({"type": "string", "enum": []}, "field", "/properties/a"),
        ({"type": "string", "enum": ["a", "a"]}, "field", "/properties/a"),
        ({"type": "string", "enum": ["a", 1]}, "field", "/properties/a"),
        ({"type": "string", "format": "file", "x-accept": ["*/<b>"]}, "hint", "/properties/a"),
        ({"type": "string", "x-autocomplete": 'x" onfocus="y'}, "hint", "/properties/a"),
    ],
)
def test_a_field_that_cannot_be_meant_is_refused_with_its_place(field, code, pointer):
    error = refused({"a": field})
    assert (error.code, error.pointer) == (code, pointer)


@pytest.mark.parametrize("name", ["_id", "a.b", "a b", "", "1st", "a-b", "<b>", "x" * 65])
def test_a_name_that_could_be_no_variable_is_refused(name):
    assert refused({name: TEXT}).code == "field"


@pytest.mark.parametrize(
    "root", [{"x-when": {}}, {"x-decision": {"levels": 3}}, {"x-rules": [{"test": "1 = 1"}]}, {"x-rules": "a > b"}]
)
def test_hints_of_the_whole_form_are_checked_too(root):
    assert refused(None, **root).code == "hint"


def test_other_dialects_and_reaching_out_are_refused():
    assert refused(None, **{"$schema": "http://json-schema.org/draft-07/schema#"}).code == "schema"
    assert (
        refused({"a": {"type": "object", "properties": {"b": TEXT}, "patternProperties": {"(a+)+": {}}}}).code
        == "schema"
    )


def test_fields_that_wait_for_one_another_are_named():
    error = refused(
        {"a": {**TEXT, "x-when": {"b": {"const": "x"}}}, "b": {**TEXT, "x-when": {"a": {"const": "x"}}}, "c": TEXT}
    )
    assert error.code == "order"
    assert "a, b" in error.message


def test_variables_are_what_a_submission_may_write():
    form = load({"a": TEXT, "b": {**TEXT, "readOnly": True}, "c": {"type": "integer", "x-calc": "1"}})
    assert form.variables == ("a", "c")
