"""Files over HTTP: the limits of fields and forms, who may read which, and how they come back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from engine.commands.deployments import DeployDefinitions
from tests.support import APPROVE, ORDER, PURCHASE, REQUEST, World, files

V1 = "/api/v1"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
TEXT = b"0123456789" * 2000


def deploy(world: World, fields: Mapping[str, Any], *, sensitive: str = "iban", **form: Any) -> str:
    """A purchase whose approval has these fields too; returns the open task's id."""
    approve = {**APPROVE, **form, "properties": {**APPROVE["properties"], **fields}}
    diagram = PURCHASE.replace('sensitiveVariables="iban"', f'sensitiveVariables="{sensitive}"')
    world.run(DeployDefinitions(files(**{"forms/approve.json": json.dumps(approve), "purchase.bpmn": diagram})))
    return world.task(world.purchase())


def up(world: World, user: str, task: str, field: str = "", content: bytes = TEXT, name: str = "a.txt") -> Any:
    query = f"?field={field}" if field else ""
    return world.client(user).post(f"{V1}/tasks/{task}/attachments{query}", files={"file": (name, content)})


def added(world: World, user: str, task: str, field: str = "", **more: Any) -> str:
    answer = up(world, user, task, field, **more)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def complete(world: World, task: str, **data: Any) -> Any:
    body = {"data": {"decision": "approve", **data}}
    return world.client("ann").post(f"{V1}/tasks/{task}/complete", json=body)


def status(world: World, user: str, id: str) -> int:
    return world.client(user).get(f"{V1}/attachments/{id}/content").status_code


def field(format: str = "file", **more: Any) -> dict[str, Any]:
    return {"type": "string", "format": format, "title": "F", "x-zh": "文", **more}


# --- limits ---------------------------------------------------------------------------------------------------------------


def test_a_field_has_a_size_of_its_own_when_the_file_comes_and_when_the_form_does(world: World) -> None:
    task = deploy(world, {"plan": field(**{"x-max-mb": 0.01})})
    refused = up(world, "ann", task, "plan")
    assert refused.status_code == 413 and "0.01 MB" in refused.json()["detail"]
    assert up(world, "ann", task, "plan", b"small").status_code == 201
    large = added(world, "ann", task)  # not for this field
    answer = complete(world, task, plan=large)
    assert answer.status_code == 422 and "larger than" in answer.json()["errors"]["/plan"]
    assert world.services.files is not None
    assert len(list(world.services.files.everything())) == 2


def test_a_field_takes_its_kinds_when_the_file_comes(world: World) -> None:
    task = deploy(world, {"plan": field(**{"x-accept": [".pdf"]}), "shot": field("photo")})
    assert up(world, "ann", task, "plan").status_code == 422
    assert up(world, "ann", task, "plan", b"%PDF-1.7", "a.pdf").status_code == 201
    assert up(world, "ann", task, "shot").status_code == 422
    assert up(world, "ann", task, "shot", PNG).status_code == 201
    text = added(world, "ann", task)
    assert "/shot" in complete(world, task, shot=text).json()["errors"]
    for unknown in ("nothing", "decision", "plan.x", "0", "."):
        assert up(world, "ann", task, unknown).status_code == 422


def test_fields_in_sections_and_rows_are_held_to_their_limits_too(world: World) -> None:
    row = {"type": "object", "properties": {"shot": field("photo")}}
    rows = {"type": "array", "items": row, "title": "R", "x-zh": "行"}
    section = {"type": "object", "title": "S", "x-zh": "节", "properties": {"plan": field(**{"x-max-mb": 0.01})}}
    task = deploy(world, {"rows": rows, "section": section})
    assert up(world, "ann", task, "rows.0.shot").status_code == 422
    assert up(world, "ann", task, "section.plan").status_code == 413
    photo, text = added(world, "ann", task, "rows.3.shot", content=PNG), added(world, "ann", task)
    errors = complete(world, task, rows=[{"shot": photo}, {"shot": text}], section={"plan": text}).json()["errors"]
    assert set(errors) == {"/rows/1/shot", "/section/plan"}
    assert complete(world, task, rows=[{"shot": photo}]).status_code == 200
    [kept] = [
        one
        for one in world.client("ann").get(f"{V1}/tasks/{task}/attachments").json()["items"]
        if one["field"] is not None
    ]
    assert kept["field"] == "rows.shot"


def test_a_form_has_limits_for_all_its_files_together(world: World) -> None:
    many = {"type": "array", "items": {"type": "string", "format": "file"}, "title": "M", "x-zh": "多"}
    task = deploy(world, {"many": many}, **{"x-max-files": 2, "x-max-total-mb": 0.03})
    ids = [added(world, "ann", task, "many", content=TEXT + bytes([65 + n])) for n in range(3)]
    assert "at most 2 files" in complete(world, task, many=ids).json()["errors"][""]
    assert "in all" in complete(world, task, many=ids[:2]).json()["errors"][""]
    assert complete(world, task, many=ids[:1]).status_code == 200


