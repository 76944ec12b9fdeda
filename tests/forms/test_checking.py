"""What the report at deployment says about a form that loads."""

from __future__ import annotations

import forms

ZH = {"title": "Name", "x-zh": "姓名"}


def check(properties, parse=None, **root):
    form = forms.load({"title": "T", "x-zh": "测", "type": "object", "properties": properties, **root}, key="k")
    return [(problem.severity, problem.pointer) for problem in forms.check(form, evaluator_parse=parse)]


def test_a_clean_form_has_no_problems():
    assert (
        check(
            {"a": {"type": "string", "maxLength": 5, **ZH}, "b": {"type": "integer", "default": 3, "minimum": 1, **ZH}}
        )
        == []
    )


def test_missing_chinese_is_a_warning():
    assert check({"a": {"type": "string", "title": "Name"}}) == [("warning", "/properties/a")]
    assert check({"a": {"type": "string", "enum": ["yes"], **ZH}}) == [("warning", "/properties/a")]
    assert check({"a": {"type": "string", "enum": ["A1", "L0"], **ZH}}) == []


def test_a_keyword_without_effect_is_a_warning():
    assert check({"a": {"type": "string", "minLenght": 2, **ZH}}) == [("warning", "/properties/a/minLenght")]
    assert check({"a": {"type": "string", "format": "money", "minLength": 2, **ZH}}) == [
        ("warning", "/properties/a/minLength")
    ]


def test_expressions_are_parsed_by_the_callers_parser():
    def parse(text: str) -> None:
        if "(" in text:
            raise SyntaxError("a bracket is open")

    rules = [{"test": "b > (", "message": "m", "message-zh": "信"}]
    found = check({"a": {"type": "integer", "x-calc": "1 + (", **ZH}}, parse, **{"x-rules": rules})
    assert found == [("error", "/x-rules/0"), ("error", "/properties/a/x-calc")]
    assert check({"a": {"type": "integer", "x-calc": "1 + 1", **ZH}}, parse) == []


def test_a_default_that_the_form_would_refuse_is_an_error():
    assert check({"a": {"type": "integer", "minimum": 5, "default": 3, **ZH}}) == [("error", "/properties/a/default")]
    assert check({"a": {"type": "string", "format": "date", "default": "someday", **ZH}}) == [
        ("error", "/properties/a/default")
    ]
    assert check({"a": {"type": "string", "format": "date", "default": "today+P3D", **ZH}}) == []


def test_waiting_for_an_answer_that_does_not_exist_is_an_error():
    a = {"type": "string", "enum": ["YES", "NO"], **ZH}
    assert check({"a": a, "b": {"type": "string", "x-when": {"a": {"const": "MAYBE"}}, **ZH}}) == [
        ("error", "/properties/b")
    ]
    assert check({"a": a, "b": {"type": "string", "x-when": {"a": {"enum": ["NO", "YES"]}}, **ZH}}) == []
