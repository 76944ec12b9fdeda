"""What an evaluation is given, what it may use up, and what it returns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import Any, Final, NamedTuple, NoReturn, Protocol

from engine.feel.errors import FeelBudgetError, Position, Warning_, position_at
from engine.feel.values import FeelFunction, Value, to_feel

_MOST_WARNINGS: Final = 50
_MOST_KNOWN_NAMES: Final = 200
_LONG_TEXT: Final = 1000
_STEPS_BETWEEN_LOOKS: Final = 50
_LARGEST_SHOWN: Final = 10**18


class Calendar(Protocol):
    """Business time, given by the host: working hours, weekends, holidays."""

    def add(self, start: datetime, duration: timedelta) -> datetime:
        """The moment when ``duration`` of working time has passed after ``start``."""
        ...

    def add_days(self, start: datetime, days: int) -> datetime:
        """The same time of day, ``days`` working days later (earlier for a negative number)."""
        ...


@dataclass(frozen=True, slots=True)
class Budget:
    """How much one evaluation may use; passing a limit raises :class:`FeelBudgetError`.

    ``steps``: loop rounds, function calls and list elements touched; ``depth``: nested function calls;
    ``list_size``: elements of a list; ``text_length``: characters of a text.
    """

    steps: int = 100_000
    depth: int = 64
    list_size: int = 50_000
    text_length: int = 1_000_000


@dataclass(slots=True)
class Meter:
    """What an evaluation, with all that it calls, has used of its budget."""

    steps: int = 0
    depth: int = 0
    look: int = 0
    """At how many steps the fuse is asked again: a step may stand for much work, where a loop's body is long."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that an evaluation knows beside its variables.

    ``now``: an aware moment, or None: then now() and today() give null with a warning, for the clock is never read.
    ``zone``: the zone in which now() and today() are told. ``functions``: host functions by name. ``calendars``: business
    calendars by name. ``types``: named types for ``instance of`` and typed parameters, each a type or a predicate.
    ``fuse``: asked before each expression, and now and then in it; it raises :class:`FeelBudgetError` when all of them
    together have taken too long.
    ``meter``: set by a running evaluation for those nested in it; leave it None.
    """

    now: datetime | None = None
    zone: tzinfo | None = None
    budget: Budget = Budget()
    functions: Mapping[str, Callable[..., Any] | FeelFunction] = field(default_factory=lambda: MappingProxyType({}))
    calendars: Mapping[str, Calendar] = field(default_factory=lambda: MappingProxyType({}))
    types: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    meter: Meter | None = None
    fuse: Callable[[], None] | None = None


DEFAULT_CONTEXT: Final = Context()


class Result(NamedTuple):
    """The value of an expression, and what explains a null in it."""

    value: Value
    warnings: tuple[Warning_, ...] = ()


class Refused(Exception):
    """Raised inside an evaluation where the standard says null; carries the warning's code and details."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


class Run:
    """One evaluation under way: its context, its warnings and its meter."""

    __slots__ = ("_converted", "_meter", "budget", "context", "text", "warnings")

    def __init__(self, context: Context, text: str) -> None:
        self.context = context
        self.budget = context.budget
        self.text = text
        self.warnings: list[Warning_] = []
        self._meter = context.meter
        self._converted: dict[int, tuple[Any, Value]] | None = None

    def warn(self, code: str, offset: int | None = None, /, **details: object) -> Value:
        """Notes why something became null, and returns that null."""
        if len(self.warnings) < _MOST_WARNINGS:
            position: Position | None = None if offset is None else position_at(self.text, offset)
            self.warnings.append(Warning_(code, details, position))
        return None

    def warn_missing(self, name: str, scope: Mapping[str, Any], offset: int) -> Value:
        """Notes that a variable is missing, with the names that are there, and returns the null."""
        known = tuple(scope)[:_MOST_KNOWN_NAMES] if len(scope) else ()
        return self.warn("NO_VARIABLE_FOUND", offset, name=name, known=known)

    @property
    def meter(self) -> Meter:
        """What was used so far; made when it is first asked for, as most evaluations never do."""
        if self._meter is None:
            self._meter = Meter()
        return self._meter

    def step(self, count: int = 1) -> None:
        """Counts steps against the budget."""
        meter = self._meter or self.meter
        meter.steps += count
        if meter.steps > self.budget.steps:
            self.over("STEPS", limit=self.budget.steps)
        if meter.steps > meter.look:
            meter.look = meter.steps + _STEPS_BETWEEN_LOOKS
            if self.context.fuse is not None:
                self.context.fuse()

    def check_size(self, size: int) -> None:
        """Refuses a list of this many elements if the budget does not allow it."""
        if size > self.budget.list_size:
            # Longer numbers are not shown: Python refuses to write very long ones.
            self.over("LIST_SIZE", size=min(size, _LARGEST_SHOWN), limit=self.budget.list_size)

    def check_length(self, length: int) -> None:
        """Refuses a text of this many characters if the budget does not allow it; a long one counts as steps too."""
        if length > _LONG_TEXT:
            self.step(length // 100)
            if length > self.budget.text_length:
                self.over("TEXT_LENGTH", size=length, limit=self.budget.text_length)

    def read(self, value: Value) -> None:
        """Counts the steps that reading a text takes; only a long one takes any."""
        if type(value) is str and len(value) > _LONG_TEXT:
            self.step(len(value) // 1000)

    def made(self, value: Value) -> Value:
        """Checks and counts what was made: a text, list or context; returns it."""
        kind = type(value)
        if kind is str:
            self.check_length(len(value))
        elif kind is list or kind is dict:
            self.check_size(len(value))
            self.step(len(value) // 8)
        return value

    def walk(self, value: Value) -> None:
        """Counts a step for each element and entry in a value, however deep, before something looks at all of them."""
        pending = [value]
        while pending:
            current = pending.pop()
            if type(current) is list:
                self.step(len(current))
                pending.extend(current)
            elif type(current) is dict:
                self.step(len(current))
                pending.extend(current.values())
            else:
                self.read(current)

    def deliver(self, value: Value) -> Value:
        """Refuses a result of more parts than ten times the steps: a small one may hold the same list again and again."""
        most, parts, pending = 10 * self.budget.steps, 0, [value]
        while pending:
            current = pending.pop()
            if type(current) is list:
                parts += len(current)
                pending.extend(current)
            elif type(current) is dict:
                parts += len(current)
                pending.extend(current.values())
            if parts > most:
                self.over("RESULT_SIZE", limit=most)
        return value

    def known(self, value: Any) -> Value:
        """A host's list or context as a FEEL value: converted once in an evaluation, however often it is read."""
        if self._converted is None:
            self._converted = {}
        found = self._converted.get(id(value))
        if found is None:
            # The host's value is kept as well, so that nothing else can get its id meanwhile.
            found = self._converted[id(value)] = (value, to_feel(value))
        return found[1]

    def over(self, code: str, **details: object) -> NoReturn:
        """Ends the evaluation."""
        raise FeelBudgetError(code, **details)

    def reading(self, text: str) -> "Run":
        """This run while it evaluates a function from another expression's text."""
        other = Run(self.context, text)
        other._meter, other.warnings = self.meter, self.warnings
        return other

    def nested(self) -> Context:
        """The context for an evaluation that this one starts: the same, and it draws on the same budget."""
        context = self.context
        return Context(
            context.now,
            context.zone,
            context.budget,
            context.functions,
            context.calendars,
            context.types,
            self.meter,
            context.fuse,
        )