def test_a_start_form_has_its_limits_too(world: World) -> None:
    request = {**REQUEST, "properties": {**REQUEST["properties"], "offer": field(**{"x-max-mb": 0.01})}}
    world.run(DeployDefinitions(files(**{"forms/request.json": json.dumps(request)})))
    lin = world.client("lin")

    def offer(content: bytes, query: str) -> Any:
        return lin.post(f"{V1}/attachments{query}", files={"file": ("a.txt", content)})

    assert offer(TEXT, "?process=purchase&field=offer").status_code == 413
    assert offer(b"small", "?process=purchase&field=offer").status_code == 201
    assert offer(b"small", "?field=offer").status_code == 422
    assert offer(b"small", "?process=nothing&field=offer").status_code == 404
    outsider = world.client("outsider").post(
        f"{V1}/attachments?process=purchase&field=offer", files={"file": ("a.txt", b"x")}
    )
    assert outsider.status_code in (403, 404)
    page = lin.post("/start/purchase/files?field=offer", files={"file": ("a.txt", TEXT)})
    assert page.status_code == 413 and "larger than" in page.json()["detail"]


def test_the_page_says_the_limits_before_anybody_chooses(world: World) -> None:
    photos = {
        "type": "array",
        "items": {"type": "string", "format": "photo"},
        "maxItems": 4,
        "title": "P",
        "x-zh": "照",
    }
    task = deploy(
        world,
        {"photos": {**photos, "x-max-mb": 3, "x-keep-position": True}, "plan": field(**{"x-accept": [".pdf"]})},
        **{"x-max-files": 6},
    )
    ann = world.client("ann")
    ann.post(f"{V1}/tasks/{task}/claim")
    english = ann.get(f"/tasks/{task}", headers={"Accept-Language": "en"}).text
    assert "At most 4 photos; at most 3 MB each" in english and 'data-max-bytes="3145728"' in english
    assert "At most 20 MB; kinds: .pdf" in english and "All files together: at most 6 files" in english
    assert "The place where a photo was taken stays in it" in english
    chinese = ann.get(f"/tasks/{task}", headers={"Accept-Language": "zh"}).text
    assert "最多 4 张照片；每个不超过 3 MB" in chinese and "照片中的拍摄位置会保留" in chinese


def test_a_browser_without_scripts_keeps_what_was_typed_when_a_file_is_refused(world: World) -> None:
    task = deploy(world, {"plan": field(**{"x-max-mb": 0.01})})
    ann = world.client("ann")
    ann.post(f"{V1}/tasks/{task}/claim")
    typed = {"decision": "approve", "comment": "oak, not beech", "_do": "complete"}
    page = ann.post(f"/tasks/{task}", data=typed, files={"plan": ("plan.txt", TEXT)}, headers={"Accept-Language": "en"})
    assert page.status_code == 422
    assert "oak, not beech" in page.text and "“plan.txt” is larger than 0.01 MB." in page.text
    start = {"title": "A desk of oak", "amount": "1"}
    lin = world.client("lin")
    page = lin.post("/start/purchase", data=start, files={"offer": ("a.exe", b"MZ")}, headers={"Accept-Language": "zh"})
    assert page.status_code == 422 and "A desk of oak" in page.text and "不支持此类文件" in page.text
    sent = ann.post(f"/tasks/{task}", data=typed, files={"plan": ("plan.txt", b"small")}, follow_redirects=False)
    assert sent.status_code == 303


# --- who may read -----------------------------------------------------------------------------------------------------------


def test_a_fields_file_is_for_who_may_read_the_field(world: World) -> None:
    task = deploy(world, {})
    instance = world.client("ann").get(f"{V1}/tasks/{task}").json()["instance_id"]
    id, common = added(world, "ann", task, "photo", content=PNG), added(world, "ann", task)
    world.client("ann").post(f"{V1}/tasks/{task}/claim")

    def readers(id: str) -> set[str]:
        people = ("ann", "abe", "lin", "bo", "max", "ada", "outsider")
        return {user for user in people if status(world, user, id) == 200}

    assert readers(id) == {"ann", "max", "ada"}  # who uploaded it, who reads variables
    assert readers(common) == {"ann", "lin", "max", "ada"}  # everybody who sees the case
    listed = world.client("lin").get(f"{V1}/process-instances/{instance}/attachments").json()["items"]
    assert [one["id"] for one in listed] == [common]
    assert id not in world.client("lin").get(f"/instances/{instance}").text
    assert world.client("lin").get(f"/files/{id}").status_code == 404
    assert world.client("lin").delete(f"{V1}/attachments/{id}").status_code == 404


