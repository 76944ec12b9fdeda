"""What the kinds of activities say: who does them, what they call, what they run."""

from __future__ import annotations

import json
from typing import Literal, cast

from engine.bpmn.model import AdHoc, Assignment, Call, DataMapping, EventDefinition, Service
from engine.bpmn.reading.context import Reading
from engine.bpmn.reading.events import expression, message_event, message_of
from engine.bpmn.reading.names import (
    FACET,
    Element,
    attribute,
    child_text,
    children,
    extensions,
    facet,
    flag,
    local,
    text,
)

_GLOBAL = ("globalTask", "globalUserTask", "globalManualTask", "globalScriptTask", "globalBusinessRuleTask")
_SERVICES = ("serviceTask", "sendTask", "businessRuleTask")
_BINDINGS = ("latest", "deployment", "version")
SCRIPT_FORMATS = {
    "python": "python",
    "text/python": "python",
    "text/x-python": "python",
    "application/python": "python",
    "application/x-python": "python",
    "feel": "feel",
    "text/feel": "feel",
    "application/feel": "feel",
    "https://www.omg.org/spec/dmn/20191111/feel/": "feel",
}


def literal(source: str) -> str:
    """FEEL text of a facet value: what follows `=`, or the text itself as a FEEL string."""
    return source[1:].strip() if source.startswith("=") else json.dumps(source, ensure_ascii=False)


def read_mappings(element: Element) -> tuple[tuple[DataMapping, ...], tuple[DataMapping, ...]]:
    """(`facet:input`, `facet:output`) mappings of an activity or event."""

    def of(name: str) -> tuple[DataMapping, ...]:
        return tuple(
            DataMapping(literal(part.get("source") or text(part) or ""), target)
            for part in extensions(element, name)
            if (target := attribute(part, "target")) is not None
        )

    return of("input"), of("output")


def read_assignment(reading: Reading, element: Element) -> Assignment | None:
    """Who does a user task: `facet:` attributes, else the standard's resource roles (BPMN 10.3.2)."""
    if local(element) not in ("userTask", "globalUserTask"):
        return None
    performer, users, groups = _roles(reading, element)
    names = facet(element, "notWhoDid") or ""
    return Assignment(
        assignee=facet(element, "assignee") or performer,
        candidate_users=_together(facet(element, "candidateUsers"), users),
        candidate_groups=_together(facet(element, "candidateGroups"), groups),
        due=facet(element, "dueDate"),
        follow_up=facet(element, "followUpDate"),
        priority=facet(element, "priority"),
        form=facet(element, "formKey"),
        not_who_did=tuple(part.strip() for part in names.split(",") if part.strip()),
    )


def _together(said: str | None, roles: str | None) -> str | None:
    """Candidates of both kinds: the attribute's and those of the standard's roles."""
    if said is None or roles is None:
        return said or roles
    if not said.startswith("="):
        return ",".join(dict.fromkeys(part.strip() for part in f"{said},{roles}".split(",") if part.strip()))
    return f"=flatten([{said[1:]}, {json.dumps(roles.split(','), ensure_ascii=False)}])"


def _roles(reading: Reading, element: Element) -> tuple[str | None, str | None, str | None]:
    """(assignee, candidate users, candidate groups) from performer, humanPerformer and potentialOwner."""
    performer: str | None = None
    users: list[str] = []
    groups: list[str] = []
    for role in children(element, "performer", "humanPerformer", "potentialOwner", "resourceRole"):
        for kind, name in _resources(reading, role):
            if local(role) in ("performer", "humanPerformer"):
                performer = performer or name
            elif kind == "user":
                users.append(name)
            else:
                groups.append(name)
    return performer, ",".join(users) or None, ",".join(groups) or None


def _resources(reading: Reading, role: Element) -> list[tuple[str, str]]:
    """(kind, name) pairs of a role: its resource's name, or the words of its assignment expression."""
    ref = reading.target(role, child_text(role, "resourceRef"), "resource")
    if ref is not None:
        return [("group", attribute(reading.elements[ref], "name") or ref)]
    found: list[tuple[str, str]] = []
    for assignment in children(role, "resourceAssignmentExpression"):
        for word in (text(assignment) or "").split(","):
            name, kind = word.strip(), "group"
            for prefix in ("user", "group"):
                if name.startswith(f"{prefix}(") and name.endswith(")"):
                    name, kind = name[len(prefix) + 1 : -1].strip(), prefix
            if name:
                found.append((kind, name))
    return found


