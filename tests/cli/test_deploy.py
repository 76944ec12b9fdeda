"""`facet deploy` and `facet lint`: what is taken from a folder, what is said, and the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.places import PROCESSES
from tests.cli.conftest import Facet
from tests.diagrams import diagram

GOOD = diagram('<userTask id="u" facet:assignee="lina"/>', "s>u>e", key="good")
BAD = diagram('<serviceTask id="call" facet:operation="records.nmber"/>', "s>call>e", key="bad")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A process folder as in processes/."""
    place = tmp_path / "good"
    (place / "forms").mkdir(parents=True)
    (place / "scenarios").mkdir()
    task = '<userTask id="u" facet:assignee="lina" facet:formKey="ask"/>'
    (place / "good.bpmn").write_bytes(diagram(task, "s>u>e", key="good"))
    (place / "forms" / "ask.json").write_text('{"type": "object", "properties": {"ok": {"type": "boolean"}}}')
    (place / "scenarios" / "one.json").write_text("not a form at all")
    (place / "README.md").write_text("# Good")
    return place


def test_a_process_folder_is_deployed_with_its_forms_and_without_its_scenarios(facet: Facet, folder: Path) -> None:
    first = facet("deploy", folder)
    second = facet("deploy", folder)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "good “good”: version 1" in first.stdout
    assert "good “good”: unchanged, version 1" in second.stdout


def test_a_changed_form_makes_a_new_version(facet: Facet, folder: Path) -> None:
    facet("deploy", folder)
    (folder / "forms" / "ask.json").write_text('{"type": "object", "properties": {"yes": {"type": "boolean"}}}')

    assert "version 2" in facet("deploy", folder).stdout


def test_a_folder_of_process_folders_is_deployed_one_by_one(facet: Facet, folder: Path) -> None:
    (folder.parent / "other").mkdir()
    (folder.parent / "other" / "o.bpmn").write_bytes(diagram('<userTask id="u"/>', "s>u>e", key="other"))

    shown = facet("deploy", folder.parent).stdout

    assert "good “good”: version 1" in shown
    assert "other “other”: version 1" in shown


def test_single_files_are_deployed_together(facet: Facet, folder: Path) -> None:
    result = facet("deploy", folder / "good.bpmn", folder / "forms" / "ask.json")

    assert (result.exit_code, "version 1" in result.stdout) == (0, True)


def test_problems_name_file_line_element_and_rule_and_nothing_is_deployed(facet: Facet, tmp_path: Path) -> None:
    file = tmp_path / "bad.bpmn"
    file.write_bytes(BAD)

    result = facet("deploy", file)

    assert result.exit_code == 1
    line = next(line for line in result.stderr.splitlines() if "records.nmber" in line)
    assert line.startswith(f"{file}:1 error call [")
    assert "bad: not deployed" in result.stderr.replace("bad.bpmn", "bad")
    assert "records.number" in line


def test_a_dry_run_deploys_nothing(facet: Facet, folder: Path) -> None:
    assert "can be deployed" in facet("deploy", folder, "--dry-run").stdout
    assert "version 1" in facet("deploy", folder).stdout


def test_a_missing_path_is_said_in_one_sentence(facet: Facet) -> None:
    result = facet("deploy", "nowhere.bpmn")

    assert result.exit_code == 2
    assert result.stderr == "Error: There is no file or folder “nowhere.bpmn”.\n"


def test_chinese_is_spoken_where_it_is_asked_for(facet: Facet, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "没有文件" in facet("--lang", "zh", "deploy", "x").stderr
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "没有文件" in facet("deploy", "x").stderr
    assert "There is no file" in facet("--lang", "en", "deploy", "x").stderr
    monkeypatch.setenv("FACET_LANGUAGE", "en")
    assert "There is no file" in facet("deploy", "x").stderr


def test_lint_needs_no_database_and_leaves_none(facet: Facet, tmp_path: Path) -> None:
    (tmp_path / "good.bpmn").write_bytes(GOOD)

    result = facet("lint", tmp_path / "good.bpmn")

    assert result.exit_code == 0
    assert "0 error(s)" in result.stdout
    assert not (tmp_path / "data").exists()


def test_lint_fails_on_errors_and_gives_them_as_json(facet: Facet, tmp_path: Path) -> None:
    (tmp_path / "bad.bpmn").write_bytes(BAD)

    result = facet("lint", "--json", tmp_path / "bad.bpmn")

    assert result.exit_code == 1
    (problem,) = [p for p in json.loads(result.stdout) if p["severity"] == "error"]
    assert (problem["element_id"], problem["line"], problem["file"]) == ("call", 1, str(tmp_path / "bad.bpmn"))
    assert problem["message_zh"] != problem["message"] != ""


def test_lint_says_what_is_no_diagram(facet: Facet, tmp_path: Path) -> None:
    (tmp_path / "broken.bpmn").write_text("<definitions")
    result = facet("lint", tmp_path / "broken.bpmn")
    assert result.exit_code == 1
    assert "error" in result.stderr

    (tmp_path / "notes.txt").write_text("hello")
    result = facet("lint", tmp_path / "notes.txt")
    assert result.exit_code == 1
    assert "neither a diagram" in result.stderr


def test_the_processes_that_come_with_facet_have_no_errors(facet: Facet) -> None:
    result = facet("lint", PROCESSES)

    assert result.exit_code == 0, result.stderr
