"""`in` and `out`: what a call activity hands over and gets back, and what a thrown signal carries."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.dialects.editing import Translation, literal_feel
from engine.bpmn.reading.names import Element, attribute, children, local, split


def mapped_variables(translation: Translation, element: Element, namespace: str) -> None:
    """Mappings of a call activity. Without any, nothing is handed over in these engines, and nothing comes back;
    `variables="all"` hands over everything, and single mappings come on top."""
    every = {"in": False, "out": False}
    for part in _mappings(element, namespace):
        name = split(part.tag)[1]
        if part.get("variables") == "all":
            every[name] = every[name] or _all(part)
        else:
            _mapped(translation, element, part, name)
        holder = part.getparent()
        if holder is not None:
            holder.remove(part)
        translation.note(name)
    inherited = element.get(f"{{{namespace}}}inheritVariables", "false")
    translation.put(element, "propagateAllInputs", "true" if every["in"] else inherited)
    translation.put(element, "propagateAllOutputs", "true" if every["out"] else "false")


def _mappings(element: Element, namespace: str) -> Iterator[Element]:
    for holder in children(element, "extensionElements"):
        yield from [*holder.iterchildren(f"{{{namespace}}}in", f"{{{namespace}}}out")]


def _all(part: Element) -> bool:
    """`variables="all"`. Local ones are, on the way in, the activity's own input parameters, which are handed over
    anyway; on the way out they are what its output parameters choose from."""
    return part.get("local") != "true"


def _mapped(translation: Translation, element: Element, part: Element, name: str) -> None:
    """One mapping, or the business key."""
    key = part.get("businessKey")
    if key is not None:
        translation.put(element, "businessKey", literal_feel(translation.text(element, "businessKey", key)))
        return
    source, expression, target = part.get("source"), part.get("sourceExpression"), part.get("target")
    if not target or not (source or expression):
        translation.report("vendor-unknown", element, what=f"{name} without {'source' if target else 'target'}")
        return
    found = source or literal_feel(translation.text(element, f"{name} mapping", expression))
    if found is None:
        return
    if name == "out" and part.get("local") == "true":
        translation.local_outputs.setdefault(element, []).append((target, found))
        return
    translation.add(element, "input" if name == "in" else "output", source=f"={found}", target=target)


def chosen(translation: Translation, element: Element, feel: str) -> str:
    """The FEEL of an output parameter, with the local variables that `out` mappings make in sight: later entries of a
    context see the earlier ones (DMN 10.3.2.6)."""
    made = translation.local_outputs.get(element, [])
    if not made:
        return feel
    entries = ", ".join(f"{target}: {source}" for target, source in made)
    return f"{{{entries}, outputOfCall: {feel}}}.outputOfCall"


def payload(translation: Translation, element: Element, part: Element) -> None:
    """`in` mappings of a thrown signal are its payload."""
    if local(element) != "signalEventDefinition":
        translation.report("vendor-unknown", element, what="in")
        return
    holder = part.getparent()
    entries: list[str] = []
    for one in [*holder] if holder is not None else []:
        if split(one.tag)[1] == "in":
            entries += _carried(translation, element, one)
            if one is not part and holder is not None:
                holder.remove(one)
    translation.put(element, "payload", "{" + ", ".join(entries) + "}")


def _carried(translation: Translation, element: Element, part: Element) -> list[str]:
    """The entries of the payload that one mapping makes."""
    if part.get("businessKey") is not None:
        says = "instances that the signal starts get no business key from it"
        translation.differs(element, "in businessKey", says, "由信号启动的实例不会得到该业务键")
        return []
    if part.get("variables") == "all":
        names = _parameters(element) if part.get("local") == "true" else None
        if names is None:
            advice, zh = "name the variables that the signal carries", "请逐一写明信号携带的变量"
            translation.report("vendor-unsupported", element, what="in variables=all", advice=advice, advice_zh=zh)
        return [f'"{name}": {name}' for name in names or []]
    source, target = part.get("source"), part.get("target")
    if source is None:
        source = literal_feel(translation.text(element, "payload", part.get("sourceExpression")))
    return [f'"{target}": {source}'] if source is not None and target else []


def _parameters(element: Element) -> list[str]:
    """Names of the input parameters of the event around a definition: its local variables. Not yet translated ones
    and those that are `facet:input` already."""
    owner = element.getparent()
    found: list[str] = []
    for holder in children(owner, "extensionElements") if owner is not None else ():
        for part in holder.iter():
            kind = split(part.tag)[1]
            name = part.get("name") if kind == "inputParameter" else attribute(part, "target")
            if kind in ("inputParameter", "input") and name:
                found.append(name)
    return found
