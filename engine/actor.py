"""Who acts: a person, or the system itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Grant(NamedTuple):
    """One permission: `resource` is PROCESS or SYSTEM, `id` a process key or ``*``, `action` one of `engine.policy.ACTIONS`."""

    resource: str
    id: str
    action: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever runs a command or asks a question.

    `groups` are group keys; `roles` what those groups may do in Facet itself (staff, owner, manager, admin); `grants` what
    was granted to the person or one of the groups beside that; `system` is true for the worker, the command line and the
    playground, who are not asked for permission.
    """

    username: str
    name: str = ""
    groups: frozenset[str] = field(default_factory=frozenset)
    roles: frozenset[str] = field(default_factory=frozenset)
    system: bool = False
    scopes: frozenset[str] = field(default_factory=frozenset)
    """Scopes of the API token in use; empty: all that the user may."""
    simulated: bool = False
    """A person of a dry run: stands for somebody in whatever group a task asks for."""
    grants: frozenset[Grant] = field(default_factory=frozenset)
    token: str | None = None
    """Id of the API token in use; the audit names it."""

    def has_role(self, *roles: str) -> bool:
        """Whether one of `roles` is held; admins hold all of them."""
        return self.system or "admin" in self.roles or bool(self.roles & set(roles))


SYSTEM = Actor("system", "Facet", system=True)
