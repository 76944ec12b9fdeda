"""Attacks on signing in, on sessions and on the streams of open pages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.auth import cookies
from api.pages import events
from engine.commands.grants import GrantPermission
from engine.commands.sessions import EndSession, EndSessions, digest_of, neighbourhood
from engine.commands.users import ChangeUser, DisableUser
from engine.passwords import PASSWORDS
from engine.queries.users import by_token, open_doors
from tests.security.wire import exchange, request, serving, status
from tests.support import PASSWORD, World, make_world

V1 = "/api/v1"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, world_template: Path, shared_app: FastAPI) -> Iterator[World]:
    """One installation for attacks that change nothing."""
    made = make_world(tmp_path_factory.mktemp("signin") / "world", world_template, app=shared_app)
    made.client("lin"), made.client("ada")
    yield made
    made.close()


@pytest.fixture
def again(site: World, shared_app: FastAPI) -> World:
    """`site`, after other tests have used the application for theirs."""
    shared_app.state.settings, shared_app.state.services = site.settings, site.services
    return site


def guess(world: World, address: str, username: str = "lin", password: str = "wrong") -> int:
    stranger = TestClient(world.app, client=(address, 4711), raise_server_exceptions=False)
    return stranger.post(f"{V1}/session", json={"username": username, "password": password}).status_code


# --- guessing -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("fe80::1%eth0", "fe80::2%eth1"),
    ],
)
def test_an_address_is_not_another_one_by_being_written_otherwise(world: World, first: str, second: str) -> None:
    assert [guess(world, first) for _ in range(5)] == [401] * 5
    assert guess(world, second, password=PASSWORD) == 429
    assert guess(world, "2001:db8:1:3::1", password=PASSWORD) == 201  # a neighbour is not locked out


def test_what_is_no_address_counts_as_it_stands() -> None:
    assert neighbourhood("unknown") == "unknown" and neighbourhood("x" * 300) == "x" * 100


@pytest.mark.parametrize("path", ["/sign-in", f"{V1}/session"])
def test_forwarded_addresses_are_believed_from_trusted_proxies_only(world: World, path: str) -> None:
    body = b'{"username": "lin", "password": "wrong"}' if path.startswith("/api") else b"username=lin&password=wrong"
    kind = "application/json" if path.startswith("/api") else "application/x-www-form-urlencoded"

    def attempt(port: int, forwarded: str) -> int:
        headers = f"X-Forwarded-For: {forwarded}", f"Content-Type: {kind}", f"Content-Length: {len(body)}"
        return status(exchange(port, request(f"POST {path} HTTP/1.1", *headers, body=body)))

    with serving(world.app, trusted="192.0.2.1") as port:
        assert [attempt(port, f"198.51.100.{n}") for n in range(6)] == [401] * 5 + [429]
    with serving(world.app, trusted="127.0.0.1") as port:
        # what the client wrote itself comes first; the proxy adds the address that it saw at the end
        assert [attempt(port, f"203.0.113.{n}, 198.51.100.50") for n in range(6)] == [401] * 5 + [429]
        assert attempt(port, "198.51.100.51") == 401


@pytest.mark.parametrize(
    "username", ["LIN", "lin ", " lin", "lin\u200b", "ｌｉｎ", "lin%", "li_", "lin'--", "*", "lin\n"]
)
def test_other_spellings_of_a_name_are_nobody(world: World, username: str) -> None:
    assert guess(world, "198.51.100.1", username, PASSWORD) == 401


@pytest.mark.parametrize("username", ["nobody", "lin", ""])
def test_every_attempt_costs_one_check_of_a_password(
    world: World, monkeypatch: pytest.MonkeyPatch, username: str
) -> None:
    checked: list[str] = []
    real = PASSWORDS._hash.verify
    monkeypatch.setattr(PASSWORDS, "_hash", _Counting(real, checked))
    assert guess(world, "198.51.100.2", username) == 401
    assert len(checked) == 1


class _Counting:
    def __init__(self, verify: Any, checked: list[str]) -> None:
        self._verify, self._checked = verify, checked

    def verify(self, text: str, stored: str) -> bool:
        self._checked.append(stored)
        return bool(self._verify(text, stored))


def test_a_wrong_old_password_is_throttled_too(world: World) -> None:
    lin = world.client("lin")
    wrong = {"old": "not this one", "new": "another long one"}
    found = [lin.put(f"{V1}/me/password", json=wrong).status_code for _ in range(6)]
    assert found == [401] * 5 + [429]


# --- the session ----------------------------------------------------------------------------------------------------------


def test_a_cookie_that_somebody_brought_along_never_becomes_a_session(world: World) -> None:
    planted = "attacker-chose-this-value-0123456789"
    victim = TestClient(world.app, cookies={cookies.SESSION: planted})
    answer = victim.post("/sign-in", data={"username": "lin", "password": PASSWORD}, follow_redirects=False)
    assert answer.status_code == 303 and planted not in answer.headers["set-cookie"]
    assert TestClient(world.app, cookies={cookies.SESSION: planted}).get(f"{V1}/me").status_code == 401


@pytest.mark.parametrize(
    ("public_url", "base_url", "secure"),
    [
        ("", "http://testserver", False),
        ("", "https://testserver", True),
        ("https://facet.example.com", "http://facet.example.com", True),  # a proxy that says nothing of HTTPS
        ("https://facet.example.com", "http://localhost", False),
        ("http://facet.example.com", "http://facet.example.com", False),
    ],
)
def test_cookies_are_secure_where_there_is_https(
    tmp_path: Path, world_template: Path, public_url: str, base_url: str, secure: bool
) -> None:
    world = make_world(tmp_path / "world", world_template, public_url=public_url)
    browser = TestClient(world.app, base_url=base_url)
    answer = browser.post("/sign-in", data={"username": "lin", "password": PASSWORD}, follow_redirects=False)
    cookie = answer.headers["set-cookie"].lower()
    assert ("; secure" in cookie, "strict-transport-security" in answer.headers) == (secure, secure)
    assert "; httponly" in cookie and "; samesite=lax" in cookie and "; path=/" in cookie and "domain=" not in cookie
    world.close()


def test_changing_the_password_ends_the_other_sessions_and_keeps_this_one(world: World) -> None:
    here, there = world.client("lin"), world.client()
    there.post(f"{V1}/session", json={"username": "lin", "password": PASSWORD})
    assert there.get(f"{V1}/me").status_code == 200
    assert here.put(f"{V1}/me/password", json={"old": PASSWORD, "new": "another long one"}).status_code == 204
    assert (here.get(f"{V1}/me").status_code, there.get(f"{V1}/me").status_code) == (200, 401)


@pytest.mark.parametrize("id", ["", "0" * 15, "%" * 16, "_" * 16, "' or 1=1 --------", "*" * 20])
def test_sessions_of_others_cannot_be_ended_by_guessing(again: World, id: str) -> None:
    assert again.client("ada").delete(f"{V1}/sessions/{id}").status_code in (404, 405, 204 if not id else 404)
    assert again.client("lin").get(f"{V1}/me").status_code == 200


def test_one_s_session_is_not_named_by_others(world: World) -> None:
    digest = digest_of(world.client("lin").cookies[cookies.SESSION])
    assert world.client("ada").delete(f"{V1}/sessions/{digest}").status_code == 404
    assert world.client("lin").get(f"{V1}/me").status_code == 200


# --- open pages -----------------------------------------------------------------------------------------------------------


def streams(world: World, monkeypatch: pytest.MonkeyPatch, then: Any, *, token: bool = False) -> bool:
    """Whether lin's stream of news ends by itself after `then` has happened."""
    monkeypatch.setattr(events, "EVERY", 0.02)
    monkeypatch.setattr(events, "BEAT", 1.0)
    if token:
        secret = world.by_token("lin").headers["Authorization"].split(" ")[1]
        with world.services.database.read() as connection:
            caller = by_token(connection, digest_of(secret), world.clock.now())
        assert caller is not None
        listener = events.Listener(caller.actor, None, 0, None, caller.actor.token)
    else:
        cookie = world.client("lin").cookies[cookies.SESSION]
        listener = events.Listener(world.actor("lin"), None, 0, digest_of(cookie), None)

    async def run() -> bool:
        feed = events.Feed(world.services)
        stream = feed.stream(listener)
        assert (await anext(stream)).startswith("retry")
        await asyncio.sleep(0.06)
        assert not listener.ended.is_set()
        await asyncio.to_thread(then)
        try:
            async with asyncio.timeout(0.5):
                async for _ in stream:
                    if not listener.ended.is_set() and feed.closed.is_set():
                        break
        except TimeoutError:
            return False
        finally:
            feed.close()
        return True

    return asyncio.run(run())


