"""Honest requests that look odd: each of them has to work."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.security.wire import exchange, request, serving, status
from tests.support import PASSWORD, World, make_world

V1 = "/api/v1"
HTML = {"Accept": "text/html"}
NAMES = [
    "O'Brien & Söhne <GmbH>", '"Zitat" – 100 %', "王小明（设计部）", "🛋️ Sofa 🚚 family 👨‍👩‍👧", "مكتب الرياض", "שולחן כתיבה",
    "a_b%c\\d/e?f#g&h=i;j", "<script>alert('hi')</script>", "DROP TABLE users; --", "{{ title }} ${title} %(title)s {0}", "../../readme",
    "null", "=1+1", "Ｆｕｌｌ－ｗｉｄｔｈ", "e\u0301 é Å", "0", "-", "1e999999 of them", "x" * 100,
]  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, world_template: Path, shared_app: FastAPI) -> Iterator[World]:
    """One installation for all of them, as it is in a company."""
    made = make_world(tmp_path_factory.mktemp("benign") / "world", world_template, app=shared_app)
    yield made
    made.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_title_may_be_anything_that_people_write(world: World, name: str) -> None:
    lin, ann = world.client("lin"), world.client("ann")
    sent = {"key": "purchase", "variables": {"title": name, "amount": "1200.50"}, "business_key": name}
    started = lin.post(f"{V1}/process-instances", json=sent)
    assert started.status_code == 201, started.text
    (task,) = ann.get(f"{V1}/tasks", params={"business_key": name}).json()["items"]
    assert ann.get(f"{V1}/tasks/{task['id']}").json()["data"]["title"] == name
    found = ann.get(f"{V1}/tasks", params={"text": name, "limit": 200}).json()["items"]
    assert name in {one["business_key"] for one in found}
    assert ann.get(f"/tasks/{task['id']}", headers=HTML).status_code == 200
    assert ann.get("/search", params={"q": name}, headers=HTML).text.count(f"/tasks/{task['id']}") >= 1


@pytest.mark.parametrize(
    "key",
    ["K" * 200, "2026/03/02", "100%", "a_b", "Ä-Ö-Ü", "订单-0001", "a b", "#1", "a+b", "🚚", "C:\\x", "a..b", "'"],
)
def test_a_business_key_may_be_anything_up_to_200_characters(world: World, key: str) -> None:
    instance = world.start("waiting", {"amount": 1}, business_key=key)
    found = world.client("max").get(f"{V1}/process-instances", params={"business_key": key}).json()["items"]
    assert [one["id"] for one in found] == [instance]
    sent = {"name": "Ping", "business_key": key}
    assert world.client("erp").post(f"{V1}/messages", json=sent).json() == {"receivers": 1}


@pytest.mark.parametrize(
    "name",
    [
        "照片 2026.png",
        "Rechnung – März (1).pdf",
        "🧾.txt",
        "فاتورة.txt",
        "no ending",
        "x.tar.gz",
        ".profile",
        "a" * 180 + ".txt",
    ],
)
def test_files_keep_their_names(world: World, name: str) -> None:
    task = world.task(world.purchase())
    sent = {"file": (name, b"some text", "text/plain")}
    answer = world.client("ann").post(f"{V1}/tasks/{task}/attachments", files=sent)
    assert answer.status_code == 201, answer.text
    assert answer.json()["name"].startswith(name.strip(".").split(".")[0])
    got = world.client("ann").get(f"{V1}/attachments/{answer.json()['id']}/content")
    assert got.content == b"some text"


def photo(size: int) -> bytes:
    """A PNG of about `size` bytes that cannot be packed any further."""
    head = b"\x89PNG\r\n\x1a\n"

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    side = int((size / 3) ** 0.5)
    rows = (b"\0" + bytes((x * y) % 251 for x in range(side * 3)) for y in range(4))
    line = b"".join(rows)
    pixels = zlib.compress(line * (side // 4 + 1), 0)
    shape = side.to_bytes(4, "big") + (side // 4 * 4 + 4).to_bytes(4, "big") + b"\x08\x02\0\0\0"
    return head + chunk(b"IHDR", shape) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_a_photo_of_nine_megabytes_is_no_flood(world: World) -> None:
    content = photo(9_000_000)
    assert 8_000_000 < len(content) < 12_000_000
    task = world.task(world.purchase())
    answer = world.client("ann").post(
        f"/tasks/{task}/attachments",
        files={"file": ("照片.png", content, "image/png")},
        headers=HTML,
        follow_redirects=False,
    )
    assert answer.status_code == 303
    (item,) = world.client("ann").get(f"{V1}/tasks/{task}/attachments").json()["items"]
    shown = world.client("ann").get(f"/files/{item['id']}", headers=HTML)
    assert shown.headers["content-type"] == "image/png" and len(shown.content) == item["size"]


def test_two_tabs_of_one_browser_both_work(world: World) -> None:
    lin, task = world.client("ann"), world.task(world.purchase())
    tokens = [
        re.search(r'name="csrf_token" value="([^"]+)"', lin.get(path, headers=HTML).text)
        for path in (f"/tasks/{task}", "/account")
    ]
    browser = TestClient(world.app, cookies=dict(lin.cookies), headers=HTML, follow_redirects=False)
    for found, path, data in zip(
        tokens,
        (f"/tasks/{task}/comments", "/account"),
        ({"text": "hi"}, {"language": "en", "zone": "Asia/Shanghai", "theme": "auto"}),
        strict=True,
    ):
        assert found is not None
        assert browser.post(path, data={**data, "csrf_token": found[1]}).status_code == 303


def test_a_double_click_completes_once_and_hurts_nobody(world: World) -> None:
    instance = world.purchase()
    task, ann = world.task(instance), world.client("ann")
    sent = {"decision": "approve", "_do": "complete"}
    answers = [
        ann.post(f"/tasks/{task}", data=sent, headers=HTML, follow_redirects=False).status_code for _ in range(2)
    ]
    assert answers[0] == 303 and answers[1] in (303, 409)
    page = ann.get(f"/tasks/{task}", headers=HTML)  # the back button
    assert page.status_code == 200
    assert world.task(instance, "order")


def test_two_clicks_at_the_same_time_complete_once(world: World) -> None:
    task, ann = world.task(world.purchase()), world.client("ann")
    with ThreadPoolExecutor(2) as pool:
        sent = [
            pool.submit(ann.post, f"{V1}/tasks/{task}/complete", json={"data": {"decision": "reject"}})
            for _ in range(2)
        ]
    assert sorted(one.result().status_code for one in sent) == [200, 409]


def test_a_comment_that_is_sent_twice_is_two_comments(world: World) -> None:
    task, ann = world.task(world.purchase()), world.client("ann")
    for _ in range(2):
        assert (
            ann.post(
                f"/tasks/{task}/comments",
                data={"text": "Bitte „Eiche“ <statt> Buche\r\n\r\nDanke 🙏"},
                headers=HTML,
                follow_redirects=False,
            ).status_code
            == 303
        )
    assert len(ann.get(f"{V1}/tasks/{task}/comments").json()["items"]) == 2


@pytest.mark.parametrize(
    "path", ["/sign-in", "/health/live", f"{V1}/openapi.json", "/inbox", f"{V1}/me", "/account", "/start"]
)
def test_head_is_get_without_a_body(world: World, path: str) -> None:
    lin = world.client("lin")
    head, got = (
        lin.head(path, headers=HTML, follow_redirects=False),
        lin.get(path, headers=HTML, follow_redirects=False),
    )
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert (
        head.headers["content-type" if got.content else "location"]
        == got.headers["content-type" if got.content else "location"]
    )


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "",
        "text/html, application/xhtml+xml, image/jxr, */*",
        "text/html;level=1;q=0.9,*/*;q=0.1",
        "application/json",
        "image/*",
    ],
)
@pytest.mark.parametrize("encoding", ["gzip, deflate, br, zstd", "identity", "*;q=0"])
def test_browsers_and_programs_accept_what_they_like(world: World, accept: str, encoding: str) -> None:
    answer = world.client("lin").get("/inbox", headers={"Accept": accept, "Accept-Encoding": encoding})
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    body = gzip.decompress(answer.content) if answer.content[:2] == b"\x1f\x8b" else answer.content
    assert b"<html" in body


@pytest.mark.parametrize("address", ["::1", "2001:db8::7", "::ffff:198.51.100.7", "fe80::1%eth0", "198.51.100.7"])
def test_people_come_from_any_kind_of_address(world: World, address: str) -> None:
    browser = TestClient(world.app, client=(address, 50_000))
    answer = browser.post("/sign-in", data={"username": "lin", "password": PASSWORD}, follow_redirects=False)
    assert answer.status_code == 303
    assert address in {one["address"] for one in browser.get(f"{V1}/sessions").json() if one["current"]}


def test_clients_without_a_user_agent_and_with_old_habits(world: World) -> None:
    token = world.by_token("lin").headers["Authorization"]
    with serving(world.app) as port:
        for head in (
            request(f"GET {V1}/me HTTP/1.1", f"Authorization: {token}"),
            f"GET {V1}/me HTTP/1.0\r\nauthorization: {token}\r\n\r\n".encode(),
            f"GET {V1}/me HTTP/1.1\r\nHOST: 127.0.0.1:{port}\r\nAUTHORIZATION: {token.replace('Bearer', 'bearer')}\r\nConnection: close\r\n\r\n".encode(),
            f"GET {V1}/me?x=1&x=2&&y HTTP/1.1\r\nHost: [::1]:{port}\r\nAuthorization: {token}\r\nConnection: close\r\n\r\n".encode(),
            f"\r\nGET {V1}/tasks/ HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nConnection: close\r\n\r\n".encode(),
        ):
            assert status(exchange(port, head)) in (200, 308), head
        chunked = request(
            f"POST {V1}/process-instances HTTP/1.1",
            f"Authorization: {token}",
            "Content-Type: application/json",
            "Transfer-Encoding: chunked",
            body=b'11\r\n{"key": "waiting"\r\n1\r\n}\r\n0\r\n\r\n',
        )
        assert status(exchange(port, chunked)) == 201
        waiting = request(
            f"POST {V1}/process-instances HTTP/1.1",
            f"Authorization: {token}",
            "Content-Type: application/json",
            "Expect: 100-continue",
            "Content-Length: 18",
            body=b'{"key": "waiting"}',
        )
        assert b" 201 " in exchange(port, waiting)


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "APPLICATION/JSON",
        "application/vnd.api+json",
    ],
)
def test_json_is_json_however_it_is_called(world: World, kind: str) -> None:
    answer = world.client("lin").post(
        f"{V1}/process-instances", content=b'{"key": "waiting"}', headers={"Content-Type": kind}
    )
    assert answer.status_code == 201


def test_numbers_keep_every_digit_that_people_may_send(world: World) -> None:
    sent: dict[str, Any] = {"key": "waiting", "variables": {}}
    for text in ("67000.00", "0.1", "-0", "123456789012345678901234567890.12", "1e3", "1E-20", "60.0"):
        body = f'{{"key": "waiting", "variables": {{"a": {text}}}}}'.encode()
        assert (
            world.client("lin")
            .post(f"{V1}/process-instances", content=body, headers={"Content-Type": "application/json"})
            .status_code
            == 201
        )
    sent = {"name": "whole", "expires_in_days": 30.0}
    assert world.client("lin").post(f"{V1}/tokens", json=sent).status_code == 201


def test_a_browser_that_says_where_it_comes_from_is_let_in(world: World) -> None:
    lin = world.client("lin")
    for headers in ({"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "HTTP://TESTSERVER"},
                    {"Referer": "http://testserver/account"}, {"Origin": "http://testserver", "Referer": "http://evil.test"}):  # fmt: skip
        sent = {"language": "en", "zone": "Asia/Shanghai", "theme": "auto"}
        assert lin.post("/account", data=sent, headers=HTML | headers, follow_redirects=False).status_code == 303


def test_names_with_spaces_around_and_pasted_passwords_sign_in(world: World) -> None:
    for username in ("lin", " lin ", "lin\t"):
        answer = world.client().post(
            "/sign-in",
            data={"username": username, "password": PASSWORD, "next": "/requests?view=all"},
            follow_redirects=False,
        )
        assert answer.status_code == 303 and answer.headers["location"] == "/requests?view=all"


def test_forgotten_tabs_are_asked_to_sign_in_and_come_back(world: World) -> None:
    task = world.task(world.purchase())
    gone = TestClient(world.app, cookies={"facet_session": "of yesterday"}, follow_redirects=False)
    away = gone.get(f"/tasks/{task}?tab=files", headers=HTML)
    assert away.status_code == 303 and away.headers["location"] == f"/sign-in?next=%2Ftasks%2F{task}%3Ftab%3Dfiles"
    assert gone.get("/sign-in", headers=HTML).status_code == 200


def test_a_passphrase_in_chinese_is_a_password(world: World) -> None:
    phrase = "白日依山尽黄河入海流 🌊"
    assert world.client("olga").put(f"{V1}/me/password", json={"old": PASSWORD, "new": phrase}).status_code == 204
    assert (
        world.client()
        .post("/sign-in", data={"username": "olga", "password": phrase}, follow_redirects=False)
        .status_code
        == 303
    )
