"""What the check finds before a model is published."""

from datetime import date
from decimal import Decimal

import pytest

from engine.dmn import Finding, check

from .builder import decision, input_data, literal, model, restricted, table, table_model


def found(*args: object, rule: str = "", **kwargs: object) -> list[Finding]:
    return [f for f in check(table_model(*args, **kwargs)) if not rule or f.rule == rule]


# -- overlaps ----------------------------------------------------------------------------------------------------------


def test_overlap_names_both_rules_and_an_example() -> None:
    rules = ["<= 10 => 1", "[10..20] => 2", "> 20 => 3"]
    (finding,) = found({"x": "number"}, ["y"], rules)
    assert (finding.rule, finding.severity) == ("dmn.overlap", "error")
    assert finding.data == {"rules": [1, 2], "example": {"x": Decimal(10)}}
    assert finding.message == "d: Rules 1 and 2 both match for x = 10, but the hit policy is UNIQUE."
    assert finding.message_zh == "d：规则 1 和规则 2 在 x = 10 时同时命中，但命中策略是 UNIQUE。"


def test_overlap_needs_all_columns() -> None:
    rules = ['< 10 | "a" => 1', '< 10 | "b" => 2', ">= 10 | - => 3", '< 10 | not("a", "b") => 4']
    assert found({"x": "number", "s": "string"}, ["y"], rules) == []


def test_overlap_in_two_columns() -> None:
    rules = ['< 10 | "a","b" => 1', '> 5 | "b","c" => 2']
    (finding,) = found({"x": "number", "s": "string"}, ["y"], rules, rule="dmn.overlap")
    assert finding.data["example"] == {"x": Decimal(6), "s": "b"}


def test_any_allows_overlaps_that_agree_only() -> None:
    assert found({"x": "number"}, ["y"], ["<= 10 => 1", ">= 10 => 1"], policy="ANY") == []
    (finding,) = found({"x": "number"}, ["y"], ["<= 10 => 1", ">= 10 => 2"], policy="ANY")
    assert finding.data["rules"] == [1, 2]


@pytest.mark.parametrize("policy", ["COLLECT", "RULE ORDER"])
def test_collecting_policies_may_overlap_and_leave_gaps(policy: str) -> None:
    assert found({"x": "number"}, ["y"], ["< 10 => 1", "< 5 => 2"], policy=policy) == []


# -- gaps --------------------------------------------------------------------------------------------------------------


def test_gap_gives_an_example_and_the_whole_region() -> None:
    (finding,) = found({"x": "number"}, ["y"], ["< 10 => 1", "> 10 => 2"])
    assert (finding.rule, finding.severity) == ("dmn.gap", "warning")
    assert finding.data["example"] == {"x": Decimal(10)}
    (finding,) = found({"x": "number"}, ["y"], ["< 10 => 1", ">= 20 => 2"])
    assert finding.data["region"] == {"x": "[10..20)"}


def test_gap_between_columns() -> None:
    rules = [">= 18 | <= 8 => 1", "< 18 | - => 2", ">= 18 | > 12 => 3"]
    (finding,) = found({"margin": "number", "discount": "number"}, ["y"], rules)
    assert finding.data["region"] == {"margin": ">= 18", "discount": "(8..12]"}


def test_default_output_closes_every_gap() -> None:
    assert found({"x": "number"}, ["y"], ["< 10 => 1"], defaults={"y": "0"}) == []


def test_gap_in_booleans() -> None:
    (finding,) = found({"b": "boolean"}, ["y"], ["true => 1"])
    assert finding.data["example"] == {"b": False}


def test_gap_in_enumerations() -> None:
    rules = ['"a" => 1', '"b" => 2']
    assert found({"s": "string"}, ["y"], rules, values={"s": '"a", "b"'}) == []
    (finding,) = found({"s": "string"}, ["y"], rules, values={"s": '"a", "b", "c"'})
    assert finding.data["example"] == {"s": "c"}
    (finding,) = found({"s": "string"}, ["y"], rules)
    assert finding.data["region"] == {"s": 'not("a", "b")'}


def test_enumeration_of_the_input_type_counts() -> None:
    types = restricted("t", "string", '"a","b"')
    rules = ['"a" => 1', '"b" => 2']
    assert found({"s": "string"}, ["y"], rules, kinds={"s": "t"}, types=types) == []


