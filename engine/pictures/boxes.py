"""Boxes of the ISO base media file format (ISO/IEC 14496-12, 4.2): what HEIC, AVIF, MP4 and QuickTime files are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

_MOST: Final = 100_000
_ZEROS: Final = bytes(256 * 1024)


class Damaged(Exception):
    """The structure cannot be followed, so that nobody knows what the file still tells."""


@dataclass(frozen=True, slots=True)
class Box:
    """`kind` in four letters, where it begins, where its content begins, where it ends."""

    kind: bytes
    at: int
    body: int
    end: int


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes between two offsets. Damaged: one of them is longer than there is room, or there are too many."""
    at = start
    for _ in range(_MOST):
        if at + 8 > end:
            return
        head = read(file, at, 8)
        size, body = int.from_bytes(head[:4], "big"), at + 8
        if size == 1:
            size, body = int.from_bytes(read(file, at + 8, 8), "big"), at + 16
        elif size == 0:
            size = end - at
        if head[4:] == b"mdat" and at + size > end:  # the last film of a camera that was switched off
            size = end - at
        if at + size < body or at + size > end:
            raise Damaged
        yield Box(head[4:], at, body, at + size)
        at += size
    raise Damaged


def read(file: BinaryIO, at: int, length: int) -> bytes:
    """Exactly so many bytes. Damaged: there are fewer."""
    file.seek(at)
    found = file.read(length)
    if len(found) < length:
        raise Damaged
    return found


def zero(file: BinaryIO, at: int, length: int) -> None:
    """Overwrites with zeros."""
    file.seek(at)
    while length > 0:
        length -= file.write(_ZEROS[:length])


def free(file: BinaryIO, box: Box) -> None:
    """Makes the box one that says nothing (14496-12, 8.1.2), as long as it was."""
    zero(file, box.body, box.end - box.body)
    file.seek(box.at + 4)
    file.write(b"free")
