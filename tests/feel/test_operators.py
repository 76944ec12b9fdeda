import pytest

from tests.feel.evaluating import assert_gives, codes_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10 + 5", "15"),
        ("10 - 5.5", "4.5"),
        ("10 * -5", "-50"),
        ("10 / 4", "2.5"),
        ("10 ** -5", "0.00001"),
        ("4 ** 0.5", "2"),
        ("0 ** 0", "1"),
        ("10 / 0", "null"),
        ("0 ** -1", "null"),
        ("(-8) ** (1 / 3)", "null"),
        ("10 ** 7000", "null"),
        ("10 + null", "null"),
        ("null * 10", "null"),
        ('"a" + "b"', '"ab"'),
        ('"a" + 1', "null"),
        ('"a" - "b"', "null"),
        ("true + 1", "null"),
        ("[1] + 1", "null"),
        ("--10", "10"),
        ('-"10"', "null"),
        ("-[10]", "null"),
        ('-@"P1D"', '@"-P1D"'),
        ('-@"-P1Y"', '@"P1Y"'),
        ('-@"2021-01-01"', "null"),
        ('@"2024-01-31" + @"P1M"', '@"2024-02-29"'),
        ('@"2024-03-31" - @"P1M"', '@"2024-02-29"'),
        ('@"2024-02-29" + @"P1Y"', '@"2025-02-28"'),
        ('@"P1M" + @"2024-01-31"', '@"2024-02-29"'),
        ('@"2024-01-01" + @"PT36H"', '@"2024-01-02"'),
        ('@"2024-01-01" - @"PT1H"', '@"2023-12-31"'),
        ('@"2024-01-01T00:00:00" + @"PT36H"', '@"2024-01-02T12:00:00"'),
        ('@"2012-12-24T23:59:00" + @"PT1M"', '@"2012-12-25T00:00:00"'),
        ('@"23:59:00Z" + @"PT2M"', '@"00:01:00Z"'),
        ('@"00:01:00" - @"PT2M"', '@"23:59:00"'),
        ('@"10:00:00" + @"P1M"', "null"),
        ('@"2024-01-01" + 1', "null"),
        ('@"2012-12-25" - @"2012-12-24"', '@"P1D"'),
        ('@"2012-12-24T23:59:00" - @"2012-12-22T03:45:00"', '@"P2DT20H14M"'),
        ('@"2024-01-01T12:00:00+02:00" - @"2024-01-01T10:00:00Z"', '@"PT0S"'),
        ('@"2024-01-02T00:00:00Z" - @"2024-01-01"', '@"P1D"'),
        ('@"2024-01-02" - @"2024-01-01T12:00:00Z"', '@"PT12H"'),
        ('@"2024-01-02T00:00:00" - @"2024-01-01T00:00:00Z"', "null"),
        ('@"10:00:00+01:00" - @"10:00:00Z"', '@"-PT1H"'),
        ('@"10:00:00" - @"09:59:00"', '@"PT1M"'),
        ('@"10:00:00" - @"09:59:00Z"', "null"),
        ('@"P1D" + @"PT1H"', '@"P1DT1H"'),
        ('@"P1D" - @"PT1H"', '@"PT23H"'),
        ('@"P1Y" + @"P1M"', '@"P13M"'),
        ('@"P1Y" - @"P1M"', '@"P11M"'),
        ('@"P1Y" + @"P1D"', "null"),
        ('@"P1D" * 1.5', '@"P1DT12H"'),
        ('2 * @"P1M"', '@"P2M"'),
        ('@"P1Y" * 0.5', '@"P6M"'),
        ('@"P1D" / 2', '@"PT12H"'),
        ('@"P1Y" / 5', '@"P2M"'),
        ('@"P1D" / @"PT1H"', "24"),
        ('@"P1Y" / @"P1M"', "12"),
        ('@"P1D" / @"P1M"', "null"),
        ('@"P1D" * @"P1D"', "null"),
        ('1 / @"P1D"', "null"),
        ('@"P1Y" / 0', "null"),
        ('@"P1D" / @"PT0S"', "null"),
        ('@"P1D" ** 2', "null"),
        ('@"2024-03-31T01:30:00@Europe/Paris" + @"PT1H"', '@"2024-03-31T03:30:00@Europe/Paris"'),
        ('@"2024-03-30T12:00:00@Europe/Paris" + @"P1M"', '@"2024-04-30T12:00:00@Europe/Paris"'),
        ('@"999999999-12-31" + @"P1D"', "null"),
        ('@"-0001-12-31" + @"P1D"', '@"0000-01-01"'),
        ('@"9999-12-31" + @"P1D"', '@"10000-01-01"'),
        ('@"10000-01-01T00:00:00Z" - @"PT1S"', '@"9999-12-31T23:59:59Z"'),
        ('@"00:00:00" + @"PT0.000000001S"', '@"00:00:00.000000001"'),
    ],
)
def test_arithmetic(text: str, expected: str) -> None:
    assert_gives(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 = 1.0", "true"),
        ("1 != 2", "true"),
        ('"a" = "a"', "true"),
        ("null = null", "true"),
        ("1 = null", "false"),
        ("1 != null", "true"),
        ('1 = "1"', "null"),
        ('1 != "1"', "null"),
        ("true = 1", "null"),
        ("[1, 2] = [1, 2.0]", "true"),
        ("[1, 2] = [2, 1]", "false"),
        ('[1] = ["a"]', "false"),
        ("[null] = [null]", "true"),
        ("[1] = 1", "true"),
        ("{a: 1, b: 2} = {b: 2, a: 1}", "true"),
        ("{a: 1} = {a: 1, b: null}", "false"),
        ("[1..5] = [1..5]", "true"),
        ("[1..5] = [1..5)", "false"),
        ("(< 5) = (null..5)", "true"),
        ('@"P1Y" = @"P12M"', "true"),
        ('@"P1D" = @"PT24H"', "true"),
        ('@"2024-01-01" = @"2024-01-01"', "true"),
        ('@"2024-01-01" = @"2024-01-01T00:00:00"', "null"),
        ('@"10:00:00Z" = @"12:00:00+02:00"', "true"),
        ('@"10:00:00Z" = @"10:00:00@Etc/UTC"', "true"),
        ('@"2024-07-01T12:00:00@Europe/Paris" = @"2024-07-01T10:00:00Z"', "true"),
        ('@"2024-01-01T10:00:00" = @"2024-01-01T10:00:00Z"', "true"),
        ("{f: function(a) a, r: f = f}.r", "true"),
        ("(function(a) a) = (function(a) a)", "false"),
        ("1 < 2", "true"),
        ("2 <= 2", "true"),
        ("3 > 4", "false"),
        ("4 >= 4", "true"),
        ('"a" < "b"', "true"),
        ('1 < "b"', "null"),
        ("1 < null", "null"),
        ("true < false", "null"),
        ("[1] < [2]", "null"),
        ('@"2024-01-01" < @"2024-01-02"', "true"),
        ('@"9999-12-31" < @"10000-01-01"', "true"),
        ('@"10:00:00" < @"10:00:00.000000001"', "true"),
        ('@"P1D" < @"PT25H"', "true"),
        ('@"P1Y" > @"P11M"', "true"),
        ('@"P1Y" > @"P1D"', "null"),
        ("2 between 1 and 3", "true"),
        ("1 between 1 and 3", "true"),
        ("0 between 1 and 3", "false"),
        ('"b" between "a" and "c"', "true"),
        ("null between 1 and 3", "null"),
        ("2 between null and 3", "null"),
        ('2 between 1 and "c"', "null"),
    ],
)
def test_comparison(text: str, expected: str) -> None:
    assert_gives(text, expected)


