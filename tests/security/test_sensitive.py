"""Sensitive variables stay behind “•••” wherever they could be read, and looking at one leaves a trace."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import insert, select

from engine import bus
from engine.actor import SYSTEM
from engine.commands.deployments import DeployDefinitions
from engine.commands.grants import GrantPermission
from engine.commands.jobs import FailJob, LeaseJobs
from engine.privacy import MASK, masked, scrub, values_of
from engine.record import job_row
from engine.store import tables as t
from tests.support import APPROVE, LEVEL, World, files

V1 = "/api/v1"
IBAN = "DE89370400440532013000"

_DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:facet="urn:facet:bpmn:1"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="urn:test">
  <process id="pay" name="Pay" isExecutable="true" facet:sensitiveVariables="iban, amount, level">
    <startEvent id="s"><outgoing>f1</outgoing></startEvent>
    <businessRuleTask id="rate" name="Rate" facet:decision="level" facet:resultVariable="level">
      <incoming>f1</incoming><outgoing>f2</outgoing></businessRuleTask>
    <serviceTask id="book" name="Book" facet:topic="bank.book"><incoming>f2</incoming><outgoing>f3</outgoing></serviceTask>
    <exclusiveGateway id="odd"><incoming>f3</incoming><outgoing>f4</outgoing></exclusiveGateway>
    <endEvent id="e"><incoming>f4</incoming></endEvent>
    <sequenceFlow id="f1" sourceRef="s" targetRef="rate"/>
    <sequenceFlow id="f2" sourceRef="rate" targetRef="book"/>
    <sequenceFlow id="f3" sourceRef="book" targetRef="odd"/>
    <sequenceFlow id="f4" sourceRef="odd" targetRef="e">
      <conditionExpression xsi:type="tFormalExpression">false</conditionExpression></sequenceFlow>
  </process>
</definitions>"""


@pytest.fixture
def paying(world: World) -> str:
    """An instance that waits at an external task, with two sensitive variables and a decision asked."""
    world.run(DeployDefinitions({"pay.bpmn": _DIAGRAM.encode(), "level.dmn": LEVEL.encode()}))
    return world.start("pay", {"iban": IBAN, "amount": 123456, "note": "hello"})


def read(world: World, username: str, path: str) -> Any:
    answer = world.client(username).get(path)
    assert answer.status_code == 200, (path, answer.text)
    return answer


@pytest.mark.parametrize("username", ["max", "olga", "ada"])
def test_no_way_of_reading_shows_it(world: World, paying: str, username: str) -> None:
    for path in (
        f"{V1}/process-instances",
        f"{V1}/process-instances/{paying}",
        f"{V1}/process-instances/{paying}/history",
        f"{V1}/process-instances/{paying}/audit",
        f"{V1}/process-instances/{paying}/activities",
        f"{V1}/process-instances/{paying}/incidents",
        f"{V1}/decision-evaluations?instance_id={paying}",
        f"{V1}/external-tasks",
        f"{V1}/jobs",
        f"/instances/{paying}",
        f"/instances/{paying}?lang=zh",
        "/instances",
        "/incidents",
    ):
        text = read(world, username, path).text
        assert IBAN not in text and "123456" not in text, path
    shown = read(world, username, f"{V1}/process-instances/{paying}").json()
    assert shown["variables"]["iban"] == shown["variables"]["amount"] == MASK
    assert shown["variables"]["note"] == "hello"
    assert shown["masked"] == ["amount", "iban", "level"]


def test_what_a_decision_was_asked_is_masked_as_its_result_is(world: World, paying: str) -> None:
    (asked,) = read(world, "max", f"{V1}/decision-evaluations?instance_id={paying}").json()["items"]
    assert asked["inputs"]["amount"] == MASK
    assert asked["output"] == MASK


def test_messages_of_failures_quote_no_sensitive_value(world: World, paying: str) -> None:
    machine = world.client("erp")
    (job,) = machine.post(
        f"{V1}/external-tasks/fetch-and-lock", json={"worker_id": "w", "topics": ["bank.book"]}
    ).json()
    assert (
        job["data"]["iban"] == IBAN or IBAN in str(job["data"]) or job["data"] == {}
    )  # whoever does the work needs it
    said = {"worker_id": "w", "message": f"no account {IBAN} for 123456", "retries": 0}
    assert machine.post(f"{V1}/external-tasks/{job['id']}/failure", json=said).status_code == 204
    text = read(world, "max", f"{V1}/process-instances/{paying}/incidents").text
    assert IBAN not in text and "123456" not in text and MASK in text
    assert IBAN not in read(world, "max", "/incidents").text
    assert IBAN not in read(world, "max", f"{V1}/external-tasks").text
    assert IBAN not in read(world, "ada", f"{V1}/audit").text


