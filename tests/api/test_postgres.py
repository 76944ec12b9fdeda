"""The same over PostgreSQL: every list with every sort and filter, and a purchase from start to end."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.store.database import count_statements
from tests.support import World, make_postgres_world

pytestmark = pytest.mark.postgres
V1 = "/api/v1"
WHEN = "2026-03-01T00:00:00Z"

LISTS = [
    *(f"tasks?sort={sort}&limit=1" for sort in ("created", "-created", "due", "-due", "priority", "name", "-ended")),
    *(f"tasks?scope={scope}" for scope in ("mine", "groups", "all", "done", "delegated")),
    f"tasks?due_after={WHEN}&created_after={WHEN}&priority_from=1&text=App&candidate_group=approver&unassigned=true",
    "tasks?status=completed",
    "tasks/counts",
    *(f"process-instances?sort={sort}&limit=1" for sort in ("started", "-key", "definition")),
    f"process-instances?started_after={WHEN}&text=p&incidents=false&top_level=true&mine=true&status=active&late=true",
    'process-instances?variables={"amount":1200.5,"title":"Desk"}',
    *(f"process-definitions?sort={sort}&all_versions=true&text=p" for sort in ("key", "-name", "created")),
    "process-definitions?startable=true",
    "decisions?text=lev",
    "decision-evaluations?key=level",
    "incidents?status=open",
    "jobs?sort=-due",
    f"audit?after={WHEN}&actor=lin&command=StartInstance",
    "external-tasks?topic=erp.ask",
    *(f"users?sort={sort}&text=a&limit=2" for sort in ("username", "-name")),
    "users?group=approver&disabled=false",
    "groups?text=Buy",
    "sessions",
    "tokens",
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[World]:
    made = make_postgres_world(tmp_path_factory.mktemp("postgres"), postgres_url)
    for number in range(3):
        made.purchase(business_key=f"P-{number}")
    made.approved(business_key="P-9")
    made.start("outside")
    yield made
    made.close()


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("user", ["ada", "ann", "lin"])
def test_every_list_answers(world: World, path: str, user: str) -> None:
    answer = world.client(user).get(f"{V1}/{path}")
    assert answer.status_code in ((200,) if user == "ada" else (200, 403)), answer.text
    cursor = answer.json().get("next") if isinstance(answer.json(), dict) else None
    if cursor is not None:
        assert world.client(user).get(f"{V1}/{path}&cursor={cursor}").status_code == 200


def test_a_purchase_runs_from_start_to_end(world: World) -> None:
    start = {"variables": {"title": "Oak", "amount": "67000.10", "iban": "DE1"}}
    id = world.client("lin").post(f"{V1}/process-definitions/purchase/start", json=start).json()["id"]
    task = world.task(id)
    client = world.client("abe")
    client.get(f"{V1}/tasks/{task}")
    with count_statements(world.services.database) as count:
        assert client.post(f"{V1}/tasks/{task}/complete", json={"data": {"decision": "approve"}}).status_code == 200
    assert len(count.statements) <= 12
    assert count.commits == 1
    order = world.client("bo").post(
        f"{V1}/tasks/{world.task(id)}/complete", json={"data": {"number": "1", "paid": "67000.10"}}
    )
    assert order.status_code == 200
    seen = world.client("max").get(f"{V1}/process-instances/{id}")
    assert seen.json()["status"] == "completed"
    assert '"amount":67000.10' in seen.text
    for part in ("activities", "history", "audit", "incidents", "comments", "attachments"):
        assert world.client("max").get(f"{V1}/process-instances/{id}/{part}").status_code == 200
    assert world.client("max").get(f"{V1}/process-instances/{id}/diagram.svg").status_code == 200
    assert world.client("max").get(f"{V1}/process-definitions/purchase/resources").status_code == 200


def test_of_many_at_the_same_moment_one_wins(world: World) -> None:
    task = world.task(world.purchase())
    clients = [world.client(name) for name in ("ann", "abe")] * 3

    def complete(number: int) -> int:
        answer = clients[number].post(f"{V1}/tasks/{task}/complete", json={"data": {"decision": "approve"}})
        return int(answer.status_code)

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(complete, range(6))) == [200, 409, 409, 409, 409, 409]
