"""Signing in and out, language and theme."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api.auth import cookies
from api.pages.shell import own_path
from tests.pages.reading import following, see, send
from tests.support import PASSWORD, World


def test_who_signs_in_comes_back_to_where_they_were(world: World):
    client = world.client()
    seen = send(client, "/sign-in", {"username": "lin", "password": PASSWORD, "next": "/inbox?view=groups"})
    assert (seen.status, seen.location) == (303, "/inbox?view=groups")
    cookie = seen.response.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert see(client, "/inbox").heading == "Inbox"


def test_a_wrong_password_is_refused_without_saying_which(world: World):
    for name in ("lin", "nobody"):
        seen = send(world.client(), "/sign-in", {"username": name, "password": "wrong wrong"})
        assert seen.status == 401
        assert "The name or the password is not right." in seen.text
        assert seen.tree.xpath("//input[@name='username']/@value") == [name]
        assert "wrong wrong" not in seen.response.text


def test_after_five_attempts_a_pause_is_asked_for(world: World):
    answers = [
        send(world.client(), "/sign-in", {"username": "lin", "password": "wrong wrong"}).status for _ in range(6)
    ]
    assert answers == [401, 401, 401, 401, 401, 429]


@pytest.mark.parametrize(
    "next",
    ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil", "javascript:alert(1)", "/a\nb", ""],
)
def test_nobody_is_sent_to_another_site(world: World, next: str):
    assert own_path(next) == "/inbox"
    seen = send(world.client(), "/sign-in", {"username": "lin", "password": PASSWORD, "next": next})
    assert seen.location == "/inbox"


def test_signing_out_ends_the_session(world: World):
    client = world.client("lin")
    seen = send(client, "/sign-out")
    assert seen.location == "/sign-in"
    world.clients.clear()
    assert see(world.client("lin"), "/inbox").location.startswith("/sign-in")


def test_the_choice_of_a_language_is_kept_with_the_person(world: World):
    client = world.client("lin")
    seen = send(client, "/preferences", {"lang": "zh", "next": "/inbox?view=all"})
    assert seen.location == "/inbox?view=all"
    world.clients.clear()
    assert see(world.client("lin"), "/inbox").heading == "待办"


def test_a_stranger_chooses_for_this_browser(world: World):
    client = world.client()
    send(client, "/preferences", {"theme": "dark", "lang": "zh", "next": "/sign-in"})
    assert client.cookies[cookies.THEME] == "dark"
    seen = see(client, "/sign-in")
    assert (seen.heading, seen.tree.get("data-theme")) == ("登录", "dark")


def test_a_message_is_shown_once(world: World):
    client = world.client("lin")
    seen = send(client, "/account", {"language": "en", "zone": "Europe/London", "theme": "light"})
    assert "Your account was changed." in following(client, seen).text
    assert "Your account was changed." not in see(client, "/account").text


def test_an_open_page_keeps_no_session_alive_by_itself(world: World):
    client = world.client("lin")
    for minutes, path in ((20, "/inbox?live=1"), (15, "/inbox?live=1")):
        world.clock.advance(timedelta(minutes=minutes))
        last = see(client, path)
    assert last.location.startswith("/sign-in")


def test_somebody_who_works_stays_signed_in(world: World):
    client = world.client("lin")
    for minutes in (20, 20, 20):
        world.clock.advance(timedelta(minutes=minutes))
        assert see(client, "/inbox").status == 200
