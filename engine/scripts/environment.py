"""Running a script: a pool of sandboxed worker processes, limits, and what went wrong in words.

The interpreter is Monty (a Rust interpreter for a subset of Python, always in worker processes of its own). Results
are checked and copied inside the sandbox and once more outside, since a few lines can make a value of a billion parts.

Two sets of workers: one for scripts inside a turn, which are stopped early, one for those that run by themselves. So the
quick ones, for which a transaction is held open, never wait behind long ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from time import perf_counter
from types import TracebackType
from typing import Any, Final, Self

from pydantic_monty import ClassType, MontyCrashedError, MontyError, MontyRuntimeError, MontySyntaxError

from engine.errors import BpmnError
from engine.feel.values import Value, YearsMonths
from engine.scripts import failures, prelude, reading
from engine.scripts.check import check
from engine.scripts.errors import ScriptError, ScriptProblem
from engine.scripts.rewrite import Script, prepare
from engine.scripts.sandbox import Sandbox
from engine.scripts.turn import SlowScripts, TurnScripts
from engine.scripts.values import HOST_TYPES, Budget, Passage, Unfit

_PRINTED: Final = 10_000


@dataclass(frozen=True, slots=True)
class ScriptLimits:
    """What one run of one script may use."""

    seconds: float = 1.0
    """Time of the interpreter; half a second later its process is killed."""
    memory: int = 64 * 1024 * 1024
    """Bytes of the interpreter's heap."""
    source: int = reading.MAX_SOURCE
    """Characters of the script."""
    result_nodes: int = 50_000
    """Values in all results together, each element of a list and each entry of a mapping counted."""
    result_bytes: int = 512 * 1024
    """Characters of all texts in the results together."""
    depth: int = 32
    """Nesting of a variable, on its way in and out."""
    workers: int = 2
    """Scripts that run at once in this process; more wait."""
    wait: float = 30.0
    """Seconds that a script waits for a free worker."""
    inline: float = 0.1
    """Seconds of the interpreter that a script may take inside a turn, while others may wait for the database."""
    turn: float = 1.0
    """Seconds that all scripts of one turn may take together."""


@dataclass(frozen=True, slots=True)
class ScriptOutcome:
    """What a script left behind."""

    values: Mapping[str, Value]
    """Every top-level name that the script assigned (none that begins with "_"), and every variable that it changed in
    place."""
    printed: str = ""
    """What it printed, at most 10,000 characters."""
    result: Value = None
    """The value of the expression on its last line; without one, the variable `result`; else None."""


@dataclass(frozen=True, slots=True)
class _Given:
    """What one run is given beside its variables."""

    now: datetime | None = None
    seconds: float | None = None


