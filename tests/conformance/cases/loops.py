"""Loops, multi-instance activities, ad-hoc sub-processes and calls (BPMN 2.0.2, 10.3.5-10.3.8, 13.3.4-13.3.7)."""

from __future__ import annotations

from tests.conformance.suite import case
from tests.diagrams import collaboration, diagram
from tests.runtime.parts import MULTI, ROOTS, boundary, catch, end, process, start, sub, throw


def multi(inner: str, attributes: str = "") -> str:
    return f"<{MULTI} {attributes}>{inner}</{MULTI}>"


def card(count: str, more: str = "", attributes: str = "") -> str:
    return multi(f"<loopCardinality>{count}</loopCardinality>{more}", attributes)


def activity(id: str, loop: str, kind: str = "task", attributes: str = "") -> str:
    return f'<{kind} id="{id}" {attributes}>{loop}</{kind}>'


def each(collection: str, more: str = "", attributes: str = "") -> str:
    return multi(more, f'facet:collection="{collection}" facet:elementVariable="item" {attributes}')


def feel(id: str, variable: str, script: str, loop: str = "") -> str:
    """A script task that writes one variable."""
    return (
        f'<scriptTask id="{id}" scriptFormat="feel" facet:resultVariable="{variable}">{loop}'
        f"<script>{script}</script></scriptTask>"
    )


def ad_hoc(id: str, elements: str, *flows: str, condition: str, attributes: str = "") -> str:
    return sub(
        id,
        f"{elements}<completionCondition>{condition}</completionCondition>",
        *flows,
        kind="adHocSubProcess",
        attributes=attributes,
    )


SEQ = 'isSequential="true"'
OUT = 'facet:outputCollection="out" facet:outputElement="r"'
DONE = "<completionCondition>numberOfCompletedInstances >= 2</completionCondition>".replace(">=", "&gt;=")
SIGNALLED = 'behavior="{}" {}EventRef="SD"'
SD = '<signalEventDefinition id="SD" signalRef="S"/><signalEventDefinition id="ZD" signalRef="Z"/>'

