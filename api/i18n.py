"""What people read, in their language. The English sentence is the key; catalogues are gettext `.po` files.

`api/locale/<language>/*.po` are read together, so that every area of the house keeps a file of its own. In templates
and page code: `t("Assigned to {name}", name=…)` and `tn("{count} task", "{count} tasks", count)`; texts that are only
looked up later are marked where they stand: `mark("Inbox")`. A test reads all sources and finds what has no Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parent / "locale"
LANGUAGES: Mapping[str, str] = MappingProxyType({"en": "English", "zh": "中文"})
"""Language code as settings, cookies and templates know it, with its name in itself."""

_CATALOGUES: Mapping[str, str] = MappingProxyType({"zh": "zh_Hans"})
_TAGS: Mapping[str, str] = MappingProxyType({"en": "en", "zh": "zh-Hans"})
_PLACE = re.compile(r"\{(\w+)\}")


def mark(message: str) -> str:
    """Return `message` as it is; the extractor sees that it will be translated where it is shown."""
    return message


@dataclass(frozen=True, slots=True)
class Translator:
    """Translates into one language; calling it is `t`. Unknown messages come back in English."""

    lang: str
    messages: Mapping[str, str] = field(repr=False)

    @property
    def tag(self) -> str:
        """BCP 47 tag for the `lang` attribute: "en" or "zh-Hans"."""
        return _TAGS[self.lang]

    def __call__(self, message: str, /, **values: object) -> str:
        """The message in this language, with `{name}` places filled; places without a value stay as they are."""
        return _fill(self.messages.get(message, message), values)

    def plural(self, one: str, many: str, count: int, /, **values: object) -> str:
        """`one` or `many` by English rules (Chinese has one form); `{count}` is filled with the number."""
        text = self.messages.get(one) or (one if count == 1 else many)
        return _fill(text, {"count": count, **values})


def _fill(text: str, values: Mapping[str, object]) -> str:
    return _PLACE.sub(lambda place: str(values.get(place[1], place[0])), text) if values else text


@lru_cache(maxsize=8)  # one entry a language
def translator(lang: str) -> Translator:
    """The translator of "en" or "zh"; anything else reads English."""
    if lang not in LANGUAGES:
        return translator("en")
    return Translator(lang, MappingProxyType(_read(_CATALOGUES[lang]) if lang in _CATALOGUES else {}))


def _read(catalogue: str) -> dict[str, str]:
    messages: dict[str, str] = {}
    for file in sorted((LOCALE / catalogue).glob("*.po")):
        with file.open("rb") as source:
            for message in read_po(source, abort_invalid=True):
                key, text = _first(message.id), _first(message.string)
                if key and text and not message.fuzzy:
                    messages[key] = text
    return messages


def _first(text: object) -> str:
    """The text itself, or the first of its plural forms; empty when there is none."""
    first = text[0] if isinstance(text, list | tuple) and text else text
    return first if isinstance(first, str) else ""


def choose_language(saved: str | None, accept_language: str | None, default: str = "en") -> str:
    """The language of a request: a saved choice, else the browser's wish (RFC 9110, 12.5.4), else `default`."""
    if saved is not None and saved in LANGUAGES:
        return saved
    wishes: list[tuple[float, str]] = []
    for part in (accept_language or "").split(","):
        tag, _, parameters = part.strip().partition(";")
        primary = tag.strip().lower().partition("-")[0]
        if primary in LANGUAGES:
            wishes.append((_quality(parameters), primary))
    wishes.sort(key=lambda wish: -wish[0])
    return wishes[0][1] if wishes and wishes[0][0] > 0 else default


def _quality(parameters: str) -> float:
    match = re.search(r"q\s*=\s*(\S+)", parameters)
    try:
        return float(match[1]) if match else 1.0
    except ValueError:
        return 0.0
