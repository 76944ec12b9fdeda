"""What happens to whole instances: start, set variables, suspend, resume, cancel, retry an incident."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select, update

import forms
from engine import policy, record
from engine.audit import change, variables_change
from engine.commands.attachments import adopt, check_uploads
from engine.commands.tasks import check_form
from engine.commands.unique import take_unique
from engine.definitions import Definition
from engine.errors import Conflict, Forbidden, InvalidInput, NotFound
from engine.runtime import stimuli
from engine.runtime.environment import Text
from engine.store import tables as t
from engine.variables import as_value
from engine.work import Work

MAX_BUSINESS_KEY = 200


def latest(work: Work, key: str, version: int | None = None) -> Definition:
    """The newest (or the given) version of a process. NotFound names the key."""
    condition = (t.definition.c.version == version) if version is not None else t.definition.c.latest.is_(True)
    row = work.connection.execute(
        select(t.definition.c.id, t.definition.c.suspended).where(t.definition.c.key == key, condition)
    ).one_or_none()
    if row is None:
        raise NotFound(f"There is no process “{key}”.", f"没有流程“{key}”。")
    if row.suspended:
        raise Conflict("This process is switched off for new starts.", "该流程已停用，不能发起新实例。")
    return work.definition(row.id)


@dataclass(frozen=True, slots=True)
class StartInstance:
    """发起流程: a new instance of a process by its plain start event.

    `variables`: the start form's fields, or any variables when there is no start form. `idempotency_key`: a second start
    with the same key returns the first one's instance.
    """

    key: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    business_key: str | None = None
    idempotency_key: str | None = None
    version: int | None = None

    def execute(self, work: Work) -> str:
        if self.idempotency_key is not None:
            _check_start_key(self.idempotency_key)
            known = work.connection.execute(
                select(t.instance.c.id, t.instance.c.definition_key).where(
                    t.instance.c.start_key == self.idempotency_key
                )
            ).one_or_none()
            if known is not None:
                return self._same(work, known)
        definition = latest(work, self.key, self.version)
        if not policy.may_start(work.actor, definition.starters, definition.key):
            raise Forbidden("You may not start this process.", "您无权发起该流程。")
        values, files, form = self._checked(work, definition)
        key = check_business_key(self.business_key) or derived_key(work, definition, values)
        id = work.start(
            definition,
            stimuli.Start(values, by=work.actor.username),
            business_key=key,
            start_key=self.idempotency_key,
        )
        adopt(work, files, id)
        if form is not None:
            take_unique(work, form, values, id)
        _, new = variables_change({}, values, definition.sensitive)
        after = {"process": definition.key, "version": definition.version, "business_key": key, "variables": new}
        work.audit.update(instance_id=id, subject=definition.name, detail=change(None, after))
        return id

    def _same(self, work: Work, known: Any) -> str:
        work.audit.update(instance_id=known.id, subject=known.definition_key, detail=change({}, {}))
        if known.definition_key != self.key:
            raise Conflict("This idempotency key was used for another process.", "该幂等键已用于其他流程。")
        return str(known.id)

    def _checked(
        self, work: Work, definition: Definition
    ) -> tuple[Mapping[str, Any], tuple[forms.Upload, ...], forms.Form | None]:
        """The values that become variables, the uploads that they name, and the form that asked for them."""
        form = definition.form(definition.start_form)
        if form is None or (work.actor.system and not self.variables):
            return {name: as_value(value) for name, value in self.variables.items()}, (), None
        submission = check_form(work, form, self.variables, {})
        check_uploads(work, form, submission, None)
        return submission.values, submission.uploads, form


def _check_start_key(key: str) -> None:
    if not 1 <= len(key) <= 255 or "\0" in key:
        raise InvalidInput("An idempotency key has 1 to 255 characters.", "幂等键须为 1 到 255 个字符。")


def check_business_key(key: str | None) -> str | None:
    """A business key is a text of 1 to 200 characters without control characters."""
    if key is None or key == "":
        return None
    if len(key) > MAX_BUSINESS_KEY or any(ord(c) < 32 for c in key):
        raise InvalidInput("A business key has at most 200 printable characters.", "业务主键最多 200 个可打印字符。")
    return key


def derived_key(work: Work, definition: Definition, values: Mapping[str, Any]) -> str | None:
    """The business key that the diagram derives from the start's variables (`facet:businessKey`)."""
    text = definition.process.business_key
    if text is None:
        return None
    value = Text(text, definition.key, feel=True).value(values, work.environment(definition).context)
    return check_business_key(str(value)) if value is not None else None


