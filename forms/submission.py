"""What `validate` gives back: typed values, and the files that they name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forms.model import Field


@dataclass(frozen=True, slots=True)
class Upload:
    """An attachment that a submission names: its id, the JSON pointer of the answer, and the field that asked for it."""

    id: str
    pointer: str
    field: Field


@dataclass(frozen=True, slots=True)
class Submission:
    """An accepted submission.

    `values`: variable name → typed value (int, Decimal, str, bool, date, aware datetime, time, list, dict; None for a
    visible field that was left empty). `hidden`: top-level fields that were hidden and therefore not taken.
    `uploads`: all files, photos and signatures in `values`, in order.
    """

    values: dict[str, Any]
    hidden: tuple[str, ...] = ()
    uploads: tuple[Upload, ...] = ()

    @property
    def attachments(self) -> tuple[str, ...]:
        """Ids of the uploads."""
        return tuple(each.id for each in self.uploads)