class ScriptEnvironment:
    """Runs scripts. Create it after forking, close it in the end; any number of threads may use one.

    `binary` replaces the interpreter's program, for a wrapper that confines it further (no network, fewer rights).
    """

    def __init__(self, limits: ScriptLimits | None = None, *, binary: str | None = None) -> None:
        self.limits = limits or ScriptLimits()
        limits = self.limits
        self._full = Sandbox(binary, limits.memory, limits.workers, limits.wait, limits.seconds, 0.5)
        self._quick = Sandbox(binary, limits.memory, limits.workers, limits.inline, limits.inline, limits.inline)
        self._slow = SlowScripts()

    def turn(self) -> TurnScripts:
        """The scripts of one turn: the quick ones run at once, the others are postponed."""
        return TurnScripts(self, self._slow)

    def run(
        self,
        source: str,
        variables: Mapping[str, Value],
        *,
        now: datetime | None = None,
        seconds: float | None = None,
    ) -> ScriptOutcome:
        """Run `source` with those of `variables` that it names; `now` stops the script's clock at that instant.

        `seconds`: less time than the limits give, in sandboxes where nobody waits behind long ones.
        Raises ScriptError (with line and text) for a script that does not parse, fails or leaves something that is not
        data, of them ScriptTimeout when it takes too long and ScriptBusy when no sandbox is free;
        engine.errors.BpmnError for `raise BpmnError("CODE", "message")`.
        """
        began = perf_counter()
        outcome = self._run(source, variables, _Given(now, seconds))
        if seconds is None and perf_counter() - began < self.limits.inline / 2:
            self._slow.forget(source)
        return outcome

    def _run(self, source: str, variables: Mapping[str, Value], given: _Given) -> ScriptOutcome:
        if len(source) > self.limits.source:
            raise failures.refused(reading.parse(source, self.limits.source))
        script = prepare(source)
        passage = Passage()
        inputs = self._inputs(script, variables, passage)
        kept = script.keeps | (frozenset(_containers(inputs)) if script.mutates else frozenset())
        code, offset = self._code(script, kept, inputs)
        used_hosts = passage.hosts or "YearsMonths" in script.reads
        inputs["_facet_host"] = tuple(map(ClassType, (*HOST_TYPES, time))) if used_hosts else ()
        if used_hosts and "YearsMonths" not in inputs:
            inputs["YearsMonths"] = ClassType(YearsMonths, init=True, instance_eager_attrs="all")
        raw, printed = self._feed(script, code, offset, inputs, given)
        return self._outcome(script, variables, raw, printed, passage)

    def check(self, source: str) -> list[ScriptProblem]:
        """As `engine.scripts.check`, and the interpreter's own opinion of the syntax. Nothing is executed."""
        problems = check(source)
        if any(problem.severity == "error" for problem in problems):
            return problems
        script = prepare(source)
        body = "\n".join("    " + line for line in script.body.splitlines())
        try:
            self._feed(script, f"if False:\n    pass\n{body}\n", 2, {}, _Given())
        except ScriptError as error:
            problems.append(ScriptProblem(error.line or 1, error.message, error.zh, "script-unsupported"))
        return problems

    def close(self) -> None:
        """End the worker processes. Further runs begin new ones."""
        self._full.close()
        self._quick.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # the way in ----------------------------------------------------------------------------------------------------

    def _inputs(self, script: Script, variables: Mapping[str, Value], passage: Passage) -> dict[str, Any]:
        budget = Budget(self.limits.result_nodes, self.limits.memory // 8, self.limits.depth)
        inputs = {}
        for name in sorted(script.reads & variables.keys()):
            try:
                inputs[name] = passage.into(variables[name], budget)
            except Unfit as unfit:
                raise failures.unfit(name, unfit, into=True) from None
        return inputs

    def _code(self, script: Script, kept: frozenset[str], inputs: Mapping[str, Any]) -> tuple[str, int]:
        """The whole text for the sandbox, and the number of lines before the script's own."""
        limits = self.limits
        before = prelude.before(
            script.attributes,
            script.ready - inputs.keys(),
            nodes=limits.result_nodes,
            depth=limits.depth,
            size=limits.result_bytes,
        )
        return f"{before}{script.body}\n{prelude.after(kept)}", before.count("\n")

    # the sandbox ---------------------------------------------------------------------------------------------------

    def _feed(self, script: Script, code: str, offset: int, inputs: dict[str, Any], given: _Given) -> tuple[Any, str]:
        printed = _Printed()
        sandbox, seconds = self._full, self.limits.seconds
        if given.seconds is not None:
            sandbox, seconds = self._quick, given.seconds
        try:
            with sandbox.session(seconds, given.now) as session:
                return session.feed_run(code, inputs=inputs, print_callback=printed), printed.text
        except MontyCrashedError as error:
            raise failures.crashed(error.timed_out, seconds) from None
        except (MontyRuntimeError, MontySyntaxError) as error:
            raise self._failure(script, offset, error, seconds) from None
        except TimeoutError:
            raise failures.busy() from None
        except MontyError as error:
            raise failures.broken(str(error)) from None

    def _failure(
        self, script: Script, offset: int, error: MontyRuntimeError | MontySyntaxError, seconds: float
    ) -> ScriptError | BpmnError:
        inner = error.exception()
        text = str(inner)
        if prelude.MARK in text:
            try:
                told = json.loads(text.split(prelude.MARK, 1)[1])
            except ValueError:
                told = ["unknown"]
            if told and told[0] == "bpmn" and len(told) == 3:
                return BpmnError(str(told[1])[:200], str(told[2])[:2000])
            return failures.told([str(part) for part in told])
        frames = [frame.line - offset for frame in error.traceback()]
        last = max(script.lines.values(), default=0)
        lines = [script.lines[line] for line in frames if line in script.lines]
        line = lines[-1] if lines and lines[-1] <= last else None
        return failures.stopped(type(inner).__name__, text, script.source, line, seconds, self.limits.memory)

    # the way back --------------------------------------------------------------------------------------------------

    def _outcome(
        self, script: Script, variables: Mapping[str, Value], raw: Any, printed: str, passage: Passage
    ) -> ScriptOutcome:
        budget = Budget(self.limits.result_nodes, self.limits.result_bytes, self.limits.depth)
        values: dict[str, Value] = {}
        for name, value in raw.items():
            try:
                values[name] = passage.back(value, budget)
            except Unfit as unfit:
                raise failures.unfit(name, unfit, into=False) from None
        result = values.pop("=", None)
        changed = {
            name: value
            for name, value in values.items()
            if name in script.keeps or repr(value) != repr(variables.get(name))
        }
        return ScriptOutcome(changed, printed, result if result is not None else changed.get("result"))


def _containers(inputs: Mapping[str, Any]) -> list[str]:
    return [name for name, value in inputs.items() if isinstance(value, list | dict)]


class _Printed:
    """Collects what a script prints, up to a limit; the rest is counted as said and forgotten."""

    def __init__(self) -> None:
        self.text = ""

    def __call__(self, stream: str, text: str) -> None:
        room = _PRINTED - len(self.text)
        if room > 0:
            self.text += text[:room]
