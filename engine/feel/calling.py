"""Calling functions: built-in ones, those written in FEEL, and the host's."""

import inspect
from collections.abc import Callable, Sequence
from decimal import DecimalException
from functools import lru_cache
from typing import Any

from engine.feel.context import Refused, Result, Run
from engine.feel.errors import FeelError
from engine.feel.temporal import at_midnight
from engine.feel.types import coerce
from engine.feel.values import KINDS, Builtin, FeelFunction, Parameter, Signature, Slot, Value, to_feel


def invoke(run: Run, function: Value, arguments: Sequence[Value], position: int | None = None) -> Value:
    """Calls a function value with positional arguments; null with a warning where they do not fit."""
    if isinstance(function, Builtin):
        return _invoke_builtin(run, function, arguments, position)
    if isinstance(function, FeelFunction):
        return _invoke_function(run, function, arguments, position)
    return run.warn("NOT_A_FUNCTION", position, type=KINDS[type(function)])


def invoke_named(run: Run, function: Value, names: Sequence[str], arguments: Sequence[Value], position: int) -> Value:
    """Calls a function value with named arguments."""
    given = dict(zip(names, arguments, strict=True))
    if isinstance(function, Builtin):
        for signature in function.signatures:
            placed = _place(signature, given) if len(given) == len(names) else None
            if placed is not None:
                return _invoke_builtin(run, function, placed, position, signature)
        return run.warn("WRONG_ARGUMENTS", position, name=function.name, expected=describe(function))
    if isinstance(function, FeelFunction):
        parameters = [parameter.name for parameter in function.parameters]
        if len(given) != len(names) or set(given) != set(parameters):
            return run.warn("WRONG_ARGUMENTS", position, name=function.name, expected=describe(function))
        return _invoke_function(run, function, [given[name] for name in parameters], position)
    return run.warn("NOT_A_FUNCTION", position, type=KINDS[type(function)])


def describe(function: Builtin | FeelFunction) -> str:
    """A function's parameters, for a message."""
    if isinstance(function, FeelFunction):
        return f"({', '.join(parameter.name for parameter in function.parameters)})"
    ways = (", ".join(slot.name for slot in signature.parameters) for signature in function.signatures)
    return " / ".join(f"({way})" for way in ways)


def _place(signature: Signature, given: dict[str, Value]) -> list[Value] | None:
    """Named arguments in a signature's order; None where the names do not fit."""
    slots = signature.parameters
    if not given.keys() <= {slot.name for slot in slots}:
        return None
    count = max(index for index, slot in enumerate(slots) if slot.name in given) + 1 if given else 0
    if count < signature.required or not all(slot.name in given or slot.nullable for slot in slots[:count]):
        return None
    return [given.get(slot.name) for slot in slots[:count]]


def _invoke_builtin(
    run: Run, function: Builtin, arguments: Sequence[Value], position: int | None, chosen: Signature | None = None
) -> Value:
    run.step()
    failure: Refused | None = None
    for signature in (chosen,) if chosen is not None else function.signatures:
        if not _takes(signature, len(arguments)):
            continue
        try:
            fitted = _fit_all(signature, arguments)
        except Refused as refused:
            failure = failure or refused
            continue
        return _call_builtin(run, function.name, signature, fitted, position)
    if failure is None:
        return run.warn("WRONG_ARGUMENTS", position, name=function.name, expected=describe(function))
    return run.warn(failure.code, position, **failure.details)


def _call_builtin(run: Run, name: str, signature: Signature, arguments: list[Value], position: int | None) -> Value:
    for argument in arguments:
        run.read(argument)
    try:
        return run.made(signature.call(run, *arguments))
    except Refused as refused:
        return run.warn(refused.code, position, **refused.details)
    except DecimalException:
        return run.warn("OUT_OF_RANGE", position)
    except (ValueError, OverflowError) as error:
        return run.warn("FUNCTION_INVOCATION_FAILURE", position, name=name, reason=str(error))


def _takes(signature: Signature, count: int) -> bool:
    if signature.variadic:
        return count >= signature.required
    return signature.required <= count <= len(signature.parameters)


def _fit_all(signature: Signature, arguments: Sequence[Value]) -> list[Value]:
    slots = signature.parameters
    if not signature.variadic:
        return [_fit(slot, argument) for slot, argument in zip(slots, arguments, strict=False)]
    fixed = len(slots) - 1
    placed = [_fit(slot, argument) for slot, argument in zip(slots[:fixed], arguments, strict=False)]
    return [*placed, [_fit(slots[-1], argument) for argument in arguments[fixed:]]]


def _fit(slot: Slot, value: Value) -> Value:
    """An argument for a parameter, with the implicit conversions of 10.3.2.9.4."""
    kinds = slot.kinds
    kind = KINDS[type(value)]
    if not kinds or kind in kinds or (value is None and slot.nullable):
        return value
    if value is not None:
        if kind == "list" and len(value) == 1 and KINDS[type(value[0])] in kinds:
            return value[0]
        if "list" in kinds:
            return [value]
        if kind == "date" and "date and time" in kinds:
            return at_midnight(value)
    raise Refused("INVALID_ARGUMENT", expected=" or ".join(sorted(kinds)), name=slot.name, found=kind)


def _invoke_function(run: Run, function: FeelFunction, arguments: Sequence[Value], position: int | None) -> Value:
    if len(arguments) != len(function.parameters):
        return run.warn("WRONG_ARGUMENTS", position, name=function.name, expected=describe(function))
    try:
        fitted = [
            _checked(run, parameter, argument)
            for parameter, argument in zip(function.parameters, arguments, strict=True)
        ]
    except Refused as refused:
        return run.warn(refused.code, position, **refused.details)
    run.step()
    run.meter.depth += 1
    if run.meter.depth > run.budget.depth:
        run.over("DEPTH", limit=run.budget.depth)
    try:
        return (
            function.compiled(run, fitted)
            if function.compiled is not None
            else _call_host(run, function, fitted, position)
        )
    finally:
        run.meter.depth -= 1


def _checked(run: Run, parameter: Parameter, argument: Value) -> Value:
    """An argument of the parameter's type. Raises Refused where it does not fit."""
    if parameter.type is None:
        return argument
    run.walk(argument)
    return coerce(argument, parameter.type, run.context.types)


def _call_host(run: Run, function: FeelFunction, arguments: Sequence[Value], position: int | None) -> Value:
    """A host's function: what it raises becomes a null with a warning, except what ends the evaluation."""
    try:
        result = function.body(arguments, run.nested())
        if isinstance(result, Result):
            run.warnings.extend(result.warnings)
            result = result.value
        return to_feel(result)
    except (FeelError, RecursionError) as error:
        if not isinstance(error, FeelError) or error.code != "NOT_A_VALUE":
            raise
        return run.warn("NOT_A_VALUE", position, name=function.name, type=error.details["type"])
    except Exception as error:
        return run.warn(
            "FUNCTION_INVOCATION_FAILURE", position, name=function.name, reason=str(error) or type(error).__name__
        )


@lru_cache(maxsize=256)
def host_function(name: str, function: "Callable[..., Any] | FeelFunction") -> FeelFunction:
    """A host's callable as a function value; its parameters are those of its Python signature, all of them required."""
    if isinstance(function, FeelFunction):
        return function
    call = function
    parameters = tuple(Parameter(parameter) for parameter in inspect.signature(call).parameters)
    return FeelFunction(name, parameters, lambda arguments, _context: call(*arguments))
