"""What the reader makes of every kind of element (BPMN 2.0.2, chapters 8 to 10)."""

from __future__ import annotations

import pytest

from engine.bpmn import Document, Process, read
from engine.bpmn.model import AdHoc, Assignment, Call, DataMapping, EventDefinition, MultiInstance, Node, StandardLoop
from tests.bpmn.diagrams import END, START, chain, definitions, flow, process, task


def only(content: bytes) -> Process:
    document = read(content)
    assert [problem for problem in document.problems if problem.severity == "error"] == []
    return document.processes[0]


def node(content: bytes, key: str = "a") -> Node:
    return only(content).nodes[key]


def event(definition: str, roots: str = "", kind: str = "intermediateCatchEvent") -> EventDefinition:
    return node(process(f'<{kind} id="a">{definition}</{kind}>', roots=roots)).events[0]


# --- events (10.5) ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("definition", "roots", "expected"),
    [
        (
            '<messageEventDefinition id="d" messageRef="m"/>',
            '<message id="m" name="Order"/>',
            EventDefinition("message", "d", "m", "Order"),
        ),
        (
            "<messageEventDefinition><operationRef>o</operationRef></messageEventDefinition>",
            '<message id="m" name="Order"/><interface id="i" name="I"><operation id="o" name="O">'
            "<inMessageRef>m</inMessageRef></operation></interface>",
            EventDefinition("message", None, "m", "Order"),
        ),
        (
            '<signalEventDefinition signalRef="s"/>',
            '<signal id="s" name="=stop"/>',
            EventDefinition("signal", None, "s", "=stop"),
        ),
        (
            '<errorEventDefinition errorRef="e"/>',
            '<error id="e" name="Refused" errorCode="R1"/>',
            EventDefinition("error", None, "e", "Refused", "R1"),
        ),
        (
            '<errorEventDefinition errorRef="e"/>',
            '<error id="e"/>',
            EventDefinition("error", None, "e", None, "e"),
        ),
        (
            '<escalationEventDefinition escalationRef="e"/>',
            '<escalation id="e" name="Late" escalationCode="L1"/>',
            EventDefinition("escalation", None, "e", "Late", "L1"),
        ),
        (
            "<conditionalEventDefinition><condition>=stock &lt; 3</condition></conditionalEventDefinition>",
            "",
            EventDefinition("conditional", condition="stock < 3"),
        ),
        ('<linkEventDefinition name="L"/>', "", EventDefinition("link", name="L")),
        ("<terminateEventDefinition/>", "", EventDefinition("terminate")),
        (
            "<eventDefinitionRef>d</eventDefinitionRef>",
            '<signal id="s" name="Stop"/><signalEventDefinition id="d" signalRef="s"/>',
            EventDefinition("signal", "d", "s", "Stop"),
        ),
    ],
)
def test_event_definitions(definition: str, roots: str, expected: EventDefinition) -> None:
    assert event(definition, roots) == expected


@pytest.mark.parametrize(
    ("part", "kind", "text"),
    [
        ("timeDate", "date", "2026-03-02T09:00:00Z"),
        ("timeDuration", "duration", "=wait"),
        ("timeCycle", "cycle", "R3/PT1H"),
    ],
)
def test_timers(part: str, kind: str, text: str) -> None:
    # when
    timer = event(f"<timerEventDefinition><{part}>{text}</{part}></timerEventDefinition>").timer

    # then
    assert timer is not None
    assert (timer.kind, timer.expression) == (kind, text)


def test_what_facet_says_about_a_message() -> None:
    # given
    attributes = (
        'facet:correlationKey="=order.id" facet:payload="={a: 1}" facet:businessKey="key" facet:expires="PT1H" '
        'facet:messageId="=order.id"'
    )

    # when
    found = event(f'<messageEventDefinition messageRef="m" {attributes}/>', '<message id="m" name="Order"/>')

    # then
    assert (found.correlation, found.payload, found.business_key) == ("order.id", "{a: 1}", "key")
    assert (found.expires, found.message_id) == ("PT1H", "order.id")


