"""Diagrams of other engines mean here what they mean there, or are told what has no equivalent."""

from __future__ import annotations

import pytest

from engine.bpmn import Document, read
from engine.bpmn.dialects import juel, python
from engine.bpmn.dialects.errors import Untranslatable
from engine.bpmn.model import Assignment, Call, DataMapping, MultiInstance, Node
from engine.feel import parse
from tests.bpmn.diagrams import END, START, chain, flow, process, task


def document(content: bytes) -> Document:
    found = read(content)
    assert [one for one in found.problems if one.severity == "error"] == []
    assert [one.rule for one in found.problems if one.severity == "info"] in ([], ["vendor-translated"])
    return found


def node(content: bytes, key: str = "a") -> Node:
    return document(content).processes[0].nodes[key]


def extended(inside: str) -> str:
    return f"<extensionElements>{inside}</extensionElements>"


def rules(content: bytes) -> list[str]:
    return [one.rule for one in read(content).problems if one.severity != "info"]


# --- expressions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "feel"),
    [
        ("${amount > 1000 && region == 'north'}", '(amount > 1000) and (region = "north")'),
        ("#{!approved}", "not(approved)"),
        ("${not approved or a ne b}", "not(approved) or (a != b)"),
        ("${empty list}", "is empty(list)"),
        ("${nrOfCompletedInstances/nrOfInstances >= 0.6}", "(numberOfCompletedInstances / numberOfInstances) >= 0.6"),
        ("Hello ${name}!", '"Hello " + string(name) + "!"'),
        ("${execution.getVariable('x') eq 5}", "x = 5"),
        ("${execution.processBusinessKey}", "facet.businessKey"),
        ("${execution.hasVariable('x')}", "x != null"),
        ("${order.items[0].price}", "order.items[1].price"),
        ("${order['the key']}", 'get value(order, "the key")'),
        ("${a ? b : c + 1}", "if a then b else c + 1"),
        ("${(a + b) * c}", "(a + b) * c"),
        ("${a - (b - c)}", "a - (b - c)"),
        ("${a - b - c}", "(a - b) - c"),
        ("${x mod 2 == 0}", "modulo(x, 2) = 0"),
        ("${name.startsWith('A')}", 'starts with(name, "A")'),
        ("${'abc'.substring(1, 2)}", 'substring("abc", 2, 2 - 1)'),
        ("${order.getTotal() > 5}", "order.total > 5"),
        ('${S(answer).prop("k").value()}', "answer.k"),
        ("${x == '}'}", 'x = "}"'),
        ("${loopCounter}", "loopCounter - 1"),
        ("plain", None),
        ("R3/PT30H/${end}", '"R3/PT30H/" + string(end)'),
    ],
)
def test_juel(text: str, feel: str | None) -> None:
    # when
    found = juel.template(text)

    # then
    assert (found.text if found is not None else None) == feel
    if feel is not None:
        parse(feel)


@pytest.mark.parametrize(
    "text",
    [
        "${bean.call(x)}",
        "${execution}",
        "${a = b}",
        "${a",
        "${}",
        "${a b}",
        "${task.name(}",
        "${''.class.forName('x')}",
        "${" + "(" * 80 + "}",
    ],
)
def test_juel_without_equivalent(text: str) -> None:
    with pytest.raises(Untranslatable) as caught:
        juel.template(text)
    assert caught.value.reason
    assert caught.value.reason_zh


@pytest.mark.parametrize(
    ("text", "feel"),
    [
        ("a > 3 and not b", "(a > 3) and not(b)"),
        ("x in ['a', 'b']", 'list contains(["a", "b"], x)'),
        ("d['k'] == 1", "d.k = 1"),
        ("d.get('x', 3)", 'if get value(d, "x") = null then 3 else get value(d, "x")'),
        ("f'hi {x}'", '"hi " + string(x)'),
        ("timedelta(hours=2, minutes=5)", 'duration("PT2H5M")'),
        ("1 < x <= 5", "(1 < x) and (x <= 5)"),
        ("x[0] is None", "x[1] = null"),
        ("7 // 2 % 3", "modulo(floor(7 / 2), 3)"),
        ("a if b else c", "if b then a else c"),
        ("[y.price for y in items]", "for y in items return y.price"),
    ],
)
def test_python(text: str, feel: str) -> None:
    assert python.expression(text) == feel
    parse(feel)


