"""Extension elements of the Camunda 7 family: mappings, properties, listeners, and what has no equivalent."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.bpmn.dialects.editing import Translation, literal_feel
from engine.bpmn.reading.names import Element, attribute, children, local, split, text

Extension = Callable[[Translation, Element, Element], None]
"""(translation, the BPMN element, the extension inside it)."""


def mapped_variables(translation: Translation, element: Element, namespace: str) -> None:
    """`in` and `out` of a call activity. Without any, nothing is handed over in these engines, and nothing comes back."""
    every = {"in": False, "out": False}
    for holder in children(element, "extensionElements"):
        for part in [*holder.iterchildren(f"{{{namespace}}}in", f"{{{namespace}}}out")]:
            name = split(part.tag)[1]
            every[name] = _mapped(translation, element, part, name) or every[name]
            holder.remove(part)
            translation.note(name)
    translation.put(
        element,
        "propagateAllInputs",
        "true" if every["in"] else element.get(f"{{{namespace}}}inheritVariables", "false"),
    )
    translation.put(element, "propagateAllOutputs", "true" if every["out"] else "false")


def _mapped(translation: Translation, element: Element, part: Element, name: str) -> bool:
    """One mapping; True for `variables="all"`."""
    if part.get("variables") == "all":
        return True
    key = part.get("businessKey")
    if key is not None:
        translation.put(element, "businessKey", translation.feel(element, "businessKey", key))
        return False
    source = part.get("source")
    expression = part.get("sourceExpression")
    target = part.get("target")
    found = source if source is not None else translation.feel(element, f"{name} mapping", expression)
    if target is not None and found is not None:
        translation.add(element, "input" if name == "in" else "output", source=f"={found}", target=target)
    return False


def _input_output(translation: Translation, element: Element, part: Element) -> None:
    for parameter in part:
        direction = split(parameter.tag)[1]
        target = parameter.get("name")
        if direction not in ("inputParameter", "outputParameter") or target is None:
            continue
        found = _value(translation, element, parameter)
        if found is not None:
            translation.add(
                element, "input" if direction == "inputParameter" else "output", source=f"={found}", target=target
            )
            translation.note(direction)


def _value(translation: Translation, element: Element, holder: Element) -> str | None:
    """FEEL of a parameter: a text, a script, a list or a map. None where there is no equivalent (then reported)."""
    parts = [part for part in holder if isinstance(part.tag, str)]
    if not parts:
        return literal_feel(translation.text(element, str(holder.get("name") or "value"), text(holder) or ""))
    part = parts[0]
    match split(part.tag)[1]:
        case "list":
            values = [_value(translation, element, one) for one in part]
            return None if None in values else f"[{', '.join(value or '' for value in values)}]"
        case "map":
            return _map(translation, element, part)
        case "script" if (part.get("scriptFormat") or "").lower() in ("juel", "feel"):
            return (
                translation.feel(element, "script", text(part))
                if part.get("scriptFormat", "").lower() == "juel"
                else text(part)
            )
        case other:
            translation.report("vendor-code", element, what=f"{holder.get('name') or 'value'}: {other}")
            return None


def _map(translation: Translation, element: Element, part: Element) -> str | None:
    entries: list[str] = []
    for entry in part:
        value = _value(translation, element, entry)
        if value is None:
            return None
        entries.append(f'"{entry.get("key")}": {value}')
    return "{" + ", ".join(entries) + "}"


def _properties(translation: Translation, element: Element, part: Element) -> None:
    for one in part:
        name = one.get("name")
        if name is not None:
            translation.add(element, "property", name=name, value=one.get("value") or "")
            translation.note("property")


def _listener(translation: Translation, element: Element, part: Element) -> None:
    what = " ".join(filter(None, (split(part.tag)[1], part.get("event"))))
    translation.report("vendor-listener", element, what=what)


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


def _payload(translation: Translation, element: Element, part: Element) -> None:
    """`in` mappings of a thrown signal are its payload."""
    if local(element) != "signalEventDefinition":
        translation.report("vendor-unknown", element, what="in")
        return
    holder = part.getparent()
    entries: list[str] = []
    for one in [*holder] if holder is not None else []:
        source = one.get("source") or translation.feel(element, "payload", one.get("sourceExpression"))
        if split(one.tag)[1] == "in" and source is not None and one.get("target"):
            entries.append(f'"{one.get("target")}": {source}')
            if one is not part and holder is not None:
                holder.remove(one)
    translation.put(element, "payload", "{" + ", ".join(entries) + "}")


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
    "executionListener": _listener,
    "taskListener": _listener,
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
    "in": _payload,
}
