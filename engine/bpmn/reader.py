"""From a BPMN 2.0.2 file to the model: `read`."""

from __future__ import annotations

from dataclasses import replace

from engine.bpmn.dialects import translate
from engine.bpmn.errors import BpmnUnreadable
from engine.bpmn.model import Document, Problem, Process
from engine.bpmn.reading.collaboration import read_associations, read_collaboration
from engine.bpmn.reading.context import Reading
from engine.bpmn.reading.diagram import read_diagram
from engine.bpmn.reading.effects import report_ignored
from engine.bpmn.reading.inventory import take_inventory
from engine.bpmn.reading.names import BPMN, attribute, line_of, split
from engine.bpmn.reading.processes import read_processes
from engine.bpmn.reading.roots import read_roots
from engine.bpmn.reading.source import parse
from engine.bpmn.rules import problem


def read(content: bytes, *, file: str = "") -> Document:
    """The diagram in these bytes (UTF-8 or UTF-16, at most 2 MB).

    Raises BpmnUnreadable when the bytes are no XML, hostile, too large, or no BPMN 2.0 file; everything else that is
    wrong becomes `Document.problems`, in the order of the lines.
    """
    root = parse(content, file)
    if split(root.tag) != (BPMN, "definitions"):
        raise BpmnUnreadable(problem("not-bpmn", {"root": split(root.tag)[1][:80]}, file=file, line=line_of(root)))
    reading = Reading(file, root)
    translate(reading)
    reading.index()
    take_inventory(reading)
    report_ignored(reading)
    read_associations(reading)
    read_roots(reading)
    processes = read_processes(reading)
    participants, message_flows = read_collaboration(reading)
    shapes, edges = read_diagram(reading)
    return Document(
        file=file,
        processes=processes,
        messages=reading.messages,
        signals=reading.signals,
        errors=reading.errors,
        escalations=reading.escalations,
        message_flows=message_flows,
        shapes=shapes,
        edges=edges,
        participants=participants,
        forms=reading.forms,
        problems=_problems(reading, processes),
        exporter=attribute(root, "exporter"),
    )


def _problems(reading: Reading, processes: tuple[Process, ...]) -> tuple[Problem, ...]:
    """By line. What is wrong inside a process that is only a picture keeps nobody from running the others."""
    pictures = {
        key
        for process in processes
        if not process.executable
        for key in (process.id, *process.nodes, *process.flows, *(lane.id for lane in process.lanes))
    }
    told = (
        replace(one, severity="warning") if one.severity == "error" and one.element_id in pictures else one
        for one in reading.problems
    )
    return tuple(sorted(told, key=lambda one: (one.line or 0, one.rule)))
