"""Connectors, secrets, operations and mails over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from engine.commands.deployments import DeployDefinitions
from engine.connectors import outside
from engine.connectors.smtp import MailServer
from engine.store import tables as t
from tests.diagrams import diagram
from tests.mails import keep_mail
from tests.support import World

V1 = "/api/v1"
ERP = {
    "kind": "http",
    "name": "ERP",
    "config": {
        "url": "https://erp.example.com/api",
        "headers": {"X-Client": "facet"},
        "auth": {"kind": "bearer", "secret": "erp-token"},
        "allow": ["erp.lan:9000"],
        "methods": ["GET", "POST"],
        "timeout": 5,
    },
}
MAIL = {
    "kind": "mail",
    "config": {
        "host": "smtp.example.com",
        "sender": "office@example.com",
        "auth": {"user": "office", "secret": "smtp-password"},
    },
}


def audit(world: World, command: str) -> list[Any]:
    with world.services.database.read() as connection:
        return list(connection.execute(select(t.audit).where(t.audit.c.command == command).order_by(t.audit.c.id)))


def put(world: World, key: str = "erp", body: Any = ERP, by: str = "ada") -> Any:
    return world.client(by).put(f"{V1}/connectors/{key}", json=body)


def test_a_connector_is_created_read_changed_and_deleted(world: World) -> None:
    ada = world.client("ada")
    assert put(world).status_code == 204

    found = ada.get(f"{V1}/connectors/erp").json()
    assert (found["name"], found["config"], found["disabled"]) == ("ERP", ERP["config"], False)
    assert (found["missing"], found["changed_by"]) == ("erp-token", "ada")

    assert put(world, body={"kind": "http", "config": {"url": "https://new.example.com/"}}).status_code == 204
    [item] = ada.get(f"{V1}/connectors").json()
    assert (item["name"], item["config"], item["missing"]) == ("erp", {"url": "https://new.example.com/"}, None)

    assert ada.delete(f"{V1}/connectors/erp").status_code == 204
    assert ada.get(f"{V1}/connectors/erp").status_code == 404
    assert ada.delete(f"{V1}/connectors/erp").status_code == 404


def test_a_mail_connector_has_a_server(world: World) -> None:
    assert put(world, "office", MAIL).status_code == 204
    config = world.client("ada").get(f"{V1}/connectors/office").json()["config"]
    assert config == {
        **MAIL["config"],
        "port": 587,
        "security": "starttls",
        "auth": {**MAIL["config"]["auth"], "kind": "basic"},
    }  # type: ignore[dict-item,call-overload]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"kind": "http", "config": {"url": "ftp://erp.example.com"}}, "begins with http"),
        ({"kind": "http", "config": {"url": "https://erp.example.com:22/"}}, "Port 22"),
        ({"kind": "http", "config": {"url": "https://erp.example.com/?a=1"}}, "without ?"),
        ({"kind": "http", "config": {"url": "https://e.example.com", "headers": {"X-Api-Key": "k"}}}, "belongs into a secret"),
        ({"kind": "http", "config": {"url": "https://e.example.com", "headers": {"Host": "x"}}}, "transport"),
        ({"kind": "http", "config": {"url": "https://e.example.com", "headers": {"X-A": "a\r\nX-B: b"}}}, "one line"),
        ({"kind": "http", "config": {"url": "https://e.example.com", "allow": ["*"]}}, "list of hosts"),
        ({"kind": "http", "config": {"url": "https://e.example.com", "allow": ["a.lan:99999"]}}, "list of hosts"),
        ({"kind": "http", "config": {"url": "https://e.example.com", "auth": {"kind": "header", "secret": "s"}}}, "names the header"),
        ({"kind": "http", "config": {"url": "https://e.example.com", "auth": {"kind": "query", "secret": "s"}}}, "names the parameter"),
        ({"kind": "mail", "config": {"host": "smtp.example.com", "sender": "nobody"}}, "a host and a sender"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_a_sentence(world: World, body: Any, words: str) -> None:
    answer = put(world, body=body)

    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert (
        put(world, body=body).json()["detail"]
        != world.client("ada")
        .put(f"{V1}/connectors/erp", json=body, headers={"Accept-Language": "zh"})
        .json()["detail"]
    )


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "ftp", "config": {}},
        {"kind": "http", "config": {}},
        {"kind": "http", "config": {"url": "https://e.example.com", "password": "x"}},
        {"kind": "http", "config": {"url": "https://e.example.com", "methods": ["TRACE"]}},
        {"kind": "http", "config": {"url": "https://e.example.com", "timeout": 500}},
        {"kind": "mail", "config": {"host": "smtp.example.com", "sender": "a@b.example", "port": 0}},
        {"kind": "http", "config": {"url": "https://e.example.com", "auth": {"kind": "bearer", "secret": "a secret!"}}},
    ],
)
def test_what_is_no_connector_is_refused(world: World, body: Any) -> None:
    assert put(world, body=body).status_code == 422
    assert world.client("ada").get(f"{V1}/connectors").json() == []


def test_a_connector_is_switched_off_and_on(world: World) -> None:
    put(world)
    ada = world.client("ada")
    assert ada.post(f"{V1}/connectors/erp/disable").status_code == 204
    assert ada.get(f"{V1}/connectors/erp").json()["disabled"] is True
    put(world)
    assert ada.get(f"{V1}/connectors/erp").json()["disabled"] is True
    assert ada.post(f"{V1}/connectors/erp/enable").status_code == 204
    assert ada.get(f"{V1}/connectors/erp").json()["disabled"] is False
    assert ada.post(f"{V1}/connectors/other/enable").status_code == 404


def test_every_change_is_audited_with_before_and_after(world: World) -> None:
    put(world)
    put(world, body={**ERP, "config": {**ERP["config"], "timeout": 9}})  # type: ignore[dict-item]
    ada = world.client("ada")
    ada.post(f"{V1}/connectors/erp/disable")
    ada.delete(f"{V1}/connectors/erp")

    made, changed = audit(world, "SaveConnector")
    assert (made.actor, made.subject, made.detail["before"]) == ("ada", "erp", None)
    assert made.detail["after"]["url"] == "https://erp.example.com/api"
    assert (changed.detail["before"], changed.detail["after"]) == ({"timeout": 5}, {"timeout": 9})
    [off] = audit(world, "DisableConnector")
    assert (off.detail["before"], off.detail["after"]) == ({"disabled": False}, {"disabled": True})
    [gone] = audit(world, "DeleteConnector")
    assert gone.detail["before"]["allow"] == ["erp.lan:9000"]
    assert gone.detail["after"] is None


def test_secrets_are_set_replaced_and_deleted_and_never_read(world: World) -> None:
    ada = world.client("ada")
    for value in ("first value", "second value"):
        assert ada.put(f"{V1}/secrets/erp-token", json={"value": value}).status_code == 204
    put(world)

    [item] = ada.get(f"{V1}/secrets").json()
    assert (item["name"], item["used_by"], item["changed_by"]) == ("erp-token", ["erp"], "ada")
    assert set(item) == {"name", "used_by", "changed_at", "changed_by"}
    assert ada.get(f"{V1}/connectors/erp").json()["missing"] is None
    assert ada.delete(f"{V1}/secrets/erp-token").status_code == 409
    ada.delete(f"{V1}/connectors/erp")
    assert ada.delete(f"{V1}/secrets/erp-token").status_code == 204
    assert ada.delete(f"{V1}/secrets/erp-token").status_code == 404
    made, replaced = (row.detail for row in audit(world, "SaveSecret"))
    assert (made["before"], made["after"]) == (None, {"secret": "set"})
    assert (replaced["before"], replaced["after"]) == ({"secret": "set"}, {"secret": "new"})


@pytest.mark.parametrize("value", ["", " a", "a ", "a\nb", "a\0b", 5, None, ["a"], "x" * 10_001])
def test_a_secret_is_one_line_and_what_is_none_is_not_repeated(world: World, value: Any) -> None:
    answer = world.client("ada").put(f"{V1}/secrets/erp-token", json={"value": value})

    assert answer.status_code == 422
    assert "xxxxxxxx" not in answer.text
    assert world.client("ada").get(f"{V1}/secrets").json() == []


def test_who_draws_diagrams_sees_names_and_parameters_but_no_addresses(world: World) -> None:
    put(world)
    put(world, "office", MAIL)
    answer = world.client("olga").get(f"{V1}/operations")

    found = answer.json()
    assert found["connectors"] == [
        {"key": "erp", "kind": "http", "name": "ERP", "methods": ["GET", "POST"], "disabled": False},
        {"key": "office", "kind": "mail", "name": "office", "methods": [], "disabled": False},
    ]
    operations = {one["name"]: one for one in found["operations"]}
    assert {"http.get", "http.post", "mail.send", "records.number"} <= set(operations)
    assert [one["name"] for one in operations["mail.send"]["parameters"] if one["required"]] == [
        "to",
        "subject",
        "text",
    ]
    for hidden in ("example.com", "erp-token", "erp.lan", "X-Client"):
        assert hidden not in answer.text


def test_a_token_for_other_things_does_not_reach_connectors(world: World) -> None:
    put(world)
    assert world.by_token("ada", "users").get(f"{V1}/connectors").status_code == 403
    assert world.by_token("ada", "users").put(f"{V1}/secrets/a", json={"value": "b"}).status_code == 403
    assert world.by_token("ada", "connectors").get(f"{V1}/connectors").status_code == 200
    assert world.by_token("max", "connectors").get(f"{V1}/connectors").status_code == 403


def test_who_names_a_connector_is_known(world: World) -> None:
    put(world)
    call = (
        '<serviceTask id="t" name="Fetch the order" facet:operation="http.get"><extensionElements>'
        '<facet:parameter name="connector" value="erp"/></extensionElements></serviceTask>'
    )
    world.services.operations = outside(world.services.keys)
    world.run(DeployDefinitions({"p.bpmn": diagram(call, "s>t>e", key="orders")}))

    found = world.client("ada").get(f"{V1}/connectors/erp/uses").json()

    assert [(one["key"], one["elements"]) for one in found] == [("orders", ["Fetch the order"])]
    assert world.client("ada").get(f"{V1}/connectors/other/uses").status_code == 404


def test_deploying_says_which_connectors_there_are(world: World) -> None:
    put(world)
    world.services.operations = outside(world.services.keys)
    call = (
        '<serviceTask id="t" facet:operation="http.get"><extensionElements>'
        '<facet:parameter name="connector" value="erq"/></extensionElements></serviceTask>'
    )
    file = {"files": ("p.bpmn", diagram(call, "s>t>e"), "text/xml")}
    answer = world.client("olga").post(f"{V1}/deployments/validate", files=file)

    [said] = [one["message"] for one in answer.json()["problems"] if one["rule"] == "unknown-connector"]
    assert "There is: erp." in said


def test_mails_are_listed_read_and_sent(world: World) -> None:
    ada = world.client("ada")
    first = keep_mail(world)
    failed = keep_mail(world, "failed", error="No.", error_zh="否。")

    assert [one["id"] for one in ada.get(f"{V1}/mails").json()["items"]] == [failed, first]
    [item] = ada.get(f"{V1}/mails?status=failed").json()["items"]
    assert (item["id"], item["error"], item["error_zh"]) == (failed, "No.", "否。")
    assert "text" not in item
    assert ada.get(f"{V1}/mails/{first}").json()["text"] == "**Dear** Ms Wang"
    page = ada.get(f"{V1}/mails?limit=1").json()
    assert [one["id"] for one in ada.get(f"{V1}/mails?limit=1&cursor={page['next']}").json()["items"]] == [first]

    assert ada.post(f"{V1}/mails/{first}/send").status_code == 409
    world.services.mail_server = MailServer("127.0.0.1", 9, security="none")
    assert ada.post(f"{V1}/mails/{first}/send").status_code == 204
    assert ada.get(f"{V1}/mails/{first}").json()["mail"]["status"] == "due"


def test_the_mail_server_is_shown_without_its_password(world: World) -> None:
    ada = world.client("ada")
    assert set(ada.get(f"{V1}/mail-server").json().values()) == {None}
    world.services.mail_server = MailServer("smtp.example.com", 465, "f@example.com", "office", "a password", "tls")

    answer = ada.get(f"{V1}/mail-server")

    assert answer.json() == {
        "host": "smtp.example.com", "port": 465, "sender": "f@example.com", "user": "office", "security": "tls",
    }  # fmt: skip
    assert "a password" not in answer.text