@pytest.mark.parametrize(
    "text", ["__import__('os')", "lambda: 1", "x[1:2]", "a & b", "b'x'", "x =", "(" * 500 + ")" * 500]
)
def test_python_without_equivalent(text: str) -> None:
    with pytest.raises(Untranslatable):
        python.expression(text)


def test_scripts_that_only_assign() -> None:
    assert python.assignments("a = 1\nb = a + x") == [("a", "1"), ("b", "1 + x")]
    with pytest.raises(Untranslatable):
        python.assignments("a.append(1)")


# --- Camunda 7, Flowable, Activiti ------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["camunda", "flowable", "activiti"])
def test_who_does_a_task(prefix: str) -> None:
    # given
    attributes = (
        f'{prefix}:assignee="${{boss}}" {prefix}:candidateUsers="ann, ${{helper}}" {prefix}:candidateGroups="sales,finance" '
        f'{prefix}:dueDate="PT2H" {prefix}:priority="${{urgent ? 90 : 50}}" {prefix}:formKey="camunda-forms:deployment:quote.form"'
    )

    # then
    assert node(process(task("a", "userTask", attributes))).assignment == Assignment(
        "=boss", '=flatten(["ann", helper])', "sales,finance", "PT2H", None, "=if urgent then 90 else 50", "quote"
    )


def test_roles_of_the_standard_with_expressions() -> None:
    # given
    inside = (
        "<potentialOwner><resourceAssignmentExpression><formalExpression>group(${team})</formalExpression>"
        "</resourceAssignmentExpression></potentialOwner>" + extended('<activiti:formProperty id="x"/>')
    )

    # when
    found = node(process(task("a", "userTask", inside=inside))).assignment

    # then
    assert found is not None
    assert found.candidate_groups == "=team"


def test_external_tasks() -> None:
    # given
    attributes = 'camunda:type="external" camunda:topic="ship-${region}"'
    inside = extended(
        "<camunda:failedJobRetryTimeCycle>R3/PT10M</camunda:failedJobRetryTimeCycle><camunda:inputOutput>"
        '<camunda:inputParameter name="to">${customer.city}</camunda:inputParameter>'
        '<camunda:inputParameter name="kind">parcel</camunda:inputParameter>'
        '<camunda:inputParameter name="tags"><camunda:list><camunda:value>a</camunda:value><camunda:value>${b}</camunda:value></camunda:list></camunda:inputParameter>'
        '<camunda:inputParameter name="map"><camunda:map><camunda:entry key="k">${v}</camunda:entry></camunda:map></camunda:inputParameter>'
        '<camunda:outputParameter name="code">${tracking}</camunda:outputParameter></camunda:inputOutput>'
    )

    # when
    found = node(process(task("a", "serviceTask", attributes, inside)))

    # then
    assert found.service is not None
    assert (found.service.topic, found.service.retries) == ('="ship-" + string(region)', "R3/PT10M")
    assert found.inputs == (
        DataMapping("customer.city", "to"),
        DataMapping('"parcel"', "kind"),
        DataMapping('["a", b]', "tags"),
        DataMapping('{"k": v}', "map"),
    )
    assert found.outputs == (DataMapping("tracking", "code"),)


def test_a_service_task_that_computes_becomes_a_script() -> None:
    # when
    found = node(process(task("a", "serviceTask", 'camunda:expression="${price * 2}" camunda:resultVariable="total"')))

    # then
    assert (found.kind, found.script_format, found.script, found.script_result) == (
        "scriptTask",
        "feel",
        "price * 2",
        "total",
    )


