"""A task's page: filled in, refused, finished by somebody else, handed over."""

from __future__ import annotations

import json

from engine.commands.tasks import ClaimTask
from tests.pages.reading import HTMX, Seen, following, see, send
from tests.support import World


def claimed(world: World, by: str = "ann", **more: str) -> str:
    """A purchase's approval, claimed."""
    task = world.task(world.purchase(**more))
    world.run(ClaimTask(task), by)
    return task


def form_of(seen: Seen, task: str) -> dict[str, str]:
    return {name: value for name, value in seen.fields(f"/tasks/{task}").items() if name.startswith(("_", "csrf"))}


def test_a_task_is_completed_by_a_plain_post(world: World):
    task = claimed(world)
    ann = world.client("ann")
    page = see(ann, f"/tasks/{task}")
    assert page.heading == "Approve"
    assert "1,200.50" in page.text
    seen = send(
        ann, f"/tasks/{task}", {**form_of(page, task), "_do": "complete", "decision": "approve", "comment": "Yes"}
    )
    assert (seen.status, seen.location) == (303, "/inbox")
    assert "Done: Approve." in following(ann, seen).text
    after = see(ann, f"/tasks/{task}")
    assert "Ann Approver completed this task." in after.text


def test_who_may_claim_sees_the_form_but_cannot_fill_it_in(world: World):
    task = world.task(world.purchase())
    seen = see(world.client("ann"), f"/tasks/{task}")
    assert "Claim it to work on it." in seen.text
    assert seen.tree.xpath("//main//input[@name='decision']") == []
    assert see(world.client("lin"), f"/tasks/{task}").status == 404


def test_errors_stand_at_their_fields_and_nothing_typed_is_lost(world: World):
    task = claimed(world)
    seen = send(world.client("ann"), f"/tasks/{task}", {"_do": "complete", "comment": "Not yet decided"})
    assert seen.status == 422
    assert "Not yet decided" in seen.response.text
    assert len(seen.tree.xpath("//*[@data-field='decision']//*[@class='field-error' and not(@hidden)]")) == 1
    assert seen.tree.xpath("//*[@data-summary]//a/@href")


def test_errors_are_said_in_chinese_too(world: World):
    task = claimed(world)
    seen = send(world.client("ann"), f"/tasks/{task}", {"_do": "complete"}, headers={"Accept-Language": "zh"})
    assert "请选择" in seen.text


def test_htmx_gets_the_way_on(world: World):
    task = claimed(world)
    seen = send(world.client("ann"), f"/tasks/{task}", {"_do": "complete", "decision": "reject"}, headers=HTMX)
    assert (seen.status, seen.location) == (204, "/inbox")


def test_somebody_was_faster_and_nothing_typed_is_lost(world: World):
    task = claimed(world)
    ann = world.client("ann")
    page = see(ann, f"/tasks/{task}")
    world.complete(task, {"decision": "reject"}, "ann")
    seen = send(ann, f"/tasks/{task}", {**form_of(page, task), "decision": "approve", "comment": "My long reasons"})
    assert seen.status == 409
    assert seen.heading == "Somebody was faster"
    assert "My long reasons" in seen.text
    assert "Ann" in seen.text


def test_a_candidate_who_is_too_late_is_told_by_whom(world: World):
    task = world.task(world.purchase())
    world.run(ClaimTask(task), "ann")
    world.complete(task, {"decision": "reject"}, "ann")
    seen = send(world.client("abe"), f"/tasks/{task}", {"comment": "I wanted to approve it"})
    assert seen.status == 409
    assert "Ann Approver" in seen.text
    assert "I wanted to approve it" in seen.text
    stranger = send(world.client("outsider"), f"/tasks/{task}", {"comment": "Mine"})
    assert stranger.status == 404
    assert "Ann" not in stranger.text


def test_a_task_that_changed_meanwhile_is_looked_at_again(world: World):
    task = claimed(world)
    ann = world.client("ann")
    page = see(ann, f"/tasks/{task}")
    send(ann, f"/tasks/{task}/unclaim", {})
    world.run(ClaimTask(task), "ann")
    seen = send(ann, f"/tasks/{task}", {**form_of(page, task), "decision": "approve", "comment": "Still here"})
    assert seen.status == 412
    assert "What you typed is still here." in seen.text
    assert "Still here" in seen.response.text
    again = send(ann, f"/tasks/{task}", {**form_of(seen, task), "decision": "approve"})
    assert again.status == 303


