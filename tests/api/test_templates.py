"""Rules that hold for all templates and for the colours: no browser is needed to see them broken."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from jinja2 import UndefinedError

from api.assets import Assets
from api.formats import Formats
from api.i18n import translator
from api.templating import TEMPLATES, make_environment, make_url, page_values

FRONTEND = TEMPLATES.parent / "frontend"
ALL = sorted(TEMPLATES.rglob("*.html"))
# {{ icon("x") }}, ui.icon('x'), and the parameters that name one: name="x" of macros
ICON_CALL = re.compile(r"""\bicon\(\s*["']([\w-]+)["']""")


@pytest.fixture(scope="module")
def environment():
    return make_environment(Assets({}))


@pytest.mark.parametrize("template", ALL, ids=lambda path: path.relative_to(TEMPLATES).as_posix())
def test_every_template_compiles(template: Path, environment):
    environment.get_template(template.relative_to(TEMPLATES).as_posix())


def test_nothing_is_inline_that_the_policy_forbids():
    """style-src and script-src are 'self': style attributes, handlers and scripts in the page would not run."""
    forbidden = re.compile(r"\sstyle=|\son[a-z]+=\"|<style|<script(?![^>]*(\ssrc=|application/json))|javascript:")
    found = [(path.name, match[0]) for path in ALL if (match := forbidden.search(path.read_text("utf-8")))]
    assert found == []


def test_every_icon_is_in_the_sprite():
    sprite = set(json.loads((FRONTEND / "icons.json").read_text("utf-8")))
    used = {name: path.name for path in ALL for name in ICON_CALL.findall(path.read_text("utf-8"))}
    assert len(used) > 10
    assert {name: where for name, where in used.items() if name not in sprite} == {}


def test_every_macro_says_what_it_takes():
    silent = []
    for path in (TEMPLATES / "components").glob("*.html"):
        text = path.read_text("utf-8")
        silent += [
            f"{path.name}: {name}" for name in re.findall(r"{% macro (\w+)\(", text) if not documented(name, text)
        ]
    assert silent == []


def documented(name: str, text: str) -> bool:
    return any(f"{name}(" in comment for comment in re.findall(r"{#.*?#}", text, re.DOTALL))


def test_addresses_leave_out_what_is_empty():
    assert make_url("", "/inbox", view="mine", after=None, q="") == "/inbox?view=mine"
    assert make_url("/facet", "/search", q="a&b 中") == "/facet/search?q=a%26b+%E4%B8%AD"
    assert make_url("/facet", "/") == "/facet/"


# --- colours: WCAG 2.2, 1.4.3: text needs a contrast of 4.5, 1.4.11: the edge of a field 3 -----------------------------

TEXT = [
    *product(["ink", "ink-2", "accent", "danger", "warning", "success"], ["surface", "canvas", "rail", "surface-2"]),
    *[("ink-3", under) for under in ("surface", "canvas", "rail")],
    ("ink-2", "surface-3"),
    ("ink", "surface-3"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-danger", "danger"),
    ("accent-strong", "accent-soft"),
    *[(name, f"{name}-soft") for name in ("info", "success", "warning", "danger")],
    ("diagram-label", "diagram-fill"),
]


def tokens(theme: int) -> dict[str, str]:
    """Colour tokens of a theme (0 light, 1 dark) as #rrggbb."""
    text = (FRONTEND / "src/css/tokens.css").read_text("utf-8")
    pattern = re.compile(r"--([\w-]+): var\(--light, (#[0-9a-f]{6})\) var\(--dark, (#[0-9a-f]{6})\);")
    return {found[1]: found[2 + theme] for found in pattern.finditer(text)}


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_can_be_read(theme: int):
    colours = tokens(theme)
    weak = {pair: round(ratio, 2) for pair in TEXT if (ratio := contrast(colours[pair[0]], colours[pair[1]])) < 4.5}
    assert weak == {}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_edges_of_fields_can_be_seen(theme: int):
    colours = tokens(theme)
    pairs = [("line-strong", "surface"), ("line-strong", "canvas"), ("focus", "surface"), ("focus", "canvas")]
    weak = {pair: round(ratio, 2) for pair in pairs if (ratio := contrast(colours[pair[0]], colours[pair[1]])) < 3}
    assert weak == {}


# --- pages that stand alone ------------------------------------------------------------------------------------------


class AnyAsset:
    def __call__(self, name: str) -> str:
        return f"/static/dist/{name}"


@pytest.mark.parametrize(("lang", "help_sentence"), [("en", "If you ask for help"), ("zh", "如需帮助")])
def test_an_error_page_speaks_and_escapes(lang: str, help_sentence: str):
    formats = Formats(lang, ZoneInfo("UTC"), datetime(2026, 3, 2, tzinfo=UTC))
    values = page_values(translator(lang), formats) | {"csrf_token": "tok", "status": 404}
    page = make_environment(AnyAsset()).get_template("error.html")  # type: ignore[arg-type]
    shown = page.render(values | {"heading": "<Not here>", "sentence": "Nothing.", "request_id": "r-1"})
    assert "&lt;Not here&gt;" in shown
    assert "<Not here>" not in shown
    assert help_sentence in shown
    assert "r-1" in shown


def test_a_missing_value_is_an_error_and_no_gap():
    with pytest.raises(UndefinedError, match="is undefined"):
        make_environment(AnyAsset()).get_template("base.html").render()  # type: ignore[arg-type]
