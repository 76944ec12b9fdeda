"""Times, amounts and durations as people of one language and time zone read them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_decimal
from markupsafe import Markup

Unit: TypeAlias = Literal["year", "month", "day", "hour", "minute", "second"]

_LOCALES = {"en": "en_GB", "zh": "zh_Hans_CN"}
_SIZES = ["B", "kB", "MB", "GB"]
_UNITS: Final[Sequence[tuple[Unit, int]]] = (
    ("year", 31_536_000),
    ("month", 2_592_000),
    ("day", 86_400),
    ("hour", 3_600),
    ("minute", 60),
    ("second", 1),
)
_CENT = Decimal("0.01")
_EXACT = Context(prec=60)  # Babel rounds in the current context: 28 digits would cut a long amount


@lru_cache(maxsize=4)  # one per language
def _locale_of(lang: str) -> Locale:
    return Locale.parse(_LOCALES.get(lang, "en_GB"))


@dataclass(frozen=True, slots=True)
class Formats:
    """Formatting for one reader. Times without a zone are UTC; strings are ISO 8601; None becomes an empty string."""

    lang: str
    zone: ZoneInfo
    now: datetime

    @property
    def _locale(self) -> Locale:
        return _locale_of(self.lang)

    def _local(self, value: datetime | str) -> datetime:
        at = datetime.fromisoformat(value) if isinstance(value, str) else value
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(self.zone)

    def moment(self, value: datetime | str | None) -> str:
        """Date and time to the minute; the year is left out where it is this one."""
        if not value:
            return ""
        local = self._local(value)
        return f"{self.day(local)} {format_time(local, 'HH:mm', locale=self._locale)}"

    def day(self, value: date | datetime | str | None) -> str:
        """A day; the year is left out where it is this one."""
        if not value:
            return ""
        if isinstance(value, str):
            value = date.fromisoformat(value) if len(value) == 10 else self._local(value)
        that = self._local(value).date() if isinstance(value, datetime) else value
        this_year = that.year == self.now.astimezone(self.zone).year
        patterns = {"zh": ("M月d日", "y年M月d日")}.get(self.lang, ("d MMM", "d MMM y"))
        return format_date(that, patterns[0 if this_year else 1], locale=self._locale)

    def exact(self, value: datetime | str | None) -> str:
        """Everything down to the second with the zone's name, for titles and audits."""
        return format_datetime(self._local(value), "yyyy-MM-dd HH:mm:ss zzz", locale=self._locale) if value else ""

    def relative(self, value: datetime | str | None) -> str:
        """Distance from now in whole units, cut and not rounded: "in 2 hours", "3天前"; below a minute "now"."""
        if not value:
            return ""
        seconds = (self._local(value) - self.now).total_seconds()
        for name, size in _UNITS[:-1]:
            if abs(seconds) >= size:
                whole = timedelta(seconds=int(seconds / size) * size)
                return format_timedelta(whole, granularity=name, threshold=1, add_direction=True, locale=self._locale)
        return {"zh": "现在"}.get(self.lang, "now")

    def time_tag(self, value: datetime | str | None) -> Markup:
        """A <time> element that reads relatively, carries the exact time, and is kept current in the page."""
        if not value:
            return Markup()
        local = self._local(value)
        return Markup('<time datetime="{}" title="{}" data-relative>{}</time>').format(
            local.isoformat(timespec="seconds"), self.exact(local), self.relative(local)
        )

    def duration(self, value: timedelta | float | None) -> str:
        """A length of time (timedelta or seconds) in its two largest units: "1 hour 30 minutes", "1小时30分钟"."""
        if value is None:
            return ""
        left = int(value.total_seconds() if isinstance(value, timedelta) else value)
        parts: list[str] = []
        for name, size in _UNITS[2:]:
            count, left = divmod(left, size)
            if count:
                parts.append(self._units(count * size, name))
        return ("" if self.lang == "zh" else " ").join(parts[:2] or [self._units(0, "second")])

    def _units(self, seconds: int, unit: Unit) -> str:
        span = timedelta(seconds=seconds)
        return format_timedelta(span, granularity=unit, threshold=math.inf, locale=self._locale)

    def money(self, value: Decimal | str | int | None) -> str:
        """An amount with grouping, rounded half up to two digits: "67,000.00". A text that is no number stays as it is."""
        if value is None or value == "":
            return ""
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            return str(value)
        return format_decimal(amount.quantize(_CENT, ROUND_HALF_UP, _EXACT), "#,##0.00", locale=self._locale)

    def number(self, value: Decimal | int | float | None) -> str:
        """A number with grouping."""
        return "" if value is None else format_decimal(value, locale=self._locale)

    def size(self, count: int) -> str:
        """Bytes in units of 1000: "1.4 MB"."""
        amount, unit = float(count), 0
        while amount >= 1000 and unit < len(_SIZES) - 1:
            amount, unit = amount / 1000, unit + 1
        return f"{amount:.0f} {_SIZES[unit]}" if unit == 0 or amount >= 100 else f"{amount:.1f} {_SIZES[unit]}"
