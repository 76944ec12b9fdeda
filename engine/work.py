"""A unit of work: one transaction, one actor, one moment. Commands get nothing else.

`Services` are what lives as long as the process: the database, the compiled definitions, the cached live instances.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final, Protocol

from sqlalchemy import Connection, bindparam, insert, select, update

from engine import record
from engine.actor import Actor
from engine.audit import moved
from engine.bpmn.model import Problem
from engine.calendars import Calendar, defaults, load
from engine.chains import Chain
from engine.clock import Clock, SystemClock
from engine.connectors.smtp import MailServer
from engine.definitions import Definition, Definitions, Kept
from engine.errors import Conflict, FacetError, NotFound, StaleRevision
from engine.facts import Fact
from engine.feel import Context
from engine.files import FileStore
from engine.ids import new_id
from engine.keys import Keys
from engine.metrics import ADVANCE_SECONDS, CACHE_HITS, CACHE_MISSES
from engine.runtime import advance as core
from engine.runtime.codec import decode, encode
from engine.runtime.environment import DEFAULT_ZONE, Environment, Limits, ScriptsOfTurns
from engine.runtime.instance import Instance
from engine.runtime.stimuli import Start, Stimulus
from engine.store import tables as t
from engine.store.database import Database
from engine.variables import Limits as DataLimits
from engine.webhooks import Targets, tell

CALM: Final = 0.1
"""Seconds of a turn in which nobody asks for its processor time."""
CALENDARS_KEPT = 30.0
"""Seconds until a process looks for calendars that others have deployed."""


class Inspector(Protocol):
    """Looks at the files of a deployment within limits."""

    def inspect(self, files: Mapping[str, bytes]) -> list[Problem]:
        """Problems that keep the files from being read at all; empty when they may be deployed."""
        ...


@dataclass
class Services:
    """What the engine needs, made once per process."""

    database: Database
    clock: Clock = field(default_factory=SystemClock)
    zone: tzinfo = DEFAULT_ZONE
    limits: Limits = field(default_factory=Limits)
    data_limits: DataLimits = field(default_factory=DataLimits)
    call_depth: int = 50
    default_retries: int = 3
    message_expiry_seconds: int = 24 * 3600
    scripts: ScriptsOfTurns | None = None
    operations: Mapping[str, Any] = field(default_factory=dict)
    """Connector operations by name, see `engine.connectors`."""
    mail_server: MailServer | None = None
    """The installation's mail server; None: mails are kept."""
    definitions: Definitions = field(default_factory=Definitions)
    live: Kept[tuple[str, int], Instance] = field(default_factory=lambda: Kept(2000))
    """Live instances under (id, revision): the usual step decodes nothing."""
    keep_live: bool = True
    rehearsal: bool = False
    """A playground: people and files that forms name need not exist."""
    calendars: Mapping[str, Calendar] | None = None
    _calendars_at: float = field(default=0.0, repr=False)
    inspector: Inspector | None = None
    """Reads what people upload within limits of time and memory, before a deployment does (`engine.uploads`)."""
    keys: Keys = field(default_factory=Keys)
    """Keys derived from the installation's secret: the audit's chain, stored secrets."""
    files: FileStore | None = None
    """Where contents of attached files are."""
    files_grace: timedelta = timedelta(hours=24)
    """Until a content is removed that no attachment has any more."""
    uploads_kept: timedelta = timedelta(days=15)
    """Until an upload is removed that no form has named."""
    webhooks: Targets = field(default_factory=Targets)
    """Who is told what happens."""
    delivery_days: int = 30
    """Days for which it is kept what was told to whom."""
    wake: Callable[[], None] = lambda: None
    """Told after a commit that left jobs due now."""
    changed: Callable[[str], None] = lambda instance_id: None
    """Told after a commit which instance changed, for open pages."""

    def load_calendars(self, connection: Connection) -> Mapping[str, Calendar]:
        """The calendars as of the last seconds: other processes deploy too."""
        if self.calendars is None or time.monotonic() - self._calendars_at > CALENDARS_KEPT:
            rows = connection.execute(select(t.calendar.c.key, t.calendar.c.data)).all()
            self.calendars = {**defaults(), **{row.key: load(row.data) for row in rows}}
            self._calendars_at = time.monotonic()
        return self.calendars

    def forget_calendars(self) -> None:
        """There are new ones."""
        self.calendars = None

    def feel_context(self, connection: Connection, now: datetime) -> Context:
        """The FEEL context outside an instance: for forms, start expressions, decisions asked directly."""
        environment = Environment(
            now=now,
            zone=self.zone,
            calendars=self.load_calendars(connection),
            limits=self.limits,
            spent=_stopwatch(),
        )
        return environment.context


