"""Events: messages, timers, signals, errors, escalations, conditions, several at once, on borders, at ends
(BPMN 2.0.2, 10.5, 13.5)."""

from __future__ import annotations

from tests.conformance.suite import case
from tests.diagrams import collaboration, diagram
from tests.runtime.parts import ROOTS, boundary, catch, end, event_sub, process, start, sub, throw


def several(kind: str, id: str, *definitions: str, attributes: str = "") -> str:
    return f'<{kind} id="{id}" {attributes}>{"".join(definitions)}</{kind}>'


PAID, SENT = '<messageEventDefinition messageRef="M"/>', '<messageEventDefinition messageRef="N"/>'
ALARM, CALM = '<signalEventDefinition signalRef="S"/>', '<signalEventDefinition signalRef="Z"/>'
UP, BAD = '<escalationEventDefinition escalationRef="C"/>', '<errorEventDefinition errorRef="E"/>'
HOUR = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
USER = '<userTask id="uA"/>'


def timer(kind: str, text: str) -> str:
    return f"<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>"


# fmt: off
CASES = [
    case("a message start: an instance for each message", "10.5.2", diagram(start("s", "message"), "s>A>e", roots=ROOTS),
         "msg Paid; msg Paid", trace="A A", start=None),
    case("a message brings its data to the instance that it starts", "10.5.2", diagram(start("s", "message"), "s>A>e", roots=ROOTS),
         "msg Paid x=3", trace="A", start=None, variables={"x": 3}),
    case("a catch before and after its message", "13.5.1", diagram(catch("c1", "message") + catch("c2", "message"), "s>c1>A>c2>B>e", roots=ROOTS),
         "msg Paid x=1; msg Paid x=2", trace="A B", variables={"x": 2}),
    case("a message with a business key reaches its own instance only", "8.3.2", diagram(catch("c", "message"), "s>c>A>e", roots=ROOTS),
         "begin p @1; begin p @2; msg Paid @2", trace="A", start=None, status="active"),
    case("a message end event starts another process", "10.5.3",
         collaboration(process("p", end("x9", "message"), "s>A>x9"), process("q", start("s1", "message"), "s1>B>e1"), roots=ROOTS), trace="A B"),
    case("a throw and a catch in two pools, with a message flow", "9.3",
         collaboration('<collaboration id="k"><participant id="k1" processRef="p"/><participant id="k2" processRef="q"/>'
                       '<messageFlow id="mf" sourceRef="h" targetRef="s1"/><messageFlow id="mg" sourceRef="x9" targetRef="c"/></collaboration>',
                       process("p", throw("h", "message") + catch("c", "message2"), "s>h>c>A>e"),
                       process("q", start("s1", "message") + end("x9", "message2"), "s1>B>x9"), roots=ROOTS), trace="B A"),
    case("a send task and a receive task in two pools", "13.3.3",
         collaboration(process("p", '<sendTask id="T" messageRef="M"/><receiveTask id="R" messageRef="N"/>', "s>T>R>e"),
                       process("q", '<receiveTask id="I" messageRef="M" instantiate="true"/><sendTask id="J" messageRef="N"/>', "I>J>e1"), roots=ROOTS),
         trace="T I (J R)"),
    case("a receive task with an operation", "8.4.3",
         diagram('<receiveTask id="R" operationRef="op"/>', "s>R>A>e",
                 roots=ROOTS + '<interface id="if" name="Shop"><operation id="op" name="pay"><inMessageRef>M</inMessageRef></operation></interface>'),
         "msg Paid", trace="R A"),
    case("a boundary timer on a receive task", "10.5.4",
         diagram('<receiveTask id="R" messageRef="M"/>' + boundary("b", "R", "PT1H"), "s>R>A>e", "b>L>e2", roots=ROOTS), "wait PT2H; msg Paid", trace="L"),
    case("a boundary message on a receive task of another message", "10.5.4",
         diagram('<receiveTask id="R" messageRef="M"/>' + boundary("b", "R", "message2", interrupting=False), "s>R>A>e", "b>L>e2", roots=ROOTS),
         "msg Sent; msg Sent; msg Paid", trace="L L R A"),
    case("a boundary error on a service task", "10.5.4",
         diagram('<serviceTask id="V" facet:topic="w"/>' + boundary("b", "V", "error"), "s>V>A>e", "b>L>e2", roots=ROOTS), "throw w BAD", trace="L"),
    case("a boundary error that names another code: an incident", "10.5.7",
         diagram('<serviceTask id="V" facet:topic="w"/>' + boundary("b", "V", "error2"), "s>V>A>e", "b>L>e2", roots=ROOTS), "throw w BAD",
         trace="", status="active", incidents=("V",)),
    case("a boundary error on a script task", "10.5.4",
         diagram('<scriptTask id="A" scriptFormat="python"><script>raise BpmnError("BAD", "no")</script></scriptTask>' + boundary("b", "A", "error"),
                 "s>A>B>e", "b>L>e2", roots=ROOTS), trace="L"),
    case("two boundary errors: the one with the code before the one without", "10.5.7",
         diagram('<serviceTask id="V" facet:topic="w"/>' + boundary("b1", "V", "any error") + boundary("b2", "V", "error"),
                 "s>V>A>e", "b1>L>e2", "b2>H>e3", roots=ROOTS), "throw w BAD", trace="H"),
    case("an error without a declaration of its own, caught by the same reference", "10.5.7",
         diagram(sub("P", '<endEvent id="x9"><errorEventDefinition errorRef="Q"/></endEvent>', "s1>A>x9")
                 + '<boundaryEvent id="b" attachedToRef="P"><errorEventDefinition errorRef="Q"/></boundaryEvent>', "s>P>e", "b>L>e2",
                 roots='<error id="Q" name="nameless"/>'), trace="A L"),
    case("two errors of one code are one error", "10.5.7",
         diagram(sub("P", '<endEvent id="x9"><errorEventDefinition errorRef="Q"/></endEvent>', "s1>A>x9") + boundary("b", "P", "error"),
                 "s>P>e", "b>L>e2", roots=ROOTS + '<error id="Q" name="other" errorCode="BAD"/>'), trace="A L"),
    case("an error of nobody: an incident, the parallel way goes on", "10.5.7",
         diagram(end("x9", "error"), "s>p1>A>x9", "p1>B>e", roots=ROOTS), trace="(A B)", status="active", incidents=("x9",)),
    case("timer: a date", "10.5.5", diagram(several("intermediateCatchEvent", "c", timer("timeDate", "2026-03-02T12:00:00+08:00")), "s>c>A>e"),
         "wait PT2H59M; wait PT2M", trace="A"),
    case("timer: a date in the past passes at once", "10.5.5",
         diagram(several("intermediateCatchEvent", "c", timer("timeDate", "2020-01-01T00:00:00Z")), "s>c>A>e"), trace="A"),
    case("timer: a duration from a variable", "10.5.5", diagram(several("intermediateCatchEvent", "c", timer("timeDuration", "pause")), "s>c>A>e"),
         "wait PT30M", trace="A", start={"pause": "PT30M"}),
    case("timer: a duration with a fraction of a second", "10.5.5",
         diagram(several("intermediateCatchEvent", "c", timer("timeDuration", "PT0.5S")), "s>c>A>e"), "wait PT1S", trace="A"),
    case("timer: a start by date", "10.5.2", diagram(several("startEvent", "s", timer("timeDate", "2026-03-02T10:00:00+08:00")), "s>A>e"),
         "wait PT3H", trace="A", start=None),
    case("timer: a start by cycle, three times", "10.5.2", diagram(several("startEvent", "s", timer("timeCycle", "R3/PT1H")), "s>A>e"),
         "wait PT9H", trace="A A A", start=None),
    case("timer: a cycle on a border ends with its activity", "10.5.4",
         diagram(USER + boundary("b", "uA", "R5/PT1H", interrupting=False), "s>uA>e", "b>L>e2"), "wait PT2H; do uA; wait PT9H", trace="L L uA"),
    case("timer: a cycle on an interrupting border fires once", "10.5.4",
         diagram(USER + boundary("b", "uA", "R5/PT1H"), "s>uA>e", "b>L>e2"), "wait PT9H", trace="L"),
    case("timer: a cycle with a first moment", "10.5.5",
         diagram(USER + several("boundaryEvent", "b", timer("timeCycle", "R2/2026-03-02T12:00:00+08:00/PT1H"), attributes='attachedToRef="uA" cancelActivity="false"'),
                 "s>uA>e", "b>L>e2"), "wait PT3H; wait PT1H; wait PT9H; do uA", trace="L L uA"),
    case("timers: two on one activity, in order of their time", "10.5.4",
         diagram(USER + boundary("b1", "uA", "PT2H", interrupting=False) + boundary("b2", "uA", "PT1H", interrupting=False),
                 "s>uA>e", "b1>L>e2", "b2>H>e3"), "wait PT5H; do uA", trace="H L uA"),
    case("signal: all who listen, in all instances", "10.5.5", diagram(catch("c", "signal"), "s>c>A>e", roots=ROOTS),
         "begin p; begin p; sig Alarm", trace="A A A"),
    case("signal: nobody listens, it is lost", "10.5.5", diagram(catch("c", "signal"), "s>c>A>e", roots=ROOTS), "sig Calm",
         trace="", status="active"),
    case("signal: it is not kept for later", "10.5.5", diagram(USER + catch("c", "signal"), "s>uA>c>A>e", roots=ROOTS), "sig Alarm; do uA",
         trace="uA", status="active"),
    case("signal: a throw starts another process and wakes a catch", "10.5.5",
         collaboration(process("p", throw("h", "signal") + catch("c", "signal"), "s>p1>c>A>e", "p1>h>B>e2"),
                       process("q", start("s1", "signal"), "s1>G>e1"), roots=ROOTS), trace="(A B G)"),
    case("signal: an end event in a sub-process reaches its border", "10.5.5",
         diagram(sub("P", end("x9", "signal") + USER, "s1>p1>uA>e1", "p1>A>x9") + boundary("b", "P", "signal"), "s>P>e", "b>L>e2", roots=ROOTS), trace="A L"),
    case("signal: a non-interrupting border hears it as often as it comes", "10.5.4",
         diagram(USER + boundary("b", "uA", "signal", interrupting=False), "s>uA>e", "b>L>e2", roots=ROOTS), "sig Alarm; sig Alarm; do uA; sig Alarm",
         trace="L L uA"),
    case("signal: two borders on nested activities, both hear it; the outer one interrupts", "10.5.5",
         diagram(sub("P", USER + boundary("b1", "uA", "signal", interrupting=False), "s1>uA>e1", "b1>H>e4") + boundary("b", "P", "signal"),
                 "s>P>e", "b>L>e2", roots=ROOTS), "sig Alarm; see", trace="L"),
    case("signal: its data arrives", "10.5.5", diagram(catch("c", "signal"), "s>c>A>e", roots=ROOTS), "sig Alarm x=5", trace="A", variables={"x": 5}),
    case("escalation: an end event goes past the one who names another code", "10.5.7",
         diagram(sub("P", sub("Q", end("x9", "escalation"), "s2>A>x9") + boundary("b1", "Q", "escalation2"), "s1>Q>B>e1", "b1>H>e4")
                 + boundary("b", "P", "escalation", interrupting=False), "s>P>G>e", "b>L>e2", roots=ROOTS), trace="A (L Q B P G)"),
    case("escalation: the interrupting border takes the activity away", "10.5.7",
         diagram(sub("P", throw("h", "escalation"), "s1>A>h>B>e1") + boundary("b", "P", "any escalation"), "s>P>G>e", "b>L>e2", roots=ROOTS), trace="A L"),
    case("escalation: of nobody, the process goes on", "10.5.7", diagram(throw("h", "escalation"), "s>A>h>B>e", roots=ROOTS), trace="A B"),
    case("escalation: in a loop, caught each time", "10.5.7",
         diagram(sub("P", throw("h", "escalation"), "s1>h>e1", loop='<standardLoopCharacteristics loopMaximum="3"/>')
                 + boundary("b", "P", "escalation", interrupting=False), "s>P>G>e", "b>L>e2", roots=ROOTS), trace="(P P P L L L G)"),
    case("condition: on a border, each time it becomes true", "10.5.4",
         diagram(USER + boundary("b", "uA", "?x > 5", interrupting=False), "s>uA>e", "b>L>e2"), "set x=6; set x=8; set x=0; set x=6; do uA",
         trace="L L uA", start={"x": 0}),
    case("condition: a parallel branch makes it true", "13.5.1",
         diagram(catch("c", "?x > 5") + '<scriptTask id="A" scriptFormat="feel" facet:resultVariable="x"><script>9</script></scriptTask>',
                 "s>p1>c>B>e", "p1>A>e2"), trace="A B", start={"x": 0}),
    case("condition: interrupting, and true from the beginning", "10.5.4",
         diagram(USER + boundary("b", "uA", "?x > 5"), "s>uA>e", "b>L>e2"), trace="L", start={"x": 6}),
    case("condition: a task's own form makes it true: the task has been done", "13.5.1",
         diagram(USER + '<userTask id="uB"/>' + boundary("b", "uB", "?x > 5"), "s>p1>uA>e", "p1>uB>e3", "b>L>e2"), "do uA x=6; see", trace="uA L", start={"x": 0}),
    case("condition: in a sub-process over its own data", "10.4.1",
         diagram(sub("P", '<dataObject id="x"/>' + USER + event_sub("v", start("s2", "?x = 1"), "s2>H>e2"), "s1>uA>B>e1"), "s>P>G>e"),
         "do uA x=1", trace="uA H P G", start={"x": 0}),
    case("several triggers: any of them goes on", "10.5.1",
         diagram(several("intermediateCatchEvent", "c", PAID, ALARM, HOUR), "s>c>A>e", roots=ROOTS), "sig Alarm; wait PT2H; sig Alarm", trace="A"),
    case("several triggers: the timer is one", "10.5.1",
         diagram(several("intermediateCatchEvent", "c", PAID, ALARM, HOUR), "s>c>A>e", roots=ROOTS), "wait PT2H", trace="A"),
    case("parallel multiple: all of them, in any order", "10.5.1",
         diagram(several("intermediateCatchEvent", "c", PAID, ALARM, HOUR, attributes='parallelMultiple="true"'), "s>c>A>e", roots=ROOTS),
         "sig Alarm; wait PT2H; sig Alarm; msg Paid", trace="A"),
    case("parallel multiple: one is missing", "10.5.1",
         diagram(several("intermediateCatchEvent", "c", PAID, SENT, attributes='parallelMultiple="true"'), "s>c>A>e", roots=ROOTS),
         "msg Paid; msg Paid", trace="", status="active"),
    case("several triggers on a border", "10.5.4",
         diagram(USER + several("boundaryEvent", "b", PAID, ALARM, attributes='attachedToRef="uA" cancelActivity="false"'), "s>uA>e", "b>L>e2", roots=ROOTS),
         "msg Paid; sig Alarm; do uA", trace="L L uA"),
    case("error and timer in one border event", "10.5.4",
         diagram('<serviceTask id="V" facet:topic="w"/>' + several("boundaryEvent", "b", BAD, HOUR, attributes='attachedToRef="V"'), "s>V>e", "b>L>e2", roots=ROOTS),
         "throw w BAD; wait PT2H", trace="L"),
    case("parallel multiple on a border", "10.5.4",
         diagram(USER + several("boundaryEvent", "b", PAID, ALARM, attributes='attachedToRef="uA" parallelMultiple="true"'), "s>uA>e", "b>L>e2", roots=ROOTS),
         "msg Paid; see uA; sig Alarm", trace="L"),
    case("several results of a throw", "10.5.1",
         diagram(several("intermediateThrowEvent", "h", ALARM, UP, CALM)
                 + event_sub("v1", start("s1", "signal", interrupting=False), "s1>H>e1")
                 + event_sub("v2", start("s2", "escalation", interrupting=False), "s2>I>e2")
                 + event_sub("v3", start("s3", "signal2", interrupting=False), "s3>J>e3"), "s>h>A>e", roots=ROOTS), trace="(H I J A)"),
    case("several results of an end: a signal and terminate", "10.5.3",
         diagram(USER + several("endEvent", "x9", ALARM, "<terminateEventDefinition/>") + sub("v", start("s1", "signal", interrupting=False), "s1>H>e1",
                 attributes='triggeredByEvent="true"'), "s>p1>uA>e", "p1>B>x9", roots=ROOTS), trace="B", status="terminated"),
    case("several results of an end: a message and an error", "10.5.3",
         collaboration(process("p", sub("P", several("endEvent", "x9", PAID, BAD), "s1>A>x9") + boundary("b", "P", "error"), "s>P>e", "b>L>e2"),
                       process("q", start("s5", "message"), "s5>B>e5"), roots=ROOTS), trace="A (L B)"),
    case("a multiple start: one instance for each trigger", "10.5.2", diagram(several("startEvent", "s", PAID, ALARM), "s>A>e", roots=ROOTS),
         "msg Paid; sig Alarm", trace="A A", start=None),
    case("several starts, each by its own trigger; by hand the plain one", "10.5.2",
         diagram(start("s1", "message") + start("s2", "signal"), "s>A>x1", "s1>B>x1", "s2>G>x1", "x1>H>e", roots=ROOTS), "msg Paid; sig Alarm",
         trace="A H B H G H"),
    case("terminate at the top ends everything at once", "10.5.3",
         diagram(USER + end("x9", "terminate"), "s>p1>uA>e", "p1>A>x9"), "see", trace="A", status="terminated"),
    case("terminate in a sub-process: the parent goes on", "10.5.3",
         diagram(sub("P", USER + end("x9", "terminate"), "s1>p1>uA>e1", "p1>A>x9") + '<userTask id="uB"/>', "s>p2>P>B>e", "p2>uB>e2"), "see uB; do uB",
         trace="A P B uB"),
    case("terminate four levels down ends that level only", "10.5.3",
         diagram(sub("P", sub("Q", sub("R", sub("T", USER + end("x9", "terminate"), "s4>p1>uA>e4", "p1>A>x9"), "s3>T>B>e3"), "s2>R>e2"), "s1>Q>e1"), "s>P>G>e"),
         trace="A T B R Q P G"),
    case("an end in one branch does not end the others", "13.5.6", diagram(USER, "s>p1>uA>e", "p1>A>e2"), "do uA", trace="A uA"),
    case("a boundary on a none task never has time to fire", "10.5.4", diagram(boundary("b", "A", "PT1H") + '<task id="A"/>', "s>A>e", "b>L>e2"), "wait PT2H", trace="A"),
    case("event definitions by reference, shared by two events", "10.5.5",
         diagram('<intermediateThrowEvent id="h"><eventDefinitionRef>SD</eventDefinitionRef></intermediateThrowEvent>'
                 '<intermediateCatchEvent id="c"><eventDefinitionRef>SD</eventDefinitionRef></intermediateCatchEvent>', "s>p1>c>A>e", "p1>h>B>e2",
                 roots=ROOTS + '<signalEventDefinition id="SD" signalRef="S"/>'), trace="(A B)"),
]
# fmt: on
