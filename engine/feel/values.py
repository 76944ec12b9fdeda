"""The values that FEEL computes with (DMN 1.5, 10.3.2.2) and how they map to Python.

=========================  ==============================================================================
FEEL                       Python
=========================  ==============================================================================
null                       None
boolean                    bool
number                     decimal.Decimal (34 digits; a host's int and float are converted on entry)
string                     str
list                       list
context                    dict[str, Value]
date                       datetime.date, or WideDate for years outside 1..9999
time                       datetime.time, or WideTime for nanoseconds
date and time              datetime.datetime, or WideDateTime for far years or nanoseconds
days and time duration     datetime.timedelta, or WideDuration for nanoseconds or very long ones
years and months duration  YearsMonths
range                      Range
function                   FeelFunction
=========================  ==============================================================================

A value that the standard library can hold is always held by it, so that the wide types never equal a narrow one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from datetime import tzinfo as TimeZone  # noqa: N812 - the wide types have a field of its name
from decimal import ROUND_HALF_EVEN, Context, Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from engine.feel.errors import FeelError

if TYPE_CHECKING:
    from engine.feel.context import Context as FeelContext

Value: TypeAlias = Any
"""Any FEEL value, see the table above."""

NUMBERS: Final = Context(
    prec=34,
    rounding=ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    capitals=1,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
"""Decimal128 arithmetic, as the standard asks: 34 digits, banker's rounding."""


@dataclass(frozen=True, slots=True)
class WideDate:
    """A date whose year does not fit into datetime.date: proleptic Gregorian, with a year 0, ±999,999,999."""

    year: int
    month: int
    day: int


@dataclass(frozen=True, slots=True)
class WideTime:
    """A time of day that needs nanoseconds."""

    hour: int
    minute: int
    second: int
    nanosecond: int
    tzinfo: TimeZone | None = None


@dataclass(frozen=True, slots=True)
class WideDateTime:
    """A date and time with a far year or with nanoseconds."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    nanosecond: int
    tzinfo: TimeZone | None = None


@dataclass(frozen=True, slots=True, order=True)
class WideDuration:
    """A days and time duration that datetime.timedelta cannot hold, in nanoseconds."""

    nanoseconds: int


@dataclass(frozen=True, slots=True, order=True)
class YearsMonths:
    """A years and months duration: a number of months, negative ones included."""

    months: int


@dataclass(frozen=True, slots=True)
class Range:
    """All values between two ends of one kind. An end that is None is open without limit (``>= 5``)."""

    start: Value
    end: Value
    start_included: bool = True
    end_included: bool = True


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function; ``type`` is a type's name or a type from :mod:`engine.feel.types`, None accepts anything."""

    name: str
    type: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class FeelFunction:
    """A function as a value.

    ``body`` takes the arguments in the order of ``parameters`` (already checked against their types) and the context of
    the caller; it returns a value, or a :class:`~engine.feel.context.Result` whose warnings are passed on. ``returns`` is
    the type of its result, None where it is not known. ``compiled`` is set for functions written in FEEL: the same as
    ``body``, with the run under way.
    """

    name: str
    parameters: tuple[Parameter, ...]
    body: Callable[[Sequence[Value], "FeelContext"], Any]
    returns: Any = None
    compiled: Callable[[Any, Sequence[Value]], Value] | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a built-in function.

    The last parameters may be left out beyond ``required``; a ``variadic`` one takes all its arguments as one list.
    ``call`` takes the run and the arguments that were given.
    """

    parameters: tuple["Slot", ...]
    required: int
    variadic: bool
    call: Callable[..., Value]


@dataclass(frozen=True, slots=True)
class Slot:
    """A parameter of a built-in: the kinds that it accepts (empty: all) and whether null is one of them."""

    name: str
    kinds: frozenset[str]
    nullable: bool


@dataclass(frozen=True, slots=True, eq=False)
class Builtin:
    """A function of the standard, with one signature or several."""

    name: str
    signatures: tuple[Signature, ...]


KINDS: Final[Mapping[type, str]] = {
    type(None): "null",
    bool: "boolean",
    Decimal: "number",
    str: "string",
    list: "list",
    dict: "context",
    date: "date",
    WideDate: "date",
    time: "time",
    WideTime: "time",
    datetime: "date and time",
    WideDateTime: "date and time",
    timedelta: "days and time duration",
    WideDuration: "days and time duration",
    YearsMonths: "years and months duration",
    Range: "range",
    FeelFunction: "function",
    Builtin: "function",
}
"""The name of a FEEL value's type, by its exact Python type."""

