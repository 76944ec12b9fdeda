from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from api.formats import Formats

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
ENGLISH = Formats("en", ZoneInfo("Asia/Shanghai"), NOW)
CHINESE = Formats("zh", ZoneInfo("Asia/Shanghai"), NOW)


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (datetime(2026, 3, 5, 16, 30, tzinfo=UTC), "6 Mar 00:30", "3月6日 00:30"),
        ("2026-03-05T16:30:00+00:00", "6 Mar 00:30", "3月6日 00:30"),
        (datetime(2025, 12, 31, 15, 0), "31 Dec 2025 23:00", "2025年12月31日 23:00"),  # noqa: DTZ001
        (None, "", ""),
    ],
)
def test_a_moment_is_read_in_the_readers_zone(value: datetime | str | None, english: str, chinese: str):
    assert ENGLISH.moment(value) == english
    assert CHINESE.moment(value) == chinese


def test_days():
    assert ENGLISH.day(date(2026, 3, 9)) == "9 Mar"
    assert ENGLISH.day("2027-01-01") == "1 Jan 2027"
    assert CHINESE.day("2027-01-01") == "2027年1月1日"
    assert CHINESE.day(None) == ""


def test_distances_from_now():
    assert ENGLISH.relative(NOW + timedelta(hours=2)) == "in 2 hours"
    assert CHINESE.relative(NOW - timedelta(days=3)) == "3天前"
    assert ENGLISH.relative(NOW - timedelta(minutes=119)) == "1 hour ago"
    assert ENGLISH.relative(NOW + timedelta(days=40)) == "in 1 month"
    assert (ENGLISH.relative(NOW), CHINESE.relative(NOW)) == ("now", "现在")


def test_lengths_of_time_in_two_units():
    assert ENGLISH.duration(timedelta(minutes=90)) == "1 hour 30 minutes"
    assert CHINESE.duration(timedelta(minutes=90)) == "1小时30分钟"
    assert CHINESE.duration(7200) == "2小时"
    assert ENGLISH.duration(timedelta(days=2, seconds=5)) == "2 days 5 seconds"
    assert ENGLISH.duration(0.4) == "0 seconds"
    assert ENGLISH.duration(None) == ""


def test_a_time_element_carries_the_exact_time():
    tag = ENGLISH.time_tag(NOW + timedelta(hours=2))
    assert 'datetime="2026-03-02T11:00:00+08:00"' in tag
    assert "2026-03-02 11:00:00" in tag
    assert tag.endswith(">in 2 hours</time>")
    assert ENGLISH.time_tag(None) == ""


def test_amounts_keep_their_decimals():
    assert ENGLISH.money("67000") == "67,000.00"
    assert CHINESE.money(Decimal("0.005")) == "0.01"
    assert ENGLISH.money("12345678901234567890.12") == "12,345,678,901,234,567,890.12"
    assert ENGLISH.money(None) == ""
    assert ENGLISH.money("<b>") == "<b>"
    assert ENGLISH.number(1240) == "1,240"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1400, "1.4 kB"), (10_000_000, "10.0 MB"), (250_000_000, "250 MB")]
)
def test_sizes(count: int, text: str):
    assert ENGLISH.size(count) == text
