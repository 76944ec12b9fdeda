"""Connectors, secrets and mails as administrators use them; what process owners see."""

from __future__ import annotations

import pytest

from engine.connectors.smtp import MailServer
from engine.queries.connectors import ConnectorItem, get_connector, list_secrets
from tests.connectors.conftest import Other, other
from tests.mails import keep_mail
from tests.pages.reading import Seen, see
from tests.support import World

__all__ = ["other"]

HTTP = {"kind": "http", "key": "erp", "name": "ERP", "url": "https://erp.example.com/api", "auth": ""}


def post(world: World, path: str, /, **data: object) -> Seen:
    return Seen(world.client("ada").post(path, data=data, headers={"Accept": "text/html"}, follow_redirects=False))


def connector(world: World, key: str = "erp") -> ConnectorItem:
    with world.services.database.read() as connection:
        return get_connector(connection, world.actor("ada"), key)


def test_a_connector_is_made_with_a_form(world: World):
    sent = post(
        world, "/admin/connectors/new", **HTTP | {"auth": "header", "secret": "erp-key", "user": "X-Api-Key"},
        headers="X-Client: facet\nX-Other: a: b", allow="erp.lan:9000, other.lan", methods=["GET", "POST"], timeout="7",
    )  # fmt: skip

    assert (sent.status, sent.location) == (303, "/admin/connectors/erp")
    assert connector(world).config == {
        "url": "https://erp.example.com/api",
        "headers": {"X-Client": "facet", "X-Other": "a: b"},
        "auth": {"kind": "header", "secret": "erp-key", "header": "X-Api-Key"},
        "allow": ["erp.lan:9000", "other.lan"],
        "methods": ["GET", "POST"],
        "timeout": 7,
    }


@pytest.mark.parametrize("kind", ["http", "mail"])
def test_what_a_form_shows_saves_the_same_again(world: World, kind: str):
    more = {
        "http": {},
        "mail": {"host": "smtp.example.com", "sender": "o@example.com", "port": "465", "security": "tls"},
    }
    post(world, "/admin/connectors/new", **HTTP | {"kind": kind, "auth": "basic", "user": "office", **more[kind]})
    before = connector(world)
    form = see(world.client("ada"), "/admin/connectors/erp").tree.xpath("//form[@action='/admin/connectors/erp']")[0]

    sent = post(world, "/admin/connectors/erp", **dict(form.form_values()))

    assert sent.status == 303
    assert connector(world).config == before.config


def test_a_form_that_cannot_be_saved_comes_back_with_its_sentence(world: World):
    sent = post(world, "/admin/connectors/new", **HTTP | {"url": "https://erp.example.com:22/", "name": "My ERP"})

    assert sent.status == 422
    assert "Port 22" in sent.text
    assert sent.tree.xpath("//input[@id='name']/@value") == ["My ERP"]
    for wrong in ({"headers": "no colon"}, {"timeout": "soon"}, {"timeout": "９"}):
        assert post(world, "/admin/connectors/new", **HTTP | wrong).status == 422


def test_a_second_connector_of_the_same_key_changes_nothing(world: World):
    post(world, "/admin/connectors/new", **HTTP)
    assert post(world, "/admin/connectors/new", **HTTP | {"url": "https://evil.example/"}).status == 409
    assert connector(world).config["url"] == "https://erp.example.com/api"


def test_a_secret_is_set_at_its_connector_and_not_shown(world: World):
    post(world, "/admin/connectors/new", **HTTP | {"auth": "bearer"})
    assert "is not there yet" in see(world.client("ada"), "/admin/connectors/erp").text
    sent = post(world, "/admin/connectors/erp/secret", value="s3cret-value")

    assert sent.status == 303
    page = see(world.client("ada"), "/admin/connectors/erp")
    assert "is not there yet" not in page.text
    assert "s3cret-value" not in page.response.text
    with world.services.database.read() as connection:
        assert [item.name for item in list_secrets(connection, world.actor("ada"))] == ["erp"]
    assert post(world, "/admin/connectors/erp/secret", value="two\nlines").status == 422


