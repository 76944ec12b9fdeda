"""Every built-in function: what it computes, and that it gives null for what it cannot take."""

import pytest

from engine.feel import FUNCTIONS, parse
from tests.feel import cases_lists, cases_numbers, cases_texts
from tests.feel.evaluating import assert_gives, codes_of

CASES = {**cases_texts.CASES, **cases_lists.CASES, **cases_numbers.CASES}


@pytest.mark.parametrize(("text", "expected"), [case for cases in CASES.values() for case in cases])
def test_function(text: str, expected: str) -> None:
    assert_gives(text, expected)


def test_every_function_is_tested() -> None:
    need_a_host = {"now", "today", "add business time", "add business days"}

    assert set(FUNCTIONS) == set(CASES) | need_a_host


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in ("is defined",)])
def test_wrong_arguments_are_null_with_a_reason(name: str) -> None:
    result = parse(f"{name}(1, 2, 3, 4, 5, 6, 7, 8, 9)").evaluate({})
    variadic = FUNCTIONS[name].signatures[-1].variadic

    if result.value is None:
        assert result.warnings
    else:
        assert variadic


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_unknown_parameter_name_is_refused(name: str) -> None:
    if name != "is defined":
        assert codes_of(f"{name}(no such parameter: 1)") == ["WRONG_ARGUMENTS"]
