"""JPEG, PNG, WebP and GIF: where their metadata stand, and that nothing hides behind the picture."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from engine.pictures.metadata import LARGEST, blotted, tells

_CHUNK: Final = 256 * 1024
_BLANK: Final = b"blOt"
"""A PNG chunk that no reader knows, and that all may leave out (PNG 5.4: ancillary, private, safe to copy)."""
_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_RAW: Final = b"raw profile type"
_GIF_XMP: Final = b"\x21\xff\x0bXMP DataXMP"

Part = tuple[int, int]


def _blot(file: BinaryIO, parts: Iterable[Part]) -> bool:
    """Overwrites the positions in the parts (offset, length); whether there were any."""
    size = file.seek(0, io.SEEK_END)
    found = False
    for at, length in parts:
        if length <= 0 or at + length > size:  # damaged: it says more than there is
            continue
        file.seek(at)
        before = file.read(length) if length <= LARGEST else b""
        after = blotted(before) if length <= LARGEST else bytes(length)
        if after != before:
            found = True
            file.seek(at)
            file.write(after)
    return found


# --- JPEG ---------------------------------------------------------------------------------------------------------------


def clean_jpeg(file: BinaryIO) -> bool:
    """APP1 (Exif, XMP) and APP13; and whatever stands behind the end of the picture is cut off: a second picture with
    metadata of its own, the film of a motion photo."""
    found = _blot(file, list(_jpeg(file)))
    end = _end_of_jpeg(file)
    if end is not None and end < file.seek(0, io.SEEK_END):
        file.truncate(end)
        found = True
    return found


def _jpeg(file: BinaryIO) -> Iterator[Part]:
    for marker, at, length in _segments(file, 2):
        if marker in (0xE1, 0xED):
            yield at + 4, length - 2


def _segments(file: BinaryIO, at: int) -> Iterator[tuple[int, int, int]]:
    """(marker, offset, length) of the segments from `at` up to the end of the picture."""
    while True:
        file.seek(at)
        head = file.read(4)
        if len(head) < 2 or head[0] != 0xFF:
            return
        if head[1] == 0xFF:  # fill byte
            at += 1
            continue
        if head[1] == 0xD9:
            yield 0xD9, at, 0
            return
        if len(head) < 4:
            return
        length = int.from_bytes(head[2:4], "big")
        yield head[1], at, length
        at += 2 + length
        if head[1] == 0xDA:
            scanned = _behind_scan(file, at)
            if scanned is None:
                return
            at = scanned


def _behind_scan(file: BinaryIO, at: int) -> int | None:
    """Where the marker after a scan's data stands; None: the data never end."""
    file.seek(at)
    last = b""
    while chunk := file.read(_CHUNK):
        window = last + chunk
        if match := _MARKER.search(window):
            return at - len(last) + match.start()
        at += len(chunk)
        last = window[-1:]
    return None


def _end_of_jpeg(file: BinaryIO) -> int | None:
    return next((at + 2 for marker, at, _ in _segments(file, 2) if marker == 0xD9), None)


# --- PNG ----------------------------------------------------------------------------------------------------------------


def clean_png(file: BinaryIO) -> bool:
    """eXIf and texts; packed texts and Exif as hexadecimal text cannot be changed in place and become a blank chunk."""
    size = file.seek(0, io.SEEK_END)
    found = False
    for at, length, kind in list(_chunks(file)):
        if at + 12 + length > size or kind not in (b"eXIf", b"tEXt", b"iTXt", b"zTXt"):
            continue
        file.seek(at + 8)
        before = file.read(length) if length <= LARGEST else b""
        after = _clean_text(kind, before) if length <= LARGEST else None
        if after == before and after is not None:
            continue
        found = True
        kind, after = (_BLANK, bytes(length)) if after is None else (kind, after)
        file.seek(at + 4)
        file.write(kind + after + struct.pack(">I", zlib.crc32(kind + after)))
    return found


def _chunks(file: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    at = 8
    while True:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        length, kind = struct.unpack(">I4s", head)
        yield at, length, kind
        at += 12 + length


def _clean_text(kind: bytes, content: bytes) -> bytes | None:
    """The chunk without positions; None: it has to go whole."""
    keyword, _, rest = content.partition(b"\0")
    if kind != b"eXIf" and keyword.lower().startswith(_RAW):
        return None
    packed = None
    if kind == b"zTXt":
        packed = rest[1:]
    elif kind == b"iTXt" and rest[:1] == b"\1":
        packed = rest[2:].split(b"\0", 2)[-1]
    if packed is None:
        return blotted(content)
    return content if _harmless(packed) else None


def _harmless(packed: bytes) -> bool:
    unpack = zlib.decompressobj()
    try:
        text = unpack.decompress(packed, LARGEST)
    except zlib.error:
        return False
    return not unpack.unconsumed_tail and not tells(text)


# --- WebP, GIF ----------------------------------------------------------------------------------------------------------


def clean_webp(file: BinaryIO) -> bool:
    """The chunks EXIF and XMP (RIFF container)."""
    return _blot(file, list(_webp(file)))


def _webp(file: BinaryIO) -> Iterator[Part]:
    at = 12
    while True:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        kind, length = struct.unpack("<4sI", head)
        if kind in (b"EXIF", b"XMP "):
            yield at + 8, length
        at += 8 + length + length % 2


def clean_gif(file: BinaryIO) -> bool:
    """XMP in an application extension: one packet, written as plain text."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    parts, at, last = [], 0, b""
    while chunk := file.read(_CHUNK):
        window = last + chunk
        if (place := window.find(_GIF_XMP)) >= 0:
            start = at - len(last) + place + len(_GIF_XMP)
            parts.append((start, min(LARGEST, size - start)))
            break
        at += len(chunk)
        last = window[-len(_GIF_XMP) :]
    return _blot(file, parts)
