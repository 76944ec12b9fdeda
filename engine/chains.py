"""Work that causes work: how far a chain of automatic steps has come, and where it ends.

A job that a turn leaves behind carries on the count of the job that the turn was for. People, timers and whoever calls from
outside begin anew. So processes that keep each other busy for ever, or start each other without end, come to a stop that an
operator sees, while what takes its time (a process that starts its successor every month) is not concerned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, select

from engine.errors import LimitExceeded
from engine.store import tables as t

LONGEST: Final = 12_000
"""Automatic steps, one caused by the other: more than a sequence of the most instances that a diagram may ask for."""
BEFORE_COUNTING: Final = 8
"""Starts, one caused by the other, from which on it is counted how many of one process there were within a minute."""
MOST_STARTS: Final = 500
MOST_CALLED: Final = 10_000
"""Instances that one instance has called, at any depth."""
MOST_CALLED_DEEP: Final = 500
"""The same, once they call each other that many levels deep."""

_i = t.instance.c


@dataclass(frozen=True, slots=True)
class Chain:
    """How many steps and how many starts of processes led here without anybody outside."""

    steps: int = 0
    starts: int = 0

    def onto(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """The payload of a job that is one step further."""
        return {**payload, "chain": [self.steps + 1, self.starts]}

    def started(self) -> Chain:
        """A process has been started."""
        return Chain(self.steps, self.starts + 1)


def chain_of(payload: Mapping[str, Any]) -> Chain:
    """The chain that a job is part of. LimitExceeded when it has become too long."""
    steps, starts = payload.get("chain", (0, 0))
    if steps > LONGEST:
        raise LimitExceeded(
            f"Processes keep each other busy without end: {LONGEST} automatic steps, each caused by the one before.",
            f"流程之间无休止地相互触发：已连续自动执行 {LONGEST} 步。",
        )
    return Chain(steps, starts)


def check_start(connection: Connection, chain: Chain, key: str, now: Any, deepest: int) -> None:
    """LimitExceeded when process `key` may not be started by a message or signal in this chain any more."""
    if chain.starts >= deepest:
        raise LimitExceeded(
            f"Processes start each other by messages or signals more than {deepest} times in a row.",
            f"流程通过消息或信号连续相互启动超过 {deepest} 次。",
        )
    if chain.starts < BEFORE_COUNTING:
        return
    recent = select(_i.id).where(_i.definition_key == key, _i.started_at > now - timedelta(minutes=1))
    if _number(connection, recent.limit(MOST_STARTS)) >= MOST_STARTS:
        raise LimitExceeded(
            f"Processes start each other in ever greater numbers: {MOST_STARTS} of “{key}” within a minute.",
            f"流程相互启动的数量失控：“{key}”一分钟内已启动 {MOST_STARTS} 个。",
        )


def check_call(connection: Connection, root: str, depth: int) -> None:
    """LimitExceeded when an instance, at any depth, has called too many others."""
    if depth < 2:  # the first level is bounded by the diagram's own repetitions
        return
    most = MOST_CALLED if depth < BEFORE_COUNTING else MOST_CALLED_DEEP
    if _number(connection, select(_i.id).where(_i.root_id == root).limit(most)) >= most:
        raise LimitExceeded(
            f"One process instance has called more than {most} others.",
            f"单个流程实例调用的其他实例超过 {most} 个。",
        )


def _number(connection: Connection, query: Any) -> int:
    return int(connection.execute(select(func.count()).select_from(query.subquery())).scalar_one())
