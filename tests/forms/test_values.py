"""Each kind of question: what is understood, as which type, and what is refused with which words."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

ROOM = [{"const": "kitchen", "title": "Kitchen", "x-zh": "厨房"}, {"const": "bath", "title": "Bath", "x-zh": "卫浴"}]
ID = "0192f0c1-2222-7abc-8def-0123456789ab"
ID_2 = "0192f0c1-2222-7abc-8def-0123456789ac"
PHOTOS = {"type": "array", "items": {"type": "string", "format": "photo"}, "minItems": 2}

UNDERSTOOD = [
    ({"type": "string"}, "  李娜 ", "李娜"),
    ({"type": "string", "x-widget": "textarea"}, "a\r\n  b\r\n", "a\n  b"),
    ({"type": "integer"}, 3, 3),
    ({"type": "integer"}, "1,200", 1200),
    ({"type": "integer"}, 3.0, 3),
    ({"type": "integer"}, "３", 3),
    ({"type": "number"}, 0.1, Decimal("0.1")),
    ({"type": "number"}, 0.1 + 0.2, Decimal("0.3")),
    ({"type": "number"}, "98.5", Decimal("98.5")),
    ({"type": "number"}, Decimal("1.10"), Decimal("1.10")),
    ({"type": "string", "format": "money"}, "67000.00", Decimal("67000.00")),
    ({"type": "string", "format": "money"}, "¥72,000", Decimal("72000.00")),
    ({"type": "string", "format": "money"}, 67000, Decimal("67000.00")),
    ({"type": "string", "format": "money"}, 2.675, Decimal("2.68")),
    ({"type": "string", "format": "money"}, "-0.005", Decimal("-0.01")),
    ({"type": "number", "format": "money"}, "1.5", Decimal("1.50")),
    ({"type": "string", "format": "phone"}, "+86 139-0000-3333", "13900003333"),
    ({"type": "string", "format": "phone"}, "008613900003333", "13900003333"),
    ({"type": "string", "format": "phone"}, "139 0000 3333", "13900003333"),
    ({"type": "string", "format": "phone", "x-phone": "international"}, "0044 20 7946 0958", "+442079460958"),
    ({"type": "string", "format": "phone", "x-phone": "international"}, "13900003333", "+8613900003333"),
    ({"type": "string", "format": "email"}, "li.na@example.com", "li.na@example.com"),
    ({"type": "string", "format": "uri"}, "https://example.com/a?b=1", "https://example.com/a?b=1"),
    ({"type": "string", "format": "date"}, "2026-03-31", date(2026, 3, 31)),
    ({"type": "string", "format": "date"}, date(2026, 3, 31), date(2026, 3, 31)),
    ({"type": "string", "format": "time"}, "14:30", time(14, 30)),
    ({"type": "string", "oneOf": ROOM}, "bath", "bath"),
    ({"type": "string", "enum": ["A", "B"]}, "A", "A"),
    ({"type": "integer", "enum": [1, 2, 3]}, "2", 2),
    ({"type": "integer", "enum": [1, 2, 3]}, 2.0, 2),
    ({"type": "array", "items": {"type": "string", "oneOf": ROOM}}, ["bath", "bath", "kitchen"], ["bath", "kitchen"]),
    ({"type": "array", "items": {"type": "string", "oneOf": ROOM}}, "bath", ["bath"]),
    ({"type": "boolean"}, True, True),
    ({"type": "boolean"}, "on", True),
    ({"type": "boolean"}, "false", False),
    ({"type": "string", "format": "user"}, "lina", "lina"),
    ({"type": "array", "items": {"type": "string", "format": "user"}}, ["lina"], ["lina"]),
    ({"type": "string", "format": "group"}, "finance", "finance"),
    ({"type": "string", "format": "file"}, ID.upper(), ID),
    ({"type": "string", "format": "signature"}, ID, ID),
    (PHOTOS, [ID, ID_2], [ID, ID_2]),
    (
        {"type": "object", "format": "geolocation"},
        {"lat": 39.90421234567, "lon": "116.4074", "accuracy": 12.34},
        {"lat": Decimal("39.9042123"), "lon": Decimal("116.4074000"), "accuracy": Decimal("12.3")},
    ),
]


@pytest.mark.parametrize(("schema", "given", "expected"), UNDERSTOOD)
def test_an_answer_becomes_its_typed_value(make, submit, schema, given, expected):
    value = submit(make({"x": schema}), {"x": given}).values["x"]
    assert value == expected
    assert type(value) is type(expected)


REFUSED = [
    ({"type": "string"}, 5, "type"),
    ({"type": "string"}, "a\x00b", "characters"),
    ({"type": "string"}, "two\nlines", "characters"),
    ({"type": "string"}, "half \ud800", "characters"),
    ({"type": "string"}, "a" * 1001, "maxLength"),
    ({"type": "string", "minLength": 2}, "a", "minLength"),
    ({"type": "string", "maxLength": 2}, "abc", "maxLength"),
    ({"type": "string", "pattern": "^[A-Z0-9-]{4,30}$"}, "el-bj-01", "pattern"),
    ({"type": "string", "pattern": "^\\d+$"}, "１２", "pattern"),
    ({"type": "integer"}, 3.5, "type"),
    ({"type": "integer"}, True, "type"),
    ({"type": "integer"}, "1e3", "type"),
    ({"type": "integer"}, 10**400, "type"),
    ({"type": "integer", "minimum": 1, "maximum": 30}, 31, "maximum"),
    ({"type": "number"}, float("nan"), "type"),
    ({"type": "number"}, float("inf"), "type"),
    ({"type": "number"}, Decimal("1e999999999"), "type"),
    ({"type": "number"}, "1,5", "type"),
    ({"type": "number"}, [1], "type"),
    ({"type": "number", "exclusiveMinimum": 0}, 0, "exclusiveMinimum"),
    ({"type": "number", "multipleOf": 0.1}, 0.25, "multipleOf"),
    ({"type": "string", "format": "money", "minimum": 0}, "-1", "minimum"),
    ({"type": "string", "format": "money", "exclusiveMinimum": 0}, "0.001", "exclusiveMinimum"),
    ({"type": "string", "format": "money"}, "12 apples", "type"),
    ({"type": "string", "format": "phone"}, "12345678901", "phone"),
    ({"type": "string", "format": "phone"}, "010-12345678", "phone"),
    ({"type": "string", "format": "email"}, "li na@example.com", "email"),
    ({"type": "string", "format": "uri"}, "javascript:alert(1)", "uri"),
    ({"type": "string", "format": "date"}, "2026-02-30", "type"),
    ({"type": "string", "format": "date"}, "20260302", "type"),
    ({"type": "string", "format": "date"}, "0001-01-01", "type"),
    ({"type": "string", "format": "date-time"}, "tomorrow", "type"),
    ({"type": "string", "format": "date-time"}, 1772409600, "type"),
    ({"type": "string", "format": "time"}, "24:01", "type"),
    ({"type": "string", "oneOf": ROOM}, "cellar", "type"),
    ({"type": "string", "oneOf": ROOM}, ["bath"], "type"),
    ({"type": "integer", "enum": [0, 1]}, True, "type"),
    ({"type": "array", "items": {"type": "string", "oneOf": ROOM}}, ["cellar"], "type"),
    ({"type": "array", "items": {"type": "string", "oneOf": ROOM}, "minItems": 2}, ["bath"], "minItems"),
    ({"type": "boolean"}, "maybe", "type"),
    ({"type": "boolean"}, 1, "type"),
    ({"type": "boolean", "const": True}, False, "const"),
    ({"type": "string", "format": "user"}, "li na", "type"),
    ({"type": "string", "format": "file"}, "../../etc/passwd", "type"),
    ({"type": "string", "format": "file"}, "{0192f0c1-2222-7abc-8def-0123456789ab}", "type"),
    (PHOTOS, [ID], "minItems"),
    (PHOTOS, [ID, ID], "minItems"),
    (PHOTOS, [ID[:-2] + f"{n:02}" for n in range(51)], "maxItems"),
    ({"type": "object", "format": "geolocation"}, {"lat": 91, "lon": 0}, "type"),
    ({"type": "object", "format": "geolocation"}, {"lat": 1}, "type"),
    ({"type": "object", "format": "geolocation"}, {"lat": 1, "lon": 2, "x": 3}, "type"),
    ({"type": "object", "format": "geolocation"}, {"lat": float("nan"), "lon": 2}, "type"),
    ({"type": "object", "format": "geolocation"}, "here", "type"),
]


@pytest.mark.parametrize(("schema", "given", "code"), REFUSED)
def test_a_wrong_answer_is_refused_at_its_field_in_both_languages(make, refused, schema, given, code):
    errors = refused(make({"x": schema}), {"x": given})
    assert list(errors) == ["/x"]
    assert errors["/x"].code == code
    assert errors["/x"].en.endswith(".")
    assert min(char for char in errors["/x"].zh if char > "一") >= "一"


def test_a_date_time_without_offset_is_local_time_and_one_with_offset_keeps_its_moment(make, submit):
    form = make({"slot": {"type": "string", "format": "date-time"}})
    local = submit(form, {"slot": "2026-03-03T10:00"}).values["slot"]
    assert local.astimezone(UTC) == datetime(2026, 3, 3, 2, tzinfo=UTC)
    assert submit(form, {"slot": "2026-03-03T02:00:00Z"}).values["slot"] == local
    assert local.utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize(
    ("schema", "allowed", "not_allowed"),
    [
        ({"format": "date-time", "formatExclusiveMinimum": "now"}, "2026-03-02T09:01", "2026-03-02T09:00"),
        ({"format": "date-time", "formatMaximum": "now"}, "2026-03-02T09:00", "2026-03-02T09:01"),
        ({"format": "date-time", "formatMaximum": "now+P7D"}, "2026-03-09T09:00", "2026-03-09T09:01"),
        ({"format": "date", "formatMinimum": "today+P30D"}, "2026-04-01", "2026-03-31"),
        ({"format": "date", "formatExclusiveMaximum": "today"}, "2026-03-01", "2026-03-02"),
        ({"format": "date", "formatMinimum": "today-P1M"}, "2026-02-02", "2026-02-01"),
        ({"format": "date", "formatMaximum": "2026-12-31"}, "2026-12-31", "2027-01-01"),
        ({"format": "time", "formatMinimum": "09:00"}, "09:00", "08:59"),
    ],
)
def test_dates_keep_to_bounds_that_move_with_the_clock(make, submit, refused, schema, allowed, not_allowed):
    form = make({"at": {"type": "string", **schema}})
    assert submit(form, {"at": allowed}).values["at"] is not None
    assert refused(form, {"at": not_allowed})["/at"].code.startswith("format")


def test_only_known_people_and_groups_can_be_chosen(make, submit, refused):
    form = make({"who": {"type": "string", "format": "user"}, "team": {"type": "string", "format": "group"}})
    known = {"users": {"lina"}, "groups": ["finance"]}
    assert submit(form, {"who": "lina", "team": "finance"}, **known).values == {"who": "lina", "team": "finance"}
    assert set(refused(form, {"who": "mallory", "team": "root"}, **known)) == {"/who", "/team"}


@pytest.mark.parametrize("empty", ["", "   ", None])
@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": "integer", "minimum": 5},
        {"type": "string", "format": "date"},
        {"type": "string", "oneOf": ROOM},
    ],
)
def test_an_optional_field_left_empty_becomes_null(make, submit, schema, empty):
    assert submit(make({"x": schema}), {"x": empty}).values == {"x": None}


def test_attachments_are_listed_for_the_caller_to_check(make, submit):
    form = make({"photos": PHOTOS, "sig": {"type": "string", "format": "signature"}, "n": {"type": "string"}})
    assert submit(form, {"photos": [ID, ID_2], "sig": ID, "n": ID}).attachments == (ID, ID_2, ID)
