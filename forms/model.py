"""A form as data: what `load` makes of a JSON Schema and everything else reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from jsonschema.protocols import Validator

from forms.conditions import Condition
from forms.words import Words


class Kind(StrEnum):
    """What is asked for; decides the typed value and the control."""

    TEXT = "text"
    TEXTAREA = "textarea"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    PHONE = "phone"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    CHOICE = "choice"
    CHOICES = "choices"
    SWITCH = "switch"
    USER = "user"
    GROUP = "group"
    FILE = "file"
    PHOTO = "photo"
    SIGNATURE = "signature"
    GEOLOCATION = "geolocation"
    SECTION = "section"
    ROWS = "rows"


UPLOADS = frozenset({Kind.FILE, Kind.PHOTO, Kind.SIGNATURE})
UNIQUE = frozenset({Kind.TEXT, Kind.PHONE, Kind.INTEGER})
NUMERIC = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.MONEY})
TEMPORAL = frozenset({Kind.DATE, Kind.DATETIME, Kind.TIME})


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a choice: the value that is stored, and what a person reads."""

    value: str | int | Decimal
    label: Words


@dataclass(frozen=True, slots=True)
class Bound:
    """`formatMinimum` and its relatives: `moment` is ISO text, or `now`/`today` with an ISO 8601 duration
    (`today+P30D`).
    """

    keyword: str
    moment: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A FEEL test over several fields; the message stands at `field` (a name in the same record, or "")."""

    test: str
    field: str
    message: Words
    pointer: str


@dataclass(frozen=True, slots=True)
class Field:
    """One question.

    `pointer` is its place in the schema; `when`/`required_when` are conditions on the fields beside it; `calc` is
    FEEL text; `multiple` means that the value is a list of what `kind` says (files, photos, users); `record` holds
    the fields of a section or of a row; `unique` names the register in which a value may stand once; `validator`
    checks the JSON Schema keywords that are left after the value has its type. `max_bytes` is the size of one file
    (0: the installation's limit alone); `keeps_position` means that photos keep the place where they were taken.
    """

    name: str
    kind: Kind
    pointer: str
    label: Words
    schema: Mapping[str, Any]
    help: Words | None = None
    placeholder: Words | None = None
    section: Words | None = None
    unit: Words | None = None
    add_label: Words | None = None
    required: bool = False
    required_when: Condition | None = None
    when: Condition | None = None
    read_only: bool = False
    calc: str | None = None
    default: Any = None
    prefill: str | None = None
    options: tuple[Option, ...] = ()
    by_text: Mapping[str, Option] = field(default_factory=dict)
    multiple: bool = False
    min_items: int = 0
    max_items: int = 1
    max_length: int = 0
    bounds: tuple[Bound, ...] = ()
    messages: Mapping[str, Words] = field(default_factory=dict)
    widget: str = ""
    width: str = "full"
    accept: tuple[str, ...] = ()
    max_bytes: int = 0
    keeps_position: bool = False
    phone: str = "cn"
    unique: str | None = None
    autocomplete: str = "off"
    validator: Validator | None = None
    record: Record | None = None

    @property
    def writable(self) -> bool:
        """Whether a submission may say something about it."""
        return not self.read_only and self.calc is None

    @property
    def takes(self) -> tuple[str, ...]:
        """Media types and endings of the files that it accepts; empty: every kind."""
        return self.accept or (("image/*",) if self.kind in (Kind.PHOTO, Kind.SIGNATURE) else ())

    @property
    def control_is_rating(self) -> bool:
        """Whether a whole number is chosen from a row of buttons."""
        return self.kind is Kind.INTEGER and self.widget == "rating"

    @property
    def asks_yes_or_no(self) -> bool:
        """Whether a switch is two radio buttons: it must be answered, so that an untouched control cannot mean no."""
        plain = self.schema.get("const") is None and self.default is None
        return self.kind is Kind.SWITCH and (self.widget == "radio" or (not self.widget and self.required and plain))

    @property
    def fixed(self) -> bool:
        """Whether its rows are those of the variable, neither more nor fewer, because a column only shows what is
        there.
        """
        return self.kind is Kind.ROWS and self.record is not None and any(each.read_only for each in self.record.fields)


@dataclass(frozen=True, slots=True)
class Record:
    """The fields of the form, of a section or of one row: `fields` as shown, `order` as evaluated, then the rules."""

    fields: tuple[Field, ...]
    order: tuple[Field, ...]
    by_name: Mapping[str, Field]
    rules: tuple[Rule, ...] = ()
    validator: Validator | None = None

    def walk(self) -> Iterator[Field]:
        """Every field, sections and rows before what is in them."""
        for each in self.fields:
            yield each
            if each.record is not None:
                yield from each.record.walk()


@dataclass(frozen=True, slots=True)
class Form:
    """A compiled form. Immutable; safe to share between threads.

    `schema` is the JSON as it was written (for API clients); `digest` the SHA-256 of the text, in hex. `max_files` and
    `max_total_bytes` hold for all files of one submission together; 0: no limit of the form's own.
    """

    key: str
    file: str
    words: Words
    help: Words | None
    record: Record
    schema: Mapping[str, Any]
    digest: str
    max_files: int = 0
    max_total_bytes: int = 0

    def title(self, lang: str) -> str:
        """The form's name for a reader of `lang`."""
        return self.words.get(lang)

    @property
    def fields(self) -> tuple[Field, ...]:
        """The top-level fields in the order in which they are shown."""
        return self.record.fields

    def upload(self, path: str) -> Field | None:
        """The file field behind a control's name such as `lines.0.photo` (or `lines.photo`); None: there is none."""
        record, found = self.record, None
        for name in (part for part in path.split(".") if not part.isdigit()):
            found = record.by_name.get(name)
            if found is None:
                return None
            record = found.record or Record((), (), {})
        return found if found is not None and found.kind in UPLOADS else None

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the process variables that a submission may write."""
        return tuple(each.name for each in self.record.fields if not each.read_only)


@dataclass(frozen=True, slots=True)
class UserChoice:
    """A person who can be chosen: `username` is stored, `name` is read."""

    username: str
    name: str


@dataclass(frozen=True, slots=True)
class FileView:
    """What a page shows of an attachment: its id, name, media type and address."""

    id: str
    name: str
    type: str = ""
    url: str = ""
