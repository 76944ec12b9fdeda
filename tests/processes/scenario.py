"""Plays scenario files (docs/scenarios.md) in the playground."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.errors import FacetError
from engine.playground import Playground, Task

PROCESSES = Path(__file__).parents[2] / "processes"
KINDS = ("start", "message", "signal", "complete", "refuse", "advance", "expect", "do")


def files_of(process: str) -> dict[str, bytes]:
    """The files of a process folder as a deployment: name → bytes."""
    folder = PROCESSES / process
    found = [*folder.glob("*.bpmn"), *folder.glob("*.dmn"), *folder.glob("forms/*.json")]
    return {path.name: path.read_bytes() for path in sorted(found)}


def scenarios() -> list[Path]:
    """Every scenario of every process; files that begin with "_" hold parts."""
    return sorted(path for path in PROCESSES.glob("*/scenarios/*.json") if not path.name.startswith("_"))


class Story:
    """One scenario being played. A step that does not happen as written raises AssertionError with its number."""

    def __init__(self, play: Playground, told: Mapping[str, Any], parts: Mapping[str, Any]) -> None:
        self.play = play
        self.told = told
        self.parts = parts
        self.instance: str | None = None
        for name, groups in told.get("people", {}).items():
            play.user(name, groups=groups)

    def run(self) -> None:
        for number, step in self._steps(self.told["steps"], "step"):
            kinds = [kind for kind in KINDS if kind in step]
            assert len(kinds) == 1, f"{number}: exactly one of {', '.join(KINDS)} is needed in {step}"
            try:
                getattr(self, f"_{kinds[0]}")(step)
            except FacetError as error:
                raise AssertionError(f"{number}: {step}\n{error.code}: {error} {dict(error.data)}") from error
            except AssertionError as error:
                raise AssertionError(f"{number}: {step}\n{error}") from error
            self._no_incident(number)

    def _steps(self, steps: list[Mapping[str, Any]], where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for index, step in enumerate(steps, 1):
            if "do" in step:
                yield from self._steps(self.parts[step["do"]], f"{where} {index} ({step['do']})")
            else:
                yield f"{where} {index}", step

    def _no_incident(self, number: str) -> None:
        if self.instance is not None:
            incidents = self.play.instance(self.instance).incidents
            assert not incidents, f"{number}: {[(i.element_id, i.message) for i in incidents]}"

    # what happens --------------------------------------------------------------------------------------------------

    def _start(self, step: Mapping[str, Any]) -> None:
        self.instance = self.play.start(
            self.told["process"], step["start"], business_key=step.get("key"), as_user=step.get("as")
        )

    def _message(self, step: Mapping[str, Any]) -> None:
        before = set(self.play.instances(self.told["process"]))
        reached = self.play.message(
            step["message"], step.get("payload", {}), business_key=step.get("key"), correlation=step.get("correlation")
        )
        assert reached == step.get("reached", 1), f"{reached} receivers"
        started = set(self.play.instances(self.told["process"])) - before
        if started:
            self.instance = started.pop()

    def _signal(self, step: Mapping[str, Any]) -> None:
        self.play.signal(step["signal"], step.get("payload", {}))

    def _advance(self, step: Mapping[str, Any]) -> None:
        self.play.advance(step["advance"])

    def _complete(self, step: Mapping[str, Any]) -> None:
        self.play.complete(self._task(step["complete"], step.get("group")), step.get("with", {}), step.get("as"))

    def _refuse(self, step: Mapping[str, Any]) -> None:
        task = self._task(step["refuse"], step.get("group"))
        refused: FacetError | None = None
        try:
            self.play.complete(task, step.get("with", {}), step.get("as"))
        except FacetError as error:
            refused = error
        assert refused is not None, "it was accepted"
        assert refused.code == step.get("code", "form-rejected"), f"{refused.code}: {refused}"
        if "at" in step:
            places = refused.data.get("errors", {})
            assert isinstance(places, Mapping)
            assert set(places) == {step["at"]}, places

    def _task(self, element: str, group: str | None) -> Task:
        found = [task for task in self.play.tasks(self.instance) if task.element_id == element]
        if group is not None:
            found = [task for task in found if group in task.candidate_groups]
        open_ids = [task.element_id for task in self.play.tasks(self.instance)]
        assert len(found) == 1, f"{len(found)} open tasks fit; open are {open_ids}"
        return found[0]

    # what is then --------------------------------------------------------------------------------------------------

    def _expect(self, step: Mapping[str, Any]) -> None:
        assert self.instance is not None, "nothing was started"
        expected = dict(step["expect"])
        state = self.play.instance(self.instance)
        for name, value in expected.pop("variables", {}).items():
            differs(name, value, state.variables.get(name))
        if "status" in expected:
            assert state.status == expected.pop("status"), state.status
        if "end" in expected:
            assert state.end_element_id == expected.pop("end"), state.end_element_id
        trace = self.play.trace(self.instance)
        for element in expected.pop("passed", []):
            assert element in trace, f"{element} is not among {trace}"
        for element in expected.pop("not_passed", []):
            assert element not in trace, f"{element} is among {trace}"
        if "tasks" in expected:
            self._tasks(expected.pop("tasks"))
        assert not expected, f"unknown expectations: {', '.join(expected)}"

    def _tasks(self, expected: list[Any]) -> None:
        wanted = [entry if isinstance(entry, Mapping) else {"element": entry} for entry in expected]
        found = self.play.tasks(self.instance)
        shown = [(task.element_id, task.assignee, task.candidate_groups, task.due_at) for task in found]
        assert len(found) == len(wanted), f"open are {shown}"
        for entry in wanted:
            match = next((task for task in found if fits(entry, task)), None)
            assert match is not None, f"{entry} is not among {shown}"
            found.remove(match)


def fits(entry: Mapping[str, Any], task: Task) -> bool:
    """Whether an open task is as told: element, and assignee, groups and due where they are told."""
    told_due = datetime.fromisoformat(entry["due"]) if "due" in entry else None
    return (
        task.element_id == entry["element"]
        and ("assignee" not in entry or task.assignee == entry["assignee"])
        and ("groups" not in entry or sorted(task.candidate_groups) == sorted(entry["groups"]))
        and (told_due is None or task.due_at == told_due)
    )


def differs(place: str, expected: Any, value: Any) -> None:
    """AssertionError where a value is not as told: objects by the fields that are told, decimals digit by digit."""
    if isinstance(expected, Mapping):
        assert isinstance(value, Mapping), f"{place} is {value!r}"
        for name, inner in expected.items():
            differs(f"{place}.{name}", inner, value.get(name))
    elif isinstance(expected, list):
        assert isinstance(value, list), f"{place} is {value!r}"
        assert len(value) == len(expected), f"{place} is {value!r}"
        for index, (inner, found) in enumerate(zip(expected, value, strict=True)):
            differs(f"{place}[{index}]", inner, found)
    elif isinstance(value, datetime):
        assert value == datetime.fromisoformat(expected), f"{place} is {value.isoformat()}"
    elif isinstance(value, date | Decimal) and isinstance(expected, str):
        assert str(value) == expected, f"{place} is {value}"
    else:
        assert value == expected, f"{place} is {value!r}"


def play(path: Path) -> Story:
    """Plays a scenario file to its end. Raises AssertionError."""
    told = json.loads(path.read_text(encoding="utf-8"))
    shared = path.parent / "_parts.json"
    parts = json.loads(shared.read_text(encoding="utf-8")) if shared.exists() else {}
    with Playground(now=told.get("now", "2026-03-02T09:00:00+08:00")) as playground:
        deployed = playground.deploy(files_of(path.parent.parent.name))
        assert deployed.accepted, [f"{p.file}:{p.line} {p.element_id} {p.message}" for p in deployed.problems]
        story = Story(playground, told, parts)
        story.run()
    return story
