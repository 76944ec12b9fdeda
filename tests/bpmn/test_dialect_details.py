"""Details of other engines' files in which something could get lost: what goes in and out, who may, what is inside."""

from __future__ import annotations

import pytest

from engine.bpmn import form_schema, read
from engine.bpmn.model import DataMapping, Document, Node
from tests.bpmn.diagrams import END, START, chain, definitions, line, process, task

CALL = '<callActivity id="a" calledElement="other">{}</callActivity>'


def extended(inside: str) -> str:
    return f"<extensionElements>{inside}</extensionElements>"


def node(content: bytes, key: str = "a") -> Node:
    return read(content).processes[0].nodes[key]


def told(content: bytes) -> list[str]:
    """Rules of what is wrong or different, in the order of the lines."""
    return [one.rule for one in read(content).problems if one.severity != "info"]


def mapped(inside: str) -> str:
    return extended(f"<camunda:inputOutput>{inside}</camunda:inputOutput>")


# --- who --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attribute", "users", "groups"),
    [
        ('camunda:candidateUsers="ann, bob"', "ann,bob,eve", "sales"),
        ('camunda:candidateUsers="${all}"', '=flatten([all, ["eve"]])', "sales"),
        ('camunda:candidateGroups="sales,gm"', "eve", "sales,gm"),
    ],
)
def test_candidates_of_both_kinds_may(attribute: str, users: str, groups: str) -> None:
    # given
    words = "<formalExpression>user(eve), group(sales)</formalExpression>"
    role = f"<potentialOwner><resourceAssignmentExpression>{words}</resourceAssignmentExpression></potentialOwner>"

    # when
    found = node(line(task("a", "userTask", attribute, role))).assignment

    # then
    assert found is not None
    assert (found.candidate_users, found.candidate_groups) == (users, groups)


@pytest.mark.parametrize("namespace", ["http://camunda.org/bpmn", "http://operaton.org/schema/1.0/bpmn"])
def test_older_and_newer_names_of_the_same_vocabulary(namespace: str) -> None:
    # given
    content = line(task("a", "userTask", 'camunda:assignee="ann"')).replace(
        b'"http://camunda.org/schema/1.0/bpmn"', f'"{namespace}"'.encode()
    )

    # then
    found = node(content).assignment
    assert found is not None
    assert found.assignee == "ann"


# --- calls ------------------------------------------------------------------------------------------------------------


def test_a_source_expression_without_braces_is_a_text() -> None:
    # given
    inside = '<camunda:in sourceExpression="gold" target="level"/><camunda:out sourceExpression="${x + 1}" target="y"/>'

    # when
    found = node(line(CALL.format(extended(inside + '<camunda:in businessKey="B-${n}"/>'))))

    # then
    assert found.inputs == (DataMapping('"gold"', "level"),)
    assert found.outputs == (DataMapping("x + 1", "y"),)
    assert found.call is not None
    assert found.call.business_key == '"B-" + string(n)'


def test_local_variables_of_a_call_are_its_input_parameters() -> None:
    # given
    inside = (
        '<camunda:inputOutput><camunda:inputParameter name="n">1</camunda:inputParameter></camunda:inputOutput>'
        '<camunda:in variables="all" local="true"/><camunda:out variables="all"/>'
    )

    # when
    found = node(line(CALL.format(extended(inside))))

    # then
    assert found.inputs == (DataMapping('"1"', "n"),)
    assert found.call is not None
    assert (found.call.all_inputs, found.call.all_outputs) == (False, True)


@pytest.mark.parametrize(
    ("mapping", "feel"),
    [
        ('<camunda:out source="x" target="y" local="true"/>', "{y: x, outputOfCall: y + 1}.outputOfCall"),
        ('<camunda:out variables="all" local="true"/>', "y + 1"),
    ],
)
def test_what_comes_out_into_the_activity_only(mapping: str, feel: str) -> None:
    # given
    chosen = '<camunda:outputParameter name="z">${y + 1}</camunda:outputParameter>'
    inside = f"<camunda:inputOutput>{chosen}</camunda:inputOutput>{mapping}"

    # then
    assert node(line(CALL.format(extended(inside)))).outputs == (DataMapping(feel, "z"),)


