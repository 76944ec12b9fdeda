"""What a reading has lost: nothing, on our own diagrams, on those of a folder, and on the peculiarities of other editors."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.bpmn import Document, read
from engine.bpmn.model import Process
from tests.bpmn.diagrams import END, START, chain, definitions, flow, process, task
from tests.bpmn.interchange import Survey, examine, losses, report, survey_folders
from tests.bpmn.lint_cases import CASES
from tests.bpmn.vendor_cases import VENDOR_CASES

ROOT = Path(__file__).parents[2]
FOLDER = os.environ.get("FACET_INTERCHANGE")
OURS = [ROOT / "processes", ROOT.parent / "shared" / "conformance"]
READABLE = {
    f"{rule}-{kind}": content
    for rule, case in {**CASES, **VENDOR_CASES}.items()
    for kind, content in (("bad", case.bad), ("good", case.good))
}


def surveyed(content: bytes) -> Survey:
    found = Survey()
    examine(content, "x.bpmn", found)
    return found


def test_our_own_files_lose_nothing() -> None:
    # when
    found = survey_folders([folder for folder in OURS if folder.is_dir()])

    # then
    assert found.accepted >= 1
    assert (found.crashed, found.lost) == ([], []), report(found)


@pytest.mark.skipif(FOLDER is None, reason="FACET_INTERCHANGE names no folder of diagrams")
def test_files_of_other_tools_lose_nothing() -> None:
    # when
    found = survey_folders([Path(FOLDER or "")])

    # then
    assert found.files > 0
    assert (found.crashed, found.lost) == ([], []), report(found)


@pytest.mark.parametrize("content", READABLE.values(), ids=READABLE)
def test_diagrams_of_the_linters_tests_lose_nothing(content: bytes) -> None:
    assert surveyed(content).lost == []


# --- the counter sees what is missing ---------------------------------------------------------------------------------

EVERYTHING = definitions(
    '<message id="m" name="M"/><signal id="sg" name="S"/><error id="er" name="E"/><escalation id="es" name="C"/>'
    '<collaboration id="co"><participant id="pool" processRef="p"/><participant id="box" name="Box"/>'
    '<messageFlow id="mf" sourceRef="box" targetRef="wait"/></collaboration>'
    '<process id="p" isExecutable="true"><laneSet id="ls"><lane id="l1" name="one"><flowNodeRef>start</flowNodeRef>'
    '</lane></laneSet><dataObject id="do"/><dataObjectReference id="dr" name="Order" dataObjectRef="do"/>'
    + START
    + '<exclusiveGateway id="g" default="g-a"/>'
    + task("a", inside="<standardLoopCharacteristics><loopCondition>x</loopCondition></standardLoopCharacteristics>")
    + '<boundaryEvent id="b" attachedToRef="a"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
    "</timerEventDefinition></boundaryEvent>"
    + '<intermediateCatchEvent id="wait"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>'
    + task("s", "scriptTask", 'scriptFormat="python"', "<script>x = 1</script>")
    + '<subProcess id="sub"><task id="in"/></subProcess>'
    + END
    + chain("start", "g", "a", "end")
    + flow("g", "wait", "x = 1")
    + chain("wait", "s", "sub", "end")
    + flow("b", "end")
    + "</process>"
)
Change = Callable[[Document], Document]


def of_process(change: Callable[[Process], Process]) -> Change:
    return lambda document: replace(document, processes=tuple(change(one) for one in document.processes))


def without_node(key: str) -> Change:
    return of_process(lambda one: replace(one, nodes={name: node for name, node in one.nodes.items() if name != key}))


def node_with(key: str, **values: object) -> Change:
    return of_process(
        lambda one: replace(one, nodes={**one.nodes, key: replace(one.nodes[key], **values)})  # type: ignore[arg-type]
    )


MISSING: dict[str, tuple[Change, str]] = {
    "a node": (without_node("in"), "task in"),
    "a process": (lambda document: replace(document, processes=()), "process p"),
    "another kind": (node_with("a", kind="receiveTask"), "manualTask a became receiveTask"),
    "a name": (node_with("a", name=""), "name of a"),
    "an event definition": (node_with("b", events=()), "event definition timer of b"),
    "where it is attached": (node_with("b", attached_to=None), "attachedToRef of b"),
    "a loop": (node_with("a", loop=None), "loop marker of a"),
    "a script": (node_with("s", script=None), "script of s"),
    "a message": (lambda document: replace(document, messages={}), "message m"),
    "a signal": (lambda document: replace(document, signals={}), "signal sg"),
    "an error": (lambda document: replace(document, errors={}), "error er"),
    "an escalation": (lambda document: replace(document, escalations={}), "escalation es"),
    "a pool": (lambda document: replace(document, participants=document.participants[:1]), "participant box"),
    "a message flow": (lambda document: replace(document, message_flows=()), "messageFlow box → wait"),
    "a lane": (of_process(lambda one: replace(one, lanes=())), "lane l1"),
    "a node of a lane": (
        of_process(lambda one: replace(one, lanes=tuple(replace(lane, nodes=()) for lane in one.lanes))),
        "start in its lane",
    ),
    "a data object": (of_process(lambda one: replace(one, properties=())), "dataObjectReference dr"),
    "a flow": (
        of_process(lambda one: replace(one, flows={k: f for k, f in one.flows.items() if k != "b-end"})),
        "sequenceFlow b-end",
    ),
    "a condition": (
        of_process(lambda one: replace(one, flows={k: replace(f, condition=None) for k, f in one.flows.items()})),
        "condition of g-wait",
    ),
}


def test_the_counter_finds_everything_of_a_whole_file() -> None:
    assert losses(EVERYTHING, read(EVERYTHING)) == []


@pytest.mark.parametrize(("change", "line"), MISSING.values(), ids=MISSING)
def test_the_counter_sees_what_is_missing(change: Change, line: str) -> None:
    assert line in losses(EVERYTHING, change(read(EVERYTHING)))


# --- peculiarities of other editors -------------------------------------------------------------------------------------

SIGNAVIO = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:signavio="http://www.signavio.com" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
  xmlns:omgdc="http://www.omg.org/spec/DD/20100524/DC" xmlns:omgdi="http://www.omg.org/spec/DD/20100524/DI"
  exporter="An editor" exporterVersion="7.1" expressionLanguage="http://www.w3.org/TR/XPath" id="sid-d1"
  targetNamespace="http://www.signavio.com" typeLanguage="http://www.w3.org/2001/XMLSchema"
  xsi:schemaLocation="http://www.omg.org/spec/BPMN/20100524/MODEL BPMN20.xsd">
  <collaboration id="sid-c1"><extensionElements>
    <signavio:signavioDiagramMetaData metaKey="revisionid" metaValue="1"/></extensionElements>
    <participant id="sid-P1" name="Kunde"><extensionElements/></participant>
    <participant id="sid-P2" name="Werk" processRef="sid-W1"><extensionElements/></participant>
    <messageFlow id="sid-M1" name="" sourceRef="sid-P1" targetRef="sid-S1"/></collaboration>
  <process id="sid-W1" isClosed="false" name="Werk" processType="None"><extensionElements/>
    <laneSet id="sid-LS1"><lane id="sid-L1" name="Büro"><extensionElements>
      <signavio:signavioMetaData metaKey="bgcolor" metaValue=""/></extensionElements>
      <childLaneSet id="sid-LS2"><lane id="sid-L2" name="innen"><flowNodeRef>sid-T1</flowNodeRef></lane></childLaneSet>
      <flowNodeRef>sid-S1</flowNodeRef><flowNodeRef>sid-T1</flowNodeRef><flowNodeRef>sid-G1</flowNodeRef>
      <flowNodeRef>sid-E1</flowNodeRef></lane></laneSet>
    <startEvent id="sid-S1" isInterrupting="true" name="Anfrage"><outgoing>sid-F1</outgoing>
      <messageEventDefinition id="sid-MD1"/></startEvent>
    <task completionQuantity="1" id="sid-T1" implementation="##unspecified" isForCompensation="false" name="Prüfen"
      startQuantity="1"><incoming>sid-F1</incoming><outgoing>sid-F2</outgoing></task>
    <exclusiveGateway default="sid-F4" gatewayDirection="Diverging" id="sid-G1" name="ok?"/>
    <endEvent id="sid-E1" name=""><incoming>sid-F3</incoming><incoming>sid-F4</incoming></endEvent>
    <sequenceFlow id="sid-F1" isImmediate="true" name="" sourceRef="sid-S1" targetRef="sid-T1"/>
    <sequenceFlow id="sid-F2" name="" sourceRef="sid-T1" targetRef="sid-G1"/>
    <sequenceFlow id="sid-F3" name="ja" sourceRef="sid-G1" targetRef="sid-E1">
      <conditionExpression xsi:type="tFormalExpression">ok = true</conditionExpression></sequenceFlow>
    <sequenceFlow id="sid-F4" name="nein" sourceRef="sid-G1" targetRef="sid-E1"/>
    <textAnnotation id="sid-A1" textFormat="text/plain"><text>Achtung &amp; Vorsicht</text></textAnnotation>
    <association associationDirection="None" id="sid-AS1" sourceRef="sid-T1" targetRef="sid-A1"/></process>
  <bpmndi:BPMNDiagram id="sid-di1"><bpmndi:BPMNPlane bpmnElement="sid-c1" id="sid-pl1">
    <bpmndi:BPMNShape bpmnElement="sid-T1" id="sid-T1_gui" isHorizontal="true"><omgdc:Bounds height="80.0" width="100.0"
      x="1.0" y="1.0"/><bpmndi:BPMNLabel labelStyle="sid-ls"><omgdc:Bounds height="12.0" width="50.0" x="1" y="1"/>
      </bpmndi:BPMNLabel></bpmndi:BPMNShape></bpmndi:BPMNPlane><bpmndi:BPMNLabelStyle id="sid-ls">
    <omgdc:Font isBold="false" isItalic="false" isStrikeThrough="false" isUnderline="false" name="Arial" size="12.0"/>
  </bpmndi:BPMNLabelStyle></bpmndi:BPMNDiagram></definitions>
"""
_LOCAL = (
    "<documentation/><extensionElements>"
    '<bizagi:BizagiExtensions xmlns:bizagi="http://www.bizagi.com/bpmn20"><bizagi:BizagiProperties>'
    '<bizagi:BizagiProperty name="bgColor" value="#ECEFFF"/><bizagi:BizagiProperty name="runtimeProperties" value=""/>'
    "</bizagi:BizagiProperties></bizagi:BizagiExtensions></extensionElements>"
)
BIZAGI = f"""<?xml version="1.0"?>
<definitions xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  id="_2026090704555" targetNamespace="http://www.bizagi.com/definitions/_2026090704555"
  xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">
  <process id="WFP-6-" name="Process 1"><documentation/><laneSet id="Id_e7232ea6"/>
    <startEvent id="Id_51bab053" name="">{_LOCAL}<outgoing>Id_02</outgoing></startEvent>
    <subProcess id="Id_5d0d" name="Sub" triggeredByEvent="false">{_LOCAL}<incoming>Id_02</incoming><outgoing>Id_03</outgoing>
      <startEvent id="_1a" name=""/><task id="_1b" name="Task 1">{_LOCAL}</task><endEvent id="_1c" name=""/>
      <sequenceFlow id="_1d" sourceRef="_1a" targetRef="_1b" name="">{_LOCAL}</sequenceFlow>
      <sequenceFlow id="_1e" sourceRef="_1b" targetRef="_1c"/></subProcess>
    <intermediateThrowEvent id="Id_6a" name="">{_LOCAL}</intermediateThrowEvent>
    <endEvent id="Id_77"><terminateEventDefinition/></endEvent>
    <sequenceFlow id="Id_02" sourceRef="Id_51bab053" targetRef="Id_5d0d" name=""/>
    <sequenceFlow id="Id_03" sourceRef="Id_5d0d" targetRef="Id_6a"/>
    <sequenceFlow id="Id_04" sourceRef="Id_6a" targetRef="Id_77"/>
    <group id="Id_88" categoryValueRef="cv"/><dataStoreReference id="Id_99" name="Archive"/></process>
  <category id="ca"><categoryValue id="cv" value="Group"/></category></definitions>
"""


