"""Temporal values as ISO 8601 text and back, without loss: what `engine.variables` writes behind its tags.

=========================  =====================================================================================
value                      text
=========================  =====================================================================================
date                       ``2026-03-02``; years outside 1..9999 as ``12026-03-02``, ``-0044-03-15``
time                       ``09:00:00``, ``09:00:00.5``, ``09:00:00+08:00``, ``09:00:00Z``, ``09:00:00@Asia/Shanghai``
date and time              ``2026-03-02T09:00:00@Asia/Shanghai``; its offset too in a repeated hour's second pass
days and time duration     ``P1DT2H30M``, ``-PT0.5S``, ``PT0S``
years and months duration  ``P1Y2M``, ``-P3M``, ``P0M``
=========================  =====================================================================================
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.feel.values import WideDate, WideDateTime, WideDuration, WideTime, YearsMonths

AnyDate: TypeAlias = date | WideDate
AnyTime: TypeAlias = time | WideTime
AnyDateTime: TypeAlias = datetime | WideDateTime
AnyDuration: TypeAlias = timedelta | WideDuration

_DATE: Final = r"(?P<year>-?\d{4,9})-(?P<month>\d\d)-(?P<day>\d\d)"
_TIME: Final = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:\.(?P<fraction>\d{1,9}))?"
_ZONE: Final = r"(?P<offset>Z|[+-]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?(?:@(?P<zone>[A-Za-z0-9_+/-]{1,64}))?"
_DATE_TEXT: Final = re.compile(_DATE)
_TIME_TEXT: Final = re.compile(_TIME + _ZONE)
_DATE_TIME_TEXT: Final = re.compile(_DATE + "T" + _TIME + _ZONE)
_DURATION_TEXT: Final = re.compile(
    r"(?P<sign>-?)P(?:(?P<days>\d{1,400})D)?"
    r"(?:T(?:(?P<hours>\d{1,400})H)?(?:(?P<minutes>\d{1,400})M)?(?:(?P<seconds>\d{1,400})(?:\.(?P<fraction>\d{1,9}))?S)?)?"
)
_BEYOND_PYTHON: Final = re.compile(r"[.,@]")  # nanoseconds and names of zones
_OFFSET: Final = re.compile(r"([+-])(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?")

_SECOND: Final = 1_000_000_000
_DAY: Final = 86_400 * _SECOND
_LONGEST: Final = 10**400


# --- writing ----------------------------------------------------------------------------------------------------------


def date_text(value: AnyDate) -> str:
    """``2026-03-02``."""
    return value.isoformat() if isinstance(value, date) else _date_part(value.year, value.month, value.day)


def time_text(value: AnyTime) -> str:
    """``09:00:00``, with fraction, offset and zone as far as the value has them. ValueError: a zone without a name."""
    return _time_part(value) + _zone_part(value.tzinfo, with_offset=None)


def date_time_text(value: AnyDateTime) -> str:
    """``2026-03-02T09:00:00@Asia/Shanghai``. ValueError: a zone without a name."""
    again = value.utcoffset() if isinstance(value, datetime) and value.fold else None
    zone = _zone_part(value.tzinfo, with_offset=again)
    return f"{_date_part(value.year, value.month, value.day)}T{_time_part(value)}{zone}"


def duration_text(value: AnyDuration) -> str:
    """``P1DT2H30M``: each part only where it is not zero; ``PT0S`` for none. ValueError: absurdly long."""
    total = _nanoseconds(value)
    if abs(total) >= _LONGEST:
        raise ValueError("a duration beyond all bounds")
    sign, rest = ("-", -total) if total < 0 else ("", total)
    days, rest = divmod(rest, _DAY)
    seconds, fraction = divmod(rest, _SECOND)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if seconds or fraction or not (days or clock):
        clock += f"{seconds}{_fraction(fraction)}S"
    return f"{sign}P{f'{days}D' if days else ''}{f'T{clock}' if clock else ''}"


def years_months_text(value: YearsMonths) -> str:
    """``P1Y2M``; ``P0M`` for none."""
    years, months = divmod(abs(value.months), 12)
    text = (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
    return f"{'-' if value.months < 0 else ''}P{text}"


def _date_part(year: int, month: int, day: int) -> str:
    return f"{'-' if year < 0 else ''}{abs(year):04d}-{month:02d}-{day:02d}"


def _time_part(value: AnyTime | AnyDateTime) -> str:
    fraction = value.microsecond * 1000 if isinstance(value, time | datetime) else value.nanosecond
    return f"{value.hour:02d}:{value.minute:02d}:{value.second:02d}{_fraction(fraction)}"


def _fraction(nanoseconds: int) -> str:
    return f".{nanoseconds:09d}".rstrip("0") if nanoseconds else ""


def _zone_part(zone: tzinfo | None, *, with_offset: timedelta | None) -> str:
    if zone is None:
        return ""
    if isinstance(zone, ZoneInfo):
        if zone.key is None:
            raise ValueError("a time zone without a name")
        return ("" if with_offset is None else _offset_text(with_offset)) + "@" + zone.key
    offset = zone.utcoffset(None) if with_offset is None else with_offset
    if offset is None:
        raise ValueError("a time zone without a name or a fixed offset")
    return _offset_text(offset)


def _offset_text(offset: timedelta) -> str:
    if not offset:
        return "Z"
    return time(tzinfo=timezone(offset)).isoformat()[8:]


def _nanoseconds(value: AnyDuration) -> int:
    if isinstance(value, WideDuration):
        return value.nanoseconds
    return (value.days * 86_400 + value.seconds) * _SECOND + value.microseconds * 1000


# --- reading ----------------------------------------------------------------------------------------------------------


def read_date(text: str) -> AnyDate:
    """The inverse of `date_text`. ValueError: not such a text, or no such day."""
    if len(text) == 10 and text[4] == text[7] == "-":
        return date.fromisoformat(text)
    return _date(_match(_DATE_TEXT, text))


def read_time(text: str) -> AnyTime:
    """The inverse of `time_text`. ValueError as `read_date`, and for an unknown zone."""
    return _time(_match(_TIME_TEXT, text))


def read_date_time(text: str) -> AnyDateTime:
    """The inverse of `date_time_text`. ValueError as `read_time`."""
    if text[10:11] == "T" and text[4] == text[7] == "-" and text[13:17:3] == "::" and not _BEYOND_PYTHON.search(text):
        return datetime.fromisoformat(text)
    found = _match(_DATE_TIME_TEXT, text)
    day, clock = _date(found), _time(found)
    fold = 1 if found["zone"] and found["offset"] else 0
    if isinstance(day, date) and isinstance(clock, time):
        return datetime.combine(day, clock).replace(fold=fold)
    nanosecond = clock.microsecond * 1000 if isinstance(clock, time) else clock.nanosecond
    year, month = day.year, day.month
    return WideDateTime(year, month, day.day, clock.hour, clock.minute, clock.second, nanosecond, clock.tzinfo)


def read_duration(text: str) -> AnyDuration:
    """The inverse of `duration_text`. ValueError: not such a text."""
    found = _match(_DURATION_TEXT, text)
    parts = [int(found[name] or 0) for name in ("days", "hours", "minutes", "seconds")]
    if text[-1] in "PT":
        raise ValueError(f"not a duration: {text}")
    days, hours, minutes, seconds = parts
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    nanoseconds = total * _SECOND + _read_fraction(found["fraction"])
    nanoseconds = -nanoseconds if found["sign"] else nanoseconds
    if nanoseconds % 1000:
        return WideDuration(nanoseconds)
    try:
        return timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return WideDuration(nanoseconds)


def _match(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    found = pattern.fullmatch(text)
    if found is None or not text.isascii():
        raise ValueError(f"not a temporal value: {text}")
    return found


def _date(found: re.Match[str]) -> AnyDate:
    year, month, day = int(found["year"]), int(found["month"]), int(found["day"])
    if 1 <= year <= 9999:
        return date(year, month, day)
    date(2000 + year % 400, month, day)  # the calendar repeats every 400 years: is there such a day?
    return WideDate(year, month, day)


def _time(found: re.Match[str]) -> AnyTime:
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"])
    fraction, zone = _read_fraction(found["fraction"]), _zone(found["offset"], found["zone"])
    checked = time(hour, minute, second, fraction // 1000, zone)
    return WideTime(hour, minute, second, fraction, zone) if fraction % 1000 else checked


def _read_fraction(digits: str | None) -> int:
    return int(digits.ljust(9, "0")) if digits else 0


def _zone(offset: str | None, name: str | None) -> tzinfo | None:
    if name:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, OSError) as error:
            raise ValueError(f"unknown time zone: {name}") from error
    if offset is None:
        return None
    if offset == "Z":
        return UTC
    sign, hours, minutes, seconds, fraction = _match(_OFFSET, offset).groups()
    size = timedelta(0, int(seconds or 0), int((fraction or "").ljust(6, "0")), 0, int(minutes), int(hours))
    return timezone(-size if sign == "-" else size)
