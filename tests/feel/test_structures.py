import pytest

from tests.feel.evaluating import assert_gives, codes_of, value_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1, 2, 3][1]", "1"),
        ("[1, 2, 3][-1]", "3"),
        ("[1, 2, 3][0]", "null"),
        ("[1, 2, 3][4]", "null"),
        ("[1, 2, 3][1.5]", "null"),
        ("[1, 2, 3][count([1, 2])]", "2"),
        ("[1, 2, 3][item >= 2]", "[2, 3]"),
        ("[1, 2, 3][true]", "[1, 2, 3]"),
        ("[1, 2, 3][null]", "[]"),
        ("[][1]", "null"),
        ("[][item > 1]", "[]"),
        ("[][count([1])]", "null"),
        ("100[1]", "100"),
        ("100[true]", "[100]"),
        ("null[1]", "null"),
        ("null[item > 1]", "null"),
        ("[{a: 1}, {a: 2}][a = 2]", "[{a: 2}]"),
        ("[{a: 1}, {a: 2}][item.a = 2]", "[{a: 2}]"),
        ("[{item: 1}, {item: 2}][item >= 2]", "[{item: 2}]"),
        ("[{x: 1}, {y: 2}][y > 1]", "[{y: 2}]"),
        ("[{a: 1}, {a: 2}].a", "[1, 2]"),
        ("[{a: 1}, {b: 2}].a", "[1, null]"),
        ("[[{a: 1}], {a: 2}].a", "[[1], 2]"),
        ("{a: 1}.b", "null"),
        ("null.a", "null"),
        ("(1).a", "null"),
        ("[[1, 2], [3]][count(item) > 1]", "[[1, 2]]"),
        ("[1, 2, 3][item > 1][item < 3]", "[2]"),
        ("{limit: 1, r: [1, 2][item > limit]}.r", "[2]"),
        ("[{limit: 5, v: 1}][v < limit]", "[{limit: 5, v: 1}]"),
        ("[{xs: [1, 2]}][count(xs[item > 1]) = 1].xs", "[[1, 2]]"),
    ],
)
def test_filters_and_paths(text: str, expected: str) -> None:
    assert_gives(text, expected)


def test_an_element_s_entry_comes_before_a_variable_of_the_scope() -> None:
    scope = {"price": 100, "limit": 2, "items": [{"price": 1}, {"price": 3}]}

    assert value_of("items[price > limit].price", scope) == [3]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for i in [1, 2, 3] return i + 1", "[2, 3, 4]"),
        ("for i in [1, 2], j in [3, 4] return i * j", "[3, 4, 6, 8]"),
        ("for x in [[1, 2], [3]], y in x return y", "[1, 2, 3]"),
        ("for i in 2..4 return i", "[2, 3, 4]"),
        ("for i in 4..2 return i", "[4, 3, 2]"),
        ("for i in 1 + 1..1 + 3 return i", "[2, 3, 4]"),
        ("for i in [1..3] return i", "[1, 2, 3]"),
        ("for i in (1..3) return i", "[2]"),
        ("for i in (1..2) return i", "[]"),
        ("for i in [3..1] return i", "null"),
        ("for i in 0..4 return if i = 0 then 1 else i * partial[-1]", "[1, 1, 2, 6, 24]"),
        ("for i in 1..3 return count(partial)", "[0, 1, 2]"),
        ("for i in [] return i", "[]"),
        ("for i in null return i", "null"),
        ("for i in 5 return i", "[5]"),
        ('for i in "a".."c" return i', "null"),
        ("for i in 1.5..3 return i", "null"),
        ('for d in @"1980-01-30"..@"1980-02-01" return d', '[@"1980-01-30", @"1980-01-31", @"1980-02-01"]'),
        ('for d in @"1980-01-02"..@"1980-01-01" return d', '[@"1980-01-02", @"1980-01-01"]'),
        ('for d in @"1980-01-02T00:00:00"..@"1980-01-01T00:00:00" return d', "null"),
        ("for i in 1..2 return for j in 1..i return i * j", "[[1], [2, 4]]"),
        ("some i in [1, 2] satisfies i > 1", "true"),
        ("some i in [1, 2] satisfies i > 2", "false"),
        ("some i in [1, null] satisfies i > 1", "null"),
        ("some i in [null, 2] satisfies i > 1", "true"),
        ("some i in [] satisfies true", "false"),
        ("some i in [1, 2], j in [2, 3] satisfies i = j", "true"),
        ("every i in [1, 2] satisfies i > 0", "true"),
        ("every i in [1, 2] satisfies i > 1", "false"),
        ("every i in [1, null] satisfies i > 0", "null"),
        ("every i in [] satisfies false", "true"),
        ("every i in null satisfies true", "null"),
        ("every i in [1] satisfies i", "null"),
    ],
)
def test_loops(text: str, expected: str) -> None:
    assert_gives(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(function(a) a + 1)(2)", "3"),
        ("(function() 5)()", "5"),
        ("(function(a: number) a)(2)", "2"),
        ('(function(a: number) a)("x")', "null"),
        ("(function(a: number) a)([2])", "2"),
        ("(function(a: list<number>) a)(2)", "[2]"),
        ("(function(a: number) a)(null)", "null"),
        ("(function(a) a)(1, 2)", "null"),
        ("(function(a) a)()", "null"),
        ("(function(a) a)(b: 1)", "null"),
        ("{f: function(a) function(b) a - b, r: f(5)(3)}.r", "2"),
        ("{f: function(n) if n < 2 then 1 else n * f(n - 1), r: f(10)}.r", "3628800"),
        ("{fs: for i in 1..3 return function() i, r: fs[2]()}.r", "2"),
        ("{o: {f: function(a) a * 2}, r: o.f(4)}.r", "8"),
        ("{max: function(a, b) a, r: max(1, 2)}.r", "1"),
        ("{f: sum, r: f([1, 2])}.r", "3"),
        ("{count: 5, r: count([1, 2])}.r", "2"),
        ("(for min in [[1, 2]] return min(min))[1]", "1"),
        ("(5)(1)", "null"),
        ("nothing(1)", "null"),
        ('(function(x) external {java: {class: "java.lang.Math", method signature: "cos(double)"}})(1)', "null"),
    ],
)
def test_functions(text: str, expected: str) -> None:
    assert_gives(text, expected)


