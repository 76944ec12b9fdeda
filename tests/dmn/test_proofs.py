"""The proofs against the evaluator: what the check claims is what happens, and what it does not claim does not happen."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest

from engine.dmn import DecisionTable, Definitions, check, evaluate
from engine.dmn.model import Rule

from .builder import restricted, table_model

NUMBERS = (
    "< {a}",
    "<= {a}",
    "> {a}",
    ">= {a}",
    "[{a}..{b}]",
    "({a}..{b})",
    "[{a}..{b})",
    "{a}",
    "not({a})",
    "{a}, {b}",
    "-",
    "-",
)
MORE = (
    "not([{a}..{b}])",
    "? > {a} and ? < {b}",
    "? <= {a} or ? >= {b}",
    "? in [{a}..{b}]",
    "? between {a} and {b}",
    "[{a}, {b}]",
)
WORDS = ('"p"', '"q"', '"p", "q"', 'not("p")', 'not("q", "r")', "-", "-")
FLAGS = ("true", "false", "-", "not(true)")
POINTS = [Decimal(n) / 2 for n in range(-3, 16)]
LETTERS = ("p", "q", "r", "s")


def _number(rng: random.Random) -> str:
    a, b = sorted(rng.sample(range(7), 2))
    return rng.choice((*NUMBERS, *MORE)).format(a=a, b=b)


def _model(rng: random.Random, policy: str) -> Definitions:
    rules = [
        f"{_number(rng)} | {rng.choice(WORDS)} | {rng.choice(FLAGS)} => {rng.randrange(3)}"
        for _ in range(rng.randint(1, 6))
    ]
    columns = {"n": "number", "s": "string", "b": "boolean"}
    enumerated = restricted("letter", "string", '"p", "q", "r", "s"')
    return table_model(
        columns, ["y"], rules, policy=policy, values={"y": "0, 1, 2"}, kinds={"s": "letter"}, types=enumerated
    )


def _all_inputs() -> list[dict[str, Any]]:
    return [{"n": n, "s": s, "b": b} for n in POINTS for s in LETTERS for b in (True, False)]


def _matched(definitions: Definitions, inputs: dict[str, Any]) -> tuple[int, ...]:
    return evaluate(definitions, "d", inputs).evaluated[-1].rules


def _rules(definitions: Definitions) -> tuple[Rule, ...]:
    table = definitions.decisions["_d"].expression
    assert isinstance(table, DecisionTable)
    return table.rules


def _complete(example: dict[str, Any]) -> dict[str, Any]:
    return {"n": Decimal(0), "s": "p", "b": True, **example}


@pytest.mark.parametrize("seed", range(40))
def test_unique(seed: int) -> None:
    definitions = _model(random.Random(seed), "UNIQUE")
    findings = check(definitions)
    overlaps = {tuple(f.data["rules"]) for f in findings if f.rule == "dmn.overlap"}
    gaps = [f for f in findings if f.rule == "dmn.gap"]
    assert not [f for f in findings if f.rule == "dmn.unproven"]
    for finding in findings:
        if finding.rule == "dmn.overlap":
            assert set(finding.data["rules"]) <= set(_matched(definitions, _complete(finding.data["example"])))
        if finding.rule == "dmn.gap":
            assert _matched(definitions, _complete(finding.data["example"])) == ()
    seen: set[tuple[int, int]] = set()
    for inputs in _all_inputs():
        matched = _matched(definitions, inputs)
        seen.update((a, b) for a in matched for b in matched if a < b)
        assert matched or gaps, f"{inputs} is covered by no rule, and no gap was told"
    assert seen <= overlaps


@pytest.mark.parametrize("seed", range(100, 120))
def test_first(seed: int) -> None:
    definitions = _model(random.Random(seed), "FIRST")
    hidden = {f.data["rules"][0] for f in check(definitions) if f.rule == "dmn.unreachable"}
    deciding = {matched[0] for matched in (_matched(definitions, inputs) for inputs in _all_inputs()) if matched}
    assert hidden == set(range(1, len(_rules(definitions)) + 1)) - deciding


@pytest.mark.parametrize("seed", range(200, 220))
def test_priority(seed: int) -> None:
    definitions = _model(random.Random(seed), "PRIORITY")
    ranks = {rule.number: int(rule.outputs[0].text) for rule in _rules(definitions)}
    hidden = {f.data["rules"][0] for f in check(definitions) if f.rule == "dmn.unreachable"}
    matches = [matched for matched in (_matched(definitions, inputs) for inputs in _all_inputs()) if matched]
    deciding = {min(matched, key=lambda number: (ranks[number], number)) for matched in matches}
    assert hidden == set(ranks) - deciding
