"""What explains a null, and what ends an evaluation that takes too much."""

import pytest

from engine.feel import (
    Budget,
    Context,
    FeelBudgetError,
    parse,
)
from engine.feel.messages import MESSAGES
from engine.feel.phrases import PHRASES
from tests.feel.evaluating import codes_of, value_of

# -- warnings ----------------------------------------------------------------------------------------------------------


def test_a_missing_variable_is_named_with_its_place_and_the_nearest_one() -> None:
    result = parse("1 +\n amuont").evaluate({"amount": 5, "other": 6})

    warning = result.warnings[0]
    assert result.value is None
    assert warning.code == "NO_VARIABLE_FOUND"
    assert warning.message == 'There is no variable "amuont". Did you mean "amount"?'
    assert warning.text("zh") == "没有名为“amuont”的变量。您是不是想写“amount”?"
    assert warning.position is not None
    assert (warning.position.line, warning.position.column) == (2, 2)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("order.amuont", "NO_CONTEXT_ENTRY_FOUND"),
        ("order.amount.x", "NO_PROPERTY_FOUND"),
        ("nothing.x", "NOTHING_TO_READ"),
        ('order.amount + "a"', "NO_OPERATION"),
        ('order.amount > "a"', "NOT_COMPARABLE"),
        ('order.amount = "a"', "NOT_COMPARABLE"),
        ("order.amount / 0", "DIVISION_BY_ZERO"),
        ("10 ** 10000", "OUT_OF_RANGE"),
        ("[1][5]", "OUT_OF_BOUNDS"),
        ("sum(order)", "INVALID_TYPE"),
        ("upper case(5)", "INVALID_ARGUMENT"),
        ("true and 5", "INVALID_TYPE"),
        ("if 5 then 1 else 2", "INVALID_TYPE"),
        ("[5..1]", "INVALID_RANGE"),
        ('range("x")', "NO_RANGE"),
        ('number("x")', "NO_NUMBER"),
        ('date("x")', "INVALID_LITERAL"),
        ('context([{key: "a", value: 1}, {key: "a", value: 1}])', "DUPLICATE_ENTRY"),
        ("sqrt(-1)", "FUNCTION_INVOCATION_FAILURE"),
        ('@"2024-01-02T00:00:00" - @"2024-01-01T00:00:00Z"', "ZONE_MISMATCH"),
        ('matches("a", "[")', "PATTERN_REFUSED"),
    ],
)
def test_each_null_is_explained_in_both_languages(text: str, code: str) -> None:
    warnings = parse(text).evaluate({"order": {"amount": 5}, "nothing": None}).warnings

    assert [warning.code for warning in warnings] == [code]
    assert warnings[0].message
    assert any("\u4e00" <= character <= "\u9fff" for character in warnings[0].text("zh"))


def test_what_follows_from_an_explained_null_is_not_explained_again() -> None:
    assert codes_of("missing.a.b > 5 and missing2 + 1 = 2") == ["NO_VARIABLE_FOUND", "NO_VARIABLE_FOUND"]
    assert codes_of("missing = 1 or x.y = 1", {"x": None}) == ["NO_VARIABLE_FOUND", "NOTHING_TO_READ"]


def test_warnings_do_not_grow_without_end() -> None:
    assert len(parse("for i in 1..1000 return missing").evaluate({}).warnings) <= 50


def test_every_sentence_has_two_languages_and_the_same_gaps() -> None:
    for english, chinese in MESSAGES.values():
        gaps = {part.split("}")[0] for part in english.split("{")[1:]}
        assert gaps == {part.split("}")[0] for part in chinese.split("{")[1:]}
        assert english != chinese
    assert all(any("\u4e00" <= character <= "\u9fff" for character in phrase) for phrase in PHRASES.values())


