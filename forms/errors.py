"""What can be wrong with a form (its author's mistake) and with a submission (its writer's mistake)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from forms.words import Message


class FormError(ValueError):
    """The form's file cannot be used.

    `code` is stable (`json`, `schema`, `size`, `field`, `ref`, `pattern`, `condition`, `order`, `hint`); `str(error)`
    is the English sentence, `zh` the Chinese one; `file` the file's name; `pointer` the RFC 6901 pointer of the place
    in it.
    """

    def __init__(self, code: str, message: str, zh: str, *, file: str = "", pointer: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.zh = zh
        self.file = file
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class FormProblem:
    """Something that `check` found in a form that loads: an `error` keeps it from being deployed, a `warning` does
    not.
    """

    severity: Literal["error", "warning"]
    pointer: str
    message: str
    message_zh: str


class Rejected(ValueError):
    """Submitted data does not satisfy the form.

    `errors` maps RFC 6901 pointers into the submitted data (`/lines/0/qty`; `""` for the whole) to one sentence each.
    """

    def __init__(self, errors: Mapping[str, Message]) -> None:
        super().__init__("; ".join(f"{pointer or '/'}: {message.en}" for pointer, message in list(errors.items())[:10]))
        self.errors = dict(errors)
