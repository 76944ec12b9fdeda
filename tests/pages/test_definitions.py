"""Processes: read, downloaded, checked, deployed."""

from __future__ import annotations

from tests.pages.reading import following, see, send
from tests.support import ODDS, PURCHASE, World, files

DIAGRAM = PURCHASE.encode()


def uploads(**more: bytes) -> list[tuple[str, tuple[str, bytes, str]]]:
    """The sample's files as a browser sends them, without folders; `more` replaces some (`purchase_bpmn=…`)."""
    found = {name.rsplit("/", 1)[-1]: content for name, content in files().items()}
    found |= {name.replace("_", "."): content for name, content in more.items()}
    return [("files", (name, content, "application/octet-stream")) for name, content in found.items()]


def test_readers_see_processes_and_get_their_files_as_they_were(world: World):
    olga = world.client("olga")
    assert "Purchase" in see(olga, "/definitions").text
    page = see(olga, "/definitions/purchase")
    link = page.tree.xpath("//a[contains(@href, 'purchase.bpmn')]/@href")[0]
    sent = olga.get(link)
    assert sent.content == DIAGRAM
    assert sent.headers["content-disposition"].startswith("attachment;")
    assert sent.headers["content-type"] == "application/octet-stream"
    assert see(world.client("lin"), "/definitions").status == 403
    assert world.client("lin").get(link).status_code == 403


def test_a_diagram_without_a_picture_is_laid_out(world: World):
    page = see(world.client("olga"), "/definitions/purchase")
    assert page.tree.xpath("//*[contains(@class, 'drawing')]//*[@data-element-id='approve']")
    assert page.tree.xpath("//*[@data-bpmn]") == []


def test_a_new_version_is_deployed_and_running_cases_keep_theirs(world: World):
    id = world.purchase()
    olga = world.client("olga")
    changed = PURCHASE.replace('name="Approve"', 'name="Approve it"').encode()
    seen = send(olga, "/deploy", {"_do": "deploy", "name": "Better words"}, files=uploads(purchase_bpmn=changed))
    shown = following(olga, seen) if seen.status == 303 else seen
    assert "Purchase" in shown.text
    assert "Version 2" in see(olga, "/definitions/purchase").text
    assert "Not the newest" in see(olga, "/definitions/purchase?version=1").text
    assert "purchase v1" in see(world.client("max"), f"/instances/{id}").text


def test_the_same_files_again_change_nothing(world: World):
    olga = world.client("olga")
    first = send(olga, "/deploy", {"_do": "deploy"}, files=uploads())
    again = send(olga, "/deploy", {"_do": "deploy"}, files=uploads())
    assert first.status in (200, 303)
    text = following(olga, again).text if again.status == 303 else again.text
    assert "Nothing has changed" in text or "unchanged" in text


def test_only_checking_deploys_nothing(world: World):
    olga = world.client("olga")
    changed = PURCHASE.replace('name="Approve"', 'name="Approve it"').encode()
    seen = send(olga, "/deploy", {"_do": "check"}, files=uploads(purchase_bpmn=changed))
    assert seen.status == 200
    assert "can be deployed" in seen.text
    assert "Version 2" not in see(olga, "/definitions/purchase").text


def test_problems_name_file_element_line_and_rule_in_the_readers_language(world: World):
    olga = world.client("olga")
    wrong = PURCHASE.replace('targetRef="order"', 'targetRef="nowhere"').encode()
    data = [("files", ("bad.bpmn", wrong, "text/xml"))]
    seen = send(olga, "/deploy", {"_do": "deploy"}, files=data)
    assert seen.status == 422
    assert "bad.bpmn" in seen.text
    assert "Nothing was deployed." in seen.text
    assert "Line " in seen.text
    chinese = send(olga, "/deploy", {"_do": "deploy"}, files=data, headers={"Accept-Language": "zh"})
    assert "未部署任何内容" in chinese.text
    assert "行" in chinese.text


def test_what_cannot_be_deployed_is_said(world: World):
    olga = world.client("olga")
    assert "Choose the files to deploy." in send(olga, "/deploy", {"_do": "deploy"}).text
    picture = send(olga, "/deploy", {}, files=[("files", ("cat.png", b"\x89PNG", "image/png"))])
    assert "cat.png" in picture.text
    twice = send(
        olga, "/deploy", {}, files=[("files", (name, ODDS.encode(), "text/xml")) for name in ("a/x.bpmn", "b/x.bpmn")]
    )
    assert "Two files are called" in twice.text
    assert send(world.client("max"), "/deploy", {}, files=uploads()).status == 403
