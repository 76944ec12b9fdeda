"""What people do with tasks: who may, who was faster, what is kept."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from engine.actor import Actor
from engine.commands.instances import CancelInstance, StartInstance
from engine.commands.tasks import (
    AssignTask,
    ClaimTask,
    CompleteTask,
    DelegateTask,
    ResolveTask,
    SaveDraft,
    UnclaimTask,
)
from engine.commands.users import DisableUser
from engine.errors import Conflict, Forbidden, FormRejected, InvalidInput, LimitExceeded, NotFound, Outdated
from engine.scripts import ScriptEnvironment
from engine.store import tables as t
from tests.diagrams import diagram
from tests.engines import House

GROUP = '<userTask id="u" facet:candidateGroups="g"/>'


class Team:
    """A house with people: ann, bo and cy in group g, dan outside, max an operator."""

    def __init__(self, house: House, elements: str = GROUP, *flows: str, **files: bytes) -> None:
        self.house = house
        self.ann, self.bo, self.cy = (house.person(name, "g") for name in ("ann", "bo", "cy"))
        self.dan = house.person("dan")
        self.max = house.person("max", roles=("manager",))
        house.deploy(diagram(elements, *(flows or ("s>u>e",))), **files)
        self.instance = house.start()

    @property
    def id(self) -> str:
        return self.house.task(self.instance, "u")

    @property
    def task(self) -> Any:
        (row,) = self.house.rows(
            select(t.task).where(t.task.c.instance_id == self.instance, t.task.c.element_id == "u")
        )
        return row

    def candidates(self) -> list[tuple[str, str]]:
        c = t.task_candidate.c
        return [tuple(row) for row in self.house.rows(select(c.kind, c.subject).where(c.task_id == self.task.id))]

    def run(self, command: Any, actor: Actor) -> Any:
        return self.house.run(command, actor)


@pytest.fixture
def team(any_house: House) -> Team:
    return Team(any_house)


# --- claim, unclaim, assign ---------------------------------------------------------------------------------------------


def test_a_candidate_takes_a_task_and_gives_it_back(team: Team) -> None:
    revision = team.run(ClaimTask(team.id), team.ann)
    assert (team.task.assignee, revision, team.candidates()) == ("ann", 2, [])
    assert team.run(ClaimTask(team.id), team.ann) == 2

    team.run(UnclaimTask(team.id), team.ann)
    assert (team.task.assignee, team.candidates()) == (None, [("group", "g")])


@pytest.mark.parametrize(
    "command", [ClaimTask, UnclaimTask, lambda id: CompleteTask(id, {}), lambda id: SaveDraft(id, {})]
)
def test_who_comes_second_is_told_who_has_it(team: Team, command: Any) -> None:
    team.run(ClaimTask(team.id), team.ann)
    with pytest.raises(Conflict) as caught:
        team.run(command(team.id), team.bo)
    assert caught.value.data["assignee"] == "ann"


@pytest.mark.parametrize("command", [ClaimTask, lambda id: CompleteTask(id, {}), lambda id: SaveDraft(id, {})])
def test_who_comes_too_late_is_told_who_did_it_and_when(team: Team, command: Any) -> None:
    id = team.id
    team.run(CompleteTask(id, {}), team.ann)
    team.house.pass_time(minutes=1)
    with pytest.raises(Conflict, match="ann has already completed this task") as caught:
        team.run(command(id), team.bo)
    assert caught.value.data == {"status": "completed", "by": "ann", "at": "2026-03-02T01:00:00+00:00"}


def test_who_comes_after_the_process_went_on_is_told_so(team: Team) -> None:
    id = team.id
    team.house.run(CancelInstance(team.instance))
    with pytest.raises(Conflict, match="no longer needed"):
        team.run(CompleteTask(id, {}), team.ann)
    assert team.candidates() == []


@pytest.mark.parametrize(
    "command", [ClaimTask, UnclaimTask, lambda id: CompleteTask(id, {}), lambda id: AssignTask(id, "bo")]
)
def test_for_others_the_task_does_not_exist(team: Team, command: Any) -> None:
    for id in (team.id, "no such task"):
        with pytest.raises(NotFound):
            team.run(command(id), team.dan)


def test_an_operator_assigns_but_does_not_do_what_is_for_others(team: Team) -> None:
    with pytest.raises(Forbidden):
        team.run(CompleteTask(team.id, {}), team.max)
    team.run(AssignTask(team.id, "max"), team.max)
    team.run(CompleteTask(team.id, {}), team.max)
    assert team.task.ended_by == "max"


def test_a_task_for_nobody_is_an_operators(house: House) -> None:
    team = Team(house, '<userTask id="u"/>')
    with pytest.raises(NotFound):
        team.run(CompleteTask(team.id, {}), team.ann)
    team.run(CompleteTask(team.id, {}), team.max)


def test_a_task_for_one_person_cannot_be_given_back_to_nobody(house: House) -> None:
    team = Team(house, '<userTask id="u" facet:assignee="ann"/>')
    with pytest.raises(InvalidInput):
        team.run(UnclaimTask(team.id), team.ann)
    team.run(AssignTask(team.id, "dan"), team.ann)
    assert team.task.assignee == "dan"


def test_a_colleague_has_to_be_there(team: Team) -> None:
    team.run(DisableUser("cy"), team.house.person("ada", roles=("admin",)))
    for name in ("nobody", "cy", ""):
        with pytest.raises((NotFound, InvalidInput)):
            team.run(AssignTask(team.id, name), team.ann)


def test_a_revision_that_was_named_has_to_be_the_present_one(team: Team) -> None:
    team.run(ClaimTask(team.id, revision=1), team.ann)
    for command in (UnclaimTask(team.id, revision=1), CompleteTask(team.id, {}, revision=1)):
        with pytest.raises(Outdated) as caught:
            team.run(command, team.ann)
        assert caught.value.data == {"revision": 2, "assignee": "ann"}
    team.run(CompleteTask(team.id, {}, revision=2), team.ann)


# --- delegate and resolve -----------------------------------------------------------------------------------------------


def test_a_delegated_task_comes_back_with_what_was_written(team: Team) -> None:
    team.run(DelegateTask(team.id, "bo"), team.ann)
    assert (team.task.assignee, team.task.owner, team.task.delegation) == ("bo", "ann", "pending")

    team.run(ResolveTask(team.id, {"note": "half"}), team.bo)

    assert (team.task.assignee, team.task.owner, team.task.delegation) == ("ann", None, "resolved")
    assert (team.task.draft, team.task.draft_by) == ({"note": "half"}, "bo")
    team.run(CompleteTask(team.id, {"note": "whole"}), team.ann)
    assert (team.task.draft, team.task.ended_by) == (None, "ann")


@pytest.mark.parametrize(
    "command",
    [
        lambda id: CompleteTask(id, {}),
        lambda id: DelegateTask(id, "cy"),
        lambda id: AssignTask(id, "cy"),
        UnclaimTask,
    ],
)
def test_who_was_asked_for_help_can_only_return_the_task(team: Team, command: Any) -> None:
    team.run(DelegateTask(team.id, "bo"), team.ann)
    with pytest.raises(Conflict, match="return it"):
        team.run(command(team.id), team.bo)
    assert (team.task.assignee, team.task.owner) == ("bo", "ann")


def test_the_owner_waits_and_an_operator_can_end_it(team: Team) -> None:
    team.run(DelegateTask(team.id, "bo"), team.ann)
    with pytest.raises(Conflict, match="bo has this task"):
        team.run(CompleteTask(team.id, {}), team.ann)
    with pytest.raises(Conflict):
        team.run(ResolveTask(team.id), team.ann)
    team.run(AssignTask(team.id, "ann"), team.max)
    assert (team.task.assignee, team.task.owner, team.task.delegation) == ("ann", None, None)


def test_nobody_delegates_to_themselves(team: Team) -> None:
    with pytest.raises(InvalidInput):
        team.run(DelegateTask(team.id, "ann"), team.ann)
    with pytest.raises(Conflict):
        team.run(ResolveTask(team.id), team.ann)


# --- four eyes ----------------------------------------------------------------------------------------------------------

CHECKED = (
    '<userTask id="v" facet:candidateGroups="g"/>'
    '<userTask id="u" facet:candidateGroups="g" facet:notWhoDid="v"/><exclusiveGateway id="x1"/>'
)


def test_nobody_checks_themselves(any_house: House) -> None:
    team = Team(any_house, CHECKED, "s>v>u>e")
    team.run(CompleteTask(team.house.task(team.instance, "v"), {}), team.ann)

    for command in (ClaimTask(team.id), CompleteTask(team.id, {}), DelegateTask(team.id, "bo")):
        with pytest.raises(Forbidden):
            team.run(command, team.ann)
    for command in (AssignTask(team.id, "ann"), DelegateTask(team.id, "ann")):
        with pytest.raises(InvalidInput):
            team.run(command, team.bo)
    team.run(CompleteTask(team.id, {}), team.bo)


def test_nor_whoever_did_it_while_the_check_was_already_open(any_house: House) -> None:
    team = Team(any_house, CHECKED, "s>p1", "p1>v>e1", "p1>u>e2")
    team.run(ClaimTask(team.id), team.ann)
    team.run(CompleteTask(team.house.task(team.instance, "v"), {}), team.ann)

    with pytest.raises(Forbidden):
        team.run(CompleteTask(team.id, {}), team.ann)
    with pytest.raises(InvalidInput):
        team.run(AssignTask(team.id, "ann"), team.max)
    team.run(AssignTask(team.id, "bo"), team.ann)
    team.run(CompleteTask(team.id, {}), team.bo)


def test_nor_any_of_those_who_did_it_in_an_earlier_round(any_house: House) -> None:
    team = Team(any_house, CHECKED, "s>v>x1", "x1>v?again", "x1>u!", "u>e")
    for person, again in ((team.ann, True), (team.bo, False)):
        team.run(CompleteTask(team.house.task(team.instance, "v"), {"again": again}), person)
    assert team.task.not_who_did == ["ann", "bo"]
    with pytest.raises(Forbidden):
        team.run(ClaimTask(team.id), team.ann)
    team.run(ClaimTask(team.id), team.cy)


# --- drafts and forms ---------------------------------------------------------------------------------------------------

FORM = b'{"type": "object", "properties": {"a": {"type": "integer", "title": "A"}}, "required": ["a"]}'


def test_a_draft_is_kept_whatever_it_is_within_limits(team: Team) -> None:
    team.run(SaveDraft(team.id, {"a": "half a sent"}), team.ann)
    assert (team.task.draft, team.task.draft_by, team.task.revision) == ({"a": "half a sent"}, "ann", 1)
    with pytest.raises(LimitExceeded):
        team.run(SaveDraft(team.id, {"a": "x" * 600_000}), team.ann)
    with pytest.raises(InvalidInput):
        team.run(SaveDraft(team.id, {"a": "\0"}), team.ann)


def test_only_what_the_form_declares_becomes_a_variable(any_house: House) -> None:
    team = Team(any_house, '<userTask id="u" facet:candidateGroups="g" facet:formKey="f"/>', f_json=FORM)
    for data in ({}, {"a": "x"}, {"a": 1, "level": 9}):
        with pytest.raises(FormRejected):
            team.run(CompleteTask(team.id, data), team.ann)
    team.run(CompleteTask(team.id, {"a": 1}), team.ann)
    assert team.house.instance(team.instance).variables == {"a": 1}


def test_a_form_that_is_not_there_takes_nothing(house: House) -> None:
    team = Team(house, '<userTask id="u" facet:candidateGroups="g" facet:formKey="=&quot;g&quot;"/>', f_json=FORM)
    with pytest.raises(InvalidInput, match="was not deployed"):
        team.run(CompleteTask(team.id, {"a": 1}), team.ann)
    team.run(CompleteTask(team.id, {}), team.ann)


# --- an accepted form is never lost --------------------------------------------------------------------------------------


def test_too_much_of_ones_own_is_refused_and_the_task_stays(team: Team) -> None:
    with pytest.raises(LimitExceeded):
        team.run(CompleteTask(team.id, {"a": "x" * 600_000}), team.ann)
    assert team.task.status == "open"


@pytest.mark.parametrize(
    "script",
    ["big = 'x' * 700000", "1 / 0", "while True:\n    pass", "raise ValueError('\0')", "x = chr(0)", "deep = []\nfor n in range(100):\n    deep = [deep]"],
)  # fmt: skip
def test_what_a_script_does_wrong_after_a_form_does_not_lose_it(
    any_house: House, scripts: ScriptEnvironment, script: str
) -> None:
    any_house.services.scripts = scripts
    content = script.replace("\0", "\\x00").replace("<", "&lt;")
    team = Team(
        any_house,
        GROUP + f'<scriptTask id="z" scriptFormat="python"><script>{content}</script></scriptTask>',
        "s>u>z>e",
    )

    team.run(CompleteTask(team.id, {"note": "kept"}), team.ann)
    team.house.settle()  # one that takes its time is a job

    assert team.house.instance(team.instance).variables == {"note": "kept"}
    assert team.task.status == "completed"
    (incident,) = team.house.incidents(team.instance)
    assert incident.element_id == "z"


@pytest.mark.parametrize(
    "next_task",
    [
        '<userTask id="z" facet:assignee="=string join(for n in 1..400 return &quot;x&quot;)"/>',
        '<userTask id="z" facet:candidateGroups="=for n in 1..3000 return string(n)"/>',
        '<userTask id="z" facet:dueDate="=&quot;never&quot;"/>',
        '<userTask id="z" facet:formKey="=string join(for n in 1..400 return &quot;x&quot;)"/>',
        '<callActivity id="z" calledElement="=string join(for n in 1..400 return &quot;x&quot;)"/>',
        '<serviceTask id="z" facet:topic="=string join(for n in 1..400 return &quot;x&quot;)"/>',
    ],
)
def test_what_the_next_step_cannot_keep_does_not_lose_it(any_house: House, next_task: str) -> None:
    team = Team(any_house, GROUP + next_task, "s>u>z>e")

    team.run(CompleteTask(team.id, {"note": "kept"}), team.ann)
    team.house.settle()

    assert team.house.instance(team.instance).variables == {"note": "kept"}
    (incident,) = team.house.incidents(team.instance)
    assert incident.element_id == "z"


def test_a_form_that_starts_a_process_is_not_lost_either(any_house: House) -> None:
    house = any_house
    house.deploy(diagram("", "s>x1", "x1>u?n > 0"))
    instance = house.run(StartInstance("p", {"n": 0}))
    assert house.instance(instance).variables == {"n": 0}
    assert [row.element_id for row in house.incidents(instance)] == ["x1"]
