"""docs/diagrams.md names every word of the vocabulary, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from engine.bpmn.reading.vocabulary import FACET_ATTRIBUTES, FACET_ELEMENTS

PAGE = (Path(__file__).parents[2] / "docs" / "diagrams.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| [^|]+ \| (`[^|]+) \| [^|]+ \|$", PAGE, re.M)


def test_every_attribute_has_its_row() -> None:
    said = {name for row in ROWS for name in re.findall(r"`([\w-]+)`", row)}
    assert said == {name for names in FACET_ATTRIBUTES.values() for name in names}


def test_every_extension_element_has_its_row() -> None:
    assert set(re.findall(r"^\| `<facet:(\w+) ", PAGE, re.M)) == set(FACET_ELEMENTS)
