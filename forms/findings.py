"""From what a check found to the sentence that a person reads, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

from jsonschema import ValidationError

from forms.conditions import plain
from forms.model import Field, Kind
from forms.source import pointer
from forms.words import SENTENCES, Message, sentence


def as_schema_sees(value: Any) -> Any:
    """Typed values as the schema sees them: ISO text for moments, nothing for empty answers, money as a number."""
    if isinstance(value, Mapping):
        return {name: as_schema_sees(each) for name, each in value.items() if plain(each) is not None}
    if isinstance(value, list):
        return [as_schema_sees(each) for each in value]
    return value.isoformat() if isinstance(value, date | time) else value


def placed(error: ValidationError, at: str) -> Iterator[tuple[str, Message]]:
    where = at + pointer(*error.absolute_path)
    if error.validator in ("required", "dependentRequired"):
        wanted: Any = error.validator_value
        present: Any = error.instance
        names = (
            wanted
            if isinstance(wanted, list)
            else [each for name, group in wanted.items() if name in present for each in group]
        )
        for name in names:
            if name not in present:
                yield where + pointer(name), sentence("required")
        return
    yield where, translated(error)


def translated(error: ValidationError) -> Message:
    """The library's finding as a sentence of ours: its own text is for programmers and in English only."""
    keyword, operand = str(error.validator), error.validator_value
    if keyword == "format":
        return sentence(str(operand))
    if keyword == "const":
        return sentence(f"const.{str(operand).lower()}") if isinstance(operand, bool) else sentence("const", operand)
    return sentence(keyword, _figure(operand))


def _figure(operand: Any) -> Any:
    return format(operand, "f") if isinstance(operand, Decimal) else operand


def within(keyword: str, value: Any, limit: Any) -> bool:
    if keyword == "formatMinimum":
        return bool(value >= limit)
    if keyword == "formatMaximum":
        return bool(value <= limit)
    return bool(value > limit) if keyword == "formatExclusiveMinimum" else bool(value < limit)


def consent(each: Field) -> bool:
    return each.schema.get("const") is True


def missing(each: Field) -> Message:
    """What to say when nothing was given, in words that fit the control."""
    kind = {Kind.CHOICES: "choice", Kind.SWITCH: "choice", Kind.GROUP: "choice"}.get(each.kind, each.kind)
    code = f"required.{kind}"
    return sentence(code if code in SENTENCES else "required")


def few(each: Field, keyword: str) -> Message:
    number = each.min_items if keyword == "minItems" else each.max_items
    suffix = f".{each.kind}" if each.kind in (Kind.ROWS, Kind.PHOTO, Kind.FILE) else ""
    return sentence(keyword + suffix, number)