def test_a_multiple_event_keeps_all_in_order() -> None:
    # given
    inside = "<terminateEventDefinition/><eventDefinitionRef>d</eventDefinitionRef><cancelEventDefinition/>"

    # when
    found = node(
        process(
            f'<intermediateCatchEvent id="a" parallelMultiple="true">{inside}</intermediateCatchEvent>',
            roots='<signal id="s" name="S"/><signalEventDefinition id="d" signalRef="s"/>',
        )
    )

    # then
    assert [one.kind for one in found.events] == ["terminate", "signal", "cancel"]
    assert found.parallel_multiple


def test_boundary_events_and_compensation_handlers() -> None:
    # given an association drawn from the handler to the event
    body = (
        task("a")
        + task("undo", attributes='isForCompensation="true"')
        + '<boundaryEvent id="x" attachedToRef="a" cancelActivity="false"><compensateEventDefinition/></boundaryEvent>'
        + '<association id="as" sourceRef="undo" targetRef="x"/>'
    )

    # when
    found = node(process(body), "x")

    # then
    assert (found.attached_to, found.interrupting, found.compensation_handler) == ("a", False, "undo")
    assert node(process(body), "undo").for_compensation


def test_an_event_sub_process_that_does_not_interrupt() -> None:
    # given
    start = '<startEvent id="s" isInterrupting="false"><signalEventDefinition signalRef="g"/></startEvent>'

    # when
    found = only(
        process(f'<subProcess id="a" triggeredByEvent="true">{start}</subProcess>', roots='<signal id="g" name="G"/>')
    )

    # then
    assert found.nodes["a"].triggered_by_event
    assert not found.nodes["s"].interrupting
    assert found.nodes["s"].scope == "a"


def test_links_that_are_tied_by_reference() -> None:
    # given
    content = process(
        '<intermediateThrowEvent id="t"><linkEventDefinition id="l1"><target>l2</target></linkEventDefinition>'
        "</intermediateThrowEvent>"
        '<intermediateCatchEvent id="c"><linkEventDefinition id="l2"><source>l1</source></linkEventDefinition>'
        "</intermediateCatchEvent>"
    )

    # then
    assert node(content, "t").events[0].name == node(content, "c").events[0].name == "l2"


# --- activities (10.3) ------------------------------------------------------------------------------------------------


def test_who_does_a_user_task() -> None:
    # given
    attributes = (
        'facet:assignee="=boss" facet:candidateUsers="ann,bo" facet:candidateGroups="sales" facet:dueDate="PT2H@store" '
        'facet:followUpDate="PT1H" facet:priority="80" facet:formKey="quote" facet:notWhoDid="b, c"'
    )

    # then
    assert node(process(task("a", "userTask", attributes))).assignment == Assignment(
        "=boss", "ann,bo", "sales", "PT2H@store", "PT1H", "80", "quote", ("b", "c")
    )


def test_resource_roles_of_the_standard() -> None:
    # given
    roles = (
        "<humanPerformer><resourceAssignmentExpression><formalExpression>user(ann)</formalExpression>"
        "</resourceAssignmentExpression></humanPerformer><potentialOwner><resourceRef>r</resourceRef></potentialOwner>"
        "<potentialOwner><resourceAssignmentExpression><formalExpression>user(bo), group(sales), finance"
        "</formalExpression></resourceAssignmentExpression></potentialOwner>"
    )

    # when
    found = node(process(task("a", "userTask", inside=roles), roots='<resource id="r" name="region"/>')).assignment

    # then
    assert found is not None
    assert (found.assignee, found.candidate_users, found.candidate_groups) == ("ann", "bo", "region,sales,finance")


