"""Looking for other people's things over HTTP: by id, by list, by search, by key; what is not mine does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from engine.commands.tasks import AssignTask, ClaimTask, SaveDraft
from engine.commands.users import ChangeUser
from engine.ids import new_id
from tests.support import World, make_world

V1 = "/api/v1"
HTML = {"Accept": "text/html"}
SECRET = "DE89370400440532013000"
KEY = "Büro-100%_a/b\\c'; drop table task; --"


@dataclass
class Stage:
    """A purchase of lin's that ann has claimed, with a comment, a file and a draft; and what is not there."""

    world: World
    instance: str
    task: str
    file: str
    nothing: str


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, world_template: Path, shared_app: FastAPI) -> Iterator[Stage]:
    world = make_world(tmp_path_factory.mktemp("access") / "world", world_template, app=shared_app)
    instance = world.start("purchase", {"title": "Desk", "amount": "5", "iban": SECRET}, by="lin", business_key=KEY)
    task = world.task(instance)
    world.client("lin").post(f"{V1}/process-instances/{instance}/comments", json={"text": "hush-hush"})
    upload = world.client("ann").post(
        f"{V1}/tasks/{task}/attachments", files={"file": ("hush.txt", b"hush", "text/plain")}
    )
    world.run(ClaimTask(task), by="ann")
    world.run(SaveDraft(task, {"comment": "hush-hush"}), by="ann")
    for name in ("outsider", "abe", "bo", "ann", "lin", "max", "olga", "ada"):
        world.client(name)
    yield Stage(world, instance, task, upload.json()["id"], new_id())
    world.close()


@pytest.fixture
def stage(made: Stage, shared_app: FastAPI) -> Stage:
    """For attacks that change nothing."""
    shared_app.state.settings, shared_app.state.services = made.world.settings, made.world.services
    return made


BY_ID = [
    ("GET", f"{V1}/tasks/{{task}}"), ("GET", f"{V1}/tasks/{{task}}/form"), ("GET", f"{V1}/tasks/{{task}}/comments"),
    ("GET", f"{V1}/tasks/{{task}}/attachments"), ("POST", f"{V1}/tasks/{{task}}/claim"),
    ("POST", f"{V1}/tasks/{{task}}/unclaim"), ("POST", f"{V1}/tasks/{{task}}/assign"),
    ("POST", f"{V1}/tasks/{{task}}/delegate"), ("POST", f"{V1}/tasks/{{task}}/resolve"),
    ("PUT", f"{V1}/tasks/{{task}}/draft"), ("POST", f"{V1}/tasks/{{task}}/calculate"),
    ("POST", f"{V1}/tasks/{{task}}/complete"), ("POST", f"{V1}/tasks/{{task}}/comments"),
    ("GET", f"{V1}/process-instances/{{instance}}"), ("GET", f"{V1}/process-instances/{{instance}}/diagram.svg"),
    ("GET", f"{V1}/process-instances/{{instance}}/comments"), ("GET", f"{V1}/process-instances/{{instance}}/attachments"),
    ("GET", f"{V1}/process-instances/{{instance}}/activities"), ("GET", f"{V1}/process-instances/{{instance}}/incidents"),
    ("POST", f"{V1}/process-instances/{{instance}}/comments"), ("GET", f"{V1}/process-instances/{{instance}}/history"),
    ("GET", f"{V1}/process-instances/{{instance}}/audit"), ("POST", f"{V1}/process-instances/{{instance}}/cancel"),
    ("POST", f"{V1}/process-instances/{{instance}}/suspend"), ("POST", f"{V1}/process-instances/{{instance}}/variables/reveal"),
    ("GET", f"{V1}/attachments/{{file}}"), ("GET", f"{V1}/attachments/{{file}}/content"),
    ("DELETE", f"{V1}/attachments/{{file}}"), ("GET", "/tasks/{task}"), ("POST", "/tasks/{task}"),
    ("POST", "/tasks/{task}/claim"), ("POST", "/tasks/{task}/comments"), ("GET", "/instances/{instance}"),
    ("GET", "/instances/{instance}/drawing"), ("GET", "/instances/{instance}/diagram"), ("POST", "/instances/{instance}/cancel"),
    ("GET", "/files/{file}"), ("POST", "/files/{file}/remove"),
]  # fmt: skip
BODIES = {"assign": {"assignee": "outsider"}, "delegate": {"assignee": "outsider"}, "complete": {"data": {"decision": "approve"}},
          "comments": {"text": "x"}, "resolve": {}, "draft": {}, "calculate": {}, "cancel": {"reason": "x"}}  # fmt: skip


