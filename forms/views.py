"""A form with its data, as the template needs it: every name, id, text and value worked out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from forms.labels import label
from forms.model import UPLOADS, Field, FileView, Kind, Record, UserChoice
from forms.moments import read_date, read_datetime, read_time, shown
from forms.prefilling import as_json, decimal_text
from forms.source import pointer
from forms.uploading import max_bytes, notes
from forms.words import Message

RADIO_LIMIT = 4
_GROUPED = frozenset(
    {"radio", "buttons", "decision", "yesno", "rating", "checkboxes", "file", "signature", "geolocation"}
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One option as shown."""

    value: str
    label: str
    selected: bool


@dataclass(frozen=True, slots=True)
class View:
    """One field as shown. `name` is the HTML name, `path` the same without the prefix, `text` what a reader sees."""

    field: Field
    kind: str
    name: str
    path: str
    id: str
    label: str
    help: str
    placeholder: str
    unit: str
    section: str
    add_label: str
    error: str
    required: bool
    conditional: bool
    plain: bool
    control: str
    value: str
    text: str
    choices: tuple[Choice, ...] = ()
    files: tuple[FileView, ...] = ()
    notes: tuple[str, ...] = ()
    max_bytes: int = 0
    children: tuple[View, ...] = ()
    rows: tuple[tuple[View, ...], ...] = ()
    blank_row: tuple[View, ...] = ()
    depth: int = 0
    when: str = ""
    required_when: str = ""
    raw: str = ""
    parts: Mapping[str, str] | None = None

    @property
    def numeric(self) -> bool:
        """Whether the answers of a choice are numbers, so that the browser compares them as such."""
        return any(not isinstance(one.value, str) for one in self.field.options)

    @property
    def unit_first(self) -> bool:
        """Whether the unit is the currency sign, which stands before the figure; the author's own unit stands after it."""
        return self.kind == "money" and self.field.unit is None

    @property
    def grouped(self) -> bool:
        """Whether several controls share the question, so that it stands in a <legend> and not in a <label>."""
        if self.kind in ("section", "rows"):
            return True
        return not self.plain and (self.control in _GROUPED or (self.control == "users" and bool(self.choices)))

    @property
    def one_input(self) -> bool:
        """Whether a control inside carries the field's own id."""
        return not self.plain and self.kind in ("file", "photo", "signature")

    @property
    def answered(self) -> bool:
        """Whether there is anything to read."""
        return bool(self.text or self.files or self.rows or self.children)

    @property
    def described_by(self) -> str:
        """Ids for `aria-describedby`."""
        noted = (f"note{number}" for number in range(1, len(self.notes) + 1))
        return " ".join(f"{self.id}-{part}" for part in (*noted, "help" if self.help else "", "error") if part)


@dataclass(frozen=True, slots=True)
class Looks:
    """Everything about a page that is not the form or its data."""

    lang: str
    errors: Mapping[str, Message | str]
    readonly: bool
    prefix: str
    users: Sequence[UserChoice]
    groups: Sequence[UserChoice]
    files: Mapping[str, FileView]
    zone: tzinfo = UTC
    upload_bytes: int = 0

    def error(self, at: str) -> str:
        """The message for a pointer in this page's language, or ""."""
        found = self.errors.get(at)
        return found.get(self.lang) if isinstance(found, Message) else found or ""


def views(
    record: Record, data: Mapping[str, Any], looks: Looks, *, at: str = "", path: str = "", depth: int = 0
) -> tuple[View, ...]:
    """The fields of a record with their values."""
    return tuple(
        _view(each, data.get(each.name), looks, at + pointer(each.name), f"{path}{each.name}", depth)
        for each in record.fields
    )


def _view(each: Field, value: Any, looks: Looks, at: str, path: str, depth: int) -> View:
    plain = looks.readonly or not each.writable
    view = View(
        field=each,
        kind=str(each.kind),
        name=looks.prefix + path,
        path=path,
        id="f-" + (looks.prefix + path).replace(".", "-"),
        label=each.label.get(looks.lang),
        help=each.help.get(looks.lang) if each.help else "",
        placeholder=each.placeholder.get(looks.lang) if each.placeholder else "",
        unit=each.unit.get(looks.lang) if each.unit else "¥" if each.kind is Kind.MONEY else "",
        section=each.section.get(looks.lang) if each.section else "",
        add_label=each.add_label.get(looks.lang) if each.add_label else label("add_row", looks.lang),
        error=looks.error(at),
        required=each.required and not plain,
        conditional=each.when is not None or each.required_when is not None,
        plain=plain,
        control=_control(each),
        value=_value(each, value, looks),
        text=_text(each, value, looks),
        depth=depth,
        when=as_attribute(each.when.raw) if each.when else "",
        required_when=as_attribute(each.required_when.raw) if each.required_when else "",
        raw=as_attribute(as_json(value, each)) if plain and value is not None else "",
    )
    return _with_parts(view, each, value, looks, at, path, depth)