def test_what_a_service_task_calls() -> None:
    # given
    parameters = (
        '<extensionElements><facet:parameter name="to" value="=customer.email"/>'
        '<facet:parameter name="subject">Your quote</facet:parameter></extensionElements>'
    )

    # when
    service = node(
        process(
            task(
                "a",
                "serviceTask",
                'facet:operation="mail.send" facet:resultVariable="sent" facet:retries="R3/PT10M"',
                parameters,
            )
        )
    ).service

    # then
    assert service is not None
    assert (service.operation, service.topic, service.result, service.retries) == (
        "mail.send",
        None,
        "sent",
        "R3/PT10M",
    )
    assert service.parameters == (("to", "=customer.email"), ("subject", "Your quote"))


def test_the_operation_of_the_standard() -> None:
    # given
    roots = '<interface id="i" name="mail"><operation id="o" name="send"/></interface>'

    # then
    service = node(process(task("a", "serviceTask", 'operationRef="o"'), roots=roots)).service
    assert service is not None
    assert service.operation == "mail.send"


@pytest.mark.parametrize(
    ("written", "known"),
    [("python", "python"), ("text/x-python", "python"), ("FEEL", "feel"), ("ruby", "ruby"), (None, None)],
)
def test_script_formats(written: str | None, known: str | None) -> None:
    # given
    attributes = f'scriptFormat="{written}" facet:resultVariable="r"' if written else 'facet:resultVariable="r"'

    # when
    found = node(process(task("a", "scriptTask", attributes, "<script>\n  x = 1\n</script>")))

    # then
    assert (found.script, found.script_format, found.script_result) == ("x = 1", known, "r")


def test_calls_of_processes_and_global_tasks() -> None:
    # given
    document = read(
        definitions(
            '<globalScriptTask id="g" name="G"><script>x = 1</script></globalScriptTask>'
            '<process id="p" isExecutable="true"><callActivity id="a" calledElement="g"/>'
            '<callActivity id="b" calledElement="=key" facet:binding="version" facet:version="2" facet:businessKey="=k" '
            'facet:propagateAllInputs="false" facet:propagateAllOutputs="false"/></process>'
        )
    )

    # then
    globally, calling = document.processes
    assert globally.global_task
    assert globally.nodes["g"].kind == "scriptTask"
    assert globally.nodes["g"].script == "x = 1"
    assert calling.nodes["a"].call == Call("g", global_task=True)
    assert calling.nodes["b"].call == Call("=key", "version", "2", "k", False, False)


def test_loops() -> None:
    # given
    standard = (
        '<standardLoopCharacteristics testBefore="true" loopMaximum="3"><loopCondition>x &lt; 2</loopCondition>'
        "</standardLoopCharacteristics>"
    )
    multi = (
        '<multiInstanceLoopCharacteristics isSequential="true" facet:collection="=items" facet:elementVariable="item" '
        'facet:outputCollection="results" facet:outputElement="=result">'
        "<completionCondition>done</completionCondition></multiInstanceLoopCharacteristics>"
    )

    # then
    assert node(process(task("a", inside=standard))).loop == StandardLoop(True, "x < 2", "3")
    assert node(process(task("a", inside=multi))).loop == MultiInstance(
        True, None, "items", "item", "results", "result", "done"
    )


def test_ad_hoc_sub_processes() -> None:
    # given
    body = (
        '<adHocSubProcess id="a" ordering="Sequential" cancelRemainingInstances="false">'
        f"{task('b')}<completionCondition>enough</completionCondition></adHocSubProcess>"
    )

    # then
    assert node(process(body)).ad_hoc == AdHoc("Sequential", "enough", False)


def test_token_quantities_and_markers() -> None:
    # when
    found = node(process(task("a", attributes='startQuantity="2" completionQuantity="3"')))

    # then
    assert (found.start_quantity, found.completion_quantity) == (2, 3)


