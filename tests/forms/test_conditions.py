"""`x-when`: the same answers on the server and in the browser, example by example."""

from __future__ import annotations

import json
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from forms.conditions import BadCondition, compile_condition

EXAMPLES = json.loads((Path(__file__).parent / "conditions.json").read_text("utf-8"))
SCRIPT = Path(__file__).parents[2] / "api/frontend/src/forms/conditions.js"


@pytest.mark.parametrize(("schema", "value", "expected"), EXAMPLES)
def test_the_server_decides_as_written(schema, value, expected):
    assert compile_condition({"a": schema}).holds({"a": value}, {}) is expected
    assert compile_condition({"/a": schema}).holds({}, {"a": value}) is expected


def test_the_browser_decides_as_written():
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    program = (
        f"import {{ holds }} from {json.dumps(SCRIPT.as_uri())};"
        "let text = ''; for await (const part of process.stdin) text += part;"
        "console.log(JSON.stringify(JSON.parse(text).map(([schema, value]) => holds({ a: schema }, () => value))));"
    )
    done = subprocess.run(
        [node, "--input-type=module", "-e", program],
        input=json.dumps(EXAMPLES),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    decided = json.loads(done.stdout)
    assert [example for example, found in zip(EXAMPLES, decided, strict=True) if example[2] is not found] == []


def test_all_lines_of_a_condition_must_hold():
    condition = compile_condition({"a": {"const": 1}, "/b": {"const": 2}})
    assert condition.holds({"a": 1}, {"b": 2})
    assert not condition.holds({"a": 1}, {"b": 3})


def test_decimals_are_numbers():
    assert compile_condition({"a": {"minimum": Decimal("0.1")}}).holds({"a": Decimal("0.10")}, {})
    assert compile_condition({"a": {"type": "integer"}}).holds({"a": Decimal("5.00")}, {})


@pytest.mark.parametrize(
    "raw",
    [
        None,
        {},
        [],
        "a",
        {"a": {}},
        {"a": None},
        {"a": {"pattern": "x"}},
        {"a": {"minimum": "3"}},
        {"a": {"type": "text"}},
        {"a": {"anyOf": []}},
    ],
)
def test_what_the_browser_could_not_decide_is_refused(raw):
    with pytest.raises(BadCondition):
        compile_condition(raw)


def test_depth_is_bounded():
    schema: dict[str, object] = {"const": 1}
    for _ in range(20):
        schema = {"not": schema}
    with pytest.raises(BadCondition):
        compile_condition({"a": schema})
