"""docs/bpmn.md says what the tests show."""

from __future__ import annotations

from tests.conformance.support import ELEMENTS
from tests.conformance.table import PAGE, lines, page


def test_the_page_is_what_the_tests_show() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python -m tests.conformance.table"


def test_every_element_is_shown() -> None:
    assert set(ELEMENTS) - {line.element for line in lines()} == set()
