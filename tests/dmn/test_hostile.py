"""Models that want to exhaust the reader, the check or the evaluator end with a sentence, soon."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.dmn import DmnError, check, evaluate

from .builder import answer_of, decision, input_data, literal, model, table_model


def test_a_very_long_chain_of_decisions() -> None:
    links = [decision("d0", literal("1"))] + [
        decision(f"d{n}", literal(f"d{n - 1}"), needs=[f"!d{n - 1}"]) for n in range(1, 2000)
    ]
    definitions = model(*links)
    assert check(definitions) == []
    answer = answer_of(definitions, "d1999")
    assert answer.value is None
    assert answer.problems[-1].code == "dmn.budget"
    assert answer_of(definitions, "d40").value == Decimal(1)


def test_a_very_long_chain_of_types() -> None:
    items = [f'<itemDefinition name="t{n}"><typeRef>t{n + 1}</typeRef></itemDefinition>' for n in range(3000)]
    definitions = model(*items, input_data("x", "t0"), decision("d", literal("x"), "t0", ["x"]))
    assert [finding.rule for finding in check(definitions)] == ["dmn.size"]
    with pytest.raises(DmnError) as caught:
        evaluate(definitions, "d", {"x": 1})
    assert caught.value.code == "dmn.size"


def test_types_that_double_at_every_level() -> None:
    def twice(n: int) -> str:
        parts = "".join(f'<itemComponent name="{side}"><typeRef>t{n + 1}</typeRef></itemComponent>' for side in "ab")
        return f'<itemDefinition name="t{n}">{parts}</itemDefinition>'

    leaf = '<itemDefinition name="t40"><typeRef>number</typeRef></itemDefinition>'
    definitions = model(*map(twice, range(40)), leaf, input_data("x", "t0"), decision("d", literal("x"), "t0", ["x"]))
    assert check(definitions) == []
    answer = evaluate(definitions, "d", {"x": {"a": 1}})
    assert answer.value is None
    assert len(answer.problems[0]) < 500


def test_expensive_constants_are_given_up() -> None:
    costly = "sum(for i in 1..90000 return i)"
    definitions = table_model(
        {"x": "number"}, {"y": "number"}, [f"{n} => {costly}" for n in range(300)], policy="FIRST"
    )
    assert {finding.rule for finding in check(definitions)} == {"dmn.gap"}


@pytest.mark.parametrize("policy", ["UNIQUE", "FIRST", "PRIORITY", "ANY"])
def test_a_table_of_many_combinations(policy: str) -> None:
    columns = {f"c{n}": "number" for n in range(12)}
    rules = [
        " | ".join(f"[{(n * 7 + c) % 50}..{(n * 11 + c) % 50 + 20}]" for c in range(12)) + f" => {n % 5}"
        for n in range(150)
    ]
    definitions = table_model(columns, ["y"], rules, policy=policy, values={"y": "0, 1, 2, 3, 4"})
    assert {finding.rule for finding in check(definitions)} <= {
        "dmn.gap",
        "dmn.overlap",
        "dmn.unproven",
        "dmn.unreachable",
    }


def test_a_cell_of_many_placeholders_and_a_long_text() -> None:
    crowded = " or ".join("? = 1" for _ in range(30))
    assert "dmn.size" in {f.rule for f in check(table_model({"x": "number"}, ["y"], [f"{crowded} => 1"]))}
    assert [f.rule for f in check(model(decision("d", literal("1 + " * 5000 + "1"))))] == ["dmn.size"]


def test_allowed_values_share_no_endless_work() -> None:
    costly = '<itemDefinition name="t"><typeRef>number</typeRef><allowedValues><text>count(for i in 1..90000 return i) &gt; ?</text></allowedValues></itemDefinition>'
    definitions = model(costly, input_data("x", "t"), decision("d", literal("x"), needs=["x"]))
    assert check(definitions) == []
    assert answer_of(definitions, x=1).problems[-1].code == "dmn.budget"
