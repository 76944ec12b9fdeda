"""`render`: a form as an HTML fragment that works as a plain POST and is enhanced by the browser script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from functools import lru_cache
from typing import Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from forms.labels import label, script_words
from forms.model import FileView, Form, UserChoice
from forms.uploading import uploads_note
from forms.views import Looks, View, as_attribute, views
from forms.words import Message


def render(
    form: Form,
    data: Mapping[str, Any],
    *,
    lang: Literal["en", "zh"],
    errors: Mapping[str, Message | str] | None = None,
    readonly: bool = False,
    name_prefix: str = "",
    users: Sequence[UserChoice] = (),
    groups: Sequence[UserChoice] = (),
    files: Mapping[str, FileView] | None = None,
    upload_url: str | None = None,
    calc_url: str | None = None,
    draft_url: str | None = None,
    draft_key: str | None = None,
    zone: tzinfo = UTC,
    upload_bytes: int = 0,
) -> Markup:
    """The fields without `<form>`, buttons or CSRF token, which are the page's.

    `data` as `prefill` or `parse_html` give it; `errors` as `Rejected.errors`; `readonly` shows answers as text.
    `users` and `groups` fill the pickers; `files` names attachments by id; `zone` is the reader's. The addresses turn
    on the browser script's uploads (POST), calculations (POST) and drafts (PUT); `draft_key` names the copy kept on
    the device. `upload_bytes` is the size of a file that the installation allows; 0: not known.
    """
    looks = Looks(lang, errors or {}, readonly, name_prefix, users, groups, files or {}, zone, upload_bytes)
    calculates = any(each.calc for each in form.record.walk()) and not readonly
    addresses = {
        "upload-url": upload_url,
        "calc-url": calc_url if calculates else None,
        "draft-url": draft_url,
        "draft-key": draft_key,
    }
    return _page(form, views(form.record, data, looks), looks, {name: each for name, each in addresses.items() if each})


def _page(form: Form, shown: Sequence[View], looks: Looks, addresses: Mapping[str, str]) -> Markup:
    html = (
        _environment()
        .get_template("form.html.jinja")
        .render(
            form=form,
            fields=shown,
            readonly=looks.readonly,
            prefix=looks.prefix,
            addresses=addresses,
            note="" if looks.readonly else uploads_note(form, looks.lang),
            summary=[] if looks.readonly else _summary(shown, looks),
            t=lambda key: label(key, looks.lang),
            words=as_attribute(script_words(looks.lang)),
        )
    )
    return Markup(html)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("forms"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _summary(shown: Sequence[View], looks: Looks) -> list[tuple[str, str, str]]:
    """(id or "", label, message) of every error: those of fields in their order, then those that belong to no field."""
    placed: dict[str, tuple[str, str, str]] = {}
    _collect(shown, placed, looks.lang)
    known = set(placed)
    rest = [("", "", looks.error(at)) for at in looks.errors if at.strip("/").replace("/", ".") not in known]
    return [*placed.values(), *rest]


def _collect(shown: Sequence[View], placed: dict[str, tuple[str, str, str]], lang: str, within: str = "") -> None:
    """Fields in rows are named with their row: "Lines, row 2, Quantity"."""
    for view in shown:
        if view.error:
            placed[view.path] = (view.id, within + view.label, view.error)
        _collect(view.children, placed, lang, within)
        for number, row in enumerate(view.rows, 1):
            _collect(row, placed, lang, f"{within}{view.label} · {label('script.row', lang).format(n=number)} · ")
