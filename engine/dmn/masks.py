"""Which pieces of a column pass a cell: FEEL itself decides, once for each stretch within which the answer cannot change."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Any

from engine import feel
from engine.dmn.domain import Piece, ordered
from engine.dmn.trial import passes


class Ruler:
    """A column's pieces, ready to measure its cells. Values come first, in order if they have one; null, if any, last."""

    def __init__(self, pieces: Sequence[Piece], names: Collection[str]) -> None:
        self._pieces = pieces
        self._names = names
        self._values = [piece.example for piece in pieces if piece.example is not None]
        self._ordered = bool(self._values) and ordered(self._values[0])

    def mask(self, text: str, constants: Sequence[Any]) -> int:
        """The pieces that pass a cell, as bits. `constants` are the cell's own; the pieces are cut at least as finely."""
        if text == "-":
            return (1 << len(self._pieces)) - 1
        tests = feel.parse_unary_tests(text, names=self._names)
        known = [constant for constant in _flat(constants) if constant is not None]
        stretches = _between(known, self._values) if self._ordered else _apart(known, self._values)
        stretches.extend((n, 1 << n) for n in range(len(self._values), len(self._pieces)))
        mask = 0
        for sample, covered in stretches:
            if passes(tests, self._pieces[sample].example):
                mask |= covered
        return mask


def _flat(constants: Sequence[Any]) -> list[Any]:
    return [element for value in constants for element in (value if isinstance(value, list) else [value])]


def _between(constants: list[Any], values: list[Any]) -> list[tuple[int, int]]:
    """Ordered values: the stretches between a cell's constants, and the constants themselves, as (a member, bits)."""
    cuts = {0, len(values)}
    for constant in constants:
        cuts.update((bisect_left(values, constant), bisect_right(values, constant)))
    return [(low, (1 << high) - (1 << low)) for low, high in pairwise(sorted(cuts)) if low < high]


def _apart(constants: list[Any], values: list[Any]) -> list[tuple[int, int]]:
    """Values without order: each that the cell names for itself, all others together, as (a member, bits)."""
    named = [values.index(constant) for constant in dict.fromkeys(constants) if constant in values]
    rest = (1 << len(values)) - 1 - sum(1 << n for n in named)
    first = (rest & -rest).bit_length() - 1
    return [*((n, 1 << n) for n in named), *([(first, rest)] if rest else [])]