def test_a_mail_task() -> None:
    # given
    fields = extended(
        '<flowable:field name="to" stringValue="a@b.c"/><flowable:field name="subject"><flowable:expression>Order ${id}'
        "</flowable:expression></flowable:field>"
    )

    # when
    service = node(process(task("a", "serviceTask", 'flowable:type="mail"', fields))).service

    # then
    assert service is not None
    assert service.operation == "mail.send"
    assert service.parameters == (("to", "a@b.c"), ("subject", '="Order " + string(id)'))


def test_calls_hand_over_what_they_say() -> None:
    # given
    inside = extended(
        '<camunda:in businessKey="#{execution.processBusinessKey}"/><camunda:in source="a" target="b"/>'
        '<camunda:in sourceExpression="${x + 1}" target="y"/><camunda:out variables="all"/>'
    )

    # when
    found = node(
        process(
            f'<callActivity id="a" calledElement="${{key}}" camunda:calledElementBinding="deployment">{inside}</callActivity>'
        )
    )

    # then
    assert found.call == Call("=key", "deployment", None, "facet.businessKey", False, True)
    assert found.inputs == (DataMapping("a", "b"), DataMapping("x + 1", "y"))


def test_a_call_without_mappings_hands_over_nothing() -> None:
    # when
    call = node(process('<callActivity id="a" calledElement="q" camunda:asyncBefore="true"/>')).call

    # then
    assert call is not None
    assert (call.all_inputs, call.all_outputs) == (False, False)


def test_decisions() -> None:
    # when
    found = node(process(task("a", "businessRuleTask", 'camunda:decisionRef="discount" camunda:resultVariable="d"')))

    # then
    assert (found.decision, found.decision_result) == ("discount", "d")


def test_multi_instance() -> None:
    # given
    loop = (
        '<multiInstanceLoopCharacteristics camunda:collection="${people}" camunda:elementVariable="person">'
        "<completionCondition>${nrOfCompletedInstances &gt;= 2}</completionCondition></multiInstanceLoopCharacteristics>"
    )
    named = (
        "<multiInstanceLoopCharacteristics><loopDataInputRef>people</loopDataInputRef>"
        '<inputDataItem name="person"/></multiInstanceLoopCharacteristics>' + extended("<camunda:properties/>")
    )

    # then
    assert node(process(task("a", inside=loop))).loop == MultiInstance(
        False, None, "people", "person", completion_condition="numberOfCompletedInstances >= 2"
    )
    assert node(process(task("a", attributes='camunda:async="true"', inside=named))).loop == MultiInstance(
        False, None, "people", "person"
    )


def test_conditions_and_timers_hold_juel_without_any_vendor_namespace() -> None:
    # given
    content = process(
        START
        + '<exclusiveGateway id="g" default="g-end"/>'
        + END
        + chain("start", "g", "end")
        + flow("g", "a", "${x &gt; 1}")
        + '<intermediateCatchEvent id="a"><timerEventDefinition><timeDuration>${wait}</timeDuration></timerEventDefinition></intermediateCatchEvent>'
    )

    # when
    found = document(content).processes[0]

    # then
    assert found.flows["g-a"].condition == "x > 1"
    timer = found.nodes["a"].events[0].timer
    assert timer is not None
    assert timer.expression == "=wait"


def test_form_fields_become_a_form() -> None:
    # given
    fields = extended(
        '<camunda:formData><camunda:formField id="amount" label="Amount" type="long" defaultValue="5"><camunda:validation>'
        '<camunda:constraint name="required"/><camunda:constraint name="max" config="10"/></camunda:validation></camunda:formField>'
        '<camunda:formField id="colour" label="Colour" type="enum"><camunda:value id="r" name="Red"/></camunda:formField>'
        '<camunda:formField id="ok" type="boolean" defaultValue="true"/></camunda:formData>'
    )

    # when
    found = document(process(task("a", "userTask", inside=fields)))

    # then
    assignment = found.processes[0].nodes["a"].assignment
    assert assignment is not None
    assert assignment.form == "p-a"
    assert found.forms["p-a"] == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A",
        "type": "object",
        "properties": {
            "amount": {"type": "integer", "title": "Amount", "default": 5, "maximum": 10},
            "colour": {"type": "string", "title": "Colour", "oneOf": [{"const": "r", "title": "Red"}]},
            "ok": {"type": "boolean", "title": "ok", "default": True},
        },
        "required": ["amount"],
    }


