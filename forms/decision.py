"""The shorthand `x-decision`: an approver's three questions, written out as plain fields."""

from __future__ import annotations

from typing import Any

_COMMENT = ("on-reject", "always", "optional")


def write_out_decision(schema: dict[str, Any]) -> dict[str, Any]:
    """Appends `decision`, `comment` and (with `back-to`) `back_to` to the properties of a form that says `x-decision`.

    `{"back-to": [options…], "comment": "on-reject" | "always" | "optional"}`; raises ValueError with what is wrong.
    """
    if "x-decision" not in schema:
        return schema
    said = schema["x-decision"]
    said = {} if said is True else said
    if (
        not isinstance(said, dict)
        or set(said) - {"back-to", "comment"}
        or said.get("comment", "on-reject") not in _COMMENT
    ):
        raise ValueError("x-decision")
    back_to = said.get("back-to", [])
    if not isinstance(back_to, list) or not all(isinstance(each, dict) and "const" in each for each in back_to):
        raise ValueError("x-decision/back-to")
    added = {"decision": _decision(), "comment": _comment(said.get("comment", "on-reject"))}
    if back_to:
        added["back_to"] = _back_to(back_to)
    properties = schema.get("properties", {})
    if set(added) & set(properties):
        raise ValueError("x-decision/properties")
    required = [*schema.get("required", []), "decision"]
    rest = {name: each for name, each in schema.items() if name != "x-decision"}
    return {**rest, "properties": {**properties, **added}, "required": required}


def _decision() -> dict[str, Any]:
    return {
        "type": "string",
        "title": "Decision",
        "x-zh": "结论",
        "x-widget": "decision",
        "x-prefill": False,
        "oneOf": [
            {"const": "approve", "title": "Approve", "x-zh": "通过"},
            {"const": "reject", "title": "Reject", "x-zh": "驳回"},
        ],
    }


def _comment(when: str) -> dict[str, Any]:
    field: dict[str, Any] = {
        "type": "string",
        "title": "Comment",
        "x-zh": {
            "title": "意见",
            "messages": {"required": "请说明驳回原因。" if when == "on-reject" else "请填写意见。"},
        },
        "x-messages": {"required": "Please say why you reject." if when == "on-reject" else "Please add a comment."},
        "x-widget": "textarea",
        "x-prefill": False,
        "maxLength": 2000,
    }
    if when != "optional":
        field["x-required"] = {"decision": {"const": "reject"}} if when == "on-reject" else True
    return field


def _back_to(options: list[dict[str, Any]]) -> dict[str, Any]:
    field: dict[str, Any] = {
        "type": "string",
        "title": "Back to",
        "x-zh": "驳回至",
        "x-when": {"decision": {"const": "reject"}},
        "x-required": True,
        "x-prefill": False,
        "oneOf": options,
    }
    return {**field, "default": options[0]["const"]} if len(options) == 1 else field
