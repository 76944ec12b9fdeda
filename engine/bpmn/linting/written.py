"""What writes variables: fields of forms, mappings, results, scripts, decisions, called processes, payloads of messages.

Where a start without a form, a message, or an external system may bring variables that no file of the deployment lists, the
source is open: a name that is read may come from there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.bpmn.linting.subject import Subject
from engine.bpmn.linting.tasks import is_literal
from engine.bpmn.model import EventDefinition, MultiInstance, Node
from engine.feel import FeelError, parse

Names = frozenset[str] | None
"""Names of variables; None: any may come."""
NONE: Names = frozenset()
Heard = tuple[str, str | None]
"""Kind and name of what an event listens to or throws."""
_SPOKEN = ("message", "signal")
_PEOPLE = ("userTask", "startEvent")


@dataclass(slots=True)
class Written:
    """Names that a process writes; `open` when names that nothing lists may come in too."""

    names: set[str] = field(default_factory=set)
    open: bool = False

    def add(self, names: Iterable[str] | None) -> None:
        """More names; None: any."""
        if names is None:
            self.open = True
        else:
            self.names |= {*names}


def written_names(subject: Subject) -> Written:
    """Every name that the process writes itself or gets from processes of the deployment that call it."""
    return _written(subject, ())


def _written(subject: Subject, callers: tuple[str, ...]) -> Written:
    """`callers`: the processes on the way here, so that circles of calls end."""
    written = _own(subject, ())
    written.open = written.open or subject.process.global_task
    for other, node in _calls_of(subject):
        written.add(mapping.target for mapping in node.inputs)
        if node.call is not None and node.call.all_inputs:
            if other.process.id in (subject.process.id, *callers):
                written.open = True
                continue
            handed = _written(other, (subject.process.id, *callers))
            written.names |= handed.names
            written.open = written.open or handed.open
    return written


def _calls_of(subject: Subject) -> Iterator[tuple[Subject, Node]]:
    """The call activities of the deployment that call this process."""
    for document in subject.documents:
        for process in document.processes:
            for node in process.nodes.values():
                if node.call is not None and node.call.process == subject.process.id:
                    yield Subject(document, process, subject.context, subject.documents), node


def _own(subject: Subject, within: tuple[str, ...]) -> Written:
    """What the process's own elements write. `within`: the processes that call it in turn."""
    written, payloads = Written({name for name, _ in subject.process.properties}), _payloads(subject)
    for node in subject.nodes.values():
        written.add(mapping.target.partition(".")[0] for mapping in (*node.inputs, *node.outputs))
        written.add(name for name, _ in node.properties)
        if isinstance(node.loop, MultiInstance):
            written.add(filter(None, (node.loop.element, node.loop.output_collection)))
        if not node.outputs or (node.call is not None and node.call.all_outputs):
            written.add(brought(subject, node, within))
        written.add(_results(node))
        written.add(_heard(node, payloads))
    return written


def _results(node: Node) -> Iterator[str]:
    """Variables that the diagram names for a result, and those that catching an error or escalation makes."""
    service = node.service.result if node.service is not None else None
    yield from filter(None, (node.script_result, node.decision_result, service))
    if node.kind in ("boundaryEvent", "startEvent"):
        yield from (event.kind for event in node.events if event.kind in ("error", "escalation"))


def brought(subject: Subject, node: Node, within: tuple[str, ...] = ()) -> Names:
    """The variables that the work of one element brings, before its output mappings choose among them."""
    if node.kind in _PEOPLE and not node.events:
        return _fields(subject, node) if node.kind == "userTask" or node.scope is None else NONE
    if node.script is not None:
        return _by_script(node)
    if node.decision is not None:
        known = subject.context.decision_outputs.get(node.decision) if is_literal(node.decision) else None
        return NONE if node.decision_result is not None else known
    if node.call is not None:
        return _by_call(subject, node, within)
    if node.service is not None and node.service.result is None:
        answered = node.service.topic is not None or bool(node.outputs)
        return None if answered else NONE
    caught = any(event.kind in (*_SPOKEN, "error", "escalation") for event in node.events)
    if node.kind == "receiveTask" or node.instantiate or (caught and node.kind in _CATCHING):
        return None
    return NONE


_CATCHING = ("startEvent", "boundaryEvent", "intermediateCatchEvent")


def _fields(subject: Subject, node: Node) -> Names:
    """Form fields; a task or a start without a known form takes any variable."""
    form = node.assignment.form if node.assignment is not None else node.extensions.get("formKey")
    info = subject.context.forms.get(form or "")
    if info is not None:
        return info.names
    for document in subject.documents:
        properties = document.forms.get(form or "", {}).get("properties")
        if isinstance(properties, dict):
            return frozenset(str(name) for name, one in properties.items() if not _is_shown_only(one))
    return None


def _is_shown_only(schema: object) -> bool:
    return isinstance(schema, Mapping) and schema.get("readOnly") is True


def _by_script(node: Node) -> Names:
    """What a script assigns; a FEEL script without a result variable spreads the entries of its context."""
    source = node.script or ""
    if node.script_format in (None, "python"):
        return frozenset(assigned(source))
    return NONE if node.script_result is not None else entries(source)


def _by_call(subject: Subject, node: Node, within: tuple[str, ...]) -> Names:
    """What the called process writes, where it is one of this deployment."""
    assert node.call is not None
    if not (node.call.all_outputs or node.outputs):
        return NONE
    for document in subject.documents:
        for process in document.processes:
            if process.id == node.call.process and process.id not in (subject.process.id, *within):
                called = Subject(document, process, subject.context, subject.documents)
                own = _own(called, (subject.process.id, *within))
                return None if own.open else frozenset(own.names)
    return None


def _heard(node: Node, payloads: Mapping[Heard, set[str]]) -> Iterator[str]:
    """Entries of the payloads that the deployment's processes send under the names that a node listens to."""
    if node.kind in (*_CATCHING, "receiveTask") and payloads:
        for event in (*node.events, *((node.message,) if node.message is not None else ())):
            yield from payloads.get((event.kind, event.name), ())


def _payloads(subject: Subject) -> dict[Heard, set[str]]:
    """What every message and signal carries that the deployment's processes throw."""
    found: dict[Heard, set[str]] = {}
    for document in subject.documents:
        for process in document.processes:
            for node in process.nodes.values():
                for event in _thrown(node):
                    carried = found.setdefault((event.kind, event.name), set())
                    carried |= (entries(event.payload) or set()) if event.payload is not None else set()
                    carried |= {mapping.target for mapping in node.inputs}
    return found


def _thrown(node: Node) -> Iterator[EventDefinition]:
    if node.kind in ("endEvent", "intermediateThrowEvent"):
        yield from (event for event in node.events if event.kind in _SPOKEN)
    elif node.kind == "sendTask" and node.message is not None:
        yield node.message


def entries(text: str) -> Names:
    """Names of the entries of a context that is written out, `{a: 1, b: x}`; None for any other text that may give one."""
    written = text.strip()
    if not (written.startswith("{") and written.endswith("}")):
        return None
    try:
        # Without variables the entries are null, and yet they are there.
        value = parse(written).evaluate({}).value
    except FeelError:
        return None
    return frozenset(value) if isinstance(value, dict) else NONE


def assigned(source: str) -> set[str]:
    """Names that a Python script assigns; none where it does not parse (the script may then be FEEL)."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    return {name for name in names if not name.startswith("_")}
