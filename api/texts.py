"""Texts that came over HTTP and that no database holds."""

from __future__ import annotations

from engine.errors import InvalidInput


def is_text(text: str) -> bool:
    """Whether a database can hold the text: no NUL, no half of a surrogate pair."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def unkeepable() -> InvalidInput:
    """The answer to a text that no database holds."""
    return InvalidInput("A text holds characters that cannot be kept.", "文本中含有无法保存的字符。")