def test_dates_have_nothing_between_two_days() -> None:
    rules = ['<= date("2026-01-31") => 1', '>= date("2026-02-01") => 2']
    assert found({"x": "date"}, ["y"], rules) == []
    (finding,) = found({"x": "date"}, ["y"], ['<= date("2026-01-31") => 1', '>= @"2026-02-02" => 2'])
    assert finding.data["example"] == {"x": date(2026, 2, 1)}


def test_numbers_have_something_between_two_whole_numbers() -> None:
    rules = ["<= 2 => 1", "[3..5] => 2", ">= 6 => 3"]
    (finding,) = found({"x": "number"}, ["y"], rules)
    assert finding.data["region"] == {"x": "(2..3), (5..6)"}
    whole = restricted("int", "number", "? = floor(?)")
    assert found({"x": "number"}, ["y"], rules, kinds={"x": "int"}, types=whole) == []


def test_allowed_ranges_bound_the_question() -> None:
    rules = ["[0..60) => 1", "[60..100] => 2"]
    assert found({"x": "number"}, ["y"], rules, values={"x": "[0..100]"}) == []
    (finding,) = found({"x": "number"}, ["y"], rules)
    assert finding.data["region"] == {"x": "< 0, > 100"}


def test_null_counts_where_a_rule_speaks_of_it() -> None:
    assert found({"x": "number"}, ["y"], ["< 10 => 1", ">= 10, null => 2"]) == []
    (finding,) = found({"x": "number"}, ["y"], ["< 10, null => 1", "not(null) => 2"], rule="dmn.overlap")
    assert finding.data["rules"] == [1, 2]


def test_durations_and_times() -> None:
    assert found({"x": "days and time duration"}, ["y"], ['<= @"P1D" => 1', '> @"P1D" => 2']) == []
    assert found({"x": "years and months duration"}, ["y"], ['<= @"P1Y" => 1', '> @"P12M" => 2']) == []
    (finding,) = found({"x": "time"}, ["y"], ['< @"09:00:00" => 1', '> @"09:00:00" => 2'])
    assert finding.data["region"] == {"x": "09:00:00"}
    assert (
        found({"x": "date and time"}, ["y"], ['< @"2026-01-01T00:00:00" => 1', '>= @"2026-01-01T00:00:00" => 2']) == []
    )


def test_conditions_that_cannot_be_analysed_are_said_to_be_unproven() -> None:
    findings = found(["x", "limit"], ["y"], ["> limit | - => 1", "<= limit | - => 2"])
    assert [(f.rule, f.severity) for f in findings] == [("dmn.unproven", "info")]
    assert findings[0].data["rules"] == [1, 2]


def test_what_is_certain_is_told_beside_what_is_not() -> None:
    rules = ["> limit | < 5 => 1", "- | < 7 => 2", "- | > 7 => 3"]
    findings = {
        f.rule
        for f in found(
            {"x": "number", "z": "number", "limit": "number"}, ["y"], [f"{r.replace('=>', '| - =>')}" for r in rules]
        )
    }
    assert findings == {"dmn.gap", "dmn.unproven"}


def test_a_big_table_is_checked_quickly() -> None:
    rules = [f"[{n}..{n + 1}) | {'>=' if n % 2 else '<'} 5 => {n}" for n in range(200)]
    findings = found({"x": "number", "z": "number"}, ["y"], rules)
    assert {f.rule for f in findings} == {"dmn.gap"}


# -- rules that never decide -------------------------------------------------------------------------------------------


def test_first_hides_rules() -> None:
    findings = found({"x": "number"}, ["y"], ["< 10 => 1", ">= 5 => 2", "[7..9] => 3"], policy="FIRST")
    assert [(f.rule, f.data["rules"]) for f in findings] == [("dmn.unreachable", [3, 1, 2])]


def test_priority_hides_rules() -> None:
    rules = ['< 10 => "low"', '- => "high"']
    findings = found({"x": "number"}, ["y"], rules, policy="PRIORITY", values={"y": '"high", "low"'})
    assert [(f.rule, f.data["rules"]) for f in findings] == [("dmn.unreachable", [1, 2])]


def test_a_condition_outside_of_the_input_values_never_matches() -> None:
    findings = found({"s": "string"}, ["y"], ['"a" => 1', '"b" => 2', '"c" => 3'], values={"s": '"a", "b"'})
    assert [(f.rule, f.data["rules"]) for f in findings] == [("dmn.unreachable", [3])]