def test_a_trial_says_what_happened_in_the_readers_language(world: World, other: Other):
    post(world, "/admin/connectors/new", **HTTP | {"url": other.url, "allow": other.place})

    page = post(world, "/admin/connectors/erp/test", path="/404")
    headers = {"HX-Request": "true", "Accept-Language": "zh"}
    part = world.client("ada").post("/admin/connectors/erp/test", data={"path": "/200"}, headers=headers)

    assert "has nothing to read at this path (404)" in page.text
    assert "连接正常" in part.text
    assert "<html" not in part.text
    assert len(other.seen) == 2


def test_switching_off_on_and_deleting(world: World):
    post(world, "/admin/connectors/new", **HTTP)
    post(world, "/admin/connectors/erp/disable")
    assert connector(world).disabled
    assert "Off" in see(world.client("ada"), "/admin/connectors").text
    post(world, "/admin/connectors/erp/enable")
    assert not connector(world).disabled
    page = see(world.client("ada"), "/admin/connectors/erp")
    assert page.tree.xpath("//form[@action='/admin/connectors/erp/delete']/@data-confirm") == ["Delete ERP?"]
    assert post(world, "/admin/connectors/erp/delete").location == "/admin/connectors"
    assert see(world.client("ada"), "/admin/connectors/erp").status == 404


def test_a_secret_in_use_is_not_deleted(world: World):
    post(world, "/admin/connectors/new", **HTTP | {"auth": "bearer"})
    post(world, "/admin/secrets", name="erp", value="something")
    post(world, "/admin/secrets", name="spare", value="something")

    page = see(world.client("ada"), "/admin/secrets")
    deletable = page.tree.xpath("//form[contains(@action, '/delete')]/@action")

    assert deletable == ["/admin/secrets/spare/delete"]
    assert post(world, "/admin/secrets/erp/delete").status == 409
    assert post(world, "/admin/secrets/spare/delete").status == 303


def test_mails_say_what_became_of_them_and_can_be_sent(world: World):
    kept = keep_mail(world, subject="Kept one")
    keep_mail(world, "failed", "Failed one", error="Nobody took it.", error_zh="无人接收。")
    page = see(world.client("ada"), "/admin/mails")
    assert "Nobody took it." in page.text
    assert page.tree.xpath("//form[contains(@action, '/send')]") == []
    assert post(world, f"/admin/mails/{kept}/send").status == 409
    assert post(world, "/admin/mails/test").status == 409

    world.services.mail_server = MailServer("127.0.0.1", 9, security="none")
    assert len(see(world.client("ada"), "/admin/mails").tree.xpath("//form[contains(@action, '/send')]")) == 2
    assert "Failed one" not in see(world.client("ada"), "/admin/mails?state=kept").text
    assert post(world, f"/admin/mails/{kept}/send").location == f"/admin/mails/{kept}"
    assert "On its way" in see(world.client("ada"), f"/admin/mails/{kept}").text
    assert "did not answer" in post(world, "/admin/mails/test").text


def test_a_mails_text_is_text(world: World):
    id = keep_mail(world, subject="<b>x</b>", text="<script>alert(1)</script>")
    page = see(world.client("ada"), f"/admin/mails/{id}")
    assert page.tree.xpath("//main//script | //main//b") == []
    assert "<script>alert(1)</script>" in page.text


def test_process_owners_see_what_they_may_call(world: World):
    post(world, "/admin/connectors/new", **HTTP)
    page = see(world.client("olga"), "/operations")

    assert page.status == 200
    assert {"erp", "ERP", "http.get", "to"} <= set(page.texts("//main//td//span | //main//td"))
    assert "erp.example.com" not in page.response.text
    assert see(world.client("olga"), "/definitions").tree.xpath("//a[@href='/operations']")
    assert see(world.client("olga"), "/admin/connectors").status == 403
