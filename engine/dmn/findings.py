"""What a check tells: a rule that is broken, where, and in two languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know before publishing.

    `rule` is a stable id (`dmn.overlap`, `dmn.gap` …), `element_id` the XML id, `element_name` what the person sees in the
    diagram, `line` the line in the file. `data` is for programs: rule numbers under `rules`, an example under
    `example` (FEEL values by column).
    """

    severity: Severity
    rule: str
    element_id: str
    element_name: str
    line: int
    message: str
    message_zh: str
    data: Mapping[str, Any] = field(default_factory=dict)
