"""The command line as a person types it, in this process, on a data directory of its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app

Facet = Callable[..., Result]


@pytest.fixture
def facet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Facet:
    """`facet("deploy", "x.bpmn")`: the result with exit_code, stdout and stderr. No settings but the data directory."""
    for name in [name for name in os.environ if name.startswith(("FACET_", "LC_")) or name == "LANG"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FACET_DATA_DIR", str(tmp_path / "data"))
    runner = CliRunner()

    def run(*arguments: str | Path, input: str | None = None) -> Result:
        return runner.invoke(app, [str(argument) for argument in arguments], input=input)

    return run
