from decimal import Decimal

import pytest

from engine.feel import FeelSyntaxError, parse
from tests.feel.evaluating import assert_gives, value_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("2 * 3 ** 2", "18"),
        ("2 ** 3 ** 2", "64"),
        ("-2 ** 2", "4"),
        ("10 - 3 - 2", "5"),
        ("-10--5", "-5"),
        ("10 / 5 * 2", "4"),
        ("1 < 2 and 2 < 3", "true"),
        ("true or false and false", "true"),
        ("(true or false) and false", "false"),
        ("1 + 1 = 2", "true"),
        ("1 + 1 in [2]", "true"),
        ("5 between 1 + 1 and 3 * 2 and true", "true"),
        ("if 1 < 2 then 1 + 1 else 5", "2"),
        ("[1, 2, 3][2]", "2"),
        ("{a: {b: 1}}.a.b", "1"),
        ("-[1, 2][2]", "-2"),
        ("(function(a, b) a - b)(5, 3)", "2"),
        ("(function(a, b) a - b)(b: 5, a: 3)", "-2"),
        ("[1..5[.end included", "false"),
        ("[[1..5[, [1..2]][2].end", "2"),
        ("x in (1, 2)", "false"),
        ("3 in (1..5)", "true"),
        ("3 in (1..5) and false", "false"),
        ("(3 in (2, 3)) = true", "true"),
        ("for i in 1..2 return i * 2", "[2, 4]"),
        ("not(true)", "false"),
        ('@"P1D" instance of days and time duration', "true"),
        ("[1][1] instance of number", "true"),
    ],
)
def test_precedence_and_form(text: str, expected: str) -> None:
    assert_gives(text, expected)


@pytest.mark.parametrize(
    ("text", "line", "column", "found"),
    [
        ("1 +", 1, 4, "the end"),
        ("1 + * 2", 1, 5, '"*"'),
        ("(1 + 2", 1, 7, "the end"),
        ("[1, 2", 1, 6, "the end"),
        ("a b", 1, 3, '"b"'),
        ("if a then b", 1, 12, "the end"),
        ("1 +\n  then", 2, 3, '"then"'),
        ("{a 1}", 1, 5, '"}"'),
        ("foo.", 1, 5, "the end"),
        ("f(a: 1, 2)", 1, 9, '"2"'),
        ("a = = b", 1, 5, '"="'),
        ("@foo", 1, 2, '"foo"'),
        ("1 instance of", 1, 14, "the end"),
        ("a # b", 1, 3, '"#"'),
    ],
)
def test_a_syntax_error_tells_where_and_what(text: str, line: int, column: int, found: str) -> None:
    with pytest.raises(FeelSyntaxError) as refused:
        parse(text)

    error = refused.value
    assert (error.line, error.column, error.found) == (line, column, found)
    assert error.expected
    assert str(line) in error.message
    assert error.expected in error.message


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a adn b", "and"),
        ("for x in [1] retrun x", "return"),
        ("some x in [1] satisifes x", "satisfies"),
        ('stirng length("a")', "string length"),
        ("order.amount adn 5", "and"),
    ],
)
def test_a_syntax_error_names_what_was_probably_meant(text: str, meant: str) -> None:
    with pytest.raises(FeelSyntaxError) as refused:
        parse(text)

    assert refused.value.nearest == meant
    assert f'Did you mean "{meant}"?' in refused.value.message
    assert f"您是不是想写“{meant}”" in refused.value.text("zh")


def test_a_misspelled_name_with_spaces_gets_the_known_one_as_suggestion() -> None:
    with pytest.raises(FeelSyntaxError) as refused:
        parse("Mothly Salary * 12", names=["Monthly Salary"])

    assert refused.value.nearest == "Monthly Salary"


@pytest.mark.parametrize(
    ("text", "code"), [('"abc', "UNCLOSED_STRING"), ("/* abc", "UNCLOSED_COMMENT"), ("{a: 1, a: 2}", "DUPLICATE_KEY")]
)
def test_other_syntax_errors(text: str, code: str) -> None:
    with pytest.raises(FeelSyntaxError) as refused:
        parse(text)

    assert refused.value.code == code
    assert refused.value.message != refused.value.text("zh")


