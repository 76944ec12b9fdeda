"""Pieces of diagrams for the tests of the runtime: events, boundaries, sub-processes, and the roots that they name."""

from __future__ import annotations

from tests.diagrams import body

MULTI = "multiInstanceLoopCharacteristics"
ROOTS = (
    '<message id="M" name="Paid"/><message id="N" name="Sent"/>'
    '<signal id="S" name="Alarm"/><signal id="Z" name="Calm"/>'
    '<error id="E" name="Bad" errorCode="BAD"/><error id="F" name="Worse" errorCode="WORSE"/>'
    '<escalation id="C" name="Up" escalationCode="UP"/><escalation id="D" name="Top" escalationCode="TOP"/>'
)
DEFINITIONS = {
    "message": '<messageEventDefinition messageRef="M"/>',
    "message2": '<messageEventDefinition messageRef="N"/>',
    "signal": '<signalEventDefinition signalRef="S"/>',
    "signal2": '<signalEventDefinition signalRef="Z"/>',
    "error": '<errorEventDefinition errorRef="E"/>',
    "error2": '<errorEventDefinition errorRef="F"/>',
    "any error": "<errorEventDefinition/>",
    "escalation": '<escalationEventDefinition escalationRef="C"/>',
    "escalation2": '<escalationEventDefinition escalationRef="D"/>',
    "any escalation": "<escalationEventDefinition/>",
    "compensation": "<compensateEventDefinition/>",
    "terminate": "<terminateEventDefinition/>",
    "cancel": "<cancelEventDefinition/>",
}


def definition(what: str) -> str:
    """An event definition: a key of DEFINITIONS, `PT1H` (duration), `R3/PT1H` (cycle), `?condition`, or XML itself."""
    if what.startswith("<"):
        return what
    if what.startswith("R"):
        return f"<timerEventDefinition><timeCycle>{what}</timeCycle></timerEventDefinition>"
    if what.startswith("P") or what.startswith("="):
        return f"<timerEventDefinition><timeDuration>{what}</timeDuration></timerEventDefinition>"
    if what.startswith("?"):
        return f"<conditionalEventDefinition><condition>{what[1:]}</condition></conditionalEventDefinition>"
    return DEFINITIONS[what]


def _event(kind: str, id: str, whats: tuple[str, ...], attributes: str = "", inner: str = "") -> str:
    return f'<{kind} id="{id}" {attributes}>{inner}{"".join(definition(what) for what in whats)}</{kind}>'


def start(id: str, *whats: str, interrupting: bool = True, attributes: str = "") -> str:
    flag = "" if interrupting else 'isInterrupting="false" '
    return _event("startEvent", id, whats, flag + attributes)


def catch(id: str, *whats: str, attributes: str = "", inner: str = "") -> str:
    return _event("intermediateCatchEvent", id, whats, attributes, inner)


def throw(id: str, *whats: str, inner: str = "") -> str:
    return _event("intermediateThrowEvent", id, whats, inner=inner)


def end(id: str, *whats: str, inner: str = "") -> str:
    return _event("endEvent", id, whats, inner=inner)


def boundary(id: str, host: str, *whats: str, interrupting: bool = True, attributes: str = "", inner: str = "") -> str:
    flag = "" if interrupting else ' cancelActivity="false"'
    return _event("boundaryEvent", id, whats, f'attachedToRef="{host}"{flag} {attributes}', inner)


def sub(id: str, elements: str, *flows: str, loop: str = "", attributes: str = "", kind: str = "subProcess") -> str:
    return f'<{kind} id="{id}" {attributes}>{loop}{body(elements, *flows, prefix=id)}</{kind}>'


def event_sub(id: str, elements: str, *flows: str) -> str:
    return sub(id, elements, *flows, attributes='triggeredByEvent="true"')


def process(id: str, elements: str, *flows: str, attributes: str = "") -> str:
    return f'<process id="{id}" isExecutable="true" {attributes}>{body(elements, *flows, prefix=id)}</process>'


def undone(task: str, kind: str = "userTask", inner: str = "") -> str:
    """An activity with a compensation boundary and its handler `undo<task>`."""
    return (
        f'<{kind} id="{task}">{inner}</{kind}>'
        f'<boundaryEvent id="b{task}" attachedToRef="{task}"><compensateEventDefinition/></boundaryEvent>'
        f'<task id="undo{task}" isForCompensation="true"/>'
        f'<association id="a{task}" associationDirection="One" sourceRef="b{task}" targetRef="undo{task}"/>'
    )
