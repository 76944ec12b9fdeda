"""Diagrams of other engines run here as they run there: deployed as they are, with nothing changed in the file."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import select

from engine.errors import FacetError
from engine.playground import Playground, Task
from engine.store import tables as t
from tests.bpmn.diagrams import END, START, chain, definitions, flow, process, task


@pytest.fixture(scope="module")
def shared() -> Iterator[Playground]:
    with Playground() as play:
        yield play


@pytest.fixture
def play(shared: Playground) -> Playground:
    for id in shared.instances():
        if shared.instance(id).status == "active":
            shared.cancel(id)
    return shared


def extended(inside: str) -> str:
    return f"<extensionElements>{inside}</extensionElements>"


def start(play: Playground, content: bytes, variables: dict[str, object] | None = None, **files: bytes) -> str:
    """Deploys the file and starts its process `p`."""
    deployed = play.deploy({"p.bpmn": content, **{name.replace("_", "."): text for name, text in files.items()}})
    assert deployed.accepted, [one.message for one in deployed.problems if one.severity == "error"]
    return play.start("p", variables or {}, as_user="ann")


def only(play: Playground, instance: str) -> Task:
    [found] = play.tasks(instance)
    return found


def variables(play: Playground, instance: str) -> dict[str, object]:
    found = play.instance(instance)
    assert found.incidents == []
    return found.variables


def through(*elements: str) -> bytes:
    """start → a → b … → end."""
    ids = "abcdefgh"[: len(elements)]
    return process(START + "".join(elements) + END + chain("start", *ids, "end"))


# --- forms ------------------------------------------------------------------------------------------------------------


def test_a_form_inside_the_diagram_is_the_tasks_form(play: Playground) -> None:
    # given
    fields = (
        '<camunda:formField id="days" label="Days" type="long"><camunda:validation><camunda:constraint name="required"/>'
        '<camunda:constraint name="max" config="30"/></camunda:validation></camunda:formField>'
        '<camunda:formField id="kind" type="enum"><camunda:value id="paid" name="Paid"/></camunda:formField>'
    )
    content = through(task("a", "userTask", "", extended(f"<camunda:formData>{fields}</camunda:formData>")))
    instance = start(play, content)

    # when
    shown = only(play, instance)
    refused = []
    for data in ({}, {"days": 31}, {"days": "x"}, {"days": 3, "kind": "free"}):
        with pytest.raises(FacetError) as error:
            play.complete(shown, data)
        refused.append(error.value.status)
    play.complete(shown, {"days": 3, "kind": "paid"})

    # then
    assert shown.form == "p-a"
    assert refused == [422] * 4
    assert play.instance(instance).status == "completed"
    assert {key: variables(play, instance)[key] for key in ("days", "kind")} == {"days": Decimal(3), "kind": "paid"}


def test_a_start_form_names_the_business_key(play: Playground) -> None:
    # given
    field = '<camunda:formField id="order" type="string"/>'
    form = extended(f'<camunda:formData businessKey="order">{field}</camunda:formData>')
    content = process(
        f'<startEvent id="start" camunda:initiator="who">{form}</startEvent>'
        + task("a", "userTask", 'camunda:assignee="${who}"')
        + END
        + chain("start", "a", "end")
    )

    # when
    instance = start(play, content, {"order": "A-7"})

    # then
    assert play.instance(instance).business_key == "A-7"
    assert only(play, instance).assignee == "ann"
    assert variables(play, instance)["order"] == "A-7"


def test_a_form_of_camunda_8(play: Playground) -> None:
    # given
    form = '{"components": [{"type": "number", "key": "n", "label": "N", "validate": {"required": true}}]}'
    owner = extended(f'<zeebe:userTaskForm id="f">{form}</zeebe:userTaskForm>')
    uses = extended('<zeebe:formDefinition formKey="camunda-forms:bpmn:f"/>')
    content = process(owner + START + task("a", "userTask", "", uses) + END + chain("start", "a", "end"))
    instance = start(play, content)

    # then
    shown = only(play, instance)
    assert shown.form == "f"
    with pytest.raises(FacetError):
        play.complete(shown, {})
    play.complete(shown, {"n": 2})
    assert variables(play, instance)["n"] == Decimal(2)


def test_the_file_is_kept_as_it_was(play: Playground) -> None:
    # given
    content = through(task("a", "userTask", 'camunda:assignee="ann" camunda:dueDate="PT4H"'))

    # when
    start(play, content)

    # then
    with play.database.read() as connection:
        rows = connection.execute(select(t.resource.c.content).order_by(t.resource.c.deployment_id.desc())).scalars()
        assert content in [bytes(row) for row in rows]


# --- who and when -----------------------------------------------------------------------------------------------------


def test_people_and_times(play: Playground) -> None:
    # given
    attributes = (
        'camunda:assignee="${boss}" camunda:candidateUsers="eve, ${other}" camunda:candidateGroups="sales,gm" '
        'camunda:dueDate="PT4H" camunda:priority="70"'
    )

    # when
    instance = start(play, through(task("a", "userTask", attributes)), {"boss": "bob", "other": "cy"})

    # then
    shown = only(play, instance)
    assert (shown.assignee, shown.candidate_users, shown.candidate_groups) == ("bob", ["eve", "cy"], ["sales", "gm"])
    assert shown.due_at is not None
    assert (shown.due_at - play.clock.now()).total_seconds() == 4 * 3600
    assert shown.priority == 70


def test_a_cron_start_fires_at_its_times(play: Playground) -> None:
    # given
    timer = "<timerEventDefinition><timeCycle>0 0/30 * * * ?</timeCycle></timerEventDefinition>"
    body = f'<startEvent id="start">{timer}</startEvent>' + task("a", "userTask") + END + chain("start", "a", "end")
    content = definitions(f'<process id="clock" isExecutable="true">{body}</process>')
    before = len(play.instances("clock"))

    # when
    assert play.deploy({"clock.bpmn": content}).accepted
    play.advance("PT2H")

    # then
    started = [play.instance(id).started_at for id in play.instances("clock")[before:]]
    assert len(started) == 4
    assert {(moment.minute % 30, moment.second) for moment in started} == {(0, 0)}
    play.deploy({"clock.bpmn": content.replace(timer.encode(), b"")})


def test_a_timer_whose_time_is_a_variable(play: Playground) -> None:
    # given
    timer = "<timerEventDefinition><timeDuration>${wait}</timeDuration></timerEventDefinition>"
    instance = start(
        play, through(f'<intermediateCatchEvent id="a">{timer}</intermediateCatchEvent>'), {"wait": "PT3H"}
    )

    # when
    play.advance("PT2H59M")
    early = play.instance(instance).status
    play.advance("PT2M")

    # then
    assert (early, play.instance(instance).status) == ("active", "completed")


# --- what goes in and out ---------------------------------------------------------------------------------------------


def test_a_worker_gets_its_parameters_and_gives_results(play: Playground) -> None:
    # given
    inside = extended(
        '<camunda:inputOutput><camunda:inputParameter name="to">${customer.name}</camunda:inputParameter>'
        '<camunda:inputParameter name="kind">letter</camunda:inputParameter>'
        '<camunda:outputParameter name="number">${tracking}</camunda:outputParameter></camunda:inputOutput>'
    )
    content = through(task("a", "serviceTask", 'camunda:type="external" camunda:topic="ship-${zone}"', inside))
    instance = start(play, content, {"customer": {"name": "Li"}, "zone": "east"})

    # when
    [work] = play.external("ship-east")
    play.finish(work, {"tracking": "T1"})

    # then
    assert {key: work.data[key] for key in ("to", "kind")} == {"to": "Li", "kind": "letter"}
    found = variables(play, instance)
    assert found["number"] == "T1"
    assert "to" not in found


def test_calls_hand_over_what_is_mapped(play: Playground) -> None:
    # given
    mapping = extended(
        '<camunda:in source="x" target="given"/><camunda:in sourceExpression="gold" target="level"/>'
        '<camunda:out sourceExpression="${made + 1}" target="back"/>'
    )
    called = (
        '<process id="q" isExecutable="true"><startEvent id="qs"/>'
        + task("qa", "scriptTask", 'scriptFormat="groovy"', "<script>made = given * 10; seen = level</script>")
        + '<endEvent id="qe"/>'
        + chain("qs", "qa", "qe")
        + "</process>"
    )
    body = START + f'<callActivity id="a" calledElement="q">{mapping}</callActivity>' + END + chain("start", "a", "end")
    content = definitions(f'<process id="p" isExecutable="true">{body}</process>{called}')

    # when
    instance = start(play, content, {"x": 4})

    # then
    found = variables(play, instance)
    assert found["back"] == Decimal(41)
    assert "seen" not in found
    child = next(id for id in play.instances("q"))
    assert play.instance(child).variables["seen"] == "gold"


def test_multi_instance_of_a_collection(play: Playground) -> None:
    # given
    loop = (
        '<multiInstanceLoopCharacteristics isSequential="true" camunda:collection="people" camunda:elementVariable="who">'
        "<completionCondition>${nrOfCompletedInstances &gt;= 2}</completionCondition></multiInstanceLoopCharacteristics>"
    )
    attributes = 'camunda:assignee="${who}" camunda:candidateGroups="g${loopCounter}"'
    instance = start(play, through(task("a", "userTask", attributes, loop)), {"people": ["ann", "bob", "cy"]})

    # when
    seen = []
    while shown := play.tasks(instance):
        seen.append((shown[0].assignee, shown[0].candidate_groups))
        play.complete(shown[0])

    # then
    assert seen == [("ann", ["g0"]), ("bob", ["g1"])]
    assert play.instance(instance).status == "completed"


# --- scripts, errors, conditions --------------------------------------------------------------------------------------


def test_an_error_of_a_script_is_caught_with_its_code_and_message(play: Playground) -> None:
    # given
    script = '<script>if (total &gt; 5) { throw new org.acme.BpmnError("HIGH", "too " + total) }</script>'
    caught = (
        '<boundaryEvent id="x" attachedToRef="a"><errorEventDefinition errorRef="e" camunda:errorCodeVariable="code" '
        'camunda:errorMessageVariable="why"/></boundaryEvent>'
    )
    content = process(
        START + task("a", "scriptTask", 'scriptFormat="groovy"', script) + caught + task("b", "userTask") + END
        + chain("start", "a", "end")
        + chain("x", "b")
        + flow("b", "end"),
        roots='<error id="e" errorCode="HIGH"/>',
    )  # fmt: skip

    # when
    instance = start(play, content, {"total": 9})

    # then
    assert only(play, instance).element_id == "b"
    assert {key: variables(play, instance)[key] for key in ("code", "why")} == {"code": "HIGH", "why": "too 9"}


def test_conditions_of_two_languages(play: Playground) -> None:
    # given
    body = (
        START
        + '<exclusiveGateway id="g" default="g-c"/>'
        + "".join(task(key, "userTask") for key in "abc")
        + chain("start", "g")
        + flow("g", "a", "${order.total &gt; 100 &amp;&amp; not empty order.customer}")
        + '<sequenceFlow id="g-b" sourceRef="g" targetRef="b">'
        + '<conditionExpression language="groovy">order.total == 7</conditionExpression></sequenceFlow>'
        + flow("g", "c")
    )

    # when
    taken = [
        only(play, start(play, process(body), {"order": {"total": total, "customer": "Li"}})).element_id
        for total in (101, 7, 8)
    ]

    # then
    assert taken == ["a", "b", "c"]


def test_expressions_of_service_tasks_set_variables(play: Playground) -> None:
    # given
    content = through(
        task("a", "serviceTask", 'camunda:expression="${n * 2}" camunda:resultVariable="twice"'),
        task("b", "serviceTask", "camunda:expression=\"${execution.setVariable('three', n + 2)}\""),
        task(
            "c", "scriptTask", 'scriptFormat="javascript"', "<script>execution.setVariable('four', twice + 2)</script>"
        ),
    )

    # when
    found = variables(play, start(play, content, {"n": 1}))

    # then
    assert (found["twice"], found["three"], found["four"]) == (Decimal(2), Decimal(3), Decimal(4))


def test_compensation_as_editors_mark_it(play: Playground) -> None:
    # given an event sub-process whose task is marked “for compensation” although it stands in the flow
    undoing = (
        '<subProcess id="u" triggeredByEvent="true" isForCompensation="true"><startEvent id="us">'
        '<compensateEventDefinition/></startEvent><userTask id="undo" isForCompensation="true"/><endEvent id="ue"/>'
        + chain("us", "undo", "ue")
        + "</subProcess>"
    )
    inside = '<startEvent id="is"/>' + task("book") + '<endEvent id="ie"/>' + chain("is", "book", "ie") + undoing
    content = process(
        START
        + f'<subProcess id="a">{inside}</subProcess>'
        + '<intermediateThrowEvent id="b"><compensateEventDefinition activityRef="a"/></intermediateThrowEvent>'
        + END
        + chain("start", "a", "b", "end")
    )

    # when
    instance = start(play, content)

    # then
    assert only(play, instance).element_id == "undo"
    play.complete(only(play, instance))
    assert play.instance(instance).status == "completed"


# --- Camunda 8 and SpiffWorkflow --------------------------------------------------------------------------------------


def test_a_job_of_camunda_8(play: Playground) -> None:
    # given
    inside = extended(
        '<zeebe:taskDefinition type="pay" retries="2"/>'
        '<zeebe:taskHeaders><zeebe:header key="resultExpression" value="={x: response}"/></zeebe:taskHeaders>'
        '<zeebe:ioMapping><zeebe:input source="=order.total + 1" target="amount"/>'
        '<zeebe:output source="=receipt" target="paid"/></zeebe:ioMapping>'
    )
    instance = start(play, through(task("a", "serviceTask", "", inside)), {"order": {"total": 4}})

    # when
    [work] = play.external("pay")
    play.finish(work, {"receipt": "R1", "noise": 1})

    # then
    assert work.data["amount"] == Decimal(5)
    assert work.data["resultExpression"] == "={x: response}"
    found = variables(play, instance)
    assert found["paid"] == "R1"
    assert "noise" not in found


def test_scripts_and_forms_of_spiffworkflow(play: Playground) -> None:
    # given
    schema = b'{"title": "Q", "type": "object", "properties": {"price": {"type": "number", "title": "P"}}}'
    inside = extended(
        "<spiffworkflow:postScript>total = price * 2</spiffworkflow:postScript><spiffworkflow:properties>"
        '<spiffworkflow:property name="formJsonSchemaFilename" value="quote.json"/></spiffworkflow:properties>'
    )
    content = process(
        START
        + task("a", "userTask", "", inside)
        + task("b", "scriptTask", "", "<script>big = total &gt; 5</script>")
        + END
        + chain("start", "a", "b", "end")
    )
    instance = start(play, content, quote_json=schema)

    # when
    assert only(play, instance).form == "quote"
    play.complete(only(play, instance), {"price": 4})

    # then
    found = variables(play, instance)
    assert (found["price"], found["total"], found["big"]) == (Decimal(4), Decimal(8), True)
