"""Dates, times and durations of any size (DMN 1.5, 10.3.2.3.4 to 10.3.2.3.8).

All arithmetic is done on whole nanoseconds, then the result becomes the narrowest type that holds it: datetime's own where
it can, a wide type where it cannot. Days are counted from 1970-01-01 in the proleptic Gregorian calendar with a year 0.
"""

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from engine.feel.values import WideDate, WideDateTime, WideDuration, WideTime, YearsMonths

SECOND: Final = 1_000_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
MOST_YEARS: Final = 999_999_999
_MOST_NANOSECONDS: Final = 10**18 * DAY
_MOST_MONTHS: Final = 12 * 10**12
_CYCLE_YEARS: Final = 400
_CYCLE_DAYS: Final = 146_097
_FIRST_DAY: Final = -719_162  # 0001-01-01
_LAST_DAY: Final = 2_932_896  # 9999-12-31
_MOST_MICROSECONDS: Final = timedelta.max // timedelta(microseconds=1)
_LEAST_MICROSECONDS: Final = timedelta.min // timedelta(microseconds=1)
_MONTH_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

AnyDate = date | WideDate
AnyTime = time | WideTime
AnyDateTime = datetime | WideDateTime
AnyDuration = timedelta | WideDuration


def is_leap(year: int) -> bool:
    """Whether a year has a 29th of February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year: int, month: int) -> int:
    """28 to 31."""
    return 29 if month == 2 and is_leap(year) else _MONTH_DAYS[month - 1]


def day_number(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01."""
    cycles, year_of_cycle = divmod(year, _CYCLE_YEARS)
    if year_of_cycle == 0:
        cycles, year_of_cycle = cycles - 1, _CYCLE_YEARS
    return cycles * _CYCLE_DAYS + date(year_of_cycle, month, day).toordinal() + _FIRST_DAY - 1


def civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of a day number."""
    cycles, rest = divmod(days - _FIRST_DAY, _CYCLE_DAYS)
    near = date.fromordinal(rest + 1)
    return near.year + cycles * _CYCLE_YEARS, near.month, near.day


# -- making ------------------------------------------------------------------------------------------------------------


def make_date(year: int, month: int, day: int) -> AnyDate:
    """A date; ValueError where there is no such day."""
    if 1 <= year <= 9999:
        return date(year, month, day)
    if abs(year) > MOST_YEARS or not (1 <= month <= 12 and 1 <= day <= days_in_month(year, month)):
        raise ValueError("no such date")
    return WideDate(year, month, day)


def make_time(hour: int, minute: int, second: int, nanosecond: int = 0, zone: tzinfo | None = None) -> AnyTime:
    """A time of day; ValueError where there is none such."""
    near = time(hour, minute, second, nanosecond // 1000, zone)
    return near if nanosecond % 1000 == 0 else WideTime(hour, minute, second, nanosecond, zone)


def make_date_time(day: AnyDate, clock: AnyTime) -> AnyDateTime:
    """A date and a time of day together."""
    if isinstance(day, date) and isinstance(clock, time):
        return datetime.combine(day, clock)
    hour, minute, second, nanosecond = clock_fields(clock)
    return WideDateTime(day.year, day.month, day.day, hour, minute, second, nanosecond, clock.tzinfo)


def make_duration(nanoseconds: int) -> AnyDuration:
    """A days and time duration; ValueError where it is longer than that of 10**18 days."""
    if abs(nanoseconds) > _MOST_NANOSECONDS:
        raise ValueError("no such duration")
    microseconds, rest = divmod(nanoseconds, 1000)
    if rest or not _LEAST_MICROSECONDS <= microseconds <= _MOST_MICROSECONDS:
        return WideDuration(nanoseconds)
    return timedelta(microseconds=microseconds)


def make_months(months: int) -> YearsMonths:
    """A years and months duration; ValueError where it is longer than 10**12 years."""
    if abs(months) > _MOST_MONTHS:
        raise ValueError("no such duration")
    return YearsMonths(months)


def make_offset(seconds: int) -> tzinfo:
    """A fixed distance from UTC, at most 18 hours; ValueError beyond."""
    if abs(seconds) > 18 * 3600:
        raise ValueError("no such offset")
    return UTC if seconds == 0 else timezone(timedelta(seconds=seconds))


# -- reading -----------------------------------------------------------------------------------------------------------


def clock_fields(value: Any) -> tuple[int, int, int, int]:
    """Hour, minute, second and nanosecond of a time or of a date and time."""
    nanosecond = value.nanosecond if isinstance(value, WideTime | WideDateTime) else value.microsecond * 1000
    return value.hour, value.minute, value.second, nanosecond


def date_of(value: Any) -> AnyDate:
    """The date in a date or in a date and time."""
    return value if type(value) in (date, WideDate) else make_date(value.year, value.month, value.day)


def time_of(value: AnyDateTime) -> AnyTime:
    """The time of day, with its zone, in a date and time."""
    return make_time(*clock_fields(value), value.tzinfo)


def at_midnight(value: Any) -> AnyDateTime:
    """A date as a date and time: midnight UTC (10.3.2.9.4); a date and time as it is."""
    return make_date_time(value, time(0, tzinfo=UTC)) if type(value) in (date, WideDate) else value


def nanoseconds_of(duration: AnyDuration) -> int:
    """A days and time duration in nanoseconds."""
    if isinstance(duration, WideDuration):
        return duration.nanoseconds
    return ((duration.days * 86400 + duration.seconds) * 1_000_000 + duration.microseconds) * 1000


def clock_nanoseconds(value: Any) -> int:
    """Nanoseconds since midnight, as the wall clock shows."""
    hour, minute, second, nanosecond = clock_fields(value)
    return ((hour * 60 + minute) * 60 + second) * SECOND + nanosecond


def local_nanoseconds(value: AnyDateTime) -> int:
    """Nanoseconds since 1970-01-01T00:00:00 as the wall clock shows."""
    return day_number(value.year, value.month, value.day) * DAY + clock_nanoseconds(value)


def instant(value: AnyDateTime) -> int:
    """Nanoseconds since 1970 in UTC; local time where there is no zone."""
    local = local_nanoseconds(value)
    return local if value.tzinfo is None else local - offset_at_local(local, value.tzinfo) * SECOND


def offset_of(value: Any) -> int | None:
    """Seconds east of UTC, None for local values. A time of day in a named zone has the zone's standard offset."""
    zone = value.tzinfo
    if zone is None:
        return None
    if isinstance(value, time | WideTime):
        winter = datetime(2000, 1, 1, tzinfo=zone)
        return _seconds(winter.utcoffset()) - _seconds(winter.dst())
    return offset_at_local(local_nanoseconds(value), zone)


