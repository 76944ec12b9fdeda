"""The engine in virtual time: for tests, for dry runs of process owners, for conformance suites.

    with Playground(now="2026-03-02T09:00:00+08:00") as play:
        play.deploy({"sales.bpmn": diagram, "quote.json": form})
        instance = play.start("sales", {"amount": 1})
        play.complete(play.tasks(instance)[0], {"decision": "approve"})
        play.advance("PT48H")
        assert play.instance(instance).status == "completed"

It is the real engine on a real database: the same commands, jobs and rows; only the clock is moved by hand, and due jobs
run after each call instead of in a worker. Calls raise the engine's own errors; an incident raises nothing, it stands on
the instance.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import select

from engine import bus, worker
from engine.actor import SYSTEM, Actor
from engine.bpmn.model import Problem
from engine.clock import VirtualClock
from engine.commands.deployments import DeployDefinitions
from engine.commands.external import CompleteExternalTask, FailExternalTask, ThrowBpmnError
from engine.commands.instances import ActivateAdHoc, CancelInstance, RetryIncident, SetVariables, StartInstance
from engine.commands.jobs import Job, LeaseJobs
from engine.commands.messages import BroadcastSignal, CorrelateMessage
from engine.commands.tasks import CompleteTask
from engine.connectors import outside
from engine.errors import DeploymentRejected, InvalidInput, NotFound
from engine.queries.jobs import next_due
from engine.runtime.codec import visible
from engine.runtime.environment import Limits
from engine.runtime.timers import parse_duration
from engine.scripts import ScriptEnvironment, ScriptLimits
from engine.store import tables as t
from engine.store.database import Database
from engine.store.migrate import upgrade
from engine.work import Services

MOST_JOBS = 200_000
"""Jobs that one call may run: a diagram that feeds itself messages for ever is stopped here."""
IN_VIRTUAL_TIME = ScriptLimits(inline=1.0, turn=5.0)
"""Nobody waits for the database here, so a script runs in its turn however quick the machine is: the order of what happens
does not depend on it."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A deployed process."""

    key: str
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class Deployment:
    """What came of `deploy`: accepted or not, and why."""

    accepted: bool
    problems: list[Problem]
    definitions: list[Definition]


