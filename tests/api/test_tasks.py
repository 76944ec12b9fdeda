"""`/api/v1/tasks`: the inbox, the verbs, two people at once, forms that are not satisfied, and what a completion costs."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from engine.commands.tasks import AssignTask
from engine.store.database import count_statements
from tests.support import World

V1 = "/api/v1"
APPROVE = {"data": {"decision": "approve"}}


def ids(answer: object) -> list[str]:
    return [item["id"] for item in answer.json()["items"]]  # type: ignore[attr-defined]


# --- the inbox ----------------------------------------------------------------------------------------------------------


def test_a_task_waits_in_the_inbox_of_its_group_and_nobody_elses(world: World) -> None:
    task = world.task(world.purchase())
    assert ids(world.client("ann").get(f"{V1}/tasks?scope=groups")) == [task]
    assert ids(world.client("abe").get(f"{V1}/tasks")) == [task]
    assert ids(world.client("ann").get(f"{V1}/tasks?scope=mine")) == []
    for stranger_to_it in ("bo", "lin", "outsider", "olga"):
        assert ids(world.client(stranger_to_it).get(f"{V1}/tasks")) == []
    assert ids(world.client("max").get(f"{V1}/tasks")) == [task]


def test_a_claimed_task_moves_from_the_groups_inbox_to_mine_and_back(world: World) -> None:
    task = world.task(world.purchase())
    ann, abe = world.client("ann"), world.client("abe")
    assert ann.post(f"{V1}/tasks/{task}/claim").json() == {"revision": 2}
    assert ids(ann.get(f"{V1}/tasks?scope=mine")) == [task]
    assert ids(abe.get(f"{V1}/tasks?scope=groups")) == []
    assert abe.get(f"{V1}/tasks/{task}").status_code == 404
    ann.post(f"{V1}/tasks/{task}/unclaim")
    assert ids(abe.get(f"{V1}/tasks?scope=groups")) == [task]
    assert ids(ann.get(f"{V1}/tasks?scope=mine")) == []


def test_counts_follow(world: World) -> None:
    first, second = world.task(world.purchase()), world.task(world.purchase())
    ann = world.client("ann")
    ann.post(f"{V1}/tasks/{first}/claim")
    world.clock.advance(timedelta(hours=49))
    world.sign_out()
    counts = world.client("ann").get(f"{V1}/tasks/counts").json()
    assert counts == {
        "mine": {"value": 1, "more": False},
        "groups": {"value": 1, "more": False},
        "late": {"value": 1, "more": False},
    }
    assert second


def test_pages_follow_each_other_without_gap_or_repetition(world: World) -> None:
    tasks = []
    for number in range(7):
        world.clock.advance(timedelta(minutes=number % 2))
        tasks.append(world.task(world.purchase()))
    client, found, cursor, pages = world.client("ann"), [], None, 0
    while True:
        query = {"scope": "groups", "limit": 3, **({"cursor": cursor} if cursor else {})}
        answer = client.get(f"{V1}/tasks", params=query).json()
        found += [item["id"] for item in answer["items"]]
        cursor, pages = answer["next"], pages + 1
        if cursor is None:
            break
    assert found == tasks[::-1]
    assert pages == 3


@pytest.mark.parametrize("sort", ["created", "-created", "due", "-due", "priority", "-name"])
@pytest.mark.parametrize("user", ["ann", "max"])
def test_every_sort_pages(world: World, sort: str, user: str) -> None:
    expected = {world.task(world.purchase()) for _ in range(5)}
    client = world.client(user)
    first = client.get(f"{V1}/tasks", params={"limit": 3, "sort": sort}).json()
    second = client.get(f"{V1}/tasks", params={"limit": 3, "sort": sort, "cursor": first["next"]}).json()
    found = [item["id"] for item in [*first["items"], *second["items"]]]
    assert len(found) == 5
    assert set(found) == expected
    assert second["next"] is None


@pytest.mark.parametrize("query", ["sort=colour", "limit=0", "limit=1000"])
def test_what_no_page_is_is_refused(world: World, query: str) -> None:
    answer = world.client("ann").get(f"{V1}/tasks?{query}")
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_filters_narrow_for_staff_and_managers_alike(world: World) -> None:
    one = world.task(world.purchase(business_key="K_1"))
    other = world.task(world.purchase(business_key="K%2"))
    for user in ("ann", "max"):
        client = world.client(user)
        assert ids(client.get(f"{V1}/tasks", params={"business_key": "K_1"})) == [one]
        assert ids(client.get(f"{V1}/tasks", params={"text": "k_"})) == [one]
        assert ids(client.get(f"{V1}/tasks", params={"text": "k%"})) == [other]
        assert ids(client.get(f"{V1}/tasks", params={"text": "审批"})) == [other, one]
        assert ids(client.get(f"{V1}/tasks", params={"definition_key": "outside"})) == []
        assert ids(client.get(f"{V1}/tasks", params={"due_before": "2026-03-01T00:00:00Z"})) == []
        assert len(ids(client.get(f"{V1}/tasks", params={"due_before": "2026-03-05T00:00:00+08:00"}))) == 2


def test_what_i_did_stays_findable(world: World) -> None:
    task = world.task(world.purchase())
    world.client("ann").post(f"{V1}/tasks/{task}/complete", json=APPROVE)
    assert ids(world.client("ann").get(f"{V1}/tasks?scope=done")) == [task]
    assert ids(world.client("abe").get(f"{V1}/tasks?scope=done")) == []
    assert world.client("ann").get(f"{V1}/tasks/{task}").json()["status"] == "completed"


# --- one task -----------------------------------------------------------------------------------------------------------


def test_a_task_shows_only_the_fields_of_its_form(world: World) -> None:
    instance = world.start("purchase", {"title": "Desk", "amount": "10", "iban": "DE1"}, by="lin")
    answer = world.client("ann").get(f"{V1}/tasks/{world.task(instance)}").json()
    assert answer["data"] == {"title": "Desk", "amount": "10.00"}


def test_a_draft_is_kept_and_shown_again(world: World) -> None:
    task = world.task(world.purchase())
    ann = world.client("ann")
    assert ann.put(f"{V1}/tasks/{task}/draft", json={"comment": "half a sen"}).status_code == 204
    answer = ann.get(f"{V1}/tasks/{task}").json()
    assert answer["draft"] == {"comment": "half a sen"}
    assert answer["data"]["comment"] == "half a sen"


def test_calculated_fields_are_previewed(world: World) -> None:
    task = world.task(world.approved())
    answer = world.client("bo").post(f"{V1}/tasks/{task}/calculate", json={"paid": "200.25"})
    assert answer.json() == {"values": {"rest": "1000.25"}}


def test_the_etag_refuses_what_was_seen_before_a_change(world: World) -> None:
    task = world.task(world.purchase())
    ann = world.client("ann")
    seen = ann.get(f"{V1}/tasks/{task}").headers["etag"]
    assert seen == '"1"'
    assert ann.post(f"{V1}/tasks/{task}/claim", headers={"If-Match": seen}).headers["etag"] == '"2"'
    stale = ann.post(f"{V1}/tasks/{task}/complete", json=APPROVE, headers={"If-Match": seen})
    assert stale.status_code == 412
    assert stale.json()["data"] == {"revision": 2, "assignee": "ann"}
    assert ann.post(f"{V1}/tasks/{task}/complete", json=APPROVE, headers={"If-Match": '"2"'}).status_code == 200


def test_an_etag_of_something_else_fits_no_task(world: World) -> None:
    task = world.task(world.purchase())
    headers = {"If-Match": '"something"'}
    assert world.client("ann").post(f"{V1}/tasks/{task}/claim", headers=headers).status_code == 412
    assert world.client("bo").post(f"{V1}/tasks/{task}/claim", headers=headers).status_code == 404
    assert world.client("ann").post(f"{V1}/tasks/{task}/claim", headers={"If-Match": "*"}).status_code == 200


# --- verbs --------------------------------------------------------------------------------------------------------------


def test_two_people_complete_one_task_and_the_second_learns_who_was_first(world: World) -> None:
    task = world.task(world.purchase())
    assert world.client("ann").post(f"{V1}/tasks/{task}/complete", json=APPROVE).status_code == 200
    late = world.client("abe").post(f"{V1}/tasks/{task}/complete", json=APPROVE, headers={"Accept-Language": "zh"})
    assert late.status_code == 409
    body = late.json()
    assert body["data"] == {"status": "completed", "by": "ann", "at": "2026-03-02T01:00:00+00:00"}
    assert body["detail"] == "ann 已完成该任务。"


def test_of_two_people_at_the_same_moment_one_wins(world: World) -> None:
    for _ in range(5):
        task = world.task(world.purchase())
        gate = Barrier(2)

        def complete(user: str, task: str = task, gate: Barrier = gate) -> int:
            client = world.client(user)
            gate.wait()
            return client.post(f"{V1}/tasks/{task}/complete", json=APPROVE).status_code

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(complete, ("ann", "abe"))) == [200, 409]


def test_a_form_that_is_not_satisfied_says_which_field_and_keeps_the_task(world: World) -> None:
    task = world.task(world.purchase())
    client = world.client("ann")
    wrong = {"data": {"decision": "perhaps", "strange": 1}}
    answer = client.post(f"{V1}/tasks/{task}/complete", json=wrong)
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {"/decision", "/strange"}
    zh = client.post(f"{V1}/tasks/{task}/complete", json=wrong, headers={"Accept-Language": "zh-CN"}).json()
    assert zh["errors"]["/decision"] != answer.json()["errors"]["/decision"]
    assert client.get(f"{V1}/tasks/{task}").json()["status"] == "open"


def test_amounts_stay_exact_from_the_first_to_the_last_digit(world: World) -> None:
    instance = world.purchase("12345678901234567.89")
    manager = world.client("max")
    text = manager.get(f"{V1}/process-instances/{instance}").text
    assert '"amount":12345678901234567.89' in text
    raw = b'{"variables": {"exact": 0.10, "long": 1234567890.123456789012345678}}'
    headers = {"Content-Type": "application/json"}
    changed = manager.patch(f"{V1}/process-instances/{instance}/variables", content=raw, headers=headers)
    assert changed.status_code == 204
    text = manager.get(f"{V1}/process-instances/{instance}").text
    assert '"exact":0.10' in text
    assert '"long":1234567890.123456789012345678' in text


def test_whoever_did_the_step_that_a_task_checks_is_kept_from_it(world: World) -> None:
    task = world.task(world.approved(by="ann"))
    order = {"data": {"number": "4711", "paid": "1"}}
    item = world.client("ann").get(f"{V1}/tasks/{task}").json()
    assert item["blocked"] is True
    assert item["may_work"] is False
    refused = world.client("ann").post(f"{V1}/tasks/{task}/complete", json=order)
    assert refused.status_code == 403
    assert world.client("bo").post(f"{V1}/tasks/{task}/complete", json=order).status_code == 200


def test_delegation_goes_there_and_comes_back_with_the_work(world: World) -> None:
    task = world.task(world.purchase())
    ann, abe = world.client("ann"), world.client("abe")
    ann.post(f"{V1}/tasks/{task}/claim")
    assert ann.post(f"{V1}/tasks/{task}/delegate", json={"assignee": "abe"}).status_code == 200
    assert ids(ann.get(f"{V1}/tasks?scope=delegated")) == [task]
    assert abe.post(f"{V1}/tasks/{task}/complete", json=APPROVE).status_code == 409
    assert abe.post(f"{V1}/tasks/{task}/resolve", json={"data": {"comment": "fine"}}).status_code == 200
    back = ann.get(f"{V1}/tasks/{task}").json()
    assert (back["assignee"], back["delegation"], back["draft"]) == ("ann", "resolved", {"comment": "fine"})
    assert ann.post(f"{V1}/tasks/{task}/complete", json=APPROVE).status_code == 200


def test_a_task_goes_only_to_people_who_are_there(world: World) -> None:
    task = world.task(world.purchase())
    answer = world.client("ann").post(f"{V1}/tasks/{task}/assign", json={"assignee": "nobody"})
    assert answer.status_code == 404
    assert world.client("max").post(f"{V1}/tasks/{task}/assign", json={"assignee": "lin"}).status_code == 200
    assert world.client("lin").get(f"{V1}/tasks/{task}").status_code == 200


def test_a_task_that_nobody_is_named_for_is_done_by_managers(world: World) -> None:
    instance = world.start("waiting", {"level": 1})
    manager = world.client("max")
    manager.post(f"{V1}/messages", json={"name": "Ping"})
    manager.post(f"{V1}/signals", json={"name": "Alarm"})
    world.settle()
    task = world.task(instance)
    assert world.client("ann").get(f"{V1}/tasks/{task}").status_code == 404
    assert manager.get(f"{V1}/tasks/{task}").json()["data"] == {"level": 1}
    assert manager.post(f"{V1}/tasks/{task}/complete", json={"data": {"seen": True}}).status_code == 200


# --- what it costs ------------------------------------------------------------------------------------------------------


def test_a_completed_task_costs_at_most_twelve_statements_and_one_commit(world: World) -> None:
    task = world.task(world.purchase())
    client = world.client("ann")
    client.get(f"{V1}/tasks/{task}")
    with count_statements(world.services.database) as count:
        answer = client.post(f"{V1}/tasks/{task}/complete", json=APPROVE)
    assert answer.status_code == 200
    assert len(count.statements) <= 12, count.statements
    assert count.commits == 1


def test_the_inbox_costs_three_statements_whatever_is_in_it(world: World) -> None:
    client = world.client("ann")
    for _ in range(5):
        world.purchase()
    with count_statements(world.services.database) as count:
        assert len(client.get(f"{V1}/tasks?scope=groups").json()["items"]) == 5
    assert len(count.statements) == 3  # who asks, which tasks, their rows
    assert count.commits == 0


def test_an_engine_failure_behind_the_task_keeps_the_form(world: World) -> None:
    instance = world.start("waiting", {})
    manager = world.client("max")
    manager.post(f"{V1}/messages", json={"name": "Ping"})
    manager.post(f"{V1}/signals", json={"name": "Alarm"})
    world.settle()
    found = manager.get(f"{V1}/process-instances/{instance}/incidents").json()["items"]
    assert [one["element_id"] for one in found] == ["ready"]
    assert found[0]["message"]
    assert found[0]["message_zh"]
    retry = manager.post(f"{V1}/incidents/{found[0]['id']}/retry", json={"variables": {"level": 2}})
    assert retry.status_code == 204
    world.settle()
    assert world.task(instance)
    assert manager.get(f"{V1}/incidents").json()["items"] == []


def test_an_assigned_task_is_gone_from_the_groups_inbox(world: World) -> None:
    task = world.task(world.purchase())
    world.run(AssignTask(task, "abe"), by="max")
    assert ids(world.client("ann").get(f"{V1}/tasks?scope=groups")) == []
    assert json.loads(world.client("abe").get(f"{V1}/tasks?scope=mine").text)["items"][0]["id"] == task


@pytest.mark.parametrize("cursor", ["nonsense", "WzEsMiwzXQ", "WyItY3JlYXRlZCIsdHJ1ZSwieCJd"])
def test_a_cursor_of_another_list_leads_nowhere(world: World, cursor: str) -> None:
    assert world.client("ann").get(f"{V1}/tasks?cursor={cursor}").status_code == 404
