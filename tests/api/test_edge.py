"""The outer layer: headers, request ids, sizes, problems that tell nothing they should not, figures and health."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient

from api.app import create_app
from api.auth import CallDep, Secured, allow
from api.edge import POLICY
from api.exact import Json
from engine.store.database import Busy
from tests.support import World

V1 = "/api/v1"


@pytest.mark.parametrize("path", [f"{V1}/me", "/nothing", "/health/live", f"{V1}/openapi.json"])
def test_every_answer_carries_the_usual_headers(world: World, path: str) -> None:
    headers = world.client().get(path).headers
    assert headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


def test_a_request_id_is_taken_over_when_it_is_one(world: World) -> None:
    client = world.client()
    assert client.get(f"{V1}/me", headers={"X-Request-ID": "abc-12345"}).headers["x-request-id"] == "abc-12345"
    made = client.get(f"{V1}/me", headers={"X-Request-ID": "a b\tc<script>"})
    assert made.headers["x-request-id"] != "a b\tc<script>"
    assert made.json()["request_id"] == made.headers["x-request-id"]


def test_the_audit_names_the_request_and_where_it_came_from(world: World) -> None:
    client = world.client("lin")
    headers = {"X-Request-ID": "from-the-form-1"}
    id = client.post(f"{V1}/process-instances", json={"key": "outside"}, headers=headers).json()["id"]
    [entry] = world.client("max").get(f"{V1}/process-instances/{id}/audit").json()["items"]
    assert (entry["command"], entry["actor"], entry["request_id"]) == ("StartInstance", "lin", "from-the-form-1")
    assert entry["source"] == "testclient"


def test_a_body_that_is_too_large_is_refused_before_it_is_read(world: World) -> None:
    client = world.client("lin")
    huge = b'{"key": "' + b"x" * (2 * 1024 * 1024) + b'"}'
    answer = client.post(f"{V1}/process-instances", content=huge, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["code"] == "too-large"

    def pieces() -> Any:
        for _ in range(40):
            yield b" " * 65536

    answer = client.post(f"{V1}/process-instances", content=pieces(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'{"key": NaN}', b"[" * 100_000])
def test_what_is_no_json_is_refused_with_a_sentence(world: World, body: bytes) -> None:
    answer = world.client("lin").post(
        f"{V1}/process-instances", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_strangers_learn_nothing_but_that_they_are_strangers(world: World) -> None:
    answer = world.client().post(f"{V1}/process-instances", json={"wrong": 1})
    assert answer.status_code == 401
    assert set(answer.json()) == {"type", "title", "status", "detail", "code", "request_id"}


def test_an_unexpected_error_tells_no_inside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_arguments: object) -> None:
        raise RuntimeError("secret inside /etc/facet")

    monkeypatch.setattr("engine.queries.tasks.list_tasks", explode)
    answer = world.client("lin").get(f"{V1}/tasks", headers={"Accept-Language": "zh"})
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.json()["title"] == "出现错误"


def test_a_busy_database_asks_to_come_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_arguments: object) -> None:
        raise Busy

    monkeypatch.setattr("engine.queries.tasks.list_tasks", busy)
    answer = world.client("lin").get(f"{V1}/tasks")
    assert answer.status_code == 503
    assert answer.json()["code"] == "busy"


def test_allow_names_every_method_of_the_address(world: World) -> None:
    answer = world.client("lin").put(f"{V1}/me", json={})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, PATCH"


def test_figures_name_routes_and_not_addresses(world: World) -> None:
    world.client("lin").get(f"{V1}/tasks/0198c8a4-6c3e-7b11-9f0a-3f6f5f1d2a77")
    world.purchase()
    text = world.client().get("/metrics").text
    assert 'facet_http_requests_total{method="GET",route="/api/v1/tasks/{id}",status="404"}' in text
    assert "0198c8a4" not in text
    assert "facet_tasks_open 1.0" in text


def test_readiness_is_the_databases(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.client().get("/health/ready").json() == {"status": "ready"}

    def gone(*_arguments: object) -> None:
        raise ConnectionError("password=hunter2")

    monkeypatch.setattr("api.rest.health.pending", gone)
    answer = world.client().get("/health/ready")
    assert answer.status_code == 503
    assert "hunter2" not in answer.text
    assert world.client().get("/health/live").status_code == 200


def test_an_endpoint_without_a_rule_does_not_even_start() -> None:
    router = APIRouter(route_class=Secured)
    with pytest.raises(TypeError, match="has no rule"):

        @router.get("/forgotten")
        def forgotten(call: CallDep) -> Json:
            return Json({})

    with pytest.raises(TypeError, match="call: CallDep"):

        @router.get("/unasked")
        @allow("tasks")
        def unasked() -> Json:
            return Json({})


def test_the_application_opens_and_closes_its_own_engine(world: World) -> None:
    app = create_app(world.settings, worker=True)
    with TestClient(app) as client:
        assert client.get("/health/ready").json() == {"status": "ready"}
        assert app.state.worker is not None
        assert app.state.services is not world.services