def test_what_is_no_function_is_explained() -> None:
    assert codes_of("(5)(1)") == ["NOT_A_FUNCTION"]
    assert codes_of("nothing(1)") == ["NO_FUNCTION_FOUND"]
    assert codes_of("(function(a) a)(1, 2)") == ["WRONG_ARGUMENTS"]
    assert codes_of('(function(x) external {java: {class: "c"}})(1)') == ["EXTERNAL_FUNCTION"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('@"2018-12-10".year', "2018"),
        ('@"2018-12-10".month', "12"),
        ('@"2018-12-10".day', "10"),
        ('@"2018-12-10".weekday', "1"),
        ('@"2018-12-16".weekday', "7"),
        ('@"-0001-01-01".year', "-1"),
        ('@"2018-12-10T10:30:01.25".hour', "10"),
        ('@"2018-12-10T10:30:01.25".minute', "30"),
        ('@"2018-12-10T10:30:01.25".second', "1.25"),
        ('@"2018-12-10T10:30:00+05:00".time offset', '@"PT5H"'),
        ('@"2018-12-10T10:30:00".time offset', "null"),
        ('@"2018-07-10T10:30:00@Europe/Paris".time offset', '@"PT2H"'),
        ('@"2018-12-10T10:30:00@Etc/UTC".timezone', '"Etc/UTC"'),
        ('@"2018-12-10T10:30:00Z".timezone', "null"),
        ('@"10:30:00@Europe/Paris".time offset', '@"PT1H"'),
        ('@"10:30:00".hour', "10"),
        ('@"P1Y2M".years', "1"),
        ('@"-P1Y2M".months', "-2"),
        ('@"P1DT2H3M4.5S".days', "1"),
        ('@"P1DT2H3M4.5S".hours', "2"),
        ('@"P1DT2H3M4.5S".minutes', "3"),
        ('@"P1DT2H3M4.5S".seconds', "4.5"),
        ('@"-PT26H".hours', "-2"),
        ('@"P1Y".days', "null"),
        ("[1..5).start", "1"),
        ("[1..5).end included", "false"),
        ("(> 5).end", "null"),
        ("(> 5).start included", "false"),
        ('[@"2018-12-10", @"2019-01-01"].year', "[2018, 2019]"),
    ],
)
def test_properties(text: str, expected: str) -> None:
    assert_gives(text, expected)
