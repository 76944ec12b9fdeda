"""A DMN file becomes `Definitions` (DMN 1.1 to 1.6 namespaces, one model)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from lxml import etree

from engine.dmn.boxes import read_expression, read_function, read_parameters
from engine.dmn.errors import DmnError
from engine.dmn.model import (
    Decision,
    DecisionService,
    Definitions,
    FunctionItem,
    Import,
    InputData,
    ItemDefinition,
    KnowledgeModel,
    Node,
)
from engine.dmn.nodes import Source, element_id, line, local, squeeze
from engine.dmn.xml import Element, parse, root_namespace

VERSIONS = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
    "https://www.omg.org/spec/DMN/20240513/MODEL/": "1.6",
}

MAX_IMPORT_DEPTH = 20

N = TypeVar("N", bound=Node)


def read(content: bytes, *, file: str = "", imports: Mapping[str, bytes | Definitions] | None = None) -> Definitions:
    """Read one model.

    `file` names the source in errors. `imports` gives the models that this one may import, as bytes or already read, by
    namespace or by file name; bytes are read with the same mapping, so imports may import. Raises DmnError for a file that is
    hostile, malformed, not DMN, or whose elements contradict each other; imports that are not given become a finding
    of `check`, not an error.
    """
    return _read(content, file, imports or {}, ())


def _read(
    content: bytes, file: str, available: Mapping[str, bytes | Definitions], chain: tuple[str, ...]
) -> Definitions:
    root = parse(content, file)
    tag = etree.QName(root)
    version = VERSIONS.get(tag.namespace or "")
    if tag.localname != "definitions" or version is None:
        raise DmnError(
            "dmn.root",
            "This is not a DMN model: the root must be <definitions> of DMN 1.1 to 1.5.",
            "这不是 DMN 模型：根元素必须是 DMN 1.1 至 1.5 的 <definitions>。",
            file=file,
            line=line(root),
        )
    namespace = root.get("namespace") or ""
    names = {e.get("namespace") or "": squeeze(e.get("name")) for e in root if local(e) == "import"}
    source = Source(file, tag.namespace or "", namespace, names)
    imported = tuple(_import(source, e, available, (*chain, namespace)) for e in source.children(root, "import"))
    return _definitions(source, root, version, imported)


def _import(
    source: Source, element: Element, available: Mapping[str, bytes | Definitions], chain: tuple[str, ...]
) -> Import:
    namespace = element.get("namespace") or ""
    file, given = _offered(namespace, available)
    if namespace in chain or len(chain) > MAX_IMPORT_DEPTH:
        raise source.error(
            "dmn.import-cycle", f"The imports of {namespace} form a circle.", f"{namespace} 的导入形成了循环。", element
        )
    definitions = _read(given, file, available, chain) if isinstance(given, bytes) else given
    kind = element.get("importType") or ""
    return Import(
        name=squeeze(element.get("name")),
        namespace=namespace,
        line=line(element),
        is_dmn="/DMN/" in kind or not kind,
        definitions=definitions,
    )


def _offered(namespace: str, available: Mapping[str, bytes | Definitions]) -> tuple[str, bytes | Definitions | None]:
    """What is offered for a namespace, under its own name or under that of its file; with the file's name, if it has one."""
    if namespace in available:
        return "", available[namespace]
    for name, given in available.items():
        if namespace == (given.namespace if isinstance(given, Definitions) else root_namespace(given)):
            return name, given
    return "", None


def _definitions(source: Source, root: Element, version: str, imported: tuple[Import, ...]) -> Definitions:
    items = [_item(source, e) for e in source.children(root, "itemDefinition")]
    return Definitions(
        id=element_id(root),
        name=squeeze(root.get("name")),
        namespace=source.namespace,
        file=source.file,
        version=version,
        decisions=_by_id(source, root, "decision", (_decision(source, e) for e in source.children(root, "decision"))),
        inputs=_by_id(source, root, "inputData", (_input(source, e) for e in source.children(root, "inputData"))),
        knowledge=_by_id(
            source,
            root,
            "businessKnowledgeModel",
            (_knowledge(source, e) for e in source.children(root, "businessKnowledgeModel")),
        ),
        services=_by_id(
            source, root, "decisionService", (_service(source, e) for e in source.children(root, "decisionService"))
        ),
        items={item.name: item for item in items},
        imports=imported,
    )


