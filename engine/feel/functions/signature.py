"""Built-in functions from short descriptions of their parameters."""

from collections.abc import Callable, Iterator
from typing import Final

from engine.feel.values import Builtin, Signature, Slot, Value

_ANY: Final = "any"
_DURATION: Final = frozenset({"days and time duration", "years and months duration"})

Way = tuple[str, Callable[..., Value]]


def define(name: str, *ways: Way) -> Builtin:
    """A built-in from its signatures, each a description and what computes it.

    A description reads ``"input: string, [flags: string?]"``: brackets for what may be left out, ``?`` where null is
    welcome, ``|`` between kinds, ``any`` for all of them, ``duration`` for both kinds of it, ``*list: any`` for the rest of
    the arguments as a list.
    """
    return Builtin(name, tuple(_signature(text, call) for text, call in ways))


def _signature(text: str, call: Callable[..., Value]) -> Signature:
    parts = [part.strip() for part in text.split(",")] if text else []
    required = sum(not part.startswith("[") for part in parts)
    variadic = bool(parts) and parts[-1].startswith("*")
    slots = tuple(_slots(parts))
    if variadic and len(slots) == 1 and not slots[0].kinds:
        # One argument alone is the list itself, not a list's only element.
        required += 1
    return Signature(slots, required, variadic, call)


def _slots(parts: list[str]) -> Iterator[Slot]:
    for part in parts:
        name, _, type_ = part.strip("[]*").partition(":")
        kinds = type_.strip()
        nullable = kinds.endswith("?") or kinds == _ANY
        names = set() if kinds == _ANY else {kind.strip() for kind in kinds.rstrip("?").split("|")}
        if "duration" in names:
            names = (names - {"duration"}) | _DURATION
        yield Slot(name.strip(), frozenset(names), nullable)