def written() -> Iterator[tuple[str, bytes]]:
    """One diagram, as different editors write it."""
    yield "signavio", SIGNAVIO.encode()
    yield "bizagi", BIZAGI.encode()
    yield "with a byte order mark", b"\xef\xbb\xbf" + SIGNAVIO.encode()
    yield "in UTF-16", SIGNAVIO.replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")
    yield "in ISO 8859-1", SIGNAVIO.replace('encoding="UTF-8"', 'encoding="ISO-8859-1"').encode("iso8859-1")
    yield "in Windows' code page", SIGNAVIO.replace('"UTF-8"', '"windows-1252"').encode("cp1252")
    yield "with Windows' line ends", SIGNAVIO.replace("\n", "\r\n").encode()
    yield "without a diagram", re.sub(r"<bpmndi:BPMNDiagram.*</bpmndi:BPMNDiagram>", "", SIGNAVIO, flags=re.S).encode()
    prefixed = re.sub(r"<(/?)([a-zA-Z]+)([\s/>])", r"<\1semantic:\2\3", SIGNAVIO)
    yield "with a prefix", prefixed.replace("xmlns=", "xmlns:semantic=").encode()
    yield (
        "with references by prefix",
        SIGNAVIO.replace('processRef="', 'processRef="tns:')
        .replace("xmlns:signavio=", 'xmlns:tns="http://www.signavio.com" xmlns:signavio=')
        .encode(),
    )
    yield "marked executable", SIGNAVIO.replace('isClosed="false"', 'isClosed="false" isExecutable="true"').encode()


