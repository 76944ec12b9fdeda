"""Values on their way into the sandbox and back: exactly what they were, and nothing but data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pydantic_monty import ClassInstance

from engine.feel.values import Value, WideDate, WideDateTime, WideDuration, WideTime, YearsMonths

HOST_TYPES = (YearsMonths, WideDate, WideTime, WideDateTime, WideDuration)
"""FEEL values that Python has no type for: a script gets the value itself, with its fields, and hands it back."""

_PARTS = ("year", "month", "day", "hour", "minute", "second", "microsecond", "nanosecond", "nanoseconds", "months")
_MAX_DIGITS = 1000


class Unfit(Exception):
    """A value that cannot pass: `kind` says why ("type", "nodes", "depth", "bytes", "key", "number"), `detail` what."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail


@dataclass(slots=True)
class Budget:
    """How many values, characters and levels one passage may still use."""

    nodes: int
    size: int
    depth: int

    def take(self, depth: int, size: int = 0) -> None:
        """Count one value. Raises Unfit when the budget is gone."""
        self.nodes -= 1
        self.size -= size
        if self.nodes < 0:
            raise Unfit("nodes")
        if self.size < 0:
            raise Unfit("bytes")
        if depth > self.depth:
            raise Unfit("depth")


@dataclass(slots=True)
class Passage:
    """One run's way in and out: remembers the zones that went in, so that they come out under their names."""

    zones: dict[str, ZoneInfo] = field(default_factory=dict)
    hosts: bool = False
    """Whether a value of HOST_TYPES went in."""

    def into(self, value: Value, budget: Budget, depth: int = 0) -> Any:
        """A FEEL value as the sandbox takes it: whole numbers as int, others as Decimal. Raises Unfit."""
        kind = type(value)
        budget.take(depth, len(value) if kind is str else 0)
        if kind is Decimal:
            return _number_in(value)
        if kind in (str, bool, type(None), date, timedelta, int, float):
            return value
        if kind is list:
            return [self.into(item, budget, depth + 1) for item in value]
        if kind is dict:
            return {key: self.into(item, budget, depth + 1) for key, item in value.items()}
        if kind is datetime:
            return value.replace(tzinfo=self._fixed(value), fold=0)
        if kind is time and not isinstance(value.tzinfo, ZoneInfo):
            return value
        return self._other(value, budget, depth)

    def _other(self, value: Value, budget: Budget, depth: int) -> Any:
        if isinstance(value, HOST_TYPES) or type(value) is time:
            self.hosts = True
            return ClassInstance(value, eager_attrs={name for name in _PARTS if hasattr(value, name)})
        if isinstance(value, Mapping):
            return {str(key): self.into(item, budget, depth + 1) for key, item in value.items()}
        if isinstance(value, tuple):
            return [self.into(item, budget, depth + 1) for item in value]
        raise Unfit("type", type(value).__name__)

    def _fixed(self, value: datetime) -> tzinfo | None:
        """The sandbox knows offsets, not zones: the offset travels under the zone's name."""
        zone, offset = value.tzinfo, value.utcoffset()
        if not isinstance(zone, ZoneInfo) or offset is None or not zone.key:
            return zone
        self.zones[zone.key] = zone
        return timezone(offset, zone.key)

    def back(self, value: Any, budget: Budget, depth: int = 0) -> Value:
        """A value from the sandbox as a FEEL value. Raises Unfit for anything that is not data."""
        kind = type(value)
        budget.take(depth, len(value) if kind is str else 0)
        if kind is str:
            if "\x00" in value:
                raise Unfit("nul")
            return value
        if kind in (bool, type(None), date, timedelta, time) or isinstance(value, HOST_TYPES):
            return value
        if kind in (int, float, Decimal):
            return _number_out(value)
        if kind is datetime:
            return self._zoned(value)
        if kind is list:
            return [self.back(item, budget, depth + 1) for item in value]
        if kind is dict and all(type(key) is str for key in value):
            return {key: self.back(item, budget, depth + 1) for key, item in value.items()}
        raise Unfit("type", kind.__name__)

    def _zoned(self, value: datetime) -> datetime:
        name = value.tzinfo.tzname(None) if isinstance(value.tzinfo, timezone) else None
        zone = self.zones.get(name or "")
        if zone is None:
            return value
        return value.astimezone(zone)  # the instant counts, also when arithmetic crossed a change of the clocks


def _number_in(value: Decimal) -> int | Decimal:
    sign, digits, exponent = value.as_tuple()
    if exponent == 0 and not (sign and digits == (0,)):
        return int(value)
    return value


def _number_out(value: int | float | Decimal) -> Decimal:
    if isinstance(value, int) and value.bit_length() > _MAX_DIGITS * 4:
        raise Unfit("number")
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or len(number.as_tuple().digits) > _MAX_DIGITS:
        raise Unfit("number")
    return number
