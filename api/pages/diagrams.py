"""Diagrams: drawn by the server for everybody who may see a case, and as state for the viewer of those who oversee."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup
from sqlalchemy import Connection

from api.auth import Call
from api.i18n import mark, translator
from engine.bpmn import svg
from engine.bpmn.errors import BpmnUnreadable
from engine.definitions import Definition
from engine.queries.definitions import diagram_of
from engine.queries.incidents import IncidentItem
from engine.queries.instances import Standing


@dataclass(frozen=True, slots=True)
class Labels:
    """Names of a diagram's elements in the reader's language: `labels("approve")`, or with what is known otherwise."""

    definition: Definition
    zh: bool

    def __call__(self, element_id: str | None, name: str | None = None) -> str:
        """The element's name; what it is when it has none; `name` or the id when the diagram does not have it."""
        node = self.definition.process.nodes.get(element_id or "")
        if node is None:
            return name or element_id or ""
        own = (node.extensions.get("name-zh", "") if self.zh else "") or node.name
        return own or translator("zh" if self.zh else "en")(_kind_name(node.kind)) or node.id


KIND_NAMES: Final[Mapping[str, str]] = {
    "startEvent": mark("Start"),
    "endEvent": mark("End"),
    "Gateway": mark("Decision point"),
    "Event": mark("Event"),
    "Task": mark("Task"),
}
"""What an element without a name is called, by the end of its kind."""


def _kind_name(kind: str) -> str:
    return next((name for end, name in KIND_NAMES.items() if kind.endswith(end)), "")


def viewable(definition: Definition) -> bool:
    """Whether the file has a picture that the viewer can show; else the server lays it out."""
    return bool(definition.document.shapes)


def drawing(call: Call, connection: Connection, definition: Definition, standing: Standing | None) -> Markup:
    """The diagram as SVG in the reader's language, with tokens where `standing` says; empty when it has no picture."""
    content = diagram_of(connection, definition)
    try:
        drawn = svg.render(
            definition.document,
            content,
            tokens=standing.tokens if standing is not None else {},
            completed=standing.completed if standing is not None else (),
            incidents=standing.incidents if standing is not None else (),
            language=call.lang,
        )
    except BpmnUnreadable:
        return Markup()
    return Markup(drawn)  # our own renderer: every text in it is escaped there


def viewer_state(
    call: Call, standing: Standing, incidents: tuple[IncidentItem, ...], *, suspended: bool
) -> dict[str, Any]:
    """What `ui.diagram` takes: where the tokens are, what is done, what failed and why."""
    zh = call.lang == "zh"
    failed = {
        item.element_id: (item.message_zh if zh else "") or item.message
        for item in incidents
        if item.element_id and item.status == "open"
    }
    return {
        "active": dict(standing.tokens),
        "completed": sorted(standing.completed),
        "taken": [],
        "incidents": failed,
        "suspended": suspended,
    }
