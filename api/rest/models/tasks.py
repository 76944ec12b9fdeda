"""Shapes: tasks, their forms, comments, attachments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from api.rest.models.common import EXAMPLE_ID, EXAMPLE_INSTANCE, In, Out, Str, Variables


class Task(Out):
    """A task of a person."""

    id: str = Field(examples=[EXAMPLE_ID])
    instance_id: str = Field(examples=[EXAMPLE_INSTANCE])
    root_id: str = Field(description="The instance at the top, where processes call each other.")
    definition_id: str
    definition_key: str = Field(examples=["sales"])
    definition_name: str = Field(examples=["Sales"])
    definition_name_zh: str = Field(examples=["销售"])
    business_key: str | None = Field(examples=["XS-20260302-0001"])
    element_id: str = Field(description="The user task in the diagram.", examples=["approve"])
    name: str = Field(examples=["Approve the discount"])
    name_zh: str = Field(examples=["审批折扣"])
    status: str = Field(description="open, completed or cancelled", examples=["open"])
    assignee: str | None = Field(examples=["li.na"])
    owner: str | None = Field(description="Who delegated it and gets it back.")
    delegation: str | None = Field(description="pending or resolved")
    candidate_users: list[str]
    candidate_groups: list[str] = Field(examples=[["store_mgr"]])
    blocked: bool = Field(description="Four eyes: you did the step that it checks.")
    form: str | None = Field(description="Key of its form.", examples=["approve"])
    priority: int = Field(examples=[50])
    due_at: datetime | None
    follow_up_at: datetime | None
    created_at: datetime
    claimed_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    revision: int = Field(description="Also in the ETag; give it back in If-Match.", examples=[1])


class TaskWithData(Task):
    """A task with what its form shows."""

    data: dict[str, Any] = Field(
        description="What the form shows before anybody types: defaults, variables, and the draft over them. A task without "
        "a form: the instance's variables for operators, nothing for others."
    )
    instructions: str = Field(
        description="What the diagram tells whoever does it: HTML without scripts, styles and pictures, which may stand in a "
        "page; empty when it says nothing.",
        examples=["<p>Measure <strong>each room</strong> twice.</p>"],
    )
    instructions_zh: str = Field(examples=["<p>每个房间量<strong>两次</strong>。</p>"])
    draft: dict[str, Any] | None = Field(description="What was typed so far.")
    draft_by: str | None
    draft_at: datetime | None
    may_work: bool
    may_claim: bool
    may_assign: bool


class FormDescription(Out):
    """A form: JSON Schema 2020-12 with Facet's hints (docs/forms.md)."""

    key: str = Field(examples=["approve"])
    title: str
    title_zh: str
    form_schema: dict[str, Any] = Field(alias="schema")
    data: dict[str, Any] = Field(description="What it shows before anybody types.")


class Completion(In):
    """What the form's fields hold; for a task without a form any variables."""

    data: Variables = Field(default={}, examples=[{"decision": "approve", "comment": "Fine."}])


class Calculated(Out):
    """Calculated fields, in the shape of the data; what cannot be calculated yet is null."""

    values: dict[str, Any]


class Assignee(In):
    """Who is to do it."""

    assignee: Str = Field(min_length=1, max_length=200, examples=["wang.wei"])


class Resolution(In):
    """The delegate's work, kept as the draft of whoever gets the task back."""

    data: Variables | None = None


class Changed(Out):
    """The task's new revision."""

    revision: int = Field(examples=[2])


class Completed(Out):
    """The instance that went on."""

    instance_id: str = Field(examples=[EXAMPLE_INSTANCE])


class TaskCounts(Out):
    """Numbers for the inbox; each stops at 1,000, and `more` says that there are more."""

    class Number(Out):
        """A number that stops at 1,000."""

        value: int
        more: bool

    mine: Number
    groups: Number
    late: Number


class Comment(Out):
    """What somebody said."""

    id: str
    instance_id: str
    task_id: str | None
    author: str
    author_name: str
    text: str
    created_at: datetime


class NewComment(In):
    """What is to be said."""

    text: Str = Field(min_length=1, max_length=10_000, examples=["The customer asks for oak instead of beech."])


class Attachment(Out):
    """A file."""

    id: str = Field(examples=[EXAMPLE_ID])
    instance_id: str | None
    task_id: str | None
    name: str = Field(examples=["floor plan.pdf"])
    media_type: str = Field(description="By its content.", examples=["application/pdf"])
    size: int = Field(description="Bytes.")
    digest: str = Field(description="SHA-256 of the content.")
    uploaded_by: str
    created_at: datetime
    field: str | None = Field(description="The form's field that it is for; null: the whole case.", examples=["photos"])
    located: bool = Field(description="It may say where it was taken, because its field asks for that.")
    masked: bool = Field(description="It stands in a sensitive variable: who opens it leaves a trace in the audit.")
