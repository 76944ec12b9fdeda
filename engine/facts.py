"""What happened, as frozen past-tense dataclasses: the only cause of change (see docs/architecture.md, Five ideas).

`engine.runtime` emits them, `engine.record` turns them into rows. Tokens are integers, unique within their instance;
scopes are the tokens of the process (1) and of its sub-processes. Times are aware datetimes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Value = Any
"""A FEEL value: None, bool, int, Decimal, str, list, dict, date, time, datetime, timedelta, YearsMonths."""


@dataclass(frozen=True, slots=True)
class ActivityStarted:
    """A token reached an element and began to work there."""

    token: int
    scope: int
    element_id: str
    kind: str
    name: str
    iteration: int | None = None


@dataclass(frozen=True, slots=True)
class ActivityCompleted:
    """The element did its work; the token moves on."""

    token: int
    element_id: str


@dataclass(frozen=True, slots=True)
class ActivityCancelled:
    """The token was taken away: an interruption, a termination, a cancellation."""

    token: int
    element_id: str


@dataclass(frozen=True, slots=True)
class TaskCreated:
    """A person has something to do."""

    token: int
    element_id: str
    name: str
    name_zh: str
    assignee: str | None
    candidate_users: tuple[str, ...]
    candidate_groups: tuple[str, ...]
    not_who_did: tuple[str, ...]
    """Element ids of the user tasks whose performers are excluded (four eyes)."""
    due_at: datetime | None
    follow_up_at: datetime | None
    priority: int
    form: str | None


@dataclass(frozen=True, slots=True)
class TaskCompleted:
    """A person did it."""

    token: int
    element_id: str
    by: str | None


@dataclass(frozen=True, slots=True)
class TaskCancelled:
    """Nobody has to do it any more."""

    token: int
    element_id: str


@dataclass(frozen=True, slots=True)
class VariableSet:
    """A variable got a value (None included)."""

    scope: int
    name: str
    value: Value
    token: int | None
    element_id: str | None


@dataclass(frozen=True, slots=True)
class TimerScheduled:
    """Something happens at `due_at` unless the wait is closed before."""

    token: int
    wait: int
    element_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class MessageAwaited:
    """One message of that name and key would be received. `correlation` None: the instance has no business key."""

    token: int
    wait: int
    element_id: str
    name: str
    correlation: str | None


@dataclass(frozen=True, slots=True)
class SignalAwaited:
    """Each broadcast of that name is received."""

    token: int
    wait: int
    element_id: str
    name: str


@dataclass(frozen=True, slots=True)
class WaitClosed:
    """A timer, message or signal is no longer waited for."""

    token: int
    wait: int
    kind: str


@dataclass(frozen=True, slots=True)
class ServiceRequested:
    """A connector operation is to be called by a worker."""

    token: int
    element_id: str
    operation: str
    parameters: Mapping[str, Value]
    retries: int | None
    retry_after: int | None
    """Seconds between attempts; None: exponential."""


@dataclass(frozen=True, slots=True)
class ScriptRequested:
    """A script needs more time than a turn has: a worker is to run it, outside any transaction."""

    token: int
    element_id: str
    variables: Mapping[str, Value]
    """What it names, as of now."""


@dataclass(frozen=True, slots=True)
class ExternalTaskOpened:
    """Work for somebody outside who fetches topics."""

    token: int
    element_id: str
    topic: str
    data: Mapping[str, Value]
    retries: int | None
    priority: int


@dataclass(frozen=True, slots=True)
class WorkWithdrawn:
    """The service call, external task or called instance of this token is no longer wanted."""

    token: int
    kind: str
    """service, script, external or call."""


@dataclass(frozen=True, slots=True)
class CallRequested:
    """Another process is to be started and waited for."""

    token: int
    element_id: str
    process: str
    binding: str
    version: str | None
    business_key: str | None
    variables: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class MessageThrown:
    """A message leaves the instance."""

    token: int
    element_id: str
    name: str
    payload: Mapping[str, Value]
    correlation: str | None
    business_key: str | None
    message_id: str | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class SignalThrown:
    """A signal is broadcast to everybody else (the instance itself has already reacted)."""

    token: int
    element_id: str
    name: str
    payload: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class DecisionEvaluated:
    """A business rule task asked a decision."""

    token: int
    element_id: str
    decision: str
    version: int
    inputs: Mapping[str, Value]
    output: Value
    detail: tuple[Mapping[str, Value], ...]


@dataclass(frozen=True, slots=True)
class IncidentRaised:
    """The element cannot go on by itself; an operator has to look. Everything is kept."""

    token: int
    element_id: str
    name: str
    code: str
    message: str
    message_zh: str


@dataclass(frozen=True, slots=True)
class IncidentResolved:
    """The incident of this token is over: retried or cancelled."""

    token: int


@dataclass(frozen=True, slots=True)
class ErrorUncaught:
    """A called instance ended with a BPMN error that its caller must handle."""

    error_code: str
    message: str
    data: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class EscalationUncaught:
    """An escalation left a called instance; its caller may catch it."""

    escalation_code: str | None
    data: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class InstanceEnded:
    """No token is left. `status`: completed, terminated (by an end event) or cancelled (by a command)."""

    status: str
    element_id: str | None
    reason: str | None = None


Fact = (
    ActivityStarted
    | ActivityCompleted
    | ActivityCancelled
    | TaskCreated
    | TaskCompleted
    | TaskCancelled
    | VariableSet
    | TimerScheduled
    | MessageAwaited
    | SignalAwaited
    | WaitClosed
    | ServiceRequested
    | ScriptRequested
    | ExternalTaskOpened
    | WorkWithdrawn
    | CallRequested
    | MessageThrown
    | SignalThrown
    | DecisionEvaluated
    | IncidentRaised
    | IncidentResolved
    | ErrorUncaught
    | EscalationUncaught
    | InstanceEnded
)
