"""Patterns: XPath's flavour, and no pattern that takes forever."""

import pytest

from engine.feel.context import DEFAULT_CONTEXT, Refused, Run
from engine.feel.functions.pattern import compile_pattern, replacement_of
from engine.feel.functions.pattern_text import translate


def found(pattern: str, text: str, flags: str = "") -> bool:
    return compile_pattern(Run(DEFAULT_CONTEXT, ""), pattern, flags, text).search(text) is not None


@pytest.mark.parametrize(
    ("pattern", "text", "flags", "expected"),
    [
        ("^fo*b", "foobar", "", True),
        ("bar", "foobar", "", True),
        ("^a.*a$", "abracadabra", "", True),
        ("a.b", "a\nb", "", False),
        ("a.b", "a\nb", "s", True),
        ("^b", "a\nb", "", False),
        ("^b", "a\nb", "m", True),
        ("a$", "a\nb", "m", True),
        ("a$", "a\n", "", False),
        ("A", "a", "i", True),
        ("hello\\ sworld", "hello world", "x", True),
        ("hello[ ]world", "hello world", "x", True),
        ("a.b", "axb", "q", False),
        ("\\d+", "a12", "", True),
        ("^\\D+$", "abc", "", True),
        ("^\\w+$", "añb1", "", True),
        ("^\\w$", "_", "", False),
        ("^[\\w\\-]+$", "a-b", "", True),
        ("^[^\\d]+$", "a1", "", False),
        ("^[\\D]$", "1", "", False),
        ("^[\\Dx1]$", "1", "", True),
        ("^[^\\Dx]$", "1", "", True),
        ("\\s", "a b", "", True),
        ("^\\p{Lu}\\p{Ll}+$", "Éa", "", True),
        ("^\\P{L}$", "1", "", True),
        ("^[\\p{Nd}a]+$", "1a", "", True),
        ("\\p{Lu}", "a", "i", False),
        ("[\\p{Lu}b]", "B", "i", True),
        ("[^\\p{Lu}b]", "B", "i", False),
        ("[^\\p{Lu}b]", "a", "i", True),
        ("[\\P{L}]", "1", "", True),
        ("O", "o", "i", True),
        ("[A-Z-[OI]]", "o", "i", False),
        ("^\\p{IsGreek}+$", "αβγ", "", True),
        ("^\\P{IsBasicLatin}$", "é", "", True),
        ("^\\i\\c*$", "a-1", "", True),
        ("^[a-z-[aeiou]]+$", "xyz", "", True),
        ("^[a-z-[aeiou]]+$", "xaz", "", False),
        ("(ab)\\1", "abab", "", True),
        ("^(a)?b\\1$", "b", "", True),
        ("^(?:ab)+$", "abab", "", True),
        ("^a{2,3}$", "aaa", "", True),
        ("^a{2}$", "aaa", "", False),
        ("^a{2,}$", "aaaa", "", True),
        ("[\\[\\]]", "]", "", True),
        ("^[a\\-c]$", "b", "", False),
        ("^[+-]$", "-", "", True),
        ("\\.", "a.b", "", True),
        ("a|b|c", "xc", "", True),
        ("", "abc", "", True),
    ],
)
def test_a_pattern_matches_as_xpath_says(pattern: str, text: str, flags: str, expected: bool) -> None:
    assert found(pattern, text, flags) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        "[",
        "[]",
        "[^]",
        "(",
        ")",
        "a)",
        "*a",
        "a**",
        "+",
        "?",
        "{2}",
        "a]",
        "a}",
        "a{2,1}",
        "a{2000}",
        "\\",
        "\\q",
        "\\1",
        "(a\\1)",
        "[a\\1]",
        "[z-a]",
        "[a-\\d]",
        "[a-[b]c]",
        "[[a]]",
        "(?=a)",
        "(?P<n>a)",
        "\\p{Foo}",
        "\\p{IsNothing}",
        "\\p",
        "a" * 1001,
    ],
)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(Refused) as refused:
        compile_pattern(Run(DEFAULT_CONTEXT, ""), pattern, "", "a")

    assert refused.value.code == "PATTERN_REFUSED"


def test_an_unknown_flag_is_refused() -> None:
    with pytest.raises(Refused):
        compile_pattern(Run(DEFAULT_CONTEXT, ""), "a", "g", "a")


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "(a*)*b", "(a|a)*b", "(a|ab)*c", "(x+x+)+y", "((a+)b?)+c", "(.*,)*x", "(\\w+\\s?)+$", "([a-z]|\\w)+1"],
)
def test_a_pattern_that_may_explode_meets_short_texts_only(pattern: str) -> None:
    assert translate(pattern).exponential
    assert compile_pattern(Run(DEFAULT_CONTEXT, ""), pattern, "", "aaaa")
    with pytest.raises(Refused) as refused:
        compile_pattern(Run(DEFAULT_CONTEXT, ""), pattern, "", "a" * 50)
    assert refused.value.code == "PATTERN_TOO_SLOW"


@pytest.mark.parametrize("pattern", ["([a-z]+,)*", "(\\d{3}-)+", "(ab|cd)+", "^(a|b)*$", "(,[a-z]+;)*x"])
def test_a_repetition_whose_rounds_are_told_apart_does_not_explode(pattern: str) -> None:
    assert not translate(pattern).exponential


@pytest.mark.parametrize(
    ("pattern", "degree"),
    [
        ("abc", 1),
        ("^abc$", 0),
        ("PO-\\d+", 1),
        ("\\d+-", 2),
        ("^\\d+-\\d+$", 1),
        (".*urgent.*", 2),
        ("^[^@]+@[^@]+\\.[a-z]+$", 2),
        (".*a.*b.*c", 4),
    ],
)
def test_what_a_pattern_costs_is_known(pattern: str, degree: int) -> None:
    assert translate(pattern).degree == degree


def test_long_texts_are_fine_for_simple_patterns() -> None:
    assert found("urgent", "x" * 50_000 + "urgent")
    assert found(".*urgent.*", "x" * 4000 + "urgent")
    with pytest.raises(Refused):
        found(".*a.*b.*c", "x" * 4000)
    with pytest.raises(Refused):
        found("a", "x" * 100_001)


@pytest.mark.parametrize(
    ("pattern", "replacement", "text", "expected"),
    [
        ("bra", "*", "abracadabra", "a*cada*"),
        ("a.*?a", "*", "abracadabra", "*c*bra"),
        ("^(.*?)d(.*)$", "$1c$2", "darted", "carted"),
        ("(a)", "$12", "a", "a2"),
        ("(a)|b", "[$1]", "ab", "[a][]"),
        ("a", "\\$\\\\", "a", "$\\"),
        ("a", "$0$0", "a", "aa"),
        ("a", "$5", "a", ""),
    ],
)
def test_replacements(pattern: str, replacement: str, text: str, expected: str) -> None:
    compiled = compile_pattern(Run(DEFAULT_CONTEXT, ""), pattern, "", text)

    assert compiled.sub(replacement_of(replacement, "", compiled.groups), text) == expected


@pytest.mark.parametrize("replacement", ["$", "$x", "\\", "\\a"])
def test_a_broken_replacement_is_refused(replacement: str) -> None:
    with pytest.raises(Refused):
        replacement_of(replacement, "", 1)


def test_with_the_flag_q_nothing_is_special_in_the_replacement() -> None:
    assert compile_pattern(Run(DEFAULT_CONTEXT, ""), "a", "q", "a").sub(replacement_of("$1", "q", 0), "a") == "$1"
