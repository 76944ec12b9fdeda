"""Requests that another site made a browser send, and API tokens used for what they were not made for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from api.auth import cookies
from api.auth.rules import Rule
from api.pages import router
from api.rest import NOUNS
from api.routes import endpoints
from engine.commands.sessions import CreateToken, RevokeToken
from engine.store import tables as t
from tests.support import PASSWORD, World, make_world

V1 = "/api/v1"
HTML = {"Accept": "text/html"}


def rule_of(route: APIRoute) -> Rule:
    rule = getattr(route, "rule", None)
    assert isinstance(rule, Rule)
    return rule


def changing(*routes: APIRoute) -> list[tuple[str, str]]:
    """Method and address of everything that changes something and needs a session; ids stand for nothing that there is."""
    found = []
    for route in routes:
        path = route.path.replace(":path}", "}")
        for name in route.param_convertors:
            path = path.replace("{" + name + "}", "x1")
        found += [
            (method, path) for method in sorted(route.methods or ()) if method != "GET" and not rule_of(route).public
        ]
    return sorted(found)


PAGES = changing(*endpoints(router))
REST = changing(*endpoints(*(noun.router for noun in NOUNS)))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, world_template: Path, shared_app: FastAPI) -> Iterator[World]:
    world = make_world(tmp_path_factory.mktemp("forgery") / "world", world_template, app=shared_app)
    world.client("ada"), world.client("lin")
    yield world
    world.close()


@pytest.fixture
def site(made: World, shared_app: FastAPI) -> World:
    """One installation for attacks that change nothing."""
    shared_app.state.settings, shared_app.state.services = made.settings, made.services
    return made


def fingerprint(world: World) -> list[int]:
    """How much there is of everything."""
    with world.services.database.read() as connection:
        return [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in t.metadata.sorted_tables
        ]


def forged(world: World, username: str = "ada") -> TestClient:
    """A browser that is signed in and is made to send something: its cookie goes along, the page's token does not."""
    return TestClient(world.app, cookies=dict(world.client(username).cookies), raise_server_exceptions=False)


ELSEWHERE: Mapping[str, Mapping[str, str]] = {
    "no token": {},
    "foreign token": {"X-CSRF-Token": "A" * 43},
    "odd token": {"X-CSRF-Token": "'; --"},
    "another site": {"Origin": "https://evil.test"},
    "no site": {"Origin": "null"},
    "half a site": {"Origin": "http://["},
    "our name as a user": {"Origin": "http://testserver@evil.test"},
    "our name in front": {"Origin": "http://testserver.evil.test"},
    "another port": {"Origin": "http://testserver:8080"},
    "cross-site": {"Sec-Fetch-Site": "cross-site"},
    "same-site": {"Sec-Fetch-Site": "same-site"},
}


ALL_ROUTES = ("no token", "another site", "same-site")
"""Tried on everything that changes something; the others on one address of each kind."""


@pytest.mark.parametrize(("name", "headers"), ELSEWHERE.items(), ids=ELSEWHERE.keys())
def test_nothing_happens_that_another_site_asks_for(site: World, name: str, headers: Mapping[str, str]) -> None:
    browser = forged(site)
    if "token" not in name:  # the page's own token does not help either
        browser.headers["X-CSRF-Token"] = str(site.client("ada").headers["X-CSRF-Token"])
    before = fingerprint(site)
    for method, path in PAGES if name in ALL_ROUTES else [("POST", "/sign-out"), ("PUT", "/tasks/x1/draft")]:
        sent: Any = {"json": {}} if path.endswith(("/draft", "/calculate")) else {"data": {"x": "1"}}
        answer = browser.request(method, path, headers={**HTML, **headers}, follow_redirects=False, **sent)
        assert answer.status_code in (403, 422), (method, path, answer.status_code)
    for method, path in REST if name in ALL_ROUTES else [("DELETE", f"{V1}/sessions"), ("POST", f"{V1}/tokens")]:
        answer = browser.request(method, path, headers=dict(headers), json={})
        assert answer.status_code in (403, 422), (method, path, answer.status_code)
    assert fingerprint(site) == before
    assert site.client("ada").get(f"{V1}/me").status_code == 200


