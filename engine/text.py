"""Texts that process owners write: placeholders without any logic, and Markdown that cannot carry a script.

`{{ customer.name }}` is replaced by the variable's value, `{{ items.0.price }}` by an entry of a list; what is not there
becomes nothing. There are no filters, calls, conditions or loops, so a text costs what it is long.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import nh3
from markdown_it import MarkdownIt

from engine.errors import FacetError
from engine.variables import plain_dumps

LONGEST: Final = 100_000
"""Characters of a text, before and after its placeholders were filled."""
LONGEST_VALUE: Final = 2_000
"""Characters of one filled placeholder."""

_PLACEHOLDER: Final = re.compile(r"\{\{\s*([^\W\d]\w{0,99}(?:\.\w{1,100}){0,9})\s*\}\}")
_MARKDOWN_SIGNS: Final = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>&~:=$^@/\"'])")
_TAGS: Final = frozenset(
    {"p", "br", "strong", "em", "del", "s", "code", "pre", "blockquote", "ul", "ol", "li", "hr", "a"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"}
)
_ATTRIBUTES: Final[dict[str, set[str]]] = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES: Final = {"http", "https", "mailto", "tel"}


def fill(text: str, variables: Mapping[str, Any]) -> str:
    """The text with its placeholders filled, at most `LONGEST` characters. For titles, names and plain mails."""
    return _filled(text, variables, str)


def instructions_html(text: str, variables: Mapping[str, Any]) -> str:
    """Markdown with placeholders, as HTML that may stand in a page as it is: no scripts, styles, images, ids or foreign
    addresses but links. A value is text, whatever it holds: it cannot become Markdown or HTML."""
    return markdown_html(_filled(text, variables, _as_text))


def markdown_html(text: str) -> str:
    """Markdown as clean HTML."""
    html = _markdown().render(text[:LONGEST])
    return nh3.clean(
        html,
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": 20}).enable("table")


def _as_text(value: str) -> str:
    return _MARKDOWN_SIGNS.sub(r"\\\1", value.replace("\r", " ").replace("\n", " "))


def _filled(text: str, variables: Mapping[str, Any], form: Any) -> str:
    room = LONGEST

    def replaced(match: re.Match[str]) -> str:
        nonlocal room
        if room <= 0:
            return ""
        shown = form(shown_value(_looked_up(match.group(1), variables)))
        room -= len(shown)
        return str(shown)

    return _PLACEHOLDER.sub(replaced, text[:LONGEST])[:LONGEST]


def _looked_up(path: str, variables: Mapping[str, Any]) -> Any:
    value: Any = variables
    for step in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def shown_value(value: Any) -> str:
    """A variable as text: JSON's own for numbers and what is compound, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value[:LONGEST_VALUE]
    try:
        return plain_dumps(value).decode().strip('"')[:LONGEST_VALUE]
    except FacetError:
        return ""


__all__ = ["fill", "instructions_html", "markdown_html", "shown_value"]
