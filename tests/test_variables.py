"""Every value survives storage; what is no value is refused; limits name the variable."""

from __future__ import annotations

import enum
import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidInput, LimitExceeded
from engine.feel.values import Range, WideDate, WideDateTime, WideDuration, WideTime, YearsMonths
from engine.variables import Limits, as_value, check, dumps, from_plain, loads, plain_dumps, plain_loads, to_plain

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
ZONES = st.one_of(
    st.none(),
    st.sampled_from(
        [UTC, SHANGHAI, BERLIN, timezone(timedelta(hours=-3, minutes=-30)), timezone(timedelta(seconds=1))]
    ),
)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=2) | st.decimals(
    allow_nan=False, allow_infinity=False
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    DECIMALS,
    TEXTS,
    st.dates(),
    st.times(timezones=ZONES),
    st.datetimes(timezones=ZONES, allow_imaginary=False),
    st.timedeltas(),
    st.builds(YearsMonths, st.integers(-(10**9), 10**9)),
    st.builds(WideDate, st.integers(10_000, 999_999_999), st.integers(1, 12), st.integers(1, 28)),
    st.builds(WideDuration, st.integers().map(lambda n: n * 1000 + 1)),
    st.builds(Range, st.integers() | st.none(), st.integers() | st.none(), st.booleans(), st.booleans()),
)
KEYS = TEXTS | st.sampled_from(["$date", "$months", "$", "$$date", "$range", "$unknown"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


def _exact(value: Any) -> Any:
    """The value with its types and scales visible, decimals without fraction digits as the ints that they become."""
    if isinstance(value, dict):
        return {key: _exact(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_exact(entry) for entry in value]
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        return ("int", int(value)) if isinstance(exponent, int) and exponent >= 0 else ("Decimal", str(value))
    if isinstance(value, datetime | time):
        return (type(value).__name__, value.isoformat(), str(value.tzinfo))
    return (type(value).__name__, value)


@given(VALUES)
def test_every_value_survives(value: Any) -> None:
    text = dumps(value)

    assert _exact(loads(text)) == _exact(value)
    assert loads(text.encode()) == loads(text)
    assert dumps(loads(text)) == text


@given(VALUES)
def test_plain_json_is_json(value: Any) -> None:
    assert json.loads(plain_dumps(value)) is not NotImplemented
    assert plain_loads(plain_dumps(value)) == to_plain(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"amount": Decimal("67000.00")}, '{"amount":67000.00}'),
        (Decimal("1E+5"), "100000"),
        (Decimal("0.1") + Decimal("0.2"), "0.3"),
        (10**30, str(10**30)),
        (0.1, "0.1"),
        ((1, 2), "[1,2]"),
        (date(2026, 3, 2), '{"$date":"2026-03-02"}'),
        (time(9, 0, tzinfo=timezone(timedelta(hours=8))), '{"$time":"09:00:00+08:00"}'),
        (datetime(2026, 3, 2, 1, tzinfo=UTC), '{"$datetime":"2026-03-02T01:00:00Z"}'),
        (datetime(2026, 3, 2, 9, tzinfo=SHANGHAI), '{"$datetime":"2026-03-02T09:00:00@Asia/Shanghai"}'),
        (datetime(2026, 3, 2, 9), '{"$datetime":"2026-03-02T09:00:00"}'),  # noqa: DTZ001 - FEEL has local ones
        (timedelta(hours=2), '{"$duration":"PT2H"}'),
        (timedelta(days=-1, hours=-2, milliseconds=-500), '{"$duration":"-P1DT2H0.5S"}'),
        (YearsMonths(14), '{"$months":14}'),
        (Range(1, Decimal("5.50"), True, False), '{"$range":[1,5.50,"[)"]}'),
        ({"$date": "mine"}, '{"$$date":"mine"}'),
        ({"$date": "mine", "other": 1}, '{"$date":"mine","other":1}'),
        ("客户", '"客户"'),
    ],
)
def test_texts(value: Any, text: str) -> None:
    assert dumps(value) == text
    assert loads(text) == (list(value) if isinstance(value, tuple) else Decimal(str(value)) if value == 0.1 else value)


def test_the_second_pass_of_a_repeated_hour_stays_the_second() -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)

    again = loads(dumps(first.replace(fold=1)))

    assert (again.fold, again.utcoffset()) == (1, timedelta(hours=1))
    assert loads(dumps(first)).utcoffset() == timedelta(hours=2)


def test_wide_values_of_feel_survive() -> None:
    values = [
        WideDate(-44, 3, 15),
        WideTime(9, 0, 0, 123_456_789, SHANGHAI),
        WideDateTime(999_999_999, 12, 31, 23, 59, 59, 999_999_999, UTC),
        WideDateTime(2026, 3, 2, 9, 0, 0, 1, None),
        WideDuration(10**30),
        WideDuration(-1),
    ]

    assert loads(dumps(values)) == values


class Colour(enum.StrEnum):
    RED = "red"


def test_subclasses_become_the_values_that_they_are() -> None:
    assert dumps({"colour": Colour.RED, Colour.RED: enum.IntEnum("N", "ONE")(1)}) == '{"colour":"red","red":1}'