@pytest.mark.parametrize(
    "text", ["(" * 500 + "1" + ")" * 500, "-" * 500 + "1", "[" * 500, "not(" * 300 + "true" + ")" * 300]
)
def test_deep_nesting_is_refused_not_crashed(text: str) -> None:
    with pytest.raises(FeelSyntaxError) as refused:
        parse(text)

    assert refused.value.code == "TOO_DEEP"


def test_a_long_text_is_refused() -> None:
    with pytest.raises(FeelSyntaxError) as refused:
        parse("1 + " * 30_000 + "1")

    assert refused.value.code == "TOO_LONG"


def test_long_chains_are_no_deep_nesting() -> None:
    assert value_of(" + ".join(["1"] * 3000)) == 3000
    assert value_of(" and ".join(["true"] * 3000)) is True


def test_many_nested_in_do_not_take_exponential_time() -> None:
    text = "1"
    for _ in range(25):
        text = f"x in ({text})"

    assert parse(text).evaluate({"x": 1}).value is True


# -- names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "scope", "expected"),
    [
        ("Monthly Salary * 12", {"Monthly Salary": 10}, 120),
        ("Monthly   Salary\n* 12", {"Monthly Salary": 10}, 120),
        ("a-b + 1", {"a-b": 10}, 11),
        ("a - b", {"a": 10, "b": 3}, 7),
        ("Approved/Declined", {"Approved/Declined": 1}, 1),
        ("Person's age + 1", {"Person's age": 41}, 42),
        ("first + first name", {"first": 1, "first name": 2}, 3),
        ("in stock + 1", {"in stock": 4}, 5),
        ("`odd + name` + 1", {"odd + name": 4}, 5),
        ("Rule 1 + 1", {"Rule 1": 4}, 5),
        ("金额 > 100 and true", {"金额": 101}, True),
    ],
)
def test_names_of_the_scope_are_recognised_longest_first(text: str, scope: dict[str, int], expected: object) -> None:
    assert value_of(text, scope, names=scope) == expected


def test_without_the_name_a_hyphen_is_a_minus() -> None:
    assert value_of("a-b", {"a": 5, "b": 2, "a-b": 100}) == 3


def test_names_that_an_expression_defines_itself_are_recognised() -> None:
    assert value_of("{first name: 1, next: first name + 1}.next") == 2
    assert value_of("for line item in [1, 2] return line item + 1") == [2, 3]
    assert value_of("(function(unit price) unit price * 2)(5)") == 10
    assert value_of("(function(unit price) unit price * 2)(unit price: 5)") == 10
    assert value_of('{"a b": {c d: 1}}.a b.c d') == 1


def test_after_a_dot_words_are_one_name() -> None:
    scope = {"car": {"front door": 1, "brand": 2, "date of birth": 3}, "x": {"if": 4, "in": 5}}

    assert value_of("car.front door + car.brand + car.date of birth", scope) == 6
    assert value_of("x.if + x.in in [9]", scope) is True
    assert value_of("{if: 1, in: 2}.in") == 2


def test_two_variables_named_date_and_time_stay_a_conjunction() -> None:
    assert value_of("date and time", {"date": True, "time": False}) is False
    assert value_of('date and time("2024-01-01T00:00:00").year') == 2024


def test_a_variable_may_have_the_name_of_a_function() -> None:
    assert value_of("count + count([1, 2])", {"count": 5}) == 7


def test_a_parsed_expression_is_kept() -> None:
    assert parse("1 + 41") is parse("1 + 41")
    assert parse("1 + 41") is not parse("1 + 41", names=["a b"])
    assert repr(parse("1 + 41")) == "Expression('1 + 41')"


def test_numbers_are_exact() -> None:
    assert value_of("0.1 + 0.2 = 0.3") is True
    assert value_of("1 / 3") == Decimal("0.3333333333333333333333333333333333")
