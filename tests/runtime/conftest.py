"""A stage for one process: deploy a diagram, start it, look at what happens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from engine.playground import Instance, Playground
from tests.diagrams import diagram


class Stage:
    """One deployed process in a playground."""

    def __init__(self, play: Playground) -> None:
        self.play = play
        self.id = ""

    def deploy(self, content: bytes, **files: bytes) -> None:
        """Deploys; fails the test with the problems when refused."""
        result = self.play.deploy({"p.bpmn": content, **files})
        assert result.accepted, [p.message for p in result.problems if p.severity == "error"]

    def run(self, elements: str, *flows: str, variables: dict[str, Any] | None = None, roots: str = "") -> Stage:
        """Deploys a diagram and starts it."""
        self.deploy(diagram(elements, *flows, roots=roots))
        self.id = self.play.start("p", variables or {})
        return self

    @property
    def instance(self) -> Instance:
        return self.play.instance(self.id)

    @property
    def status(self) -> str:
        return self.instance.status

    @property
    def variables(self) -> dict[str, Any]:
        return self.instance.variables

    @property
    def trace(self) -> list[str]:
        return self.play.trace(self.id)

    @property
    def open(self) -> list[str]:
        """Element ids of the open user tasks."""
        return [task.element_id for task in self.play.tasks(self.id)]

    def complete(self, element: str, data: dict[str, Any] | None = None) -> None:
        """Completes the oldest open task of `element`."""
        task = next(t for t in self.play.tasks(self.id) if t.element_id == element)
        self.play.complete(task, data or {})


@pytest.fixture
def play() -> Iterator[Playground]:
    with Playground() as playground:
        yield playground


@pytest.fixture
def stage(play: Playground) -> Stage:
    return Stage(play)
