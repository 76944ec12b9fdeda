"""`facet check` and `facet migrate`."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from engine.settings import PREFIX, Settings
from tests.cli.conftest import Facet


def test_a_fresh_installation_is_checked_without_making_anything(facet: Facet, tmp_path: Path) -> None:
    result = facet("check")

    assert "made at the first start" in result.stdout
    assert not (tmp_path / "data").exists()
    for name in Settings.model_fields:
        assert f"{PREFIX}{name.upper()} = " in result.stdout


def test_secrets_and_passwords_are_not_shown(facet: Facet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACET_SECRET", "s" * 20 + "hidden-secret" + "s" * 20)
    monkeypatch.setenv("FACET_DATABASE_URL", "postgresql://facet:hidden-password@127.0.0.1:1/facet")

    result = facet("check")

    assert "hidden" not in result.stdout + result.stderr
    assert result.exit_code == 1
    assert "The database does not answer" in result.stdout


def test_a_misspelt_variable_is_named_with_the_one_that_was_meant(
    facet: Facet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACET_PROT", "9000")

    result = facet("check")

    assert result.exit_code == 1
    assert "FACET_PROT means nothing; FACET_PORT was meant?" in result.stdout


def test_a_wrong_setting_is_one_sentence(facet: Facet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACET_PORT", "many")

    result = facet("check")

    assert result.exit_code == 1
    assert re.fullmatch(r"Error: A setting is wrong: FACET_PORT: .*\n", result.stderr)


def test_a_damaged_file_is_a_fault(facet: Facet, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "facet.db").write_bytes(b"this is no database" * 100)

    result = facet("check")

    assert result.exit_code == 1
    assert "✗" in result.stdout


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_a_fault(facet: Facet, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o500)

    assert facet("check").exit_code == 1


def test_tables_are_made_taken_back_and_made_again(facet: Facet) -> None:
    assert "0001" in facet("migrate").stdout
    assert "up to date" in facet("check").stdout

    assert facet("migrate", "--down", "--revision", "base", "--yes").exit_code == 0
    assert "pending" in facet("check").stdout
    assert facet("migrate", "--down", "--yes").exit_code == 2

    assert facet("migrate").exit_code == 0
    assert "up to date" in facet("check").stdout


def test_taking_tables_back_is_asked_for_first(facet: Facet) -> None:
    facet("migrate")

    assert facet("migrate", "--down", "--revision", "base", input="n\n").exit_code == 1

    assert "up to date" in facet("check").stdout


def test_an_unknown_revision_is_one_sentence(facet: Facet) -> None:
    result = facet("migrate", "--revision", "nonsense")

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: The database is at revision")