# -- budgets -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("for i in 1..10**12 return i", "LIST_SIZE"),
        ("some i in 1..10**12 satisfies i < 0", "LIST_SIZE"),
        ("for i in [1..10**12] return i", "LIST_SIZE"),
        ('for d in @"-999999999-01-01"..@"999999999-01-01" return d', "LIST_SIZE"),
        ("for i in 1..1000, j in 1..1000 return 1", "LIST_SIZE"),
        ("every i in 1..1000, j in 1..1000 satisfies true", "STEPS"),
        ("{xs: for i in 1..1000 return i, r: for x in xs return xs[item > x]}.r", "STEPS"),
        ("{f: function(n) f(n + 1), r: f(1)}.r", "DEPTH"),
        ("{xs: for i in 1..40000 return i, r: concatenate(xs, xs)}.r", "LIST_SIZE"),
        ('{t: for i in 1..30 return if i = 1 then "aaaaaaaa" else partial[-1] + partial[-1]}.t', "TEXT_LENGTH"),
    ],
)
def test_what_would_take_too_much_is_ended_with_a_clear_sentence(text: str, code: str) -> None:
    with pytest.raises(FeelBudgetError) as ended:
        parse(text).evaluate({})

    assert ended.value.code == code
    assert "stopped" in ended.value.message
    assert "停止" in ended.value.text("zh")


SHARED = "{a: for i in 1..40 return if i = 1 then [1] else [partial[-1], partial[-1]], r: "


@pytest.mark.parametrize(
    "text",
    [
        "for i in 1..50000 return partial",
        "for i in 1..50000 return text + string(i)",
        "for i in 1..50000 return upper case(text)",
        'for i in 1..50000 return contains(text, "y")',
        "for i in 1..50000 return concatenate(many, [i])",
        "for i in 1..50000 return many = many",
        "for i in 1..50000 return sort(many)",
        "for i in 1..50000 return many instance of list<number>",
        "for i in 1..50000 return is(many, many)",
        "{f: function(a: list<number>) 1, r: for i in 1..50000 return f(many)}.r",
        "every x in many satisfies list contains(many, x)",
        "string(for i in 1..50000 return text)",
        'replace("aaaaaaaaaaaaaaaaaaaaaa", "a", text)',
        'string format("{a}{a}{a}", {a: text})',
        'for i in 1..50000 return matches("' + "a" * 60 + '", "a*a*b")',
        SHARED + "a}.r",
        SHARED + "a = a}.r",
        SHARED + "string(a)}.r",
        SHARED + "is(a, a)}.r",
        SHARED + "flatten(a)}.r",
        SHARED + "distinct values(a)}.r",
        SHARED + "a in a}.r",
        SHARED + "a instance of list<Any>}.r",
        SHARED + "a.x}.r",
    ],
)
def test_small_expressions_cannot_make_or_walk_huge_values(text: str) -> None:
    with pytest.raises(FeelBudgetError):
        parse(text).evaluate({"text": "x" * 500_000, "many": list(range(30_000))})


def test_a_variable_is_converted_once_in_an_evaluation() -> None:
    assert len(value_of("for i in 1..10000 return many[1]", {"many": list(range(10_000))})) == 10_000


def test_numbers_beyond_all_bounds_are_null_not_errors() -> None:
    assert value_of("x", {"x": 10**7000}) is None
    for text in (
        "10**6144 * 10",
        '@"P1D" * 10**6000',
        '@"P1Y" * 10**6000',
        "[1][10**6000]",
        'substring("a", 10**6000)',
        "decimal(1, 10**6000)",
    ):
        assert value_of(text) is None
    assert value_of("10**6000 + 1 = 10**6000") is True
    with pytest.raises(FeelBudgetError):
        value_of("for i in 1..10**6000 return i")


def test_a_budget_is_the_host_s_choice() -> None:
    expression = parse("for i in 1..100 return i")

    assert len(expression.evaluate({}).value) == 100
    with pytest.raises(FeelBudgetError):
        expression.evaluate({}, Context(budget=Budget(list_size=99)))
    with pytest.raises(FeelBudgetError):
        expression.evaluate({}, Context(budget=Budget(steps=99)))


def test_a_budget_is_fresh_for_each_evaluation() -> None:
    expression = parse("for i in 1..60 return i")
    context = Context(budget=Budget(steps=200))

    assert [len(expression.evaluate({}, context).value) for _ in range(5)] == [60] * 5
