"""Webhooks over PostgreSQL: the same calls, lists and commands, and many at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from standardwebhooks import Webhook

from engine.commands.webhooks import RemoveDeliveries
from engine.store import tables as t
from tests.support import World, make_postgres_world

pytestmark = pytest.mark.postgres
V1 = "/api/v1"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[World]:
    made = make_postgres_world(tmp_path_factory.mktemp("postgres"), postgres_url)
    yield made
    made.close()


def test_the_same_call_many_times_at_once_is_one_message(world: World) -> None:
    body = {"message": "Ping", "business_key": "body.order"}
    secret = world.client("ada").put(f"{V1}/hooks/bank", json=body).json()["secret"]
    world.start("waiting", {"level": 1}, business_key="W-1")
    text, now = json.dumps({"order": "W-1"}), world.clock.now()
    headers = {"content-type": "application/json", "webhook-id": "m", "webhook-timestamp": str(int(now.timestamp()))}
    headers["webhook-signature"] = Webhook(secret).sign("m", now, text)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: world.client().post("/hooks/bank", content=text, headers=headers), range(18)))

    assert [answer.status_code for answer in answers] == [202] * 18
    assert {answer.json()["receivers"] for answer in answers} == {1}
    with world.services.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(t.outbox)).scalar_one() == 1
    assert world.client().post("/hooks/bank", content=text).status_code == 401
    assert world.client("ada").get(f"{V1}/hooks?limit=1").json()["items"][0]["refusal"] == "missing"
    assert world.client("ada").delete(f"{V1}/hooks/bank").status_code == 204


def test_outgoing_ones_and_their_log(world: World) -> None:
    ada = world.client("ada")
    body = {
        "name": "CRM",
        "url": "https://crm.example/in",
        "events": ["instance.started", "task.created", "task.ended"],
    }
    webhook = ada.post(f"{V1}/webhooks", json=body).json()["id"]
    world.approved()
    ada.post(f"{V1}/webhooks/{webhook}/send-test-event")
    world.settle()  # there is no host of that name

    first = ada.get(f"{V1}/webhook-deliveries?status=due&limit=2&webhook={webhook}").json()
    rest = ada.get(f"{V1}/webhook-deliveries", params={"limit": 9, "cursor": first["next"], "status": "due"}).json()
    told = [one["event"] for one in first["items"] + rest["items"]]
    assert sorted(told) == ["instance.started", "task.created", "task.created", "task.ended", "webhook.test"]
    id = first["items"][0]["id"]
    assert ada.get(f"{V1}/webhook-deliveries/{id}").json()["tries"][0]["answer"] is None
    assert ada.post(f"{V1}/webhook-deliveries/{id}/redeliver").status_code == 204
    assert ada.post(f"{V1}/webhooks/{webhook}/renew-secret", json={}).status_code == 200
    assert ada.post(f"{V1}/webhooks/{webhook}/pause").status_code == 204
    world.clock.advance(timedelta(minutes=20))
    world.settle()
    assert {one["status"] for one in ada.get(f"{V1}/webhook-deliveries").json()["items"]} == {"failed"}
    world.clock.advance(timedelta(days=31))
    assert world.run(RemoveDeliveries()) == 5
    world.sign_out()
    assert world.client("ada").delete(f"{V1}/webhooks/{webhook}").status_code == 204
