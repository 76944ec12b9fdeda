"""HEIC and AVIF: Exif and XMP are items beside the picture (ISO/IEC 23008-12, annex A; 14496-12, 8.11)."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final

from engine.pictures.boxes import Box, Damaged, boxes, read, zero
from engine.pictures.films import clean_movie
from engine.pictures.metadata import LARGEST, blotted

_LARGEST_TABLE: Final = 4 * 1024 * 1024
_MOST: Final = 100_000
_IN_FILE, _IN_BOX = 0, 1

Extent = tuple[int, int]


def clean_heif(file: BinaryIO) -> bool:
    """Blots the positions of all metadata items; and, in a sequence of pictures, what films say about themselves. Damaged."""
    size = file.seek(0, io.SEEK_END)
    found, metas = False, 0
    for box in list(boxes(file, 0, size)):
        if box.kind == b"meta":
            metas += 1
            found = _clean_items(file, box, size) or found
        elif box.kind == b"moov":
            metas += 1
            found = clean_movie(file, box, size) or found
    if not metas:
        raise Damaged
    return found


def _clean_items(file: BinaryIO, meta: Box, size: int) -> bool:
    inside = {box.kind: box for box in boxes(file, meta.body + 4, meta.end)}
    if b"iinf" not in inside or b"iloc" not in inside:
        raise Damaged
    speaking = _speaking(file, inside[b"iinf"])
    found = False
    for item, extents in _places(file, inside[b"iloc"], inside.get(b"idat"), speaking).items():
        if any(at + length > size for at, length in extents):
            raise Damaged
        found = _clean_item(file, extents, packed=speaking[item]) or found
    return found


def _clean_item(file: BinaryIO, extents: list[Extent], *, packed: bool) -> bool:
    total = sum(length for _, length in extents)
    if total > LARGEST or packed:
        for at, length in extents:
            zero(file, at, length)
        return True
    before = b"".join(read(file, at, length) for at, length in extents)
    after = blotted(before)
    if after == before:
        return False
    start = 0
    for at, length in extents:
        file.seek(at)
        file.write(after[start : start + length])
        start += length
    return True


def _speaking(file: BinaryIO, iinf: Box) -> Mapping[int, bool]:
    """The items that may tell where: Exif, and everything of a media type (XMP). True: packed, so nobody can look inside."""
    wide = read(file, iinf.body, 1)[0] > 0
    found: dict[int, bool] = {}
    for box in boxes(file, iinf.body + (8 if wide else 6), iinf.end):
        if box.end - box.at > 64 * 1024:
            raise Damaged
        content = read(file, box.body, box.end - box.body)
        version, rest = content[0], content[4:]
        if version < 2:
            found[int.from_bytes(rest[:2], "big")] = False
            continue
        width = 2 if version == 2 else 4
        item, kind = int.from_bytes(rest[:width], "big"), rest[width + 2 : width + 6]
        if kind == b"Exif":
            found[item] = False
        elif kind in (b"mime", b"uri "):
            texts = rest[width + 6 :].split(b"\0")
            found[item] = kind == b"mime" and len(texts) > 2 and bool(texts[2])
    return found


@dataclass
class _Reader:
    """Numbers of the table, one after the other. Damaged at its end."""

    content: bytes
    at: int = 0

    def number(self, width: int) -> int:
        if self.at + width > len(self.content):
            raise Damaged
        found = int.from_bytes(self.content[self.at : self.at + width], "big")
        self.at += width
        return found


def _places(file: BinaryIO, iloc: Box, idat: Box | None, wanted: Mapping[int, bool]) -> dict[int, list[Extent]]:
    """Where the wanted items stand in the file (14496-12, 8.11.3)."""
    if iloc.end - iloc.body > _LARGEST_TABLE:
        raise Damaged
    table = _Reader(read(file, iloc.body, iloc.end - iloc.body))
    version = table.number(4) >> 24
    if version > 2:
        raise Damaged
    sizes, more = table.number(1), table.number(1)
    widths = (sizes >> 4, sizes & 15, more >> 4, more & 15 if version else 0)
    found: dict[int, list[Extent]] = {}
    for item, method, extents in _entries(table, version, widths):
        if item not in wanted:
            continue
        if method == _IN_BOX and idat is not None:
            extents = [(idat.body + at, length or idat.end - idat.body - at) for at, length in extents]
        elif method != _IN_FILE:
            raise Damaged
        if any(length <= 0 for _, length in extents):
            raise Damaged
        found[item] = extents
    return found


def _entries(
    table: _Reader, version: int, widths: tuple[int, int, int, int]
) -> Iterator[tuple[int, int, list[Extent]]]:
    """(item, how its offsets are meant, extents)."""
    offset, length, base, index = widths
    for _ in range(min(table.number(4 if version == 2 else 2), _MOST)):
        item = table.number(4 if version == 2 else 2)
        method = table.number(2) & 15 if version else _IN_FILE
        table.number(2)  # another file's data would not come with the upload
        start = table.number(base)
        extents = []
        for _ in range(table.number(2)):
            table.number(index)
            at = start + table.number(offset)
            extents.append((at, table.number(length)))
        yield item, method, extents
