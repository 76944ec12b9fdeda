"""Shapes: process instances, their history, incidents, jobs, external tasks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from api.rest.models.common import EXAMPLE_ID, EXAMPLE_INSTANCE, BusinessKey, In, Out, Str, Variables, Whole


class Instance(Out):
    """A process instance."""

    id: str = Field(examples=[EXAMPLE_INSTANCE])
    definition_id: str
    definition_key: str = Field(examples=["sales"])
    definition_version: int = Field(examples=[3])
    definition_name: str
    definition_name_zh: str
    business_key: str | None = Field(examples=["XS-20260302-0001"])
    status: str = Field(description="active, suspended, completed, terminated or cancelled", examples=["active"])
    initiator: str | None
    incidents: int = Field(description="Open ones.")
    parent_id: str | None = Field(description="The instance that called it.")
    root_id: str
    started_at: datetime
    ended_at: datetime | None
    end_element_id: str | None
    end_reason: str | None
    revision: int


class Called(Out):
    """An instance that this one called."""

    id: str
    element_id: str | None
    definition_key: str
    business_key: str | None
    status: str
    incidents: int


class Standing(Out):
    """Where an instance stands."""

    tokens: dict[str, int] = Field(description="Element id → tokens there.", examples=[{"approve": 1}])
    completed: list[str] = Field(description="Elements that were completed.")
    incidents: list[str] = Field(description="Elements that failed.")


class InstanceWithState(Instance):
    """A process instance with variables and where it stands."""

    variables: dict[str, Any] | None = Field(
        description="Variables of the process; null for callers who may only see the state. Sensitive values are “•••”."
    )
    masked: list[str] = Field(description="Names of the variables behind “•••”.")
    called: list[Called]
    standing: Standing
    may_operate: bool


class NewInstance(In):
    """A process to be started."""

    key: Str = Field(min_length=1, max_length=200, description="Key of the process.", examples=["sales"])
    variables: Variables = Field(default={})
    business_key: BusinessKey | None = Field(default=None, examples=["XS-20260302-0001"])
    version: Annotated[int, Field(ge=1, le=1_000_000), Whole] | None = Field(
        default=None, description="None: the newest."
    )


class Start(In):
    """What a process is started with."""

    variables: Variables = Field(default={})
    business_key: BusinessKey | None = Field(default=None)


class VariablesChange(In):
    """Variables that get new values."""

    variables: Variables


class Cancellation(In):
    """Why an instance ends."""

    reason: Str | None = Field(default=None, max_length=2000, examples=["The customer withdrew."])


class Retry(In):
    """Variables to be corrected before the next attempt."""

    variables: Variables = Field(default={})


class Revealed(Out):
    """Variables with sensitive values; that they were looked at stands in the audit."""

    variables: dict[str, Any]


class Activity(Out):
    """One pass of a token over an element."""

    token: int
    scope: int
    element_id: str
    kind: str = Field(examples=["userTask"])
    name: str
    status: str = Field(description="active, completed, cancelled or failed")
    iteration: int | None
    called_instance_id: str | None
    started_at: datetime
    ended_at: datetime | None
    task_id: str | None
    by: str | None = Field(description="Who completed the task.")


class VariableChange(Out):
    """A variable got a value."""

    id: str
    scope: int
    name: str
    value: Any
    element_id: str | None
    changed_by: str | None
    changed_at: datetime


class AuditEntry(Out):
    """Who did what."""

    id: str = Field(examples=[EXAMPLE_ID])
    at: datetime
    actor: str = Field(description="Username; `system` is the worker and the command line.", examples=["li.na"])
    on_behalf_of: str | None = Field(
        description="Who delegated the task that was returned; for the worker, who started the instance."
    )
    command: str = Field(examples=["CompleteTask"])
    instance_id: str | None
    task_id: str | None
    subject: str | None = Field(description="What it was about: a task, a business key, a person, a key.")
    request_id: str | None = Field(description="Also in the log and in the answer's X-Request-ID.")
    source: str | None = Field(description="Address of the client, or `worker`, `cli`.", examples=["192.0.2.7"])
    detail: dict[str, Any] = Field(
        description="`before` and `after` of what was changed (null: there was, or is, nothing), `moved` where the process "
        "went, and what else there is to say. Sensitive values are masked.",
        examples=[{"before": {"assignee": "li.na"}, "after": {"assignee": "wang.wei"}}],
    )
    position: int | None = Field(description="Place in the chain; null until it is sealed, a moment later.")
    erased: list[str] = Field(description="Parts that were erased: actor, subject, source, detail …")


class Incident(Out):
    """Something that an operator has to look at."""

    id: str = Field(examples=[EXAMPLE_ID])
    instance_id: str
    definition_key: str
    business_key: str | None
    element_id: str | None
    element_name: str | None
    kind: str = Field(description="Code of the error.")
    message: str
    message_zh: str
    status: str = Field(description="open or resolved")
    job_id: str | None
    created_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None


class Job(Out):
    """Something that the worker does."""

    id: str
    kind: str = Field(examples=["timer"])
    status: str = Field(description="due, suspended or failed")
    instance_id: str | None
    definition_id: str | None
    element_id: str | None
    due_at: datetime
    attempts: int
    retries: int = Field(description="Attempts left.")
    locked_by: str | None
    locked_until: datetime | None
    error: str | None
    created_at: datetime


class ExternalTask(Out):
    """Work for somebody outside."""

    id: str = Field(examples=[EXAMPLE_ID])
    topic: str = Field(examples=["erp.order"])
    instance_id: str
    definition_key: str
    business_key: str | None
    element_id: str
    priority: int
    retries: int
    status: str
    worker_id: str | None
    locked_until: datetime | None
    error: str | None
    created_at: datetime
    data: dict[str, Any]


class Fetch(In):
    """Which external tasks a worker takes."""

    worker_id: Str = Field(min_length=1, max_length=200, examples=["erp-1"])
    topics: list[Str] = Field(min_length=1, max_length=50, examples=[["erp.order"]])
    count: Annotated[int, Field(ge=1, le=100), Whole] = 10
    seconds: Annotated[int, Field(ge=1, le=86_400), Whole] = Field(default=60, description="How long they are locked.")


class Extension(In):
    """More time."""

    worker_id: Str = Field(min_length=1, max_length=200, examples=["erp-1"])
    seconds: Annotated[int, Field(ge=1, le=86_400), Whole] = Field(description="The lock lasts so long from now.")


class ExternalResult(In):
    """The work is done."""

    worker_id: Str = Field(min_length=1, max_length=200, examples=["erp-1"])
    data: Variables = Field(default={}, examples=[{"order_number": "4711"}])


class ExternalFailure(In):
    """The work failed."""

    worker_id: Str = Field(min_length=1, max_length=200, examples=["erp-1"])
    message: Str = Field(min_length=1, max_length=2000, examples=["The ERP does not answer."])
    retries: Annotated[int, Field(ge=0, le=100), Whole] | None = Field(
        default=None, description="Attempts left; null: one less than before."
    )
    retry_seconds: Annotated[int, Field(ge=0, le=86_400), Whole] = 0


class ExternalError(In):
    """The work found a business error: the diagram's error events take it."""

    worker_id: Str = Field(min_length=1, max_length=200, examples=["erp-1"])
    code: Str = Field(min_length=1, max_length=200, examples=["OUT_OF_STOCK"])
    message: Str = Field(default="", max_length=2000)
    data: Variables = Field(default={})


class Message(In):
    """A message to one receiver."""

    name: Str = Field(min_length=1, max_length=255, examples=["LeadQualified"])
    payload: Variables = Field(default={})
    business_key: BusinessKey | None = Field(default=None)
    correlation: Variables | None = Field(default=None, description="Correlation keys, by name.")
    message_id: Str | None = Field(
        default=None, min_length=1, max_length=255, description="The same id again changes nothing."
    )
    expires_in_seconds: Annotated[int, Field(ge=0, le=366 * 86_400), Whole] | None = None


class Delivery(Out):
    """Where the message or signal went."""

    receivers: int = Field(description="0: nobody waits yet; a message is held until somebody does or it expires.")


class Signal(In):
    """A signal to everybody who listens."""

    name: Str = Field(min_length=1, max_length=255, examples=["PriceListChanged"])
    payload: Variables = Field(default={})