@pytest.mark.parametrize(
    ("left", "right", "both", "either"),
    [
        ("true", "true", "true", "true"),
        ("true", "false", "false", "true"),
        ("true", "null", "null", "true"),
        ("false", "null", "false", "null"),
        ("null", "false", "false", "null"),
        ("null", "null", "null", "null"),
        ('"x"', "true", "null", "true"),
        ("1", "false", "false", "null"),
    ],
)
def test_logic_knows_three_values(left: str, right: str, both: str, either: str) -> None:
    assert_gives(f"{left} and {right}", both)
    assert_gives(f"{left} or {right}", either)


def test_logic_stops_where_it_is_decided() -> None:
    assert codes_of("false and missing") == []
    assert codes_of("true or missing") == []
    assert codes_of("true and missing") == ["NO_VARIABLE_FOUND"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('if true then "y" else "n"', '"y"'),
        ('if null then "y" else "n"', '"n"'),
        ('if 1 then "y" else "n"', '"n"'),
        ("not(false)", "true"),
        ("not(null)", "null"),
        ("not(1)", "null"),
    ],
)
def test_conditions(text: str, expected: str) -> None:
    assert_gives(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 in [2, 3, 1]", "true"),
        ("1 in [[2..4], [1..3]]", "true"),
        ("10 in <= 10", "true"),
        ("10 in (> 1, < 0)", "true"),
        ("10 in (1, 5, 9)", "false"),
        ("10 in =10", "true"),
        ("10 in !=10", "false"),
        ("3 in (2..4)", "true"),
        ("2 in (2..4]", "false"),
        ("2 in ]2..4]", "false"),
        ("[1, 2] in [[1, 2], [3]]", "true"),
        ("{a: 1} in ({a: 2}, {a: 1})", "true"),
        ("5 in (? > 3)", "true"),
        ("null in [1..3]", "null"),
        ("null in [1, null]", "true"),
        ("5 in (null..10]", "null"),
        ('"a" in [1..3]', "null"),
        ('5 in ("a", 5)', "true"),
        ("true in [false, 2]", "false"),
        ("[1..3] in [[1..3]]", "true"),
    ],
)
def test_membership(text: str, expected: str) -> None:
    assert_gives(text, expected)
