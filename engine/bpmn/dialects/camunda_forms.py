"""Forms that a diagram carries inside (`formData`, `formProperty`), as JSON Schema in the form language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from engine.bpmn.dialects.editing import Translation, process_of
from engine.bpmn.reading.names import Element, attribute, children, local, split

_TYPES: Mapping[str, dict[str, object]] = {
    "string": {"type": "string"},
    "long": {"type": "integer"},
    "integer": {"type": "integer"},
    "int": {"type": "integer"},
    "double": {"type": "number"},
    "decimal": {"type": "number"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "enum": {"type": "string"},
}
_LIMITS = {"minlength": "minLength", "maxlength": "maxLength", "min": "minimum", "max": "maximum"}


def read_form(translation: Translation, element: Element, namespace: str) -> None:
    """Make a form of the fields inside an element, and refer to it by a key of its own."""
    _business_key(translation, element, namespace)
    fields = [*_fields(element, namespace)]
    key = attribute(element, "id")
    if not fields or key is None:
        return
    properties: dict[str, object] = {}
    required: list[str] = []
    for field in fields:
        name = field.get("variable") or field.get("id")
        if not name:
            continue
        properties[name] = _property(translation, element, field)
        if _required(field):
            required.append(name)
    form: dict[str, object] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": attribute(element, "name") or key,
        "type": "object",
        "properties": properties,
    }
    if required:
        form["required"] = required
    form_key = f"{process_of(element)}-{key}"
    translation.reading.forms[form_key] = form
    translation.put(element, "formKey", form_key)
    translation.note("form")


def _business_key(translation: Translation, element: Element, namespace: str) -> None:
    """A field of a start form can be the instance's business key."""
    process = element.getparent()
    for holder in children(element, "extensionElements"):
        for data in holder.iterchildren(f"{{{namespace}}}formData"):
            key = data.get("businessKey")
            if key and process is not None and local(element) == "startEvent" and local(process) == "process":
                translation.put(process, "businessKey", key)


def _fields(element: Element, namespace: str) -> Iterator[Element]:
    for holder in children(element, "extensionElements"):
        yield from holder.iterchildren(f"{{{namespace}}}formProperty")
        for data in holder.iterchildren(f"{{{namespace}}}formData"):
            yield from data.iterchildren(f"{{{namespace}}}formField")


def _property(translation: Translation, element: Element, field: Element) -> dict[str, object]:
    kind = (field.get("type") or "string").lower()
    schema: dict[str, object] = dict(_TYPES.get(kind, {"type": "string"}))
    if kind not in _TYPES:
        translation.report("vendor-unknown", element, what=f"form field type {kind}")
    schema["title"] = field.get("label") or field.get("name") or field.get("id") or ""
    choices = [part for part in field if split(part.tag)[1] == "value"]
    if choices:
        schema["oneOf"] = [{"const": part.get("id"), "title": part.get("name") or part.get("id")} for part in choices]
    _default(translation, element, field, schema)
    for name, config in _constraints(field):
        if name in _LIMITS and (config or "").lstrip("-").isdigit():
            schema[_LIMITS[name]] = int(config or "0")
        elif name == "readonly":
            schema["readOnly"] = True
        elif name == "validator":
            translation.report("vendor-code", element, what="form field validator")
    if field.get("writable") == "false":
        schema["readOnly"] = True
    return schema


def _default(translation: Translation, element: Element, field: Element, schema: dict[str, object]) -> None:
    """What a field holds at first. Expressions, and dates that are not written as the form language writes them, are
    left out and said."""
    key = field.get("id") or ""
    if field.get("expression"):
        says = "its value is stored in the variable of the field, and it begins empty"
        translation.differs(element, f"{key} expression", says, "其值存入字段对应的变量，初始为空")
    default = field.get("defaultValue") or field.get("default") or field.get("value")
    if default is None or default == f"${{{field.get('variable') or key}}}":
        return  # a field shows the variable of its own name anyway
    written = _date(default, field) if schema.get("format") == "date" else default
    if "{" in default or written is None:
        translation.differs(element, f"{key} default {default}", "the field begins empty", "该字段初始为空")
    else:
        schema["default"] = _typed(written, str(schema["type"]))


_DATES = {"dd/MM/yyyy": "%d/%m/%Y", "dd-MM-yyyy": "%d-%m-%Y", "dd.MM.yyyy": "%d.%m.%Y", "yyyy-MM-dd": "%Y-%m-%d"}


def _date(default: str, field: Element) -> str | None:
    """The date as ISO 8601; None when the field's pattern is not known."""
    pattern = _DATES.get(field.get("datePattern") or "dd/MM/yyyy")
    for form in filter(None, (pattern, "%Y-%m-%d")):
        try:
            return datetime.strptime(default, form).replace(tzinfo=UTC).date().isoformat()
        except ValueError:
            continue
    return None


def _constraints(field: Element) -> Iterator[tuple[str, str | None]]:
    for part in field.iter():
        if split(part.tag)[1] == "constraint" and part.get("name"):
            yield str(part.get("name")), part.get("config")


def _required(field: Element) -> bool:
    return field.get("required") == "true" or any(name == "required" for name, _ in _constraints(field))


def _typed(default: str, kind: str) -> object:
    if kind == "boolean":
        return default == "true"
    if kind == "integer" and default.lstrip("-").isdigit():
        return int(default)
    if kind == "number":
        try:
            return float(default)
        except ValueError:
            return default
    return default
