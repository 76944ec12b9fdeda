"""The pages of webhooks: both directions, and the log."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.hooks import make_webhooks
from tests.pages.reading import following, see, send
from tests.support import World

IN = {"key": "bank", "name": "Bank", "message": "Ping", "business_key": "body.order", "open": "1"}
OUT = {"name": "CRM", "url": "https://crm.example/in", "event": ["task.created", "instance.ended"]}


def secret_on(page_text: list[str]) -> str:
    [secret] = page_text
    assert secret.startswith("whsec_")
    return secret


def call(world: World, secret: str, id: str = "m") -> int:
    body, now = json.dumps({"order": "A-1"}), world.clock.now()
    headers = {"content-type": "application/json", "webhook-id": id, "webhook-timestamp": str(int(now.timestamp()))}
    headers["webhook-signature"] = Webhook(secret).sign(id, now, body)
    return int(world.client().post("/hooks/bank", content=body, headers=headers).status_code)


def test_an_incoming_webhook_is_made_its_secret_shown_once_and_used(world: World) -> None:
    ada = world.client("ada")
    made = send(ada, "/admin/webhooks/new-in", IN)
    secret = secret_on(made.texts("//*[@id='secret']"))
    assert made.texts("//*[@id='recipe']")[0].startswith(f"SECRET='{secret}'")
    page = see(ada, "/admin/webhooks/in/bank")
    assert secret not in page.response.text and "http://testserver/hooks/bank" in page.text
    assert "none yet" in page.text
    assert call(world, secret) == 202
    assert "Bank" in see(ada, "/admin/webhooks").text
    assert send(ada, "/admin/webhooks/new-in", IN).status == 409


def test_a_refused_call_says_on_the_page_why(world: World) -> None:
    ada = world.client("ada")
    send(ada, "/admin/webhooks/new-in", IN)
    assert call(world, "whsec_" + "A" * 32) == 401
    assert "The signature did not fit" in see(ada, "/admin/webhooks/in/bank").text
    assert "签名不符" in see(ada, "/admin/webhooks/in/bank", **{"Accept-Language": "zh"}).text
    assert "refused" in see(ada, "/admin/webhooks").text


def test_an_incoming_webhook_is_changed_closed_renewed_and_deleted(world: World) -> None:
    ada = world.client("ada")
    secret = secret_on(send(ada, "/admin/webhooks/new-in", IN).texts("//*[@id='secret']"))
    closed = send(ada, "/admin/webhooks/in/bank", {key: value for key, value in IN.items() if key != "open"})
    assert "was saved" in following(ada, closed).text
    assert "Switched off" in see(ada, "/admin/webhooks/in/bank").text and call(world, secret) == 404
    send(ada, "/admin/webhooks/in/bank", IN)
    renewed = secret_on(send(ada, "/admin/webhooks/in/bank/renew", {"when": "day"}).texts("//*[@id='secret']"))
    assert call(world, secret, "1") == call(world, renewed, "2") == 202
    assert "The old one is good until" in see(ada, "/admin/webhooks/in/bank").text
    send(ada, "/admin/webhooks/in/bank/renew", {"when": "now"})
    assert call(world, renewed, "3") == 401
    assert "was deleted" in following(ada, send(ada, "/admin/webhooks/in/bank/delete")).text
    assert see(ada, "/admin/webhooks/in/bank").status == 404
    assert send(ada, "/admin/webhooks/in/bank", IN).status == 404  # a page makes none by its address


@pytest.mark.parametrize("wrong", [{"key": "a b"}, {"key": ""}, {"message": ""}, {"business_key": "1 +"}])
def test_what_was_typed_stays_when_an_incoming_webhook_cannot_be(world: World, wrong: dict[str, str]) -> None:
    seen = send(world.client("ada"), "/admin/webhooks/new-in", IN | wrong)
    assert seen.status == 422 and seen.texts("//*[@role='alert']")
    assert seen.tree.xpath("//input[@name='name']/@value") == ["Bank"]


def test_an_outgoing_webhook_is_made_tested_paused_and_deleted(world: World) -> None:
    ada = world.client("ada")
    made = send(ada, "/admin/webhooks/new-out", OUT)
    secret = secret_on(made.texts("//*[@id='secret']"))
    [test] = made.tree.xpath("//form[contains(@action, '/test')]/@action")
    path = test.removesuffix("/test")
    assert secret not in see(ada, path).response.text
    delivery = following(ada, send(ada, test))
    assert "Test event" in delivery.heading and "webhook.test" in delivery.text
    world.settle()
    log = see(ada, "/admin/webhooks/deliveries")
    assert "Test event" in log.text and "On its way" in log.text
    again = see(ada, log.tree.xpath("//tbody//a/@href")[0])
    assert "no answer" in again.text
    assert (
        "on its way once more"
        in following(ada, send(ada, again.tree.xpath("//form[contains(@action, '/redeliver')]/@action")[0])).text
    )
    assert "Nothing is sent" in following(ada, send(ada, f"{path}/pause")).text
    assert send(ada, test).status == 409
    assert "sent again" in following(ada, send(ada, f"{path}/resume")).text
    changed = send(ada, path, OUT | {"name": "CRM 2", "event": ["task.ended"]})
    assert "CRM 2" in following(ada, changed).heading
    assert secret_on(send(ada, f"{path}/renew", {"when": "day"}).texts("//*[@id='secret']")) != secret
    assert "was deleted" in following(ada, send(ada, f"{path}/delete")).text
    assert see(ada, path).status == 404 and send(ada, test).status == 404


@pytest.mark.parametrize("wrong", [{"url": "https://10.0.0.1/"}, {"url": "x"}, {"event": []}, {"name": ""}])
def test_what_was_typed_stays_when_an_outgoing_webhook_cannot_be(world: World, wrong: dict[str, object]) -> None:
    seen = send(world.client("ada"), "/admin/webhooks/new-out", OUT | wrong)
    assert seen.status == 422 and seen.texts("//*[@role='alert']")


def test_the_log_is_filtered_by_webhook_state_and_day(world: World) -> None:
    ada = world.client("ada")
    webhook, _ = make_webhooks(world)
    today = world.clock.now().date().isoformat()

    def rows(query: str) -> int:
        return len(see(ada, f"/admin/webhooks/deliveries?{query}").tree.xpath("//tbody/tr"))

    assert rows("") == rows(f"webhook={webhook}") == rows("state=due") == rows(f"since={today}&until={today}") == 1
    assert rows("webhook=x") == rows("state=failed") == rows("until=2020-01-01") == 0
    assert rows("state=nonsense&since=yesterday&until=9999-99-99") == 1
    part = see(ada, "/admin/webhooks/deliveries?state=failed", **{"HX-Request": "true"})
    assert "No deliveries" in part.text and not part.tree.xpath("//h1")


@pytest.mark.skipif(not all(map(shutil.which, ("bash", "openssl", "od", "tr", "base64"))), reason="needs openssl")
def test_the_recipe_on_the_page_signs_as_the_library_does(world: World, tmp_path: Path) -> None:
    """What the page shows is run in a real shell; `curl` is one that writes down what it was told."""
    made = send(world.client("ada"), "/admin/webhooks/new-in", IN)
    curl = tmp_path / "curl"
    curl.write_text('#!/bin/sh\nfor one in "$@"; do printf \'%s\\n\' "$one"; done\n')
    curl.chmod(0o755)
    recipe = made.tree.xpath("//*[@id='recipe']")[0].text_content()
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", recipe],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    told = run.stdout.splitlines()
    headers = dict(re.split(": ", line, maxsplit=1) for line in told if line.startswith("webhook-"))
    assert "http://testserver/hooks/bank" in told
    Webhook(secret_on(made.texts("//*[@id='secret']"))).verify(told[-1], headers)
