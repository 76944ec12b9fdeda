"""Asks pip-audit about everything that requirements.lock pins, and reads its answer without taking silence for health."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parent.parent / "requirements.lock"
SOURCES = ("pypi", "osv")
"""Where the data come from; the second is asked where the first does not know everything."""
SECONDS = 300


@dataclass(frozen=True, slots=True)
class Verdict:
    """`vulnerable`: a line per known vulnerability; `unchecked`: packages of which nobody could say anything."""

    checked: int
    vulnerable: tuple[str, ...]
    unchecked: tuple[str, ...]


def judge(report: Mapping[str, Any]) -> Verdict:
    """What a report of pip-audit means. It calls packages that it could not look up "skipped", and the whole then healthy."""
    vulnerable, unchecked, checked = [], [], 0
    for package in report["dependencies"]:
        if "skip_reason" in package:
            unchecked.append(package["name"])
            continue
        checked += 1
        for found in package["vulns"]:
            fixed = ", ".join(found.get("fix_versions") or ()) or "not yet"
            vulnerable.append(f"{package['name']} {package['version']}: {found['id']}, fixed in {fixed}")
    return Verdict(checked, tuple(vulnerable), tuple(unchecked))


def ask(lock: Path = LOCK) -> Verdict | None:
    """The verdict of the source that knew most; None: none could be reached."""
    verdicts = [verdict for source in SOURCES if (verdict := _ask(lock, source)) is not None]
    return max(verdicts, key=lambda verdict: verdict.checked, default=None)


def _ask(lock: Path, source: str) -> Verdict | None:
    command = [sys.executable, "-m", "pip_audit", "-r", str(lock), "--no-deps", "--disable-pip", "-s", source]
    more = ["-f", "json", "--progress-spinner", "off"]
    try:
        done = subprocess.run(command + more, capture_output=True, text=True, check=False, timeout=SECONDS)
        return judge(json.loads(done.stdout))
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None  # it stops with a stack trace when its source does not answer
