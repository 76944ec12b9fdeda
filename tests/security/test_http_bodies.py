"""Bodies that mean harm: numbers, texts and nesting that no client sends, files with odd names, floods of parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.support import World, make_world

V1 = "/api/v1"
JSON = {"Content-Type": "application/json"}
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, world_template: Path, shared_app: FastAPI) -> Iterator[World]:
    world = make_world(tmp_path_factory.mktemp("bodies") / "world", world_template, app=shared_app)
    yield world
    world.close()


@pytest.fixture
def site(made: World, shared_app: FastAPI) -> World:
    """One installation for requests that are refused."""
    shared_app.state.settings, shared_app.state.services = made.settings, made.services
    return made


# --- JSON -----------------------------------------------------------------------------------------------------------------

HUGE = ["1e99999", "1e999999", "1e999999999", "-1e999999", "9" * 100_000, "1" + "0" * 5000]
"""Numbers that are short to write and long to have."""


@pytest.mark.parametrize("number", HUGE, ids=lambda text: text[:12])
@pytest.mark.parametrize(
    ("username", "path", "body"),
    [
        ("lin", "/tokens", '{"name": "x", "expires_in_days": %s}'),
        ("lin", "/process-instances", '{"key": "waiting", "version": %s}'),
        ("max", "/messages", '{"name": "Ping", "expires_in_seconds": %s}'),
        ("max", "/external-tasks/fetch-and-lock", '{"worker_id": "w", "topics": ["a"], "count": %s}'),
        ("lin", "/process-instances", '{"key": "waiting", "variables": {"a": %s}}'),
        ("lin", "/process-instances", '{"key": "purchase", "variables": {"title": "x", "amount": %s}}'),
        ("max", "/decisions/level/evaluate", '{"variables": {"amount": %s}}'),
    ],
)
def test_no_number_is_worked_on_for_long(site: World, username: str, path: str, body: str, number: str) -> None:
    answer = site.client(username).post(V1 + path, content=(body % number).encode(), headers=JSON)
    assert answer.status_code in (400, 422), answer.text
    assert len(answer.content) < 4000


def test_a_stranger_with_any_cookie_makes_nobody_work(site: World) -> None:
    stranger = TestClient(site.app, cookies={"facet_session": "x"}, raise_server_exceptions=False)
    answer = stranger.post(f"{V1}/tokens", content=b'{"name": "x", "expires_in_days": 1e999999}', headers=JSON)
    assert answer.status_code in (401, 422)


ODD = {
    "NaN": b'{"name": NaN}', "Infinity": b'{"name": Infinity}', "half a character": b'{"name": "\\ud800"}',
    "NUL": b'{"name": "a\\u0000b"}', "a list": b"[]", "null": b"null", "a number": b"5", "nothing": b"", "a BOM": b'\xef\xbb\xbf{"name": 1}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"), "no UTF-8": b'{"name": "\xff"}', "more behind": b'{"name": "x"} x',
    "deep": b"[" * 100_000 + b"]" * 100_000, "deep object": b'{"name":' * 50_000, "long": b'{"name": "' + b"a" * 1_900_000 + b'"}',
    "single quotes": b"{'name': 'x'}", "comment": b'{"name": "x" /* */}', "a list as name": b'{"name": ["x"]}', "true": b'{"name": true}',
    "an object as name": b'{"name": {"$ne": ""}}', "prototype": b'{"name": "x", "__proto__": {"admin": true}}',
}  # fmt: skip


@pytest.mark.parametrize("body", ODD.values(), ids=ODD.keys())
def test_what_is_no_proper_body_is_refused(site: World, body: bytes) -> None:
    answer = site.client("lin").post(f"{V1}/tokens", content=body, headers=JSON)
    assert answer.status_code in (400, 422) and answer.headers["content-type"] == "application/problem+json"
    assert len(answer.content) < 4000 and "Traceback" not in answer.text


@pytest.mark.parametrize(
    "value",
    [
        "1e999999",
        "1e-999999",
        "0." + "9" * 20_000,
        '"\\u0000"',
        "[" * 300 + "]" * 300,
        '"\\udfff"',
        '{"\\u0000": 1}',
        "NaN",
    ],
    ids=lambda text: text[:12],
)
def test_drafts_previews_and_forms_take_values_only(site: World, value: str) -> None:
    ann, body = site.client("ann"), b'{"comment": ' + value.encode() + b"}"
    task = site.task(site.purchase())
    answers = [
        ann.put(f"{V1}/tasks/{task}/draft", content=body, headers=JSON),
        ann.put(f"/tasks/{task}/draft", content=body, headers=JSON),
        ann.post(f"{V1}/tasks/{task}/calculate", content=body, headers=JSON),
        ann.post(f"/tasks/{task}/calculate", content=body, headers=JSON),
        ann.post(f"{V1}/tasks/{task}/complete", content=b'{"data": ' + body + b"}", headers=JSON),
        ann.get(f"{V1}/process-instances", params={"variables": body.decode()}),
    ]
    assert all(answer.status_code in (400, 403, 422) for answer in answers), [answer.status_code for answer in answers]
    assert ann.get(f"{V1}/tasks/{task}").json()["draft"] is None


@pytest.mark.parametrize(
    "value", ["1e999999", "1e-999999", "NaN", "Infinity", "-0", "９９９", "0x10", "1_000", "=1+1", "9" * 5000]
)
def test_typed_numbers_that_are_none_come_back_with_a_sentence(site: World, value: str) -> None:
    ann = site.client("ann")
    task = site.task(site.start("purchase", {"title": "x", "amount": "5"}, by="lin"))
    site.complete(task, {"decision": "approve"}, "abe")
    order = site.task(site.start("purchase", {"title": "x", "amount": "5"}, by="lin"))
    del order
    open_ = next(item["id"] for item in ann.get(f"{V1}/tasks").json()["items"] if item["element_id"] == "order")
    preview = ann.post(f"{V1}/tasks/{open_}/calculate", json={"paid": value})
    assert preview.status_code in (200, 422) and len(preview.content) < 2000
    sent = ann.post(
        f"/tasks/{open_}", data={"number": "1", "paid": value, "_do": "complete"}, headers=HTML, follow_redirects=False
    )
    assert sent.status_code in (303, 422) and "Traceback" not in sent.text


@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "multipart/json", "application/x-www-form-urlencoded"]
)
def test_a_script_s_address_takes_no_more_than_json_has(site: World, kind: str) -> None:
    task = site.task(site.purchase())
    answer = site.client("ann").post(
        f"/tasks/{task}/calculate", content=b" " * 3_000_000 + b"{}", headers={"Content-Type": kind}
    )
    assert answer.status_code in (400, 413, 415)


# --- addresses ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/tasks?limit=0", "/tasks?limit=201", "/tasks?limit=-1", "/tasks?limit=1e3", "/tasks?limit=" + "9" * 5000,
        "/tasks?priority_from=99999999999999999999", "/tasks?due_after=2026", "/tasks?due_after=9999-99-99T00:00:00Z",
        "/tasks?due_after=0001-01-01T00:00:00%2B23:59", "/tasks?due_before=9999-12-31T23:59:59-23:59", "/tasks?due_after=1e20",
        "/tasks?unassigned=maybe", "/tasks?scope=everything", "/tasks?text=" + "a" * 201, "/tasks?text=%00",
        "/process-instances?variables=%5B%5D", "/process-instances?variables=%7B", "/process-instances?variables=%7B%22a%22:1e999999%7D",
        "/process-instances?started_after=NaN", "/process-instances?definition_key=%00", "/users?text=%00", "/groups?text=%00",
        "/tasks/%00", "/tasks/" + "a" * 65, "/process-instances/%00", "/attachments/%00", "/users/%00", "/process-definitions/%00",
    ],
)  # fmt: skip
def test_odd_filters_and_ids_are_refused_or_find_nothing(site: World, path: str) -> None:
    answer = site.client("ada").get(V1 + path)
    assert answer.status_code in (400, 404, 422) or (answer.status_code == 200 and answer.json()["items"] == [])


def test_the_same_filter_a_thousand_times_is_one_filter(site: World) -> None:
    assert site.client("ada").get(f"{V1}/tasks?" + "&".join(f"text={n}" for n in range(1000))).status_code == 200
    assert site.client("ada").get(f"{V1}/tasks?" + "&".join(f"p{n}=1" for n in range(3000))).status_code == 200


# --- files ----------------------------------------------------------------------------------------------------------------


def part(name: bytes, body: bytes = b"hello", kind: bytes = b"text/plain") -> bytes:
    head = b'Content-Disposition: form-data; name="file"; filename="' + name + b'"\r\nContent-Type: ' + kind
    return head + b"\r\n\r\n" + body


def upload(site: World, *parts: bytes, kind: str = "multipart/form-data; boundary=X") -> Any:
    body = b"".join(b"--X\r\n" + one + b"\r\n" for one in parts) + b"--X--\r\n"
    return site.client("lin").post(f"{V1}/attachments", content=body, headers={"Content-Type": kind})


NAMES = {
    b"../../x": "x", b"/etc/passwd": "passwd", b"C:\\\\x\\\\y.txt": "y.txt", b"a\x00b.txt": "ab.txt", b"..": "file", b".": "file",
    b"x.png.html": "x.png.html", "\u202etxt.exe".encode(): "txt.exe", "a\u2066b\u200f.txt".encode(): "ab.txt", b'a"b.txt': 'a"b.txt',
    b"%0d%0aX-Evil: y": "%0d%0aX-Evil: y", b"a\tb": "ab", b"<img src=x onerror=alert(1)>": "<img src=x onerror=alert(1)>",
    b"": "file", b"a/": "file", b"a" * 300: "a" * 200, "照片.png".encode(): "照片.png", b";rm -rf ~": ";rm -rf ~",
}  # fmt: skip


@pytest.mark.parametrize(("given", "kept"), NAMES.items())
def test_a_file_s_name_is_a_text_and_nothing_else(site: World, given: bytes, kept: str) -> None:
    answer = upload(site, part(given))
    assert answer.status_code == 201 and answer.json()["name"] in (kept, f"{kept}.txt")  # its content says what it is
    lin, id = site.client("lin"), answer.json()["id"]
    for path in (f"{V1}/attachments/{id}/content", f"/files/{id}"):
        shown = lin.get(path, headers=HTML)
        named = shown.headers["content-disposition"]
        assert named.startswith("attachment; filename") and named.isprintable() and "x-evil" not in shown.headers
        assert shown.content == b"hello"


POLYGLOTS = {
    "page": b"<html><script>alert(1)</script>", "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "script": b"alert(1)", "xml": b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', "pdf": b"%PDF-1.4 <script>",
    "gif and script": b"GIF89a/*<script>*/=1;", "png and page": b"\x89PNG\r\n\x1a\n<html><script>alert(1)</script>",
    "jpeg and page": b"\xff\xd8\xff\xe0<html><script>", "zip": b"PK\x03\x04" + b"\0" * 100, "webp and page": b"RIFF\x10\0\0\0WEBPVP8 <html>",
}  # fmt: skip


@pytest.mark.parametrize("body", POLYGLOTS.values(), ids=POLYGLOTS.keys())
@pytest.mark.parametrize("kind", [b"text/html", b"image/svg+xml", b"image/png"])
def test_no_file_is_ever_a_page_of_ours(site: World, body: bytes, kind: bytes) -> None:
    answer = upload(site, part(b"x.png", body, kind))
    assert answer.status_code in (201, 422)
    for path in (
        ("{0}/attachments/{1}/content", "{0}/attachments/{1}/content?inline=true", "/files/{1}")
        if answer.status_code == 201
        else ()
    ):
        shown = site.client("lin").get(path.format(V1, answer.json()["id"]), headers=HTML)
        told, named = shown.headers["content-type"], shown.headers["content-disposition"]
        assert told.split(";")[0] not in (
            "text/html",
            "image/svg+xml",
            "text/xml",
            "application/xml",
            "application/xhtml+xml",
        )
        assert named.startswith("attachment") or told.startswith("image/")
        assert shown.headers["x-content-type-options"] == "nosniff"
        assert (
            "script-src" not in shown.headers["content-security-policy"]
            and "sandbox" in shown.headers["content-security-policy"]
        )
        assert shown.headers["cache-control"].startswith(("private", "no-store"))


FLOODS = {
    "10,000 fields": [b'Content-Disposition: form-data; name="f%d"\r\n\r\nx' % n for n in range(10_000)],
    "2,000 files": [b'Content-Disposition: form-data; name="f%d"; filename="x"\r\n\r\nx' % n for n in range(2000)],
    "a header of 5 MB": [b"X-H: " + b"a" * 5_000_000 + b"\r\n" + part(b"x")],
    "100,000 headers": [b"".join(b"X-%d: a\r\n" % n for n in range(100_000)) + part(b"x")],
    "a field of 3 MB": [b'Content-Disposition: form-data; name="x"\r\n\r\n' + b"a" * 3_000_000, part(b"x")],
    "no name": [b"Content-Disposition: form-data\r\n\r\nx"], "no disposition": [b"X: y\r\n\r\nx"],
    "a text for a file": [b'Content-Disposition: form-data; name="file"\r\n\r\nx'], "an empty file": [part(b"x", b"")],
}  # fmt: skip


@pytest.mark.parametrize("parts", FLOODS.values(), ids=FLOODS.keys())
def test_floods_of_parts_are_refused(site: World, parts: list[bytes]) -> None:
    assert upload(site, *parts).status_code in (400, 413, 422)


@pytest.mark.parametrize(
    "charset",
    ["utf-7", "rot13", "unicode_escape", "raw_unicode_escape", "idna", "punycode", "utf-16", "undefined", "x" * 999],
)
def test_no_charset_smuggles_half_a_character(site: World, charset: str) -> None:
    kind = f"multipart/form-data; boundary=X; charset={charset}"
    answer = upload(site, part(b"a\\ud800b+2AA-.txt"), kind=kind)
    assert answer.status_code in (400, 422) or answer.json()["name"].encode()
    task = site.task(site.purchase())
    body = b'--X\r\nContent-Disposition: form-data; name="text"\r\n\r\n\\ud800+2AA-\r\n--X--\r\n'
    said = site.client("ann").post(
        f"/tasks/{task}/comments", content=body, headers={"Content-Type": kind, **HTML}, follow_redirects=False
    )
    assert said.status_code in (303, 400, 422)
    signed = site.client().post(
        "/sign-in", content=body.replace(b"text", b"username"), headers={"Content-Type": kind, **HTML}
    )
    assert signed.status_code in (400, 401, 422, 429)


def test_files_and_bodies_have_their_sizes(site: World) -> None:
    lin = site.client("lin")
    assert lin.post(f"{V1}/attachments", files={"file": ("a", b"x" * (20 * 1024 * 1024 + 1))}).status_code == 413
    assert (
        lin.post(f"{V1}/attachments", content=b"x", headers={"Content-Type": "multipart/form-data"}).status_code == 400
    )
    for path in ("/sign-in", "/preferences", "/account", f"{V1}/tokens", f"{V1}/process-instances"):
        kind = "application/json" if path.startswith("/api") else "application/x-www-form-urlencoded"
        assert lin.post(path, content=b"a" * 2_200_000, headers={"Content-Type": kind}).status_code == 413


@pytest.mark.parametrize("path", ["/sign-in", "/preferences", f"{V1}/session", f"{V1}/attachments", "/tasks/x/files"])
def test_strangers_have_nothing_to_upload(site: World, path: str) -> None:
    answer = site.client().post(path, files={"file": ("a", b"x" * 2_200_000)}, headers=HTML)
    assert answer.status_code == 413


def test_nobody_s_file_is_not_read(site: World) -> None:
    stranger = TestClient(site.app, cookies={"facet_session": "x"}, raise_server_exceptions=False)
    for path in (f"{V1}/attachments", "/tasks/x/files", "/deploy"):  # what is no form would be told so, were it read
        answer = stranger.post(path, content=b"no form", headers={"Content-Type": "multipart/form-data; boundary=X"})
        assert answer.status_code == 401 and answer.json()["code"] == "sign-in-required"
