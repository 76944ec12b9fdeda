"""What writes variables is known, so that a misspelt name is told and no right one is doubted."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.bpmn import FormInfo, LintContext, lint, read
from engine.bpmn.linting.variables import slip
from engine.bpmn.linting.written import entries
from tests.bpmn.diagrams import END, chain, definitions, flow, task

NAMES = (
    "case_id customer_id name mobile wecom_id address community consent_at opted_out channel_code "
    "channel_type cost start end type planned_at actual_at staff device_hash csat note lead_id house_status "
    "area budget plan_days score grade arm owner stage version lines list_amount net_amount discount_pct "
    "margin_pct valid_until contract_no contract_amount deposit sellers rooms special promised_date "
    "service_no service_type category severity coverage reopen_count parent_no job_no batch_no crew_id slot "
    "round result room item resp signed_at title tax_no amount txn_no method paid_at paid_total code "
    "referrer_id expires_at referral_id bound_at risk is_final accepted_at crew_lines settled_revenue "
    "closed_at refund progress change_no delta due_at outcome visit_at reason action transfer_to contact_at "
    "need measurer intent_money measure_ok redo_reason files style sku qty list_price valid_days follow_at "
    "lost_reason co_seller split_pct contract site_ready max_delta_mm drawing decision remark factory_days "
    "factory_no eta expected received damaged split_ok add_amount add_cost remove_amount cause desc engineer "
    "visit parts agree fixed resolved lead leads quote quotes job jobs crew crews stage_paid stages approver "
    "approvers level back_to comment cancelled cancel payable payables room_no fee fees labour over days day "
    "rounds approve approved reopened order orders"
)
FORM = "quote"


def variables(
    body: str, *, forms: dict[str, FormInfo | None] | None = None, others: Sequence[bytes] = (), **known: object
) -> list[tuple[str | None, str, str]]:
    """(element, name, near) of every doubt about a process `p` that starts with a form of the fields amount, customer."""
    fields: dict[str, FormInfo | None] = {FORM: FormInfo(frozenset({"amount", "customer"})), **(forms or {})}
    start = f'<startEvent id="start" facet:formKey="{FORM}"/>'
    content = definitions(f'{known.pop("roots", "")}<process id="p" isExecutable="true">{start}{body}{END}</process>')
    context = LintContext(forms=fields, processes={"q"}, **known)  # type: ignore[arg-type]
    documents = [read(one, file=f"{number}.bpmn") for number, one in enumerate((content, *others))]
    return [
        (one.element_id, str(one.data["variable"]), str(one.data["near"]))
        for one in lint(documents, context)
        if one.rule == "unknown-variable"
    ]


def reads(name: str, before: str) -> str:
    """`before` (an element `a`), then a gateway that asks for a name."""
    gateway = '<exclusiveGateway id="g" default="g-end"/>'
    return before + gateway + task("b") + chain("start", "a", "g", "end") + flow("g", "b", f"{name} = 1")


WRITERS = {
    "a form": task("a", "userTask", f'facet:formKey="{FORM}" facet:assignee="x"'),
    "a result": task("a", "serviceTask", 'facet:operation="mail.send" facet:resultVariable="amount"'),
    "a Python script": task("a", "scriptTask", 'scriptFormat="python"', "<script>amount = 1</script>"),
    "a FEEL script's result": task(
        "a", "scriptTask", 'scriptFormat="feel" facet:resultVariable="amount"', "<script>1</script>"
    ),
    "a FEEL script's entries": task(
        "a", "scriptTask", 'scriptFormat="feel"', "<script>{amount: 1, b: amount}</script>"
    ),
    "a decision's columns": task("a", "businessRuleTask", 'facet:decision="several"'),
    "a decision's own name": task("a", "businessRuleTask", 'facet:decision="amount"'),
    "a decision's result": task("a", "businessRuleTask", 'facet:decision="any" facet:resultVariable="amount"'),
    "an input": task("a", inside='<extensionElements><facet:input source="=1" target="amount"/></extensionElements>'),
    "an output": task("a", inside='<extensionElements><facet:output source="=1" target="amount"/></extensionElements>'),
    "items": task(
        "a", inside='<multiInstanceLoopCharacteristics facet:collection="[1]" facet:elementVariable="amount"/>'
    ),
    "a list of results": task(
        "a",
        inside='<multiInstanceLoopCharacteristics facet:collection="[1]" facet:outputCollection="amount"'
        ' facet:outputElement="1"/>',
    ),
    "a data object": '<dataObjectReference id="d" name="amount" dataObjectRef="do"/><dataObject id="do"/>' + task("a"),
    "a called process": '<callActivity id="a" calledElement="q"/>',
}
DECISIONS = {"several": frozenset({"amount", "level"}), "amount": frozenset({"amount"}), "any": None}
CALLED = definitions(
    '<process id="q" isExecutable="true"><startEvent id="qs" facet:formKey="none"/>'
    '<scriptTask id="qt" scriptFormat="python"><script>amount = 1</script></scriptTask><sequenceFlow id="qf"'
    ' sourceRef="qs" targetRef="qt"/></process>'
)


@pytest.mark.parametrize("before", WRITERS.values(), ids=WRITERS)
def test_what_is_written_is_known_and_its_misspelling_told(before: str) -> None:
    # given a start form that asks for nothing, so that only the element before can have written it
    forms: dict[str, FormInfo | None] = {FORM: FormInfo(frozenset({"amount"}))}
    if "userTask" not in before:
        forms = {FORM: FormInfo(frozenset())}
    more = {"forms": {**forms, "none": FormInfo(frozenset())}, "others": [CALLED], "decision_outputs": DECISIONS}

    # then
    assert variables(reads("amount", before), decisions=DECISIONS, **more) == []  # type: ignore[arg-type]
    assert variables(reads("amuont", before), decisions=DECISIONS, **more) == [("g-b", "amuont", "amount")]  # type: ignore[arg-type]


OPEN = {
    "a task without a form": task("a", "userTask", 'facet:assignee="x"'),
    "an external worker": task("a", "serviceTask", 'facet:topic="t"'),
    "a message": '<receiveTask id="a" messageRef="m"/>',
    "a process deployed before": '<callActivity id="a" calledElement="elsewhere"/>',
    "a decision deployed before": task("a", "businessRuleTask", 'facet:decision="elsewhere"'),
    "a script that gives any context": task(
        "a", "scriptTask", 'scriptFormat="feel"', "<script>context put(customer, [&quot;x&quot;], 1)</script>"
    ),
}


@pytest.mark.parametrize("before", OPEN.values(), ids=OPEN)
def test_where_anything_may_come_from_only_slips_are_told(before: str) -> None:
    roots = '<message id="m" name="M"/>'
    assert variables(reads("region", before), roots=roots) == []
    assert variables(reads("custmoer", before), roots=roots) == [("g-b", "custmoer", "customer")]


def test_a_service_without_result_brings_nothing() -> None:
    before = task("a", "serviceTask", 'facet:operation="mail.send"')
    assert variables(reads("sent", before)) == [("g-b", "sent", "–")]


def test_outputs_see_what_their_element_brought_and_others_do_not() -> None:
    # given
    mapping = '<extensionElements><facet:output source="=SOURCE" target="kept"/></extensionElements>'
    before = task("a", "userTask", 'facet:formKey="inner" facet:assignee="x"', mapping)
    forms: dict[str, FormInfo | None] = {"inner": FormInfo(frozenset({"inside"}))}

    # then
    assert variables(reads("kept", before.replace("SOURCE", "inside")), forms=forms) == []
    assert variables(reads("inside", before.replace("SOURCE", "inside")), forms=forms) == [("g-b", "inside", "–")]
    assert variables(reads("kept", before.replace("SOURCE", "insdie")), forms=forms) == [("a", "insdie", "inside")]


def test_what_a_caller_hands_over_is_known_to_the_called() -> None:
    # given q is called with everything, and started by nobody else but with its own form
    called = definitions(
        '<process id="q" isExecutable="true"><startEvent id="s" facet:formKey="none"/><exclusiveGateway id="x" default="d"/>'
        '<task id="t"/><endEvent id="e"/><sequenceFlow id="f" sourceRef="s" targetRef="x"/>'
        '<sequenceFlow id="c" sourceRef="x" targetRef="t"><conditionExpression>NAME = 1</conditionExpression></sequenceFlow>'
        '<sequenceFlow id="d" sourceRef="x" targetRef="e"/></process>'
    )
    call = '<callActivity id="a" calledElement="q">INSIDE</callActivity>' + chain("start", "a", "end")
    inside = '<extensionElements><facet:input source="=amount" target="given"/></extensionElements>'
    none: dict[str, FormInfo | None] = {"none": FormInfo(frozenset())}

    def doubts(name: str, mapping: str = "") -> list[str]:
        other = called.replace(b"NAME", name.encode())
        return [found for _, found, _ in variables(call.replace("INSIDE", mapping), forms=none, others=[other])]

    # then
    assert doubts("amount") == []
    assert doubts("amuont") == ["amuont"]
    assert doubts("given", inside) == []
    assert doubts("amount", inside) == ["amount"]


def test_payloads_of_the_deployment_are_known() -> None:
    # given
    message = '<message id="m" name="Paid"/>'
    sender = definitions(
        f'{message}<process id="q" isExecutable="true"><intermediateThrowEvent id="t"><messageEventDefinition'
        ' messageRef="m" facet:payload="{total: 1}"/></intermediateThrowEvent></process>'
    ).replace(b'id="m" name', b'id="m2" name').replace(b'messageRef="m"', b'messageRef="m2"')  # fmt: skip
    before = '<receiveTask id="a" messageRef="m"/>'

    # then
    assert variables(reads("total", before), roots=message, others=[sender]) == []
    assert variables(reads("toatl", before), roots=message, others=[sender]) == [("g-b", "toatl", "total")]


def test_caught_errors_are_known() -> None:
    boundary = (
        '<boundaryEvent id="x" attachedToRef="a"><extensionElements><facet:output source="=error.code" target="code"/>'
        '</extensionElements><errorEventDefinition/></boundaryEvent>' + flow("x", "end")
    )  # fmt: skip
    assert variables(reads("code", task("a") + boundary)) == []


def test_no_name_of_the_domain_is_a_slip_of_another() -> None:
    doubted = {(name, found) for name in NAMES.split() if (found := slip(name, {*NAMES.split()} - {name})) is not None}
    assert doubted == set()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("amuont", "amount"),
        ("ammount", "amount"),
        ("net_amuont", "net_amount"),
        ("contact_amount", "contract_amount"),
        ("contractNo", "contract_no"),
        ("contractno", "contract_no"),
        ("discuont_pct", "discount_pct"),
        ("promissed_date", "promised_date"),
        ("custemer_id", "customer_id"),
        ("grdae", "grade"),
        ("reciived", "received"),
    ],
)
def test_slips_are_seen(name: str, meant: str) -> None:
    assert slip(name, {*NAMES.split()} - {name}) == meant


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{a: 1, b: x}", {"a", "b"}),
        ("{}", set()),
        ("{a: 1}.a", None),
        ("x", None),
        ("{a: 1} = {a: 1}", set()),
        ("{", None),
    ],
)
def test_entries_of_a_context(text: str, names: set[str] | None) -> None:
    assert entries(text) == (None if names is None else frozenset(names))
