"""A deployment makes a version of what has changed, of nothing else; what cannot run is told, whatever was sent."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from engine.commands import deployments
from engine.commands.decisions import EvaluateDecision
from engine.commands.deployments import DeployDefinitions
from engine.commands.instances import StartInstance
from engine.errors import DeploymentRejected, InvalidInput
from engine.store import tables as t
from tests.commands.parts import completed
from tests.diagrams import HEAD, body, diagram
from tests.engines import House, at_once

FORM = '{"type": "object", "title": "%s", "properties": {"a": {"type": "string", "title": "A"}}}'
WITH_FORM = '<userTask id="u" facet:formKey="quote"/>'
CALENDAR = '{"key": "mine", "zone": "Asia/Shanghai", "weekly": {"mon": ["10:00-12:00"]}}'


def table(output: str, id: str = "level") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m_{id}" name="{id}" namespace="urn:test:{id}">
  <decision id="{id}" name="{id}"><variable name="{id}" typeRef="string"/>
    <literalExpression id="x_{id}"><text>"{output}"</text></literalExpression></decision>
</definitions>""".encode()


def rule(decision: str = "level") -> str:
    return f'<businessRuleTask id="r" facet:decision="{decision}" facet:resultVariable="answer"/>'


def deploy(house: House, **files: Any) -> list[tuple[str, int, bool]]:
    """Deploys files (`__` in a name is a folder, the last `_` its ending); key, version and whether it is new."""
    named: dict[str, bytes] = {}
    for name, content in files.items():
        stem, _, ending = name.replace("__", "/").rpartition("_")
        named[f"{stem}.{ending}"] = content if isinstance(content, bytes) else content.encode()
    return [(d.key, d.version, d.new) for d in house.run(DeployDefinitions(named)).definitions]


# --- versions -----------------------------------------------------------------------------------------------------------


def test_the_same_files_make_no_version_whatever_their_order_and_folders(any_house: House) -> None:
    house = any_house
    content = diagram(WITH_FORM + rule(), "s>u>r>e")
    assert deploy(house, p_bpmn=content, quote_json=FORM % "x", level_dmn=table("a")) == [("p", 1, True)]
    assert deploy(house, level_dmn=table("a"), quote_json=FORM % "x", p_bpmn=content) == [("p", 1, False)]
    moved = {"a__p_bpmn": content, "forms__quote_json": FORM % "x", "t__level_dmn": table("a")}
    assert deploy(house, **moved) == [("p", 1, False)]
    assert len(house.rows(select(t.deployment.c.id))) == 1


def test_a_form_or_table_that_is_used_and_changes_makes_a_version_of_who_uses_it(any_house: House) -> None:
    house = any_house
    files = {
        "p_bpmn": diagram(WITH_FORM, "s>u>e"),
        "q_bpmn": diagram(rule(), "s>r>e", key="q"),
        "r_bpmn": diagram("", "s>t1>e", key="r"),
        "quote_json": FORM % "x",
        "level_dmn": table("a"),
    }
    deploy(house, **files)

    assert deploy(house, **{**files, "quote_json": FORM % "y"}) == [("p", 2, True), ("q", 1, False), ("r", 1, False)]
    assert deploy(house, **{**files, "quote_json": FORM % "y", "level_dmn": table("b")}) == [
        ("p", 2, False),
        ("q", 2, True),
        ("r", 1, False),
    ]


def test_an_expression_may_choose_any_form_or_table(house: House) -> None:
    content = diagram('<userTask id="u" facet:formKey="=which"/>' + rule("=which"), "s>u>r>e")
    deploy(house, p_bpmn=content, quote_json=FORM % "x", level_dmn=table("a"))
    assert deploy(house, p_bpmn=content, quote_json=FORM % "y", level_dmn=table("a")) == [("p", 2, True)]
    assert deploy(house, p_bpmn=content, quote_json=FORM % "y", level_dmn=table("b")) == [("p", 3, True)]