def ask(client: TestClient, method: str, path: str) -> Any:
    page = not path.startswith("/api")
    sent: dict[str, Any] = {"headers": HTML} if page else {}
    if method != "GET":
        body = BODIES.get(path.rsplit("/", 1)[1])
        sent |= {"data": body} if page else {"json": body}
    return client.request(method, path, follow_redirects=False, **sent)


def face(answer: Any, *ids: str) -> tuple[int, str, list[str]]:
    """What an answer shows, without what differs from request to request."""
    text = re.sub(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|datetime="[^"]*"', "…", answer.text)
    names = sorted(name for name in answer.headers if name not in ("x-request-id", "content-length", "date"))
    return answer.status_code, text, names


@pytest.mark.parametrize(("method", "path"), BY_ID)
def test_what_is_not_mine_looks_like_what_is_not_there(stage: Stage, method: str, path: str) -> None:
    there = path.format(task=stage.task, instance=stage.instance, file=stage.file)
    nowhere = path.format(task=stage.nothing, instance=stage.nothing, file=stage.nothing)
    for username in ("outsider", "bo"):
        client = stage.world.client(username)
        found, missing = face(ask(client, method, there)), face(ask(client, method, nowhere))
        assert found == missing and found[0] in (403, 404), (username, found[0], missing[0])
        assert "etag" not in found[2]


@pytest.mark.parametrize(("method", "path"), [one for one in BY_ID if "{task}" in one[1]])
def test_who_was_too_late_reads_nothing_of_it(stage: Stage, method: str, path: str) -> None:
    answer = ask(stage.world.client("abe"), method, path.format(task=stage.task))
    assert answer.status_code in (303, 403, 404, 409), answer.text
    assert "hush" not in answer.text and SECRET not in answer.text and "etag" not in answer.headers


LISTS = [
    "/tasks", "/tasks?scope=done", "/tasks?status=completed", "/tasks?assignee=ann", "/tasks?candidate_group=approver",
    "/tasks?instance_id={instance}", "/tasks?text=desk", "/tasks?text=%25", "/tasks?text=_", "/tasks?sort=-priority",
    "/tasks?sort=due", "/tasks?unassigned=true&text=a", "/process-instances", "/process-instances?initiator=lin",
    "/process-instances?text=%25", "/process-instances?status=active", "/process-instances?definition_key=purchase",
    "/process-instances?incidents=false", "/process-instances?top_level=true&sort=key",
]  # fmt: skip


@pytest.mark.parametrize("query", LISTS)
def test_no_list_shows_rows_of_others(stage: Stage, query: str) -> None:
    answer = stage.world.client("outsider").get(V1 + query.format(instance=stage.instance))
    assert answer.status_code == 200 and answer.json() == {"items": [], "next": None}


def test_counts_searches_and_pages_of_others_are_empty(stage: Stage) -> None:
    outsider = stage.world.client("outsider")
    counts = outsider.get(f"{V1}/tasks/counts").json()
    assert all(one == {"value": 0, "more": False} for one in counts.values())
    for path in ("/search?q=desk", "/search?q=%25", "/inbox?view=all", "/requests", "/inbox?view=groups"):
        shown = outsider.get(path, headers=HTML)
        assert shown.status_code == 200 and stage.instance not in shown.text and stage.task not in shown.text
    for path in (
        "/process-instances?variables=%7B%7D",
        f"/process-instances?variables=%7B%22iban%22%3A%22{SECRET}%22%7D",
    ):
        assert outsider.get(V1 + path).status_code in (200, 403)
        assert stage.instance not in outsider.get(V1 + path).text


def test_a_cursor_of_somebody_else_leads_to_nothing_more(stage: Stage) -> None:
    stage.world.start("purchase", {"title": "x", "amount": "1"}, by="lin")
    cursor = stage.world.client("max").get(f"{V1}/tasks?limit=1").json()["next"]
    assert cursor
    assert stage.world.client("outsider").get(f"{V1}/tasks", params={"cursor": cursor}).json()["items"] == []


