"""Names that expressions read and nobody writes.

What writes a variable: fields of forms, mappings, results, scripts, multi-instance items, data objects. Where a start, a
message, a called process or an external system may bring variables that the diagram does not list (an open source), only names
that look like a slip of a written one are worth a word.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.bpmn.linting.subject import Subject
from engine.bpmn.linting.texts import expressions
from engine.bpmn.model import EventDefinition, MultiInstance, Node, Problem
from engine.feel import FeelSyntaxError, parse

ALWAYS = frozenset({"facet", "loopCounter", "item", "partial"})
_SLIP = 2
_SHORTEST = 4


@dataclass(slots=True)
class Written:
    """Names that a process writes; `open` when names from outside may come in too."""

    names: set[str] = field(default_factory=set)
    open: bool = False


def check_variables(subject: Subject) -> Iterator[Problem]:
    """A warning per element and name that is read, written by nothing, and no name from outside."""
    written = written_names(subject)
    seen: set[tuple[str | None, str]] = set()
    for expression in expressions(subject.process):
        try:
            parsed = parse(expression.text)
        except FeelSyntaxError:
            continue
        for name in sorted(parsed.reads - parsed.maybe - parsed.calls - expression.names - ALWAYS - written.names):
            close = slip(name, written.names)
            key = (expression.owner.id if expression.owner is not None else None, name)
            if key not in seen and (close is not None or not written.open):
                seen.add(key)
                yield subject.problem("unknown-variable", expression.owner, variable=name, near=close or "–")


def written_names(subject: Subject) -> Written:
    """Every name that something in the process writes."""
    written = Written({name for name, _ in subject.process.properties})
    for node in subject.nodes.values():
        _node(subject, node, written)
    called = any(
        node.call is not None and node.call.process == subject.process.id
        for document in subject.documents
        for process in document.processes
        for node in process.nodes.values()
    )
    written.open = written.open or called or subject.process.global_task
    return written


def _node(subject: Subject, node: Node, written: Written) -> None:
    written.names |= {mapping.target.partition(".")[0] for mapping in (*node.inputs, *node.outputs)}
    written.names |= {name for name, _ in node.properties}
    if isinstance(node.loop, MultiInstance):
        written.names |= {name for name in (node.loop.element, node.loop.output_collection) if name is not None}
    for result in (node.script_result, node.decision_result, node.service.result if node.service else None):
        if result is not None:
            written.names.add(result)
    if node.script is not None and node.script_format in (None, "python"):
        written.names |= assigned(node.script)
    _from_people(subject, node, written)
    _from_outside(node, written)


def _from_people(subject: Subject, node: Node, written: Written) -> None:
    """Form fields; a task or a start without a known form takes any variable."""
    if node.kind not in ("userTask", "manualTask", "startEvent", "task"):
        return
    form = node.assignment.form if node.assignment is not None else node.extensions.get("formKey")
    info = subject.context.forms.get(form or "")
    if info is not None:
        written.names |= info.names
        return
    for document in subject.documents:
        properties = document.forms.get(form or "", {}).get("properties")
        if isinstance(properties, dict):
            written.names |= {str(name) for name in properties}
            return
    if node.kind == "userTask" or (node.kind == "startEvent" and node.scope is None):
        written.open = True


def _from_outside(node: Node, written: Written) -> None:
    """Payloads, answers of services and called processes: names that the diagram does not list."""
    received: list[EventDefinition] = [event for event in node.events if event.kind in ("message", "signal", "error")]
    catches = node.kind in ("startEvent", "boundaryEvent", "intermediateCatchEvent") and received
    spreads = node.service is not None and node.service.result is None
    decided = node.decision is not None and node.decision_result is None
    called = node.call is not None and node.call.all_outputs and not node.outputs
    if catches or node.kind == "receiveTask" or spreads or decided or called or node.instantiate:
        written.open = True


def assigned(source: str) -> set[str]:
    """Names that a Python script assigns; none where it does not parse (the script may then be FEEL)."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    return {name for name in names if not name.startswith("_")}


def slip(name: str, known: set[str]) -> str | None:
    """The known name that this one was probably meant to be: at most two letters apart, and not short."""
    if len(name) < _SHORTEST:
        return None
    near = [(distance(name.lower(), other.lower()), other) for other in known if abs(len(other) - len(name)) <= _SLIP]
    best = min(near, default=None)
    return best[1] if best is not None and best[0] <= _SLIP and len(best[1]) >= _SHORTEST else None


def distance(one: str, other: str) -> int:
    """Letters to insert, drop, change or swap with a neighbour (Damerau's optimal string alignment)."""
    rows = [list(range(len(other) + 1))]
    for i, left in enumerate(one, 1):
        row = [i]
        for j, right in enumerate(other, 1):
            cost = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, rows[i - 2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]
