"""`POST /hooks/{key}` and the administration of webhooks over REST."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select
from standardwebhooks import Webhook

from api.auth.quota import Quota
from engine.store import tables as t
from engine.store.database import Busy
from engine.webhooks import EVENTS, PAUSES, TEST
from tests.hooks import make_webhooks
from tests.support import World

V1 = "/api/v1"
BODY = {"order": "W-1", "amount": 12.5}


def opened(world: World, **more: Any) -> str:
    """A hook that wakes who waits for Ping; returns its secret."""
    body = {"message": "Ping", "business_key": "body.order", **more}
    made = world.client("ada").put(f"{V1}/hooks/bank", json=body)
    assert made.status_code == 200
    return str(made.json()["secret"])


def call(
    world: World, secret: str, body: Any = BODY, *, id: str = "msg_1", path: str = "/hooks/bank", **headers: str
) -> Response:
    """A signed call, as another system sends it at the world's time."""
    text = body if isinstance(body, str) else json.dumps(body)
    now = world.clock.now()
    signed = {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(id, now, text),
    }
    return world.client().post(path, content=text.encode(), headers=signed | headers)


# --- what comes in --------------------------------------------------------------------------------------------------------


def test_a_signed_call_wakes_who_waits_and_the_same_call_again_does_nothing(world: World) -> None:
    secret = opened(world)
    instance = world.start("waiting", {"level": 1}, business_key="W-1")

    first, again = call(world, secret), call(world, secret)

    assert (first.status_code, first.json()) == (202, {"receivers": 1, "held": False})
    assert (again.status_code, again.json()) == (202, {"receivers": 1, "held": False})
    with world.services.database.read() as connection:
        receivers = connection.execute(select(t.outbox.c.receiver_instance_id)).scalars().all()
    assert receivers == [instance]


def test_a_message_that_nobody_waits_for_is_held(world: World) -> None:
    assert call(world, opened(world)).json() == {"receivers": 0, "held": True}


def test_no_session_counts_and_no_origin_is_looked_at(world: World) -> None:
    secret = opened(world)
    for client in (world.client("ada"), world.by_token("ada")):
        assert client.post("/hooks/bank", json=BODY).status_code == 401
    foreign = {"origin": "https://shop.example", "sec-fetch-site": "cross-site", "authorization": "Basic eDp5"}
    assert call(world, secret, **foreign).status_code == 202


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"webhook-signature": "v1,AAAA"}, "signature"),
        ({"webhook-id": "msg_2"}, "signature"),
        ({"webhook-timestamp": "1"}, "old"),
        ({"webhook-timestamp": "soon"}, "time"),
        ({"webhook-signature": ""}, "missing"),
    ],
)
def test_a_wrong_signature_is_401_and_says_why(world: World, changed: dict[str, str], reason: str) -> None:
    refused = call(world, opened(world), **changed)
    assert (refused.status_code, refused.json()["code"]) == (401, "signature-refused")
    assert refused.json()["data"] == {"reason": reason}
    hook = world.client("ada").get(f"{V1}/hooks/bank").json()
    assert (hook["refusal"], hook["received_at"]) == (reason, None)


def test_an_altered_body_is_401(world: World) -> None:
    secret = opened(world)
    now = world.clock.now()
    headers = {
        "webhook-id": "m",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("m", now, json.dumps(BODY)),
    }
    assert world.client().post("/hooks/bank", json=BODY | {"amount": 99}, headers=headers).status_code == 401


def test_a_hook_that_is_closed_answers_as_one_that_is_not_there(world: World) -> None:
    secret = opened(world)
    opened(world, disabled=True)
    closed, missing = call(world, secret), call(world, secret, path="/hooks/other")
    assert closed.status_code == missing.status_code == 404
    assert {k: v for k, v in closed.json().items() if k != "request_id"} == {
        k: v for k, v in missing.json().items() if k != "request_id"
    }
    for path in ("/hooks/", "/hooks/..%2Fx", "/hooks/" + "x" * 500):
        assert call(world, secret, path=path).status_code == 404


