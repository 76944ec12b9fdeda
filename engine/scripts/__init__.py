"""Sandboxed Python for script tasks.

`ScriptEnvironment.run(source, variables)` runs a script with the variables that it names and gives back what it
assigned; `check(source)` says before a deployment whether it will run; `names_read` and `names_written` say what it
touches. `docs/scripts.md` tells authors what they can use.
"""

from __future__ import annotations

from engine.scripts import reading
from engine.scripts.check import check
from engine.scripts.environment import ScriptEnvironment, ScriptLimits, ScriptOutcome
from engine.scripts.errors import ScriptError, ScriptProblem

__all__ = [
    "ScriptEnvironment",
    "ScriptError",
    "ScriptLimits",
    "ScriptOutcome",
    "ScriptProblem",
    "check",
    "names_read",
    "names_written",
]


def names_read(source: str) -> frozenset[str]:
    """Names whose value the script may look at; the process variables among them go in. Empty if it does not parse."""
    tree = reading.parse(source)
    return frozenset() if isinstance(tree, ScriptProblem) else reading.reads(tree)


def names_written(source: str) -> frozenset[str]:
    """Names that the script may assign or change in place. Empty if it does not parse."""
    tree = reading.parse(source)
    if isinstance(tree, ScriptProblem):
        return frozenset()
    changed = {name for name in reading.mutated(tree) - reading.bound(tree) if not name.startswith("_")}
    return reading.assigns(tree) | changed