def test_a_draft_is_kept_by_button_and_by_script(world: World):
    task = claimed(world)
    ann = world.client("ann")
    seen = send(ann, f"/tasks/{task}", {"_do": "draft", "comment": "Half a sent"})
    assert "Your draft is saved." in following(ann, seen).text
    assert "Half a sent" in see(ann, f"/tasks/{task}").response.text
    answer = ann.put(f"/tasks/{task}/draft", json={"comment": "A whole sentence"})
    assert answer.status_code == 204
    assert "A whole sentence" in see(ann, f"/tasks/{task}").response.text
    assert world.client("lin").put(f"/tasks/{task}/draft", json={"comment": "x"}).status_code == 404
    assert ann.put(f"/tasks/{task}/draft", json=["x"]).status_code == 422
    assert ann.put(f"/tasks/{task}/draft", content=b"{").status_code == 422


def test_calculated_fields_are_previewed(world: World):
    task = world.task(world.approved(), "order")
    world.run(ClaimTask(task), "bo")
    answer = world.client("bo").post(f"/tasks/{task}/calculate", json={"paid": "200.25"})
    assert answer.json() == {"values": {"rest": "1000.25"}}


def test_a_file_goes_up_before_or_with_the_form(world: World):
    task = claimed(world)
    ann = world.client("ann")
    first = ann.post(f"/tasks/{task}/files", files={"file": ("plan.pdf", b"%PDF-1.4 plan", "text/html")})
    assert first.status_code == 201
    assert (first.json()["name"], first.json()["type"]) == ("plan.pdf", "application/pdf")
    seen = send(ann, f"/tasks/{task}", {"_do": "draft"}, files={"photo": ("offer.pdf", b"%PDF-1.4 offer", "x/y")})
    assert seen.status == 303
    page = see(ann, f"/tasks/{task}")
    assert "offer.pdf" in page.text
    link = page.tree.xpath("//*[@data-field='photo']//a/@href")[0]
    sent = ann.get(link)
    assert sent.content == b"%PDF-1.4 offer"
    assert sent.headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in sent.headers["content-security-policy"]
    assert world.client("erp").get(link).status_code == 404


def test_handing_over_and_giving_back(world: World):
    task = claimed(world)
    ann = world.client("ann")
    seen = send(ann, f"/tasks/{task}/assign", {"assignee": "abe"})
    assert "handed over to Abe" in following(ann, seen).text
    assert see(ann, f"/tasks/{task}").status == 404
    abe = world.client("abe")
    assert "Approve" in see(abe, "/inbox").text
    seen = send(abe, f"/tasks/{task}/unclaim", {})
    assert "back with its group" in following(abe, seen).text
    assert send(ann, f"/tasks/{task}/assign", {"assignee": "nobody"}).status in (404, 422)


def test_delegating_brings_the_task_back(world: World):
    task = claimed(world)
    ann, abe = world.client("ann"), world.client("abe")
    send(ann, f"/tasks/{task}/delegate", {"assignee": "abe"})
    assert "Delegated" in see(ann, "/inbox?view=delegated").text
    page = see(abe, f"/tasks/{task}")
    assert page.tree.xpath("//button[@name='_do']/@value") == ["resolve", "draft"]
    seen = send(abe, f"/tasks/{task}", {"_do": "resolve", "decision": "approve", "comment": "Looks good"})
    assert "The task went back to Ann" in following(abe, seen).text
    page = see(ann, f"/tasks/{task}")
    assert "came back to you" in page.text
    assert "Looks good" in page.response.text
    assert send(ann, f"/tasks/{task}", {"_do": "complete", "decision": "approve"}).status == 303


def test_comments_are_read_by_everybody_on_the_case(world: World):
    task = claimed(world)
    seen = send(world.client("ann"), f"/tasks/{task}/comments", {"text": "Please hurry <b>now</b>"})
    assert seen.location == f"/tasks/{task}#comments"
    assert "Please hurry <b>now</b>" in see(world.client("ann"), f"/tasks/{task}").text
    assert send(world.client("ann"), f"/tasks/{task}/comments", {"text": " "}).status == 422
    assert send(world.client("erp"), f"/tasks/{task}/comments", {"text": "hello"}).status == 404


def test_the_diagram_says_where_the_case_stands(world: World):
    task = claimed(world)
    seen = see(world.client("ann"), f"/tasks/{task}", **{"Accept-Language": "zh"})
    drawing = seen.tree.xpath("//*[contains(@class, 'drawing')]")[0]
    assert drawing.xpath(".//*[@data-element-id='approve' and contains(@class, 'is-active')]")
    assert "审批" in drawing.text_content()


def test_what_a_page_carries_is_what_the_browser_script_needs(world: World):
    task = claimed(world)
    seen = see(world.client("ann"), f"/tasks/{task}")
    form = seen.tree.xpath("//*[@data-form]")[0]
    assert form.get("data-draft-url") == f"/tasks/{task}/draft"
    assert form.get("data-draft-key") == task
    assert seen.tree.xpath("//meta[@name='csrf-token']/@content")[0]
    assert json.loads(seen.tree.xpath("//body/@hx-headers")[0])["X-CSRF-Token"]
