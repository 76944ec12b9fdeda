"""A little counter that knows nothing of our reader: what a BPMN file holds, and what of it a reading has lost.

    python -m tests.bpmn.interchange FOLDER [FOLDER …]

reads every diagram below the folders, lints, compiles and draws it, and prints how many were accepted, which rules refused
the others, and every element that an accepted diagram has lost. It uses the standard library's XML reader, so that a fault
of ours does not hide itself.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from xml.etree import ElementTree

from engine.bpmn import BpmnUnreadable, Document, FormInfo, LintContext, Problem, lint, read
from engine.bpmn.model import MultiInstance, Node, Process
from engine.bpmn.svg import render
from engine.errors import InvalidInput
from engine.runtime.spec import ProcessSpec

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
ENDINGS = (".bpmn", ".bpmn20.xml", ".bpmn2", ".xml")
EVENTS = ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")
TASKS = ("task", "userTask", "manualTask", "serviceTask", "scriptTask", "businessRuleTask", "sendTask", "receiveTask")
SCOPES = ("subProcess", "transaction", "adHocSubProcess")
GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "complexGateway", "eventBasedGateway")
LOOPS = ("standardLoopCharacteristics", "multiInstanceLoopCharacteristics")
NODES = frozenset({*EVENTS, *TASKS, *SCOPES, *GATEWAYS, "callActivity"})
TRIGGERS = (
    "message",
    "signal",
    "timer",
    "error",
    "escalation",
    "conditional",
    "compensate",
    "terminate",
    "cancel",
    "link",
)
RETYPED = {("manualTask", "userTask"), ("scriptTask", "serviceTask"), ("serviceTask", "scriptTask")} | {
    (kind, "scriptTask") for kind in ("sendTask", "businessRuleTask")
}
"""What a dialect may make of an element: the other engine runs it as the second."""
XML = ElementTree.Element
_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>")


@dataclass
class Survey:
    """What came of many files."""

    files: int = 0
    accepted: int = 0
    no_bpmn: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    lost: list[tuple[str, str]] = field(default_factory=list)
    crashed: list[tuple[str, str]] = field(default_factory=list)
    refusals: list[tuple[str, Problem]] = field(default_factory=list)


# --- what a file holds ------------------------------------------------------------------------------------------------


def _tag(element: XML) -> str:
    return element.tag.removeprefix(BPMN) if isinstance(element.tag, str) and element.tag.startswith(BPMN) else ""


def _children(element: XML, *names: str) -> Iterator[XML]:
    return (one for one in element if _tag(one) in names)


def _id(element: XML) -> str | None:
    return (element.get("id") or "").strip() or None


def _inside(container: XML) -> Iterator[XML]:
    """Elements of a process and of the sub-processes in it."""
    for one in container:
        yield one
        if _tag(one) in SCOPES:
            yield from _inside(one)


def _text(element: XML | None) -> str:
    return "".join(element.itertext()).strip() if element is not None else ""


def _bare(reference: str | None, ids: set[str]) -> str:
    """References are QNames: a prefix that is no part of an id is dropped."""
    found = (reference or "").strip()
    return found if found in ids else found.rpartition(":")[2]


# --- what a reading has lost --------------------------------------------------------------------------------------------


def losses(content: bytes, document: Document) -> list[str]:
    """One line per element of the file that the document does not hold."""
    root = _parsed(content)
    ids = {found for one in root.iter() if (found := _id(one)) is not None}
    return [*_roots(root, document), *_collaborations(root, ids, document), *_drawn(root, ids, document)] + [
        line for element in _children(root, "process") for line in _process(element, ids, document)
    ]


def _parsed(content: bytes) -> XML:
    """The file's tree. Some editors write declarations that strict readers refuse; those are left out."""
    try:
        return ElementTree.fromstring(content)
    except ElementTree.ParseError:
        return ElementTree.fromstring(_DECLARATION.sub(b"", content, count=1))


def _roots(root: XML, document: Document) -> Iterator[str]:
    kept = {
        "message": document.messages,
        "signal": document.signals,
        "error": document.errors,
        "escalation": document.escalations,
        "process": {process.id: process for process in document.processes},
    }
    for kind, known in kept.items():
        for element in _children(root, kind):
            if _id(element) is not None and _id(element) not in known:
                yield f"{kind} {_id(element)}"


def _collaborations(root: XML, ids: set[str], document: Document) -> Iterator[str]:
    for collaboration in _children(root, "collaboration"):
        pools = {pool.id: pool for pool in document.participants}
        for one in _children(collaboration, "participant"):
            pool = pools.get(_id(one) or "")
            if pool is None or (pool.process or "") != _bare(one.get("processRef"), ids):
                yield f"participant {_id(one)}"
        wanted = Counter(
            (_bare(one.get("sourceRef"), ids), _bare(one.get("targetRef"), ids))
            for one in _children(collaboration, "messageFlow")
        )
        for ends in wanted - Counter((flow.source, flow.target) for flow in document.message_flows):
            if all(ends):
                yield f"messageFlow {ends[0]} → {ends[1]}"


