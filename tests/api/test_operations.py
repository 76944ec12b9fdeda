"""Messages, signals, external tasks, jobs, decisions, deployments: what other systems and process owners do."""

from __future__ import annotations

import json

from tests.support import APPROVE, LEVEL, PURCHASE, REQUEST, World

V1 = "/api/v1"


def fetch(world: World, worker: str = "w1", **more: object) -> list[dict[str, object]]:
    body = {"worker_id": worker, "topics": ["erp.ask"], **more}
    found: list[dict[str, object]] = world.client("erp").post(f"{V1}/external-tasks/fetch-and-lock", json=body).json()
    return found


# --- messages and signals -----------------------------------------------------------------------------------------------


def test_a_message_reaches_the_one_who_waits_and_is_held_when_early(world: World) -> None:
    client = world.client("erp")
    early = {"name": "Ping", "business_key": "W-1", "payload": {"level": 1}}
    assert client.post(f"{V1}/messages", json=early).json() == {"receivers": 0}
    instance = world.start("waiting", business_key="W-1")
    found = world.client("max").get(f"{V1}/process-instances/{instance}").json()
    assert found["standing"]["tokens"] == {"alarm": 1}


def test_the_same_message_id_changes_nothing_the_second_time(world: World) -> None:
    world.start("waiting", business_key="A")
    world.start("waiting", business_key="A")
    client = world.client("erp")
    body = {"name": "Ping", "business_key": "A", "message_id": "m-1"}
    assert [client.post(f"{V1}/messages", json=body).json()["receivers"] for _ in range(3)] == [1, 1, 1]
    waiting = world.client("max").get(f"{V1}/process-instances?definition_key=waiting").json()["items"]
    tokens = [
        world.client("max").get(f"{V1}/process-instances/{item['id']}").json()["standing"]["tokens"] for item in waiting
    ]
    assert sorted(map(str, tokens)) == ["{'alarm': 1}", "{'ping': 1}"]


def test_a_signal_reaches_everybody(world: World) -> None:
    for key in ("A", "B"):
        world.start("waiting", {"level": 1}, business_key=key)
        world.client("erp").post(f"{V1}/messages", json={"name": "Ping", "business_key": key})
    assert world.client("erp").post(f"{V1}/signals", json={"name": "Alarm"}).status_code == 403
    assert world.client("max").post(f"{V1}/signals", json={"name": "Alarm"}).json() == {"receivers": 2}
    world.settle()
    assert len(world.client("max").get(f"{V1}/tasks?definition_key=waiting").json()["items"]) == 2


# --- external tasks -----------------------------------------------------------------------------------------------------


def test_an_external_task_is_locked_done_and_gone(world: World) -> None:
    instance = world.start("outside", {"amount": 5})
    [task] = fetch(world)
    assert task["data"] == {"amount": 5}
    assert fetch(world, "w2") == []
    client = world.client("erp")
    address = f"{V1}/external-tasks/{task['id']}"
    assert client.post(f"{address}/complete", json={"worker_id": "w2", "data": {}}).status_code == 409
    assert client.post(f"{address}/extend", json={"worker_id": "w1", "seconds": 600}).status_code == 204
    done = client.post(f"{address}/complete", json={"worker_id": "w1", "data": {"answer": "yes"}})
    assert done.status_code == 204
    assert client.post(f"{address}/complete", json={"worker_id": "w1"}).status_code == 404
    ended = world.client("max").get(f"{V1}/process-instances/{instance}").json()
    assert (ended["status"], ended["variables"]) == ("completed", {"amount": 5, "answer": "yes"})


def test_a_failed_external_task_is_an_incident_when_no_attempt_is_left(world: World) -> None:
    instance = world.start("outside")
    [task] = fetch(world)
    body = {"worker_id": "w1", "message": "The ERP sleeps.", "retries": 0}
    assert world.client("erp").post(f"{V1}/external-tasks/{task['id']}/failure", json=body).status_code == 204
    [incident] = world.client("max").get(f"{V1}/incidents").json()["items"]
    assert (incident["instance_id"], incident["message"]) == (instance, "The ERP sleeps.")
    assert world.client("max").post(f"{V1}/incidents/{incident['id']}/retry", json={}).status_code == 204
    assert len(fetch(world)) == 1
    assert world.client("max").post(f"{V1}/incidents/{incident['id']}/retry", json={}).status_code == 409


def test_a_bpmn_error_goes_where_the_diagram_says(world: World) -> None:
    instance = world.start("outside")
    [task] = fetch(world)
    body = {"worker_id": "w1", "code": "OUT_OF_STOCK"}
    assert world.client("erp").post(f"{V1}/external-tasks/{task['id']}/bpmn-error", json=body).status_code == 204
    ended = world.client("max").get(f"{V1}/process-instances/{instance}").json()
    assert ended["end_element_id"] == "failed"


# --- decisions ----------------------------------------------------------------------------------------------------------


