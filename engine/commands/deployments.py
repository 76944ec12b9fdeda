"""Deploying: a set of files becomes a version per process key, or a list of problems."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

import engine.bpmn
import engine.dmn
import engine.scripts
from engine import policy
from engine.actor import Actor
from engine.audit import change
from engine.bpmn.model import Document, Problem, Process
from engine.calendars import load as load_calendar
from engine.commands.deployment_changes import DecisionChange, changed_decisions, digest_of, store_decision
from engine.commands.deployment_files import (
    Read,
    decision_ids,
    decision_outputs,
    examine,
    form_infos,
    kind_of,
    read_files,
    rejected,
)
from engine.commands.deployment_rights import check_may_deploy
from engine.commands.start_triggers import store_triggers
from engine.connectors import OPERATIONS
from engine.connectors.catalogue import calls
from engine.errors import InvalidInput
from engine.ids import new_id
from engine.runtime.environment import Environment
from engine.runtime.spec import ProcessSpec
from engine.store import tables as t
from engine.work import Services, Work

MAX_FILES = 200
_NAMED = 50
"""Files that an audit entry names."""
MAX_FILE_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Deployed:
    """One process of a deployment: its newest version, and whether this deployment made it."""

    id: str
    key: str
    name: str
    version: int
    new: bool


@dataclass(frozen=True, slots=True)
class Deployment:
    """What came of the files. `problems` holds warnings only: errors raise DeploymentRejected."""

    definitions: tuple[Deployed, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Examined:
    """Files that may be deployed: what they say, and the warnings."""

    read: Read
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """What files are held against: for the linter, and for what start timers ask."""

    context: engine.bpmn.LintContext
    environment: Environment


@dataclass(frozen=True, slots=True)
class DeployDefinitions:
    """Deploys `files` (name → bytes). Every executable process gets a version of its own unless nothing changed.

    Raises DeploymentRejected with all problems when one of them is an error; then nothing is deployed.
    """

    files: Mapping[str, bytes]
    name: str = ""
    dry_run: bool = field(default=False)
    examined: Examined | None = field(default=None, repr=False, compare=False)
    """What `prepare` has found; without it `execute` looks itself."""

    def prepare(self, services: Services, actor: Actor) -> DeployDefinitions:
        """Before any transaction, since nobody shall wait for it: what people upload is first read in a process of its own,
        within limits of time and memory, then looked through. DeploymentRejected when it does not get through."""
        policy.check_somewhere(actor, policy.DEPLOY)
        self._check_sizes()
        if services.inspector is not None and not actor.system:
            costly = services.inspector.inspect(self.files)
            if costly:
                raise rejected(costly)
        read = read_files(self.files)
        with services.database.read() as connection:
            known = _known(services, connection, services.clock.now(), read)
        return replace(self, examined=_examined(read, known))

    def execute(self, work: Work) -> Deployment:
        policy.check_somewhere(work.actor, policy.DEPLOY)
        self._check_sizes()
        examined = self.examined
        if examined is None:
            read = read_files(self.files)
            examined = _examined(read, _known(work.services, work.connection, work.now, read))
        read, problems = examined.read, examined.problems
        check_may_deploy(work, read)
        work.audit.update(subject=(self.name or ", ".join(sorted(self.files)))[:400], detail=change(None, None))
        if self.dry_run:
            work.audit["detail"] = change(None, None, dry_run=True, files=sorted(self.files)[:_NAMED])
            return Deployment((), problems)
        return Deployment(tuple(self._store(work, read)), problems)

    def _check_sizes(self) -> None:
        if not self.files:
            raise InvalidInput("There is no file to deploy.", "没有要部署的文件。")
        if len(self.files) > MAX_FILES:
            raise InvalidInput(f"At most {MAX_FILES} files at once.", f"一次最多部署 {MAX_FILES} 个文件。")
        for name, content in self.files.items():
            if kind_of(name) is None:
                raise InvalidInput(
                    f"“{name}” is neither a diagram (.bpmn), a decision (.dmn) nor a form (.json, .form).",
                    f"“{name}”不是流程图（.bpmn）、决策表（.dmn）或表单（.json、.form）。",
                )
            if len(content) > MAX_FILE_BYTES:
                raise InvalidInput(f"“{name}” is larger than 2 MB.", f"“{name}”超过 2 MB。")

    def _store(self, work: Work, read: Read) -> list[Deployed]:
        plan = [(document, process, digest_of(document, read, self.files)) for document, process in read.processes]
        newest = _newest(work, [process.id for _, process, _ in plan])
        changed = [item for item in plan if item[1].id not in newest or newest[item[1].id].digest != item[2]]
        decisions = changed_decisions(work, read, self.files)
        self._store_calendars(work, read)
        made: dict[str, Deployed] = {}
        deployment = None
        if changed or decisions:
            deployment = self._store_files(work)
            for decision in decisions:
                store_decision(work, deployment, decision)
            for document, process, digest in changed:
                before = newest.get(process.id)
                made[process.id] = _store_definition(work, read, document, process, digest, deployment, before)
        self._audit(work, read, newest, made, decisions, deployment)
        return [made.get(process.id) or _unchanged(newest[process.id]) for _, process, _ in plan]

    def _audit(
        self,
        work: Work,
        read: Read,
        newest: Mapping[str, Any],
        made: Mapping[str, Deployed],
        decisions: Sequence[DecisionChange],
        deployment: str | None,
    ) -> None:
        """Versions before and after, of what is new; digests of the files say what was deployed."""
        before = {key: newest[key].version for key in made if key in newest}
        after = {key: one.version for key, one in made.items()}
        changed = {one.key: one.version for one in decisions}
        work.audit["detail"] = change(
            {"processes": before, "decisions": {key: version - 1 for key, version in changed.items() if version > 1}},
            {
                "processes": after,
                "decisions": changed,
                **({"calendars": sorted(read.calendars)} if read.calendars else {}),
            },
            deployment=deployment,
            files={name: hashlib.sha256(self.files[name]).hexdigest() for name in sorted(self.files)[:_NAMED]},
        )

    def _store_files(self, work: Work) -> str:
        deployment = new_id()
        whole = hashlib.sha256(b"".join(hashlib.sha256(self.files[n]).digest() for n in sorted(self.files)))
        work.connection.execute(
            insert(t.deployment),
            {
                "id": deployment,
                "name": self.name or "deployment",
                "digest": whole.hexdigest(),
                "deployed_at": work.now,
                "deployed_by": work.actor.username,
            },
        )
        rows = [
            {
                "id": new_id(),
                "deployment_id": deployment,
                "name": name,
                "kind": kind_of(name),
                "content": content,
                "digest": hashlib.sha256(content).hexdigest(),
            }
            for name, content in self.files.items()
        ]
        work.connection.execute(insert(t.resource), rows)
        return deployment

    def _store_calendars(self, work: Work, read: Read) -> None:
        for key, data in read.calendars.items():
            work.connection.execute(delete(t.calendar).where(t.calendar.c.key == key))
            work.connection.execute(insert(t.calendar), {"key": key, "data": data, "changed_at": work.now})
        if read.calendars:
            work.after.append(work.services.forget_calendars)


def _unchanged(row: Any) -> Deployed:
    return Deployed(row.id, row.key, row.name, row.version, False)


def _examined(read: Read, known: _Known) -> Examined:
    """Everything that can be said before it runs: the linter's problems, the tables', the forms', the compiler's.
    DeploymentRejected when one of them is an error."""
    problems = (*read.problems, *examine(read, known.context, known.environment))
    if any(p.severity == "error" for p in problems):
        raise rejected(problems)
    return Examined(read, problems)


def _known(services: Services, connection: Connection, now: datetime, read: Read) -> _Known:
    """What there is beside the files, as of `now`."""
    decisions = set(connection.execute(select(t.decision_definition.c.key).distinct()).scalars())
    groups = set(connection.execute(select(t.group.c.key)).scalars())
    environment = _environment(services, connection, now, read)
    context = engine.bpmn.LintContext(
        forms=form_infos(read),
        decisions=decisions | decision_ids(read),
        decision_outputs=decision_outputs(read),
        processes=set(connection.execute(select(t.definition.c.key).distinct()).scalars()),
        groups=groups or None,
        operations=set(OPERATIONS) | set(services.operations),
        calls=calls(None if services.rehearsal else connection),
        calendars=set(environment.calendars),
        check_script=engine.scripts.check,
    )
    return _Known(context, environment)


def _environment(services: Services, connection: Connection, now: datetime, read: Read) -> Environment:
    """What start timers can ask for: the calendars that there are, and those that come with these files."""
    brought = {key: load_calendar(data) for key, data in read.calendars.items()}
    return Environment(now=now, zone=services.zone, calendars={**services.load_calendars(connection), **brought})


def _newest(work: Work, keys: Sequence[str]) -> dict[str, Any]:
    rows = work.connection.execute(
        select(t.definition).where(t.definition.c.key.in_(keys), t.definition.c.latest.is_(True))
    )
    return {row.key: row for row in rows}


def _store_definition(
    work: Work, read: Read, document: Document, process: Process, digest: str, deployment: str, before: Any
) -> Deployed:
    id = new_id()
    version = before.version + 1 if before is not None else 1
    spec = ProcessSpec(process)
    name = process.name or process.participant or process.id
    start = next((e for e in spec.root.starts), None)
    assignment = start.node.assignment if start is not None else None
    form = (assignment.form if assignment else None) or (start.node.extensions.get("formKey") if start else None)
    work.connection.execute(update(t.definition).where(t.definition.c.key == process.id).values(latest=False))
    work.connection.execute(
        insert(t.definition),
        {
            "id": id,
            "key": process.id,
            "version": version,
            "name": name[:400],
            "name_zh": process.extensions.get("name-zh", "")[:400],
            "deployment_id": deployment,
            "resource_name": document.file,
            "digest": digest,
            "version_tag": process.version_tag,
            "starters": [g.strip() for g in process.starters.split(",")] if process.starters else None,
            "startable": bool(spec.root.starts) and not process.global_task,
            "start_form": form,
            "sensitive": f",{','.join(sorted(set(process.sensitive)))}," if process.sensitive else "",
            "latest": True,
            "created_at": work.now,
        },
    )
    store_triggers(work, id, process.id, spec, _environment(work.services, work.connection, work.now, read))
    return Deployed(id, process.id, name, version, True)


__all__ = ["DeployDefinitions", "Deployed", "Deployment", "kind_of", "read_files"]
