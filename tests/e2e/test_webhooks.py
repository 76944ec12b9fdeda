"""Webhooks between a real server and another real system: set up by an administrator in a browser, then used by machines."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect
from standardwebhooks import Webhook

from tests.browser import PHONE
from tests.e2e.person import Person
from tests.e2e.receiver import Receiver, receiving
from tests.e2e.site import Server
from tests.e2e.test_pages import check, start_sale

pytestmark = pytest.mark.browser


@pytest.fixture
def person(server: Server, open_page: Callable[..., Page]) -> Callable[..., Person]:
    """Signs somebody in, in a browser of their own."""

    def enter(username: str, **options: object) -> Person:
        return Person(server, open_page(**({"locale": "en-GB"} | options)), username).sign_in()

    return enter


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def secret_on(page: Page) -> str:
    secret = page.locator("#secret").inner_text()
    assert secret.startswith("whsec_")
    return secret


def make_outgoing(admin: Person, receiver: Receiver, name: str, *events: str) -> str:
    """By the form; returns the secret. The page of the new webhook is open then."""
    page = admin.goto("/admin/webhooks/new-out").page
    admin.fill(name=name, url=receiver.address)
    for event in events:
        page.locator(f'input[name=event][value="{event}"]').check()
    page.get_by_role("main").get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".alert-danger")).to_contain_text("your own network")
    page.locator("input[name=inside]").check()
    page.get_by_role("main").get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#secret")).to_be_visible()
    return secret_on(page)


def test_another_system_is_told_and_what_it_refused_comes_again(person: Callable[..., Person], receiver: Receiver):
    admin = person("admin")
    secret = make_outgoing(admin, receiver, "CRM", "instance.started", "task.created", "task.ended")
    address = str(admin.page.locator("form[action$='/test']").get_attribute("action")).removesuffix("/test")

    admin.page.get_by_role("button", name="Send a test event").click()
    receiver.wait(1)
    admin.page.wait_for_url(re.compile("/deliveries/"))
    expect(admin.page.locator(".page-sub")).to_contain_text("Delivered", timeout=15_000)  # the page looks by itself
    expect(admin.page.locator("main")).to_contain_text("HTTP 204")
    assert receiver.verified(secret)[0]["type"] == "webhook.test"

    receiver.answers.append(503)
    lina = person("lina")
    number = start_sale(lina)
    receiver.wait(4)  # two events, of which one is sent twice

    told = receiver.verified(secret)[1:]
    assert sorted({one["type"] for one in told}) == ["instance.started", "task.created"]
    assert {one["data"]["business_key"] for one in told} == {number}
    assert all("13800002222" not in json.dumps(one) for one in told)
    ids = [headers["webhook-id"] for headers, _ in receiver.seen[1:]]
    assert len(ids) == 3 and len(set(ids)) == 2
    again = next(id for id in ids if ids.count(id) == 2)
    page = admin.goto(f"/admin/webhooks/deliveries/{again}").page
    expect(page.locator("main")).to_contain_text("HTTP 503")
    expect(page.locator("main")).to_contain_text("HTTP 204")

    page = admin.goto(address).page
    page.get_by_role("button", name="Put on hold").click()
    page.locator("#confirm button[value=yes]").click()
    expect(page.locator(".page-sub")).to_contain_text("On hold")
    start_sale(lina)
    lina.goto("/inbox")
    assert len(receiver.seen) == 4


def test_another_system_answers_what_a_case_waits_for(server: Server, person: Callable[..., Person]):
    admin, key = person("admin"), f"bank-{uuid4().hex[:8]}"
    page = admin.goto("/admin/webhooks/new-in").page
    admin.fill(key=key, name="Bank", message="payment", business_key="body.order")
    page.get_by_role("main").get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#secret")).to_be_visible()
    secret = secret_on(page)
    address = f"{server.address}/hooks/{key}"
    body = json.dumps({"order": "A-1"})

    def send(text: str = body, at: datetime | None = None, signed: str = body, id: str = "m1") -> httpx.Response:
        moment = at or datetime.now(UTC)
        headers = {"webhook-id": id, "webhook-timestamp": str(int(moment.timestamp()))}
        headers["webhook-signature"] = Webhook(secret).sign(id, moment, signed)
        return httpx.post(address, content=text, headers=headers | {"content-type": "application/json"}, timeout=20)

    assert (send().status_code, send().json()) == (202, {"receivers": 0, "held": True})
    assert send(text=body.replace("A-1", "A-2")).status_code == 401
    assert send(at=datetime.now(UTC) - timedelta(minutes=6), id="m2").status_code == 401
    assert send(at=datetime.now(UTC) + timedelta(minutes=6), id="m2").status_code == 401
    page = admin.goto(f"/admin/webhooks/in/{key}").page
    expect(page.locator("main")).to_contain_text("The signature did not fit")
    assert page.locator("#secret").count() == 0
    if shutil.which("curl") and shutil.which("openssl"):
        recipe = page.locator("#recipe").inner_text().replace("whsec_…", secret)
        run = subprocess.run(["bash", "-c", recipe], capture_output=True, text=True, check=True, timeout=30)
        assert json.loads(run.stdout) == {"receivers": 0, "held": True}


@pytest.mark.parametrize(
    "options",
    [
        {"locale": "zh-CN", "viewport": PHONE, "has_touch": True, "is_mobile": True, "color_scheme": "dark"},
        {"locale": "en-GB", "color_scheme": "light"},
    ],
    ids=["phone, Chinese, dark", "desk, English, light"],
)
def test_the_pages_fit_and_keep_the_policy(person: Callable[..., Person], options: dict[str, object]):
    admin = person("admin", **options)
    page = admin.goto("/admin/webhooks").page
    links = page.locator("a.row-title").evaluate_all("all => all.map((one) => one.getAttribute('href'))")
    page.goto(admin.server.address + "/admin/webhooks/deliveries")
    links += page.locator("a.row-title").evaluate_all("all => all.slice(0, 1).map((one) => one.getAttribute('href'))")
    paths = ("/admin/webhooks", "/admin/webhooks/new-in", "/admin/webhooks/new-out", "/admin/webhooks/deliveries")
    for path in (*paths, *links):
        check(admin, path)
    assert admin.faults == []
