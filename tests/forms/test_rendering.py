"""The HTML itself: labelled, described, in one language, and never more than text where text was meant."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

import forms
from forms.labels import LABELS
from forms.words import SENTENCES
from tests.forms.test_parsing import ANSWERS, EVERYTHING

ID = "0192f0c1-2222-7abc-8def-0123456789ab"
PEOPLE = [forms.UserChoice("lina", "李娜"), forms.UserChoice("zhaolei", "赵磊")]
VOID = {"input", "img", "br", "meta", "link"}


class Tree(HTMLParser):
    """Start tags with their attributes; fails on tags that are not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert len(attrs) == len(dict(attrs)), (tag, attrs)
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def having(self, name: str) -> list[dict[str, str]]:
        return [attrs for _, attrs in self.tags if name in attrs]


@pytest.fixture
def everything(make):
    titled = {
        name: {
            "title": f"T-{name}",
            "description": f"Help {name}",
            "x-zh": {"title": f"中{name}", "description": f"帮{name}"},
        }
        | schema
        for name, schema in EVERYTHING.items()
    }
    return make(
        {**titled, "sig": {"type": "string", "format": "signature", "title": "Sig", "x-zh": "签"}}, required=["name"]
    )


@pytest.mark.parametrize("readonly", [False, True])
def test_the_markup_is_well_formed_and_ids_are_unique(everything, readonly):
    tree = Tree(forms.render(everything, ANSWERS, lang="en", users=PEOPLE, readonly=readonly))
    assert [name for name, count in Counter(attrs["id"] for attrs in tree.having("id")).items() if count > 1] == []


def test_every_control_has_a_label_and_every_reference_a_target(everything):
    tree = Tree(forms.render(everything, ANSWERS, lang="en", users=PEOPLE, errors={"/name": "No."}))
    ids = {attrs["id"] for attrs in tree.having("id")}
    labelled = {attrs["for"] for attrs in tree.having("for")}
    for tag, attrs in tree.tags:
        if tag in ("select", "textarea") or (tag == "input" and attrs["type"] != "hidden"):
            by_legend = attrs["type"] == "file" if tag == "input" else False
            assert attrs.get("id") in labelled or "aria-label" in attrs or by_legend, attrs
        for reference in attrs.get("aria-describedby", "").split():
            assert reference in ids
    assert labelled <= ids


def test_nothing_in_the_markup_needs_more_than_the_policy_allows(everything):
    tree = Tree(
        forms.render(everything, ANSWERS, lang="en", users=PEOPLE, upload_url="/u", calc_url="/c", draft_url="/d")
    )
    assert {tag for tag, _ in tree.tags} & {"script", "style", "form", "iframe"} == set()
    assert [name for _, attrs in tree.tags for name in attrs if name == "style" or name.startswith("on")] == []


def test_each_language_shows_its_own_words(everything):
    english, chinese = (forms.render(everything, ANSWERS, lang=lang, users=PEOPLE) for lang in ("en", "zh"))
    assert "T-name" in english
    assert "Help net" in english
    assert "中name" not in english
    assert "中name" in chinese
    assert "帮net" in chinese
    assert "T-name" not in chinese
    assert "添加一行" in chinese


def test_all_sentences_and_labels_are_in_both_languages():
    for en, zh in [*SENTENCES.values(), *LABELS.values()]:
        assert bool(en) <= bool(zh)
        assert zh == en or re.search("[一-鿿]", zh), en
        assert not re.search("[一-鿿]", en)


def test_required_is_told_to_those_who_cannot_see_the_star(make):
    html = forms.render(make({"a": {"type": "string", "title": "A"}}, required=["a"]), {}, lang="zh")
    assert 'aria-required="true"' in html
    assert "(必填)" in html


