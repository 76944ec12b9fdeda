"""No locked dependency has a known vulnerability, as far as the data can be had; where they cannot, the test says so."""

from __future__ import annotations

import re

import pytest

from tests.vulnerabilities import LOCK, ask, judge

HEALTHY = {"name": "jinja2", "version": "3.1.6", "vulns": []}
SICK = {
    "name": "lxml",
    "version": "4.6.2",
    "vulns": [{"id": "PYSEC-2021-19", "fix_versions": ["4.6.3"], "aliases": []}],
}
UNKNOWN = {"name": "s3fs", "skip_reason": "Dependency not found on PyPI and could not be audited"}


def test_what_could_not_be_looked_up_does_not_count_as_healthy() -> None:
    verdict = judge({"dependencies": [HEALTHY, SICK, UNKNOWN]})
    assert (verdict.checked, verdict.unchecked) == (2, ("s3fs",))
    assert verdict.vulnerable == ("lxml 4.6.2: PYSEC-2021-19, fixed in 4.6.3",)


def test_everything_is_pinned() -> None:
    lines = [line for line in LOCK.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    assert len(lines) > 100
    loose = [line for line in lines if not re.match(r"[a-z0-9.-]+(\[[a-z,]+\])?==[^\s;]+( ; .+)?$", line)]
    assert not loose


@pytest.mark.full
def test_no_locked_dependency_has_a_known_vulnerability() -> None:
    verdict = ask()
    if verdict is None or not verdict.checked:
        pytest.skip("NOT CHECKED: the data about vulnerabilities (pypi.org, osv.dev) cannot be reached from here")
    assert not verdict.vulnerable, "\n".join(verdict.vulnerable)
    if verdict.unchecked:
        pytest.skip(f"PARTLY CHECKED: nothing is known about {', '.join(verdict.unchecked)}")
