from decimal import Decimal

import pytest

from engine.feel import Context, FeelSyntaxError, coerce, is_instance, parse, type_name, type_of_text
from engine.feel.context import Refused
from tests.feel.evaluating import assert_gives, codes_of

VALUES = {
    "number": "1",
    "string": '"a"',
    "boolean": "true",
    "date": '@"2024-01-01"',
    "time": '@"10:00:00"',
    "date and time": '@"2024-01-01T10:00:00"',
    "days and time duration": '@"P1D"',
    "years and months duration": '@"P1Y"',
    "list<Any>": "[1]",
    "context<>": "{a: 1}",
    "range<Any>": "[1..2]",
    "function<> -> Any": "(function() 1)",
}


@pytest.mark.parametrize("type_", VALUES)
@pytest.mark.parametrize("kind", VALUES)
def test_each_value_is_an_instance_of_its_type_alone(kind: str, type_: str) -> None:
    assert_gives(f"{VALUES[kind]} instance of {type_}", "true" if kind == type_ else "false")


@pytest.mark.parametrize("kind", VALUES)
def test_everything_but_null_is_an_instance_of_any(kind: str) -> None:
    assert_gives(f"{VALUES[kind]} instance of Any", "true")
    assert_gives(f"null instance of {kind}", "false")
    assert_gives("null instance of Any", "false")
    assert_gives("null instance of Null", "true")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1, 2] instance of list<number>", "true"),
        ('[1, "a"] instance of list<number>', "false"),
        ("[1, null] instance of list<number>", "true"),
        ("[] instance of list<string>", "true"),
        ("[[1]] instance of list<list<number>>", "true"),
        ("{a: 1, b: 2} instance of context<a: number>", "true"),
        ("{a: null} instance of context<a: number>", "true"),
        ("{b: 1} instance of context<a: number>", "false"),
        ('{a: "x"} instance of context<a: number>', "false"),
        ("{a: {b: 1}} instance of context<a: context<b: number>>", "true"),
        ("{first name: 1} instance of context<first name: number>", "true"),
        ("[1..2] instance of range<number>", "true"),
        ('["a".."b"] instance of range<number>', "false"),
        ("(>= 5) instance of range<number>", "true"),
        ("(function(a: number) 1) instance of function<number> -> Any", "true"),
        ("(function(a: number) 1) instance of function<string> -> Any", "false"),
        ("(function(a) 1) instance of function<string> -> Any", "true"),
        ("(function(a, b) 1) instance of function<string> -> Any", "false"),
        ('(function() "a") instance of function<> -> string', "true"),
        ('(function() "a") instance of function<> -> number', "false"),
        ("(function() {a: 1, b: 2}) instance of function<> -> context<a: number>", "true"),
        ("(function(a: context<x: number>) 1) instance of function<context<x: number, y: string>> -> number", "true"),
        ("abs instance of function<number> -> number", "true"),
        ("abs instance of function<string> -> number", "false"),
        ("1 + 1 instance of number", "null"),
        ("(1 + 1) instance of number", "true"),
        ("-1 instance of number", "true"),
    ],
)
def test_structured_types(text: str, expected: str) -> None:
    assert_gives(text, expected)


def test_named_types_come_from_the_context() -> None:
    context = Context(
        types={
            "tAge": lambda value: isinstance(value, Decimal) and value > 0,
            "tNames": "list<string>",
            "tAges": "list<tAge>",
        }
    )

    assert parse("5 instance of tAge").evaluate({}, context).value is True
    assert parse("-5 instance of tAge").evaluate({}, context).value is False
    assert parse('["a"] instance of tNames').evaluate({}, context).value is True
    assert parse("[1, -1] instance of tAges").evaluate({}, context).value is False
    assert parse("(function(a: tAge) a)(-5)").evaluate({}, context).value is None


def test_an_unknown_type_is_null_with_a_reason() -> None:
    assert_gives("1 instance of tNothing", "null")
    assert codes_of("1 instance of tNothing") == ["UNKNOWN_TYPE"]


def test_types_from_python() -> None:
    assert is_instance(5, "number")
    assert not is_instance(True, "number")
    assert is_instance([1, 2], "list<number>")
    assert type_of_text("list<number>").inner[0].name == "number"
    with pytest.raises(FeelSyntaxError):
        type_of_text("list<number")


@pytest.mark.parametrize(
    ("value", "type_", "expected"),
    [
        ([5], "number", Decimal(5)),
        (5, "list<number>", [Decimal(5)]),
        (None, "number", None),
        (5, None, Decimal(5)),
        ("a", "string", "a"),
    ],
)
def test_implicit_conversions(value: object, type_: str | None, expected: object) -> None:
    assert coerce(value, type_) == expected


def test_a_date_becomes_midnight_utc() -> None:
    made = coerce(parse('@"2024-01-01"').evaluate({}).value, "date and time")

    assert type_name(made) == "date and time"
    assert str(made) == "2024-01-01 00:00:00+00:00"


@pytest.mark.parametrize(
    ("value", "type_"), [("a", "number"), ([1, 2], "number"), ("a", "list<number>"), ({"a": "x"}, "context<a: number>")]
)
def test_what_does_not_fit_is_refused(value: object, type_: str) -> None:
    with pytest.raises(Refused) as refused:
        coerce(value, type_)

    assert refused.value.code == "INVALID_TYPE"
