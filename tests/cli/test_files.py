"""`facet files`: compared with the database, cleaned, copied."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from api.cli_context import opened
from engine import bus
from engine.actor import Actor
from engine.commands.attachments import AddAttachment, RemoveAttachment
from engine.queries.attachments import place_of
from tests.cli.conftest import Facet

LIN = Actor("lin")


def attach(content: bytes) -> str:
    """An upload of lin's that waits for a start; its id."""
    with opened() as services:
        assert services.files is not None
        stored = services.files.put(io.BytesIO(content), limit=1000)
        return str(bus.run(services, AddAttachment("a.txt", stored), LIN).item.id)


def path_of(folder: Path, id: str) -> Path:
    """Where the content of an attachment is."""
    with opened() as services, services.database.read() as connection:
        place = place_of(connection, id)
    [found] = folder.rglob(place)
    return found


def remove(id: str) -> None:
    with opened() as services:
        bus.run(services, RemoveAttachment(id), LIN)


def test_what_is_missing_or_damaged_is_named(facet: Facet, tmp_path: Path) -> None:
    first, second = attach(b"first"), attach(b"second")
    assert "2 contents" in facet("files", "check", "--deep").output
    folder = tmp_path / "data" / "attachments"
    damaged, missing = path_of(folder, first), path_of(folder, second)
    damaged.write_bytes(b"FIRST")
    missing.unlink()
    shallow = facet("files", "check")
    assert shallow.exit_code == 1 and f"{missing.name}  missing" in shallow.output and "damaged" in shallow.output
    assert f"{damaged.name}" not in shallow.output
    deep = facet("--lang", "zh", "files", "check", "--deep")
    assert deep.exit_code == 1 and f"{damaged.name}  已损坏" in deep.output and f"{missing.name}  缺失" in deep.output


def test_what_nobody_has_is_removed_at_once_when_asked(facet: Facet, tmp_path: Path) -> None:
    kept, gone = attach(b"kept"), attach(b"gone")
    folder = tmp_path / "data" / "attachments"
    path = path_of(folder, gone)
    remove(gone)
    assert "1 are without an attachment" in facet("files", "check").output
    assert "Removed: 0 contents" in facet("files", "clean").output and path.exists()
    assert "已删除：1 个文件内容" in facet("--lang", "zh", "files", "clean", "--now").output and not path.exists()
    assert path_of(folder, kept).read_bytes() == b"kept"
    assert facet("files", "check", "--deep").exit_code == 0


def test_contents_move_to_another_store(facet: Facet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [attach(b"one"), attach(b"two"), attach(b"three")]
    old, new = tmp_path / "data" / "attachments", tmp_path / "new"
    monkeypatch.setenv("FACET_FILES_URL", f"file://{new}")
    assert facet("files", "check").exit_code == 1
    assert "3 contents were copied" in facet("files", "copy", "--from", old).output
    assert "已复制 0 个" in facet("--lang", "zh", "files", "copy", "--from", old).output
    assert facet("files", "check", "--deep").exit_code == 0
    assert path_of(new, ids[0]).read_bytes() == b"one"
    path_of(new, ids[1]).unlink()
    path_of(old, ids[1]).unlink()
    lost = facet("files", "copy", "--from", old)
    assert lost.exit_code == 1 and "1 contents are not in" in lost.output


def test_a_store_that_cannot_be_used_is_a_sentence(facet: Facet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACET_FILES_URL", "nonsense://x")
    answer = facet("files", "check")
    assert answer.exit_code == 1 and "FACET_FILES_URL cannot be used" in answer.output
