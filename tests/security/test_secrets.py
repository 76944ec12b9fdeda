"""Promise 8 of docs/security.md: a secret is written and never seen again, wherever one looks."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from engine import trials
from engine.commands.connectors import SaveConnector, SaveSecret
from engine.commands.deployments import DeployDefinitions
from engine.connectors import outside
from engine.connectors.http import _cut, proofs
from engine.connectors.registry import Connector
from engine.store import tables as t
from tests.connectors.conftest import Other, other
from tests.diagrams import diagram
from tests.support import World

__all__ = ["other"]

SECRET = "s3cret/value+42=x"
FORMS = (SECRET, "s3cret%2Fvalue%2B42%3Dx", base64.b64encode(f"office:{SECRET}".encode()).decode())
AUTHS: dict[str, dict[str, str]] = {
    "bearer": {"kind": "bearer"},
    "basic": {"kind": "basic", "user": "office"},
    "header": {"kind": "header", "header": "X-Api-Key"},
    "query": {"kind": "query", "parameter": "access_token"},
}
CALL = (
    '<serviceTask id="t" facet:operation="http.get" facet:resultVariable="answer" facet:retries="1"><extensionElements>'
    '<facet:parameter name="connector" value="erp"/><facet:parameter name="path" value="/orders/{status}"/>'
    "</extensionElements></serviceTask>"
)


def connect(world: World, other: Other, auth: str) -> None:
    world.services.operations = outside(world.services.keys)
    world.run(SaveSecret("erp-token", SECRET), by="ada")
    config = {"url": other.url, "allow": [other.place], "auth": {**AUTHS[auth], "secret": "erp-token"}}
    world.run(SaveConnector("erp", "http", config), by="ada")


def called(world: World, status: int) -> str:
    world.run(DeployDefinitions({"p.bpmn": diagram(CALL.format(status=status), "s>t>e")}))
    return world.start("p")


def everything(world: World) -> str:
    """Every row of every table."""
    with world.services.database.read() as connection:
        return "\n".join(str(row) for table in t.metadata.sorted_tables for row in connection.execute(select(table)))


def assert_hidden(text: str) -> None:
    assert [form for form in FORMS if form in text] == []


@pytest.mark.parametrize("status", [200, 404, 503])
@pytest.mark.parametrize("auth", AUTHS)
def test_a_system_that_repeats_the_secret_does_not_bring_it_into_variables(
    world: World, other: Other, auth: str, status: int
) -> None:
    connect(world, other, auth)
    instance = called(world, status)

    [(_, path, headers)] = other.seen
    assert any(form in path + json.dumps(headers) for form in FORMS)
    assert_hidden(everything(world))
    if status == 200:
        with world.services.database.read() as connection:
            row = connection.execute(select(t.instance.c.variables).where(t.instance.c.id == instance)).scalar_one()
        assert row["answer"]["body"]["note"] == "all is well"
        assert "•••" in json.dumps(row["answer"]["body"], ensure_ascii=False)


@pytest.mark.parametrize("secret", ["s3cret-value", "123456"])
def test_a_secret_is_cut_from_names_lists_and_numbers_too(secret: str) -> None:
    """What the other side may think of: in the end no part of the answer holds it."""
    said = {secret: [{"deep": f"x{secret}y"}, secret], "n": Decimal("123456"), "m": 123456, "ok": True, "none": None}

    found = _cut(said, (secret,))

    assert secret not in repr(found)
    assert (found["ok"], found["none"]) == (True, None)
    assert found["•••"] == [{"deep": "x•••y"}, "•••"]


def test_short_secrets_leave_answers_as_they_are() -> None:
    connector = Connector("erp", "http", {"auth": {"kind": "bearer", "secret": "s"}}, {"s": "abc"})
    assert proofs(connector) == ()
    assert _cut({"abc": "abc"}, proofs(connector)) == {"abc": "abc"}


PAGES = ("/admin/connectors", "/admin/connectors/erp", "/admin/secrets", "/admin/secrets?name=erp-token", "/operations")
ANSWERS = ("connectors", "connectors/erp", "connectors/erp/uses", "secrets", "operations", "audit", "incidents", "jobs")


@pytest.mark.parametrize("auth", AUTHS)
def test_no_page_and_no_answer_shows_it(world: World, other: Other, auth: str, capfd: Any) -> None:
    connect(world, other, auth)
    called(world, 404)
    ada = world.client("ada")

    for path in PAGES:
        answer = ada.get(path)
        assert answer.status_code == 200, path
        assert_hidden(answer.text)
    for path in ANSWERS:
        answer = ada.get(f"/api/v1/{path}")
        assert answer.status_code == 200, path
        assert_hidden(answer.text)
    for status in (200, 401, 503):
        tried = ada.post("/api/v1/connectors/erp/test", json={"path": f"/{status}"})
        assert tried.json()["status"] == status
        assert_hidden(tried.text)
        assert_hidden(ada.post("/admin/connectors/erp/test", data={"path": f"/{status}"}).text)
    assert_hidden("".join(capfd.readouterr()))
    assert_hidden(everything(world))


def test_what_was_typed_wrongly_is_not_repeated(world: World, capfd: Any) -> None:
    ada = world.client("ada")
    wrong = f"{SECRET}\nsecond line"

    for answer in (
        ada.put("/api/v1/secrets/erp-token", json={"value": wrong}),
        ada.put("/api/v1/secrets/erp-token", json={"value": SECRET, "more": 1}),
        ada.put("/api/v1/secrets/erp-token", json={"value": [SECRET]}),
        ada.put("/api/v1/secrets/erp%20token", json={"value": SECRET}),
        ada.post("/admin/secrets", data={"name": "erp token", "value": SECRET}),
        ada.post("/admin/secrets", data={"name": "erp-token", "value": wrong}),
        ada.post("/admin/secrets", data={"name": "erp-token", "value": f" {SECRET}"}),
    ):
        assert answer.status_code in (404, 422)
        assert_hidden(answer.text)
    assert_hidden("".join(capfd.readouterr()))
    assert_hidden(everything(world))


def test_a_secret_that_cannot_be_read_any_more_says_so(world: World, other: Other) -> None:
    connect(world, other, "bearer")
    with world.services.database.write() as connection:
        connection.execute(t.secret.update().values(ciphertext="gAAAAA"))

    answer = world.client("ada").post("/api/v1/connectors/erp/test", json={})

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert "FACET_SECRET has changed" in answer.json()["detail"]


def test_a_connector_that_is_off_stops_the_call(world: World, other: Other) -> None:
    connect(world, other, "bearer")
    world.client("ada").post("/api/v1/connectors/erp/disable")
    called(world, 200)

    with world.services.database.read() as connection:
        message = connection.execute(select(t.incident.c.message)).scalar_one()
    assert message == "An administrator has switched the connector “erp” off."
    assert other.seen == []


def test_a_trial_needs_an_administrator_on_every_way(world: World, other: Other) -> None:
    connect(world, other, "bearer")
    for name in ("lin", "max", "olga", "erp"):
        assert world.client(name).post("/api/v1/connectors/erp/test", json={}).status_code == 403
        assert world.client(name).post("/admin/connectors/erp/test").status_code == 403
    assert other.seen == []
    assert trials.try_connector(world.services, world.actor("ada"), "erp").outcome == "works"