def read_service(reading: Reading, element: Element) -> Service | None:
    """The operation or external topic of a service, send or business rule task, or of a throwing message event."""
    operation = facet(element, "operation")
    topic = facet(element, "topic")
    if operation is None and topic is None and local(element) == "serviceTask":
        key = reading.target(element, attribute(element, "operationRef"), "operation")
        operation = reading.operations[key].name if key in reading.operations and key is not None else None
    if operation is None and topic is None and local(element) not in _SERVICES:
        return None
    if operation is None and topic is None and local(element) != "serviceTask":
        return None
    return Service(
        operation=operation,
        topic=topic,
        parameters=tuple(
            (name, part.get("value") or text(part) or "")
            for part in extensions(element, "parameter")
            if (name := attribute(part, "name")) is not None
        ),
        result=facet(element, "resultVariable"),
        retries=facet(element, "retries"),
    )


def read_script(element: Element) -> tuple[str | None, str | None, str | None]:
    """(script, format, result variable) of a script task. The format is `python`, `feel`, or what the file says."""
    if local(element) not in ("scriptTask", "globalScriptTask"):
        return None, None, None
    language = attribute(element, "scriptFormat") or attribute(element, "scriptLanguage")
    known = SCRIPT_FORMATS.get(language.lower(), language) if language else None
    return child_text(element, "script"), known, facet(element, "resultVariable")


def read_call(reading: Reading, element: Element, *, mapped_in: bool, mapped_out: bool) -> Call | None:
    """The called element of a call activity (BPMN 10.3.6). With mappings only these are handed over, unless it says
    that all variables are: then the mappings come on top."""
    called = attribute(element, "calledElement") or child_text(element, "calledElement")
    if local(element) != "callActivity" or called is None:
        return None
    key = called if called.startswith("=") else reading.key(called) or called
    found = reading.elements.get(key)
    binding = facet(element, "binding") or "latest"
    if binding not in _BINDINGS:
        reading.report(
            "unknown-value", element, attribute="facet:binding", value=binding, allowed=" / ".join(_BINDINGS)
        )
        binding = "latest"
    return Call(
        process=key,
        binding=cast(Literal["latest", "deployment", "version"], binding),
        version=facet(element, "version"),
        business_key=expression(facet(element, "businessKey")),
        all_inputs=(facet(element, "propagateAllInputs") or str(not mapped_in)).lower() == "true",
        all_outputs=(facet(element, "propagateAllOutputs") or str(not mapped_out)).lower() == "true",
        global_task=found is not None and local(found) in _GLOBAL,
    )


def read_task_message(reading: Reading, element: Element) -> EventDefinition | None:
    """The message of a send or receive task."""
    if local(element) not in ("sendTask", "receiveTask"):
        return None
    ref, name = message_of(reading, element, None)
    name = facet(element, "message") or name
    if name is None and local(element) == "receiveTask":
        name = attribute(element, "id")
        reading.report("receive-without-message", element)
    return None if name is None else message_event(reading, element, None, ref, name)


def read_ad_hoc(reading: Reading, element: Element) -> AdHoc | None:
    """The attributes of an ad-hoc sub-process (BPMN 10.3.5)."""
    if local(element) != "adHocSubProcess":
        return None
    ordering = attribute(element, "ordering") or "Parallel"
    if ordering not in ("Parallel", "Sequential"):
        reading.report("unknown-value", element, attribute="ordering", value=ordering, allowed="Parallel / Sequential")
        ordering = "Parallel"
    return AdHoc(
        cast(Literal["Parallel", "Sequential"], ordering),
        expression(child_text(element, "completionCondition")),
        flag(element, "cancelRemainingInstances", True),
    )


def read_extensions(element: Element) -> dict[str, str]:
    """`facet:property` elements and the `facet:` attributes that no field of the model takes (`name-zh`, `title-zh`
    …)."""
    found = {
        name.partition("}")[2]: str(value)
        for name, value in element.attrib.items()
        if isinstance(name, str) and name.startswith(f"{{{FACET}}}")
    }
    for part in extensions(element, "property"):
        name = attribute(part, "name")
        if name is not None:
            found[name] = part.get("value") or text(part) or ""
    return found