def _drawn(root: XML, ids: set[str], document: Document) -> Iterator[str]:
    """Shapes of the fullest plane that stand for elements of the file."""
    shapes = {shape.element for shape in document.shapes} | {edge.element for edge in document.edges}
    planes = [*root.iter(f"{DI}BPMNPlane")]
    for one in max(planes, key=len, default=()) if len(planes) == 1 else ():
        key = _bare(one.get("bpmnElement"), ids)
        if one.tag == f"{DI}BPMNShape" and key in ids and key not in shapes and _has_bounds(one):
            yield f"shape of {key}"


def _has_bounds(shape: XML) -> bool:
    bounds = shape.find(f"{DC}Bounds")
    try:
        return bounds is not None and all(
            isfinite(float(bounds.get(name, ""))) for name in ("x", "y", "width", "height")
        )
    except ValueError:
        return False


def _process(element: XML, ids: set[str], document: Document) -> Iterator[str]:
    process = next((one for one in document.processes if one.id == _id(element)), None)
    if process is None:
        return
    for one in _inside(element):
        kind = _tag(one)
        if kind in NODES:
            yield from _node(one, kind, ids, process, document)
        elif kind in ("dataObject", "dataObjectReference", "property"):
            yield from _data(one, element, process)
    yield from _lanes(element, ids, process)
    yield from _flows(element, ids, process)


def _node(element: XML, kind: str, ids: set[str], process: Process, document: Document) -> Iterator[str]:
    key = _id(element)
    node = process.nodes.get(key or "")
    if node is None:
        yield f"{kind} {key}"
        return
    if node.kind != kind and (kind, node.kind) not in RETYPED:
        yield f"{kind} {key} became {node.kind}"
    if (node.name or "") != (element.get("name") or "").strip() and (node.name or "") != element.get("name", ""):
        yield f"name of {key}"
    yield from (f"{what} of {key}" for what in _parts(element, node, ids) if not _is_told(document, key, what))


def _is_told(document: Document, key: str | None, what: str) -> bool:
    """A message event that names no message is silent in other engines; the reader says so."""
    silent = what.startswith("event definition") and "vendor-differs"
    return bool(silent) and any(one.rule == silent and one.element_id == key for one in document.problems)


def _parts(element: XML, node: Node, ids: set[str]) -> Iterator[str]:
    wanted = Counter(_tag(one).removesuffix("EventDefinition") for one in element if "EventDefinition" in _tag(one))
    wanted = Counter({kind: count for kind, count in wanted.items() if kind in TRIGGERS})
    for kind in wanted - Counter(event.kind for event in node.events):
        yield f"event definition {kind}"
    referred = sum(1 for _ in _children(element, "eventDefinitionRef"))
    if node.kind in EVENTS and len(node.events) < wanted.total() + referred:
        yield "event definition by reference"
    if node.kind == "boundaryEvent" and node.attached_to != _bare(element.get("attachedToRef"), ids):
        yield "attachedToRef"
    if any(True for _ in _children(element, *LOOPS)) != bool(node.loop):
        yield "loop marker"
    if _text(next(_children(element, "script"), None)) and not node.script and node.kind == "scriptTask":
        yield "script"
    for name, kept in (("isForCompensation", node.for_compensation), ("triggeredByEvent", node.triggered_by_event)):
        if element.get(name) == "true" and not kept and not node.incoming:
            yield name
    for name, quantity in (("startQuantity", node.start_quantity), ("completionQuantity", node.completion_quantity)):
        if element.get(name, "1").strip() != str(quantity):
            yield name
    if _moved(element, node, ids) > len(node.inputs) + len(node.outputs):
        yield "data association"


def _moved(element: XML, node: Node, ids: set[str]) -> int:
    """Data associations that move something under another name: those need a mapping. Collections of loops do not."""
    if isinstance(node.loop, MultiInstance):
        return 0
    return sum(
        1
        for one in _children(element, "dataInputAssociation", "dataOutputAssociation")
        if any(True for _ in _children(one, "assignment", "transformation"))
    )


def _data(element: XML, process_element: XML, process: Process) -> Iterator[str]:
    """Data objects are variables of the process or of a sub-process, by name (several references may share one)."""
    if _tag(element) == "dataObject" and any(
        (one.get("dataObjectRef") or "").rpartition(":")[2] == _id(element)
        for one in process_element.iter(f"{BPMN}dataObjectReference")
    ):
        return  # its references stand for it
    if element.get("name") == "__targetRef_placeholder":
        return
    held = len(process.properties) + sum(len(node.properties) for node in process.nodes.values())
    if not held:
        yield f"{_tag(element)} {_id(element)}"


def _lanes(element: XML, ids: set[str], process: Process) -> Iterator[str]:
    held = Counter(key for lane in process.lanes for key in lane.nodes)
    wanted: Counter[str] = Counter()
    for lane in element.iter(f"{BPMN}lane"):
        if _id(lane) is not None and _id(lane) not in {one.id for one in process.lanes}:
            yield f"lane {_id(lane)}"
        wanted.update(_bare(_text(one), ids) for one in _children(lane, "flowNodeRef"))
    for key in (wanted - held).keys() & process.nodes.keys():
        yield f"{key} in its lane"


