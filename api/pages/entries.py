"""Entries of the audit as people read them: a sentence, and what was changed behind a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.auth import Call
from api.pages.sentences import NAMES, PLACES, SENTENCES
from engine.queries.history import Entry

_NESTED: Final = ("variables", "processes", "decisions")
"""What is changed name by name."""
_ABSENT: Final = "–"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was changed. `known`: the name is a word of ours, not a variable's."""

    name: str
    before: Any
    after: Any
    known: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One entry. `text` follows the name of who did it; `facts` are names and values beside what was changed."""

    entry: Entry
    text: str
    changes: tuple[Change, ...]
    facts: tuple[tuple[str, Any], ...]

    @property
    def more(self) -> bool:
        """Whether there is something behind the line."""
        return bool(self.changes or self.facts or self.entry.request_id or self.entry.erased)


def lines(call: Call, entries: Iterable[Entry]) -> tuple[Line, ...]:
    """The entries in the reader's language."""
    return tuple(_line(call, entry) for entry in entries)


def sentence(call: Call, command: str, subject: str | None) -> str:
    """What a command's entry says; the command's name for one that nobody described."""
    return call.translate(SENTENCES.get(command, command), subject=subject or _ABSENT)


def _line(call: Call, entry: Entry) -> Line:
    detail = dict(entry.detail)
    before, after = detail.pop("before", None), detail.pop("after", None)
    changes = tuple(_changes(call, _mapping(before), _mapping(after)))
    return Line(entry, sentence(call, entry.command, entry.subject), changes, tuple(_facts(call, detail)))


def _mapping(side: Any) -> Mapping[str, Any]:
    return side if isinstance(side, Mapping) else {}


def _changes(call: Call, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if name in _NESTED:
            old, new = _mapping(old), _mapping(new)
            for inner in {**old, **new}:
                yield Change(inner, old.get(inner), new.get(inner), False)
        else:
            yield Change(_name(call, name), old, new, name in NAMES)


def _facts(call: Call, detail: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in detail.items():
        if name == "moved":
            yield from _moved(call, _mapping(value))
        elif name == "did":
            for change in _changes(
                call, _mapping(_mapping(value).get("before")), _mapping(_mapping(value).get("after"))
            ):
                yield change.name, change.after
        elif name == "counts":
            for place, number in _mapping(value).items():
                yield call.translate(PLACES.get(place, place)), number
        elif value not in (None, [], {}, ""):
            yield _name(call, name), value


def _moved(call: Call, moved: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    t = call.translate
    if moved.get("left"):
        yield t("Left"), ", ".join(moved["left"])
    if moved.get("reached"):
        yield t("Reached"), ", ".join(moved["reached"])
    if moved.get("ended"):
        yield t("The case ended"), moved["ended"]


def _name(call: Call, name: str) -> str:
    return call.translate(NAMES[name]) if name in NAMES else name
