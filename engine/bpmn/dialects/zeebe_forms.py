"""Forms of Camunda 8 that a diagram carries inside as JSON (`zeebe:userTaskForm`): kept under their id."""

from __future__ import annotations

import json

from engine.bpmn.dialects.editing import Translation
from engine.bpmn.dialects.form_editor import form_gaps, form_schema
from engine.bpmn.reading.names import Element, text


def read_embedded_form(translation: Translation, part: Element) -> None:
    """Keep the form under its id; what is no JSON, or has no equivalent in the form language, is a problem."""
    key = part.get("id")
    holder = part.getparent()
    owner = holder.getparent() if holder is not None else None
    if key is None or owner is None:
        return
    try:
        form = json.loads(text(part) or "")
    except (ValueError, RecursionError):
        form = None
    if not isinstance(form, dict):
        translation.report("vendor-unknown", owner, what=f"userTaskForm {key}")
        return
    for gap in form_gaps(form):
        translation.report("vendor-unknown", owner, what=gap)
    translation.reading.forms[key] = form_schema(form, key)
