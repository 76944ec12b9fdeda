"""What the diagram tells whoever does a task: above the form, in the reader's language, with the case's values as text."""

from __future__ import annotations

from typing import Any

import pytest

from engine.commands.deployments import DeployDefinitions
from tests.diagrams import diagram
from tests.pages.reading import see
from tests.support import World

EVIL = "<script>alert(1)</script>**not bold** [x](javascript:alert(1))"
TASK = """
<userTask id="measure" name="Measure for {{ customer }}" facet:assignee="ann">
  <extensionElements>
    <facet:property name="instructions">Ask {{ customer }} for **pipes**. {{ secret }}{{ missing }}

&lt;img src="x"&gt;
    </facet:property>
    <facet:property name="instructions-zh">请向{{ customer }}确认**管线**。</facet:property>
  </extensionElements>
</userTask>"""


def _started(world: World, variables: dict[str, Any], task: str = TASK) -> str:
    attributes = 'facet:sensitiveVariables="secret" name="Measuring"'
    world.run(DeployDefinitions({"told.bpmn": diagram(task, "s>measure>e", key="told", attributes=attributes)}))
    return world.task(world.start("told", variables), "measure")


def test_they_stand_above_the_form(world: World) -> None:
    task = _started(world, {"customer": "Zhang Wei", "secret": "13800001111"})

    page = see(world.client("ann"), f"/tasks/{task}")

    (told,) = page.tree.xpath("//div[@class='prose']")
    assert told.text_content().split() == ["Ask", "Zhang", "Wei", "for", "pipes.", "<img", 'src="x">']
    assert told.xpath(".//img") == []
    assert [each.text for each in told.xpath(".//strong")] == ["pipes"]
    assert page.heading == "Measure for Zhang Wei"
    assert "13800001111" not in page.response.text


def test_chinese_readers_read_the_chinese_ones(world: World) -> None:
    task = _started(world, {"customer": "张伟"})

    page = see(world.client("ann"), f"/tasks/{task}", **{"Accept-Language": "zh"})

    assert page.tree.xpath("string(//div[@class='prose'])").strip() == "请向张伟确认管线。"


def test_a_value_stays_a_value(world: World) -> None:
    task = _started(world, {"customer": EVIL})

    page = see(world.client("ann"), f"/tasks/{task}")

    (told,) = page.tree.xpath("//div[@class='prose']")
    assert EVIL in told.text_content()
    assert [each.text for each in told.xpath(".//strong")] == ["pipes"]
    assert told.xpath(".//script | .//a | .//img") == []


def test_clients_get_them_as_clean_html(world: World) -> None:
    task = _started(world, {"customer": EVIL})

    answer = world.client("ann").get(f"/api/v1/tasks/{task}").json()

    assert "<strong>pipes</strong>" in answer["instructions"]
    assert "<script" not in answer["instructions"]
    assert "<strong>管线</strong>" in answer["instructions_zh"]


@pytest.mark.parametrize("task", ['<userTask id="measure" facet:assignee="ann"/>'])
def test_without_any_nothing_is_shown(world: World, task: str) -> None:
    page = see(world.client("ann"), f"/tasks/{_started(world, {}, task)}")

    assert page.tree.xpath("//div[@class='prose']") == []
