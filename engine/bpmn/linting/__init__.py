"""The linter: what would not run as drawn, told before anybody starts it. Errors refuse a deployment, warnings do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from engine.bpmn.linting.calls import check_calls
from engine.bpmn.linting.events import check_events
from engine.bpmn.linting.expressions import check_expressions
from engine.bpmn.linting.reach import check_reach
from engine.bpmn.linting.structure import check_structure, check_sub_processes
from engine.bpmn.linting.subject import CallInfo, FormInfo, LintContext, ScriptCheck, ScriptFault, Subject
from engine.bpmn.linting.tasks import check_tasks
from engine.bpmn.linting.timers import check_timers
from engine.bpmn.linting.tokens import check_tokens
from engine.bpmn.linting.unsupported import UNSUPPORTED, Unsupported, check_supported
from engine.bpmn.linting.variables import check_variables
from engine.bpmn.model import Document, Problem
from engine.bpmn.rules import problem

__all__ = ["UNSUPPORTED", "CallInfo", "FormInfo", "LintContext", "ScriptCheck", "ScriptFault", "Unsupported", "lint"]

CHECKS: tuple[Callable[[Subject], Iterator[Problem]], ...] = (
    check_structure,
    check_sub_processes,
    check_events,
    check_tasks,
    check_timers,
    check_expressions,
    check_reach,
    check_tokens,
    check_variables,
    check_supported,
)


def lint(documents: Sequence[Document], context: LintContext) -> list[Problem]:
    """All problems of the documents of one deployment, those of the reader included, by file and line; each sentence
    once at its place.

    Only executable processes are looked into; a file without any is a problem itself.
    """
    found = [one for document in documents for one in document.problems]
    found += _executable(documents)
    found += _twice(documents)
    found += check_calls(documents)
    for document in documents:
        for process in document.processes:
            if process.executable:
                subject = Subject(document, process, context, documents)
                found += [one for check in CHECKS for one in check(subject)]
    once = {(one.file, one.line, one.rule, one.element_id, one.message): one for one in found}
    return sorted(once.values(), key=lambda one: (one.file, one.line or 0, one.rule, one.element_id or ""))


def _executable(documents: Sequence[Document]) -> Iterator[Problem]:
    for document in documents:
        drawn = [process for process in document.processes if not process.global_task]
        if not any(process.executable for process in drawn or document.processes):
            yield problem("no-executable-process", {"count": len(document.processes)}, file=document.file)


def _twice(documents: Sequence[Document]) -> Iterator[Problem]:
    """One key stands for one process in a deployment."""
    seen: dict[str, str] = {}
    for document in documents:
        for process in document.processes:
            if process.id in seen and seen[process.id] != document.file:
                yield problem(
                    "duplicate-process",
                    {"other": seen[process.id]},
                    file=document.file,
                    line=process.line,
                    element_id=process.id,
                    element_name=process.name,
                )
            seen.setdefault(process.id, document.file)
