"""How long a decision takes: tables of 6 and 20 rules, a chain of decisions, reading and proving a table.

Run it: python -m tests.benchmarks.bench_dmn
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from statistics import median
from time import perf_counter

from engine.dmn import check, evaluate, read
from tests.dmn.builder import decision, input_data, literal, table, xml

DISCOUNT = Path(__file__).resolve().parents[2] / "processes" / "sales" / "discount.dmn"
ROUNDS = 7

Figure = tuple[str, float, str]


def twenty_rules() -> bytes:
    """A table of 20 rules over three inputs, whose first column tells all rules apart."""
    rules = [
        f'[{n * 10}..{n * 10 + 10}) | {">= 18" if n % 2 else "-"} | "north", "south" => amount * 0.{n:02}1'
        for n in range(20)
    ]
    columns = {"amount": "number", "age": "number", "region": "string"}
    inputs = [input_data(name, kind) for name, kind in columns.items()]
    return xml(*inputs, decision("d", table(columns, ["rate"], rules), "number", list(columns)))


def chain() -> bytes:
    """Ten decisions, each of which needs the one before."""
    steps = [decision("d0", literal("x + 1"), "number", ["x"])]
    steps += [decision(f"d{n}", literal(f"d{n - 1} + 1"), "number", [f"!d{n - 1}"]) for n in range(1, 10)]
    return xml(input_data("x", "number"), *steps)


def microseconds(work: Callable[[], object], times: int) -> float:
    """The median of several rounds, per call."""
    work()
    rounds = []
    for _ in range(ROUNDS):
        start = perf_counter()
        for _ in range(times):
            work()
        rounds.append((perf_counter() - start) / times * 1e6)
    return median(rounds)


def run() -> list[Figure]:
    """Every figure as (name, value, unit)."""
    twenty, links, discount = read(twenty_rules()), read(chain()), read(DISCOUNT.read_bytes())
    last = {"amount": Decimal(195), "age": Decimal(20), "region": "north"}
    none = {"amount": Decimal(1950), "age": Decimal(20), "region": "north"}
    quote = {"margin_pct": Decimal("23.08"), "discount_pct": Decimal("22.00")}
    content = twenty_rules()
    return [
        ("20 rules, the last one matches", microseconds(lambda: evaluate(twenty, "d", last), 500), "µs"),
        ("20 rules, none matches", microseconds(lambda: evaluate(twenty, "d", none), 500), "µs"),
        (
            "discount table, 6 rules and 3 outputs",
            microseconds(lambda: evaluate(discount, "discount_level", quote), 500),
            "µs",
        ),
        ("chain of 10 decisions", microseconds(lambda: evaluate(links, "d9", {"x": 1}), 200), "µs"),
        ("read the 20-rule model", microseconds(lambda: read(content), 20), "µs"),
        ("prove the 20-rule table", microseconds(lambda: check(twenty), 10), "µs"),
    ]


def main() -> None:
    """Prints the figures as a table."""
    for name, value, unit in run():
        print(f"{name:<40} {value:>10.1f} {unit}")


if __name__ == "__main__":
    main()
