"""Shapes: the audit's chain, and erasures."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.rest.models.common import EXAMPLE_ID, In, Out, Str, Whole

EXAMPLE_MAC = "9f2c" * 16


class Head(In):
    """A head that was exported before."""

    position: Annotated[int, Field(ge=1, le=2**31 - 1, examples=[1200]), Whole]
    mac: Str = Field(pattern="^[0-9a-f]{64}$", examples=[EXAMPLE_MAC])


class Verify(In):
    """What to compare with."""

    heads: list[Head] = Field(
        default=[], max_length=1000, description="Exported heads; then it begins at the beginning."
    )


class Fault(Out):
    """Something that nobody did by Facet's commands."""

    position: int = Field(description="Place in the chain; 0: of no single entry.")
    entry_id: str | None
    message: str
    message_zh: str


class Verification(Out):
    """What came of it."""

    start: int = Field(description="Entries behind this place were looked at.")
    checked: int = Field(examples=[1200])
    position: int = Field(description="The last place that was looked at.", examples=[1200])
    mac: str = Field(examples=[EXAMPLE_MAC])
    done: bool = Field(description="False: call again, it goes on from there.")
    faults: list[Fault] = Field(description="Empty: the chain holds so far. At most 100.")


class LastVerification(Out):
    """The verification before."""

    at: datetime
    actor: str
    checked: int
    faults: int
    position: int
    done: bool


class ChainHead(Out):
    """The end of the chain: keep `position` and `mac` where the database's owner cannot change them."""

    at: datetime
    position: int = Field(examples=[1200])
    mac: str = Field(examples=[EXAMPLE_MAC])
    sealed_at: datetime | None = Field(description="When the last sealed entry was written.")
    waiting: int = Field(description="Entries that the worker has still to seal.")
    verified: LastVerification | None


class Erase(In):
    """What is to be erased, said twice."""

    kind: Literal["business_key", "person"]
    key: Str = Field(
        min_length=1, max_length=200, description="Business key, or username.", examples=["JC-20260302-0001"]
    )
    confirm: Str = Field(max_length=200, description="The key once more.", examples=["JC-20260302-0001"])


class Refusal(Out):
    """Why it cannot be done now."""

    en: str
    zh: str


class ErasurePreview(Out):
    """What would be erased."""

    kind: str
    key: str
    counts: dict[str, int] = Field(
        description="Rows by place.", examples=[{"cases": 1, "changes of variables": 12, "comments": 2}]
    )
    refused: Refusal | None = Field(description="Null: it can be done.")


class Receipt(Out):
    """That it was erased; it stands in the audit too."""

    id: str = Field(description="Of the audit's entry.", examples=[EXAMPLE_ID])
    kind: str
    key: str = Field(description="The business key, or the pseudonym that the person has now.")
    at: datetime
    counts: dict[str, int]
    entries: int = Field(description="Parts of audit entries that were erased.")
    digest: str = Field(description="Of these parts: the chain accounts for exactly them.")
    instances: int