@pytest.mark.parametrize("name", ["in", "out"])
def test_a_call_may_hand_over_all_variables_and_some_under_other_names(name: str) -> None:
    # given
    inside = f'<camunda:{name} variables="all"/><camunda:{name} source="x" target="y"/>'

    # when
    found = node(line(CALL.format(extended(inside))))

    # then
    assert (found.inputs if name == "in" else found.outputs) == (DataMapping("x", "y"),)
    assert found.call is not None
    assert (found.call.all_inputs, found.call.all_outputs) == (name == "in", name == "out")


@pytest.mark.parametrize("mapping", ['source="x"', 'source="x" target=""', 'target="y"', 'source="" target="y"'])
def test_half_a_mapping_of_a_call_is_told(mapping: str) -> None:
    assert told(line(CALL.format(extended(f"<camunda:out {mapping}/>")))) == ["vendor-unknown"]


@pytest.mark.parametrize(
    ("attributes", "rule"),
    [
        ('camunda:calledElementBinding="version" camunda:calledElementVersion="${v}"', []),
        ('camunda:calledElementBinding="version" camunda:calledElementVersion="2"', []),
        ('flowable:sameDeployment="true"', []),
    ],
)
def test_versions_of_calls(attributes: str, rule: list[str]) -> None:
    assert told(line(f'<callActivity id="a" calledElement="other" {attributes}/>')) == rule


# --- parameters, fields, payloads -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "feel"),
    [
        ("", "null"),
        ("Hello ${name}", '"Hello " + string(name)'),
        (
            "<camunda:list><camunda:value>a</camunda:value><camunda:value>${b}</camunda:value></camunda:list>",
            '["a", b]',
        ),
        ('<camunda:map><camunda:entry key="k">${v}</camunda:entry></camunda:map>', '{"k": v}'),
        (
            '<camunda:map><camunda:entry key="${k}">v</camunda:entry></camunda:map>',
            'context([{"key": k, "value": "v"}])',
        ),
        ('<camunda:script scriptFormat="groovy">a + 1;</camunda:script>', "a + 1"),
        ('<camunda:list><camunda:script scriptFormat="juel">${a}</camunda:script></camunda:list>', "[a]"),
    ],
)
def test_parameters(written: str, feel: str) -> None:
    # given
    inside = mapped(f'<camunda:inputParameter name="x">{written}</camunda:inputParameter>')

    # then
    assert node(line(task("a", inside=inside))).inputs == (DataMapping(feel, "x"),)


def test_a_script_of_another_file_is_told() -> None:
    # given
    script = '<camunda:script scriptFormat="groovy" resource="x.groovy"/>'
    inside = mapped(f'<camunda:inputParameter name="x">{script}</camunda:inputParameter>')

    # then
    assert told(line(task("a", inside=inside))) == ["vendor-code"]


def test_fields_of_a_mail_in_every_form() -> None:
    # given
    inside = extended(
        '<camunda:field name="to"><camunda:string>a@b.example</camunda:string></camunda:field>'
        '<camunda:field name="subject"><camunda:expression>Hello ${name}</camunda:expression></camunda:field>'
        '<camunda:field name="text" stringValue="Hi"/>'
    )

    # when
    service = node(line(task("a", "sendTask", 'camunda:type="mail"', inside))).service

    # then
    assert service is not None
    assert service.operation == "mail.send"
    assert service.parameters == (("to", "a@b.example"), ("subject", '="Hello " + string(name)'), ("text", "Hi"))


def test_what_a_signal_carries() -> None:
    # given
    carried = extended(
        '<camunda:in businessKey="${execution.processBusinessKey}"/><camunda:in variables="all" local="true"/>'
        '<camunda:in source="x" target="y"/><camunda:in sourceExpression="plain" target="z"/>'
    )
    event = (
        '<intermediateThrowEvent id="a">'
        + mapped('<camunda:inputParameter name="own">1</camunda:inputParameter>')
        + f'<signalEventDefinition signalRef="s">{carried}</signalEventDefinition></intermediateThrowEvent>'
    )
    content = process(START + event + END + chain("start", "a", "end"), roots='<signal id="s" name="S"/>')

    # then
    assert node(content).events[0].payload == '{"own": own, "y": x, "z": "plain"}'
    assert told(content) == ["vendor-differs"]


@pytest.mark.parametrize(
    ("kind", "attributes", "rule"),
    [
        (
            "serviceTask",
            'flowable:triggerable="true" flowable:type="external" flowable:topic="t"',
            "vendor-unsupported",
        ),
        ("userTask", 'flowable:businessCalendarName="office" flowable:dueDate="P1D"', "vendor-differs"),
        ("businessRuleTask", 'camunda:decisionRef="d" camunda:mapDecisionResult="resultList"', "vendor-differs"),
        ("userTask", 'flowable:taskIdVariableName="id"', "vendor-unknown"),
    ],
)
def test_what_works_in_another_way_is_told(kind: str, attributes: str, rule: str) -> None:
    assert told(line(task("a", kind, attributes))) == [rule]


