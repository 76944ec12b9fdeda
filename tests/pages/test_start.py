"""Starting a process, and following what one started."""

from __future__ import annotations

from tests.pages.reading import HTMX, following, see, send
from tests.support import World


def count(world: World) -> int:
    with world.services.database.read() as connection:
        return int(connection.exec_driver_sql("select count(*) from instance").scalar_one())


def test_only_what_may_be_started_is_offered(world: World):
    assert "Purchase" in see(world.client("lin"), "/start").text
    assert "Purchase" not in see(world.client("bo"), "/start").text
    assert see(world.client("bo"), "/start/purchase").status in (403, 404)
    assert "Purchase" not in see(world.client("lin"), "/start?q=nothing").text
    assert "采购" in see(world.client("lin"), "/start", **{"Accept-Language": "zh"}).text


def test_a_case_is_started_once_however_often_the_button_is_pressed(world: World):
    lin = world.client("lin")
    form = see(lin, "/start/purchase").fields("/start/purchase")
    data = form | {"title": "Desk", "amount": "1,200.50", "_business_key": "PO-7"}
    del data["csrf_token"]
    first, second = send(lin, "/start/purchase", data), send(lin, "/start/purchase", data)
    assert first.location == second.location
    assert count(world) == 1
    page = following(lin, first)
    assert "Started: Purchase." in page.text
    assert page.heading == "PO-7"


def test_a_refused_start_keeps_what_was_typed(world: World):
    lin = world.client("lin")
    seen = send(lin, "/start/purchase", {"title": "Desk", "amount": "much", "_business_key": "PO-8"}, headers=HTMX)
    assert seen.status == 422
    assert "Desk" in seen.response.text
    assert "PO-8" in seen.response.text
    assert len(seen.tree.xpath("//*[@data-field='amount']//*[@class='field-error' and not(@hidden)]")) == 1
    assert count(world) == 0


def test_a_business_key_that_cannot_be_is_said(world: World):
    seen = send(world.client("lin"), "/start/purchase", {"title": "Desk", "amount": "1", "_business_key": "x" * 201})
    assert seen.status == 422
    assert "200" in seen.text


def test_a_file_of_the_start_form_becomes_part_of_the_case(world: World):
    lin = world.client("lin")
    up = lin.post("/start/purchase/files", files={"file": ("offer.pdf", b"%PDF-1.4 offer", "application/pdf")})
    assert up.status_code == 201
    seen = send(lin, "/start/purchase", {"title": "Desk", "amount": "1", "offer": up.json()["id"]})
    assert "offer.pdf" in following(lin, seen).text
    assert world.client("bo").post("/start/purchase/files", files={"file": ("a.pdf", b"%PDF-1.4")}).status_code in (
        403,
        404,
    )


def test_my_requests_say_where_they_are(world: World):
    world.purchase(business_key="PO-1")
    seen = see(world.client("lin"), "/requests")
    assert "PO-1" in seen.text
    assert "Approve" in seen.text
    assert "Approvers" in seen.text
    assert "PO-1" not in see(world.client("bo"), "/requests").text
    assert "PO-1" in see(world.client("lin"), "/search?q=po-1").text
    assert "PO-1" not in see(world.client("bo"), "/search?q=po-1").text
