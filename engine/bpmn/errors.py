"""What can be wrong with a file before there is a diagram to speak of."""

from __future__ import annotations

from engine.bpmn.model import Problem
from engine.errors import InvalidInput


class BpmnUnreadable(InvalidInput):
    """The bytes are no XML that the reader accepts: malformed, hostile, or too large.

    `problem` says which rule and line; everything milder becomes `Document.problems` instead.
    """

    code = "bpmn-unreadable"

    def __init__(self, problem: Problem) -> None:
        super().__init__(
            problem.message,
            problem.message_zh,
            data={"rule": problem.rule, "file": problem.file, "line": problem.line, **problem.data},
        )
        self.problem = problem
