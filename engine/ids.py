"""Time-ordered identifiers: UUIDv7 as text, so that keys sort by creation and inserts stay local in an index."""

from __future__ import annotations

import uuid_utils


def new_id() -> str:
    """A fresh UUIDv7 in its canonical 36-character form; increasing within this process."""
    return str(uuid_utils.uuid7())
