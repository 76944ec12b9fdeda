"""Each attribute of BPMN 2.0.2 either changes what runs, or is told, or is only a description."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.bpmn import Document, read
from engine.bpmn.reading.vocabulary import ATTRIBUTES
from tests.conformance.attributes import ACTS, COMPLETE, DESCRIBES, TOLD, pair


def model(content: bytes) -> Document:
    """What runs, without what was said about it."""
    return replace(read(content), problems=())


def test_the_file_says_every_attribute() -> None:
    assert [name for name in sorted(ATTRIBUTES) if f' {name}="' not in COMPLETE.replace("\n", " ")] == []
    assert [one for one in read(COMPLETE.encode()).problems if one.severity == "error" and one.element_id != "q"] == []


@pytest.mark.parametrize("name", ACTS)
def test_what_acts_is_read(name: str) -> None:
    said, unsaid = pair(name)
    assert model(said) != model(unsaid)


@pytest.mark.parametrize("name", sorted(DESCRIBES))
def test_what_describes_changes_nothing(name: str) -> None:
    said, unsaid = pair(name)
    assert model(said) == model(unsaid)


@pytest.mark.parametrize("name", TOLD)
def test_what_does_not_act_is_told(name: str) -> None:
    # given
    said, unsaid = pair(name)
    rule, words = TOLD[name]

    # then
    assert model(said) == model(unsaid)
    assert any(one.rule == rule and words in one.message for one in read(said).problems)