@dataclass(frozen=True, slots=True)
class Task:
    """An open user task. `due_at` is an aware datetime or None; `data` the variables that it sees."""

    id: str
    instance_id: str
    element_id: str
    name: str
    assignee: str | None
    candidate_users: list[str]
    candidate_groups: list[str]
    due_at: datetime | None
    priority: int
    form: str | None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ExternalTask:
    """An open external task."""

    id: str
    element_id: str
    topic: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that an operator has to look at."""

    element_id: str | None
    message: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Instance:
    """The state of an instance. `status`: active, suspended, completed, terminated or cancelled."""

    status: str
    variables: dict[str, Any]
    incidents: list[Incident]
    started_at: datetime
    ended_at: datetime | None
    end_element_id: str | None
    business_key: str | None = None
    id: str = ""


@dataclass
class _Trusted:
    """People of a dry run, by username; unknown ones stand for somebody in whatever group a task asks for."""

    known: dict[str, Actor] = field(default_factory=dict)

    def actor(self, username: str | None) -> Actor:
        if username is None:
            return SYSTEM
        return self.known.get(username) or Actor(username, simulated=True)


class Playground:
    """One engine of its own. `database_url` None: a temporary SQLite file; `now`: ISO 8601 with an offset; `reload`:
    nothing live is carried from call to call, every instance is decoded from its row."""

    def __init__(
        self,
        database_url: str | None = None,
        now: str = "2026-03-02T09:00:00+08:00",
        reload: bool = True,
        *,
        limits: Limits | None = None,
        scripts: ScriptLimits | None = None,
    ) -> None:
        self._folder: Path | None = None
        if database_url is None:
            self._folder = Path(tempfile.mkdtemp(prefix="facet-playground-"))
            database_url = f"sqlite:///{self._folder / 'play.db'}"
        self.clock = VirtualClock(datetime.fromisoformat(now))
        self.database = Database(database_url, synchronous="NORMAL")
        upgrade(self.database)
        self._scripts = ScriptEnvironment(scripts or IN_VIRTUAL_TIME)
        self.services = Services(
            self.database,
            clock=self.clock,
            limits=limits or Limits(),
            scripts=self._scripts,
            keep_live=not reload,
            rehearsal=True,
        )
        self.services.operations = outside(self.services.keys)
        self._people = _Trusted()

    def __enter__(self) -> Playground:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the playground; a temporary database is removed."""
        self._scripts.close()
        self.database.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def user(self, username: str, groups: Sequence[str] = (), roles: Sequence[str] = ()) -> None:
        """Makes somebody known: from now on `as_user` may do only what these groups may."""
        self._people.known[username] = Actor(username, groups=frozenset(groups), roles=frozenset(roles))

    # -- doing -----------------------------------------------------------------------------------------------------------

    def deploy(self, files: Mapping[str, bytes]) -> Deployment:
        """Deploys files; problems of severity error refuse them, they are not raised."""
        try:
            result = bus.run(self.services, DeployDefinitions(dict(files)), SYSTEM)
        except DeploymentRejected as error:
            problems = error.data["problems"]
            assert isinstance(problems, list)
            return Deployment(False, problems, [])
        except InvalidInput as error:
            return Deployment(False, [Problem("error", error.code, error.message, error.zh)], [])
        self._settle()
        definitions = [Definition(d.key, d.name, d.version) for d in result.definitions]
        return Deployment(True, list(result.problems), definitions)

    def start(
        self,
        key: str,
        variables: Mapping[str, Any] | None = None,
        business_key: str | None = None,
        as_user: str | None = None,
    ) -> str:
        """Starts an instance by its plain start event; returns its id. InvalidInput when the process has none."""
        command = StartInstance(key, variables or {}, business_key)
        instance: str = bus.run(self.services, command, self._people.actor(as_user))
        self._settle()
        return instance

    def complete(self, task: Task | str, data: Mapping[str, Any] | None = None, as_user: str | None = None) -> None:
        """Completes a user task with the fields of its form, or with any variables when it has no form."""
        id = task if isinstance(task, str) else task.id
        bus.run(self.services, CompleteTask(id, data or {}), self._people.actor(as_user))
        self._settle()

    def message(
        self,
        name: str,
        payload: Mapping[str, Any] | None = None,
        business_key: str | None = None,
        correlation: Mapping[str, Any] | None = None,
    ) -> int:
        """Sends a message; returns the number of receivers reached (0 = held until somebody waits)."""
        reached: int = bus.run(self.services, CorrelateMessage(name, payload or {}, business_key, correlation), SYSTEM)
        self._settle()
        return reached

    def signal(self, name: str, payload: Mapping[str, Any] | None = None) -> int:
        """Broadcasts a signal; returns the number of receivers reached."""
        reached: int = bus.run(self.services, BroadcastSignal(name, payload or {}), SYSTEM)
        self._settle()
        return reached

    def finish(self, task: ExternalTask | str, data: Mapping[str, Any] | None = None) -> None:
        """Completes an external task."""
        bus.run(self.services, CompleteExternalTask(_id(task), data or {}), SYSTEM)
        self._settle()

    def fail(self, task: ExternalTask | str, why: str) -> None:
        """Fails an external task for good: an incident."""
        bus.run(self.services, FailExternalTask(_id(task), why, retries=0), SYSTEM)
        self._settle()

    def bpmn_error(
        self, task: ExternalTask | str, code: str, message: str = "", data: Mapping[str, Any] | None = None
    ) -> None:
        """Throws a BPMN error from an external task."""
        bus.run(self.services, ThrowBpmnError(_id(task), code, message, data or {}), SYSTEM)
        self._settle()

    def cancel(self, instance_id: str, reason: str | None = None) -> None:
        """Ends an instance."""
        bus.run(self.services, CancelInstance(instance_id, reason), SYSTEM)
        self._settle()

    def set_variables(self, instance_id: str, variables: Mapping[str, Any]) -> None:
        """Changes variables from outside."""
        bus.run(self.services, SetVariables(instance_id, variables), SYSTEM)
        self._settle()

    def retry(self, incident: Incident | str, variables: Mapping[str, Any] | None = None) -> None:
        """Tries again what failed."""
        id = incident if isinstance(incident, str) else incident.id
        bus.run(self.services, RetryIncident(id, variables or {}), SYSTEM)
        self._settle()

    def activate(self, instance_id: str, elements: Sequence[str]) -> None:
        """Starts activities of the open ad-hoc sub-process that holds them."""
        with self.database.read() as connection:
            row = connection.execute(
                select(t.activity.c.token).where(
                    t.activity.c.instance_id == instance_id,
                    t.activity.c.kind == "adHocSubProcess",
                    t.activity.c.status == "active",
                )
            ).first()
        if row is None:
            raise NotFound("No ad-hoc sub-process is open there.", "没有打开的临时子流程。")
        bus.run(self.services, ActivateAdHoc(instance_id, row.token, tuple(elements)), SYSTEM)
        self._settle()

    def advance(self, duration: str | timedelta) -> None:
        """Moves the clock; due timers and jobs run in order of their due time, each at its own moment."""
        length = duration if isinstance(duration, timedelta) else _length(duration, self.clock.now())
        until = self.clock.now() + length
        while (due := next_due(self.database)) is not None and due <= until:
            if due > self.clock.now():
                self.clock.set(due)
            if not self._settle():
                break
        if until > self.clock.now():
            self.clock.set(until)

    def _settle(self) -> int:
        """Runs every job that is due now; returns how many."""
        ran = 0
        while ran < MOST_JOBS:
            jobs: list[Job] = bus.run(self.services, LeaseJobs("playground", 1, 3600), SYSTEM)
            if not jobs:
                return ran
            worker.execute(self.services, jobs[0])
            ran += 1
        raise InvalidInput("The processes keep each other busy for ever.", "流程之间无休止地相互触发。")

    # -- looking ---------------------------------------------------------------------------------------------------------

    def tasks(self, instance_id: str | None = None) -> list[Task]:
        """Open user tasks of the instance and of what it called, oldest first (None: of all instances)."""
        query = select(t.task).where(t.task.c.status == "open").order_by(t.task.c.id)
        with self.database.read() as connection:
            if instance_id is not None:
                query = query.where(t.task.c.instance_id.in_(self._family(connection, instance_id)))
            rows = connection.execute(query).all()
            holders = select(t.instance.c.id, t.instance.c.state, t.instance.c.variables).where(
                t.instance.c.id.in_({row.instance_id for row in rows})
            )
            seen = {one.id: visible(one.state, one.variables) for one in connection.execute(holders)}
            return [
                Task(
                    row.id,
                    row.instance_id,
                    row.element_id,
                    row.name,
                    row.assignee,
                    row.candidate_users,
                    row.candidate_groups,
                    row.due_at,
                    row.priority,
                    row.form,
                    seen[row.instance_id](row.token),
                )
                for row in rows
            ]

    def external(self, topic: str | None = None) -> list[ExternalTask]:
        """Open external tasks of the topic, oldest first."""
        query = select(t.external_task).order_by(t.external_task.c.id)
        if topic is not None:
            query = query.where(t.external_task.c.topic == topic)
        with self.database.read() as connection:
            return [ExternalTask(r.id, r.element_id, r.topic, r.data) for r in connection.execute(query)]

    def instance(self, instance_id: str) -> Instance:
        """The state of an instance. NotFound."""
        with self.database.read() as connection:
            row = connection.execute(select(t.instance).where(t.instance.c.id == instance_id)).one_or_none()
            if row is None:
                raise NotFound("There is no such process instance.", "没有该流程实例。")
            incidents = connection.execute(
                select(t.incident)
                .where(t.incident.c.instance_id == instance_id, t.incident.c.status == "open")
                .order_by(t.incident.c.id)
            ).all()
        return Instance(
            "suspended" if row.suspended and row.status == "active" else row.status,
            row.variables,
            [Incident(i.element_id, i.message, i.id) for i in incidents],
            row.started_at,
            row.ended_at,
            row.end_element_id,
            row.business_key,
            row.id,
        )

    def instances(self, key: str | None = None) -> list[str]:
        """Ids of all instances (of a process), oldest first."""
        query = select(t.instance.c.id).order_by(t.instance.c.id)
        if key is not None:
            query = query.where(t.instance.c.definition_key == key)
        with self.database.read() as connection:
            return list(connection.execute(query).scalars())

    def trace(self, instance_id: str | None = None) -> list[str]:
        """Element ids in the order in which they completed, of the instance and what it called (None: of all). A sub-process
        that is undone from within has not completed again; the handlers inside have."""
        a = t.activity.c
        query = (
            select(a.element_id)
            .where(a.completed_order.is_not(None), a.kind.not_in(("multiInstanceBody", "compensation")))
            .order_by(a.completed_order)
        )
        with self.database.read() as connection:
            if instance_id is not None:
                query = query.where(a.instance_id.in_(self._family(connection, instance_id)))
            return list(connection.execute(query).scalars())

    def _family(self, connection: Any, instance_id: str) -> list[str]:
        """The instance and everything that it called, at any depth."""
        found, todo = [instance_id], [instance_id]
        while todo:
            todo = list(connection.execute(select(t.instance.c.id).where(t.instance.c.parent_id.in_(todo))).scalars())
            found.extend(todo)
        return found


def _id(task: ExternalTask | str) -> str:
    return task if isinstance(task, str) else task.id


def _length(text: str, now: datetime) -> timedelta:
    duration = parse_duration(text)
    assert now.tzinfo is not None
    return duration.after(now, now.tzinfo) - now
