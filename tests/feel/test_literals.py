from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from engine.feel import FeelSyntaxError, Range, WideDate, WideDateTime, WideTime, YearsMonths, parse
from tests.feel.evaluating import value_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", Decimal(1)),
        (".872", Decimal("0.872")),
        ("-125.50", Decimal("-125.50")),
        ("1.5e3", Decimal(1500)),
        ("12345678901234567890123456789012345678", Decimal("1.234567890123456789012345678901235E+37")),
        ("true", True),
        ("false", False),
        ("null", None),
        ('"横綱"', "横綱"),
        ('"a\\"b\\\\c\\n\\t"', 'a"b\\c\n\t'),
        ('"\\uD83D\\uDC0E\\U01F40E"', "🐎🐎"),
        ('"\\d+"', "\\d+"),
        ('""', ""),
        ("[]", []),
        ('[1, "a", [true]]', [Decimal(1), "a", [True]]),
        ("{}", {}),
        ('{a: 1, "b c": 2, d e: 3}', {"a": Decimal(1), "b c": Decimal(2), "d e": Decimal(3)}),
        ("{a: 1, b: a + 1, c: b * 2}", {"a": Decimal(1), "b": Decimal(2), "c": Decimal(4)}),
    ],
)
def test_a_literal_is_its_python_value(text: str, expected: object) -> None:
    value = value_of(text)

    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-02-29", date(2024, 2, 29)),
        ("-0044-03-15", WideDate(-44, 3, 15)),
        ("999999999-12-31", WideDate(999_999_999, 12, 31)),
        ("10:30:00", time(10, 30)),
        ("10:30:00.123456789", WideTime(10, 30, 0, 123_456_789)),
        ("10:30:00Z", time(10, 30, tzinfo=UTC)),
        ("10:30:00+05:30", time(10, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))),
        ("10:30:00@Europe/Paris", time(10, 30, tzinfo=ZoneInfo("Europe/Paris"))),
        ("2024-05-01T10:30:00", datetime.combine(date(2024, 5, 1), time(10, 30))),
        ("2024-05-01T10:30:00.5Z", datetime(2024, 5, 1, 10, 30, 0, 500_000, tzinfo=UTC)),
        ("2024-05-01T10:30:00.000000001", WideDateTime(2024, 5, 1, 10, 30, 0, 1)),
        ("P1DT2H3M4.5S", timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
        ("-PT5M", timedelta(minutes=-5)),
        ("P1Y6M", YearsMonths(18)),
        ("-P2M", YearsMonths(-2)),
    ],
)
def test_an_at_literal_is_the_narrowest_type_that_holds_it(text: str, expected: object) -> None:
    value = value_of(f'@"{text}"')

    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    "text",
    [
        "foo",
        "2024-02-30",
        "2024-2-3",
        "02024-01-01",
        "+2024-01-01",
        "9999999999-01-01",
        "24:00:00",
        "7:00:00",
        "10:60:00",
        "10:30",
        "10:30:00+19:00",
        "10:30:00+5:00",
        "10:30:00@No/Where",
        "10:30:00+02:00@Europe/Paris",
        "2024-05-01T25:00:00",
        "P",
        "PT",
        "P1Y2D",
        "P1W",
        "",
    ],
)
def test_an_at_literal_that_is_none_is_null_with_a_warning(text: str) -> None:
    result = parse(f'@"{text}"').evaluate({})

    assert result.value is None
    assert [warning.code for warning in result.warnings] == ["INVALID_LITERAL"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1..5]", Range(Decimal(1), Decimal(5), True, True)),
        ("(1..5]", Range(Decimal(1), Decimal(5), False, True)),
        ("]1..5[", Range(Decimal(1), Decimal(5), False, False)),
        ("[1..5)", Range(Decimal(1), Decimal(5), True, False)),
        ('["a".."c"]', Range("a", "c")),
        ("(< 5)", Range(None, Decimal(5), False, False)),
        ("(<= 5)", Range(None, Decimal(5), False, True)),
        ("(> 5)", Range(Decimal(5), None, False, False)),
        ("(>= 5)", Range(Decimal(5), None, True, False)),
        ("(= 5)", Range(Decimal(5), Decimal(5))),
        ("[1 + 1..2 * 3]", Range(Decimal(2), Decimal(6))),
        ("(null..5]", Range(None, Decimal(5), False, True)),
    ],
)
def test_every_form_of_range(text: str, expected: Range) -> None:
    assert value_of(text) == expected


@pytest.mark.parametrize("text", ["[5..1]", '[1.."a"]', "[null..5]", "[1..null]", "(null..null)", "(!= 5)", "(< null)"])
def test_a_range_that_cannot_be_is_null(text: str) -> None:
    assert value_of(text) is None


def test_comments_are_space() -> None:
    assert value_of("/* first */ 1 + // then\n 2") == 3


@pytest.mark.parametrize("text", ["", "   ", "// nothing"])
def test_an_empty_expression_is_refused(text: str) -> None:
    with pytest.raises(FeelSyntaxError) as refused:
        parse(text)

    assert refused.value.code in ("EMPTY", "UNEXPECTED")