def _flows(element: XML, ids: set[str], process: Process) -> Iterator[str]:
    for one in _inside(element):
        if _tag(one) != "sequenceFlow":
            continue
        source, target = _bare(one.get("sourceRef"), ids), _bare(one.get("targetRef"), ids)
        if not (source in process.nodes and target in process.nodes):
            continue  # refused: it leads into another process
        key = _id(one)
        flow = process.flows.get(key or "")
        if flow is None and key is not None:
            yield f"sequenceFlow {key}"
        elif target not in _reached(process, source):
            yield f"sequenceFlow {source} → {target}"
        if flow is not None and _text(next(_children(one, "conditionExpression"), None)) and not flow.condition:
            yield f"condition of {key}"
    flows = sum(1 for one in _inside(element) if _tag(one) == "sequenceFlow")
    if len(process.flows) < flows:
        yield f"{flows - len(process.flows)} sequence flows"


def _reached(process: Process, source: str) -> set[str]:
    """Where a token gets from a node over flows and the steps that a dialect has put in between."""
    steps = {node.id for node in process.nodes.values() if node.kind == "scriptTask"}
    found: set[str] = set()
    waiting = [source]
    while waiting:
        for key in process.nodes[waiting.pop()].outgoing:
            target = process.flows[key].target
            if target not in found:
                found.add(target)
                if target in steps:
                    waiting.append(target)
    return found


# --- many files ---------------------------------------------------------------------------------------------------------


def surroundings(document: Document) -> LintContext:
    """A context in which everything exists that the diagram asks for: only the diagram itself is judged."""
    nodes = [node for process in document.processes for node in process.nodes.values()]
    forms = {node.assignment.form if node.assignment is not None else node.extensions.get("formKey") for node in nodes}
    unknown: dict[str, FormInfo | None] = {form: None for form in forms if form is not None}
    return LintContext(
        forms=unknown,
        decisions={node.decision for node in nodes if node.decision is not None},
        processes={node.call.process for node in nodes if node.call is not None},
    )


def examine(content: bytes, name: str, survey: Survey) -> None:
    """Read, lint, compile and draw one file."""
    survey.files += 1
    try:
        document = read(content, file=name)
    except BpmnUnreadable as error:
        survey.refused[error.problem.rule] += 1
        survey.refusals.append((name, error.problem))
        return
    errors = [one for one in lint([document], surroundings(document)) if one.severity == "error"]
    if {one.rule for one in errors} == {"no-executable-process"} and b'isExecutable="false"' in content:
        examine(content.replace(b'isExecutable="false"', b'isExecutable="true"'), f"{name} (as if executable)", survey)
    if not any(one.severity == "error" for one in document.problems):  # also of what is refused for what it means
        survey.lost.extend((name, line) for line in losses(content, document))
    if errors:
        survey.refused.update({one.rule for one in errors})
        survey.refusals.extend((name, one) for one in errors)
        render(document, content)
        return
    try:
        for process in document.processes:
            if process.executable:
                ProcessSpec(process)
    except InvalidInput as error:  # deployment tells it as a problem
        survey.refused[error.code] += 1
        survey.refusals.append((name, Problem("error", error.code, error.message)))
        return
    render(document, content)
    survey.accepted += 1


def survey_folders(folders: Sequence[Path]) -> Survey:
    """What comes of every diagram below the folders."""
    found = Survey()
    for path in _diagrams(folders):
        content = path.read_bytes()
        try:
            examine(content, str(path), found)
        except Exception:  # whatever a file does to the reader has to come to light here, and the next one is read
            found.crashed.append((str(path), traceback.format_exc(limit=-4)))
    return found


def _diagrams(folders: Sequence[Path]) -> Iterable[Path]:
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.name.lower().endswith(ENDINGS) and b"20100524/MODEL" in path.read_bytes():
                yield path


def report(survey: Survey, *, details: bool = False) -> str:
    """The survey as text."""
    lines = [f"{survey.files} files, {survey.accepted} accepted, {survey.files - survey.accepted} refused"]
    lines += [f"  refused by {rule}: {count}" for rule, count in survey.refused.most_common()]
    lines += [f"{len(survey.crashed)} crashes"] + [f"  {name}\n{text}" for name, text in survey.crashed]
    lines += [f"{len(survey.lost)} lost elements"] + [f"  {name}: {line}" for name, line in survey.lost]
    if details:
        lines += [f"{name}:{one.line} {one.rule}: {one.message}" for name, one in survey.refusals]
    return "\n".join(lines)


if __name__ == "__main__":
    found = survey_folders([Path(argument) for argument in sys.argv[1:] if argument != "--details"])
    print(report(found, details="--details" in sys.argv))
    sys.exit(bool(found.lost or found.crashed))
