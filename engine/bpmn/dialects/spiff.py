"""SpiffWorkflow and spiff-arena: expressions and scripts are Python; what has a FEEL equivalent is translated."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from textwrap import dedent

from engine.bpmn.dialects import python
from engine.bpmn.dialects.editing import Translation
from engine.bpmn.dialects.errors import Untranslatable
from engine.bpmn.dialects.listeners import Step, fits, insert
from engine.bpmn.reading.context import Reading
from engine.bpmn.reading.names import BPMN, Element, attribute, child, children, local, split, text

SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
_EXPRESSIONS = ("conditionExpression", "condition", "loopCardinality", "completionCondition", "loopCondition")
_TIMES = ("timeDate", "timeDuration", "timeCycle")
_HARMLESS = frozenset(
    {"unitTests", "category", "instructionsForEndUser", "isOutputSynced", "allowGuest", "guestConfirmation"}
)
Extension = Callable[[Translation, Element, Element], None]


def translate_spiff(reading: Reading) -> None:
    """Rewrite everything of the namespace in the tree of a reading."""
    translation = Translation(reading, "SpiffWorkflow")
    for element in [*reading.root.iter(f"{{{BPMN}}}*")]:
        _attributes(translation, element)
        for holder in [*children(element, "extensionElements")]:
            for part in [*holder.iterchildren(f"{{{SPIFF}}}*")]:
                _extension(translation, element, part)
                if split(part.tag)[1] != "messageVariable":  # throwers that stand further down look for these
                    holder.remove(part)
        _texts(translation, element)
        if local(element) == "multiInstanceLoopCharacteristics":
            _loop_data(translation, element)
        if local(element) == "manualTask":
            element.tag = f"{{{BPMN}}}userTask"  # there, somebody has to say that it is done
        if local(element) == "scriptTask" and element.get("scriptFormat") is None:
            element.set("scriptFormat", "python")
    for part in [*reading.root.iter(f"{{{SPIFF}}}messageVariable")]:
        parent = part.getparent()
        if parent is not None:
            parent.remove(part)
    translation.finish()


def _attributes(translation: Translation, element: Element) -> None:
    for name in [name for name in element.attrib if split(name)[0] == SPIFF]:
        value, key = str(element.attrib.pop(name)), split(name)[1]
        if key == "scriptsOnInstances":
            continue
        if key not in _HARMLESS:
            translation.report("vendor-unknown", element, what=f"{key}={value[:40]}")


def _extension(translation: Translation, element: Element, part: Element) -> None:
    name = split(part.tag)[1]
    handler = _HANDLERS.get(name)
    if handler is not None:
        handler(translation, element, part)
        translation.note(name)
    elif name not in _HARMLESS:
        translation.report("vendor-unknown", element, what=name)
    if name == "instructionsForEndUser" and text(part):
        translation.add(element, "property", name="instructions", value=text(part) or "")


def _feel(translation: Translation, element: Element, what: str, written: str | None) -> str | None:
    if written is None:
        return None
    try:
        return python.expression(written)
    except Untranslatable as error:
        translation.untranslatable(element, what, written, error)
        return None


def _texts(translation: Translation, element: Element) -> None:
    kind, written = local(element), text(element)
    if written is None or kind not in (*_EXPRESSIONS, *_TIMES):
        return
    found = _feel(translation, element, kind, written)
    if found is None:
        return
    literal = _literal(found)
    element.text = literal if kind in _TIMES and literal is not None else f"={found}" if kind in _TIMES else found
    translation.note(kind)


def _literal(feel: str) -> str | None:
    """The text of a FEEL string literal."""
    if not feel.startswith('"'):
        return None
    try:
        found = json.loads(feel)
    except ValueError:
        return None
    return found if isinstance(found, str) else None


def _loop_data(translation: Translation, element: Element) -> None:
    """Here the references of a multi-instance marker are names of variables, where the standard has ids of data."""
    ids = {one.get("id") for one in translation.reading.root.iter(f"{{{BPMN}}}*")}
    for name, ours in (("loopDataInputRef", "collection"), ("loopDataOutputRef", "outputCollection")):
        reference = child(element, name)
        if reference is not None and text(reference) not in ids:
            translation.put(element, ours, text(reference) if ours == "outputCollection" else f"={text(reference)}")
            element.remove(reference)


def _properties(translation: Translation, element: Element, part: Element) -> None:
    for one in part:
        name, value = one.get("name"), one.get("value") or ""
        if name == "formJsonSchemaFilename":
            translation.put(element, "formKey", value.rpartition("/")[2].removesuffix(".json") or None)
        elif name is not None and name != "formUiSchemaFilename":
            translation.add(element, "property", name=name, value=value)


def _before(translation: Translation, element: Element, part: Element) -> None:
    """A script before a task: a step of its own where there can be one, else values that the task sees."""
    script = child(element, "script")
    if local(element) == "scriptTask" and script is not None:
        script.text = f"{(part.text or '').strip()}\n{(script.text or '').strip()}"
    elif not _step(element, part, before=True):
        for name, feel in _assigned(translation, element, "preScript", part):
            translation.add(element, "input", source=f"={feel}", target=name)
            translation.add(element, "output", source=f"={name}", target=name)
        _tell(translation, element, "preScript")


def _after(translation: Translation, element: Element, part: Element) -> None:
    script = child(element, "script")
    if local(element) == "scriptTask" and script is not None:
        script.text = f"{(script.text or '').strip()}\n{(part.text or '').strip()}"
    elif not _step(element, part, before=False):
        for name, feel in _assigned(translation, element, "postScript", part):
            translation.add(element, "output", source=f"={feel}", target=name)
        _tell(translation, element, "postScript")


def _step(element: Element, part: Element, *, before: bool) -> bool:
    """Whether the script could be put into the flow beside its element."""
    written = text(part)
    if written is None:
        return True
    step = Step("python", dedent(written))
    if not fits(element, before, step):
        return False
    insert(element, step, before, f"{attribute(element, 'id')}_{'before' if before else 'after'}")
    return True


def _tell(translation: Translation, element: Element, what: str) -> None:
    says = "what else the element produces stays inside it; assign each variable that is needed later"
    translation.differs(element, what, says, "元素的其他结果不会传出；请为后续需要的每个变量赋值")


def _assigned(translation: Translation, element: Element, what: str, part: Element) -> list[tuple[str, str]]:
    written = text(part)
    if written is None:
        return []
    try:
        return python.assignments(written)
    except Untranslatable as error:
        translation.untranslatable(element, what, written, error)
        return []


def _operator(translation: Translation, element: Element, part: Element) -> None:
    """A connector call. Its parameters are Python expressions."""
    translation.put(element, "operation", part.get("id"))
    translation.put(element, "resultVariable", part.get("resultVariable"))
    for parameter in part.iter(f"{{{SPIFF}}}parameter"):
        feel = _feel(translation, element, str(parameter.get("id")), parameter.get("value"))
        if feel is not None and parameter.get("id"):
            translation.add(element, "parameter", name=str(parameter.get("id")), value=f"={feel}")


def _decision(translation: Translation, element: Element, part: Element) -> None:
    translation.put(element, "decision", text(part))


def _payload(translation: Translation, element: Element, part: Element) -> None:
    """The receiver puts the whole payload into one variable (`messageVariable`): here a message brings variables."""
    feel = _feel(translation, element, "messagePayload", text(part))
    names = [*dict.fromkeys(_variables(translation, element))]
    if feel is not None:
        translation.put(
            element, "payload", f"={{{', '.join(f'{name}: {feel}' for name in names)}}}" if names else f"={feel}"
        )


def _variables(translation: Translation, element: Element) -> Iterator[str]:
    """Names under which receivers of the same message in this file want its payload."""
    reference = attribute(element, "id" if local(element) == "message" else "messageRef")
    for variable in translation.reading.root.iter(f"{{{SPIFF}}}messageVariable"):
        holder = variable.getparent()
        receiver = holder.getparent() if holder is not None else None
        name = text(variable)
        if name is None or receiver is None:
            continue
        if attribute(receiver, "id" if local(receiver) == "message" else "messageRef") == reference:
            yield name


def _message_variable(translation: Translation, element: Element, part: Element) -> None:
    says = "a message from outside has to bring a field of that name"
    translation.differs(element, f"messageVariable {text(part)}", says, "来自外部的消息须带有同名字段")


_HANDLERS: Mapping[str, Extension] = {
    "properties": _properties,
    "preScript": _before,
    "postScript": _after,
    "serviceTaskOperator": _operator,
    "calledDecisionId": _decision,
    "messagePayload": _payload,
    "messageVariable": _message_variable,
}
