"""Boxes of pieces: which rules overlap, which inputs nothing covers, which rules others hide.

A rule is a box: for each column a set of pieces, written as the bits of an integer. Everything here is exact for the
boxes given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Box = tuple[int, ...]


class TooManyPieces(Exception):
    """The table has too many combinations to go through."""


class Effort:
    """How much may still be spent on one table, in steps of about a tenth of a microsecond to a microsecond."""

    def __init__(self, steps: int = 2_000_000) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Counts steps. Raises TooManyPieces when there are none left."""
        self.left -= steps
        if self.left < 0:
            raise TooManyPieces


def overlap(first: Box, second: Box) -> Box | None:
    """The common part of two boxes; None when there is none."""
    common = tuple([a & b for a, b in zip(first, second, strict=True)])
    return common if all(common) else None


def overlapping(boxes: Sequence[Box], columns: int, effort: Effort) -> Iterator[tuple[int, int]]:
    """All pairs of boxes that overlap, by their places, the lower first. Raises TooManyPieces."""
    meeting = [_meeting(boxes, column, effort) for column in range(columns)]
    for n, box in enumerate(boxes):
        others = ((1 << len(boxes)) - 1) >> (n + 1) << (n + 1)
        for column, mask in enumerate(box):
            others &= meeting[column][mask]
        for bit in bits(others):
            yield n, bit.bit_length() - 1


def _holders(boxes: Sequence[Box], column: int, effort: Effort) -> dict[int, int]:
    """For each piece of a column (as a bit), the boxes (as bits) that contain it."""
    masks: dict[int, int] = {}
    for n, box in enumerate(boxes):
        masks[box[column]] = masks.get(box[column], 0) | 1 << n
    holders: dict[int, int] = {}
    for mask, having in masks.items():
        effort.spend(mask.bit_count())
        for bit in bits(mask):
            holders[bit] = holders.get(bit, 0) | having
    return holders


def _meeting(boxes: Sequence[Box], column: int, effort: Effort) -> dict[int, int]:
    """For each mask of a column, the boxes (as bits) that share a piece with it there."""
    holders = _holders(boxes, column, effort)
    met: dict[int, int] = {}
    for mask in {box[column] for box in boxes}:
        met[mask] = 0
        effort.spend(mask.bit_count())
        for bit in bits(mask):
            met[mask] |= holders[bit]
    return met


def uncovered(whole: Box, boxes: Sequence[Box], most: int, effort: Effort) -> list[Box]:
    """Parts of `whole` that no box covers, at most `most`, as boxes that do not overlap. Raises TooManyPieces."""
    if not all(whole):
        return []
    effort.spend(len(boxes) * len(whole))
    parts = [part for part in (overlap(whole, box) for box in boxes) if part is not None]
    found: list[Box] = []
    for part in _Search(whole, parts, effort).holes(0, (1 << len(parts)) - 1):
        found.append(part)
        if len(found) >= most:
            break
    return found


class _Search:
    """A walk over the columns; `rules` is always the set (as bits) of boxes that contain everything chosen so far."""

    def __init__(self, whole: Box, boxes: Sequence[Box], effort: Effort) -> None:
        self.whole = whole
        self.effort = effort
        self.covered: set[tuple[int, int]] = set()
        self.columns: list[list[tuple[int, int]]] = []
        for column, mask in enumerate(whole):
            holders = _holders(boxes, column, effort)
            self.columns.append([(bit, holders.get(bit, 0)) for bit in bits(mask)])

    def holes(self, column: int, rules: int) -> Iterator[Box]:
        """Uncovered parts, from this column on; pieces that the same boxes contain are handled together."""
        if not rules:
            yield self.whole[column:]
            return
        if column == len(self.whole) or (column, rules) in self.covered:
            return
        self.effort.spend(len(self.columns[column]))
        groups: dict[int, int] = {}
        for bit, holding in self.columns[column]:
            groups[rules & holding] = groups.get(rules & holding, 0) | bit
        any_hole = False
        for holding, mask in groups.items():
            for rest in self.holes(column + 1, holding):
                any_hole = True
                yield (mask, *rest)
        if not any_hole:
            self.covered.add((column, rules))


def bits(mask: int) -> Iterator[int]:
    """The single bits of a mask, lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest
        mask ^= lowest
