"""Where the files lie that are no Python: at the top level of a checkout, inside the package once installed as a wheel."""

from __future__ import annotations

from pathlib import Path

_ENGINE = Path(__file__).resolve().parent


def _place(name: str) -> Path:
    bundled = _ENGINE / "bundled" / name
    return bundled if bundled.is_dir() else _ENGINE.parent / name


MIGRATIONS = _place("migrations")
"""Directory of the Alembic environment (env.py, versions/)."""

PROCESSES = _place("processes")
"""Directory of the processes that come with Facet: one folder each, named like the process."""
