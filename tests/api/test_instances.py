"""`/api/v1/process-instances` and their history: start, look, intervene, and who sees what of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support import World

V1 = "/api/v1"
REQUEST = {"title": "Desk", "amount": "99.90"}


def ids(answer: object) -> list[str]:
    return [item["id"] for item in answer.json()["items"]]  # type: ignore[attr-defined]


# --- starting -----------------------------------------------------------------------------------------------------------


def test_a_process_is_started_with_its_form(world: World) -> None:
    body = {"key": "purchase", "variables": REQUEST, "business_key": "P-1"}
    answer = world.client("lin").post(f"{V1}/process-instances", json=body)
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{V1}/process-instances/{answer.json()['id']}"
    found = world.client("lin").get(answer.headers["location"]).json()
    assert (found["business_key"], found["status"], found["initiator"]) == ("P-1", "active", "lin")
    assert found["standing"]["tokens"] == {"approve": 1}


def test_a_start_form_that_is_not_satisfied_starts_nothing(world: World) -> None:
    client = world.client("lin")
    answer = client.post(f"{V1}/process-definitions/purchase/start", json={"variables": {"title": "x" * 200}})
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {"/title", "/amount"}
    assert ids(client.get(f"{V1}/process-instances")) == []


def test_only_the_named_groups_may_start(world: World) -> None:
    answer = world.client("ann").post(f"{V1}/process-instances", json={"key": "purchase", "variables": REQUEST})
    assert answer.status_code == 403


def test_a_start_is_idempotent_per_caller(world: World) -> None:
    body = {"key": "purchase", "variables": REQUEST}
    headers = {"Idempotency-Key": "form-7"}
    client = world.client("lin")
    first = client.post(f"{V1}/process-instances", json=body, headers=headers).json()["id"]
    again = client.post(f"{V1}/process-instances", json=body, headers=headers).json()["id"]
    other = client.post(f"{V1}/process-instances", json=body, headers={"Idempotency-Key": "form-8"}).json()["id"]
    admin = world.client("ada").post(f"{V1}/process-instances", json=body, headers=headers).json()["id"]
    assert first == again
    assert len({first, other, admin}) == 3
    wrong = client.post(f"{V1}/process-instances", json={"key": "waiting"}, headers=headers)
    assert wrong.status_code == 409


def test_what_is_not_there_cannot_be_started(world: World) -> None:
    assert world.client("lin").post(f"{V1}/process-instances", json={"key": "nothing"}).status_code == 404


# --- lists --------------------------------------------------------------------------------------------------------------


def test_people_see_what_they_started_or_worked_on(world: World) -> None:
    mine, hers = world.purchase(by="lin"), world.purchase(by="ada")
    assert ids(world.client("lin").get(f"{V1}/process-instances")) == [mine]
    assert ids(world.client("ann").get(f"{V1}/process-instances")) == []
    world.complete(world.task(hers), {"decision": "approve"}, "ann")
    assert ids(world.client("ann").get(f"{V1}/process-instances")) == [hers]
    assert ids(world.client("olga").get(f"{V1}/process-instances")) == [hers, mine]
    assert ids(world.client("ada").get(f"{V1}/process-instances?mine=true")) == [hers]


def test_filters(world: World) -> None:
    one = world.purchase("10", business_key="AB-1")
    world.clock.advance(timedelta(minutes=1))
    two = world.purchase("20.50", business_key="AB-2")
    world.start("outside")
    client = world.client("max")

    def find(**query: str) -> list[str]:
        return ids(client.get(f"{V1}/process-instances", params=query))

    assert find(definition_key="purchase") == [two, one]
    assert find(definition_key="purchase", sort="key") == [one, two]
    assert find(business_key="AB-1") == [one]
    assert find(text="b-2") == [two]
    assert find(variables='{"amount": 20.5}') == [two]
    assert find(variables='{"amount": 20.50, "title": "Desk"}') == [two]
    assert find(variables='{"amount": "20.50"}') == []
    assert find(started_after="2026-03-02T01:00:30Z", definition_key="purchase") == [two]
    client.post(f"{V1}/process-instances/{one}/suspend")
    assert find(status="suspended") == [one]
    assert find(status="active", definition_key="purchase") == [two]
    assert find(incidents="true") == []
    world.clock.advance(timedelta(hours=49))
    world.sign_out()
    client = world.client("max")
    assert find(late="true") == [two, one]


def test_variables_are_no_filter_for_who_may_not_read_them(world: World) -> None:
    world.purchase("10")
    answer = world.client("lin").get(f"{V1}/process-instances", params={"variables": '{"amount": 10}'})
    assert answer.status_code == 403


@pytest.mark.parametrize("text", ["[1]", "{", "1"])
def test_a_wrong_variable_filter_is_refused(world: World, text: str) -> None:
    assert world.client("max").get(f"{V1}/process-instances", params={"variables": text}).status_code == 422


# --- one instance -------------------------------------------------------------------------------------------------------


def test_variables_are_for_operators_and_sensitive_ones_are_masked(world: World) -> None:
    instance = world.start("purchase", {**REQUEST, "iban": "DE02120300000000202051"}, by="lin")
    address = f"{V1}/process-instances/{instance}"
    assert world.client("lin").get(address).json()["variables"] is None
    seen = world.client("max").get(address)
    assert seen.json()["variables"]["iban"] == "•••"
    assert seen.json()["masked"] == ["iban"]
    assert "DE0212" not in seen.text + world.client("max").get(f"{address}/history").text
    revealed = world.client("ada").post(f"{address}/variables/reveal").json()["variables"]
    assert revealed["iban"] == "DE02120300000000202051"
    audit = world.client("max").get(f"{address}/audit").json()["items"]
    assert (audit[0]["command"], audit[0]["actor"]) == ("RevealVariables", "ada")
    assert audit[0]["detail"] == {"before": None, "after": None, "variables": ["iban"]}
    assert "DE0212" not in str(audit)


def test_the_drawing_shows_tokens_in_the_readers_language(world: World) -> None:
    instance = world.purchase()
    client = world.client("ann")
    english = client.get(f"{V1}/process-instances/{instance}/diagram.svg")
    assert english.headers["content-type"] == "image/svg+xml"
    assert 'data-element-id="approve"' in english.text
    assert "is-active" in english.text
    chinese = client.get(f"{V1}/process-instances/{instance}/diagram.svg", headers={"Accept-Language": "zh"})
    assert "审批" in chinese.text


def test_history_tells_what_happened_in_order(world: World) -> None:
    instance = world.approved()
    owner = world.client("olga")
    steps = owner.get(f"{V1}/process-instances/{instance}/activities").json()["items"]
    assert [step["element_id"] for step in steps] == ["start", "approve", "decided", "order"]
    assert steps[1]["by"] == "ann"
    own = world.client("ann").get(f"{V1}/process-instances/{instance}/activities").json()["items"]
    assert [step["element_id"] for step in own] == ["approve"]
    changes = owner.get(f"{V1}/process-instances/{instance}/history", params={"name": "decision"}).json()["items"]
    assert [(one["value"], one["changed_by"], one["element_id"]) for one in changes] == [("approve", "ann", "approve")]


def test_history_comes_in_pages(world: World) -> None:
    instance = world.approved()
    client, cursor, found = world.client("max"), None, []
    while True:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = client.get(f"{V1}/process-instances/{instance}/activities", params=query).json()
        found += [step["element_id"] for step in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == ["start", "approve", "decided", "order"]


def test_a_suspended_instance_stands_still(world: World) -> None:
    instance = world.purchase()
    task = world.task(instance)
    manager = world.client("max")
    assert manager.post(f"{V1}/process-instances/{instance}/suspend").status_code == 204
    assert manager.get(f"{V1}/process-instances/{instance}").json()["status"] == "suspended"
    item = world.client("ann").get(f"{V1}/tasks/{task}").json()
    assert item["may_work"] is False
    refused = world.client("ann").post(f"{V1}/tasks/{task}/complete", json={"data": {"decision": "approve"}})
    assert refused.status_code == 409
    assert manager.post(f"{V1}/process-instances/{instance}/resume").status_code == 204
    assert manager.post(f"{V1}/process-instances/{instance}/resume").status_code == 409
    done = world.client("ann").post(f"{V1}/tasks/{task}/complete", json={"data": {"decision": "reject"}})
    assert done.status_code == 200
    ended = manager.get(f"{V1}/process-instances/{instance}").json()
    assert (ended["status"], ended["end_element_id"]) == ("completed", "refused")


def test_a_cancelled_instance_is_over_and_its_task_gone(world: World) -> None:
    instance = world.purchase()
    task = world.task(instance)
    manager = world.client("max")
    assert manager.post(f"{V1}/process-instances/{instance}/cancel", json={"reason": "withdrawn"}).status_code == 204
    ended = manager.get(f"{V1}/process-instances/{instance}").json()
    assert (ended["status"], ended["end_reason"]) == ("cancelled", "withdrawn")
    late = world.client("ann").post(f"{V1}/tasks/{task}/complete", json={"data": {"decision": "approve"}})
    assert late.status_code == 409
    assert (
        manager.patch(f"{V1}/process-instances/{instance}/variables", json={"variables": {"a": 1}}).status_code == 409
    )
