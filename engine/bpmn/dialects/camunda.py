"""Camunda 7, Flowable and Activiti: one family of vocabularies under three namespaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.bpmn.dialects.camunda_calls import mapped_variables
from engine.bpmn.dialects.camunda_forms import read_form
from engine.bpmn.dialects.camunda_parts import EXTENSIONS
from engine.bpmn.dialects.camunda_services import translate_message_event, translate_service
from engine.bpmn.dialects.editing import Translation
from engine.bpmn.reading.context import Reading
from engine.bpmn.reading.names import BPMN, Element, attribute, child, children, local, split, text

CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
NAMESPACES: Mapping[str, str] = {
    CAMUNDA: "Camunda 7",
    "http://camunda.org/bpmn": "Camunda 7",
    "http://www.camunda.com/fox": "Camunda 7",
    "http://operaton.org/schema/1.0/bpmn": "Operaton",
    "http://flowable.org/bpmn": "Flowable",
    "http://activiti.org/bpmn": "Activiti",
}

# What another engine does with its own threads, indexes and editors: nothing of it changes what the process does here.
_HARMLESS = frozenset(
    {
        *("asyncBefore", "asyncAfter", "async", "exclusive", "jobPriority", "taskPriority", "historyTimeToLive"),
        *("isStartableInTasklist", "diagramRelationId", "modelerTemplate", "modelerTemplateVersion"),
        *("modelerTemplateIcon", "category", "formFieldValidation", "asyncLeave", "extensionId"),
        *("autoStoreVariables", "decisionRefTenantId", "calledElementTenantId"),
        *("failedJobRetryTimeCycle", "storeResultVariableAsTransient"),
    }
)
_CODE = frozenset({"class", "delegateExpression", "variableMappingClass", "variableMappingDelegateExpression"})
_CODE_TOO = frozenset({"formHandlerClass", "taskListener", "executionListener", "resource"})
Handler = Callable[[Translation, Element, str], None]


def translate_camunda(reading: Reading, namespace: str, vendor: str) -> None:
    """Rewrite everything of one of the namespaces in the tree of a reading."""
    translation = Translation(reading, vendor)
    for element in [*reading.root.iter(f"{{{BPMN}}}*")]:
        _by_kind(translation, element, namespace)
        _attributes(translation, element, namespace)
        _extensions(translation, element, namespace)
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


def _calendar(translation: Translation, element: Element, value: str) -> None:
    says = "times are counted without that calendar; write them as business time such as PT4H@office"
    zh = "不按该日历计算时间；请写成 PT4H@office 之类的工作时间"
    translation.differs(element, f"businessCalendarName={value}", says, zh)


def _mapped_result(translation: Translation, element: Element, value: str) -> None:
    """What a decision gives is its own value: that is `singleEntry` of a table with one output."""
    if value != "singleEntry":
        says = "the result is the value that the decision itself gives"
        translation.differs(element, f"mapDecisionResult={value}", says, "结果即决策本身给出的值")


def _triggerable(translation: Translation, element: Element, value: str) -> None:
    if value == "true":
        advice, zh = "use an external topic, or a receive task behind it", "请使用外部主题，或在其后放置接收任务"
        translation.report("vendor-unsupported", element, what="triggerable", advice=advice, advice_zh=zh)


def _local_result(translation: Translation, element: Element, value: str) -> None:
    if value == "true":
        says = "the result is seen in the whole scope"
        translation.differs(element, "useLocalScopeForResultVariable", says, "结果在整个作用域可见")


def _same_deployment(translation: Translation, element: Element, value: str) -> None:
    if value == "true":
        translation.put(element, "binding", "deployment")


_HANDLERS: Mapping[str, Handler] = {
    "businessCalendarName": _calendar,
    "mapDecisionResult": _mapped_result,
    "triggerable": _triggerable,
    "useLocalScopeForResultVariable": _local_result,
    "sameDeployment": _same_deployment,
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
    "calledElementVersion": _text("version"),
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
        translate_service(translation, element, namespace)
    elif kind == "messageEventDefinition":
        translate_message_event(translation, element, namespace)
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
    elif kind == "conditionalEventDefinition":
        _watched(translation, element, namespace)
    if kind.endswith("Task") and "${" in (attribute(element, "name") or ""):
        name = attribute(element, "name")
        translation.differs(element, f"name={name}", "it is shown as it is written", "按原文显示")


def _call(translation: Translation, element: Element, namespace: str) -> None:
    called = translation.text(element, "calledElement", attribute(element, "calledElement"))
    if called is not None:
        element.set("calledElement", called)
    if translation.take(element, namespace, "caseRef") is not None:
        advice = "call a process"
        translation.report("vendor-unsupported", element, what="caseRef", advice=advice, advice_zh="请调用流程")
    mapped_variables(translation, element, namespace)


def _watched(translation: Translation, element: Element, namespace: str) -> None:
    """A condition that is asked only when one variable changes. Here it is asked when any of its scope does."""
    taken = [name for name in ("variableName", "variableEvents") if translation.take(element, namespace, name)]
    if taken:
        says = "the condition is asked whenever a variable of its scope changes"
        translation.differs(element, ", ".join(taken), says, "作用域内任何变量变化时都会判断条件")


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


# --- extensions ----------------------------------------------------------------------------------------------------


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
