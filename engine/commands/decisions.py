"""Asking a decision from outside: the answer is kept in the history, so it is a command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select

from engine import policy
from engine.audit import change
from engine.definitions import plain
from engine.errors import Forbidden, NotFound
from engine.ids import new_id
from engine.store import tables as t
from engine.variables import from_plain
from engine.work import Work


@dataclass(frozen=True, slots=True)
class Answer:
    """What a decision answered. `detail`: per table its name, the rules that matched, its output."""

    key: str
    version: int
    output: Any
    inputs: Mapping[str, Any]
    detail: list[Mapping[str, Any]]
    problems: list[str]


@dataclass(frozen=True, slots=True)
class EvaluateDecision:
    """Asks the newest version of a decision. NotFound when there is none."""

    key: str
    variables: Mapping[str, Any] = field(default_factory=dict)

    def execute(self, work: Work) -> Answer:
        if not work.actor.has_role("integration") and not policy.everywhere(work.actor, policy.READ_VARIABLE):
            raise Forbidden("Only managers, process owners and integrations may ask.", "您无权调用决策。")
        values = {name: from_plain(value) for name, value in self.variables.items()}
        work.audit["subject"] = self.key
        known = select(t.decision_definition.c.id).where(t.decision_definition.c.key == self.key).limit(1)
        if work.connection.execute(known).first() is None:
            raise NotFound(f"There is no decision “{self.key}”.", f"没有决策“{self.key}”。")
        context = work.services.feel_context(work.connection, work.now)
        decided = work.services.definitions.decide_newest(work.connection, self.key, values, context)
        answer = Answer(
            decided.key,
            decided.version,
            plain(decided.value),
            decided.inputs,
            [dict(item) for item in decided.detail],
            [str(problem) for problem in decided.problems],
        )
        id = new_id()
        work.audit["detail"] = change(None, {"evaluation": id, "version": answer.version}, inputs=sorted(values))
        work.connection.execute(
            insert(t.decision_evaluation),
            {
                "id": id,
                "decision_key": answer.key,
                "decision_version": answer.version,
                "inputs": dict(answer.inputs),
                "output": answer.output,
                "detail": answer.detail,
                "evaluated_by": work.actor.username,
                "evaluated_at": work.now,
            },
        )
        return answer