def test_a_watched_variable_is_told() -> None:
    # given
    event = '<conditionalEventDefinition camunda:variableName="x"><condition>${x &gt; 1}</condition></conditionalEventDefinition>'

    # then
    assert told(line(f'<intermediateCatchEvent id="a">{event}</intermediateCatchEvent>')) == ["vendor-differs"]


# --- forms ------------------------------------------------------------------------------------------------------------


def form(fields: str, attributes: str = "") -> Document:
    data = f"<camunda:formData {attributes}>{fields}</camunda:formData>"
    content = process(f'<startEvent id="start">{extended(data)}</startEvent>' + END + chain("start", "end"))
    return read(content)


@pytest.mark.parametrize(
    ("field", "default"),
    [
        ('type="date" defaultValue="31/12/2026"', "2026-12-31"),
        ('type="date" datePattern="dd.MM.yyyy" defaultValue="31.12.2026"', "2026-12-31"),
        ('type="date" defaultValue="2026-12-31"', "2026-12-31"),
        ('type="long" defaultValue="3"', 3),
        ('type="string" value="x"', "x"),
        ('type="string" defaultValue="${f}"', None),
    ],
)
def test_what_a_field_holds_at_first(field: str, default: object) -> None:
    # when
    found = form(f'<camunda:formField id="f" {field}/>')

    # then
    properties = found.forms["p-start"]["properties"]
    assert isinstance(properties, dict)
    assert properties["f"].get("default") == default
    assert [one.rule for one in found.problems if one.severity == "warning"] == []


@pytest.mark.parametrize(
    "field", ['type="date" defaultValue="tomorrow"', 'defaultValue="${g + 1}"', 'expression="#{order.street}"']
)
def test_a_field_that_begins_empty_is_told(field: str) -> None:
    assert "vendor-differs" in [one.rule for one in form(f'<camunda:formField id="f" {field}/>').problems]


def test_a_field_can_be_the_business_key() -> None:
    assert form('<camunda:formField id="f" type="string"/>', 'businessKey="f"').processes[0].business_key == "f"


# --- Camunda 8 --------------------------------------------------------------------------------------------------------


def test_headers_are_texts_for_the_worker() -> None:
    # given
    headers = '<zeebe:header key="resultExpression" value="={x: response.body}"/><zeebe:header key="k" value="v"/>'
    inside = extended(f'<zeebe:taskDefinition type="t"/><zeebe:taskHeaders>{headers}</zeebe:taskHeaders>')

    # when
    service = node(line(task("a", "serviceTask", inside=inside))).service

    # then
    assert service is not None
    assert service.parameters == (("resultExpression", '="={x: response.body}"'), ("k", "v"))


def test_a_script_task_with_a_job_is_worked_on_outside() -> None:
    # given
    content = line(task("a", "scriptTask", inside=extended('<zeebe:taskDefinition type="run"/>')))

    # then
    found = node(content)
    assert found.kind == "serviceTask"
    assert found.service is not None
    assert found.service.topic == "run"


def test_a_job_where_nobody_can_work_is_told() -> None:
    # given
    inside = extended('<zeebe:taskDefinition type="agent"/>') + task("b")
    done = "<completionCondition>true</completionCondition>"

    # then
    assert told(line(f'<adHocSubProcess id="a">{inside}{done}</adHocSubProcess>')) == ["vendor-unsupported"]


@pytest.mark.parametrize(
    ("attributes", "mapping", "inputs", "outputs"),
    [
        ("", "", True, True),
        ("", '<zeebe:input source="=x" target="y"/>', True, True),
        ("", '<zeebe:output source="=x" target="y"/>', True, False),
        ('propagateAllParentVariables="false"', '<zeebe:input source="=x" target="y"/>', False, True),
        ('propagateAllChildVariables="false"', "", True, False),
        ('propagateAllChildVariables="true"', '<zeebe:output source="=x" target="y"/>', True, False),
    ],
)
def test_what_a_call_of_camunda_8_hands_over(attributes: str, mapping: str, inputs: bool, outputs: bool) -> None:
    # given
    called = f'<zeebe:calledElement processId="o" {attributes}/><zeebe:ioMapping>{mapping}</zeebe:ioMapping>'

    # when
    found = node(line(f'<callActivity id="a">{extended(called)}</callActivity>'))

    # then
    assert found.call is not None
    assert (found.call.all_inputs, found.call.all_outputs) == (inputs, outputs)


