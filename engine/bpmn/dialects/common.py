"""What diagrams of several engines share and the standard leaves open: JUEL in expressions, cron in cycles, scripts."""

from __future__ import annotations

from engine.bpmn.dialects import code, cron
from engine.bpmn.dialects.camunda_services import set_variable
from engine.bpmn.dialects.editing import Translation
from engine.bpmn.dialects.errors import Untranslatable
from engine.bpmn.dialects.plain import plain
from engine.bpmn.reading.context import Reading
from engine.bpmn.reading.names import BPMN, Element, attribute, child, facet, local, text

_EXPRESSIONS = (
    *("conditionExpression", "timeDate", "timeDuration", "timeCycle", "condition", "loopCardinality"),
    *("completionCondition", "loopCondition", "activationCondition", "from", "transformation"),
)
_TEMPLATES = ("timeDate", "timeDuration", "timeCycle")


def translate_common(reading: Reading, *, silent_throws: bool = False) -> None:
    """Rewrite `${…}`, cron and scripts in the standard's own elements: what they mean does not depend on who wrote
    them, and it is never FEEL. `silent_throws`: the file is of an engine where a message event that names no message
    passes silently."""
    translation = Translation(reading, "JUEL")
    for element in [*reading.root.iter(f"{{{BPMN}}}*")]:
        if local(element) == "scriptTask":
            _script(translation, element)
        elif local(element) == "messageEventDefinition" and silent_throws:
            _throw(translation, element)
        else:
            _text(translation, element)
    translation.finish()


def _text(translation: Translation, element: Element) -> None:
    """Expressions of the standard's own elements."""
    kind, written = local(element), text(element)
    if kind not in _EXPRESSIONS or written is None or len(element):
        return
    language = (element.get("language") or "").lower()
    if language in code.LANGUAGES:
        _condition(translation, element, kind, written)
    elif language and not any(word in language for word in ("juel", "xpath", "feel", "python")):
        translation.report("vendor-code", element, what=f"language={language}")
    elif kind == "timeCycle" and cron.is_cron(written):
        _cron(translation, element, written)
    elif "${" in written or "#{" in written:
        reader = translation.text if kind in _TEMPLATES else translation.feel
        found = reader(element, kind, written)
        if found is not None:
            element.text = found
            translation.note(kind)
    elif kind not in _TEMPLATES and (said := plain(written)) is not None:
        element.text = said
        translation.note(kind)


def _throw(translation: Translation, element: Element) -> None:
    """A throwing message event without message, topic or message flow."""
    owner = element.getparent()
    if owner is None or local(owner) not in ("intermediateThrowEvent", "endEvent"):
        return
    named = attribute(element, "messageRef") or attribute(element, "operationRef") or child(element, "operationRef")
    flows = (attribute(flow, "sourceRef") for flow in element.getroottree().getroot().iter(f"{{{BPMN}}}messageFlow"))
    said = named is not None or facet(element, "message") is not None or facet(owner, "topic") is not None
    if not (said or attribute(owner, "id") in flows or translation.is_told(owner)):
        says, zh = "it names no message and sends none", "未指定消息，不发送"
        translation.differs(owner, "messageEventDefinition", says, zh)
        owner.remove(element)


def _condition(translation: Translation, element: Element, kind: str, written: str) -> None:
    """A condition in Groovy or JavaScript is one expression, and reads as one of JUEL."""
    found = translation.feel(element, kind, code.value(written))
    if found is not None:
        element.text = found
        element.attrib.pop("language", "")
        translation.note(kind)


def _cron(translation: Translation, element: Element, written: str) -> None:
    try:
        element.text = cron.cycle(written)
        translation.note("cron")
    except Untranslatable as error:
        translation.report("vendor-cron", element, text=written[:120], reason=error.reason, reason_zh=error.reason_zh)
        element.text = "R/P1D"  # so that the file has one problem for it, which refuses it


def _script(translation: Translation, element: Element) -> None:
    """A script of another engine becomes Python of the sandbox, or FEEL."""
    language = (attribute(element, "scriptFormat") or "").lower()
    script = child(element, "script")
    written = text(script)
    if script is None or written is None:
        return
    if language == "juel":
        _juel(translation, element, script, written)
    elif language in code.LANGUAGES or (language in code.PYTHONS and "execution." in written):
        try:
            script.text = code.script(written, language)
            element.set("scriptFormat", "python")
            translation.note("script")
        except Untranslatable as error:
            data = {"reason": error.reason, "reason_zh": error.reason_zh}
            translation.report("vendor-script", element, language=language, **data)


def _juel(translation: Translation, element: Element, script: Element, written: str) -> None:
    variable, expression = set_variable(written)
    feel = translation.feel(element, "script", expression)
    if feel is not None:
        script.text = feel
        element.set("scriptFormat", "feel")
        translation.put(element, "resultVariable", variable)
        translation.note("script")