_READY: Final = frozenset(KINDS) - {list, dict, Decimal}


def is_whole(number: Decimal) -> bool:
    """Whether a number has no fraction."""
    return number == number.to_integral_value()


def type_name(value: Value) -> str:
    """The FEEL name of a value's type, e.g. ``"number"``, ``"date and time"``, ``"null"``."""
    kind = KINDS.get(type(value))
    return kind if kind is not None else KINDS[type(to_feel(value))]


def to_feel(value: Any) -> Value:
    """A host value as a FEEL value.

    int and float become numbers, tuples and sets lists, any mapping a context with str keys; what is a FEEL value already is
    returned as it is, without a copy. Raises :class:`FeelError` (``NOT_A_VALUE``) for anything else.
    """
    kind = type(value)
    if kind in _READY:
        return value
    convert = _CONVERT.get(kind)
    return convert(value) if convert is not None else _convert_subclass(value)


def _list(value: list[Any]) -> list[Value]:
    for index, element in enumerate(value):
        converted = to_feel(element)
        if converted is not element:
            return [*value[:index], converted, *map(to_feel, value[index + 1 :])]
    return value


def _context(value: dict[Any, Any]) -> dict[str, Value]:
    for index, (key, entry) in enumerate(value.items()):
        converted = to_feel(entry)
        if converted is not entry or type(key) is not str:  # each entry is converted once: contexts lie in contexts
            entries = list(value.items())
            rest = {str(name): to_feel(content) for name, content in entries[index + 1 :]}
            return {**dict(entries[:index]), str(key): converted, **rest}
    return value


def _number(value: Decimal) -> Decimal | None:
    return value if value.is_finite() else None


def _int(value: int) -> Decimal | None:
    try:
        return NUMBERS.create_decimal(value)
    except DecimalException:
        return None


def _float(value: float) -> Decimal | None:
    return _number(Decimal(repr(value)))


def _set(value: Iterable[Any]) -> list[Value]:
    return [to_feel(element) for element in sorted(value, key=repr)]


_CONVERT: Final[Mapping[type, Callable[[Any], Value]]] = {
    Decimal: _number,
    int: _int,
    float: _float,
    list: _list,
    dict: _context,
    tuple: lambda value: [to_feel(element) for element in value],
    set: _set,
    frozenset: _set,
}


def _convert_subclass(value: Any) -> Value:
    if isinstance(value, Mapping):
        return {str(name): to_feel(content) for name, content in value.items()}
    for kind, convert in _SUBCLASSES:
        if isinstance(value, kind):
            return to_feel(convert(value))
    if isinstance(value, datetime):
        return datetime.combine(date(value.year, value.month, value.day), _plain_time(value.timetz()), value.tzinfo)
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    if isinstance(value, time):
        return _plain_time(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [to_feel(element) for element in value]
    raise FeelError("NOT_A_VALUE", name="", type=type(value).__name__)


def _plain_timedelta(value: timedelta) -> timedelta:
    return timedelta(value.days, value.seconds, value.microseconds)


def _plain_time(value: time) -> time:
    return time(value.hour, value.minute, value.second, value.microsecond, value.tzinfo, fold=value.fold)


_SUBCLASSES: Final[tuple[tuple[type, Callable[[Any], Any]], ...]] = (
    (str, str.__str__),
    (int, int),
    (float, float),
    (Decimal, Decimal),
    (timedelta, _plain_timedelta),
)
