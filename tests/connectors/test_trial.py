"""Trying a connector: one harmless request under the guard, a plain sentence, a line in the audit, and no secret."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from engine.commands.connectors import DisableConnector, SaveConnector, SaveSecret
from engine.connectors.smtp import MailServer
from engine.connectors.trial import Trial
from engine.errors import Conflict, Forbidden, NotFound
from engine.store import tables as t
from engine.trials import try_connector, try_mail_server
from tests.connectors.conftest import Other
from tests.mails import MailBox, mail_server
from tests.support import World

SECRET = "s3cret-value-42"


def connect(world: World, other: Other, **config: Any) -> None:
    world.run(SaveSecret("erp-token", SECRET), by="ada")
    auth = {"kind": "bearer", "secret": "erp-token"}
    whole = {"url": f"{other.url}/api", "allow": [other.place], "auth": auth, **config}
    world.run(SaveConnector("erp", "http", whole), by="ada")


def tried(world: World, path: str = "", key: str = "erp") -> Trial:
    return try_connector(world.services, world.actor("ada"), key, path)


def test_a_trial_asks_once_with_headers_and_secret_and_tells_status_and_time(world: World, other: Other) -> None:
    connect(world, other, headers={"X-Client": "facet"})

    found = tried(world, "/orders")

    [(method, path, headers)] = other.seen
    assert (method, path) == ("GET", "/api/orders")
    assert (headers["Authorization"], headers["X-Client"]) == (f"Bearer {SECRET}", "facet")
    assert (found.outcome, found.status) == ("works", 200)
    assert found.milliseconds >= 0
    assert found.size is not None and found.size > 50
    assert SECRET not in repr(found)
    assert "all is well" not in repr(found)


@pytest.mark.parametrize(
    ("status", "outcome", "words", "words_zh"),
    [
        (204, "works", "It works", "连接正常"),
        (401, "answered", "does not accept the secret", "不接受该密钥"),
        (404, "answered", "has nothing to read at this path", "该路径没有可读取的内容"),
        (302, "answered", "Redirects are not followed", "不跟随重定向"),
        (503, "answered", "cannot answer now", "暂时无法应答"),
        (418, "answered", "answered 418", "应答 418"),
    ],
)
def test_a_sentence_says_what_the_answer_means(
    world: World, other: Other, status: int, outcome: str, words: str, words_zh: str
) -> None:
    connect(world, other)

    found = tried(world, f"/{status}")

    assert (found.outcome, found.status) == (outcome, status)
    assert words in found.message
    assert words_zh in found.message_zh


def test_without_a_secret_the_sentence_asks_for_one(world: World, other: Other) -> None:
    connect(world, other, auth=None)
    assert "Give the connector a secret" in tried(world, "/401").message


def test_what_lies_inside_is_not_called(world: World, other: Other) -> None:
    world.run(SaveConnector("erp", "http", {"url": "http://127.0.0.1/"}), by="ada")

    found = tried(world)

    assert (found.outcome, found.status) == ("refused", None)
    assert "inside the network" in found.message
    assert other.seen == []


@pytest.mark.parametrize("path", ["/../admin", "//evil.example/", "/x?y=1", "no-slash"])
def test_a_trial_stays_below_the_address(world: World, other: Other, path: str) -> None:
    connect(world, other)

    assert tried(world, path).outcome == "refused"
    assert other.seen == []


def test_nobody_there_and_a_secret_that_is_missing_are_said(world: World, other: Other) -> None:
    world.run(SaveConnector("gone", "http", {"url": "http://127.0.0.1:9/", "allow": ["127.0.0.1:9"]}), by="ada")
    auth = {"kind": "bearer", "secret": "never-set"}
    world.run(SaveConnector("bare", "http", {"url": other.url, "allow": [other.place], "auth": auth}), by="ada")

    assert tried(world, key="gone").outcome == "not-reached"
    assert "never-set" in tried(world, key="bare").message
    assert other.seen == []


def test_a_connector_that_is_off_can_be_tried(world: World, other: Other) -> None:
    connect(world, other)
    world.run(DisableConnector("erp"), by="ada")
    assert tried(world).outcome == "works"


def test_the_audit_says_who_tried_and_what_came_of_it(world: World, other: Other) -> None:
    connect(world, other)
    tried(world, "/401")

    with world.services.database.read() as connection:
        row = connection.execute(select(t.audit).where(t.audit.c.command == "TryConnector")).one()
    assert (row.actor, row.subject) == ("ada", "erp")
    assert (row.detail["outcome"], row.detail["status"]) == ("answered", 401)


def test_only_administrators_try(world: World, other: Other) -> None:
    connect(world, other)
    for name in ("max", "olga", "lin"):
        with pytest.raises(Forbidden):
            try_connector(world.services, world.actor(name), "erp")
        with pytest.raises(Forbidden):
            try_mail_server(world.services, world.actor(name))
    with pytest.raises(NotFound):
        tried(world, key="other")
    assert other.seen == []


def test_a_mail_server_is_signed_in_at_and_gets_no_mail(world: World) -> None:
    with pytest.raises(Conflict):
        try_mail_server(world.services, world.actor("ada"))
    with mail_server(MailBox(password=SECRET)) as box:
        world.services.mail_server = MailServer("127.0.0.1", box.port, "f@example.com", "office", SECRET, "none")
        good = try_mail_server(world.services, world.actor("ada"))
        world.services.mail_server = MailServer("127.0.0.1", box.port, "f@example.com", "office", "wrong", "none")
        bad = try_mail_server(world.services, world.actor("ada"))

    assert (good.outcome, bad.outcome) == ("works", "not-reached")
    assert "does not accept the user name or password" in bad.message
    assert box.mails == []


def test_a_mail_connector_inside_needs_an_administrators_word(world: World) -> None:
    with mail_server(MailBox()) as box:
        config = {"host": "127.0.0.1", "port": box.port, "sender": "f@example.com", "security": "none"}
        world.run(SaveConnector("office", "mail", config), by="ada")
        refused = tried(world, key="office")
        world.run(SaveConnector("office", "mail", {**config, "allow": [f"127.0.0.1:{box.port}"]}), by="ada")
        works = tried(world, key="office")

    assert (refused.outcome, works.outcome) == ("refused", "works")