def test_mappings_and_extensions() -> None:
    # given
    inside = (
        '<extensionElements><facet:input source="=order.total" target="total"/><facet:input source="CNY" target="currency"/>'
        '<facet:output source="=result" target="answer"/><facet:property name="colour" value="red"/></extensionElements>'
    )

    # when
    found = node(process(task("a", attributes='facet:name-zh="测量"', inside=inside)))

    # then
    assert found.inputs == (DataMapping("order.total", "total"), DataMapping('"CNY"', "currency"))
    assert found.outputs == (DataMapping("result", "answer"),)
    assert found.extensions == {"name-zh": "测量", "colour": "red"}


# --- flows, lanes, pools ----------------------------------------------------------------------------------------------


def test_flows_without_id_get_one() -> None:
    # when
    found = only(process(START + END + '<sequenceFlow sourceRef="start" targetRef="end"/>'))

    # then
    made = next(iter(found.flows.values()))
    assert made.inserted
    assert found.nodes["start"].outgoing == (made.id,)
    assert found.nodes["end"].incoming == (made.id,)


def test_conditions_are_asked_in_the_order_of_the_gateway() -> None:
    # given
    body = (
        '<exclusiveGateway id="g" default="g-c"><outgoing>g-b</outgoing><outgoing>g-a</outgoing></exclusiveGateway>'
        + task("a")
        + task("b")
        + task("c")
        + flow("g", "a", "=x = 1")
        + flow("g", "b", "x = 2")
        + flow("g", "c")
    )

    # when
    found = only(process(body))

    # then
    assert found.nodes["g"].outgoing == ("g-b", "g-a", "g-c")
    assert found.nodes["g"].default == "g-c"
    assert found.flows["g-a"].condition == "x = 1"


def test_the_innermost_lane_counts_also_inside_sub_processes() -> None:
    # given
    lanes = (
        '<laneSet><lane id="l1" name="Sales"><flowNodeRef>s</flowNodeRef><flowNodeRef>b</flowNodeRef><childLaneSet>'
        '<lane id="l2" name="Back office" facet:candidateGroups="back"><flowNodeRef>b</flowNodeRef></lane>'
        "</childLaneSet></lane></laneSet>"
    )

    # when
    found = only(process(f'{lanes}<subProcess id="s">{task("a")}</subProcess>{task("b")}'))

    # then
    assert (found.nodes["a"].lane, found.nodes["a"].lane_group) == ("Sales", "Sales")
    assert (found.nodes["b"].lane, found.nodes["b"].lane_group) == ("Back office", "back")
    assert [(lane.name, lane.nodes) for lane in found.lanes] == [("Sales", ("s", "b")), ("Back office", ("b",))]


def collaboration(flows: str) -> Document:
    return read(
        definitions(
            '<message id="m" name="Order"/><collaboration id="c"><participant id="p1" name="Shop" processRef="p"/>'
            f'<participant id="p2" name="Supplier" processRef="q"/>{flows}</collaboration>'
            '<process id="p" isExecutable="true"><sendTask id="send"/></process>'
            '<process id="q" isExecutable="true"><receiveTask id="receive" instantiate="true"/></process>'
        )
    )


@pytest.mark.parametrize(("attributes", "name"), [('messageRef="m"', "Order"), ('name="Goods"', "Goods"), ("", "f")])
def test_a_message_flow_names_the_message_of_its_ends(attributes: str, name: str) -> None:
    # when
    document = collaboration(f'<messageFlow id="f" sourceRef="send" targetRef="receive" {attributes}/>')

    # then
    sender, receiver = document.processes
    assert sender.nodes["send"].message == receiver.nodes["receive"].message == EventDefinition("message", name=name)
    assert receiver.nodes["receive"].instantiate
    assert [pool.name for pool in document.participants] == ["Shop", "Supplier"]
    assert document.message_flows[0].target == "receive"
    assert sender.name == "Shop"