# fmt: off
CASES = [
    case("a cardinality of none: done at once", "13.3.7", diagram(activity("A", card("0")), "s>A>B>e"), trace="B"),
    case("a cardinality of one", "13.3.7", diagram(activity("A", card("1")), "s>A>B>e"), trace="A B"),
    case("a cardinality from a variable, in sequence", "13.3.7", diagram(activity("A", card("n", attributes=SEQ)), "s>A>B>e"),
         trace="A A A A B", start={"n": 4}),
    case("a negative cardinality at run time is an incident", "13.3.7", diagram(activity("A", card("n")), "s>A>B>e"),
         trace="", start={"n": -1}, status="active", incidents=("A",)),
    case("an empty collection: done at once, the output is an empty list", "13.3.7",
         diagram(activity("A", each("items", attributes=OUT)), "s>A>B>e"), trace="B", start={"items": []}, variables={"out": []}),
    case("null items are items, the output keeps the order", "13.3.7",
         diagram(feel("A", "r", "if item = null then 0 else item * 2", each("items", attributes=OUT)), "s>A>B>e"),
         trace="A A A B", start={"items": [1, None, 3], "r": None}, variables={"out": [2, 0, 6]}),
    case("an output is read when its instance completes", "13.3.7",
         diagram(activity("uA", each("items", attributes=OUT), "userTask"), "s>uA>e"),
         "do uA r=1; do uA r=2; do uA r=3", trace="uA uA uA", start={"items": ["a", "b", "c"]}, variables={"out": [1, 2, 3]}),
    case("outputs of a sub-process with data of its own, in the order of items", "13.3.7",
         diagram(sub("P", '<dataObject id="r"/><userTask id="uA"/>', "s1>uA>e1", loop=each("items", attributes=OUT)), "s>P>e"),
         "do uA r=1; do uA r=2; do uA r=3", trace="uA P uA P uA P", start={"items": ["a", "b", "c"]}, variables={"out": [1, 2, 3]}),
    case("in sequence: one open at a time", "13.3.7",
         diagram(activity("uA", card("3", attributes=SEQ), "userTask"), "s>uA>e"), "see uA; do uA; see uA; do uA; do uA", trace="uA uA uA"),
    case("the completion condition cancels the rest", "10.3.8",
         diagram(activity("uA", card("5", DONE), "userTask"), "s>uA>B>e"), "do uA; see uA uA uA uA; do uA; see", trace="uA uA B"),
    case("the completion condition ends a sequence early", "10.3.8",
         diagram(activity("A", card("5", DONE, SEQ)), "s>A>B>e"), trace="A A B"),
    case("the completion condition reads what instances wrote", "10.3.8",
         diagram(activity("uA", card("3", "<completionCondition>ok</completionCondition>"), "userTask"), "s>uA>B>e"),
         "do uA ok=false; do uA ok=true; see", trace="uA uA B", start={"ok": False}),
    case("a timer on the border interrupts all instances", "13.3.7",
         diagram(activity("uA", card("3"), "userTask") + boundary("b", "uA", "PT1H"), "s>uA>B>e", "b>L>e2"),
         "do uA; wait PT1H; see", trace="uA L"),
    case("a non-interrupting message on the border: once for the whole, each time", "13.3.7",
         diagram(activity("uA", card("2"), "userTask") + boundary("b", "uA", "message", interrupting=False), "s>uA>B>e", "b>L>e2", roots=ROOTS),
         "msg Paid; msg Paid; do uA; do uA", trace="L L uA uA B"),
    case("a timer inside each instance in sequence", "13.3.7",
         diagram(sub("P", catch("c", "PT1H"), "s1>c>A>e1", loop=card("3", attributes=SEQ)), "s>P>B>e"), "wait PT3H", trace="A P A P A P B"),
    case("a timer inside each instance in parallel", "13.3.7",
         diagram(sub("P", catch("c", "PT1H"), "s1>c>A>e1", loop=card("3")), "s>P>B>e"), "wait PT3H", trace="(A P A P A P) B"),
    case("each instance waits as long as its own item says", "13.3.7",
         diagram(sub("P", catch("c", "=item"), "s1>c>A>e1", loop=each("items")), "s>P>B>e"),
         "wait PT1H; wait PT3H", trace="A P A P B", start={"items": ["PT1H", "PT2H"]}),
    case("multi-instance in multi-instance: two by three", "13.3.7",
         diagram(sub("P", activity("A", card("3")), "s1>A>e1", loop=card("2")), "s>P>B>e"), trace="(A A A A A A P P) B"),
    case("nested: the inner collection is the outer item", "13.3.7",
         diagram(sub("P", feel("A", "sum", "sum + inner", multi("", 'isSequential="true" facet:collection="item" facet:elementVariable="inner"')),
                     "s1>A>e1", loop=each("items", attributes=SEQ)), "s>P>e"),
         trace="A A P A P", start={"items": [[1, 2], [10]], "sum": 0}, variables={"sum": 13}),
    case("a multi-instance call activity", "13.3.7",
         collaboration(process("p", activity("P", each("items"), "callActivity", 'calledElement="q"'), "s>P>B>e"),
                       process("q", "", "s1>A>e1")), trace="(A P A P) B", start={"items": [1, 2]}),
    case("a sequential multi-instance call with user tasks", "13.3.7",
         collaboration(process("p", activity("P", card("2", attributes=SEQ), "callActivity", 'calledElement="q"'), "s>P>B>e"),
                       process("q", '<userTask id="uA"/>', "s1>uA>e1")), "see uA; do uA; see uA; do uA", trace="uA P uA P B"),
    case("an error in one instance interrupts the others by the border", "13.3.7",
         diagram(sub("P", '<userTask id="uA"/>' + end("x9", "error"), "s1>uA>x1", "x1>x9?bad", "x1>e1!", loop=card("3"))
                 + boundary("b", "P", "error"), "s>P>B>e", "b>L>e2", roots=ROOTS),
         "do uA; do uA bad=true; see", trace="uA P uA L", start={"bad": False}),
    case("an uncaught error of an instance in a handler of the process", "13.3.7",
         diagram(sub("P", '<userTask id="uA"/>' + end("x9", "error"), "s1>uA>x9", loop=card("2"))
                 + sub("v", start("s3", "error"), "s3>H>e3", attributes='triggeredByEvent="true"'), "s>P>B>e", roots=ROOTS),
         "do uA; see", trace="uA H"),
    case("terminate in an instance ends that instance", "10.5.3",
         diagram(sub("P", '<userTask id="uA"/><userTask id="uB"/>' + end("x9", "terminate"), "s1>p1>uA>x9", "p1>uB>e1", loop=card("2")),
                 "s>P>G>e"), "do uA; see uA uB; do uA", trace="uA P uA P G"),
    case("a loop with its condition after the round", "13.3.6",
         diagram(feel("A", "n", "n + 1", "<standardLoopCharacteristics><loopCondition>n &lt; 3</loopCondition></standardLoopCharacteristics>"), "s>A>B>e"),
         trace="A A A B", start={"n": 0}),
    case("a loop with its condition before the round that never holds", "13.3.6",
         diagram(activity("A", '<standardLoopCharacteristics testBefore="true"><loopCondition>false</loopCondition></standardLoopCharacteristics>'),
                 "s>A>B>e"), trace="B"),
    case("a maximum stops a loop whose condition still holds", "13.3.6",
         diagram(activity("A", '<standardLoopCharacteristics loopMaximum="2"><loopCondition>true</loopCondition></standardLoopCharacteristics>'),
                 "s>A>B>e"), trace="A A B"),
    case("a loop of a user task by its own data", "13.3.6",
         diagram(activity("uA", "<standardLoopCharacteristics><loopCondition>again</loopCondition></standardLoopCharacteristics>", "userTask"),
                 "s>uA>B>e"), "do uA again=true; do uA again=false", trace="uA uA B"),
    case("a loop of a call activity", "13.3.6",
         collaboration(process("p", activity("P", '<standardLoopCharacteristics loopMaximum="3"/>', "callActivity", 'calledElement="q"'), "s>P>B>e"),
                       process("q", "", "s1>A>e1")), trace="A P A P A P B"),
    case("a timer on a looping activity counts from the beginning of the whole", "13.3.6",
         diagram(sub("P", catch("c", "PT1H"), "s1>c>A>e1", loop='<standardLoopCharacteristics loopMaximum="9"/>') + boundary("b", "P", "PT150M"),
                 "s>P>B>e", "b>L>e2"), "wait PT5H", trace="A P A P L"),
    case("behaviour None: each completion throws a signal to the border", "10.3.8",
         diagram(activity("A", card("3", attributes=SIGNALLED.format("None", "noneBehavior"))) + boundary("b", "A", "signal", interrupting=False),
                 "s>A>B>e", "b>L>e2", roots=ROOTS + SD), trace="(A A A L L L B)"),
    case("behaviour One: the first completion throws", "10.3.8",
         diagram(activity("uA", card("3", attributes=SIGNALLED.format("One", "oneBehavior")), "userTask") + boundary("b", "uA", "signal", interrupting=False),
                 "s>uA>B>e", "b>L>e2", roots=ROOTS + SD), "do uA; do uA; do uA", trace="uA L uA uA B"),
    case("behaviour All is the default: nothing is thrown", "10.3.8",
         diagram(activity("A", card("2")) + boundary("b", "A", "signal", interrupting=False), "s>A>B>e", "b>L>e2", roots=ROOTS), trace="A A B"),
    case("ad-hoc in parallel: all that is there is open; done when the condition holds, the others are cancelled", "13.3.5",
         diagram(ad_hoc("P", '<userTask id="uA"/><userTask id="uB"/><userTask id="uG"/>', condition="done"), "s>P>B>e"),
         "see uA uB uG; do uB done=false; see uA uG; do uA done=true; see", trace="uB uA P B"),
    case("ad-hoc: the remaining ones finish when they are not to be cancelled", "13.3.5",
         diagram(ad_hoc("P", '<userTask id="uA"/><userTask id="uB"/>', condition="done", attributes='cancelRemainingInstances="false"'), "s>P>B>e"),
         "do uA done=true; see uB; do uB", trace="uA uB P B"),
    case("ad-hoc in sequence", "10.3.5",
         diagram(ad_hoc("P", '<userTask id="uA"/><userTask id="uB"/>', condition="done", attributes='ordering="Sequential"'), "s>P>B>e"),
         "see uA; do uA done=false; see uB; do uB done=true", trace="uA uB P B"),
    case("ad-hoc: flows inside are followed", "13.3.5",
         diagram(ad_hoc("P", '<userTask id="uA"/><userTask id="uB"/>', "uA>uB", condition="done"), "s>P>B>e"),
         "see uA; do uA done=false; see uB; do uB done=true", trace="uA uB P B"),
    case("ad-hoc: an activity is picked again", "13.3.5",
         diagram(ad_hoc("P", '<userTask id="uA"/><userTask id="uB"/>', condition="done"), "s>P>B>e"),
         "do uA done=false; pick uA; see uB uA; do uA done=true", trace="uA uA P B"),
    case("ad-hoc: all is done and the condition does not hold: it stays open until somebody picks again", "13.3.5",
         diagram(ad_hoc("P", '<userTask id="uA"/><userTask id="uB"/>', condition="done"), "s>P>B>e"),
         "do uA done=false; do uB; see; pick uB; do uB done=true", trace="uA uB uB P B"),
    case("ad-hoc: an interrupting event sub-process inside ends it, whatever the condition says", "13.5.4",
         diagram(ad_hoc("P", '<userTask id="uA"/><userTask id="uB"/>' + sub("v", start("s1", "signal"), "s1>H>e1", attributes='triggeredByEvent="true"'),
                        condition="done"), "s>P>B>e", roots=ROOTS),
         "do uA done=false; sig Alarm; see", trace="uA H P B"),
    case("ad-hoc with a boundary timer", "13.5.3",
         diagram(ad_hoc("P", '<userTask id="uA"/><userTask id="uB"/>', condition="done") + boundary("b", "P", "PT1H"), "s>P>B>e", "b>L>e2"),
         "do uA done=false; wait PT1H; see", trace="uA L"),
    case("a call gives its data and takes the result", "10.3.6",
         collaboration(process("p", '<callActivity id="P" calledElement="q"/>', "s>P>B>e"), process("q", feel("A", "n", "n * 2"), "s1>A>e1")),
         trace="A P B", start={"n": 4}, variables={"n": 8}),
    case("a call of a process that waits for a message", "10.3.6",
         collaboration(process("p", '<callActivity id="P" calledElement="q"/>', "s>P>B>e"), process("q", catch("c", "message"), "s1>c>A>e1"), roots=ROOTS),
         "msg Paid n=3", trace="A P B", variables={"n": 3}),
    case("a call interrupted by a timer ends the called instance", "13.5.3",
         collaboration(process("p", '<callActivity id="P" calledElement="q"/>' + boundary("b", "P", "PT1H"), "s>P>B>e", "b>L>e3"),
                       process("q", '<userTask id="uA"/>', "s1>uA>e1")), "wait PT1H; see", trace="L"),
    case("terminate in a called process: the caller goes on", "10.5.3",
         collaboration(process("p", '<callActivity id="P" calledElement="q"/>', "s>P>B>e"),
                       process("q", '<userTask id="uA"/>' + end("x9", "terminate"), "s1>p1>uA>e1", "p1>A>x9")), trace="A P B"),
    case("an escalation out of a called process, non-interrupting: both go on", "10.5.7",
         collaboration(process("p", '<callActivity id="P" calledElement="q"/>' + boundary("b", "P", "escalation", interrupting=False), "s>P>B>e", "b>L>e3"),
                       process("q", throw("h", "escalation") + '<userTask id="uA"/>', "s1>h>uA>e1"), roots=ROOTS),
         "do uA", trace="L uA P B"),
    case("calls three deep: an error climbs to the outermost", "10.5.7",
         collaboration(process("p", '<callActivity id="P" calledElement="q"/>' + boundary("b", "P", "error"), "s>P>B>e", "b>L>e3"),
                       process("q", '<callActivity id="Q" calledElement="r"/>', "s1>Q>e1"),
                       process("r", end("x9", "error"), "s2>A>x9"), roots=ROOTS), trace="A L"),
    case("a global script task", "10.3.4",
         collaboration('<globalScriptTask id="q" scriptLanguage="feel"><script>1</script></globalScriptTask>',
                       process("p", '<callActivity id="P" calledElement="q"/>', "s>P>B>e")), trace="P B"),
    case("a global user task", "10.3.4",
         collaboration('<globalUserTask id="uQ" name="Look"/>', process("p", '<callActivity id="P" calledElement="uQ"/>', "s>P>B>e")),
         "do uQ n=1", trace="uQ P B", variables={"n": 1}),
    case("a global manual task", "10.3.4",
         collaboration('<globalManualTask id="q"/>', process("p", '<callActivity id="P" calledElement="q"/>', "s>P>B>e")), trace="P B"),
    case("a multi-instance receive task takes a message each", "13.3.7",
         diagram(activity("R", card("2", attributes=SEQ), "receiveTask", 'messageRef="M"'), "s>R>B>e", roots=ROOTS), "msg Paid; msg Paid", trace="R R B"),
    case("a multi-instance send task sends as often", "13.3.7",
         collaboration(process("p", activity("T", card("2"), "sendTask", 'messageRef="M"'), "s>T>B>e"),
                       process("q", start("s9", "message"), "s9>A>e9"), roots=ROOTS), trace="(T T B A A)"),
    case("a looping external service", "13.3.6",
         diagram(activity("V", '<standardLoopCharacteristics loopMaximum="2"/>', "serviceTask", 'facet:topic="w"'), "s>V>B>e"),
         "finish w; finish w", trace="V V B"),
    case("50 parallel instances of a sub-process with a join inside", "13.3.7",
         diagram(sub("P", "", "s1>p1>p2>e1", "p1>p2", loop=card("50")), "s>P>B>e"), trace=" ".join(["P"] * 50) + " B"),
]
# fmt: on
