"""Forms of Camunda 8 that a diagram carries inside as JSON (`zeebe:userTaskForm`), as JSON Schema in the form language."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from engine.bpmn.dialects.editing import Translation
from engine.bpmn.reading.names import Element, text

_TYPES: Mapping[str, dict[str, object]] = {
    "textfield": {"type": "string"},
    "textarea": {"type": "string", "x-widget": "textarea"},
    "number": {"type": "number"},
    "checkbox": {"type": "boolean"},
    "datetime": {"type": "string", "format": "date-time"},
    "radio": {"type": "string"},
    "select": {"type": "string"},
    "checklist": {"type": "array"},
    "taglist": {"type": "array"},
}
_SILENT = frozenset({"text", "html", "image", "spacer", "separator", "button"})


def read_embedded_form(translation: Translation, part: Element) -> None:
    """Keep the form under its id; what is no JSON or holds unknown fields is a problem."""
    key = part.get("id")
    holder = part.getparent()
    owner = holder.getparent() if holder is not None else None
    if key is None or owner is None:
        return
    try:
        form = json.loads(text(part) or "")
    except ValueError:
        form = None
    if not isinstance(form, dict):
        translation.report("vendor-unknown", owner, what=f"userTaskForm {key}")
        return
    for kind in {str(field.get("type")) for field in _fields(form.get("components"))} - _SILENT - set(_TYPES):
        translation.report("vendor-unknown", owner, what=f"form field type {kind}")
    translation.reading.forms[key] = form_schema(form, key)


def form_schema(form: Mapping[str, object], key: str) -> dict[str, object]:
    """A form of Camunda's form editor (a `.form` file, or one inside a diagram) as JSON Schema in the form language.

    Fields keep key, label, choices, default and whether they are required; a field of an unknown type is a text.
    """
    properties: dict[str, object] = {}
    required: list[str] = []
    for field in _fields(form.get("components")):
        name = field.get("key")
        if field.get("type") in _SILENT or not isinstance(name, str):
            continue
        properties[name] = _property(field)
        rules = field.get("validate")
        if isinstance(rules, dict) and rules.get("required"):
            required.append(name)
    schema: dict[str, object] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": str(form.get("id") or key),
        "type": "object",
        "properties": properties,
    }
    return {**schema, "required": required} if required else schema


def _fields(components: object) -> Iterator[dict[str, object]]:
    """Fields in order, those inside groups included."""
    for one in components if isinstance(components, list) else []:
        if isinstance(one, dict):
            if isinstance(one.get("components"), list):
                yield from _fields(one["components"])
            else:
                yield one


def _property(field: dict[str, object]) -> dict[str, object]:
    schema = dict(_TYPES.get(str(field.get("type")), {"type": "string"}))
    schema["title"] = str(field.get("label") or field.get("key"))
    values = field.get("values")
    if isinstance(values, list):
        choices = [
            {"const": one.get("value"), "title": one.get("label") or one.get("value")}
            for one in values
            if isinstance(one, dict)
        ]
        if schema["type"] == "array":
            schema["items"] = {"type": "string", "oneOf": choices}
            schema["uniqueItems"] = True
        else:
            schema["oneOf"] = choices
    if "defaultValue" in field:
        schema["default"] = field["defaultValue"]
    return schema
