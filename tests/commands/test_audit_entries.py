"""Every command leaves an entry that says who, for whom, and what it changed: before and after.

A command of `engine.commands` without a row here, or without a reason in `SILENT`, fails `test_every_command_has_a_row`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, is_dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from sqlalchemy import insert, select, update

import engine.commands
from engine import bus
from engine.actor import SYSTEM
from engine.audit import Head
from engine.commands import (
    attachments,
    audit,
    connectors,
    decisions,
    deployments,
    erasures,
    external,
    grants,
    hooks,
    identities,
    instances,
    jobs,
    mails,
    messages,
    notes,
    reveal,
    sessions,
    tasks,
    users,
    webhooks,
)
from engine.connectors.smtp import MailServer
from engine.files import Stored
from engine.hooks import Signed
from engine.privacy import MASK
from engine.store import tables as t
from tests.api.conftest import shared_app as shared_app
from tests.api.conftest import world, world_template
from tests.diagrams import diagram
from tests.support import ODDS, World

__all__ = ["shared_app", "world", "world_template"]

Detail = Mapping[str, Any] | None

SILENT = {
    "BeginSignIn": "counts an attempt; the session that follows is an entry",
    "DoomContents": "what was removed from a case is an entry; its content follows",
    "DropContents": "what was removed from a case is an entry; its content follows",
    "ExpireMessages": "the message's own row says that nobody wanted it in time",
    "ExtendLease": "a heartbeat of the worker",
    "ExtendLock": "a heartbeat of an external worker",
    "FetchAndLock": "a lease; what comes of it is an entry",
    "ForgetUploads": "takes away uploads that no form named, after the days that the setting says",
    "LeaseJobs": "a lease; what comes of it is an entry",
    "MarkUnused": "a time from which a content counts as unused",
    "NoteAttempt": "the log of deliveries says it",
    "NoteMail": "the mail's own row says it",
    "NoteRefusal": "a counter of the hook",
    "ReleaseJobs": "a lease that was given back",
    "RemoveDeliveries": "takes away what is older than the setting says",
    "SaveDraft": "half a sentence, every few seconds; the task says whose it is and when it was saved",
    "SealAudit": "writes the chain itself",
    "TouchSession": "a time of last use",
    "TouchToken": "a time of last use",
}
"""Commands without an entry, and why."""


@dataclass(frozen=True)
class Row:
    """`do` runs the command (and what has to be there before); `before` and `after` stand in its entry."""

    do: Callable[[World], Any]
    before: Detail
    after: Detail
    actor: str = "system"
    subject: Any = None
    on_behalf_of: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def by(username: str | None, make: Callable[[World], Any]) -> Callable[[World], Any]:
    """Runs the command that `make` gives, once, as that person; no job is done after it."""

    def do(world: World) -> Any:
        command = make(world)
        return bus.run(world.services, command, world.actor(username) if username is not None else SYSTEM)

    return do


# --- what has to be there -------------------------------------------------------------------------------------------------


def bought(world: World) -> str:
    """A purchase that waits for its approval, with a sensitive account."""
    data = {"title": "Desk", "amount": "1200.50", "iban": "DE13800000000"}
    return world.start("purchase", data, by="lin", business_key="PO-1")


def open_task(world: World, assignee: str | None = None) -> str:
    task = world.task(bought(world))
    if assignee is not None:
        world.run(tasks.ClaimTask(task), by=assignee)
    return task


def lent(world: World) -> str:
    task = open_task(world, "ann")
    world.run(tasks.DelegateTask(task, "abe"), by="ann")
    return task


def fetched(world: World) -> str:
    world.start("outside", by="lin")
    [row] = bus.run(world.services, external.FetchAndLock("w1", ["erp.ask"]), world.actor("erp"))
    return str(row.id)


def broken(world: World) -> str:
    """An incident of a case whose gateway needs `level`."""
    instance = world.start("waiting", {"iban": "DE1380"})
    world.run(messages.CorrelateMessage("Ping"))
    world.run(messages.BroadcastSignal("Alarm"))
    with world.services.database.read() as connection:
        return str(connection.execute(select(t.incident.c.id).where(t.incident.c.instance_id == instance)).scalar_one())


def ended(world: World) -> str:
    world.run(instances.CancelInstance(bought(world)))
    return "PO-1"


def attached(world: World) -> Any:
    return world.run(attachments.AddAttachment("offer.pdf", PDF, instance_id=bought(world)), by="lin").item


def secret_file(world: World) -> str:
    """A file that stands in a sensitive variable."""
    return str(world.run(attachments.AddAttachment("iban.pdf", PDF, None, bought(world), "iban"), by="lin").item.id)


def leased(world: World) -> jobs.Job:
    """The job that gives a signal to a case."""
    world.start("waiting", by="lin")
    world.run(messages.CorrelateMessage("Ping"))
    bus.run(world.services, messages.BroadcastSignal("Alarm"), SYSTEM)
    [job] = bus.run(world.services, jobs.LeaseJobs("w", 1, 60), SYSTEM)
    return job


HOC = diagram(
    '<adHocSubProcess id="c"><userTask id="u1"/><userTask id="u2"/><completionCondition>enough</completionCondition>'
    "</adHocSubProcess>",
    "s>c>e",
    key="adhoc",
)
PDF = Stored("0" * 64, 9, "application/pdf", "0" * 64)
WHISPER = "never in the audit"
SESSION = timedelta(hours=1)
VOUCHED = identities.Vouched("https://id.example", "s-1", "new", "New Person", "new@example.com", frozenset({"staff"}))
FILE = {"file": ANY, "media_type": "application/pdf", "size": 9, "digest": "0" * 64, "name": "offer.pdf"}
HOOK = {"name": "shop", "message": "Ping", "business_key": None, "correlation": None, "disabled": False}
TARGET = webhooks.Target("crm", "https://93.184.215.14/in", ("instance.ended",))
WEBHOOK = {"url": ANY, "name": "crm", "hosts": [], "events": ["instance.ended"], "process": None}
GRANT = {"subject_kind": "user", "subject": "lin", "resource": "PROCESS", "resource_id": "purchase", "action": "CANCEL"}


def granted(world: World) -> grants.RevokePermission:
    id = world.run(grants.GrantPermission("user", "lin", "PROCESS", "purchase", "CANCEL"))
    return grants.RevokePermission(id)


def session(world: World) -> Any:
    return world.run(sessions.OpenSession("lin", SESSION, "10.0.0.1", "Browser"))


ROWS: dict[type[Any], Row] = {
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
        by("max", lambda w: instances.ResumeInstance(_suspended(w))),
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
        by(None, lambda w: _ad_hoc(w)),
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
        by(None, lambda w: _held(w)), {"status": "held"}, {"status": "delivered"}, subject="Ping", more={"moved": ANY}
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
    # --- people
    users.CreateUser: Row(
        by("ada", lambda w: users.CreateUser("new", "New", "hash", "n@example.com", ("office",))),
        None,
        {"name": "New", "email": "n@example.com", "groups": ["office"], "language": None, "password": True},
        actor="ada",
        subject="new",
    ),
    users.ChangeUser: Row(
        by(
            "ada",
            lambda w: users.ChangeUser("lin", name="Lin", email="l@example.com", groups=("buyer",), language="zh"),
        ),
        {"name": "Lin Xiao", "email": None, "groups": ["office"], "language": None},
        {"name": "Lin", "email": "l@example.com", "groups": ["buyer"], "language": "zh"},
        actor="ada",
        subject="lin",
    ),
    users.SetPassword: Row(
        by("ada", lambda w: users.SetPassword(_signed_in(w), "hash")),
        {"password": "set"},
        {"password": "new", "sessions_ended": 1},
        actor="ada",
        subject="lin",
    ),
    users.DisableUser: Row(
        by("ada", lambda w: users.DisableUser(_signed_in(w))),
        {"disabled": False},
        {"disabled": True, "sessions_ended": 1, "tokens_ended": 0},
        actor="ada",
        subject="lin",
    ),
    users.EnableUser: Row(
        by("ada", lambda w: users.EnableUser(_disabled(w))),
        {"disabled": True},
        {"disabled": False},
        actor="ada",
        subject="lin",
    ),
    users.SaveGroup: Row(
        by("ada", lambda w: users.SaveGroup("office", "Front office", "办公室", "manager", "lin")),
        {"name": "Office", "role": None, "head": None},
        {"name": "Front office", "role": "manager", "head": "lin"},
        actor="ada",
        subject="office",
    ),
    users.DeleteGroup: Row(
        by("ada", lambda w: _group(w)),
        {"name": "Empty", "name_zh": "", "role": None, "head": None},
        None,
        actor="ada",
        subject="empty",
    ),
    grants.GrantPermission: Row(
        by("ada", lambda w: grants.GrantPermission("user", "lin", "PROCESS", "purchase", "CANCEL")),
        None,
        GRANT,
        actor="ada",
        subject="lin",
    ),
    grants.RevokePermission: Row(by("ada", granted), GRANT, None, actor="ada", subject="lin"),
    identities.AdmitPerson: Row(
        by(None, lambda w: identities.AdmitPerson(VOUCHED, {"staff": "office"})),
        None,
        {"name": "New Person", "email": "new@example.com", "groups": ["office"]},
        subject="new",
        more={"issuer": "https://id.example"},
    ),
    # --- connectors, mails
    connectors.SaveConnector: Row(
        by("ada", lambda w: connectors.SaveConnector(_connector(w), "http", {"url": "https://example.com/b"}, "ERP 2")),
        {"name": "ERP", "url": "https://example.com/a"},
        {"name": "ERP 2", "url": "https://example.com/b"},
        actor="ada",
        subject="erp",
    ),
    connectors.DisableConnector: Row(
        by("ada", lambda w: connectors.DisableConnector(_connector(w))),
        {"disabled": False},
        {"disabled": True},
        actor="ada",
        subject="erp",
    ),
    connectors.EnableConnector: Row(
        by("ada", lambda w: connectors.EnableConnector(_connector(w, off=True))),
        {"disabled": True},
        {"disabled": False},
        actor="ada",
        subject="erp",
    ),
    connectors.DeleteConnector: Row(
        by("ada", lambda w: connectors.DeleteConnector(_connector(w))),
        {"kind": "http", "name": "ERP", "url": "https://example.com/a", "disabled": False},
        None,
        actor="ada",
        subject="erp",
    ),
    connectors.TryConnector: Row(
        by("ada", lambda w: connectors.TryConnector("erp", "answered", 200)),
        None,
        None,
        actor="ada",
        subject="erp",
        more={"outcome": "answered", "status": 200},
    ),
    connectors.SaveSecret: Row(
        by("ada", lambda w: connectors.SaveSecret("key", WHISPER)),
        None,
        {"secret": "set"},
        actor="ada",
        subject="key",
    ),
    connectors.DeleteSecret: Row(
        by("ada", lambda w: connectors.DeleteSecret(_secret(w))), {"secret": "set"}, None, actor="ada", subject="key"
    ),
    mails.SendMail: Row(
        by("ada", lambda w: mails.SendMail(_kept_mail(w))),
        {"status": "kept"},
        {"status": "due"},
        actor="ada",
        subject=ANY,
    ),
    # --- webhooks
    hooks.SaveHook: Row(
        by("ada", lambda w: hooks.SaveHook(_hook(w), "Ping", "Shop")),
        {"name": "shop"},
        {"name": "Shop"},
        actor="ada",
        subject="shop",
    ),
    hooks.RenewHookSecret: Row(
        by("ada", lambda w: hooks.RenewHookSecret(_hook(w))),
        {"secret": "set"},
        {"secret": "new"},
        actor="ada",
        subject="shop",
        more={"at_once": False},
    ),
    hooks.DeleteHook: Row(by("ada", lambda w: hooks.DeleteHook(_hook(w))), HOOK, None, actor="ada", subject="shop"),
    hooks.ReceiveHook: Row(
        by(None, lambda w: hooks.ReceiveHook(Signed(_hook(w), "m-1", {"word": WHISPER}))),
        None,
        {"status": "held"},
        subject="shop",
        more={"payload": ["word"]},
    ),
    webhooks.CreateWebhook: Row(
        by("ada", lambda w: webhooks.CreateWebhook(TARGET)),
        None,
        WEBHOOK,
        actor="ada",
        subject="crm",
        more={"webhook": ANY},
    ),
    webhooks.ChangeWebhook: Row(
        by("ada", lambda w: webhooks.ChangeWebhook(_webhook(w), replace(TARGET, name="CRM"))),
        {"name": "crm"},
        {"name": "CRM"},
        actor="ada",
        subject="crm",
    ),
    webhooks.PauseWebhook: Row(
        by("ada", lambda w: webhooks.PauseWebhook(_webhook(w))),
        {"disabled": False},
        {"disabled": True},
        actor="ada",
        subject="crm",
    ),
    webhooks.ResumeWebhook: Row(
        by("ada", lambda w: webhooks.ResumeWebhook(_webhook(w, paused=True))),
        {"disabled": True},
        {"disabled": False},
        actor="ada",
        subject="crm",
    ),
    webhooks.RenewWebhookSecret: Row(
        by("ada", lambda w: webhooks.RenewWebhookSecret(_webhook(w))),
        {"secret": "set"},
        {"secret": "new"},
        actor="ada",
        subject="crm",
        more={"at_once": False},
    ),
    webhooks.DeleteWebhook: Row(
        by("ada", lambda w: webhooks.DeleteWebhook(_webhook(w))),
        {**WEBHOOK, "disabled": False},
        None,
        actor="ada",
        subject="crm",
    ),
    webhooks.SendTestEvent: Row(
        by("ada", lambda w: webhooks.SendTestEvent(_webhook(w))),
        None,
        {"status": "due"},
        actor="ada",
        subject="crm",
        more={"webhook": ANY},
    ),
    webhooks.Redeliver: Row(
        by("ada", lambda w: webhooks.Redeliver(_delivered(w))),
        {"status": "failed"},
        {"status": "due"},
        actor="ada",
        subject="crm",
        more={"delivery": ANY},
    ),
    # --- the audit itself
    audit.NoteVerification: Row(
        by("ada", lambda w: audit.NoteVerification(5, 7, 0, Head(12, "ab"), True)),
        {"position": 5},
        {"checked": 7, "faults": 0, "position": 12, "mac": "ab", "done": True},
        actor="ada",
    ),
    erasures.EraseBusinessKey: Row(
        by("ada", lambda w: erasures.EraseBusinessKey(ended(w))),
        None,
        None,
        actor="ada",
        subject="PO-1",
        more={"kind": "business_key", "instances": 1, "counts": ANY, "erased": ANY},
    ),
    erasures.ErasePerson: Row(
        by("ada", lambda w: erasures.ErasePerson(_disabled(w))),
        None,
        None,
        actor="ada",
        subject=ANY,
        more={"kind": "person", "counts": ANY, "erased": ANY},
    ),
    # --- sessions and tokens
    sessions.OpenSession: Row(
        by(None, lambda w: sessions.OpenSession("lin", SESSION, "10.0.0.1", "Browser")),
        None,
        {"address": "10.0.0.1", "agent": "Browser"},
        subject="lin",
    ),
    sessions.EndSession: Row(
        by("lin", lambda w: sessions.EndSession(sessions.digest_of(session(w).cookie))),
        {"address": "10.0.0.1", "agent": "Browser"},
        None,
        actor="lin",
        subject="lin",
    ),
    sessions.EndSessions: Row(
        by("ada", lambda w: sessions.EndSessions(_signed_in(w))),
        {"sessions": 1},
        {"sessions": 0},
        actor="ada",
        subject="lin",
    ),
    sessions.CreateToken: Row(
        by("lin", lambda w: sessions.CreateToken("nightly", ("read",))),
        None,
        {"id": ANY, "name": "nightly", "scopes": ["read"], "expires_at": None},
        actor="lin",
        subject="lin",
    ),
    sessions.RevokeToken: Row(
        by("lin", lambda w: sessions.RevokeToken(w.run(sessions.CreateToken("nightly", ("read",)), by="lin").id)),
        {"id": ANY, "name": "nightly", "scopes": ["read"]},
        None,
        actor="lin",
        subject="lin",
    ),
}


def _suspended(world: World) -> str:
    instance = bought(world)
    world.run(instances.SuspendInstance(instance))
    return instance


def _signed_in(world: World) -> str:
    session(world)
    return "lin"


def _disabled(world: World) -> str:
    world.run(users.DisableUser("lin"))
    return "lin"


def _connector(world: World, off: bool = False) -> str:
    world.run(connectors.SaveConnector("erp", "http", {"url": "https://example.com/a"}, "ERP"))
    if off:
        world.run(connectors.DisableConnector("erp"))
    return "erp"


def _secret(world: World) -> str:
    world.run(connectors.SaveSecret("key", "value"))
    return "key"


def _kept_mail(world: World) -> str:
    world.services.mail_server = MailServer("localhost", 25, "facet@example.com")
    row = {"id": "m", "recipients": ["a@example.com"], "subject": "Hello", "text": "…", "status": "kept"}
    with world.services.database.write() as connection:
        connection.execute(insert(t.mail), {**row, "created_at": world.clock.now()})
    return "m"


def _hook(world: World) -> str:
    world.run(hooks.SaveHook("shop", "Ping"))
    return "shop"


def _webhook(world: World, paused: bool = False) -> str:
    id, _ = world.run(webhooks.CreateWebhook(TARGET))
    if paused:
        world.run(webhooks.PauseWebhook(id))
    return str(id)


def _delivered(world: World) -> str:
    webhook = _webhook(world)
    id = str(bus.run(world.services, webhooks.SendTestEvent(webhook), SYSTEM))
    with world.services.database.write() as connection:
        connection.execute(update(t.webhook_delivery).values(status="failed"))
    return id


def _group(world: World) -> users.DeleteGroup:
    world.run(users.SaveGroup("empty", "Empty"))
    return users.DeleteGroup("empty")


def _held(world: World) -> messages.DeliverMessage:
    """A message that came before the case that waits for it; nothing was due meanwhile."""
    bus.run(world.services, messages.CorrelateMessage("Ping", business_key="W-1"), SYSTEM)
    bus.run(world.services, instances.StartInstance("waiting", {}, "W-1"), SYSTEM)
    with world.services.database.read() as connection:
        return messages.DeliverMessage(connection.execute(select(t.outbox.c.id)).scalar_one())


def _ad_hoc(world: World) -> instances.ActivateAdHoc:
    instance = world.start("adhoc", {"enough": False})
    world.complete(world.task(instance, "u1"), {}, "ada")
    a = t.activity.c
    with world.services.database.read() as connection:
        token = connection.execute(select(a.token).where(a.instance_id == instance, a.element_id == "c")).scalar_one()
    return instances.ActivateAdHoc(instance, token, ("u1",))


# --- the tests -------------------------------------------------------------------------------------------------------------


def commands() -> dict[str, type[Any]]:
    """Every command of the package, by name."""
    found = {}
    for item in pkgutil.iter_modules(engine.commands.__path__):
        module = importlib.import_module(f"engine.commands.{item.name}")
        for name, each in vars(module).items():
            if is_dataclass(each) and isinstance(each, type) and hasattr(each, "execute"):
                found[name] = each
    return found


def test_every_command_has_a_row() -> None:
    loud = {each for each in commands().values() if getattr(each, "audited", True)}
    assert set(ROWS) == loud
    assert set(SILENT) == {name for name, each in commands().items() if not getattr(each, "audited", True)}


@pytest.mark.parametrize("command", ROWS, ids=lambda command: command.__name__)
def test_an_entry_says_what_was_changed(world: World, command: type[Any]) -> None:
    row = ROWS[command]
    world.run(deployments.DeployDefinitions({"hoc.bpmn": HOC}))

    row.do(world)

    a = t.audit.c
    with world.services.database.read() as connection:
        query = select(t.audit).where(a.command == command.__name__).order_by(a.id.desc()).limit(1)
        entry = connection.execute(query).one()
    assert (entry.actor, entry.subject, entry.on_behalf_of) == (row.actor, row.subject, row.on_behalf_of)
    assert entry.detail["before"] == row.before
    assert entry.detail["after"] == row.after
    assert {name: entry.detail[name] for name in row.more} == row.more
    assert WHISPER not in str(entry.detail) and "DE13800000000" not in str(entry.detail)


def test_the_page_about_the_audit_names_every_command() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")
    assert [name for name in commands() if f"`{name}`" not in page] == []
