"""What a host gives and gets: values, functions, calendars, the clock, reads, warnings and budgets."""

from collections import OrderedDict, UserDict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.feel import (
    Budget,
    Context,
    FeelBudgetError,
    FeelError,
    FeelFunction,
    Parameter,
    Range,
    Result,
    Value,
    YearsMonths,
    parse,
    string_of,
    to_feel,
    type_name,
)
from tests.feel.evaluating import codes_of, value_of

NOON = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)


# -- values ------------------------------------------------------------------------------------------------------------


class Colour(IntEnum):
    RED = 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, Decimal(5)),
        (0.1, Decimal("0.1")),
        (float("nan"), None),
        (Decimal("Infinity"), None),
        ((1, 2), [Decimal(1), Decimal(2)]),
        ({3}, [Decimal(3)]),
        ([1, "a", [2]], [Decimal(1), "a", [Decimal(2)]]),
        ({1: 2}, {"1": Decimal(2)}),
        (OrderedDict(a=1), {"a": Decimal(1)}),
        (UserDict(a=[1]), {"a": [Decimal(1)]}),
        (Colour.RED, Decimal(1)),
        (True, True),
        (None, None),
    ],
)
def test_host_values_become_feel_values(value: object, expected: object) -> None:
    made = to_feel(value)

    assert made == expected
    assert type(made) is type(expected)


def test_what_is_a_feel_value_is_not_copied() -> None:
    value = {"a": [Decimal(1), "x", {"b": None}]}

    assert to_feel(value) is value


class Looked(UserDict[str, int]):
    times = 0

    def items(self) -> Any:
        type(self).times += 1
        return super().items()


def test_what_lies_deep_is_converted_once() -> None:
    value: object = Looked(a=1)
    for _ in range(12):
        value = {"x": value, "y": Decimal(1)}

    made = to_feel(value)

    assert Looked.times == 1
    for _ in range(12):
        assert isinstance(made, dict) and made["y"] == 1
        made = made["x"]
    assert made == {"a": Decimal(1)}


@pytest.mark.parametrize("value", [object(), b"bytes", lambda: 1])
def test_what_is_no_feel_value_is_refused(value: object) -> None:
    with pytest.raises(FeelError) as refused:
        to_feel(value)

    assert refused.value.code == "NOT_A_VALUE"


def test_a_variable_that_is_no_feel_value_is_null_with_a_reason() -> None:
    assert value_of("x", {"x": object()}) is None
    assert codes_of("x", {"x": object()}) == ["NOT_A_VALUE"]
    assert codes_of("x.y", {"x": {"y": object()}}) == ["NOT_A_VALUE"]


def test_a_boolean_is_never_a_number() -> None:
    assert type_name(True) == "boolean"
    assert value_of("x + 1", {"x": True}) is None
    assert value_of("x = 1", {"x": True}) is None


def test_values_have_names_and_texts() -> None:
    assert [type_name(value) for value in (1, "a", None, [], {}, NOON, date(2024, 1, 1))] == [
        "number",
        "string",
        "null",
        "list",
        "context",
        "date and time",
        "date",
    ]
    assert (
        string_of({"a b": [Decimal("1.50"), None], "c-d": Range(Decimal(1), None, True, False)})
        == '{a b: [1.50, null], "c-d": >=1}'
    )
    assert string_of(YearsMonths(-14)) == "-P1Y2M"
    assert string_of(Range(date(2024, 1, 1), date(2024, 2, 1), True, False)) == '[@"2024-01-01"..@"2024-02-01")'


def test_the_scope_may_be_any_mapping_and_is_read_only_as_needed() -> None:
    class Lazy(Mapping[str, Any]):
        asked: list[str] = []

        def __getitem__(self, name: str) -> Any:
            self.asked.append(name)
            if name == "missing":
                raise KeyError(name)
            return 7

        def __iter__(self) -> Any:
            return iter(("a", "b"))

        def __len__(self) -> int:
            return 2

    scope = Lazy()

    assert parse("if a > 5 then a else b").evaluate(scope).value == 7
    assert set(scope.asked) == {"a"}
    assert parse("missing").evaluate(scope).value is None


def test_only_what_a_path_leads_to_is_converted() -> None:
    class Counting(dict[str, Any]):
        def items(self) -> Any:
            raise AssertionError("the whole context was walked")

    assert value_of("order.amount * 2", {"order": Counting(amount=5)}) == 10


