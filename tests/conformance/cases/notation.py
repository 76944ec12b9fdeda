"""Unusual but legal files: prefixes, whitespace, CDATA, other ways to write conditions, nothing but what the schema asks for
(BPMN 2.0.2, 8.3, 10.2, 15); start variables of every type."""

from __future__ import annotations

from typing import Any

from tests.conformance.suite import Case, case

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def file(body: str, roots: str = "", process: str = 'isExecutable="true"', attributes: str = "") -> bytes:
    """A file in the default namespace."""
    return (
        f'<definitions xmlns="{BPMN}" {XSI} targetNamespace="urn:x" {attributes}>{roots}'
        f'<process id="p" {process}>{body}</process></definitions>'
    ).encode()


def choice(condition: str, attributes: str = "") -> bytes:
    """`A` when the condition holds, else `B`."""
    return file(
        '<startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="x"/><exclusiveGateway id="x" default="f3"/>'
        f'<sequenceFlow id="f2" sourceRef="x" targetRef="A"><conditionExpression {attributes}>{condition}</conditionExpression>'
        '</sequenceFlow><sequenceFlow id="f3" sourceRef="x" targetRef="B"/><task id="A"/><task id="B"/>'
    )


def holds(condition: str, attributes: str = "", **start: Any) -> Case:
    return case(
        f"the condition {condition.strip()} {attributes} over {start}",
        "10.4.3",
        choice(condition, attributes),
        trace="A",
        start=start,
    )


def fails(condition: str, **start: Any) -> Case:
    return case(
        f"the condition {condition} does not hold over {start}", "10.4.3", choice(condition), trace="B", start=start
    )


FORMAL = 'xsi:type="tFormalExpression"'
LINE = '<startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="A"/><task id="A"/>'
PREFIXED = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<!-- drawn by hand -->
<b:definitions xmlns:b="{BPMN}" xmlns:t="urn:x" {XSI} targetNamespace="urn:x">
  <b:message id="m-1.a" name="Paid"/>
  <b:process id="p" isExecutable="1" isClosed="false">
    <b:startEvent id="s.1"><b:outgoing>t:f-1</b:outgoing></b:startEvent>
    <b:sequenceFlow id="f-1" sourceRef="s.1" targetRef="A.b-c"/>
    <b:task id="A.b-c"><b:incoming>t:f-1</b:incoming><b:outgoing>t:f-2</b:outgoing></b:task>
    <b:sequenceFlow id="f-2" sourceRef="A.b-c" targetRef="c_1"/>
    <b:intermediateCatchEvent id="c_1"><b:messageEventDefinition messageRef="t:m-1.a"/></b:intermediateCatchEvent>
    <b:sequenceFlow id="f-3" sourceRef="c_1" targetRef="e"/>
    <b:endEvent id="e"><b:documentation>the end</b:documentation></b:endEvent>
  </b:process>
