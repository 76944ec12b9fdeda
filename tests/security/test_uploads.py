"""Promises 1 to 3 of docs/security.md: what is uploaded cannot harm by being read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from engine import bus
from engine.actor import SYSTEM, Actor
from engine.bpmn.model import Problem
from engine.commands.deployments import DeployDefinitions
from engine.errors import DeploymentRejected, Forbidden
from engine.playground import Playground
from engine.uploads import UploadInspector, UploadLimits
from tests.diagrams import diagram
from tests.security.hostile import PLAIN, REFUSED, table


@pytest.fixture(scope="module")
def play() -> Iterator[Playground]:
    """One engine for all: a file that harms it shows in the benign ones that follow."""
    with Playground() as playground:
        yield playground


@pytest.fixture(scope="module")
def inspector() -> Iterator[UploadInspector]:
    inspector = UploadInspector()
    yield inspector
    inspector.close()


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_with_a_sentence_and_a_benign_one_works_afterwards(
    play: Playground, name: str
) -> None:
    file, content = REFUSED[name]

    result = play.deploy({file: content})

    errors = [problem for problem in result.problems if problem.severity == "error"]
    assert not result.accepted
    assert errors and all(problem.message and problem.message_zh for problem in errors)
    assert all(problem.message != problem.message_zh for problem in errors)
    assert "root:" not in "".join(problem.message for problem in errors), "a file of the machine was read"
    assert all(len(problem.message) < 2_000 for problem in errors)

    assert play.deploy({"plain.bpmn": PLAIN}).accepted
    instance = play.start("p")
    play.complete(play.tasks(instance)[0])
    assert play.instance(instance).status == "completed"


@pytest.mark.parametrize("name", REFUSED)
def test_a_helper_process_reads_it_within_its_limits(inspector: UploadInspector, name: str) -> None:
    file, content = REFUSED[name]

    inspector.inspect({file: content})

    assert inspector.inspect({"plain.bpmn": PLAIN}) == []


def test_names_are_text_wherever_they_come_from(play: Playground) -> None:
    name = '&lt;img src=x onerror="alert(1)"&gt;'.replace('"', "&quot;")

    assert play.deploy({"<b>.bpmn": diagram(f'<task id="t" name="{name}"/>', "s>t>e")}).accepted


def test_a_file_name_is_never_a_path(play: Playground) -> None:
    before = set(os.listdir("/tmp"))

    assert play.deploy({"../../../../tmp/facet-escaped.bpmn": PLAIN}).accepted

    assert {name for name in set(os.listdir("/tmp")) - before if "escaped" in name} == set()


def test_what_costs_too_much_ends_the_helper_and_not_the_server() -> None:
    # given a limit that this upload passes
    inspector = UploadInspector(UploadLimits(memory=60 * 1024 * 1024))
    large = diagram("", ">".join(["s", *(f"t{n}" for n in range(8_000)), "e"]))

    # when
    problems = inspector.inspect({"large.bpmn": large})
    inspector.close()

    # then
    assert [problem.rule for problem in problems] == ["too-costly"]
    assert problems[0].message_zh


def test_a_helper_that_does_not_answer_is_replaced() -> None:
    inspector = UploadInspector(UploadLimits(wait=0.01))
    assert [p.rule for p in inspector.inspect({"p.bpmn": PLAIN})] == ["too-costly"]
    inspector.close()

    patient = UploadInspector()
    assert patient.inspect({"p.bpmn": PLAIN}) == []
    patient.close()


def test_the_helper_knows_no_secret(monkeypatch: pytest.MonkeyPatch, inspector: UploadInspector) -> None:
    monkeypatch.setenv("FACET_SECRET", "x" * 40)
    other = UploadInspector()
    other.inspect({"p.bpmn": PLAIN})
    assert other._helper is not None

    with open(f"/proc/{other._helper.pid}/environ", "rb") as file:
        environment = file.read()
    other.close()

    assert re.search(rb"FACET_|PASSWORD|SECRET", environment) is None


def test_a_wide_join_is_linted_without_delay(play: Playground) -> None:
    """Cubic in the number of branches once: 400 took five seconds, these would have taken minutes."""
    wide = diagram("", "s>p0", *(f"p0>tq{n}>tw{n}>p1" for n in range(1_200)), "p1>e")

    assert play.deploy({"wide.bpmn": wide}).accepted


def test_uploads_of_people_are_read_in_the_helper_first(play: Playground) -> None:
    class Strict:
        """A helper that gives up on everything."""

        def inspect(self, files: Mapping[str, bytes]) -> list[Problem]:
            return [Problem("error", "too-costly", "Too much.", "过多。", ", ".join(files))]

    services = replace(play.services, inspector=Strict())
    owner = Actor("olga", roles=frozenset({"owner"}))

    with pytest.raises(DeploymentRejected, match="Too much"):
        bus.run(services, DeployDefinitions({"p.bpmn": PLAIN}), owner)
    with pytest.raises(Forbidden):
        bus.run(services, DeployDefinitions({"p.bpmn": PLAIN}), Actor("lin"))
    assert bus.run(services, DeployDefinitions({"p.bpmn": PLAIN}), SYSTEM).definitions


def test_large_but_honest_files_pass(play: Playground) -> None:
    line = diagram("", ">".join(["s", *(f"t{n}" for n in range(400)), "e"]))
    rules = table(*(f"&gt; {n}" for n in range(300)))

    result = play.deploy({"line.bpmn": line, "rules.dmn": rules})

    assert result.accepted
    instance = play.start("p")
    assert play.instance(instance).status == "completed"
    assert len(play.trace(instance)) == 402
