"""Grants: what one process's reader, worker, canceller … may do there, and that other processes do not exist for them."""

from __future__ import annotations

from typing import Any

import pytest

from engine import policy
from engine.actor import Actor, Grant
from engine.commands.deployments import DeployDefinitions
from engine.commands.grants import GrantPermission
from engine.commands.messages import CorrelateMessage
from engine.errors import Forbidden, NotFound
from engine.queries import history, instances, tasks
from engine.queries.paging import PageRequest
from tests.support import World, files

V1 = "/api/v1"


def grant(world: World, username: str, action: str, process: str = "purchase", by: str = "ada") -> str:
    id: str = world.run(GrantPermission("user", username, "PROCESS", process, action), by=by)
    return id


def listed(world: World, username: str, path: str) -> list[Any]:
    answer = world.client(username).get(V1 + path)
    assert answer.status_code == 200, answer.text
    items: list[Any] = answer.json()["items"]
    return items


def test_a_reader_of_one_process_sees_its_instances_and_no_others(world: World) -> None:
    bought, waiting = world.purchase(), world.start("waiting")
    assert listed(world, "outsider", "/process-instances") == []

    grant(world, "outsider", "READ_INSTANCE")

    assert [item["id"] for item in listed(world, "outsider", "/process-instances")] == [bought]
    client = world.client("outsider")
    seen = client.get(f"{V1}/process-instances/{bought}").json()
    assert seen["variables"] is None and seen["may_operate"] is False
    assert client.get(f"{V1}/process-instances/{waiting}").status_code == 404
    assert client.get(f"{V1}/process-instances/{bought}/history").status_code == 403
    assert client.post(f"{V1}/process-instances/{bought}/cancel", json={}).status_code == 403


def test_the_audit_of_a_reader_holds_their_processes_only(world: World) -> None:
    bought, waiting = world.purchase(), world.start("waiting")
    grant(world, "outsider", "READ_INSTANCE")
    entries = listed(world, "outsider", "/audit")
    assert {entry["instance_id"] for entry in entries} == {bought}
    assert waiting in {entry["instance_id"] for entry in listed(world, "max", "/audit")}


def test_variables_jobs_and_incidents_follow_the_process(world: World) -> None:
    bought, waiting = world.purchase(), world.start("waiting", {"level": 1})
    grant(world, "outsider", "READ_VARIABLE", "waiting")
    client = world.client("outsider")
    assert client.get(f"{V1}/process-instances/{waiting}").json()["variables"] == {"level": 1}
    assert client.get(f"{V1}/process-instances/{bought}").status_code == 404
    assert listed(world, "outsider", "/incidents") == []
    assert all(job["instance_id"] == waiting for job in listed(world, "outsider", "/jobs"))


def test_whoever_may_cancel_one_process_cancels_no_other(world: World) -> None:
    bought, waiting = world.purchase(), world.start("waiting")
    grant(world, "outsider", "CANCEL")
    client = world.client("outsider")
    assert client.post(f"{V1}/process-instances/{waiting}/cancel", json={}).status_code == 404
    assert client.post(f"{V1}/process-instances/{bought}/suspend").status_code == 403
    assert client.post(f"{V1}/process-instances/{bought}/cancel", json={}).status_code == 204


def test_a_worker_of_any_task_sees_and_assigns_those_of_the_process(world: World) -> None:
    task = world.task(world.purchase())
    client = world.client("outsider")
    assert client.post(f"{V1}/tasks/{task}/assign", json={"assignee": "abe"}).status_code == 404
    grant(world, "outsider", "WORK_ANY")
    assert [item["id"] for item in listed(world, "outsider", "/tasks?scope=all")] == [task]
    assert client.post(f"{V1}/tasks/{task}/claim").status_code == 403  # others are named for it
    assert client.post(f"{V1}/tasks/{task}/assign", json={"assignee": "abe"}).status_code == 200


def test_whoever_reads_tasks_cannot_work_on_them(world: World) -> None:
    task = world.task(world.purchase())
    grant(world, "outsider", "READ_TASK")
    client = world.client("outsider")
    assert client.get(f"{V1}/tasks/{task}").status_code == 200
    for verb, body in (
        ("claim", None),
        ("complete", {"data": {"decision": "approve"}}),
        ("assign", {"assignee": "abe"}),
    ):
        assert client.post(f"{V1}/tasks/{task}/{verb}", json=body).status_code == 403, verb


def test_starting_can_be_granted(world: World) -> None:
    client = world.client("outsider")
    start = {"key": "purchase", "variables": {"title": "Desk", "amount": "1"}}
    assert client.post(f"{V1}/process-instances", json=start).status_code == 403
    grant(world, "outsider", "START")
    assert client.post(f"{V1}/process-instances", json=start).status_code == 201
    assert "purchase" in {item["key"] for item in listed(world, "outsider", "/process-definitions?startable=true")}


def test_deploying_can_be_granted_for_one_process(world: World) -> None:
    grant(world, "outsider", "DEPLOY", "purchase")
    known = files()
    mine = {name: known[name] for name in known if name.startswith(("purchase", "forms/"))}
    changed = {**mine, "purchase.bpmn": mine["purchase.bpmn"].replace(b'name="Purchase"', b'name="Buying"')}
    assert world.run(DeployDefinitions(changed), by="outsider").definitions[0].new
    with pytest.raises(Forbidden):
        world.run(DeployDefinitions({"odds.bpmn": known["odds.bpmn"]}), by="outsider")
    with pytest.raises(Forbidden):  # somebody else's decision
        world.run(DeployDefinitions({**mine, "level.dmn": known["level.dmn"]}), by="outsider")
    with pytest.raises(Forbidden):
        world.run(DeployDefinitions({"level.dmn": known["level.dmn"]}), by="outsider")


