"""Every sentence that the pages use has its Chinese twin, with the same places to fill."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from api.i18n import LOCALE, choose_language, mark, translator

API = LOCALE.parent
KEYWORDS: dict[str, tuple[int, ...] | None] = {"t": None, "tn": (1, 2), "mark": None}
PLACE = re.compile(r"\{\w+\}")


def messages_of(file: Path) -> Iterator[tuple[str, str]]:
    """(message, where) of all calls of t, tn and mark in a template or module."""
    method = "jinja2.ext:babel_extract" if file.suffix == ".html" else "python"
    # the environment of the pages trims blocks, and its templates say `{% call ui.card() %}`: both are core Jinja
    for line, message, *_ in extract_from_file(method, file, keywords=KEYWORDS, options={"silent": "false"}):
        for text in message if isinstance(message, tuple) else (message,):
            yield text, f"{file.relative_to(API)}:{line}"


def used_messages() -> dict[str, str]:
    templates = sorted((API / "templates").rglob("*.html"))
    modules = sorted(file for file in API.rglob("*.py") if "node_modules" not in file.parts)
    assert templates
    assert modules
    return {text: where for file in [*templates, *modules] for text, where in messages_of(file)}


def plural_forms() -> set[str]:
    """The second English forms: Chinese has one form, kept under the first."""
    found: set[str] = set()
    for file in (LOCALE / "zh_Hans").glob("*.po"):
        with file.open("rb") as source:
            found |= {entry.id[1] for entry in read_po(source) if isinstance(entry.id, tuple | list)}
    return found


def test_every_message_in_use_has_a_chinese_translation():
    chinese, plurals = translator("zh").messages, plural_forms()
    used = used_messages()
    assert len(used) > 50
    missing = {text: where for text, where in used.items() if text not in chinese and text not in plurals}
    assert missing == {}


def test_a_translation_fills_the_same_places():
    wrong = {
        text: translated
        for text, translated in translator("zh").messages.items()
        if set(PLACE.findall(text)) != set(PLACE.findall(translated))
    }
    assert wrong == {}


def test_no_message_is_translated_twice():
    seen: dict[str, str] = {}
    twice = []
    for file in sorted((LOCALE / "zh_Hans").glob("*.po")):
        with file.open("rb") as source:
            for entry in read_po(source):
                key = entry.id[0] if isinstance(entry.id, tuple | list) else entry.id
                if key and seen.setdefault(key, file.name) != file.name:
                    twice.append((key, seen[key], file.name))
    assert twice == []


def test_places_are_filled_and_unknown_ones_stay():
    t = translator("en")
    assert t("Assigned to {name} at {time}", name="Li <b>") == "Assigned to Li <b> at {time}"
    assert t("100 % {of} it") == "100 % {of} it"


def test_counting_in_both_languages():
    assert translator("en").plural("{count} entry", "{count} entries", 1) == "1 entry"
    assert translator("en").plural("{count} entry", "{count} entries", 3) == "3 entries"
    assert translator("zh").plural("{count} entry", "{count} entries", 3) == "3 条"


def test_an_unknown_language_reads_english():
    assert translator("fr") is translator("en")
    assert translator("zh").tag == "zh-Hans"
    assert mark("Inbox") == "Inbox"
    assert translator("zh")("Inbox") == "待办"


@pytest.mark.parametrize(
    ("saved", "header", "expected"),
    [
        ("zh", "en", "zh"),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "en;q=0.5, zh-Hans;q=0.9", "zh"),
        (None, "fr-FR, en;q=0.3", "en"),
        (None, "zh;q=0", "en"),
        (None, "zh;q=bad", "en"),
        (None, None, "en"),
        ("xx", "", "en"),
    ],
)
def test_the_language_of_a_request(saved: str | None, header: str | None, expected: str):
    assert choose_language(saved, header) == expected
