"""What the commands of the audit's tests need: a row's shape, and cases, people and settings to do them with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from unittest.mock import ANY

from sqlalchemy import insert, select, update

from engine import bus
from engine.actor import SYSTEM
from engine.commands import (
    attachments,
    connectors,
    external,
    grants,
    hooks,
    identities,
    instances,
    jobs,
    messages,
    sessions,
    tasks,
    users,
    webhooks,
)
from engine.connectors.smtp import MailServer
from engine.files import Stored
from engine.store import tables as t
from tests.diagrams import diagram
from tests.support import World

Detail = Mapping[str, Any] | None


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


def paused_case(world: World) -> str:
    instance = bought(world)
    world.run(instances.SuspendInstance(instance))
    return instance


def signed_in(world: World) -> str:
    session(world)
    return "lin"


def disabled_person(world: World) -> str:
    world.run(users.DisableUser("lin"))
    return "lin"


def erp_connector(world: World, off: bool = False) -> str:
    world.run(connectors.SaveConnector("erp", "http", {"url": "https://example.com/a"}, "ERP"))
    if off:
        world.run(connectors.DisableConnector("erp"))
    return "erp"


def kept_secret(world: World) -> str:
    world.run(connectors.SaveSecret("key", "value"))
    return "key"


def kept_mail(world: World) -> str:
    world.services.mail_server = MailServer("localhost", 25, "facet@example.com")
    row = {"id": "m", "recipients": ["a@example.com"], "subject": "Hello", "text": "…", "status": "kept"}
    with world.services.database.write() as connection:
        connection.execute(insert(t.mail), {**row, "created_at": world.clock.now()})
    return "m"


def open_hook(world: World) -> str:
    world.run(hooks.SaveHook("shop", "Ping"))
    return "shop"


def made_webhook(world: World, paused: bool = False) -> str:
    id, _ = world.run(webhooks.CreateWebhook(TARGET))
    if paused:
        world.run(webhooks.PauseWebhook(id))
    return str(id)


def failed_delivery(world: World) -> str:
    webhook = made_webhook(world)
    id = str(bus.run(world.services, webhooks.SendTestEvent(webhook), SYSTEM))
    with world.services.database.write() as connection:
        connection.execute(update(t.webhook_delivery).values(status="failed"))
    return id


def empty_group(world: World) -> users.DeleteGroup:
    world.run(users.SaveGroup("empty", "Empty"))
    return users.DeleteGroup("empty")


def held_message(world: World) -> messages.DeliverMessage:
    """A message that came before the case that waits for it; nothing was due meanwhile."""
    bus.run(world.services, messages.CorrelateMessage("Ping", business_key="W-1"), SYSTEM)
    bus.run(world.services, instances.StartInstance("waiting", {}, "W-1"), SYSTEM)
    with world.services.database.read() as connection:
        return messages.DeliverMessage(connection.execute(select(t.outbox.c.id)).scalar_one())


def picking(world: World) -> instances.ActivateAdHoc:
    instance = world.start("adhoc", {"enough": False})
    world.complete(world.task(instance, "u1"), {}, "ada")
    a = t.activity.c
    with world.services.database.read() as connection:
        token = connection.execute(select(a.token).where(a.instance_id == instance, a.element_id == "c")).scalar_one()
    return instances.ActivateAdHoc(instance, token, ("u1",))