def _by_id(source: Source, root: Element, kind: str, nodes: Iterable[N]) -> dict[str, N]:
    """Nodes by id; a node without an id is known by its name. Two nodes with one id contradict each other."""
    found: dict[str, N] = {}
    for node in nodes:
        key = node.id or node.name
        if key in found:
            raise DmnError(
                "dmn.id",
                f'Two <{kind}> elements share the id "{key}".',
                f"两个 <{kind}> 元素使用了相同的 id“{key}”。",
                file=source.file,
                line=node.line,
                element_id=key,
            )
        found[key] = node
    return found


def _variable(source: Source, element: Element) -> tuple[str, str | None]:
    """Name and type of the element's variable; the element's own name where there is no variable."""
    own = squeeze(element.get("name"))
    variable = source.child(element, "variable")
    if variable is None:
        return own, source.type_ref(element)
    return squeeze(variable.get("name")) or own, source.type_ref(variable)


def _references(source: Source, element: Element, wrapper: str, tag: str) -> tuple[str, ...]:
    hrefs = []
    for requirement in source.children(element, wrapper):
        for target in source.children(requirement, tag):
            hrefs.append(_reference(source, target))
    return tuple(hrefs)


def _reference(source: Source, target: Element) -> str:
    """`#id` for this model, `namespace#id` for another."""
    namespace, _, identifier = (target.get("href") or "").rpartition("#")
    return f"#{identifier}" if namespace in ("", source.namespace) else f"{namespace}#{identifier}"


def _decision(source: Source, element: Element) -> Decision:
    variable, type_ref = _variable(source, element)
    return Decision(
        id=element_id(element),
        name=squeeze(element.get("name")),
        variable=variable,
        line=line(element),
        type_ref=type_ref,
        description=source.text(element, "description") or "",
        question=source.text(element, "question") or "",
        expression=read_expression(source, element),
        required_inputs=_references(source, element, "informationRequirement", "requiredInput"),
        required_decisions=_references(source, element, "informationRequirement", "requiredDecision"),
        required_knowledge=_references(source, element, "knowledgeRequirement", "requiredKnowledge"),
    )


def _input(source: Source, element: Element) -> InputData:
    variable, type_ref = _variable(source, element)
    return InputData(
        id=element_id(element),
        name=squeeze(element.get("name")),
        variable=variable,
        line=line(element),
        type_ref=type_ref,
        description=source.text(element, "description") or "",
    )


def _knowledge(source: Source, element: Element) -> KnowledgeModel:
    variable, type_ref = _variable(source, element)
    logic = source.child(element, "encapsulatedLogic")
    return KnowledgeModel(
        id=element_id(element),
        name=squeeze(element.get("name")),
        variable=variable,
        line=line(element),
        type_ref=type_ref,
        description=source.text(element, "description") or "",
        function=None if logic is None else read_function(source, logic),
        required_knowledge=_references(source, element, "knowledgeRequirement", "requiredKnowledge"),
    )


def _service(source: Source, element: Element) -> DecisionService:
    variable, type_ref = _variable(source, element)

    def hrefs(tag: str) -> tuple[str, ...]:
        return tuple(_reference(source, e) for e in source.children(element, tag))

    return DecisionService(
        id=element_id(element),
        name=squeeze(element.get("name")),
        variable=variable,
        line=line(element),
        type_ref=type_ref,
        description=source.text(element, "description") or "",
        outputs=hrefs("outputDecision"),
        encapsulated=hrefs("encapsulatedDecision"),
        input_decisions=hrefs("inputDecision"),
        input_data=hrefs("inputData"),
    )


def _item(source: Source, element: Element) -> ItemDefinition:
    components = tuple(_item(source, e) for e in source.children(element, "itemComponent"))
    function = source.child(element, "functionItem")
    return ItemDefinition(
        name=squeeze(element.get("name")),
        id=element_id(element),
        line=line(element),
        type_ref=source.type_ref(element),
        components=components,
        function=None if function is None else _function_item(source, function),
        allowed=source.nested_text(element, "allowedValues"),
        constraint=source.nested_text(element, "typeConstraint"),
        is_collection=element.get("isCollection") in ("true", "1"),
        has_components=bool(components),
    )


def _function_item(source: Source, element: Element) -> FunctionItem:
    return FunctionItem(
        parameters=read_parameters(source, element, "parameters"),
        result=source.resolve_type(element.get("outputTypeRef"), element),
    )
