"""What holds for all pages: they can be read in both languages, every button leads somewhere, strangers see none of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi.routing import APIRoute
from starlette.routing import Match

from api import pages
from api.routes import Table
from engine.commands.connectors import SaveConnector, SaveSecret
from tests.hooks import make_webhooks
from tests.mails import keep_mail
from tests.pages.reading import Seen, see
from tests.support import World

PEOPLE = ("lin", "ann", "max", "olga", "ada")
PATHS = (
    "/inbox", "/inbox?view=groups", "/inbox?view=all&due=late&sort=due&q=x", "/inbox?view=delegated", "/inbox?view=done",
    "/start", "/start/purchase", "/requests", "/instances", "/instances?status=active&attention=incidents",
    "/incidents", "/incidents?state=resolved", "/definitions", "/definitions/purchase", "/deploy", "/search",
    "/search?q=PO", "/account", "/admin/users", "/admin/users/new", "/admin/users/lin", "/admin/groups",
    "/admin/groups?key=office", "/audit", "/audit?case=PO-1",
    "/audit?person=lin&part=subject&since=2026-01-01&until=x&command=CreateUser", "/admin/erase",
    "/admin/erase?kind=person&key=lin", "/admin/erase?kind=business_key&key=PO-1",
    "/admin/connectors", "/admin/connectors/new", "/admin/connectors/new?kind=mail",
    "/admin/connectors/erp", "/admin/connectors/office", "/admin/secrets", "/admin/secrets?name=erp-token",
    "/admin/mails", "/admin/mails?state=failed", "/operations",
    "/admin/webhooks", "/admin/webhooks/new-in", "/admin/webhooks/new-out", "/admin/webhooks/in/bank",
    "/admin/webhooks/deliveries", "/admin/webhooks/deliveries?state=failed&since=2026-01-01&until=x",
)  # fmt: skip


@pytest.fixture
def busy(world: World) -> World:
    """A world with a case, an incident, comments: every page has something to show."""
    world.purchase(business_key="PO-1")
    world.approved(business_key="PO-2")
    world.start("waiting", business_key="W-1")
    world.run(SaveSecret("erp-token", "something"))
    auth = {"kind": "bearer", "secret": "erp-token"}
    world.run(SaveConnector("erp", "http", {"url": "https://erp.example.com/", "auth": auth}))
    world.run(SaveConnector("office", "mail", {"host": "mail.example.com", "sender": "office@example.com"}))
    make_webhooks(world)
    keep_mail(world)
    keep_mail(world, "failed", error="The mail server refuses it.", error_zh="邮件服务器拒绝。")
    return world


def paths(world: World) -> list[str]:
    with world.services.database.read() as connection:
        ids = [row[0] for row in connection.exec_driver_sql("select id from instance")]
        tasks = [row[0] for row in connection.exec_driver_sql("select id from task")]
        mails = [f"/admin/mails/{row[0]}" for row in connection.exec_driver_sql("select id from mail")]
        told = [f"/admin/webhooks/out/{row[0]}" for row in connection.exec_driver_sql("select id from webhook")]
        sent = connection.exec_driver_sql("select id from webhook_delivery")
        told += [f"/admin/webhooks/deliveries/{row[0]}" for row in sent]
    return [*PATHS, *mails, *told, *(f"/instances/{id}" for id in ids), *(f"/tasks/{id}" for id in tasks)]


@pytest.mark.parametrize("username", PEOPLE)
@pytest.mark.parametrize(("lang", "tag"), [("en", "en"), ("zh", "zh-Hans")])
def test_every_page_can_be_read_or_says_why_not(busy: World, username: str, lang: str, tag: str):
    client = busy.client(username)
    shown = 0
    for path in paths(busy):
        seen = see(client, path, **{"Accept-Language": lang})
        assert seen.status in (200, 403, 404), (path, seen.status, seen.text[:300])
        assert seen.tree.get("lang") == tag, path
        assert seen.heading, path
        assert "{" not in seen.heading, path
        shown += seen.status == 200
    assert shown > 12


def test_chinese_pages_speak_chinese(busy: World):
    client = busy.client("ada")
    for path in paths(busy):
        seen = see(client, path, **{"Accept-Language": "zh"})
        if seen.status == 200:
            labels = seen.texts("//main//button | //main//label[@class='field-label'] | //main//h2")
            english = [text for text in labels if re.search(r"[A-Za-z]{3,}", text) and not re.search("[一-鿿]", text)]
            allowed = {"English", "Managers", "Ask the ERP"}
            assert [text for text in english if text not in allowed and "@" not in text] == [], path


# --- no button without an endpoint -------------------------------------------------------------------------------------


def addresses(seen: Seen) -> Iterator[tuple[str, str]]:
    """(method, address) of everything on the page that leads somewhere."""
    tree = seen.tree
    for link in tree.xpath("//a[@href]/@href"):
        yield "GET", link
    for form in tree.xpath("//form[@action]"):
        yield (form.get("method") or "get").upper(), form.get("action")
    for button in tree.xpath("//button[@formaction]/@formaction"):
        yield "POST", button
    for method in ("get", "post", "put", "delete"):
        for address in tree.xpath(f"//@hx-{method}"):
            yield method.upper(), address
    for name, method in (("upload-url", "POST"), ("calc-url", "POST"), ("draft-url", "PUT"), ("bpmn", "GET")):
        for address in tree.xpath(f"//@data-{name}"):
            yield method, address
    for address in tree.xpath("//@data-events"):
        yield "GET", address


def test_everything_that_can_be_pressed_has_an_endpoint(busy: World):
    found: set[tuple[str, str]] = set()
    for username in PEOPLE:
        for path in paths(busy):
            found.update(addresses(see(busy.client(username), path)))
    assert len(found) > 100
    lost = [
        (method, address)
        for method, address in found
        if not address.startswith("#") and not leads(busy, method, address)
    ]
    assert lost == []


def leads(world: World, method: str, address: str) -> bool:
    path = urlsplit(address).path
    if path.startswith("/static/dist/"):
        return True
    scope = {"type": "http", "method": method, "path": path, "headers": [], "root_path": ""}
    return any(route.matches(scope)[0] == Match.FULL for route in every_route(world.app.router))


def every_route(router: Any) -> Iterator[APIRoute]:
    """All endpoints, those of included routers too."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from every_route(route.original_router)
        elif isinstance(route, Table):
            yield from route.routes


