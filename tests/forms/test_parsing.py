"""A plain HTML POST back into data, and the whole way round: rendered, filled in as a browser would, parsed, validated."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

import forms

ID = "0192f0c1-2222-7abc-8def-0123456789ab"
LINES = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"sku": {"type": "string"}, "qty": {"type": "integer"}, "cut": {"type": "boolean"}},
    },
}


def test_dots_become_nesting_and_rows_keep_their_order(make):
    form = make({"lines": LINES, "at": {"type": "object", "properties": {"no": {"type": "integer"}}}})
    items = [("lines.10.sku", "C"), ("lines.2.sku", "B"), ("lines.0.sku", "A"), ("lines.0.cut", "true"), ("at.no", "5")]
    assert forms.parse_html(form, items) == {
        "lines": [
            {"sku": "A", "qty": None, "cut": True} | {"cut": "true"},
            {"sku": "B", "qty": None, "cut": False},
            {"sku": "C", "qty": None, "cut": False},
        ],
        "at": {"no": "5"},
    }


def test_blank_rows_are_left_out(make):
    form = make({"lines": LINES})
    items = [("lines.0.sku", " "), ("lines.0.qty", ""), ("lines.1.sku", "B")]
    assert [row["sku"] for row in forms.parse_html(form, items)["lines"]] == ["B"]


def test_what_is_not_ticked_is_no_and_nothing_ticked_is_an_empty_list(make, submit):
    choices = {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}
    form = make({"split": {"type": "boolean"}, "ok": {"type": "boolean"}, "rooms": choices}, required=["ok"])
    data = forms.parse_html(form, [("ok", "false")])
    assert data == {"split": False, "ok": "false", "rooms": []}
    assert submit(form, data).values == {"split": False, "ok": False, "rooms": []}


def test_an_emptied_field_does_not_get_its_default_back(make, submit):
    form = make({"days": {"type": "integer", "default": 15}})
    assert submit(form, forms.parse_html(form, [("days", "")])).values == {"days": None}


def test_the_pages_own_names_are_left_out_and_foreign_ones_refused(make, refused):
    form = make({"a": {"type": "string"}})
    data = forms.parse_html(
        form, [("_csrf", "x"), ("revision", "3"), ("a", "1"), ("is_admin", "1")], ignore={"revision"}
    )
    assert data == {"a": "1", "is_admin": "1"}
    assert set(refused(form, data)) == {"/is_admin"}
    assert forms.parse_html(form, [("f.a", "1"), ("csrf", "x")], name_prefix="f.") == {"a": "1"}


def test_files_sent_with_the_form_are_not_text(make):
    form = make({"f": {"type": "array", "items": {"type": "string", "format": "file"}}})
    assert forms.parse_html(form, [("f", ID), ("f", object()), ("f", "")]) == {"f": [ID]}


@pytest.mark.parametrize(
    "items",
    [
        [("lines", "x")],
        [("lines.a.sku", "x")],
        [("lines.-1.sku", "x")],
        [("lines.99999999999999999999.sku", "x")],
        [("lines.²." + "sku", "x")],
        [("a.b.c", "x")],
        [("." * 500, "x")],
        [("", "x")],
        [("lines.0", "x")],
        [("lines.0.sku.more", "x")],
        [("a", "x"), ("a.b", "y")],
    ],
)
def test_crooked_names_never_break_and_never_become_values(make, submit, items):
    form = make({"lines": LINES, "a": {"type": "string"}})
    try:
        values = submit(form, forms.parse_html(form, items)).values
    except forms.Rejected:
        return
    assert values["lines"] == []
    assert values["a"] in (None, "x")


def test_a_flood_of_pairs_is_read_to_a_limit(make):
    form = make({"lines": LINES})
    pairs = iter([(f"lines.{number}.sku", "x") for number in range(60_000)])
    data = forms.parse_html(form, pairs)
    assert len(data["lines"]) == 501  # one more than any table holds, so that it is refused
    assert len(list(pairs)) == 9_999


class Browser(HTMLParser):
    """What a browser without scripts would send: every successful control in document order (HTML 4.10.22.4)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.pairs: list[tuple[str, str]] = []
        self.select = self.area = ""
        self.inert = 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        found = {name: value or "" for name, value in attrs}
        self.inert += tag == "template"
        if self.inert:
            return
        if tag == "select":
            self.select = found["name"]
        elif tag == "option" and "selected" in found:
            self.pairs.append((self.select, found["value"]))
        elif tag == "textarea":
            self.area = found["name"]
            self.pairs.append((self.area, ""))
        elif tag == "input" and "name" in found:
            ticked = found["type"] not in ("checkbox", "radio") or "checked" in found
            if ticked and found["type"] != "file":
                self.pairs.append((found["name"], found.get("value", "on")))

    def handle_endtag(self, tag):
        self.inert -= tag == "template"
        self.area = "" if tag == "textarea" else self.area

    def handle_data(self, data):
        if self.area and not self.inert:
            name, before = self.pairs[-1]
            self.pairs[-1] = (name, (before + data).removeprefix("\n") if not before else before + data)


