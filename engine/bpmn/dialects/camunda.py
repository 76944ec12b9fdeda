"""Camunda 7, Flowable and Activiti: one family of vocabularies under three namespaces."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from engine.bpmn.dialects.camunda_forms import read_form
from engine.bpmn.dialects.camunda_parts import EXTENSIONS, mapped_variables
from engine.bpmn.dialects.editing import Translation
from engine.bpmn.reading.context import Reading
from engine.bpmn.reading.names import BPMN, Element, attribute, child, children, local, split, text

CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
NAMESPACES: Mapping[str, str] = {
    CAMUNDA: "Camunda 7",
    "http://flowable.org/bpmn": "Flowable",
    "http://activiti.org/bpmn": "Activiti",
}

# What another engine does with its own threads, indexes and editors: nothing of it changes what the process does here.
_HARMLESS = frozenset(
    {
        *("asyncBefore", "asyncAfter", "async", "exclusive", "jobPriority", "taskPriority", "historyTimeToLive"),
        *("isStartableInTasklist", "diagramRelationId", "modelerTemplate", "modelerTemplateVersion", "errorMessage"),
        *("modelerTemplateIcon", "category", "formFieldValidation", "sameDeployment", "asyncLeave", "extensionId"),
        *(
            "businessCalendarName",
            "autoStoreVariables",
            "decisionRefTenantId",
            "calledElementTenantId",
            "mapDecisionResult",
        ),
        *("triggerable", "failedJobRetryTimeCycle", "storeResultVariableAsTransient", "useLocalScopeForResultVariable"),
    }
)
_CODE = frozenset({"class", "delegateExpression", "variableMappingClass", "variableMappingDelegateExpression"})
_CODE_TOO = frozenset({"formHandlerClass", "taskListener", "executionListener", "resource"})
_RESULTS = ("resultVariable", "resultVariableName")
_EXPRESSIONS = (
    *("conditionExpression", "timeDate", "timeDuration", "timeCycle", "condition", "loopCardinality"),
    *("completionCondition", "loopCondition", "activationCondition"),
)
_TEMPLATES = ("timeDate", "timeDuration", "timeCycle")
_SET_VARIABLE = re.compile(r"[$#]\{\s*execution\.setVariable\(\s*['\"](?P<name>\w+)['\"]\s*,(?P<value>.*)\)\s*\}", re.S)
Handler = Callable[[Translation, Element, str], None]


def translate_camunda(reading: Reading, namespace: str, vendor: str) -> None:
    """Rewrite everything of one of the namespaces in the tree of a reading."""
    translation = Translation(reading, vendor)
    for element in [*reading.root.iter(f"{{{BPMN}}}*")]:
        _by_kind(translation, element, namespace)
        _attributes(translation, element, namespace)
        _extensions(translation, element, namespace)
    translation.finish()


def translate_juel(reading: Reading) -> None:
    """Rewrite `${…}` in the standard's own elements: it is JUEL whichever vocabulary the file uses, and never FEEL."""
    translation = Translation(reading, "JUEL")
    for element in [*reading.root.iter(f"{{{BPMN}}}*")]:
        _texts(translation, element)
    translation.finish()


# --- attributes -------------------------------------------------------------------------------------------------------


def _attributes(translation: Translation, element: Element, namespace: str) -> None:
    for name in [name for name in element.attrib if split(name)[0] == namespace]:
        key, value = split(name)[1], str(element.attrib.pop(name)).strip()
        handler = _HANDLERS.get(key)
        if handler is not None:
            handler(translation, element, value)
            translation.note(key)
        elif key in _CODE or key in _CODE_TOO:
            translation.report("vendor-code", element, what=key)
        elif key not in _HARMLESS:
            translation.report("vendor-unknown", element, what=key)


def _text(name: str) -> Handler:
    return lambda translation, element, value: translation.put(element, name, translation.text(element, name, value))


def _list(name: str) -> Handler:
    return lambda translation, element, value: translation.put(element, name, translation.listed(element, name, value))


def _plain(name: str) -> Handler:
    return lambda translation, element, value: translation.put(element, name, value)


def _form_key(translation: Translation, element: Element, value: str) -> None:
    """`camunda-forms:deployment:quote.form` is the form `quote`; pages of another application are not here."""
    if "{" in value:
        translation.put(element, "formKey", translation.text(element, "formKey", value))
    elif value.startswith("camunda-forms:") or not set(value) & set(":/."):
        translation.put(element, "formKey", value.rpartition(":")[2].rpartition("/")[2].partition(".")[0])
    else:
        translation.report("vendor-unknown", element, what=f"formKey={value}")


def _initiator(translation: Translation, element: Element, value: str) -> None:
    translation.add(element, "output", source="=facet.initiator", target=value)


def _collection(translation: Translation, element: Element, value: str) -> None:
    found = translation.text(element, "collection", value)
    translation.put(element, "collection", found)


