"""For each rule of the linter a diagram that breaks it and one that keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.bpmn import CallInfo, FormInfo, LintContext
from tests.bpmn.diagrams import END, START, chain, definitions, flow, line, process, task

DONE = "<completionCondition>true</completionCondition>"
CONTEXT = LintContext(
    forms={"quote": FormInfo(frozenset({"amount", "customer"}))},
    decisions={"discount"},
    processes={"credit"},
    groups={"sales", "finance"},
    operations={"mail.send"},
    calls={"mail.send": CallInfo(frozenset({"to", "text", "connector"}), frozenset({"to"}), frozenset({"office"}))},
    calendars={"store"},
)


@dataclass(frozen=True)
class Case:
    """`bad` breaks the rule at `element`; `good` is the same diagram put right."""

    bad: bytes
    good: bytes
    element: str | None
    context: LintContext = field(default=CONTEXT)


def gateway(
    kind: str, split: str = "", join: str | None = None, first: str | None = "x = 1", second: str | None = "x = 2"
) -> bytes:
    """start → g ⇉ a, b ⇉ j → end."""
    join = join or kind
    default = ' default="g-b"' if split == "default" else ""
    return process(
        f'{START}<{kind} id="g"{default}/>{task("a")}{task("b")}<{join} id="j"/>{END}'
        + chain("start", "g")
        + flow("g", "a", first)
        + flow("g", "b", None if split == "default" else second)
        + chain("a", "j", "end")
        + flow("b", "j")
    )


def boundary(events: str, attributes: str = "", host: str = "", after: str = "", roots: str = "") -> bytes:
    """start → a → end with a boundary event `x` on a."""
    host = host or task("a")
    after = after or flow("x", "end")
    return process(
        f'{START}{host}{END}<boundaryEvent id="x" attachedToRef="a" {attributes}>{events}</boundaryEvent>'
        + chain("start", "a", "end")
        + after,
        roots=roots,
    )


def sub(inside: str, attributes: str = "", key: str = "a", kind: str = "subProcess") -> str:
    return f'<{kind} id="{key}" {attributes}>{inside}</{kind}>'


def timer(text: str, kind: str = "timeDuration") -> str:
    return f"<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>"


def catch(key: str, events: str) -> str:
    return f'<intermediateCatchEvent id="{key}">{events}</intermediateCatchEvent>'


def throw(key: str, events: str) -> str:
    return f'<intermediateThrowEvent id="{key}">{events}</intermediateThrowEvent>'


def waits(text: str, kind: str = "timeDuration") -> bytes:
    return line(catch("a", timer(text, kind)))


def spoken(ends: str) -> bytes:
    """A message flow between a pool `q` and a process that receives the message `m` in `a`."""
    pools = f'<participant id="q" name="Q"/><participant id="o" processRef="p"/><messageFlow id="mf" {ends}/>'
    body = START + '<receiveTask id="a" messageRef="m"/>' + END + chain("start", "a", "end")
    return process(body, roots=f'<message id="m" name="M"/><collaboration id="c">{pools}</collaboration>')


def user(attributes: str) -> bytes:
    return line(task("a", "userTask", attributes))


IMMEDIATE = '<sequenceFlow id="now" sourceRef="a" targetRef="end" isImmediate="true"/>'
MESSAGE = '<message id="m" name="Order"/>'
SIGNAL = '<signal id="s" name="Stop"/>'
ERROR = '<error id="e" name="Refused" errorCode="REFUSED"/>'
PLAIN_SUB = f'<startEvent id="s1"/>{task("s2")}<endEvent id="s3"/>' + chain("s1", "s2", "s3")
UNDO = '<boundaryEvent id="x" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>'
UNDOES = '<association id="as" sourceRef="x" targetRef="h"/>'


def compensated(inside: str, handler: str = 'isForCompensation="true"') -> bytes:
    body = START + task("a") + task("h", attributes=handler) + throw("t", "<compensateEventDefinition/>") + END
    return process(body + inside + chain("start", "a", "t", "end"))


def event_gateway(targets: str, flows: str, attributes: str = "") -> bytes:
    return process(
        f'{START}<eventBasedGateway id="g" {attributes}/>{targets}{END}' + flow("start", "g") + flows,
        roots=MESSAGE + SIGNAL,
    )


ON_MESSAGE = catch("a", '<messageEventDefinition messageRef="m"/>')
ON_TIME = catch("b", timer("PT1H"))
BOTH = flow("g", "a") + flow("g", "b") + flow("a", "end") + flow("b", "end")


def event_sub(start: str, attributes: str = 'triggeredByEvent="true"', extra: str = "") -> bytes:
    inside = sub(f'{start}{task("s2")}<endEvent id="s3"/>' + chain("s1", "s2", "s3"), attributes, "es")
    return process(START + task("a") + END + chain("start", "a", "end") + inside + extra, roots=SIGNAL + ERROR)


ON_SIGNAL = '<startEvent id="s1"><signalEventDefinition signalRef="s"/></startEvent>'
MULTI = "<multiInstanceLoopCharacteristics{attributes}>{inside}</multiInstanceLoopCharacteristics>"


def multi(inside: str, attributes: str = "", roots: str = "") -> bytes:
    loop = MULTI.format(attributes=attributes, inside=inside)
    return process(START + task("a", inside=loop) + END + chain("start", "a", "end"), roots=roots)


def loop(attributes: str, inside: str = "") -> bytes:
    return line(task("a", inside=f"<standardLoopCharacteristics {attributes}>{inside}</standardLoopCharacteristics>"))


def links(thrown: str, caught: str, extra: str = "") -> bytes:
    return process(
        START
        + throw("t", f"<linkEventDefinition {thrown}/>")
        + catch("c", f"<linkEventDefinition {caught}/>")
        + END
        + chain("start", "t")
        + chain("c", "end")
        + extra
    )


READING = {
    "invalid-id": Case(process('<task id="1 x"/>'), process('<task id="x1"/>'), "1 x"),
    "duplicate-id": Case(process('<task id="x"/><task id="x"/>'), process('<task id="x"/><task id="y"/>'), "x"),
    "unresolved-reference": Case(
        process(START + END + flow("start", "nowhere")), process(START + END + flow("start", "end")), "start-nowhere"
    ),
    "wrong-reference": Case(
        process(START + END + flow("start", "end") + ON_MESSAGE.replace('"m"', '"end"')),
        process(START + ON_MESSAGE + END + chain("start", "a", "end"), roots=MESSAGE),
        "a",
    ),
    "unknown-element": Case(line("<usertask id='a'/>", task("b")), line(task("a"), task("b")), "a"),
    "misplaced-element": Case(process('<lane id="l"/>'), process('<laneSet><lane id="l"/></laneSet>'), "l"),
    "unsupported-element": Case(
        definitions('<choreography id="c"/><process id="p" isExecutable="true"><task id="t"/></process>'),
        process('<task id="t"/>'),
        "c",
    ),
    "unknown-attribute": Case(
        boundary(timer("PT1H"), 'cancelActivty="false"'), boundary(timer("PT1H"), 'cancelActivity="false"'), "x"
    ),
    "without-effect": Case(
        process(START + task("a") + END + flow("start", "a") + IMMEDIATE.replace("true", "false")),
        process(START + task("a") + END + flow("start", "a") + IMMEDIATE),
        "now",
    ),
    "gateway-direction": Case(
        gateway("exclusiveGateway", "default").replace(b'id="g"', b'id="g" gatewayDirection="Converging"'),
        gateway("exclusiveGateway", "default").replace(b'id="g"', b'id="g" gatewayDirection="Diverging"'),
        "g",
    ),
    "unknown-vocabulary": Case(user('facet:asignee="=boss"'), user('facet:assignee="=boss"'), "a"),
    "vocabulary-incomplete": Case(
        line(task("a", inside='<extensionElements><facet:input source="1"/></extensionElements>')),
        line(task("a", inside='<extensionElements><facet:input source="1" target="x"/></extensionElements>')),
        "a",
    ),
    "foreign-vocabulary": Case(line(task("a", attributes='xmlns:o="urn:other" o:x="1"')), line(task("a")), None),
    "unknown-value": Case(
        multi("<loopCardinality>2</loopCardinality>", ' behavior="Some"'),
        multi("<loopCardinality>2</loopCardinality>", ' behavior="All"'),
        "a",
    ),
    "message-without-name": Case(
        process("<task id='a'/>", roots='<message id="m"/>'), process("<task id='a'/>", roots=MESSAGE), "m"
    ),
    "timer-expression": Case(line(catch("a", "<timerEventDefinition/>")), waits("PT1H"), "a"),
    "multi-instance-without-items": Case(multi(""), multi("<loopCardinality>3</loopCardinality>"), "a"),
    "complex-behaviour-incomplete": Case(
        multi(
            "<loopCardinality>2</loopCardinality><complexBehaviorDefinition><condition>true</condition></complexBehaviorDefinition>",
            ' behavior="Complex"',
        ),
        multi(
            '<loopCardinality>2</loopCardinality><complexBehaviorDefinition><condition>true</condition><event id="ev">'
            '<signalEventDefinition signalRef="s"/></event></complexBehaviorDefinition>',
            ' behavior="Complex"',
            SIGNAL,
        ),
        "a",
    ),
    "data-without-id": Case(
        process('<property name="x"/><task id="a"/>'), process('<property id="x"/><task id="a"/>'), "p"
    ),
    "association-without-target": Case(line(task("a", inside="<dataInputAssociation/>")), line(task("a")), "a"),
    "association-with-several-sources": Case(
        process(
            '<dataObject id="x"/><dataObject id="y"/><dataObject id="z"/>'
            + task(
                "a",
                inside="<dataInputAssociation><sourceRef>x</sourceRef><sourceRef>y</sourceRef><targetRef>z</targetRef></dataInputAssociation>",
            )
        ),
        process(
            '<dataObject id="x"/><dataObject id="y"/><dataObject id="z"/>'
            + task(
                "a",
                inside="<dataInputAssociation><sourceRef>x</sourceRef><sourceRef>y</sourceRef><targetRef>z</targetRef>"
                "<transformation>x + y</transformation></dataInputAssociation>",
            )
        ),
        "a",
    ),
    "assignment-incomplete": Case(
        line(task("a", inside="<dataInputAssociation><assignment><from>1</from></assignment></dataInputAssociation>")),
        line(
            task(
                "a",
                inside="<dataInputAssociation><assignment><from>1</from><to>x</to></assignment></dataInputAssociation>",
            )
        ),
        "a",
    ),
    "process-without-id": Case(
        definitions('<process isExecutable="true"><task id="a"/></process>'), process('<task id="a"/>'), None
    ),
    "element-without-id": Case(process("<task/>"), process('<task id="a"/>'), "p"),
    "executable-assumed": Case(definitions('<process id="p"><task id="a"/></process>'), process('<task id="a"/>'), "p"),
    "flow-without-ends": Case(
        process(START + '<sequenceFlow id="f" sourceRef="start"/>'), process(START + END + flow("start", "end")), "f"
    ),
    "token-quantity": Case(
        line(task("a", attributes='startQuantity="0"')), line(task("a", attributes='startQuantity="1"')), "a"
    ),
    "boundary-without-activity": Case(
        boundary(timer("PT1H")).replace(b'attachedToRef="a"', b""), boundary(timer("PT1H")), "x"
    ),
}

STRUCTURE = {
    "process-empty": Case(process(""), process('<task id="a"/>'), "p"),
    "no-executable-process": Case(
        definitions('<process id="p" isExecutable="false"><task id="a"/></process>'), process('<task id="a"/>'), None
    ),
    "flow-between-processes": Case(
        definitions(
            f'<process id="p" isExecutable="true">{START}{flow("start", "b")}</process>'
            '<process id="q" isExecutable="true"><task id="b"/></process>'
        ),
        process(START + task("b") + flow("start", "b")),
        "start-b",
    ),
    "flow-crosses-scope": Case(
        process(START + sub(PLAIN_SUB) + flow("start", "s2")),
        process(START + sub(PLAIN_SUB) + flow("start", "a")),
        "start-s2",
    ),
    "condition-ignored": Case(gateway("parallelGateway"), gateway("parallelGateway", first=None, second=None), "g-a"),
    "default-with-condition": Case(
        gateway("exclusiveGateway", "default").replace(
            b'targetRef="b">', b'targetRef="b"><conditionExpression>x</conditionExpression>', 1
        ),
        gateway("exclusiveGateway", "default"),
        "g-b",
    ),
    "start-with-incoming": Case(
        process(START + task("a") + chain("start", "a", "start")),
        process(START + task("a") + chain("start", "a")),
        "start",
    ),
    "end-with-outgoing": Case(
        process(START + END + task("a") + chain("start", "end", "a")),
        process(START + END + task("a") + chain("start", "a", "end")),
        "end",
    ),
    "boundary-with-incoming": Case(
        boundary(timer("PT1H"), after=flow("start", "x") + flow("x", "end")), boundary(timer("PT1H")), "x"
    ),
    "event-subprocess-with-flow": Case(event_sub(ON_SIGNAL, extra=flow("a", "es")), event_sub(ON_SIGNAL), "es"),
    "instantiate-with-incoming": Case(
        process(
            START + task("a", "receiveTask", 'instantiate="true" messageRef="m"') + chain("start", "a"), roots=MESSAGE
        ),
        process(task("a", "receiveTask", 'instantiate="true" messageRef="m"'), roots=MESSAGE),
        "a",
    ),
    "compensation-with-flow": Case(compensated(UNDO + UNDOES + flow("h", "end")), compensated(UNDO + UNDOES), "h"),
    "default-not-outgoing": Case(
        gateway("exclusiveGateway", "default").replace(b'default="g-b"', b'default="a-j"'),
        gateway("exclusiveGateway", "default"),
        "g",
    ),
    "gateway-flow-without-condition": Case(
        gateway("exclusiveGateway", first=None), gateway("exclusiveGateway", "default"), "g"
    ),
    "implicit-default": Case(gateway("exclusiveGateway", second=None), gateway("exclusiveGateway", "default"), "g"),
    "no-default": Case(gateway("exclusiveGateway"), gateway("exclusiveGateway", "default"), "g"),
    "loop-without-end": Case(loop(""), loop('loopMaximum="3"'), "a"),
    "loop-maximum": Case(loop('loopMaximum="-1"'), loop('loopMaximum="1"'), "a"),
    "loop-cardinality": Case(
        multi("<loopCardinality>-1</loopCardinality>"), multi("<loopCardinality>1</loopCardinality>"), "a"
    ),
    "behaviour-without-event": Case(
        multi("<loopCardinality>1</loopCardinality>", ' behavior="One"'),
        multi(
            "<loopCardinality>1</loopCardinality>",
            ' behavior="One" oneBehaviorEventRef="d"',
            SIGNAL + '<signalEventDefinition id="d" signalRef="s"/>',
        ),
        "a",
    ),
    "event-gateway-flows": Case(
        event_gateway(ON_MESSAGE, flow("g", "a") + flow("a", "end")), event_gateway(ON_MESSAGE + ON_TIME, BOTH), "g"
    ),
    "event-gateway-parallel": Case(
        event_gateway(ON_MESSAGE + ON_TIME, BOTH, 'eventGatewayType="Parallel"'),
        event_gateway(ON_MESSAGE + ON_TIME, BOTH),
        "g",
    ),
    "event-gateway-target": Case(
        event_gateway(ON_MESSAGE + task("b"), BOTH), event_gateway(ON_MESSAGE + ON_TIME, BOTH), "g"
    ),
    "event-gateway-target-shared": Case(
        event_gateway(ON_MESSAGE + ON_TIME, BOTH + flow("a", "b")), event_gateway(ON_MESSAGE + ON_TIME, BOTH), "b"
    ),
    "ad-hoc-empty": Case(
        line(sub(DONE, kind="adHocSubProcess")), line(sub(task("s1") + DONE, kind="adHocSubProcess")), "a"
    ),
    "ad-hoc-never-done": Case(
        line(sub(task("s1"), kind="adHocSubProcess")), line(sub(task("s1") + DONE, kind="adHocSubProcess")), "a"
    ),
    "ad-hoc-start-or-end": Case(
        line(sub(task("s1") + '<endEvent id="s2"/>' + flow("s1", "s2") + DONE, kind="adHocSubProcess")),
        line(sub(task("s1") + DONE, kind="adHocSubProcess")),
        "s2",
    ),
    "unsupported": Case(event_sub(ON_SIGNAL).replace(b"subProcess", b"transaction"), event_sub(ON_SIGNAL), "es"),
}

EVENTS = {
    "error-undeclared": Case(
        boundary('<errorEventDefinition errorRef="E42"/>'),
        boundary('<errorEventDefinition errorRef="e"/>', roots=ERROR),
        "x",
    ),
    "event-subprocess-start": Case(event_sub('<startEvent id="s1"/>'), event_sub(ON_SIGNAL), "es"),
    "subprocess-start-trigger": Case(
        process(START + sub(PLAIN_SUB.replace('<startEvent id="s1"/>', ON_SIGNAL)) + flow("start", "a"), roots=SIGNAL),
        process(START + sub(PLAIN_SUB) + flow("start", "a")),
        "s1",
    ),
    "event-without-trigger": Case(line(catch("a", "")), waits("PT1H"), "a"),
    "event-kind": Case(
        process(
            START
            + '<endEvent id="end"><cancelEventDefinition/></endEvent>'
            + '<startEvent id="x"><errorEventDefinition/></startEvent>'
            + flow("x", "end")
        ),
        event_sub('<startEvent id="s1"><errorEventDefinition/></startEvent>'),
        "x",
    ),
    "event-without-message": Case(
        line(catch("a", "<messageEventDefinition/>")),
        process(START + ON_MESSAGE + END + chain("start", "a", "end"), roots=MESSAGE),
        "a",
    ),
    "event-without-signal": Case(
        line(throw("a", "<signalEventDefinition/>")),
        process(
            START + throw("a", '<signalEventDefinition signalRef="s"/>') + END + chain("start", "a", "end"),
            roots=SIGNAL,
        ),
        "a",
    ),
    "throw-without-code": Case(
        process(START + '<endEvent id="end"><errorEventDefinition/></endEvent>' + flow("start", "end")),
        process(
            START + '<endEvent id="end"><errorEventDefinition errorRef="e"/></endEvent>' + flow("start", "end"),
            roots=ERROR,
        ),
        "end",
    ),
    "error-not-interrupting": Case(
        boundary("<errorEventDefinition/>", 'cancelActivity="false"'), boundary("<errorEventDefinition/>"), "x"
    ),
    "conditional-without-condition": Case(
        line(catch("a", "<conditionalEventDefinition/>")),
        line(catch("a", "<conditionalEventDefinition><condition>x = 1</condition></conditionalEventDefinition>")),
        "a",
    ),
    "cancel-outside-transaction": Case(
        boundary("<cancelEventDefinition/>"),
        boundary("<cancelEventDefinition/>", host=sub(PLAIN_SUB, kind="transaction")),
        "x",
    ),
    "compensation-target": Case(
        line(task("a"), throw("b", '<compensateEventDefinition activityRef="a"/>')),
        compensated(UNDO + UNDOES).replace(
            b"<compensateEventDefinition/></intermediate", b'<compensateEventDefinition activityRef="a"/></intermediate'
        ),
        "b",
    ),
    "boundary-scope": Case(
        process(
            START
            + sub(PLAIN_SUB)
            + END
            + chain("start", "a", "end")
            + f'<boundaryEvent id="x" attachedToRef="s2">{timer("PT1H")}</boundaryEvent>'
            + flow("x", "end")
        ),
        boundary(timer("PT1H")),
        "x",
    ),
    "boundary-on-event-subprocess": Case(
        event_sub(
            ON_SIGNAL,
            extra=f'<boundaryEvent id="x" attachedToRef="es">{timer("PT1H")}</boundaryEvent>' + flow("x", "end"),
        ),
        event_sub(ON_SIGNAL),
        "x",
    ),
    "boundary-without-flow": Case(boundary(timer("PT1H"), after=" "), boundary(timer("PT1H")), "x"),
    "compensation-without-handler": Case(compensated(UNDO), compensated(UNDO + UNDOES), "x"),
    "compensation-handler-marker": Case(compensated(UNDO + UNDOES, ""), compensated(UNDO + UNDOES), "h"),
    "message-flow-without-ends": Case(spoken('sourceRef="q"'), spoken('sourceRef="q" targetRef="a"'), "mf"),
    "message-flow-without-effect": Case(
        spoken('sourceRef="q" targetRef="start"'), spoken('sourceRef="q" targetRef="a"'), "start"
    ),
    "compensation-marker-in-flow": Case(
        line(task("a", "task", 'isForCompensation="true"')), line(task("a", "task")), "a"
    ),
    "link-without-name": Case(links("", 'name="L"'), links('name="L"', 'name="L"'), "t"),
    "link-with-flow": Case(links('name="L"', 'name="L"', flow("t", "end")), links('name="L"', 'name="L"'), "t"),
    "link-without-target": Case(links('name="L"', 'name="M"'), links('name="L"', 'name="L"'), "t"),
    "link-without-source": Case(links('name="L"', 'name="M"'), links('name="L"', 'name="L"'), "c"),
    "link-with-several-targets": Case(
        links('name="L"', 'name="L"', catch("d", '<linkEventDefinition name="L"/>')), links('name="L"', 'name="L"'), "c"
    ),
    "start-message-twice": Case(
        process(
            "".join(
                f'<startEvent id="{key}"><messageEventDefinition messageRef="m"/></startEvent>' for key in ("s1", "s2")
            ),
            roots=MESSAGE,
        ),
        process(
            '<startEvent id="s1"><messageEventDefinition messageRef="m"/></startEvent><startEvent id="s2"/>',
            roots=MESSAGE,
        ),
        "s2",
    ),
    "receive-without-message": Case(
        line(task("a", "receiveTask")),
        process(START + task("a", "receiveTask", 'messageRef="m"') + chain("start", "a"), roots=MESSAGE),
        "a",
    ),
    "send-without-message": Case(
        line(task("a", "sendTask")), line(task("a", "sendTask", 'facet:operation="mail.send"')), "a"
    ),
}


def called(target: str) -> bytes:
    return line(f'<callActivity id="a" calledElement="{target}"/>')


def mailed(**parameters: str) -> bytes:
    """A service task `a` that sends a mail with these parameters."""
    inside = "".join(f'<facet:parameter name="{name}" value="{value}"/>' for name, value in parameters.items())
    inside = f"<extensionElements>{inside}</extensionElements>"
    return line(task("a", "serviceTask", 'facet:operation="mail.send"', inside))


TASKS = {
    "task-without-performer": Case(user(""), user('facet:candidateGroups="sales"'), "a"),
    "unknown-group": Case(user('facet:candidateGroups="sale"'), user('facet:candidateGroups="sales, finance"'), "a"),
    "unknown-task": Case(
        line(task("a", "userTask", 'facet:notWhoDid="bb"'), task("b", "userTask")),
        line(task("a", "userTask", 'facet:notWhoDid="b"'), task("b", "userTask")),
        "a",
    ),
    "unknown-form": Case(user('facet:formKey="qoute"'), user('facet:formKey="quote"'), "a"),
    "service-without-operation": Case(
        line(task("a", "serviceTask")), line(task("a", "serviceTask", 'facet:topic="ship"')), "a"
    ),
    "unknown-operation": Case(
        line(task("a", "serviceTask", 'facet:operation="mail.sent"')),
        line(task("a", "serviceTask", 'facet:operation="mail.send"')),
        "a",
    ),
    "parameter-missing": Case(mailed(text="Hello"), mailed(to="a@b.example"), "a"),
    "unknown-parameter": Case(mailed(to="a@b.example", txt="x"), mailed(to="a@b.example", text="x"), "a"),
    "unknown-connector": Case(
        mailed(to="a@b.example", connector="ofice"), mailed(to="a@b.example", connector="office"), "a"
    ),
    "retries-invalid": Case(
        line(task("a", "serviceTask", 'facet:operation="mail.send" facet:retries="often"')),
        line(task("a", "serviceTask", 'facet:operation="mail.send" facet:retries="R3/PT10M"')),
        "a",
    ),
    "decision-missing": Case(
        line(task("a", "businessRuleTask")), line(task("a", "businessRuleTask", 'facet:decision="discount"')), "a"
    ),
    "unknown-decision": Case(
        line(task("a", "businessRuleTask", 'facet:decision="discont"')),
        line(task("a", "businessRuleTask", 'facet:decision="discount"')),
        "a",
    ),
    "call-without-process": Case(line('<callActivity id="a"/>'), called("credit"), "a"),
    "unknown-process": Case(called("credits"), called("credit"), "a"),
    "call-cycle": Case(called("p"), called("credit"), "a"),
    "script-missing": Case(
        line(task("a", "scriptTask")), line(task("a", "scriptTask", inside="<script>x = 1</script>")), "a"
    ),
    "script-too-long": Case(
        line(task("a", "scriptTask", 'scriptFormat="python"', f"<script>{'x = 1; ' * 3000}</script>")),
        line(task("a", "scriptTask", 'scriptFormat="python"', f"<script>{'x = 1; ' * 300}</script>")),
        "a",
    ),
    "script-language": Case(
        line(task("a", "scriptTask", 'scriptFormat="ruby"', "<script>x = 1</script>")),
        line(task("a", "scriptTask", 'scriptFormat="text/python"', "<script>x = 1</script>")),
        "a",
    ),
    "script-syntax": Case(
        line(task("a", "scriptTask", 'scriptFormat="python"', "<script>x = = 1</script>")),
        line(task("a", "scriptTask", 'scriptFormat="python"', "<script>x = 1</script>")),
        "a",
    ),
    "expression-too-long": Case(
        gateway("exclusiveGateway", "default", first="x + " * 600 + "1 > 0"),
        gateway("exclusiveGateway", "default", first="x + 1 > 0"),
        "g-a",
    ),
    "expression-syntax": Case(
        gateway("exclusiveGateway", "default", first="x +"),
        gateway("exclusiveGateway", "default", first="x = 1"),
        "g-a",
    ),
    "unknown-function": Case(
        gateway("exclusiveGateway", "default", first='containz(x, "a")'),
        gateway("exclusiveGateway", "default", first='contains(x, "a")'),
        "g-a",
    ),
    "unknown-variable": Case(
        process(
            START
            + task("a", "userTask", 'facet:formKey="quote"')
            + '<exclusiveGateway id="g" default="g-end"/>'
            + END
            + task("b")
            + chain("start", "a", "g", "end")
            + flow("g", "b", "amuont &gt; 5")
        ),
        process(
            START
            + task("a", "userTask", 'facet:formKey="quote"')
            + '<exclusiveGateway id="g" default="g-end"/>'
            + END
            + task("b")
            + chain("start", "a", "g", "end")
            + flow("g", "b", "amount &gt; 5")
        ),
        "g-b",
    ),
}

FLOW = {
    "timer-invalid": Case(waits("P1H"), waits("PT1H"), "a"),
    "timer-negative": Case(waits("-PT1S"), waits("PT1S"), "a"),
    "timer-too-long": Case(waits("P9999999999Y"), waits("P99Y"), "a"),
    "timer-too-fast": Case(waits("R/PT0S", "timeCycle"), waits("R/PT1S", "timeCycle"), "a"),
    "timer-repetitions": Case(waits("R0/PT10M", "timeCycle"), waits("R3/PT10M", "timeCycle"), "a"),
    "unknown-calendar": Case(user('facet:dueDate="PT2H@shop"'), user('facet:dueDate="PT2H@store"'), "a"),
    "no-start": Case(
        process(task("a") + task("b") + chain("a", "b", "a")), process(task("a") + task("b") + chain("a", "b")), "p"
    ),
    "unreachable": Case(
        process(START + END + task("a") + chain("start", "end") + chain("a", "end")),
        process(START + END + task("a") + chain("start", "a", "end")),
        "a",
    ),
    "no-way-out": Case(
        process(START + task("a", "userTask") + task("b", "userTask") + chain("start", "a", "b", "a")),
        process(
            START
            + task("a", "userTask")
            + task("b", "userTask")
            + END
            + '<exclusiveGateway id="g" default="g-end"/>'
            + chain("start", "a", "b", "g", "end")
            + flow("g", "a", "again")
        ),
        "a",
    ),
    "endless-loop": Case(
        process(
            START
            + task("a", "scriptTask", inside="<script>x = 1</script>")
            + '<exclusiveGateway id="g"/>'
            + chain("start", "a", "g", "a")
        ),
        process(
            START
            + task("a", "scriptTask", inside="<script>x = 1</script>")
            + '<exclusiveGateway id="g" default="g-end"/>'
            + END
            + chain("start", "a", "g", "end")
            + flow("g", "a", "x &lt; 3")
        ),
        "a",
    ),
    "deadlock": Case(
        gateway("exclusiveGateway", "default", "parallelGateway"), gateway("exclusiveGateway", "default"), "j"
    ),
    "possible-deadlock": Case(
        process(
            f'{START}<parallelGateway id="g"/>{task("a")}{task("b")}<parallelGateway id="j"/>{END}<endEvent id="other"/>'
            f'<boundaryEvent id="x" attachedToRef="a">{timer("PT1H")}</boundaryEvent>'
            + chain("start", "g", "a", "j", "end")
            + chain("g", "b", "j")
            + flow("x", "other")
        ),
        process(
            f'{START}<parallelGateway id="g"/>{task("a")}{task("b")}<parallelGateway id="j"/>{END}<exclusiveGateway id="m"/>'
            f'<boundaryEvent id="x" attachedToRef="a">{timer("PT1H")}</boundaryEvent>'
            + chain("start", "g", "a", "m", "j", "end")
            + chain("g", "b", "j")
            + flow("x", "m")
        ),
        "j",
    ),
    "start-quantity": Case(
        line(task("a"), task("b", attributes='startQuantity="2"')),
        line(task("a", attributes='completionQuantity="2"'), task("b", attributes='startQuantity="2"')),
        "b",
    ),
    "lack-of-synchronisation": Case(
        gateway("parallelGateway", join="exclusiveGateway", first=None, second=None),
        gateway("parallelGateway", first=None, second=None),
        "j",
    ),
}

CASES = {**READING, **STRUCTURE, **EVENTS, **TASKS, **FLOW}
