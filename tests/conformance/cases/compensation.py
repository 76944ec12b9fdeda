"""Compensation and transactions (BPMN 2.0.2, 10.3.5, 10.5.6, 10.7, 13.5.2, 13.5.5)."""

from __future__ import annotations

from tests.conformance.suite import case
from tests.diagrams import collaboration, diagram
from tests.runtime.parts import MULTI, ROOTS, boundary, end, event_sub, process, start, sub


def undo(activity: str, handler: str | None = None, kind: str = "task", inner: str = "") -> str:
    """The compensation boundary of `activity` and its handler `U<activity>`."""
    name = handler or f"U{activity}"
    return (
        f'<boundaryEvent id="b{activity}" attachedToRef="{activity}"><compensateEventDefinition/></boundaryEvent>'
        f'<{kind} id="{name}" isForCompensation="true">{inner}</{kind}>'
        f'<association id="a{activity}" associationDirection="One" sourceRef="b{activity}" targetRef="{name}"/>'
    )


def task(id: str, kind: str = "task", inner: str = "") -> str:
    """An activity that can be undone."""
    return f'<{kind} id="{id}">{inner}</{kind}>' + undo(id)


def back(id: str, activity: str | None = None, kind: str = "intermediateThrowEvent", wait: bool = True) -> str:
    """A compensation throw or end event."""
    ref = f' activityRef="{activity}"' if activity else ""
    no = "" if wait else ' waitForCompletion="false"'
    return f'<{kind} id="{id}"><compensateEventDefinition{ref}{no}/></{kind}>'


COUNT = f"<{MULTI}><loopCardinality>3</loopCardinality></{MULTI}>"
SEQUENCE = f'<{MULTI} isSequential="true"><loopCardinality>3</loopCardinality></{MULTI}>'
LOOP = '<standardLoopCharacteristics loopMaximum="2"/>'

