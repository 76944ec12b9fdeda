"""docs/forms.md says what is true: its examples load without problems, and every hint, limit and keyword stands in it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import forms
from engine.feel import parse
from forms import build, hints, kinds, source
from forms.conditions import BadCondition, compile_condition

PAGE = (Path(__file__).parents[2] / "docs/forms.md").read_text("utf-8")
EXAMPLES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES, ids=[json.loads(text)["title"] for text in EXAMPLES])
def test_every_example_is_a_form_without_problems(text):
    assert forms.check(forms.load(text, key="example"), evaluator_parse=parse) == []


def test_every_hint_is_explained():
    for hint in hints.FIELD_HINTS | {"x-rules", "x-decision"}:
        assert f"`{hint}`" in PAGE or f'"{hint}"' in PAGE, hint


def test_every_format_and_widget_is_explained():
    for word in [
        *kinds.STRING_FORMATS,
        "geolocation",
        *{each for group in kinds.WIDGETS.values() for each in group} - {"decision"},
    ]:
        assert f'"{word}"' in PAGE or f"`{word}`" in PAGE, word


def test_every_bound_and_limit_is_the_one_in_the_code():
    for keyword in build.BOUNDS:
        assert f"`{keyword}`" in PAGE
    limits = re.search(r"\*\*Limits\*\*: (.*?)\n\n", PAGE, re.DOTALL)
    assert limits is not None
    for number in (
        source.MAX_BYTES // 1000,
        build.MAX_FIELDS,
        build.MAX_ROWS,
        build.MAX_FILES,
        build.MAX_OPTIONS,
        10 * build.MAX_TEXT,
    ):
        assert f"{number:,}" in limits[1]


def test_the_keywords_of_conditions_are_those_listed():
    listed = re.search(r"both decide: (.*?), and `true`", PAGE, re.DOTALL)
    assert listed is not None
    operands = {
        "const": 1,
        "enum": [1],
        "type": "null",
        "not": True,
        "contains": True,
        "allOf": [True],
        "anyOf": [True],
    }
    for keyword in re.findall(r"`(\w+)`", listed[1]):
        compile_condition({"a": {keyword: operands.get(keyword, 1)}})
    for keyword in ("pattern", "oneOf", "if", "format", "properties", "items", "multipleOf"):
        with pytest.raises(BadCondition):
            compile_condition({"a": {keyword: 1}})
