"""Every hit policy: what one hit, several hits and no hit give."""

from decimal import Decimal

import pytest

from .builder import answer_of, restricted, table_model, value

OVERLAPPING = ("< 10 => 1", "< 20 => 2", "< 30 => 3")


def test_unique_gives_the_only_hit() -> None:
    model = table_model(["x"], ["y"], ["< 10 => 1", ">= 10 => 2"])
    assert value(model, x=5) == Decimal(1)
    assert value(model, x=10) == Decimal(2)


def test_unique_reports_a_conflict_and_picks_none() -> None:
    answer = answer_of(table_model(["x"], ["y"], OVERLAPPING), x=15)
    assert answer.value is None
    assert answer.problems == ("d: Rules 2, 3 all match, but the hit policy is UNIQUE.",)
    assert answer.problems[0].zh == "d：规则 2, 3 同时命中，但命中策略是 UNIQUE。"
    assert answer.problems[0].code == "dmn.conflict"
    assert answer.evaluated[-1].rules == (2, 3)


def test_any_accepts_hits_that_agree() -> None:
    model = table_model(["x"], ["y"], ["< 10 => 1", "< 20 => 1", "< 30 => 3"], policy="ANY")
    assert value(model, x=25) == Decimal(3)
    assert answer_of(model, x=15).value is None


def test_any_takes_equal_results_written_differently() -> None:
    model = table_model(["x"], ["y"], ["< 10 => 2", "< 20 => 1 + 1"], policy="ANY")
    assert value(model, x=5) == Decimal(2)


def test_any_reports_results_that_differ() -> None:
    answer = answer_of(table_model(["x"], ["y"], OVERLAPPING, policy="ANY"), x=5)
    assert answer.value is None
    assert "results differ" in answer.problems[0]


def test_first_takes_the_first() -> None:
    assert value(table_model(["x"], ["y"], OVERLAPPING, policy="FIRST"), x=15) == Decimal(2)


def test_first_does_not_look_further() -> None:
    model = table_model(["x"], ["y"], ["< 10 => 1", "nowhere > 1 => 2"], policy="FIRST")
    assert value(model, x=5) == Decimal(1)


def test_priority_follows_the_output_values() -> None:
    model = table_model(
        ["x"], ["y"], ['< 20 => "low"', '< 10 => "high"'], policy="PRIORITY", values={"y": '"high", "low"'}
    )
    assert value(model, x=5) == "high"
    assert value(model, x=15) == "low"


def test_priority_compares_outputs_from_the_left() -> None:
    model = table_model(
        ["x"],
        ["a", "b"],
        ["- => 2 | 1", "- => 1 | 2", "- => 1 | 1"],
        policy="PRIORITY",
        values={"a": "1, 2", "b": "1, 2"},
    )
    assert value(model, x=1) == {"a": Decimal(1), "b": Decimal(1)}


def test_priority_uses_the_type_values_where_the_column_lists_none() -> None:
    types = restricted("t", "string", '"b","a"')
    model = table_model(["x"], {"y": "t"}, ['- => "a"', '- => "b"'], policy="PRIORITY", types=types)
    assert value(model, x=1) == "b"


def test_rule_order_lists_all_hits() -> None:
    model = table_model(["x"], ["y"], OVERLAPPING, policy="RULE ORDER")
    assert value(model, x=5) == [Decimal(1), Decimal(2), Decimal(3)]


def test_output_order_lists_by_priority() -> None:
    model = table_model(["x"], ["y"], OVERLAPPING, policy="OUTPUT ORDER", values={"y": "3, 1, 2"})
    assert value(model, x=5) == [Decimal(3), Decimal(1), Decimal(2)]


@pytest.mark.parametrize(
    ("aggregation", "expected"), [("", [1, 2, 3]), ("SUM", 6), ("MIN", 1), ("MAX", 3), ("COUNT", 3)]
)
def test_collect(aggregation: str, expected: object) -> None:
    model = table_model(["x"], ["y"], OVERLAPPING, policy="COLLECT", aggregation=aggregation)
    assert value(model, x=5) == expected


def test_collect_sums_money_to_the_cent() -> None:
    model = table_model(["x"], ["y"], ["- => 0.10", "- => 0.20", "- => 1180.07"], policy="COLLECT", aggregation="SUM")
    assert str(value(model, x=1)) == "1180.37"


def test_collect_sums_durations() -> None:
    model = table_model(["x"], ["y"], ['- => @"P1D"', '- => @"PT12H"'], policy="COLLECT", aggregation="SUM")
    assert value(model, x=1).total_seconds() == 36 * 3600


def test_collect_refuses_to_add_what_cannot_be_added() -> None:
    answer = answer_of(table_model(["x"], ["y"], ["- => 1", '- => "a"'], policy="COLLECT", aggregation="SUM"), x=1)
    assert answer.value is None
    assert answer.problems[0].code == "dmn.aggregate"


def test_collect_over_several_outputs_gives_contexts() -> None:
    model = table_model(["x"], ["a", "b"], ["- => 1 | 2", "- => 3 | 4"], policy="COLLECT")
    assert value(model, x=1) == [{"a": 1, "b": 2}, {"a": 3, "b": 4}]


@pytest.mark.parametrize("policy", ["UNIQUE", "ANY", "FIRST", "RULE ORDER", "OUTPUT ORDER", "PRIORITY", "COLLECT"])
def test_no_hit_is_null(policy: str) -> None:
    assert value(table_model(["x"], ["y"], OVERLAPPING, policy=policy, values={"y": "1,2,3"}), x=99) is None


def test_no_hit_over_several_outputs_is_null_and_no_empty_context() -> None:
    assert value(table_model(["x"], ["a", "b"], ["< 10 => 1 | 2"]), x=99) is None


def test_no_hit_gives_the_default_outputs() -> None:
    model = table_model(["x"], ["a", "b"], ["< 10 => 1 | 2"], defaults={"a": "0", "b": '"none"'})
    assert value(model, x=99) == {"a": Decimal(0), "b": "none"}
    assert value(model, x=9) == {"a": Decimal(1), "b": Decimal(2)}


def test_an_input_outside_the_input_values_is_a_problem() -> None:
    answer = answer_of(table_model(["x"], ["y"], ["- => 1"], values={"x": '"a", "b"'}), x="c")
    assert answer.value is None
    assert answer.problems[0] == 'd: x is c, which is not among the allowed values "a", "b".'


def test_a_condition_may_use_other_variables_and_the_input_itself() -> None:
    model = table_model(["x", "limit"], ["y"], ["? > limit * 2 | - => true", "<= limit * 2 | - => false"])
    assert value(model, x=7, limit=3) is True
    assert value(model, x=6, limit=3) is False


def test_null_can_be_a_condition() -> None:
    model = table_model(["x"], ["y"], ['null => "none"', 'not(null) => "some"'])
    assert value(model, x=None) == "none"
    assert value(model, x=1) == "some"


def test_a_missing_input_is_explained_only_where_nothing_matched() -> None:
    model = table_model({"x": "number"}, ["y"], ["< 10 => 1", ">= 10 => 2"])
    answer = answer_of(model, x=None)
    assert answer.value is None
    assert answer.problems == ("d: null cannot be compared with number.",)
    assert value(table_model({"x": "number"}, ["y"], ["< 10 => 1", "null => 2"]), x=None) == Decimal(2)
