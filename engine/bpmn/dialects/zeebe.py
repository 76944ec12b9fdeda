"""Camunda 8 (Zeebe): its expressions are FEEL already, marked by a leading `=` as ours are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from engine.bpmn.dialects.editing import Translation
from engine.bpmn.dialects.zeebe_forms import read_embedded_form
from engine.bpmn.reading.context import Reading
from engine.bpmn.reading.names import BPMN, FACET, Element, child, children, extensions, local, split

ZEEBE = "http://camunda.org/schema/zeebe/1.0"
_HARMLESS = frozenset(
    {"userTask", "modelerTemplate", "modelerTemplateVersion", "modelerTemplateIcon", "linkedResources"}
)
Extension = Callable[[Translation, Element, Element], None]


def translate_zeebe(reading: Reading) -> None:
    """Rewrite everything of the namespace in the tree of a reading."""
    translation = Translation(reading, "Camunda 8")
    for element in [*reading.root.iter(f"{{{BPMN}}}*")]:
        for name in [name for name in element.attrib if split(name)[0] == ZEEBE]:
            del element.attrib[name]
            if split(name)[1] not in _HARMLESS:
                translation.report("vendor-unknown", element, what=split(name)[1])
        for holder in [*children(element, "extensionElements")]:
            for part in [*holder.iterchildren(f"{{{ZEEBE}}}*")]:
                _extension(translation, element, part)
                if part.getparent() is not None:
                    holder.remove(part)
        if local(element) == "callActivity":
            _handed_over(translation, element)
    translation.finish()


def _handed_over(translation: Translation, element: Element) -> None:
    """A call hands over all variables unless it says otherwise, and its input mappings on top; with output mappings, what
    comes back stays inside the activity but for their targets."""
    translation.put(element, "propagateAllInputs", "true")
    if next(extensions(element, "output"), None) is not None:
        element.set(f"{{{FACET}}}propagateAllOutputs", "false")


def _extension(translation: Translation, element: Element, part: Element) -> None:
    name = split(part.tag)[1]
    handler = _HANDLERS.get(name)
    if handler is not None:
        handler(translation, element, part)
        translation.note(name)
    elif name not in _HARMLESS:
        translation.report("vendor-unknown", element, what=name)


def _put(translation: Translation, element: Element, part: Element, **names: str) -> None:
    """Attributes of the extension under the names that Facet has for them."""
    for theirs, ours in names.items():
        translation.put(element, ours, part.get(theirs) or None)


_WORKED_ON = frozenset({"serviceTask", "sendTask", "businessRuleTask", "endEvent", "intermediateThrowEvent"})


def _task(translation: Translation, element: Element, part: Element) -> None:
    """A job for a worker. A script task with a job is worked on outside, as a service task is."""
    if local(element) == "scriptTask":
        element.tag = f"{{{BPMN}}}serviceTask"
        element.attrib.pop("scriptFormat", "")
    elif local(element) not in _WORKED_ON:
        advice, zh = "use a service task", "请使用服务任务"
        translation.report("vendor-unsupported", element, what="taskDefinition", advice=advice, advice_zh=zh)
        return
    _put(translation, element, part, type="topic", retries="retries")


def _headers(translation: Translation, element: Element, part: Element) -> None:
    for header in part:
        if header.get("key"):
            # A header is a text for the worker, even one that begins with "=": connectors evaluate those themselves.
            value = header.get("value") or ""
            written = f"={json.dumps(value, ensure_ascii=False)}" if value.startswith("=") else value
            translation.add(element, "parameter", name=str(header.get("key")), value=written)


def _mapping(translation: Translation, element: Element, part: Element) -> None:
    for one in part:
        name = split(one.tag)[1]
        if name in ("input", "output") and one.get("target"):
            translation.add(element, name, source=one.get("source") or "=null", target=str(one.get("target")))


def _assignment(translation: Translation, element: Element, part: Element) -> None:
    names = {name: name for name in ("assignee", "candidateUsers", "candidateGroups")}
    _put(translation, element, part, **names)


def _schedule(translation: Translation, element: Element, part: Element) -> None:
    _put(translation, element, part, dueDate="dueDate", followUpDate="followUpDate")


def _form(translation: Translation, element: Element, part: Element) -> None:
    key = part.get("formId") or part.get("externalReference") or part.get("formKey") or ""
    translation.put(element, "formKey", key.rpartition(":")[2] or None)


def _called_element(translation: Translation, element: Element, part: Element) -> None:
    if part.get("processId"):
        element.set("calledElement", str(part.get("processId")))
    if part.get("bindingType") in ("latest", "deployment"):
        translation.put(element, "binding", part.get("bindingType"))
    elif part.get("bindingType") is not None:
        advice = "call the latest version"
        translation.report("vendor-unsupported", element, what="versionTag", advice=advice, advice_zh="请调用最新版本")
    translation.put(element, "propagateAllOutputs", part.get("propagateAllChildVariables") or "true")
    translation.put(element, "propagateAllInputs", part.get("propagateAllParentVariables") or "true")


def _called_decision(translation: Translation, element: Element, part: Element) -> None:
    _put(translation, element, part, decisionId="decision", resultVariable="resultVariable")


def _script(translation: Translation, element: Element, part: Element) -> None:
    feel = (part.get("expression") or "").removeprefix("=").strip()
    if child(element, "script") is None:
        translation.become_script(element, feel, part.get("resultVariable"))


def _loop(translation: Translation, element: Element, part: Element) -> None:
    """Inside `multiInstanceLoopCharacteristics`."""
    _put(
        translation,
        element,
        part,
        inputCollection="collection",
        inputElement="elementVariable",
        outputCollection="outputCollection",
        outputElement="outputElement",
    )


def _subscription(translation: Translation, element: Element, part: Element) -> None:
    """On a message: how a receiver is found."""
    _put(translation, element, part, correlationKey="correlationKey")


def _properties(translation: Translation, element: Element, part: Element) -> None:
    if any(one.get("name") == "inbound.type" for one in part):
        says = "no connector listens for it; send the message it waits for instead"
        translation.differs(element, "inbound connector", says, "此处没有监听的连接器；请改为发送它等待的消息")
    for one in part:
        if one.get("name"):
            translation.add(element, "property", name=str(one.get("name")), value=one.get("value") or "")


def _listeners(translation: Translation, element: Element, part: Element) -> None:
    for one in part:
        what = " ".join(filter(None, (split(one.tag)[1], one.get("eventType"))))
        translation.report("vendor-listener", element, what=what)


def _ad_hoc(translation: Translation, element: Element, part: Element) -> None:
    if part.get("activeElementsCollection"):
        advice = "let staff choose, or give each activity a condition"
        zh = "请由人员选择，或为每个活动设置条件"
        translation.report("vendor-unsupported", element, what="activeElementsCollection", advice=advice, advice_zh=zh)


_HANDLERS: Mapping[str, Extension] = {
    "taskDefinition": _task,
    "taskHeaders": _headers,
    "ioMapping": _mapping,
    "assignmentDefinition": _assignment,
    "taskSchedule": _schedule,
    "priorityDefinition": lambda translation, element, part: _put(translation, element, part, priority="priority"),
    "formDefinition": _form,
    "userTaskForm": lambda translation, element, part: read_embedded_form(translation, part),
    "calledElement": _called_element,
    "calledDecision": _called_decision,
    "script": _script,
    "loopCharacteristics": _loop,
    "subscription": _subscription,
    "properties": _properties,
    "versionTag": lambda translation, element, part: _put(translation, element, part, value="versionTag"),
    "executionListeners": _listeners,
    "taskListeners": _listeners,
    "adHoc": _ad_hoc,
}
