"""Facts become rows, without touching the database: one function per kind of fact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from engine import facts as f
from engine.ids import new_id
from engine.privacy import scrub, values_of
from engine.record.held import correlation_key, message_key
from engine.record.page import Page, Row, Subject, clean, job_row


def collect(subject: Subject, facts: Sequence[f.Fact], now: datetime, by: str | None) -> Page:
    """Turns facts into rows, without touching the database."""
    page = Page()
    for fact in facts:
        _COLLECT[type(fact)](page, subject, fact, now, by)
    if page.ended is not None:
        _return(page, subject, now)
    return page


def _activity_started(page: Page, s: Subject, fact: f.ActivityStarted, now: datetime, by: str | None) -> None:
    page.activities[fact.token] = {
        "instance_id": s.id,
        "token": fact.token,
        "scope": fact.scope,
        "element_id": fact.element_id,
        "kind": fact.kind,
        "name": clean(fact.name, 400),
        "status": "active",
        "iteration": fact.iteration,
        "started_at": now,
        "ended_at": None,
        "completed_order": None,
    }


def _activity_ended(page: Page, s: Subject, token: int, status: str, now: datetime) -> None:
    order = new_id() if status == "completed" else None
    row = page.activities.get(token)
    if row is not None:
        row.update(status=status, ended_at=now, completed_order=order)
    else:
        page.ended_activities.append(
            {"b_instance": s.id, "b_token": token, "status": status, "ended_at": now, "completed_order": order}
        )


def _activity_completed(page: Page, s: Subject, fact: f.ActivityCompleted, now: datetime, by: str | None) -> None:
    _activity_ended(page, s, fact.token, "completed", now)


def _activity_cancelled(page: Page, s: Subject, fact: f.ActivityCancelled, now: datetime, by: str | None) -> None:
    _activity_ended(page, s, fact.token, "cancelled", now)


def _task_created(page: Page, s: Subject, fact: f.TaskCreated, now: datetime, by: str | None) -> None:
    id = new_id()
    page.tasks[fact.token] = {
        "id": id,
        "instance_id": s.id,
        "root_id": s.root_id,
        "token": fact.token,
        "definition_id": s.definition_id,
        "definition_key": s.definition_key,
        "business_key": s.business_key,
        "element_id": fact.element_id,
        "name": clean(fact.name, 400),
        "name_zh": clean(fact.name_zh, 400),
        "status": "open",
        "assignee": None if fact.assignee is None else clean(fact.assignee, 200),
        "candidate_users": _subjects(fact.candidate_users),
        "candidate_groups": _subjects(fact.candidate_groups),
        "not_who_did": [],
        "form": None if fact.form is None else clean(fact.form, 200),
        "priority": fact.priority,
        "due_at": fact.due_at,
        "follow_up_at": fact.follow_up_at,
        "created_at": now,
        "ended_at": None,
        "ended_by": None,
    }
    page.candidates[fact.token] = [
        {"task_id": id, "kind": kind, "subject": subject, "created_at": now}
        for kind, subjects in (("user", fact.candidate_users), ("group", fact.candidate_groups))
        for subject in _subjects(subjects)
        if fact.assignee is None
    ]
    if fact.not_who_did:
        page.excluded[fact.token] = fact.not_who_did


def _subjects(names: Sequence[str]) -> list[str]:
    """Usernames or group keys as columns take them; whoever has no such long name cannot have the task either way."""
    return list(dict.fromkeys(clean(name, 200) for name in names))


def _task_ended(page: Page, s: Subject, token: int, status: str, now: datetime, by: str | None) -> None:
    row = page.tasks.get(token)
    page.candidates.pop(token, None)
    if row is not None:
        row.update(status=status, ended_at=now, ended_by=by)
    else:
        page.ended_tasks.append(
            {"b_instance": s.id, "b_token": token, "status": status, "ended_at": now, "ended_by": by}
        )


def _task_completed(page: Page, s: Subject, fact: f.TaskCompleted, now: datetime, by: str | None) -> None:
    _task_ended(page, s, fact.token, "completed", now, fact.by)


def _task_cancelled(page: Page, s: Subject, fact: f.TaskCancelled, now: datetime, by: str | None) -> None:
    _task_ended(page, s, fact.token, "cancelled", now, None)


def _variable_set(page: Page, s: Subject, fact: f.VariableSet, now: datetime, by: str | None) -> None:
    page.variables.append(
        {
            "id": new_id(),
            "instance_id": s.id,
            "scope": fact.scope,
            "name": fact.name[:255],
            "value": fact.value,
            "token": fact.token,
            "element_id": fact.element_id,
            "changed_by": by,
            "changed_at": now,
        }
    )


def _job(s: Subject, kind: str, now: datetime, **values: Any) -> Row:
    return job_row(kind, now, **{"instance_id": s.id, "retries": s.default_retries, **values})


def _timer(page: Page, s: Subject, fact: f.TimerScheduled, now: datetime, by: str | None) -> None:
    page.jobs[fact.token, fact.wait] = _job(
        s, "timer", now, token=fact.token, wait=fact.wait, element_id=fact.element_id, due_at=fact.due_at
    )


def _subscription(s: Subject, kind: str, fact: Any, now: datetime, correlation: str | None) -> Row:
    return {
        "id": new_id(),
        "kind": kind,
        "name": clean(fact.name, 255),
        "correlation": None if correlation is None else correlation_key(clean(correlation)),
        "instance_id": s.id,
        "token": fact.token,
        "wait": fact.wait,
        "element_id": fact.element_id,
        "definition_key": s.definition_key,
        "created_at": now,
    }


def _message_awaited(page: Page, s: Subject, fact: f.MessageAwaited, now: datetime, by: str | None) -> None:
    page.subscriptions[fact.token, fact.wait] = _subscription(s, "message", fact, now, fact.correlation)


def _signal_awaited(page: Page, s: Subject, fact: f.SignalAwaited, now: datetime, by: str | None) -> None:
    page.subscriptions[fact.token, fact.wait] = _subscription(s, "signal", fact, now, None)


def _wait_closed(page: Page, s: Subject, fact: f.WaitClosed, now: datetime, by: str | None) -> None:
    key = (fact.token, fact.wait)
    opened = page.jobs if fact.kind == "timer" else page.subscriptions
    known = opened.pop(key, None)
    if known is None:
        page.closed_waits.setdefault("timer" if fact.kind == "timer" else "subscription", []).append(
            {"b_instance": s.id, "b_token": fact.token, "b_wait": fact.wait}
        )


def _service_requested(page: Page, s: Subject, fact: f.ServiceRequested, now: datetime, by: str | None) -> None:
    page.jobs[fact.token, None] = _job(
        s,
        "service",
        now,
        token=fact.token,
        element_id=fact.element_id,
        payload={"operation": fact.operation, "parameters": dict(fact.parameters)},
        retries=fact.retries if fact.retries is not None else s.default_retries,
        retry_after=fact.retry_after,
    )


def _script(page: Page, s: Subject, fact: f.ScriptRequested, now: datetime, by: str | None) -> None:
    page.jobs[fact.token, None] = _job(
        s,
        "script",
        now,
        token=fact.token,
        element_id=fact.element_id,
        definition_id=s.definition_id,
        payload={"variables": dict(fact.variables), "now": now, "by": by},
    )


def _external(page: Page, s: Subject, fact: f.ExternalTaskOpened, now: datetime, by: str | None) -> None:
    page.external[fact.token] = {
        "id": new_id(),
        "instance_id": s.id,
        "token": fact.token,
        "definition_key": s.definition_key,
        "business_key": s.business_key,
        "element_id": fact.element_id,
        "topic": clean(fact.topic, 200),
        "data": dict(fact.data),
        "priority": fact.priority,
        "retries": fact.retries if fact.retries is not None else s.default_retries,
        "status": "open",
        "available_at": now,
        "created_at": now,
    }


def _withdrawn(page: Page, s: Subject, fact: f.WorkWithdrawn, now: datetime, by: str | None) -> None:
    if fact.kind == "external" and page.external.pop(fact.token, None) is not None:
        return
    if fact.kind in ("service", "script", "call") and page.jobs.pop((fact.token, None), None) is not None:
        return
    page.withdrawn.append((fact.kind, fact.token))
    if fact.kind == "call":
        page.more_jobs.append(
            _job(s, "cancel_call", now, instance_id=None, payload={"parent": s.id, "token": fact.token})
        )


def _call(page: Page, s: Subject, fact: f.CallRequested, now: datetime, by: str | None) -> None:
    payload = {
        "process": fact.process,
        "binding": fact.binding,
        "version": fact.version,
        "business_key": None if fact.business_key is None else clean(fact.business_key, 200),
        "variables": dict(fact.variables),
    }
    page.jobs[fact.token, None] = _job(s, "call", now, token=fact.token, element_id=fact.element_id, payload=payload)


def _message_thrown(page: Page, s: Subject, fact: f.MessageThrown, now: datetime, by: str | None) -> None:
    id = new_id()
    page.outbox.append(
        {
            "id": id,
            "message_id": message_key(clean(fact.message_id or f"{s.id}/{fact.token}/{len(page.outbox)}")),
            "name": clean(fact.name, 255),
            "correlation": None if fact.correlation is None else correlation_key(clean(fact.correlation)),
            "correlation_values": None,
            "business_key": None if fact.business_key is None else clean(fact.business_key, 200),
            "payload": dict(fact.payload),
            "source_instance_id": s.id,
            "status": "held",
            "created_at": now,
            "expires_at": fact.expires_at,
        }
    )
    page.more_jobs.append(_job(s, "deliver", now, instance_id=None, payload={"message": id}))


def _signal_thrown(page: Page, s: Subject, fact: f.SignalThrown, now: datetime, by: str | None) -> None:
    payload = {"name": clean(fact.name, 255), "payload": dict(fact.payload), "source": s.id}
    page.more_jobs.append(_job(s, "signal", now, instance_id=None, payload=payload))


def _decision(page: Page, s: Subject, fact: f.DecisionEvaluated, now: datetime, by: str | None) -> None:
    page.decisions.append(
        {
            "id": new_id(),
            "decision_key": fact.decision,
            "decision_version": fact.version,
            "instance_id": s.id,
            "token": fact.token,
            "element_id": fact.element_id,
            "inputs": dict(fact.inputs),
            "output": fact.output,
            "detail": [dict(item) for item in fact.detail],
            "evaluated_by": by,
            "evaluated_at": now,
        }
    )


def _incident(page: Page, s: Subject, fact: f.IncidentRaised, now: datetime, by: str | None) -> None:
    hidden = values_of(s.variables, s.sensitive)
    page.incidents[fact.token] = {
        "id": new_id(),
        "instance_id": s.id,
        "definition_key": s.definition_key,
        "token": fact.token,
        "element_id": fact.element_id,
        "element_name": clean(fact.name, 400),
        "kind": fact.code[:40],
        "message": clean(scrub(fact.message, hidden)),
        "message_zh": clean(scrub(fact.message_zh, hidden)),
        "status": "open",
        "created_at": now,
    }


def _incident_resolved(page: Page, s: Subject, fact: f.IncidentResolved, now: datetime, by: str | None) -> None:
    if page.incidents.pop(fact.token, None) is None:
        page.resolved.append(fact.token)


def _error_uncaught(page: Page, s: Subject, fact: f.ErrorUncaught, now: datetime, by: str | None) -> None:
    page.thrown = fact


def _escalation(page: Page, s: Subject, fact: f.EscalationUncaught, now: datetime, by: str | None) -> None:
    if s.parent_id is not None:
        payload = {"escalation": fact.escalation_code, "data": dict(fact.data)}
        page.more_jobs.append(_job(s, "escalate", now, instance_id=s.parent_id, token=s.parent_token, payload=payload))


def _instance_ended(page: Page, s: Subject, fact: f.InstanceEnded, now: datetime, by: str | None) -> None:
    page.ended = fact


def _return(page: Page, s: Subject, now: datetime) -> None:
    """A called instance has ended: its caller goes on, by a job of the caller's own."""
    if s.parent_id is None or page.ended is None or (page.ended.status == "cancelled" and page.thrown is None):
        return
    payload: Row = {"called": s.id}
    if page.thrown is not None:
        payload["error"] = {
            "code": page.thrown.error_code,
            "message": page.thrown.message,
            "data": dict(page.thrown.data),
        }
    page.more_jobs.append(_job(s, "return", now, instance_id=s.parent_id, token=s.parent_token, payload=payload))


_COLLECT: Mapping[type, Any] = {
    f.ActivityStarted: _activity_started,
    f.ActivityCompleted: _activity_completed,
    f.ActivityCancelled: _activity_cancelled,
    f.TaskCreated: _task_created,
    f.TaskCompleted: _task_completed,
    f.TaskCancelled: _task_cancelled,
    f.VariableSet: _variable_set,
    f.TimerScheduled: _timer,
    f.MessageAwaited: _message_awaited,
    f.SignalAwaited: _signal_awaited,
    f.WaitClosed: _wait_closed,
    f.ServiceRequested: _service_requested,
    f.ScriptRequested: _script,
    f.ExternalTaskOpened: _external,
    f.WorkWithdrawn: _withdrawn,
    f.CallRequested: _call,
    f.MessageThrown: _message_thrown,
    f.SignalThrown: _signal_thrown,
    f.DecisionEvaluated: _decision,
    f.IncidentRaised: _incident,
    f.IncidentResolved: _incident_resolved,
    f.ErrorUncaught: _error_uncaught,
    f.EscalationUncaught: _escalation,
    f.InstanceEnded: _instance_ended,
}
