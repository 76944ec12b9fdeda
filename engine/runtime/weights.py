"""What enters an instance is weighed at the door: variables, what is asked of others, what tasks and messages are called.

So the step that makes too much of something fails, with an incident at its element, and what was there before stays. Nothing
that could not be stored, or not be read again, ever becomes state: a value is written as it would be kept (`engine.variables`)
before it is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine import facts as f
from engine.errors import LimitExceeded
from engine.variables import DEFAULT_LIMITS, Limits, Weight, weigh

_SHORT: Final = 200
_TEXTS: Final[Mapping[str, int]] = {
    "assignee": _SHORT,
    "form": _SHORT,
    "topic": _SHORT,
    "process": _SHORT,
    "decision": _SHORT,
    "operation": _SHORT,
    "business_key": _SHORT,
    "message_id": 255,
    "correlation": 400,
}
"""Texts that an expression may make, with the room that their columns have."""
_LISTS: Final = ("candidate_users", "candidate_groups")
_MOST_CANDIDATES: Final = 1_000
_CANDIDATE: Final = 600
"""Bytes for which a row of a task's candidate counts."""
_VALUES: Final = ("parameters", "data", "variables", "payload", "inputs", "output", "detail")

_TASK_FACTS: Final = (f.TaskCreated,)
_CARRIERS: Final = (
    f.ServiceRequested,
    f.ScriptRequested,
    f.ExternalTaskOpened,
    f.CallRequested,
    f.MessageThrown,
    f.SignalThrown,
    f.DecisionEvaluated,
    f.ErrorUncaught,
    f.EscalationUncaught,
    f.MessageAwaited,
)
_CHECKED: Final[Mapping[type, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]]] = {
    kind: (
        tuple(name for name in _TEXTS if name in kind.__dataclass_fields__),
        tuple(name for name in _LISTS if name in kind.__dataclass_fields__),
        tuple(name for name in _VALUES if name in kind.__dataclass_fields__),
    )
    for kind in (*_TASK_FACTS, *_CARRIERS)
}


def check_fact(fact: f.Fact, limits: Limits) -> int:
    """LimitExceeded for a fact whose texts or values are too large to be kept; InvalidInput for what is no value. Returns
    how many bytes its values have."""
    plan = _CHECKED.get(type(fact))
    if plan is None:
        return 0
    size = 0
    texts, lists, values = plan
    for name in texts:
        _check_text(name, getattr(fact, name), _TEXTS[name])
    for name in lists:
        _check_names(name, getattr(fact, name))
        size += _CANDIDATE * len(getattr(fact, name))
    for name in values:
        carried = getattr(fact, name)
        size += weigh(name, list(carried) if isinstance(carried, tuple) else carried, limits).size
    return size


def _check_text(what: str, text: str | None, most: int) -> None:
    if text is not None and (len(text) > most or "\0" in text):
        shown = what.replace("_", " ")
        raise LimitExceeded(
            f"The {shown} has more than {most} characters, or a character that no text may have.",
            f"{shown} 超过 {most} 个字符，或含有不允许的字符。",
        )


def _check_names(what: str, names: tuple[str, ...]) -> None:
    if len(names) > _MOST_CANDIDATES:
        shown = what.replace("_", " ")
        raise LimitExceeded(f"There are more than {_MOST_CANDIDATES} {shown}.", f"{shown} 超过 {_MOST_CANDIDATES} 个。")
    for name in names:
        _check_text(what, name, _SHORT)


class Scale:
    """How heavy the variables of one scope are; kept with the live token, never stored."""

    __slots__ = ("_parts", "size", "values", "variables")

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self.variables = variables
        self._parts: dict[str, Weight] = {}
        self.size = 0
        self.values = 0
        for name, value in variables.items():
            self._put(name, weigh(name, value, None))

    def _put(self, name: str, weight: Weight) -> None:
        before = self._parts.get(name)
        if before is not None:
            self.size -= before.size
            self.values -= before.values
        self._parts[name] = weight
        self.size += weight.size
        self.values += weight.values

    def take(self, name: str, value: Any, limits: Limits = DEFAULT_LIMITS) -> int:
        """Accounts for a new value of `name`; returns its bytes. LimitExceeded when the scope would become too heavy: then
        nothing changes.

        A value that is lighter than the one before is always taken, so that a scope that is too heavy can be mended.
        """
        weight = weigh(name, value, limits)
        before = self._parts.get(name, Weight(0, 0))
        size, values = self.size + weight.size - before.size, self.values + weight.values - before.values
        if (size > limits.size and size > self.size) or (values > limits.values and values > self.values):
            raise LimitExceeded(
                f"“{name}” is too large: all data together may have {limits.size // 1024} kB and {limits.values} values.",
                f"“{name}”数据过大：全部数据合计不得超过 {limits.size // 1024} kB、{limits.values} 个值。",
                data={"variable": name, "limit": "size" if size > limits.size else "values"},
            )
        self._put(name, weight)
        return weight.size