# -- types -------------------------------------------------------------------------------------------------------------


def test_condition_of_the_wrong_type() -> None:
    (finding,) = found({"x": "number"}, ["y"], ['"ten" => 1', "- => 2"], rule="dmn.type", policy="FIRST")
    assert finding.message == 'd: in rule 1, "ten" is a string, but x is a number.'


def test_result_of_the_wrong_type_or_not_listed() -> None:
    (finding,) = found({"x": "number"}, {"y": "number"}, ['- => "one"'], rule="dmn.type")
    assert "rule 1" in finding.message
    (finding,) = found({"x": "number"}, ["y"], ['- => "c"'], values={"y": '"a","b"'}, rule="dmn.output-value")
    assert "rule 1" in finding.message


def test_priority_without_output_values() -> None:
    assert found({"x": "number"}, ["y"], ["- => 1"], policy="PRIORITY", rule="dmn.priority")


def test_unknown_type_names() -> None:
    definitions = model(input_data("x", "nubmer"), decision("d", literal("x", "tMissing"), "number", needs=["x"]))
    assert [f.rule for f in check(definitions)] == ["dmn.type-name", "dmn.type-name"]


# -- names, syntax, requirements ---------------------------------------------------------------------------------------


def test_text_that_does_not_parse_has_rule_and_place() -> None:
    (finding,) = found({"x": "number"}, ["y"], ["< => 1"], rule="dmn.syntax")
    assert "the condition of rule 1 (<)" in finding.message
    assert "规则 1 的条件" in finding.message_zh
    assert finding.line > 0


def test_unknown_name_suggests_the_nearest() -> None:
    definitions = model(input_data("amount"), decision("d", literal("amuont > 3"), needs=["amount"]))
    (finding,) = check(definitions)
    assert finding.rule == "dmn.name"
    assert finding.message.endswith('Did you mean "amount"?')
    assert finding.message_zh.endswith("您是不是想写“amount”？")


def test_unknown_function() -> None:
    (finding,) = check(model(input_data("x"), decision("d", literal("summ(x)"), needs=["x"])))
    assert (finding.rule, '"sum"' in finding.message) == ("dmn.name", True)


def test_a_decision_without_requirements_reads_the_hosts_variables() -> None:
    assert check(model(decision("d", literal("amount > 3")))) == []


def test_names_of_loops_contexts_and_filters_are_known() -> None:
    text = "for i in xs return (function(a) a + i)(1) + sum(rows[price > 1].price) + {b: 1, c: b}.c"
    assert check(model(input_data("xs"), input_data("rows"), decision("d", literal(text), needs=["xs", "rows"]))) == []


def test_circles_are_told_with_their_path() -> None:
    definitions = model(decision("a", literal("b"), needs=["!b"]), decision("b", literal("a"), needs=["!a"]))
    (finding,) = check(definitions)
    assert finding.rule == "dmn.cycle"
    assert "a → b → a" in finding.message


def test_requirement_that_leads_nowhere() -> None:
    assert [f.rule for f in check(model(decision("d", literal("1"), needs=["gone"])))] == ["dmn.requirement"]


def test_missing_import() -> None:
    head = '<import name="other" namespace="urn:other" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>'
    assert [f.rule for f in check(model(head))] == ["dmn.import"]


def test_decision_without_logic() -> None:
    assert [(f.rule, f.severity) for f in check(model(decision("d", "")))] == [("dmn.empty", "warning")]


def test_tables_inside_contexts_and_functions_are_checked() -> None:
    inner = table({"x": "number"}, ["y"], ["< 10 => 1", "< 5 => 2", ">= 10 => 3"])
    context = f'<context><contextEntry><variable name="t"/>{inner}</contextEntry></context>'
    assert [f.rule for f in check(model(input_data("x"), decision("d", context, needs=["x"])))] == ["dmn.overlap"]
    function = (
        '<businessKnowledgeModel id="k" name="k"><variable name="k"/><encapsulatedLogic>'
        '<formalParameter name="x" typeRef="number"/>'
        f"{inner}</encapsulatedLogic></businessKnowledgeModel>"
    )
    assert [f.rule for f in check(model(function))] == ["dmn.overlap"]


def test_errors_come_first() -> None:
    findings = found({"x": "number"}, ["y"], ["< 10 => 1", "< 5 => 2"])
    assert [f.severity for f in findings] == ["error", "warning"]