@pytest.mark.parametrize(
    ("payload", "sent"), [("", "orderId"), ('facet:payload="={orderId: id}"', "({orderId: id}).orderId")]
)
@pytest.mark.parametrize(("subscribed", "received"), [(True, "order.id"), (False, "orderId")])
def test_correlation_of_the_standard(payload: str, sent: str, subscribed: bool, received: str) -> None:
    # given BPMN 8.3.2: a key of one property, where the message carries it, and what the receiver binds to it
    subscription = (
        '<correlationSubscription correlationKeyRef="k"><correlationPropertyBinding correlationPropertyRef="cp">'
        "<dataPath>order.id</dataPath></correlationPropertyBinding></correlationSubscription>"
    )
    document = read(
        definitions(
            '<message id="m" name="Order"/><correlationProperty id="cp" name="id"><correlationPropertyRetrievalExpression '
            'messageRef="m"><messagePath>orderId</messagePath></correlationPropertyRetrievalExpression></correlationProperty>'
            '<collaboration id="c"><correlationKey id="k" name="K"><correlationPropertyRef>cp</correlationPropertyRef>'
            f'</correlationKey></collaboration><process id="p" isExecutable="true"><sendTask id="s" messageRef="m" {payload}/>'
            f'</process><process id="q" isExecutable="true">{subscription if subscribed else ""}'
            '<intermediateCatchEvent id="r"><messageEventDefinition messageRef="m"/></intermediateCatchEvent></process>'
        )
    )

    # when
    sender, receiver = document.processes
    message = sender.nodes["s"].message

    # then
    assert [one for one in document.problems if one.severity == "error"] == []
    assert message is not None
    assert message.correlation == sent
    assert receiver.nodes["r"].events[0].correlation == received


# --- data (10.4) ------------------------------------------------------------------------------------------------------


def test_data_flows_as_drawn() -> None:
    # given
    body = '<dataObject id="do"/><dataObjectReference id="r1" name="Order [new]" dataObjectRef="do"/>' + task(
        "a",
        inside=(
            '<ioSpecification><dataInput id="in" name="Data Input"/><dataOutput id="out" name="Result"/></ioSpecification>'
            "<dataInputAssociation><sourceRef>r1</sourceRef><targetRef>in</targetRef></dataInputAssociation>"
            "<dataOutputAssociation><sourceRef>out</sourceRef><targetRef>r1</targetRef></dataOutputAssociation>"
        ),
    )

    # when
    found = only(process(body))

    # then
    assert found.properties == (("Order", None),)
    assert found.nodes["a"].inputs == (DataMapping("Order", "Data_Input"),)
    assert found.nodes["a"].outputs == (DataMapping("Result", "Order", optional=True),)
    assert found.nodes["a"].properties == (("Result", None),)


def test_an_association_without_specification_means_the_data_object_itself() -> None:
    # given what bpmn.io draws
    body = '<dataObject id="do"/><dataObjectReference id="r1" name="Order" dataObjectRef="do"/>' + task(
        "a",
        inside=(
            '<property id="ph" name="__targetRef_placeholder"/><dataInputAssociation><sourceRef>r1</sourceRef>'
            "<targetRef>ph</targetRef></dataInputAssociation>"
            "<dataOutputAssociation><targetRef>r1</targetRef></dataOutputAssociation>"
        ),
    )

    # when
    found = node(process(body))

    # then
    assert (found.inputs, found.outputs, found.properties) == ((), (), ())


def test_transformations_and_assignments() -> None:
    # given
    inside = (
        "<dataInputAssociation><sourceRef>x</sourceRef><targetRef>y</targetRef>"
        "<transformation>x * 2</transformation></dataInputAssociation>"
        "<dataOutputAssociation><sourceRef>y</sourceRef><targetRef>x</targetRef><assignment><from>y + 1</from>"
        "<to>x</to></assignment></dataOutputAssociation>"
    )

    # when
    found = node(process('<property id="x"/><property id="y"/>' + task("a", inside=inside)))

    # then
    assert found.inputs == (DataMapping("x * 2", "y"),)
    assert found.outputs == (DataMapping("y + 1", "x", optional=True),)


