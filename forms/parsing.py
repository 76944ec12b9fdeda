"""`parse_html`: the fields of a plain HTML POST, back into nested data."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import islice
from typing import Any

from forms.model import Field, Form, Kind, Record
from forms.values import is_empty

MAX_ITEMS = 50_000
_MAX_DIGITS = 6


def parse_html(
    form: Form, items: Iterable[tuple[str, Any]], *, name_prefix: str = "", ignore: Collection[str] = ()
) -> dict[str, Any]:
    """Pairs of name and text (`lines.0.qty`, `2`) as the nested dict that `validate` takes.

    Names that do not begin with `name_prefix`, that begin with `_` or stand in `ignore` are the page's own and left
    out, and so is anything that is no text (uploaded files). Names that the form does not have stay in, so that
    `validate` refuses them. An unticked switch is False, no tick at all an empty list; rows left wholly blank are
    dropped and the rest move up. Takes 50,000 pairs at most; the rest are not read.
    """
    tree = _Node()
    for count, (name, value) in enumerate(items):
        if count >= MAX_ITEMS:
            break
        if not isinstance(value, str) or not name.startswith(name_prefix) or name in ignore:
            continue
        name = name.removeprefix(name_prefix)
        if name and not name.startswith("_"):
            tree.put(name.split(".", 12), value)
    return _record(form.record, tree)


class _Node:
    """The texts given for one name, and what its dots lead to."""

    __slots__ = ("children", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.children: dict[str, _Node] = {}

    def put(self, path: list[str], value: str) -> None:
        node = self
        for step in path:
            node = node.children.setdefault(step, _Node())
        node.texts.append(value)

    def plain(self) -> Any:
        """As data, without a form to say what it means."""
        return (
            {name: each.plain() for name, each in self.children.items()} if self.children else (self.texts or [""])[-1]
        )


def _record(record: Record, node: _Node) -> dict[str, Any]:
    found: dict[str, Any] = {name: each.plain() for name, each in node.children.items() if name not in record.by_name}
    for each in record.fields:
        given = node.children.get(each.name)
        value = _field(each, given or _Node())
        if given is not None or (each.writable and (each.kind is not Kind.SWITCH or value is not None)):
            found[each.name] = value
    return found


def _field(each: Field, node: _Node) -> Any:
    if each.record is not None and each.kind is Kind.SECTION:
        return _record(each.record, node)
    if each.record is not None:
        return _rows(each, each.record, node)
    if each.kind is Kind.GEOLOCATION:
        found = {name: child.plain() for name, child in node.children.items()}
        return None if all(is_empty(value) for value in found.values()) else found
    if node.children:
        return node.plain()
    if each.multiple or each.kind is Kind.CHOICES:
        return [text for text in node.texts if text.strip()]
    if each.kind is Kind.SWITCH and not node.texts:
        return None if each.asks_yes_or_no else False
    return node.texts[-1] if node.texts else None


def _rows(each: Field, record: Record, node: _Node) -> Any:
    if node.texts and not node.children:
        return node.plain() if node.texts[-1].strip() else []
    indexes = {name for name in node.children if name.isascii() and name.isdigit() and len(name) <= _MAX_DIGITS}
    if set(node.children) - indexes:
        return node.plain()
    rows = (_record(record, node.children[index]) for index in sorted(indexes, key=int))
    kept = rows if each.fixed else (row for row in rows if not _blank(row))
    return list(islice(kept, each.max_items + 1))  # one too many is enough to be refused


def _blank(value: Any) -> bool:
    """Whether nothing was typed: an unticked switch is no answer either."""
    if isinstance(value, dict):
        return all(_blank(each) for each in value.values())
    if isinstance(value, list):
        return all(_blank(each) for each in value)
    return value is False or is_empty(value)