def test_what_was_deployed_before_can_come_back(any_house: House) -> None:
    house = any_house
    old, new = diagram("", "s>t1>e"), diagram("", "s>t2>e")
    versions = [
        deploy(house, p_bpmn=content, level_dmn=table(text)) for content, text in ((old, "a"), (new, "b"), (old, "a"))
    ]
    assert [version for ((_, version, _),) in versions] == [1, 2, 3]
    d = t.decision_definition.c
    assert [row.version for row in house.rows(select(d.version).order_by(d.version))] == [1, 2, 3]
    assert house.run(EvaluateDecision("level", {})).output == "a"
    latest = house.rows(select(t.definition.c.version).where(t.definition.c.latest.is_(True)))
    assert [row.version for row in latest] == [3]


def test_running_instances_stay_on_their_version_with_its_forms_and_tables(any_house: House) -> None:
    house = any_house
    content = diagram('<userTask id="u"/>' + rule(), "s>u>r>e")
    deploy(house, p_bpmn=content, level_dmn=table("old"))
    instance = house.start()
    deploy(house, p_bpmn=content, level_dmn=table("new"))

    house.another().complete(instance, "u")

    assert house.instance(instance).variables["answer"] == "old"
    (evaluated,) = house.rows(select(t.decision_evaluation))
    assert (evaluated.decision_version, evaluated.output) == (1, "old")


def test_several_processes_of_one_file_have_versions_of_their_own_names(house: House) -> None:
    processes = "".join(
        f'<process id="{key}" isExecutable="true">{body("", "s>e", prefix=key)}</process>' for key in "ab"
    )
    content = f"{HEAD}{processes}</definitions>".replace('id="s"', 'id="s1"', 1)
    content = content.replace('sourceRef="s"', 'sourceRef="s1"', 1).replace('id="e"', 'id="e1"', 1)
    content = content.replace('targetRef="e"', 'targetRef="e1"', 1)
    assert deploy(house, p_bpmn=content) == [("a", 1, True), ("b", 1, True)]


def test_one_key_twice_in_one_deployment_is_refused(house: House) -> None:
    with pytest.raises(DeploymentRejected):
        deploy(house, a_bpmn=diagram("", "s>t1>e"), b_bpmn=diagram("", "s>t2>e"))


def test_one_form_key_twice_in_one_deployment_is_refused(house: House) -> None:
    files = {"a__quote_json": FORM % "x", "b__quote_json": FORM % "y"}
    with pytest.raises(DeploymentRejected):
        deploy(house, p_bpmn=diagram(WITH_FORM, "s>u>e"), **files)


@pytest.mark.parametrize("same", [True, False])
def test_two_who_deploy_one_process_at_once_make_one_version_after_the_other(any_house: House, same: bool) -> None:
    house = any_house
    houses = [house, house.another(), house.another()]
    for round in range(4):
        contents = [diagram("", f"s>t{round}{'' if same else n}>e") for n in range(3)]
        outcomes = at_once(
            *(
                partial(h.run, DeployDefinitions({"p.bpmn": content, "l.dmn": table(f"{round}{'' if same else n}")}))
                for n, (h, content) in enumerate(zip(houses, contents, strict=True))
            )
        )
        assert not [o for o in outcomes if isinstance(o, Exception)], outcomes
        made = sum(d.new for o in outcomes for d in o.definitions)
        assert made == (1 if same else 3)
    d = t.definition.c
    rows = house.rows(select(d.version, d.latest).order_by(d.version))
    assert [row.version for row in rows] == list(range(1, (4 if same else 12) + 1))
    assert [row.latest for row in rows] == [False] * (len(rows) - 1) + [True]


# --- calendars ----------------------------------------------------------------------------------------------------------


def test_a_calendar_that_comes_with_its_process_is_known_at_once(any_house: House) -> None:
    house = any_house
    start = '<startEvent id="s"><timerEventDefinition><timeDuration>PT1H@mine</timeDuration></timerEventDefinition></startEvent>'
    due = '<userTask id="u" facet:dueDate="PT1H@mine"/>'
    files = {"p.bpmn": diagram(start + due, "s>u>e"), "mine.calendar.json": CALENDAR.encode()}

    house.run(DeployDefinitions(files))
    house.pass_time(hours=2)

    (task,) = house.rows(select(t.task.c.due_at, t.task.c.created_at))
    assert task.created_at.isoformat() == "2026-03-02T03:00:00+00:00"  # Monday, 11:00 in Shanghai
    assert task.due_at.isoformat() == "2026-03-02T04:00:00+00:00"