@pytest.mark.parametrize(
    "value",
    [
        Decimal("NaN"),
        Decimal("-Infinity"),
        float("nan"),
        float("inf"),
        "a\0b",
        {"a\0": 1},
        ["\ud800"],
        {1: "a"},
        {None: "a"},
        {"$date": 1, 2: 3},
        {"a": object()},
        [len],
        b"bytes",
        {1, 2},
        10**5000,
        Decimal("1E+5000"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_value_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInput):
        dumps(value)
    with pytest.raises(InvalidInput):
        dumps({"deep": [{"in": value}, date(2026, 3, 2)]})


@pytest.mark.parametrize(
    "text",
    [
        '{"$unknown": 1}',
        '{"$date": "2026-02-30"}',
        '{"$date": 5}',
        '{"$date": "2026-W10-1"}',
        '{"$datetime": "2026-03-02"}',
        '{"$datetime": "2026-03-02T09:00:00@Nowhere/Town"}',
        '{"$time": "25:00:00"}',
        '{"$duration": "P"}',
        '{"$duration": "P1DT"}',
        '{"$months": "14"}',
        '{"$range": [1, 2]}',
        '{"$range": [1, 2, "()]"]}',
        "{",
        "NaN",
        "",
    ],
)
def test_bad_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        loads(text)


def test_values_that_contain_themselves_end() -> None:
    endless: list[Any] = []
    endless.append(endless)
    doubled: list[Any] = [1]
    for _ in range(40):
        doubled = [doubled, doubled]

    for write in (dumps, to_plain, from_plain):
        for value in (endless, doubled, {"when": date(2026, 3, 2), "more": doubled}):
            with pytest.raises((LimitExceeded, InvalidInput)):
                write(value)


def test_plain_values_are_for_people_and_programs() -> None:
    value = {
        "on": date(2026, 3, 2),
        "at": datetime(2026, 3, 2, 9, tzinfo=SHANGHAI),
        "in": timedelta(days=1),
        "for": YearsMonths(14),
        "amount": Decimal("67000.00"),
        "range": Range(1, None, True, False),
        "$date": {"$date": "mine"},
    }

    assert to_plain(value) == {
        "on": "2026-03-02",
        "at": "2026-03-02T09:00:00+08:00",
        "in": "P1D",
        "for": "P1Y2M",
        "amount": Decimal("67000.00"),
        "range": "[1..)",
        "$date": {"$date": "mine"},
    }
    assert plain_dumps({"amount": Decimal("67000.00")}) == b'{"amount":67000.00}'


def test_plain_json_comes_in_as_it_is_meant() -> None:
    parsed = json.loads('{"a": 0.1, "b": [1, true, null], "$date": {"$date": "2026-03-02"}, "big": 1e3}')

    assert from_plain(parsed) == {
        "a": Decimal("0.1"),
        "b": [1, True, None],
        "$date": {"$date": "2026-03-02"},
        "big": 1000,
    }
    assert str(plain_loads('{"a": 67000.00}')["a"]) == "67000.00"
    assert plain_loads('{"$date": "2026-03-02"}') == {"$date": "2026-03-02"}
    with pytest.raises(InvalidInput):
        from_plain({"when": date(2026, 3, 2)})
    with pytest.raises(InvalidInput):
        from_plain(json.loads("[NaN]"))


def test_typed_values_among_json_stay_what_they_are() -> None:
    moment = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert as_value({"at": moment, "days": [date(2026, 3, 2)], "rate": 0.1}) == {
        "at": moment,
        "days": [date(2026, 3, 2)],
        "rate": Decimal("0.1"),
    }
    with pytest.raises(InvalidInput):
        as_value({"what": object()})


@pytest.mark.parametrize(
    ("variables", "limit"),
    [
        ({"small": 1, "photo": "x" * 600_000}, "size"),
        ({"small": 1, "photo": "客" * 200_000}, "size"),
        ({"photo": ["\n" * 1000] * 400}, "size"),
        ({"small": [1], "many": [0] * 60_000}, "values"),
        ({"deep": json.loads("[" * 40 + "]" * 40)}, "depth"),
    ],
)
def test_limits_name_the_variable(variables: dict[str, Any], limit: str) -> None:
    with pytest.raises(LimitExceeded) as caught:
        check(variables)

    name = list(variables)[-1]
    assert caught.value.data["variable"] == name
    assert caught.value.data["limit"] == limit
    assert name in caught.value.message
    assert name in caught.value.zh


def test_what_fits_passes() -> None:
    check({"text": "x" * 520_000})
    check({"many": [0] * 49_000})
    check({"deep": json.loads("[" * 31 + "]" * 31)})
    check({})
    with pytest.raises(LimitExceeded):
        check({"a": {"b": 1}}, Limits(depth=1))


def test_shared_parts_are_weighed_as_often_as_they_are_written() -> None:
    shared: Any = "x" * 10_000
    for _ in range(10):
        shared = [shared, shared]

    with pytest.raises(LimitExceeded):
        check({"shared": shared})
