"""Hints of file fields: what is refused at deployment, what the page says, which field a control's name means."""

from __future__ import annotations

from typing import Any

import pytest

import forms
from forms.uploading import max_bytes, megabytes, notes, uploads_note

MB = 1024 * 1024
DATE: dict[str, Any] = {"type": "string", "format": "date", "title": "D", "x-zh": "日"}


def load(field: dict[str, Any], **form: Any) -> forms.Form:
    schema = {"type": "object", "title": "T", "x-zh": "表", "properties": {"f": {"title": "F", "x-zh": "文", **field}}}
    return forms.load({**schema, **form}, key="t")


def file(**more: Any) -> dict[str, Any]:
    return {"type": "string", "format": "file", **more}


def test_sizes_and_positions_are_read() -> None:
    form = load(file(**{"x-max-mb": 2.5, "x-keep-position": True}), **{"x-max-files": 7, "x-max-total-mb": 30})
    [field] = form.fields
    assert (field.max_bytes, field.keeps_position) == (2.5 * MB, True)
    assert (form.max_files, form.max_total_bytes) == (7, 30 * MB)
    [plain] = load(file()).fields
    assert (plain.max_bytes, plain.keeps_position, plain.takes) == (0, False, ())
    assert load({"type": "string", "format": "photo"}).fields[0].takes == ("image/*",)


@pytest.mark.parametrize("size", [0, -1, True, "5", 0.001, 10_001, None])
def test_a_size_that_means_nothing_is_refused(size: object) -> None:
    for field, form in ((file(**{"x-max-mb": size}), {}), (file(), {"x-max-total-mb": size})):
        with pytest.raises(forms.FormError, match="megabytes") as caught:
            load(field, **form)
        assert "MB" in caught.value.zh and caught.value.code == "hint"


@pytest.mark.parametrize("count", [0, -1, 1.5, True, "5", 1001])
def test_a_number_of_files_that_means_nothing_is_refused(count: object) -> None:
    with pytest.raises(forms.FormError, match="x-max-files"):
        load(file(), **{"x-max-files": count})


@pytest.mark.parametrize("hint", [{"x-max-mb": 1}, {"x-keep-position": True}])
def test_file_hints_stand_on_files_only(hint: dict[str, Any]) -> None:
    for field in (DATE, {"type": "string", "format": "signature"}):
        with pytest.raises(forms.FormError, match="file or photo"):
            load({**field, **hint})
    with pytest.raises(forms.FormError):
        load(file(**{"x-keep-position": "yes"}))
    with pytest.raises(forms.FormError, match="no hint"):
        load(file(**{"x-max-files": 3}))


def test_the_smaller_limit_counts() -> None:
    [small], [large], [none] = (load(file(**h)).fields for h in ({"x-max-mb": 5}, {"x-max-mb": 50}, {}))
    assert [max_bytes(each, 20 * MB) for each in (small, large, none)] == [5 * MB, 20 * MB, 20 * MB]
    assert [max_bytes(each, 0) for each in (small, none)] == [5 * MB, 0]
    assert [megabytes(size) for size in (5 * MB, MB // 2, 12 * MB + MB // 4)] == ["5", "0.5", "12.25"]


def test_what_the_page_says() -> None:
    photos = {"type": "array", "items": {"type": "string", "format": "photo"}, "maxItems": 3, "x-keep-position": True}
    [field] = load(photos).fields
    first, second = notes(field, "en", 5 * MB)
    assert first == "At most 3 photos; at most 5 MB each" and "stays" in second
    assert notes(field, "zh", 5 * MB)[0] == "最多 3 张照片；每个不超过 5 MB"
    [plain] = load(file()).fields
    assert notes(plain, "en", 0) == ()
    assert uploads_note(load(file()), "en") == ""
    both = load(file(), **{"x-max-files": 2, "x-max-total-mb": 9})
    assert uploads_note(both, "zh") == "全部文件：最多 2 个、不超过 9 MB"


def test_a_controls_name_leads_to_its_field() -> None:
    inner = {"type": "object", "properties": {"shot": {**file(), "title": "S", "x-zh": "照"}}}
    form = load({"type": "array", "items": inner})
    for name in ("f.0.shot", "f.17.shot", "f.shot"):
        found = form.upload(name)
        assert found is not None and found.name == "shot"
    for name in ("", "f", "f.0", "shot", "f.0.shot.x", "f..shot", "x.0.shot"):
        assert form.upload(name) is None, name


def test_a_photo_field_can_be_drawn_with_its_limits() -> None:
    form = load({"type": "string", "format": "photo", "x-max-mb": 2})
    html = str(forms.render(form, {}, lang="en", upload_bytes=20 * MB))
    assert 'data-max-bytes="2097152"' in html and 'aria-describedby="f-f-note1 f-f-error"' in html
    assert "At most 2 MB" in html
    assert "data-max-bytes" not in str(forms.render(form, {}, lang="en", readonly=True, upload_bytes=20 * MB))