@pytest.mark.parametrize(
    "cursor",
    ["x", "0", "-", "_" * 2000, "a" * 3000, "../..", "WyJpZCJd", "bnVsbA", "e30", "W10", "WyItY3JlYXRlZCIsbnVsbCwieCJd",
     "WyItY3JlYXRlZCIseyIkZGF0ZSI6ICIyMDI2LTAxLTAxIn0sIngiXQ", "%00", "é"],
)  # fmt: skip
def test_a_cursor_that_nobody_gave_is_no_page(stage: Stage, cursor: str) -> None:
    for path in ("/tasks", "/process-instances", "/users", "/audit", "/incidents", "/jobs"):
        assert stage.world.client("ada").get(V1 + path, params={"cursor": cursor}).status_code in (404, 422), path


@pytest.mark.parametrize(
    "sort", ["password_hash", "-id", "created;drop table task", "draft", "variables", "(select 1)", "iban"]
)
def test_lists_sort_by_their_own_names_only(stage: Stage, sort: str) -> None:
    for path in ("/tasks", "/process-instances", "/users"):
        assert stage.world.client("ada").get(V1 + path, params={"sort": sort}).status_code == 422


def test_text_filters_mean_what_they_say(stage: Stage) -> None:
    ada = stage.world.client("ada")

    def keys(text: str) -> set[str]:
        found = ada.get(f"{V1}/process-instances", params={"text": text}).json()["items"]
        return {item["business_key"] for item in found if item["business_key"]}

    assert keys("100%_a") == keys("a/b\\c") == keys("'; DROP") == {KEY}
    assert keys("100_") == keys("%%") == keys("a%c") == keys("' or 1=1 --") == keys("\\") - {KEY} == set()
    assert ada.get(f"{V1}/process-instances", params={"business_key": KEY}).json()["items"][0]["id"] == stage.instance
    assert ada.get(f"{V1}/process-instances", params={"business_key": "' or '1'='1"}).json()["items"] == []
    assert ada.get(f"{V1}/users", params={"text": "_____"}).json()["items"] == []
    assert ada.get(f"{V1}/groups", params={"text": "%"}).json() == []


@pytest.mark.parametrize("username", ["max", "olga"])
@pytest.mark.parametrize(
    "wanted",
    ['{"iban": "%s"}', '{"title": "Desk", "iban": "%s"}', '{"iban": ["%s"]}', '{"IBAN": "%s"}', '{"iban\\u0000": "%s"}',
     '{",iban,": "%s"}', '{"$.iban": "%s"}', '{"iban": {"$date": "%s"}}'],
)  # fmt: skip
def test_no_search_tells_a_sensitive_value(stage: Stage, username: str, wanted: str) -> None:
    answer = stage.world.client(username).get(f"{V1}/process-instances", params={"variables": wanted % SECRET})
    assert answer.status_code == 422 or answer.json()["items"] == []
    by_text = stage.world.client(username).get(f"{V1}/process-instances", params={"text": SECRET}).json()
    assert by_text["items"] == []


@pytest.mark.parametrize("username", ["max", "olga", "bo", "outsider"])
def test_no_address_shows_a_sensitive_value_to_who_looks_on(stage: Stage, username: str) -> None:
    client = stage.world.client(username)
    for method, path in BY_ID:
        if method == "GET" or path.endswith("/calculate"):
            answer = ask(client, method, path.format(task=stage.task, instance=stage.instance, file=stage.file))
            assert SECRET not in answer.text and SECRET not in str(answer.headers), path
    for path in (
        "/tasks",
        "/process-instances",
        "/incidents",
        "/jobs",
        "/audit",
        "/decision-evaluations",
        "/external-tasks",
    ):
        assert SECRET not in client.get(V1 + path).text, path


def test_errors_quote_no_sensitive_value(stage: Stage) -> None:
    lin = stage.world.client("lin")
    sent = {"key": "purchase", "variables": {"title": "x", "amount": "no amount", "iban": SECRET * 3}}
    for path, body in (
        (f"{V1}/process-instances", sent),
        (f"{V1}/process-definitions/purchase/start", {"variables": sent["variables"]}),
    ):
        answer = lin.post(path, json=body)
        assert answer.status_code == 422 and SECRET not in answer.text