@dataclass
class Work:
    """One transaction on behalf of `actor` at `now`; `after` runs when it has been committed."""

    connection: Connection
    services: Services
    actor: Actor
    now: datetime
    request_id: str | None = None
    source: str | None = None
    chain: Chain = field(default_factory=Chain)
    """What led here without anybody outside; jobs that are left behind carry it on."""
    after: list[Callable[[], None]] = field(default_factory=list)
    audit: dict[str, Any] = field(default_factory=dict)
    """What the audit entry says beside the command's name: instance_id, task_id, subject, on_behalf_of, detail (see
    `engine.audit.change`)."""
    facts: list[Fact] = field(default_factory=list)
    """What happened in the instances that were moved."""

    # -- instances -------------------------------------------------------------------------------------------------------

    def definition(self, definition_id: str) -> Definition:
        """The compiled definition."""
        return self.services.definitions.get(self.connection, definition_id)

    def row(self, instance_id: str) -> Any:
        """The instance's row, locked until the end of the transaction where the database locks rows. NotFound."""
        row = self.connection.execute(_INSTANCE, {"b_id": instance_id}).one_or_none()
        if row is None:
            raise NotFound("There is no such process instance.", "没有该流程实例。")
        return row

    def advance(self, row: Any, stimulus: Stimulus, *, by: str | None = None) -> tuple[Fact, ...]:
        """Moves the instance of `row` and writes what happened. `row` has the columns of the instance table.

        Raises StaleRevision when somebody moved it meanwhile (the bus tries again), Conflict when it has ended or is
        suspended.
        """
        if row.status != "active":
            raise Conflict("The process instance has already ended.", "流程实例已结束。", data={"status": row.status})
        if row.suspended:
            raise Conflict("The process instance is suspended. Resume it first.", "流程实例已挂起，请先恢复。")
        definition = self.definition(row.definition_id)
        instance = self._live(row, definition)
        began = time.perf_counter()
        outcome = core.advance(instance, stimulus, self._environment(definition, row.parent_id is not None))
        ADVANCE_SECONDS.observe(time.perf_counter() - began)
        subject = self._subject(row, instance.variables)
        page = record.collect(subject, outcome.facts, self.now, by or self.actor.username)
        page.carry = self.chain.onto
        self._update(row, instance, page)
        if jobless := record.write(self.connection, subject, page, self.now):
            self.connection.execute(_COUNT_OFF, {"b_id": row.id, "b_less": jobless})
        page.wakes |= tell(self.connection, self.services.webhooks, subject, page, self.now, False)
        self._afterwards(row.id, instance, row.revision + 1, page)
        self.facts.extend(outcome.facts)
        return outcome.facts

    def start(
        self,
        definition: Definition,
        stimulus: Start,
        *,
        business_key: str | None = None,
        start_key: str | None = None,
        parent: Any = None,
        parent_token: int | None = None,
    ) -> str:
        """A new instance; returns its id. `parent` is the row of the calling instance."""
        id = new_id()
        environment = self._environment(definition, parent is not None)
        instance, outcome = core.start(definition.spec, stimulus, environment, id=id, business_key=business_key)
        row: dict[str, Any] = {
            "id": id,
            "definition_id": definition.id,
            "definition_key": definition.key,
            "definition_version": definition.version,
            "business_key": business_key,
            "revision": 1,
            "initiator": stimulus.by,
            "parent_id": parent.id if parent is not None else None,
            "parent_token": parent_token,
            "root_id": parent.root_id if parent is not None else id,
            "depth": parent.depth + 1 if parent is not None else 0,
            "start_key": start_key,
            "started_at": self.now,
        }
        subject = record.Subject(
            id=id,
            root_id=row["root_id"],
            definition_id=definition.id,
            definition_key=definition.key,
            business_key=business_key,
            parent_id=row["parent_id"],
            parent_token=parent_token,
            default_retries=self.services.default_retries,
            variables=instance.variables,
            sensitive=definition.sensitive,
        )
        page = record.collect(subject, outcome.facts, self.now, self.actor.username)
        page.carry = self.chain.onto
        self.connection.execute(_INSERT_INSTANCE, {**row, **self._state(instance, page, 0)})
        record.write(self.connection, subject, page, self.now)
        page.wakes |= tell(self.connection, self.services.webhooks, subject, page, self.now, True)
        self._afterwards(id, instance, 1, page)
        self.facts.extend(outcome.facts)
        return id

    def _live(self, row: Any, definition: Definition) -> Instance:
        known = self.services.live.take((row.id, row.revision)) if self.services.keep_live else None
        if known is not None:
            CACHE_HITS.inc()
            return known
        CACHE_MISSES.inc()
        return decode(
            definition.spec,
            row.state,
            id=row.id,
            business_key=row.business_key,
            initiator=row.initiator,
            variables=row.variables,
        )

    def environment(self, definition: Definition) -> Environment:
        """What expressions of `definition` can ask for, for questions outside an instance."""
        return self._environment(definition, False)

    def _environment(self, definition: Definition, called: bool) -> Environment:
        services = self.services
        return Environment(
            now=self.now,
            zone=services.zone,
            calendars=services.load_calendars(self.connection),
            limits=services.limits,
            scripts=services.scripts.turn() if services.scripts is not None else None,
            decide=services.definitions.decide(self.connection, definition),
            called=called,
            default_retries=services.default_retries,
            data_limits=services.data_limits,
            spent=_stopwatch(),
        )

    def _subject(self, row: Any, variables: Mapping[str, Any]) -> record.Subject:
        return record.Subject(
            id=row.id,
            root_id=row.root_id,
            definition_id=row.definition_id,
            definition_key=row.definition_key,
            business_key=row.business_key,
            parent_id=row.parent_id,
            parent_token=row.parent_token,
            default_retries=self.services.default_retries,
            incidents=row.incidents,
            variables=variables,
            sensitive=self.definition(row.definition_id).sensitive,
        )

    def _state(self, instance: Instance, page: record.Page, incidents: int) -> dict[str, Any]:
        ended = page.ended
        return {
            "status": instance.status,
            "state": None if ended is not None else encode(instance),
            "variables": instance.variables,
            "incidents": page.open_incidents(incidents),
            "ended_at": self.now if ended is not None else None,
            "end_element_id": instance.end_element if ended is not None else None,
            "end_reason": ended.reason if ended is not None else None,
        }

    def _update(self, row: Any, instance: Instance, page: record.Page) -> None:
        state = self._state(instance, page, row.incidents)
        ended, changed = page.ended is not None, bool(page.variables)
        columns = [*_MOVED, *(_ENDED if ended else ()), *(("variables",) if changed else ())]
        parameters = {name: state[name] for name in columns}
        result = self.connection.execute(
            _UPDATES[ended, changed], {"b_id": row.id, "b_revision": row.revision, **parameters}
        )
        if result.rowcount != 1:
            raise StaleRevision("Somebody else moved this process instance just now.", "该流程实例刚刚被他人推进。")

    def _afterwards(self, id: str, instance: Instance, revision: int, page: record.Page) -> None:
        services = self.services
        if services.keep_live and instance.status == "active":
            self.after.append(lambda: services.live.put((id, revision), instance))
        if page.wakes:
            self.after.append(services.wake)
        self.after.append(lambda: services.changed(id))

    # -- audit -----------------------------------------------------------------------------------------------------------

    def write_audit(self, command: str) -> None:
        """Who did what, when, from where, on whose behalf, and what it changed."""
        self.connection.execute(
            _INSERT_AUDIT,
            {
                "id": self.audit.get("id") or new_id(),
                "at": self.now,
                "actor": self.actor.username,
                "on_behalf_of": self.audit.get("on_behalf_of"),
                "command": command,
                "instance_id": self.audit.get("instance_id"),
                "task_id": self.audit.get("task_id"),
                "subject": self.audit.get("subject"),
                "request_id": self.request_id,
                "source": self.source,
                "detail": self._audit_detail(),
            },
        )

    def _audit_detail(self) -> dict[str, Any]:
        detail = {"before": None, "after": None, **self.audit.get("detail", {}), **moved(self.facts)}
        return detail if self.actor.token is None else {**detail, "token": self.actor.token}


