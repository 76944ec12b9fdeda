"""Event sub-processes in every place and of every kind (BPMN 2.0.2, 10.3.5, 10.5.6, 13.5.4)."""

from __future__ import annotations

from tests.conformance.suite import case
from tests.diagrams import diagram
from tests.runtime.parts import ROOTS, boundary, end, event_sub, start, sub, throw


def two(kind: str, *, interrupting: bool, second: bool) -> str:
    """Two event sub-processes of one kind: `H1` (handler one) and `H2`."""
    return event_sub("v1", start("s1", kind, interrupting=interrupting), "s1>H1>e1") + event_sub(
        "v2", start("s2", kind, interrupting=second), "s2>H2>e2"
    )


USER = '<userTask id="uA"/>'
# fmt: off
CASES = [
    case(
        "an interrupting message start ends the process's other work and the process ends with the handler",
        "13.5.4",
        diagram(USER + event_sub("v", start("s1", "message"), "s1>H>e1"), "s>uA>B>e", roots=ROOTS),
        "msg Paid; msg Paid",
        trace="H",
    ),
    case(
        "a non-interrupting signal start runs once per occurrence, also while an earlier one is open",
        "13.5.4",
        diagram(
            USER + event_sub("v", start("s1", "signal", interrupting=False) + '<userTask id="uH"/>', "s1>uH>e1"),
            "s>uA>e",
            roots=ROOTS,
        ),
        "sig Alarm; sig Alarm; see uA uH uH; do uA; sig Alarm; do uH; do uH; do uH",
        trace="uA uH uH uH",
    ),
    case(
        "the process is over only when a non-interrupting handler is through as well",
        "13.5.4",
        diagram(
            USER + event_sub("v", start("s1", "message", interrupting=False) + '<userTask id="uH"/>', "s1>uH>e1"),
            "s>uA>e",
            roots=ROOTS,
        ),
        "msg Paid; do uA; see uH",
        trace="uA",
        status="active",
    ),
    case(
        "two of one kind, both non-interrupting: a signal reaches both",
        "10.5.6",
        diagram(USER + two("signal", interrupting=False, second=False), "s>uA>e", roots=ROOTS),
        "sig Alarm; do uA",
        trace="(H1 H2) uA",
    ),
    case(
        "two timers: each at its time, the interrupting one ends the rest",
        "13.5.4",
        diagram(
            USER
            + event_sub("v1", start("s1", "PT1H", interrupting=False), "s1>H1>e1")
            + event_sub("v2", start("s2", "PT2H"), "s2>H2>e2"),
            "s>uA>e",
        ),
        "wait PT3H",
        trace="H1 H2",
    ),
    case(
        "a timer cycle of a non-interrupting start fires three times",
        "10.5.6",
        diagram(USER + event_sub("v", start("s1", "R3/PT1H", interrupting=False), "s1>H>e1"), "s>uA>e"),
        "wait PT10H; do uA",
        trace="H H H uA",
    ),
    case(
        "a timer of an event sub-process of an embedded one is set when that begins and gone when it ends",
        "13.5.4",
        diagram(
            '<userTask id="uB"/>'
            + sub("P", '<userTask id="uA"/>' + event_sub("v", start("s1", "PT2H"), "s1>H>e1"), "s2>uA>e2"),
            "s>uB>P>K>e",
        ),
        "wait PT5H; do uB; wait PT1H; do uA; wait PT5H",
        trace="uB uA P K",
    ),
    case(
        "interrupted by its event sub-process, an embedded sub-process completes and its normal flow goes on",
        "13.5.4",
        diagram(
            sub("P", '<userTask id="uA"/>' + event_sub("v", start("s1", "PT2H"), "s1>H>e1"), "s2>uA>e2"), "s>P>K>e"
        ),
        "wait PT2H",
        trace="H P K",
    ),
    case(
        "an error handler of an embedded sub-process lets the normal flow go on",
        "10.5.6",
        diagram(
            sub("P", end("x9", "error") + event_sub("v", start("s1", "error"), "s1>H>e1"), "s2>A>x9"),
            "s>P>K>e",
            roots=ROOTS,
        ),
        trace="A H P K",
    ),
    case(
        "the event sub-process is nearer than the boundary event",
        "10.5.7",
        diagram(
            sub("P", end("x9", "error") + event_sub("v", start("s1", "any error"), "s1>H>e1"), "s2>A>x9")
            + boundary("b", "P", "error"),
            "s>P>K>e",
            "b>L>e",
            roots=ROOTS,
        ),
        trace="A H P K",
    ),
    case(
        "an event sub-process that names another code lets the error climb to the border",
        "10.5.7",
        diagram(
            sub("P", end("x9", "error") + event_sub("v", start("s1", "error2"), "s1>H>e1"), "s2>A>x9")
            + boundary("b", "P", "error"),
            "s>P>K>e",
            "b>L>e",
            roots=ROOTS,
        ),
        trace="A L",
    ),
    case(
        "an error thrown on purpose by an error handler leaves to the border",
        "10.5.6",
        diagram(
            sub(
                "P",
                end("x9", "error") + event_sub("v", start("s1", "error") + end("x8", "error"), "s1>H>x8"),
                "s2>A>x9",
            )
            + boundary("b", "P", "error"),
            "s>P>K>e",
            "b>L>e",
            roots=ROOTS,
        ),
        trace="A H L",
    ),
    case(
        "an error ends parallel work of its scope before the handler",
        "13.5.4",
        diagram(
            '<userTask id="uA"/><userTask id="uB"/>'
            + end("x9", "error")
            + event_sub("v", start("s1", "error"), "s1>H>e1"),
            "s>p1>uA>e",
            "p1>uB>x9",
            roots=ROOTS,
        ),
        "do uB; see",
        trace="uB H",
    ),
    case(
        "an escalation throw, caught non-interrupting inside, goes on beside the handler",
        "10.5.6",
        diagram(
            throw("h1", "escalation") + event_sub("v", start("s1", "escalation", interrupting=False), "s1>H>e1"),
            "s>A>h1>B>e",
            roots=ROOTS,
        ),
        trace="A (H B)",
    ),
    case(
        "an escalation throw, caught interrupting, goes no further",
        "10.5.6",
        diagram(
            throw("h1", "escalation") + event_sub("v", start("s1", "any escalation"), "s1>H>e1"),
            "s>A>h1>B>e",
            roots=ROOTS,
        ),
        trace="A H",
    ),
    case(
        "of an escalation's handlers the one with the code, else the one without",
        "10.5.7",
        diagram(
            throw("h1", "escalation")
            + throw("h2", "escalation2")
            + event_sub("v1", start("s1", "any escalation", interrupting=False), "s1>H1>e1")
            + event_sub("v2", start("s2", "escalation2", interrupting=False), "s2>H2>e2"),
            "s>h1>A>h2>B>e",
            roots=ROOTS,
        ),
        trace="(H1 A H2 B)",
    ),
    case(
        "an event sub-process inside an event sub-process is armed while the outer handler runs",
        "10.3.5",
        diagram(
            USER
            + event_sub(
                "v",
                start("s1", "signal", interrupting=False)
                + '<userTask id="uH"/>'
                + event_sub("w", start("s2", "message"), "s2>H2>e2"),
                "s1>uH>e1",
            ),
            "s>uA>e",
            roots=ROOTS,
        ),
        "sig Alarm; msg Paid; see uA; do uA",
        trace="H2 uA",
    ),
    case(
        "an inner event sub-process listens only while its handler runs: a message before it is held",
        "10.3.5",
        diagram(
            USER
            + event_sub(
                "v",
                start("s1", "signal") + '<userTask id="uH"/>' + event_sub("w", start("s2", "message"), "s2>H2>e2"),
                "s1>uH>e1",
            ),
            "s>uA>e",
            roots=ROOTS,
        ),
        "msg Paid; sig Alarm",
        trace="H2",
    ),
    case(
        "a handler with a sub-process whose boundary event fires",
        "10.3.5",
        diagram(
            USER
            + event_sub(
                "v", start("s1", "signal") + sub("P", '<userTask id="uH"/>', "s2>uH>e2") + boundary("b", "P", "PT1H"),
                "s1>P>e1", "b>L>e3",
            ),
            "s>uA>e",
            roots=ROOTS,
        ),
        "sig Alarm; wait PT2H",
        trace="L",
    ),
]
# fmt: on