def test_form_properties_of_activiti() -> None:
    # given
    fields = extended(
        '<activiti:formProperty id="f" variable="days" name="Days" type="long" required="true" writable="false"/>'
    )

    # when
    form = document(process(task("a", "userTask", inside=fields))).forms["p-a"]

    # then
    assert form["properties"] == {"days": {"type": "integer", "title": "Days", "readOnly": True}}
    assert form["required"] == ["days"]


def test_the_initiator_is_kept() -> None:
    assert node(process('<startEvent id="a" camunda:initiator="starter"/>')).outputs == (
        DataMapping("facet.initiator", "starter"),
    )


def test_message_events_worked_on_by_a_worker() -> None:
    # given
    definition = '<messageEventDefinition camunda:type="external" camunda:topic="tell"/>'

    # when
    service = node(process(f'<endEvent id="a">{definition}</endEvent>')).service

    # then
    assert service is not None
    assert service.topic == "tell"


def test_a_service_task_that_sets_a_variable() -> None:
    # when
    found = node(
        process(task("a", "serviceTask", "camunda:expression=\"${execution.setVariable('total', price * 2)}\""))
    )

    # then
    assert (found.script, found.script_result) == ("price * 2", "total")


def test_a_receive_task_without_message_waits_for_its_own_id() -> None:
    # when
    message = node(process(task("a", "receiveTask", 'camunda:asyncBefore="true"'))).message

    # then
    assert message is not None
    assert message.name == "a"


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (task("a", "serviceTask", 'camunda:delegateExpression="${bean}"'), "vendor-code"),
        (task("a", "serviceTask", 'flowable:type="shell"'), "vendor-unsupported"),
        (task("a", "serviceTask", 'camunda:expression="${bean.run(execution)}"'), "vendor-expression"),
        (task("a", "userTask", inside=extended('<camunda:taskListener class="X" event="create"/>')), "vendor-listener"),
        (task("a", "userTask", 'camunda:assignee="${users.find(x)}"'), "vendor-expression"),
        ('<callActivity id="a" camunda:caseRef="c" calledElement="q"/>', "vendor-unsupported"),
        (task("a", inside=extended("<camunda:connector/>")), "vendor-code"),
    ],
)
def test_what_has_no_equivalent_is_told(body: str, rule: str) -> None:
    assert rules(process(body)) == [rule]


# --- Camunda 8 --------------------------------------------------------------------------------------------------------


def test_zeebe_service_tasks() -> None:
    # given
    inside = extended(
        '<zeebe:taskDefinition type="ship" retries="5"/><zeebe:taskHeaders><zeebe:header key="k" value="v"/></zeebe:taskHeaders>'
        '<zeebe:ioMapping><zeebe:input source="=order.id" target="id"/><zeebe:output source="=code" target="tracking"/></zeebe:ioMapping>'
    )

    # when
    found = node(process(task("a", "serviceTask", inside=inside)))

    # then
    assert found.service is not None
    assert (found.service.topic, found.service.retries, found.service.parameters) == ("ship", "5", (("k", "v"),))
    assert found.inputs == (DataMapping("order.id", "id"),)
    assert found.outputs == (DataMapping("code", "tracking"),)


def test_zeebe_user_tasks() -> None:
    # given
    inside = extended(
        '<zeebe:userTask/><zeebe:assignmentDefinition assignee="=boss" candidateGroups="=[&quot;a&quot;]"/><zeebe:taskSchedule dueDate="=due"/>'
        '<zeebe:formDefinition formId="quote"/><zeebe:priorityDefinition priority="70"/>'
    )

    # then
    assert node(process(task("a", "userTask", inside=inside))).assignment == Assignment(
        "=boss", None, '=["a"]', "=due", None, "70", "quote"
    )