def _stopwatch() -> Callable[[], float]:
    """Seconds of processor time that this thread has taken since now, or a little less.

    Processor time is dear to ask for (a system call, each time), so it is not asked for before so much time has
    passed that it could matter; what was taken until then counts as `CALM`.
    """
    began = time.perf_counter()
    base: float | None = None

    def spent() -> float:
        nonlocal base
        if base is None:
            passed = time.perf_counter() - began
            if passed < CALM:
                return passed
            base = time.thread_time() - CALM
        return time.thread_time() - base

    return spent


def error_text(error: BaseException) -> str:
    """What an operator reads about a failure: the sentence of our own errors, the type and text of others."""
    return error.message if isinstance(error, FacetError) else f"{type(error).__name__}: {error}"


_INSTANCE = select(t.instance).where(t.instance.c.id == bindparam("b_id")).with_for_update(key_share=True)
"""`key_share`: others may insert rows that refer to the instance meanwhile, such as the job of one that it called."""
_COUNT_OFF = (
    update(t.instance)
    .where(t.instance.c.id == bindparam("b_id"))
    .values(incidents=t.instance.c.incidents - bindparam("b_less"))
)
_INSERT_INSTANCE = insert(t.instance)
_INSERT_AUDIT = insert(t.audit)
_MOVED = ("state", "incidents")
_ENDED = ("status", "ended_at", "end_element_id", "end_reason")


def _update_of(*columns: str) -> Any:
    """The update of these columns only: a column that is named is written to its indexes, whether it changed or not."""
    return (
        update(t.instance)
        .where(t.instance.c.id == bindparam("b_id"), t.instance.c.revision == bindparam("b_revision"))
        .values(revision=t.instance.c.revision + 1, **{name: bindparam(name) for name in columns})
    )


_UPDATES = {
    (False, False): _update_of(*_MOVED),
    (False, True): _update_of(*_MOVED, "variables"),
    (True, False): _update_of(*_MOVED, *_ENDED),
    (True, True): _update_of(*_MOVED, *_ENDED, "variables"),
}
"""By whether the instance has ended and whether variables of the process changed."""
