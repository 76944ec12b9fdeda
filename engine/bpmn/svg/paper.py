"""Writing SVG: escaped text, numbers without noise, presentation attributes and classes only (no style attributes,
no ids)."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

INK = "#334155"
PAPER = "#ffffff"
TEXT = "#0f172a"


def number(value: float) -> str:
    """A coordinate with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def tag(name: str, /, body: str | None = None, **attributes: object) -> str:
    """One element. Underscores in attribute names become hyphens, a trailing one goes; None leaves an attribute out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_value(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}/>" if body is None else f"<{name}{written}>{body}</{name}>"


def _value(value: object) -> str:
    return number(value) if isinstance(value, float) else str(value)


def text(value: str) -> str:
    """Text content, escaped."""
    return escape(value, quote=False)


def group(element: str | None, classes: Iterable[str], body: str, title: str = "") -> str:
    """A group that stands for an element of the diagram: `data-element-id`, classes, and its name as a tooltip."""
    shown = f"<title>{text(title)}</title>" if title else ""
    return tag("g", shown + body, class_=" ".join(classes), data_element_id=element)


def path(
    d: str, *, filled: bool = False, width: float = 1.5, class_: str | None = None, x: float = 0, y: float = 0
) -> str:
    """A line drawing in ink; filled with ink, or open. `x`, `y` move it."""
    return tag(
        "path",
        d=d,
        class_=class_ or ("bpmn-solid" if filled else "bpmn-line"),
        fill=INK if filled else "none",
        stroke=INK,
        stroke_width=width,
        stroke_linejoin="round",
        stroke_linecap="round",
        transform=f"translate({number(x)} {number(y)})" if x or y else None,
    )


def circle(
    x: float, y: float, radius: float, *, class_: str, width: float = 1.5, fill: str = PAPER, dashed: bool = False
) -> str:
    """A circle with an outline."""
    return tag(
        "circle",
        cx=float(x),
        cy=float(y),
        r=float(radius),
        class_=class_,
        fill=fill,
        stroke=INK,
        stroke_width=width,
        stroke_dasharray="4 3" if dashed else None,
    )


def box(
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    class_: str,
    radius: float = 0,
    line: float = 1.5,
    dash: str | None = None,
    fill: str = PAPER,
) -> str:
    """A rectangle with an outline."""
    return tag(
        "rect",
        x=float(x),
        y=float(y),
        width=float(width),
        height=float(height),
        rx=float(radius) if radius else None,
        class_=class_,
        fill=fill,
        stroke=INK,
        stroke_width=line,
        stroke_dasharray=dash,
    )