def test_zeebe_calls_decisions_scripts_and_loops() -> None:
    # given
    called = extended('<zeebe:calledElement processId="=key" propagateAllChildVariables="false"/>')
    decided = extended('<zeebe:calledDecision decisionId="discount" resultVariable="d"/>')
    scripted = extended('<zeebe:script expression="=1 + 1" resultVariable="two"/>')
    loop = extended(
        '<zeebe:loopCharacteristics inputCollection="=items" inputElement="item" outputCollection="all" outputElement="=x"/>'
    )
    looped = f"<multiInstanceLoopCharacteristics>{loop}</multiInstanceLoopCharacteristics>"
    content = process(
        f'<callActivity id="a">{called}</callActivity>'
        + task("b", "businessRuleTask", inside=decided)
        + task("c", "scriptTask", inside=scripted)
        + task("d", inside=looped)
    )

    # when
    nodes = document(content).processes[0].nodes

    # then
    assert nodes["a"].call == Call("=key", all_outputs=False)
    assert (nodes["b"].decision, nodes["b"].decision_result) == ("discount", "d")
    assert (nodes["c"].script, nodes["c"].script_format, nodes["c"].script_result) == ("1 + 1", "feel", "two")
    assert nodes["d"].loop == MultiInstance(False, None, "items", "item", "all", "x")


def test_zeebe_subscriptions_and_embedded_forms() -> None:
    # given
    subscription = extended('<zeebe:subscription correlationKey="=order.id"/>')
    form = '{"components": [{"type": "textfield", "key": "name", "label": "Name", "validate": {"required": true}}, {"type": "text"}]}'
    content = process(
        extended(f'<zeebe:userTaskForm id="f1">{form}</zeebe:userTaskForm>')
        + task("a", "userTask", inside=extended('<zeebe:formDefinition formKey="camunda-forms:bpmn:f1"/>'))
        + '<intermediateCatchEvent id="b"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>',
        roots=f'<message id="m" name="Paid">{subscription}</message>',
    )

    # when
    found = document(content)

    # then
    nodes = found.processes[0].nodes
    assert nodes["b"].events[0].correlation == "order.id"
    assert nodes["a"].assignment is not None
    assert nodes["a"].assignment.form == "f1"
    assert found.forms["f1"]["required"] == ["name"]


# --- SpiffWorkflow ----------------------------------------------------------------------------------------------------


def test_spiff_conditions_scripts_and_forms() -> None:
    # given
    inside = extended(
        "<spiffworkflow:preScript>limit = 3</spiffworkflow:preScript><spiffworkflow:postScript>total = price * 2</spiffworkflow:postScript>"
        '<spiffworkflow:properties><spiffworkflow:property name="formJsonSchemaFilename" value="quote.json"/></spiffworkflow:properties>'
    )
    content = process(
        START
        + chain("start", "a", "g")
        + task("a", "userTask", inside=inside)
        + task("s", "scriptTask", inside="<script>x = 1</script>")
        + '<exclusiveGateway id="g" default="g-s"/>'
        + flow("g", "s")
        + flow("g", "a", "x in [1, 2]")
        + '<intermediateCatchEvent id="t"><timerEventDefinition><timeDuration>"PT5M"</timeDuration></timerEventDefinition></intermediateCatchEvent>'
    )

    # when
    found = document(content).processes[0]

    # then
    assert found.flows["g-a"].condition == "list contains([1, 2], x)"
    assert found.nodes["s"].script_format == "python"
    timer = found.nodes["t"].events[0].timer
    assert timer is not None
    assert timer.expression == "PT5M"
    user = found.nodes["a"]
    assert user.assignment is not None
    assert user.assignment.form == "quote"
    assert (user.inputs, user.outputs) == ((), ())
    assert (found.nodes["a_before"].script, found.nodes["a_after"].script) == ("limit = 3", "total = price * 2")
    follows = {flow.source: flow.target for flow in found.flows.values() if flow.id != "g-s"}
    assert [follows[key] for key in ("start", "a_before", "a")] == ["a_before", "a", "a_after"]


