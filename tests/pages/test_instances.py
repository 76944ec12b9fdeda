"""Cases: who sees what, and what managers do with them."""

from __future__ import annotations

from datetime import timedelta

from engine.commands.messages import BroadcastSignal, CorrelateMessage
from tests.pages.reading import HTMX, Seen, following, see, send
from tests.support import World


def stuck(world: World) -> tuple[str, str]:
    """An instance whose gateway found no way, and its incident."""
    id = world.start("waiting", {"level": 0}, business_key="W-1")
    client = world.client("max")
    world.run(CorrelateMessage("Ping", business_key="W-1"))
    world.run(BroadcastSignal("Alarm"))
    return id, incident_of(see(client, f"/instances/{id}"))


def incident_of(seen: Seen) -> str:
    return str(seen.tree.xpath("//*[contains(@id, 'incident-')]/@id")[0]).removeprefix("incident-")


def test_managers_see_variables_and_sensitive_ones_are_masked(world: World):
    id = world.start("purchase", {"title": "Desk", "amount": "1200.50", "iban": "DE99 1234"}, by="lin")
    seen = see(world.client("max"), f"/instances/{id}")
    assert "1,200.50" in seen.text
    assert "DE99" not in seen.response.text
    assert "•••" in seen.text
    assert "StartInstance" in seen.text


def test_who_takes_part_sees_the_state_and_no_variables(world: World):
    id = world.approved(business_key="PO-1")
    seen = see(world.client("lin"), f"/instances/{id}")
    assert seen.heading == "PO-1"
    assert "Order" in seen.text
    assert "1,200.50" not in seen.text
    assert "Audit" not in seen.text
    assert world.client("lin").get(f"/instances/{id}/diagram").status_code == 403
    assert see(world.client("outsider"), f"/instances/{id}").status == 404
    assert world.client("outsider").get(f"/instances/{id}/drawing").status_code == 404


def test_the_list_can_be_narrowed(world: World):
    world.purchase(business_key="PO-1")
    world.clock.advance(timedelta(hours=49))
    world.purchase(business_key="PO-2")
    client = world.client("max")

    def found(query: str) -> list[str]:
        return see(client, f"/instances?{query}").texts("//li//a[contains(@class, 'row-title')]")

    assert found("") == ["PO-2", "PO-1"]
    assert found("attention=late") == ["PO-1"]
    assert found("attention=incidents") == []
    assert found("sort=started") == ["PO-1", "PO-2"]
    assert found("status=completed") == []
    assert found("process=purchase&q=po-2") == ["PO-2"]
    assert "<html" not in see(client, "/instances?q=po", **HTMX).response.text


def test_pause_resume_cancel(world: World):
    id = world.purchase()
    client = world.client("max")
    seen = following(client, send(client, f"/instances/{id}/suspend"))
    assert "Paused" in seen.text
    assert "This case is paused." in see(world.client("ann"), f"/tasks/{world.task(id)}").text
    seen = following(client, send(client, f"/instances/{id}/resume"))
    assert "The case goes on." in seen.text
    seen = following(client, send(client, f"/instances/{id}/cancel", {"reason": "Not needed any more"}))
    assert "Cancelled" in seen.text
    assert "Not needed any more" in seen.text
    assert send(world.client("lin"), f"/instances/{id}/cancel").status == 403
    again = send(client, f"/instances/{id}/suspend")
    assert (again.status, again.heading) == (409, "Conflict")


def test_variables_are_corrected_by_kind(world: World):
    id = world.purchase()
    client = world.client("max")
    names, kinds = ["amount", "title", "urgent", "day", ""], ["number", "text", "boolean", "date", "text"]
    data = {"name": names, "kind": kinds, "value": ["99.50", "Chair", "true", "2026-05-01", ""]}
    seen = following(client, send(client, f"/instances/{id}/variables", data))
    assert "The variables were changed." in seen.text
    assert "99.50" in seen.text
    assert "Chair" in seen.text
    assert "1 May" in seen.text
    wrong = send(client, f"/instances/{id}/variables", {"name": "amount", "kind": "number", "value": "many"})
    assert wrong.status == 422
    assert "“amount”: A number is written like 67000.50." in wrong.text
    assert send(client, f"/instances/{id}/variables", {}).status == 422


def test_what_failed_is_tried_again_with_corrected_variables(world: World):
    id, incident = stuck(world)
    client = world.client("max")
    listed = see(client, "/incidents")
    assert "Ready?" in listed.text
    assert "W-1" in listed.text
    data = {"name": "level", "kind": "number", "value": "1", "_next": f"/instances/{id}", "_instance": id}
    seen = following(client, send(client, f"/incidents/{incident}/retry", data))
    assert "It was tried again." in seen.text
    assert "Check" in seen.text
    assert "Nothing is stuck" in see(client, "/incidents").text
    assert "W-1" in see(client, "/incidents?state=resolved").text


def test_a_page_follows_its_case(world: World):
    id = world.purchase()
    client = world.client("max")
    page = see(client, f"/instances/{id}")
    assert f"instance={id}" in page.tree.xpath("//body/@data-events")[0]
    live = page.tree.xpath("//*[@id='live']/@hx-get")[0]
    part = see(client, live, **HTMX)
    assert "<html" not in part.response.text
    assert "Approve" in part.text
