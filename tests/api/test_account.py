"""Signing in and out, forged requests, sessions that end, API tokens and what they are limited to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from engine.commands.sessions import CreateToken
from engine.commands.users import DisableUser
from engine.store import tables as t
from engine.store.database import count_statements
from tests.support import PASSWORD, World

V1 = "/api/v1"


def sign_in(world: World, username: str = "lin", password: str = PASSWORD) -> TestClient:
    client = world.client()
    answer = client.post(f"{V1}/session", json={"username": username, "password": password})
    assert answer.status_code == 201, answer.text
    client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return client


def test_signing_in_and_out(world: World) -> None:
    client = sign_in(world)
    me = client.get(f"{V1}/me").json()
    assert (me["username"], me["name"], me["groups"]) == ("lin", "Lin Xiao", ["office"])
    assert me["csrf_token"] == client.headers["X-CSRF-Token"]
    assert client.delete(f"{V1}/session").status_code == 204
    assert client.get(f"{V1}/me").status_code == 401


def test_the_cookie_is_for_this_site_and_no_script(world: World) -> None:
    answer = world.client().post(f"{V1}/session", json={"username": "lin", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    secure = TestClient(world.app, base_url="https://testserver").post(
        f"{V1}/session", json={"username": "lin", "password": PASSWORD}
    )
    assert "secure" in secure.headers["set-cookie"].lower()
    assert "strict-transport-security" in secure.headers


def test_nothing_that_opens_a_door_is_stored(world: World) -> None:
    client = sign_in(world)
    token = client.post(f"{V1}/tokens", json={"name": "t"}).json()["token"]
    with world.services.database.read() as connection:
        stored = [*connection.execute(select(t.session)).all(), *connection.execute(select(t.token)).all()]
    assert client.cookies["facet_session"] not in str(stored)
    assert token not in str(stored)


@pytest.mark.parametrize(
    ("username", "password"), [("lin", "wrong"), ("nobody", PASSWORD), ("", ""), ("lin", "x" * 200)]
)
def test_a_wrong_password_and_an_unknown_name_are_answered_alike(world: World, username: str, password: str) -> None:
    answer = world.client().post(f"{V1}/session", json={"username": username, "password": password})
    assert answer.status_code == 401
    assert answer.json()["code"] == "wrong-password"


def test_five_failures_are_enough_for_a_quarter_of_an_hour(world: World) -> None:
    stranger = world.client()
    for _ in range(5):
        assert stranger.post(f"{V1}/session", json={"username": "lin", "password": "no"}).status_code == 401
    refused = stranger.post(f"{V1}/session", json={"username": "lin", "password": PASSWORD})
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "900"
    assert sign_in(world, "ann")  # others are not locked out
    world.clock.advance(timedelta(minutes=16))
    assert sign_in(world)


def test_fifty_attempts_from_one_address_are_enough(world: World) -> None:
    stranger = world.client()
    for number in range(50):
        assert stranger.post(f"{V1}/session", json={"username": f"u{number}", "password": "no"}).status_code == 401
    assert stranger.post(f"{V1}/session", json={"username": "lin", "password": PASSWORD}).status_code == 429


def test_success_forgets_failures(world: World) -> None:
    stranger = world.client()
    for _ in range(2):
        for _ in range(4):
            stranger.post(f"{V1}/session", json={"username": "lin", "password": "no"})
        sign_in(world)


def test_a_session_ends_when_idle_and_in_any_case_after_half_a_day(world: World) -> None:
    client = sign_in(world)
    for _ in range(20):
        world.clock.advance(timedelta(minutes=29))
        assert client.get(f"{V1}/me").status_code == 200
    world.clock.advance(timedelta(minutes=31))
    assert client.get(f"{V1}/me").status_code == 401
    busy = sign_in(world)
    for _ in range(24):
        world.clock.advance(timedelta(minutes=29))
        assert busy.get(f"{V1}/me").status_code == 200
    world.clock.advance(timedelta(minutes=29))
    assert busy.get(f"{V1}/me").status_code == 401


def test_a_request_costs_one_statement_to_know_who_asks(world: World) -> None:
    client = sign_in(world)
    with count_statements(world.services.database) as count:
        client.get(f"{V1}/me")
        client.get(f"{V1}/me")
    assert len(count.statements) == 2
    assert count.commits == 0
    world.clock.advance(timedelta(minutes=2))
    with count_statements(world.services.database) as count:
        client.get(f"{V1}/me")
        client.get(f"{V1}/me")
    assert count.commits == 1  # seen, once a minute


def test_signing_in_again_replaces_the_browsers_old_session(world: World) -> None:
    client = sign_in(world)
    old = client.cookies["facet_session"]
    client.post(f"{V1}/session", json={"username": "lin", "password": PASSWORD})
    assert client.cookies["facet_session"] != old
    assert TestClient(world.app, cookies={"facet_session": old}).get(f"{V1}/me").status_code == 401


def test_my_sessions_are_listed_and_ended(world: World) -> None:
    here, there = sign_in(world), sign_in(world)
    listed = here.get(f"{V1}/sessions").json()
    assert [one["current"] for one in listed].count(True) == 1
    other = next(one["id"] for one in listed if not one["current"])
    assert here.delete(f"{V1}/sessions/{other}").status_code == 204
    assert there.get(f"{V1}/me").status_code == 401
    third = sign_in(world)
    assert here.delete(f"{V1}/sessions").status_code == 204
    assert third.get(f"{V1}/me").status_code == 401
    assert here.get(f"{V1}/me").status_code == 200


def test_nobody_ends_somebody_elses_session(world: World) -> None:
    lin, ann = sign_in(world, "lin"), sign_in(world, "ann")
    id = lin.get(f"{V1}/sessions").json()[0]["id"]
    assert ann.delete(f"{V1}/sessions/{id}").status_code == 404
    assert ann.delete(f"{V1}/sessions/%25").status_code == 404
    assert lin.get(f"{V1}/me").status_code == 200


def test_a_new_password_needs_the_old_one_and_ends_other_sessions(world: World) -> None:
    here, there = sign_in(world), sign_in(world)
    wrong = here.put(f"{V1}/me/password", json={"old": "no", "new": "a new long one"})
    assert wrong.status_code == 401
    assert here.put(f"{V1}/me/password", json={"old": PASSWORD, "new": "a new long one"}).status_code == 204
    assert there.get(f"{V1}/me").status_code == 401
    assert here.get(f"{V1}/me").status_code == 200
    assert sign_in(world, password="a new long one")


def test_disabling_somebody_ends_everything_at_once(world: World) -> None:
    lin, token = sign_in(world), world.by_token("lin")
    assert token.get(f"{V1}/me").status_code == 200
    world.run(DisableUser("lin"), by="ada")
    assert lin.get(f"{V1}/me").status_code == 401
    assert token.get(f"{V1}/me").status_code == 401
    assert world.client().post(f"{V1}/session", json={"username": "lin", "password": PASSWORD}).status_code == 401


# --- forged requests ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "guess"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_a_request_that_another_site_made_is_refused(world: World, headers: dict[str, str]) -> None:
    client = world.client("lin")
    answer = client.post(f"{V1}/process-instances", json={"key": "waiting"}, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["code"] == "forged-request"


def test_our_own_pages_are_believed(world: World) -> None:
    headers = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    answer = world.client("lin").post(f"{V1}/process-instances", json={"key": "waiting"}, headers=headers)
    assert answer.status_code == 201


def test_another_site_cannot_sign_somebody_in(world: World) -> None:
    body = {"username": "lin", "password": PASSWORD}
    answer = world.client().post(f"{V1}/session", json=body, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


def test_the_token_of_another_session_does_not_do(world: World) -> None:
    lin, ann = sign_in(world, "lin"), sign_in(world, "ann")
    lin.headers["X-CSRF-Token"] = ann.headers["X-CSRF-Token"]
    assert lin.patch(f"{V1}/me", json={"theme": "dark"}).status_code == 403


# --- API tokens ---------------------------------------------------------------------------------------------------------


def test_a_token_does_what_its_user_may_without_cookies(world: World) -> None:
    client = world.by_token("lin")
    assert client.post(f"{V1}/process-instances", json={"key": "waiting"}).status_code == 201
    assert client.get(f"{V1}/incidents").status_code == 403


def test_a_token_is_limited_to_its_scopes(world: World) -> None:
    task = world.task(world.purchase())
    reader, worker = world.by_token("ann", "read"), world.by_token("ann", "tasks")
    assert reader.get(f"{V1}/tasks/{task}").status_code == 200
    assert reader.post(f"{V1}/tasks/{task}/claim").status_code == 403
    assert worker.post(f"{V1}/tasks/{task}/claim").status_code == 200
    assert worker.get(f"{V1}/process-instances").status_code == 403


def test_a_token_expires_and_can_be_revoked(world: World) -> None:
    client = world.client("lin")
    made = client.post(f"{V1}/tokens", json={"name": "short", "expires_in_days": 1, "scopes": ["read"]}).json()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    assert world.client().get(f"{V1}/me", headers=bearer).status_code == 200
    assert client.get(f"{V1}/tokens").json()[0]["used_at"] is not None
    assert client.delete(f"{V1}/tokens/{made['id']}").status_code == 204
    assert world.client().get(f"{V1}/me", headers=bearer).status_code == 401
    second = client.post(f"{V1}/tokens", json={"name": "short", "expires_in_days": 1}).json()
    world.clock.advance(timedelta(days=1, seconds=1))
    bearer = {"Authorization": f"Bearer {second['token']}"}
    assert world.client().get(f"{V1}/me", headers=bearer).status_code == 401


def test_a_limited_token_makes_no_wider_one(world: World) -> None:
    client = world.by_token("lin", "account")
    assert client.post(f"{V1}/tokens", json={"name": "wide"}).status_code == 422
    assert client.post(f"{V1}/tokens", json={"name": "wide", "scopes": ["tasks"]}).status_code == 422
    assert client.post(f"{V1}/tokens", json={"name": "same", "scopes": ["account"]}).status_code == 201


def test_an_administrator_makes_tokens_for_machines(world: World) -> None:
    body = {"name": "erp", "username": "erp", "scopes": ["external-tasks"]}
    assert world.client("lin").post(f"{V1}/tokens", json=body).status_code == 403
    secret = world.client("ada").post(f"{V1}/tokens", json=body).json()["token"]
    bearer = {"Authorization": f"Bearer {secret}"}
    answer = world.client().post(
        f"{V1}/external-tasks/fetch-and-lock", json={"worker_id": "w", "topics": ["erp.ask"]}, headers=bearer
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer facet_x", "Basic bGluOng=", "nonsense"])
def test_a_wrong_authorization_is_no_session(world: World, header: str) -> None:
    client = world.client("lin")
    answer = client.get(f"{V1}/me", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_my_choices_are_kept_and_change_the_language_of_errors(world: World) -> None:
    client = world.client("lin")
    assert client.patch(f"{V1}/me", json={"language": "zh", "zone": "Europe/Berlin"}).status_code == 204
    assert client.patch(f"{V1}/me", json={"zone": "Mars/Olympus"}).status_code == 422
    me = client.get(f"{V1}/me").json()
    assert (me["language"], me["zone"]) == ("zh", "Europe/Berlin")


def test_a_token_names_known_scopes(world: World) -> None:
    assert world.client("lin").post(f"{V1}/tokens", json={"name": "t", "scopes": ["everything"]}).status_code == 422
    assert world.run(CreateToken("t", ("read",)), by="lin").secret.startswith("facet_")