def test_a_listener_of_an_editor_without_code_does_nothing() -> None:
    assert told(line(task("a", inside=extended('<camunda:executionListener class="" event=""/>')))) == [
        "vendor-unknown"
    ]


def test_a_script_that_only_returns_a_value_is_its_expression() -> None:
    # given
    script = '<camunda:script scriptFormat="groovy">return x + 1;</camunda:script>'
    inside = (
        f'<camunda:inputOutput><camunda:inputParameter name="n">{script}</camunda:inputParameter></camunda:inputOutput>'
    )

    # then
    assert node(line(task("a", "userTask", inside=extended(inside)))).inputs == (DataMapping("x + 1", "n"),)


def test_assignments_of_the_standard_may_be_in_juel() -> None:
    # given
    moved = "<assignment><from>#{total * 2}</from><to>twice</to></assignment>"
    association = f"<dataInputAssociation><targetRef>i</targetRef>{moved}</dataInputAssociation>"
    specification = (
        '<ioSpecification><dataInput id="i"/><inputSet><dataInputRefs>i</dataInputRefs></inputSet><outputSet/>'
        "</ioSpecification>"
    )

    # then
    assert node(line(task("a", "userTask", inside=specification + association))).inputs == (
        DataMapping("total * 2", "twice"),
    )


# --- the file ---------------------------------------------------------------------------------------------------------


def test_what_stands_inside_a_foreign_extension_is_its_own() -> None:
    # given elements without namespace and of BPMN's own inside a vendor's
    style = '<v:style xmlns:v="urn:v"><Grid xmlns="" size="1"/><userTask id="t"/></v:style>'

    # then
    found = read(line(task("a", inside=extended(style))))
    assert [one.rule for one in found.problems] == ["foreign-vocabulary"]
    assert sorted(found.processes[0].nodes) == ["a", "end", "start"]


def test_what_stands_in_a_foreign_element_of_the_process_is_not_lost_silently() -> None:
    # given
    content = definitions(
        '<process id="p" isExecutable="true"><v:box xmlns:v="urn:v"><userTask id="t"/></v:box><task id="a"/></process>'
    )

    # then
    assert "misplaced-element" in [one.rule for one in read(content).problems]


@pytest.mark.parametrize("prefix", ["bpmn:", "bpmn2:", "semantic:", "model:"])
def test_prefixes_mean_nothing(prefix: str) -> None:
    # given
    name = prefix.rstrip(":")
    content = (
        f'<{prefix}definitions xmlns:{name}="http://www.omg.org/spec/BPMN/20100524/MODEL">'
        f'<{prefix}process id="p" isExecutable="true"><{prefix}task id="a"/></{prefix}process></{prefix}definitions>'
    )

    # then
    assert list(read(content.encode()).processes[0].nodes) == ["a"]


# --- listeners --------------------------------------------------------------------------------------------------------


def listener(kind: str, event: str, script: str = "x = 1") -> str:
    inside = f'<camunda:script scriptFormat="groovy">{script}</camunda:script>'
    return extended(f'<camunda:{kind} event="{event}">{inside}</camunda:{kind}>')


@pytest.mark.parametrize(
    ("kind", "event", "order"),
    [
        ("executionListener", "start", ["start", "a_start_listener", "a", "end"]),
        ("executionListener", "end", ["start", "a", "a_end_listener", "end"]),
        ("taskListener", "create", ["start", "a_create_listener", "a", "end"]),
        ("taskListener", "complete", ["start", "a", "a_complete_listener", "end"]),
    ],
)
def test_a_listener_that_computes_is_a_step(kind: str, event: str, order: list[str]) -> None:
    # when
    found = read(line(task("a", "userTask", "", listener(kind, event))))

    # then
    process_ = found.processes[0]
    flows = {flow.source: flow.target for flow in process_.flows.values()}
    assert [order[0], *(flows[key] for key in order[:-1])] == order
    step = next(one for one in process_.nodes.values() if one.kind == "scriptTask")
    assert (step.script, step.script_format) == ("x = 1", "python")
    assert [one.rule for one in found.problems if one.severity != "info"] == ["vendor-differs"]