def find_instance(work: Work, instance_id: str, action: str) -> Any:
    """The instance's row for whoever may do `action` with it. NotFound, Forbidden."""
    policy.check_somewhere(work.actor, action)
    row = work.row(instance_id)
    if not policy.may(work.actor, action, row.definition_key):
        raise policy.refused(action) if policy.may_see_instance(work.actor, row) else policy.no_instance()
    work.audit.update(instance_id=row.id, subject=row.business_key or row.definition_key)
    return row


def corrected(work: Work, row: Any, values: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """What the audit says of variables that an operator gives an instance."""
    old, new = variables_change(row.variables, values, work.definition(row.definition_id).sensitive)
    return change({"variables": old}, {"variables": new}, **more)


@dataclass(frozen=True, slots=True)
class SetVariables:
    """An operator changes variables of the process scope; conditional events react."""

    instance_id: str
    variables: Mapping[str, Any]

    def execute(self, work: Work) -> None:
        row = find_instance(work, self.instance_id, policy.MODIFY)
        values = {name: as_value(value) for name, value in self.variables.items()}
        work.audit["detail"] = corrected(work, row, values)
        work.advance(row, stimuli.SetVariables(values))


@dataclass(frozen=True, slots=True)
class CancelInstance:
    """Ends an instance and everything that it called."""

    instance_id: str
    reason: str | None = None

    def execute(self, work: Work) -> None:
        row = find_instance(work, self.instance_id, policy.CANCEL)
        reason = record.clean(self.reason, 2000) if self.reason is not None else None
        before = {"status": row.status, "suspended": row.suspended}
        work.audit["detail"] = change(before, {"status": "cancelled", "suspended": False}, reason=reason)
        if row.suspended:
            unsuspend(work, row.id)
            row = work.row(self.instance_id)
        work.advance(row, stimuli.Cancel(reason))
        if row.parent_id is not None:
            self._tell_caller(work, row)

    def _tell_caller(self, work: Work, row: Any) -> None:
        """The calling activity cannot go on by itself: an incident there."""
        job = record.job_row(
            "return",
            work.now,
            instance_id=row.parent_id,
            token=row.parent_token,
            payload={"called": row.id, "cancelled": True},
        )
        work.connection.execute(insert(t.job), job)
        work.after.append(work.services.wake)


@dataclass(frozen=True, slots=True)
class SuspendInstance:
    """Stops an instance where it is: no task, timer or message moves it until it is resumed."""

    instance_id: str

    def execute(self, work: Work) -> None:
        row = find_instance(work, self.instance_id, policy.MODIFY)
        if row.status != "active":
            raise Conflict("The process instance has already ended.", "流程实例已结束。")
        work.audit["detail"] = change({"suspended": row.suspended}, {"suspended": True})
        if not row.suspended:
            _set_suspended(work, row.id, True)
            work.connection.execute(
                update(t.job).where(t.job.c.instance_id == row.id, t.job.c.status == "due").values(status="suspended")
            )


@dataclass(frozen=True, slots=True)
class ResumeInstance:
    """Lets a suspended instance go on; timers that have become due fire now, once, and messages that came meanwhile arrive."""

    instance_id: str

    def execute(self, work: Work) -> None:
        row = find_instance(work, self.instance_id, policy.MODIFY)
        if not row.suspended:
            raise Conflict("The process instance is not suspended.", "流程实例未挂起。")
        if row.status != "active":
            raise Conflict("The process instance has already ended.", "流程实例已结束。")
        work.audit["detail"] = change({"suspended": True}, {"suspended": False})
        unsuspend(work, row.id)
        waiting = work.connection.execute(select(t.subscription).where(t.subscription.c.instance_id == row.id))
        held = record.deliveries(work.connection, [dict(s._mapping) for s in waiting], row.variables, work.now)
        if held:
            work.connection.execute(insert(t.job), held)
        work.after.append(work.services.wake)


def unsuspend(work: Work, instance_id: str) -> None:
    """Undoes a suspension; the jobs of the instance are due again."""
    _set_suspended(work, instance_id, False)
    work.connection.execute(
        update(t.job).where(t.job.c.instance_id == instance_id, t.job.c.status == "suspended").values(status="due")
    )


def _set_suspended(work: Work, instance_id: str, suspended: bool) -> None:
    work.connection.execute(
        update(t.instance)
        .where(t.instance.c.id == instance_id)
        .values(suspended=suspended, revision=t.instance.c.revision + 1)
    )


@dataclass(frozen=True, slots=True)
class RetryIncident:
    """Tries the failed element or job again, after `variables` were corrected."""

    incident_id: str
    variables: Mapping[str, Any] = field(default_factory=dict)

    def execute(self, work: Work) -> None:
        policy.check_somewhere(work.actor, policy.MODIFY)
        n = t.incident.c
        instance = work.connection.execute(select(n.instance_id).where(n.id == self.incident_id)).scalar_one_or_none()
        if instance is None:
            raise NotFound("There is no such incident.", "没有该异常事件。")
        row = find_instance(work, instance, policy.MODIFY)  # before the incident, as whoever moves the instance does
        incident = work.connection.execute(select(t.incident).where(n.id == self.incident_id)).one()
        if incident.status != "open":
            raise Conflict("This incident is already resolved.", "该异常事件已解决。")
        values = {name: as_value(value) for name, value in self.variables.items()}
        detail = corrected(work, row, values, incident=incident.id, kind=incident.kind)
        detail["before"]["status"], detail["after"]["status"] = "open", "retried"
        work.audit.update(instance_id=row.id, subject=incident.element_name, detail=detail)
        work.connection.execute(update(t.incident).where(n.id == incident.id).values(resolved_by=work.actor.username))
        if incident.job_id is not None:
            self._retry_job(work, row, incident, values)
        else:
            work.advance(row, stimuli.Retry(incident.token, values))

    def _retry_job(self, work: Work, row: Any, incident: Any, values: Mapping[str, Any]) -> None:
        """A timer or message that could not happen is tried again; what the variables set in motion may have made it
        needless, then the incident went with it."""
        if values:
            work.advance(row, stimuli.SetVariables(values))
        n, j = t.incident.c, t.job.c
        resolved = work.connection.execute(
            update(t.incident)
            .where(n.id == incident.id, n.status == "open")
            .values(status="resolved", resolved_at=work.now)
        ).rowcount
        if resolved:
            payload = work.connection.execute(select(j.payload).where(j.id == incident.job_id)).scalar() or {}
            anew = {name: value for name, value in payload.items() if name != "chain"}  # somebody outside has decided
            work.connection.execute(
                update(t.job)
                .where(j.id == incident.job_id, j.status == "failed")
                .values(status="due", attempts=0, retries=work.services.default_retries, due_at=work.now, payload=anew)
            )
            work.connection.execute(
                update(t.instance).where(t.instance.c.id == row.id).values(incidents=t.instance.c.incidents - 1)
            )
        work.after.append(work.services.wake)


@dataclass(frozen=True, slots=True)
class ActivateAdHoc:
    """Starts activities of an ad-hoc sub-process that staff picked."""

    instance_id: str
    token: int
    elements: tuple[str, ...]

    def execute(self, work: Work) -> None:
        row = work.row(self.instance_id)
        if not (policy.may(work.actor, policy.WORK_ANY, row.definition_key) or row.initiator == work.actor.username):
            raise policy.no_instance()
        work.audit.update(
            instance_id=row.id,
            subject=row.business_key or row.definition_key,
            detail=change({}, {"activated": list(self.elements)}),
        )
        work.advance(row, stimuli.ActivateAdHoc(self.token, self.elements))