def test_a_deployment_that_fails_leaves_no_calendar(house: House) -> None:
    with pytest.raises(DeploymentRejected):
        house.run(DeployDefinitions({"mine.calendar.json": CALENDAR.encode(), "p.bpmn": b"<broken"}))
    with house.services.database.read() as connection:
        assert "mine" not in house.services.load_calendars(connection)


def test_other_processes_learn_of_a_calendar(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    other = house.another()
    with other.services.database.read() as connection:
        assert "mine" not in other.services.load_calendars(connection)
    house.run(DeployDefinitions({"mine.calendar.json": CALENDAR.encode()}))
    monkeypatch.setattr("engine.work.CALENDARS_KEPT", 0.0)
    with other.services.database.read() as connection:
        assert "mine" in other.services.load_calendars(connection)


# --- what is refused ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "files",
    [
        {"p.bpmn": b""},
        {"p.bpmn": b"<definitions"},
        {"p.bpmn": b"\xff\xfe\x00broken"},
        {"p.bpmn": b"<html/>"},
        {"p.bpmn": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'},
        {"l.dmn": b""},
        {"l.dmn": b"<definitions/>"},
        {"f.json": b""},
        {"f.json": b"[]"},
        {"f.json": b"{"},
        {"f.json": b"null"},
        {"f.json": b"\xff"},
        {"f.json": b'{"properties": 3}'},
        {"c.calendar.json": b""},
        {"c.calendar.json": b"[]"},
        {"c.calendar.json": b"3"},
        {"c.calendar.json": b"{}"},
        {"c.calendar.json": b'{"key": "c", "zone": "Mars", "weekly": {}}'},
        {"c.calendar.json": b'{"key": "c", "zone": 3, "weekly": [], "holidays": [3]}'},
        {"c.calendar.json": b'{"key": "c", "zone": "UTC", "weekly": {"mon": ["09:00-18:00"]}, "holidays": [{}]}'},
        {"c.calendar.json": b'{"key": "c", "zone": "UTC", "weekly": {"mon": ["09:00-18:00"]}, "years": ["x"]}'},
    ],
    ids=str,
)
def test_what_cannot_be_read_is_a_problem_of_its_file(house: House, files: dict[str, bytes]) -> None:
    with pytest.raises(DeploymentRejected) as caught:
        house.run(DeployDefinitions(files))
    problems: Any = caught.value.data["problems"]
    assert problems[0].severity == "error"
    assert problems[0].file == next(iter(files))
    assert problems[0].message
    assert problems[0].message_zh


@pytest.mark.parametrize(
    "files", [{}, {"notes.txt": b"x"}, {"x": b""}, {"p.bpmn": b"x" * (2 * 1024 * 1024 + 1)}], ids=len
)
def test_what_is_no_deployment_is_refused(house: House, files: dict[str, bytes]) -> None:
    with pytest.raises(InvalidInput):
        house.run(DeployDefinitions(files))


def test_a_dry_run_stores_nothing(house: House) -> None:
    house.run(DeployDefinitions({"p.bpmn": diagram("", "s>e")}, dry_run=True))
    assert house.rows(select(t.definition.c.id)) == []


def test_a_version_can_be_started_by_its_number(house: House) -> None:
    house.deploy(diagram("", "s>t1>e"))
    house.deploy(diagram("", "s>t2>e"))
    assert completed(house, house.run(StartInstance("p", version=1))) == ["s", "t1", "e"]
    assert completed(house, house.run(StartInstance("p"))) == ["s", "t2", "e"]


def test_nobody_waits_while_files_are_looked_through(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.deploy(diagram("", "s>e"))
    meanwhile: list[str] = []
    looked = deployments.examine

    def examined(*given: Any) -> Any:
        meanwhile.append(house.start())  # would wait for the database if the deployment held it
        return looked(*given)

    monkeypatch.setattr("engine.commands.deployments.examine", examined)
    made = house.deploy(diagram("", "s>a>e"))

    assert [one.version for one in made.definitions] == [2]
    assert len(meanwhile) == 1
    assert house.instance(meanwhile[0]).status == "completed"
