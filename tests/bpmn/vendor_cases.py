"""Rules about vocabularies of other engines."""

from __future__ import annotations

from tests.bpmn.lint_cases import Case

VENDOR_CASES: dict[str, Case] = {}
