"""Looking at what is masked: a read that leaves its trace in the audit, and therefore a command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import policy
from engine.work import Work


@dataclass(frozen=True, slots=True)
class RevealVariables:
    """All variables of an instance, sensitive ones included; the audit names the sensitive ones. Administrators only."""

    instance_id: str

    def execute(self, work: Work) -> Mapping[str, Any]:
        policy.check_admin(work.actor)
        row = work.row(self.instance_id)
        hidden = work.definition(row.definition_id).sensitive
        work.audit.update(
            instance_id=row.id,
            subject=row.business_key or row.definition_key,
            detail={"variables": sorted(name for name in row.variables if name in hidden)},
        )
        variables: Mapping[str, Any] = row.variables
        return variables
