"""Pools and the messages between them (BPMN 9)."""

from __future__ import annotations

from engine.bpmn.model import MessageFlow, Participant
from engine.bpmn.reading.context import Reading
from engine.bpmn.reading.names import attribute, children, local


def read_associations(reading: Reading) -> None:
    """Note which elements associations tie together, both ways: direction is only drawing (BPMN 10.6.1)."""
    for element in reading.root.iter():
        if local(element) != "association":
            continue
        source = reading.target(element, attribute(element, "sourceRef"))
        target = reading.target(element, attribute(element, "targetRef"))
        if source is not None and target is not None:
            reading.compensation.setdefault(source, []).append(target)
            reading.compensation.setdefault(target, []).append(source)


def read_collaboration(reading: Reading) -> tuple[tuple[Participant, ...], tuple[MessageFlow, ...]]:
    """Participants and message flows of every collaboration of the file."""
    pools: list[Participant] = []
    flows: list[MessageFlow] = []
    for collaboration in children(reading.root, "collaboration"):
        for element in children(collaboration, "participant"):
            key = attribute(element, "id")
            process = reading.target(element, attribute(element, "processRef"), "process")
            if key is None:
                reading.report("element-without-id", element, kind="participant")
            else:
                pools.append(Participant(key, attribute(element, "name") or "", process))
        for element in children(collaboration, "messageFlow"):
            source = reading.target(element, attribute(element, "sourceRef"))
            target = reading.target(element, attribute(element, "targetRef"))
            if attribute(element, "sourceRef") is None or attribute(element, "targetRef") is None:
                reading.report("message-flow-without-ends", element)
            if source is None or target is None:
                continue
            key = attribute(element, "id") or reading.fresh(f"message_flow_{source}_{target}")
            message = reading.target(element, attribute(element, "messageRef"), "message")
            flows.append(MessageFlow(key, source, target, attribute(element, "name") or "", message))
    return tuple(pools), tuple(flows)
