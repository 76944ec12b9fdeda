"""The inbox: tabs, filters, claiming out of the list, further rows."""

from __future__ import annotations

from datetime import timedelta

from engine.commands.tasks import ClaimTask
from tests.pages.reading import HTMX, Seen, see, send
from tests.support import World


def rows(seen: Seen) -> list[str]:
    return seen.texts("//li[@id]//a[contains(@class, 'row-title')]")


def cases(seen: Seen) -> list[str]:
    return seen.texts("//li[@id]//*[contains(@class, 'task-case')]")


def test_a_task_stands_in_the_tab_of_whom_it_is_for(world: World):
    id = world.purchase(business_key="PO-1")
    ann = world.client("ann")
    assert rows(see(ann, "/inbox")) == []
    assert rows(see(ann, "/inbox?view=groups")) == ["Approve"]
    world.run(ClaimTask(world.task(id)), "ann")
    assert rows(see(ann, "/inbox")) == ["Approve"]
    world.complete(world.task(id), {"decision": "reject"}, "ann")
    assert rows(see(ann, "/inbox?view=done")) == ["Approve"]
    assert rows(see(world.client("lin"), "/inbox?view=all")) == []


def test_names_are_said_in_the_readers_language(world: World):
    world.purchase(business_key="PO-1")
    seen = see(world.client("ann"), "/inbox?view=groups", **{"Accept-Language": "zh"})
    assert rows(seen) == ["审批"]
    assert "采购" in seen.text
    assert "审批人" in seen.text


def test_filters_narrow_the_list(world: World):
    for number in (1, 2, 3):
        world.purchase(business_key=f"PO-{number}")
        world.clock.advance(timedelta(hours=20))
    ann = world.client("ann")
    assert cases(see(ann, "/inbox?view=groups")) == ["PO-3", "PO-2", "PO-1"]
    assert cases(see(ann, "/inbox?view=groups&sort=due")) == ["PO-1", "PO-2", "PO-3"]
    assert cases(see(ann, "/inbox?view=groups&due=late")) == ["PO-1"]
    assert cases(see(ann, "/inbox?view=groups&q=po-2")) == ["PO-2"]
    assert cases(see(ann, "/inbox?view=groups&process=nothing")) == []
    assert "Nothing matches" in see(ann, "/inbox?view=groups&process=nothing").text
    assert see(ann, "/inbox?view=odd&due=odd&sort=odd").status == 200


def test_late_tasks_stand_out(world: World):
    world.purchase(business_key="PO-1")
    world.clock.advance(timedelta(hours=49))
    seen = see(world.client("ann"), "/inbox?view=groups")
    assert "Overdue" in seen.text
    assert len(seen.tree.xpath("//li[contains(@class, 'is-late')]")) == 1


def test_further_rows_come_by_cursor(world: World):
    for number in range(55):
        world.purchase(business_key=f"PO-{number:02}")
    ann = world.client("ann")
    first = see(ann, "/inbox?view=groups")
    assert cases(first)[:1] + cases(first)[-1:] == ["PO-54", "PO-05"]
    more = first.tree.xpath("//li[@class='row-more']/a/@hx-get")[0]
    rest = see(ann, more, **HTMX)
    assert cases(rest) == [f"PO-{number:02}" for number in (4, 3, 2, 1, 0)]
    assert rest.tree.xpath("//input[@id='shown']/@value") == ["55"]
    assert "<html" not in rest.response.text
    again = see(ann, "/inbox?view=groups&shown=55", **HTMX)
    assert len(cases(again)) == 55


def test_claiming_in_the_list_gives_the_row_back(world: World):
    task = world.task(world.purchase())
    ann = world.client("ann")
    seen = send(ann, f"/tasks/{task}/claim", {"revision": "1", "stay": "1"}, headers=HTMX)
    assert seen.status == 200
    assert "The task is yours now." in seen.response.headers["hx-trigger"]
    assert seen.tree.xpath("//button") == []
    assert "Ann" in seen.text


def test_who_comes_too_late_is_told_and_the_row_goes(world: World):
    task = world.task(world.purchase())
    world.run(ClaimTask(task), "ann")
    seen = send(world.client("abe"), f"/tasks/{task}/claim", {"revision": "1", "stay": "1"}, headers=HTMX)
    assert seen.status == 200
    assert "warning" in seen.response.headers["hx-trigger"]
    assert "<li" not in seen.response.text


def test_without_scripts_claiming_leads_to_the_task(world: World):
    task = world.task(world.purchase())
    seen = send(world.client("ann"), f"/tasks/{task}/claim", {"revision": "1", "stay": "1"})
    assert (seen.status, seen.location) == (303, f"/tasks/{task}")