def zone_id(value: Any) -> str | None:
    """The name of the zone, e.g. "Europe/Paris"; None for an offset and for local values."""
    return value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None


# -- zones -------------------------------------------------------------------------------------------------------------


def _seconds(offset: timedelta | None) -> int:
    return 0 if offset is None else int(offset.total_seconds())


def _near(nanoseconds: int) -> datetime:
    """A moment that datetime can hold, whole cycles of 400 years away, at which the zones' latest rules hold."""
    seconds = nanoseconds // SECOND
    days, rest = divmod(seconds, 86400)
    if not _FIRST_DAY + 400 <= days <= _LAST_DAY - 400:
        days = days % _CYCLE_DAYS + _CYCLE_DAYS
    return datetime(1970, 1, 1) + timedelta(days=days, seconds=rest)  # noqa: DTZ001 - given its zone by the callers


def offset_at_local(nanoseconds: int, zone: tzinfo) -> int:
    """Seconds east of UTC when the wall clock in a zone shows this."""
    return _seconds(_near(nanoseconds).replace(tzinfo=zone).utcoffset())


def offset_at_instant(nanoseconds: int, zone: tzinfo) -> int:
    """Seconds east of UTC at a moment in a zone."""
    return _seconds(_near(nanoseconds).replace(tzinfo=UTC).astimezone(zone).utcoffset())


def from_local(nanoseconds: int, zone: tzinfo | None) -> AnyDateTime:
    """The date and time at which the wall clock shows this."""
    days, rest = divmod(nanoseconds, DAY)
    return make_date_time(make_date(*civil(days)), clock_at(rest, zone))


def from_instant(nanoseconds: int, zone: tzinfo | None) -> AnyDateTime:
    """The date and time of a moment, told in a zone."""
    return from_local(
        nanoseconds if zone is None else nanoseconds + offset_at_instant(nanoseconds, zone) * SECOND, zone
    )


def clock_at(nanoseconds: int, zone: tzinfo | None) -> AnyTime:
    """The time of day so long after midnight."""
    seconds, fraction = divmod(nanoseconds % DAY, SECOND)
    return make_time(seconds // 3600, seconds // 60 % 60, seconds % 60, fraction, zone)


# -- arithmetic --------------------------------------------------------------------------------------------------------


def plus_months(value: Any, months: int) -> Any:
    """A date, or a date and time, so many months later; a day that the month lacks becomes its last."""
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    month += 1
    if abs(year) > MOST_YEARS:
        raise ValueError("no such date")
    day = make_date(year, month, min(value.day, days_in_month(year, month)))
    return day if type(value) in (date, WideDate) else make_date_time(day, time_of(value))


def plus_duration(value: Any, nanoseconds: int) -> Any:
    """A date, time or date and time so much later; a date counts from its midnight, a time goes around the clock."""
    if type(value) in (date, WideDate):
        days = day_number(value.year, value.month, value.day) + nanoseconds // DAY
        return make_date(*civil(days))
    if isinstance(value, time | WideTime):
        return clock_at(clock_nanoseconds(value) + nanoseconds, value.tzinfo)
    return from_instant(instant(value) + nanoseconds, value.tzinfo)


def months_between(start: Any, end: Any) -> YearsMonths:
    """Whole months from one day to another, negative where the second is earlier; times of day do not count."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        months -= 1
    elif months < 0 and end.day > start.day:
        months += 1
    return YearsMonths(months)
