"""A sale from the walk-in to *won* over the REST API, by five people, each with a session, across a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.e2e.person import PDF, PNG
from tests.e2e.site import PASSWORD, Server

CASE = "JC-20261122-0002"


class Caller:
    """A program that works for one person."""

    def __init__(self, server: Server, username: str) -> None:
        self.http = httpx.Client(base_url=f"{server.address}/api/v1", timeout=20)
        signed_in = self.post("/session", {"username": username, "password": PASSWORD})
        self.http.headers["X-CSRF-Token"] = signed_in["csrf_token"]

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        answer = self.http.post(path, json=body, headers=headers)
        assert answer.is_success, (path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def get(self, path: str, **query: str) -> Any:
        answer = self.http.get(path, params=query)
        assert answer.is_success, (path, answer.status_code, answer.text)
        return answer.json()

    def task(self, element: str) -> dict[str, Any]:
        found = self.get("/tasks", business_key=CASE, element_id=element)["items"]
        assert len(found) == 1, (element, found)
        return dict(found[0])

    def file(self, task: dict[str, Any], name: str, content: bytes) -> str:
        answer = self.http.post(f"/tasks/{task['id']}/attachments", files={"file": (name, content)})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def complete(self, task: dict[str, Any], data: dict[str, Any]) -> None:
        if task["assignee"] is None:
            self.post(f"/tasks/{task['id']}/claim")
        self.post(f"/tasks/{task['id']}/complete", {"data": data})

    def does(self, element: str, **data: Any) -> None:
        self.complete(self.task(element), data)


def test_a_sale_is_won_over_the_api_across_a_restart(server: Server):
    lina, chenchen, wang, he, guo = (Caller(server, name) for name in ("lina", "chenchen", "wang", "he", "guo"))
    now = datetime.now(UTC)
    body = {"customer": "张伟", "mobile": "13800001111", "address": "朝阳区幸福里 3-502"}
    made = lina.post("/process-instances", {"key": "sales", "business_key": CASE, "variables": body})

    lina.does("accept", action="accept", contact_at=now.isoformat())
    slot = (now + timedelta(days=2)).isoformat()
    lina.does("book", slot=slot, measurer="chenchen", address="朝阳区", intent_money="0")
    measure(chenchen)
    server.restart()
    line = {"room": "kitchen", "sku": "K-100", "qty": 1, "list_price": "188000.00"}
    lina.does("quote", lines=[line], net_amount="167000.00", cost="118000.00", valid_days=15, special=False)
    wang.does("approve_in_turn", decision="approve")
    lina.does("negotiate", result="accept", csat=5)
    sign(lina, now)
    deposit(he)

    case = guo.get(f"/process-instances/{made['id']}")
    assert (case["status"], case["end_element_id"]) == ("completed", "won")
    assert case["variables"]["mobile"] == "•••"
    assert case["variables"]["net_amount"] == 167000
    steps = [
        step["element_id"] for step in guo.get(f"/process-instances/{made['id']}/activities", limit="200")["items"]
    ]
    assert [step for step in steps if step in ("accept", "book", "measure", "design", "quote", "negotiate", "sign")] == [
        "accept", "book", "measure", "design", "quote", "negotiate", "sign",
    ]  # fmt: skip


def measure(chenchen: Caller) -> None:
    task = chenchen.task("measure")
    photos = [chenchen.file(task, name, PNG) for name in ("a.png", "b.png")]
    room = {"room": "kitchen", "w": 3000, "h": 2400, "d": 600, "photos": photos}
    chenchen.complete(task, {"rooms": [room], "gps": {"lat": "39.9087", "lon": "116.3975"}, "measure_ok": True})
    task = chenchen.task("design")
    chenchen.complete(task, {"files": [chenchen.file(task, "plan.pdf", PDF)], "style": "现代"})


def sign(lina: Caller, now: datetime) -> None:
    task = lina.task("sign")
    lina.post(f"/tasks/{task['id']}/claim")
    task = lina.task("sign")
    contract, signature = lina.file(task, "contract.pdf", PDF), lina.file(task, "signature.png", PNG)
    promised = (now + timedelta(days=60)).date().isoformat()
    data = {"deposit": "10000.00", "promised_date": promised, "contract": contract, "signature": signature}
    lina.complete(task, data)


def deposit(he: Caller) -> None:
    task = he.task("deposit_check")
    photo = he.file(task, "receipt.png", PNG)
    he.complete(task, {"amount": "10000.00", "txn_no": "WX2026112200", "method": "wechat", "photos": [photo]})
