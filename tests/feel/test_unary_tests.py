from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from engine.feel import FeelSyntaxError, parse_unary_tests


def verdict(text: str, value: Any, **scope: Any) -> bool | None:
    result = parse_unary_tests(text).evaluate(value, scope)
    assert result.value in (True, False, None)
    return result.value


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("-", 5, True),
        ("", None, True),
        ("5", 5, True),
        ("5", 6, False),
        ("-5", -5, True),
        ('"a", "b"', "b", True),
        ('"a", "b"', "c", False),
        ("< 5", 4, True),
        ("<= 5", 5, True),
        ("> 5, < 1", 0, True),
        ("[1..5]", 5, True),
        ("[1..5)", 5, False),
        ("]1..5]", 1, False),
        ("= 5", 5, True),
        ("!= 5", 5, False),
        ("not(5, 6)", 7, True),
        ("not(5, 6)", 6, False),
        ('not("a")', "b", True),
        ("not(< 5)", 5, True),
        ("not(true)", False, True),
        ("true", True, True),
        ("true", False, False),
        ("false", False, True),
        ("null", None, True),
        ("null", 1, False),
        ("? > 3 and ? < 5", 4, True),
        ("? > 3 and ? < 5", 5, False),
        ('contains(?, "bc")', "abcd", True),
        ('not(contains(?, "bc"))', "abcd", False),
        ("count(?) > 1", [1, 2], True),
        ("[1, 2, 3]", 2, True),
        ("[1, 2]", [1, 2], True),
        ("limits", 2, True),
        ("limit", 7, True),
        ("> limit", 8, True),
        ("limit + 1", 8, True),
        ("limit > 1", 0, True),
        ("limit > 100", 0, False),
        ('date("2024-01-01")', date(2024, 1, 1), True),
        ('[date("2024-01-01")..date("2024-12-31")]', date(2024, 6, 1), True),
        ("{a: 1}", {"a": 1}, True),
        ("every x in ? satisfies x > 0", [1, 2], True),
        ('"a"', 1, None),
        ("< 5", "a", None),
        ("< 5", None, None),
        ('not("a")', 1, None),
        ("missing", 1, False),
    ],
)
def test_a_cell(text: str, value: Any, expected: bool | None) -> None:
    assert verdict(text, value, limit=7, limits=[1, 2]) is expected


def test_a_boolean_cell_with_a_placeholder_judges_even_booleans() -> None:
    assert verdict("? = false or ? = null", False) is True
    assert verdict("not(?)", True) is False


def test_names_with_spaces_are_known_in_cells_too() -> None:
    tests = parse_unary_tests("> Credit limit", names=["Credit limit"])

    assert tests.evaluate(10, {"Credit limit": 5}).value is True
    assert tests.reads == {"Credit limit"}


def test_the_placeholder_is_no_variable() -> None:
    assert parse_unary_tests("? > x").reads == {"x"}


def test_a_test_that_cannot_be_made_explains_itself() -> None:
    result = parse_unary_tests("< 5").evaluate("a", {})

    assert [warning.code for warning in result.warnings] == ["NOT_COMPARABLE"]


def test_numbers_of_the_host_are_numbers() -> None:
    tests = parse_unary_tests("0.1")

    assert tests.evaluate(0.1, {}).value is True
    assert tests.evaluate(Decimal("0.10"), {}).value is True
    assert parse_unary_tests("1").evaluate(True, {}).value is None


def test_a_value_that_is_none_of_feel_s_is_null() -> None:
    result = parse_unary_tests("5").evaluate(object(), {})

    assert result.value is None
    assert [warning.code for warning in result.warnings] == ["NOT_A_VALUE"]


@pytest.mark.parametrize("text", ["5,", ", 5", "not(5", "[1..5", "> ", "- 5 -"])
def test_a_broken_cell_is_refused(text: str) -> None:
    with pytest.raises(FeelSyntaxError):
        parse_unary_tests(text)
