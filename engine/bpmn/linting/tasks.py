"""Checks of what tasks refer to: people, forms, decisions, operations, called processes, scripts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches

from engine.bpmn.linting.subject import Subject
from engine.bpmn.model import Node, Problem

SCRIPT_LIMIT = 20_000
SCRIPT_LANGUAGES = ("python", "feel")


def check_tasks(subject: Subject) -> Iterator[Problem]:
    """Every activity of one process."""
    for node in subject.nodes.values():
        yield from _people(subject, node)
        yield from _form(subject, node)
        yield from _service(subject, node)
        yield from _decision(subject, node)
        yield from _call(subject, node)
        if node.kind == "scriptTask":
            yield from _script(subject, node)


def is_literal(text: str | None) -> bool:
    """Whether a facet text is there and no FEEL expression."""
    return text is not None and not text.startswith("=")


def words(text: str | None) -> list[str]:
    """The parts of a comma separated literal; none of an expression."""
    return [part.strip() for part in (text or "").split(",") if part.strip()] if is_literal(text) else []


def near(name: str, known: Collection[str]) -> str:
    """The nearest known name, or a dash."""
    found = get_close_matches(name, sorted(known), 1, 0.6)
    return found[0] if found else "–"


def _told(subject: Subject, node: Node, rule: str) -> bool:
    """Whether a dialect has already said why this element has nothing to run."""
    return any(one.rule == rule and one.element_id == node.id for one in subject.document.problems)


def _people(subject: Subject, node: Node) -> Iterator[Problem]:
    assignment = node.assignment
    if assignment is None:
        return
    if not (assignment.assignee or assignment.candidate_users or assignment.candidate_groups or node.lane_group):
        yield subject.problem("task-without-performer", node)
    groups = words(assignment.candidate_groups)
    if not assignment.candidate_groups and not assignment.assignee and not assignment.candidate_users:
        groups = words(node.lane_group)
    if subject.context.groups is not None:
        for group in groups:
            if group not in subject.context.groups:
                yield subject.problem("unknown-group", node, group=group, near=near(group, subject.context.groups))
    tasks = {one.id for one in subject.nodes.values() if one.kind == "userTask"}
    for other in assignment.not_who_did:
        if other not in tasks:
            yield subject.problem("unknown-task", node, task=other, near=near(other, tasks))


def _form(subject: Subject, node: Node) -> Iterator[Problem]:
    form = node.assignment.form if node.assignment is not None else node.extensions.get("formKey")
    known = {*subject.context.forms, *(key for document in subject.documents for key in document.forms)}
    if is_literal(form) and form is not None and form not in known:
        yield subject.problem("unknown-form", node, form=form, near=near(form, known))


def _service(subject: Subject, node: Node) -> Iterator[Problem]:
    service = node.service
    unsaid = service is None or (service.operation is None and service.topic is None)
    if node.kind == "serviceTask" and unsaid and not _told(subject, node, "vendor-code"):
        yield subject.problem("service-without-operation", node)
    if service is None or service.operation is None or subject.context.operations is None:
        return
    if is_literal(service.operation) and service.operation not in subject.context.operations:
        nearest = near(service.operation, subject.context.operations)
        yield subject.problem("unknown-operation", node, operation=service.operation, near=nearest)
    elif service.operation in subject.context.calls:
        yield from _parameters(subject, node, service.operation, dict(service.parameters))


def _parameters(subject: Subject, node: Node, operation: str, given: Mapping[str, str]) -> Iterator[Problem]:
    known = subject.context.calls[operation]
    for name in sorted(known.required - set(given)):
        yield subject.problem("parameter-missing", node, operation=operation, parameter=name)
    for name in sorted(set(given) - known.parameters):
        yield subject.problem(
            "unknown-parameter", node, operation=operation, parameter=name, near=near(name, known.parameters)
        )
    connector = given.get("connector", "")
    if known.connectors is not None and is_literal(connector) and connector and connector not in known.connectors:
        there = ", ".join(sorted(known.connectors)) or "–"
        yield subject.problem("unknown-connector", node, operation=operation, connector=connector, known=there)


def _decision(subject: Subject, node: Node) -> Iterator[Problem]:
    if node.kind != "businessRuleTask":
        return
    if node.decision is None and node.service is None and not _told(subject, node, "vendor-code"):
        yield subject.problem("decision-missing", node)
    if is_literal(node.decision) and node.decision is not None and node.decision not in subject.context.decisions:
        nearest = near(node.decision, subject.context.decisions)
        yield subject.problem("unknown-decision", node, decision=node.decision, near=nearest)


def _call(subject: Subject, node: Node) -> Iterator[Problem]:
    if node.kind != "callActivity":
        return
    if node.call is None:
        yield subject.problem("call-without-process", node)
        return
    known = {*subject.context.processes, *(p.id for document in subject.documents for p in document.processes)}
    if is_literal(node.call.process) and node.call.process not in known:
        yield subject.problem("unknown-process", node, process=node.call.process, near=near(node.call.process, known))


def _script(subject: Subject, node: Node) -> Iterator[Problem]:
    if node.script is None:
        yield subject.problem("script-missing", node)
        return
    if len(node.script.encode()) > SCRIPT_LIMIT:
        yield subject.problem("script-too-long", node, limit=SCRIPT_LIMIT)
    known = node.script_format is None or node.script_format in SCRIPT_LANGUAGES
    if not known and not _told(subject, node, "vendor-script"):
        yield subject.problem("script-language", node, language=node.script_format)
