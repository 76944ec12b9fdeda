"""Who may call what: every route × stranger, staff without a part in it, candidate, manager, administrator.

A route that has no row here fails `test_every_route_has_a_row`, so nothing is served that nobody thought about.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import select

from api.rest import NOUNS, health, hooks
from engine.commands.attachments import AddAttachment
from engine.commands.connectors import SaveConnector, SaveSecret
from engine.commands.grants import GrantPermission
from engine.commands.notes import AddComment
from engine.commands.sessions import digest_of
from engine.store import tables as t
from tests.hooks import make_webhooks
from tests.mails import keep_mail
from tests.support import PASSWORD, World, make_world

CALLERS = (None, "outsider", "ann", "max", "ada")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
V1 = "/api/v1"


@dataclass(frozen=True)
class Row:
    """A route, what is sent, and the status for stranger, outsider, candidate, manager, administrator."""

    route: str
    expect: tuple[int, int, int, int, int]
    json: Any = None
    files: Any = None
    named: Mapping[str, str] = field(default_factory=dict)
    query: str = ""


def row(route: str, *expect: int, **more: Any) -> Row:
    """A row; what stands for `{id}` is named in `named`."""
    return Row(route, expect, **more)  # type: ignore[arg-type]


ALL = (401, 200, 200, 200, 200)
DONE = (401, 204, 204, 204, 204)
SEEN = (401, 404, 200, 200, 200)  # by who has a part in it, managers and administrators
HEADS = (401, 403, 403, 200, 200)
ADMIN = (401, 403, 403, 403, 204)
WEBHOOK = {"name": "CRM", "url": "https://crm.example/in", "events": ["task.created"]}
TASK, INSTANCE = {"id": "task"}, {"id": "instance"}
DIAGRAM = {"files": ("new.bpmn", b"<definitions/>", "text/xml")}
UPLOAD = {"file": ("a.png", PNG, "image/png")}
WORK = {"worker_id": "w1"}
CONNECTOR = {"kind": "http", "config": {"url": "https://erp.example.com/"}}
ADMIN_SEES = (401, 403, 403, 403, 200)

ROWS = [
    row(f"GET {V1}/tasks", *ALL),
    row(f"GET {V1}/tasks/counts", *ALL),
    row(f"GET {V1}/tasks/{{id}}", *SEEN, named=TASK),
    row(f"GET {V1}/tasks/{{id}}/form", *SEEN, named=TASK),
    row(f"POST {V1}/tasks/{{id}}/claim", 401, 404, 200, 403, 403, named=TASK),
    row(f"POST {V1}/tasks/{{id}}/unclaim", 401, 404, 409, 200, 200, named=TASK),
    row(f"POST {V1}/tasks/{{id}}/assign", *SEEN, named=TASK, json={"assignee": "abe"}),
    row(f"POST {V1}/tasks/{{id}}/delegate", 401, 404, 200, 403, 403, named=TASK, json={"assignee": "abe"}),
    row(f"POST {V1}/tasks/{{id}}/resolve", 401, 404, 409, 409, 409, named=TASK, json={}),
    row(f"PUT {V1}/tasks/{{id}}/draft", 401, 404, 204, 403, 403, named=TASK, json={"comment": "…"}),
    row(f"POST {V1}/tasks/{{id}}/calculate", *SEEN, named=TASK, json={}),
    row(
        f"POST {V1}/tasks/{{id}}/complete", 401, 404, 200, 403, 403, named=TASK, json={"data": {"decision": "approve"}}
    ),
    row(f"GET {V1}/tasks/{{id}}/comments", *SEEN, named=TASK),
    row(f"POST {V1}/tasks/{{id}}/comments", 401, 404, 201, 201, 201, named=TASK, json={"text": "hello"}),
    row(f"GET {V1}/tasks/{{id}}/attachments", *SEEN, named=TASK),
    row(f"POST {V1}/tasks/{{id}}/attachments", 401, 404, 201, 201, 201, named=TASK, files=UPLOAD),
    row(f"GET {V1}/process-instances/{{id}}/comments", *SEEN, named=INSTANCE),
    row(f"POST {V1}/process-instances/{{id}}/comments", 401, 404, 201, 201, 201, named=INSTANCE, json={"text": "hello"}),
    row(f"GET {V1}/process-instances/{{id}}/attachments", *SEEN, named=INSTANCE),
    row(f"POST {V1}/attachments", 401, 201, 201, 201, 201, files=UPLOAD),
    row(f"GET {V1}/attachments/{{id}}", *SEEN, named={"id": "attachment"}),
    row(f"GET {V1}/attachments/{{id}}/content", *SEEN, named={"id": "attachment"}),
    row(f"DELETE {V1}/attachments/{{id}}", 401, 404, 403, 204, 204, named={"id": "attachment"}),
    row(f"GET {V1}/process-instances", *ALL),
    row(f"POST {V1}/process-instances", 401, 201, 201, 201, 201, json={"key": "waiting"}),
    row(f"GET {V1}/process-instances/{{id}}", *SEEN, named=INSTANCE),
    row(f"GET {V1}/process-instances/{{id}}/diagram.svg", *SEEN, named=INSTANCE),
    row(f"PATCH {V1}/process-instances/{{id}}/variables", 401, 403, 403, 204, 204, named=INSTANCE, json={"variables": {}}),
    row(f"POST {V1}/process-instances/{{id}}/variables/reveal", 401, 403, 403, 403, 200, named=INSTANCE),
    row(f"POST {V1}/process-instances/{{id}}/variables/{{name}}/reveal", 401, 403, 403, 403, 200, named=INSTANCE | {"name": "title"}),
    row(f"POST {V1}/process-instances/{{id}}/suspend", 401, 403, 403, 204, 204, named=INSTANCE),
    row(f"POST {V1}/process-instances/{{id}}/resume", 401, 403, 403, 409, 409, named=INSTANCE),
    row(f"POST {V1}/process-instances/{{id}}/cancel", 401, 403, 403, 204, 204, named=INSTANCE, json={"reason": "x"}),
    row(f"GET {V1}/process-instances/{{id}}/activities", *SEEN, named=INSTANCE),
    row(f"GET {V1}/process-instances/{{id}}/history", *HEADS, named=INSTANCE),
    row(f"GET {V1}/process-instances/{{id}}/incidents", *SEEN, named=INSTANCE),
    row(f"GET {V1}/process-instances/{{id}}/audit", *HEADS, named=INSTANCE),
    row(f"GET {V1}/audit", *HEADS),
    row(f"GET {V1}/audit/head", 401, 403, 403, 403, 200),
    row(f"POST {V1}/audit/verify", 401, 403, 403, 403, 200, json={}),
    row(f"GET {V1}/erasures/preview", 401, 403, 403, 403, 200, query="?kind=person&key=lin"),
    row(f"POST {V1}/erasures", 401, 403, 403, 403, 409, json={"kind": "person", "key": "lin", "confirm": "lin"}),
    row(f"GET {V1}/decision-evaluations", *HEADS),
    row(f"GET {V1}/process-definitions", *ALL),
    row(f"GET {V1}/process-definitions/{{key}}", 401, 404, 404, 200, 200, named={"key": "purchase"}),
    row(f"GET {V1}/process-definitions/{{key}}/diagram.svg", 401, 404, 404, 200, 200, named={"key": "purchase"}),
    row(f"GET {V1}/process-definitions/{{key}}/xml", *HEADS, named={"key": "purchase"}),
    row(f"GET {V1}/process-definitions/{{key}}/resources", *HEADS, named={"key": "purchase"}),
    row(f"GET {V1}/process-definitions/{{key}}/start-form", 401, 404, 404, 200, 200, named={"key": "purchase"}),
    row(
        f"POST {V1}/process-definitions/{{key}}/start-form/calculate",
        401, 404, 404, 200, 200, named={"key": "purchase"}, json={},
    ),
    row(
        f"POST {V1}/process-definitions/{{key}}/start",
        401, 403, 403, 403, 201,
        named={"key": "purchase"}, json={"variables": {"title": "x", "amount": "1"}},
    ),
    row(
        f"GET {V1}/deployments/{{id}}/resources/{{name:path}}",
        *HEADS, named={"id": "deployment", "name:path": "forms/request.json"},
    ),
    row(f"POST {V1}/deployments", 401, 403, 403, 403, 422, files=DIAGRAM),
    row(f"POST {V1}/deployments/validate", 401, 403, 403, 403, 200, files=DIAGRAM),
    row(f"GET {V1}/decisions", *ALL),
    row(f"POST {V1}/decisions/{{key}}/evaluate", *HEADS, named={"key": "level"}, json={"variables": {"amount": 1}}),
    row(f"GET {V1}/incidents", *HEADS),
    row(f"POST {V1}/incidents/{{id}}/retry", 401, 403, 403, 204, 204, named={"id": "incident"}, json={}),
    row(f"GET {V1}/jobs", *HEADS),
    row(f"POST {V1}/messages", *HEADS, json={"name": "Ping"}),
    row(f"POST {V1}/signals", *HEADS, json={"name": "Alarm"}),
    row(f"GET {V1}/external-tasks", *HEADS),
    row(f"POST {V1}/external-tasks/fetch-and-lock", *HEADS, json={"worker_id": "w2", "topics": ["erp.ask"]}),
    row(f"POST {V1}/external-tasks/{{id}}/extend", 401, 403, 403, 204, 204, named={"id": "external"}, json=WORK | {"seconds": 5}),
    row(f"POST {V1}/external-tasks/{{id}}/complete", 401, 403, 403, 204, 204, named={"id": "external"}, json=WORK),
    row(
        f"POST {V1}/external-tasks/{{id}}/failure",
        401, 403, 403, 204, 204, named={"id": "external"}, json=WORK | {"message": "no"},
    ),
    row(
        f"POST {V1}/external-tasks/{{id}}/bpmn-error",
        401, 403, 403, 204, 204, named={"id": "external"}, json=WORK | {"code": "E"},
    ),
    row(f"GET {V1}/operations", 401, 403, 403, 403, 200),
    row(f"GET {V1}/connectors", *ADMIN_SEES),
    row(f"GET {V1}/connectors/{{key}}", *ADMIN_SEES, named={"key": "connector"}),
    row(f"PUT {V1}/connectors/{{key}}", *ADMIN, named={"key": "connector"}, json=CONNECTOR),
    row(f"DELETE {V1}/connectors/{{key}}", *ADMIN, named={"key": "connector"}),
    row(f"POST {V1}/connectors/{{key}}/disable", *ADMIN, named={"key": "connector"}),
    row(f"POST {V1}/connectors/{{key}}/enable", *ADMIN, named={"key": "connector"}),
    row(f"POST {V1}/connectors/{{key}}/test", *ADMIN_SEES, named={"key": "connector"}, json={"path": "/../x"}),
    row(f"GET {V1}/connectors/{{key}}/uses", *ADMIN_SEES, named={"key": "connector"}),
    row(f"GET {V1}/secrets", *ADMIN_SEES),
    row(f"PUT {V1}/secrets/{{key}}", *ADMIN, named={"key": "new"}, json={"value": "something"}),
    row(f"DELETE {V1}/secrets/{{key}}", 401, 403, 403, 403, 409, named={"key": "secret"}),
    row(f"GET {V1}/mails", *ADMIN_SEES),
    row(f"GET {V1}/mails/{{id}}", *ADMIN_SEES, named={"id": "mail"}),
    row(f"POST {V1}/mails/{{id}}/send", 401, 403, 403, 403, 409, named={"id": "mail"}),
    row(f"GET {V1}/mail-server", *ADMIN_SEES),
    row(f"POST {V1}/mail-server/test", 401, 403, 403, 403, 409),
    row(f"GET {V1}/users", *ALL),
    row(f"GET {V1}/users/{{key}}", *ALL, named={"key": "lin"}),
    row(f"POST {V1}/users", 401, 403, 403, 403, 201, json={"username": "new", "name": "New"}),
    row(f"PATCH {V1}/users/{{key}}", *ADMIN, named={"key": "lin"}, json={"name": "Lin"}),
    row(f"DELETE {V1}/users/{{key}}/sessions", *ADMIN, named={"key": "lin"}),
    row(f"GET {V1}/groups", *ALL),
    row(f"PUT {V1}/groups/{{key}}", *ADMIN, named={"key": "office"}, json={"name": "Office"}),
    row(f"DELETE {V1}/groups/{{key}}", 401, 403, 403, 403, 409, named={"key": "office"}),
    row(f"GET {V1}/grants", 401, 403, 403, 403, 200),
    row(f"POST {V1}/grants", 401, 403, 403, 403, 201, json={"subject_kind": "user", "subject": "lin", "action": "START"}),
    row(f"DELETE {V1}/grants/{{id}}", *ADMIN, named={"id": "grant"}),
    row(f"GET {V1}/hooks", *ADMIN_SEES),
    row(f"GET {V1}/hooks/{{key}}", *ADMIN_SEES, named={"key": "bank"}),
    row(f"PUT {V1}/hooks/{{key}}", *ADMIN_SEES, named={"key": "new"}, json={"message": "Ping"}),
    row(f"POST {V1}/hooks/{{key}}/renew-secret", *ADMIN_SEES, named={"key": "bank"}, json={}),
    row(f"DELETE {V1}/hooks/{{key}}", *ADMIN, named={"key": "bank"}),
    row(f"GET {V1}/webhooks", *ADMIN_SEES),
    row(f"POST {V1}/webhooks", 401, 403, 403, 403, 201, json=WEBHOOK),
    row(f"GET {V1}/webhooks/{{id}}", *ADMIN_SEES, named={"id": "webhook"}),
    row(f"PUT {V1}/webhooks/{{id}}", *ADMIN, named={"id": "webhook"}, json=WEBHOOK),
    row(f"POST {V1}/webhooks/{{id}}/pause", *ADMIN, named={"id": "webhook"}),
    row(f"POST {V1}/webhooks/{{id}}/resume", *ADMIN, named={"id": "webhook"}),
    row(f"POST {V1}/webhooks/{{id}}/renew-secret", *ADMIN_SEES, named={"id": "webhook"}, json={}),
    row(f"POST {V1}/webhooks/{{id}}/send-test-event", 401, 403, 403, 403, 201, named={"id": "webhook"}),
    row(f"DELETE {V1}/webhooks/{{id}}", *ADMIN, named={"id": "webhook"}),
    row(f"GET {V1}/webhook-deliveries", *ADMIN_SEES),
    row(f"GET {V1}/webhook-deliveries/{{id}}", *ADMIN_SEES, named={"id": "delivery"}),
    row(f"POST {V1}/webhook-deliveries/{{id}}/redeliver", *ADMIN, named={"id": "delivery"}),
    row("POST /hooks/{key}", 401, 401, 401, 401, 401, named={"key": "bank"}, json={}),  # by its signature alone
    row(f"POST {V1}/session", 201, 201, 201, 201, 201, json={"username": "lin", "password": PASSWORD}),
    row(f"DELETE {V1}/session", *DONE),
    row(f"GET {V1}/me", *ALL),
    row(f"PATCH {V1}/me", *DONE, json={"theme": "dark"}),
    row(f"PUT {V1}/me/password", *DONE, json={"old": PASSWORD, "new": "another long one"}),
    row(f"GET {V1}/sessions", *ALL),
    row(f"DELETE {V1}/sessions", *DONE),
    row(f"DELETE {V1}/sessions/{{id}}", 401, 404, 404, 404, 404, named={"id": "session"}),
    row(f"GET {V1}/tokens", *ALL),
    row(f"POST {V1}/tokens", 401, 201, 201, 201, 201, json={"name": "t"}),
    row(f"DELETE {V1}/tokens/{{id}}", 401, 404, 404, 404, 404, named={"id": "nobody"}),
    row("GET /health/live", 200, 200, 200, 200, 200),
    row("GET /health/ready", 200, 200, 200, 200, 200),
    row("GET /metrics", 200, 200, 200, 200, 200),
]  # fmt: skip


@dataclass
class Stage:
    """A world in the middle of its work, and the ids of what is on it."""

    world: World
    snapshot: Path
    ids: Mapping[str, str]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, world_template: Path) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("stage")
    world = make_world(folder / "world", world_template)
    instance = world.purchase()
    task = world.task(instance)
    assert world.services.files is not None
    stored = world.services.files.put(_stream(PNG), limit=1000)
    attachment = world.run(AddAttachment("a.png", stored, instance_id=instance), by="lin").item
    world.run(AddComment("first", instance_id=instance), by="lin")
    broken = world.start("waiting", {"amount": 1})
    manager = world.client("max")
    assert manager.post(f"{V1}/messages", json={"name": "Ping"}).json() == {"receivers": 1}
    assert manager.post(f"{V1}/signals", json={"name": "Alarm"}).json() == {"receivers": 1}
    world.settle()
    world.start("outside")
    fetched = manager.post(f"{V1}/external-tasks/fetch-and-lock", json={"worker_id": "w1", "topics": ["erp.ask"]})
    for name in CALLERS:
        world.client(name)
    with world.services.database.read() as connection:
        incident = connection.execute(select(t.incident.c.id).where(t.incident.c.instance_id == broken)).scalar_one()
        deployment = connection.execute(select(t.deployment.c.id)).scalars().first()
    granted = world.run(GrantPermission("user", "lin", "PROCESS", "purchase", "CANCEL"), by="ada")
    world.run(SaveSecret("erp-token", "something"), by="ada")
    auth = {"kind": "bearer", "secret": "erp-token"}
    world.run(SaveConnector("erp", "http", {"url": "https://erp.example.com/", "auth": auth}), by="ada")
    webhook, delivery = make_webhooks(world)
    ids = {
        "webhook": webhook,
        "delivery": delivery,
        "connector": "erp",
        "secret": "erp-token",
        "mail": keep_mail(world),
        "grant": granted,
        "task": task,
        "instance": instance,
        "attachment": attachment.id,
        "incident": incident,
        "external": fetched.json()[0]["id"],
        "deployment": str(deployment),
        "session": digest_of("somebody else's")[:16],
        "nobody": "0198c8a4-6c3e-7b11-9f0a-3f6f5f1d2a77",
    }
    world.save(folder / "snapshot.db")
    yield Stage(world, folder / "snapshot.db", ids)
    world.close()


def _stream(content: bytes) -> BinaryIO:
    return io.BytesIO(content)


def routes() -> set[str]:
    """Every REST route of the application."""
    found = set()
    for router in (*(noun.router for noun in NOUNS), hooks.incoming, health.router):
        for route in router.routes:
            assert isinstance(route, APIRoute)
            found |= {f"{method} {route.path}" for method in route.methods or ()}
    return found


def test_every_route_has_a_row() -> None:
    assert {row.route for row in ROWS} == routes()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.route)
def test_who_may(row: Row, stage: Stage) -> None:
    method, path = row.route.split(" ")
    for name, value in row.named.items():
        path = path.replace("{" + name + "}", stage.ids.get(value, value))
    found = []
    for caller in CALLERS:
        if caller is None or method != "GET":
            stage.world.restore(stage.snapshot)
        client = stage.world.client(caller)
        kept = dict(client.cookies)
        answer = client.request(method, path + row.query, json=row.json, files=row.files)
        client.cookies.clear()
        client.cookies.update(kept)
        found.append(answer.status_code)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json", answer.text
            assert answer.json()["detail"]
    assert tuple(found) == row.expect