def test_a_failing_job_quotes_no_sensitive_value(world: World, paying: str) -> None:
    row = job_row("timer", world.clock.now(), instance_id=paying, token=1, retries=3)
    with world.services.database.write() as connection:
        connection.execute(insert(t.job), row)
    (job,) = bus.run(world.services, LeaseJobs("w", 1, 60), SYSTEM)
    bus.run(world.services, FailJob(job, "x", f"cannot pay to {IBAN}"), SYSTEM)
    with world.services.database.read() as connection:
        error = connection.execute(select(t.job.c.error).where(t.job.c.id == job.id)).scalar_one()
    assert error == f"cannot pay to {MASK}"


def test_a_search_by_value_finds_no_sensitive_one(world: World, paying: str) -> None:
    for username in ("max", "olga"):
        client = world.client(username)
        asked = {"variables": f'{{"iban": "{IBAN}"}}'}
        assert client.get(f"{V1}/process-instances", params=asked).json()["items"] == []
        asked = {"variables": '{"note": "hello"}'}
        assert len(client.get(f"{V1}/process-instances", params=asked).json()["items"]) == 1


def test_only_who_was_granted_it_reveals_and_the_audit_knows(world: World, paying: str) -> None:
    path = f"{V1}/process-instances/{paying}/variables/iban/reveal"
    max_ = world.client("max")
    assert max_.post(path).status_code == 403
    world.run(GrantPermission("user", "max", "PROCESS", "pay", "READ_SENSITIVE"), by="ada")
    assert max_.post(path).json() == {"variables": {"iban": IBAN}}
    assert max_.get(f"{V1}/process-instances/{paying}").json()["variables"]["iban"] == MASK
    assert max_.post(path.replace("iban", "nothing")).status_code == 404
    found = max_.get(f"{V1}/process-instances/{paying}/audit").json()["items"]
    (entry,) = [one for one in found if one["command"] == "RevealVariables"]
    assert entry["actor"] == "max" and entry["detail"] == {"before": None, "after": None, "variables": ["iban"]}
    other = world.purchase()
    assert max_.post(f"{V1}/process-instances/{other}/variables/iban/reveal").status_code == 403


def test_the_page_reveals_one_value_and_only_then(world: World, paying: str) -> None:
    ada, max_ = world.client("ada"), world.client("max")
    assert "/reveal" in ada.get(f"/instances/{paying}").text
    assert "/reveal" not in max_.get(f"/instances/{paying}").text
    sent = {"name": "iban", "csrf_token": ada.headers["X-CSRF-Token"]}
    shown = ada.post(f"/instances/{paying}/reveal", data=sent)
    assert shown.status_code == 200 and IBAN in shown.text and "123456" not in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert IBAN not in ada.get(f"/instances/{paying}").text
    sent = {"name": "iban", "csrf_token": max_.headers["X-CSRF-Token"]}
    assert max_.post(f"/instances/{paying}/reveal", data=sent).status_code == 403


def test_the_form_shows_it_to_who_works_on_it_and_not_to_who_looks_on(world: World) -> None:
    fields = {**APPROVE["properties"], "iban": {"type": "string", "title": "Account", "x-zh": "账号"}}
    form = json.dumps({**APPROVE, "properties": fields})
    world.run(DeployDefinitions(files(**{"forms/approve.json": form})))
    id = world.start("purchase", {"title": "Desk", "amount": "12.50", "iban": IBAN}, by="lin")
    task = world.task(id)
    typed = {"decision": "approve", "iban": IBAN}
    assert world.client("ann").get(f"{V1}/tasks/{task}/form").json()["data"]["iban"] == IBAN
    assert world.client("ann").put(f"{V1}/tasks/{task}/draft", json=typed).status_code == 204
    assert IBAN in world.client("ann").get(f"{V1}/tasks/{task}/form").text
    for path in (f"{V1}/tasks/{task}/form", f"{V1}/tasks/{task}", f"/tasks/{task}"):
        assert IBAN not in world.client("max").get(path).text, path


def test_values_are_found_wherever_they_stand() -> None:
    variables = {"iban": {"nr": IBAN, "short": "ab"}, "other": "x"}
    hidden = values_of(variables, {"iban"})
    assert hidden == (IBAN,)
    assert scrub(f"to {IBAN}!", hidden) == f"to {MASK}!"
    assert masked({"a": [IBAN, 1], "iban": 5, "none": None}, {"iban", "none"}, hidden) == {
        "a": [MASK, 1],
        "iban": MASK,
        "none": None,
    }
