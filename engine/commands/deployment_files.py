"""The files of a deployment, read and looked at: everything that can be said of them without a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import engine.bpmn
import engine.dmn
import forms
from engine.bpmn.model import Document, Problem, Process
from engine.bpmn.rules import problem
from engine.calendars import load as load_calendar
from engine.definitions import editor_form, load_forms, read_form
from engine.dmn import HitPolicy
from engine.errors import DeploymentRejected, FacetError, InvalidInput
from engine.feel import FeelError, parse
from engine.runtime.environment import Environment
from engine.runtime.spec import ProcessSpec
from engine.runtime.starts import start_triggers
from engine.variables import loads, to_plain


@dataclass(frozen=True, slots=True)
class Read:
    """The files of a deployment, read."""

    documents: tuple[Document, ...]
    models: Mapping[str, engine.dmn.Definitions]
    forms: Mapping[str, forms.Form]
    calendars: Mapping[str, Any]
    problems: list[Problem]

    @property
    def processes(self) -> list[tuple[Document, Process]]:
        """Executable processes with their files."""
        return [(d, p) for d in self.documents for p in d.processes if p.executable]


def kind_of(name: str) -> str | None:
    """bpmn, dmn, form or calendar, by the file's ending; None for what is no part of a deployment."""
    lower = name.lower()
    if lower.endswith((".bpmn", ".bpmn20.xml", ".bpmn2", ".xml")):
        return "bpmn"
    if lower.endswith(".dmn"):
        return "dmn"
    if lower.endswith(".calendar.json"):
        return "calendar"
    return "form" if lower.endswith((".json", ".form")) else None


def rejected(problems: Sequence[Problem]) -> DeploymentRejected:
    """The error that carries all problems."""
    errors = [p for p in problems if p.severity == "error"]
    first = errors[0]
    return DeploymentRejected(
        f"{len(errors)} problem(s) have to be solved first. {first.file}: {first.message}",
        f"需先解决 {len(errors)} 个问题。{first.file}：{first.message_zh or first.message}",
        data={"problems": list(problems)},
    )


def read_files(files: Mapping[str, bytes]) -> Read:
    """Reads every file. `problems`: what cannot be read, and what of forms has no equivalent; the diagrams keep theirs."""
    problems: list[Problem] = []
    documents: list[Document] = []
    models: dict[str, engine.dmn.Definitions] = {}
    loaded: dict[str, forms.Form] = {}
    calendars: dict[str, Any] = {}
    forms_of: dict[str, str] = {}
    decision_files = {name: content for name, content in files.items() if kind_of(name) == "dmn"}
    for name, content in files.items():
        try:
            match kind_of(name):
                case "bpmn":
                    document = engine.bpmn.read(content, file=name)
                    documents.append(document)  # its problems come with the linter's
                    loaded.update(load_forms({}, document))
                case "dmn":
                    models[name] = engine.dmn.read(content, file=name, imports=decision_files)
                case "form":
                    found = read_form(name, content)
                    for key in found:
                        _check_free(key, forms_of, name)
                    loaded.update(found)
                    problems.extend(_gaps(name, content))
                case "calendar":
                    data = loads(content)
                    calendars[load_calendar(data).key] = data
        except (FacetError, engine.dmn.DmnError, forms.FormError) as error:
            problems.append(as_problem(error, name))
    return Read(tuple(documents), models, loaded, calendars, problems)


def _gaps(file: str, content: bytes) -> list[Problem]:
    """What a form of another editor asks for and the form language does not have."""
    form = editor_form(content)
    told = engine.bpmn.form_gaps(form) if form is not None else ()
    return [problem("vendor-unknown", {"what": what, "name": file}, file=file) for what in told]


def _check_free(key: str, taken: dict[str, str], file: str) -> None:
    other = taken.setdefault(key, file)
    if other != file:
        raise InvalidInput(
            f"“{other}” is a form of the same name “{key}”; a diagram could not say which one it means.",
            f"“{other}”与此表单同名（“{key}”），流程图无法区分。",
        )


def as_problem(error: Exception, file: str) -> Problem:
    """An error of a reader, as a problem of the file."""
    return Problem(
        "error",
        str(getattr(error, "code", "unreadable")),
        str(getattr(error, "message", error)),
        str(getattr(error, "zh", "") or getattr(error, "message_zh", "")),
        file,
        getattr(error, "line", None),
        getattr(error, "element_id", None),
    )


def examine(read: Read, context: engine.bpmn.LintContext, environment: Environment) -> list[Problem]:
    """The linter's problems, the tables', the forms', the compiler's. `context` says what there is beside these files."""
    problems = list(engine.bpmn.lint(read.documents, context))
    for file, model in read.models.items():
        problems.extend(_finding(finding, file) for finding in engine.dmn.check(model))
    for form in {id(form): form for form in read.forms.values()}.values():  # some are known by two keys
        problems.extend(
            Problem(p.severity, "form", p.message, p.message_zh, form.key, element_id=p.pointer or None)
            for p in forms.check(form, evaluator_parse=parse)
        )
    if not any(p.severity == "error" for p in problems):
        problems.extend(_compile(read, environment))
    if not read.processes and not read.models and not read.calendars:
        problems.append(
            Problem(
                "error",
                "nothing-to-run",
                "No file holds an executable process or a decision.",
                "没有可执行的流程或决策。",
            )
        )
    return problems


def form_infos(read: Read) -> dict[str, engine.bpmn.FormInfo]:
    """What the linter knows of the forms that were read."""
    return {key: engine.bpmn.FormInfo(frozenset(form.variables)) for key, form in read.forms.items()}


def decision_ids(read: Read) -> set[str]:
    """Ids of the decisions that were read."""
    return {id for model in read.models.values() for id in model.decisions}


_LISTS = frozenset({HitPolicy.COLLECT, HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER})


def decision_outputs(read: Read) -> dict[str, frozenset[str] | None]:
    """The variables that each decision's result becomes without a result variable: the output columns of a table with
    several, else one of the decision's own name; None where the result may be any context."""
    return {
        id: _outputs(id, decision.expression)
        for model in read.models.values()
        for id, decision in model.decisions.items()
    }


def _outputs(id: str, expression: object) -> frozenset[str] | None:
    if not isinstance(expression, engine.dmn.DecisionTable):
        return None
    if expression.hit_policy in _LISTS or len(expression.outputs) == 1:
        return frozenset({id})
    return frozenset(output.name or "" for output in expression.outputs)


def _finding(finding: Any, file: str) -> Problem:
    return Problem(
        finding.severity,
        finding.rule,
        finding.message,
        finding.message_zh,
        file,
        finding.line,
        finding.element_id,
        finding.element_name,
        to_plain(finding.data),
    )


def _compile(read: Read, environment: Environment) -> list[Problem]:
    problems = []
    for document, process in read.processes:
        try:
            spec = ProcessSpec(process)
            list(start_triggers(spec, environment))
        except (FacetError, FeelError) as error:
            problems.append(as_problem(error, document.file))
    return problems