def _with_parts(view: View, each: Field, value: Any, looks: Looks, at: str, path: str, depth: int) -> View:
    if each.record is not None and each.kind is Kind.SECTION:
        inner = value if isinstance(value, Mapping) else {}
        return replace(view, children=views(each.record, inner, looks, at=at, path=f"{path}.", depth=depth))
    if each.record is not None:
        rows = [row if isinstance(row, Mapping) else {} for row in value] if isinstance(value, list | tuple) else []
        if not view.plain and not each.fixed:
            rows += [{}] * (max(each.min_items, 1 if each.required else 0) - len(rows))
        seen = tuple(
            views(each.record, row, looks, at=f"{at}/{index}", path=f"{path}.{index}.", depth=depth + 1)
            for index, row in enumerate(rows)
        )
        quiet = replace(looks, errors={})
        blank = (
            ()
            if view.plain
            else views(each.record, _defaults(each.record), quiet, path=f"{path}.__i{depth}__.", depth=depth + 1)
        )
        return replace(view, rows=seen, blank_row=blank)
    if each.kind in UPLOADS:
        view = replace(view, files=_files(value, looks))
        largest = max_bytes(each, looks.upload_bytes)
        return view if view.plain else replace(view, notes=notes(each, looks.lang, largest), max_bytes=largest)
    if each.kind is Kind.GEOLOCATION and isinstance(value, Mapping):
        return replace(view, parts={name: _one(as_json(one)) for name, one in value.items()})
    choices = _choices(each, value, looks)
    return replace(view, choices=choices) if choices else view


def _defaults(record: Record) -> dict[str, Any]:
    return {each.name: as_json(each.default, each) for each in record.fields if each.default is not None}


def _control(each: Field) -> str:
    """Which macro of the template draws it."""
    if each.kind is Kind.CHOICE:
        return each.widget or ("radio" if len(each.options) <= RADIO_LIMIT else "select")
    if each.kind is Kind.CHOICES:
        return each.widget or "checkboxes"
    if each.kind is Kind.SWITCH:
        return (
            "yesno"
            if each.asks_yes_or_no
            else each.widget or ("checkbox" if each.schema.get("const") is True else "switch")
        )
    if each.kind in (Kind.USER, Kind.GROUP):
        return "users" if each.multiple else "user"
    return each.widget or {Kind.PHOTO: "file", Kind.INTEGER: "line", Kind.NUMBER: "line", Kind.MONEY: "line"}.get(
        each.kind, str(each.kind)
    )


def _choices(each: Field, value: Any, looks: Looks) -> tuple[Choice, ...]:
    chosen = {_one(one) for one in value} if isinstance(value, list | tuple) else {_one(value)} - {""}
    if each.options:
        return tuple(
            Choice(str(one.value), one.label.get(looks.lang), str(one.value) in chosen) for one in each.options
        )
    if each.kind in (Kind.USER, Kind.GROUP):
        people = looks.users if each.kind is Kind.USER else looks.groups
        return tuple(Choice(one.username, one.name, one.username in chosen) for one in people)
    if each.kind is Kind.SWITCH:
        said = _one(value).lower()
        return tuple(
            Choice(name, label(key, looks.lang), said == name) for name, key in (("true", "yes"), ("false", "no"))
        )
    if each.control_is_rating:
        low, high = int(each.schema.get("minimum", 1)), int(each.schema.get("maximum", 5))
        return tuple(Choice(str(one), str(one), str(one) in chosen) for one in range(low, min(high, low + 10) + 1))
    return ()


def _one(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None or isinstance(value, Mapping | list | tuple) else str(value)


def _value(each: Field, value: Any, looks: Looks) -> str:
    """What stands in the control: ISO dates, date-times in the reader's zone as `datetime-local` wants them."""
    text = _one(as_json(value, each))
    if each.kind is Kind.DATETIME and text:
        try:
            return read_datetime(text, looks.zone).astimezone(looks.zone).strftime("%Y-%m-%dT%H:%M")
        except (ValueError, OverflowError):
            return text
    return text[:5] if each.kind is Kind.TIME else text


def _text(each: Field, value: Any, looks: Looks) -> str:
    """What a person reads where nothing can be typed."""
    text = _one(as_json(value, each))
    if each.options:
        return _listed(value, {str(one.value): one.label.get(looks.lang) for one in each.options}, looks)
    if each.kind in (Kind.USER, Kind.GROUP):
        people = looks.users if each.kind is Kind.USER else looks.groups
        return _listed(value, {one.username: one.name for one in people}, looks)
    if each.kind is Kind.SWITCH:
        return {"true": label("yes", looks.lang), "false": label("no", looks.lang)}.get(text.lower(), "")
    if each.kind is Kind.GEOLOCATION and isinstance(value, Mapping):
        accuracy = f" (±{value['accuracy']} m)" if value.get("accuracy") else ""
        return f"{value.get('lat', '')}, {value.get('lon', '')}{accuracy}"
    return _moment_or_figure(each, text, looks)


def _listed(value: Any, names: Mapping[str, str], looks: Looks) -> str:
    parts = [_one(one) for one in value] if isinstance(value, list | tuple) else [_one(value)]
    return ("、" if looks.lang.startswith("zh") else ", ").join(names.get(part, part) for part in parts)


def _moment_or_figure(each: Field, text: str, looks: Looks) -> str:
    try:
        if each.kind is Kind.DATETIME and text:
            return shown(read_datetime(text, looks.zone), looks.zone)
        if each.kind is Kind.DATE and text:
            return shown(read_date(text), looks.zone)
        if each.kind is Kind.TIME and text:
            return shown(read_time(text), looks.zone)
        if each.kind is Kind.MONEY and text:
            return f"{Decimal(decimal_text(Decimal(text), money=True)):,}"
    except (ValueError, OverflowError, InvalidOperation):
        pass
    return text


def _files(value: Any, looks: Looks) -> tuple[FileView, ...]:
    ids = value if isinstance(value, list | tuple) else [value]
    return tuple(looks.files.get(one, FileView(one, one[:8])) for one in ids if isinstance(one, str) and one)


def as_attribute(value: Any) -> str:
    """JSON for a data- attribute; the template escapes it."""
    return json.dumps(value, ensure_ascii=False, default=_json_number)


def _json_number(value: Any) -> Any:
    if isinstance(value, Decimal):  # a condition's figures; an answer's are text by now
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(type(value).__name__)
