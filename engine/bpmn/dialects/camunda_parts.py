"""Extension elements of the Camunda 7 family: mappings, properties, listeners, and what has no equivalent."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lxml import etree

from engine.bpmn.dialects import code
from engine.bpmn.dialects.camunda_calls import chosen, payload
from engine.bpmn.dialects.editing import Translation, literal_feel
from engine.bpmn.dialects.listeners import translate_listener
from engine.bpmn.reading.names import Element, attribute, local, split, text

Extension = Callable[[Translation, Element, Element], None]
"""(translation, the BPMN element, the extension inside it)."""


_WITH_RESULTS = frozenset({"userTask", "serviceTask", "sendTask", "businessRuleTask", "receiveTask"})


def _input_output(translation: Translation, element: Element, part: Element) -> None:
    outputs = [one for one in part if split(one.tag)[1] == "outputParameter"]
    if outputs and local(element) in _WITH_RESULTS:
        says = "what else the task produces stays inside it; map each variable that is needed later"
        translation.differs(element, "outputParameter", says, "任务的其他结果不会传出；请映射后续需要的每个变量")
    for parameter in part:
        direction = split(parameter.tag)[1]
        target = parameter.get("name")
        if direction not in ("inputParameter", "outputParameter") or target is None:
            continue
        found = _value(translation, element, parameter)
        if found is not None:
            kind = "input" if direction == "inputParameter" else "output"
            found = chosen(translation, element, found) if kind == "output" else found
            translation.add(element, kind, source=f"={found}", target=target)
            translation.note(direction)


def _value(translation: Translation, element: Element, holder: Element) -> str | None:
    """FEEL of a parameter: a text, a script, a list or a map. None where there is no equivalent (then reported)."""
    what = str(holder.get("name") or holder.get("key") or "value")
    parts = [part for part in holder if isinstance(part.tag, str)]
    if not parts:
        written = text(holder)
        return "null" if written is None else literal_feel(translation.text(element, what, written))
    part = parts[0]
    match split(part.tag)[1]:
        case "list":
            values = [_value(translation, element, one) for one in _items(part)]
            return None if None in values else f"[{', '.join(value or '' for value in values)}]"
        case "map":
            return _map(translation, element, part)
        case "script":
            return _script(translation, element, part, what)
        case other:
            translation.report("vendor-code", element, what=f"{what}: {other}")
            return None


def _items(part: Element) -> list[Element]:
    """The items of a list, each as something that holds a value: scripts and lists stand there by themselves."""
    found: list[Element] = []
    for one in [*part]:
        if split(one.tag)[1] == "value":
            found.append(one)
        elif isinstance(one.tag, str):
            holder = etree.Element("value")
            holder.append(one)
            found.append(holder)
    return found


def _script(translation: Translation, element: Element, part: Element, what: str) -> str | None:
    """A script of one expression."""
    language, written = (part.get("scriptFormat") or "").lower(), text(part)
    if part.get("resource") is not None or written is None:
        translation.report("vendor-code", element, what=f"{what}: script")
        return None
    if language == "feel":
        return written
    if language == "juel" or language in code.LANGUAGES:
        return translation.feel(element, what, code.value(written))
    translation.report("vendor-code", element, what=f"{what}: script ({language})")
    return None


def _map(translation: Translation, element: Element, part: Element) -> str | None:
    entries: list[tuple[str, str]] = []
    for entry in part:
        key = literal_feel(translation.text(element, "key", entry.get("key")))
        value = _value(translation, element, entry)
        if value is None or key is None:
            return None
        entries.append((key, value))
    if all(key.startswith('"') and key.endswith('"') for key, _ in entries):
        return "{" + ", ".join(f"{key}: {value}" for key, value in entries) + "}"
    return "context([" + ", ".join(f'{{"key": {key}, "value": {value}}}' for key, value in entries) + "])"


def _properties(translation: Translation, element: Element, part: Element) -> None:
    for one in part:
        name = one.get("name")
        if name is not None:
            translation.add(element, "property", name=name, value=one.get("value") or "")
            translation.note("property")


def _listener(translation: Translation, element: Element, part: Element) -> None:
    """Flowable's event listeners hear of everything in the engine; nothing here is like them."""
    translation.report("vendor-listener", element, what=split(part.tag)[1])


def _code(translation: Translation, element: Element, part: Element) -> None:
    translation.report("vendor-code", element, what=split(part.tag)[1])


def _retries(translation: Translation, element: Element, part: Element) -> None:
    if local(element) in ("serviceTask", "sendTask", "businessRuleTask"):
        translation.put(element, "retries", translation.text(element, "retries", text(part)))
        translation.note("retries")


def _no_effect(translation: Translation, element: Element, part: Element) -> None:
    """Only for editors, or read elsewhere."""


def _worker_error(translation: Translation, element: Element, part: Element) -> None:
    advice = "let the worker report the BPMN error"
    translation.report(
        "vendor-unsupported",
        element,
        what="errorEventDefinition",
        advice=advice,
        advice_zh="请由工作程序上报 BPMN 错误",
    )


def _event_registry(translation: Translation, element: Element, part: Element) -> None:
    advice = "use a message"
    translation.report("vendor-unsupported", element, what=split(part.tag)[1], advice=advice, advice_zh="请使用消息")


def _initial_value(translation: Translation, element: Element, part: Element) -> None:
    """The start value of a data object (Activiti, Flowable)."""
    written = text(part)
    kind = (attribute(element, "itemSubjectRef") or "").rpartition(":")[2]
    if written is None:
        return
    plain = kind in ("int", "integer", "long", "double", "float", "decimal", "boolean")
    translation.put(element, "value", written if plain else literal_feel(translation.text(element, "value", written)))
    translation.note("value")


EXTENSIONS: Mapping[str, Extension] = {
    "inputOutput": _input_output,
    "properties": _properties,
    "executionListener": translate_listener,
    "taskListener": translate_listener,
    "eventListener": _listener,
    "connector": _code,
    "field": _code,
    "script": _code,
    "failedJobRetryTimeCycle": _retries,
    "formData": _no_effect,
    "formProperty": _no_effect,
    "formProperties": _no_effect,
    "potentialStarter": _no_effect,
    "localization": _no_effect,
    "value": _initial_value,
    "errorEventDefinition": _worker_error,
    "eventType": _event_registry,
    "triggerEventType": _event_registry,
    "mapException": _code,
    "in": payload,
}