# fmt: off
CASES = [
    case("three in reverse order", "13.5.5", diagram(task("A") + task("B") + task("G") + back("h"), "s>A>B>G>h>e"),
         trace="A B G UG UB UA"),
    case("by an end event", "10.5.3", diagram(task("A") + task("B") + back("x9", kind="endEvent"), "s>A>B>x9"),
         trace="A B UB UA"),
    case("one by name, then the rest: nothing is undone twice", "13.5.5",
         diagram(task("A") + task("B") + back("h1", "A") + back("h2"), "s>A>B>h1>h2>e"), trace="A B UA UB"),
    case("twice by name does it once", "13.5.5",
         diagram(task("A") + back("h1", "A") + back("h2", "A"), "s>A>h1>h2>e"), trace="A UA"),
    case("what was done three times is undone three times", "13.5.5",
         diagram(task("A", "scriptTask", "<script>n = n + 1</script>") + back("h"),
                 "s>x0>A>x1", "x1>x0?n &lt; 3".replace("&lt;", "<"), "x1>h!", "h>e"),
         trace="A A A UA UA UA", start={"n": 0}),
    case("an activity of a way not taken is not undone", "13.5.5",
         diagram(task("A") + task("B") + back("h"), "s>x1", "x1>A?n = 1", "x1>B!", "A>x2", "B>x2", "x2>h>e"),
         trace="A UA", start={"n": 1}),
    case("an activity that is still open is not undone", "13.5.5",
         diagram(task("A") + '<userTask id="uB"/>' + undo("uB") + back("h"), "s>p1>A>h>G>p2>e", "p1>uB>p2"),
         "do uB", trace="A UA G uB"),
    case("an activity that was interrupted is not undone", "13.5.5",
         diagram('<userTask id="uB"/>' + undo("uB") + boundary("b", "uB", "PT1H") + back("h"), "s>uB>e", "b>h>G>e2"),
         "wait PT2H", trace="G"),
    case("a handler that is a sub-process", "10.7",
         diagram('<task id="A"/>' + '<boundaryEvent id="bA" attachedToRef="A"><compensateEventDefinition/></boundaryEvent>'
                 + sub("P", "", "s1>I>J>e1", attributes='isForCompensation="true"')
                 + '<association id="aA" associationDirection="One" sourceRef="bA" targetRef="P"/>' + back("h"),
                 "s>A>h>G>e"),
         trace="A I J P G"),
    case("a handler that is a call activity", "10.7",
         collaboration(
             process("p", '<task id="A"/><boundaryEvent id="bA" attachedToRef="A"><compensateEventDefinition/></boundaryEvent>'
                     '<callActivity id="P" calledElement="q" isForCompensation="true"/>'
                     '<association id="aA" associationDirection="One" sourceRef="bA" targetRef="P"/>' + back("h"), "s>A>h>G>e"),
             process("q", "", "s2>I>e2")),
         trace="A I P G"),
    case("the thrower waits for a handler that takes time", "10.5.4",
         diagram('<task id="A"/>' + undo("A", "uU", "userTask") + back("h"), "s>A>h>G>e"),
         "see uU; do uU", trace="A uU G"),
    case("a thrower that need not wait goes on", "10.5.6",
         diagram('<task id="A"/>' + undo("A", "uU", "userTask") + back("h", wait=False), "s>A>h>G>e"),
         "do uU", trace="A G uU"),
    case("a sub-process by what it did inside", "13.5.5",
         diagram(sub("P", task("A") + task("B"), "s1>A>B>e1") + back("h"), "s>P>h>G>e"), trace="A B P UB UA G"),
    case("a sub-process by name", "13.5.5",
         diagram(sub("P", task("A"), "s1>A>e1") + task("B") + back("h", "P"), "s>P>B>h>G>e"), trace="A P B UA G"),
    case("three levels deep", "13.5.5",
         diagram(sub("P", sub("Q", sub("R", task("A") + task("B"), "s3>A>B>e3") + task("I"), "s2>R>I>e2"), "s1>Q>e1")
                 + task("J") + back("h"), "s>P>J>h>e"),
         trace="A B R I Q P J UJ UI UB UA"),
    case("a sub-process with a handler of its own is not undone from within", "10.7",
         diagram(sub("P", task("A"), "s1>A>e1") + undo("P") + back("h"), "s>P>h>e"), trace="A P UP"),
    case("a throw inside a sub-process undoes what that has done, nothing of the parent", "10.5.6",
         diagram(task("A") + sub("P", task("B") + back("h"), "s1>B>h>e1"), "s>A>P>G>e"), trace="A B UB P G"),
    case("what was undone inside is not undone again from outside", "13.5.5",
         diagram(sub("P", task("A") + task("B") + back("h", "B"), "s1>A>B>h>e1") + back("h2"), "s>P>h2>e"),
         trace="A B UB P UA"),
    case("parallel branches: the one that ended last is undone first", "13.5.5",
         diagram('<userTask id="uA"/><userTask id="uB"/>' + undo("uA", "Ua") + undo("uB", "Ub") + back("h"),
                 "s>p1>uA>p2>h>e", "p1>uB>p2"),
         "do uB; do uA", trace="uB uA Ua Ub"),
    case("a parallel multi-instance task three times", "13.5.5",
         diagram(task("A", inner=COUNT) + back("h"), "s>A>h>e"), trace="A A A UA UA UA"),
    case("a sequential multi-instance sub-process, each instance from within", "13.5.5",
         diagram(sub("P", task("A") + task("B"), "s1>A>B>e1", loop=SEQUENCE) + back("h"), "s>P>h>e"),
         trace="A B P A B P A B P UB UA UB UA UB UA"),
    case("a looping task as often as it ran", "13.5.5",
         diagram(task("A", inner=LOOP) + back("h"), "s>A>h>e"), trace="A A UA UA"),
    case("a compensation event sub-process replaces the default order", "13.5.5",
         diagram(sub("P", task("A") + event_sub("v", start("s2", "compensation"), "s2>V>e2"), "s1>A>e1") + back("h"),
                 "s>P>h>e"),
         trace="A P V"),
    case("a compensation event sub-process throws to its scope's activities", "10.5.6",
         diagram(sub("P", task("A") + task("B")
                     + event_sub("v", start("s2", "compensation") + back("h2", "A"), "s2>V>h2>e2"), "s1>A>B>e1")
                 + back("h"), "s>P>h>e"),
         trace="A B P V UA"),
    case("the data as it was: the handler reads what the sub-process had when it completed", "13.5.5",
         diagram('<task id="A"/>'
                 + sub("P", '<dataObject id="n"/><scriptTask id="B" scriptFormat="feel" facet:resultVariable="n"><script>7</script></scriptTask>'
                       + event_sub("v", start("s2", "compensation")
                                   + '<scriptTask id="V" scriptFormat="feel" facet:resultVariable="m"><script>n</script></scriptTask>',
                                   "s2>V>e2"), "s1>B>e1") + back("h"), "s>A>P>h>e"),
         trace="A B P V", start={"m": 0}, variables={"m": 7}),
    case("an error handler of the process undoes what the process has done", "10.5.6",
         diagram(task("A") + end("x9", "error") + event_sub("v", start("s1", "error") + back("h"), "s1>h>H>e1"),
                 "s>A>B>x9", roots=ROOTS),
         trace="A B UA H"),
    case("a sub-process left by an error cannot be undone any more", "13.5.5",
         diagram(sub("P", task("A") + end("x9", "error"), "s1>A>x9") + boundary("b", "P", "error") + back("h"),
                 "s>P>e", "b>h>L>e2", roots=ROOTS),
         trace="A L"),
    case("a sub-process whose error was caught inside has completed and can be undone", "13.5.5",
         diagram(sub("P", task("A") + end("x9", "error") + event_sub("v", start("s2", "error"), "s2>H>e2"), "s1>A>x9")
                 + back("h"), "s>P>h>L>e", roots=ROOTS),
         trace="A H P UA L"),
    case("a handler with its own boundary-free error ends at the thrower's border", "10.5.7",
         diagram(sub("P", task("A").replace('<task id="UA" isForCompensation="true"></task>',
                                            sub("UA", end("x8", "error"), "s4>I>x8", attributes='isForCompensation="true"'))
                     + back("h"), "s1>A>h>G>e1") + boundary("b", "P", "error"), "s>P>e", "b>L>e2", roots=ROOTS),
         trace="A I L"),
    case("compensation in a called process is its own affair", "10.3.6",
         collaboration(process("p", task("A") + '<callActivity id="P" calledElement="q"/>', "s>A>P>G>e"),
                       process("q", task("B") + back("x9", kind="endEvent"), "s1>B>x9")),
         trace="A B UB P G"),
    case("a call activity with a handler", "10.7",
         collaboration(process("p", '<callActivity id="P" calledElement="q"/>' + undo("P") + back("h"), "s>P>h>e"),
                       process("q", "", "s1>B>e1")),
         trace="B P UP"),
    case("compensation and a signal in one throw event", "10.5.1",
         diagram(task("A") + '<intermediateThrowEvent id="h"><compensateEventDefinition/><signalEventDefinition signalRef="S"/>'
                 "</intermediateThrowEvent>" + event_sub("v", start("s1", "signal", interrupting=False), "s1>H>e1"),
                 "s>A>h>G>e", roots=ROOTS),
         trace="A UA (H G)"),
    case("a transaction that completes goes on normally", "10.3.5",
         diagram(sub("T", task("A"), "s1>A>e1", kind="transaction") + boundary("b", "T", "cancel"), "s>T>G>e", "b>L>e2"),
         trace="A T G"),
    case("cancel undoes in reverse order and leaves by the border", "13.5.2",
         diagram(sub("T", task("A") + task("B") + end("x9", "cancel"), "s1>A>B>x9", kind="transaction")
                 + boundary("b", "T", "cancel"), "s>T>G>e", "b>L>e2"),
         trace="A B UB UA L"),
    case("cancel ends what runs beside it and undoes only what had completed", "13.5.2",
         diagram(sub("T", task("A") + '<userTask id="uB"/><userTask id="uG"/>' + undo("uB") + end("x9", "cancel"),
                     "s1>A>p1>uB>e1", "p1>uG>x9", kind="transaction") + boundary("b", "T", "cancel"), "s>T>G>e", "b>L>e2"),
         "do uG", trace="A uG UA L"),
    case("cancel undoes a completed sub-process of the transaction from within", "13.5.2",
         diagram(sub("T", sub("P", task("A") + task("B"), "s2>A>B>e2") + end("x9", "cancel"), "s1>P>I>x9", kind="transaction")
                 + boundary("b", "T", "cancel"), "s>T>G>e", "b>L>e3"),
         trace="A B P I UB UA L"),
    case("cancel waits for handlers that take time", "13.5.2",
         diagram(sub("T", '<task id="A"/>' + undo("A", "uU", "userTask") + end("x9", "cancel"), "s1>A>x9", kind="transaction")
                 + boundary("b", "T", "cancel"), "s>T>G>e", "b>L>e2"),
         "see uU; do uU", trace="A uU L"),
    case("a hazard: an error leaves the transaction and nothing is undone", "10.3.5",
         diagram(sub("T", task("A") + end("x9", "error"), "s1>A>x9", kind="transaction")
                 + boundary("b", "T", "cancel") + boundary("b2", "T", "error"), "s>T>G>e", "b>L>e2", "b2>W>e3", roots=ROOTS),
         trace="A W"),
    case("a transaction within a transaction: the inner cancel is the inner one's", "13.5.2",
         diagram(sub("T", task("A") + sub("Q", task("B") + end("x9", "cancel"), "s2>B>x9", kind="transaction")
                     + boundary("b2", "Q", "cancel"), "s1>A>Q>e1", "b2>W>e4", kind="transaction")
                 + boundary("b", "T", "cancel"), "s>T>G>e", "b>L>e2"),
         trace="A B UB W T G"),
    case("a transaction by name after it has completed", "13.5.5",
         diagram(sub("T", task("A"), "s1>A>e1", kind="transaction") + back("h", "T"), "s>T>h>G>e"),
         trace="A T UA G"),
    case("a multi-instance transaction whose instances all complete", "13.3.7",
         diagram(sub("T", task("A"), "s1>A>e1", kind="transaction", loop=COUNT) + boundary("b", "T", "cancel"),
                 "s>T>G>e", "b>L>e2"),
         trace="(A A A T T T) G"),
    case("a timer ends a transaction: no compensation", "13.5.3",
         diagram(sub("T", task("A") + '<userTask id="uB"/>', "s1>A>uB>e1", kind="transaction")
                 + boundary("b", "T", "PT1H"), "s>T>G>e", "b>L>e2"),
         "wait PT2H", trace="A L"),
    case("what the process did is undone after a boundary event, on its way", "10.7",
         diagram(task("A") + '<userTask id="uB"/>' + boundary("b", "uB", "message") + back("h", "A"),
                 "s>A>uB>e", "b>h>L>e2", roots=ROOTS),
         "msg Paid", trace="A UA L"),
    case("compensation thrown by a non-interrupting handler beside running work", "10.5.6",
         diagram(task("A") + '<userTask id="uB"/>' + event_sub("v", start("s1", "signal", interrupting=False) + back("h"),
                                                              "s1>h>H>e1"), "s>A>uB>e", roots=ROOTS),
         "sig Alarm; do uB", trace="A UA H uB"),
    case("a handler undoes its own activities and those of its scope, latest first", "10.7.2",
         diagram(task("A") + '<userTask id="uX"/>' + event_sub("v", start("s1", "signal") + task("B") + back("h"), "s1>B>h>H>e1"),
                 "s>A>uX>e", roots=ROOTS),
         "sig Alarm", trace="A B UB UA H"),
    case("a handler undoes an activity of its scope by name", "10.7.2",
         diagram(task("A") + '<userTask id="uX"/>' + event_sub("v", start("s1", "signal") + task("B") + back("h", "A"), "s1>B>h>H>e1"),
                 "s>A>uX>e", roots=ROOTS),
         "sig Alarm", trace="A B UA H"),
    case("a handler in a handler undoes everything around it", "10.7.2",
         diagram(sub("P", task("A") + '<userTask id="uX"/>'
                     + event_sub("v", start("s1", "signal") + task("B") + '<userTask id="uY"/>'
                                 + event_sub("w", start("s3", "message") + task("G") + back("h"), "s3>G>h>H>e3"), "s1>B>uY>e1"),
                     "s2>A>uX>e2"), "s>P>I>e", roots=ROOTS),
         "sig Alarm; msg Paid", trace="A B G UG UB UA H P I"),
    case("a handler that is a multi-instance activity", "10.7",
         diagram('<task id="A"/>' + undo("A", inner=COUNT) + back("h"), "s>A>h>G>e"), trace="A UA UA UA G"),
    case("a handler with a timer on its border: the thrower goes on when the other way is through", "10.5.4",
         diagram('<task id="A"/>' + undo("A", "uU", "userTask") + boundary("b", "uU", "PT1H") + back("h"), "s>A>h>G>e", "b>L>e9"),
         "wait PT2H", trace="A L G"),
    case("compensation of a process that the same activity ran through in a multi-instance scope", "13.5.5",
         diagram(sub("P", task("A") + back("h"), "s1>A>h>e1", loop=SEQUENCE), "s>P>e"), trace="A UA P A UA P A UA P"),
    case("a cancel in the second of three transactions: the first has completed and stays", "13.5.2",
         diagram(sub("T", task("A") + end("x9", "cancel"), "s1>A>x1", "x1>x9?loopCounter = 2", "x1>e1!", loop=SEQUENCE, kind="transaction")
                 + boundary("b", "T", "cancel"), "s>T>G>e", "b>L>e2"), trace="A T A UA L"),
    case("a transaction with a compensation event sub-process that is cancelled from within undoes its activities", "13.5.2",
         diagram(sub("T", sub("P", task("A") + event_sub("v", start("s3", "compensation"), "s3>V>e3"), "s2>A>e4") + end("x9", "cancel"),
                     "s1>P>x9", kind="transaction") + boundary("b", "T", "cancel"), "s>T>G>e", "b>L>e2"), trace="A P V L"),
    case("nothing to undo: the throw passes", "13.5.5", diagram(task("A") + back("h"), "s>h>G>A>e"), trace="G A"),
    case("an interrupting event ends a compensation that is under way", "13.5.3",
         diagram(sub("P", '<task id="A"/>' + undo("A", "uU", "userTask") + back("h"), "s1>A>h>G>e1") + boundary("b", "P", "PT1H"),
                 "s>P>e", "b>L>e2"),
         "wait PT2H; see", trace="A L"),
]
# fmt: on
