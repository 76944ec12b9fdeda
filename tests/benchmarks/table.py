"""What is measured, as rows, and how they are printed."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `limit`: what it may be (`most`) or must reach (`least`); None: only told."""

    name: str
    figure: str
    ratio: float | None = None
    most: float | None = None
    least: float | None = None

    @property
    def good(self) -> bool | None:
        """Whether it keeps its limit; None without one."""
        if self.ratio is None or (self.most is None and self.least is None):
            return None
        return (self.most is None or self.ratio <= self.most) and (self.least is None or self.ratio >= self.least)

    @property
    def limit(self) -> str:
        """The limit in words."""
        if self.most is not None:
            return f"≤ {self.most:g}"
        return f"≥ {self.least:g}" if self.least is not None else ""


def show(title: str, rows: Iterable[Row]) -> None:
    """Prints rows below a title."""
    print(f"\n{title}\n{'-' * len(title)}")
    for row in rows:
        mark = {True: "✓", False: "✗", None: " "}[row.good]
        ratio = f"{row.ratio:.2f}" if row.ratio is not None else ""
        print(f"{mark} {row.name:<58} {row.figure:>28}  {ratio:>7} {row.limit}", flush=True)


def p50(samples: Sequence[float]) -> float:
    """The median."""
    return statistics.median(samples)


def p95(samples: Sequence[float]) -> float:
    """The 95th percentile."""
    return sorted(samples)[min(len(samples) - 1, int(len(samples) * 0.95))]


def ms(seconds: float) -> str:
    """Milliseconds, for reading."""
    return f"{seconds * 1000:.2f} ms"
