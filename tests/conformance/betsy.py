"""The betsy benchmark (136 BPMN features), played through the public playground.

The diagrams are test input from outside the project. Their scripts are placeholders of the benchmark (`SCRIPT_task1` writes
a mark into a log); `staged` gives each placeholder a meaning in Facet's own terms, and changes nothing else but the syntax
of the conditions (Java's `test.contains("a")`).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from engine.errors import InvalidInput
from engine.playground import Playground

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
FACET = "{urn:facet:bpmn:1}"
EXPRESSIONS = (
    "conditionExpression", "condition", "loopCondition", "completionCondition", "activationCondition", "loopCardinality",
)  # fmt: skip


def folder() -> Path | None:
    """Where the corpus is: `FACET_CONFORMANCE`, else beside the checkout; None when it is not there."""
    root = os.environ.get("FACET_CONFORMANCE")
    path = Path(root) if root else Path(__file__).resolve().parents[3] / "shared" / "conformance"
    return path / "betsy" if (path / "betsy" / "cases.json").is_file() else None


@dataclass(frozen=True)
class Feature:
    """One feature with its diagram and test cases."""

    group: str
    name: str
    content: bytes
    cases: list[dict[str, Any]]


def features() -> list[Feature]:
    """All features of the corpus; empty when it is not there."""
    root = folder()
    if root is None:
        return []
    cases = json.loads((root / "cases.json").read_text())
    return [Feature(c["group"], c["feature"], (root / c["file"]).read_bytes(), c["cases"]) for c in cases]


def condition(text: str) -> str:
    """The benchmark's conditions in FEEL."""
    text = re.sub(r"^\$\{(.*)\}$", r"\1", text.strip()).removesuffix('")>').strip() + (
        '")' if text.strip().endswith('")>') else ""
    )
    return re.sub(r'(!?)test\.contains\("(\w)"\)', _contains, text)


def _contains(match: re.Match[str]) -> str:
    call = f'contains(test, "{match[2]}")'
    return f"not({call})" if match[1] else call


def staged(content: bytes, mutate: Callable[[Any], None] | None = None) -> tuple[bytes, dict[str, str], str]:
    """The diagram with its placeholders made real, the mark of each element, and the id of the first process."""
    root = etree.fromstring(content)
    if mutate is not None:
        mutate(root)
    marks: dict[str, str] = {}
    for script in list(root.iter(f"{BPMN}script")):
        _stage_script(script, marks)
    for name in EXPRESSIONS:
        for element in root.iter(BPMN + name):
            if element.text and element.text.strip():
                element.text = condition(element.text)
    first = next(root.iter(f"{BPMN}process")).get("id")
    return etree.tostring(root), marks, first


def _stage_script(script: Any, marks: dict[str, str]) -> None:
    task, mark = script.getparent(), (script.text or "").strip()
    id = task.get("id")
    script.text = "null"
    task.set("scriptFormat", "feel")
    if mark.startswith("INCREMENT"):
        task.set(f"{FACET}resultVariable", "integerVariable")
        script.text = "integerVariable + 1"
        if mark.endswith("AND_LOG"):
            marks[id] = "INCREMENT"
    elif mark == "THROW_ERROR":
        task.set("scriptFormat", "python")
        script.text = 'raise BpmnError("ERR_CODE", "thrown by the script")'
    elif mark == "CREATE_MARKER_FILE":
        marks[id] = "MARKER_exists"
    elif mark == "WAIT_TEN_SECONDS":
        task.tag = f"{BPMN}intermediateCatchEvent"
        task.remove(script)
        timer = etree.SubElement(task, f"{BPMN}timerEventDefinition")
        etree.SubElement(timer, f"{BPMN}timeDuration").text = "PT10S"
    elif mark.startswith("CREATE_TIMESTAMP_LOG"):
        task.tag = f"{BPMN}serviceTask"
        task.remove(script)
        task.set(f"{FACET}topic", "work")
    elif mark in ("SET_STRING_DATA", "LOG_DATA"):
        _stage_data(task, script, mark, marks)
    elif mark.startswith("SCRIPT_"):
        marks[id] = mark


def _stage_data(task: Any, script: Any, mark: str, marks: dict[str, str]) -> None:
    """Data is written by one task and read by another, by the name of its own output or input, else of the property."""
    outputs = [_variable(o) for o in task.iter(f"{BPMN}dataOutput")]
    inputs = [_variable(i) for i in task.iter(f"{BPMN}dataInput")]
    if mark == "SET_STRING_DATA":
        task.set(f"{FACET}resultVariable", outputs[0] if outputs else "data")
        script.text = '"correct"'
    else:
        task.set(f"{FACET}resultVariable", "read")
        script.text = inputs[0] if inputs else "data"
        marks[task.get("id")] = "DATA_read"


def _variable(item: Any) -> str:
    """The variable of a data input or output: its name, with underscores for what no identifier may hold."""
    return re.sub(r"\W", "_", item.get("name") or item.get("id"))


@dataclass(frozen=True)
class Result:
    """What came of one case: `pass`, `refused` or `wrong`, with the marks seen or the reason."""

    verdict: str
    seen: list[str]
    expected: list[str]
    note: str = ""


def play(
    feature: Feature, case: dict[str, Any], *, mutate: Callable[[Any], None] | None = None, patience: str = "PT2M"
) -> Result:
    """Plays one case and compares. `mutate` changes the diagram (its root element) before; `patience`: how long is waited."""
    staged_content, marks, key = staged(feature.content, mutate)
    processes = {name.decode() for name in re.findall(rb':process id="(\w+)"', staged_content)}
    expected = sorted(case["trace"])
    with Playground() as playground:
        deployment = playground.deploy({f"{feature.name}.bpmn": staged_content})
        if not deployment.accepted:
            why = "; ".join(f"{p.element_id}: {p.message}" for p in deployment.problems if p.severity == "error")
            return Result("pass" if expected == ["ERROR"] else "refused", ["ERROR"], expected, why)
        try:
            for other in processes - {key}:
                if other == "ParallelProcess":  # a partner that waits, as in the benchmark; other processes are called
                    with suppress(InvalidInput):  # it may as well be started by the message
                        playground.start(other, case["vars"])
            instance = playground.start(key, case["vars"])
        except InvalidInput as error:
            return Result("refused", [], expected, str(error))
        seen = _watch(playground, instance, marks, patience)
        if "MARKER_exists" not in expected:  # the benchmark looks for its marker file only where it names it
            seen = [mark for mark in seen if mark != "MARKER_exists"]
        return Result("pass" if sorted(seen) == expected else "wrong", seen, expected)


def _watch(playground: Playground, instance: str, marks: dict[str, str], patience: str) -> list[str]:
    at_once = playground.external("work")
    for task in at_once:
        playground.finish(task)
    playground.advance(patience)
    seen = [marks[id] for id in playground.trace() if id in marks]
    state = playground.instance(instance)
    if "DATA_read" in seen:
        seen.remove("DATA_read")
        seen.append("DATA_correct" if state.variables.get("read") == "correct" else "DATA_wrong")
    if len(at_once) > 1:
        seen.append("EXECUTION_parallel")
    for incident in state.incidents:
        if "caught by nobody" in incident.message:
            seen.append("ERROR_thrownErrorEvent")
        elif "No condition" in incident.message:
            seen.append("ERROR_runtime")
        elif "cannot come any more" not in incident.message:
            seen.append(f"incident: {incident.message}")
    return seen