def test_spiff_scripts_of_a_looping_task_are_its_mappings() -> None:
    # given
    inside = extended(
        "<spiffworkflow:preScript>limit = 3</spiffworkflow:preScript><spiffworkflow:postScript>total = price * 2</spiffworkflow:postScript>"
    )
    loop = "<standardLoopCharacteristics><loopCondition>x</loopCondition></standardLoopCharacteristics>"

    # when
    found = read(process(task("a", "userTask", inside=inside + loop)))

    # then
    user = found.processes[0].nodes["a"]
    assert user.inputs == (DataMapping("3", "limit"),)
    assert user.outputs == (DataMapping("limit", "limit"), DataMapping("price * 2", "total"))
    assert [one.rule for one in found.problems if one.severity == "warning"] == ["vendor-differs"] * 2


def test_spiff_manual_tasks_wait_for_somebody() -> None:
    # given
    shown = extended("<spiffworkflow:instructionsForEndUser>Lift **it**</spiffworkflow:instructionsForEndUser>")

    # when
    found = node(process(task("a", "manualTask", inside=shown)))

    # then
    assert found.kind == "userTask"
    assert found.extensions["instructions"] == "Lift **it**"


def test_spiff_correlation_and_payload_stand_on_the_message() -> None:
    # given
    payload = extended("<spiffworkflow:messagePayload>{'po': po}</spiffworkflow:messagePayload>")
    retrieval = '<correlationPropertyRetrievalExpression messageRef="m"><formalExpression>po</formalExpression>'
    roots = (
        f'<message id="m" name="M">{payload}</message><collaboration id="c"><correlationKey name="k">'
        "<correlationPropertyRef>cp</correlationPropertyRef></correlationKey></collaboration>"
        f'<correlationProperty id="cp">{retrieval}</correlationPropertyRetrievalExpression></correlationProperty>'
    )

    # when
    message = node(process(task("a", "sendTask", 'messageRef="m"'), roots=roots)).message

    # then
    assert message is not None
    assert message.payload == '{"po": po}'
    assert message.correlation is not None


def test_spiff_messages_bring_their_payload_in_a_variable() -> None:
    # given
    sent = extended("<spiffworkflow:messagePayload>{'n': x}</spiffworkflow:messagePayload>")
    got = extended("<spiffworkflow:messageVariable>order</spiffworkflow:messageVariable>")
    content = process(
        START
        + f'<intermediateThrowEvent id="a"><messageEventDefinition messageRef="m">{sent}</messageEventDefinition>'
        + "</intermediateThrowEvent>"
        + f'<intermediateCatchEvent id="b"><messageEventDefinition messageRef="m">{got}</messageEventDefinition>'
        + "</intermediateCatchEvent>"
        + END
        + chain("start", "a", "b", "end"),
        roots='<message id="m" name="M"/>',
    )

    # when
    found = read(content)

    # then
    assert found.processes[0].nodes["a"].events[0].payload == '{order: {"n": x}}'
    assert [one.rule for one in found.problems if one.severity == "warning"] == ["vendor-differs"]


def test_scripts_around_a_script_task_are_part_of_it() -> None:
    # given
    inside = extended(
        "<spiffworkflow:preScript>items.append(1)</spiffworkflow:preScript><spiffworkflow:postScript>z = 3</spiffworkflow:postScript>"
    )

    # when
    found = node(process(task("a", "scriptTask", inside=inside + "<script>x = 2</script>")))

    # then
    assert found.script == "items.append(1)\nx = 2\nz = 3"


def test_spiff_connectors() -> None:
    # given
    inside = extended(
        '<spiffworkflow:serviceTaskOperator id="http/GetRequest" resultVariable="answer"><spiffworkflow:parameters>'
        '<spiffworkflow:parameter id="url" type="str" value="&quot;https://x/&quot; + key"/></spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>'
    )

    # when
    service = node(process(task("a", "serviceTask", inside=inside))).service

    # then
    assert service is not None
    assert (service.operation, service.result) == ("http/GetRequest", "answer")
    assert service.parameters == (("url", '="https://x/" + key'),)
