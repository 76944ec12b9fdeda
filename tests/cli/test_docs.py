"""Every command has its line in docs/cli.md."""

from __future__ import annotations

from pathlib import Path

import typer

from api.cli import app

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"


def test_every_command_is_documented() -> None:
    page = PAGE.read_text("utf-8")
    root = typer.main.get_command(app)

    for name, command in root.commands.items():  # type: ignore[attr-defined]
        line = next((line for line in page.splitlines() if line.startswith(f"| `facet {name}")), None)
        assert line is not None, name
        for verb in getattr(command, "commands", {}):
            assert verb in line, f"{name} {verb}"
