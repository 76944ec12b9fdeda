"""The face of an operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from engine.errors import FacetError
from engine.runtime.environment import DEFAULT_ZONE
from engine.store.database import Database


class PermanentFailure(FacetError):
    """The call itself is wrong: trying again would fail again."""

    code = "call-refused"
    status = 422


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operation. `parameters` are evaluated; `key` is the idempotency key of the call."""

    parameters: Mapping[str, Any]
    key: str
    instance_id: str
    business_key: str | None
    now: datetime
    database: Database
    zone: tzinfo = DEFAULT_ZONE
    """The zone of the installation: what day it is depends on it."""
    asked_at: datetime | None = None
    """When the call was first wanted; the same for all its attempts."""

    def text(self, name: str, default: str | None = None) -> str:
        """A parameter that has to be a text. PermanentFailure names it when it is missing."""
        value = self.parameters.get(name, default)
        if not isinstance(value, str) or not value:
            raise PermanentFailure(f"The parameter “{name}” is missing.", f"缺少参数“{name}”。")
        return value


Operation = Callable[[Call], Mapping[str, Any]]
"""Called by the worker; returns the result's fields."""
