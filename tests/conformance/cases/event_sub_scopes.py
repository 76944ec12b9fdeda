"""Event sub-processes among boundaries, calls, loops, other handlers and ends (BPMN 2.0.2, 10.3.5-10.3.8, 10.5.6, 13.5.4)."""

from __future__ import annotations

from tests.conformance.suite import case
from tests.diagrams import collaboration, diagram
from tests.runtime.parts import MULTI, ROOTS, boundary, catch, end, event_sub, process, start, sub, throw

USER = '<userTask id="uA"/>'
# fmt: off
CASES = [
    case(
        "the boundary event of a sub-process takes its running event sub-process away with it",
        "13.5.3",
        diagram(
            sub(
                "P",
                '<userTask id="uA"/>'
                + event_sub("v", start("s1", "signal", interrupting=False) + '<userTask id="uH"/>', "s1>uH>e1"),
                "s2>uA>e2",
            )
            + boundary("b", "P", "PT1H"),
            "s>P>K>e",
            "b>L>e",
            roots=ROOTS,
        ),
        "sig Alarm; see uA uH; wait PT1H; see; sig Alarm",
        trace="L",
    ),
    case(
        "a signal that starts an interrupting event sub-process and fires the boundary: the whole activity goes",
        "10.5.7",
        diagram(
            sub("P", '<userTask id="uA"/>' + event_sub("v", start("s1", "signal", interrupting=False), "s1>H>e1"),
                "s2>uA>e2")
            + boundary("b", "P", "signal", interrupting=False),
            "s>P>K>e",
            "b>L>e",
            roots=ROOTS,
        ),
        "sig Alarm; do uA",
        trace="(H L) uA P K",
    ),
    case(
        "a condition starts a handler once each time it becomes true",
        "13.5.4",
        diagram(USER + event_sub("v", start("s1", "?x > 5", interrupting=False), "s1>H>e1"), "s>uA>e"),
        "set x=6; set x=7; set x=1; set x=9; do uA",
        trace="H H uA",
        start={"x": 0},
    ),
    case(
        "a condition that holds already when the scope begins starts its handler",
        "10.5.6",
        diagram(USER + event_sub("v", start("s1", "?x > 5"), "s1>H>e1"), "s>uA>e"),
        trace="H",
        start={"x": 9},
    ),
    case(
        "in a called process: its own event sub-process takes the message, the caller goes on",
        "10.3.6",
        collaboration(
            process("p", '<callActivity id="P" calledElement="q"/>', "s>P>K>e"),
            process("q", '<userTask id="uA"/>' + event_sub("v", start("s1", "message"), "s1>H>e1"), "s2>uA>e2"),
            roots=ROOTS,
        ),
        "msg Paid",
        trace="H P K",
    ),
    case(
        "in a called process: an error caught inside does not reach the caller",
        "10.3.6",
        collaboration(
            process("p", '<callActivity id="P" calledElement="q"/>' + boundary("b", "P", "error"), "s>P>K>e", "b>L>e3"),
            process("q", end("x9", "error") + event_sub("v", start("s1", "error"), "s1>H>e1"), "s2>A>x9"),
            roots=ROOTS,
        ),
        trace="A H P K",
    ),
    case(
        "the caller's error event sub-process catches what the called process throws",
        "10.5.7",
        collaboration(
            process(
                "p",
                '<callActivity id="P" calledElement="q"/>' + event_sub("v", start("s1", "error"), "s1>H>e1"),
                "s>P>K>e",
            ),
            process("q", end("x9", "error"), "s2>A>x9"),
            roots=ROOTS,
        ),
        trace="A H",
    ),
    case(
        "in a sequential multi-instance sub-process each instance is interrupted for itself",
        "13.3.7",
        diagram(
            sub(
                "P",
                '<userTask id="uA"/>' + event_sub("v", start("s1", "PT1H"), "s1>H>e1"),
                "s2>uA>e2",
                loop=f'<{MULTI} isSequential="true"><loopCardinality>3</loopCardinality></{MULTI}>',
            ),
            "s>P>K>e",
        ),
        "wait PT2H; do uA; ",
        trace="H P H P uA P K",
    ),
    case(
        "in a parallel multi-instance sub-process a signal interrupts all instances, each for itself",
        "13.3.7",
        diagram(
            sub(
                "P",
                '<userTask id="uA"/>' + event_sub("v", start("s1", "signal"), "s1>H>e1"),
                "s2>uA>e2",
                loop=f"<{MULTI}><loopCardinality>3</loopCardinality></{MULTI}>",
            ),
            "s>P>K>e",
            roots=ROOTS,
        ),
        "sig Alarm",
        trace="(H H H P P P) K",
    ),
    case(
        "in a standard loop the handler is armed anew each round",
        "13.3.6",
        diagram(
            sub(
                "P",
                '<userTask id="uA"/>' + event_sub("v", start("s1", "PT1H"), "s1>H>e1"),
                "s2>uA>e2",
                loop='<standardLoopCharacteristics loopMaximum="2"/>',
            ),
            "s>P>K>e",
        ),
        "do uA; wait PT1H",
        trace="uA P H P K",
    ),
    case(
        "terminate inside a handler ends the handler only",
        "10.5.3",
        diagram(
            USER + event_sub("v", start("s1", "signal", interrupting=False) + end("x9", "terminate")
                             + '<userTask id="uH"/>', "s1>p1>uH>e1", "p1>H>x9"),
            "s>uA>e",
            roots=ROOTS,
        ),
        "sig Alarm; see uA; do uA",
        trace="H uA",
    ),
    case(
        "terminate at the top ends running handlers as well",
        "10.5.3",
        diagram(
            USER
            + end("x9", "terminate")
            + event_sub("v", start("s1", "signal", interrupting=False) + '<userTask id="uH"/>', "s1>uH>e1"),
            "s>uA>x9",
            roots=ROOTS,
        ),
        "sig Alarm; do uA; see",
        trace="uA",
        status="terminated",
    ),
    case(
        "a signal thrown inside the process starts its own event sub-process",
        "10.5.5",
        diagram(
            throw("h1", "signal") + event_sub("v", start("s1", "signal", interrupting=False), "s1>H>e1"),
            "s>A>h1>B>e",
            roots=ROOTS,
        ),
        trace="A (H B)",
    ),
    case(
        "a signal thrown inside the process by its end event starts an interrupting event sub-process",
        "10.5.5",
        diagram(
            USER + end("x9", "signal") + event_sub("v", start("s1", "signal"), "s1>H>e1"),
            "s>p1>uA>e",
            "p1>A>x9",
            roots=ROOTS,
        ),
        trace="A H",
    ),
    case(
        "a message thrown inside is received by the own event sub-process",
        "10.5.5",
        diagram(
            USER + throw("h1", "message") + event_sub("v", start("s1", "message", interrupting=False), "s1>H>e1"),
            "s>A>h1>uA>e",
            roots=ROOTS,
        ),
        "do uA",
        trace="A H uA",
    ),
    case(
        "three levels: the innermost scope that listens takes an error, the outer ones stay",
        "10.5.7",
        diagram(
            sub(
                "P",
                sub(
                    "Q",
                    sub("R", end("x9", "error"), "s3>A>x9") + event_sub("w", start("s5", "error"), "s5>H2>e5"),
                    "s4>R>e4",
                )
                + event_sub("v", start("s1", "error"), "s1>H1>e1"),
                "s2>Q>B>e2",
            ),
            "s>P>K>e",
            roots=ROOTS,
        ),
        trace="A H2 Q B P K",
    ),
    case(
        "an interrupting handler of the parent ends the child's handlers too",
        "13.5.4",
        diagram(
            sub(
                "P",
                '<userTask id="uA"/>'
                + event_sub("w", start("s3", "signal", interrupting=False) + '<userTask id="uH"/>', "s3>uH>e3"),
                "s2>uA>e2",
            )
            + event_sub("v", start("s1", "message"), "s1>H>e1"),
            "s>P>K>e",
            roots=ROOTS,
        ),
        "sig Alarm; msg Paid; see",
        trace="H",
    ),
    case(
        "data written by the handler is the process's",
        "10.4.1",
        diagram(
            USER
            + event_sub(
                "v",
                start("s1", "message", interrupting=False)
                + '<scriptTask id="H" scriptFormat="feel" facet:resultVariable="y"><script>x + n</script></scriptTask>',
                "s1>H>e1",
            ),
            "s>uA>e",
            roots=ROOTS,
        ),
        "msg Paid n=5; do uA",
        trace="H uA",
        start={"x": 1, "y": 0},
        variables={"y": 6},
    ),
    case(
        "a catch in the normal flow and a non-interrupting handler both wait for one message: one of them gets it",
        "10.5.5",
        diagram(
            catch("c1", "message")
            + event_sub("v", start("s1", "message2", interrupting=False), "s1>H>e1"),
            "s>c1>A>e",
            roots=ROOTS,
        ),
        "msg Sent; msg Sent; msg Paid",
        trace="H H A",
    ),
]
# fmt: on