# --- who may not ---------------------------------------------------------------------------------------------------------


def routes(method: str) -> list[str]:
    """Paths of pages for that method, with something in their places."""
    found = [route.path for route in every_route(pages.router) if method in route.methods]
    assert len(found) > 0
    return sorted(re.sub(r"\{[^}]+\}", "1", path) for path in found)


PUBLIC = {"/", "/sign-in", "/preferences", "/oidc/start", "/oidc/callback"}


def test_strangers_are_sent_to_the_sign_in(world: World):
    stranger = world.client()
    for path in routes("GET"):
        if path in PUBLIC or path == "/events":
            continue
        seen = see(stranger, path)
        assert (seen.status, urlsplit(seen.location).path) == (303, "/sign-in"), path


def test_no_change_is_taken_without_the_pages_token(world: World):
    client = world.client("ada")
    for method in ("POST", "PUT"):
        for path in routes(method):
            if path in PUBLIC:
                continue
            headers = {"X-CSRF-Token": "wrong"}
            answer = client.request(method, path, headers=headers, follow_redirects=False, **body_for(path))
            assert (answer.status_code, answer.json()["code"]) == (403, "forged-request"), path


def test_no_change_is_taken_from_another_site(world: World):
    client = world.client("lin")
    for path in routes("POST"):
        headers = {"Origin": "https://evil.example"}
        answer = client.post(path, headers=headers, follow_redirects=False, **body_for(path))
        assert answer.status_code == 403, path


def body_for(path: str) -> dict[str, Any]:
    """What the endpoint cannot do without."""
    if path.endswith(("/files", "/attachments")):
        return {"files": {"file": ("a.txt", b"text")}}
    return {"json": {}} if path.endswith(("/draft", "/calculate")) else {}


def test_a_page_that_is_not_there_says_so(world: World):
    seen = see(world.client("lin"), "/nothing/here")
    assert (seen.status, seen.heading) == (404, "Not found")
    assert see(world.client("lin"), "/nothing/here", **{"Accept-Language": "zh"}).heading == "未找到"
    assert see(world.client("lin"), "/tasks/1").status == 404
    assert see(world.client("lin"), "/admin/users").status == 403


def test_scripts_get_problems_and_strangers_among_them_the_way_to_the_sign_in(world: World):
    refused = world.client("lin").get("/tasks/1", headers={"HX-Request": "true", "Accept": "text/html"})
    assert refused.headers["content-type"] == "application/problem+json"
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/inbox?view=groups"}
    sent = world.client().get("/inbox", headers=headers, follow_redirects=False)
    assert (sent.status_code, sent.headers["hx-redirect"]) == (204, "/sign-in?next=%2Finbox%3Fview%3Dgroups")


def test_what_people_typed_is_never_markup(world: World):
    evil = '<img src=x onerror="alert(1)">'
    id = world.start("purchase", {"title": evil, "amount": "1"}, by="lin", business_key=evil)
    for username, path in (("ann", "/inbox?view=groups"), ("max", "/instances"), ("max", f"/instances/{id}")):
        seen = see(world.client(username), path)
        assert evil not in seen.response.text
        assert "&lt;img" in seen.response.text
        assert seen.tree.xpath("//img[@onerror]") == []