def test_a_listener_takes_over_conditions_and_default() -> None:
    # given
    content = process(
        START
        + f'<userTask id="a" default="a-c">{listener("executionListener", "end")}</userTask>'
        + "".join(task(key) for key in "bc")
        + chain("start", "a")
        + '<sequenceFlow id="a-b" sourceRef="a" targetRef="b"><conditionExpression>x = 1</conditionExpression></sequenceFlow>'
        + chain("a", "c")
    )

    # when
    nodes = read(content).processes[0].nodes

    # then
    assert nodes["a"].default is None
    assert nodes["a_end_listener"].default == "a-c"
    assert nodes["a_end_listener"].outgoing == ("a-b", "a-c")


def test_listeners_of_flows_and_of_the_process() -> None:
    # given
    flow = '<sequenceFlow id="f" sourceRef="start" targetRef="end">' + listener("executionListener", "take")
    content = process(listener("executionListener", "start", "y = 2") + START + END + flow + "</sequenceFlow>")

    # when
    found = read(content).processes[0]

    # then
    steps = {one.id: one.script for one in found.nodes.values() if one.kind == "scriptTask"}
    assert steps == {"start_p_start_listener": "y = 2", "f_take_listener": "x = 1"}
    flows = {flow.source: flow.target for flow in found.flows.values()}
    assert flows == {
        "start": "start_p_start_listener",
        "start_p_start_listener": "f_take_listener",
        "f_take_listener": "end",
    }


def test_a_listener_that_sets_a_variable() -> None:
    # given
    inside = extended('<camunda:executionListener event="end" expression="${execution.setVariable(\'x\', n + 1)}"/>')

    # when
    step = node(line(task("a", inside=inside)), "a_end_listener")

    # then
    assert (step.script, step.script_format, step.script_result) == ("n + 1", "feel", "x")


@pytest.mark.parametrize(
    ("kind", "attributes", "inside"),
    [
        ("task", "", extended('<camunda:executionListener event="start" class="org.x.Y"/>')),
        ("userTask", "", listener("taskListener", "assignment")),
        ("task", 'isForCompensation="true"', listener("executionListener", "start")),
        ("exclusiveGateway", "", listener("executionListener", "start")),
        ("task", "", listener("executionListener", "start", "new X().y()")),
        ("task", "", listener("executionListener", "start", 'throw new BpmnError("E")')),
        (
            "task",
            "",
            listener("executionListener", "start") + "<standardLoopCharacteristics><loopCondition>x</loopCondition>"
            "</standardLoopCharacteristics>",
        ),
        ("task", "", mapped('<camunda:inputParameter name="i">1</camunda:inputParameter>') + listener("executionListener", "end")),
    ],
)  # fmt: skip
def test_a_listener_that_cannot_be_a_step_is_told(kind: str, attributes: str, inside: str) -> None:
    assert "vendor-listener" in told(line(task("a", kind, attributes, inside)))


# --- what passes silently there ---------------------------------------------------------------------------------------


def test_a_message_event_without_message_sends_nothing_there() -> None:
    # given a file of that engine, and the same with a word of ours
    content = process(
        START + '<intermediateThrowEvent id="a"><messageEventDefinition/></intermediateThrowEvent>' + END
        + chain("start", "a", "end")
    )  # fmt: skip
    foreign = content.replace(b'xmlns:facet="urn:facet:bpmn:1" ', b"")

    # then
    assert told(foreign) == ["vendor-differs"]
    assert node(foreign).events == ()
    assert [event.kind for event in node(content).events] == ["message"]


def test_ids_are_stripped_as_xml_does() -> None:
    # given
    content = process(START + END + '<sequenceFlow id=" f " sourceRef="start" targetRef="end"/>')

    # then
    assert told(content) == []
    assert list(read(content).processes[0].flows) == ["f"]


def test_a_form_of_camundas_editor_becomes_json_schema() -> None:
    form = {
        "id": "leave",
        "components": [
            {"type": "text", "text": "# Leave"},
            {
                "type": "group",
                "components": [{"type": "number", "key": "days", "label": "Days", "validate": {"required": True}}],
            },
            {"type": "select", "key": "kind", "values": [{"label": "Paid", "value": "paid"}]},
        ],
    }
    schema = form_schema(form, "f1")
    assert schema["title"] == "leave"
    assert schema["required"] == ["days"]
    properties = schema["properties"]
    assert isinstance(properties, dict)
    assert list(properties) == ["days", "kind"]
    assert properties["days"]["type"] == "number"
    assert properties["days"]["title"] == "Days"
