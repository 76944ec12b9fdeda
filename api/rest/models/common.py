"""What all shapes share: pages of lists, problems, values of processes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from engine.errors import InvalidInput
from engine.variables import from_plain

T = TypeVar("T")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")

EXAMPLE_ID = "0198c8a4-6c3e-7b11-9f0a-3f6f5f1d2a77"
EXAMPLE_INSTANCE = "0198c8a4-5d21-7c40-8a55-b1d1c0ffee00"


class Out(BaseModel):
    """An answer."""

    model_config = ConfigDict(from_attributes=True)


class In(BaseModel):
    """A request's body: unknown members are refused, so that a misspelt one is not silently lost."""

    model_config = ConfigDict(extra="forbid", strict=True)


class PageOf(Out, Generic[T]):
    """A page of a list."""

    items: list[T]
    next: str | None = Field(description="Give it as `cursor` to get the next page; null on the last one.")


class Created(Out):
    """What was made."""

    id: str = Field(description="Its id.", examples=[EXAMPLE_ID])


class Problem(Out):
    """RFC 9457 problem details."""

    type: str = Field(examples=["urn:facet:problem:conflict"])
    title: str = Field(description="The kind of problem, in the caller's language.", examples=["Conflict"])
    status: int = Field(examples=[409])
    detail: str = Field(
        description="A sentence for people, in the caller's language.",
        examples=["li.na has already completed this task."],
    )
    code: str = Field(description="Stable, for programs.", examples=["conflict"])
    errors: dict[str, str] = Field(
        default={},
        description="JSON pointer into what was sent → sentence.",
        examples=[{"/amount": "Must be a number."}],
    )
    data: dict[str, Any] = Field(
        default={},
        description="What else is known, such as who was faster and when.",
        examples=[{"status": "completed", "by": "li.na", "at": "2026-03-02T01:12:09+00:00"}],
    )
    request_id: str | None = Field(default=None, description="Also in the header X-Request-ID and in the log.")


def _value(value: Any) -> Any:
    try:
        return from_plain(value)
    except InvalidInput as error:
        raise ValueError(error.message) from error


_HALF = re.compile("[\\ud800-\\udfff]")


def _text(value: str) -> str:
    if _HALF.search(value):
        raise ValueError("holds half a character")
    return value


_LONG = 20


def _whole(value: Any) -> Any:
    """JSON has one kind of number: 60.0 is a whole one, true is none."""
    if isinstance(value, bool):
        raise ValueError("should be a number")
    if not isinstance(value, Decimal) or value != value.to_integral_value():
        return value
    if value.adjusted() >= _LONG:  # 1e999999 takes seconds to write out, and no bound of ours needs it
        raise ValueError("is too large")
    return int(value)


def _iso(value: Any) -> Any:
    """A number is no time, though Pydantic would take it for the seconds since 1970."""
    if isinstance(value, str) and not _DATE.match(value):
        raise ValueError("should be an ISO 8601 date and time")
    return value


def _moment(value: datetime) -> datetime:
    if value.utcoffset() is None:
        raise ValueError("needs an offset from UTC, such as Z or +08:00")
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is too early or too late") from error


NO_NUL = r"^[^\x00]*$"
VALUE: dict[str, Any] = {
    "description": "A value of a process: exact numbers, texts without NUL, lists and objects of values.",
    "anyOf": [
        {"type": "null"},
        {"type": "boolean"},
        {"type": "number"},
        {"type": "string", "pattern": NO_NUL},
        {"type": "array", "items": {"$ref": "#/components/schemas/Value"}},
        {
            "type": "object",
            "propertyNames": {"type": "string", "pattern": NO_NUL},
            "additionalProperties": {"$ref": "#/components/schemas/Value"},
        },
    ],
}
"""The component `Value` of the API's description."""
Str = Annotated[str, StringConstraints(pattern=NO_NUL), AfterValidator(_text)]
"""Text that a database can hold."""
Whole = BeforeValidator(_whole)
"""Beside the bounds of a whole number in a body: `Annotated[int, Field(ge=1, le=9), Whole]`."""
Moment = Annotated[datetime, BeforeValidator(_iso), AfterValidator(_moment)]
"""A time with an offset."""
BusinessKey = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]*$", max_length=200), AfterValidator(_text)]
Value = Annotated[Any, AfterValidator(_value), WithJsonSchema({"$ref": "#/components/schemas/Value"})]
Variables = Annotated[
    dict[Str, Value],
    Field(
        description="Names and values. Numbers are exact decimals; dates and times are ISO 8601 text.",
        examples=[{"customer": {"name": "Wang Fang"}, "amount": 67000.00}],
    ),
]
"""Process variables or the fields of a form."""
