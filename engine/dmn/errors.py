"""What can be wrong with a DMN file, told to a person."""

from __future__ import annotations


class DmnError(Exception):
    """A DMN file that cannot be read, or a decision that does not exist.

    `code` is stable and for programs; `message` and `message_zh` are sentences for people; `file`, `line` (1-based, 0
    when unknown) and `element_id` (the XML id, may be empty) say where.
    """

    def __init__(
        self, code: str, message: str, message_zh: str, *, file: str = "", line: int = 0, element_id: str = ""
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.message_zh = message_zh
        self.file = file
        self.line = line
        self.element_id = element_id

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.file and self.line else f"{self.file}: " if self.file else ""
        return f"{place}{self.message}"


class Problem(str):
    """A sentence about one evaluation, with its Chinese twin in `zh` and a stable `code`.

    It is a plain string so that it can be stored and shown as it is; `element_id` names the DMN element.
    """

    __slots__ = ("code", "element_id", "zh")
    code: str
    element_id: str
    zh: str

    def __new__(cls, text: str, zh: str = "", *, code: str = "problem", element_id: str = "") -> Problem:
        problem = super().__new__(cls, text)
        problem.code = code
        problem.element_id = element_id
        problem.zh = zh or text
        return problem
