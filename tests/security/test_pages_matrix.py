"""Who gets into which page and may press which button: every route of the pages × every kind of caller.

A route without a row fails `test_every_route_has_a_row`. A caller is *in* unless sent to the sign-in (stranger) or answered
403 or 404; what they sent may still be refused for other reasons.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api.pages import router
from api.routes import endpoints
from engine.commands.attachments import AddAttachment
from engine.commands.connectors import SaveConnector, SaveSecret
from engine.commands.grants import GrantPermission
from engine.store import tables as t
from tests.hooks import make_webhooks
from tests.mails import keep_mail
from tests.support import World, make_world

CALLERS = ("stranger", "outsider", "ann", "max", "olga", "ada")
EVERYBODY = "stranger outsider ann max olga ada"
SIGNED_IN = "outsider ann max olga ada"
TASK = "ann max ada"  # the candidate, managers, administrators
CASE = "ann max olga ada"  # and process owners
READERS, STEERING, DESIGN, ADMIN, NOBODY = "max olga ada", "max ada", "olga ada", "ada", ""

ROWS = {
    "GET /": EVERYBODY,
    "GET /sign-in": EVERYBODY,
    "POST /sign-in": EVERYBODY,
    "POST /sign-out": SIGNED_IN,
    "POST /preferences": EVERYBODY,
    "GET /oidc/start": NOBODY,  # no provider is named here
    "GET /oidc/callback": NOBODY,
    "GET /inbox": SIGNED_IN,
    "GET /tasks/{task_id}": TASK,
    "POST /tasks/{task_id}": "ann",  # managers assign it to themselves first
    "PUT /tasks/{task_id}/draft": "ann",
    "POST /tasks/{task_id}/calculate": TASK,
    "POST /tasks/{task_id}/files": TASK,
    "POST /tasks/{task_id}/claim": "ann",
    "POST /tasks/{task_id}/unclaim": TASK,
    "POST /tasks/{task_id}/assign": TASK,
    "POST /tasks/{task_id}/delegate": "ann",
    "POST /tasks/{task_id}/comments": TASK,
    "POST /tasks/{task_id}/attachments": TASK,
    "POST /instances/{instance_id}/comments": CASE,
    "POST /instances/{instance_id}/attachments": CASE,
    "POST /files/{attachment_id}/remove": STEERING,
    "GET /files/{attachment_id}": CASE,
    "GET /start": SIGNED_IN,
    "GET /start/{key}": "ada",  # for the group office, to which nobody here belongs
    "POST /start/{key}": "ada",
    "POST /start/{key}/calculate": "ada",
    "POST /start/{key}/files": "ada",
    "GET /instances": READERS,
    "GET /requests": SIGNED_IN,
    "GET /instances/{instance_id}": CASE,
    "GET /instances/{instance_id}/diagram": READERS,
    "GET /instances/{instance_id}/drawing": CASE,
    "POST /instances/{instance_id}/suspend": STEERING,
    "POST /instances/{instance_id}/resume": STEERING,
    "POST /instances/{instance_id}/cancel": STEERING,
    "POST /instances/{instance_id}/variables": STEERING,
    "POST /instances/{instance_id}/reveal": ADMIN,
    "GET /incidents": READERS,
    "POST /incidents/{incident_id}/retry": STEERING,
    "GET /definitions": READERS,
    "GET /definitions/{key}": READERS,
    "GET /definitions/{key}/versions/{version}/diagram": READERS,
    "GET /deployments/{deployment_id}/files/{name:path}": READERS,
    "GET /deploy": DESIGN,
    "POST /deploy": DESIGN,
    "GET /search": SIGNED_IN,
    "GET /account": SIGNED_IN,
    "POST /account": SIGNED_IN,
    "POST /account/password": SIGNED_IN,
    "POST /account/sessions/end-others": SIGNED_IN,
    "POST /account/sessions/{session_id}/end": NOBODY,  # none of theirs
    "POST /account/tokens": SIGNED_IN,
    "POST /account/tokens/{token_id}/revoke": NOBODY,
    "GET /admin": ADMIN,
    "GET /admin/users": ADMIN,
    "GET /admin/users/new": ADMIN,
    "POST /admin/users/new": ADMIN,
    "GET /admin/users/{username}": ADMIN,
    "POST /admin/users/{username}": ADMIN,
    "POST /admin/users/{username}/password": ADMIN,
    "POST /admin/users/{username}/disable": ADMIN,
    "POST /admin/users/{username}/enable": ADMIN,
    "POST /admin/users/{username}/sign-out": ADMIN,
    "GET /admin/groups": ADMIN,
    "POST /admin/groups": ADMIN,
    "POST /admin/groups/{key}/delete": ADMIN,
    "GET /admin/grants": ADMIN,
    "POST /admin/grants": ADMIN,
    "POST /admin/grants/{grant_id}/revoke": ADMIN,
    "GET /operations": DESIGN,
    "GET /admin/connectors": ADMIN,
    "GET /admin/connectors/new": ADMIN,
    "POST /admin/connectors/new": ADMIN,
    "GET /admin/connectors/{key}": ADMIN,
    "POST /admin/connectors/{key}": ADMIN,
    "POST /admin/connectors/{key}/disable": ADMIN,
    "POST /admin/connectors/{key}/enable": ADMIN,
    "POST /admin/connectors/{key}/delete": ADMIN,
    "POST /admin/connectors/{key}/secret": ADMIN,
    "POST /admin/connectors/{key}/test": ADMIN,
    "GET /admin/secrets": ADMIN,
    "POST /admin/secrets": ADMIN,
    "POST /admin/secrets/{name}/delete": ADMIN,
    "GET /admin/mails": ADMIN,
    "POST /admin/mails/test": ADMIN,
    "GET /admin/mails/{mail_id}": ADMIN,
    "POST /admin/mails/{mail_id}/send": ADMIN,
    "GET /audit": READERS,
    "POST /audit/verify": ADMIN,
    "GET /audit/head": ADMIN,
    "GET /admin/erase": ADMIN,
    "POST /admin/erase": ADMIN,
    "GET /admin/webhooks": ADMIN,
    "GET /admin/webhooks/new-in": ADMIN,
    "POST /admin/webhooks/new-in": ADMIN,
    "GET /admin/webhooks/in/{key}": ADMIN,
    "POST /admin/webhooks/in/{key}": ADMIN,
    "POST /admin/webhooks/in/{key}/renew": ADMIN,
    "POST /admin/webhooks/in/{key}/delete": ADMIN,
    "GET /admin/webhooks/new-out": ADMIN,
    "POST /admin/webhooks/new-out": ADMIN,
    "GET /admin/webhooks/out/{webhook_id}": ADMIN,
    "POST /admin/webhooks/out/{webhook_id}": ADMIN,
    "POST /admin/webhooks/out/{webhook_id}/renew": ADMIN,
    "POST /admin/webhooks/out/{webhook_id}/pause": ADMIN,
    "POST /admin/webhooks/out/{webhook_id}/resume": ADMIN,
    "POST /admin/webhooks/out/{webhook_id}/test": ADMIN,
    "POST /admin/webhooks/out/{webhook_id}/delete": ADMIN,
    "GET /admin/webhooks/deliveries": ADMIN,
    "GET /admin/webhooks/deliveries/{delivery_id}": ADMIN,
    "POST /admin/webhooks/deliveries/{delivery_id}/redeliver": ADMIN,
    "GET /events": SIGNED_IN,
}
ENDLESS = {"GET /events"}  # tests/pages/test_events.py
SENT = {
    "POST /tasks/{task_id}/comments": {"text": "hello"},
    "POST /instances/{instance_id}/comments": {"text": "hello"},
    "POST /tasks/{task_id}": {"decision": "approve", "_do": "complete"},
    "POST /tasks/{task_id}/assign": {"assignee": "abe"},
    "POST /tasks/{task_id}/delegate": {"assignee": "abe"},
    "POST /start/{key}": {"title": "Desk", "amount": "1"},
    "POST /instances/{instance_id}/reveal": {"name": "title"},
    "POST /admin/groups": {"key": "new", "name": "New"},
    "POST /admin/grants": {"subject": "user:lin", "process": "purchase", "action": "CANCEL"},
    "POST /admin/users/{username}": {"name": "Lin"},
    "POST /admin/connectors/{key}/secret": {"value": "something"},
    "POST /admin/connectors/{key}/test": {"path": "/../x"},
}
UPLOADS = ("/files", "/attachments")
KEYS = {"groups": "office", "connectors": "erp", "webhooks": "bank"}
"""What `{key}` is in paths of these words; else a process."""


@dataclass
class Stage:
    """A world in the middle of its work."""

    world: World
    snapshot: Path
    ids: dict[str, str]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, world_template: Path) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("stage")
    world = make_world(folder / "world", world_template)
    instance = world.purchase()
    with (folder / "a.txt").open("w+b") as file:
        file.write(b"text")
        file.seek(0)
        assert world.services.files is not None
        stored = world.services.files.put(file, limit=1000)
    broken = world.start("waiting", {"amount": 1})
    manager = world.client("max")
    manager.post("/api/v1/messages", json={"name": "Ping"})
    manager.post("/api/v1/signals", json={"name": "Alarm"})
    world.settle()
    webhook, delivery = make_webhooks(world)
    ids = {
        "webhook_id": webhook,
        "delivery_id": delivery,
        "task_id": world.task(instance),
        "instance_id": instance,
        "attachment_id": world.run(AddAttachment("a.txt", stored, instance_id=instance), by="lin").item.id,
        "grant_id": world.run(GrantPermission("user", "lin", "PROCESS", "purchase", "CANCEL"), by="ada"),
        "session_id": "0" * 16,
        "token_id": "0198c8a4-6c3e-7b11-9f0a-3f6f5f1d2a77",
        "key": "purchase",
        "version": "1",
        "username": "lin",
        "name:path": "forms/request.json",
        "name": "erp-token",
        "mail_id": keep_mail(world),
    }
    with world.services.database.read() as connection:
        incident = select(t.incident.c.id).where(t.incident.c.instance_id == broken)
        ids["incident_id"] = connection.execute(incident).scalar_one()
        ids["deployment_id"] = str(connection.execute(select(t.deployment.c.id)).scalars().first())
    world.run(SaveSecret("erp-token", "something"))
    auth = {"kind": "bearer", "secret": "erp-token"}
    world.run(SaveConnector("erp", "http", {"url": "https://erp.example.com/", "auth": auth}))
    for name in CALLERS[1:]:
        world.client(name)
    world.save(folder / "snapshot.db")
    yield Stage(world, folder / "snapshot.db", ids)
    world.close()


def test_every_route_has_a_row() -> None:
    assert set(ROWS) == {f"{method} {route.path}" for route in endpoints(router) for method in route.methods or ()}


@pytest.mark.parametrize("route", sorted(set(ROWS) - ENDLESS))
def test_who_gets_in(stage: Stage, route: str) -> None:
    method, path = route.split(" ")
    ids = {**stage.ids, "key": next((key for word, key in KEYS.items() if f"/{word}/" in path), "purchase")}
    for name, value in ids.items():
        path = path.replace("{" + name + "}", value)
    got = [caller for caller in CALLERS if _gets_in(stage, caller, method, path, route)]
    assert " ".join(got) == ROWS[route]


def _gets_in(stage: Stage, caller: str, method: str, path: str, route: str) -> bool:
    if method != "GET":
        stage.world.restore(stage.snapshot)
    client = stage.world.client(None if caller == "stranger" else caller)
    kept = dict(client.cookies)
    answer = client.request(
        method, path, headers={"Accept": "text/html"}, follow_redirects=False, **_sent(method, route)
    )
    client.cookies.clear()
    client.cookies.update(kept)
    if route in (
        "GET /",
        "POST /sign-in",
    ):  # answered for everybody: by where to go, by what is wrong with the password
        return answer.status_code in (303, 401)
    away = caller == "stranger" and answer.headers.get("location", "").startswith("/sign-in")
    return not away and answer.status_code not in (401, 403, 404)


def _sent(method: str, route: str) -> dict[str, Any]:
    if method == "GET":
        return {}
    if route.endswith(("/draft", "/calculate")):
        return {"json": {}}
    upload = {"file": ("a.txt", b"text", "text/plain")} if route.endswith(UPLOADS) else None
    return {"data": SENT.get(route, {}), "files": upload}