def _element_index(translation: Translation, element: Element, value: str) -> None:
    activity = element.getparent()
    if activity is not None:
        translation.add(activity, "input", source="=loopCounter - 1", target=value)


def _called_binding(translation: Translation, element: Element, value: str) -> None:
    if value == "versionTag":
        advice = "call the latest version, or a version by its number"
        translation.report(
            "vendor-unsupported", element, what="versionTag", advice=advice, advice_zh="请调用最新版本或按版本号调用"
        )
        return
    translation.put(element, "binding", value)


def _inherit_variables(translation: Translation, element: Element, value: str) -> None:
    translation.put(element, "propagateAllInputs", value)


def _inherit_key(translation: Translation, element: Element, value: str) -> None:
    """Facet hands the business key on unless told otherwise."""


def _skip(translation: Translation, element: Element, value: str) -> None:
    advice = "draw a gateway that leads past the activity"
    translation.report(
        "vendor-unsupported", element, what="skipExpression", advice=advice, advice_zh="请画网关绕过该活动"
    )


def _decision_binding(translation: Translation, element: Element, value: str) -> None:
    if value != "latest":
        translation.report("vendor-unknown", element, what=f"decisionRefBinding={value}")


_HANDLERS: Mapping[str, Handler] = {
    "assignee": _text("assignee"),
    "candidateUsers": _list("candidateUsers"),
    "candidateGroups": _list("candidateGroups"),
    "candidateStarterGroups": _list("candidateStarterGroups"),
    "dueDate": _text("dueDate"),
    "followUpDate": _text("followUpDate"),
    "priority": _text("priority"),
    "formKey": _form_key,
    "formRef": _text("formKey"),
    "formRefBinding": _inherit_key,
    "versionTag": _plain("versionTag"),
    "initiator": _initiator,
    "topic": _text("topic"),
    "resultVariable": _plain("resultVariable"),
    "resultVariableName": _plain("resultVariable"),
    "decisionRef": _text("decision"),
    "decisionRefBinding": _decision_binding,
    "collection": _collection,
    "elementVariable": _plain("elementVariable"),
    "elementIndexVariable": _element_index,
    "calledElementBinding": _called_binding,
    "calledElementVersion": _plain("version"),
    "inheritVariables": _inherit_variables,
    "inheritBusinessKey": _inherit_key,
    "businessKey": lambda translation, element, value: translation.put(
        element, "businessKey", translation.feel(element, "businessKey", value)
    ),
    "skipExpression": _skip,
}


# --- kinds of elements ------------------------------------------------------------------------------------------------


def _by_kind(translation: Translation, element: Element, namespace: str) -> None:
    kind = local(element)
    if kind in ("serviceTask", "sendTask", "businessRuleTask"):
        _service(translation, element, namespace)
    elif kind == "messageEventDefinition":
        _message_event(translation, element, namespace)
    elif kind == "callActivity":
        _call(translation, element, namespace)
    elif kind in ("signal", "message"):
        found = translation.text(element, "name", attribute(element, "name"))
        if found is not None:
            element.set("name", found)
    elif kind in ("userTask", "startEvent"):
        read_form(translation, element, namespace)
    elif kind == "multiInstanceLoopCharacteristics":
        _loop_data(translation, element)
    elif kind in ("humanPerformer", "potentialOwner"):
        _role(translation, element)
    elif kind in ("errorEventDefinition", "escalationEventDefinition"):
        _caught_variables(translation, element, namespace)
    elif kind == "scriptTask" and (attribute(element, "scriptFormat") or "").lower() == "juel":
        _juel_script(translation, element)


def _service(translation: Translation, element: Element, namespace: str) -> None:
    kind = translation.take(element, namespace, "type")
    expression = translation.take(element, namespace, "expression")
    if kind == "mail":
        _mail(translation, element, namespace)
    elif kind == "dmn":
        reference = _fields(translation, element, namespace).get("decisionTableReferenceKey")
        translation.put(element, "decision", reference)
    elif kind not in (None, "external", "external-worker"):
        advice = "use facet:operation or an external topic"
        translation.report(
            "vendor-unsupported",
            element,
            what=f"type={kind}",
            advice=advice,
            advice_zh="请使用 facet:operation 或外部主题",
        )
    if expression is not None:
        result = next(
            (element.get(f"{{{namespace}}}{name}") for name in _RESULTS if element.get(f"{{{namespace}}}{name}")), None
        )
        assigned = _SET_VARIABLE.fullmatch(expression.strip())
        if assigned is not None:
            result, expression = assigned["name"], "${" + assigned["value"] + "}"
        feel = translation.feel(element, "expression", expression)
        if feel is not None:
            translation.note("expression")
            translation.become_script(element, feel, result)


