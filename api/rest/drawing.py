"""Diagrams as SVG: a definition as it is, an instance with its tokens."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection

from api.auth import Call
from engine.bpmn import svg
from engine.queries import definitions, instances

SVG: Final = "image/svg+xml"
SVG_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The drawing.", "content": {SVG: {"schema": {"type": "string"}}}}
}


def instance_svg(call: Call, connection: Connection, instance_id: str) -> str:
    """The instance's diagram with its tokens, if the caller may see it. NotFound."""
    found = instances.find(connection, call.actor, instance_id)
    standing = instances.standing(connection, instance_id)
    definition = call.services.definitions.get(connection, found.definition_id)
    return svg.render(
        definition.document,
        definitions.diagram_of(connection, definition),
        tokens=standing.tokens,
        completed=standing.completed,
        incidents=standing.incidents,
        language=call.lang,
    )


def definition_svg(call: Call, connection: Connection, definition_id: str) -> str:
    """The diagram of a definition that the caller may see."""
    definition = call.services.definitions.get(connection, definition_id)
    return svg.render(definition.document, definitions.diagram_of(connection, definition), language=call.lang)
