"""Rows of the audit's tests: tasks, cases, notes, messages, jobs, deployments."""

from __future__ import annotations

from typing import Any
from unittest.mock import ANY

from engine.commands import (
    attachments,
    decisions,
    deployments,
    external,
    instances,
    jobs,
    messages,
    notes,
    reveal,
    tasks,
)
from engine.privacy import MASK
from tests.commands.audit_stage import (
    FILE,
    PDF,
    WHISPER,
    Row,
    attached,
    bought,
    broken,
    by,
    fetched,
    held_message,
    leased,
    lent,
    open_task,
    paused_case,
    picking,
    secret_file,
)
from tests.support import ODDS

WORK: dict[type[Any], Row] = {
    # --- tasks
    tasks.ClaimTask: Row(
        by("ann", lambda w: tasks.ClaimTask(open_task(w))),
        {"assignee": None},
        {"assignee": "ann"},
        actor="ann",
        subject="Approve",
    ),
    tasks.UnclaimTask: Row(
        by("ann", lambda w: tasks.UnclaimTask(open_task(w, "ann"))),
        {"assignee": "ann"},
        {"assignee": None},
        actor="ann",
        subject="Approve",
    ),
    tasks.AssignTask: Row(
        by("max", lambda w: tasks.AssignTask(open_task(w, "ann"), "abe")),
        {"assignee": "ann"},
        {"assignee": "abe"},
        actor="max",
        subject="Approve",
    ),
    tasks.DelegateTask: Row(
        by("ann", lambda w: tasks.DelegateTask(open_task(w, "ann"), "abe")),
        {"assignee": "ann", "owner": None, "delegation": None},
        {"assignee": "abe", "owner": "ann", "delegation": "pending"},
        actor="ann",
        subject="Approve",
    ),
    tasks.ResolveTask: Row(
        by("abe", lambda w: tasks.ResolveTask(lent(w))),
        {"assignee": "abe", "owner": "ann", "delegation": "pending"},
        {"assignee": "ann", "owner": None, "delegation": "resolved"},
        actor="abe",
        subject="Approve",
        on_behalf_of="ann",
    ),
    tasks.CompleteTask: Row(
        by("ann", lambda w: tasks.CompleteTask(open_task(w), {"decision": "approve"})),
        {"status": "open", "variables": {}},
        {"status": "completed", "variables": {"decision": "approve"}},
        actor="ann",
        subject="Approve",
        more={"fields": ["comment", "decision", "photo"], "moved": {"left": ["approve"], "reached": ["order"]}},
    ),
    # --- cases
    instances.StartInstance: Row(
        by(
            "lin",
            lambda w: instances.StartInstance(
                "purchase", {"title": "Desk", "amount": "9.50", "iban": "DE1380"}, "PO-1"
            ),
        ),
        None,
        {
            "process": "purchase",
            "version": 1,
            "business_key": "PO-1",
            "variables": {"title": "Desk", "amount": ANY, "iban": MASK},
        },
        actor="lin",
        subject="Purchase",
        more={"moved": {"left": [], "reached": ["approve"]}},
    ),
    instances.SetVariables: Row(
        by("max", lambda w: instances.SetVariables(bought(w), {"title": "Chair", "iban": "FR99", "new": 1})),
        {"variables": {"title": "Desk", "iban": MASK}},
        {"variables": {"title": "Chair", "iban": MASK, "new": 1}},
        actor="max",
        subject="PO-1",
    ),
    instances.CancelInstance: Row(
        by("max", lambda w: instances.CancelInstance(bought(w), "no need")),
        {"status": "active"},
        {"status": "cancelled"},
        actor="max",
        subject="PO-1",
        more={"reason": "no need", "moved": {"left": ["approve"], "reached": [], "ended": "cancelled"}},
    ),
    instances.SuspendInstance: Row(
        by("max", lambda w: instances.SuspendInstance(bought(w))),
        {"suspended": False},
        {"suspended": True},
        actor="max",
        subject="PO-1",
    ),
    instances.ResumeInstance: Row(
        by("max", lambda w: instances.ResumeInstance(paused_case(w))),
        {"suspended": True},
        {"suspended": False},
        actor="max",
        subject="PO-1",
    ),
    instances.RetryIncident: Row(
        by("max", lambda w: instances.RetryIncident(broken(w), {"level": 1})),
        {"status": "open", "variables": {}},
        {"status": "retried", "variables": {"level": 1}},
        actor="max",
        subject="Ready?",
        more={"incident": ANY, "kind": ANY},
    ),
    instances.ActivateAdHoc: Row(
        by(None, lambda w: picking(w)),
        {},
        {"activated": ["u1"]},
        subject="adhoc",
        more={"moved": {"left": [], "reached": ["u1"]}},
    ),
    reveal.RevealVariables: Row(
        by("ada", lambda w: reveal.RevealVariables(bought(w), "iban")),
        None,
        None,
        actor="ada",
        subject="PO-1",
        more={"variables": ["iban"]},
    ),
    # --- notes
    notes.AddComment: Row(
        by("lin", lambda w: notes.AddComment("hello", instance_id=bought(w))),
        None,
        {"comment": ANY, "characters": 5},
        actor="lin",
    ),
    attachments.AddAttachment: Row(
        by("lin", lambda w: attachments.AddAttachment("offer.pdf", PDF, instance_id=bought(w))),
        None,
        FILE,
        actor="lin",
        subject="offer.pdf",
    ),
    attachments.RemoveAttachment: Row(
        by("max", lambda w: attachments.RemoveAttachment(attached(w).id)), FILE, None, actor="max", subject="offer.pdf"
    ),
    attachments.RevealAttachment: Row(
        by("ada", lambda w: attachments.RevealAttachment(secret_file(w))),
        None,
        None,
        actor="ada",
        more={"variables": ["iban"], "file": ANY},
    ),
    # --- messages, jobs, external tasks, decisions
    messages.CorrelateMessage: Row(
        by("erp", lambda w: messages.CorrelateMessage("Ping", {"word": WHISPER}, "W-1", message_id="m-1")),
        None,
        {"status": "held"},
        actor="erp",
        subject="Ping",
        more={"business_key": "W-1", "message_id": "m-1", "payload": ["word"], "correlation": []},
    ),
    messages.DeliverMessage: Row(
        by(None, lambda w: held_message(w)),
        {"status": "held"},
        {"status": "delivered"},
        subject="Ping",
        more={"moved": ANY},
    ),
    messages.BroadcastSignal: Row(
        by("max", lambda w: messages.BroadcastSignal("Alarm", {"level": 1})),
        None,
        {"receivers": 0},
        actor="max",
        subject="Alarm",
        more={"payload": ["level"]},
    ),
    jobs.RunJob: Row(
        by(None, lambda w: jobs.RunJob(leased(w))),
        {"job": "due"},
        {"job": "done"},
        subject="trigger alarm",
        on_behalf_of="lin",
        more={"kind": "trigger", "moved": {"left": ["alarm"], "reached": ["ready"]}},
    ),
    jobs.FinishService: Row(
        by(None, lambda w: jobs.FinishService(leased(w), {"answer": WHISPER})),
        {"job": "due"},
        {"job": "done"},
        subject="trigger alarm",
        on_behalf_of="lin",
        more={"fields": ["answer"], "operation": None},
    ),
    jobs.FailJob: Row(
        by(None, lambda w: jobs.FailJob(leased(w), "no-answer", "no answer")),
        {"job": "due"},
        {"job": "waiting"},
        subject="trigger alarm",
        on_behalf_of="lin",
        more={"error": "no answer", "retries": 2},
    ),
    external.CompleteExternalTask: Row(
        by("erp", lambda w: external.CompleteExternalTask(fetched(w), {"answer": WHISPER}, "w1")),
        {"status": "open"},
        {"status": "completed"},
        actor="erp",
        subject="erp.ask ask",
        more={"worker": "w1", "fields": ["answer"]},
    ),
    external.FailExternalTask: Row(
        by("erp", lambda w: external.FailExternalTask(fetched(w), "down", "w1")),
        {"retries": 3},
        {"retries": 2},
        actor="erp",
        subject="erp.ask ask",
        more={"worker": "w1", "error": "down"},
    ),
    external.ThrowBpmnError: Row(
        by("erp", lambda w: external.ThrowBpmnError(fetched(w), "E1", worker_id="w1")),
        {"status": "open"},
        {"status": "error"},
        actor="erp",
        subject="erp.ask ask",
        more={"code": "E1", "fields": [], "moved": {"left": ["ask"], "reached": [], "ended": "completed"}},
    ),
    decisions.EvaluateDecision: Row(
        by("max", lambda w: decisions.EvaluateDecision("level", {"amount": 1})),
        None,
        {"evaluation": ANY, "version": 1},
        actor="max",
        subject="level",
        more={"inputs": ["amount"]},
    ),
    # --- deployments
    deployments.DeployDefinitions: Row(
        by(
            "olga",
            lambda w: deployments.DeployDefinitions({"odds.bpmn": ODDS.replace("Ready?", "Go?").encode()}, "odds"),
        ),
        {"processes": {"outside": 1, "waiting": 1}},
        {"processes": {"outside": 2, "waiting": 2}},
        actor="olga",
        subject="odds",
        more={"deployment": ANY, "files": {"odds.bpmn": ANY}},
    ),
}