def test_a_file_is_read_by_who_has_a_task_whose_form_shows_it(world: World) -> None:
    shown = {**ORDER, "properties": {**ORDER["properties"], "photo": field(readOnly=True)}}
    world.run(DeployDefinitions(files(**{"forms/order.json": json.dumps(shown)})))
    task = world.task(world.purchase())
    id = added(world, "ann", task, "photo", content=PNG)
    assert status(world, "bo", id) == 404
    assert complete(world, task, photo=id).status_code == 200
    assert status(world, "bo", id) == 200
    assert status(world, "lin", id) == 404


def test_a_file_in_a_sensitive_variable_is_masked_and_opening_it_is_audited(world: World) -> None:
    task = deploy(world, {}, sensitive="iban,photo")
    instance = world.client("ann").get(f"{V1}/tasks/{task}").json()["instance_id"]
    id = added(world, "ann", task, "photo", content=PNG, name="passport of Li.png")
    assert status(world, "ann", id) == 200
    assert (status(world, "max", id), status(world, "lin", id), status(world, "olga", id)) == (404, 404, 404)
    [seen] = world.client("ada").get(f"{V1}/process-instances/{instance}/attachments").json()["items"]
    assert (seen["name"], seen["masked"]) == ("•••", True)

    page = world.client("ada").get(f"/instances/{instance}").text
    assert f'href="/files/{id}"' in page and f'src="/files/{id}"' not in page  # looking at the case opens nothing

    answer = world.client("ada").get(f"{V1}/attachments/{id}/content")

    assert answer.content == PNG and "passport" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    entries = world.client("ada").get(f"{V1}/process-instances/{instance}/audit").json()["items"]
    [entry] = [one for one in entries if one["command"] == "RevealAttachment"]
    assert entry["actor"] == "ada" and entry["detail"]["variables"] == ["photo"]
    assert "passport" not in str(entries)


# --- how they come back -------------------------------------------------------------------------------------------------------


def test_a_part_of_a_file_can_be_asked_for(world: World) -> None:
    id = added(world, "ann", world.task(world.purchase()))
    ann = world.client("ann")

    def ask(**headers: str) -> Any:
        return ann.get(f"{V1}/attachments/{id}/content", headers={k.replace("_", "-"): v for k, v in headers.items()})

    whole = ask()
    tag = whole.headers["etag"]
    assert (whole.status_code, whole.content, whole.headers["accept-ranges"]) == (200, TEXT, "bytes")
    for wanted, part, said in (
        ("bytes=0-9", TEXT[:10], "bytes 0-9/20000"),
        ("bytes=19995-", TEXT[19995:], "bytes 19995-19999/20000"),
        ("bytes=-3", TEXT[-3:], "bytes 19997-19999/20000"),
        ("bytes=19990-50000", TEXT[19990:], "bytes 19990-19999/20000"),
    ):
        answer = ask(range=wanted)
        assert (answer.status_code, answer.content, answer.headers["content-range"]) == (206, part, said)
        assert answer.headers["content-length"] == str(len(part))
    for nonsense in ("bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,5-6", "bytes=0-999999999999999999999"):
        assert ask(range=nonsense).status_code == 200
    for outside in ("bytes=20000-", "bytes=5-4", "bytes=-0"):
        answer = ask(range=outside)
        assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */20000")
    assert ask(range="bytes=0-1", if_range='"other"').status_code == 200
    assert ask(range="bytes=0-1", if_range=tag).status_code == 206
    assert ask(if_none_match=tag).status_code == 304


@pytest.mark.parametrize(
    "path", [f"{V1}/attachments/{{id}}/content", f"{V1}/attachments/{{id}}/content?inline=true", "/files/{id}"]
)
@pytest.mark.parametrize(
    ("content", "name", "kept"),
    [
        (b"<script>alert(1)</script>", "page.html", "page.html.txt"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "a.svg", "a.svg.txt"),
        (b"PK\x03\x04 not an office file", "tool.jar", "tool.jar.zip"),
        (b"%PDF-1.7", "mail.hta", "mail.hta.pdf"),
        (b"@echo off", "..\\..\\run.bat", "run.bat.txt"),
        (b"a;b\n", "客户.csv", "客户.csv"),
    ],
)
def test_nothing_but_a_picture_is_ever_shown(world: World, path: str, content: bytes, name: str, kept: str) -> None:
    id = added(world, "ann", world.task(world.purchase()), content=content, name=name)
    answer = world.client("ann").get(path.format(id=id))
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "html" not in answer.headers["content-type"] and "svg" not in answer.headers["content-type"]
    assert world.client("ann").get(f"{V1}/attachments/{id}").json()["name"] == kept


def test_a_picture_is_shown_as_what_it_is_whatever_its_name(world: World) -> None:
    id = added(world, "ann", world.task(world.purchase()), content=PNG + b"<script>", name="x;.html")
    answer = world.client("ann").get(f"/files/{id}")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == "inline; filename=\"x_.html.png\"; filename*=UTF-8''x%3B.html.png"
    assert "sandbox" in answer.headers["content-security-policy"]