@pytest.mark.parametrize(
    "body",
    ["", "[]", "7", "{", '{"a": NaN}', '{"a": 1e999999999}', '{"a":' + "[" * 40_000 + "]" * 40_000 + "}", "{}{}"],
)
def test_what_is_no_object_is_422(world: World, body: str) -> None:
    assert call(world, opened(world), body).status_code == 422
    assert world.client("ada").get(f"{V1}/hooks/bank").json()["refusal"] in ("body", "expression")


@pytest.mark.parametrize("deep", [33, 200, 900])
def test_a_body_that_goes_too_deep_is_422(world: World, deep: int) -> None:
    secret = opened(world)
    assert call(world, secret, '{"a":' * deep + "1" + "}" * deep).status_code == 422
    assert call(world, secret, '{"a":' * 20 + "1" + "}" * 20, id="msg_2").status_code == 202


def test_a_body_that_is_no_text_is_refused(world: World) -> None:
    opened(world)
    stamp = str(int(world.clock.now().timestamp()))
    headers = {"webhook-id": "m", "webhook-timestamp": stamp, "webhook-signature": "v1,AAAA"}
    assert world.client().post("/hooks/bank", content=b"\xff\xfe", headers=headers).status_code == 422


def test_a_large_body_is_413_announced_or_not(world: World) -> None:
    secret = opened(world)
    large = json.dumps({"order": "x" * 262_144})
    assert call(world, secret, large).status_code == 413

    def unannounced() -> Iterator[bytes]:
        for _ in range(5):
            yield b"x" * 65_536

    client = world.client()
    for kind in ("application/json", "multipart/form-data; boundary=x"):
        answer = client.post("/hooks/bank", content=unannounced(), headers={"content-type": kind})
        assert answer.status_code in (413, 415)
    assert call(world, secret, json.dumps({"order": "x" * 200})).status_code == 202


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "application/json; charset=utf-8"}, 202),
        ({"content-type": "application/cloudevents+json"}, 202),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-type": "multipart/form-data; boundary=x"}, 415),
        ({"content-type": ""}, 415),
        ({"content-encoding": "gzip"}, 415),
        ({"content-encoding": "identity"}, 202),
    ],
)
def test_a_body_is_json_as_it_is(world: World, headers: dict[str, str], status: int) -> None:
    assert call(world, opened(world), **headers).status_code == status


def test_too_many_calls_of_one_address_are_429_before_anything_is_read(world: World) -> None:
    secret = opened(world)
    state = world.app.state
    before, state.hook_quota = state.hook_quota, Quota(3, lambda: 0.0)
    try:
        answers = [world.client().post("/hooks/bank", json=BODY) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
        assert answers[-1].headers["retry-after"] == "20"
        assert call(world, secret).status_code == 429
    finally:
        state.hook_quota = before


def test_who_does_not_know_the_secret_cannot_use_up_the_calls_of_a_hook(world: World) -> None:
    secret = opened(world)
    quota = Quota(3, lambda: 0.0)
    state = world.app.state
    before, state.hook_quota = state.hook_quota, quota
    try:
        for number in range(3):
            other = TestClient(world.app, client=(f"192.0.2.{number}", 1), raise_server_exceptions=False)
            assert other.post("/hooks/bank", json=BODY).status_code == 401
        assert [call(world, secret, id=f"m{n}").status_code for n in range(3)] == [202] * 3
        quota.take("from elsewhere")  # another address is still welcome
        with pytest.raises(Exception, match="Too many"):
            quota.take("to bank")  # but the hook has had its share
    finally:
        state.hook_quota = before


def test_when_everybody_wants_the_same_it_is_503_and_the_sender_comes_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = opened(world)

    def busy(*_: Any, **__: Any) -> None:
        raise Busy

    with monkeypatch.context() as patched:
        patched.setattr("api.rest.hooks.ReceiveHook.execute", busy)
        assert call(world, secret).status_code == 503
    assert call(world, secret).status_code == 202


def test_what_came_last_is_remembered_to_the_minute(world: World) -> None:
    secret = opened(world)
    call(world, secret)
    first = world.client("ada").get(f"{V1}/hooks/bank").json()["received_at"]
    assert datetime.fromisoformat(first) == world.clock.now()
    world.clock.advance(timedelta(seconds=30))
    call(world, secret, id="msg_2")
    assert world.client("ada").get(f"{V1}/hooks/bank").json()["received_at"] == first
    world.clock.advance(timedelta(minutes=1))
    call(world, secret, id="msg_3")
    assert world.client("ada").get(f"{V1}/hooks/bank").json()["received_at"] > first


def test_a_call_is_in_the_audit_with_where_it_came_from(world: World) -> None:
    call(world, opened(world))
    with world.services.database.read() as connection:
        entry = connection.execute(select(t.audit).where(t.audit.c.command == "ReceiveHook")).one()
    assert (entry.actor, entry.subject, entry.source) == ("hook:bank", "bank", "testclient")


def blocks(name: str) -> str:
    """The example of that name in the documentation."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "webhooks.md").read_text("utf-8")
    return next(block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if name in block.splitlines()[0])


TRY = """
import threading
from receiver import serve
from sender import send

secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
server = serve(0, secret)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_address[1]}/"
for id, key in (("1", secret), ("1", secret), ("2", secret), ("3", "whsec_" + "A" * 32)):
    print(send(address, key, {"type": f"event {id}"}, id).status_code, flush=True)
