"""Signing in at a provider that the test starts: the good way, and everything that must not open a session."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import OctKey, RSAKey

from api.auth import cookies
from engine.commands.users import DisableUser
from tests.security.oidc_provider import CLIENT, SECRET, Provider, running
from tests.support import World

GROUPS = "staff-buyers=buyer, staff-approvers=approver"


@pytest.fixture
def provider(world: World) -> Iterator[Provider]:
    """A provider that the world's settings name."""
    with running(world.clock.now) as found:
        before = world.app.state.settings
        named = {
            "oidc_issuer": found.issuer,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SECRET,
            "oidc_groups": GROUPS,
            "oidc_name": "Company login",
        }
        world.app.state.settings = type(before)(**{**before.model_dump(), **named})
        yield found
        world.app.state.settings = before


def begin(browser: TestClient, next: str = "/requests") -> dict[str, str]:
    answer = browser.get("/oidc/start", params={"next": next}, follow_redirects=False)
    assert answer.status_code == 303
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def come_back(browser: TestClient, provider: Provider, query: dict[str, str], **more: str) -> Any:
    address = urlsplit(provider.authorize(query))
    given = {name: values[0] for name, values in parse_qs(address.query).items()} | more
    return browser.get(address.path, params=given, follow_redirects=False)


def sign_in(world: World, provider: Provider) -> tuple[TestClient, Any]:
    browser = world.client()
    return browser, come_back(browser, provider, begin(browser))


def test_the_button_is_there_only_when_a_provider_is_named(world: World) -> None:
    assert "/oidc/start" not in world.client().get("/sign-in").text
    assert world.client().get("/oidc/start", follow_redirects=False).status_code == 404


def test_a_new_person_becomes_a_user_with_the_provider_s_groups(world: World, provider: Provider) -> None:
    assert "Sign in with Company login" in world.client().get("/sign-in").text
    provider.person |= {"groups": ["staff-buyers", "others"], "email": "mei@example.com"}
    browser, answer = sign_in(world, provider)
    assert answer.status_code == 303 and answer.headers["location"] == "/requests"
    me = browser.get("/api/v1/me").json()
    assert (me["username"], me["name"], me["groups"]) == ("mei", "Mei Lin", ["buyer"])
    assert browser.get("/inbox").status_code == 200


def test_groups_follow_the_provider_and_others_stay(world: World, provider: Provider) -> None:
    provider.person["groups"] = ["staff-buyers"]
    sign_in(world, provider)
    ada = world.client("ada")
    assert ada.patch("/api/v1/users/mei", json={"groups": ["buyer", "office"]}).status_code == 204
    provider.person["groups"] = "staff-approvers"
    browser, _ = sign_in(world, provider)
    assert sorted(browser.get("/api/v1/me").json()["groups"]) == ["approver", "office"]


def test_the_same_person_is_the_same_user_whatever_the_name(world: World, provider: Provider) -> None:
    sign_in(world, provider)
    provider.person["preferred_username"] = "mei.wang"
    browser, _ = sign_in(world, provider)
    assert browser.get("/api/v1/me").json()["username"] == "mei"


def test_nobody_takes_over_an_account_by_its_name(world: World, provider: Provider) -> None:
    provider.person["preferred_username"] = "ada"
    browser, answer = sign_in(world, provider)
    assert answer.status_code == 403 and cookies.SESSION not in browser.cookies
    provider.person["preferred_username"] = "mei"
    sign_in(world, provider)
    provider.person["sub"] = "u-2"  # another person of that name
    assert sign_in(world, provider)[1].status_code == 403


def test_disabled_people_stay_out(world: World, provider: Provider) -> None:
    browser, _ = sign_in(world, provider)
    world.run(DisableUser("mei"))
    assert browser.get("/api/v1/me").status_code == 401
    assert sign_in(world, provider)[1].status_code == 403


def test_nobody_is_made_where_administrators_add_people(world: World, provider: Provider) -> None:
    settings = world.app.state.settings
    world.app.state.settings = type(settings)(**{**settings.model_dump(), "oidc_create_users": False})
    assert sign_in(world, provider)[1].status_code == 403


@pytest.mark.parametrize(
    "bend",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://elsewhere.example"},
        {"aud": "another client"},
        {"aud": ["facet", "another"], "azp": "another"},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"preferred_username": None},
        {"preferred_username": "no spaces please"},
    ],
    ids=str,
)
def test_a_token_that_does_not_hold_opens_nothing(world: World, provider: Provider, bend: dict[str, Any]) -> None:
    provider.bend = bend
    browser, answer = sign_in(world, provider)
    assert answer.status_code in (403, 422)
    assert cookies.SESSION not in browser.cookies


def test_only_the_provider_s_own_key_counts(world: World, provider: Provider) -> None:
    provider.published, provider.key = provider.key, RSAKey.generate_key(2048, {"kid": "k1"})
    assert sign_in(world, provider)[1].status_code == 403
    provider.published = None  # it has new keys, and says so
    assert sign_in(world, provider)[1].status_code == 303


def test_a_signature_with_the_client_s_secret_is_none(world: World, provider: Provider) -> None:
    provider.published, provider.algorithm = provider.key, "HS256"
    provider.key = OctKey.import_key(SECRET)
    assert sign_in(world, provider)[1].status_code == 403


def test_another_browser_s_answer_opens_nothing(world: World, provider: Provider) -> None:
    victim, attacker = world.client(), world.client()
    query = begin(attacker)
    assert come_back(victim, provider, query).status_code == 403  # never asked
    begin(victim)
    assert come_back(victim, provider, query).status_code == 403  # asked something else
    assert cookies.SESSION not in victim.cookies


def test_an_answer_counts_once_and_for_ten_minutes(world: World, provider: Provider) -> None:
    browser = world.client()
    query = begin(browser)
    address = urlsplit(provider.authorize(query))
    params = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert browser.get("/oidc/callback", params=params, follow_redirects=False).status_code == 303
    assert browser.get("/oidc/callback", params=params, follow_redirects=False).status_code == 403
    late = world.client()
    query = begin(late)
    world.clock.advance(timedelta(seconds=601))
    assert come_back(late, provider, query).status_code == 403


def test_a_provider_that_does_not_answer_is_a_sentence(world: World, provider: Provider) -> None:
    settings = world.app.state.settings
    world.app.state.settings = type(settings)(**{**settings.model_dump(), "oidc_issuer": "http://127.0.0.1:9"})
    answer = world.client().get("/oidc/start", follow_redirects=False)
    assert answer.status_code == 403 and "Signing in elsewhere did not work" in answer.text


@pytest.mark.parametrize("next", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_afterwards_one_stays_here(world: World, provider: Provider, next: str) -> None:
    browser = world.client()
    answer = come_back(browser, provider, begin(browser, next))
    assert answer.headers["location"] == "/inbox"
