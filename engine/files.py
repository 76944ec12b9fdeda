"""Files that people attach: kept by the SHA-256 of their content, outside of everything that a web server serves."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from engine.errors import FacetError, InvalidInput, NotFound
from engine.pictures import KINDS, blot_position

_CHUNK: Final = 256 * 1024
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class FileTooLarge(FacetError):
    """The file has more bytes than allowed."""

    code = "too-large"
    status = 413


@dataclass(frozen=True, slots=True)
class Stored:
    """What was put: the SHA-256 of the content in hex, its size in bytes, its media type by its own first bytes."""

    digest: str
    size: int
    media_type: str


class FileStore(Protocol):
    """Where files are. The same content is kept once."""

    def put(self, stream: BinaryIO, *, limit: int) -> Stored:
        """Keeps everything that `stream` still gives, pictures without the place where they were taken. FileTooLarge beyond
        `limit` bytes, InvalidInput for a kind of file
        that is not allowed."""
        ...

    def open(self, digest: str) -> BinaryIO:
        """The content, for reading in binary; close it. NotFound."""
        ...


class LocalFiles:
    """A folder: `ab/cd/abcd….`, each written whole before it appears."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, stream: BinaryIO, *, limit: int) -> Stored:
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = self._folder / f".{secrets.token_hex(16)}"
        try:
            with draft.open("x+b") as file:
                stored = _copy(stream, file, limit)
                if stored.media_type in KINDS and blot_position(file, stored.media_type):
                    stored = replace(stored, digest=_digest(file))
                file.flush()
                os.fsync(file.fileno())
            path = self._path(stored.digest)
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        return stored

    def open(self, digest: str) -> BinaryIO:
        try:
            return self._path(digest).open("rb")
        except FileNotFoundError as error:
            raise NotFound("The file's content is missing.", "文件内容已丢失。") from error

    def _path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise NotFound("There is no such file.", "没有该文件。")
        return self._folder / digest[:2] / digest[2:4] / digest


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    sha = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        sha.update(chunk)
    return sha.hexdigest()


def _copy(stream: BinaryIO, file: BinaryIO, limit: int) -> Stored:
    sha, size, head = hashlib.sha256(), 0, b""
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            megabytes = limit // (1024 * 1024)
            raise FileTooLarge(f"The file is larger than {megabytes} MB.", f"文件超过 {megabytes} MB。")
        if not head:
            head = chunk
        sha.update(chunk)
        file.write(chunk)
    if size == 0:
        raise InvalidInput("The file is empty.", "文件为空。")
    return Stored(sha.hexdigest(), size, media_type_of(head))


# --- what a file is, by its content: names and what browsers say of them prove nothing ---

_MAGIC: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypmp4", "video/mp4"),
    (4, b"ftypisom", "video/mp4"),
    (4, b"ftypqt", "video/quicktime"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)
_REFUSED: Final = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"#!")
_OFFICE: Final = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
INLINE: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})
"""Types that a page may show as pictures; everything else is only ever downloaded."""


def media_type_of(head: bytes) -> str:
    """The media type by the first bytes: pictures, PDF, office documents, archives, plain text. InvalidInput for programs
    and for what is none of these."""
    if head.startswith(_REFUSED):
        raise _refused()
    for offset, magic, kind in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            if kind == "image/webp" and not head.startswith(b"RIFF"):
                continue
            return _archive(head) if kind == "application/zip" else kind
    if _is_text(head):
        return "text/plain"
    raise _refused()


def _archive(head: bytes) -> str:
    if b"[Content_Types].xml" in head[:4096]:
        for part, kind in _OFFICE:
            if part in head:
                return kind
    return "application/zip"


def _is_text(head: bytes) -> bool:
    """UTF-8 without control characters. Markup is text too: it is served as such and never as a page."""
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(head) < _CHUNK or error.start < len(head) - 4:  # a character may be cut by the end of the chunk
            return False
        text = head[: error.start].decode("utf-8")
    return not any(ord(c) < 32 and c not in "\t\n\r\f" for c in text)


def _refused() -> InvalidInput:
    return InvalidInput(
        "This kind of file cannot be attached: pictures, PDF, office documents, text and zip archives can.",
        "不支持此类文件：可上传图片、PDF、办公文档、文本和 zip 压缩包。",
    )
