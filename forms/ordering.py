"""In which order the fields of a record are evaluated: each after what its condition and its calculation read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from forms.conditions import Condition
from forms.model import Field, Record

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_NAME = re.compile(r"(?<![\w.])(?<!\.\s)[^\W\d]\w*")


class Circle(ValueError):
    """Fields that wait for one another; `names` lists them."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        super().__init__(", ".join(self.names))


def names_in(feel: str) -> frozenset[str]:
    """The words of a FEEL text outside string literals and not behind a dot: at least the variables it reads."""
    return frozenset(_NAME.findall(_STRING.sub(" ", feel)))


def order(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """`fields` in evaluation order, otherwise as shown. Raises `Circle`."""
    by_name = {each.name: each for each in fields}
    waits = {each.name: _needs(each) & set(by_name) for each in fields}
    done: list[str] = []
    while len(done) < len(fields):
        ready = next((name for name, needs in waits.items() if name not in done and needs <= set(done)), None)
        if ready is None:
            raise Circle(name for name in waits if name not in done)
        done.append(ready)
    return tuple(by_name[name] for name in done)


def _needs(field: Field) -> set[str]:
    """Names in the same record that must be known first, including those that nested fields name with `/`."""
    needs = _reads(field)
    if field.record is not None:
        for inner in field.record.walk():
            needs |= set(_condition_names(inner, root=True))
            needs |= names_in(inner.calc) - set(field.record.by_name) if inner.calc else set()
        needs.discard(field.name)  # a row may look at its own table, of which nothing is known yet
    return needs


def _reads(field: Field) -> set[str]:
    found = set(_condition_names(field, root=False)) | set(_condition_names(field, root=True))
    return found | (set(names_in(field.calc)) - {field.name} if field.calc else set())


def _condition_names(field: Field, *, root: bool) -> list[str]:
    both: tuple[Condition | None, ...] = (field.when, field.required_when)
    return [test.name for condition in both if condition for test in condition.tests if test.root == root]


def undeclared(record: Record, root: Mapping[str, Field]) -> list[tuple[Field, str]]:
    """Conditions that name a field that is not there: (the field with the condition, the name)."""
    found = []
    for each in record.fields:
        for name in _condition_names(each, root=False):
            if name not in record.by_name:
                found.append((each, name))
        for name in _condition_names(each, root=True):
            if name not in root:
                found.append((each, f"/{name}"))
        if each.record is not None:
            found.extend(undeclared(each.record, root))
    return found