server.shutdown()
"""


def test_the_examples_of_the_documentation_understand_each_other(tmp_path: Path) -> None:
    for name in ("sender.py", "receiver.py"):
        (tmp_path / name).write_text(blocks(name), "utf-8")
    (tmp_path / "try.py").write_text(TRY, "utf-8")

    run = subprocess.run(
        [sys.executable, "try.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )

    assert run.returncode == 0, run.stderr
    assert run.stdout.split("\n") == ["event 1", "204", "204", "event 2", "204", "401", ""]


def test_the_documentation_names_every_event_and_pause() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "webhooks.md").read_text("utf-8")
    assert [event for event in (*EVENTS, TEST) if f"| `{event}` |" not in page] == []
    assert PAUSES == (5, 60, 300, 1800, 7200, 28_800, 50_400) and "14 hours" in page


# --- administration -------------------------------------------------------------------------------------------------------


def test_a_hook_from_its_beginning_to_its_end(world: World) -> None:
    ada = world.client("ada")
    secret = opened(world, name="Bank")
    assert opened(world, name="Bank 2") == "None"  # it was there
    assert [one["name"] for one in ada.get(f"{V1}/hooks").json()["items"]] == ["Bank 2"]
    renewed = ada.post(f"{V1}/hooks/bank/renew-secret", json={}).json()["secret"]
    assert call(world, secret).status_code == call(world, renewed, id="2").status_code == 202
    newest = ada.post(f"{V1}/hooks/bank/renew-secret", json={"at_once": True}).json()["secret"]
    assert call(world, renewed, id="3").status_code == 401
    assert call(world, newest, id="3").status_code == 202
    assert not any(one in ada.get(f"{V1}/hooks/bank").text for one in (secret, renewed, newest, "whsec_"))
    assert ada.delete(f"{V1}/hooks/bank").status_code == 204
    assert ada.delete(f"{V1}/hooks/bank").status_code == 404
    assert call(world, newest).status_code == 404


@pytest.mark.parametrize(
    "body",
    [{}, {"message": ""}, {"message": "m", "business_key": "1 +"}, {"message": "m", "secret": "x"}, {"message": 1}],
)
def test_a_hook_that_makes_no_sense_is_422(world: World, body: dict[str, Any]) -> None:
    assert world.client("ada").put(f"{V1}/hooks/bank", json=body).status_code == 422
    assert world.client("ada").put(f"{V1}/hooks/a b", json={"message": "m"}).status_code == 422


def test_hooks_come_in_pages(world: World) -> None:
    ada = world.client("ada")
    for key in ("c", "a", "b"):
        ada.put(f"{V1}/hooks/{key}", json={"message": "m"})
    first = ada.get(f"{V1}/hooks?limit=2").json()
    second = ada.get(f"{V1}/hooks", params={"limit": 2, "cursor": first["next"]}).json()
    assert [one["key"] for one in first["items"] + second["items"]] == ["a", "b", "c"]
    assert second["next"] is None


def test_a_webhook_from_its_beginning_to_its_end(world: World) -> None:
    ada = world.client("ada")
    body = {"name": "CRM", "url": "https://crm.example/in", "events": ["task.created"], "process": "purchase"}
    made = ada.post(f"{V1}/webhooks", json=body).json()
    shown = ada.get(f"{V1}/webhooks/{made['id']}")
    assert made["secret"].startswith("whsec_") and made["secret"] not in shown.text
    assert shown.json()["process"] == "purchase" and shown.json()["last"] is None
    assert ada.put(f"{V1}/webhooks/{made['id']}", json=body | {"events": ["task.ended"]}).status_code == 204
    assert ada.get(f"{V1}/webhooks").json()["items"][0]["events"] == ["task.ended"]
    assert ada.post(f"{V1}/webhooks/{made['id']}/pause").status_code == 204
    assert ada.post(f"{V1}/webhooks/{made['id']}/send-test-event").status_code == 409
    assert ada.post(f"{V1}/webhooks/{made['id']}/resume").status_code == 204
    assert ada.post(f"{V1}/webhooks/{made['id']}/send-test-event").status_code == 201
    assert ada.get(f"{V1}/webhooks/{made['id']}").json()["last"] == "due"
    assert ada.delete(f"{V1}/webhooks/{made['id']}").status_code == 204
    assert ada.get(f"{V1}/webhook-deliveries").json()["items"] == []
    assert ada.get(f"{V1}/webhooks/{made['id']}").status_code == 404


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "http://crm.example/"},
        {"url": "https://127.0.0.1/"},
        {"url": "https://localhost/"},
        {"url": "https://169.254.169.254/latest"},
        {"url": "gopher://crm.example/"},
        {"events": []},
        {"events": ["all"]},
        {"process": "nowhere"},
        {"name": " "},
    ],
)
def test_a_webhook_that_may_not_be_is_422(world: World, changed: dict[str, Any]) -> None:
    body = {"name": "CRM", "url": "https://crm.example/in", "events": ["task.created"]} | changed
    assert world.client("ada").post(f"{V1}/webhooks", json=body).status_code == 422


def test_deliveries_are_filtered_and_come_in_pages(world: World) -> None:
    ada = world.client("ada")
    webhook, delivery = make_webhooks(world)
    world.clock.advance(timedelta(minutes=20))
    for _ in range(3):
        ada.post(f"{V1}/webhooks/{webhook}/send-test-event")
    other = {"name": "Other", "url": "https://x.example/", "events": ["task.created"]}
    second = ada.post(f"{V1}/webhooks", json=other).json()["id"]
    ada.post(f"{V1}/webhooks/{second}/send-test-event")

    def ids(**asked: Any) -> list[str]:
        answer = ada.get(f"{V1}/webhook-deliveries", params=asked)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["items"]]

    assert len(ids()) == 5 and ids()[-1] == delivery
    assert len(ids(webhook=webhook)) == 4
    assert len(ids(webhook=second, status="due")) == 1 and ids(status="failed") == []
    half = (world.clock.now() - timedelta(minutes=10)).astimezone(UTC).isoformat()
    assert ids(until=half) == [delivery] and len(ids(since=half)) == 4
    first = ada.get(f"{V1}/webhook-deliveries?limit=2").json()
    rest = ids(limit=10, cursor=first["next"])
    assert [one["id"] for one in first["items"]] + rest == ids()
    assert ada.get(f"{V1}/webhook-deliveries?status=lost").status_code == 422


def test_a_delivery_says_what_came_of_each_attempt(world: World) -> None:
    ada = world.client("ada")
    _, delivery = make_webhooks(world)
    world.settle()  # there is no host of that name

    found = ada.get(f"{V1}/webhook-deliveries/{delivery}").json()

    assert (found["delivery"]["status"], found["delivery"]["attempts"]) == ("due", 1)
    assert found["delivery"]["next_at"] is not None
    assert found["tries"][0]["answer"] is None and "no host" in found["tries"][0]["error"]
    assert found["payload"]["type"] == "webhook.test"
    assert ada.post(f"{V1}/webhook-deliveries/{delivery}/redeliver").status_code == 204
    world.settle()
    assert ada.get(f"{V1}/webhook-deliveries/{delivery}").json()["delivery"]["attempts"] == 2
    assert ada.get(f"{V1}/webhook-deliveries/nothing").status_code == 404
