"""The audit over REST: who did what for whom and from where, whether the chain holds, and forgetting."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from engine import bus
from engine.actor import SYSTEM
from engine.audit import Head
from engine.commands.audit import SealAudit
from engine.commands.grants import GrantPermission
from engine.commands.instances import CancelInstance, SetVariables
from engine.commands.users import DisableUser
from engine.queries.audit import audit_head
from engine.store import tables as t
from engine.verification import verify_next
from tests.support import World

V1 = "/api/v1"


def entries(world: World, by: str = "ada", **asked: Any) -> list[dict[str, Any]]:
    answer = world.client(by).get(f"{V1}/audit", params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def commands(world: World, by: str = "ada", **asked: Any) -> list[str]:
    return [entry["command"] for entry in entries(world, by, **asked)]


# --- who, for whom, from where ------------------------------------------------------------------------------------------------


def test_an_entry_names_the_request_its_address_and_what_was_changed(world: World) -> None:
    task = world.task(world.purchase())

    answer = world.client("ann").post(f"{V1}/tasks/{task}/claim")

    [entry] = entries(world, command="ClaimTask")
    assert (entry["actor"], entry["subject"], entry["source"]) == ("ann", "Approve", "testclient")
    assert entry["request_id"] == answer.headers["x-request-id"]
    assert entry["detail"] == {"before": {"assignee": None}, "after": {"assignee": "ann"}}


def test_the_address_is_the_clients_own_behind_a_proxy_that_is_trusted_and_only_there(world: World) -> None:
    task = world.task(world.purchase())
    client = world.client("ann")
    for trusted, path in (("testclient", "claim"), ("10.9.9.9", "unclaim")):
        proxied: Any = ProxyHeadersMiddleware(world.app, trusted_hosts=trusted)
        behind = TestClient(proxied, cookies=client.cookies, headers=client.headers)
        assert behind.post(f"{V1}/tasks/{task}/{path}", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 200

    assert [entry["source"] for entry in entries(world, task_id=task)] == ["testclient", "203.0.113.9"]


def test_an_api_token_is_named_beside_the_person_that_it_acts_for(world: World) -> None:
    task = world.task(world.purchase())

    assert world.by_token("ann", "tasks").post(f"{V1}/tasks/{task}/claim").status_code == 200

    [made] = entries(world, command="CreateToken")
    [entry] = entries(world, command="ClaimTask")
    assert (entry["actor"], entry["detail"]["token"]) == ("ann", made["detail"]["after"]["id"])
    assert "token" not in made["detail"]


def test_what_was_delegated_and_what_the_worker_does_is_done_for_somebody(world: World) -> None:
    task = world.task(world.purchase(), "approve")
    ann, abe = world.client("ann"), world.client("abe")
    ann.post(f"{V1}/tasks/{task}/claim")
    ann.post(f"{V1}/tasks/{task}/delegate", json={"assignee": "abe"})
    abe.post(f"{V1}/tasks/{task}/resolve", json={})
    world.start("waiting", by="lin")
    manager = world.client("max")
    manager.post(f"{V1}/messages", json={"name": "Ping"})
    manager.post(f"{V1}/signals", json={"name": "Alarm"})
    world.settle()

    [returned] = entries(world, command="ResolveTask")
    [job] = entries(world, command="RunJob", on_behalf_of="lin")
    assert (returned["actor"], returned["on_behalf_of"]) == ("abe", "ann")
    assert (job["actor"], job["source"], job["detail"]["moved"]["left"]) == ("system", "worker", ["alarm"])


def test_one_command_has_one_entry_and_a_refused_one_has_none(world: World) -> None:
    task = world.task(world.purchase())
    world.client("ann").post(f"{V1}/tasks/{task}/claim")

    assert world.client("abe").post(f"{V1}/tasks/{task}/claim").status_code == 409

    assert commands(world, task_id=task) == ["ClaimTask"]


# --- what readers see ----------------------------------------------------------------------------------------------------------


def test_filters(world: World) -> None:
    one, two = world.purchase(business_key="PO-1"), world.purchase(business_key="PO-2")
    world.client("ann").post(f"{V1}/tasks/{world.task(one)}/claim")

    assert commands(world, business_key="PO-1") == ["ClaimTask", "StartInstance"]
    assert commands(world, instance_id=two) == ["StartInstance"]
    assert commands(world, actor="ann") == ["ClaimTask"]
    assert commands(world, subject="ann", command="CreateUser") == ["CreateUser"]
    assert commands(world, business_key="PO-1", before="2026-03-02T00:59:00Z") == []
    assert len(entries(world, business_key="PO-1", after="2026-03-02T00:59:00Z")) == 2


def test_who_may_not_read_variables_sees_that_they_changed_and_not_what_they_were(world: World) -> None:
    instance = world.purchase(business_key="PO-1")
    world.run(SetVariables(instance, {"title": "Chair", "iban": "DE1380"}), by="max")
    world.run(GrantPermission("user", "outsider", "PROCESS", "purchase", "READ_INSTANCE"))

    [told] = entries(world, "outsider", command="SetVariables")
    [whole] = entries(world, "max", command="SetVariables")

    assert told["detail"]["before"] == {"variables": {"title": "•••", "iban": None}}
    assert told["detail"]["after"] == {"variables": {"title": "•••", "iban": "•••"}}
    assert whole["detail"]["after"] == {"variables": {"title": "Chair", "iban": "•••"}}
    assert commands(world, "outsider", command="CreateUser") == []


# --- the chain ------------------------------------------------------------------------------------------------------------------


def sealed(world: World) -> Head:
    while bus.run(world.services, SealAudit(), SYSTEM):
        continue
    return audit_head(world.services.database)


def test_the_head_and_what_was_verified(world: World) -> None:
    head = sealed(world)
    ada = world.client("ada")

    before = ada.get(f"{V1}/audit/head").json()
    assert (before["position"], before["mac"], before["verified"]) == (head.position, head.mac, None)
    exported = [{"position": head.position, "mac": head.mac}]
    result = ada.post(f"{V1}/audit/verify", json={"heads": exported}).json()
    assert (result["start"], result["checked"], result["done"], result["faults"]) == (0, head.position + 1, True, [])

    after = ada.get(f"{V1}/audit/head").json()["verified"]
    assert (after["actor"], after["position"], after["faults"], after["done"]) == ("ada", result["position"], 0, True)


def test_a_change_and_a_chain_that_is_not_the_exported_one_show(world: World) -> None:
    head = sealed(world)
    ada = world.client("ada")
    wrong = ada.post(f"{V1}/audit/verify", json={"heads": [{"position": head.position, "mac": "0" * 64}]}).json()
    assert [fault["position"] for fault in wrong["faults"]] == [head.position]

    with world.services.database.write() as connection:
        connection.execute(t.audit.update().where(t.audit.c.position == 2).values(actor="nobody"))

    result = ada.post(f"{V1}/audit/verify", json={}).json()
    assert [fault["position"] for fault in result["faults"]] == [2]
    assert ada.get(f"{V1}/audit/head").json()["verified"]["faults"] == 1


def test_a_long_chain_is_verified_in_stretches_that_meet(world: World) -> None:
    instance = world.purchase(business_key="PO-1")
    world.run(CancelInstance(instance))
    world.client("ada").post(f"{V1}/erasures", json={"kind": "business_key", "key": "PO-1", "confirm": "PO-1"})
    head, ada = sealed(world), world.actor("ada")

    starts, done = [], False
    while not done:
        part = verify_next(world.services, ada, most=10)
        assert part.verification.faults == []
        starts.append(part.start)
        done = part.done
    assert starts == list(range(0, starts[-1] + 1, 10)) and len(starts) > 2
    assert starts[-1] < head.position + len(starts)
    assert verify_next(world.services, ada, most=10).start == 0


def test_an_erasure_that_nobody_accounts_for_shows_in_the_last_stretch(world: World) -> None:
    sealed(world)
    with world.services.database.write() as connection:
        erased = t.audit.update().where(t.audit.c.position == 2)
        connection.execute(erased.values(actor="x", erased_by={"actor": "nobody"}))

    ada = world.actor("ada")
    faults: list[Any] = []
    for _ in range(20):
        part = verify_next(world.services, ada, most=10)
        faults += part.verification.faults
        if part.done:
            break
    assert [fault.position for fault in faults] == [0]


# --- forgetting -------------------------------------------------------------------------------------------------------------------


def test_a_case_is_looked_at_and_then_erased(world: World) -> None:
    instance = world.purchase(business_key="PO-1")
    ada = world.client("ada")
    asked = {"kind": "business_key", "key": "PO-1"}
    assert ada.get(f"{V1}/erasures/preview", params=asked).json()["refused"]["zh"]
    assert ada.post(f"{V1}/erasures", json={**asked, "confirm": "PO-1"}).status_code == 409
    world.run(CancelInstance(instance))

    look = ada.get(f"{V1}/erasures/preview", params=asked).json()
    assert (look["refused"], look["counts"]["cases"]) == (None, 1)
    assert ada.post(f"{V1}/erasures", json={**asked, "confirm": "PO-2"}).status_code == 422
    receipt = ada.post(f"{V1}/erasures", json={**asked, "confirm": "PO-1"})

    assert receipt.status_code == 201
    assert (receipt.json()["key"], receipt.json()["instances"]) == ("PO-1", 1)
    [entry] = entries(world, command="EraseBusinessKey")
    assert (entry["id"], entry["detail"]["erased"]) == (receipt.json()["id"], receipt.json()["digest"])
    [start] = entries(world, command="StartInstance", instance_id=instance)
    assert (start["detail"], start["erased"]) == ({}, ["detail", "subject"])
    assert world.client("max").get(f"{V1}/process-instances/{instance}").json()["variables"] == {}


def test_a_person_becomes_a_pseudonym(world: World) -> None:
    world.purchase(business_key="PO-1")
    world.run(DisableUser("lin"), by="ada")
    ada = world.client("ada")

    receipt = ada.post(f"{V1}/erasures", json={"kind": "person", "key": "lin", "confirm": "lin"}).json()

    assert receipt["key"].startswith("erased-")
    assert commands(world, actor="lin") == []
    assert commands(world, actor=receipt["key"], business_key="PO-1") == ["StartInstance"]
    assert ada.get(f"{V1}/users/lin").status_code == 404
