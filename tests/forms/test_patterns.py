"""Regular expressions: what is allowed, what it means, and that nothing allowed can run away."""

from __future__ import annotations

import re
import time

import pytest

from forms.patterns import MAX_WAYS, UnsafePattern, compiled, vet


@pytest.mark.parametrize(
    "pattern",
    [
        r"^1[3-9]\d{9}$",
        r"^[A-Z0-9-]{4,30}$",
        r"^\d{6}$",
        r"^[^@\s]+@[^@\s]+\.[a-z]{2,10}$",
        r"^(0\d{2,3}-)?\d{7,8}$",
        r"^(京|沪|粤)[A-Z][A-Z0-9]{5}$",
        r"^\d{1,3}(,\d{3})*$",
        r"^[\u4e00-\u9fff]{2,20}$",
        r"[\]\[]",
        "^.*$",
    ],
)
def test_ordinary_patterns_are_allowed(pattern):
    assert vet(pattern, None) >= 32


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a*)*",
        "^(a|a)*$",
        "^(a|aa)+$",
        r"^(\w+\s?)*$",
        "^(a?){30}a{30}$",
        "a?" * 40 + "a" * 40,
        "^.*.*.*.*.*x$",
        "^(.*a){12}$",
        "^((a{1,100}){1,100}){1,100}$",
        r"(?=a)b",
        r"(?<!a)b",
        r"(a)\1",
        r"\bword\b",
        "a**",
        "*a",
        "(a",
        "a)",
        "[a",
        "a{2,1}",
        "^a|b$",
        "x" * 501,
        "(" * 40 + ")" * 40,
        r"\p{Han}",
        "[]",
        "a{",
        "[[]",
    ],
)
def test_dangerous_and_exotic_patterns_are_refused(pattern):
    with pytest.raises(UnsafePattern) as caught:
        vet(pattern, 200)
    assert caught.value.zh.endswith("。")


@pytest.mark.parametrize(
    "pattern", ["^[ab]*[ab]*[ab]*c$", "[ab]+[ab]+c", r"^(a?){17}b$", r"^\w*\d*\w*x$", "^(a|b|ab){5}c$"]
)
def test_the_longest_answer_to_an_allowed_pattern_is_judged_quickly(pattern):
    length = vet(pattern, None)
    started = time.process_time()
    for text in ("a" * length, "ab" * (length // 2), "0" * length):
        compiled(pattern).search(text)
    assert time.process_time() - started < 2  # against hours, not against milliseconds


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [(r"^\d+$", "12", "１２"), (r"^\w+$", "ab_1", "李"), ("^a$", "a", "a\n"), (r"^[$]\$$", "$$", "$a")],
)
def test_a_pattern_means_what_it_means_in_a_browser(pattern, yes, no):
    assert compiled(pattern).search(yes)
    assert not compiled(pattern).search(no)


def test_a_given_length_that_is_too_great_for_the_pattern_is_refused_not_lowered():
    with pytest.raises(UnsafePattern):
        vet("^a*b*c*d$", 5000)
    assert vet("^a*b*c*d$", None) ** 3 <= MAX_WAYS


def test_whatever_is_allowed_compiles():
    alphabet = ["a", "[ab]", r"\d", "(a|b)", "(a)", "a?", "b*", "a{2,3}", "^", "$", "."]
    for first in alphabet:
        for second in alphabet:
            pattern = first + second
            try:
                vet(pattern, 100)
            except UnsafePattern:
                continue
            assert isinstance(compiled(pattern), re.Pattern)