def test_a_decision_answers_exactly_and_the_history_keeps_it(world: World) -> None:
    client = world.client("erp")
    headers = {"Content-Type": "application/json"}
    answer = client.post(
        f"{V1}/decisions/level/evaluate", content=b'{"variables": {"amount": 999.990}}', headers=headers
    )
    assert answer.json()["output"] == "low"
    assert '"amount":999.990' in answer.text
    assert client.post(f"{V1}/decisions/nothing/evaluate", json={}).status_code == 404
    [kept] = world.client("max").get(f"{V1}/decision-evaluations?key=level").json()["items"]
    assert (kept["output"], kept["evaluated_by"]) == ("low", "erp")
    assert world.client("lin").get(f"{V1}/decisions").json()["items"][0]["key"] == "level"


# --- definitions and deployments ----------------------------------------------------------------------------------------


def upload(**files: str) -> list[tuple[str, tuple[str, bytes, str]]]:
    return [("files", (name, text.encode(), "application/octet-stream")) for name, text in files.items()]


def purchase_files() -> dict[str, str]:
    order = APPROVE  # any form does
    return {
        "purchase.bpmn": PURCHASE.replace('name="Order"', 'name="Order it"'),
        "forms/request.json": json.dumps(REQUEST),
        "forms/approve.json": json.dumps(APPROVE),
        "forms/order.json": json.dumps(order),
    }


def test_a_new_version_is_deployed_and_running_instances_keep_theirs(world: World) -> None:
    old = world.purchase()
    owner = world.client("olga")
    answer = owner.post(f"{V1}/deployments", files=upload(**purchase_files()), data={"name": "March"})
    assert answer.status_code == 201, answer.text
    assert [(d["key"], d["version"], d["new"]) for d in answer.json()["definitions"]] == [("purchase", 2, True)]
    same = owner.post(f"{V1}/deployments", files=upload(**purchase_files()))
    assert [(d["version"], d["new"]) for d in same.json()["definitions"]] == [(2, False)]
    assert owner.get(f"{V1}/process-instances/{old}").json()["definition_version"] == 1
    new = world.purchase()
    assert owner.get(f"{V1}/process-instances/{new}").json()["definition_version"] == 2
    versions = owner.get(f"{V1}/process-definitions?key=purchase&all_versions=true").json()["items"]
    assert sorted(d["version"] for d in versions) == [1, 2]


def test_problems_are_data_in_the_readers_language(world: World) -> None:
    broken = PURCHASE.replace('targetRef="order"', 'targetRef="nowhere"')
    owner = world.client("olga")
    refused = owner.post(f"{V1}/deployments", files=upload(**{"purchase.bpmn": broken}))
    assert refused.status_code == 422
    problems = refused.json()["data"]["problems"]
    assert any(problem["severity"] == "error" for problem in problems)
    assert {"severity", "rule", "message", "file", "line", "element_id", "element_name", "data"} == set(problems[0])
    checked = owner.post(
        f"{V1}/deployments/validate", files=upload(**{"purchase.bpmn": broken}), headers={"Accept-Language": "zh"}
    ).json()
    assert checked["deployed"] is False
    assert len(checked["problems"]) == len(problems)
    assert checked["problems"][0]["message"] != problems[0]["message"]
    assert owner.get(f"{V1}/process-definitions/purchase").json()["version"] == 1


def test_checking_files_deploys_nothing(world: World) -> None:
    owner = world.client("olga")
    checked = owner.post(f"{V1}/deployments/validate", files=upload(**purchase_files())).json()
    assert not [problem for problem in checked["problems"] if problem["severity"] == "error"]
    assert owner.get(f"{V1}/process-definitions/purchase").json()["version"] == 1


def test_files_come_back_byte_by_byte_as_attachment(world: World) -> None:
    owner = world.client("olga")
    answer = owner.get(f"{V1}/process-definitions/purchase/xml")
    assert answer.content == PURCHASE.encode()
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''purchase.bpmn"
    assert answer.headers["x-content-type-options"] == "nosniff"
    files = owner.get(f"{V1}/process-definitions/purchase/resources").json()
    assert {file["name"] for file in files} >= {"purchase.bpmn", "forms/request.json", "level.dmn"}
    deployment = owner.get(f"{V1}/process-definitions/purchase").json()["deployment_id"]
    table = owner.get(f"{V1}/deployments/{deployment}/resources/level.dmn")
    assert table.content == LEVEL.encode()
    assert owner.get(f"{V1}/deployments/{deployment}/resources/../../etc/passwd").status_code == 404


def test_staff_see_the_processes_that_they_may_start(world: World) -> None:
    seen = world.client("lin").get(f"{V1}/process-definitions").json()["items"]
    assert {(d["key"], d["may_start"]) for d in seen} == {("purchase", True), ("outside", True), ("waiting", True)}
    others = world.client("ann").get(f"{V1}/process-definitions").json()["items"]
    assert {d["key"] for d in others} == {"outside", "waiting"}
    all_of_them = world.client("max").get(f"{V1}/process-definitions").json()["items"]
    assert {d["key"]: d["may_start"] for d in all_of_them}["purchase"] is False
    form = world.client("lin").get(f"{V1}/process-definitions/purchase/start-form").json()
    assert form["schema"]["properties"]["amount"]["format"] == "money"
    assert world.client("lin").get(f"{V1}/process-definitions/outside/start-form").status_code == 404


def test_jobs_are_listed_in_order_of_time(world: World) -> None:
    world.start("outside")
    assert world.client("max").get(f"{V1}/jobs").json() == {"items": [], "next": None}
