"""Dates, times and durations from text and to text (DMN 1.5, 10.3.2.3; XML Schema lexical forms plus ``@zone``)."""

import re
from datetime import UTC, date, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.feel.temporal import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    AnyDate,
    AnyDateTime,
    AnyDuration,
    AnyTime,
    clock_fields,
    make_date,
    make_date_time,
    make_duration,
    make_offset,
    make_time,
    nanoseconds_of,
)
from engine.feel.values import Value, WideDate, YearsMonths, type_name

_DATE: Final = r"(?P<year>-?(?:[1-9]\d{4,8}|\d{4}))-(?P<month>\d\d)-(?P<day>\d\d)"
_TIME: Final = (
    r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:\.(?P<fraction>\d{1,9}))?"
    r"(?P<zone>[Zz]|[+-]\d\d:\d\d(?::\d\d)?|@[A-Za-z][A-Za-z0-9_+\-/]*)?"
)
_DATE_PATTERN: Final = re.compile(_DATE, re.ASCII)
_TIME_PATTERN: Final = re.compile(_TIME, re.ASCII)
_DATE_TIME_PATTERN: Final = re.compile(f"{_DATE}T{_TIME}", re.ASCII)
_MONTHS_PATTERN: Final = re.compile(r"(-?)P(?=\d)(?:(\d{1,12})Y)?(?:(\d{1,12})M)?", re.ASCII)
_DURATION_PATTERN: Final = re.compile(
    r"(-?)P(?=[\dT])(?:(\d{1,18})D)?(?:T(?=\d)(?:(\d{1,18})H)?(?:(\d{1,18})M)?(?:(\d{1,18})(?:\.(\d{1,9}))?S)?)?",
    re.ASCII,
)


def parse_date(text: str) -> AnyDate | None:
    """``2024-05-01``; None for anything else."""
    match = _DATE_PATTERN.fullmatch(text)
    return None if match is None else _date(match)


def parse_time(text: str) -> AnyTime | None:
    """``10:30:00``, with a fraction, and ``Z``, ``+02:00`` or ``@Europe/Paris``; None for anything else."""
    match = _TIME_PATTERN.fullmatch(text)
    return None if match is None else _time(match)


def parse_date_time(text: str) -> AnyDateTime | None:
    """``2024-05-01T10:30:00``, as with times; None for anything else."""
    match = _DATE_TIME_PATTERN.fullmatch(text)
    if match is None:
        return None
    day, clock = _date(match), _time(match)
    return None if day is None or clock is None else make_date_time(day, clock)


def parse_duration(text: str) -> AnyDuration | YearsMonths | None:
    """``P1Y6M`` or ``P1DT2H``; None for anything else, a mixture of both included."""
    match = _MONTHS_PATTERN.fullmatch(text)
    if match is not None:
        sign, years, months = match.groups()
        count = int(years or 0) * 12 + int(months or 0)
        return YearsMonths(-count if sign else count)
    match = _DURATION_PATTERN.fullmatch(text)
    if match is None:
        return None
    sign, days, hours, minutes, seconds, fraction = match.groups()
    total = int(days or 0) * DAY + int(hours or 0) * HOUR + int(minutes or 0) * MINUTE + int(seconds or 0) * SECOND
    total += int((fraction or "").ljust(9, "0"))
    return make_duration(-total if sign else total)


def parse_temporal(text: str) -> Value:
    """What ``@"..."`` stands for: a date, time, date and time or duration; None for anything else."""
    if text[:1] == "P" or text[:2] == "-P":
        return parse_duration(text)
    if "T" in text and (found := parse_date_time(text)) is not None:
        return found
    found_date = parse_date(text)
    return found_date if found_date is not None else parse_time(text)


def parse_zone(text: str) -> tzinfo | None:
    """``Z``, ``+02:00`` or a zone's name; None where there is none such."""
    if text in ("Z", "z"):
        return UTC
    try:
        if text[0] in "+-":
            parts = [int(part) for part in text[1:].split(":")]
            seconds = sum(part * factor for part, factor in zip(parts, (3600, 60, 1), strict=False))
            valid = all(part < 60 for part in parts[1:])
            return make_offset(-seconds if text[0] == "-" else seconds) if valid else None
        return ZoneInfo(text)
    except (ValueError, ZoneInfoNotFoundError, OSError, IndexError):
        return None


def _date(match: re.Match[str]) -> AnyDate | None:
    try:
        return make_date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return None


def _time(match: re.Match[str]) -> AnyTime | None:
    zone = None
    if match["zone"]:
        zone = parse_zone(match["zone"].removeprefix("@"))
        if zone is None:
            return None
    fraction = int((match["fraction"] or "").ljust(9, "0"))
    try:
        return make_time(int(match["hour"]), int(match["minute"]), int(match["second"]), fraction, zone)
    except ValueError:
        return None


def date_text(value: AnyDate | AnyDateTime) -> str:
    """``2024-05-01``; years have four digits at least."""
    sign = "-" if value.year < 0 else ""
    return f"{sign}{abs(value.year):04d}-{value.month:02d}-{value.day:02d}"


def time_text(value: AnyTime | AnyDateTime) -> str:
    """``10:30:00.5@Europe/Paris``; trailing zeros of the fraction are left out."""
    hour, minute, second, nanosecond = clock_fields(value)
    fraction = f".{nanosecond:09d}".rstrip("0") if nanosecond else ""
    return f"{hour:02d}:{minute:02d}:{second:02d}{fraction}{zone_text(value.tzinfo)}"


def zone_text(zone: tzinfo | None) -> str:
    """``Z``, ``+02:00``, ``@Europe/Paris`` or nothing."""
    if zone is None:
        return ""
    if isinstance(zone, ZoneInfo):
        return f"@{zone.key}"
    offset = zone.utcoffset(None)
    seconds = int(offset.total_seconds()) if offset is not None else 0
    if seconds == 0:
        return "Z"
    size = abs(seconds)
    rest = f":{size % 60:02d}" if size % 60 else ""
    return f"{'-' if seconds < 0 else '+'}{size // 3600:02d}:{size // 60 % 60:02d}{rest}"


def months_text(value: YearsMonths) -> str:
    """``P1Y6M``; no duration is ``P0M``."""
    years, months = divmod(abs(value.months), 12)
    if not value.months:
        return "P0M"
    return f"{'-' if value.months < 0 else ''}P{f'{years}Y' if years else ''}{f'{months}M' if months else ''}"


def duration_text(value: AnyDuration) -> str:
    """``P1DT2H3M4.5S``; no duration is ``PT0S``."""
    total = nanoseconds_of(value)
    if not total:
        return "PT0S"
    days, rest = divmod(abs(total), DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    seconds, fraction = divmod(rest, SECOND)
    clock = f"{hours}H" if hours else ""
    clock += f"{minutes}M" if minutes else ""
    if seconds or fraction:
        clock += f"{seconds}{f'.{fraction:09d}'.rstrip('0') if fraction else ''}S"
    return f"{'-' if total < 0 else ''}P{f'{days}D' if days else ''}{f'T{clock}' if clock else ''}"


def temporal_text(value: Any) -> str:
    """Any date, time, date and time or duration as text."""
    if isinstance(value, YearsMonths):
        return months_text(value)
    kind = type_name(value)
    if kind == "days and time duration":
        return duration_text(value)
    if kind == "time":
        return time_text(value)
    if type(value) in (date, WideDate):
        return date_text(value)
    return f"{date_text(value)}T{time_text(value)}"
