"""Comments and files: what may be attached, who reads it, and that a form names only files of its own instance."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import InvalidInput
from engine.files import media_type_of
from tests.support import World, make_world

V1 = "/api/v1"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))


def attach(world: World, user: str, task: str, content: bytes = PNG, name: str = "a.png") -> dict[str, object]:
    answer = world.client(user).post(f"{V1}/tasks/{task}/attachments", files={"file": (name, content, "image/png")})
    assert answer.status_code == 201, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_a_comment_is_read_by_everybody_who_sees_the_case(world: World) -> None:
    instance = world.purchase()
    task = world.task(instance)
    assert world.client("ann").post(f"{V1}/tasks/{task}/comments", json={"text": " Why oak? "}).status_code == 201
    [seen] = world.client("lin").get(f"{V1}/process-instances/{instance}/comments").json()["items"]
    assert (seen["text"], seen["author"], seen["author_name"]) == ("Why oak?", "ann", "Ann Approver")
    assert world.client("bo").get(f"{V1}/process-instances/{instance}/comments").status_code == 404
    assert world.client("ann").post(f"{V1}/tasks/{task}/comments", json={"text": "   "}).status_code == 422


def test_a_file_comes_back_as_it_went_in(world: World) -> None:
    task = world.task(world.purchase())
    item = attach(world, "ann", task, name="../..\\evil/plan \u202egnp.exe.png")
    assert item["name"] == "plan gnp.exe.png"
    assert item["media_type"] == "image/png"
    answer = world.client("lin").get(f"{V1}/attachments/{item['id']}/content")
    assert answer.content == PNG
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"plan gnp.exe.png\"; filename*=UTF-8''plan%20gnp.exe.png"
    )
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    shown = world.client("lin").get(f"{V1}/attachments/{item['id']}/content?inline=true")
    assert shown.headers["content-disposition"].startswith("inline")


def test_the_same_content_is_kept_once(world: World) -> None:
    task = world.task(world.purchase())
    first, second = attach(world, "ann", task), attach(world, "ann", task, name="b.png")
    assert first["digest"] == second["digest"]
    kept = [path for path in (world.folder / "attachments").rglob("*") if path.is_file()]
    assert [path.name.split("-")[0] for path in kept] == [first["digest"]]


def test_markup_is_never_shown_as_a_page(world: World) -> None:
    task = world.task(world.purchase())
    item = attach(world, "ann", task, b"<html><script>alert(1)</script></html>", "page.html")
    answer = world.client("ann").get(f"{V1}/attachments/{item['id']}/content?inline=true")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize("content", [b"MZ\x90\0", b"\x7fELF..", b"\0\1\2\3", b"", b"#!/bin/sh\n"])
def test_programs_and_unknown_things_are_refused(world: World, content: bytes) -> None:
    task = world.task(world.purchase())
    answer = world.client("ann").post(f"{V1}/tasks/{task}/attachments", files={"file": ("x", content)})
    assert answer.status_code == 422
    assert not [path for path in (world.folder / "attachments").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7", "application/pdf"),
        (b"PK\x03\x04 x", "application/zip"),
        (
            b"PK\x03\x04 [Content_Types].xml  word/document.xml",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        ("客户,金额\n".encode(), "text/plain"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
    ],
)
def test_a_file_is_what_its_content_says(head: bytes, kind: str) -> None:
    assert media_type_of(head) == kind


def test_a_chinese_text_that_is_cut_inside_a_character_is_text() -> None:
    assert media_type_of(("字" * 100_000).encode()[: 256 * 1024]) == "text/plain"
    with pytest.raises(InvalidInput):
        media_type_of(b"abc\xff\xfe\xfd")


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, world_template: Path) -> None:
    world = make_world(tmp_path / "small", world_template, upload_mb=1)
    task = world.task(world.purchase())
    big = PNG + b"\0" * (1024 * 1024)
    answer = world.client("ann").post(f"{V1}/tasks/{task}/attachments", files={"file": ("a.png", big)})
    assert answer.status_code == 413
    assert answer.json()["code"] == "too-large"
    world.close()


def test_a_form_names_only_files_of_its_own_case(world: World) -> None:
    task, other = world.task(world.purchase()), world.task(world.purchase())
    mine, strange = attach(world, "ann", task)["id"], attach(world, "abe", other)["id"]
    client = world.client("ann")
    refused = client.post(f"{V1}/tasks/{task}/complete", json={"data": {"decision": "approve", "photo": strange}})
    assert refused.status_code == 422
    assert "not uploaded for this task" in refused.text
    done = client.post(f"{V1}/tasks/{task}/complete", json={"data": {"decision": "approve", "photo": mine}})
    assert done.status_code == 200


def test_an_upload_for_a_start_form_becomes_the_cases(world: World) -> None:
    lin = world.client("lin")
    mine = lin.post(f"{V1}/attachments", files={"file": ("offer.png", PNG)}).json()["id"]
    hers = world.client("ada").post(f"{V1}/attachments", files={"file": ("x.png", PNG + b"1")}).json()["id"]
    assert lin.get(f"{V1}/attachments/{hers}").status_code == 404
    start = {"title": "Desk", "amount": "1"}
    stolen = lin.post(f"{V1}/process-definitions/purchase/start", json={"variables": {**start, "offer": hers}})
    assert stolen.status_code == 422
    id = lin.post(f"{V1}/process-definitions/purchase/start", json={"variables": {**start, "offer": mine}}).json()["id"]
    [kept] = lin.get(f"{V1}/process-instances/{id}/attachments").json()["items"]
    assert (kept["id"], kept["field"]) == (mine, "offer")
    assert world.client("max").get(f"{V1}/attachments/{mine}").status_code == 200
    assert world.client("ann").get(f"{V1}/attachments/{mine}").status_code == 404  # her form does not show it


def test_an_uploader_may_take_a_file_back_while_the_task_is_open(world: World) -> None:
    task = world.task(world.purchase())
    first, second = attach(world, "ann", task)["id"], attach(world, "ann", task)["id"]
    assert world.client("abe").delete(f"{V1}/attachments/{first}").status_code == 403
    assert world.client("ann").delete(f"{V1}/attachments/{first}").status_code == 204
    world.complete(task, {"decision": "approve"}, "ann")
    assert world.client("ann").delete(f"{V1}/attachments/{second}").status_code == 409