# -- reads -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reads", "paths"),
    [
        ("a + b.c.d", {"a", "b"}, {("a",), ("b", "c", "d")}),
        ("for x in xs return x + y", {"xs", "y"}, {("xs",), ("y",)}),
        ("{a: 1, b: a + c}", {"c"}, {("c",)}),
        ("(function(a) a + b)(1)", {"b"}, {("b",)}),
        ("some x in a.b satisfies x = 1", {"a"}, {("a", "b")}),
        ("count(xs) > limit", {"xs", "limit"}, {("xs",), ("limit",)}),
        ("a.b[1].c", {"a"}, {("a", "b")}),
        ("a + a.b", {"a"}, {("a",), ("a", "b")}),
        ("now() > due", {"due"}, {("due",)}),
        ("1 + 1", set(), set()),
        ("if a then b else c", {"a", "b", "c"}, {("a",), ("b",), ("c",)}),
    ],
)
def test_reads(text: str, reads: set[str], paths: set[tuple[str, ...]]) -> None:
    expression = parse(text)

    assert expression.reads == reads
    assert expression.paths == paths


def test_names_inside_a_filter_may_be_entries() -> None:
    expression = parse("items[price > limit]")

    assert expression.reads == {"items", "price", "limit"}
    assert expression.maybe == {"price", "limit"}


def test_functions_that_are_not_built_in_are_listed() -> None:
    assert parse("score(a) + sum([1])").calls == {"score"}


# -- functions, calendars, the clock -----------------------------------------------------------------------------------


def test_a_host_s_function_is_called_by_position_and_by_name() -> None:
    context = Context(functions={"add up": lambda left, right: int(left + right)})
    names = ["add up"]

    assert parse("add up(1, 2)", names=names).evaluate({}, context).value == Decimal(3)
    assert parse("add up(right: 1, left: 2)", names=names).evaluate({}, context).value == Decimal(3)
    assert parse("add up(1)", names=names).evaluate({}, context).value is None


def test_what_a_host_s_function_raises_is_null_with_a_reason() -> None:
    def fail(_value: Value) -> Value:
        raise RuntimeError("no connection")

    result = parse("fail(1)").evaluate({}, Context(functions={"fail": fail}))

    assert result.value is None
    assert "no connection" in result.warnings[0].message


def test_a_function_value_in_the_scope_gets_checked_arguments_and_passes_its_warnings_on() -> None:
    inner = parse("x + missing")

    def body(arguments: Any, context: Context) -> Result:
        return inner.evaluate({"x": arguments[0]}, context)

    function = FeelFunction("f", (Parameter("x", "number"),), body)

    result = parse("f(1)").evaluate({"f": function})
    assert result.value is None
    assert next(warning.code for warning in result.warnings) == "NO_VARIABLE_FOUND"
    assert parse('f("a")').evaluate({"f": function}).warnings[0].code == "INVALID_TYPE"


def test_a_function_of_one_evaluation_can_be_called_in_another() -> None:
    function = value_of("function(a) a * factor", {"factor": 3})

    assert value_of("f(5)", {"f": function}) == 15
    result = function.body([Decimal(2)], Context())
    assert result == Result(Decimal(6), ())


def test_nested_evaluations_draw_on_one_budget() -> None:
    inner = parse("count(for i in 1..40 return i)")
    function = FeelFunction("f", (), lambda _arguments, context: inner.evaluate({}, context))

    with pytest.raises(FeelBudgetError):
        parse("for i in 1..40 return f()").evaluate({"f": function}, Context(budget=Budget(steps=1000)))


def test_the_clock_is_the_context_s() -> None:
    context = Context(now=NOON, zone=ZoneInfo("Asia/Shanghai"))

    assert parse("string(now())").evaluate({}, context).value == "2024-05-01T20:00:00@Asia/Shanghai"
    assert parse("today()").evaluate(
        {}, Context(now=NOON.replace(hour=20), zone=ZoneInfo("Asia/Shanghai"))
    ).value == date(2024, 5, 2)
    assert parse('now() - @"PT1H" < now()').evaluate({}, Context(now=NOON)).value is True
    assert parse("now(1)").evaluate({}, context).value is None


def test_without_a_clock_the_time_is_null_with_a_reason() -> None:
    assert codes_of("now()") == ["NO_CLOCK"]
    assert codes_of("today()") == ["NO_CLOCK"]


class EveryOtherDay:
    def add(self, start: datetime, duration: timedelta) -> datetime:
        return start + 2 * duration

    def add_days(self, start: datetime, days: int) -> datetime:
        return start + timedelta(days=2 * days)


def test_business_time_is_the_calendar_s() -> None:
    context = Context(zone=UTC, calendars={"slow": EveryOtherDay()})

    assert parse('add business time(@"2024-05-01T12:00:00Z", @"PT3H", "slow")').evaluate(
        {}, context
    ).value == NOON + timedelta(hours=6)
    assert parse('add business days(@"2024-05-01T12:00:00", 2, "slow")').evaluate(
        {}, context
    ).value == NOON + timedelta(days=4)
    assert parse('add business days(@"2024-05-01T12:00:00Z", 1.5, "slow")').evaluate({}, context).value is None
    result = parse('add business days(@"2024-05-01T12:00:00Z", 1, "slwo")').evaluate({}, context)
    assert result.warnings[0].code == "NO_CALENDAR"
    assert 'Did you mean "slow"?' in result.warnings[0].message
