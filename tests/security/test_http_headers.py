"""Every answer's headers, whatever went wrong; texts of the request that stay texts in the answer; redirects that stay here."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.assets import load_assets
from api.edge import HEADERS
from api.pages import shell
from tests.support import PASSWORD, World, make_world

V1 = "/api/v1"
HTML = {"Accept": "text/html"}
MARKUP = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{7*7}}${7*7}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, world_template: Path, shared_app: FastAPI) -> Iterator[World]:
    world = make_world(tmp_path_factory.mktemp("headers") / "world", world_template, app=shared_app)
    yield world
    world.close()


@pytest.fixture
def site(made: World, shared_app: FastAPI) -> World:
    """One installation for requests that change nothing."""
    shared_app.state.settings, shared_app.state.services = made.settings, made.services
    return made


ANSWERS: dict[str, tuple[str | None, str, str, dict[str, Any]]] = {
    "a page": ("lin", "GET", "/inbox", {"headers": HTML}),
    "the sign-in": (None, "GET", "/sign-in", {"headers": HTML}),
    "away to the sign-in": (None, "GET", "/inbox", {"headers": HTML}),
    "a trailing slash": ("lin", "GET", "/inbox/", {}),
    "no page": ("lin", "GET", "/nothing", {"headers": HTML}),
    "no address": (None, "GET", f"{V1}/nothing", {}),
    "another method": ("lin", "PUT", "/inbox", {"headers": HTML}),
    "a stranger": (None, "GET", f"{V1}/me", {}),
    "not allowed": ("lin", "GET", "/admin", {"headers": HTML}),
    "not understood": ("lin", "POST", f"{V1}/tokens", {"json": {}}),
    "no JSON": ("lin", "POST", f"{V1}/tokens", {"content": b"{", "headers": {"Content-Type": "application/json"}}),
    "too large": ("lin", "POST", f"{V1}/tokens", {"content": b"x" * 3_000_000}),
    "forged": ("lin", "POST", "/account", {"headers": HTML | {"Origin": "https://evil.test"}}),
    "two hosts": (None, "GET", "/sign-in", {"headers": [("Host", "a"), ("Host", "b")]}),
    "HEAD": ("lin", "HEAD", "/inbox", {"headers": HTML}),
    "OPTIONS": ("lin", "OPTIONS", "/inbox", {}),
    "health": (None, "GET", "/health/live", {}),
    "the description": (None, "GET", f"{V1}/openapi.json", {}),
    "no static file": (None, "GET", "/static/dist/nothing.js", {}),
    "no attachment": ("lin", "GET", "/files/x", {"headers": HTML}),
    "no drawing": ("lin", "GET", f"{V1}/process-instances/x/diagram.svg", {}),
    "a drawing": ("max", "GET", f"{V1}/process-definitions/purchase/diagram.svg", {}),
    "a diagram": ("olga", "GET", f"{V1}/process-definitions/purchase/xml", {}),
    "a file of a deployment": ("olga", "GET", "/definitions/purchase", {"headers": HTML}),
    "no content": ("lin", "PATCH", f"{V1}/me", {"json": {}}),
}


@pytest.mark.parametrize(("username", "method", "path", "sent"), ANSWERS.values(), ids=ANSWERS.keys())
def test_every_answer_has_every_header(site: World, username: str | None, method: str, path: str, sent: Any) -> None:
    answer = site.client(username).request(method, path, follow_redirects=False, **sent)
    for name, value in HEADERS.items():
        assert answer.headers.get_list(name) == [value]
    assert "unsafe" not in HEADERS["content-security-policy"] and "'none'" in HEADERS["content-security-policy"]
    assert answer.headers["cache-control"].split(",")[0] in ("no-store", "private", "no-cache")
    assert "server" not in answer.headers and "x-powered-by" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers
    assert "Traceback" not in answer.text and str(site.folder) not in answer.text


def test_an_accident_tells_nothing_and_keeps_the_headers(site: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> object:
        raise RuntimeError(f"the password is {PASSWORD}")

    monkeypatch.setattr("api.pages.inbox.tasks.list_tasks", broken)
    for headers, kind in ((HTML, "text/html"), ({"Accept": "application/json"}, "application/problem+json")):
        answer = site.client("lin").get("/inbox", headers=headers)
        assert answer.status_code == 500 and answer.headers["content-type"].startswith(kind)
        assert PASSWORD not in answer.text and "RuntimeError" not in answer.text and "inbox.py" not in answer.text
        assert all(answer.headers[name] == value for name, value in HEADERS.items())


def test_files_of_the_browser_are_kept_and_everything_else_is_not(site: World) -> None:
    script = load_assets()("app.js")
    assert "immutable" in site.client().get(script).headers["cache-control"]
    for path in ("/inbox", "/account", "/start", f"{V1}/me", f"{V1}/tasks", f"{V1}/tokens"):
        assert site.client("lin").get(path, headers=HTML).headers["cache-control"] == "no-store"


# --- redirects ------------------------------------------------------------------------------------------------------------

AWAY = [
    "//evil.test", "/\\evil.test", "\\/evil.test", "https://evil.test", "https:evil.test", "javascript:alert(1)", " //evil.test",
    "\t//evil.test", "/\t/evil.test", "/\n/evil.test", "///evil.test", "evil.test", "@evil.test", "/\r\nX-Evil: 1", "//evil.test/%2e%2e",
    "data:text/html,x", "/\\/evil.test", "http:///evil.test", "",
]  # fmt: skip


@pytest.mark.parametrize("next", AWAY)
def test_no_redirect_leads_away(site: World, next: str) -> None:
    lin = site.client("lin")
    for answer in (
        lin.get("/sign-in", params={"next": next}, follow_redirects=False),
        lin.post("/preferences", data={"lang": "en", "next": next}, follow_redirects=False),
        lin.post("/preferences", data={"next": next}, headers={"HX-Request": "true"}, follow_redirects=False),
    ):
        target = answer.headers.get("location") or answer.headers["hx-redirect"]
        assert target == "/inbox" and "x-evil" not in answer.headers
    shown = site.client().get("/sign-in", params={"next": next}).text
    assert not next or f'value="{escape(next)}"' not in shown


@pytest.mark.parametrize("header", ["Referer", "HX-Current-URL"])
@pytest.mark.parametrize(
    "given", ["http://[", "https://evil.test//evil.test", "http://]x[", "//evil.test", "x" * 5000, "http://x\\y"]
)
def test_where_somebody_was_leads_nowhere_else(site: World, header: str, given: str) -> None:
    headers = {header: given, **(HTML if header == "Referer" else {"HX-Request": "true"})}
    answer = site.client().post("/account", headers=headers, follow_redirects=False)
    target = answer.headers.get("location") or answer.headers["hx-redirect"]
    assert target.startswith("/sign-in") and "evil.test" not in target.split("next=")[0]


@pytest.mark.parametrize(
    "next", ["/inbox?view=all&q=中文", "/tasks/1#comments", "/search?q=%25", "/instances?page=2", "/你好"]
)
def test_pages_of_ours_are_gone_back_to(site: World, next: str) -> None:
    lin = site.client("lin")
    plain = lin.post("/preferences", data={"next": next}, follow_redirects=False).headers["location"]
    script = lin.post("/preferences", data={"next": next}, headers={"HX-Request": "true"}).headers["hx-redirect"]
    assert plain == script and plain.isascii() and plain.startswith("/")


def test_the_host_that_was_asked_is_in_no_link(site: World) -> None:
    for path in ("/sign-in", "/inbox", f"{V1}/openapi.json", "/nothing"):
        answer = site.client("lin").get(
            path, headers=HTML | {"Host": "evil.test", "X-Forwarded-Host": "evil2.test"}, follow_redirects=False
        )
        assert "evil" not in answer.text and "evil" not in str(answer.headers)


# --- texts stay texts -----------------------------------------------------------------------------------------------------


def test_what_was_asked_for_comes_back_as_text(site: World) -> None:
    ada = site.client("ada")
    asked = [
        ("/search", {"q": MARKUP}), ("/inbox", {"q": MARKUP, "view": MARKUP}), ("/instances", {"q": MARKUP, "status": MARKUP, "key": MARKUP}),
        ("/sign-in", {"next": "/" + MARKUP.replace(" ", "")}), ("/admin/users", {"q": MARKUP, "text": MARKUP}), ("/incidents", {"q": MARKUP}),
        (f"/tasks/{MARKUP}", {}), (f"/definitions/{MARKUP}", {}), ("/admin/users/" + MARKUP.replace("/", ""), {}), (f"/{MARKUP}", {}),
    ]  # fmt: skip
    for path, query in asked:
        shown = (ada if path != "/sign-in" else site.client()).get(path, params=query, headers=HTML).text
        assert "<script>alert" not in shown and "<img src=x" not in shown and "49" not in shown.replace("&#34;", ""), (
            path
        )


def test_names_of_people_files_and_cases_stay_texts(world: World) -> None:
    ada, lin = world.client("ada"), world.client("lin")
    assert ada.patch(f"{V1}/users/lin", json={"name": MARKUP}).status_code == 204
    instance = world.start("purchase", {"title": MARKUP[:100], "amount": "1"}, by="lin", business_key=MARKUP)
    task = world.task(instance)
    lin.post(f"{V1}/process-instances/{instance}/comments", json={"text": MARKUP})
    world.client("ann").post(f"{V1}/tasks/{task}/attachments", files={"file": (MARKUP + ".txt", b"x", "text/plain")})
    lin.post(f"{V1}/session", json={"username": "lin", "password": PASSWORD}, headers={"User-Agent": MARKUP})
    for username, path in (("ann", f"/tasks/{task}"), ("ann", "/inbox"), ("max", f"/instances/{instance}"), ("max", "/instances"),
                           ("lin", "/requests"), ("lin", "/account"), ("ada", "/admin/users"), ("ada", "/admin/users/lin"), ("max", "/search?q=script")):  # fmt: skip
        shown = world.client(username).get(path, headers=HTML)
        assert shown.status_code == 200 and "<script>alert" not in shown.text and "<img src=x" not in shown.text, path


@pytest.mark.parametrize(
    "note",
    [
        "x",
        "[]",
        "{}",
        '["completed"]',
        '["completed", {"name": "<script>alert(1)</script>"}]',
        "%5B%22completed%22%2C%20%7B%22name%22%3A%20%22%3Cscript%3E%22%7D%5D",
        "\x01",
        "[" * 500,
    ],
)
def test_a_planted_message_is_no_markup(site: World, note: str) -> None:
    browser = TestClient(site.app, cookies={shell.NOTE: note}, raise_server_exceptions=False)
    shown = browser.get("/sign-in", headers=HTML)
    assert shown.status_code == 200 and "<script>" not in shown.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept-Language": "x" * 5000}, {"Accept-Language": "zh;q=NaN, en;q=1e999"}, {"Accept-Language": ",;,;q=,*"},
        {"Accept": "*" * 3000}, {"Accept": "text/html;q=x"}, {"Cookie": "facet_language=../../x; facet_theme=<b>"},
        {"Cookie": "facet_session=" + "a" * 20_000}, {"Cookie": "=;;=;facet_session"}, {"X-Request-ID": "a\tb<script>"},
        {"If-Match": "x" * 41}, {"Content-Length": "abc"}, {"User-Agent": ""}, {"Range": "bytes=0-999999999999"}, {"Expect": "x"},
    ],
)  # fmt: skip
def test_odd_headers_are_answered(site: World, headers: dict[str, str]) -> None:
    answer = site.client().get("/sign-in", headers=headers)
    assert answer.status_code == 200 and "<b>" not in answer.text and "<script>" not in str(answer.headers)