# --- files, drafts, keys --------------------------------------------------------------------------------------------------


def test_somebody_else_s_upload_cannot_be_named_in_my_form(world: World) -> None:
    mine = (
        world.client("ann")
        .post(f"{V1}/attachments", files={"file": ("a.txt", b"secret of ann", "text/plain")})
        .json()["id"]
    )
    lin = world.client("lin")
    assert lin.get(f"{V1}/attachments/{mine}").status_code == 404
    sent = {"key": "purchase", "variables": {"title": "x", "amount": "1", "offer": mine}}
    stolen, missing = lin.post(f"{V1}/process-instances", json=sent), new_id()
    sent["variables"]["offer"] = missing
    unknown = lin.post(f"{V1}/process-instances", json=sent)
    assert stolen.status_code == unknown.status_code == 422
    assert (
        stolen.text.replace(mine, "x").split("request_id")[0]
        == unknown.text.replace(missing, "x").split("request_id")[0]
    )


def test_files_of_another_case_cannot_be_named_either(world: World) -> None:
    first, second = world.task(world.purchase()), world.task(world.purchase())
    world.run(AssignTask(first, "ann"), by="max")
    file = (
        world.client("ann")
        .post(f"{V1}/tasks/{first}/attachments", files={"file": ("a.txt", b"x", "text/plain")})
        .json()["id"]
    )
    world.run(ClaimTask(second), by="abe")
    answer = world.client("abe").post(
        f"{V1}/tasks/{second}/complete", json={"data": {"decision": "approve", "photo": file}}
    )
    assert answer.status_code == 422


def test_a_key_against_repeating_is_one_s_own(world: World) -> None:
    sent, headers = {"key": "waiting"}, {"Idempotency-Key": "same"}
    mine = world.client("lin").post(f"{V1}/process-instances", json=sent, headers=headers).json()["id"]
    other = world.client("ann").post(f"{V1}/process-instances", json=sent, headers=headers).json()["id"]
    assert mine != other
    assert world.client("lin").post(f"{V1}/process-instances", json=sent, headers=headers).json()["id"] == mine
    for forged in ("lin/same", "../lin/same", "same "):
        assert (
            world.client("ann")
            .post(f"{V1}/process-instances", json=sent, headers={"Idempotency-Key": forged})
            .json()["id"]
            != mine
        )


# --- four eyes, former members --------------------------------------------------------------------------------------------


def test_four_eyes_see_twice_by_every_way(world: World) -> None:
    task = world.task(world.approved(by="ann"))
    ann, bo, max_ = world.client("ann"), world.client("bo"), world.client("max")
    done = {"data": {"number": "1", "paid": "1"}}
    assert ann.post(f"{V1}/tasks/{task}/claim").status_code == 403
    assert ann.post(f"{V1}/tasks/{task}/complete", json=done).status_code == 403
    assert (
        ann.post(f"/tasks/{task}", data={"number": "1", "paid": "1", "_do": "complete"}, headers=HTML).status_code
        == 403
    )
    assert ann.post(f"{V1}/tasks/{task}/assign", json={"assignee": "ann"}).status_code in (403, 422)
    assert max_.post(f"{V1}/tasks/{task}/assign", json={"assignee": "ann"}).status_code == 422
    assert bo.post(f"{V1}/tasks/{task}/claim").status_code == 200
    assert bo.post(f"{V1}/tasks/{task}/assign", json={"assignee": "ann"}).status_code == 422
    assert bo.post(f"{V1}/tasks/{task}/delegate", json={"assignee": "ann"}).status_code == 422
    assert ann.put(f"{V1}/tasks/{task}/draft", json={"number": "1"}).status_code in (403, 404, 409)
    assert bo.post(f"{V1}/tasks/{task}/complete", json=done).status_code == 200


def test_who_left_the_group_sees_its_tasks_no_more(world: World) -> None:
    instance = world.purchase()
    task, abe = world.task(instance), world.client("abe")
    token = world.by_token("abe", "tasks")
    assert abe.get(f"{V1}/tasks/{task}").status_code == token.get(f"{V1}/tasks/{task}").status_code == 200
    world.run(ChangeUser("abe", groups=()), by="ada")
    for client in (abe, token):
        for method, path in BY_ID:
            if "{file}" not in path and (client is abe or path.startswith(V1)):
                answer = ask(client, method, path.format(task=task, instance=instance))
                assert answer.status_code in (403, 404), (method, path, answer.status_code)
    assert abe.get(f"{V1}/tasks").json()["items"] == []


