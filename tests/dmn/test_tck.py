"""The public DMN test kit: level 2 always, level 3 in the full run. Its files are read where they lie, never copied."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from engine.dmn import Definitions

from .tck import Case, cases, kit, load, outcome, same

# Cases that we answer differently on purpose; docs/dmn.md gives the reason for each group.
JAVA = "calls a Java class; there is no Java here, and external code is refused by design"
JAVA_CASES = ("boxed_001", *(f"literal_{number:03}" for number in range(1, 13)), "varargs_001")
DIFFERENT = {f"0076-feel-external-java::01/{name}": JAVA for name in JAVA_CASES}

pytestmark = pytest.mark.skipif(
    not kit().is_dir(), reason="the DMN test kit is not beside this repository (set FACET_CONFORMANCE)"
)


@cache
def _models() -> dict[Path, Definitions]:
    """One reading per model for the whole run; bounded by the number of the kit's files."""
    return {}


def _check(case: Case) -> None:
    for expected, actual, problems in outcome(case, load(case, _models())):
        assert same(actual, expected.value), f"{expected.name}: {actual!r}, not {expected.value!r}; {problems}"


@pytest.mark.parametrize("case", list(cases(2)), ids=lambda case: case.label)
def test_level_2(case: Case) -> None:
    _check(case)


@pytest.mark.full
@pytest.mark.parametrize("case", list(cases(3)), ids=lambda case: case.label)
def test_level_3(case: Case) -> None:
    if case.label in DIFFERENT:
        value = [actual for _, actual, _ in outcome(case, load(case, _models()))]
        problems = [p for _, _, problems in outcome(case, load(case, _models())) for p in problems]
        assert value == [None]
        assert problems, "a difference must be explained to the person who meets it"
    else:
        _check(case)