ENDINGS = {
    "disabled": lambda world: world.run(DisableUser("lin"), by="ada"),
    "signed out": lambda world: world.run(
        EndSession(digest_of(world.client("lin").cookies[cookies.SESSION])), by="lin"
    ),
    "signed out everywhere": lambda world: world.run(EndSessions("lin"), by="ada"),
    "taken out of a group": lambda world: world.run(ChangeUser("lin", groups=()), by="ada"),
    "given a permission": lambda world: world.run(
        GrantPermission("user", "lin", "PROCESS", "purchase", "CANCEL"), by="ada"
    ),
    "half a day": lambda world: world.clock.advance(timedelta(hours=13)),
}


@pytest.mark.parametrize("then", ENDINGS.values(), ids=ENDINGS.keys())
def test_an_open_stream_ends_when_its_reader_is_not_who_they_were(
    world: World, monkeypatch: pytest.MonkeyPatch, then: Any
) -> None:
    assert streams(world, monkeypatch, lambda: then(world))


def test_an_open_stream_of_a_token_ends_with_the_person(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert streams(world, monkeypatch, lambda: world.run(DisableUser("lin"), by="ada"), token=True)


@pytest.mark.parametrize("token", [False, True])
def test_an_open_stream_of_somebody_untouched_stays(world: World, monkeypatch: pytest.MonkeyPatch, token: bool) -> None:
    assert not streams(world, monkeypatch, lambda: world.run(DisableUser("bo"), by="ada"), token=token)


def test_one_person_s_open_pages_are_counted(world: World) -> None:
    async def run() -> list[str]:
        feed = events.Feed(world.services)
        lin, ann = world.actor("lin"), world.actor("ann")
        kept = [feed.stream(events.Listener(lin, None)) for _ in range(events.MOST_OF_ONE)]
        first = [await anext(stream) for stream in kept]
        more = [await anext(feed.stream(events.Listener(who, None))) for who in (lin, ann)]
        feed.close()
        for stream in kept:
            await stream.aclose()
        return [first[0], *more]

    assert asyncio.run(run()) == ["retry: 3000\n\n", "retry: 30000\n\n", "retry: 3000\n\n"]


def test_doors_that_are_open_are_those_of_people_who_may_enter(world: World) -> None:
    digest = digest_of(world.client("lin").cookies[cookies.SESSION])
    with world.services.database.read() as connection:
        found = open_doors(connection, [digest, "x"], ["no token"], world.clock.now())
    assert {door: actor.username for door, actor in found.items()} == {digest: "lin"}
