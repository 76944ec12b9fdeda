"""Labels: names broken into lines that fit, Chinese and Latin alike."""

from __future__ import annotations

import re
import unicodedata

from engine.bpmn.svg.paper import TEXT, tag
from engine.bpmn.svg.paper import text as escaped

SIZE = 12.0
LINE = 14.0
_TOKENS = re.compile(r"\s+|[^\s\u2e80-\u9fff\uac00-\ud7a3\uff00-\uffef]+|.", re.S)


def width_of(words: str) -> float:
    """Estimated width in pixels at the label size: wide characters take a full em, others a little over half."""
    return sum(SIZE if unicodedata.east_asian_width(char) in "WF" else SIZE * 0.55 for char in words)


def wrap(words: str, width: float, most: int) -> list[str]:
    """The text in at most `most` lines of `width` pixels; what does not fit ends in an ellipsis."""
    lines: list[str] = []
    current = ""
    for token in _TOKENS.findall(words.strip()):
        if token.isspace():
            current += " " if current else ""
            continue
        for part in _pieces(token, width):
            if current.strip() and width_of(current + part) > width:
                lines.append(current.strip())
                current = ""
            current += part
    if current.strip():
        lines.append(current.strip())
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and width_of(last + "…") > width:
        last = last[:-1]
    return [*lines[: most - 1], f"{last}…"]


def _pieces(token: str, width: float) -> list[str]:
    """A word longer than a line is cut."""
    fit = max(int(width / (SIZE * 0.6)), 1)
    return [token] if width_of(token) <= width else [token[i : i + fit] for i in range(0, len(token), fit)]


def label(lines: list[str], x: float, y: float, *, class_: str = "bpmn-label", anchor: str = "middle") -> str:
    """Lines of text, the first baseline at `y`."""
    spans = "".join(tag("tspan", escaped(line), x=float(x), y=y + index * LINE) for index, line in enumerate(lines))
    if not spans:
        return ""
    return tag(
        "text",
        spans,
        class_=class_,
        text_anchor=anchor,
        font_family="system-ui, sans-serif",
        font_size=SIZE,
        fill=TEXT,
    )


def centred(words: str, x: float, y: float, width: float, height: float, *, class_: str = "bpmn-label") -> str:
    """Text in the middle of a rectangle given by its centre."""
    lines = wrap(words, width, max(int(height // LINE), 1))
    return label(lines, x, y - (len(lines) - 1) * LINE / 2 + SIZE * 0.35, class_=class_)


def below(words: str, x: float, y: float, width: float = 110) -> str:
    """Text under a point, in at most four lines."""
    return label(wrap(words, width, 4), x, y + SIZE)


def sideways(words: str, x: float, y: float, length: float) -> str:
    """One line of text, turned to read upwards, around a centre: the name of a horizontal pool or lane."""
    lines = wrap(words, length, 1)
    if not lines:
        return ""
    return tag(
        "text",
        escaped(lines[0]),
        class_="bpmn-label",
        text_anchor="middle",
        font_family="system-ui, sans-serif",
        font_size=SIZE,
        fill=TEXT,
        transform=f"translate({x + SIZE * 0.35:.2f} {y:.2f}) rotate(-90)",
    )
