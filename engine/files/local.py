"""Contents in a folder of this machine, or of storage that several machines see."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from engine.files.store import CHUNK, Kept, Stored, is_place, missing, path_of, write_down

T = TypeVar("T")
_DRAFT: Final = re.compile(r"\.[0-9a-f]{32}")


class LocalFiles:
    """A folder: `ab/cd/abcd….`, each written whole, and to the disk, before it appears."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, stream: BinaryIO, *, limit: int, keep_position: bool = False) -> Stored:
        return self._write(lambda file: write_down(stream, file, limit, keep_position), lambda stored: stored.place)

    def copy(self, place: str, stream: BinaryIO) -> None:
        self._write(lambda file: shutil.copyfileobj(stream, file, CHUNK), lambda _: place)

    def _write(self, fill: Callable[[BinaryIO], T], place: Callable[[T], str]) -> T:
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = self._folder / f".{secrets.token_hex(16)}"
        try:
            with draft.open("x+b") as file:
                filled = fill(file)
                file.flush()
                os.fsync(file.fileno())
            path = self._path(place(filled))
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.replace(path)
            _keep_name(path.parent)
        finally:
            draft.unlink(missing_ok=True)
        return filled

    def open(self, place: str) -> BinaryIO:
        try:
            return self._path(place).open("rb")
        except FileNotFoundError as error:
            raise missing() from error

    def remove(self, place: str) -> None:
        if _DRAFT.fullmatch(place):
            (self._folder / place).unlink(missing_ok=True)
        else:
            self._path(place).unlink(missing_ok=True)

    def everything(self) -> Iterator[Kept]:
        for folder, _, names in os.walk(self._folder):
            for name in (name for name in names if is_place(name) or _DRAFT.fullmatch(name)):
                try:
                    found = (Path(folder) / name).stat()
                except FileNotFoundError:
                    continue  # removed meanwhile
                yield Kept(name, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def _path(self, place: str) -> Path:
        return self._folder.joinpath(*path_of(place))


def _keep_name(folder: Path) -> None:
    """The file's name survives a power cut too."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # Windows cannot
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