def test_multi_instance_over_a_data_object() -> None:
    # given the long form of the standard (table 10.31)
    inside = (
        '<ioSpecification><dataInput id="ins" name="orders_in"/><dataInput id="one"/><dataOutput id="res"/>'
        '<dataOutput id="outs"/></ioSpecification>'
        "<dataInputAssociation><sourceRef>orders</sourceRef><targetRef>ins</targetRef></dataInputAssociation>"
        "<dataInputAssociation><sourceRef>item</sourceRef><targetRef>one</targetRef></dataInputAssociation>"
        "<dataOutputAssociation><sourceRef>res</sourceRef><targetRef>result</targetRef></dataOutputAssociation>"
        "<dataOutputAssociation><sourceRef>outs</sourceRef><targetRef>results</targetRef></dataOutputAssociation>"
        "<multiInstanceLoopCharacteristics><loopDataInputRef>ins</loopDataInputRef><loopDataOutputRef>outs</loopDataOutputRef>"
        '<inputDataItem id="item"/><outputDataItem id="result"/></multiInstanceLoopCharacteristics>'
    )

    # when
    found = node(process('<dataObject id="orders"/><dataObject id="results"/>' + task("a", inside=inside)))

    # then
    assert found.loop == MultiInstance(False, None, "orders", "item", "results", "res")
    assert found.inputs == (DataMapping("item", "one"),)
    assert found.outputs == ()


# --- the process itself -----------------------------------------------------------------------------------------------


def test_what_a_process_says_of_itself() -> None:
    # given
    attributes = (
        'facet:candidateStarterGroups="sales" facet:businessKey="=order.id" facet:sensitiveVariables="phone, address" '
        'facet:versionTag="1.2" facet:name-zh="销售"'
    )

    # when
    found = only(process('<documentation>How we sell.</documentation><task id="a"/>', attributes=attributes))

    # then
    assert (found.starters, found.business_key, found.version_tag) == ("sales", "order.id", "1.2")
    assert found.sensitive == ("phone", "address")
    assert found.documentation == "How we sell."
    assert found.extensions["name-zh"] == "销售"


def test_a_file_that_never_says_executable_is_meant_to_run() -> None:
    # given
    silent = definitions('<process id="p"><task id="a"/></process>')
    half = definitions(
        '<process id="p"><task id="a"/></process><process id="q" isExecutable="true"><task id="b"/></process>'
    )

    # then
    assert [one.executable for one in read(silent).processes] == [True]
    assert [one.executable for one in read(half).processes] == [False, True]


def test_what_is_wrong_in_a_mere_picture_is_a_warning() -> None:
    # given a timer without time in a process that nobody runs
    inside = '<intermediateCatchEvent id="{}"><timerEventDefinition/></intermediateCatchEvent>'
    content = definitions(
        f'<process id="p" isExecutable="true">{inside.format("a")}</process>'
        f'<process id="q" isExecutable="false">{inside.format("b")}</process>'
    )

    # then
    assert [(one.element_id, one.severity) for one in read(content).problems] == [("a", "error"), ("b", "warning")]


def test_references_with_a_prefix() -> None:
    # when
    found = node(process(task("a", "receiveTask", 'messageRef="tns:m"'), roots='<message id="m" name="Order"/>'))

    # then
    assert found.message == EventDefinition("message", None, "m", "Order")


def test_reserved_looking_ids_are_the_owners_own() -> None:
    # when
    found = only(
        process(
            '<startEvent id="Start"/><endEvent id="End"/><task id="p.EndJoin"/>' + chain("Start", "p.EndJoin", "End")
        )
    )

    # then
    assert list(found.nodes) == ["Start", "End", "p.EndJoin"]