def _fields(translation: Translation, element: Element, namespace: str) -> dict[str, str]:
    """`field` extensions (of mail and DMN tasks) as texts; they are taken out of the tree."""
    found: dict[str, str] = {}
    for holder in children(element, "extensionElements"):
        for part in [*holder.iterchildren(f"{{{namespace}}}field")]:
            value = part.get("stringValue") or part.get("expression") or text(part) or ""
            written = translation.text(element, str(part.get("name")), value)
            if written is not None:
                found[str(part.get("name"))] = written
            holder.remove(part)
    return found


def _mail(translation: Translation, element: Element, namespace: str) -> None:
    translation.put(element, "operation", "mail.send")
    translation.note("mail")
    for name, value in _fields(translation, element, namespace).items():
        translation.add(element, "parameter", name=name, value=value)


def _message_event(translation: Translation, element: Element, namespace: str) -> None:
    """A throwing message event with a topic is worked on by an external worker, like a send task."""
    owner = element.getparent()
    kind = translation.take(element, namespace, "type")
    topic = translation.take(element, namespace, "topic")
    if kind == "external" and topic is not None and owner is not None:
        translation.put(owner, "topic", translation.text(element, "topic", str(topic)))
        translation.note("topic")
    if translation.take(element, namespace, "expression") is not None:
        translation.report("vendor-code", element, what="expression")
    for name in ("messageExpression", "correlationKey"):
        value = translation.take(element, namespace, name)
        if value is not None:
            target = "message" if name == "messageExpression" else "correlationKey"
            translation.put(element, target, translation.text(element, name, str(value)))


def _call(translation: Translation, element: Element, namespace: str) -> None:
    called = translation.text(element, "calledElement", attribute(element, "calledElement"))
    if called is not None:
        element.set("calledElement", called)
    if translation.take(element, namespace, "caseRef") is not None:
        advice = "call a process"
        translation.report("vendor-unsupported", element, what="caseRef", advice=advice, advice_zh="请调用流程")
    mapped_variables(translation, element, namespace)


def _loop_data(translation: Translation, element: Element) -> None:
    """These engines read a variable's name where the standard has the id of a data input."""
    reference = child(element, "loopDataInputRef")
    ids = {one.get("id") for one in translation.reading.root.iter(f"{{{BPMN}}}*")}
    if reference is None or text(reference) in ids:
        return
    translation.put(element, "collection", translation.text(element, "loopDataInputRef", text(reference)))
    element.remove(reference)


def _role(translation: Translation, element: Element) -> None:
    """`user(a), group(b)` and plain names are read by the reader; expressions become a FEEL text here."""
    owner = element.getparent()
    words = text(child(element, "resourceAssignmentExpression"))
    if words is None or owner is None or not ("${" in words or "#{" in words):
        return
    bare = words.strip().removesuffix(")")
    kind, _, inside = bare.partition("(") if words.startswith(("user(", "group(")) else ("group", "", words)
    name = "assignee" if local(element) == "humanPerformer" else {"user": "candidateUsers"}.get(kind, "candidateGroups")
    translation.put(owner, name, translation.listed(owner, name, inside))
    owner.remove(element)


def _caught_variables(translation: Translation, element: Element, namespace: str) -> None:
    owner = element.getparent()
    names = {"errorCodeVariable": "code", "errorMessageVariable": "message", "escalationCodeVariable": "code"}
    for name, part in names.items():
        target = translation.take(element, namespace, name)
        if target is not None and owner is not None:
            kind = "error" if name.startswith("error") else "escalation"
            translation.add(owner, "output", source=f"={kind}.{part}", target=str(target))
            translation.note(name)


def _juel_script(translation: Translation, element: Element) -> None:
    script = child(element, "script")
    feel = translation.feel(element, "script", text(script))
    if feel is not None and script is not None:
        script.text = feel
        element.set("scriptFormat", "feel")


# --- texts and extensions ---------------------------------------------------------------------------------------------


def _texts(translation: Translation, element: Element) -> None:
    """Expressions of the standard's own elements are JUEL in these files."""
    kind, written = local(element), text(element)
    if kind not in _EXPRESSIONS or written is None or len(element):
        return
    language = (element.get("language") or "").lower()
    if language and "juel" not in language and "xpath" not in language:
        translation.report("vendor-code", element, what=f"language={language}")
        return
    if "${" not in written and "#{" not in written:
        return
    reader = translation.text if kind in _TEMPLATES else translation.feel
    found = reader(element, kind, written)
    if found is not None:
        element.text = found
        translation.note(kind)


def _extensions(translation: Translation, element: Element, namespace: str) -> None:
    for holder in [*children(element, "extensionElements")]:
        for part in [*holder.iterchildren(f"{{{namespace}}}*")]:
            name = split(part.tag)[1]
            handler = EXTENSIONS.get(name)
            if handler is None:
                translation.report("vendor-unknown", element, what=name)
            else:
                handler(translation, element, part)
            if part.getparent() is not None:
                holder.remove(part)
