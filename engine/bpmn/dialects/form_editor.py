"""Forms of Camunda's and bpmn.io's form editor (form-js: `.form` files, or inside a diagram) in our form language.

A form there is a list of components. Fields keep key, label, help, choices, bounds, default, and whether they are required
or read-only; groups and repeated groups with a path become sections and rows. What only decorates is left out without a
word; what would change which answers come back is told by `form_gaps`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DEEPEST = 12
"""Groups within groups that are followed; more than any page shows."""

_SILENT = frozenset({"text", "html", "image", "spacer", "separator", "button", "table", "iframe", "documentPreview"})
_MOMENTS = {"date": "date", "time": "time", "datetime": "date-time"}
_CHECKED = {"email": "email", "phone": "phone"}
_BOUNDS = {
    "string": {"minLength": "minLength", "maxLength": "maxLength"},
    "number": {"min": "minimum", "max": "maximum"},
    "integer": {"min": "minimum", "max": "maximum"},
}
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
    "filepicker": {"type": "string", "format": "file"},
}
Component = Mapping[str, object]


@dataclass(slots=True)
class _Record:
    """The fields of a form, a section or a row while they are collected."""

    properties: dict[str, object] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)

    def schema(self) -> dict[str, object]:
        found: dict[str, object] = {"type": "object", "properties": self.properties}
        return {**found, "required": self.required} if self.required else found


def is_editor_form(form: object) -> bool:
    """Whether a JSON value is a form of that editor rather than a JSON Schema."""
    return isinstance(form, Mapping) and isinstance(form.get("components"), list)


def form_schema(form: Mapping[str, object], key: str) -> dict[str, object]:
    """The form as JSON Schema in the form language. A field of an unknown type is a text."""
    record = _Record()
    _collect(form.get("components"), record, 0)
    return {"$schema": DIALECT, "title": str(form.get("id") or key), **record.schema()}


def form_gaps(form: Mapping[str, object]) -> list[str]:
    """What of the form has no equivalent, in the words of its editor, each once and in order."""
    found: dict[str, None] = {}
    for one in _fields(form.get("components"), 0):
        kind, name = str(one.get("type")), str(one.get("key") or one.get("path") or one.get("label") or one.get("type"))
        if kind not in _TYPES and kind not in _SILENT and kind not in ("group", "dynamiclist"):
            found[f"form field type {kind}"] = None
        hidden = one.get("conditional")
        if kind not in _SILENT and isinstance(hidden, Mapping) and hidden.get("hide"):
            found[f"form field {name}: hide {hidden['hide']}"] = None
        for what in ("valuesKey", "valuesExpression"):
            if one.get(what):
                found[f"form field {name}: {what} {one[what]}"] = None
        for what in ("readonly", "disabled"):
            if isinstance(one.get(what), str):
                found[f"form field {name}: {what} {one[what]}"] = None
    return [*found]


def _components(components: object) -> Iterator[Component]:
    for one in components if isinstance(components, list) else ():
        if isinstance(one, Mapping):
            yield one


def _fields(components: object, depth: int) -> Iterator[Component]:
    """Every component in order, those inside groups included."""
    for one in _components(components):
        yield one
        if depth < _DEEPEST:
            yield from _fields(one.get("components"), depth + 1)


def _collect(components: object, record: _Record, depth: int) -> None:
    for one in _components(components):
        kind = one.get("type")
        if kind in ("group", "dynamiclist") or isinstance(one.get("components"), list):
            _group(one, record, depth)
        elif kind not in _SILENT and isinstance(one.get("key"), str):
            _place(record, _steps(one["key"]), _property(one), _is_required(one))


def _group(one: Component, record: _Record, depth: int) -> None:
    """A group without a path only stands around its fields; with one it is a section, repeated it holds rows."""
    if depth >= _DEEPEST:
        return
    steps = _steps(one.get("path"))
    if not steps:
        _collect(one.get("components"), record, depth + 1)
        return
    inner = _Record()
    _collect(one.get("components"), inner, depth + 1)
    schema = inner.schema()
    if one.get("type") == "dynamiclist":
        schema = {"type": "array", "items": schema}
    if one.get("label"):
        schema["title"] = str(one["label"])
    _place(record, steps, schema, False)


def _steps(path: object) -> list[str]:
    """`customer.name` → customer, name."""
    return [step for step in path.split(".") if step] if isinstance(path, str) else []


def _place(record: _Record, steps: Sequence[str], schema: dict[str, object], required: bool) -> None:
    """Put a field where its key says: `customer.name` stands in the section `customer`."""
    if not steps:
        return
    *outer, name = steps
    properties, needed = record.properties, record.required
    for step in outer:
        section = properties.setdefault(step, {"type": "object", "properties": {}})
        inside = section.get("properties") if isinstance(section, dict) else None
        if not isinstance(section, dict) or not isinstance(inside, dict):
            return
        properties = inside
        needed = section.setdefault("required", []) if required else []
    known = properties.get(name)
    both = isinstance(known, dict) and known.get("type") == schema.get("type") == "object"
    if both and isinstance(known, dict):
        _merge(known, schema)
    else:
        properties[name] = schema
    if required and name not in needed:
        needed.append(name)


def _merge(known: dict[str, object], more: dict[str, object]) -> None:
    """Two groups of one path are one section."""
    for part in ("properties", "required"):
        old, new = known.get(part), more.get(part)
        if isinstance(old, dict) and isinstance(new, dict):
            known[part] = {**old, **new}
        elif isinstance(new, list):
            known[part] = [*(old if isinstance(old, list) else ()), *new]


def _is_required(one: Component) -> bool:
    """A field that may be hidden there is always shown here, and must then not be demanded."""
    rules = one.get("validate")
    hidden = one.get("conditional")
    return isinstance(rules, Mapping) and bool(rules.get("required")) and not (isinstance(hidden, Mapping) and hidden)


def _property(one: Component) -> dict[str, object]:
    schema = dict(_TYPES.get(str(one.get("type")), {"type": "string"}))
    for change in _CHANGES:
        change(one, schema)
    schema["title"] = str(one.get("label") or one.get("dateLabel") or one.get("timeLabel") or one.get("key"))
    if one.get("description"):
        schema["description"] = str(one["description"])
    if one.get("readonly") is True or one.get("disabled") is True:
        schema["readOnly"] = True
    return schema


def _kind(one: Component, schema: dict[str, object]) -> None:
    kind = one.get("type")
    if kind == "datetime":
        schema["format"] = _MOMENTS.get(str(one.get("subtype") or "datetime"), "date-time")
    elif kind == "number" and one.get("decimalDigits") == 0:
        schema["type"] = "integer"
    elif kind == "filepicker" and one.get("multiple") is True:
        schema["items"] = {"type": "string", "format": schema.pop("format")}
        schema["type"] = "array"


def _choices(one: Component, schema: dict[str, object]) -> None:
    values = one.get("values")
    listed: list[Component] = [v for v in values if isinstance(v, Mapping)] if isinstance(values, list) else []
    choices = [
        {"const": v["value"], "title": str(v.get("label") or v["value"])} for v in listed if v.get("value") is not None
    ]
    if schema["type"] == "array" and "items" not in schema:
        if choices:
            schema.update(items={"type": "string", "oneOf": choices}, uniqueItems=True)
        else:
            schema["type"] = "string"  # choices that only the running process knows are typed; `form_gaps` tells it
    elif choices and schema["type"] == "string":
        schema["oneOf"] = choices


def _bounds(one: Component, schema: dict[str, object]) -> None:
    rules = one.get("validate")
    if not isinstance(rules, Mapping):
        return
    for theirs, ours in _BOUNDS.get(str(schema["type"]), {}).items():
        bound = _number(rules.get(theirs))
        if bound is not None:
            schema[ours] = bound
    if rules.get("pattern") and schema["type"] == "string" and not schema.keys() & {"format", "oneOf"}:
        schema["pattern"] = str(rules["pattern"])
    checked = _CHECKED.get(str(rules.get("validationType")))
    if checked is not None:
        schema["format"] = checked
        if checked == "phone":
            schema["x-phone"] = "international"


def _default(one: Component, schema: dict[str, object]) -> None:
    default = one.get("defaultValue")
    if default is None or default == "":
        return
    found = _number(default) if schema["type"] in ("number", "integer") else default
    if found is not None:
        schema["default"] = found


def _number(value: object) -> int | float | None:
    """Numbers may also be written as texts there."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return value if not isinstance(value, str) else (int(value) if value.lstrip("-").isdigit() else float(value))
    except ValueError:
        return None


_CHANGES: tuple[Callable[[Component, dict[str, object]], None], ...] = (_kind, _choices, _bounds, _default)
