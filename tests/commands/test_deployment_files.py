"""The files of a deployment: each problem is told once, and forms of other editors are forms."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from engine.commands.decisions import EvaluateDecision
from engine.commands.deployment_files import kind_of, read_files
from engine.commands.deployments import DeployDefinitions, Deployment
from engine.errors import DeploymentRejected
from engine.store import tables as t
from engine.variables import plain_dumps
from tests.bpmn.lint_cases import CASES
from tests.bpmn.test_lint import problems
from tests.bpmn.vendor_cases import VENDOR_CASES
from tests.commands.test_deployments import table
from tests.diagrams import diagram
from tests.engines import House

LEAVE = {
    "id": "leave_form",
    "components": [{"type": "number", "key": "days", "validate": {"required": True}}],
}
OVERLAP = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="m" namespace="urn:test:m">
  <inputData id="i" name="x"><variable id="iv" name="x" typeRef="number"/></inputData>
  <inputData id="j" name="day"><variable id="jv" name="day" typeRef="date"/></inputData>
  <decision id="d" name="d"><variable id="dv" name="d" typeRef="string"/>
    <informationRequirement id="r1"><requiredInput href="#i"/></informationRequirement>
    <informationRequirement id="r2"><requiredInput href="#j"/></informationRequirement>
    <decisionTable id="t" hitPolicy="UNIQUE">
      <input id="c1"><inputExpression id="e1" typeRef="number"><text>x</text></inputExpression></input>
      <input id="c2"><inputExpression id="e2" typeRef="date"><text>day</text></inputExpression></input>
      <output id="o" name="d" typeRef="string"/>
      <rule id="u1"><inputEntry id="a1"><text>&gt;= 10.5</text></inputEntry>
        <inputEntry id="b1"><text>&gt; date("2026-01-31")</text></inputEntry>
        <outputEntry id="p1"><text>"a"</text></outputEntry></rule>
      <rule id="u2"><inputEntry id="a2"><text>&lt;= 10.5</text></inputEntry>
        <inputEntry id="b2"><text>-</text></inputEntry><outputEntry id="p2"><text>"b"</text></outputEntry></rule>
    </decisionTable></decision>
</definitions>"""


def told(house: House, **files: bytes) -> list[Any]:
    named = {name.replace("_", "."): content for name, content in files.items()}
    try:
        found: Deployment = house.run(DeployDefinitions(named, dry_run=True))
    except DeploymentRejected as rejected:
        return list(rejected.data["problems"])
    return list(found.problems)


def test_a_problem_of_the_reader_is_told_once(house: House) -> None:
    # given a misspelt attribute, which the reader reports
    content = diagram('<userTask id="u" colour="red"/>', "s>u>e")

    # then
    assert [one.rule for one in told(house, p_bpmn=content)].count("unknown-attribute") == 1
    assert [one.rule for one in told(house, p_bpmn=content.replace(b'id="s"', b'id="s" default="no"'))].count(
        "unknown-attribute"
    ) == 1


@pytest.mark.parametrize("key", ["leave", "leave_form"])
def test_a_form_of_camundas_editor_is_a_form(house: House, key: str) -> None:
    # given
    content = diagram(f'<userTask id="u" facet:formKey="{key}"/>', "s>u>e")
    files = {"p.bpmn": content, "leave.form": json.dumps(LEAVE).encode()}

    # when
    made = house.run(DeployDefinitions(files))
    instance = house.start()

    # then: the field is checked, also by a process that read the deployment anew
    assert {one.rule for one in made.problems} <= {"form", "task-without-performer"}  # no Chinese, nobody in charge
    assert len(made.problems) == len({one.message for one in made.problems})
    for one in (house, house.another()):
        ((definition,),) = one.rows(select(t.definition.c.id))
        with one.services.database.read() as connection:
            form = one.services.definitions.get(connection, definition).form(key)
        assert form is not None and set(form.variables) == {"days"}
    house.complete(instance, "u", {"days": 3})
    assert house.instance(instance).status == "completed"


def test_a_form_of_the_editor_that_changes_makes_a_version(house: House) -> None:
    content = diagram('<userTask id="u" facet:formKey="leave_form"/>', "s>u>e")
    versions = [
        house.run(DeployDefinitions({"p.bpmn": content, "x.form": json.dumps(form).encode()})).definitions[0].version
        for form in (LEAVE, LEAVE, {**LEAVE, "components": [{"type": "textfield", "key": "why"}]})
    ]
    assert versions == [1, 1, 2]


def test_what_such_a_form_asks_for_and_is_not_here_is_told(house: House) -> None:
    form = {"id": "x", "components": [{"type": "hologram", "key": "h"}]}
    found = told(house, p_bpmn=diagram("", "s>t>e"), x_form=json.dumps(form).encode())
    assert [one.message for one in found if one.file == "x.form"] == [
        "“form field type hologram” of “x.form” has no equivalent and has no effect here."
    ]


def test_two_forms_of_one_key_are_refused(house: House) -> None:
    schema = b'{"type": "object", "title": "x", "properties": {"a": {"type": "string", "title": "A"}}}'
    found = told(house, p_bpmn=diagram("", "s>t>e"), leave_form=json.dumps(LEAVE).encode(), leave_json=schema)
    assert "error" in [one.severity for one in found]


def test_a_form_that_is_neither_is_told(house: House) -> None:
    found = told(house, p_bpmn=diagram("", "s>t>e"), leave_form=b'{"components": ')
    assert [one.severity for one in found] == ["error"]
    assert kind_of("a/B.FORM") == "form"


def test_examples_of_findings_are_json(house: House) -> None:
    (overlap,) = (one for one in told(house, m_dmn=OVERLAP.encode()) if one.rule == "dmn.overlap")
    assert json.loads(plain_dumps(overlap.data))["example"] == {"x": 10.5, "day": "2026-02-01"}


@pytest.mark.parametrize("case", {**CASES, **VENDOR_CASES}.values(), ids={**CASES, **VENDOR_CASES})
def test_what_the_linter_says_is_json(case: Any) -> None:
    for one in problems(case.bad, case.context):
        assert plain_dumps(dict(one.data))


def test_the_newest_decision_is_read_with_what_it_imports(house: House) -> None:
    # given
    using = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m_use" name="use" namespace="urn:test:use">
  <import name="base" namespace="urn:test:level" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>
  <decision id="use" name="use"><variable name="use" typeRef="string"/>
    <informationRequirement><requiredDecision href="urn:test:level#level"/></informationRequirement>
    <literalExpression id="x_use"><text>base.level + "!"</text></literalExpression></decision>
</definitions>"""
    house.run(DeployDefinitions({"use.dmn": using, "level.dmn": table("high")}))

    # then
    for one in (house, house.another()):
        assert one.run(EvaluateDecision("use", {})).output == "high!"


def test_files_are_read_without_the_linter() -> None:
    read = read_files({"p.bpmn": diagram('<userTask id="u" colour="red"/>', "s>u>e"), "x.form": b"{"})
    assert [one.file for one in read.problems] == ["x.form"]
    assert [one.rule for one in read.documents[0].problems] == ["unknown-attribute"]
