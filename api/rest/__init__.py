"""The REST API: one module per noun under `/api/v1`, described by `/api/v1/openapi.json`."""

from __future__ import annotations

from typing import Any, Final

from api.rest import (
    attachments,
    audit,
    connectors,
    definitions,
    external,
    grants,
    health,
    history,
    hooks,
    instances,
    mails,
    me,
    notes,
    operations,
    people,
    tasks,
    webhooks,
)
from api.rest.models.common import VALUE, Problem

DESCRIPTION: Final = """Everything that Facet does, for programs.

Send an API token, `Authorization: Bearer facet_…`, or sign in with `POST /api/v1/session`: a cookie, and `X-CSRF-Token` on
requests that change something. Lists come in pages: give `next` back as `cursor`. Numbers are exact decimals, times ISO 8601
in UTC. Errors are RFC 9457 problem details in the language of `Accept-Language` (en, zh).
"""
TAGS: Final = [
    {"name": "tasks", "description": "What people have to do."},
    {"name": "notes", "description": "Comments and files."},
    {"name": "process instances", "description": "What runs."},
    {"name": "history", "description": "What happened."},
    {"name": "audit", "description": "Who did what, whether the chain holds, and forgetting."},
    {"name": "process definitions", "description": "What can run."},
    {"name": "deployments", "description": "New versions of it."},
    {"name": "decisions", "description": "Decision tables and graphs."},
    {"name": "messages", "description": "Messages find one receiver, signals reach everybody."},
    {"name": "external tasks", "description": "Work that other systems fetch."},
    {"name": "incidents", "description": "What needs an operator."},
    {"name": "jobs", "description": "What the worker does."},
    {"name": "connectors", "description": "What service tasks may call, and the secrets for it."},
    {"name": "mails", "description": "Mails of processes, sent and not sent."},
    {"name": "people", "description": "Users and groups."},
    {"name": "permissions", "description": "Who may do what with which process."},
    {"name": "account", "description": "Signing in and what belongs to the caller."},
    {"name": "webhooks", "description": "Other systems send messages in and are told what happens."},
    {"name": "health", "description": "For the machinery around Facet."},
]
NOUNS: Final = (
    tasks,
    notes,
    attachments,
    instances,
    history,
    audit,
    definitions,
    operations,
    external,
    connectors,
    mails,
    people,
    grants,
    me,
    hooks,
    webhooks,
)

ROUTERS: Final = (*(noun.router for noun in NOUNS), hooks.incoming, health.router)


def describe(schema: dict[str, Any]) -> dict[str, Any]:
    """Adds to FastAPI's description what it cannot know: the shape of problems and the two ways to sign in."""
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas["Value"] = VALUE
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "facet_…"}}
    for path in schema["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _without_null(parameter["schema"])
    return schema


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter that is left out is no null: there is no way to write one."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema
    return {**{name: value for name, value in schema.items() if name != "anyOf"}, **choices[0]}
