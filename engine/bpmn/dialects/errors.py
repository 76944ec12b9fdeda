"""Why a text of another engine's language has no equivalent."""

from __future__ import annotations


class Untranslatable(Exception):
    """A sentence's end in both languages: what the text uses that FEEL does not have."""

    def __init__(self, reason: str, reason_zh: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.reason_zh = reason_zh