</b:definitions>"""

# fmt: off
CASES = [
    case("another prefix, QNames, dots and dashes in ids, comments", "15.3", PREFIXED.encode(), "msg Paid", trace="A.b-c"),
    case("UTF-16", "15.3", PREFIXED.replace("UTF-8", "UTF-16").encode("utf-16"), "msg Paid", trace="A.b-c"),
    case("with a byte order mark", "15.3", b"\xef\xbb\xbf" + PREFIXED.encode(), "msg Paid", trace="A.b-c"),
    case("nothing says whether the process is executable", "10.2", file(LINE, process=""), trace="A"),
    case("without start and end events", "13.1", file('<task id="A"/><task id="B"/><sequenceFlow id="f" sourceRef="A" targetRef="B"/><task id="G"/>'),
         trace="(A B G)"),
    case("flows without ids", "7.6.1", file('<startEvent id="s"/><sequenceFlow sourceRef="s" targetRef="A"/><task id="A"/>'), trace="A"),
    case("elements in any order", "15.3", file('<task id="A"/><sequenceFlow id="f1" sourceRef="s" targetRef="A"/><startEvent id="s"/>'), trace="A"),
    case("a message without a name is called by its id", "8.3.11",
         file('<startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="R"/><receiveTask id="R" messageRef="M1"/>', '<message id="M1"/>'),
         "msg M1", trace="R"),
    case("a receive task that names no message waits for its own id", "13.3.3",
         file('<startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="R"/><receiveTask id="R"/>'), "msg R", trace="R"),
    case("what only describes changes nothing", "8.3",
         file(LINE + '<textAnnotation id="n"><text>note</text></textAnnotation><association id="as" sourceRef="A" targetRef="n"/><group id="g"/>'
              "<documentation>about it</documentation>", '<category id="cat"><categoryValue id="cv" value="v"/></category>',
              attributes='exporter="hand" exporterVersion="1" expressionLanguage="http://www.w3.org/1999/XPath" typeLanguage="http://www.w3.org/2001/XMLSchema"'),
         trace="A"),
    case("elements of nobody's vocabulary among the extensions", "8.3.3",
         file(LINE.replace('<task id="A"/>', '<task id="A"><extensionElements><q:a xmlns:q="urn:q" b="1"><q:c/></q:a></extensionElements></task>')),
         trace="A"),
    case("time with whitespace, type and language", "10.5.5",
         file('<startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="c"/><intermediateCatchEvent id="c"><timerEventDefinition>'
              f'<timeDuration {FORMAL} language="http://www.w3.org/1999/XPath">\n  <![CDATA[PT1H]]>\n </timeDuration></timerEventDefinition></intermediateCatchEvent>'
              '<sequenceFlow id="f2" sourceRef="c" targetRef="A"/><task id="A"/>'), "wait PT1H", trace="A"),
    case("a quoted time", "10.5.5",
         file('<startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="c"/><intermediateCatchEvent id="c"><timerEventDefinition>'
              '<timeDuration>"PT1H"</timeDuration></timerEventDefinition></intermediateCatchEvent><sequenceFlow id="f2" sourceRef="c" targetRef="A"/><task id="A"/>'),
         "wait PT1H", trace="A"),
    case("the order of the outgoing elements is the order of the questions", "13.4.1",
         file('<startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="x"/><exclusiveGateway id="x"><outgoing>f3</outgoing><outgoing>f2</outgoing></exclusiveGateway>'
              '<sequenceFlow id="f2" sourceRef="x" targetRef="A"><conditionExpression>true</conditionExpression></sequenceFlow>'
              '<sequenceFlow id="f3" sourceRef="x" targetRef="B"><conditionExpression>true</conditionExpression></sequenceFlow><task id="A"/><task id="B"/>'), trace="B"),
    holds("x == 1", x=1), holds("x = 1", FORMAL, x=1), holds("${x &gt; 1}", FORMAL, x=2), holds("=x &gt; 1", x=2), holds("true"), holds("${true}"),
    holds("\n  <![CDATA[ x > 1 ]]>\n", f'{FORMAL} language="http://www.w3.org/1999/XPath"', x=2),
    holds("x &gt; 1", 'xsi:type="bpmn:tFormalExpression" xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" evaluatesToTypeRef="xsd:boolean"', x=2),
    holds("x == 'a'", x="a"), holds('x = "a"', x="a"), holds('x.contains("a")', x="bab"), holds("x is None", x=None), holds("x = null", x=None),
    holds("!x", x=False), holds("not x", x=False), holds("x &amp;&amp; !y", x=True, y=False), holds("x == 1 || y == 2", x=0, y=2),
    holds("len(x) == 2", x=[1, 2]), holds("count(x) = 2", x=[1, 2]), holds('x["y"] == 1', x={"y": 1}), holds("x.y = 1", x={"y": 1}),
    holds("x[0] == 1", x=[1]), holds("x[1] = 1", x=[1]), holds("x == True", x=True), holds("x % 2 == 0", x=4), holds("x = 1.5", x=1.5),
    holds("a.b.c = [1, null]", a={"b": {"c": [1, None]}}), holds("1 &lt; x &lt; 3", x=2), holds('x in ("a", "b")', x="b"),
    fails("x == 1", x=2), fails("x == 1", x="1"), fails("missing == 1"), fails("x", x=None), fails("x &gt; 1", x="many"), fails("!x", x=True),
]
# fmt: on
