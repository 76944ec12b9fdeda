"""Shapes: process definitions, deployments, decisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from api.rest.models.common import EXAMPLE_ID, In, Out, Variables


class Definition(Out):
    """One version of a process."""

    id: str = Field(examples=[EXAMPLE_ID])
    key: str = Field(examples=["sales"])
    version: int = Field(examples=[3])
    name: str = Field(examples=["Sales"])
    name_zh: str = Field(examples=["销售"])
    version_tag: str | None
    deployment_id: str
    resource_name: str = Field(examples=["sales.bpmn"])
    starters: list[str] | None = Field(description="Groups that may start it; null: everybody.")
    startable: bool = Field(description="It has a plain start event.")
    may_start: bool = Field(description="You may start it now.")
    start_form: str | None
    suspended: bool
    latest: bool
    deployed_at: datetime
    deployed_by: str | None


class Resource(Out):
    """A file of a deployment."""

    id: str
    name: str = Field(examples=["forms/quote.json"])
    kind: str = Field(description="bpmn, dmn, form or calendar")
    size: int = Field(description="Bytes.")
    digest: str = Field(description="SHA-256 of the content.")


class FileProblem(Out):
    """What is wrong with a file."""

    severity: str = Field(description="error, warning or info")
    rule: str = Field(description="docs/lint.md has a page for each.", examples=["deadlock"])
    message: str = Field(description="In the caller's language.")
    file: str
    line: int | None
    element_id: str | None
    element_name: str | None
    data: dict[str, Any] = Field(
        description="What the sentence is about, for programs: the names in it, numbers of rules, an example by column.",
        examples=[{"rules": [1, 2], "example": {"amount": 10, "due": "2026-02-01"}}],
    )


class Deployed(Out):
    """A process of a deployment."""

    id: str
    key: str
    name: str
    version: int
    new: bool = Field(description="False: nothing changed since that version.")


class Deployment(Out):
    """What came of the files; without `deployed`, `problems` say why."""

    deployed: bool
    definitions: list[Deployed]
    problems: list[FileProblem]


class Decision(Out):
    """The newest version of a decision."""

    id: str
    key: str = Field(examples=["discount_level"])
    version: int
    name: str
    deployment_id: str
    resource_name: str
    created_at: datetime


class Question(In):
    """What a decision is asked with."""

    variables: Variables = Field(default={}, examples=[{"discount_pct": 12.5}])


class Answer(Out):
    """What a decision answered."""

    key: str
    version: int
    output: Any = Field(description="A value, or an object with one entry per output column.")
    inputs: dict[str, Any]
    detail: list[dict[str, Any]] = Field(
        description="Per table evaluated: its name, the rules that matched, its output."
    )
    problems: list[str] = Field(description="What an expression could not evaluate.")


class Evaluation(Out):
    """A decision that was asked, as history keeps it."""

    id: str
    decision_key: str
    decision_version: int
    instance_id: str | None
    element_id: str | None
    inputs: dict[str, Any]
    output: Any
    detail: Any
    evaluated_by: str | None
    evaluated_at: datetime
