"""The page of promises names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = [line.split("|")[1:-1] for line in PAGE.splitlines() if re.match(r"\| \d+ \|", line)]


def test_every_promise_has_a_number_both_languages_and_tests_that_exist() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, len(ROWS) + 1))
    for number, english, chinese, tests in ROWS:
        named = re.findall(r"`([^`]+)`", tests)
        assert english.strip() and re.search("[\u4e00-\u9fff]", chinese) and named, number
        for name in named:
            place = ROOT / name if "/" in name else ROOT / "tests" / "security" / name
            assert place.exists(), name
