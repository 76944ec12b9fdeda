"""Every attribute of BPMN 2.0.2's elements: acted upon, told when it is said, or only described. One file says them all."""

from __future__ import annotations

import re

from engine.bpmn.reading.vocabulary import ATTRIBUTES

ACTS: dict[str, tuple[str, str]] = {
    "id": ("every element", "8.2.1"),
    "name": ("every element", "8.4.7"),
    "exporter": ("definitions", "8.1"),
    "isExecutable": ("process", "10.2"),
    "processType": ("process: a public one is only a picture", "10.2"),
    "processRef": ("participant", "9.3"),
    "sourceRef": ("sequence and message flows, associations", "8.4.13"),
    "targetRef": ("sequence and message flows, associations", "8.4.13"),
    "errorCode": ("error", "8.4.3"),
    "escalationCode": ("escalation", "10.5.5"),
    "messageRef": ("message events, send and receive tasks, message flows", "10.5.5"),
    "signalRef": ("signal events", "10.5.5"),
    "errorRef": ("error events", "10.5.5"),
    "escalationRef": ("escalation events", "10.5.5"),
    "operationRef": ("service, send and receive tasks, message events", "10.3.3"),
    "implementationRef": ("operation: what the connectors call it", "8.4.3"),
    "activityRef": ("compensation events", "10.5.5"),
    "waitForCompletion": ("compensation events", "10.5.5"),
    "attachedToRef": ("boundary events", "10.5.4"),
    "cancelActivity": ("boundary events", "10.5.4"),
    "isInterrupting": ("start events of event sub-processes", "10.5.2"),
    "parallelMultiple": ("catching events", "10.5.1"),
    "default": ("gateways and activities", "10.6.2"),
    "instantiate": ("receive tasks, event-based gateways", "10.6.6"),
    "eventGatewayType": ("event-based gateways", "10.6.6"),
    "startQuantity": ("activities", "10.3"),
    "completionQuantity": ("activities", "10.3"),
    "isForCompensation": ("activities", "10.3"),
    "calledElement": ("call activities", "10.3.6"),
    "scriptFormat": ("script tasks", "10.3.3"),
    "scriptLanguage": ("global script tasks", "10.3.4"),
    "language": ("expressions", "8.4.6"),
    "triggeredByEvent": ("sub-processes", "10.3.5"),
    "ordering": ("ad-hoc sub-processes", "10.3.5"),
    "cancelRemainingInstances": ("ad-hoc sub-processes", "10.3.5"),
    "isSequential": ("multi-instance", "10.3.8"),
    "behavior": ("multi-instance", "10.3.8"),
    "oneBehaviorEventRef": ("multi-instance", "10.3.8"),
    "noneBehaviorEventRef": ("multi-instance", "10.3.8"),
    "testBefore": ("standard loops", "10.3.8"),
    "loopMaximum": ("standard loops", "10.3.8"),
    "dataObjectRef": ("data object references", "10.4.1"),
    "dataStoreRef": ("data store references", "10.4.1"),
    "correlationKeyRef": ("correlation subscriptions", "8.4.2"),
    "correlationPropertyRef": ("correlation property bindings", "8.4.2"),
}
"""Attribute → (where, clause): the model that runs is another one without it."""

TOLD: dict[str, tuple[str, str]] = {
    "isImmediate": ("without-effect", "“isImmediate=false”"),
    "isClosed": ("without-effect", "“isClosed=true”"),
    "method": ("without-effect", "“method”"),
    "capacity": ("without-effect", "“capacity”"),
    "mustUnderstand": ("without-effect", "“extension mustUnderstand=true”"),
    "parameterRef": ("without-effect", "“resourceParameterBinding”"),
    "inputDataRef": ("without-effect", "“ioBinding”"),
    "outputDataRef": ("without-effect", "“ioBinding”"),
    "gatewayDirection": ("gateway-direction", "Diverging"),
}
"""Attribute → the rule that tells of it, or of the element that it stands at, and words of its sentence."""

DESCRIBES: frozenset[str] = ATTRIBUTES - ACTS.keys() - TOLD.keys()
"""Types, documents, drawing: the model that runs is the same without them."""

_EXPRESSION = '<formalExpression language="https://www.omg.org/spec/DMN/20191111/FEEL/" evaluatesToTypeRef="it">x</formalExpression>'
COMPLETE = f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  id="d" name="all" targetNamespace="urn:all" expressionLanguage="https://www.omg.org/spec/DMN/20191111/FEEL/"
  typeLanguage="http://www.w3.org/2001/XMLSchema" exporter="An editor" exporterVersion="1">
