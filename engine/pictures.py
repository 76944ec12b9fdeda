"""Where a picture was taken is nobody's business: positions are blotted out of JPEG, PNG and WebP files, and nothing else.

The bytes are overwritten where they stand (Exif 2.32, 4.6.6: the GPS directory; XMP: `exif:GPS…`), so that orientation and
every pixel stay as they were and nothing has to be decoded. A damaged structure is left alone: no reader finds anything there.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

KINDS: Final = frozenset({"image/jpeg", "image/png", "image/webp"})
"""Media types whose positions are found. HEIC, AVIF and films are kept as they are."""
LARGEST: Final = 4 * 1024 * 1024
"""Bytes of one part with metadata; longer ones are blotted out whole."""

_GPS: Final = 0x8825
_PADDING: Final = 0xEA1C
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_XMP: Final = re.compile(rb"""exif:GPS\w+\s*=\s*("[^"]*"|'[^']*')|<exif:GPS(\w+)[^>]*>.*?</exif:GPS\2>""", re.DOTALL)


def blot_position(file: BinaryIO, media_type: str) -> bool:
    """Overwrites positions in `file` (open for reading and writing); whether there were any."""
    parts = {"image/jpeg": _jpeg, "image/png": _png, "image/webp": _webp}.get(media_type)
    size = file.seek(0, io.SEEK_END)
    found = False
    for at, length, sums in parts(file) if parts is not None else ():
        if length <= 0 or at + length > size:  # damaged: it says more than there is
            continue
        file.seek(at)
        before = file.read(length) if length <= LARGEST else b""
        after = _blotted(before) if length <= LARGEST else b"\0" * length
        if after == before:
            continue
        found = True
        file.seek(at)
        file.write(after)
        if sums is not None:  # a PNG chunk's CRC covers its type and data
            file.write(struct.pack(">I", zlib.crc32(sums + after)))
    return found


# --- where metadata stand: (offset, length, type of a PNG chunk or None) ---

Part = tuple[int, int, bytes | None]


def _jpeg(file: BinaryIO) -> Iterator[Part]:
    at = 2
    while True:
        file.seek(at)
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF or head[1] in (0xD9, 0xDA):
            return
        if head[1] == 0xFF:  # fill byte
            at += 1
            continue
        length = int.from_bytes(head[2:4], "big")
        if head[1] == 0xE1:
            yield at + 4, length - 2, None
        at += 2 + length


def _png(file: BinaryIO) -> Iterator[Part]:
    at = 8
    while True:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        length, kind = struct.unpack(">I4s", head)
        if kind in (b"eXIf", b"iTXt", b"tEXt"):
            yield at + 8, length, kind
        at += 12 + length


def _webp(file: BinaryIO) -> Iterator[Part]:
    at = 12
    while True:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        kind, length = struct.unpack("<4sI", head)
        if kind in (b"EXIF", b"XMP "):
            yield at + 8, length, None
        at += 8 + length + length % 2


# --- what stands there ---


def _blotted(content: bytes) -> bytes:
    start = 6 if content.startswith(b"Exif\0\0") else 0
    if content[start : start + 2] in (b"II", b"MM"):
        return content[:start] + _without_gps(content[start:])
    return _XMP.sub(lambda match: b" " * len(match[0]), content)


def _without_gps(tiff: bytes) -> bytes:
    """The TIFF structure with its GPS directory, and everything that it points to, set to zero."""
    order = "<" if tiff[:2] == b"II" else ">"
    out = bytearray(tiff)
    try:
        (first,) = struct.unpack_from(order + "I", tiff, 4)
        for entry in _entries(tiff, order, first):
            tag, _, _, directory = struct.unpack_from(order + "HHII", tiff, entry)
            if tag == _GPS:
                _zero_directory(out, tiff, order, directory)
                struct.pack_into(order + "HHII", out, entry, _PADDING, 7, 4, 0)
    except struct.error:
        return bytes(out)
    return bytes(out)


def _entries(tiff: bytes, order: str, directory: int) -> range:
    (count,) = struct.unpack_from(order + "H", tiff, directory)
    return range(directory + 2, directory + 2 + 12 * count, 12)


def _zero_directory(out: bytearray, tiff: bytes, order: str, directory: int) -> None:
    for entry in _entries(tiff, order, directory):
        _, kind, count, value = struct.unpack_from(order + "HHII", tiff, entry)
        size = _SIZES.get(kind, 1) * count
        if size > 4 and value + size <= len(out):
            out[value : value + size] = bytes(size)
        out[entry : entry + 12] = bytes(12)
    struct.pack_into(order + "H", out, directory, 0)
