"""Data: objects, scopes, associations, properties, stores; correlation; incidents and what operators do
(BPMN 2.0.2, 8.3.2, 10.4, 13.3)."""

from __future__ import annotations

from decimal import Decimal

from tests.conformance.cases.loops import card, feel
from tests.conformance.suite import case
from tests.diagrams import collaboration, diagram
from tests.runtime.parts import MULTI, ROOTS, boundary, catch, end, event_sub, process, start, sub, throw


def io(inputs: str = "", outputs: str = "") -> str:
    """An ioSpecification with one input `i_<id>` and one output `o_<id>` by name."""
    ins = "".join(f'<dataInput id="in_{name}" name="{name.split("_")[0]}"/>' for name in inputs.split())
    outs = "".join(f'<dataOutput id="out_{name}" name="{name.split("_")[0]}"/>' for name in outputs.split())
    in_refs = "".join(f"<dataInputRefs>in_{name}</dataInputRefs>" for name in inputs.split())
    out_refs = "".join(f"<dataOutputRefs>out_{name}</dataOutputRefs>" for name in outputs.split())
    return (
        f"<ioSpecification>{ins}{outs}<inputSet>{in_refs}</inputSet><outputSet>{out_refs}</outputSet></ioSpecification>"
    )


def into(source: str, target: str, more: str = "") -> str:
    return f"<dataInputAssociation><sourceRef>{source}</sourceRef><targetRef>{target}</targetRef>{more}</dataInputAssociation>"


def out_of(source: str, target: str, more: str = "") -> str:
    return f"<dataOutputAssociation><sourceRef>{source}</sourceRef><targetRef>{target}</targetRef>{more}</dataOutputAssociation>"


def script(id: str, text: str, result: str, parts: str = "") -> str:
    return f'<scriptTask id="{id}" scriptFormat="feel" facet:resultVariable="{result}">{parts}<script>{text}</script></scriptTask>'


def key(property_path: str) -> str:
    """Correlation by `orderId`, as the standard draws it."""
    return (
        '<correlationProperty id="cp" name="order"><correlationPropertyRetrievalExpression messageRef="M"><messagePath>'
        f"{property_path}</messagePath></correlationPropertyRetrievalExpression></correlationProperty>"
        '<collaboration id="k"><participant id="k1" processRef="p"/><correlationKey id="ck"><correlationPropertyRef>cp</correlationPropertyRef>'
        "</correlationKey></collaboration>"
    )


BIND = (
    '<correlationSubscription id="cs" correlationKeyRef="ck"><correlationPropertyBinding correlationPropertyRef="cp"><dataPath>{}</dataPath>'
    "</correlationPropertyBinding></correlationSubscription>"
)
PAID = '<messageEventDefinition messageRef="M"/>'
STORE = '<dataStore id="ds" name="stock"/>'

