"""What becomes of the rules that fire: the hit policies (clause 8.2.10) and COLLECT's aggregations (clause 8.2.11)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from engine.dmn.errors import Problem
from engine.dmn.model import Aggregation, HitPolicy
from engine.feel.comparing import order_keys


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that fired: its number in the table and its outputs, one per output column, already evaluated."""

    number: int
    outputs: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a hit policy makes of the hits: the chosen ones in order, or the problem that forbids a choice."""

    hits: tuple[Hit, ...]
    problem: Problem | None = None


Equal = Callable[[Any, Any], "bool | None"]


def _numbers(hits: Sequence[Hit]) -> str:
    return ", ".join(str(hit.number) for hit in hits)


def _conflict(policy: str, hits: Sequence[Hit], table: str) -> Choice:
    numbers = _numbers(hits)
    return Choice(
        (),
        Problem(
            f"Rules {numbers} all match, but the hit policy is {policy}"
            + (" and their results differ." if policy == "ANY" else "."),
            f"规则 {numbers} 同时命中，但命中策略是 {policy}" + ("，而且结果不同。" if policy == "ANY" else "。"),
            code="dmn.conflict",
            element_id=table,
        ),
    )


def choose(policy: HitPolicy, hits: Sequence[Hit], ranks: Sequence[Sequence[Any]], equal: Equal, table: str) -> Choice:
    """Apply a hit policy to at least one hit.

    `ranks` holds each output column's listed values, highest priority first (empty where none are listed); `table` is
    the table's id for problems. UNIQUE and ANY never pick one of several contradicting hits.
    """
    if policy is HitPolicy.UNIQUE and len(hits) > 1:
        return _conflict("UNIQUE", hits, table)
    if policy is HitPolicy.ANY:
        same = all(equal(a, b) for hit in hits[1:] for a, b in zip(hit.outputs, hits[0].outputs, strict=True))
        return Choice((hits[0],)) if same else _conflict("ANY", hits, table)
    if policy is HitPolicy.PRIORITY:
        return Choice((_ranked(hits, ranks, equal)[0],))
    if policy is HitPolicy.OUTPUT_ORDER:
        return Choice(tuple(_ranked(hits, ranks, equal)))
    if policy in (HitPolicy.UNIQUE, HitPolicy.FIRST):
        return Choice((hits[0],))
    return Choice(tuple(hits))


def _ranked(hits: Sequence[Hit], ranks: Sequence[Sequence[Any]], equal: Equal) -> list[Hit]:
    """Highest priority first, column by column from the left; values not listed come last; ties keep the order of
    rules.
    """

    def rank(hit: Hit) -> tuple[int, ...]:
        return tuple(
            next((n for n, listed in enumerate(column) if equal(value, listed)), len(column))
            for value, column in zip(hit.outputs, ranks, strict=True)
        )

    return sorted(hits, key=rank)


def aggregate(how: Aggregation, values: Sequence[Any], table: str) -> tuple[Any, Problem | None]:
    """Sum, minimum, maximum or count of the collected outputs; null and a problem when they cannot be combined."""
    if how is Aggregation.COUNT:
        return Decimal(len(values)), None
    try:
        if how is Aggregation.SUM:
            return _sum(values), None
        order = cmp_to_key(_order)
        return (min if how is Aggregation.MIN else max)(values, key=order), None
    except TypeError:
        return None, Problem(
            f"The results cannot be combined with {how.value}: they are not all of one kind.",
            f"结果无法用 {how.value} 聚合：类型不一致。",
            code="dmn.aggregate",
            element_id=table,
        )


def _order(left: Any, right: Any) -> int:
    keys = order_keys(left, right)
    if keys is None:
        raise TypeError
    return int(keys[0] > keys[1]) - int(keys[0] < keys[1])


def _sum(values: Sequence[Any]) -> Any:
    if any(value is None or isinstance(value, bool | str | list | dict) for value in values):
        raise TypeError
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total
