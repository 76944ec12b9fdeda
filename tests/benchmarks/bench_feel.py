"""How long FEEL takes, beside SpiffWorkflow's Python expressions and bpmn.io's feelin in the same run.

``python -m tests.benchmarks.bench_feel`` prints a table; ``run()`` returns its rows. feelin is measured where node and the
npm package are there: in ``api/frontend/node_modules``, or in the folder that ``FEELIN_NODE_MODULES`` names.
"""

import itertools
import json
import os
import shutil
import statistics
import subprocess
import timeit
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine

from engine.feel import parse, parse_unary_tests

Row = tuple[str, float, str]

SCOPE: dict[str, Any] = {
    "amount": 1200,
    "region": "north",
    "order": {"amount": 3, "lines": [{"price": price, "qty": 2} for price in range(20)]},
}
# The same question in FEEL and in Python.
QUESTIONS = {
    "condition": ('amount > 1000 and region = "north"', 'amount > 1000 and region == "north"'),
    "path": ("order.amount * 2 + 1", "order['amount'] * 2 + 1"),
    "filter": ("count(order.lines[price > 10])", "len([line for line in order['lines'] if line['price'] > 10])"),
    "sum": (
        "sum(for line in order.lines return line.price * line.qty)",
        "sum(line['price'] * line['qty'] for line in order['lines'])",
    ),
}
_FRONTEND = Path(__file__).parents[2] / "api" / "frontend" / "node_modules"
_NODE_SCRIPT = """
import { pathToFileURL } from 'node:url';
const { evaluate } = await import(pathToFileURL(process.argv[1] + '/feelin/dist/index.js'));
const { scope, questions } = JSON.parse(process.argv[2]);
const rows = {};
for (const [name, text] of Object.entries(questions)) {
  const samples = [];
  for (let round = 0; round < 15; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < 200; i++) evaluate(text, scope);
    samples.push(Number(process.hrtime.bigint() - start) / 200 / 1000);
  }
  rows[name] = samples.sort((a, b) => a - b)[7];
}
console.log(JSON.stringify(rows));
"""


def _median(call: Callable[[], object], count: int = 1000) -> float:
    """Microseconds for one call, the median of 15 rounds."""
    call()
    return statistics.median(timeit.repeat(call, number=count, repeat=15)) / count * 1e6


def _feel() -> list[Row]:
    rows: list[Row] = []
    for name, (text, _) in QUESTIONS.items():
        expression = parse(text)
        rows.append((f"FEEL {name}", _median(lambda expression=expression: expression.evaluate(SCOPE)), "µs"))
    condition = QUESTIONS["condition"][0]
    numbers = itertools.count()
    rows.append(("FEEL condition with parse() from its cache", _median(lambda: parse(condition).evaluate(SCOPE)), "µs"))
    rows.append(
        (
            "FEEL parse, not cached",
            _median(lambda: parse(f"{condition} // {next(numbers)}"), 50),
            "µs",
        )
    )
    tests = parse_unary_tests("[1000..2000), > 5000")
    rows.append(("FEEL unary tests", _median(lambda: tests.evaluate(Decimal(1200), SCOPE)), "µs"))
    return rows


def _spiff() -> list[Row]:
    environment = PythonScriptEngine().environment
    return [
        (f"SpiffWorkflow Python {name}", _median(lambda text=text: environment.evaluate(text, dict(SCOPE)), 300), "µs")
        for name, (_, text) in QUESTIONS.items()
    ]


def _feelin() -> list[Row]:
    """No rows where node or the package is missing."""
    modules = Path(os.environ.get("FEELIN_NODE_MODULES", _FRONTEND))
    node = shutil.which("node")
    if node is None or not (modules / "feelin").is_dir():
        return []
    asked = json.dumps({"scope": SCOPE, "questions": {name: text for name, (text, _) in QUESTIONS.items()}})
    command = [node, "--input-type=module", "-e", _NODE_SCRIPT, "--", str(modules.resolve()), asked]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return [(f"feelin (node) {name}", value, "µs") for name, value in json.loads(done.stdout).items()]


def run() -> list[Row]:
    """All rows: what was measured, how much, in which unit."""
    return _feel() + _spiff() + _feelin()


def main() -> None:
    """Prints the rows as a table."""
    rows = run()
    for name, value, unit in rows:
        print(f"{name:<45}{value:>10.2f} {unit}")
    if not any(name.startswith("feelin") for name, _, _ in rows):
        print("feelin was not measured: node or the npm package feelin is not there (see FEELIN_NODE_MODULES).")


if __name__ == "__main__":
    main()