<import importType="http://www.w3.org/2001/XMLSchema" location="a.xsd" namespace="urn:a"/>
<extension mustUnderstand="true" definition="x"/>
<relationship type="x" direction="None"><source>d</source><target>d</target></relationship>
<itemDefinition id="it" itemKind="Information" structureRef="xsd:string" isCollection="false"/>
<message id="m" name="Order" itemRef="it"/><message id="m2" name="Reply"/><message id="m3" name="Asked"/>
<signal id="sg" name="Alarm" structureRef="it"/><signal id="sg2" name="Other"/>
<error id="er" name="Refused" errorCode="R1" structureRef="it"/><escalation id="es" name="Late" escalationCode="L1"/>
<interface id="if" name="Mail" implementationRef="x"><operation id="op" name="send" implementationRef="mail.send">
  <inMessageRef>m3</inMessageRef></operation></interface>
<resource id="rs" name="sales"><resourceParameter id="rp" name="region" type="it" isRequired="true"/></resource>
<dataStore id="ds" name="Archive" capacity="3" isUnlimited="false" itemSubjectRef="it"/>
<category id="ca" name="c"><categoryValue id="cv" value="v"/></category>
<correlationProperty id="cp" name="no" type="it"><correlationPropertyRetrievalExpression messageRef="m"><messagePath>no</messagePath>
  </correlationPropertyRetrievalExpression></correlationProperty>
<signalEventDefinition id="one" signalRef="sg"/><signalEventDefinition id="none" signalRef="sg2"/>
<globalScriptTask id="gs" name="G" scriptLanguage="python"><script>y = 1</script></globalScriptTask>
<collaboration id="co" isClosed="false"><participant id="pa" name="Us" processRef="p"><participantMultiplicity minimum="0"
  maximum="2"/></participant><participant id="pb" name="Them"/><messageFlow id="mf" name="o" sourceRef="pb" targetRef="rt"
  messageRef="m2"/><correlationKey id="ck" name="k"><correlationPropertyRef>cp</correlationPropertyRef></correlationKey>
