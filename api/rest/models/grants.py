"""Shapes: permissions."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.rest.models.common import EXAMPLE_ID, In, Out, Str

Action = Literal[
    "START",
    "READ_INSTANCE",
    "READ_TASK",
    "WORK_ANY",
    "READ_VARIABLE",
    "READ_SENSITIVE",
    "CANCEL",
    "MODIFY",
    "DEPLOY",
    "GRANT",
]


class NewGrant(In):
    """What is granted to whom."""

    subject_kind: Literal["user", "group"]
    subject: Str = Field(min_length=1, max_length=200, description="Username or group key.", examples=["finance"])
    resource: Literal["PROCESS", "SYSTEM"] = "PROCESS"
    resource_id: Str = Field(default="*", min_length=1, max_length=200, description="Process key; `*`: all.")
    action: Action = Field(examples=["READ_INSTANCE"])


class Grant(Out):
    """One permission."""

    id: str = Field(examples=[EXAMPLE_ID])
    subject_kind: str
    subject: str
    name: str = Field(description="Of the user or group.")
    resource: str
    resource_id: str
    process_name: str | None
    process_name_zh: str | None
    action: str
    granted_by: str
    granted_at: datetime
