"""Scripts inside a turn: a transaction is open meanwhile and others may wait for it, so only the quick ones run there.

What needs more time is postponed: it becomes a job, and the worker runs it outside any transaction. Which of the two
happens shows nowhere but in the time that it takes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING, Final

from engine.errors import ScriptPostponed
from engine.feel.values import Value
from engine.scripts.errors import ScriptBusy, ScriptTimeout
from engine.scripts.rewrite import prepare

if TYPE_CHECKING:
    from engine.scripts.environment import ScriptEnvironment, ScriptOutcome

_LEAST: Final = 0.01
"""Seconds with which it is not even tried."""
_REMEMBERED: Final = 1_000


class SlowScripts:
    """Scripts that were too slow for a turn the last time: trying them again and again would hold others up. At most 1,000
    are remembered; one that has become quick is forgotten. Any number of threads may use it."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, None] = OrderedDict()
        self._lock = Lock()

    def __contains__(self, source: str) -> bool:
        return bool(self._known) and _digest(source) in self._known

    def remember(self, source: str) -> None:
        """It was too slow."""
        with self._lock:
            self._known[_digest(source)] = None
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)

    def forget(self, source: str) -> None:
        """It was quick."""
        if source in self:
            with self._lock:
                self._known.pop(_digest(source), None)


def _digest(source: str) -> bytes:
    return sha256(source.encode("utf-8", "surrogatepass")).digest()


class TurnScripts:
    """The scripts of one turn, with what is left of its time."""

    def __init__(self, scripts: ScriptEnvironment, slow: SlowScripts) -> None:
        self._scripts = scripts
        self._slow = slow
        self._left = scripts.limits.turn

    def run(self, source: str, variables: Mapping[str, Value], *, now: datetime | None = None) -> ScriptOutcome:
        """As `ScriptEnvironment.run`; ScriptPostponed for what may take longer than the turn allows."""
        limits = self._scripts.limits
        given = min(limits.inline, self._left)
        whole = given >= limits.seconds  # it may take all the time that it may ever take
        if given < _LEAST or (source in self._slow and not whole):
            raise _postponed(source, variables)
        began = perf_counter()
        try:
            return self._scripts.run(source, variables, now=now, seconds=given)
        except (ScriptTimeout, ScriptBusy) as error:
            if whole and isinstance(error, ScriptTimeout):
                raise
            if isinstance(error, ScriptTimeout) and given == limits.inline:
                self._slow.remember(source)
            raise _postponed(source, variables) from None
        finally:
            self._left -= perf_counter() - began


def _postponed(source: str, variables: Mapping[str, Value]) -> ScriptPostponed:
    """ScriptError for a script that could never run."""
    return ScriptPostponed({name: variables[name] for name in sorted(prepare(source).reads) if name in variables})
