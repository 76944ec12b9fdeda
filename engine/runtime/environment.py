"""What the pure core may ask for while it plays a turn: expressions, scripts, decisions, calendars. No clock, no SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cached_property
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from engine.calendars import Calendar
from engine.errors import ElementFailed, InvalidInput
from engine.feel import Context, Expression, FeelBudgetError, FeelError, Result, parse
from engine.variables import DEFAULT_LIMITS
from engine.variables import Limits as DataLimits

DEFAULT_ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one instance and one turn. Passing one is an incident with everything kept (docs/limits.md)."""

    steps: int = 20_000
    """Elements run in one advance."""
    tokens: int = 12_000
    """Live tokens of one instance."""
    cardinality: int = 10_000
    """Instances of one multi-instance activity."""
    seconds: float = 3.0
    """Of processor time in one advance; others may wait for the database meanwhile."""
    facts: int = 200_000
    """Things that happen in one advance, after which no further element begins."""
    volume: int = 32 * 1024 * 1024
    """Bytes of the values that one advance writes or asks others with, together with the live state that it began with."""


class ScriptOutcome(Protocol):
    """What a script left behind."""

    @property
    def values(self) -> Mapping[str, Any]: ...

    @property
    def result(self) -> Any: ...


class Scripts(Protocol):
    """Runs sandboxed Python; see `engine.scripts`. Raises FacetError or BpmnError; ScriptPostponed for a script that needs
    more time than this turn has."""

    def run(self, source: str, variables: Mapping[str, Any], *, now: datetime | None = None) -> ScriptOutcome: ...


class ScriptsOfTurns(Scripts, Protocol):
    """Scripts without regard to a turn (`run`, for the worker), and for one turn (`turn`): what is quick runs there, the rest
    is postponed."""

    def turn(self) -> Scripts: ...


@dataclass(frozen=True, slots=True)
class Decided:
    """The answer of a decision, with what history keeps of it."""

    value: Any
    key: str
    version: int
    inputs: Mapping[str, Any]
    detail: Sequence[Mapping[str, Any]]
    problems: Sequence[str] = ()


Decide = Callable[[str, Mapping[str, Any], Context], Decided]
"""(decision key, variables, FEEL context) → answer. Raises InvalidInput when there is no such decision."""


def _no_decisions(key: str, variables: Mapping[str, Any], context: Context) -> Decided:
    raise InvalidInput(f"There is no decision “{key}”.", f"没有名为“{key}”的决策。")


@dataclass(frozen=True)
class Environment:
    """One turn's surroundings; `now` is the turn's only clock (aware)."""

    now: datetime
    zone: tzinfo = DEFAULT_ZONE
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    limits: Limits = Limits()
    scripts: Scripts | None = None
    decide: Decide = _no_decisions
    called: bool = False
    """True when another instance waits for this one: errors that nobody catches go there."""
    default_retries: int = 3
    data_limits: DataLimits = DEFAULT_LIMITS
    spent: Callable[[], float] = field(default=lambda: 0.0)
    """Seconds of processor time that this turn has taken so far: the second wall, behind what can be counted."""

    @cached_property
    def context(self) -> Context:
        """The FEEL context of this turn."""
        return Context(now=self.now, zone=self.zone, calendars=self.calendars, fuse=self.check_time)

    @property
    def late(self) -> bool:
        """Whether this turn has taken all its time."""
        return self.spent() > self.limits.seconds

    def check_time(self) -> None:
        """FeelBudgetError when this turn has taken all its time."""
        if self.late:
            raise FeelBudgetError("TIME", limit=f"{self.limits.seconds:g}")


class View(Mapping[str, Any]):
    """The variables visible from a token, innermost scope first, without copying any."""

    __slots__ = ("chain",)

    def __init__(self, chain: Sequence[Mapping[str, Any]]) -> None:
        self.chain = chain

    def __getitem__(self, name: str) -> Any:
        for scope in self.chain:
            if name in scope:
                return scope[name]
        raise KeyError(name)

    def get(self, name: str, default: Any = None) -> Any:
        for scope in self.chain:
            if name in scope:
                return scope[name]
        return default

    def __contains__(self, name: object) -> bool:
        return any(name in scope for scope in self.chain)

    def __iter__(self) -> Iterator[str]:
        return iter({name: None for scope in self.chain for name in scope})

    def __len__(self) -> int:
        return len({name for scope in self.chain for name in scope})


class Text:
    """A text of the diagram: a literal, or FEEL when it begins with `=` (or always, with `feel=True`).

    A FEEL text that does not parse raises FeelSyntaxError when it is compiled, so a definition that loads has no syntax
    errors left.
    """

    __slots__ = ("element_id", "expression", "literal")

    def __init__(self, text: str, element_id: str, *, feel: bool = False) -> None:
        stripped = text.strip()
        self.element_id = element_id
        self.literal = text
        self.expression: Expression | None = None
        if stripped.startswith("="):
            self.expression = parse(stripped[1:])
        elif feel:
            self.expression = parse(stripped)

    @property
    def reads(self) -> frozenset[str]:
        """Names of the variables that it reads."""
        return self.expression.reads if self.expression is not None else frozenset()

    def result(self, view: Mapping[str, Any], context: Context) -> Result:
        """Value and warnings."""
        if self.expression is None:
            return Result(self.literal, ())
        try:
            return self.expression.evaluate(view, context)
        except FeelError as error:
            raise ElementFailed(
                self.element_id, f"“{self.literal}”: {error}", f"“{self.literal}”：{error.text('zh')}"
            ) from error

    def value(self, view: Mapping[str, Any], context: Context) -> Any:
        """The value alone."""
        return self.result(view, context).value


def explain(result: Result) -> str:
    """Why an expression gave null, as one clause for a sentence; empty when there is nothing to say."""
    return "; ".join(dict.fromkeys(str(warning.message) for warning in result.warnings))