@pytest.mark.parametrize("path", ["/tasks/x1/draft", "/tasks/x1/calculate", "/start/x1/calculate"])
@pytest.mark.parametrize("token", [True, False])
def test_a_form_is_no_json_for_the_browser_s_script_either(site: World, path: str, token: bool) -> None:
    client = site.client("ada") if token else forged(site)
    answer = client.request("PUT" if path.endswith("draft") else "POST", path, data={"x": "1"}, headers=HTML)
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_a_form_of_another_site_is_no_json_request(site: World, kind: str) -> None:
    headers = {"Content-Type": kind} if kind else {}
    answer = forged(site).post(f"{V1}/tokens", content=b'{"name": "stolen"}', headers=headers)
    assert answer.status_code in (400, 403, 422)
    assert site.client("ada").get(f"{V1}/tokens").json() == []


@pytest.mark.parametrize(
    "sent",
    [
        {"params": {"_method": "DELETE"}}, {"headers": {"X-HTTP-Method-Override": "DELETE"}},
        {"headers": {"X-HTTP-Method": "DELETE"}}, {"params": {"csrf_token": "x", "_method": "PUT"}},
    ],
)  # fmt: skip
def test_a_method_is_what_the_request_says(site: World, sent: Any) -> None:
    ada = site.client("ada")
    assert ada.post(f"{V1}/sessions", **sent).status_code == 405
    assert ada.get(f"{V1}/me", **sent).status_code == 200
    assert ada.get(f"{V1}/me").status_code == 200  # nobody was signed out


def test_a_token_in_the_address_opens_nothing(site: World) -> None:
    csrf = str(site.client("ada").headers["X-CSRF-Token"])
    assert forged(site).post(f"{V1}/tokens", params={"csrf_token": csrf}, json={"name": "x"}).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.test"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
@pytest.mark.parametrize("path", ["/sign-in", f"{V1}/session"])
def test_nobody_is_signed_in_by_another_site(site: World, path: str, headers: Mapping[str, str]) -> None:
    given = {"username": "lin", "password": PASSWORD}
    sent: Any = {"json": given} if path.startswith("/api") else {"data": given}
    answer = site.client().post(path, headers=dict(headers), follow_redirects=False, **sent)
    assert answer.status_code == 403 and "set-cookie" not in answer.headers


def test_another_site_changes_no_choice_of_mine(world: World) -> None:
    browser = forged(world, "lin")
    assert browser.post("/preferences", data={"lang": "zh"}, follow_redirects=False).status_code == 303
    assert world.client("lin").get(f"{V1}/me").json()["language"] is None
    mine = world.client("lin").post("/preferences", data={"lang": "zh"}, follow_redirects=False)
    assert mine.status_code == 303 and world.client("lin").get(f"{V1}/me").json()["language"] == "zh"


# --- API tokens -----------------------------------------------------------------------------------------------------------

LIMITED = ["read", "tasks", "account", "external-tasks"]


@pytest.mark.parametrize("scope", LIMITED)
def test_a_token_does_what_its_scope_says_and_nothing_else(site: World, scope: str) -> None:
    client = site.by_token("ada", scope)
    for route in endpoints(*(noun.router for noun in NOUNS)):
        rule = rule_of(route)
        (method,) = route.methods or ()
        if rule.public or rule.scope == scope or (scope == "read" and method == "GET"):
            continue
        path = route.path.replace(":path}", "}")
        for name in route.param_convertors:
            path = path.replace("{" + name + "}", "x1")
        sent: Any = {} if method == "GET" else {"json": {}}
        answer = client.request(method, path, **sent)
        assert answer.status_code in (403, 422), (method, path, answer.status_code)
        assert answer.status_code == 422 or answer.json()["detail"] == "This API token is not for this.", path
    assert client.get("/inbox", headers=HTML).status_code == (200 if scope in ("read", "tasks") else 403)
    assert client.get("/admin/users", headers=HTML).status_code == (200 if scope == "read" else 403)


