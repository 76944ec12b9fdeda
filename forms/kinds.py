"""Which kind of question a JSON Schema asks, from `type`, `format`, `items`, `oneOf`/`enum` and `x-widget`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forms.model import Kind

STRING_FORMATS = {
    "date": Kind.DATE,
    "date-time": Kind.DATETIME,
    "time": Kind.TIME,
    "money": Kind.MONEY,
    "phone": Kind.PHONE,
    "user": Kind.USER,
    "group": Kind.GROUP,
    "file": Kind.FILE,
    "photo": Kind.PHOTO,
    "signature": Kind.SIGNATURE,
    "textarea": Kind.TEXTAREA,
    "email": Kind.TEXT,
    "uri": Kind.TEXT,
}
LISTS = frozenset({Kind.FILE, Kind.PHOTO, Kind.USER})
WIDGETS: dict[Kind, tuple[str, ...]] = {
    Kind.TEXT: ("textarea",),
    Kind.TEXTAREA: ("textarea",),
    Kind.CHOICE: ("select", "radio", "buttons", "decision"),
    Kind.CHOICES: ("checkboxes", "buttons"),
    Kind.SWITCH: ("switch", "checkbox", "radio"),
    Kind.INTEGER: ("rating",),
}


def type_of(schema: Mapping[str, Any]) -> str:
    """The JSON type; `["string", "null"]` counts as `string`, since an empty answer is always null."""
    found = schema.get("type")
    if isinstance(found, list):
        rest = [each for each in found if each != "null"]
        return rest[0] if len(rest) == 1 else ""
    return found if isinstance(found, str) else ""


def has_options(schema: Mapping[str, Any]) -> bool:
    """Whether `enum` or `oneOf` with `const` lists the answers."""
    listed = schema.get("oneOf")
    return "enum" in schema or (
        isinstance(listed, list) and all(isinstance(each, Mapping) and "const" in each for each in listed)
    )


def kind_of(schema: Mapping[str, Any]) -> tuple[Kind, bool] | None:
    """The kind, and whether the value is a list of it; None if no control of ours asks such a question."""
    kind, form = type_of(schema), schema.get("format")
    if kind == "object":
        return (Kind.GEOLOCATION if form == "geolocation" else Kind.SECTION), False
    if kind == "array":
        return _list_kind(schema.get("items"))
    if kind == "boolean":
        return Kind.SWITCH, False
    if kind in ("string", "integer", "number") and has_options(schema):
        return Kind.CHOICE, False
    if kind == "integer":
        return Kind.INTEGER, False
    if kind == "number":
        return {None: (Kind.NUMBER, False), "money": (Kind.MONEY, False)}.get(form)
    if kind == "string":
        return _text_kind(schema, form)
    return None


def _text_kind(schema: Mapping[str, Any], form: object) -> tuple[Kind, bool] | None:
    if form is not None:
        found = STRING_FORMATS.get(str(form))
        return (found, False) if found else None
    return (Kind.TEXTAREA if schema.get("x-widget") == "textarea" else Kind.TEXT), False


def _list_kind(items: object) -> tuple[Kind, bool] | None:
    if not isinstance(items, Mapping):
        return None
    if type_of(items) == "object" and items.get("format") is None:
        return Kind.ROWS, False
    inner = kind_of(items)
    if inner is None or inner[1]:
        return None
    if inner[0] is Kind.CHOICE:
        return Kind.CHOICES, False
    return (inner[0], True) if inner[0] in LISTS else None