</collaboration>
<process id="q" name="View" processType="Public"><task id="qt"/></process>
<process id="r" name="Draft" isExecutable="false"><task id="rtt"/></process>
<process id="p" name="All" processType="Private" isClosed="true" isExecutable="true" definitionalCollaborationRef="co">
  <ioBinding inputDataRef="x" outputDataRef="y" operationRef="op"/>
  <laneSet id="ls"><lane id="la" name="L" partitionElementRef="rs"><flowNodeRef>ut</flowNodeRef></lane></laneSet>
  <property id="pr" name="x" itemSubjectRef="it"/>
  <dataObject id="do" name="Order" isCollection="true" itemSubjectRef="it"/><dataObjectReference id="dr" dataObjectRef="do"/>
  <dataStoreReference id="dsr" dataStoreRef="ds"/>
  <startEvent id="s" parallelMultiple="false"/>
  <sequenceFlow id="f1" name="first" sourceRef="s" targetRef="ut" isImmediate="false"/>
  <userTask id="ut" name="Ask" implementation="##unspecified" startQuantity="2" completionQuantity="3" default="f2">
    <potentialOwner><resourceRef>rs</resourceRef><resourceParameterBinding parameterRef="rp">{_EXPRESSION}
    </resourceParameterBinding></potentialOwner></userTask>
  <sequenceFlow id="f2" sourceRef="ut" targetRef="g"/>
  <sequenceFlow id="f2b" sourceRef="ut" targetRef="g"><conditionExpression xsi:type="tFormalExpression"
    language="groovy">return x == 1;</conditionExpression></sequenceFlow>
  <exclusiveGateway id="g" gatewayDirection="Diverging" default="f3"/>
  <sequenceFlow id="f3" sourceRef="g" targetRef="st"/>
  <serviceTask id="st" operationRef="op" implementation="##WebService">
    <dataInputAssociation id="dia"><sourceRef>dsr</sourceRef><targetRef>di</targetRef></dataInputAssociation>
    <ioSpecification><dataInput id="di" name="in" isCollection="false"/><inputSet/><outputSet/></ioSpecification></serviceTask>
  <sequenceFlow id="f4" sourceRef="st" targetRef="sc"/>
  <scriptTask id="sc" scriptFormat="python"><script>x = 1</script></scriptTask>
  <sequenceFlow id="f5" sourceRef="sc" targetRef="lo"/>
  <task id="lo"><standardLoopCharacteristics testBefore="true" loopMaximum="3"><loopCondition>x = 1</loopCondition>
    </standardLoopCharacteristics></task>
  <sequenceFlow id="f6" sourceRef="lo" targetRef="mi"/>
  <task id="mi"><multiInstanceLoopCharacteristics isSequential="true" behavior="One" oneBehaviorEventRef="one"
    noneBehaviorEventRef="none"><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics></task>
  <boundaryEvent id="be" attachedToRef="mi" cancelActivity="false"><signalEventDefinition signalRef="sg"/></boundaryEvent>
  <sequenceFlow id="f7" sourceRef="be" targetRef="x1"/><task id="x1"/>
  <boundaryEvent id="bu" attachedToRef="st"><compensateEventDefinition/></boundaryEvent>
  <task id="un" isForCompensation="true"/>
  <association id="as" sourceRef="bu" targetRef="un" associationDirection="One"/>
  <sequenceFlow id="f8" sourceRef="mi" targetRef="eg0"/>
  <intermediateThrowEvent id="eg0"><compensateEventDefinition activityRef="st" waitForCompletion="false"/></intermediateThrowEvent>
  <sequenceFlow id="f9" sourceRef="eg0" targetRef="call"/>
  <callActivity id="call" calledElement="gs"/>
  <boundaryEvent id="b2" attachedToRef="call"><errorEventDefinition errorRef="er"/></boundaryEvent>
  <boundaryEvent id="b3" attachedToRef="call"><escalationEventDefinition escalationRef="es"/></boundaryEvent>
  <sequenceFlow id="f10" sourceRef="call" targetRef="tr"/>
  <transaction id="tr" method="##Store"><task id="trt"/></transaction>
  <sequenceFlow id="f11" sourceRef="tr" targetRef="ah"/>
  <adHocSubProcess id="ah" ordering="Sequential" cancelRemainingInstances="false"><task id="aht"/>
    <completionCondition>true</completionCondition></adHocSubProcess>
  <sequenceFlow id="f12" sourceRef="ah" targetRef="rt"/>
  <receiveTask id="rt" messageRef="m" instantiate="false"/>
  <sequenceFlow id="f13" sourceRef="rt" targetRef="e"/><endEvent id="e"/>
  <eventBasedGateway id="eg" instantiate="true" eventGatewayType="Parallel"/>
  <sequenceFlow id="f14" sourceRef="eg" targetRef="c1"/><sequenceFlow id="f15" sourceRef="eg" targetRef="c2"/>
  <intermediateCatchEvent id="c1" parallelMultiple="true"><messageEventDefinition messageRef="m"/><signalEventDefinition
    signalRef="sg"/></intermediateCatchEvent><intermediateCatchEvent id="c2"><messageEventDefinition messageRef="m2"/>
  </intermediateCatchEvent>
  <subProcess id="es1" triggeredByEvent="true"><startEvent id="ess" isInterrupting="false"><signalEventDefinition
    signalRef="sg"/></startEvent></subProcess>
  <textAnnotation id="ta" textFormat="text/plain"><text>note</text></textAnnotation><group id="gr" categoryValueRef="cv"/>
  <correlationSubscription id="cs" correlationKeyRef="ck"><correlationPropertyBinding correlationPropertyRef="cp">
    <dataPath>x</dataPath></correlationPropertyBinding></correlationSubscription>
</process>
<participantAssociation participantRef="pa"/>
</definitions>
"""


def pair(attribute: str) -> tuple[bytes, bytes]:
    """The file with an attribute and without it, wherever it stands. Ids are changed, since without them nothing is
    read; the kind of a process counts where no process says whether it is executable."""
    if attribute == "id":
        return COMPLETE.encode(), COMPLETE.replace('"x1"', '"x2"').encode()
    said = _taken(COMPLETE, "isExecutable") if attribute == "processType" else COMPLETE
    return said.encode(), _taken(said, attribute).encode()


def _taken(text: str, attribute: str) -> str:
    return re.sub(rf'(?<=\s){attribute}="[^"]*"', "", text)


def section() -> str:
    """The part of docs/bpmn.md about attributes."""
    rows = [f"| runs 支持 | `{name}` | {where} | {clause} |" for name, (where, clause) in sorted(ACTS.items())]
    rows += [f"| told 提示: [`{rule}`](lint.md#{rule}) | `{name}` | | |" for name, (rule, _) in sorted(TOLD.items())]
    described = ", ".join(f"`{name}`" for name in sorted(DESCRIBES))
    return (
        "\n## Attributes · 属性\n\nEvery attribute of the standard's elements, shown by `tests/conformance/test_attributes.py`: "
        "taking it out of a file changes what runs, or it is told, or nothing depends on it.\n"
        "\n标准元素的每个属性：去掉后会改变执行，或会有提示，或不影响执行。\n\n| | Attribute 属性 | On 用于 | BPMN 2.0.2 |\n"
        "|---|---|---|---|\n" + "\n".join(rows) + f"\n\nOnly described or drawn · 仅作说明或绘图：{described}."
    )
