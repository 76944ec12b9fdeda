"""Texts and numbers that PostgreSQL refuses and SQLite keeps: a sentence, never an accident."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import World, make_postgres_world

pytestmark = pytest.mark.postgres
V1 = "/api/v1"
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[World]:
    world = make_postgres_world(tmp_path_factory.mktemp("refused"), postgres_url)
    yield world
    world.close()


@pytest.mark.parametrize("text", ["a\x00b", "\x00", "x" * 300_000])
def test_no_text_is_an_accident(site: World, text: str) -> None:
    task = site.task(site.purchase())
    forms: list[tuple[str, str, dict[str, Any]]] = [
        ("ann", f"/tasks/{task}/comments", {"text": text}), ("ann", f"/tasks/{task}", {"decision": text, "comment": text}),
        ("ann", f"/tasks/{task}/assign", {"assignee": text}), ("lin", "/account/tokens", {"name": text, "days": ""}),
        ("lin", "/sign-in", {"username": text, "password": text}), ("lin", "/preferences", {"lang": text, "next": f"/{text}"}),
        ("ada", "/admin/groups", {"key": text, "name": text}), ("ada", "/admin/users/new", {"username": "u", "name": text}),
        ("ada", "/admin/grants", {"subject": text, "process": text, "action": text}),
        ("ada", "/start/purchase", {"title": text, "amount": "1"}), ("ada", "/instances/x/cancel", {"reason": text}),
    ]  # fmt: skip
    for username, path, fields in forms:
        answer = site.client(username).post(path, data=fields, headers=HTML, follow_redirects=False)
        assert answer.status_code < 500, path
    for path in (f"/tasks/{task}%00", "/search?q=%00", "/inbox?cursor=%00", "/files/%00", "/instances/%00"):
        assert site.client("ada").get(path, headers=HTML).status_code in (400, 404)


@pytest.mark.parametrize(
    "number", ["1e-999999", "0." + "9" * 20_000, "1e3999", "1e-15000", "9" * 3999], ids=lambda text: text[:9]
)
def test_no_number_is_an_accident(site: World, number: str) -> None:
    body = b'{"key": "waiting", "variables": {"a": ' + number.encode() + b"}}"
    started = site.client("max").post(
        f"{V1}/process-instances", content=body, headers={"Content-Type": "application/json"}
    )
    assert started.status_code in (201, 422)
    asked = site.client("max").get(f"{V1}/process-instances", params={"variables": f'{{"a": {number[:1500]}}}'})
    assert asked.status_code in (200, 422)
