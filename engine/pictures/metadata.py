"""Positions inside one part of metadata: the GPS directory of Exif (Exif 2.32, 4.6.6), `exif:GPS…` of XMP."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final

LARGEST: Final = 4 * 1024 * 1024
"""Bytes of one part with metadata; longer ones are blotted out whole."""

_GPS: Final = 0x8825
_PADDING: Final = 0xEA1C
_DIRECTORIES: Final = 8
"""Directories of one Exif part that are looked at: the picture's, the thumbnail's."""
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_TIFF: Final = re.compile(rb"II\*\0|MM\0\*")
_XMP: Final = re.compile(rb"""exif:GPS\w+\s*=\s*("[^"]*"|'[^']*')|<exif:GPS(\w+)[^>]*>.*?</exif:GPS\2>""", re.DOTALL)


def blotted(content: bytes) -> bytes:
    """The part with its positions overwritten; its length stays."""
    out = bytearray(_XMP.sub(lambda match: b" " * len(match[0]), content))
    for found in _TIFF.finditer(content):
        start = found.start()
        out[start:] = _without_gps(bytes(out[start:]))
    return bytes(out)


def tells(text: bytes) -> bool:
    """Whether a text that was unpacked may say where: then it cannot be packed again at the same length, and has to go."""
    return re.search(rb"gps|exif", text, re.IGNORECASE) is not None or _TIFF.search(text) is not None


def _without_gps(tiff: bytes) -> bytes:
    """The TIFF structure with its GPS directory, and everything that it points to, set to zero."""
    order = "<" if tiff[:2] == b"II" else ">"
    out = bytearray(tiff)
    try:
        for directory in _directories(tiff, order):
            for entry in _entries(tiff, order, directory):
                tag, _, _, place = struct.unpack_from(order + "HHII", tiff, entry)
                if tag == _GPS:
                    _zero_directory(out, tiff, order, place)
                    struct.pack_into(order + "HHII", out, entry, _PADDING, 7, 4, 0)
    except struct.error:
        return bytes(out)
    return bytes(out)


def _directories(tiff: bytes, order: str) -> Iterator[int]:
    (at,) = struct.unpack_from(order + "I", tiff, 4)
    for _ in range(_DIRECTORIES):
        if at == 0:
            return
        yield at
        (at,) = struct.unpack_from(order + "I", tiff, _entries(tiff, order, at).stop)


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
