"""Processes that call each other without end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.bpmn.linting.tasks import is_literal
from engine.bpmn.model import Document, Node, Problem, Process
from engine.bpmn.rules import problem


def check_calls(documents: Sequence[Document]) -> Iterator[Problem]:
    """A problem at every call activity that closes a circle of calls among the documents of one deployment."""
    files = {process.id: document.file for document in documents for process in document.processes}
    calls = {process.id: _calls(process) for document in documents for process in document.processes}
    for key, nodes in calls.items():
        for target, node in nodes.items():
            if key in _reached(calls, target):
                yield problem(
                    "call-cycle",
                    {"process": target},
                    file=files[key],
                    line=node.line,
                    element_id=node.id,
                    element_name=node.name or None,
                )


def _calls(process: Process) -> dict[str, Node]:
    return {
        node.call.process: node
        for node in process.nodes.values()
        if node.call is not None and is_literal(node.call.process)
    }


def _reached(calls: Mapping[str, Mapping[str, Node]], start: str) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        for target in calls.get(waiting.pop(), {}):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found
