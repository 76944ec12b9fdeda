"""`run(command, actor)`: the only place that commits. Permission, transaction, retry, audit and log wrap every command."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy.exc import IntegrityError

from engine.actor import Actor
from engine.errors import FacetError, Outdated, StaleRevision
from engine.metrics import COMMANDS, COMMIT_SECONDS
from engine.store.database import Busy
from engine.work import Services, Work

log = logging.getLogger(__name__)

ATTEMPTS = 8
"""How often a command is tried when others move the same instance at the same time."""
COLLISIONS = 3
"""How often it is tried when a unique key was taken by somebody else: with fresh state the command sees whose it is."""

R_co = TypeVar("R_co", covariant=True)


class Command(Protocol[R_co]):
    """A verb: a frozen dataclass that says what is to happen, and does it inside a unit of work.

    `execute` asks `engine.policy` first; it raises engine errors and never commits. A command with `audited = False`
    leaves no audit entry (heartbeats, leases).
    """

    def execute(self, work: Work) -> R_co: ...


def run(
    services: Services,
    command: Command[R_co],
    actor: Actor,
    *,
    request_id: str | None = None,
    source: str | None = None,
) -> R_co:
    """Runs `command` in one transaction and returns what it returns.

    A stale revision, a unique key that others took meanwhile or a busy database is tried again with fresh state; every other
    error leaves nothing behind.
    """
    name = type(command).__name__
    command = _prepared(services, command, actor, name)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            result, work = _once(services, command, actor, name, request_id, source)
        except (StaleRevision, Busy, IntegrityError) as error:
            COMMANDS.labels(command=name, result="retried").inc()
            most = COLLISIONS if isinstance(error, IntegrityError) else ATTEMPTS
            if attempt >= most or isinstance(error, Outdated):
                raise
            time.sleep(random.uniform(0, 0.005 * 2**attempt))
        except FacetError as error:
            COMMANDS.labels(command=name, result=error.code).inc()
            raise
        else:
            COMMANDS.labels(command=name, result="done").inc()
            _afterwards(work, name)
            return result
    raise AssertionError("unreachable")


def _afterwards(work: Work, name: str) -> None:
    """What follows the commit. The command has been done, whatever goes wrong here."""
    for action in work.after:
        try:
            action()
        except Exception:
            log.exception("after %s", name)


def _prepared(services: Services, command: Command[R_co], actor: Actor, name: str) -> Command[R_co]:
    """What is slow happens outside of any transaction: `prepare(services, actor)` of commands that have it. It raises, or
    returns the command to run, itself or one that knows more."""
    prepare: Callable[[Services, Actor], Command[R_co]] | None = getattr(command, "prepare", None)
    if prepare is None:
        return command
    try:
        return prepare(services, actor)
    except FacetError as error:
        COMMANDS.labels(command=name, result=error.code).inc()
        raise


def _once(
    services: Services, command: Command[R_co], actor: Actor, name: str, request_id: str | None, source: str | None
) -> tuple[R_co, Work]:
    transaction = services.database.write()
    began = 0.0
    with transaction as connection:
        work = Work(connection, services, actor, services.clock.now(), request_id=request_id, source=source)
        result = command.execute(work)
        if getattr(command, "audited", True):
            work.write_audit(name)
        began = time.perf_counter()
    COMMIT_SECONDS.observe(time.perf_counter() - began)
    return result, work
