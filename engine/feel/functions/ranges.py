"""How points and ranges lie to each other (DMN 1.5, table 10.3.4.6)."""

from typing import Any, Final

from engine.feel.comparing import equal, in_range, ordered
from engine.feel.context import Refused, Run
from engine.feel.functions.signature import Way, define
from engine.feel.values import KINDS, Builtin, Range, Value


def _less(left: Value, right: Value) -> bool:
    return _known(ordered("<", left, right), left, right)


def _same(left: Value, right: Value) -> bool:
    return _known(equal(left, right), left, right)


def _known(result: bool | None, left: Value, right: Value) -> bool:
    if result is None or left is None or right is None:
        raise Refused("NOT_COMPARABLE", left=KINDS[type(left)], right=KINDS[type(right)])
    return result


def before(left: Any, right: Any) -> bool:
    """Whether everything in the first is before everything in the second; points count as themselves."""
    first, included = (left.end, left.end_included) if type(left) is Range else (left, True)
    second, also = (right.start, right.start_included) if type(right) is Range else (right, True)
    return _less(first, second) or (_same(first, second) and not (included and also))


def _meets(left: Range, right: Range) -> bool:
    return left.end_included and right.start_included and _same(left.end, right.start)


def _overlaps(left: Range, right: Range) -> bool:
    return not before(left, right) and not before(right, left)


def _starts_earlier(left: Range, right: Range) -> bool:
    sooner = left.start_included and not right.start_included
    return _less(left.start, right.start) or (_same(left.start, right.start) and sooner)


def _ends_earlier(left: Range, right: Range) -> bool:
    sooner = right.end_included and not left.end_included
    return _less(left.end, right.end) or (_same(left.end, right.end) and sooner)


def _overlaps_before(left: Range, right: Range) -> bool:
    """Starts earlier, reaches into the other, and does not end after it."""
    return _starts_earlier(left, right) and _overlaps(left, right) and not _ends_earlier(right, left)


def _same_end(left: Range, right: Range) -> bool:
    return _same(left.end, right.end) and left.end_included == right.end_included


def _same_start(left: Range, right: Range) -> bool:
    return _same(left.start, right.start) and left.start_included == right.start_included


def _finishes(left: Any, right: Range) -> bool:
    if type(left) is not Range:
        return right.end_included and _same(left, right.end)
    return _same_end(left, right) and not _starts_earlier(left, right)


def _starts(left: Any, right: Range) -> bool:
    if type(left) is not Range:
        return right.start_included and _same(left, right.start)
    return _same_start(left, right) and not _ends_earlier(right, left)


def _includes(left: Range, right: Any) -> bool:
    if type(right) is not Range:
        return _known(in_range(right, left), right, left.start)
    return not _starts_earlier(right, left) and not _ends_earlier(left, right)


def _coincides(left: Any, right: Any) -> bool:
    if type(left) is Range:
        return _same_start(left, right) and _same_end(left, right)
    return _same(left, right)


_POINT: Final = "number|string|boolean|date|time|date and time|duration"


def _ways(call: Any, *pairs: str, swapped: bool = False) -> tuple[Way, ...]:
    """Signatures for "p" (point) and "r" (range) pairs; parameter names as in the standard."""

    def run_call(_run: Run, left: Value, right: Value) -> bool:
        result: bool = call(right, left) if swapped else call(left, right)
        return result

    ways = []
    for pair in pairs:
        names = (
            ("point", "range")
            if pair == "pr"
            else ("range", "point")
            if pair == "rp"
            else (f"{_WORD[pair]}1", f"{_WORD[pair]}2")
        )
        kinds = [_POINT if letter == "p" else "range" for letter in pair]
        ways.append((f"{names[0]}: {kinds[0]}, {names[1]}: {kinds[1]}", run_call))
    return tuple(ways)


_WORD: Final = {"pp": "point", "rr": "range"}

RANGES: Final[tuple[Builtin, ...]] = (
    define("before", *_ways(before, "pp", "pr", "rp", "rr")),
    define("after", *_ways(before, "pp", "pr", "rp", "rr", swapped=True)),
    define("meets", *_ways(_meets, "rr")),
    define("met by", *_ways(_meets, "rr", swapped=True)),
    define("overlaps", *_ways(_overlaps, "rr")),
    define("overlaps before", *_ways(_overlaps_before, "rr")),
    define("overlaps after", *_ways(_overlaps_before, "rr", swapped=True)),
    define("finishes", *_ways(_finishes, "pr", "rr")),
    define("finished by", *_ways(_finishes, "rp", "rr", swapped=True)),
    define("includes", *_ways(_includes, "rp", "rr")),
    define("during", *_ways(_includes, "pr", "rr", swapped=True)),
    define("starts", *_ways(_starts, "pr", "rr")),
    define("started by", *_ways(_starts, "rp", "rr", swapped=True)),
    define("coincides", *_ways(_coincides, "pp", "rr")),
)
