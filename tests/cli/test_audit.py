"""`facet audit`."""

from __future__ import annotations

import json
import os
import pwd
import sqlite3
from pathlib import Path

from tests.cli.conftest import Facet


def test_the_chain_is_verified_and_its_head_kept(facet: Facet, tmp_path: Path) -> None:
    facet("group", "add", "office")
    heads = tmp_path / "heads.jsonl"
    assert facet("audit", "verify").exit_code == 0
    assert facet("audit", "export", "--out", heads).exit_code == 0
    assert json.loads(heads.read_text(encoding="utf-8"))["position"] >= 1
    facet("group", "add", "sales")
    assert facet("audit", "verify", "--heads", heads).exit_code == 0

    with sqlite3.connect(tmp_path / "data" / "facet.db") as database:
        database.execute("UPDATE audit SET actor = 'nobody' WHERE position = 1")

    changed = facet("audit", "verify")
    assert changed.exit_code == 1 and "“actor” was changed" in changed.output
    assert "被更改" in facet("--lang", "zh", "audit", "verify").output


def test_an_entry_says_who_typed_it_on_the_machine(facet: Facet, tmp_path: Path) -> None:
    facet("group", "add", "office")
    with sqlite3.connect(tmp_path / "data" / "facet.db") as database:
        [(actor, source)] = database.execute("SELECT actor, source FROM audit WHERE command = 'SaveGroup'").fetchall()
    assert (actor, source) == ("system", f"cli {pwd.getpwuid(os.getuid()).pw_name}")


def test_a_file_that_holds_no_heads_is_a_sentence(facet: Facet, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("no", encoding="utf-8")
    assert "no exported heads" in facet("audit", "verify", "--heads", tmp_path / "x").output


def test_erasing_asks_first_and_says_what_came_of_it(facet: Facet) -> None:
    facet("user", "add", "ann", "--name", "Ann Lee", "--password-stdin", input="a long password\n")
    assert "Disable the person first" in facet("audit", "erase-person", "ann", "--yes").output
    assert facet("user", "disable", "ann").exit_code == 0
    assert facet("audit", "erase-person", "ann", input="n\n").exit_code == 1
    assert "ann" in facet("user", "list").output

    assert "erased-" in facet("audit", "erase-person", "ann", "--yes").output

    assert "Ann Lee" not in facet("user", "list").output
    assert facet("audit", "verify").exit_code == 0
    assert facet("audit", "erase-case", "nothing", "--yes").exit_code == 1
