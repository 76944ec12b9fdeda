"""Diagrams of a public conformance benchmark: the reader understands all of them, and refuses what cannot be meant."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from engine.bpmn import LintContext, lint, read
from engine.bpmn.svg import render

ROOT = Path(os.environ.get("FACET_CONFORMANCE", Path(__file__).parents[3] / "shared" / "conformance")) / "betsy"
FILES = sorted(ROOT.glob("*/*.bpmn"))
REFUSED = {
    "WCP17_InterleavedParallelRouting": "ad-hoc-never-done",
    "AdHocSubProcess_Parallel": "ad-hoc-never-done",
    "AdHocSubProcess_Sequential": "ad-hoc-never-done",
    "LoopTask_NegativeLoopMaximum": "loop-maximum",
    "MultiInstanceTask_NegativeLoopCardinality": "loop-cardinality",
    "Token_CompletionQuantity_Zero": "token-quantity",
    "Token_StartQuantity_Zero": "token-quantity",
}
pytestmark = pytest.mark.skipif(not FILES, reason=f"no conformance diagrams in {ROOT}")


def adapted(content: bytes) -> bytes:
    """The benchmark's Java-like conditions in FEEL, as its README asks."""
    content = re.sub(rb'(!?)(\w+)\.contains\("(\w+)"\)>?', rb'\1contains(\2, "\3")', content)
    content = re.sub(rb"!contains(\([^)]*\))", rb"not(contains\1)", content)
    return content.replace(b"${integerVariable}", b"integerVariable")


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_refused_only_what_cannot_be_meant(file: Path) -> None:
    # given
    content = adapted(file.read_bytes())

    # when
    document = read(content, file=file.name)
    errors = [one for one in lint([document], LintContext()) if one.severity == "error"]

    # then
    assert [one.rule for one in errors] == ([REFUSED[file.stem]] if file.stem in REFUSED else [])
    assert all(one.element_id and one.line for one in errors)


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_every_element_is_drawn(file: Path) -> None:
    # given
    document = read(file.read_bytes())

    # when
    text = render(document, file.read_bytes())

    # then
    for process in document.processes:
        for key in process.nodes:
            assert f'data-element-id="{key}"' in text
