"""Calling a function value with named arguments from outside of FEEL, for boxed invocations (clause 10.2.1.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import feel
from engine.feel.calling import invoke_named
from engine.feel.context import Run


def call_by_name(function: Any, arguments: Mapping[str, Any], context: feel.Context) -> feel.Result:
    """The function's result; null with a warning where it is no function or the arguments do not fit."""
    run = Run(context, "")
    value = invoke_named(run, function, tuple(arguments), tuple(arguments.values()), 0)
    return feel.Result(value, tuple(run.warnings))
