"""The pages of the audit and of erasing: sentences, filters, the chain, a look before and a receipt after."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from api.pages.sentences import SENTENCES
from engine import bus
from engine.actor import SYSTEM
from engine.commands.audit import SealAudit
from engine.commands.instances import CancelInstance, SetVariables
from engine.commands.users import DisableUser
from engine.store import tables as t
from tests.commands.test_audit_entries import SILENT, commands
from tests.pages.reading import see
from tests.support import World


def sealed(world: World) -> None:
    while bus.run(world.services, SealAudit(), SYSTEM):
        continue


def test_every_command_has_a_sentence() -> None:
    assert set(commands()) - set(SILENT) - set(SENTENCES) == set()


def test_entries_are_sentences_with_what_was_changed_behind_them(world: World) -> None:
    instance = world.purchase(business_key="PO-1")
    world.client("ann").post(f"/api/v1/tasks/{world.task(instance)}/claim")
    world.run(SetVariables(instance, {"title": "Chair", "iban": "DE13800000000"}), by="max")

    seen = see(world.client("max"), "/audit?case=PO-1")

    said = seen.texts("//li[contains(@class, 'audit-line')]//p")
    assert said == [
        "Max Manager corrected variables of “PO-1”",
        "Ann Approver took the task “Approve”",
        "Lin Xiao started “Purchase”",
    ]
    rows = seen.texts("(//table[contains(@class, 'audit-changes')])[1]/tbody/tr")
    assert ["".join(row.split()) for row in rows] == ["titleDeskChair", "iban–•••"]
    assert f"/instances/{instance}" in seen.response.text
    assert "DE13800000000" not in seen.response.text


def test_they_are_chinese_for_who_reads_chinese(world: World) -> None:
    world.purchase(business_key="PO-1")
    seen = see(world.client("max"), "/audit?case=PO-1", **{"Accept-Language": "zh"})
    assert seen.texts("//li[contains(@class, 'audit-line')]//p") == ["Lin Xiao 发起了“Purchase”"]


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("person=lin", 1),
        ("person=lin&part=subject&command=CreateUser", 1),
        ("person=nobody", 0),
        ("case=PO-1&since=2026-03-02&until=2026-03-02", 1),
        ("case=PO-1&since=2026-03-03", 0),
        ("case=PO-1&until=2026-03-01", 0),
        ("case=PO-1&since=nonsense&part=nonsense&command=nonsense", 1),
    ],
)
def test_filters(world: World, query: str, number: int) -> None:
    world.purchase(business_key="PO-1")
    assert len(see(world.client("ada"), f"/audit?{query}").tree.xpath("//li[contains(@class, 'audit-line')]")) == number


def test_pages_of_the_list(world: World) -> None:
    for _ in range(60):
        world.purchase()
    client = world.client("max")
    [following] = see(client, "/audit?person=lin").tree.xpath("//a[@rel='next']/@href")
    assert len(see(client, following).tree.xpath("//li[contains(@class, 'audit-line')]")) == 10


def test_the_page_of_a_case_has_its_own_part(world: World) -> None:
    instance = world.purchase(business_key="PO-1")
    seen = see(world.client("max"), f"/instances/{instance}")
    assert "Lin Xiao started “Purchase”" in seen.texts("//li[contains(@class, 'audit-line')]//p")
    assert see(world.client("lin"), f"/instances/{instance}").tree.xpath("//li[contains(@class, 'audit-line')]") == []


def test_the_chain_is_verified_and_its_head_saved_by_administrators(world: World) -> None:
    sealed(world)
    client = world.client("ada")
    assert "Never" in see(client, "/audit").text
    assert see(world.client("max"), "/audit").tree.xpath("//section[contains(@class, 'chain')]") == []

    assert client.post("/audit/verify", follow_redirects=False).headers["location"] == "/audit"
    assert "The audit holds" in see(client, "/audit").text
    head = client.get("/audit/head")
    assert head.headers["content-disposition"].startswith('attachment; filename="facet-audit-head-')
    assert head.json()["mac"]


def test_what_does_not_hold_is_named(world: World) -> None:
    sealed(world)
    with world.services.database.write() as connection:
        connection.execute(update(t.audit).where(t.audit.c.position == 2).values(actor="nobody"))

    answer = world.client("ada").post("/audit/verify", headers={"Accept": "text/html"})

    assert "Position 2" in answer.text and "was changed" in answer.text


def test_erasing_shows_first_asks_then_and_gives_a_receipt(world: World) -> None:
    instance = world.purchase(business_key="PO-1")
    client = world.client("ada")
    running = see(client, "/admin/erase?kind=business_key&key=PO-1")
    assert "still runs" in running.text and running.tree.xpath("//input[@name='confirm']") == []
    world.run(CancelInstance(instance))
    assert see(client, "/admin/erase?kind=business_key&key=PO-1").tree.xpath("//input[@name='confirm']")

    wrong = client.post("/admin/erase", data={"kind": "business_key", "key": "PO-1", "confirm": "PO-"})
    assert wrong.status_code == 422 and "Type exactly" in wrong.text
    done = client.post(
        "/admin/erase", data={"kind": "business_key", "key": "PO-1", "confirm": "PO-1"}, follow_redirects=False
    )

    receipt = see(client, done.headers["location"])
    assert "the content of PO-1" in receipt.text and "Digest" in receipt.text
    assert see(client, "/admin/erase?receipt=nothing").status == 404
    assert see(client, "/admin/erase?kind=person&key=nobody").status == 404


def test_what_is_typed_again_does_not_stand_in_the_way_of_the_question(world: World) -> None:
    """The script finds its dialog by an id: no other element of the page may have it."""
    world.run(DisableUser("lin"))
    ids = see(world.client("ada"), "/admin/erase?kind=person&key=lin").tree.xpath("//@id")
    assert len(ids) == len(set(ids)) and "confirm" in ids


def test_a_person_is_erased_and_stands_nowhere(world: World) -> None:
    world.purchase(business_key="PO-1")
    world.run(DisableUser("lin"))
    client = world.client("ada")

    client.post("/admin/erase", data={"kind": "person", "key": "lin", "confirm": "lin"})

    for path in ("/audit?case=PO-1", "/admin/users", "/instances", "/search?q=lin"):
        assert "Lin Xiao" not in see(client, path).text, path
