"""Forms of Camunda's and bpmn.io's form editor: what is asked for there is asked for here, and what is not is told."""

from __future__ import annotations

from typing import Any

import pytest

import forms
from engine.bpmn import form_gaps, form_schema, is_editor_form, read
from tests.bpmn.diagrams import line, task


def form(*components: dict[str, Any]) -> dict[str, Any]:
    return {"type": "default", "id": "leave", "components": [*components]}


def loaded(*components: dict[str, Any]) -> forms.Form:
    return forms.load(form_schema(form(*components), "leave"), key="leave")


def properties(*components: dict[str, Any]) -> Any:
    return form_schema(form(*components), "leave")["properties"]


@pytest.mark.parametrize(
    ("component", "schema"),
    [
        ({"type": "textfield", "label": "Name"}, {"type": "string", "title": "Name"}),
        ({"type": "textarea"}, {"type": "string", "x-widget": "textarea", "title": "k"}),
        ({"type": "number", "decimalDigits": 0}, {"type": "integer", "title": "k"}),
        ({"type": "number", "validate": {"min": 1, "max": "9.5"}}, {"minimum": 1, "maximum": 9.5}),
        ({"type": "number", "defaultValue": "12"}, {"default": 12}),
        ({"type": "checkbox", "defaultValue": True}, {"type": "boolean", "default": True}),
        ({"type": "datetime", "subtype": "date", "dateLabel": "Day"}, {"format": "date", "title": "Day"}),
        ({"type": "datetime", "subtype": "time"}, {"format": "time"}),
        ({"type": "datetime", "subtype": "datetime"}, {"format": "date-time"}),
        ({"type": "textfield", "validate": {"minLength": 2, "maxLength": 9}}, {"minLength": 2, "maxLength": 9}),
        ({"type": "textfield", "validate": {"pattern": "^[A-Z]+$"}}, {"pattern": "^[A-Z]+$"}),
        ({"type": "textfield", "validate": {"validationType": "email"}}, {"format": "email"}),
        (
            {"type": "textfield", "validate": {"validationType": "phone"}},
            {"format": "phone", "x-phone": "international"},
        ),
        (
            {"type": "textfield", "readonly": True, "description": "as told"},
            {"readOnly": True, "description": "as told"},
        ),
        (
            {"type": "select", "values": [{"label": "Paid", "value": "paid"}, {"value": "free"}]},
            {"oneOf": [{"const": "paid", "title": "Paid"}, {"const": "free", "title": "free"}]},
        ),
        ({"type": "filepicker"}, {"type": "string", "format": "file"}),
        ({"type": "filepicker", "multiple": True}, {"type": "array", "items": {"type": "string", "format": "file"}}),
    ],
)
def test_a_field(component: dict[str, Any], schema: dict[str, Any]) -> None:
    # when
    found = properties({"key": "k", **component})["k"]

    # then
    assert {name: found.get(name) for name in schema} == schema
    assert set(loaded({"key": "k", **component}).variables) == (set() if component.get("readonly") else {"k"})


@pytest.mark.parametrize("kind", ["checklist", "taglist"])
def test_several_answers(kind: str) -> None:
    found = properties({"key": "k", "type": kind, "values": [{"label": "A", "value": "a"}]})["k"]
    assert (found["type"], found["uniqueItems"]) == ("array", True)
    assert found["items"]["oneOf"] == [{"const": "a", "title": "A"}]
    assert loaded({"key": "k", "type": kind, "values": [{"label": "A", "value": "a"}]}).variables


@pytest.mark.parametrize("kind", ["checklist", "taglist", "select", "radio"])
def test_choices_that_are_only_known_later_still_make_a_form(kind: str) -> None:
    component = {"key": "k", "type": kind, "valuesKey": "offers"}
    assert set(loaded(component).variables) == {"k"}
    assert form_gaps(form(component)) == ["form field k: valuesKey offers"]


def test_keys_with_dots_and_groups_with_paths_are_sections() -> None:
    found = form_schema(
        form(
            {"type": "textfield", "key": "customer.name", "validate": {"required": True}},
            {"type": "group", "path": "customer", "components": [{"type": "number", "key": "age"}]},
            {"type": "group", "components": [{"type": "checkbox", "key": "urgent"}]},
            {
                "type": "dynamiclist",
                "path": "lines",
                "label": "Lines",
                "components": [{"type": "number", "key": "amount", "validate": {"required": True}}],
            },
        ),
        "leave",
    )
    inside: Any = found["properties"]
    assert list(inside) == ["customer", "urgent", "lines"]
    assert list(inside["customer"]["properties"]) == ["name", "age"]
    assert inside["customer"]["required"] == ["name"]
    assert (inside["lines"]["type"], inside["lines"]["items"]["required"]) == ("array", ["amount"])
    assert set(forms.load(found, key="leave").variables) == {"customer", "urgent", "lines"}


def test_what_may_be_hidden_there_is_not_demanded_here_and_told() -> None:
    component = {"type": "textfield", "key": "k", "validate": {"required": True}, "conditional": {"hide": "=x > 1"}}
    assert "required" not in form_schema(form(component), "leave")
    assert form_gaps(form(component)) == ["form field k: hide =x > 1"]


def test_what_has_no_equivalent_is_told_once() -> None:
    told = form_gaps(
        form(
            {"type": "hologram", "key": "a"},
            {"type": "group", "components": [{"type": "hologram", "key": "b"}]},
            {"type": "textfield", "key": "c", "readonly": "=done"},
            {"type": "html", "content": "<b>x</b>", "conditional": {"hide": "=x"}},
        )
    )
    assert told == ["form field type hologram", "form field c: readonly =done"]


def test_groups_without_end_end() -> None:
    inner: dict[str, Any] = {"type": "textfield", "key": "k"}
    for _ in range(500):
        inner = {"type": "group", "components": [inner]}
    assert form_schema(form(inner), "leave")["properties"] == {}
    assert form_gaps(form(inner)) == []


@pytest.mark.parametrize(("content", "yes"), [({"components": []}, True), ({"type": "object"}, False), ([], False)])
def test_which_files_are_of_that_editor(content: object, yes: bool) -> None:
    assert is_editor_form(content) is yes


def test_a_form_inside_a_diagram_that_is_nested_without_end_is_told() -> None:
    # given
    depth = 100_000
    embedded = f'<zeebe:userTaskForm id="f">{"[" * depth}</zeebe:userTaskForm>'

    # when
    found = read(line(task("a", "userTask", inside=f"<extensionElements>{embedded}</extensionElements>")))

    # then
    assert "vendor-unknown" in [one.rule for one in found.problems]
