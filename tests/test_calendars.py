"""Business time: opening hours, working days, holidays, clock changes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.calendars import BusinessDuration, Calendar, defaults, load, parse_due
from engine.errors import InvalidInput

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
CALENDARS = defaults()
STORE, OFFICE = CALENDARS["store"], CALENDARS["office"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def calendar(**changes: object) -> Calendar:
    week = {day: ["09:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    return load({"key": "works", "zone": "Europe/Berlin", "weekly": week, **changes})


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-03-02T09:00", 2, "2026-03-02T11:00"),
        ("2026-03-02T20:11", 2, "2026-03-03T10:11"),  # 49 minutes tonight, the rest tomorrow
        ("2026-03-02T20:40", 2, "2026-03-03T10:40"),  # the golden path's call
        ("2026-03-02T22:30", 2, "2026-03-03T11:00"),
        ("2026-03-02T06:00", 2, "2026-03-02T11:00"),
        ("2026-03-02T19:00", 2, "2026-03-02T21:00"),  # exactly at closing, not next morning
        ("2026-03-02T09:00", 12, "2026-03-02T21:00"),
        ("2026-03-02T09:00", 25, "2026-03-04T10:00"),
        ("2026-03-02T23:00", 0, "2026-03-02T23:00"),
        ("2026-10-01T10:00", 2, "2026-10-01T12:00"),  # the store is open on National Day
    ],
)
def test_store_hours(start: str, hours: int, due: str) -> None:
    assert STORE.add(at(start), timedelta(hours=hours)) == at(due)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-09-30T17:00", 4, "2026-10-08T12:00"),  # over the National Day holiday
        ("2026-10-09T17:00", 4, "2026-10-10T12:00"),  # into a working Saturday
        ("2026-02-13T15:00", 4, "2026-02-14T10:00"),
        ("2026-02-14T17:00", 4, "2026-02-24T12:00"),  # over the Spring Festival
        ("2025-01-27T14:00", 4, "2025-01-27T18:00"),
    ],
)
def test_office_hours_skip_holidays_and_count_working_weekends(start: str, hours: int, due: str) -> None:
    assert OFFICE.add(at(start), timedelta(hours=hours)) == at(due)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-03-02T09:00", 1, "2026-03-03T18:00"),
        ("2026-03-02T23:59", 1, "2026-03-03T18:00"),
        ("2026-03-06T10:00", 3, "2026-03-11T18:00"),
        ("2026-03-07T10:00", 1, "2026-03-09T18:00"),
        ("2026-09-30T10:00", 1, "2026-10-08T18:00"),
        ("2026-10-08T10:00", 2, "2026-10-10T18:00"),  # Saturday, worked
        ("2026-03-02T10:00", 0, "2026-03-02T18:00"),
        ("2026-03-07T10:00", 0, "2026-03-09T18:00"),
        ("2026-03-09T10:00", -1, "2026-03-06T18:00"),
        ("2025-01-27T10:00", 1, "2025-02-05T18:00"),
    ],
)
def test_the_nth_office_day_ends_at_closing(start: str, days: int, due: str) -> None:
    assert OFFICE.add_days(at(start), days) == at(due)


def test_backwards_is_the_inverse_inside_opening_hours() -> None:
    due = at("2026-10-08T11:30")

    start = OFFICE.add(due, timedelta(hours=-4))

    assert start == at("2026-09-30T16:30")
    assert OFFICE.add(start, timedelta(hours=4)) == due


def test_the_zone_of_the_start_does_not_matter_and_the_result_has_the_calendars() -> None:
    due = STORE.add(at("2026-03-02T20:40").astimezone(UTC), timedelta(hours=2))

    assert due == at("2026-03-03T10:40")
    assert due.tzinfo == SHANGHAI


def test_hours_are_elapsed_hours_when_the_clocks_change() -> None:
    night = calendar(weekly={day: ["00:00-24:00"] for day in ("sat", "sun")})
    spring = datetime(2026, 3, 29, 1, 0, tzinfo=BERLIN)
    autumn = datetime(2026, 10, 25, 1, 0, tzinfo=BERLIN)

    assert night.add(spring, timedelta(hours=2)) == datetime(2026, 3, 29, 4, 0, tzinfo=BERLIN)
    assert night.add(autumn, timedelta(hours=2)).astimezone(UTC) == autumn.astimezone(UTC) + timedelta(hours=2)
    assert night.add(datetime(2026, 3, 28, tzinfo=BERLIN), timedelta(hours=47)) == datetime(2026, 3, 30, tzinfo=BERLIN)


def test_a_break_at_noon() -> None:
    lunch = calendar(weekly={"mon": ["09:00-12:00", "13:00-18:00"], "tue": ["09:00-12:00"]})

    assert lunch.add(datetime(2026, 3, 2, 11, tzinfo=BERLIN), timedelta(hours=2)) == datetime(
        2026, 3, 2, 14, tzinfo=BERLIN
    )
    assert lunch.add_days(datetime(2026, 3, 2, 11, tzinfo=BERLIN), 1) == datetime(2026, 3, 3, 12, tzinfo=BERLIN)


def test_a_working_day_with_hours_of_its_own() -> None:
    works = calendar(
        holidays=[{"date": "2026-12-24/2026-12-26", "name": "Christmas"}, "2026-12-28"],
        working=[{"date": "2026-12-24", "hours": ["09:00-12:00"]}, "2026-12-27"],
    )

    assert works.add(datetime(2026, 12, 24, 11, tzinfo=BERLIN), timedelta(hours=2)) == datetime(
        2026, 12, 27, 10, tzinfo=BERLIN
    )
    assert works.opening(date(2026, 12, 28)) == ()


def test_what_is_known_of_the_holidays() -> None:
    assert OFFICE.knows(date(2026, 5, 1))
    assert not OFFICE.knows(date(2027, 5, 1))
    assert OFFICE.opening(date(2027, 10, 1)) == ()
    assert STORE.knows(date(2050, 1, 1))


@pytest.mark.parametrize(
    ("year", "working_days"), [(2025, 248), (2026, 248)]
)  # 365 days − weekends − holidays on weekdays + working weekends
def test_the_statutory_years_have_their_number_of_working_days(year: int, working_days: int) -> None:
    days = (date(year, 1, 1) + timedelta(days=offset) for offset in range(365))

    assert sum(bool(OFFICE.opening(day)) for day in days) == working_days


def test_a_calculation_that_finds_nothing_ends_with_a_sentence() -> None:
    once = calendar(weekly={}, working=[{"date": "2026-03-02", "hours": ["09:00-10:00"]}])

    with pytest.raises(InvalidInput, match='"works" has not enough open time'):
        once.add(datetime(2026, 3, 1, tzinfo=BERLIN), timedelta(hours=2))
    with pytest.raises(InvalidInput, match="not enough"):
        once.add_days(datetime(2026, 3, 3, tzinfo=BERLIN), 1)
    with pytest.raises(InvalidInput, match="not enough"):
        STORE.add(datetime(9999, 12, 30, tzinfo=UTC), timedelta(days=400))
    with pytest.raises(InvalidInput, match="time zone"):
        STORE.add(at("2026-03-02T10:00").replace(tzinfo=None), timedelta(hours=1))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("PT2H@store", BusinessDuration("store", duration=timedelta(hours=2))),
        (" PT90M@office ", BusinessDuration("office", duration=timedelta(minutes=90))),
        ("P1D@office", BusinessDuration("office", days=1)),
        ("P0D@office", BusinessDuration("office", days=0)),
        ("PT48H", None),
        ("2026-03-02T09:00:00Z", None),
    ],
)
def test_due_texts(text: str, meaning: BusinessDuration | None) -> None:
    assert parse_due(text) == meaning


@pytest.mark.parametrize(
    "text", ["2h@store", "P@store", "PT@store", "P1DT2H@store", "P1W@store", "PT2H@", "PT2H@a b", "-PT2H@store"]
)
def test_a_due_text_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="not business time"):
        parse_due(text)


def test_a_due_text_means_a_moment() -> None:
    due = parse_due("PT2H@store")

    assert due is not None
    assert due.after(at("2026-03-02T20:00"), CALENDARS) == at("2026-03-03T10:00")
    with pytest.raises(InvalidInput, match='no calendar "shop"; known: office, store'):
        BusinessDuration("shop", days=1).after(at("2026-03-02T20:00"), CALENDARS)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"key": "a b"}, '"key"'),
        ({"zone": "Asia/Peking"}, '"zone" must be a time zone'),
        ({"zone": "../../etc/passwd"}, '"zone"'),
        ({"zone": None}, '"zone"'),
        ({"weekly": {"monday": []}}, '"weekly" must give hours'),
        ({"weekly": {"mon": "09:00-18:00"}}, '"weekly.mon" must be a list'),
        ({"weekly": {"mon": ["9-18"]}}, '"weekly.mon" has "9-18"'),
        ({"weekly": {"mon": ["18:00-09:00"]}}, "close after it opens"),
        ({"weekly": {"mon": ["09:00-24:30"]}}, "close after it opens"),
        ({"weekly": {"mon": ["09:00-12:00", "11:00-18:00"]}}, "overlap"),
        ({"weekly": {}}, "closed for ever"),
        ({"holidays": "2026-01-01"}, '"holidays" must be a list'),
        ({"holidays": ["2026-13-01"]}, r'"holidays\[0\]" has "2026-13-01"'),
        ({"holidays": ["2026-01-02/2026-01-01"]}, "end after it begins"),
        ({"working": [{"hours": []}]}, r'"working\[0\]" has "None"'),
        ({"years": ["2026"]}, '"years"'),
        ({"hours": []}, '"hours" is not a field'),
    ],
)
def test_data_that_is_wrong_is_refused_with_its_place(change: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        calendar(**change)

    assert caught.value.zh.startswith("日历:")
