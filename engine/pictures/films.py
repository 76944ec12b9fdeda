"""MP4 and QuickTime: everything that a film says beside its pictures and sound goes; how it has to be turned stays.

Cameras write positions into `udta`, `meta`, boxes of their own, and into tracks that run along with the film (telemetry,
subtitles of drones). What is kept is therefore listed, not what is taken away. (ISO/IEC 14496-12, 8; QuickTime File Format.)
"""

from __future__ import annotations

import io
from itertools import pairwise
from typing import BinaryIO, Final

from engine.pictures.boxes import Box, Damaged, boxes, free, read, zero

_TOP: Final = frozenset({b"ftyp", b"moov", b"mdat", b"moof", b"mfra", b"sidx", b"styp", b"wide", b"free", b"skip"})
_MOVIE: Final = frozenset({b"mvhd", b"trak", b"mvex", b"iods"})
_TRACK: Final = frozenset({b"tkhd", b"mdia", b"edts", b"tref", b"tapt"})
_HEARD_OR_SEEN: Final = frozenset({b"vide", b"soun", b"auxv", b"tmcd", b"hint", b"pict"})
_LARGEST_TABLE: Final = 16 * 1024 * 1024
_MOST_SAMPLES: Final = 1_000_000


def clean_film(file: BinaryIO) -> bool:
    """Frees what may tell where a film was taken; whether there was any. Damaged."""
    size = file.seek(0, io.SEEK_END)
    found = False
    top = list(boxes(file, 0, size))
    movies = [box for box in top if box.kind == b"moov"]
    if not movies:
        raise Damaged
    fragments = any(box.kind == b"moof" for box in top)
    for movie in movies:
        found = clean_movie(file, movie, size, fragments=fragments) or found
    for box in top:
        if box.kind not in _TOP or box.kind in (b"free", b"skip"):
            found = _empty(file, box) or found
    return found


def clean_movie(file: BinaryIO, movie: Box, size: int, *, fragments: bool = False) -> bool:
    """The same for one `moov` box of a file with `size` bytes. Damaged."""
    found = False
    for box in list(boxes(file, movie.body, movie.end)):
        if box.kind == b"cmov":  # packed as a whole
            raise Damaged
        if box.kind == b"trak":
            found = _clean_track(file, box, size, fragments) or found
        elif box.kind not in _MOVIE:
            found = _empty(file, box) or found
    return found


def _empty(file: BinaryIO, box: Box) -> bool:
    """Whether there was anything in it."""
    before = read(file, box.at + 4, 4)
    if before == b"free" and not _speaks(file, box):
        return False
    free(file, box)
    return True


def _speaks(file: BinaryIO, box: Box) -> bool:
    file.seek(box.body)
    left = box.end - box.body
    while left > 0 and (chunk := file.read(min(left, 256 * 1024))):
        if chunk.count(0) != len(chunk):
            return True
        left -= len(chunk)
    return False


def _clean_track(file: BinaryIO, track: Box, size: int, fragments: bool) -> bool:
    inside = list(boxes(file, track.body, track.end))
    media = next((box for box in inside if box.kind == b"mdia"), None)
    if media is None:
        raise Damaged
    parts = {box.kind: box for box in boxes(file, media.body, media.end)}
    if b"hdlr" not in parts:
        raise Damaged
    if read(file, parts[b"hdlr"].body + 8, 4) not in _HEARD_OR_SEEN:
        if fragments or b"minf" not in parts:  # its data are spread over the file
            raise Damaged
        for at, length in _chunks(file, parts[b"minf"], size):
            zero(file, at, length)
        free(file, track)
        return True
    found = False
    for box in inside:
        if box.kind not in _TRACK:
            found = _empty(file, box) or found
    return found


# --- where a track's data stand (14496-12, 8.7) ---------------------------------------------------------------------------


def _chunks(file: BinaryIO, minf: Box, size: int) -> list[tuple[int, int]]:
    """(offset, length) of the track's chunks."""
    stbl = next((box for box in boxes(file, minf.body, minf.end) if box.kind == b"stbl"), None)
    if stbl is None:
        raise Damaged
    tables = {box.kind: box for box in boxes(file, stbl.body, stbl.end)}
    offsets = _offsets(file, tables)
    per_chunk = _samples_per_chunk(file, tables, len(offsets))
    samples = _sizes(file, tables, sum(per_chunk))
    found, total, first = [], 0, 0
    for offset, count in zip(offsets, per_chunk, strict=True):
        length = sum(samples[first : first + count]) if isinstance(samples, list) else samples * count
        first, total = first + count, total + length
        if offset + length > size or total > size:
            raise Damaged
        found.append((offset, length))
    return found


def _numbers(file: BinaryIO, box: Box | None, width: int, *, head: int = 4, columns: int = 1) -> list[int]:
    """The figures of a table: version and flags, `head` bytes of which the last four are the count, then the rows."""
    if box is None:
        raise Damaged
    count = int.from_bytes(read(file, box.body + head, 4), "big") * columns
    if count > _MOST_SAMPLES or count * width > _LARGEST_TABLE:
        raise Damaged
    content = read(file, box.body + head + 4, count * width)
    return [int.from_bytes(content[at : at + width], "big") for at in range(0, len(content), width)]


def _offsets(file: BinaryIO, tables: dict[bytes, Box]) -> list[int]:
    wide = b"co64" in tables
    return _numbers(file, tables.get(b"co64" if wide else b"stco"), 8 if wide else 4)


def _samples_per_chunk(file: BinaryIO, tables: dict[bytes, Box], chunks: int) -> list[int]:
    rows = _numbers(file, tables.get(b"stsc"), 4, columns=3)
    firsts, counts = rows[0::3], rows[1::3]
    found: list[int] = []
    for (first, after), count in zip(pairwise([*firsts, chunks + 1]), counts, strict=True):
        if not 1 <= first <= after <= chunks + 1:
            raise Damaged
        found += [count] * (after - first)
    if len(found) != chunks or sum(found) > _MOST_SAMPLES:
        raise Damaged
    return found


def _sizes(file: BinaryIO, tables: dict[bytes, Box], wanted: int) -> list[int] | int:
    """The size of each sample, or of all."""
    box = tables.get(b"stsz")
    if box is None:
        raise Damaged
    same = int.from_bytes(read(file, box.body + 4, 4), "big")
    if same:
        return same
    found = _numbers(file, box, 4, head=8)
    if len(found) < wanted:
        raise Damaged
    return found