def test_an_error_stands_at_its_field_and_in_the_list_above(make):
    row = {"type": "object", "properties": {"qty": {"type": "integer", "title": "Quantity", "x-zh": "数量"}}}
    form = make({"lines": {"type": "array", "title": "Lines", "x-zh": "明细", "items": row}})
    errors = {
        "/lines/1/qty": forms.Message("minimum", "Must be 1 or more.", "不能小于 1。"),
        "": "Whole.",
        "/gone": "Gone.",
    }
    html = forms.render(form, {"lines": [{"qty": 1}, {"qty": 0}]}, lang="zh", errors=errors)
    assert '<a href="#f-lines-1-qty">明细 · 第 2 行 · 数量</a>: 不能小于 1。' in html
    assert "Whole." in html
    assert "Gone." in html
    assert html.count("不能小于 1。") == 2


def test_read_only_pages_hold_no_controls(everything):
    tree = Tree(forms.render(everything, ANSWERS, lang="en", users=PEOPLE, readonly=True))
    assert {tag for tag, _ in tree.tags} & {"input", "select", "textarea", "button", "template"} == set()


def test_read_only_pages_read_like_text(make):
    form = make(
        {
            "net": {"type": "string", "format": "money"},
            "slot": {"type": "string", "format": "date-time"},
            "who": {"type": "string", "format": "user"},
            "room": {"type": "string", "oneOf": [{"const": "k", "title": "Kitchen", "x-zh": "厨房"}]},
            "ok": {"type": "boolean"},
            "why": {"type": "string", "title": "WHY", "x-when": {"ok": {"const": False}}},
        }
    )
    data = {"net": "67000.5", "slot": "2026-03-03T02:00:00Z", "who": "lina", "room": "k", "ok": True}
    html = forms.render(form, data, lang="zh", readonly=True, users=PEOPLE, zone=ZoneInfo("Asia/Shanghai"))
    for text in ("67,000.50", "2026-03-03 10:00", "李娜", "厨房", "是"):
        assert text in html
    assert "WHY" not in html


def test_attachments_are_named_and_linked(make):
    form = make({"f": {"type": "string", "format": "file"}})
    view = forms.FileView(ID, "plan <1>.png", "image/png", f"/attachments/{ID}")
    html = forms.render(form, {"f": ID}, lang="en", files={ID: view})
    assert f'<a class="upload-name" href="/attachments/{ID}">plan &lt;1&gt;.png</a>' in html
    assert '<img class="upload-thumb"' in html
    assert f'<input type="hidden" name="f" value="{ID}">' in html


def test_a_person_who_left_is_still_shown_as_chosen(make):
    form = make({"who": {"type": "string", "format": "user"}})
    assert '<option value="gone" selected>gone</option>' in forms.render(form, {"who": "gone"}, lang="en", users=PEOPLE)


def test_hostile_text_is_text_everywhere(make):
    evil = "'\"><script>alert(1)</script>{{ 7*7 }}"
    words = dict.fromkeys(("title", "description", "x-placeholder", "x-unit", "x-section"), evil)
    field = {**words, "x-zh": {"title": evil, "description": evil}}
    form = make(
        {
            "a": {"type": "string", **field},
            "b": {"type": "string", "oneOf": [{"const": evil, "title": evil}], **field},
            "c": {"type": "string", "x-when": {"a": {"const": evil}}, **field},
            "r": {
                "type": "array",
                "minItems": 1,
                "x-add": evil,
                "items": {"type": "object", "properties": {"d": {"type": "string", **field}}},
                **field,
            },
            "u": {"type": "string", "format": "user", **field},
            "f": {"type": "string", "format": "file", **field},
        }
    )
    data = {"a": evil, "b": evil, "r": [{"d": evil}], "u": evil, "f": evil}
    for lang in ("en", "zh"):
        for readonly in (False, True):
            html = forms.render(
                form, data, lang=lang, readonly=readonly, errors={"/a": evil, "/x": evil}, name_prefix=evil, upload_url=evil, draft_key=evil,
                users=[forms.UserChoice(evil, evil)], files={evil: forms.FileView(evil, evil, evil, evil)},
            )  # fmt: skip
            assert "<script" not in html
            assert "49" not in html


def test_conditions_travel_as_json(make):
    form = make({"a": {"type": "number"}, "b": {"type": "string", "x-when": {"a": {"minimum": 0.5, "maximum": 10}}}})
    assert "{&#34;a&#34;: {&#34;minimum&#34;: 0.5, &#34;maximum&#34;: 10}}" in forms.render(form, {}, lang="en")