def test_a_token_gives_no_more_than_it_has(site: World) -> None:
    client = site.by_token("ada", "account")
    for scopes in ([], ["read"], ["account", "users"]):
        assert client.post(f"{V1}/tokens", json={"name": "more", "scopes": scopes}).status_code == 422
        assert (
            client.post(f"{V1}/tokens", json={"name": "more", "scopes": scopes, "username": "lin"}).status_code == 422
        )


def bearer(world: World, text: str) -> int:
    return TestClient(world.app).get(f"{V1}/me", headers={"Authorization": text.encode()}).status_code


def test_only_the_token_itself_opens_the_door(site: World) -> None:
    secret = str(site.by_token("lin").headers["Authorization"]).split(" ")[1]
    assert bearer(site, f"Bearer {secret}") == bearer(site, f"bearer   {secret} ") == 200
    other = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    for wrong in (
        f"Bearer {secret.upper()}", f"Bearer {secret.lower()}", f"Bearer {other}", f"Bearer {secret[:-1]}", f"Basic {secret}",
        f"Bearer {secret},{secret}", f"Bearer {secret}\u00e9", "Bearer", "Bearer ", "", secret, f"Token {secret}",
        "Bearer " + "a" * 20_000, "Bearer facet_%", "Bearer anything or 1=1",
    ):  # fmt: skip
        assert bearer(site, wrong) == 401, wrong[:60]
    for place in ({"params": {"token": secret}}, {"params": {"access_token": secret}}, {"headers": {"X-API-Key": secret}},
                  {"cookies": {cookies.SESSION: secret}}, {"cookies": {"token": secret}}):  # fmt: skip
        assert TestClient(site.app, cookies=place.pop("cookies", None)).get(f"{V1}/me", **place).status_code == 401


def test_a_session_is_no_token_and_a_digest_is_nothing(site: World) -> None:
    cookie = site.client("lin").cookies[cookies.SESSION]
    assert bearer(site, f"Bearer {cookie}") == 401
    with site.services.database.read() as connection:
        digests = connection.execute(select(t.session.c.digest)).scalars().all()
    for digest in digests:
        assert TestClient(site.app, cookies={cookies.SESSION: digest}).get(f"{V1}/me").status_code == 401


def test_a_wrong_token_is_not_made_good_by_a_session(site: World) -> None:
    assert site.client("lin").get(f"{V1}/me", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_tokens_end_when_they_say_and_when_they_are_revoked(world: World) -> None:
    short = world.run(CreateToken("short", (), timedelta(days=1)), by="lin")
    gone = world.run(CreateToken("gone"), by="lin")
    assert bearer(world, f"Bearer {short.secret}") == bearer(world, f"Bearer {gone.secret}") == 200
    world.run(RevokeToken(gone.id), by="lin")
    world.clock.advance(timedelta(days=1, seconds=1))
    assert bearer(world, f"Bearer {short.secret}") == bearer(world, f"Bearer {gone.secret}") == 401


def test_what_somebody_did_with_a_token_keeps_no_secret(world: World) -> None:
    world.client("lin").post(f"{V1}/tokens", json={"name": "seen"})
    secret = world.client("lin").post(f"{V1}/tokens", json={"name": "again"}).json()["token"]
    for path in (f"{V1}/tokens", f"{V1}/sessions", "/account"):
        shown = world.client("lin").get(path).text
        assert secret not in shown and world.client("lin").cookies[cookies.SESSION] not in shown
    assert secret not in world.client("ada").get(f"{V1}/audit").text
