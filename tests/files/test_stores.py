"""Every store does the same: whole contents at places of their own, in little memory, and one sentence when it fails."""

from __future__ import annotations

import hashlib
import io
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from engine.errors import InvalidInput, NotFound
from engine.files import FileStore, FilesUnavailable, FileTooLarge, LocalFiles, open_files
from engine.settings import Settings

MB = 1024 * 1024


class Endless(io.RawIOBase):
    """A stream of `size` bytes of text that are made as they are read."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int = -1) -> bytes:
        size = min(size, self.left)
        self.left -= size
        return b"x" * size


def put(files: FileStore, content: bytes, limit: int = MB) -> str:
    return files.put(io.BytesIO(content), limit=limit).place


def test_what_was_put_can_be_read_from_anywhere_and_removed(files: FileStore) -> None:
    stored = files.put(io.BytesIO(b"hello, file"), limit=MB)
    assert (stored.digest, stored.size) == (hashlib.sha256(b"hello, file").hexdigest(), 11)
    assert stored.media_type == "text/plain"
    with files.open(stored.place) as stream:
        assert stream.read(5) == b"hello"
        stream.seek(7)
        assert stream.read() == b"file"
    [kept] = files.everything()
    assert (kept.place, kept.size) == (stored.place, 11)
    assert abs(kept.written_at - datetime.now(UTC)) < timedelta(hours=1)
    files.remove(stored.place)
    files.remove(stored.place)
    assert not list(files.everything())
    with pytest.raises(NotFound):
        files.open(stored.place)


def test_the_same_content_gets_a_place_of_its_own_each_time(files: FileStore) -> None:
    first, second = put(files, b"same"), put(files, b"same")
    assert first != second and first.split("-")[0] == second.split("-")[0]
    files.remove(first)
    assert files.open(second).read() == b"same"


def test_nothing_stays_of_what_was_refused(files: FileStore) -> None:
    for content, error in ((b"x" * (MB + 1), FileTooLarge), (b"", InvalidInput), (b"MZ\x90\0", InvalidInput)):
        with pytest.raises(error):
            put(files, content)
    assert not list(files.everything())


@pytest.mark.parametrize("place", ["../../etc/passwd", "/etc/passwd", "..", "a" * 63, "A" * 64, f"{'a' * 64}/x", ""])
def test_only_places_are_asked_for(files: FileStore, place: str) -> None:
    with pytest.raises(NotFound):
        files.open(place)
    with pytest.raises(NotFound):
        files.remove(place)


def test_memory_stays_small_whatever_the_size(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path)
    tracemalloc.start()
    stored = files.put(cast(io.BytesIO, Endless(48 * MB)), limit=64 * MB)
    with files.open(stored.place) as stream:
        while stream.read(256 * 1024):
            continue
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert stored.size == 48 * MB
    assert peak < 4 * MB


def test_a_large_content_goes_to_s3_and_comes_back_in_parts(s3_settings: Settings) -> None:
    files = open_files(s3_settings)
    stored = files.put(cast(io.BytesIO, Endless(11 * MB + 7)), limit=64 * MB)
    with files.open(stored.place) as stream:
        stream.seek(11 * MB)
        assert stream.read() == b"x" * 7
        stream.seek(0)
        sha = hashlib.sha256()
        while chunk := stream.read(256 * 1024):
            sha.update(chunk)
    assert sha.hexdigest() == stored.digest


def test_a_store_that_does_not_answer_is_a_sentence(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path, files_url="s3://bucket", files_endpoint="http://127.0.0.1:9", files_key="k", files_secret="s"
    )
    with pytest.raises(FilesUnavailable, match="does not answer"):
        put(open_files(settings), b"text")
    with pytest.raises(FilesUnavailable, match="cannot be used"):
        open_files(Settings(data_dir=tmp_path, files_url="nonsense://x"))


def test_settings_choose_the_store(tmp_path: Path) -> None:
    put(open_files(Settings(data_dir=tmp_path)), b"one")
    assert [path.name for path in tmp_path.iterdir()] == ["attachments"]
    put(open_files(Settings(data_dir=tmp_path, files_url=f"file://{tmp_path}/a b")), b"two")
    put(open_files(Settings(data_dir=tmp_path, files_url=str(tmp_path / "c"))), b"three")
    assert {path.name for path in tmp_path.iterdir()} == {"attachments", "a b", "c"}
    with pytest.raises(ValueError, match="files_url"):
        Settings(data_dir=tmp_path, files_url="s3://key:secret@bucket")


def test_contents_move_from_one_kind_of_store_to_another(tmp_path: Path, s3_settings: Settings) -> None:
    old, new = LocalFiles(tmp_path / "old"), open_files(s3_settings)
    place = put(old, b"moved")
    with old.open(place) as stream:
        new.copy(place, stream)
    assert new.open(place).read() == b"moved"
