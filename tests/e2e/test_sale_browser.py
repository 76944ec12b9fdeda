"""A sale from the walk-in to *won*, by four people in a real browser, with a restart of the server while one of them types."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.person import Person, files
from tests.e2e.site import Server

pytestmark = pytest.mark.browser

CASE = "JC-20261122-0001"


def test_a_sale_is_won_by_several_people_across_a_restart(
    server: Server, open_page: Callable[..., Page], tmp_path: Path
):
    papers = files(tmp_path)
    here = {"latitude": 39.9087, "longitude": 116.3975}
    people = {name: open_page(locale="en-GB") for name in ("lina", "wang", "he")}
    people["chenchen"] = open_page(locale="zh-CN", geolocation=here, permissions=["geolocation"])
    lina, wang, he, chenchen = (
        Person(server, people[name], name).sign_in() for name in ("lina", "wang", "he", "chenchen")
    )

    start(lina)
    first_contact(lina)
    measure_and_design(chenchen, papers)
    quote(lina)
    server.restart()
    lina.complete("Quote")
    approve(wang)
    negotiate_and_sign(lina, papers)
    confirm_deposit(he, papers)

    case_is_won(lina)
    assert [fault for person in (lina, wang, he, chenchen) for fault in person.faults] == []


def start(lina: Person) -> None:
    lina.goto("/start")
    lina.page.get_by_role("link", name=re.compile("Sales")).click()
    lina.ready().fill(customer="张伟", mobile="13800001111", address="朝阳区幸福里 3-502", _business_key=CASE)
    lina.page.locator("#work").get_by_role("button", name="Start").click()
    expect(lina.page.locator(".alert-success")).to_contain_text("Started: Sales.")


def first_contact(lina: Person) -> None:
    """The first task is the owner's own, so it opens by itself; the next one is any consultant's."""
    expect(lina.ready().page.get_by_role("heading", level=1)).to_have_text("Accept the lead")
    lina.choose(action="accept").complete("Accept the lead")
    lina.take("Book the measuring")
    slot = datetime.now(UTC).date() + timedelta(days=2)
    lina.fill(slot=f"{slot}T14:00").select(measurer="chenchen").complete("Book the measuring")


def measure_and_design(chenchen: Person, papers: dict[str, Path]) -> None:
    """In Chinese, with photos and the place where the phone is."""
    chenchen.open_task("量尺")
    chenchen.select(rooms__0__room="kitchen").fill(rooms__0__w="3000", rooms__0__h="2400", rooms__0__d="600")
    chenchen.attach("rooms.0.photos", papers["a.png"], papers["b.png"])
    chenchen.page.locator("[data-locate]").click()
    expect(chenchen.page.locator('[name="gps.lat"]')).to_have_value(re.compile("39.9"))
    chenchen.choose(measure_ok="true").complete("量尺")
    expect(chenchen.page.get_by_role("heading", level=1)).to_have_text("设计")  # the case goes on with the same person
    chenchen.attach("files", papers["plan.pdf"]).fill(style="现代").complete("设计")


def quote(lina: Person) -> None:
    lina.take("Quote")
    lina.select(lines__0__room="kitchen").fill(lines__0__sku="K-100", lines__0__qty="1", lines__0__list_price="188000")
    expect(lina.page.locator('[data-field="list_amount"] output')).to_contain_text("188,000.00")
    lina.fill(net_amount="167000", cost="118000").choose(special="false")
    expect(lina.page.locator("[data-draft-state]")).to_have_text("Draft saved")


def approve(wang: Person) -> None:
    """A group's task, claimed out of the list."""
    wang.goto("/inbox?view=groups")
    row = wang.page.locator(".task-row", has_text=CASE)
    row.get_by_role("button", name=re.compile("Claim")).click()
    expect(row).to_contain_text("王店长")
    wang.open_task("Approve in turn").choose(decision="approve").complete("Approve in turn")


def negotiate_and_sign(lina: Person, papers: dict[str, Path]) -> None:
    lina.take("Negotiate").choose(result="accept", csat="5").complete("Negotiate")
    lina.take("Sign the contract").fill(
        deposit="10000", promised_date=str(datetime.now(UTC).date() + timedelta(days=60))
    )
    lina.attach("contract", papers["contract.pdf"]).sign("signature", "张伟").complete("Sign the contract")


def confirm_deposit(he: Person, papers: dict[str, Path]) -> None:
    he.take("Confirm the deposit").fill(amount="10000", txn_no="WX20261122001").select(method="wechat")
    he.attach("photos", papers["a.png"]).complete("Confirm the deposit")


def case_is_won(lina: Person) -> None:
    lina.goto("/requests")
    lina.page.get_by_role("link", name=CASE).click()
    lina.page.wait_for_url(re.compile("/instances/"))
    facts = lina.ready().page.locator(".facts")
    expect(facts).to_contain_text("Won")
    expect(lina.page.locator(".page-sub")).to_contain_text("Completed")