def test_messages_need_the_right_to_modify_everything(world: World) -> None:
    grant(world, "outsider", "MODIFY", "waiting")
    with pytest.raises(Forbidden):
        world.run(CorrelateMessage("Ping"), by="outsider")
    grant(world, "outsider", "MODIFY", "*")
    world.run(CorrelateMessage("Ping"), by="outsider")


def test_nobody_gives_what_they_do_not_hold(world: World) -> None:
    grant(world, "outsider", "GRANT", "purchase")
    for action, process in (("READ_SENSITIVE", "purchase"), ("GRANT", "waiting"), ("GRANT", "*")):
        with pytest.raises(Forbidden):
            grant(world, "ann", action, process, by="outsider")
    grant(world, "outsider", "CANCEL", "purchase")
    assert grant(world, "ann", "CANCEL", "purchase", by="outsider")


def test_a_grant_to_a_group_reaches_its_members_and_ends_when_it_is_revoked(world: World) -> None:
    bought = world.purchase()
    ada, bo = world.client("ada"), world.client("bo")
    body = {"subject_kind": "group", "subject": "buyer", "resource_id": "purchase", "action": "READ_INSTANCE"}
    made = ada.post(f"{V1}/grants", json=body)
    assert made.status_code == 201
    assert ada.post(f"{V1}/grants", json=body).json() == made.json()
    assert bo.get(f"{V1}/process-instances/{bought}").status_code == 200
    assert [item["name"] for item in ada.get(f"{V1}/grants").json()["items"]] == ["Buyers"]
    assert ada.delete(f"{V1}/grants/{made.json()['id']}").status_code == 204
    assert bo.get(f"{V1}/process-instances/{bought}").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"subject": "nobody"}, 404),
        ({"resource_id": "nothing"}, 404),
        ({"action": "EVERYTHING"}, 422),
        ({"resource": "SYSTEM", "resource_id": "purchase", "action": "DEPLOY"}, 422),
        ({"resource": "SYSTEM", "resource_id": "*", "action": "CANCEL"}, 422),
    ],
)
def test_only_what_there_is_can_be_granted(world: World, body: dict[str, str], status: int) -> None:
    usual = {"subject_kind": "user", "subject": "lin", "resource_id": "purchase", "action": "CANCEL"}
    assert world.client("ada").post(f"{V1}/grants", json=usual | body).status_code == status


def test_every_action_that_includes_another_opens_it() -> None:
    canceller = Actor("x", grants=frozenset({Grant("PROCESS", "p", "CANCEL")}))
    assert policy.may(canceller, policy.READ_INSTANCE, "p") and not policy.may(canceller, policy.READ_INSTANCE, "q")
    assert not policy.may(canceller, policy.READ_VARIABLE, "p")
    worker = Actor("x", grants=frozenset({Grant("PROCESS", "*", "WORK_ANY")}))
    assert policy.everywhere(worker, policy.READ_TASK) and not policy.somewhere(worker, policy.READ_INSTANCE)


def test_starters_and_former_holders_see_state_and_own_steps(world: World) -> None:
    bought = world.approved()
    actors = {name: world.actor(name) for name in ("lin", "ann", "abe", "outsider")}
    with world.services.database.read() as connection:
        for name in ("lin", "ann"):
            detail = instances.get_instance(connection, actors[name], world.services.definitions, bought)
            assert detail.variables is None
            with pytest.raises(Forbidden):
                history.variable_changes(connection, actors[name], world.services.definitions, bought, PageRequest())
        mine = history.activities(connection, actors["ann"], bought, PageRequest()).items
        assert [activity.element_id for activity in mine] == ["approve"]
        assert history.activities(connection, actors["lin"], bought, PageRequest()).items == ()
        with pytest.raises(NotFound):
            instances.get_instance(connection, actors["outsider"], world.services.definitions, bought)


def test_forms_cannot_make_candidates(world: World) -> None:
    """Candidates are what the diagram says, whatever is in the variables."""
    id = world.start("waiting", {"candidateUsers": ["outsider"], "lane_owners": {"x": ["outsider"]}, "level": 1})
    grant(world, "outsider", "START", "waiting")
    with world.services.database.read() as connection:
        found = tasks.list_tasks(connection, world.actor("outsider"), tasks.TaskFilter(), PageRequest())
    assert found.items == ()
    assert world.client("outsider").get(f"{V1}/process-instances/{id}").status_code == 404


def test_the_page_gives_and_takes(world: World) -> None:
    ada = world.client("ada")
    page = ada.get("/admin/grants")
    assert page.status_code == 200 and "Permissions" in page.text
    sent = {
        "subject": "user:outsider",
        "action": "READ_INSTANCE",
        "process": "purchase",
        "csrf_token": ada.headers["X-CSRF-Token"],
    }
    assert ada.post("/admin/grants", data=sent, follow_redirects=False).status_code == 303
    assert "user:outsider" in ada.get("/admin/grants").text
    assert "采购" in ada.get("/admin/grants", headers={"Accept-Language": "zh"}).text
    (item,) = ada.get(f"{V1}/grants").json()["items"]
    assert world.client("outsider").get("/instances").status_code == 200
    assert ada.post(f"/admin/grants/{item['id']}/revoke", data=sent, follow_redirects=False).status_code == 303
    assert world.client("outsider").get("/instances").status_code == 403
    assert world.client("max").get("/admin/grants").status_code == 403