EVERYTHING = {
    "name": {"type": "string"},
    "note": {"type": "string", "x-widget": "textarea"},
    "net": {"type": "string", "format": "money"},
    "area": {"type": "number"},
    "days": {"type": "integer"},
    "slot": {"type": "string", "format": "date-time"},
    "day": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "mobile": {"type": "string", "format": "phone"},
    "few": {"type": "string", "enum": ["a", "b"]},
    "many": {"type": "string", "enum": list("abcdefg")},
    "level": {"type": "integer", "enum": [1, 2, 3]},
    "rate": {"type": "integer", "minimum": 1, "maximum": 5, "x-widget": "rating"},
    "several": {"type": "array", "items": {"type": "string", "enum": ["x", "y", "z"]}},
    "split": {"type": "boolean"},
    "ok": {"type": "boolean"},
    "who": {"type": "string", "format": "user"},
    "them": {"type": "array", "items": {"type": "string", "format": "user"}},
    "file": {"type": "string", "format": "file"},
    "photos": {"type": "array", "items": {"type": "string", "format": "photo"}},
    "gps": {"type": "object", "format": "geolocation"},
    "at": {"type": "object", "properties": {"street": {"type": "string"}, "no": {"type": "integer"}}},
    "lines": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "sku": {"type": "string"},
                "glass": {"type": "boolean"},
                "parts": {"type": "array", "items": {"type": "object", "properties": {"no": {"type": "integer"}}}},
            },
        },
    },
}
ANSWERS = {
    "name": '李娜 <b>"&amp;',
    "note": "\nfirst line kept? no\n  indented\nlast",
    "net": "67000.00",
    "area": "98.5",
    "days": 15,
    "slot": "2026-03-03T10:00:00+08:00",
    "day": "2026-03-31",
    "time": "14:30:00",
    "mobile": "13900003333",
    "few": "b",
    "many": "g",
    "level": 2,
    "rate": 4,
    "several": ["x", "z"],
    "split": True,
    "ok": False,
    "who": "lina",
    "them": ["lina", "zhaolei"],
    "file": ID,
    "photos": [ID, ID[:-1] + "0"],
    "gps": {"lat": "39.9042000", "lon": "116.4074000", "accuracy": "12.0"},
    "at": {"street": "长安街", "no": 1},
    "lines": [{"sku": "A", "glass": True, "parts": [{"no": 1}, {"no": 2}]}, {"sku": "B", "glass": False, "parts": []}],
}


@pytest.mark.parametrize("prefix", ["", "f."])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_shown_and_sent_back_untouched_is_what_was_there(make, submit, lang, prefix):
    form = make(EVERYTHING, required=["ok", "name"])
    people = [forms.UserChoice("lina", "李娜"), forms.UserChoice("zhaolei", "赵磊")]
    before = submit(form, ANSWERS).values
    shown = forms.prefill(form, before, draft=None)
    html = forms.render(form, shown, lang=lang, users=people, name_prefix=prefix, zone=before["slot"].tzinfo)
    after = submit(form, forms.parse_html(form, Browser(html).pairs, name_prefix=prefix)).values
    assert after == before
    assert before["note"] == "first line kept? no\n  indented\nlast"
    assert {name for name, value in before.items() if value in (None, [], {})} == set()


def test_a_refused_submission_is_shown_as_it_was_typed(make, refused):
    form = make(
        {
            "net": {"type": "string", "format": "money"},
            "slot": {"type": "string", "format": "date-time"},
            "lines": LINES,
        }
    )
    items = [("net", "12 apples"), ("slot", "next week"), ("lines.4.qty", "many")]
    data = forms.parse_html(form, items)
    errors = refused(form, data)
    html = forms.render(form, data, lang="en", errors=errors)
    assert {"12 apples", "next week", "many"} <= {value for _, value in Browser(html).pairs}
    assert html.count('aria-invalid="true"') == 3
    for message in errors.values():
        assert message.en in html