@pytest.mark.parametrize("content", dict(written()).values(), ids=dict(written()))
def test_exports_of_other_editors_are_whole(content: bytes) -> None:
    # when
    found = surveyed(content)
    document = read(content)

    # then
    assert (found.accepted, found.lost) == (1, []), report(found, details=True)
    assert [one.rule for one in document.problems if one.severity == "warning"] == []
    assert len(document.processes[0].nodes) in (4, 7)


def test_a_signavio_export_means_what_it_shows() -> None:
    (found,) = read(SIGNAVIO.encode()).processes
    assert found.nodes["sid-T1"].lane == "innen"
    assert found.nodes["sid-S1"].events[0].name == "sid-M1"
    assert found.flows["sid-F3"].condition == "ok = true"
    assert found.nodes["sid-G1"].default == "sid-F4"


def test_pools_without_a_process_and_flows_to_them_are_kept() -> None:
    # given
    pools = (
        '<collaboration id="c"><participant id="a1" name="A"/><participant id="b1" name="B"/>'
        '<participant id="c1" processRef="p"/><messageFlow id="f1" sourceRef="a1" targetRef="b1"/>'
        '<messageFlow id="f2" sourceRef="c1" targetRef="a1"/></collaboration>'
    )

    # when
    found = read(process(START + task("a") + END + chain("start", "a", "end"), roots=pools))

    # then
    assert [(one.source, one.target) for one in found.message_flows] == [("a1", "b1"), ("c1", "a1")]
    assert [one.process for one in found.participants] == [None, None, "p"]


@pytest.mark.parametrize("key", ["_1", "sid-2FA1", "Id_a.b-c", "Aufgabe_prüfen", "审批"])
def test_ids_that_editors_write(key: str) -> None:
    found = surveyed(process(START + task(key) + END + chain("start", key, "end")))
    assert (found.accepted, found.lost) == (1, [])


@pytest.mark.parametrize("key", ["5555", "a b", "a%20b", "bpdid:1", "-a"])
def test_ids_that_xml_does_not_allow_are_told(key: str) -> None:
    assert surveyed(process(START + task(key) + END + chain("start", key, "end"))).refused == {"invalid-id": 1}
