"""The description of the API is true: what it says is accepted, answers look as described, nothing answers with 500."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings, strategies
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import select

from engine import bus
from engine.commands.attachments import AddAttachment
from engine.commands.connectors import SaveConnector, SaveSecret
from engine.commands.notes import AddComment
from engine.commands.sessions import CreateToken
from engine.store import tables as t
from tests.hooks import make_webhooks
from tests.mails import keep_mail
from tests.support import World, make_world

EXAMPLES = 12
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory, world_template: Path) -> Iterator[World]:
    """A world in which something happens already."""
    made = make_world(tmp_path_factory.mktemp("openapi"), world_template)
    instance = made.purchase()
    made.run(AddComment("first", instance_id=instance), by="lin")
    assert made.services.files is not None
    for name in ("plan.txt", "list.txt", "offer.txt"):
        stored = made.services.files.put(io.BytesIO(name.encode()), limit=100)
        made.run(AddAttachment(name, stored, instance_id=instance), by="lin")
    made.approved()
    made.start("outside")
    make_webhooks(made)
    keep_mail(made)
    made.run(SaveSecret("erp-token", "something"))
    for key in ("erp", "other"):  # nobody listens there
        made.run(SaveConnector(key, "http", {"url": "http://127.0.0.1:9/", "allow": ["127.0.0.1:9"]}))
    yield made
    made.close()


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(method, path, op) for path, ops in schema["paths"].items() for method, op in ops.items()]


def test_every_operation_is_described(busy: World) -> None:
    schema = busy.app.openapi()
    for method, path, op in operations(schema):
        where = f"{method} {path}"
        assert op.get("summary"), where
        assert len(op.get("description", "")) > 15, where
        assert op.get("tags"), where
        assert op["operationId"].isidentifier(), where
        if path.startswith("/api/"):
            for status in ("404", "422"):
                assert "application/problem+json" in op["responses"][status]["content"], where
    tags = {tag["name"] for tag in schema["tags"]}
    assert {tag for _, _, op in operations(schema) for tag in op["tags"]} == tags
    assert len({op["operationId"] for _, _, op in operations(schema)}) == len(operations(schema))


def test_every_operation_says_how_to_sign_in_or_needs_it_not(busy: World) -> None:
    schema = busy.app.openapi()
    open_to_all = {f"{m} {p}" for m, p, op in operations(schema) if "security" not in op}
    assert open_to_all == {
        "post /hooks/{key}",
        "post /api/v1/session",
        "get /health/live",
        "get /health/ready",
        "get /metrics",
    }


def test_the_description_is_served_to_everybody(busy: World) -> None:
    answer = TestClient(busy.app).get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["info"]["title"] == "Facet"


def test_what_is_described_is_what_happens(busy: World) -> None:
    """Random requests that the description allows, with ids that are there in every second one."""
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", busy.app)
    secret = bus.run(busy.services, CreateToken("schemathesis"), busy.actor("ada")).secret
    headers = {"Authorization": f"Bearer {secret}"}
    statuses: dict[str, set[int]] = {}
    for result in schema.get_all_operations():
        operation = result.ok()
        found = statuses.setdefault(operation.label, set())
        try_operation(operation, headers, known(busy), found)
    assert set(statuses) == {f"{method.upper()} {path}" for method, path, _ in operations(busy.app.openapi())}
    answered = {label for label, seen in statuses.items() if min(seen) < 400}
    assert len(answered) > len(statuses) * 0.7, sorted(set(statuses) - answered)


def try_operation(operation: Any, headers: dict[str, str], ids: dict[str, list[str]], found: set[int]) -> None:
    """Calls one operation with what hypothesis makes up; every answer is held against the description."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), real=strategies.booleans(), pick=strategies.integers(0, 3))
    def try_it(case: Any, real: bool, pick: int) -> None:
        noun = operation.path.removeprefix("/api/v1").split("/")[1]
        for name in case.path_parameters or {}:
            there = ids.get(f"{name} of {operation.path}", ids.get(noun, []))
            if real and there:
                case.path_parameters[name] = there[pick % len(there)]
        found.add(case.call_and_validate(headers=headers, checks=CHECKS).status_code)

    try_it()


def known(world: World) -> dict[str, list[str]]:
    """Ids and keys that are there now, by the noun of the path."""
    with world.services.database.read() as connection:

        def ids(column: Any) -> list[str]:
            return list(connection.execute(select(column).order_by(column)).scalars())

        return {
            "tasks": ids(t.task.c.id),
            "process-instances": ids(t.instance.c.id),
            "process-definitions": ["purchase", "waiting"],
            "external-tasks": ids(t.external_task.c.id),
            "incidents": ids(t.incident.c.id),
            "attachments": ids(t.attachment.c.id),
            "decisions": ["level"],
            "users": ["lin", "abe"],
            "groups": ["office", "buyer"],
            "hooks": ["bank"],
            "webhooks": ids(t.webhook.c.id),
            "webhook-deliveries": ids(t.webhook_delivery.c.id),
            "connectors": ["other"],
            "key of /api/v1/connectors/{key}/test": ["erp"],
            "secrets": ["erp-token"],
            "mails": ids(t.mail.c.id),
            "id of /api/v1/deployments/{id}/resources/{name}": ids(t.deployment.c.id),
            "name of /api/v1/deployments/{id}/resources/{name}": ["level.dmn", "forms/order.json"],
        }
