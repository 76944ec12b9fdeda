"""What goes in comes out as it was; what a script assigns comes out as data."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from engine.feel.values import WideDate, WideDuration, YearsMonths
from engine.scripts import ScriptEnvironment, ScriptError

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")

EXACT = [
    None,
    True,
    "张伟 ✓",
    Decimal("67000.00"),
    Decimal("0.1234567890123456789012345678901234"),
    Decimal("1E+3"),
    Decimal("-0"),
    Decimal("12345678901234567890123456789012345"),
    date(2026, 3, 2),
    datetime(2026, 3, 2, 9, 0, 0, 123456),  # noqa: DTZ001 - local time without a zone is a FEEL value
    datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI),
    datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1),
    datetime(2026, 3, 2, 9, 0, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
    time(9, 30),
    time(9, 30, tzinfo=SHANGHAI),
    time(9, 30, tzinfo=timezone(timedelta(hours=2))),
    timedelta(days=-1, seconds=3, microseconds=5),
    timedelta(days=99_999_999),
    YearsMonths(14),
    YearsMonths(-1),
    WideDate(123456, 7, 8),
    WideDuration(1),
    [Decimal(1), [None, {"a": [date(2026, 1, 1), YearsMonths(3)]}]],
    {"typename": "x", "": Decimal("1.10"), "a b": {}},
]


@pytest.mark.parametrize("value", EXACT, ids=repr)
def test_a_value_survives_both_ways_exactly(env: ScriptEnvironment, value: object) -> None:
    copied = env.run("copy = value\nrow = [value]", {"value": value}).values

    assert repr(copied["copy"]) == repr(value)  # repr: 1.0 is not 1.00, one zone is not another of the same offset
    assert type(copied["copy"]) is type(value)
    assert repr(copied["row"]) == repr([value])


def test_an_instant_moved_across_a_change_of_the_clocks_stays_that_instant(env: ScriptEnvironment) -> None:
    start = datetime(2026, 3, 29, 0, 30, tzinfo=BERLIN)

    later = env.run("later = start + timedelta(hours=2)", {"start": start}).values["later"]

    assert later == start.astimezone(UTC) + timedelta(hours=2)
    assert later.tzinfo is BERLIN
    assert later.hour == 3


def test_money_is_never_a_binary_float(env: ScriptEnvironment) -> None:
    source = (
        "from math import sqrt\n"
        "import math, json\n"
        "sum3 = 0.1 + 0.1 + 0.1\n"
        "third = one / 3\n"
        "share = amount * 0.15\n"
        "root = 0.5 * sqrt(2) * amount\n"
        "circle = math.pi * amount\n"
        "power = one ** -1 + 2 ** -2\n"
        "read = json.loads('[1.10]')[0] + amount\n"
        "half = timedelta(hours=1.5)\n"
        "amount /= 4\n"
        "long = 0.12345678901234567890"
    )

    kept = env.run(source, {"one": Decimal(1), "amount": Decimal("10.10")}).values

    assert repr(kept["sum3"]) == "Decimal('0.3')"
    assert kept["third"] == Decimal("0.3333333333333333333333333333333333")
    assert repr(kept["share"]) == "Decimal('1.5150')"
    assert kept["root"].quantize(Decimal("0.000001")) == Decimal("7.141778")
    assert kept["circle"].quantize(Decimal("0.0001")) == Decimal("31.7301")
    assert kept["power"] == Decimal("1.25")
    assert repr(kept["read"]) == "Decimal('11.20')"
    assert kept["half"] == timedelta(minutes=90)
    assert kept["amount"] == Decimal("2.525")
    assert str(kept["long"]) == "0.12345678901234567890"


def test_the_sales_percentages_round_half_up(env: ScriptEnvironment) -> None:
    source = (
        "cent = Decimal('0.01')\n"
        "discount_pct = ((list_amount - net_amount) / list_amount * 100).quantize(cent, ROUND_HALF_UP)\n"
        "margin_pct = ((net_amount - cost) / net_amount * 100).quantize(cent, ROUND_HALF_UP)\n"
        "rounded = Decimal('2.675').quantize(cent, ROUND_HALF_UP)"
    )

    kept = env.run(
        source, {"list_amount": Decimal(72000), "net_amount": Decimal("67000.00"), "cost": Decimal(46000)}
    ).values

    assert [str(kept[name]) for name in ("discount_pct", "margin_pct", "rounded")] == ["6.94", "31.34", "2.68"]


def test_fields_are_read_set_and_removed_with_a_dot(env: ScriptEnvironment) -> None:
    order = {"amount": Decimal(1500), "lines": [{"qty": Decimal(2)}], "old": True, "items": "field, not method"}

    kept = env.run(
        "total = order.amount * order.lines[0].qty\n"
        "order.total = total\n"
        "order.amount += 1\n"
        "order['new'] = len(order.keys())\n"
        "del order.old\n"
        "label = order.items",
        {"order": order},
    ).values

    assert kept["total"] == 3000
    assert kept["label"] == "field, not method"
    assert kept["order"] == {
        "amount": 1501,
        "lines": [{"qty": 2}],
        "items": "field, not method",
        "total": 3000,
        "new": 5,
    }
    assert order["amount"] == 1500, "the caller's own value is not touched"


def test_a_number_that_happens_to_be_whole_works_everywhere(env: ScriptEnvironment) -> None:
    kept = env.run(
        "rows = [names[i] for i in range(count)]\n"
        "money = count.quantize(Decimal('0.01'))\n"
        "both = isinstance(count, (int, float)) and isinstance(price, (int, float))\n"
        "text = f'{price:.2f} {count}'",
        {"count": Decimal(2), "price": Decimal("1.5"), "names": ["a", "b", "c"]},
    ).values

    assert kept["rows"] == ["a", "b"]
    assert str(kept["money"]) == "2.00"
    assert kept["both"] is True
    assert kept["text"] == "1.50 2"


def test_only_what_the_script_names_goes_in_and_only_what_it_gave_comes_out(env: ScriptEnvironment) -> None:
    source = (
        "import re\n"
        "_private = 1\n"
        "def double(x):\n    inner = x * 2\n    return inner\n"
        "triple = lambda x: x * 3\n"
        "for i, item in enumerate(items):\n    last = double(item)\n"
        "if False:\n    never = 1\n"
        "same = [other for other in items]"
    )

    kept = env.run(source, {"items": [Decimal(1), Decimal(2)], "huge": object(), "never": 5}).values

    assert kept == {"last": 4, "same": [1, 2]}


def test_a_value_changed_in_place_comes_back_and_an_untouched_one_does_not(env: ScriptEnvironment) -> None:
    kept = env.run(
        "alias = box\nalias['n'] = 1.0\nitems.sort()\nlength = len(still)",
        {"box": {"n": Decimal(1)}, "items": [Decimal(2), Decimal(1)], "still": [Decimal(7)]},
    ).values

    assert kept == {"alias": {"n": 1}, "box": {"n": 1}, "items": [1, 2], "length": 1}
    assert str(kept["box"]["n"]) == "1.0"


@pytest.mark.parametrize(
    ("source", "result"),
    [("1 + 1", Decimal(2)), ("result = 'r'", "r"), ("x = 1", None), ("x = 5\nx * 2", Decimal(10))],
)
def test_the_result_is_the_last_expression_or_the_variable_result(
    env: ScriptEnvironment, source: str, result: object
) -> None:
    assert env.run(source, {}).result == result


def test_a_variable_may_have_the_name_of_something_ready(env: ScriptEnvironment) -> None:
    assert env.run("later = date.replace(year=2027)", {"date": date(2026, 1, 1)}).values == {"later": date(2027, 1, 1)}
    assert env.run("made = date(2026, 1, 1)", {}).values == {"made": date(2026, 1, 1)}


def test_the_clock_is_the_callers(env: ScriptEnvironment) -> None:
    now = datetime(2026, 3, 2, 9, 0, tzinfo=timezone(timedelta(hours=8)))

    assert env.run("today = date.today()\nwall = datetime.now()", {}, now=now).values == {
        "today": date(2026, 3, 2),
        "wall": now.replace(tzinfo=None),
    }


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("x = {1, 2}", '"x" is a set'),
        ("x = {1: 2}", "key that is not a text: int 1"),
        ("import re\nx = re.compile('a')", '"x" is a Pattern'),
        ("x = ValueError('a')", '"x" is a ValueError'),
        ("class A:\n    pass\nx = [A()]", '"x" is a A'),
        ("x = [int]", '"x" is a type'),
        ("x = float('nan')", "number that is not finite"),
        ("x = 10 ** 2000", "more than 1,000 digits"),
        ("x = Decimal('1E+9999999')\ny = [Decimal('NaN')]", "number that is not finite"),
        ("x = 'a\\x00b'", "NUL"),
        ("x = {}\nx['me'] = x", "nested too deeply"),
        ("b'bytes'", "The value of the last line is a bytes"),
    ],
)
def test_what_is_not_data_is_refused_by_name(env: ScriptEnvironment, source: str, reason: str) -> None:
    with pytest.raises(ScriptError, match=reason) as caught:
        env.run(source, {})

    assert caught.value.zh != caught.value.message
