"""docs/feel.md says what is true: every example, every function."""

import re
from pathlib import Path

import pytest

from engine.feel import FUNCTIONS
from tests.feel.evaluating import assert_gives

TEXT = (Path(__file__).parents[2] / "docs" / "feel.md").read_text(encoding="utf-8")
EXAMPLES = [
    line.split(" → ") for block in re.findall(r"```feel\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()
]


@pytest.mark.parametrize(("text", "expected"), EXAMPLES)
def test_each_example_of_the_documentation(text: str, expected: str) -> None:
    assert_gives(text, expected)


def test_each_function_is_in_the_documentation() -> None:
    named = set(re.findall(r"`([a-z][a-z ]*)(?:\([^`]*\))?`", TEXT))

    assert set(FUNCTIONS) <= named
