"""What can move an instance: one frozen dataclass per cause. `advance` accepts nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Start:
    """Begin. `node`: the start event (or instantiating receive task / event gateway target); None: the none start."""

    variables: Values = field(default_factory=dict)
    node: str | None = None
    by: str | None = None
    payload: Values = field(default_factory=dict)
    """Data of the event that started it; the output mappings of the start event see it, without mappings it becomes
    variables."""


@dataclass(frozen=True, slots=True)
class CompleteTask:
    """A user task was done."""

    token: int
    data: Values
    by: str | None = None


@dataclass(frozen=True, slots=True)
class CompleteWork:
    """A service call, external task or called instance came back with `data`."""

    token: int
    data: Values


@dataclass(frozen=True, slots=True)
class ThrowError:
    """A service, external worker or called instance threw a BPMN error."""

    token: int
    code: str
    message: str = ""
    data: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Escalate:
    """An escalation came out of the called instance of this call activity."""

    token: int
    code: str | None
    data: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FailWork:
    """A service call or external task has no retries left: an incident."""

    token: int
    code: str
    message: str
    message_zh: str = ""


@dataclass(frozen=True, slots=True)
class Trigger:
    """The timer, message or signal that `wait` of `token` stands for occurred. A wait that is gone is ignored."""

    token: int
    wait: int
    payload: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetVariables:
    """Somebody changed variables from outside. `scope` 1 is the process."""

    values: Values
    scope: int = 1
    local: bool = False


@dataclass(frozen=True, slots=True)
class Retry:
    """Try the failed element again, after `variables` were changed."""

    token: int
    variables: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ActivateAdHoc:
    """Staff picked activities of an ad-hoc sub-process."""

    token: int
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cancel:
    """End the instance now."""

    reason: str | None = None


Stimulus = (
    Start
    | CompleteTask
    | CompleteWork
    | ThrowError
    | Escalate
    | FailWork
    | Trigger
    | SetVariables
    | Retry
    | ActivateAdHoc
    | Cancel
)
