"""The public DMN test kit's files become cases; the kit itself stays outside the repository."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from engine import feel
from engine.dmn import Definitions, evaluate, evaluate_service, read

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
ROOT = Path(__file__).resolve().parents[2]


def kit() -> Path:
    """Where the kit is: FACET_CONFORMANCE, or ../shared/conformance beside the repository."""
    base = os.environ.get("FACET_CONFORMANCE") or ROOT.parent / "shared" / "conformance"
    return Path(base) / "dmn-tck"


@dataclass(frozen=True)
class Expected:
    name: str
    error: bool
    value: Any


@dataclass(frozen=True)
class Case:
    folder: Path
    model: str
    id: str
    kind: str
    invocable: str
    inputs: dict[str, Any]
    expected: tuple[Expected, ...]

    @property
    def label(self) -> str:
        return f"{self.folder.name}::{self.id}"


def cases(level: int) -> Iterator[Case]:
    """Every test case of one compliance level, in the order of the files."""
    for path in sorted((kit() / f"compliance-level-{level}").glob("*/*-test-*.xml")):
        yield from _cases_of(path)


def _cases_of(path: Path) -> Iterator[Case]:
    root = etree.parse(str(path)).getroot()
    model = root.findtext("{*}modelName") or ""
    for number, element in enumerate(root.iterfind("{*}testCase"), 1):
        yield Case(
            folder=path.parent,
            model=model.strip(),
            id=f"{path.stem.rpartition('-')[2]}/{element.get('id') or number}",
            kind=element.get("type") or "decision",
            invocable=element.get("invocableName") or "",
            inputs={e.get("name", ""): _value(e) for e in element.iterfind("{*}inputNode")},
            expected=tuple(_expected(e) for e in element.iterfind("{*}resultNode")),
        )


def _expected(element: etree._Element) -> Expected:
    inner = element.find("{*}expected")
    value = None if inner is None else _value(inner)
    return Expected(element.get("name", ""), element.get("errorResult") == "true", value)


def _value(element: etree._Element) -> Any:
    """The value inside an inputNode, expected, item or component (clause: the kit's testCases.xsd, ValueType)."""
    members = element.findall("{*}component")
    if members:
        return {m.get("name", ""): _value(m) for m in members}
    items = element.find("{*}list")
    if items is not None:
        return [] if items.get(f"{XSI}nil") == "true" else [_value(i) for i in items.iterfind("{*}item")]
    value = element.find("{*}value")
    if value is None or value.get(f"{XSI}nil") == "true":
        return None
    return _simple(value.text or "", (value.get(f"{XSI}type") or "string").rpartition(":")[2])


def _simple(text: str, kind: str) -> Any:
    if kind in ("decimal", "double", "integer", "int", "long", "float"):
        return Decimal(text.strip())
    if kind == "boolean":
        return text.strip() in ("true", "1")
    constructor = {"date": "date", "time": "time", "dateTime": "date and time", "duration": "duration"}.get(kind)
    if constructor is None:
        return text
    result = feel.parse(f"{constructor}(text)", names=("text",)).evaluate({"text": text.strip()}, feel.Context())
    assert result.value is not None, f"the kit's {kind} {text!r} is not understood"
    return result.value


TOLERANCE = Decimal("0.00000001")


def same(actual: Any, expected: Any) -> bool:
    """Equal as the kit means it: numbers to 8 places (some of its figures come from binary floats), the rest exactly."""
    if isinstance(expected, Decimal) and isinstance(actual, Decimal):
        return actual == expected or abs(actual - expected) < TOLERANCE
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(same(actual[k], expected[k]) for k in expected)
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(same, actual, expected))
    if expected is None or actual is None:
        return expected is actual
    return feel.equal(actual, expected) is True


def load(case: Case, cache: dict[Path, Definitions]) -> Definitions:
    """The case's model, with every other model of its folder ready to be imported."""
    path = case.folder / case.model
    if path not in cache:
        others = [p.read_bytes() for p in sorted(case.folder.glob("*.dmn")) if p != path]
        imports = {etree.fromstring(content).get("namespace", ""): content for content in others}
        cache[path] = read(path.read_bytes(), file=path.name, imports=imports)
    return cache[path]


def outcome(case: Case, definitions: Definitions) -> list[tuple[Expected, Any, tuple[str, ...]]]:
    """Each expected node with the value we got and the problems we reported."""
    if case.kind == "decisionService":
        result = evaluate_service(definitions, case.invocable, case.inputs)
        single = len(case.expected) == 1
        return [(e, result.value if single else result.value[e.name], result.problems) for e in case.expected]
    found = []
    for expected in case.expected:
        result = evaluate(definitions, expected.name, case.inputs)
        found.append((expected, result.value, result.problems))
    return found
