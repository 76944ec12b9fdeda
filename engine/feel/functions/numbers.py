"""Numeric functions (DMN 1.5, table 10.3.4.5)."""

from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)
from typing import Any, Final

from engine.feel.context import Refused, Run
from engine.feel.functions.signature import define
from engine.feel.temporal import make_duration, nanoseconds_of
from engine.feel.values import NUMBERS, Builtin, Value, YearsMonths

_LEAST_SCALE: Final = -6111
_MOST_SCALE: Final = 6176


def rounded(value: Decimal, scale: Decimal, mode: str) -> Decimal:
    """A number with so many digits behind the point (negative: before it); ValueError outside the standard's limits."""
    digits = int(scale)
    if not _LEAST_SCALE <= digits <= _MOST_SCALE:
        raise ValueError(f"the scale must be from {_LEAST_SCALE} to {_MOST_SCALE}")
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent <= digits:
        return value
    result = value.quantize(Decimal((0, (1,), -digits)), rounding=mode, context=NUMBERS)
    return NUMBERS.quantize(result, Decimal(1)) if digits < 0 and result.adjusted() < NUMBERS.prec else result


def _rounding(mode: str) -> Callable[..., Decimal]:
    def call(_run: Run, n: Decimal, scale: Decimal = Decimal(0)) -> Decimal:
        result = rounded(n, scale, mode)
        return result if result else abs(result)

    return call


def _abs(_run: Run, value: Any) -> Value:
    if isinstance(value, Decimal):
        return NUMBERS.abs(value)
    return (
        YearsMonths(abs(value.months)) if isinstance(value, YearsMonths) else make_duration(abs(nanoseconds_of(value)))
    )


def _modulo(_run: Run, dividend: Decimal, divisor: Decimal) -> Decimal:
    """The remainder has the divisor's sign: dividend - divisor * floor(dividend / divisor)."""
    if not divisor:
        raise Refused("DIVISION_BY_ZERO")
    rest = NUMBERS.remainder(dividend, divisor)
    result = NUMBERS.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else rest
    return result if result else abs(result)


_SERIES: Final = 8
"""Steps for which a series of divisions counts."""


def _sqrt(_run: Run, number: Decimal) -> Decimal:
    if number < 0:
        raise ValueError("a negative number has no square root")
    return NUMBERS.sqrt(number)


def _log(run: Run, number: Decimal) -> Decimal:
    run.step(_SERIES)
    if number <= 0:
        raise ValueError("only positive numbers have a logarithm")
    return NUMBERS.ln(number)


def _exp(run: Run, number: Decimal) -> Decimal:
    run.step(_SERIES)
    return NUMBERS.exp(number)


def _parity(remainder: int) -> Callable[..., Value]:
    def call(_run: Run, number: Decimal) -> bool:
        return NUMBERS.remainder(NUMBERS.abs(number), Decimal(2)) == remainder

    return call


_SCALED: Final = "n: number, [scale: number]"

NUMERIC: Final[tuple[Builtin, ...]] = (
    define("decimal", ("n: number, scale: number", _rounding(ROUND_HALF_EVEN))),
    define("floor", (_SCALED, _rounding(ROUND_FLOOR))),
    define("ceiling", (_SCALED, _rounding(ROUND_CEILING))),
    define("round up", (_SCALED, _rounding(ROUND_UP))),
    define("round down", (_SCALED, _rounding(ROUND_DOWN))),
    define("round half up", (_SCALED, _rounding(ROUND_HALF_UP))),
    define("round half down", (_SCALED, _rounding(ROUND_HALF_DOWN))),
    define("abs", ("n: number|duration", _abs)),
    define("modulo", ("dividend: number, divisor: number", _modulo)),
    define("sqrt", ("number: number", _sqrt)),
    define("log", ("number: number", _log)),
    define("exp", ("number: number", _exp)),
    define("odd", ("number: number", _parity(1))),
    define("even", ("number: number", _parity(0))),
)
