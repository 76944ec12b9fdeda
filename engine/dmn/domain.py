"""The values an input column can hold, cut into pieces within which every cell of the column answers alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import Any

from engine import feel
from engine.dmn.bounds import shown

_OTHERS = ("other", "其他", "x", "-")
_ORDERED = (Decimal, date, datetime, time, timedelta, feel.YearsMonths)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a column's values: one value, or everything strictly between two (None: without limit).

    `example` is a value inside it; `free` where nothing is known about the column, so that any value is as good; `note` is how
    the piece is written where its bounds do not say it.
    """

    example: Any
    low: Any = None
    high: Any = None
    single: bool = True
    free: bool = False
    note: str = ""

    def words(self) -> str:
        """The piece as a person would write it."""
        if self.single:
            return shown(self.example)
        if self.low is None and self.high is None:
            return self.note or "-"
        if self.low is None:
            return f"< {shown(self.high)}"
        if self.high is None:
            return f"> {shown(self.low)}"
        return f"({shown(self.low)}..{shown(self.high)})"


Accepts = Callable[[Any], bool]


def ordered(value: Any) -> bool:
    """Whether values of this kind have an order, so that a column of them is cut into stretches."""
    return isinstance(value, _ORDERED) and not isinstance(value, bool)


def pieces_of(constants: Sequence[Any], kind: str | None, accepts: Accepts) -> tuple[Piece, ...] | None:
    """Cut a column's values at the constants; `accepts` says which values the column may hold at all.

    `kind` is the declared FEEL type, if any. Null is a value only where a cell speaks of it. None when the constants are
    of several kinds, so that nothing can be proven.
    """
    pieces = _values(_distinct(constants), kind, accepts)
    if pieces is not None and any(constant is None for constant in constants):
        return (*pieces, Piece(None))
    return pieces


def _values(values: list[Any], kind: str | None, accepts: Accepts) -> tuple[Piece, ...] | None:
    if kind == "boolean" or (kind is None and values and all(isinstance(v, bool) for v in values)):
        return _kept([Piece(True), Piece(False)], accepts)
    if values and not all(type(v) is type(values[0]) for v in values):
        return None
    if kind in _KINDS and values and type(values[0]) is not _KINDS[kind]:
        return None
    if (values and isinstance(values[0], str)) or (not values and kind == "string"):
        note = f"not({', '.join(map(shown, values))})" if values else ""
        others = [Piece(other, single=False, note=note) for other in _OTHERS if other not in values]
        return _kept([*(Piece(v) for v in values), *others[:1]], accepts)
    if values and ordered(values[0]):
        return _stretches(values, accepts)
    return (Piece(None, single=False, free=True),) if not values else None


_KINDS: dict[str | None, type] = {
    "number": Decimal,
    "string": str,
    "date": date,
    "time": time,
    "date and time": datetime,
    "days and time duration": timedelta,
    "years and months duration": feel.YearsMonths,
}


def _distinct(values: Sequence[Any]) -> list[Any]:
    flat = (element for value in values for element in (value if isinstance(value, list) else [value]))
    # True equals 1 in Python, hence the type.
    return [value for _, value in dict.fromkeys((type(e), e) for e in flat if e is not None)]


def _kept(pieces: Sequence[Piece], accepts: Accepts) -> tuple[Piece, ...]:
    return tuple(piece for piece in pieces if accepts(piece.example))


def _stretches(values: list[Any], accepts: Accepts) -> tuple[Piece, ...] | None:
    try:
        bounds = sorted(values)
    except TypeError:
        return None
    spans = [(None, bounds[0]), *pairwise(bounds), (bounds[-1], None)]
    pieces: list[Piece] = []
    for low, high in spans:
        inside = next((v for v in _between(low, high) if accepts(v)), None)
        if inside is not None:
            pieces.append(Piece(inside, low, high, single=False))
        if high is not None and accepts(high):
            pieces.append(Piece(high))
    return tuple(pieces)


def _between(low: Any, high: Any) -> Iterator[Any]:
    """Candidates strictly between two bounds, plain ones first; none where nothing lies between them (dates are
    whole).
    """
    for candidate in _candidates(low, high):
        if (low is None or candidate > low) and (high is None or candidate < high):
            yield candidate


def _candidates(low: Any, high: Any) -> Iterator[Any]:
    known = low if low is not None else high
    for step in _steps(known):
        try:
            if low is not None:
                yield _near(low, step, 1)
            if high is not None:
                yield _near(high, step, -1)
        except (OverflowError, ValueError):
            continue
    if low is not None and high is not None and isinstance(low, Decimal | timedelta):
        yield low + (high - low) / 2


def _steps(known: Any) -> tuple[Any, ...]:
    if isinstance(known, Decimal):
        return (Decimal(1), Decimal("0.1"), Decimal("0.01"), Decimal("0.0001"))
    if isinstance(known, feel.YearsMonths):
        return (1, 12)
    if isinstance(known, datetime | timedelta):
        return (
            timedelta(days=1),
            timedelta(hours=1),
            timedelta(minutes=1),
            timedelta(seconds=1),
            timedelta(microseconds=1),
        )
    if isinstance(known, date):
        return (timedelta(days=1),)
    return (timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1))


def _near(bound: Any, step: Any, sign: int) -> Any:
    """The bound moved by one step; whole numbers are preferred, since people read them best."""
    if isinstance(bound, Decimal):
        if step == 1 and bound != bound.to_integral_value():
            return bound.to_integral_value(rounding=ROUND_FLOOR) + (1 if sign > 0 else 0)
        return bound + sign * step
    if isinstance(bound, feel.YearsMonths):
        return feel.YearsMonths(bound.months + sign * step)
    if isinstance(bound, time):
        moved = datetime.combine(date(2000, 1, 2), bound) + sign * step
        if moved.date() != date(2000, 1, 2):
            raise ValueError("past midnight")
        return moved.timetz()
    return bound + sign * step