# fmt: off
CASES = [
    case("a data object is written by one task and read by the next", "10.4.1",
         diagram('<dataObject id="d" name="order"/>' + script("A", "7", "r", io("", "r_A") + out_of("out_r_A", "d"))
                 + script("B", "i + 1", "y", io("i_B") + into("d", "in_i_B")), "s>A>B>e"), trace="A B", variables={"order": 7, "y": 8}),
    case("two references to one data object are one variable", "10.4.1",
         diagram('<dataObject id="d"/><dataObjectReference id="r1" name="order" dataObjectRef="d"/><dataObjectReference id="r2" name="order" dataObjectRef="d"/>'
                 + script("A", "7", "r", io("", "r_A") + out_of("out_r_A", "r1")) + script("B", "i + 1", "y", io("i_B") + into("r2", "in_i_B")), "s>A>B>e"),
         trace="A B", variables={"y": 8}),
    case("an assignment with from and to", "10.4.2",
         diagram('<dataObject id="d" name="total"/>'
                 + script("A", "i", "y", io("i_A") + '<dataInputAssociation><targetRef>in_i_A</targetRef><assignment><from>n * 2</from><to>in_i_A</to></assignment></dataInputAssociation>'),
                 "s>A>e"), trace="A", start={"n": 4}, variables={"y": 8}),
    case("a transformation", "10.4.2",
         diagram('<dataObject id="d" name="items"/>' + script("A", "i", "y", io("i_A") + into("d", "in_i_A", "<transformation>count(items)</transformation>")), "s>A>e"),
         trace="A", start={"items": [1, 2, 3]}, variables={"y": 3}),
    case("a data object of a sub-process hides the outer one of the same name, which stays as it was", "10.4.1",
         diagram(sub("P", '<dataObject id="d" name="n"/>' + feel("A", "n", "5"), "s1>A>e1"), "s>P>B>e"), trace="A P B", start={"n": 1}, variables={"n": 1}),
    case("a sub-process without data of its own writes the outer variable", "10.4.1",
         diagram(sub("P", feel("A", "n", "5"), "s1>A>e1"), "s>P>B>e"), trace="A P B", start={"n": 1}, variables={"n": 5}),
    case("three levels: a write goes to the nearest scope that has the variable", "10.4.1",
         diagram(sub("P", '<dataObject id="d" name="n"/>' + sub("Q", sub("R", feel("A", "n", "9") + feel("B", "m", "9"), "s3>A>B>e3"), "s2>R>e2") + feel("K", "k", "n"), "s1>Q>K>e1"), "s>P>e"),
         trace="A B R Q K P", start={"n": 1, "m": 1}, variables={"n": 1, "m": 9, "k": 9}),
    case("each instance of a multi-instance sub-process has its own data object", "10.4.1",
         diagram(sub("P", '<dataObject id="d" name="n"/>' + feel("A", "n", "loopCounter") + feel("B", "all", "append(all, n)"), "s1>A>B>e1",
                     loop=card("3", attributes='isSequential="true"')), "s>P>e"), trace="A B P A B P A B P", start={"all": []}, variables={"all": [1, 2, 3]}),
    case("a property of the process", "10.4.1", diagram('<property id="q" name="n"/>' + feel("A", "n", "3") + feel("B", "m", "n + 1"), "s>A>B>e"),
         trace="A B", variables={"n": 3, "m": 4}),
    case("a start variable fills the property of the process", "10.4.1", diagram('<property id="q" name="n"/>' + feel("B", "m", "n + 1"), "s>B>e"),
         trace="B", start={"n": 6}, variables={"m": 7}),
    case("a data store is read and written", "10.4.1",
         diagram('<dataStoreReference id="dr" name="stock" dataStoreRef="ds"/>' + script("A", "5", "r", io("", "r_A") + out_of("out_r_A", "dr"))
                 + script("B", "i", "y", io("i_B") + into("dr", "in_i_B")), "s>A>B>e", roots=STORE), trace="A B", variables={"y": 5}),
    case("data of a start message by an association", "10.5.1",
         diagram('<dataObject id="d" name="order"/><startEvent id="s"><dataOutput id="sd" name="number"/>' + out_of("sd", "d") + PAID + "</startEvent>",
                 "s>A>e", roots=ROOTS),
         "msg Paid number=12", trace="A", start=None, variables={"order": 12}),
    case("data of a thrown message by an association", "10.5.1",
         collaboration(process("p", '<dataObject id="d" name="order"/><intermediateThrowEvent id="h"><dataInput id="hd" name="number"/>' + into("d", "hd")
                               + '<messageEventDefinition messageRef="M"/></intermediateThrowEvent>', "s>h>A>e"),
                       process("q", start("s1", "message") + feel("B", "n", "number + 1"), "s1>B>e1"), roots=ROOTS), trace="(A B)", start={"order": 4}),
    case("a multi-instance over a data object, items and outputs by associations", "13.3.7",
         diagram('<dataObject id="d" name="items" isCollection="true"/><dataObject id="o" name="doubles" isCollection="true"/>'
                 f'<scriptTask id="A" scriptFormat="feel" facet:resultVariable="two">{io("list_A", "all_A")}{into("d", "in_list_A")}{out_of("out_all_A", "o")}'
                 f'<{MULTI}><loopDataInputRef>in_list_A</loopDataInputRef><loopDataOutputRef>out_all_A</loopDataOutputRef>'
                 f'<inputDataItem id="it" name="one"/><outputDataItem id="ot" name="two"/></{MULTI}><script>one * 2</script></scriptTask>', "s>A>e"),
         trace="A A A", start={"items": [1, 2, 3]}, variables={"doubles": [2, 4, 6]}),
    case("inputs of a call activity by associations, outputs back", "10.3.6",
         collaboration(process("p", '<dataObject id="d" name="order"/><dataObject id="o" name="answer"/><callActivity id="P" calledElement="q" facet:propagateAllInputs="false" facet:propagateAllOutputs="false">'
                               + io("n_P", "m_P") + into("d", "in_n_P") + out_of("out_m_P", "o") + "</callActivity>", "s>P>e"),
                       process("q", feel("A", "m", "n * 3"), "s1>A>e1")), trace="A P", start={"order": 5, "m": 0}, variables={"answer": 15, "m": 0}),
    case("correlation by the standard's keys: the message finds the instance whose data it carries", "8.3.2",
         collaboration(process("p", BIND.format("order") + catch("c", "message"), "s>c>A>e"), roots=ROOTS + key("order")),
         "begin p order=1; begin p order=2", trace="", start=None, status="active"),
    case("a conversation: a sub-process with a message of its own key for each item", "8.3.2",
         diagram(sub("P", '<receiveTask id="R" messageRef="M" facet:correlationKey="item"/>', "s1>R>e1",
                     loop=f'<{MULTI} facet:collection="items" facet:elementVariable="item"/>'), "s>P>B>e", roots=ROOTS), trace="", start={"items": [1, 2]}, status="active"),
    case("an incident of a condition is retried with other data", "13.4.1",
         diagram("", "s>A>x1", "x1>B?n = 1", "x1>G?n = 2", "B>e", "G>e"), "retry n=2", trace="A G", start={"n": 3}),
    case("an incident does not stop the other branch", "13.3.2",
         diagram('<userTask id="uB"/>', "s>p1>x1", "x1>A?n = 1", "x1>G?n = 2", "A>p2", "G>p2", "p1>uB>e2", "p2>e"), "do uB", trace="uB", start={"n": 3},
         status="active", incidents=("x1",)),
    case("a script that fails is an incident, retried with other data", "13.3.3",
         diagram('<scriptTask id="A" scriptFormat="python"><script>y = 6 / x</script></scriptTask>', "s>A>B>e"), "retry x=3", trace="A B", start={"x": 0}, variables={"y": 2}),
    case("a script's error and a timer on its border: the error is an incident", "10.5.4",
         diagram('<scriptTask id="A" scriptFormat="python"><script>raise BpmnError("NO")</script></scriptTask>' + boundary("b", "A", "PT1H"), "s>A>e", "b>L>e2"),
         trace="", status="active", incidents=("A",)),
    case("the last writer wins, whoever joins", "10.4.1",
         diagram('<userTask id="uA"/><userTask id="uB"/>', "s>p1>uA>p2>e", "p1>uB>p2"), "do uB n=[1,2]; do uA n=[1]", trace="uB uA", variables={"n": [1]}),
    case("a removed key stays removed over a join", "10.4.1",
         diagram(feel("A", "o", 'context put({}, "b", 2)') + '<userTask id="uB"/>', "s>p1>A>p2>e", "p1>uB>p2"), "do uB", trace="A uB", start={"o": {"a": 1}}, variables={"o": {"b": 2}}),
    case("a variable of a boundary's message is there on its way", "10.5.4",
         diagram('<userTask id="uA"/>' + boundary("b", "uA", "message") + feel("B", "m", "n * 2"), "s>uA>e", "b>B>e2", roots=ROOTS), "msg Paid n=4", trace="B", variables={"m": 8}),
    case("the condition of a handler sees what the message brought", "10.5.6",
         diagram('<userTask id="uA"/>' + event_sub("v", start("s1", "message", interrupting=False), "s1>x1", "x1>H?n > 3", "x1>I!", "H>e1", "I>e1"), "s>uA>e", roots=ROOTS),
         "msg Paid n=4; msg Paid n=1; do uA", trace="H I uA"),
    case("an error end after data was written: the catcher reads it", "10.5.7",
         diagram(sub("P", feel("A", "n", "5") + end("x9", "error"), "s1>A>x9") + boundary("b", "P", "error") + feel("B", "m", "n + 1"), "s>P>e", "b>B>e2", roots=ROOTS),
         trace="A B", start={"n": 0}, variables={"m": 6}),
    case("a signal carries data into other instances", "10.5.5",
         collaboration(process("p", '<intermediateThrowEvent id="h"><signalEventDefinition signalRef="S" facet:payload="{n: x + 1}"/></intermediateThrowEvent>', "s>h>A>e"),
                       process("q", start("s1", "signal") + feel("B", "m", "n"), "s1>B>e1"), roots=ROOTS), trace="(A B)", start={"x": 1}),
    case("a throw without definitions passes", "10.5.4", diagram(throw("h"), "s>h>A>e"), trace="A"),
    case("big numbers and small fractions stay exact", "10.4.3", diagram(feel("A", "y", "x + 0.1"), "s>A>e"), trace="A", start={"x": 0.2}, variables={"y": Decimal("0.3")}),
]
# fmt: on