def test_a_grant_that_was_revoked_is_gone_at_once(world: World) -> None:
    instance, ada, outsider = world.purchase(), world.client("ada"), world.client("outsider")
    given = {"subject_kind": "user", "subject": "outsider", "action": "READ_INSTANCE", "resource_id": "purchase"}
    made = ada.post(f"{V1}/grants", json=given)
    assert outsider.get(f"{V1}/process-instances/{instance}").status_code == 200
    assert ada.delete(f"{V1}/grants/{made.json()['id']}").status_code == 204
    assert outsider.get(f"{V1}/process-instances/{instance}").status_code == 404


# --- more than was asked for ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/me", {"groups": ["admins"]}), ("PATCH", "/me", {"roles": ["admin"]}), ("PATCH", "/me", {"username": "ada"}),
        ("PATCH", "/me", {"theme": ["dark"]}), ("PATCH", "/me", {"zone": {"a": 1}}), ("PATCH", "/me", {"zone": "../../etc/passwd"}),
        ("PATCH", "/me", {"zone": "/etc/passwd"}), ("PATCH", "/me", {"zone": "x" * 65}), ("PATCH", "/me", []),
        ("POST", "/tokens", {"name": "x", "user_id": "1"}), ("POST", "/tokens", {"name": "x", "scopes": ["admin"]}),
        ("POST", "/tokens", {"name": "x", "expires_in_days": True}), ("POST", "/tokens", {"name": ["x"]}),
        ("POST", "/process-instances", {"key": "waiting", "initiator": "ada"}),
        ("POST", "/process-instances", {"key": ["waiting"]}), ("POST", "/process-instances", {"key": "waiting", "version": "1"}),
        ("POST", "/process-instances", {"key": "waiting", "business_key": 5}), ("POST", "/process-instances", None),
        ("POST", "/session", {"username": {"$ne": ""}, "password": {"$ne": ""}}),
        ("POST", "/session", {"username": ["lin"], "password": ["x"]}), ("POST", "/session", {"username": None, "password": None}),
        ("PUT", "/me/password", {"old": "x", "new": "another long one", "username": "ada"}),
    ],
)  # fmt: skip
def test_a_body_with_more_or_other_things_is_refused_whole(stage: Stage, method: str, path: str, body: Any) -> None:
    answer = stage.world.client("lin").request(method, V1 + path, json=body)
    assert answer.status_code == 422, answer.text
    me = stage.world.client("lin").get(f"{V1}/me").json()
    assert (me["username"], me["groups"], me["zone"]) == ("lin", ["office"], None)


def test_a_page_s_form_takes_only_its_own_fields(world: World) -> None:
    lin = world.client("lin")
    more = {"username": "ada", "groups": "admins", "role": "admin", "roles": "admin", "disabled": "false"}
    lin.post("/account", data={"language": "en", "zone": "Asia/Shanghai", "theme": "auto", **more}, headers=HTML)
    lin.post("/account/tokens", data={"name": "x", "days": "", **more}, headers=HTML)
    assert lin.get(f"{V1}/me").json()["groups"] == ["office"]
    assert len(lin.get(f"{V1}/tokens").json()) == 1 and world.client("ada").get(f"{V1}/tokens").json() == []
    task = world.task(world.purchase())
    sent = {
        "decision": "approve",
        "_do": "complete",
        "amount": "1",
        "title": "Yacht",
        "approved_by": "max",
        "level": "9",
    }
    assert world.client("ann").post(f"/tasks/{task}", data=sent, headers=HTML, follow_redirects=False).status_code in (
        303,
        422,
    )
    seen = world.client("max").get(f"{V1}/tasks", params={"status": "open"}).json()["items"][0]["instance_id"]
    variables = world.client("max").get(f"{V1}/process-instances/{seen}").json()["variables"]
    assert variables["title"] == "Desk" and "approved_by" not in variables and "level" not in variables
