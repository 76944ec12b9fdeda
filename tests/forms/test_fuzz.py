"""Mutated forms and random data: only the two documented errors ever come out, and only declared names ever come through."""

from __future__ import annotations

import copy
import random
from decimal import Decimal
from typing import Any

import pytest

import forms
from tests.forms.test_feel import QUOTE, SIGN
from tests.forms.test_parsing import ANSWERS, EVERYTHING

JUNK: list[Any] = [
    None, True, False, 0, -1, 1e308, float("nan"), 10**30, "", " ", "x", "\x00", "\ud800", "0" * 5000, "true", "2026-03-02", "a.b", [], [1], [[]],
    [{}], [None], {}, {"": 1}, {"const": 1}, {"type": "object"}, {"lat": "x", "lon": []}, {"$ref": "#"}, {"a": {"b": {"c": 1}}}, "#/$defs/x",
]  # fmt: skip
KEYS = ["type", "format", "oneOf", "enum", "items", "properties", "required", "default", "minimum", "pattern", "minItems", "x-when", "x-required",
        "x-calc", "x-rules", "x-zh", "x-widget", "x-messages", "x-prefill", "x-unit", "readOnly", "$ref", "allOf", "if", "const"]  # fmt: skip
WHOLE = {"type": "object", "title": "W", "properties": EVERYTHING, "x-decision": True}


def places(node: Any) -> list[Any]:
    """Every object and list inside."""
    inner = list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else []
    return ([node] if isinstance(node, dict | list) and node else []) + [
        place for each in inner for place in places(each)
    ]


def mutated(chance: random.Random, original: Any, keys: list[str]) -> Any:
    changed = copy.deepcopy(original)
    for _ in range(chance.randint(1, 3)):
        place = chance.choice(places(changed))
        if isinstance(place, list):
            place[chance.randrange(len(place))] = copy.deepcopy(chance.choice(JUNK))
        else:
            name = chance.choice(list(place) + (keys if place is changed or "type" in place else []))
            place[name] = copy.deepcopy(chance.choice(JUNK))
    return changed


@pytest.mark.parametrize("seed", range(3))
def test_a_damaged_form_is_refused_or_works(seed, submit):
    chance = random.Random(seed)
    loaded, refusals = 0, []
    for _ in range(60):
        schema = mutated(chance, chance.choice([QUOTE, SIGN, WHOLE]), KEYS)
        try:
            form = forms.load(schema, key="f")
        except forms.FormError as error:
            refusals.append(error)
            continue
        loaded += 1
        forms.check(form, evaluator_parse=lambda text: None)
        shown = forms.prefill(form, {}, draft=ANSWERS)
        forms.render(form, shown, lang="zh")
        try:
            submit(form, ANSWERS, evaluate=lambda text, scope: None)
        except forms.Rejected as refusal:
            refusals.append(refusal)
    assert loaded >= 3
    assert all(error.errors if isinstance(error, forms.Rejected) else error.zh for error in refusals)


@pytest.mark.parametrize("seed", range(3))
def test_random_answers_are_refused_or_typed(seed, submit, make):
    chance = random.Random(seed)
    form = make(EVERYTHING, **{"x-decision": True})
    accepted, messages = 0, []
    for _ in range(80):
        data = mutated(chance, {**ANSWERS, "decision": "approve"}, [*EVERYTHING, "foreign"])
        variables = mutated(chance, ANSWERS, list(EVERYTHING))
        assert "<div" in forms.render(
            form, forms.prefill(form, variables, draft=data), lang="en", readonly=chance.random() < 0.5
        )
        try:
            values = submit(form, data, variables=variables).values
        except forms.Rejected as refusal:
            messages.extend(refusal.errors.values())
            continue
        accepted += 1
        assert set(values) <= set(form.variables)
        assert not any(
            isinstance(value, float) or (isinstance(value, Decimal) and not value.is_finite())
            for value in values.values()
        )
    assert accepted >= 3
    assert all(isinstance(message, forms.Message) for message in messages)
