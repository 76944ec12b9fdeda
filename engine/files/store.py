"""What every file store can do, and how an upload becomes a content: written down while it is hashed, then looked at."""

from __future__ import annotations

import hashlib
import io
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO, Final, Protocol

from engine.errors import FacetError, InvalidInput, NotFound
from engine.files.kinds import media_type_of
from engine.pictures import KINDS, Damaged, blot_position

CHUNK: Final = 256 * 1024
"""Bytes in memory at a time, whatever the size of a file."""
_PLACE: Final = re.compile(r"[0-9a-f]{64}(-[0-9a-f]{16})?")


class FileTooLarge(FacetError):
    """The file has more bytes than allowed."""

    code = "too-large"
    status = 413


class FilesUnavailable(FacetError):
    """The file store does not answer."""

    code = "files-unavailable"
    status = 503


@dataclass(frozen=True, slots=True)
class Stored:
    """What was put: the SHA-256 of the content in hex, its size in bytes, its media type by its own first bytes, where it is,
    and whether it may still say where it was taken because that was asked for.

    Each put has a `place` of its own that is never used again: what is removed there cannot be what somebody else has just
    put, although it is the same content. The same content is kept once all the same: by its row, see `AddAttachment`.
    """

    digest: str
    size: int
    media_type: str
    place: str
    located: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """What a store has: the place, the size in bytes, when it was written."""

    place: str
    size: int
    written_at: datetime


class FileStore(Protocol):
    """Where contents are."""

    def put(self, stream: BinaryIO, *, limit: int, keep_position: bool = False) -> Stored:
        """Keeps everything that `stream` still gives; pictures and films without the place where they were taken, unless it
        shall stay. FileTooLarge beyond `limit` bytes; InvalidInput for a kind of file that is not allowed, or of which the
        place cannot be removed; FilesUnavailable."""
        ...

    def open(self, place: str) -> BinaryIO:
        """The content, for reading in binary, seekable; close it. NotFound, FilesUnavailable."""
        ...

    def copy(self, place: str, stream: BinaryIO) -> None:
        """Writes a content of another store to the same place here. FilesUnavailable."""
        ...

    def remove(self, place: str) -> None:
        """Takes the content away; nothing happens when there is none. FilesUnavailable."""
        ...

    def everything(self) -> Iterator[Kept]:
        """Everything that is there, what was never finished included. FilesUnavailable."""
        ...


def write_down(stream: BinaryIO, draft: BinaryIO, limit: int, keep_position: bool) -> Stored:
    """Copies the stream into `draft` (empty, for reading and writing) and says what it is. Errors as `FileStore.put`."""
    stored = _copy(stream, draft, limit)
    if stored.media_type not in KINDS:
        return stored
    if keep_position:
        return replace(stored, located=True)
    try:
        changed = blot_position(draft, stored.media_type)
    except Damaged as error:
        raise InvalidInput(
            "The place where this was taken cannot be removed from the file, because its structure is damaged or unknown. "
            "Please send the photo as JPEG, or the film as MP4.",
            "无法从该文件中移除拍摄位置（结构损坏或不受支持）。请将照片另存为 JPEG，或将视频另存为 MP4 后再上传。",
        ) from error
    if not changed:
        return stored
    digest = _digest(draft)
    return replace(stored, digest=digest, place=new_place(digest), size=draft.seek(0, io.SEEK_END))


def new_place(digest: str) -> str:
    """A place for the content that no other put gets."""
    return f"{digest}-{secrets.token_hex(8)}"


def is_place(name: str) -> bool:
    """Whether a file of that name is a content: other programs leave files behind too."""
    return _PLACE.fullmatch(name) is not None


def path_of(place: str) -> tuple[str, ...]:
    """`ab`, `cd`, `abcd…`: few entries a folder. NotFound for what is no place."""
    if not is_place(place):
        raise NotFound("There is no such file.", "没有该文件。")
    return place[:2], place[2:4], place


def missing() -> NotFound:
    """The answer for a content that should be there and is not."""
    return NotFound("The file's content is missing.", "文件内容已丢失。")


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    sha = hashlib.sha256()
    while chunk := file.read(CHUNK):
        sha.update(chunk)
    return sha.hexdigest()


def _copy(stream: BinaryIO, file: BinaryIO, limit: int) -> Stored:
    sha, size, head = hashlib.sha256(), 0, b""
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if size > limit:
            raise too_large(limit)
        head = head or chunk
        sha.update(chunk)
        file.write(chunk)
    if size == 0:
        raise InvalidInput("The file is empty.", "文件为空。")
    digest = sha.hexdigest()
    return Stored(digest, size, media_type_of(head), new_place(digest))


def too_large(limit: int, name: str = "") -> FileTooLarge:
    """The refusal of a file beyond `limit` bytes."""
    megabytes = f"{limit / (1024 * 1024):.2f}".rstrip("0").rstrip(".")
    what, zh = (f"“{name}”", f"“{name}”") if name else ("The file", "文件")
    return FileTooLarge(f"{what} is larger than {megabytes} MB.", f"{zh}超过 {megabytes} MB。")
