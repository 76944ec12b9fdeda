"""The sales process: what its scenarios do not show: its messages, its people, its files."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

import forms
from engine.bpmn import read
from engine.errors import FormRejected, NotFound
from engine.feel import parse
from engine.playground import Playground
from tests.processes.scenario import PROCESSES, Story, files_of

FOLDER = PROCESSES / "sales"
FILES = files_of("sales")
DOCUMENT = read(FILES["sales.bpmn"], file="sales.bpmn")
PROCESS = DOCUMENT.processes[0]
PARTS = json.loads((FOLDER / "scenarios" / "_parts.json").read_text(encoding="utf-8"))

RECEIVER = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:facet="urn:facet:bpmn:1"
    targetNamespace="urn:test" id="d">
  <message id="m" name="ContractSigned"/>
  <process id="after" isExecutable="true">
    <startEvent id="signed"><messageEventDefinition id="e" messageRef="m"/></startEvent>
    <userTask id="look" facet:candidateGroups="csc"/>
    <sequenceFlow id="a" sourceRef="signed" targetRef="look"/>
  </process>
</definitions>"""


@pytest.fixture
def play() -> Iterator[Playground]:
    with Playground(now="2026-03-02T09:00:00+08:00") as playground:
        assert playground.deploy(FILES).accepted
        yield playground


def told(play: Playground, *steps: str | dict[str, Any]) -> str:
    """Plays parts and steps; returns the instance."""
    story = Story(
        play, {"process": "sales", "steps": [{"do": step} if isinstance(step, str) else step for step in steps]}, PARTS
    )
    story.run()
    assert story.instance is not None
    return story.instance


def test_the_signed_contract_reaches_what_comes_after(play: Playground) -> None:
    assert play.deploy({"after.bpmn": RECEIVER}).accepted
    lead = {"customer_id": "C-1", "lead_id": "L-1", "owner": "li.na", "intent_money": "500.00"}

    told(
        play,
        {"message": "LeadQualified", "key": "JC-20260302-0001", "payload": lead},
        "accept",
        "book",
        "measure",
        "design",
        "quote at L0",
        "deal",
        "sign",
        "deposit",
    )

    received = play.instance(play.instances("after")[0])
    assert received.business_key == "JC-20260302-0001"
    assert received.variables == {
        "case_id": "JC-20260302-0001",
        "customer_id": "C-1",
        "contract_no": "HT-20260302-0001",
        "contract_amount": Decimal("67000.00"),
        "deposit": Decimal("10000.00"),
        "discount_pct": Decimal("6.94"),
        "sellers": [{"payee": "li.na", "split_pct": 100}],
        "designer": "chen.chen",
        "rooms": ["kitchen", "bedroom"],
        "special": False,
        "promised_date": date(2026, 6, 1),
    }


def test_whoever_starts_a_sale_without_an_owner_owns_it(play: Playground) -> None:
    instance = play.start("sales", {"customer": "张伟", "mobile": "138 0000 1111"}, as_user="zhao.lei")

    assert play.instance(instance).variables["owner"] == "zhao.lei"
    assert play.tasks(instance)[0].assignee == "zhao.lei"


def test_a_withdrawal_reaches_only_its_own_case(play: Playground) -> None:
    first, second = (
        play.start("sales", {"customer": "张伟", "mobile": "13800001111", "owner": "li.na"}, business_key=key)
        for key in ("JC-20260302-0001", "JC-20260302-0002")
    )

    assert play.message("CustomerWithdraw", business_key="JC-20260302-0002") == 1
    assert play.instance(first).status == "active"
    assert play.instance(second).end_element_id == "withdrawn"


def test_a_task_is_for_its_people_alone(play: Playground) -> None:
    instance = told(play, "walk-in")
    play.user("zhao.lei", groups=["consultant"])
    play.user("he", groups=["cashier"])

    for nobody in ("zhao.lei", "he"):
        with pytest.raises(NotFound):
            play.complete(play.tasks(instance)[0], {"action": "accept"}, as_user=nobody)


def test_a_form_that_is_refused_changes_nothing(play: Playground) -> None:
    instance = told(play, "to the quote")
    before = play.instance(instance).variables
    task = play.tasks(instance)[0]

    with pytest.raises(FormRejected):
        play.complete(task, {"lines": [], "net_amount": "-1", "valid_days": 31, "owner": "me"}, as_user="li.na")

    assert play.instance(instance).variables == before
    assert [open_.id for open_ in play.tasks(instance)] == [task.id]


def test_the_percentages_are_rounded_half_up(play: Playground) -> None:
    instance = told(play, "to the quote")
    line = {"room": "bath", "sku": "X", "qty": 1, "list_price": "80000.00"}

    # discount 7.00625 → 7.01, margin 36.8243… → 36.82
    play.complete(
        play.tasks(instance)[0],
        {"lines": [line], "net_amount": "74395.00", "cost": "47000.00", "valid_days": 1, "special": False},
        as_user="li.na",
    )

    variables = play.instance(instance).variables
    assert (str(variables["discount_pct"]), str(variables["margin_pct"])) == ("7.01", "36.82")


def test_the_quote_keeps_every_version_but_no_cost(play: Playground) -> None:
    instance = told(play, "to the quote", "quote at L0")

    quote = play.instance(instance).variables["quotes"][0]
    assert "cost" not in quote
    assert quote["valid_until"] == datetime.fromisoformat("2026-03-17T09:00:00+08:00")
    assert [line["amount"] for line in quote["lines"]] == [Decimal("42000.00"), Decimal("30000.00")]


def test_deploying_says_nothing() -> None:
    with Playground() as play:
        deployed = play.deploy(FILES)

    assert deployed.accepted
    assert [(p.severity, p.rule, p.element_id) for p in deployed.problems] == []
    assert [(d.key, d.version) for d in deployed.definitions] == [("sales", 1)]


def test_everything_that_people_read_is_in_both_languages() -> None:
    unnamed = [
        element.id for element in (*PROCESS.nodes.values(),) if element.name and not element.extensions.get("name-zh")
    ]
    nameless = [node.id for node in PROCESS.nodes.values() if not node.name and not node.kind.endswith("Gateway")]

    assert (unnamed, nameless) == ([], [])


def test_every_form_is_used_and_in_order() -> None:
    keys = {node.assignment.form for node in PROCESS.nodes.values() if node.assignment is not None}
    keys |= {node.extensions.get("formKey") for node in PROCESS.nodes.values() if node.kind == "startEvent"} - {None}

    assert {f"{key}.json" for key in keys} == {path.name for path in (FOLDER / "forms").glob("*.json")}
    for path in (FOLDER / "forms").glob("*.json"):
        form = forms.load(path.read_bytes(), key=path.stem, file=path.name)
        assert forms.check(form, evaluator_parse=parse) == []


def test_everything_is_drawn_inside_its_lane() -> None:
    shapes = {shape.element: shape for shape in DOCUMENT.shapes}

    for lane in PROCESS.lanes:
        outer = shapes[lane.id]
        for node in lane.nodes:
            inner = shapes[node]
            middle = inner.y + inner.height / 2
            assert outer.y <= middle <= outer.y + outer.height, node
            assert outer.x <= inner.x, node
            assert inner.x + inner.width <= outer.x + outer.width, node
    drawn = {edge.element for edge in DOCUMENT.edges}
    assert set(PROCESS.flows) <= drawn
    assert set(PROCESS.nodes) <= set(shapes)
