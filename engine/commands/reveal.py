"""Looking at what is masked: a read that leaves its trace in the audit, and therefore a command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import policy
from engine.audit import change
from engine.commands.instances import find_instance
from engine.errors import NotFound
from engine.work import Work


@dataclass(frozen=True, slots=True)
class RevealVariables:
    """Variables of an instance, sensitive ones included: all, or the one of that `name`. The audit names the sensitive ones.
    For who was granted READ_SENSITIVE on the process. NotFound for a name that is not there."""

    instance_id: str
    name: str | None = None

    def execute(self, work: Work) -> Mapping[str, Any]:
        row = find_instance(work, self.instance_id, policy.READ_SENSITIVE)
        chosen: Mapping[str, Any] = row.variables
        if self.name is not None:
            if self.name not in chosen:
                raise NotFound("There is no such variable.", "没有该变量。")
            chosen = {self.name: chosen[self.name]}
        hidden = work.definition(row.definition_id).sensitive
        work.audit["detail"] = change(None, None, variables=sorted(name for name in chosen if name in hidden))
        return chosen
